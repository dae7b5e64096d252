//! Making and checking a MAC by a scheme.

use std::fmt;

use subtle::ConstantTimeEq;

use super::cipher::{Block, Cipher, cmac, xor};
use super::error::CryptoError;
use super::hex;
use super::key::Key;
use super::mac_scheme::{MacMethod, MacResult, MacScheme};

/// A MAC as it goes on the wire: raw bytes, or hexadecimal letters in ASCII. A MAC is no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct MacValue(Vec<u8>);

impl MacValue {
    /// The bytes of the field.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for MacValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(f, &self.0)
    }
}

impl fmt::Debug for MacValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MacValue({self})")
    }
}

/// The MAC of `bytes`, as the scheme puts it on the wire. An empty message counts as one block of zeros, except for CMAC.
///
/// `bytes` is what the host takes in: for UnionPay the message type to field 63, some hosts with the header before it.
pub fn mac(scheme: &MacScheme, key: &Key, bytes: &[u8]) -> Result<MacValue, CryptoError> {
    let last = last_block(scheme.cipher, scheme.method, key, bytes)?;
    Ok(MacValue(cut(scheme.result, last)))
}

/// True when `wire_value` is the MAC of `bytes`. Constant time for values of one length.
pub fn verify(scheme: &MacScheme, key: &Key, bytes: &[u8], wire_value: &[u8]) -> Result<bool, CryptoError> {
    Ok(mac(scheme, key, bytes)?.0.as_slice().ct_eq(wire_value).into())
}

pub(super) fn cut(result: MacResult, mut last: Vec<u8>) -> Vec<u8> {
    match result {
        MacResult::Hex8 => {
            last.truncate(4);
            hex::letters(&last)
        }
        MacResult::Raw8 => {
            last.truncate(8);
            last
        }
        MacResult::Raw4 => {
            last.truncate(4);
            last
        }
        MacResult::Whole => last,
    }
}

/// The whole last block, before it is cut for the wire.
pub(super) fn last_block(cipher: Cipher, method: MacMethod, key: &Key, bytes: &[u8]) -> Result<Vec<u8>, CryptoError> {
    if !method.takes(cipher) {
        return Err(CryptoError::MethodForCipher { method, cipher });
    }
    match method {
        MacMethod::UnionPayEcb => Ok(fold_steps(cipher, key, bytes)?.last),
        MacMethod::X99 | MacMethod::Cbc => cbc(&Block::new(cipher, key)?, bytes),
        MacMethod::X919 => retail(key, bytes),
        MacMethod::Cmac => cmac(cipher, key, bytes),
    }
}

/// The last block of a chain from zeros, the message padded with zeros.
fn cbc(block: &Block, bytes: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let mut state = vec![0; block.size()];
    if bytes.is_empty() {
        block.encrypt(&mut state)?;
    }
    for part in bytes.chunks(block.size()) {
        xor(&mut state, part);
        block.encrypt(&mut state)?;
    }
    Ok(state)
}

fn retail(key: &Key, bytes: &[u8]) -> Result<Vec<u8>, CryptoError> {
    if key.is_single_length() {
        // Decrypting and encrypting with one key undo each other.
        return cbc(&Block::new(Cipher::Des, key)?, bytes);
    }
    let wrong = CryptoError::KeyForCipher { cipher: Cipher::TripleDes, bytes: key.len(), expected: "8 or 16 bytes for x9.19" };
    let (left, right) = key.bytes().split_at_checked(8).filter(|(_, right)| right.len() == 8).ok_or(wrong)?;
    let left = Block::new(Cipher::Des, &Key::from_bytes(left)?)?;
    let right = Block::new(Cipher::Des, &Key::from_bytes(right)?)?;
    let mut state = cbc(&left, bytes)?;
    right.decrypt(&mut state)?;
    left.encrypt(&mut state)?;
    Ok(state)
}

/// The steps of UnionPay's method, to be laid beside a terminal's own log: the first that differs names the fault.
///
/// `Debug` shows lengths only: the fold of a message short enough is the message.
#[derive(Clone, PartialEq, Eq)]
pub struct FoldSteps {
    /// All blocks XORed: 8 bytes (DES), 16 (SM4, AES).
    pub folded: Vec<u8>,
    /// The fold as upper-case hexadecimal letters: two blocks of ASCII.
    pub letters: Vec<u8>,
    /// The first block of letters, encrypted.
    pub first: Vec<u8>,
    /// That, XORed with the second block of letters.
    pub mixed: Vec<u8>,
    /// That, encrypted. A scheme's result is cut from it.
    pub last: Vec<u8>,
}

