//! How people spell → how the catalogue spells.
//!
//! Three depths: [`plain`] makes every form of writing half-width and drops what cannot be seen; [`key`] is the form in which codes
//! are compared; [`slips`] lists the keys that a tired eye may have meant (O for 0, I or l for 1).

use crate::record::Word;

/// Longest text that is looked at, in bytes. A question is a sentence, not a log.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Half-width ASCII for full-width forms, spaces for every kind of blank, nothing for control and invisible characters.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{FF01}'..='\u{FF5E}' => out.push(char::from((c as u32 - 0xFF01 + 0x21) as u8)),
            '\u{3000}' | '\t' | '\n' | '\r' | '\u{A0}' => out.push(' '),
            '\u{3001}' | '\u{FF64}' => out.push(','),
            '\u{3002}' | '\u{FF61}' => out.push('.'),
            '\u{2013}' | '\u{2014}' | '\u{2212}' => out.push('-'),
            '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// The form in which codes are compared: upper case, no blanks, no decoration.
pub fn key(code: &str) -> String {
    plain(code)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, ':' | '"' | '\'' | '`' | '*' | '#' | ',' | '(' | ')' | '[' | ']' | '“' | '”'))
        .flat_map(char::to_uppercase)
        .collect()
}

/// Keys that `key` may be a slip of, nearest first. Only O↔0 and I, L↔1 are considered: those pairs look alike on a till's display.
pub fn slips(key: &str) -> Vec<String> {
    let swap = |from: &[char], to: char| -> String { key.chars().map(|c| if from.contains(&c) { to } else { c }).collect() };
    let mut out: Vec<String> = Vec::new();
    for candidate in [swap(&['O'], '0'), swap(&['I', 'L'], '1'), swap(&['0'], 'O'), swap(&['1'], 'I'), {
        let zeroed = swap(&['O'], '0');
        zeroed.chars().map(|c| if matches!(c, 'I' | 'L') { '1' } else { c }).collect()
    }] {
        if candidate != key && !out.contains(&candidate) {
            out.push(candidate);
        }
    }
    out
}

/// Replaces what stands in `text` by what `words` say is meant, word by word in their order.
pub fn rewrite(text: &str, words: &[Word]) -> String {
    let mut out = text.to_owned();
    for word in words {
        for say in &word.say {
            out = replace_ignoring_case(&out, say, &word.means);
        }
    }
    out
}

fn replace_ignoring_case(text: &str, from: &str, to: &str) -> String {
    if from.is_empty() || text.len() < from.len() {
        return text.to_owned();
    }
    let lower = text.to_ascii_lowercase();
    let needle = from.to_ascii_lowercase();
    let latin = from.is_ascii();
    let mut out = String::new();
    let mut rest = 0;
    let mut seek = 0;
    while let Some(at) = lower[seek..].find(&needle).map(|i| i + seek) {
        let end = at + needle.len();
        let letter = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_'));
        // A Latin word is replaced only where it stands alone.
        let inside = latin && (letter(at.checked_sub(1).and_then(|i| lower.as_bytes().get(i))) || letter(lower.as_bytes().get(end)));
        if !inside {
            out.push_str(&text[rest..at]);
            out.push_str(to);
            rest = end;
        }
        seek = end;
    }
    if rest == 0 && out.is_empty() {
        return text.to_owned();
    }
    out.push_str(&text[rest..]);
    out
}

/// True for the characters of Chinese writing.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_code_gives_one_key() {
        for (given, wanted) in [
            ("\u{FF23}\u{FF11}\u{FF10}\u{FF11}", "C101"),
            (" c 101 ", "C101"),
            ("0X04", "0X04"),
            ("c101\u{200B}", "C101"),
            ("\u{201C}51\u{201D}", "51"),
        ] {
            assert_eq!(key(given), wanted);
        }
    }

    #[test]
    fn slips_of_the_eye() {
        assert!(slips("C1O1").contains(&"C101".to_owned()));
        assert!(slips("CI0I").contains(&"C101".to_owned()));
        assert!(slips("CIOI").contains(&"C101".to_owned()));
        assert!(slips("OX04").contains(&"0X04".to_owned()));
        assert!(slips("A0").contains(&"AO".to_owned()));
    }
}
