//! What must not be read by chance: a value that only prints its mask, and the rule which of its characters may be seen.

use std::fmt;

crate::words! {
    /// What kind of secret a value holds; it decides how much of it may be shown.
    SecretKind {
        /// Primary account number: first six and last four digits may be shown (PCI DSS 3.4).
        Pan = "pan",
        /// Track data: its card number as above, nothing behind it.
        Track = "track",
        /// A PIN block, or a PIN.
        Pin = "pin",
        /// A card verification value.
        Cvv = "cvv",
        /// A cryptographic key, clear or under another key.
        Key = "key",
        /// The cardholder's name or another personal detail.
        Person = "person",
        /// Free data in which card numbers may hide: runs of digits long enough to be one are masked, the rest may be shown.
        Mixed = "mixed",
    }
}

/// Leave to read secrets. It is made where a person typed that they want to see them, and nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Unmasked(());

impl Unmasked {
    /// The person in charge asked for it in so many words (`--unmask`).
    pub fn typed_by_a_person() -> Self {
        Unmasked(())
    }
}

/// A value with card data or a key in it. `Display` does not exist; `Debug` prints the mask.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    text: String,
    kind: SecretKind,
}

impl Secret {
    /// Locks a value up.
    pub fn new(kind: SecretKind, text: String) -> Self {
        Secret { text, kind }
    }

    /// What it is.
    pub fn kind(&self) -> SecretKind {
        self.kind
    }

    /// What may be shown of it: hidden characters become `*`.
    pub fn masked(&self) -> String {
        let chars: Vec<char> = self.text.chars().collect();
        let hidden = hidden(self.kind, &chars);
        chars.iter().zip(hidden).map(|(c, hide)| if hide { '*' } else { *c }).collect()
    }

    /// The value itself.
    pub fn reveal(&self, _leave: Unmasked) -> &str {
        &self.text
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}, {})", self.kind, self.masked())
    }
}

/// Which characters of a value (digits, letters or the nibbles of packed data) must be hidden: one answer a character.
pub fn hidden(kind: SecretKind, chars: &[char]) -> Vec<bool> {
    let mut hide = vec![false; chars.len()];
    match kind {
        SecretKind::Pan => hide_number(&mut hide[..], chars),
        SecretKind::Track => {
            let digits = chars.iter().take_while(|c| c.is_ascii_digit()).count();
            // An encrypted track has no number in front that could be told from the rest.
            if (12..=19).contains(&digits) && digits < chars.len() {
                hide_number(&mut hide[..digits], &chars[..digits]);
                hide[digits + 1..].fill(true);
            } else {
                hide.fill(true);
            }
        }
        SecretKind::Pin | SecretKind::Cvv | SecretKind::Key | SecretKind::Person => hide.fill(true),
        SecretKind::Mixed => {
            let mut from = 0;
            while from < chars.len() {
                let run = chars[from..].iter().take_while(|c| c.is_ascii_digit()).count();
                hide_numbers_in(&mut hide[from..from + run], &chars[from..from + run]);
                from += run.max(1);
            }
        }
    }
    hide
}

/// The same for the half bytes of packed data of which nothing is known. Chance makes long runs of decimal half bytes there (amounts,
/// counters, cryptograms), so only what begins like a card number and has the right check digit is hidden.
pub fn hidden_in_packed(nibbles: &[char]) -> Vec<bool> {
    let mut hide = vec![false; nibbles.len()];
    let mut from = 0;
    while from < nibbles.len() {
        let run = nibbles[from..].iter().take_while(|c| c.is_ascii_digit()).count();
        hide_stretches(&mut hide[from..from + run], &nibbles[from..from + run]);
        from += run.max(1);
    }
    hide
}

/// Hides what may be card numbers in a run of digits: the run itself when it is as long as one and begins like one, else every stretch of
/// it that begins like a card number and has the right check digit.
fn hide_numbers_in(hide: &mut [bool], digits: &[char]) {
    match digits.len() {
        16..=19 if matches!(digits.first(), Some('2'..='6' | '9')) => hide_number(hide, digits),
        _ => hide_stretches(hide, digits),
    }
}

