//! A dialect: how one network writes the fields of ISO 8583. Read from TOML, so that a new host is a file and no program.
//!
//! A field's format follows the standard's own notation: `n6` six digits, `an12`, `ans..25` up to 25 characters behind a two-digit
//! length, `z..37` track data, `b8` eight bytes, `b...255` bytes behind a three-digit length. `n3>` is aligned right where an odd
//! number of digits fills an even number of nibbles; everything else is aligned left.

use std::collections::BTreeMap;

use posdx_model::Text;
use serde::Deserialize;

/// How characters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coding {
    /// One ASCII character a byte.
    Ascii,
    /// Two digits a byte, packed.
    Bcd,
    /// One EBCDIC character a byte (code page 037).
    Ebcdic,
    /// The bytes themselves.
    Binary,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Digits (`n`).
    Digits,
    /// Characters (`a`, `an`, `ans`).
    Text,
    /// Track data (`z`): digits and a separator.
    Track,
    /// Bytes (`b`).
    Bytes,
}

/// How long a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Always this many digits, characters or bytes.
    Fixed(usize),
    /// A length of `digits` digits stands before it; at most `max`.
    Prefixed {
        /// Digits of the length: 2 or 3.
        digits: usize,
        /// Largest length allowed.
        max: usize,
    },
}

/// One field of a dialect, ready for use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// Its name.
    pub name: Text,
    /// What it holds.
    pub kind: Kind,
    /// How long it is.
    pub length: Length,
    /// How its value is written.
    pub coding: Coding,
    /// How its length is written.
    pub length_coding: Coding,
    /// True when an odd number of packed digits is aligned right.
    pub right_aligned: bool,
}

impl FieldSpec {
    /// Bytes that `units` digits, characters or bytes take.
    pub fn bytes_for(&self, units: usize) -> usize {
        match self.coding {
            Coding::Bcd => units.div_ceil(2),
            Coding::Ascii | Coding::Ebcdic | Coding::Binary => units,
        }
    }

    /// Bytes of the length prefix.
    pub fn prefix_bytes(&self) -> usize {
        match self.length {
            Length::Fixed(_) => 0,
            Length::Prefixed { digits, .. } => match self.length_coding {
                Coding::Bcd => digits.div_ceil(2),
                Coding::Ascii | Coding::Ebcdic | Coding::Binary => digits,
            },
        }
    }
}

/// How one network writes ISO 8583.
#[derive(Clone, Debug)]
pub struct Dialect {
    /// Id, such as `cup-pos`.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// How the message type is written.
    pub mti: Coding,
    /// How the bitmap is written: `binary`, or `ascii` and `ebcdic` for hexadecimal letters.
    pub bitmap: Coding,
    fields: Vec<Option<FieldSpec>>,
}

/// Why a dialect cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("dialect `{dialect}`: {message}")]
pub struct DialectError {
    /// The dialect, as far as it was named.
    pub dialect: String,
    /// What is wrong and what to do.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    id: String,
    title: Text,
    #[serde(default)]
    inherits: Option<String>,
    #[serde(default)]
    mti: Option<Coding>,
    #[serde(default)]
    bitmap: Option<Coding>,
    #[serde(default)]
    digits: Option<Coding>,
    #[serde(default)]
    text: Option<Coding>,
    #[serde(default)]
    lengths: Option<Coding>,
    #[serde(default)]
    field: BTreeMap<String, FieldShape>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldShape {
    format: String,
    #[serde(default)]
    name: Option<Text>,
    #[serde(default)]
    coding: Option<Coding>,
    #[serde(default)]
    lengths: Option<Coding>,
}

/// A dialect with what it inherits filled in, before it is compiled.
struct Resolved {
    mti: Coding,
    bitmap: Coding,
    digits: Coding,
    text: Coding,
    lengths: Coding,
    fields: BTreeMap<usize, FieldShape>,
}

impl Dialect {
    /// The field `number`, if the dialect has it.
    pub fn field(&self, number: usize) -> Option<&FieldSpec> {
        self.fields.get(number)?.as_ref()
    }

