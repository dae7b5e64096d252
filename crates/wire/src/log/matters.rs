//! Does this line matter to someone who looks for an error?

use serde::Serialize;

use super::codes::scan;
use super::line::Line;
use super::rules::Rules;

/// Signs kept of one line.
const MOST_SIGNS: usize = 16;
/// Words that count: a sentence full of them is one error.
const MOST_WORDS: usize = 2;

posdx_model::words! {
    /// What in a line speaks of an error.
    SignKind {
        /// Its level.
        Level = "level",
        /// A word of trouble.
        Word = "word",
        /// A code that is no success.
        Code = "code",
        /// Raw bytes, which can be decoded.
        Dump = "dump",
        /// It is part of a stack trace.
        Trace = "trace",
    }
}

/// One sign, with its place in the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sign {
    /// What it is.
    pub kind: SignKind,
    /// First byte of it in [`Line::message`]; 0 for a level and a trace.
    pub start: usize,
    /// Byte behind it.
    pub end: usize,
    /// What it adds to the score.
    pub weight: i32,
}

/// Why a line matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The sum of its signs; the higher, the more it matters.
    pub score: i32,
    /// The signs in the order they were looked for; at most 16.
    pub signs: Vec<Sign>,
    /// The line that this one continues, to be shown with it.
    pub belongs_to: Option<u64>,
}

impl Rules {
    /// Says why a line matters for finding an error, or that it does not. Words that are taken back (`error=0`, `errorCode: 0`,
    /// `错误码：00`, `no error`) do not count. Time grows with the length of the line.
    pub fn matters(&self, line: &Line) -> Option<Why> {
        let message = line.message();
        let mut signs = Vec::new();
        let level = line.level.and_then(|l| self.levels.iter().find(|r| r.level == l)).map_or(0, |r| r.weight);
        if level > 0 {
            signs.push(Sign { kind: SignKind::Level, start: 0, end: 0, weight: level });
        }
        if line.trace {
            signs.push(Sign { kind: SignKind::Trace, start: 0, end: message.len(), weight: self.trace_weight });
        }
        let found = scan(self, message);
        for code in found.codes.iter().filter(|c| !c.success) {
            let weight = self.keys.get(code.rule).map_or(0, |k| k.weight);
            signs.push(Sign { kind: SignKind::Code, start: code.key.0, end: code.value.1, weight });
        }
        for (start, end, weight) in found.words.iter().take(MOST_WORDS) {
            signs.push(Sign { kind: SignKind::Word, start: *start, end: *end, weight: *weight });
        }
        if let Some((start, end)) = dump(message, self.dump_min_bytes) {
            signs.push(Sign { kind: SignKind::Dump, start, end, weight: self.dump_weight });
        }
        signs.truncate(MOST_SIGNS);
        let score = signs.iter().map(|s| s.weight).sum::<i32>().saturating_add(level.min(0));
        // Raw bytes matter whatever the level: nobody logs them as an error.
        let bytes = signs.iter().any(|s| s.kind == SignKind::Dump);
        (score >= self.threshold || bytes).then_some(Why { score, signs, belongs_to: line.continues })
    }
}

/// The first hidden dump of at least `bytes` bytes.
fn dump(message: &str, bytes: usize) -> Option<(usize, usize)> {
    message.match_indices("⟨hex ").find_map(|(start, mark)| {
        let rest = message.get(start + mark.len()..)?;
        let digits = rest.bytes().take(9).take_while(u8::is_ascii_digit).count();
        let count: usize = rest.get(..digits)?.parse().ok()?;
        let close = rest.get(digits..)?.starts_with('⟩');
        (close && count >= bytes).then_some((start, start + mark.len() + digits + '⟩'.len_utf8()))
    })
}
