//! What of a log may be shown: card data and dumps are hidden.

use posdx_model::mask_card_data;

/// Hexadecimal digits without a gap from which on a run is a dump, a key or a PIN block rather than an identifier.
const SOLID_HEX: usize = 16;
/// The same for a run of decimal digits only; shorter ones are what `mask_card_data` is for.
const SOLID_DIGITS: usize = 24;
/// Pairs with gaps: with a letter among them, and with decimal digits only, as in a list of response codes.
const PAIRS_WITH_LETTER: usize = 8;
const PAIRS: usize = 12;
/// Base64 of the shortest card number.
const SHORTEST_BASE64: usize = 16;
/// Bytes of a UUID as text.
pub(super) const UUID: usize = 36;
/// Digits of the shortest card number.
const PAN: usize = 12;

/// Hides card numbers, track data, PINs (see [`mask_card_data`]), and, because a log is full of raw messages, every dump: `⟨hex 48⟩` stands
/// for 48 bytes. Keys and PIN blocks go the same way. Cardholder names behind a track separator are hidden with it.
pub fn mask(text: &str) -> String {
    if !text.chars().any(|c| c.is_ascii_digit() || ('\u{FF10}'..='\u{FF19}').contains(&c)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // A UUID is no card number, and who follows a sale through several logs needs it whole.
    while let Some(at) = uuid_in(rest) {
        let (before, from) = rest.split_at(at);
        let (uuid, after) = from.split_at(UUID);
        out.push_str(&mask_card_data(&hide_dumps(&hide_base64(before))));
        out.push_str(uuid);
        rest = after;
    }
    out.push_str(&mask_card_data(&hide_dumps(&hide_base64(rest))));
    out
}

/// Where the first UUID starts. One of decimal digits only may be a number in groups and is not taken for one.
fn uuid_in(text: &str) -> Option<usize> {
    let b = text.as_bytes();
    let mut from = 0;
    while let Some(hyphen) = b.get(from..)?.iter().position(|c| *c == b'-') {
        let at = (from + hyphen).checked_sub(8);
        from += hyphen + 1;
        let Some(at) = at else { continue };
        let before = at.checked_sub(1).and_then(|p| b.get(p));
        if !before.is_some_and(u8::is_ascii_alphanumeric)
            && b.get(at..).is_some_and(is_uuid)
            && b.get(at..at + UUID)?.iter().any(u8::is_ascii_alphabetic)
        {
            return Some(at);
        }
    }
    None
}

/// Eight, four, four, four and twelve hexadecimal digits (RFC 9562 §4).
pub(super) fn is_uuid(b: &[u8]) -> bool {
    b.len() >= UUID
        && b.iter().take(UUID).enumerate().all(|(i, c)| if matches!(i, 8 | 13 | 18 | 23) { *c == b'-' } else { c.is_ascii_hexdigit() })
        && !b.get(UUID).is_some_and(u8::is_ascii_alphanumeric)
}

/// Hides runs of base64: a card number written that way is read back by anybody.
fn hide_base64(text: &str) -> String {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let gap = rest.find(is_letter).unwrap_or(rest.len());
        let (before, from) = rest.split_at(gap);
        let (run, after) = from.split_at(from.find(|c| !is_letter(c)).unwrap_or(from.len()));
        out.push_str(before);
        if looks_like_base64(run.as_bytes()) {
            out.push_str(&format!("⟨base64 {}⟩", run.len() * 3 / 4));
        } else {
            out.push_str(run);
        }
        rest = after;
    }
    out
}

