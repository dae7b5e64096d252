//! Equal lines differ in numbers, names and dumps; a template is what is left when these are taken out.

use std::ops::Range;

use super::mask::{UUID, is_uuid, mask};

/// Longest template and longest quoted text, in bytes.
const LONGEST: usize = 512;
const LONGEST_QUOTE: usize = 200;

/// The template of a message: card data is masked first, then numbers become `<n>`, hexadecimal `<hex>`, UUIDs `<uuid>`, dumps `<dump>`,
/// masked numbers `<card>` and quoted text `<text>`. The bytes in `keep` (of the masked message) stay, so that two codes stay two kinds.
pub fn template(message: &str, keep: &[Range<usize>]) -> String {
    let masked = mask(message);
    // Ranges hold only when the message was masked before.
    of_masked(&masked, if masked == message { keep } else { &[] })
}

pub(super) fn of_masked(text: &str, keep: &[Range<usize>]) -> String {
    let b = text.as_bytes();
    let mut out = String::with_capacity(text.len().min(LONGEST));
    let mut i = 0;
    while i < b.len() && out.len() < LONGEST {
        if let Some(range) = keep.iter().find(|r| r.start == i && r.end > i)
            && let Some(kept) = text.get(range.clone())
        {
            out.push_str(kept);
            i = range.end;
            continue;
        }
        let rest = text.get(i..).unwrap_or_default();
        let before = i.checked_sub(1).and_then(|p| b.get(p)).copied();
        let free = |n: usize| !keep.iter().any(|r| r.start < i + n && i < r.end);
        if let Some((n, name)) = placeholder(rest, before).filter(|(n, _)| free(*n)) {
            out.push_str(name);
            i += n;
            continue;
        }
        let Some(c) = rest.chars().next() else { break };
        out.push(c);
        i += c.len_utf8();
    }
    out
}

/// What stands at the start of `rest` and changes from line to line.
fn placeholder(rest: &str, before: Option<u8>) -> Option<(usize, &'static str)> {
    if rest.starts_with("⟨hex ") {
        return rest.find('⟩').map(|n| (n + '⟩'.len_utf8(), "<dump>"));
    }
    if rest.starts_with('"') {
        let n = rest.get(1..)?.bytes().take(LONGEST_QUOTE).position(|c| c == b'"')? + 2;
        let key = rest.get(n..)?.trim_start().starts_with([':', '=']);
        // The name of a member stays, and so does a quote that closes one.
        let opens = before.is_none_or(|c| b" :=,([{".contains(&c));
        return (!key && opens && n > 2).then_some((n, "<text>"));
    }
    let inside = before.is_some_and(|c| c.is_ascii_alphanumeric() || c == b'_');
    let b = rest.as_bytes();
    if !inside && is_uuid(b) {
        return Some((UUID, "<uuid>"));
    }
    let hex = b.iter().take_while(|c| c.is_ascii_hexdigit()).count();
    let run = b.get(..hex)?;
    let ends = !b.get(hex).is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_');
    if !inside && rest.starts_with("0x") {
        let n = b.get(2..)?.iter().take_while(|c| c.is_ascii_hexdigit()).count();
        return (n > 0).then_some((n + 2, "<hex>"));
    }
    if !inside && ends && hex >= 6 && run.iter().any(u8::is_ascii_digit) && run.iter().any(u8::is_ascii_alphabetic) {
        return Some((hex, "<hex>"));
    }
    let digits = b.iter().take_while(|c| c.is_ascii_digit() || **c == b'*').count();
    // `field39` and `DE55` are names.
    if digits == 0 || (inside && digits < 5) {
        return None;
    }
    let mut n = digits;
    while b.get(n).is_some_and(|c| b".,:/-".contains(c)) && b.get(n + 1).is_some_and(u8::is_ascii_digit) {
        n += 1 + b.get(n + 1..)?.iter().take_while(|c| c.is_ascii_digit() || **c == b'*').count();
    }
    let masked = b.get(..n)?.contains(&b'*') && b.get(..n)?.iter().any(u8::is_ascii_digit);
    Some((n, if masked { "<card>" } else { "<n>" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_taken_out() {
        for (given, expected) in [
            ("order 20261124001 took 12.5 ms", "order <n> took <n> ms"),
            ("connect 10.0.0.1:8583 failed", "connect <n> failed"),
            ("id 123e4567-e89b-12d3-a456-426614174000 done", "id <uuid> done"),
            ("card 6222021234567890123 x", "card <card> x"),
            ("handle 0x7f12ab at a1b2c3d4", "handle <hex> at <hex>"),
            (r#"{"msg":"no paper","n":3}"#, r#"{"msg":<text>,"n":<n>}"#),
            ("field39 missing", "field39 missing"),
        ] {
            assert_eq!(template(given, &[]), expected);
        }
        let code = 10..12;
        assert_eq!(template("应答码 51 第 3 次", std::slice::from_ref(&code)), "应答码 51 第 <n> 次");
    }
}
