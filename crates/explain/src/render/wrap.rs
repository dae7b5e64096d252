//! Text → lines of a given width, for Chinese, English and both mixed.
//!
//! Han may break anywhere, Latin words only between words, and no line begins with a closing mark (JIS X 4051 and GB/T 15834 agree on
//! those). Widths are display columns: a Han takes two.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Marks that may not begin a line.
const NOT_FIRST: &str = "，。、；：？！”’）》」】,.;:?!)]}%…";
/// Marks that may not end a line.
const NOT_LAST: &str = "“‘（《「【([{";

/// Breaks `text` into lines of at most `width` columns. A single word longer than that stands on a line of its own.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for piece in pieces(paragraph) {
            let w = piece.trim_end().width();
            if used > 0 && used + w > width {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
                used = 0;
            }
            let piece = if used == 0 { piece.trim_start() } else { &piece };
            line.push_str(piece);
            used += piece.width();
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Smallest pieces that may not be broken, trailing blank included.
fn pieces(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut glue = true;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0) > 1;
        let joins = glue
            || NOT_FIRST.contains(c)
            || c == ' '
            || !wide && out.last().is_some_and(|p| p.chars().next_back().is_some_and(|b| b != ' ' && b.width() == Some(1)));
        match out.last_mut() {
            Some(last) if joins => last.push(c),
            _ => out.push(c.to_string()),
        }
        glue = NOT_LAST.contains(c);
    }
    out
}

/// `text` padded with blanks to `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Columns that `text` takes.
pub fn columns(text: &str) -> usize {
    text.width()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_line_begins_with_a_closing_mark() {
        assert_eq!(wrap("先查询上一笔，再决定。", 12), ["先查询上一", "笔，再决定。"]);
        assert_eq!(wrap("an answer, then", 9), ["an", "answer,", "then"]);
    }

    #[test]
    fn mixed_writing() {
        assert_eq!(wrap("打 95016 报终端号", 10), ["打 95016 ".trim_end(), "报终端号"]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_sticks_out(text in "[a-z余额不足，。 ]{0,80}", width in 8usize..40) {
            let lines = wrap(&text, width);
            let squeeze = |s: &str| s.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(squeeze(&lines.concat()), squeeze(&text));
            for line in &lines {
                // Only a piece that may not be broken at all may stick out.
                prop_assert!(columns(line) <= width || pieces(line).len() == 1, "{:?} in {}", line, width);
            }
        }
    }
}
