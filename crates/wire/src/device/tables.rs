//! The tables, checked and indexed: plain data that can be packed.

use posdx_model::{CodeId, Text};
use serde::{Deserialize, Serialize};

use super::shape::{EntryShape, FileShape};

posdx_model::words! {
    /// How bad a signal is.
    Severity {
        /// A state, nothing wrong.
        Info = "info",
        /// It still works, or it will heal.
        Warning = "warning",
        /// It does not work.
        Error = "error",
    }
}

posdx_model::words! {
    /// What stands behind a label.
    LabelKind {
        /// A number, or one of the entries' texts.
        Number = "number",
        /// Two numbers of which the second counts, or one number (`+CREG: n,stat` and `+CREG: stat`, 3GPP TS 27.007 §7.2).
        Registration = "registration",
        /// One of the entries' texts.
        Word = "word",
        /// Several of the entries' texts with commas between them.
        List = "list",
    }
}

/// Something a device said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSignal {
    /// The family, such as `escpos`, `pcsc` or `ipp`.
    pub family: String,
    /// Its id in the family.
    pub id: String,
    /// What it says.
    pub text: Text,
    /// How bad it is.
    pub severity: Severity,
    /// The condition of the catalogue that explains it.
    pub condition: Option<String>,
    /// The code of the catalogue that it is.
    pub code: Option<CodeId>,
    /// First byte of it: in the text, or in the answer.
    pub start: usize,
    /// Byte behind it.
    pub end: usize,
}

