//! Which half bytes of a message must not be shown: one map, from which every view of the message is drawn.
//!
//! A half byte is hidden because its field is a secret, because a part or an element in the field is, because the card number known
//! from another field stands there too, or because nobody knows what it is and it looks like a card number.

use posdx_model::{SecretKind, hidden, hidden_in_packed};

use super::decode::Decoded;
use super::dialect::{Coding, Format, Kind};
use super::ebcdic;
use super::value::render;
use crate::emv::tags::Tags;
use crate::emv::tlv::{Expected, Fault, Item, Reader};
use crate::emv::values::Values;

/// Card numbers of a message that are searched for elsewhere in it.
const NUMBERS_MAX: usize = 8;

/// So many bytes of ASCII digits in a row are taken for text, not for packed digits.
const ASCII_DIGITS_MIN: usize = 4;

/// Which half bytes of some bytes must not be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    nibbles: Vec<bool>,
}

impl Mask {
    /// Nothing is hidden: for who asked for it in so many words.
    pub fn open(bytes: &[u8]) -> Self {
        Mask { nibbles: vec![false; bytes.len() * 2] }
    }

    /// Of chip data outside a message.
    pub fn of_chip_data(bytes: &[u8], tags: &Tags) -> Self {
        let mut mask = Mask::open(bytes);
        let mut numbers = Vec::new();
        mask.hide_elements(bytes, 0, bytes.len(), tags, &mut numbers);
        mask.hide_copies(bytes, &numbers);
        mask
    }

    /// Of bytes of which nothing is known.
    pub fn of_unknown(bytes: &[u8]) -> Self {
        let mut mask = Mask::open(bytes);
        mask.hide_unknown(bytes, 0, bytes.len());
        mask
    }

    /// Of bytes that are known and no secret: only what begins like a card number and has the right check digit.
    pub(crate) fn of_known(bytes: &[u8]) -> Self {
        let mut mask = Mask::open(bytes);
        mask.hide_letters_in(bytes, 0);
        mask.hide_packed_in(bytes, 0);
        mask
    }

    /// Of a decoded message, from its type on.
    pub fn of(decoded: &Decoded<'_>, tags: &Tags) -> Self {
        let bytes = decoded.bytes();
        let mut mask = Mask::open(bytes);
        let mut numbers = Vec::new();
        for number in decoded.fields() {
            let found = (decoded.dialect().format(number), decoded.raw(number), decoded.value_start(number), decoded.about(number));
            let (Some(format), Some(raw), Some(start), Some(about)) = found else { continue };
            let nested = decoded.nested_tlv(number);
            let parts = decoded.parts(number);
            // Of a block of keys whose layout is known, the check values may be seen.
            let known_keys = about.secret == Some(SecretKind::Key) && parts.iter().any(|p| p.about.is_some_and(|a| a.secret.is_some()));
            if known_keys {
                let end = parts.last().map_or(start, |p| p.nibbles.1 / 2);
                mask.nibbles[end * 2..(start + raw.len()) * 2].fill(true);
            }
            // Elements say themselves what is secret in them.
            let own = about.secret.filter(|kind| !known_keys && (nested.is_none() || *kind != SecretKind::Mixed));
            if let Some(kind) = own {
                let units = decoded.units(number).unwrap_or_default();
                mask.hide_field(raw, start, units, format, kind, &mut numbers);
            }
            for part in parts {
                let kind = match part.about {
                    Some(about) => about.secret,
                    None => Some(SecretKind::Mixed),
                };
                if let Some(kind) = kind.filter(|_| known_keys || about.secret.is_none() || about.secret == Some(SecretKind::Mixed)) {
                    mask.hide_span(bytes, part.nibbles, format, kind, &mut numbers);
                }
            }
            if let Some(from) = nested {
                mask.hide_elements(bytes, from, start + raw.len(), tags, &mut numbers);
            }
        }
        mask.hide_behind(decoded);
        mask.hide_copies(bytes, &numbers);
        mask
    }

