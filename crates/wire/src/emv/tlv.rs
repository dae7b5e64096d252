//! BER-TLV: tag, length, value, and values inside values (ISO/IEC 8825-1, EMV 4.4 Book 3 Annex B).
//!
//! The reader never fails as a whole: it gives every element in reading order and says where it stopped understanding. It allocates
//! nothing. How each length was written is kept, so that what was read can be written back byte for byte.

use std::ops::Range;

pub use super::tlv_write::{WriteError, write_element};

/// Templates inside templates that are followed at most.
pub const DEPTH_MAX: usize = 16;

/// How a length is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthForm {
    /// One byte, up to 127.
    Short,
    /// `81` and one byte.
    Long81,
    /// `82` and two bytes.
    Long82,
    /// `83` and three bytes.
    Long83,
}

impl LengthForm {
    /// The shortest form for `length` bytes; `None` above 16 777 215.
    pub fn shortest(length: usize) -> Option<LengthForm> {
        match length {
            0..=0x7F => Some(LengthForm::Short),
            0x80..=0xFF => Some(LengthForm::Long81),
            0x100..=0xFFFF => Some(LengthForm::Long82),
            0x1_0000..=0xFF_FFFF => Some(LengthForm::Long83),
            _ => None,
        }
    }

    /// Bytes of the length that follow the first.
    pub(super) fn extra(self) -> usize {
        match self {
            LengthForm::Short => 0,
            LengthForm::Long81 => 1,
            LengthForm::Long82 => 2,
            LengthForm::Long83 => 3,
        }
    }

    /// Longest value this form can announce.
    pub(super) fn max(self) -> usize {
        match self {
            LengthForm::Short => 0x7F,
            LengthForm::Long81 => 0xFF,
            LengthForm::Long82 => 0xFFFF,
            LengthForm::Long83 => 0xFF_FFFF,
        }
    }
}

/// One element: places in the bytes it was read from, never the value itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// The tag's bytes as one number: `0x9F26`.
    pub tag: u32,
    /// Offset of the tag.
    pub start: usize,
    /// Offset of the length.
    pub length_at: usize,
    /// Offset of the value.
    pub value_at: usize,
    /// Offset behind the value, as far as there are bytes.
    pub end: usize,
    /// How the length is written.
    pub form: LengthForm,
    /// Templates around it; 0 outside.
    pub depth: usize,
    /// True when the value is made of elements.
    pub constructed: bool,
    /// Bytes of the value that are not there. Only a template is given with bytes missing: what it still holds can be read.
    pub missing: usize,
}

impl Element {
    /// Where the tag stands.
    pub fn tag_range(&self) -> Range<usize> {
        self.start..self.length_at
    }

    /// Where the value stands.
    pub fn value_range(&self) -> Range<usize> {
        self.value_at..self.end
    }

    /// The value, out of the bytes that were read.
    pub fn value<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(self.value_range()).unwrap_or_default()
    }
}

/// What was expected where understanding ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A byte of the tag.
    Tag,
    /// A tag of at most four bytes.
    ShorterTag,
    /// A byte of the length.
    Length,
    /// A definite length; `80` announces an indefinite one, which chip data does not use.
    DefiniteLength,
    /// A length of at most three bytes behind the first.
    ShorterLength,
    /// More bytes of the value.
    Value,
    /// Fewer templates inside templates than [`DEPTH_MAX`].
    ShallowerNesting,
}

impl Expected {
    /// The label in `bits.toml` that says it to people.
    pub fn label(self) -> &'static str {
        match self {
            Expected::Tag => "tlv-tag",
            Expected::ShorterTag => "tlv-short-tag",
            Expected::Length => "tlv-length",
            Expected::DefiniteLength => "tlv-definite",
            Expected::ShorterLength => "tlv-short-length",
            Expected::Value => "tlv-value",
            Expected::ShallowerNesting => "tlv-nesting",
        }
    }
}

/// Where and why the reader stopped; positions only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where the element begins that could not be read.
    pub start: usize,
    /// Where the expectation failed.
    pub offset: usize,
    /// What was expected there.
    pub expected: Expected,
    /// The tag as far as it was read; 0 before its first byte.
    pub tag: u32,
    /// Templates around it.
    pub depth: usize,
}

