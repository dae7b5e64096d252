//! What the codec does at each field, worked out once when a dialect is read: the usual ways of writing a field need no thought while a
//! message is read or written, and the others are left to the format.

use serde::{Deserialize, Serialize};

use super::format::{Coding, Counts, Format, Kind, Length};

/// Fields that one bitmap of eight bytes announces.
pub(crate) const HALF: usize = 64;

/// How the length of a field is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// It is always the same.
    Fixed,
    /// Two ASCII digits stand before it.
    TwoLetters,
    /// Three ASCII digits stand before it.
    ThreeLetters,
    /// One byte of packed digits stands before it.
    OnePacked,
    /// Two bytes of packed digits stand before it.
    TwoPacked,
    /// As the format says, if there is such a field at all.
    ByFormat,
}

/// What the bytes of a value must be, and how they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Anything, written as the format says.
    Free,
    /// Anything read; written as the ASCII or GBK that it is.
    Letters,
    /// ASCII digits.
    Digits,
    /// Digits, two a byte; the pad half byte of an odd number may be anything.
    Packed,
    /// EBCDIC digits.
    Ebcdic,
    /// As the format says.
    ByFormat,
}

/// How one field is read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub measure: Measure,
    pub content: Content,
    /// True when the bytes of the length are none that the content may have.
    pub apart: bool,
    /// Half bytes of a unit.
    pub nibbles: u8,
    /// Units of a fixed length, or the most that may be and that the length can count.
    pub units: u16,
}

impl Step {
    const UNKNOWN: Step = Step { measure: Measure::ByFormat, content: Content::Free, apart: true, nibbles: 0, units: 0 };

    fn of(format: &Format) -> Step {
        let lengths = match format.length_coding {
            Coding::Ascii | Coding::Gbk => Content::Digits,
            Coding::Bcd => Content::Packed,
            Coding::Ebcdic => Content::Ebcdic,
            Coding::Binary => Content::ByFormat,
        };
        let (measure, units) = match format.length {
            Length::Fixed(units) => (Measure::Fixed, units),
            Length::Rest => (Measure::ByFormat, 0),
            Length::Prefixed { digits, max } => match (lengths, digits) {
                _ if format.counts != Counts::Units => (Measure::ByFormat, max),
                (Content::Digits, 2) => (Measure::TwoLetters, max.min(99)),
                (Content::Digits, 3) => (Measure::ThreeLetters, max.min(999)),
                (Content::Packed, 1 | 2) => (Measure::OnePacked, max),
                (Content::Packed, 3 | 4) => (Measure::TwoPacked, max),
                _ => (Measure::ByFormat, max),
            },
        };
        let content = match (format.kind, format.coding) {
            (Kind::Digits, Coding::Ascii | Coding::Gbk) => Content::Digits,
            (Kind::Digits, Coding::Bcd) => Content::Packed,
            (Kind::Digits, Coding::Ebcdic) => Content::Ebcdic,
            (Kind::Text | Kind::Track, Coding::Ascii | Coding::Gbk) => Content::Letters,
            (Kind::Digits, Coding::Binary) | (Kind::Bytes, Coding::Ascii | Coding::Ebcdic) => Content::ByFormat,
            _ => Content::Free,
        };
        let nibbles = match format.coding {
            Coding::Bcd => 1,
            _ if format.is_hex_letters() => 4,
            _ => 2,
        };
        Step { measure, content, apart: measure != Measure::Fixed && content != lengths, nibbles, units }
    }

    /// Bytes that so many units take.
    #[inline]
    pub fn bytes_for(&self, units: usize) -> usize {
        (units * usize::from(self.nibbles)).div_ceil(2)
    }
}

/// The formats by field number, and the steps that follow from them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Vec<Option<Format>>", into = "Vec<Option<Format>>")]
pub(super) struct Formats {
    formats: Vec<Option<Format>>,
    /// By half and bit of the bitmap: small and close together.
    steps: Box<[[Step; HALF]; 2]>,
}

impl From<Vec<Option<Format>>> for Formats {
    fn from(formats: Vec<Option<Format>>) -> Self {
        let step = |number: usize| formats.get(number).and_then(Option::as_ref).map_or(Step::UNKNOWN, Step::of);
        let steps = Box::new([0, HALF].map(|before| std::array::from_fn(|bit| step(before + bit + 1))));
        Formats { formats, steps }
    }
}

impl From<Formats> for Vec<Option<Format>> {
    fn from(formats: Formats) -> Self {
        formats.formats
    }
}

impl Formats {
    #[inline]
    pub fn get(&self, number: usize) -> Option<&Format> {
        self.formats.get(number)?.as_ref()
    }

    #[inline]
    pub fn steps(&self) -> &[[Step; HALF]; 2] {
        &self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::Defaults;
    use super::*;

    #[test]
    fn a_step_counts_the_bytes_that_its_format_counts() {
        let codings = [Coding::Ascii, Coding::Bcd, Coding::Ebcdic, Coding::Gbk, Coding::Binary];
        for (notation, coding) in ["n6", "an..20", "z..37", "b...255"].into_iter().flat_map(|n| codings.map(|c| (n, c))) {
            let defaults = Defaults { digits: Coding::Ascii, text: Coding::Ascii, lengths: coding, separator: 'D' };
            let Ok(format) = Format::read(notation, defaults, Some(coding), None, Counts::Units) else { continue };
            let step = Step::of(&format);
            assert!((0..99).all(|units| step.bytes_for(units) == format.bytes_for(units)), "{notation} {coding:?}");
        }
    }
}