/// Why a table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("device table `{file}`: {message}")]
pub struct TablesError {
    /// The file.
    pub file: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// All families, ready for use. It serialises, so that a build script can pack it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tables {
    pub(super) families: Vec<Family>,
    pub(super) labels: Vec<Label>,
    pub(super) entries: Vec<Entry>,
    /// Sorted by text.
    pub(super) needles: Vec<Needle>,
    /// Sorted by number.
    pub(super) numbers: Vec<Number>,
    pub(super) statuses: Vec<Status>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Family {
    pub id: String,
    /// In lower case.
    pub context: Vec<String>,
    pub suffixes: Vec<(String, Severity)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Label {
    pub family: usize,
    pub kind: LabelKind,
    pub scale: Option<(i32, i32)>,
    pub context: bool,
    /// Indices of its entries.
    pub entries: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub family: usize,
    pub id: String,
    pub text: Text,
    pub severity: Severity,
    pub condition: Option<String>,
    pub code: Option<CodeId>,
    pub range: Option<(i64, i64)>,
    pub says: Vec<String>,
    /// In lower case.
    pub needs: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Target {
    Name(usize),
    ContextName(usize),
    Alone(usize),
    Label(usize),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Needle {
    pub text: String,
    pub target: Target,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Number {
    pub number: i64,
    pub entry: usize,
    pub context: bool,
    pub hex: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Status {
    pub family: usize,
    pub request: String,
    /// Fixed bits of each byte: mask and value.
    pub fixed: Vec<(u8, u8)>,
    pub bits: Vec<Bit>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bit {
    pub byte: usize,
    pub mask: u8,
    pub value: u8,
    pub entry: usize,
}

impl Tables {
    /// Reads the files of `dialects/device/`: name and content of each.
    ///
    /// # Errors
    /// The first file that cannot be read: broken TOML, an unknown label, an empty text, a bit outside the answer.
    pub fn read(files: &[(&str, &str)]) -> Result<Tables, TablesError> {
        let mut tables = Tables { families: vec![], labels: vec![], entries: vec![], needles: vec![], numbers: vec![], statuses: vec![] };
        for (file, content) in files {
            let fail = |message: String| TablesError { file: (*file).to_owned(), message };
            let shape: FileShape = toml::from_str(content).map_err(|e| fail(e.message().to_owned()))?;
            tables.add(shape).map_err(fail)?;
        }
        tables.needles.sort_by(|a, b| a.text.cmp(&b.text));
        tables.numbers.sort_by_key(|n| n.number);
        Ok(tables)
    }

    /// Every code and condition that a signal of these tables can carry, for a check against the catalogue: id of the entry, text,
    /// condition and code.
    pub fn references(&self) -> impl Iterator<Item = (&str, &Text, Option<&str>, Option<&CodeId>)> {
        self.entries.iter().map(|e| (e.id.as_str(), &e.text, e.condition.as_deref(), e.code.as_ref()))
    }

    fn add(&mut self, shape: FileShape) -> Result<(), String> {
        let family = self.families.len();
        let first_label = self.labels.len();
        let mut label_ids = Vec::new();
        for label in shape.label {
            for start in label.starts {
                self.needle(start, Target::Label(self.labels.len()))?;
            }
            label_ids.push(label.id);
            self.labels.push(Label { family, kind: label.kind, scale: label.scale, context: label.context, entries: vec![] });
        }
        for entry in shape.entry {
            let label = match &entry.label {
                None => None,
                Some(id) => Some(
                    first_label + label_ids.iter().position(|l| l == id).ok_or_else(|| format!("entry `{}`: no label `{id}`", entry.id))?,
                ),
            };
            self.add_entry(family, label, &shape.prefixes, entry)?;
        }
        for status in shape.status {
            let mut bits = Vec::new();
            for bit in status.bit {
                if bit.byte >= status.bytes.len() {
                    return Err(format!("bit `{}`: the answer has no byte {}", bit.id, bit.byte));
                }
                bits.push(Bit { byte: bit.byte, mask: bit.mask, value: bit.value, entry: self.entries.len() });
                self.push_entry(Entry {
                    family,
                    id: bit.id,
                    text: bit.text,
                    severity: bit.severity,
                    condition: bit.condition,
                    code: bit.code,
                    range: None,
                    says: vec![],
                    needs: vec![],
                })?;
            }
            let fixed = status.bytes.iter().map(|b| (b.mask, b.value)).collect();
            self.statuses.push(Status { family, request: status.request, fixed, bits });
        }
        let context = shape.context.iter().map(|w| w.to_lowercase()).collect();
        let suffixes = shape.suffix.into_iter().map(|s| (s.text, s.severity)).collect();
        self.families.push(Family { id: shape.family, context, suffixes });
        Ok(())
    }

    fn add_entry(&mut self, family: usize, label: Option<usize>, prefixes: &[String], shape: EntryShape) -> Result<(), String> {
        let index = self.entries.len();
        for name in &shape.names {
            if prefixes.is_empty() {
                self.needle(name.clone(), Target::Name(index))?;
            }
            for prefix in prefixes {
                self.needle(format!("{prefix}{name}"), Target::Name(index))?;
            }
        }
        for name in shape.context_names {
            self.needle(name, Target::ContextName(index))?;
        }
        for word in shape.alone {
            self.needle(word, Target::Alone(index))?;
        }
        for (number, context) in [(shape.number, false), (shape.context_number, true)] {
            if let Some(number) = number {
                self.numbers.push(Number { number, entry: index, context, hex: shape.hex });
            }
        }
        if let Some(label) = label.and_then(|l| self.labels.get_mut(l)) {
            label.entries.push(index);
        }
        self.push_entry(Entry {
            family,
            id: shape.id,
            text: shape.text,
            severity: shape.severity,
            condition: shape.condition,
            code: shape.code,
            range: shape.from.map(|from| (from, shape.to.unwrap_or(from))),
            says: shape.says,
            needs: shape.needs.iter().map(|w| w.to_lowercase()).collect(),
        })
    }

    fn push_entry(&mut self, entry: Entry) -> Result<(), String> {
        if entry.text.is_incomplete() {
            return Err(format!("entry `{}`: a text needs both languages", entry.id));
        }
        self.entries.push(entry);
        Ok(())
    }

    fn needle(&mut self, text: String, target: Target) -> Result<(), String> {
        if text.len() < 3 {
            return Err(format!("`{text}` is too short to be told from other text"));
        }
        self.needles.push(Needle { text, target });
        Ok(())
    }

    pub(super) fn signal(&self, entry: &Entry, start: usize, end: usize) -> DeviceSignal {
        DeviceSignal {
            family: self.families.get(entry.family).map(|f| f.id.clone()).unwrap_or_default(),
            id: entry.id.clone(),
            text: entry.text.clone(),
            severity: entry.severity,
            condition: entry.condition.clone(),
            code: entry.code.clone(),
            start,
            end,
        }
    }
}