    /// What stands behind the last field understood.
    fn hide_behind(&mut self, decoded: &Decoded<'_>) {
        let (from, to) = (decoded.end(), decoded.bytes().len());
        let Some(fault) = decoded.fault() else { return self.hide_unknown(decoded.bytes(), from, to) };
        let field = decoded.dialect().field(fault.field);
        let grave = |about: Option<&super::dialect::About>| about.and_then(|a| a.secret).filter(|kind| *kind != SecretKind::Mixed);
        // Which layout holds is not known before the end is: the one with the secret counts.
        let layouts = field.iter().flat_map(|f| &f.layouts);
        let inside = layouts.flat_map(|l| l.parts.iter().map(|p| &p.about).chain(&l.about)).find_map(|about| grave(Some(about)));
        let secret = grave(field.map(|f| &f.about)).or(inside);
        match secret {
            // Where a secret field ends is not known: nothing behind its start may be shown.
            Some(kind) if kind != SecretKind::Mixed => self.nibbles[from * 2..].fill(true),
            _ => self.hide_unknown(decoded.bytes(), from, to),
        }
        // A secret that the bitmap announces stands somewhere behind the fault, and nobody knows where.
        let announced = decoded.announced().filter(|n| *n > fault.field);
        if announced.filter_map(|n| decoded.dialect().field(n)).any(|f| grave(Some(&f.about)).is_some()) {
            self.nibbles.iter_mut().skip(fault.offset.max(from) * 2).for_each(|n| *n = true);
        }
    }

    fn hide_field(&mut self, raw: &[u8], start: usize, units: usize, format: &Format, kind: SecretKind, numbers: &mut Vec<String>) {
        let span = match format.coding {
            Coding::Bcd => {
                let from = start * 2 + format.nibble_of(units, 0);
                (from, from + units)
            }
            _ => (start * 2, (start + raw.len()) * 2),
        };
        if kind == SecretKind::Mixed && format.kind == Kind::Bytes {
            return self.hide_unknown_in(raw, start);
        }
        let text: Vec<char> = render(raw, units, format).chars().collect();
        self.hide_text(&text, span, kind, numbers);
    }

    /// Hides what its kind says of a value whose characters fill a span of half bytes evenly.
    fn hide_text(&mut self, text: &[char], (from, to): (usize, usize), kind: SecretKind, numbers: &mut Vec<String>) {
        if text.is_empty() {
            return;
        }
        let wide = (to - from) / text.len();
        for (i, hide) in hidden(kind, text).into_iter().enumerate() {
            for nibble in self.nibbles.iter_mut().skip(from + i * wide).take(wide) {
                *nibble |= hide;
            }
        }
        if matches!(kind, SecretKind::Pan | SecretKind::Track) {
            let digits: String = text.iter().take_while(|c| c.is_ascii_digit()).collect();
            if (12..=19).contains(&digits.len()) && numbers.len() < NUMBERS_MAX && !numbers.contains(&digits) {
                numbers.push(digits);
            }
        }
    }

    fn hide_span(&mut self, bytes: &[u8], (from, to): (usize, usize), format: &Format, kind: SecretKind, numbers: &mut Vec<String>) {
        let nibble = |i: usize| bytes.get(i / 2).map_or(0, |b| if i.is_multiple_of(2) { b >> 4 } else { b & 0x0F });
        let packed: Vec<char> = (from..to).map(|i| char::from_digit(nibble(i).into(), 16).unwrap_or('0').to_ascii_uppercase()).collect();
        if format.coding == Coding::Bcd || from % 2 == 1 {
            return self.hide_text(&packed, (from, to), kind, numbers);
        }
        let raw = bytes.get(from / 2..to / 2).unwrap_or_default();
        let letters = |f: fn(u8) -> u8| raw.iter().map(|b| char::from(f(*b))).collect::<Vec<char>>();
        if format.coding == Coding::Ebcdic {
            self.hide_text(&letters(ebcdic::to_latin_1), (from, to), kind, numbers);
        } else if raw.iter().all(|b| (0x20..0x7F).contains(b)) {
            self.hide_text(&letters(|b| b), (from, to), kind, numbers);
        } else {
            match kind {
                SecretKind::Mixed => self.hide_unknown_in(raw, from / 2),
                _ => self.hide_text(&packed, (from, to), kind, numbers),
            }
        }
    }

