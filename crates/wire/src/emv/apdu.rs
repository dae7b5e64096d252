//! Commands to a card and its answers (ISO/IEC 7816-4 section 5; EMV 4.4 Book 3 section 6).

use std::ops::Range;

use posdx_model::{SecretKind, Text};
use serde::{Deserialize, Serialize};

use super::bits::{both, filled};
use super::tables::TableError;

/// The catalogue's list of status words.
pub const STATUS_NAMESPACE: &str = "iso7816";

/// A command: header, and where its data stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Class.
    pub cla: u8,
    /// Instruction.
    pub ins: u8,
    /// First parameter.
    pub p1: u8,
    /// Second parameter.
    pub p2: u8,
    /// Case 1 to 4: without data and answer, with an answer, with data, with both.
    pub case: u8,
    /// True when lengths take two bytes.
    pub extended: bool,
    /// Where the data stand.
    pub data: Range<usize>,
    /// Bytes of answer asked for: 256 or 65 536 stand for "all".
    pub le: Option<usize>,
}

/// An answer: where its data stand, and its status word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Where the data stand.
    pub data: Range<usize>,
    /// The status word.
    pub status: Status,
}

/// The two status bytes that end every answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u16);

impl Status {
    /// Four hexadecimal digits, as the catalogue's list spells them.
    pub fn value(self) -> String {
        format!("{:04X}", self.0)
    }

    /// `61XX`: bytes that wait to be fetched by GET RESPONSE; 0 stands for 256.
    pub fn bytes_waiting(self) -> Option<usize> {
        (self.0 >> 8 == 0x61).then(|| all_if_zero(self.0 & 0xFF))
    }

    /// `6CXX`: the length the card would have liked; 0 stands for 256.
    pub fn right_length(self) -> Option<usize> {
        (self.0 >> 8 == 0x6C).then(|| all_if_zero(self.0 & 0xFF))
    }

    /// `63CX`: PIN tries that are left.
    pub fn tries_left(self) -> Option<u8> {
        (self.0 & 0xFFF0 == 0x63C0).then_some((self.0 & 0x0F) as u8)
    }

    /// True for `9000` and `61XX`.
    pub fn is_success(self) -> bool {
        self.0 == 0x9000 || self.0 >> 8 == 0x61
    }
}

fn all_if_zero(n: u16) -> usize {
    if n == 0 { 256 } else { usize::from(n) }
}

/// Why bytes are no command or answer; positions only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {expected}")]
pub struct ApduFault {
    /// Where the expectation failed.
    pub offset: usize,
    /// What was expected there.
    pub expected: &'static str,
}

/// Reads a command.
pub fn command(bytes: &[u8]) -> Result<Command, ApduFault> {
    let [cla, ins, p1, p2, body @ ..] = bytes else {
        return Err(ApduFault { offset: bytes.len(), expected: "four bytes of header: class, instruction, two parameters" });
    };
    let make = |case, extended, data, le| Command { cla: *cla, ins: *ins, p1: *p1, p2: *p2, case, extended, data, le };
    let end = bytes.len();
    let two = |hi: u8, lo: u8| usize::from(hi) << 8 | usize::from(lo);
    let long = |n: usize| if n == 0 { 0x1_0000 } else { n };
    let short = |n: u8| if n == 0 { 256 } else { usize::from(n) };
    Ok(match body {
        [] => make(1, false, 4..4, None),
        [le] => make(2, false, 5..5, Some(short(*le))),
        [0, hi, lo] => make(2, true, 7..7, Some(long(two(*hi, *lo)))),
        [0, hi, lo, rest @ ..] if two(*hi, *lo) > 0 => {
            let lc = two(*hi, *lo);
            let le = rest.get(lc..).ok_or(ApduFault { offset: end, expected: "as many bytes of data as the length says" })?;
            match le {
                [] => make(3, true, 7..7 + lc, None),
                [hi, lo] => make(4, true, 7..7 + lc, Some(long(two(*hi, *lo)))),
                _ => return Err(ApduFault { offset: 7 + lc, expected: "nothing, or two bytes of expected length" }),
            }
        }
        [lc, rest @ ..] => {
            let lc = usize::from(*lc);
            let le = rest.get(lc..).ok_or(ApduFault { offset: end, expected: "as many bytes of data as the length says" })?;
            match le {
                _ if lc == 0 => return Err(ApduFault { offset: 4, expected: "a length of data that is not zero" }),
                [] => make(3, false, 5..5 + lc, None),
                [le] => make(4, false, 5..5 + lc, Some(short(*le))),
                _ => return Err(ApduFault { offset: 5 + lc, expected: "nothing, or one byte of expected length" }),
            }
        }
    })
}

/// Reads an answer.
pub fn response(bytes: &[u8]) -> Result<Response, ApduFault> {
    match bytes.split_last_chunk::<2>() {
        Some((data, sw)) if matches!(sw[0] >> 4, 6 | 9) => Ok(Response { data: 0..data.len(), status: Status(u16::from_be_bytes(*sw)) }),
        Some((data, _)) => Err(ApduFault { offset: data.len(), expected: "a status word, 6XXX or 9XXX" }),
        None => Err(ApduFault { offset: bytes.len(), expected: "two bytes of status word" }),
    }
}

/// What a parameter of a command says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterRow {
    /// The bits that count.
    pub mask: u8,
    /// What they must be; without it the row always holds.
    #[serde(default)]
    pub is: Option<u8>,
    /// What it says; `{v}` is the number under the mask, `{x}` its hexadecimal form.
    pub text: Text,
}