/// Names and paths keep to one kind of letter for a while; base64 changes between capitals, small letters and digits at every other one.
fn looks_like_base64(run: &[u8]) -> bool {
    let kind = |b: &u8| match b {
        b'A'..=b'Z' => 0,
        b'a'..=b'z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let has = |k| run.iter().any(|b| kind(b) == k);
    let changes = run.windows(2).filter(|w| kind(&w[0]) != kind(&w[1]) && kind(&w[0]).max(kind(&w[1])) < 3).count();
    run.len() >= SHORTEST_BASE64 && has(0) && has(1) && has(2) && changes * 5 >= run.len() * 2
}

fn hide_dumps(text: &str) -> String {
    let b = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let (mut i, mut copied) = (0, 0);
    while i < b.len() {
        let Some(run) = run_at(b, i) else {
            i += 1;
            continue;
        };
        let mut end = run.end;
        let tail = tail_end(b, &run);
        if run.is_dump() || tail > end {
            out.push_str(text.get(copied..i).unwrap_or_default());
            if run.is_dump() {
                out.push_str(&format!("⟨hex {}⟩", run.digits / 2));
            } else {
                out.push_str(text.get(i..end).unwrap_or_default());
            }
            if tail > end {
                out.push_str("^***");
                end = tail;
            }
            copied = end;
        }
        i = end;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

struct Run {
    end: usize,
    /// Hexadecimal digits.
    digits: usize,
    letters: bool,
    /// Longest run of decimal digits without a gap.
    decimal: usize,
    /// Pairs with gaps between them; 0 for a solid run.
    pairs: usize,
}

impl Run {
    fn is_dump(&self) -> bool {
        match self.pairs {
            0 => self.digits >= if self.letters { SOLID_HEX } else { SOLID_DIGITS },
            n => n >= if self.letters { PAIRS_WITH_LETTER } else { PAIRS },
        }
    }
}

fn hex_run(b: &[u8], from: usize) -> usize {
    b.get(from..).unwrap_or_default().iter().take_while(|c| c.is_ascii_hexdigit()).count()
}

/// The run of hexadecimal digits, solid or in pairs, that begins at `from`.
fn run_at(b: &[u8], from: usize) -> Option<Run> {
    if !b.get(from)?.is_ascii_hexdigit() {
        return None;
    }
    let prefixed = has_prefix(b, from);
    let first = from + if prefixed { 2 } else { 0 };
    let solid = hex_run(b, first);
    let slice = |a: usize, n: usize| b.get(a..a + n).unwrap_or_default();
    let letters = |s: &[u8]| s.iter().any(u8::is_ascii_alphabetic);
    if solid != 2 {
        let run = slice(first, solid);
        let decimal = run.split(|c| !c.is_ascii_digit()).map(<[u8]>::len).max().unwrap_or(0);
        return Some(Run { end: first + solid, digits: solid, letters: letters(run), decimal, pairs: 0 });
    }
    let mut run = Run { end: first + 2, digits: 2, letters: letters(slice(first, 2)), decimal: 2, pairs: 1 };
    while let Some(next) = next_pair(b, run.end) {
        run.letters |= letters(slice(next, 2));
        run.pairs += 1;
        run.digits += 2;
        run.end = next + 2;
    }
    if run.pairs == 1 {
        run.pairs = 0;
    }
    Some(run)
}

fn has_prefix(b: &[u8], from: usize) -> bool {
    matches!(b.get(from..), Some([b'0', b'x' | b'X', h, ..]) if h.is_ascii_hexdigit())
}

/// Where the next pair starts: behind a blank, a comma, a colon, a hyphen, `\x` or `%`, and an `0x`.
fn next_pair(b: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while at - from < 3 && b.get(at).is_some_and(|c| b" ,:-\\x%|".contains(c)) {
        at += 1;
    }
    if at == from {
        return None;
    }
    if has_prefix(b, at) {
        at += 2;
    }
    (hex_run(b, at) == 2).then_some(at)
}

/// Behind a card number and `^` stand the cardholder's name, the expiry date and discretionary data, up to the end sentinel `?`.
fn tail_end(b: &[u8], run: &Run) -> usize {
    let separator = b.get(run.end);
    let card = run.decimal >= PAN || run.pairs >= PAN / 2;
    if !card || !(separator == Some(&b'^') || (separator == Some(&b'=') && run.is_dump())) {
        return run.end;
    }
    let rest = b.get(run.end..).unwrap_or_default();
    run.end + rest.iter().position(|c| matches!(c, b'?' | b'"' | b'<' | b'\'' | b'\n' | b'|' | b'&')).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_and_tracks_are_hidden() {
        for (given, shown) in [
            ("send 0200703E02C198C09811164111111111111111", "send ⟨hex 19⟩"),
            ("34 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31", "⟨hex 16⟩"),
            ("0x41, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1F", "⟨hex 8⟩"),
            ("%B4111111111111111^DOE/JOHN A^25121010000?;x", "%⟨hex 8⟩^***?;x"),
            ("4111111111111111^DOE/JOHN A^25121010000", "411111******1111^***"),
            (";4111111111111111=25121010000?", ";411111******1111=***********?"),
            ("4111111111111111D25121010000012345", "⟨hex 17⟩"),
            ("pinblock 1A2B3C4D5E6F7081", "pinblock ⟨hex 8⟩"),
            ("05 14 51 54 55 61 91 96", "05 14 51 54 55 61 91 96"),
            ("2026-11-24 10:11:12 SW=6A82 TVR=0800048000", "2026-11-24 10:11:12 SW=6A82 TVR=0800048000"),
            ("缺纸 0xF0", "缺纸 0xF0"),
            ("MAC 00:1A:2B:3C:4D:5E", "MAC 00:1A:2B:3C:4D:5E"),
            ("recv NjIyNTg4MTIzNDU2Nzg5OA==", "recv ⟨base64 16⟩=="),
            ("at com.example.Iso8583MessageFactoryImpl.read", "at com.example.Iso8583MessageFactoryImpl.read"),
            ("/usr/lib/jvm/Java17/bin/Main2", "/usr/lib/jvm/Java17/bin/Main2"),
        ] {
            assert_eq!(mask(given), shown, "{given}");
        }
    }
}
