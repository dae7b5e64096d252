//! Values → bytes, by the same dialect that decodes them.

use std::collections::BTreeMap;

use super::decode::ebcdic_to_ascii;
use super::dialect::{Coding, Dialect, FieldSpec, Kind, Length};

/// Why a message cannot be written. It names the field, never its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The message type is not four digits.
    #[error("the message type must be four digits")]
    Mti,
    /// The dialect has no such field.
    #[error("field {0}: this dialect does not describe it")]
    UnknownField(usize),
    /// The value does not fit the field.
    #[error("field {field}: {problem}")]
    Value {
        /// The field.
        field: usize,
        /// What is wrong.
        problem: String,
    },
}

/// Writes a message. Values use the notation in which [`super::Decoded::value`] renders them: digits, characters, hexadecimal for bytes.
pub fn encode(dialect: &Dialect, mti: &str, values: &BTreeMap<usize, String>) -> Result<Vec<u8>, EncodeError> {
    if mti.len() != 4 || !mti.bytes().all(|b| b.is_ascii_digit()) {
        return Err(EncodeError::Mti);
    }
    let mut out = Vec::with_capacity(256);
    write_digits(&mut out, mti, dialect.mti, false);
    let mut bits = values.keys().fold(0u128, |bits, n| if (2..=128).contains(n) { bits | 1 << (128 - n) } else { bits });
    let long = bits & u128::from(u64::MAX) != 0;
    if long {
        bits |= 1 << 127;
    }
    for byte in &bits.to_be_bytes()[..if long { 16 } else { 8 }] {
        match dialect.bitmap {
            Coding::Binary | Coding::Bcd => out.push(*byte),
            Coding::Ascii => out.extend_from_slice(format!("{byte:02X}").as_bytes()),
            Coding::Ebcdic => out.extend(format!("{byte:02X}").bytes().map(ascii_to_ebcdic)),
        }
    }
    for (number, value) in values {
        let spec = dialect.field(*number).ok_or(EncodeError::UnknownField(*number))?;
        field(&mut out, spec, value).map_err(|problem| EncodeError::Value { field: *number, problem })?;
    }
    Ok(out)
}

fn field(out: &mut Vec<u8>, spec: &FieldSpec, value: &str) -> Result<(), String> {
    if !value.is_ascii() {
        return Err("holds a character that is not ASCII; give such text as hexadecimal".into());
    }
    let binary = spec.coding == Coding::Binary;
    if binary && (!value.len().is_multiple_of(2) || !value.bytes().all(|b| b.is_ascii_hexdigit())) {
        return Err("must be hexadecimal, two digits a byte".into());
    }
    if spec.kind == Kind::Digits && !value.bytes().all(|b| b.is_ascii_digit()) {
        return Err("must be digits".into());
    }
    if spec.coding == Coding::Bcd && !value.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("must be digits, with D as separator".into());
    }
    let units = if binary { value.len() / 2 } else { value.len() };
    match spec.length {
        Length::Fixed(wanted) if wanted != units => return Err(format!("must have {wanted} digits, characters or bytes, not {units}")),
        Length::Fixed(_) => {}
        Length::Prefixed { max, .. } if units > max => return Err(format!("may have {max} digits, characters or bytes, not {units}")),
        Length::Prefixed { digits, .. } => {
            let width = if spec.length_coding == Coding::Bcd { digits + digits % 2 } else { digits };
            write_digits(out, &format!("{units:0width$}"), spec.length_coding, false);
        }
    }
    match spec.coding {
        Coding::Binary => out.extend((0..value.len()).step_by(2).filter_map(|i| u8::from_str_radix(&value[i..i + 2], 16).ok())),
        Coding::Bcd => write_digits(out, value, Coding::Bcd, spec.right_aligned),
        Coding::Ascii => out.extend_from_slice(value.as_bytes()),
        Coding::Ebcdic => out.extend(value.bytes().map(ascii_to_ebcdic)),
    }
    Ok(())
}

/// Digits in a coding; an odd number of packed digits is filled with 0 on the side it is not aligned to.
fn write_digits(out: &mut Vec<u8>, digits: &str, coding: Coding, right_aligned: bool) {
    match coding {
        Coding::Ascii | Coding::Binary => out.extend_from_slice(digits.as_bytes()),
        Coding::Ebcdic => out.extend(digits.bytes().map(ascii_to_ebcdic)),
        Coding::Bcd => {
            let nibble = |b: u8| char::from(b).to_digit(16).unwrap_or(0) as u8;
            let mut nibbles: Vec<u8> = digits.bytes().map(nibble).collect();
            if !nibbles.len().is_multiple_of(2) {
                nibbles.insert(if right_aligned { 0 } else { nibbles.len() }, 0);
            }
            out.extend(nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]));
        }
    }
}

fn ascii_to_ebcdic(byte: u8) -> u8 {
    (0..=255).find(|e| ebcdic_to_ascii(*e) == byte).unwrap_or(0x6F)
}