/// One command that is known by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandSpec {
    /// Its id.
    pub id: String,
    /// Its classes, without logical channel.
    pub cla: Vec<u8>,
    /// Its instruction.
    pub ins: u8,
    /// Its name.
    pub name: Text,
    /// What its data are.
    #[serde(default)]
    pub secret: Option<SecretKind>,
    /// `unconfirmed` when no source could be checked.
    #[serde(default)]
    pub grade: Option<String>,
    /// What the first parameter says.
    #[serde(default)]
    pub p1: Vec<ParameterRow>,
    /// What the second parameter says.
    #[serde(default)]
    pub p2: Vec<ParameterRow>,
}

impl CommandSpec {
    /// What the parameters of `command` say: which parameter (1 or 2) and the text.
    pub fn parameters(&self, command: &Command) -> Vec<(u8, Text)> {
        let say = |n: u8, byte: u8, rows: &[ParameterRow]| -> Vec<(u8, Text)> {
            rows.iter()
                .filter(|r| r.is.is_none_or(|is| byte & r.mask == is))
                .map(|r| {
                    let v = (byte & r.mask).checked_shr(r.mask.trailing_zeros()).unwrap_or(0);
                    let fill = [("v", both(v.to_string())), ("x", both(format!("{v:02X}")))];
                    (n, Text { zh: filled(&r.text.zh, &fill, |t| &t.zh), en: filled(&r.text.en, &fill, |t| &t.en) })
                })
                .collect()
        };
        let mut texts = say(1, command.p1, &self.p1);
        texts.extend(say(2, command.p2, &self.p2));
        texts
    }
}

/// The known commands. Read from `dialects/emv/apdu.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commands {
    command: Vec<CommandSpec>,
}

impl Commands {
    /// Reads the table.
    pub fn read(toml: &str) -> Result<Commands, TableError> {
        let fail = |message: String| TableError { table: "apdu", message };
        let commands: Commands = toml::from_str(toml).map_err(|e| fail(e.to_string()))?;
        let complete =
            |c: &CommandSpec| !c.name.is_incomplete() && c.p1.iter().chain(&c.p2).all(|r| !r.text.is_incomplete() && r.mask != 0);
        match commands.command.iter().find(|c| !complete(c)) {
            Some(c) => Err(fail(format!("`{}` lacks a language, or a mask is zero", c.id))),
            None => Ok(commands),
        }
    }

    /// What a command is called.
    pub fn of(&self, command: &Command) -> Option<&CommandSpec> {
        // The two lowest bits of the class are the logical channel (ISO/IEC 7816-4 section 5.4.1).
        self.command.iter().find(|c| c.ins == command.ins && c.cla.contains(&(command.cla & 0xFC)))
    }

    /// Whether the data of a command must not be shown: a PIN, or bytes of a command that is unknown.
    pub fn secret(&self, command: &Command) -> Option<SecretKind> {
        self.of(command).map_or(Some(SecretKind::Mixed), |c| c.secret)
    }

    /// Every known command.
    pub fn iter(&self) -> impl Iterator<Item = &CommandSpec> {
        self.command.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cases_are_told_apart() {
        let case = |bytes: &[u8]| command(bytes).map(|c| (c.case, c.extended, c.data, c.le));
        assert_eq!(case(&[0, 0x84, 0, 0]), Ok((1, false, 4..4, None)));
        assert_eq!(case(&[0, 0x84, 0, 0, 0]), Ok((2, false, 5..5, Some(256))));
        assert_eq!(case(&[0, 0xA4, 4, 0, 2, 1, 2]), Ok((3, false, 5..7, None)));
        assert_eq!(case(&[0, 0xA4, 4, 0, 2, 1, 2, 0]), Ok((4, false, 5..7, Some(256))));
        assert_eq!(case(&[0, 0xB0, 0, 0, 0, 1, 0]), Ok((2, true, 7..7, Some(256))));
        assert_eq!(case(&[0, 0xB0, 0, 0, 0, 0, 2, 8, 9]), Ok((3, true, 7..9, None)));
        assert_eq!(case(&[0, 0xB0, 0, 0, 0, 0, 2, 8, 9, 0, 0]), Ok((4, true, 7..9, Some(65536))));
        assert_eq!(case(&[0, 0xA4, 4]).map_err(|f| f.offset), Err(3));
        assert_eq!(case(&[0, 0xA4, 4, 0, 9, 1]).map_err(|f| f.offset), Err(6));
        assert_eq!(case(&[0, 0xA4, 4, 0, 1, 1, 0, 0]).map_err(|f| f.offset), Err(6));
    }

    #[test]
    fn status_words_count() {
        let status = |b: &[u8]| response(b).map(|r| r.status);
        assert_eq!(status(&[0x63, 0xC2]).map(|s| s.tries_left()), Ok(Some(2)));
        assert_eq!(status(&[0x61, 0x00]).map(|s| s.bytes_waiting()), Ok(Some(256)));
        assert_eq!(status(&[0x6C, 0x1F]).map(|s| s.right_length()), Ok(Some(31)));
        assert_eq!(status(&[1, 0x6A, 0x82]).map(|s| s.value()), Ok("6A82".into()));
        assert_eq!(status(&[0x70, 0x00, 0x01]).map_err(|f| f.offset), Err(1));
    }
}
