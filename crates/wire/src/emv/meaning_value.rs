//! Plain values by their format: bytes, digits, text, dates, amounts, countries, tables of bits.

use posdx_model::{CardNumber, Secret, SecretKind, Text, mask_card_data};

use super::bits::{both, byte_of};
use super::meaning::{Explainer, Meaning};
use super::tags::Format;
use crate::iso8583::Mask;

/// Hexadecimal digits shown of a long value.
const HEX_SHOWN: usize = 64;

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    let digit = |nibble: u8| char::from(b"0123456789ABCDEF"[usize::from(nibble)]);
    text.extend(bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 0x0F)]));
    text
}

/// The packed digits of a value, `F` filling behind dropped; `None` when a nibble is no digit.
pub(super) fn digits(bytes: &[u8]) -> Option<String> {
    let text = hex(bytes);
    let text = text.trim_end_matches('F');
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.into())
}

/// Text in printable ASCII.
pub(super) fn printable(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|t| t.bytes().all(|b| (0x20..0x7F).contains(&b)))
}

/// Whether a run of digits passes for a card number: people put them where they do not belong. Application identifiers and
/// cryptograms have long runs too, so that the check digit and the first digit decide.
pub(super) fn holds_card_number(hex: &str) -> bool {
    hex.split(|c: char| !c.is_ascii_digit())
        .filter(|run| (13..=19).contains(&run.len()))
        .any(|run| CardNumber::parse(run).is_ok_and(|n| n.check_digit_holds() && ('3'..='6').contains(&n.first_digit())))
}

/// A binary number of at most eight bytes.
fn binary(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
}

fn no_zeros(digits: &str) -> &str {
    match digits.trim_start_matches('0') {
        "" => "0",
        kept => kept,
    }
}

