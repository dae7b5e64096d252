//! Bytes without a hint → the dialects that fit them, best first.
//!
//! Every dialect is tried with everything that it says may stand in front, and each attempt is scored by what can be checked without
//! knowing the answer: does it end exactly where the bytes end, does the length header hold, are dates dates and amounts amounts, is
//! text printable, does chip data nest. A score is a sum of decimal logarithms of odds, so that scores of independent signs add up.

use super::decode::{Decoded, decode};
use super::dialect::{Coding, Dialect, Dialects, Field, Frame, Kind, LengthForm, Meaning, Nested};
use super::fault::Expected;
use super::frame::{Envelope, is_message_type};

/// Unexplained bytes in front that are still looked behind.
const SKIP_MAX: usize = 64;
/// Candidates kept.
const CANDIDATES_MAX: usize = 8;
/// Candidates so much worse than the best (as a logarithm of odds) are no other reading.
const WORSE_MAX: f64 = 2.5;

/// One way to read the bytes.
#[derive(Clone)]
pub struct Candidate<'a> {
    /// What stands before the message.
    pub envelope: Envelope<'a>,
    /// The message.
    pub decoded: Decoded<'a>,
    /// Logarithm of the odds that this is the right reading.
    pub score: f64,
}

/// The ways in which the bytes can be read, best first, at most one for a dialect. Empty when nothing looks like a message.
pub fn detect<'a>(bytes: &'a [u8], dialects: &'a Dialects) -> Vec<Candidate<'a>> {
    let mut candidates: Vec<Candidate<'a>> = dialects.all().iter().filter_map(|d| best_of(bytes, d)).collect();
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let best = candidates.first().map_or(0.0, |c| c.score);
    candidates.retain(|c| best - c.score <= WORSE_MAX);
    candidates.truncate(CANDIDATES_MAX);
    candidates
}

/// The best reading by one dialect.
pub fn best_of<'a>(bytes: &'a [u8], dialect: &'a Dialect) -> Option<Candidate<'a>> {
    let framed = dialect.frames.iter().filter_map(|frame| Envelope::read(bytes, frame));
    let best = framed.filter_map(|e| candidate(bytes, dialect, e)).max_by(|a, b| a.score.total_cmp(&b.score));
    if best.as_ref().is_some_and(|c| c.decoded.fault().is_none() && c.envelope.end == bytes.len()) {
        return best;
    }
    let bare = (0..bytes.len().min(SKIP_MAX)).filter_map(|skipped| candidate(bytes, dialect, Envelope::bare(bytes, skipped)));
    best.into_iter().chain(bare).max_by(|a, b| a.score.total_cmp(&b.score))
}

/// The dialect and the frame of a stream that begins with these bytes; no frame when its pieces are messages without a length. `None`
/// while nothing fits well enough.
pub fn detect_stream<'a>(bytes: &[u8], dialects: &'a Dialects) -> Option<(&'a Dialect, Option<&'a Frame>)> {
    /// A stream is read by what is found here for as long as it lasts.
    const SURE: f64 = 3.0;
    let framed = dialects.all().iter().flat_map(|d| d.frames.iter().map(move |f| (d, f)));
    let first = framed.filter(|(_, f)| f.length != LengthForm::None).filter_map(|(dialect, frame)| {
        let envelope = Envelope::read(bytes, frame)?;
        let whole = bytes.get(..envelope.length.1 + envelope.said?)?;
        let score = candidate(whole, dialect, Envelope::read(whole, frame)?)?.score;
        Some((score, dialect, Some(frame)))
    });
    let best = first.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|b| b.0 >= SURE);
    let (_, dialect, frame) = best.or_else(|| {
        let whole = dialects.all().iter().filter_map(|d| Some((best_of(bytes, d)?, d)));
        let (found, dialect) = whole.max_by(|a, b| a.0.score.total_cmp(&b.0.score))?;
        (found.score >= SURE && found.decoded.fault().is_none()).then_some((found.score, dialect, None))
    })?;
    Some((dialect, frame))
}

