//! Neighbouring lines that hold raw bytes, kept together until the dump in them is complete: a hexdump goes over many lines.

use super::line::Line;
use crate::input::{Dump, dumps};

/// Text that is kept at most; a message has 64 KiB, each byte three to five characters in a dump.
const BLOCK_MAX: usize = 512 * 1024;
/// Pairs of hexadecimal digits in a row that make a line part of a dump.
const PAIRS_MIN: usize = 4;

/// The lines so far. Their text cannot be seen; the dumps in it can be taken out.
#[derive(Default)]
pub struct Block {
    text: String,
    first: u64,
    last: u64,
}

impl Block {
    /// Takes a line in when it holds bytes and follows the lines before it. `false` when it does not: take the dumps out first.
    pub fn push(&mut self, line: &Line) -> bool {
        let follows = self.text.is_empty() || self.last + 1 == line.number;
        if !follows || !holds_bytes(line.text()) || self.text.len() + line.text().len() > BLOCK_MAX {
            return false;
        }
        if self.text.is_empty() {
            self.first = line.number;
        }
        self.last = line.number;
        self.text.push_str(line.text());
        self.text.push('\n');
        true
    }

    /// The dumps of the lines so far, each with the number of the line it begins in. The block is empty afterwards.
    pub fn take(&mut self) -> Vec<(u64, Dump)> {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() {
            return Vec::new();
        }
        let first = self.first;
        dumps(&text).into_iter().map(|d| (first + d.start().line as u64 - 1, d)).collect()
    }
}

/// True when pairs of hexadecimal digits stand in a row, with or without something between them, or a long run of letters of base64.
fn holds_bytes(text: &str) -> bool {
    let (mut digits, mut pairs, mut run) = (0usize, 0usize, 0usize);
    for byte in text.bytes() {
        run = if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=') { run + 1 } else { 0 };
        if run >= 32 {
            return true;
        }
        if byte.is_ascii_hexdigit() {
            digits += 1;
            if digits >= 2 * PAIRS_MIN {
                return true;
            }
        } else {
            pairs = match digits {
                0 => pairs,
                2 | 4 => pairs + digits / 2,
                _ => 0,
            };
            if !matches!(byte, b' ' | b':' | b',' | b'-' | b'x' | b'\\') {
                pairs = 0;
            }
            digits = 0;
        }
        if pairs >= PAIRS_MIN {
            return true;
        }
    }
    pairs + digits / 2 >= PAIRS_MIN
}
