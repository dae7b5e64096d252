//! The fields of a message, one behind another: where each begins and how many units it has, and whether it holds what it should.
//!
//! ```text
//! bitmap ─► by_step: the usual ways of writing ─┬─► slots ─► neighbours of one content seen as one stretch ─► all holds
//!              └─ declined ─► by_format ────────┤                        └─ not all ─► field by field ─► the first wrong one
//!                                               └─► fault
//! ```

use super::dialect::{Coding, Content, Dialect, Format, HALF, Kind, Length, Measure, Step};
use super::ebcdic;
use super::fault::{Expected, Fault, Layer};
use super::scan::{all_digits, all_digits_from, all_packed_digits};

/// Place of one field: where its value begins and how many units it has. The rest follows from the field's format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slot {
    pub value: u16,
    pub units: u16,
}

/// The slots by field number, those of the second half only where a message has a second bitmap: most have none.
#[derive(Clone)]
pub(super) struct Slots {
    first: [Slot; HALF],
    second: Option<[Slot; HALF]>,
}

impl Slots {
    pub fn empty() -> Slots {
        Slots { first: [Slot::default(); HALF], second: None }
    }

    #[inline]
    pub fn get(&self, number: usize) -> Option<&Slot> {
        let bit = number.checked_sub(1)?;
        if bit < HALF { self.first.get(bit) } else { self.second.as_ref()?.get(bit - HALF) }
    }
}

/// Where understanding ended, and what is wrong behind it.
struct Stop {
    end: usize,
    fault: Fault,
}

/// Places the fields whose bits are set, field 1 leftmost, the first of them at `at`. The result is the end of the last one understood,
/// and what is wrong behind it.
#[inline]
pub(super) fn walk(bytes: &[u8], dialect: &Dialect, fields: u128, at: usize, slots: &mut Slots) -> (usize, Option<Fault>) {
    let mut stretch = Stretch { content: Content::Free, from: at, holds: true };
    let (first, second) = ((fields >> HALF) as u64, fields as u64);
    let mut placed = place_half::<0>(bytes, dialect, first, at, &mut slots.first, &mut stretch);
    if let (Ok(at), true) = (&placed, second != 0) {
        let slots = slots.second.get_or_insert([Slot::default(); HALF]);
        placed = place_half::<1>(bytes, dialect, second, *at, slots, &mut stretch);
    }
    let (end, fault) = match placed {
        Ok(end) => (end, None),
        Err(stop) => (stop.end, Some(stop.fault)),
    };
    stretch.close(bytes, end);
    if stretch.holds {
        return (end, fault);
    }
    match first_wrong_value(bytes, dialect, fields & before(fault), slots) {
        Some(stop) => (stop.end, Some(stop.fault)),
        None => (end, fault),
    }
}

/// The bits of the fields before the one that is at fault.
#[inline]
pub(super) fn before(fault: Option<Fault>) -> u128 {
    fault.map_or(u128::MAX, |fault| !(u128::MAX >> (fault.field - 1)))
}

/// Places the fields that half a bitmap announces. Whether their values hold what they should shows when the stretch is closed.
#[inline(always)]
fn place_half<const SECOND: usize>(
    bytes: &[u8],
    dialect: &Dialect,
    fields: u64,
    mut at: usize,
    slots: &mut [Slot; HALF],
    stretch: &mut Stretch,
) -> Result<usize, Stop> {
    let steps = &dialect.steps()[SECOND];
    // The lowest bit is found and cleared faster than the highest.
    let mut left = fields.reverse_bits();
    while left != 0 {
        let bit = left.trailing_zeros() as usize;
        left &= left - 1;
        let step = &steps[bit];
        let place = match by_step(bytes, step, at) {
            Some(place) => place,
            None => by_format(bytes, dialect, SECOND * HALF + bit + 1, at).map_err(|fault| Stop { end: at, fault })?,
        };
        if step.content != stretch.content || step.apart {
            stretch.close(bytes, at);
            (stretch.content, stretch.from) = (step.content, place.value);
        }
        // MESSAGE_MAX keeps every offset inside 16 bits.
        slots[bit] = Slot { value: place.value as u16, units: place.units as u16 };
        at = place.end;
    }
    Ok(at)
}

/// Neighbours with values of one content, the lengths between them included.
struct Stretch {
    content: Content,
    from: usize,
    /// True while all that was closed holds what it should.
    holds: bool,
}

impl Stretch {
    /// Looks at the bytes as far as `end`. Where a pad half byte is no digit it says no too early: that is found out field by field.
    #[inline(always)]
    fn close(&mut self, bytes: &[u8], end: usize) {
        self.holds &= match (self.content, bytes.get(self.from..end)) {
            (Content::Free | Content::Letters, _) => true,
            (Content::Digits, Some(stretch)) => all_digits(stretch),
            (Content::Packed, Some(stretch)) => all_packed_digits(stretch),
            (Content::Ebcdic, Some(stretch)) => all_digits_from(0xF0, stretch),
            (Content::ByFormat, _) | (_, None) => false,
        };
    }
}

