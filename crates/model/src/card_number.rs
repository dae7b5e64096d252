//! Card data that cannot leak: a number that only prints its ends, and a mask for everything people paste.
//!
//! PCI DSS 3.4 allows at most the first six and last four digits of a PAN (primary account number) to be shown.

use std::fmt;

/// Digits of the shortest and of the longest card number (ISO/IEC 7812-1).
const PAN_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;
/// Track 2 holds 37 characters at most; a longer run of digits is still hidden, not shown.
const KEEP_FRONT: usize = 6;
const KEEP_BACK: usize = 4;

/// A card number (PAN). It has no way to show more than its first six and last four digits.
#[derive(Clone, PartialEq, Eq)]
pub struct CardNumber(String);

/// Why a text is no card number. It carries counts, never digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardNumberError {
    /// A character other than a digit, space or hyphen stands at this position (counted in characters from 1).
    NotADigit {
        /// The position.
        position: usize,
    },
    /// There are this many digits; a card number has 12 to 19.
    Length {
        /// Digits found.
        digits: usize,
    },
}

impl CardNumber {
    /// Reads a card number; spaces and hyphens between digits are allowed.
    pub fn parse(text: &str) -> Result<Self, CardNumberError> {
        let mut digits = String::new();
        for (i, c) in text.trim().chars().enumerate() {
            match c {
                '0'..='9' => digits.push(c),
                ' ' | '-' => {}
                _ => return Err(CardNumberError::NotADigit { position: i + 1 }),
            }
        }
        if PAN_DIGITS.contains(&digits.len()) { Ok(CardNumber(digits)) } else { Err(CardNumberError::Length { digits: digits.len() }) }
    }

    /// How many digits it has.
    pub fn digit_count(&self) -> usize {
        self.0.len()
    }

    /// True when the last digit is the right check digit (Luhn, ISO/IEC 7812-1 annex B).
    pub fn check_digit_holds(&self) -> bool {
        let sum: u32 = self
            .0
            .bytes()
            .rev()
            .enumerate()
            .map(|(i, b)| {
                let d = u32::from(b - b'0') << (i % 2);
                if d > 9 { d - 9 } else { d }
            })
            .sum();
        sum.is_multiple_of(10)
    }

    /// The first digit, which names the industry and in practice the scheme; too little to identify a card.
    pub fn first_digit(&self) -> char {
        self.0.chars().next().unwrap_or('0')
    }
}

impl fmt::Display for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.0))
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardNumber({self})")
    }
}

/// Keeps six digits in front and four behind; of a number too short to hide anything, only the last four.
fn masked(digits: &str) -> String {
    let front = if digits.len() > KEEP_FRONT + KEEP_BACK { KEEP_FRONT } else { 0 };
    let back = KEEP_BACK.min(digits.len());
    let hidden = digits.len() - front - back;
    format!("{}{}{}", &digits[..front], "*".repeat(hidden), &digits[digits.len() - back..])
}

/// What people put between the groups of a card number.
const SEPARATORS: &[char] =
    &[' ', '-', '.', '_', '\t', '\n', '\r', '\u{A0}', '\u{200B}', '\u{2009}', '\u{2010}', '\u{2011}', '\u{2013}', '\u{3000}'];

/// Words after which a short run of digits is a PIN or a card security code and is hidden whole.
const SECRET_WORDS: &[&str] = &["cvv2", "cvn2", "cvc2", "cvv", "cvn", "cvc", "安全码", "密码", "pin"];
/// Longest PIN (ISO 9564-1).
const SECRET_DIGITS: std::ops::RangeInclusive<usize> = 3..=12;

/// Hides card numbers, track data, PINs and security codes in any text that is to be printed, stored or logged.
///
/// A run of 13 or more digits (spaces and hyphens inside do not break it) is taken for a card number whether or not its check digit
/// holds: a mistyped number is still somebody's. Everything after a track separator (`=`, `D`, `^`) that follows such a number is
/// hidden. Digits right after a word such as 密码，PIN or CVV are hidden whole.
pub fn mask_card_data(text: &str) -> String {
    let chars: Vec<char> = text.chars().map(half_width_digit).collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        if !chars[i].is_ascii_digit() {
            out.push(chars[i]);
            i += 1;
            continue;
        }
        let run = digit_run(&chars, i);
        if run.digits.len() >= 13 && (!run.pairs || is_card_number(&run.digits)) {
            out.push_str(&masked_run(&run.digits));
            i = hide_track_tail(&chars, run.end, &mut out);
        } else {
            // Group by group, and then past the whole run, so that time stays linear.
            while i < run.end {
                let group = chars[i..run.end].iter().take_while(|c| c.is_ascii_digit()).count();
                if SECRET_DIGITS.contains(&group) && follows_secret_word(&chars[..i]) {
                    out.push_str(&"*".repeat(group));
                } else {
                    out.extend(&chars[i..i + group]);
                }
                i += group;
                if i < run.end {
                    out.push(chars[i]);
                    i += 1;
                }
            }
            i = run.end;
        }
    }
    out
}

/// Full-width digits are digits too; nobody hides a number by typing it wide.
fn half_width_digit(c: char) -> char {
    match c {
        '\u{FF10}'..='\u{FF19}' => char::from(b'0' + (c as u32 - 0xFF10) as u8),
        _ => c,
    }
}

