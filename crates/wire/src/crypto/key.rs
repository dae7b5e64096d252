//! A key that cannot print itself and does not outlive its use.

use std::fmt;

use posdx_model::Unmasked;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::error::CryptoError;
use super::hex;

/// Bytes of the longest key (AES-256).
const LONGEST: usize = 32;
const DES: usize = 8;

/// A key of 8, 16, 24 or 32 bytes. It has no `Display`, its `Debug` shows the length, its memory is overwritten when it goes.
#[derive(Clone)]
pub struct Key(Zeroizing<Vec<u8>>);

impl Key {
    /// Takes the bytes of a key. The caller's copy stays the caller's to overwrite.
    pub fn from_bytes(bytes: &[u8]) -> Result<Key, CryptoError> {
        Key::new(Zeroizing::new(bytes.to_vec()))
    }

    /// Reads hexadecimal text; white space at the ends and between groups is allowed. Errors name positions, never characters.
    pub fn from_hex(text: &str) -> Result<Key, CryptoError> {
        Key::new(hex::read(text, LONGEST)?)
    }

    pub(super) fn new(bytes: Zeroizing<Vec<u8>>) -> Result<Key, CryptoError> {
        match bytes.len() {
            8 | 16 | 24 | LONGEST => Ok(Key(bytes)),
            bytes => Err(CryptoError::KeyLength { bytes }),
        }
    }

    /// Its length in bytes.
    #[allow(clippy::len_without_is_empty, reason = "a key is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when DES with the first 8 bytes is all there is to it: 8 bytes, 8 bytes and 8 zero bytes, or equal parts of 8 bytes each.
    ///
    /// UnionPay hosts send a single-length MAC key in 16 bytes, the second half zero.
    pub fn is_single_length(&self) -> bool {
        let (first, rest) = self.0.split_at(DES.min(self.0.len()));
        match self.0.len() {
            8 => true,
            16 => bool::from(rest.ct_eq(&[0; DES]) | rest.ct_eq(first)),
            24 => rest.chunks(DES).all(|part| bool::from(part.ct_eq(first))),
            _ => false,
        }
    }

    /// True when every byte has an odd number of one bits, as DES keys should have (FIPS 46-3); meaningless for AES and SM4.
    ///
    /// A key unwrapped under the wrong key nearly never has it. Many hosts in use do not set it, so its absence proves nothing.
    pub fn has_odd_parity(&self) -> bool {
        self.0.iter().all(|b| b.count_ones() % 2 == 1)
    }

    /// The bytes, for a person who asked to see them.
    pub fn reveal(&self, _leave: Unmasked) -> &[u8] {
        &self.0
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} bytes)", self.0.len())
    }
}

/// Constant time for keys of one length.
impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl Eq for Key {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read_with_its_white_space() {
        let plain = Key::from_hex("0123456789ABCDEFFEDCBA9876543210").unwrap();
        assert_eq!(Key::from_hex("\n 01234567 89abcdef\r\n\tFEDCBA98 76543210 \n"), Ok(plain));
    }

    #[test]
    fn errors_name_places() {
        assert_eq!(Key::from_hex(" 0123x"), Err(CryptoError::HexDigit { position: 6 }));
        assert_eq!(Key::from_hex("012"), Err(CryptoError::HexOdd { digits: 3 }));
        assert_eq!(Key::from_hex("0123"), Err(CryptoError::KeyLength { bytes: 2 }));
        assert_eq!(Key::from_hex(&"0".repeat(65)), Err(CryptoError::HexLong { most: 64 }));
        assert_eq!(Key::from_hex(""), Err(CryptoError::KeyLength { bytes: 0 }));
        assert_eq!(Key::from_hex("０"), Err(CryptoError::HexDigit { position: 1 }));
    }

    #[test]
    fn single_length_keys_are_told() {
        let single = |hex: &str| Key::from_hex(hex).unwrap().is_single_length();
        assert!(single("0123456789ABCDEF"));
        assert!(single("0123456789ABCDEF0000000000000000"));
        assert!(single("0123456789ABCDEF0123456789ABCDEF"));
        assert!(single("0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"));
        assert!(!single("0123456789ABCDEFFEDCBA9876543210"));
        assert!(!single("00000000000000000123456789ABCDEF"));
        assert!(!single("0123456789ABCDEF0123456789ABCDEFFEDCBA9876543210"));
    }

    #[test]
    fn parity_is_seen() {
        assert!(Key::from_hex("C24A8FB57AA20123").unwrap().has_odd_parity());
        assert!(!Key::from_hex("C34A8FB57AA20123").unwrap().has_odd_parity());
    }
}