/// Where a value lies: its first byte, its units, the byte behind it.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    value: usize,
    units: usize,
    end: usize,
}

/// Where the value of a field that begins at `at` lies, if the field is written in one of the usual ways and fits.
#[inline(always)]
fn by_step(bytes: &[u8], step: &Step, at: usize) -> Option<Place> {
    let (value, units) = match step.measure {
        Measure::Fixed => (at, usize::from(step.units)),
        Measure::TwoLetters => (at + 2, letters(bytes.get(at..at + 2)?)?),
        Measure::ThreeLetters => (at + 3, letters(bytes.get(at..at + 3)?)?),
        Measure::OnePacked => (at + 1, packed_pair(*bytes.get(at)?)?),
        Measure::TwoPacked => match bytes.get(at..at + 2)? {
            [first, second] => (at + 2, packed_pair(*first)? * 100 + packed_pair(*second)?),
            _ => return None,
        },
        Measure::ByFormat => return None,
    };
    let end = value + step.bytes_for(units);
    (units <= usize::from(step.units) && end <= bytes.len()).then_some(Place { value, units, end })
}

/// The number that ASCII digits write.
#[inline(always)]
fn letters(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0, |n, letter| {
        let digit = letter.wrapping_sub(b'0');
        (digit <= 9).then_some(n * 10 + usize::from(digit))
    })
}

/// The number that a byte of two packed digits writes.
#[inline(always)]
fn packed_pair(byte: u8) -> Option<usize> {
    (byte & 0x0F <= 9 && byte <= 0x99).then_some(usize::from(byte >> 4) * 10 + usize::from(byte & 0x0F))
}

/// Where the value of a field that begins at `at` lies, whatever its format, and what is wrong if it does not.
#[inline(never)]
fn by_format(bytes: &[u8], dialect: &Dialect, number: usize, at: usize) -> Result<Place, Fault> {
    let Some(format) = dialect.format(number) else {
        return Err(Fault { layer: Layer::FieldValue, field: number, offset: at, expected: Expected::KnownField });
    };
    let (value, units) = match format.length {
        Length::Fixed(units) => (at, usize::from(units)),
        Length::Rest => (at, bytes.len().saturating_sub(at)),
        Length::Prefixed { digits, max } => {
            let size = format.prefix_bytes();
            let prefix = take(bytes, at, size, Layer::FieldLength, number)?;
            let wrong = |offset, expected| Fault { layer: Layer::FieldLength, field: number, offset: at + offset, expected };
            let counted = read_length(prefix, usize::from(digits), format.length_coding).map_err(|i| wrong(i, Expected::LengthDigit))?;
            let units = format.units_of(counted);
            if units > usize::from(max) {
                return Err(wrong(0, Expected::LengthUpTo(max)));
            }
            (at + size, units)
        }
    };
    let end = value + take(bytes, value, format.bytes_for(units), Layer::FieldValue, number)?.len();
    Ok(Place { value, units, end })
}

/// So many bytes, or how many are missing.
pub(super) fn take(bytes: &[u8], at: usize, count: usize, layer: Layer, field: usize) -> Result<&[u8], Fault> {
    bytes.get(at..at + count).ok_or_else(|| {
        let more = (at + count - bytes.len()).min(usize::from(u16::MAX)) as u16;
        Fault { layer, field, offset: bytes.len(), expected: Expected::More(more) }
    })
}

/// The number in a length prefix; the error is the byte that is no digit.
fn read_length(prefix: &[u8], digits: usize, coding: Coding) -> Result<usize, usize> {
    match coding {
        Coding::Binary => Ok(prefix.iter().fold(0, |n, b| n << 8 | usize::from(*b))),
        // Three packed digits take two bytes, with a zero in front.
        Coding::Bcd => prefix.iter().enumerate().try_fold(0, |n, (i, b)| Ok(n * 100 + packed_pair(*b).ok_or(i)?)),
        _ => (0..digits).try_fold(0, |n, i| Ok(n * 10 + usize::from(digit_at(prefix, i, coding).ok_or(i)?))),
    }
}

/// The first of the fields whose value holds what it should not.
#[cold]
fn first_wrong_value(bytes: &[u8], dialect: &Dialect, fields: u128, slots: &Slots) -> Option<Stop> {
    numbers(fields).find_map(|number| {
        let (slot, format) = (slots.get(number)?, dialect.format(number)?);
        let (value, units) = (usize::from(slot.value), usize::from(slot.units));
        let raw = bytes.get(value..value + format.bytes_for(units))?;
        let expected = if format.kind == Kind::Digits { Expected::Digit } else { Expected::HexDigit };
        let fault = Fault { layer: Layer::FieldValue, field: number, offset: value + first_wrong(raw, units, format)?, expected };
        Some(Stop { end: value - format.prefix_bytes(), fault })
    })
}