    /// Reads a set of dialects; each may inherit from one that stands before it.
    pub fn read_all(texts: &[&str]) -> Result<Vec<Dialect>, DialectError> {
        let mut resolved: BTreeMap<String, Resolved> = BTreeMap::new();
        let mut dialects = Vec::new();
        for text in texts {
            let shape: Shape = toml::from_str(text).map_err(|e| DialectError { dialect: String::new(), message: e.to_string() })?;
            let fail = |message: String| DialectError { dialect: shape.id.clone(), message };
            let parent = match &shape.inherits {
                Some(id) => Some(resolved.get(id).ok_or_else(|| fail(format!("inherits from `{id}`, which does not stand before it")))?),
                None => None,
            };
            let coding = |own: Option<Coding>, from: fn(&Resolved) -> Coding| own.or_else(|| parent.map(from)).unwrap_or(Coding::Ascii);
            let mut fields = parent.map(|p| p.fields.clone()).unwrap_or_default();
            for (number, field) in &shape.field {
                let n: usize = number
                    .parse()
                    .ok()
                    .filter(|n| (2..=128).contains(n))
                    .ok_or_else(|| fail(format!("`{number}` is no field; fields are 2 to 128")))?;
                let name = field.name.clone().or_else(|| fields.get(&n).and_then(|f| f.name.clone()));
                fields.insert(n, FieldShape { name, ..field.clone() });
            }
            let whole = Resolved {
                mti: coding(shape.mti, |r| r.mti),
                bitmap: coding(shape.bitmap, |r| r.bitmap),
                digits: coding(shape.digits, |r| r.digits),
                text: coding(shape.text, |r| r.text),
                lengths: coding(shape.lengths, |r| r.lengths),
                fields,
            };
            let mut compiled = vec![None; 129];
            for (n, field) in &whole.fields {
                compiled[*n] = Some(compile(field, &whole).map_err(|m| fail(format!("field {n}: {m}")))?);
            }
            dialects.push(Dialect {
                id: shape.id.clone(),
                title: shape.title.clone(),
                mti: whole.mti,
                bitmap: whole.bitmap,
                fields: compiled,
            });
            resolved.insert(shape.id.clone(), whole);
        }
        Ok(dialects)
    }
}

fn compile(field: &FieldShape, dialect: &Resolved) -> Result<FieldSpec, String> {
    let format = field.format.trim();
    let right_aligned = format.ends_with('>');
    let format = format.trim_end_matches('>');
    let letters = format.find(|c: char| !c.is_ascii_lowercase()).ok_or_else(|| format!("`{format}` has no length"))?;
    let (letters, rest) = format.split_at(letters);
    let kind = match letters {
        "n" => Kind::Digits,
        "a" | "an" | "ans" => Kind::Text,
        "z" => Kind::Track,
        "b" => Kind::Bytes,
        other => return Err(format!("`{other}` is none of n, a, an, ans, z, b")),
    };
    let dots = rest.bytes().take_while(|b| *b == b'.').count();
    let number: usize = rest[dots..].parse().map_err(|_| format!("`{rest}` is no length; write `6`, `..19` or `...999`"))?;
    let length = match dots {
        0 => Length::Fixed(number),
        2 | 3 => Length::Prefixed { digits: dots, max: number },
        _ => return Err(format!("{dots} dots; a length has two or three digits")),
    };
    let coding = field.coding.unwrap_or(match kind {
        Kind::Digits | Kind::Track => dialect.digits,
        Kind::Text => dialect.text,
        Kind::Bytes => Coding::Binary,
    });
    let name = field.name.clone().ok_or("has no name")?;
    Ok(FieldSpec { name, kind, length, coding, length_coding: field.lengths.unwrap_or(dialect.lengths), right_aligned })
}