impl fmt::Debug for FoldSteps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FoldSteps(blocks of {} bytes)", self.folded.len())
    }
}

/// Runs UnionPay's method and keeps every step.
pub fn fold_steps(cipher: Cipher, key: &Key, bytes: &[u8]) -> Result<FoldSteps, CryptoError> {
    let block = Block::new(cipher, key)?;
    let mut folded = vec![0; block.size()];
    bytes.chunks(block.size()).for_each(|part| xor(&mut folded, part));
    let letters = hex::letters(&folded);
    let (front, back) = letters.split_at(block.size().min(letters.len()));
    let mut first = front.to_vec();
    block.encrypt(&mut first)?;
    let mut mixed = first.clone();
    xor(&mut mixed, back);
    let mut last = mixed.clone();
    block.encrypt(&mut last)?;
    Ok(FoldSteps { folded, letters, first, mixed, last })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(cipher: Cipher, method: MacMethod, key: &str, message: &[u8]) -> String {
        MacValue(last_block(cipher, method, &Key::from_hex(key).unwrap(), message).unwrap()).to_string()
    }

    #[test]
    fn single_des_chains_as_published() {
        // FIPS 113 appendix; ISO/IEC 9797-1 annex, algorithm 1 with padding method 1.
        assert_eq!(block(Cipher::Des, MacMethod::X99, "0123456789ABCDEF", b"7654321 Now is the time for "), "F1D30F6849312CA4");
        assert_eq!(block(Cipher::Des, MacMethod::X99, "0123456789ABCDEF", b"Now is the time for all "), "70A30640CC76DD8B");
        assert_eq!(block(Cipher::Des, MacMethod::X99, "0123456789ABCDEF", b"Now is the time for it"), "E45B3AD2B7CC0856");
    }

    #[test]
    fn the_retail_mac_is_as_published() {
        // ISO/IEC 9797-1 annex, algorithm 3 with padding method 1.
        let key = "0123456789ABCDEFFEDCBA9876543210";
        assert_eq!(block(Cipher::TripleDes, MacMethod::X919, key, b"Now is the time for all "), "A1C72E74EA3FA9B6");
        assert_eq!(block(Cipher::TripleDes, MacMethod::X919, key, b"Now is the time for it"), "2E2B1428CC78254F");
    }

    #[test]
    fn the_retail_mac_with_a_single_length_key_is_x9_9() {
        let short = block(Cipher::TripleDes, MacMethod::X919, "0123456789ABCDEF", b"Now is the time for it");
        assert_eq!(short, "E45B3AD2B7CC0856");
        assert_eq!(block(Cipher::TripleDes, MacMethod::X919, "0123456789ABCDEF0000000000000000", b"Now is the time for it"), short);
    }

    #[test]
    fn an_empty_message_is_a_block_of_zeros() {
        for method in [MacMethod::UnionPayEcb, MacMethod::Cbc, MacMethod::X919] {
            let key = "0123456789ABCDEFFEDCBA9876543210";
            assert_eq!(block(Cipher::TripleDes, method, key, b""), block(Cipher::TripleDes, method, key, &[0; 8]));
        }
    }

    #[test]
    fn methods_keep_to_their_ciphers() {
        let key = Key::from_hex("0123456789ABCDEFFEDCBA9876543210").unwrap();
        let wrong = last_block(Cipher::Sm4, MacMethod::X919, &key, b"x");
        assert_eq!(wrong, Err(CryptoError::MethodForCipher { method: MacMethod::X919, cipher: Cipher::Sm4 }));
        let triple = Key::from_hex("0123456789ABCDEFFEDCBA98765432100011223344556677").unwrap();
        assert!(last_block(Cipher::TripleDes, MacMethod::X919, &triple, b"x").is_err());
    }

    #[test]
    fn results_are_cut() {
        let last = vec![0x5F, 0xE0, 0x58, 0xDB, 0x90, 0x68, 0x0D, 0x33];
        assert_eq!(cut(MacResult::Hex8, last.clone()), b"5FE058DB");
        assert_eq!(cut(MacResult::Raw8, last.clone()), last);
        assert_eq!(cut(MacResult::Raw4, last.clone()), &last[..4]);
        assert_eq!(cut(MacResult::Whole, vec![7; 16]), vec![7; 16]);
        assert_eq!(cut(MacResult::Raw8, vec![7; 16]), vec![7; 8]);
    }
}
