//! Text of a trace → pairs of command and answer. Lines say which way they go: `>>` and `<<`, `C-APDU:` and `R-APDU:`, `=>` and `<=`,
//! `APDU>` and `APDU<`, `Send` and `Recv`, 发送 and 接收。

use super::apdu;

/// Which way a line goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the card.
    Command,
    /// From the card.
    Response,
}

/// Bytes of one direction; `Debug` shows their number only, because a PIN may be among them.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// The line of the text where they begin, from 1.
    pub line: usize,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({}, {} bytes)", self.line, self.bytes.len())
    }
}

/// A command and the answer that followed it; one of them may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// What was sent.
    pub command: Option<Line>,
    /// What came back.
    pub response: Option<Line>,
}

/// Words for both directions, longest first where one begins another.
const MARKS: &[(&str, Way)] = &[
    ("c-apdu", Way::Command),
    ("r-apdu", Way::Response),
    ("capdu", Way::Command),
    ("rapdu", Way::Response),
    ("apdu>", Way::Command),
    ("apdu<", Way::Response),
    ("apdu command", Way::Command),
    ("apdu response", Way::Response),
    ("command", Way::Command),
    ("response", Way::Response),
    ("发送", Way::Command),
    ("接收", Way::Response),
    ("返回", Way::Response),
    ("send", Way::Command),
    ("recv", Way::Response),
    ("receive", Way::Response),
    ("cmd", Way::Command),
    ("rsp", Way::Response),
    ("resp", Way::Response),
    ("tx", Way::Command),
    ("rx", Way::Response),
    ("-->", Way::Command),
    ("<--", Way::Response),
    (">>", Way::Command),
    ("<<", Way::Response),
    ("=>", Way::Command),
    ("<=", Way::Response),
    ("->", Way::Command),
    ("<-", Way::Response),
    (">", Way::Command),
    ("<", Way::Response),
];

/// Bytes of one command or answer at most: extended length, header and status word.
const BYTES_MAX: usize = 0x1_0000 + 16;

/// Reads pairs out of a trace. Lines that are neither are skipped; a line of nothing but hexadecimal goes on with the line before it.
pub fn pairs(text: &str) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut open: Option<Way> = None;
    for (i, line) in text.lines().enumerate() {
        if let Some((way, bytes)) = marked(line) {
            let found = Line { line: i + 1, bytes };
            match (way, pairs.last_mut()) {
                (Way::Response, Some(last)) if last.response.is_none() => last.response = Some(found),
                (Way::Response, _) => pairs.push(Pair { command: None, response: Some(found) }),
                (Way::Command, _) => pairs.push(Pair { command: Some(found), response: None }),
            }
            open = Some(way);
            continue;
        }
        let (bytes, rest) = hexadecimal(line);
        let more = match (open, pairs.last_mut()) {
            (Some(Way::Command), Some(last)) => last.command.as_mut(),
            (Some(Way::Response), Some(last)) => last.response.as_mut(),
            _ => None,
        };
        match more {
            Some(line) if !bytes.is_empty() && rest.is_empty() && line.bytes.len() + bytes.len() <= BYTES_MAX => line.bytes.extend(bytes),
            _ => open = None,
        }
    }
    pairs
}

/// The direction of a line and its bytes, when it has both.
fn marked(line: &str) -> Option<(Way, Vec<u8>)> {
    let lower = line.to_ascii_lowercase();
    MARKS.iter().find_map(|(mark, way)| {
        lower.match_indices(mark).find_map(|(at, _)| {
            let (before, after) = (lower.get(..at)?, lower.get(at + mark.len()..)?);
            // A word inside another word marks nothing.
            let word = mark.starts_with(|c: char| c.is_ascii_alphabetic());
            if word && (before.ends_with(|c: char| c.is_ascii_alphanumeric()) || after.starts_with(|c: char| c.is_ascii_alphanumeric())) {
                return None;
            }
            let after = after.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
            let (mut bytes, rest) = hexadecimal(after);
            bytes.extend(status_word(rest).filter(|_| *way == Way::Response).into_iter().flatten());
            let fits = match way {
                Way::Command => bytes.len() >= 4 && (!mark.eq(&">") || apdu::command(&bytes).is_ok()),
                Way::Response => bytes.len() >= 2,
            };
            (fits && bytes.len() <= BYTES_MAX).then_some((*way, bytes))
        })
    })
}

/// A status word that a trace sets apart: `… | SW: 9000`, `(SW1SW2=9000)`.
fn status_word(rest: &str) -> Option<[u8; 2]> {
    let (_, after) = rest.split_once("sw")?;
    let digits: Vec<char> = after.trim_start_matches("1sw2").chars().filter(|c| !matches!(c, ' ' | ':' | '=' | '/')).take(4).collect();
    let byte = |a: &char, b: &char| Some((a.to_digit(16)? << 4 | b.to_digit(16)?) as u8);
    match digits.as_slice() {
        [a, b, c, d] => Some([byte(a, b)?, byte(c, d)?]),
        _ => None,
    }
}

/// The bytes at the beginning of a text, and what follows them.
fn hexadecimal(text: &str) -> (Vec<u8>, &str) {
    let mut bytes = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let word = rest.strip_prefix("0x").or(rest.strip_prefix("0X")).unwrap_or(rest);
        let run = word.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (digits, after) = word.split_at_checked(run).unwrap_or((word, ""));
        let whole = after.starts_with(|c: char| c.is_alphanumeric());
        if run == 0 || run % 2 == 1 || whole {
            return (bytes, rest.trim());
        }
        bytes.extend(digits.as_bytes().chunks(2).filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()));
        rest = after.trim_start_matches([' ', '\t', ':', ',', ';', '-', ']', ')', '"', '\'']);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_of_many_makers() {
        for text in [
            ">> 00A4040002 1PA\n>> 00 A4 04 00 02 31 50 00\n<< 6F 02 84 00 90 00",
            "C-APDU: 00A4040002315000\nR-APDU: 6F0284009000",
            "12:00:01.123 => 00A4040002315000\n12:00:01.200 <= 6F028400 9000",
            "APDU> 00A40400023150\n00\nAPDU< 6F028400\n9000",
            "[2019-01-01] Send: 0x00 0xA4 0x04 0x00 0x02 0x31 0x50 0x00\n[2019-01-01] Recv: 6F 02 84 00 | SW: 9000",
            "发送：00A4040002315000\n接收：6F0284009000",
            "--> 00A4040002315000\n<-- 6F0284009000",
            "> 00A4040002315000\n< 6F0284009000",
        ] {
            let last = pairs(text).pop().unwrap_or_default();
            let bytes = |l: &Option<Line>| l.as_ref().map(|l| l.bytes.clone()).unwrap_or_default();
            assert_eq!(bytes(&last.command), [0, 0xA4, 4, 0, 2, 0x31, 0x50, 0], "{text}");
            assert_eq!(bytes(&last.response), [0x6F, 2, 0x84, 0, 0x90, 0], "{text}");
        }
    }

    #[test]
    fn an_answer_without_its_command_is_kept() {
        let read = pairs("<< 6A82\nhello\n>> 00B2010C00\n>> 00B2020C00\n<< 9000");
        assert_eq!(
            read.iter().map(|p| (p.command.is_some(), p.response.is_some())).collect::<Vec<_>>(),
            [(false, true), (true, false), (true, true)]
        );
        assert_eq!(format!("{:?}", read[2].command), "Some(Line(4, 5 bytes))");
    }
}
