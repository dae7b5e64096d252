//! An input that was meant as hexadecimal and is broken: where, and what to do.

use posdx_model::Text;

use super::dump::Place;

posdx_model::words! {
    /// What is wrong with digits.
    Problem {
        /// The number of hexadecimal digits is odd.
        OddDigits = "odd-digits",
        /// The letter O stands for the digit 0.
        LetterO = "letter-o",
        /// A letter I or l stands for the digit 1.
        LetterI = "letter-i",
        /// A digit or letter of full width, as Chinese input methods type it.
        FullWidth = "full-width",
        /// Another character that is no hexadecimal digit.
        Foreign = "foreign",
    }
}

/// The whole input is clearly meant as hexadecimal, and this stands in the way. It quotes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {}", .place.line, .place.column, .problem)]
pub struct InputError {
    /// What is wrong.
    pub problem: Problem,
    /// Where.
    pub place: Place,
}

impl InputError {
    /// What is wrong, what was expected and what to do, for people.
    pub fn text(&self) -> Text {
        let Place { line, column, .. } = self.place;
        let (zh, en) = match self.problem {
            Problem::OddDigits => (
                "十六进制数字的个数是奇数：每个字节要两位。这一位没有配对，多半是复制时少了或多了一个字符，请核对这里的前后和开头结尾。",
                "the number of hexadecimal digits is odd: a byte needs two. This one has no partner; most likely a character was lost or \
                 added while copying. Check here, and the beginning and the end.",
            ),
            Problem::LetterO => ("这里是字母 O，应为数字 0。", "this is the letter O; the digit 0 was expected."),
            Problem::LetterI => ("这里是字母 I 或 l，应为数字 1。", "this is a letter I or l; the digit 1 was expected."),
            Problem::FullWidth => (
                "这里是全角字符，应为半角的 0 到 9 或 A 到 F。请切换输入法后重输。",
                "this character is of full width; 0 to 9 or A to F in half width was expected. Switch the input method and type it again.",
            ),
            Problem::Foreign => (
                "这里不是十六进制数字，应为 0 到 9 或 A 到 F。请从日志里重新复制原文。",
                "this is no hexadecimal digit; 0 to 9 or A to F was expected. Copy the original from the log again.",
            ),
        };
        Text::new(format!("第 {line} 行第 {column} 列：{zh}"), format!("line {line}, column {column}: {en}"))
    }
}

/// Digits a text needs before a character in it can be called wrong.
const LEAST: usize = 16;

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ':' | ';' | '-' | '|')
}

/// The error of a text that is hexadecimal but for very little. None when the text is right, or something else altogether.
pub(super) fn fault(text: &str) -> Option<InputError> {
    let wrapping = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '[' | ']' | '{' | '}' | '(' | ')' | '<' | '>' | ';' | ',');
    let from = text.len() - text.trim_start_matches(wrapping).len();
    let inner = text.trim_matches(wrapping);
    let (mut digits, mut letters, mut foreign, mut first) = (0usize, 0usize, 0usize, None);
    let (mut token, mut last_token_odd, mut odd, mut signs) = (0usize, None, None, false);
    let ends_well = inner.chars().next_back().is_some_and(|c| c.is_ascii_hexdigit());
    let begins_well = inner.starts_with(|c: char| c.is_ascii_hexdigit());
    for (at, c) in inner.char_indices() {
        if c.is_ascii_hexdigit() {
            digits += 1;
            letters += usize::from(c.is_ascii_alphabetic());
            token += 1;
            if token % 2 == 1 {
                last_token_odd = last_token_odd.or(Some(at));
            } else if last_token_odd.is_some() {
                last_token_odd = None;
            }
        } else if is_separator(c) {
            signs |= !c.is_whitespace();
            // Lines may be wrapped at an odd digit; between two groups on one line a digit without partner is one.
            if c != '\n' && c != '\r' {
                odd = odd.or(last_token_odd.take());
                token = 0;
            }
        } else {
            foreign += 1;
            first = first.or(Some((at, c)));
        }
    }
    // A foreign character counts only when nothing but digits stands around it.
    let error = |problem, at: usize| Some(InputError { problem, place: super::dump::Lines::new(text).place(from + at) });
    if let Some((at, c)) = first {
        let meant = digits >= LEAST
            && foreign.saturating_mul(20) <= digits.max(20)
            && letters.saturating_mul(2) < digits
            && begins_well
            && ends_well;
        let numbers = letters == 0 && digits < 24;
        // "data" is a word; a mistyped digit has others beside it.
        let word = |t: &str| t.chars().count() >= 3 && t.chars().all(char::is_alphabetic) && !t.chars().all(|c| c.is_ascii_hexdigit());
        let meant = meant && !inner.split(is_separator).any(word);
        return if meant && !numbers { error(of_character(c), at) } else { None };
    }
    let numbers = letters == 0 && (digits < 20 || signs);
    match odd.or(last_token_odd) {
        Some(at) if !numbers && digits >= 3 && letters < digits && begins_well => error(Problem::OddDigits, at),
        _ => None,
    }
}

fn of_character(c: char) -> Problem {
    match c {
        'O' | 'o' => Problem::LetterO,
        'I' | 'l' | 'i' => Problem::LetterI,
        '\u{FF10}'..='\u{FF19}' | '\u{FF21}'..='\u{FF26}' | '\u{FF41}'..='\u{FF46}' => Problem::FullWidth,
        _ => Problem::Foreign,
    }
}