    fn hide_elements(&mut self, bytes: &[u8], from: usize, to: usize, tags: &Tags, numbers: &mut Vec<String>) {
        let Some(data) = bytes.get(from..to) else { return };
        let scheme = Values::of(data).scheme();
        // Digits in ASCII can be read as tags and lengths, too.
        self.hide_letters_in(data, from);
        let mut read = None;
        for item in Reader::deep(data) {
            let element = match item {
                Item::Element(element) => element,
                Item::Padding { .. } => continue,
                Item::Fault(fault) => {
                    self.hide_packed_in(data, from);
                    self.hide_unread(
                        bytes,
                        (from, to),
                        &fault,
                        read == Some(fault.start),
                        tags.get(fault.tag, scheme).and_then(|s| s.secret),
                    );
                    continue;
                }
            };
            read = Some(element.start);
            let spec = tags.get(element.tag, scheme);
            let range = element.value_range();
            let (start, end) = (from + range.start, from + range.end);
            let Some(value) = bytes.get(start..end) else { continue };
            match spec.map(|s| s.secret) {
                Some(None) if element.constructed => {}
                Some(None) => self.hide_packed_in(value, start),
                Some(Some(kind)) => {
                    let printable = value.iter().all(|b| (0x20..0x7F).contains(b)) && kind != SecretKind::Pan;
                    let text: Vec<char> = if printable {
                        value.iter().map(|b| char::from(*b)).collect()
                    } else {
                        value
                            .iter()
                            .flat_map(|b| [b >> 4, b & 0x0F])
                            .map(|n| char::from_digit(n.into(), 16).unwrap_or('0').to_ascii_uppercase())
                            .collect()
                    };
                    match kind {
                        SecretKind::Mixed => self.hide_unknown_in(value, start),
                        _ => self.hide_text(&text, (start * 2, end * 2), kind, numbers),
                    }
                }
                None if element.constructed => {}
                None => self.hide_unknown_in(value, start),
            }
        }
    }

    /// What could not be read as elements. Of a template that was `given` before, what it holds is read on its own.
    fn hide_unread(&mut self, bytes: &[u8], (from, to): (usize, usize), fault: &Fault, given: bool, secret: Option<SecretKind>) {
        let unread = (from + if given { fault.offset } else { fault.start }).min(to);
        match secret {
            // The first half of a card number is too short to be told by its digits.
            Some(kind) if kind != SecretKind::Mixed && !given => {
                let behind = if fault.expected == Expected::Value { (from + fault.offset).min(to) } else { to };
                self.nibbles[unread * 2..behind.max(unread) * 2].fill(true);
            }
            _ => self.hide_unknown(bytes, unread, to),
        }
    }

    fn hide_unknown(&mut self, bytes: &[u8], from: usize, to: usize) {
        if let Some(raw) = bytes.get(from..to) {
            self.hide_unknown_in(raw, from);
        }
    }

    /// Hides runs of digits that can be card numbers: as ASCII, as EBCDIC, and packed.
    fn hide_unknown_in(&mut self, raw: &[u8], start: usize) {
        for letters in [|b: u8| char::from(b), |b: u8| char::from(ebcdic::to_latin_1(b))] {
            let text: Vec<char> = raw.iter().map(|b| letters(*b)).collect();
            for (i, hide) in hidden(SecretKind::Mixed, &text).into_iter().enumerate().filter(|h| h.1) {
                let at = (start + i) * 2;
                self.nibbles[at] |= hide;
                self.nibbles[at + 1] |= hide;
            }
        }
        self.hide_packed_in(raw, start);
    }

    /// Hides ASCII digits that begin like a card number and have the right check digit: none belongs here.
    fn hide_letters_in(&mut self, raw: &[u8], start: usize) {
        let text: Vec<char> = raw.iter().map(|b| char::from(*b)).collect();
        for (i, hide) in hidden_in_packed(&text).into_iter().enumerate() {
            self.nibbles[(start + i) * 2] |= hide;
            self.nibbles[(start + i) * 2 + 1] |= hide;
        }
    }

