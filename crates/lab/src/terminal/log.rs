//! The terminal's log, as a real one keeps it: a line per thing that happened, card data masked before it is written.

use std::fmt;

use posdx_model::mask_card_data;

use crate::Moment;

/// One line. `Display` writes it as terminals do: time, level, part, text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When, by the terminal's own clock.
    pub at: Moment,
    /// `I`, `W` or `E`.
    pub level: char,
    /// `boot`, `comm`, `emv`, `print`, `txn`, `key`, `sys`.
    pub part: &'static str,
    /// What happened; card data in it are masked.
    pub text: String,
}

impl LogLine {
    /// A line; whatever looks like card data in the text is masked here.
    pub fn new(at: Moment, level: char, part: &'static str, text: &str) -> LogLine {
        LogLine { at, level, part, text: mask_card_data(text) }
    }
}

impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.at.civil();
        write!(f, "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03} ", c.year, c.month, c.day, c.hour, c.minute, c.second, self.at.0 % 1000)?;
        write!(f, "{} [{}] {}", self.level, self.part, self.text)
    }
}