/// The reading by one dialect whatever it looks like: from the first byte, or behind the first of its frames that has room.
pub fn forced<'a>(bytes: &'a [u8], dialect: &'a Dialect) -> Candidate<'a> {
    let framed = dialect.frames.iter().filter_map(|frame| Envelope::read(bytes, frame));
    let tried = framed.chain([Envelope::bare(bytes, 0)]).filter_map(|e| scored(bytes, dialect, e));
    tried.max_by(|a, b| a.score.total_cmp(&b.score)).unwrap_or_else(|| {
        let envelope = Envelope::bare(bytes, 0);
        Candidate { envelope, decoded: decode(bytes, dialect), score: f64::NEG_INFINITY }
    })
}

fn candidate<'a>(bytes: &'a [u8], dialect: &'a Dialect, envelope: Envelope<'a>) -> Option<Candidate<'a>> {
    scored(bytes, dialect, envelope).filter(|c| c.score > 0.0)
}

fn scored<'a>(bytes: &'a [u8], dialect: &'a Dialect, envelope: Envelope<'a>) -> Option<Candidate<'a>> {
    let message = bytes.get(envelope.message..envelope.end)?;
    // A look at the message type spares decoding at places where no message begins.
    if !is_message_type(message, dialect.mti) {
        return None;
    }
    let decoded = decode(message, dialect);
    let score = envelope_score(bytes, &envelope) + message_score(&decoded);
    Some(Candidate { envelope, decoded, score })
}

fn envelope_score(bytes: &[u8], envelope: &Envelope<'_>) -> f64 {
    let Some(frame) = envelope.frame else {
        // Nothing in front is common; something in front that nobody explains is not.
        return if envelope.message == 0 { 0.5 } else { -1.5 - envelope.message as f64 * 0.03 };
    };
    let length = match envelope.length_holds(bytes) {
        None => 0.0,
        Some(true) => 2.5,
        Some(false) => -2.0,
    };
    let tpdu = match bytes.get(envelope.tpdu.0).filter(|_| frame.tpdu) {
        None => 0.0,
        Some(0x60 | 0x68) => 1.0,
        Some(_) => -2.0,
    };
    let header = bytes.get(envelope.header.0..envelope.header.1).unwrap_or_default();
    let starts = if frame.header_starts.is_empty() {
        0.0
    } else if header.starts_with(&frame.header_starts) {
        1.0
    } else {
        -2.0
    };
    let packed = !header.is_empty() && frame.header_parts.iter().any(|p| p.format.coding == Coding::Bcd && p.format.kind == Kind::Digits);
    // A header of packed digits shows at once when it is something else; the last digits are the maker's own.
    let digits = if packed && !header.iter().take(4).all(|b| b & 0x0F <= 9 && *b <= 0x99) { -1.5 } else { 0.0 };
    length + tpdu + starts + digits
}

fn message_score(decoded: &Decoded<'_>) -> f64 {
    let (length, end) = (decoded.bytes().len(), decoded.end());
    let covered = end as f64 / length.max(1) as f64;
    let announced = decoded.announced().count();
    let fate = match decoded.fault() {
        None if end == length => 3.0,
        // Zeros and line ends behind a message come from buffers and files.
        None if decoded.bytes().iter().skip(end).all(|b| matches!(b, 0 | b'\r' | b'\n' | b' ')) => 2.0,
        None => 3.0 * covered - 2.0,
        // A cut message fits as far as it goes.
        Some(fault) if fault.offset == length && matches!(fault.expected, Expected::More(_)) => 3.0 * covered - 1.0,
        Some(_) => 4.0 * covered - 3.5,
    };
    let few = match announced {
        0 => -2.0,
        1 | 2 => -0.5,
        _ => 0.5,
    };
    let first = decoded.mti().bytes().next().map(|b| b - b'0');
    let version = if decoded.dialect().version.is_none_or(|v| Some(v) == first) { 0.3 } else { -1.5 };
    fate + few + version + decoded.dialect().weight + decoded.fields().map(|n| field_score(decoded, n)).sum::<f64>()
}

