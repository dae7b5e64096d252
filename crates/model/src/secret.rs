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

/// Digits of the shortest number that is taken for a card number in free data.
const MIXED_RUN: usize = 12;

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
                if run >= MIXED_RUN {
                    hide_number(&mut hide[from..from + run], &chars[from..from + run]);
                }
                from += run.max(1);
            }
        }
    }
    hide
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
    }

    #[test]
    fn debug_shows_the_mask() {
        assert_eq!(format!("{:?}", Secret::new(SecretKind::Key, "0123".into())), "Secret(key, ****)");
    }
}
