//! The display.

use posdx_model::{Lang, Text};

/// What stands on the display. It holds no card data: PINs and passwords are stars, card numbers are masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// What it is about, such as 消费.
    pub title: Text,
    /// The words.
    pub lines: Vec<Text>,
    /// An error code, as it is shown.
    pub code: Option<String>,
    /// What was typed so far.
    pub typed: String,
    /// The reason in the machine's own words, such as `local:no-answer` or `response:51 house:R001`; not shown, for records.
    pub reason: String,
    /// The terminal is busy: keys have no effect.
    pub busy: bool,
}

impl Screen {
    /// The display as a box of text. Chinese characters take two columns.
    pub fn boxed(&self, lang: Lang) -> String {
        let mut rows = vec![self.title.get(lang).to_string(), String::new()];
        if let Some(code) = &self.code {
            rows.push(code.clone());
        }
        rows.extend(self.lines.iter().map(|l| l.get(lang).to_string()));
        if !self.typed.is_empty() {
            rows.push(format!("> {}", self.typed));
        }
        let width = rows.iter().map(|r| columns(r)).max().unwrap_or(0).max(28);
        let mut out = format!("┌{}┐\n", "─".repeat(width + 2));
        for row in rows {
            out.push_str(&format!("│ {row}{} │\n", " ".repeat(width - columns(&row))));
        }
        out.push_str(&format!("└{}┘", "─".repeat(width + 2)));
        out
    }
}

/// Columns of a text: two for a Chinese character or full-width sign, one for all others.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|c| if ('\u{2E80}'..='\u{FFE6}').contains(&c) { 2 } else { 1 }).sum()
}

/// Fen as yuan.
pub(super) fn yuan(fen: u64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}
