//! What a field consists of: the layout that holds in this message, its parts one after another, the elements nested in it.

use posdx_model::{Secret, SecretKind};

use super::decode::Decoded;
use super::dialect::{About, Coding, Field, Format, Frame, Layout, Length, Nested, Part, Subject, Transaction, When};
use super::ebcdic;
use super::value::{Value, hex, render};

/// Conditions look at other fields, whose layouts may have conditions: so deep at most.
const DEPTH_MAX: u8 = 3;

/// One part of a field as found in a message.
#[derive(Clone, Debug)]
pub struct PartView<'a> {
    /// `60.1`, or `48.92` for an element.
    pub path: String,
    /// What people are told; `None` for an element that the dialect does not name.
    pub about: Option<&'a About>,
    /// First half byte in the message, and the one behind the part's value.
    pub nibbles: (usize, usize),
    /// Its value.
    pub value: Value,
}

impl<'a> Decoded<'a> {
    /// The layout of a field in this message.
    pub fn layout(&self, number: usize) -> Option<&'a Layout> {
        self.layout_at(number, 0)
    }

    fn layout_at(&self, number: usize, depth: u8) -> Option<&'a Layout> {
        let field: &'a Field = self.dialect().field(number)?;
        let found = field.layouts.iter().find(|l| self.holds(number, l, depth));
        Some(found.unwrap_or(&field.own))
    }

    /// What people are told about a field in this message.
    pub fn about(&self, number: usize) -> Option<&'a About> {
        let field = self.dialect().field(number)?;
        Some(self.layout(number)?.about.as_ref().unwrap_or(&field.about))
    }

    fn holds(&self, number: usize, layout: &Layout, depth: u8) -> bool {
        layout.when.iter().all(|when| self.fits(when, number, depth) == Some(true))
    }

    /// Whether a condition holds; `None` when what it looks at is not there.
    fn fits(&self, when: &When, number: usize, depth: u8) -> Option<bool> {
        let value = match &when.subject {
            Subject::Mti => Some(self.mti().to_owned()),
            Subject::Length => self.raw(number).map(|raw| raw.len().to_string()),
            Subject::Field(n) => self.plain(usize::from(*n)),
            Subject::Part(..) if depth >= DEPTH_MAX => None,
            Subject::Part(n, id) => self.plain_part(usize::from(*n), id, depth + 1),
        }?;
        Some(when.patterns.iter().any(|p| super::dialect::fits(p, &value)))
    }

    /// The business that the message is about.
    pub fn transaction(&self) -> Option<&'a Transaction> {
        self.transactions_where(|_| true).next()
    }

    /// The business by its own type code (60.1 and the like) and the business by everything else, when they are not the same.
    pub fn transactions_at_odds(&self) -> Option<(&'a Transaction, &'a Transaction)> {
        if self.transaction().is_some_and(|t| !t.when.iter().all(|w| matches!(w.subject, Subject::Mti))) {
            return None;
        }
        let typed = |w: &When| matches!(w.subject, Subject::Part(..));
        let by_type = self.transactions_where(typed).find(|t| t.when.iter().any(|w| typed(w) && self.fits(w, 0, 0) == Some(true)))?;
        let by_rest = self.transactions_where(|w| !typed(w)).find(|t| t.when.iter().any(|w| matches!(w.subject, Subject::Field(_))))?;
        (by_type.effect != by_rest.effect).then_some((by_type, by_rest))
    }

    /// Kinds of business of which all the conditions asked for hold, or look at what is not there.
    fn transactions_where(&self, asked: impl Fn(&When) -> bool) -> impl Iterator<Item = &'a Transaction> {
        let dialect: &'a super::Dialect = self.dialect();
        dialect.transactions.iter().filter(move |t| {
            let conditions = || t.when.iter().filter(|w| matches!(w.subject, Subject::Mti) || asked(w));
            let beyond_type = || conditions().filter(|w| !matches!(w.subject, Subject::Mti));
            // A field that is not there contradicts nothing, but something beyond the message type must speak for it.
            conditions().all(|w| self.fits(w, 0, 0) != Some(false))
                && (beyond_type().next().is_none() || beyond_type().any(|w| self.fits(w, 0, 0) == Some(true)))
        })
    }

    /// The value of a part such as `60.1`, without a lock: for conditions and comparisons inside, never for output.
    pub(crate) fn plain_part(&self, number: usize, id: &str, depth: u8) -> Option<String> {
        let (raw, format) = (self.raw(number)?, self.dialect().format(number)?);
        let layout = self.layout_at(number, depth)?;
        let mut cursor = Cursor::new(raw, self.units(number)?, format);
        layout.parts.iter().find_map(|part| {
            let (text, _) = cursor.take(part)?;
            (part.id == id).then_some(text)
        })
    }

    /// The value of a part such as `60.1`.
    pub fn part(&self, number: usize, id: &str) -> Option<Value> {
        self.parts(number).into_iter().find(|p| p.path.split_once('.').is_some_and(|(_, part)| part == id)).map(|p| p.value)
    }

    /// The parts and named elements of a field; empty when it has none. Parts at the end may be missing, as on the wire.
    pub fn parts(&self, number: usize) -> Vec<PartView<'a>> {
        let mut views = Vec::new();
        let found = (self.raw(number), self.dialect().field(number), self.layout(number), self.value_start(number));
        let (Some(raw), Some(field), Some(layout), Some(start)) = found else { return views };
        let mut cursor = Cursor::new(raw, self.units(number).unwrap_or_default(), &field.format);
        let secret = self.about(number).and_then(|a| a.secret);
        for part in &layout.parts {
            let Some((text, (from, to))) = cursor.take(part) else { break };
            let value = locked(part.about.secret.or(secret), text);
            views.push(PartView {
                path: format!("{number}.{}", part.id),
                about: Some(&part.about),
                nibbles: (start * 2 + from, start * 2 + to),
                value,
            });
        }
        // Elements may fill the field, or its last part alone.
        let inside = layout.parts.iter().rposition(|p| p.nested.is_some());
        let nested = inside.and_then(|i| layout.parts.get(i)?.nested).or(layout.nested);
        if let Some(Nested::Fixed { tag, length, skip, coding }) = nested {
            if let Some(view) = inside.and_then(|i| views.get(i)) {
                cursor.at = view.nibbles.0 - start * 2;
                views.pop();
            }
            cursor.skip(usize::from(skip) * if coding == Coding::Bcd { 1 } else { 2 });
            while let Some((id, text, (from, to))) = cursor.element(tag.into(), length.into(), coding) {
                let about = field.elements.get(&id);
                let value = locked(about.map_or(Some(SecretKind::Mixed), |a| a.secret).or(secret), text);
                views.push(PartView { path: format!("{number}.{id}"), about, nibbles: (start * 2 + from, start * 2 + to), value });
            }
        }
        views
    }

    /// Where BER-TLV elements begin inside the value of a field, when its layout has them: the byte offset in the message.
    pub fn nested_tlv(&self, number: usize) -> Option<usize> {
        let layout = self.layout(number)?;
        let emv = self.about(number)?.meaning == Some(super::dialect::Meaning::Emv);
        let inside = layout.parts.iter().position(|p| p.nested == Some(Nested::Ber));
        if layout.nested != Some(Nested::Ber) && !emv && inside.is_none() {
            return None;
        }
        let format = self.dialect().format(number)?;
        let mut cursor = Cursor::new(self.raw(number)?, self.units(number)?, format);
        for part in layout.parts.iter().take(inside.unwrap_or(layout.parts.len())) {
            cursor.take(part)?;
        }
        Some(self.value_start(number)? + cursor.at / 2)
    }
}