struct Run {
    /// All digits, separators dropped.
    digits: String,
    /// True when blanks cut it into groups of one or two digits, as in a list of response codes.
    pairs: bool,
    /// Index just behind the run.
    end: usize,
}

/// A run of pairs is far oftener a list of codes than a card number read out in pairs; the check digit decides.
fn is_card_number(digits: &str) -> bool {
    CardNumber::parse(digits).is_ok_and(|n| n.check_digit_holds())
}

fn digit_run(chars: &[char], start: usize) -> Run {
    let mut digits = String::new();
    let (mut end, mut i) = (start, start);
    let (mut group, mut longest) = (0, 0);
    while i < chars.len() {
        if chars[i].is_ascii_digit() {
            digits.push(chars[i]);
            group += 1;
            longest = longest.max(group);
            i += 1;
            end = i;
        } else if SEPARATORS.contains(&chars[i]) && chars.get(i + 1).is_some_and(char::is_ascii_digit) {
            group = 0;
            i += 1;
        } else {
            break;
        }
    }
    Run { digits, pairs: longest <= 2, end }
}

/// A run of more than 19 digits holds something we cannot cut right, so less of it is shown.
fn masked_run(digits: &str) -> String {
    if digits.len() <= *PAN_DIGITS.end() { masked(digits) } else { "*".repeat(digits.len()) }
}

/// After a card number, a track separator and what follows it is hidden.
fn hide_track_tail(chars: &[char], end: usize, out: &mut String) -> usize {
    let Some(separator @ ('=' | 'D' | 'd' | '^')) = chars.get(end).copied() else { return end };
    if separator != '^' && !chars.get(end + 1).is_some_and(char::is_ascii_digit) {
        return end;
    }
    out.push(separator);
    let mut i = end + 1;
    while i < chars.len() && (chars[i].is_ascii_alphanumeric() || matches!(chars[i], '^' | '/' | '=')) {
        out.push('*');
        i += 1;
    }
    i
}

fn follows_secret_word(before: &[char]) -> bool {
    let tail: String = before[before.len().saturating_sub(16)..].iter().collect::<String>().to_lowercase();
    let tail = tail.trim_end_matches([' ', ':', '\u{FF1A}', '=', '是', '为', '"', '“']);
    SECRET_WORDS.iter().any(|w| tail.ends_with(w)) || tail.ends_with("pin is") || tail.ends_with("cvv is")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_shows_only_its_ends() {
        let n = CardNumber::parse("6228 4800 0000 0001 234").unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(n.to_string(), "622848*********1234");
        assert_eq!(format!("{n:?}"), "CardNumber(622848*********1234)");
    }

    #[test]
    fn the_check_digit_is_checked() {
        let holds = |s| CardNumber::parse(s).map(|n| n.check_digit_holds());
        assert_eq!(holds("4111111111111111"), Ok(true));
        assert_eq!(holds("4111111111111112"), Ok(false));
        // Digits above four, doubled, become two digits; published test numbers of three schemes.
        for valid in ["5555555555554444", "378282246310005", "6011111111111117", "3530111333300000"] {
            assert_eq!(holds(valid), Ok(true), "{valid}");
        }
    }

    #[test]
    fn errors_carry_positions_not_digits() {
        assert_eq!(CardNumber::parse("411111111x"), Err(CardNumberError::NotADigit { position: 10 }));
        assert_eq!(CardNumber::parse("4111"), Err(CardNumberError::Length { digits: 4 }));
    }

    #[test]
    fn pasted_card_data_is_hidden() {
        for (given, shown) in [
            ("卡号6222021234567890123刷不了", "卡号622202*********0123刷不了"),
            ("4111-1111-1111-1111", "411111******1111"),
            ("4111.1111.1111.1111", "411111******1111"),
            ("4111\n1111\u{200B}1111\u{A0}1111", "411111******1111"),
            ("192.168.1.10:8583", "192.168.1.10:8583"),
            ("4111 1111 1111 1111 显示51", "411111******1111 显示51"),
            (";4111111111111111=25121010000012345678?", ";411111******1111=********************?"),
            ("6222021234567890123D2512101123456", "622202*********0123D*************"),
            ("6222021234567890", "622202******7890"),
            ("密码是123456不对", "密码是******不对"),
            ("CVV2 123 错", "CVV2 *** 错"),
            ("pin: 0987", "pin: ****"),
            ("显示 51 余额不足", "显示 51 余额不足"),
            ("TVR 0800048000", "TVR 0800048000"),
            ("C101", "C101"),
            ("05 14 51 54 55 61 91 96", "05 14 51 54 55 61 91 96"),
            ("41 11 11 11 11 11 11 11", "411111******1111"),
        ] {
            assert_eq!(mask_card_data(given), shown, "{given}");
        }
    }

    proptest! {
        #[test]
        fn no_card_number_survives_any_text(before in "\\PC{0,20}", pan in "[0-9]{13,19}", after in "[^0-9\u{FF10}-\u{FF19}]{0,20}") {
            let shown = mask_card_data(&format!("{before} {pan}{after}"));
            prop_assert!(!shown.contains(&pan));
        }

        #[test]
        fn text_without_digits_is_untouched(text in "[^0-9\u{FF10}-\u{FF19}]{0,60}") {
            prop_assert_eq!(mask_card_data(&text), text);
        }
    }
}
