//! The notation of formats: what a field holds and how long it is, as the standard writes it.
//!
//! `n6` six digits, `an12` twelve characters, `ans..25` up to 25 characters behind a two-digit length, `z..37` track data, `b8` eight
//! bytes, `b...255` bytes behind a three-digit length, `x8` a sign letter and digits. `n3>` is aligned right where an odd number of
//! digits fills an even number of nibbles; everything else is aligned left. Parts of a field may end in `*`: all that is left.

use serde::{Deserialize, Serialize};

/// How characters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// ASCII and GBK: one byte a Latin character, two a Chinese one.
    Gbk,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Digits (`n`).
    Digits,
    /// Characters (`a`, `an`, `ans`, `x`).
    Text,
    /// Track data (`z`): digits and a separator.
    Track,
    /// Bytes (`b`).
    Bytes,
}

/// How long a field is, in its units: digits, characters or bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Length {
    /// Always this many.
    Fixed(u16),
    /// A length of `digits` digits stands before it; at most `max`.
    Prefixed {
        /// Digits of the length: 1 to 4.
        digits: u8,
        /// Largest length allowed.
        max: u16,
    },
    /// Everything that is left of the field it is a part of.
    Rest,
}

/// What a length prefix counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Counts {
    /// The units of the field.
    #[default]
    Units,
    /// Bytes, where the units are packed digits.
    Bytes,
    /// Half bytes, where the units are bytes.
    Nibbles,
}

/// How a field is laid out on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// What it holds.
    pub kind: Kind,
    /// How long it is.
    pub length: Length,
    /// How its value is written.
    pub coding: Coding,
    /// How its length is written.
    pub length_coding: Coding,
    /// What its length counts.
    pub counts: Counts,
    /// True when an odd number of packed digits is aligned right.
    pub right_aligned: bool,
    /// How people write the separator of a packed track: `D`, as it is packed, or `=`, as it is on the stripe.
    pub separator: char,
}

/// Codings that hold where a field does not say its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defaults {
    /// Of `n` and `z`.
    pub digits: Coding,
    /// Of `a`, `an`, `ans` and `x`.
    pub text: Coding,
    /// Of length prefixes.
    pub lengths: Coding,
    /// How the separator of a packed track is written.
    pub separator: char,
}

impl Format {
    /// Reads the notation. The error says what is wrong with it and what to write.
    pub fn read(
        notation: &str,
        defaults: Defaults,
        coding: Option<Coding>,
        lengths: Option<Coding>,
        counts: Counts,
    ) -> Result<Format, String> {
        let text = notation.trim();
        let right_aligned = text.ends_with('>');
        let text = text.trim_end_matches('>');
        let split = text.find(|c: char| !c.is_ascii_lowercase()).ok_or_else(|| format!("`{text}` has no length; write `n6` or `n..19`"))?;
        let (letters, rest) = text.split_at(split);
        let kind = match letters {
            "n" => Kind::Digits,
            "a" | "an" | "ans" | "x" | "as" | "ns" | "s" => Kind::Text,
            "z" => Kind::Track,
            "b" => Kind::Bytes,
            other => return Err(format!("`{other}` is none of n, a, an, ans, x, z, b")),
        };
        let dots = rest.bytes().take_while(|b| *b == b'.').count();
        let length = match (dots, &rest[dots..]) {
            (0, "*") => Length::Rest,
            (dots, number) => {
                let number = number.parse().map_err(|_| format!("`{rest}` is no length; write `6`, `..19` or `...999`"))?;
                match dots {
                    0 => Length::Fixed(number),
                    1..=4 => Length::Prefixed { digits: dots as u8, max: number },
                    _ => return Err(format!("{dots} dots; a length has one to four digits")),
                }
            }
        };
        let coding = coding.unwrap_or(match kind {
            Kind::Digits | Kind::Track => defaults.digits,
            Kind::Text => defaults.text,
            Kind::Bytes => Coding::Binary,
        });
        if kind != Kind::Bytes && coding == Coding::Binary {
            return Err("digits and characters are written in ascii, bcd, ebcdic or gbk; for bytes write `b`".into());
        }
        let separator = defaults.separator;
        Ok(Format { kind, length, coding, length_coding: lengths.unwrap_or(defaults.lengths), counts, right_aligned, separator })
    }

    /// Bytes that `units` digits, characters or bytes take.
    #[inline]
    pub fn bytes_for(&self, units: usize) -> usize {
        match self.coding {
            Coding::Bcd => units.div_ceil(2),
            Coding::Ascii | Coding::Ebcdic if self.kind == Kind::Bytes => units * 2,
            _ => units,
        }
    }

    /// True for bytes that are written as hexadecimal letters.
    #[inline]
    pub fn is_hex_letters(&self) -> bool {
        self.kind == Kind::Bytes && matches!(self.coding, Coding::Ascii | Coding::Ebcdic)
    }

    /// Bytes of the length prefix.
    #[inline]
    pub fn prefix_bytes(&self) -> usize {
        match self.length {
            Length::Fixed(_) | Length::Rest => 0,
            Length::Prefixed { digits, .. } => match self.length_coding {
                Coding::Bcd | Coding::Binary => usize::from(digits).div_ceil(2),
                Coding::Ascii | Coding::Ebcdic | Coding::Gbk => usize::from(digits),
            },
        }
    }

    /// Units that a prefix stands for.
    #[inline]
    pub fn units_of(&self, counted: usize) -> usize {
        match self.counts {
            Counts::Units => counted,
            Counts::Bytes => counted * if self.coding == Coding::Bcd { 2 } else { 1 },
            Counts::Nibbles => counted.div_ceil(2),
        }
    }

    /// What the prefix of so many units says.
    pub fn counted(&self, units: usize) -> usize {
        match self.counts {
            Counts::Units => units,
            Counts::Bytes => self.bytes_for(units),
            Counts::Nibbles => units * 2,
        }
    }

    /// Which nibble holds digit `i` of `units`.
    #[inline]
    pub fn nibble_of(&self, units: usize, i: usize) -> usize {
        if self.right_aligned { i + units % 2 } else { i }
    }
}
