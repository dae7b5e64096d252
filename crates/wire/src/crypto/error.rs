//! What can go wrong, told by places and lengths, never by values.

use super::cipher::Cipher;
use super::mac_scheme::MacMethod;
use super::pin::PinFormat;
use super::sign_on::KeyRole;

/// Why a computation was refused. It carries positions and lengths, never a digit of a key, a PIN or a card number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// A character is no hexadecimal digit. The position counts characters from 1.
    #[error("character {position} is no hexadecimal digit")]
    HexDigit {
        /// The position.
        position: usize,
    },
    /// The number of hexadecimal digits is odd: half a byte is missing.
    #[error("{digits} hexadecimal digits; two make a byte, so their number must be even")]
    HexOdd {
        /// Digits found.
        digits: usize,
    },
    /// There are more hexadecimal digits than the value may have.
    #[error("more than {most} hexadecimal digits")]
    HexLong {
        /// Digits allowed.
        most: usize,
    },
    /// No key is this long.
    #[error("{bytes} bytes; a key has 8, 16, 24 or 32")]
    KeyLength {
        /// Bytes found.
        bytes: usize,
    },
    /// The key does not fit the cipher.
    #[error("a key of {bytes} bytes does not fit {cipher}, which takes {expected}")]
    KeyForCipher {
        /// The cipher.
        cipher: Cipher,
        /// Bytes of the key.
        bytes: usize,
        /// What the cipher takes.
        expected: &'static str,
    },
    /// The method is not defined for this cipher.
    #[error("{method} is not defined for {cipher}")]
    MethodForCipher {
        /// The method.
        method: MacMethod,
        /// The cipher.
        cipher: Cipher,
    },
    /// Data has the wrong length.
    #[error("{bytes} bytes; expected {expected}")]
    Length {
        /// Bytes found.
        bytes: usize,
        /// What was expected.
        expected: &'static str,
    },
    /// A PIN is 4 to 12 digits (ISO 9564-1) and nothing else.
    #[error("the PIN must be a value of kind `pin` with 4 to 12 digits")]
    Pin,
    /// A card number is 12 to 19 digits and nothing else.
    #[error("the card number must be a value of kind `pan` with 12 to 19 digits")]
    Pan,
    /// The format of PIN block needs the card number and got none.
    #[error("PIN block format {format} needs the card number")]
    PanNeeded {
        /// The format.
        format: PinFormat,
    },
    /// A nibble of a clear PIN block is not what the format asks for: wrong key, wrong card number or another format.
    #[error("nibble {nibble} of the clear PIN block is not {expected}: wrong key, wrong card number or another format")]
    PinBlock {
        /// The nibble, counted from 1.
        nibble: usize,
        /// What the format has there.
        expected: &'static str,
    },
    /// The layout asks for a key that was not given.
    #[error("the layout has a {role} and none was given")]
    RoleMissing {
        /// The key that is missing.
        role: KeyRole,
    },
    /// A key was given that the layout has no place for.
    #[error("the layout has no place for a {role}")]
    RoleUnplaced {
        /// The key without a place.
        role: KeyRole,
    },
    /// The layout of this block is not known, so it can be neither unwrapped nor built.
    #[error("the layout of a block of {bytes} bytes is not known")]
    LayoutUnknown {
        /// Bytes of the block.
        bytes: usize,
    },
    /// The counter of a key serial number is zero: that names the initial key and no transaction.
    #[error("the transaction counter is zero: no transaction has that number")]
    CounterZero,
}

/// Why a data file of schemes or layouts cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct CryptoDataError {
    /// The line, counted from 1; 0 when the fault has no one place.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl CryptoDataError {
    /// The reader's complaint without the excerpt that it would quote.
    pub(super) fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().and_then(|s| text.get(..s.start)).map_or(0, |before| before.matches('\n').count() + 1);
        CryptoDataError { line, message: error.message().to_owned() }
    }
}