    /// The same for packed digits.
    fn hide_packed_in(&mut self, raw: &[u8], start: usize) {
        // Digits in ASCII are no packed digits; one or two such bytes may be either.
        let text = raw.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()).flat_map(|run| {
            let letters = run.len() >= ASCII_DIGITS_MIN && run.iter().all(u8::is_ascii_digit);
            run.iter().flat_map(move |b| if letters { [0xF, 0xF] } else { [b >> 4, b & 0x0F] })
        });
        let text: Vec<char> = text.map(|n| char::from_digit(n.into(), 16).unwrap_or('0')).collect();
        for (i, hide) in hidden_in_packed(&text).into_iter().enumerate() {
            self.nibbles[start * 2 + i] |= hide;
        }
    }

    /// Hides the known card numbers wherever else they stand.
    fn hide_copies(&mut self, bytes: &[u8], numbers: &[String]) {
        if numbers.is_empty() {
            return;
        }
        let nibbles: Vec<u8> = bytes.iter().flat_map(|b| [b >> 4, b & 0x0F]).collect();
        for number in numbers {
            let digits: Vec<u8> = number.bytes().map(|b| b - b'0').collect();
            let shown = hidden(SecretKind::Pan, &number.chars().collect::<Vec<_>>());
            for at in places(&nibbles, &digits) {
                self.nibbles[at..].iter_mut().zip(&shown).for_each(|(n, hide)| *n |= hide);
            }
            for base in [0x30, 0xF0] {
                let text: Vec<u8> = digits.iter().map(|d| d + base).collect();
                for at in places(bytes, &text) {
                    for (i, hide) in shown.iter().enumerate() {
                        self.nibbles[(at + i) * 2] |= hide;
                        self.nibbles[(at + i) * 2 + 1] |= hide;
                    }
                }
            }
        }
    }

    /// True when something between two byte offsets is hidden.
    pub fn hides(&self, from: usize, to: usize) -> bool {
        self.nibbles.get(from * 2..to * 2).is_some_and(|n| n.contains(&true))
    }

    /// True when this half byte is hidden.
    pub fn hides_nibble(&self, nibble: usize) -> bool {
        self.nibbles.get(nibble).copied().unwrap_or(true)
    }

    /// Hexadecimal of a range of bytes, hidden half bytes as `*`.
    pub fn hex(&self, bytes: &[u8], from: usize, to: usize) -> String {
        self.nibbles_text(bytes, from * 2, to * 2)
    }

    /// A range of half bytes, hidden ones as `*`.
    pub fn nibbles_text(&self, bytes: &[u8], from: usize, to: usize) -> String {
        (from..to.min(self.nibbles.len()))
            .filter_map(|i| {
                let byte = bytes.get(i / 2)?;
                let nibble = if i % 2 == 0 { byte >> 4 } else { byte & 0x0F };
                Some(if self.nibbles.get(i).is_none_or(|hide| *hide) { '*' } else { char::from(b"0123456789ABCDEF"[usize::from(nibble)]) })
            })
            .collect()
    }

    /// A value whose characters fill a span of half bytes evenly, hidden characters as `*`.
    pub fn value(&self, value: &str, (from, to): (usize, usize)) -> String {
        let count = value.chars().count().max(1);
        let wide = to.saturating_sub(from) / count;
        let hide = |i: usize| self.nibbles.iter().skip(from + i * wide).take(wide.max(1)).any(|h| *h);
        value.chars().enumerate().map(|(i, c)| if hide(i) { '*' } else { c }).collect()
    }

    /// The value of a field, hidden characters as `*`.
    pub fn field(&self, decoded: &Decoded<'_>, number: usize) -> Option<String> {
        let (raw, format, start) = (decoded.raw(number)?, decoded.dialect().format(number)?, decoded.value_start(number)?);
        let units = decoded.units(number)?;
        let span = match format.coding {
            Coding::Bcd => {
                let from = start * 2 + format.nibble_of(units, 0);
                (from, from + units)
            }
            _ => (start * 2, (start + raw.len()) * 2),
        };
        Some(self.value(&render(raw, units, format), span))
    }
}

/// Where `needle` begins in `hay`.
fn places<'a>(hay: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    hay.windows(needle.len().max(1)).enumerate().filter(move |(_, w)| *w == needle).map(|(i, _)| i)
}