/// What the reader gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// An element; the elements inside a template follow it, one level deeper.
    Element(Element),
    /// Bytes `00` or `FF` between elements, from `start` to before `end`.
    Padding {
        /// First byte.
        start: usize,
        /// Behind the last byte.
        end: usize,
        /// Templates around it.
        depth: usize,
    },
    /// The rest of this level could not be read; reading goes on behind the template around it.
    Fault(Fault),
}

/// Reads elements in order.
#[derive(Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    ends: [usize; DEPTH_MAX + 1],
    depth: usize,
    deep: bool,
    pending: Option<Fault>,
}

impl<'a> Reader<'a> {
    /// Reads elements and, behind each template, the elements inside it.
    pub fn deep(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0, ends: [bytes.len(); DEPTH_MAX + 1], depth: 0, deep: true, pending: None }
    }

    /// Reads the outermost elements only; templates are left closed.
    pub fn flat(bytes: &'a [u8]) -> Self {
        Reader { deep: false, ..Reader::deep(bytes) }
    }

    fn level_end(&self) -> usize {
        self.ends.get(self.depth).copied().unwrap_or(self.at)
    }

    fn element(&mut self, element: Element) -> Item {
        self.at = element.end;
        if !(self.deep && element.constructed) {
            return Item::Element(element);
        }
        let fault = |expected| Fault { start: element.start, offset: element.end, expected, tag: element.tag, depth: element.depth };
        if element.missing > 0 {
            self.pending = Some(fault(Expected::Value));
        }
        match self.ends.get_mut(self.depth + 1) {
            Some(end) => {
                *end = element.end;
                self.depth += 1;
                self.at = element.value_at;
            }
            None => self.pending = Some(Fault { offset: element.value_at, ..fault(Expected::ShallowerNesting) }),
        }
        Item::Element(element)
    }
}

impl Iterator for Reader<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if let Some(fault) = self.pending.take() {
            return Some(Item::Fault(fault));
        }
        while self.at >= self.level_end() {
            self.depth = self.depth.checked_sub(1)?;
        }
        let (start, end, depth) = (self.at, self.level_end(), self.depth);
        let padding = (start..end).take_while(|i| is_padding(self.bytes, *i, end)).count();
        if padding > 0 {
            self.at = start + padding;
            return Some(Item::Padding { start, end: self.at, depth });
        }
        let fault = match head(self.bytes, start, end, depth) {
            Ok(element) if element.missing == 0 || (self.deep && element.constructed) => return Some(self.element(element)),
            Ok(element) => Fault { start, offset: end, expected: Expected::Value, tag: element.tag, depth },
            Err(fault) => fault,
        };
        self.at = end;
        Some(Item::Fault(fault))
    }
}

/// `00` is no tag. `FF` may be filling or the first byte of a private tag; it is taken for a tag only before bytes that no usual tag
/// begins with: `81` (kernel 2: `FF8105`), `EE` and `01` to `1E` (terminal makers), and, but for the first two, when all of it is there.
fn is_padding(bytes: &[u8], at: usize, end: usize) -> bool {
    match bytes.get(at) {
        Some(0x00) => true,
        Some(0xFF) => match bytes.get(at + 1).filter(|_| at + 1 < end) {
            Some(0x81 | 0xEE) => false,
            Some(0x01..=0x1E) => !head(bytes, at, end, 0).is_ok_and(|e| e.missing == 0),
            _ => true,
        },
        _ => false,
    }
}

/// Reads the tag at `at`: its number and the offset behind it.
pub(super) fn tag(bytes: &[u8], at: usize, end: usize, depth: usize) -> Result<(u32, usize), Fault> {
    let fault = |offset, expected, tag| Fault { start: at, offset, expected, tag, depth };
    let byte = |i: usize| bytes.get(i).copied().filter(|_| i < end);
    let first = byte(at).ok_or(fault(at, Expected::Tag, 0))?;
    let mut tag = u32::from(first);
    let mut next = at + 1;
    if first & 0x1F != 0x1F {
        return Ok((tag, next));
    }
    loop {
        let b = byte(next).ok_or(fault(next, Expected::Tag, tag))?;
        if next >= at + 4 {
            return Err(fault(next, Expected::ShorterTag, tag));
        }
        tag = tag << 8 | u32::from(b);
        next += 1;
        if b & 0x80 == 0 {
            return Ok((tag, next));
        }
    }
}