impl Explainer<'_> {
    /// Bytes as hexadecimal, masked as `kind` asks; a long value is cut.
    pub(super) fn bytes(&self, value: &[u8], kind: Option<SecretKind>) -> Text {
        let whole = hex(value);
        let kind = kind.or(holds_card_number(&whole).then_some(SecretKind::Mixed));
        let shown = match kind {
            Some(kind) => Secret::new(kind, whole).masked(),
            None => whole,
        };
        // The digits may be written as characters too.
        let mask = if kind == Some(SecretKind::Mixed) { Mask::of_unknown(value) } else { Mask::of_known(value) };
        let shown: String = shown.chars().enumerate().map(|(i, c)| if mask.hides_nibble(i) { '*' } else { c }).collect();
        let cut: String = shown.chars().take(HEX_SHOWN).collect();
        if cut.len() < shown.len() {
            self.say("bytes-long", &[("hex", both(cut)), ("n", both(value.len().to_string()))])
        } else {
            self.say("bytes", &[("hex", both(cut))])
        }
    }

    /// Card data, masked.
    pub(super) fn secret(&self, format: Format, kind: SecretKind, value: &[u8]) -> Text {
        let text = match format {
            Format::Letters | Format::LettersDigits | Format::Characters | Format::Label => printable(value),
            _ => None,
        };
        let shown = match text {
            Some(text) => mask_card_data(&Secret::new(kind, text.into()).masked()),
            None => Secret::new(kind, hex(value)).masked(),
        };
        if shown.contains('*') { self.say("masked", &[("hex", both(shown))]) } else { self.bytes(value, Some(kind)) }
    }

    /// A value that only its format explains.
    pub(super) fn format(&self, format: Format, value: &[u8], at: usize) -> Meaning {
        let text = match format {
            Format::Bytes | Format::Aid | Format::Bits | Format::Template => self.bytes(value, None),
            Format::Digits | Format::Compressed => match digits(value) {
                Some(d) => both(Secret::new(SecretKind::Mixed, d).masked()),
                None => self.say("bad-digits", &[("hex", self.bytes(value, Some(SecretKind::Mixed)))]),
            },
            Format::Letters | Format::LettersDigits | Format::Characters | Format::Label | Format::Language => match printable(value) {
                Some(text) => both(mask_card_data(text.trim_end())),
                None => self.bytes(value, Some(SecretKind::Mixed)),
            },
            Format::Date => self.date(value),
            Format::Time => self.time(value),
            Format::Amount => self.amount(value),
            Format::Currency => self.currency(value),
            Format::Country => self.country(value),
            Format::Dol => return self.dol(value, at),
            Format::TagList => return self.tag_list(value, at),
        };
        Meaning::new(text, at..at.saturating_add(value.len()))
    }

    fn date(&self, value: &[u8]) -> Text {
        match date_parts(value) {
            // Two-digit years: cards live short, so all are of this century (EMV counts 50 to 99 as the last one).
            Some([y, m, d]) => {
                let century = if y >= 50 { 1900 } else { 2000 };
                let two = |n: u8| both(format!("{n:02}"));
                self.say("date", &[("y", both((century + u32::from(y)).to_string())), ("m", two(m)), ("d", two(d))])
            }
            None => self.say("bad-date", &[("hex", self.bytes(value, None))]),
        }
    }

    fn time(&self, value: &[u8]) -> Text {
        match packed(value) {
            Some([h, m, s]) if h < 24 && m < 60 && s < 60 => {
                let two = |n: u8| both(format!("{n:02}"));
                self.say("time", &[("h", two(h)), ("m", two(m)), ("s", two(s))])
            }
            _ => self.say("bad-time", &[("hex", self.bytes(value, None))]),
        }
    }

    /// Minor units in packed digits, with the currency of the same message when there is one.
    pub(super) fn amount(&self, value: &[u8]) -> Text {
        match digits(value) {
            Some(d) if value.len() <= 6 => self.money(no_zeros(&d)),
            _ => self.say("bad-digits", &[("hex", self.bytes(value, Some(SecretKind::Mixed)))]),
        }
    }

    /// Minor units in digits without leading zeros.
    pub(super) fn money(&self, units: &str) -> Text {
        let number = [0x5F2A, 0x9F51, 0x9F42].iter().find_map(|t| self.values.filled(*t)).and_then(three_digits);
        let Some(currency) = number.and_then(|n| self.tables.iso.currency(&n)) else {
            return self.say("amount-plain", &[("v", both(units))]);
        };
        let decimals = usize::from(currency.digits);
        let padded = format!("{units:0>width$}", width = decimals + 1);
        let (whole, part) = padded.split_at_checked(padded.len().saturating_sub(decimals)).unwrap_or((units, ""));
        let point = if part.is_empty() { "" } else { "." };
        self.say("amount", &[("v", both(format!("{whole}{point}{part}"))), ("currency", both(&*currency.alpha))])
    }

    fn currency(&self, value: &[u8]) -> Text {
        let code = three_digits(value);
        match code.as_ref().and_then(|c| self.tables.iso.currency(c)) {
            Some(c) => {
                let code = both(code.unwrap_or_default());
                self.say("currency", &[("name", c.name.clone()), ("alpha", both(&*c.alpha)), ("code", code)])
            }
            None => self.say("unknown-code", &[("code", self.bytes(value, Some(SecretKind::Mixed)))]),
        }
    }

    pub(super) fn country(&self, value: &[u8]) -> Text {
        let code = three_digits(value);
        match code.as_ref().and_then(|c| self.tables.iso.country(c)) {
            Some(c) => self.say("country", &[("name", c.name.clone()), ("code", both(code.unwrap_or_default()))]),
            None => self.say("unknown-code", &[("code", self.bytes(value, Some(SecretKind::Mixed)))]),
        }
    }

    pub(super) fn currency_list(&self, value: &[u8], at: usize) -> Meaning {
        let children = value
            .chunks(2)
            .enumerate()
            .map(|(i, c)| Meaning::new(self.currency(c), at.saturating_add(2 * i)..at.saturating_add(2 * i + c.len())))
            .collect();
        Meaning::new(self.bytes(value, None), at..at.saturating_add(value.len())).with(children)
    }

    pub(super) fn number(&self, value: &[u8], at: usize) -> Meaning {
        let text = match binary(value) {
            Some(n) => self.say("number", &[("v", both(n.to_string()))]),
            None => self.bytes(value, Some(SecretKind::Mixed)),
        };
        Meaning::new(text, at..at.saturating_add(value.len()))
    }

    pub(super) fn amount_binary(&self, value: &[u8], at: usize) -> Meaning {
        let text = match binary(value) {
            Some(n) => self.money(&n.to_string()),
            None => self.bytes(value, Some(SecretKind::Mixed)),
        };
        Meaning::new(text, at..at.saturating_add(value.len()))
    }

    /// A date in ASCII digits, `20301231`; packed digits are accepted too, both occur.
    pub(super) fn ascii_date(&self, value: &[u8], at: usize) -> Meaning {
        let text = printable(value).map(str::to_owned).or_else(|| digits(value)).unwrap_or_default();
        let part = |r: std::ops::Range<usize>| text.get(r).filter(|p| p.bytes().all(|b| b.is_ascii_digit()));
        let text = match (part(0..4), part(4..6), part(6..8)) {
            (Some(y), Some(m), Some(d)) if text.len() == 8 => self.say("date", &[("y", both(y)), ("m", both(m)), ("d", both(d))]),
            _ => self.say("bad-date", &[("hex", self.bytes(value, Some(SecretKind::Mixed)))]),
        };
        Meaning::new(text, at..at.saturating_add(value.len()))
    }

    /// A table of bits or of values; without one the bytes, and the rows that complete the catalogue's list (`…-more`).
    pub(super) fn table(&self, id: &str, value: &[u8], at: usize) -> Meaning {
        let whole = Meaning::new(self.bytes(value, Some(SecretKind::Mixed)), at..at.saturating_add(value.len()));
        let Some(table) = self.tables.bits.table(id) else {
            return whole.with(self.rows(&format!("{id}-more"), value, at));
        };
        if !table.is_value() {
            let mut children = self.rows(id, value, at);
            children.extend(self.reserved(id, value, at));
            return whole.with(children);
        }
        let Some(row) = table.holding(value).next() else {
            return Meaning::new(self.say("unknown-value", &[("hex", self.bytes(value, Some(SecretKind::Mixed)))]), whole.range);
        };
        let mut meaning = Meaning::new(row.text.clone(), whole.range).bits(row.byte, row.mask, row.is);
        if let Some(namespace) = &table.namespace {
            meaning = meaning.code(namespace, Some(row.id.clone()));
        }
        meaning
    }

    /// The rows of a table that hold, one node each.
    pub(super) fn rows(&self, id: &str, value: &[u8], at: usize) -> Vec<Meaning> {
        let Some(table) = self.tables.bits.table(id) else { return Vec::new() };
        table
            .holding(value)
            .map(|r| {
                let byte = at.saturating_add(usize::from(r.byte).saturating_sub(1));
                let node = Meaning::new(r.text.clone(), byte..byte.saturating_add(1)).bits(r.byte, r.mask, r.is);
                match &table.namespace {
                    Some(n) => node.code(n, Some(r.id.clone())),
                    None => node,
                }
            })
            .collect()
    }

    /// Bits that are set although no row speaks of them.
    fn reserved(&self, id: &str, value: &[u8], at: usize) -> Vec<Meaning> {
        let Some(table) = self.tables.bits.table(id) else { return Vec::new() };
        (1..=u8::MAX)
            .map_while(|byte| Some((byte, byte_of(value, byte)? & !table.known(byte))))
            .filter(|(_, rest)| *rest != 0)
            .map(|(byte, rest)| {
                let place = at.saturating_add(usize::from(byte) - 1);
                Meaning::new(self.say("reserved", &[("hex", both(format!("{rest:02X}")))]), place..place + 1).bits(byte, rest, rest)
            })
            .collect()
    }
}

/// Three packed pairs of digits as numbers.
fn packed(value: &[u8]) -> Option<[u8; 3]> {
    let [a, b, c] = value else { return None };
    let two = |b: u8| (b >> 4 <= 9 && b & 0x0F <= 9).then(|| (b >> 4) * 10 + (b & 0x0F));
    Some([two(*a)?, two(*b)?, two(*c)?])
}

/// Year, month, day of a packed date.
pub(super) fn date_parts(value: &[u8]) -> Option<[u8; 3]> {
    packed(value).filter(|[_, m, d]| (1..=12).contains(m) && (1..=31).contains(d))
}

/// The three digits of a number of a country or currency: `0156` is `156`.
pub(super) fn three_digits(value: &[u8]) -> Option<String> {
    if value.len() != 2 {
        return None;
    }
    digits(value)?.strip_prefix('0').map(str::to_owned).filter(|d| d.len() == 3)
}
