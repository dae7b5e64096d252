//! Key check values: what two sides compare to know that they hold the same key.

use std::fmt;

use subtle::ConstantTimeEq;

use super::cipher::{Block, Cipher, LARGEST_BLOCK, cmac};
use super::error::CryptoError;
use super::hex;
use super::key::Key;

posdx_model::words! {
    /// How a check value is made.
    KcvMethod {
        /// First bytes of one encrypted block of zeros (ANSI X9.24-1): DES, triple DES, SM4, and AES in older devices.
        Zeros = "zeros",
        /// First bytes of the CMAC of one block of zeros (ANSI X9.24-1:2017 annex A): AES.
        Cmac = "cmac",
    }
}

/// Bytes that a check value may have; fewer say little, more would say too much about the key.
const BYTES: std::ops::RangeInclusive<usize> = 2..=8;

/// A check value. It is made to be shown; the key cannot be found from it.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckValue(Vec<u8>);

impl CheckValue {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for CheckValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(f, &self.0)
    }
}

impl fmt::Debug for CheckValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckValue({self})")
    }
}

/// The first `n` bytes of the check value as the cipher's users make it: CMAC for AES, encrypted zeros for the others.
///
/// UnionPay hosts use 4 bytes, most others 3. `n` is 2 to 8.
pub fn kcv(cipher: Cipher, key: &Key, n: usize) -> Result<CheckValue, CryptoError> {
    kcv_by(if cipher == Cipher::Aes { KcvMethod::Cmac } else { KcvMethod::Zeros }, cipher, key, n)
}

/// The first `n` bytes of the check value made by `method`. `n` is 2 to 8.
pub fn kcv_by(method: KcvMethod, cipher: Cipher, key: &Key, n: usize) -> Result<CheckValue, CryptoError> {
    let wrong = CryptoError::Length { bytes: n, expected: "2 to 8 bytes of check value" };
    if !BYTES.contains(&n) {
        return Err(wrong);
    }
    let zeros = [0; LARGEST_BLOCK];
    let zeros = zeros.get(..cipher.block_size()).unwrap_or(&zeros);
    let mut value = match method {
        KcvMethod::Zeros => {
            let mut block = zeros.to_vec();
            Block::new(cipher, key)?.encrypt(&mut block)?;
            block
        }
        KcvMethod::Cmac => cmac(cipher, key, zeros)?,
    };
    value.truncate(n);
    Ok(CheckValue(value))
}

/// True when `wanted` (2 to 8 bytes) is the check value of the key; constant time.
pub fn verify_kcv(cipher: Cipher, key: &Key, wanted: &[u8]) -> Result<bool, CryptoError> {
    Ok(kcv(cipher, key, wanted.len())?.0.as_slice().ct_eq(wanted).into())
}