/// How well the value of one field fits what it should be.
fn field_score(decoded: &Decoded<'_>, number: usize) -> f64 {
    let (Some(field), Some(raw)) = (decoded.dialect().field(number), decoded.raw(number)) else { return 0.0 };
    let judged = |holds: bool| if holds { 0.25 } else { -1.2 };
    // Elements with tags and lengths that end where the field ends are no chance.
    let nested = match decoded.layout(number).map(|l| (l.nested, l.parts.last().and_then(|p| p.nested))) {
        Some((Some(Nested::Fixed { .. }), _) | (_, Some(Nested::Fixed { .. }))) => {
            let end = decoded.parts(number).last().map(|p| p.nibbles.1.div_ceil(2));
            if end == decoded.span(number).map(|s| s.1) { 0.5 } else { -0.6 }
        }
        _ => 0.0,
    };
    nested + own_score(decoded, field, number, raw, judged)
}

fn own_score(decoded: &Decoded<'_>, field: &Field, number: usize, raw: &[u8], judged: impl Fn(bool) -> f64) -> f64 {
    let text = || decoded.plain(number).unwrap_or_default();
    let range = |text: &str, from: usize, low: u32, high: u32| {
        text.get(from..from + 2).and_then(|t| t.parse::<u32>().ok()).is_some_and(|n| (low..=high).contains(&n))
    };
    let date = |text: &str, from: usize| text.bytes().all(|b| b == b'0') || range(text, from, 1, 12) && range(text, from + 2, 1, 31);
    let time = |text: &str, from: usize| range(text, from, 0, 23) && range(text, from + 2, 0, 59) && range(text, from + 4, 0, 59);
    match field.about.meaning {
        Some(Meaning::DateMmdd) => judged(date(&text(), 0)),
        Some(Meaning::DateYymmdd) => judged(date(&text(), 2)),
        Some(Meaning::DateYymm) => judged(text().bytes().all(|b| b == b'0') || range(&text(), 2, 1, 12)),
        Some(Meaning::TimeHhmmss) => judged(time(&text(), 0)),
        Some(Meaning::DatetimeMmddhhmmss) => judged(date(&text(), 0) && time(&text(), 4)),
        Some(Meaning::DatetimeYymmddhhmmss) => judged(date(&text(), 2) && time(&text(), 6)),
        Some(Meaning::Currency | Meaning::Country) => judged(raw.iter().any(|b| *b != 0 && *b != b' ')),
        Some(Meaning::Response) => judged(text().bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())),
        Some(Meaning::Emv) => judged(nests(raw)),
        // Words in a field of bytes may be in GBK; keys and parameters are no words, which says nothing.
        Some(Meaning::Words | Meaning::Mac) if field.format.kind == Kind::Bytes => 0.25,
        _ => match (field.format.kind, field.format.coding) {
            (Kind::Text, Coding::Ascii) => judged(raw.iter().all(|b| (0x20..0x7F).contains(b))),
            (Kind::Text, Coding::Gbk) => judged(raw.iter().all(|b| (0x20..0x7F).contains(b) || *b >= 0x80)),
            (Kind::Text, Coding::Ebcdic) => judged(raw.iter().all(|b| (0x20..0x7F).contains(&super::ebcdic::to_latin_1(*b)))),
            (Kind::Track, Coding::Ascii) => judged(raw.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'=' || *b == b' ')),
            (Kind::Digits, _) => 0.1,
            _ => 0.0,
        },
    }
}

/// True when the bytes are BER-TLV elements from end to end.
fn nests(mut bytes: &[u8]) -> bool {
    let mut elements = 0;
    while let Some((first, mut rest)) = bytes.split_first() {
        if *first == 0 {
            bytes = rest;
            continue;
        }
        if first & 0x1F == 0x1F {
            let Some(end) = rest.iter().take(3).position(|b| b & 0x80 == 0) else { return false };
            rest = &rest[end + 1..];
        }
        let Some((length, mut value)) = rest.split_first() else { return false };
        let mut count = usize::from(*length);
        if *length > 0x80 {
            let more = usize::from(length & 0x7F);
            if more > 2 || value.len() < more {
                return false;
            }
            count = value[..more].iter().fold(0, |n, b| n << 8 | usize::from(*b));
            value = &value[more..];
        }
        if value.len() < count {
            return false;
        }
        bytes = &value[count..];
        elements += 1;
    }
    elements > 0
}
