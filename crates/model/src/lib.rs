//! The nouns of posdx: what every other crate talks about.
//!
//! No logic lives here beyond the rules a noun keeps about itself: a [`Text`] has both languages, a [`CodeId`] carries its
//! namespace, a [`CardNumber`] never prints itself whole. Everything is plain data that survives a trip through TOML, the packed
//! catalogue and JSON unchanged.

mod card_number;
mod code;
mod people;
mod secret;
mod text;
mod verdict;

pub use card_number::{CardNumber, CardNumberError, mask_card_data};
pub use code::{CodeId, Place};
pub use people::{Actor, Party, Role};
pub use secret::{Secret, SecretKind, Unmasked, hidden, hidden_in_packed};
pub use text::{Lang, Text};
pub use verdict::{Grade, Money, MoneyState, Outcome, Retry, RetryVerdict};

/// Declares an enum whose members have one fixed spelling, the same in TOML, in JSON and on the command line.
///
/// `ALL` lists the members in reading order, `as_str` spells one, `FromStr` reads one back and names the choices when it cannot.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $member:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$item])* #[serde(rename = $word)] $member,)* }

        impl $name {
            /// Every member, in reading order.
            pub const ALL: &'static [$name] = &[$($name::$member,)*];

            /// The one spelling of this member.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$member => $word,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.pad(self.as_str()) }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(s: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|m| m.as_str().eq_ignore_ascii_case(s)).ok_or_else(|| {
                    let choices: Vec<_> = Self::ALL.iter().map(|m| m.as_str()).collect();
                    format!("`{s}` is none of: {}", choices.join(", "))
                })
            }
        }
    };
}