/// Reads tag and length; a value that runs over `end` is reported as missing bytes.
fn head(bytes: &[u8], start: usize, end: usize, depth: usize) -> Result<Element, Fault> {
    let (tag, length_at) = tag(bytes, start, end, depth)?;
    let fault = |offset, expected| Fault { start, offset, expected, tag, depth };
    let byte = |i: usize| bytes.get(i).copied().filter(|_| i < end).ok_or(fault(i.min(end), Expected::Length));
    let first = byte(length_at)?;
    let form = match first {
        0x00..=0x7F => LengthForm::Short,
        0x80 => return Err(fault(length_at, Expected::DefiniteLength)),
        0x81 => LengthForm::Long81,
        0x82 => LengthForm::Long82,
        0x83 => LengthForm::Long83,
        _ => return Err(fault(length_at, Expected::ShorterLength)),
    };
    let value_at = length_at + 1 + form.extra();
    let mut length = if form == LengthForm::Short { usize::from(first) } else { 0 };
    for i in length_at + 1..value_at {
        length = length << 8 | usize::from(byte(i)?);
    }
    let there = length.min(end.saturating_sub(value_at));
    let constructed = bytes.get(start).is_some_and(|b| b & 0x20 != 0);
    Ok(Element { tag, start, length_at, value_at, end: value_at + there, form, depth, constructed, missing: length - there })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(bytes: &[u8]) -> Vec<(u32, usize)> {
        Reader::deep(bytes).filter_map(|i| if let Item::Element(e) = i { Some((e.tag, e.depth)) } else { None }).collect()
    }

    #[test]
    fn filling_is_told_from_private_tags() {
        let bytes = [0x00, 0x82, 0x02, 0x7C, 0x00, 0xFF, 0xFF, 0x9C, 0x01, 0x00, 0xFF, 0x9F, 0x36, 0x02, 0x00, 0x01, 0xFF];
        assert_eq!(tags(&bytes), [(0x82, 0), (0x9C, 0), (0x9F36, 0)]);
        let kernel2 = [0xFF, 0x81, 0x05, 0x03, 0x9C, 0x01, 0x00];
        assert_eq!(tags(&kernel2), [(0xFF8105, 0), (0x9C, 1)]);
    }

    #[test]
    fn a_cut_template_still_gives_what_it_holds() {
        let cut = [0x70, 0x20, 0x9C, 0x01, 0x00, 0x9F, 0x36, 0x02, 0x00];
        let items: Vec<Item> = Reader::deep(&cut).collect();
        assert_eq!(tags(&cut), [(0x70, 0), (0x9C, 1)]);
        let faults: Vec<Fault> = items.iter().filter_map(|i| if let Item::Fault(f) = i { Some(*f) } else { None }).collect();
        assert_eq!(faults.iter().map(|f| (f.tag, f.offset, f.start)).collect::<Vec<_>>(), [(0x70, 9, 0), (0x9F36, 9, 5)]);
    }

    #[test]
    fn impossible_lengths_are_named() {
        for (bytes, offset, expected) in [
            (&[0x9F][..], 1, Expected::Tag),
            (&[0x9F, 0x81, 0x81, 0x81, 0x01, 0x00], 4, Expected::ShorterTag),
            (&[0x82], 1, Expected::Length),
            (&[0x70, 0x80, 0x00], 1, Expected::DefiniteLength),
            (&[0x82, 0x84, 0, 0, 0, 1], 1, Expected::ShorterLength),
            (&[0x82, 0x82, 0x01], 3, Expected::Length),
            (&[0x82, 0x02, 0x7C], 3, Expected::Value),
        ] {
            let fault = Reader::deep(bytes).find_map(|i| if let Item::Fault(f) = i { Some((f.offset, f.expected)) } else { None });
            assert_eq!(fault, Some((offset, expected)));
        }
    }

    #[test]
    fn nesting_ends_somewhere() {
        let bytes: Vec<u8> = (0..40).flat_map(|i| [0x70, 78 - 2 * i]).collect();
        let faults = Reader::deep(&bytes).filter(|i| matches!(i, Item::Fault(f) if f.expected == Expected::ShallowerNesting)).count();
        assert_eq!(faults, 1);
    }
}
