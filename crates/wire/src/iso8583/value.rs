//! A field's value in the notation of people, open or locked up.

use posdx_model::{Secret, Unmasked};

use super::dialect::{Coding, Format, Kind};
use super::ebcdic;

/// A value as it may be handled: open, or locked up because it is card data or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Anybody may see it.
    Open(String),
    /// Only its mask may be seen.
    Locked(Secret),
}

impl Value {
    /// What anybody may see.
    pub fn masked(&self) -> String {
        match self {
            Value::Open(text) => text.clone(),
            Value::Locked(secret) => secret.masked(),
        }
    }

    /// The value itself.
    pub fn reveal(&self, leave: Unmasked) -> &str {
        match self {
            Value::Open(text) => text,
            Value::Locked(secret) => secret.reveal(leave),
        }
    }

    /// The mask, or the value where somebody asked for it in so many words.
    pub fn shown(&self, leave: Option<Unmasked>) -> String {
        leave.map_or_else(|| self.masked(), |leave| self.reveal(leave).to_owned())
    }
}

/// A value in the notation of people.
pub(crate) fn render(raw: &[u8], units: usize, format: &Format) -> String {
    match (format.kind, format.coding) {
        (Kind::Track, Coding::Bcd) if format.separator != 'D' => {
            let letters = (0..units).map(|i| nibble_char(raw, format.nibble_of(units, i)));
            letters.map(|c| if c == 'D' { format.separator } else { c }).collect()
        }
        (_, Coding::Bcd) => (0..units).map(|i| nibble_char(raw, format.nibble_of(units, i))).collect(),
        (Kind::Bytes, Coding::Ebcdic) => raw.iter().map(|b| char::from(ebcdic::to_latin_1(*b))).collect(),
        (Kind::Bytes, Coding::Ascii) if raw.iter().all(u8::is_ascii) => raw.iter().map(|b| char::from(*b)).collect(),
        (Kind::Bytes, _) | (_, Coding::Binary) => hex(raw),
        (_, Coding::Ascii | Coding::Gbk) if raw.iter().all(|b| (0x20..0x7F).contains(b)) => raw.iter().map(|b| char::from(*b)).collect(),
        (_, Coding::Ascii | Coding::Gbk) => hex(raw),
        (_, Coding::Ebcdic) if raw.iter().all(|b| (0x20..0x7F).contains(&ebcdic::to_latin_1(*b))) => {
            raw.iter().map(|b| char::from(ebcdic::to_latin_1(*b))).collect()
        }
        (_, Coding::Ebcdic) => hex(raw),
    }
}

/// Hexadecimal, two capital digits a byte.
pub(crate) fn hex(raw: &[u8]) -> String {
    raw.iter().flat_map(|b| [b >> 4, b & 0x0F]).map(hex_char).collect()
}

fn hex_char(nibble: u8) -> char {
    // A packed track separator is written D.
    char::from(b"0123456789ABCDEF"[usize::from(nibble & 0x0F)])
}

fn nibble_char(bytes: &[u8], i: usize) -> char {
    let byte = bytes.get(i / 2).copied().unwrap_or_default();
    hex_char(if i.is_multiple_of(2) { byte >> 4 } else { byte })
}
