//! Bits and words: rows that say what a bit or a value means, and the words around values. Read from `dialects/emv/bits.toml`.

use std::collections::BTreeMap;

use posdx_model::Text;
use serde::{Deserialize, Serialize};

use super::tables::TableError;

/// One row: byte `byte` (from 1) under `mask` is `is`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The byte, from 1.
    pub byte: u8,
    /// The bits that count.
    pub mask: u8,
    /// What they must be.
    pub is: u8,
    /// Its id; in a table with a namespace the value in the catalogue's list.
    pub id: String,
    /// What it means.
    pub text: Text,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BitTable {
    /// Its name.
    pub title: Text,
    /// The catalogue namespace whose values the ids are.
    #[serde(default)]
    pub namespace: Option<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

impl BitTable {
    /// True when the rows are the values of one field, of which exactly one can hold.
    pub fn is_value(&self) -> bool {
        self.rows.first().is_some_and(|f| f.mask != f.is && self.rows.iter().all(|r| (r.byte, r.mask) == (f.byte, f.mask)))
    }

    /// The rows that hold for `value`.
    pub fn holding<'a>(&'a self, value: &'a [u8]) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(|r| byte_of(value, r.byte).is_some_and(|b| b & r.mask == r.is))
    }

    /// The bits of byte `byte` (from 1) that some row speaks of.
    pub fn known(&self, byte: u8) -> u8 {
        self.rows.iter().filter(|r| r.byte == byte).fold(0, |known, r| known | r.mask)
    }
}

/// Byte `byte` (from 1) of `value`.
pub(super) fn byte_of(value: &[u8], byte: u8) -> Option<u8> {
    value.get(usize::from(byte).checked_sub(1)?).copied()
}

/// All tables and words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bits {
    table: BTreeMap<String, BitTable>,
    arc: BTreeMap<String, Text>,
    label: BTreeMap<String, Text>,
}

impl Bits {
    /// Reads the tables.
    pub fn read(toml: &str) -> Result<Bits, TableError> {
        let fail = |message: String| TableError { table: "bits", message };
        let bits: Bits = toml::from_str(toml).map_err(|e| fail(e.to_string()))?;
        for (id, table) in &bits.table {
            for row in &table.rows {
                if row.byte == 0 || row.mask == 0 || row.is & !row.mask != 0 || row.text.is_incomplete() {
                    return Err(fail(format!("table `{id}`, row `{}`: byte from 1, `is` inside `mask`, both languages", row.id)));
                }
            }
        }
        match bits.arc.iter().chain(&bits.label).find(|(_, t)| t.is_incomplete()) {
            Some((id, _)) => Err(fail(format!("`{id}` lacks one of the languages"))),
            None => Ok(bits),
        }
    }

    /// The table `id`.
    pub fn table(&self, id: &str) -> Option<&BitTable> {
        self.table.get(id)
    }

    /// Every table with its id.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &BitTable)> {
        self.table.iter().map(|(id, t)| (id.as_str(), t))
    }

    /// What an authorisation response code says.
    pub fn arc(&self, code: &str) -> Option<&Text> {
        self.arc.get(code)
    }

    /// True when there are words `id`.
    pub fn has_label(&self, id: &str) -> bool {
        self.label.contains_key(id)
    }

    /// The words `id` with `{name}` filled in. Words that the table lacks are replaced by what there is to fill in.
    pub fn say(&self, id: &str, fill: &[(&str, Text)]) -> Text {
        match self.label.get(id) {
            Some(words) => Text { zh: filled(&words.zh, fill, |t| &t.zh), en: filled(&words.en, fill, |t| &t.en) },
            None => Text {
                zh: fill.iter().map(|(_, t)| t.zh.as_str()).collect::<Vec<_>>().join(" "),
                en: fill.iter().map(|(_, t)| t.en.as_str()).collect::<Vec<_>>().join(" "),
            },
        }
    }
}

/// Fills `{name}` in one pass, so that what is filled in is never read as a place to fill.
pub(super) fn filled(words: &str, fill: &[(&str, Text)], half: impl Fn(&Text) -> &String) -> String {
    let mut out = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let known = after.split_once('}').and_then(|(name, tail)| Some((fill.iter().find(|(n, _)| *n == name)?, tail)));
        match known {
            Some(((_, text), tail)) => {
                out.push_str(half(text));
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The same in both languages.
pub(super) fn both(text: impl Into<String>) -> Text {
    let text = text.into();
    Text { zh: text.clone(), en: text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filling_is_done_once() {
        let fill = [("a", both("{b}")), ("b", both("!"))];
        assert_eq!(filled("{a}{b}{c}{", &fill, |t| &t.en), "{b}!{c}{");
    }
}