/// Hides every stretch of a run that begins like a card number and has the right check digit.
fn hide_stretches(hide: &mut [bool], digits: &[char]) {
    let mut from = 0;
    while from + 14 <= digits.len() {
        let found = [19, 18, 17, 16, 15, 14].into_iter().find(|n| digits.get(from..from + n).is_some_and(looks_like_a_card));
        if let Some(n) = found {
            hide_number(&mut hide[from..from + n], &digits[from..from + n]);
        }
        // Chance finds numbers too: one that ends inside a real one must not keep it from being found.
        from += 1;
    }
}

/// Begins with digits of a scheme in use (3, 4, 51 to 55, 22 to 27, 60 to 65) and has the right check digit (ISO/IEC 7812-1 annex B).
fn looks_like_a_card(digits: &[char]) -> bool {
    let first = digits.first().copied().unwrap_or_default();
    let second = digits.get(1).copied().unwrap_or_default();
    let scheme = match first {
        '4' => digits.len() == 16 || digits.len() == 19,
        '3' => match second {
            '4' | '7' => digits.len() == 15,
            '0' | '6' | '8' => digits.len() == 14,
            _ => digits.len() == 16,
        },
        '5' => digits.len() == 16 && ('1'..='5').contains(&second),
        '2' => digits.len() == 16 && ('2'..='7').contains(&second),
        '6' => digits.len() >= 16 && ('0'..='5').contains(&second),
        _ => false,
    };
    let sum: u32 = digits.iter().rev().enumerate().filter_map(|(i, c)| Some((i, c.to_digit(10)?))).fold(0, |sum, (i, d)| {
        let d = d << (i % 2);
        sum + if d > 9 { d - 9 } else { d }
    });
    scheme && sum.is_multiple_of(10)
}

/// Six in front and four behind stay; a number too short for that is hidden but for its last four.
fn hide_number(hide: &mut [bool], chars: &[char]) {
    let digits = chars.iter().rev().skip_while(|c| !c.is_ascii_digit()).count();
    let front = if digits > 10 { 6 } else { 0 };
    let back = digits.saturating_sub(4).max(front);
    hide[front.min(digits)..back].fill(true);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(kind: SecretKind, text: &str) -> String {
        Secret::new(kind, text.into()).masked()
    }

    #[test]
    fn each_kind_shows_what_it_may() {
        assert_eq!(masked(SecretKind::Pan, "6217970000000005090"), "621797*********5090");
        assert_eq!(masked(SecretKind::Pan, "6217970000000005090F"), "621797*********5090F");
        assert_eq!(masked(SecretKind::Track, "6214830000007332D24092201133100224949"), "621483******7332D********************");
        assert_eq!(masked(SecretKind::Track, "A1B2C3D4"), "********");
        assert_eq!(masked(SecretKind::Pin, "ACF46E73838A82F9"), "****************");
        assert_eq!(masked(SecretKind::Mixed, "no 6225000000000014 at 1234"), "no 622500******0014 at 1234");
        assert_eq!(masked(SecretKind::Pan, "123456"), "**3456");
        // A longer run: only the stretch that can be a card number.
        assert_eq!(masked(SecretKind::Mixed, "000000006212142000000000012000"), "00000000621214*********0012000");
        // What chance finds in front of a number does not bare it.
        assert_eq!(masked(SecretKind::Mixed, "43442030342020622609000000838976"), "43442030342020622609******838976");
        assert_eq!(masked(SecretKind::Mixed, "20111031102957201110311029573"), "20111031102957201110311029573");
    }

    #[test]
    fn debug_shows_the_mask() {
        assert_eq!(format!("{:?}", Secret::new(SecretKind::Key, "0123".into())), "Secret(key, ****)");
    }
}