/// The parts of a private header. `at` is the offset of its first byte.
pub fn header_parts<'a>(frame: &'a Frame, header: &[u8], at: usize) -> Vec<PartView<'a>> {
    let mut cursor = Cursor { raw: header, at: 0, end: header.len() * 2 };
    let mut views = Vec::new();
    for part in &frame.header_parts {
        let Some((text, (from, to))) = cursor.take(part) else { break };
        let value = locked(part.about.secret, text);
        views.push(PartView { path: part.id.clone(), about: Some(&part.about), nibbles: (at * 2 + from, at * 2 + to), value });
    }
    views
}

/// Characters where all of them can be printed, hexadecimal otherwise.
fn words(raw: &[u8], coding: Coding) -> String {
    let letters = raw.iter().map(|b| if coding == Coding::Ebcdic { ebcdic::to_latin_1(*b) } else { *b });
    if letters.clone().all(|b| (0x20..0x7F).contains(&b)) { letters.map(char::from).collect() } else { hex(raw) }
}

fn locked(secret: Option<SecretKind>, text: String) -> Value {
    match secret {
        Some(kind) => Value::Locked(Secret::new(kind, text)),
        None => Value::Open(text),
    }
}

/// Walks through the value of a field, in half bytes.
struct Cursor<'a> {
    raw: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    fn new(raw: &'a [u8], units: usize, format: &Format) -> Self {
        let packed = format.coding == Coding::Bcd;
        let at = if packed && format.right_aligned { units % 2 } else { 0 };
        let end = if packed { (at + units).min(raw.len() * 2) } else { raw.len() * 2 };
        Cursor { raw, at, end }
    }

    fn skip(&mut self, nibbles: usize) {
        self.at = self.end.min(self.at + nibbles);
    }

    /// The next part: its value in the notation of people and its half bytes. `None` when too little is left.
    fn take(&mut self, part: &Part) -> Option<(String, (usize, usize))> {
        let format = &part.format;
        let per_unit = if format.coding == Coding::Bcd { 1 } else { 2 };
        let units = match format.length {
            Length::Fixed(units) => usize::from(units),
            Length::Rest if self.at >= self.end => return None,
            Length::Rest => (self.end - self.at) / per_unit,
            Length::Prefixed { digits, .. } => {
                let width =
                    if format.length_coding == Coding::Bcd { usize::from(digits).div_ceil(2) * 2 } else { format.prefix_bytes() * 2 };
                let prefix = self.text(self.at, self.at + width, format.length_coding)?;
                self.at += width;
                let counted = if format.length_coding == Coding::Binary { usize::from_str_radix(&prefix, 16) } else { prefix.parse() };
                format.units_of(counted.ok()?)
            }
        };
        let (from, to) = (self.at, self.at.checked_add(units.checked_mul(per_unit)?)?);
        if to > self.end {
            return None;
        }
        self.at = to;
        let text = if format.coding == Coding::Bcd || from % 2 == 1 {
            self.nibbles(from, to)?
        } else {
            render(self.raw.get(from / 2..to / 2)?, units, format)
        };
        Some((text, (from, to)))
    }

    /// The next element with tag and length of fixed width.
    fn element(&mut self, tag: usize, length: usize, coding: Coding) -> Option<(String, String, (usize, usize))> {
        let per_unit = if coding == Coding::Bcd { 1 } else { 2 };
        let behind_tag = self.at + tag * per_unit;
        let id = self.text(self.at, behind_tag, coding)?;
        let from = behind_tag + length * per_unit;
        let units: usize = self.text(behind_tag, from, coding)?.parse().ok()?;
        let to = from.checked_add(units.checked_mul(per_unit)?)?;
        if to > self.end {
            return None;
        }
        self.at = to;
        let text = if coding == Coding::Bcd { self.nibbles(from, to)? } else { words(self.raw.get(from / 2..to / 2)?, coding) };
        Some((id, text, (from, to)))
    }

    fn text(&self, from: usize, to: usize, coding: Coding) -> Option<String> {
        if to > self.end {
            return None;
        }
        match coding {
            Coding::Bcd | Coding::Binary => self.nibbles(from, to),
            Coding::Ascii | Coding::Gbk => Some(self.raw.get(from / 2..to / 2)?.iter().map(|b| char::from(*b)).collect()),
            Coding::Ebcdic => Some(self.raw.get(from / 2..to / 2)?.iter().map(|b| char::from(ebcdic::to_latin_1(*b))).collect()),
        }
    }

    fn nibbles(&self, from: usize, to: usize) -> Option<String> {
        (from..to)
            .map(|i| self.raw.get(i / 2).map(|b| char::from(b"0123456789ABCDEF"[usize::from(if i % 2 == 0 { b >> 4 } else { b & 0x0F })])))
            .collect()
    }
}