/// Byte of the first character that cannot stand where it stands. The pad half byte of an odd number of packed digits carries nothing
/// and may be anything.
fn first_wrong(raw: &[u8], units: usize, format: &Format) -> Option<usize> {
    match (format.kind, format.coding) {
        (Kind::Digits, Coding::Ascii) if all_digits(raw) => None,
        (Kind::Digits, Coding::Bcd) if all_packed_digits(raw) => None,
        (Kind::Digits, Coding::Bcd) => {
            let mut places = (0..units).map(|i| format.nibble_of(units, i));
            places.find(|i| digit_at(raw, *i, Coding::Bcd).is_none()).map(|i| i / 2)
        }
        (Kind::Digits, coding) => (0..units).find(|i| digit_at(raw, *i, coding).is_none()),
        (Kind::Bytes, Coding::Ascii) => raw.iter().position(|b| !b.is_ascii_hexdigit()),
        (Kind::Bytes, Coding::Ebcdic) => raw.iter().position(|b| !ebcdic::to_latin_1(*b).is_ascii_hexdigit()),
        _ => None,
    }
}

#[inline]
pub(super) fn digit_at(bytes: &[u8], i: usize, coding: Coding) -> Option<u8> {
    let value = match coding {
        Coding::Bcd => {
            let byte = *bytes.get(i / 2)?;
            if i.is_multiple_of(2) { byte >> 4 } else { byte & 0x0F }
        }
        Coding::Ascii | Coding::Gbk => bytes.get(i)?.checked_sub(b'0')?,
        Coding::Ebcdic => bytes.get(i)?.checked_sub(0xF0)?,
        Coding::Binary => *bytes.get(i)?,
    };
    (value <= 9).then_some(value)
}

const LEFTMOST: u128 = 1 << 127;

/// The numbers of the fields whose bits are set; bit 1 is none.
pub(super) fn numbers(bits: u128) -> impl Iterator<Item = usize> {
    let mut left = bits << 1 >> 1;
    std::iter::from_fn(move || {
        let zeros = left.leading_zeros();
        left &= !(LEFTMOST.checked_shr(zeros)?);
        Some(zeros as usize + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::super::dialect::Dialects;
    use super::*;

    /// Every notation in every coding that it allows, with every coding of its length, one field each.
    fn layouts() -> Vec<Dialects> {
        const CODINGS: [&str; 5] = ["ascii", "bcd", "ebcdic", "gbk", "binary"];
        let notations =
            ["n3", "n6", "n3>", "n.9", "n..19", "n...999", "n....300", "n..200>", "an4", "ans..99", "z..37", "b8", "b..9", "b...255"];
        let all = notations.iter().flat_map(|n| CODINGS.iter().flat_map(move |c| CODINGS.map(|l| (n, c, l))));
        let texts = all.map(|(notation, coding, lengths)| {
            format!(
                "id = \"one\"\ntitle = {{ zh = \"一\", en = \"One\" }}\n[field]\n\
                 2 = {{ format = \"{notation}\", coding = \"{coding}\", lengths = \"{lengths}\", name = {{ zh = \"域\", en = \"Field\" }} }}\n"
            )
        });
        texts.filter_map(|text| Dialects::read(&[("one.toml", &text)]).ok()).collect()
    }

    #[test]
    fn what_a_step_places_its_format_places_too() {
        let (mut placed, mut declined) = (0, 0);
        for dialects in layouts() {
            let dialect = dialects.get("one").expect("described");
            let step = &dialect.steps()[0][1];
            for (first, second) in (0..=u8::MAX).flat_map(|a| [0x00, 0x05, 0x30, 0x39, 0x3A, 0x99, 0x9A, 0xF1].map(|b| (a, b))) {
                let bytes = [&[first, second, b'2'], [0x35; 40].as_slice()].concat();
                for length in [0, 1, 2, 3, 9, bytes.len()] {
                    match by_step(&bytes[..length], step, 0) {
                        Some(place) => {
                            assert_eq!(by_format(&bytes[..length], dialect, 2, 0), Ok(place), "{:?}", dialect.format(2));
                            placed += 1;
                        }
                        None => declined += 1,
                    }
                }
            }
        }
        assert!(placed > 50_000 && declined > 50_000, "{placed} {declined}");
    }

    #[test]
    fn slots_are_kept_by_number() {
        let mut slots = Slots::empty();
        slots.first[1] = Slot { value: 1, units: 2 };
        assert_eq!((slots.get(2).map(|s| s.units), slots.get(65).is_none(), slots.get(0).is_none()), (Some(2), true, true));
        slots.second = Some([Slot { value: 3, units: 4 }; HALF]);
        assert_eq!((slots.get(65).map(|s| s.units), slots.get(128).map(|s| s.value), slots.get(129).is_none()), (Some(4), Some(3), true));
    }
}
