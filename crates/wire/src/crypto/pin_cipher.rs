//! PIN blocks under their key: one encryption for 8 bytes, two with the card number in between for format 4.

use std::fmt;

use posdx_model::{Secret, Unmasked};
use zeroize::Zeroizing;

use super::cipher::{Block, Cipher, xor};
use super::error::CryptoError;
use super::key::Key;
use super::pin::{ClearPinBlock, PinFormat, pan_digits};

/// An enciphered PIN block, as field 52 carries it. Nobody without the key can read it; still, `Debug` shows only its length.
#[derive(Clone, PartialEq, Eq)]
pub struct EncipheredPinBlock(Vec<u8>);

impl fmt::Debug for EncipheredPinBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncipheredPinBlock({} bytes)", self.0.len())
    }
}

const ONE_BLOCK: &str = "a PIN block of the cipher's block length; only format 4 has 16 bytes";

impl ClearPinBlock {
    /// Enciphers a block of 8 bytes with DES or triple DES (ISO 9564-1, formats 0, 1, 3).
    pub fn encipher(&self, cipher: Cipher, key: &Key) -> Result<EncipheredPinBlock, CryptoError> {
        one_short_block(cipher, self.bytes().len())?;
        let mut bytes = self.bytes().clone();
        Block::new(cipher, key)?.encrypt(&mut bytes)?;
        Ok(EncipheredPinBlock(bytes.to_vec()))
    }

    /// Enciphers a block of format 4 with AES: encrypt, XOR the card number's block, encrypt (ISO 9564-1:2017).
    pub fn encipher_format_4(&self, key: &Key, pan: &Secret, leave: Unmasked) -> Result<EncipheredPinBlock, CryptoError> {
        if self.formats() != [PinFormat::Iso4] {
            return Err(CryptoError::PinBlock { nibble: 1, expected: "the number of format 4" });
        }
        let mut bytes = self.bytes().clone();
        let aes = Block::new(Cipher::Aes, key)?;
        aes.encrypt(&mut bytes)?;
        xor(&mut bytes, &pan_block(pan, leave)?[..]);
        aes.encrypt(&mut bytes)?;
        Ok(EncipheredPinBlock(bytes.to_vec()))
    }
}

impl EncipheredPinBlock {
    /// Takes the bytes of field 52: 8, or 16 for format 4.
    pub fn from_bytes(bytes: &[u8]) -> Result<EncipheredPinBlock, CryptoError> {
        match bytes.len() {
            8 | 16 => Ok(EncipheredPinBlock(bytes.to_vec())),
            bytes => Err(CryptoError::Length { bytes, expected: "a PIN block of 8 or 16 bytes" }),
        }
    }

    /// The bytes for field 52.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Deciphers a block of 8 bytes with DES or triple DES. A wrong key gives noise, which [`ClearPinBlock::pin`] refuses.
    pub fn decipher(&self, cipher: Cipher, key: &Key) -> Result<ClearPinBlock, CryptoError> {
        one_short_block(cipher, self.0.len())?;
        let mut bytes = Zeroizing::new(self.0.clone());
        Block::new(cipher, key)?.decrypt(&mut bytes)?;
        ClearPinBlock::new(bytes)
    }

    /// Deciphers a block of format 4 with AES.
    pub fn decipher_format_4(&self, key: &Key, pan: &Secret, leave: Unmasked) -> Result<ClearPinBlock, CryptoError> {
        if self.0.len() != 16 {
            return Err(CryptoError::Length { bytes: self.0.len(), expected: "16 bytes for format 4" });
        }
        let mut bytes = Zeroizing::new(self.0.clone());
        let aes = Block::new(Cipher::Aes, key)?;
        aes.decrypt(&mut bytes)?;
        xor(&mut bytes, &pan_block(pan, leave)?[..]);
        aes.decrypt(&mut bytes)?;
        ClearPinBlock::new(bytes)
    }
}

fn one_short_block(cipher: Cipher, bytes: usize) -> Result<(), CryptoError> {
    // A block of 16 bytes is bound to its card number; enciphered without it, it would be no format at all.
    if bytes == 8 && cipher.block_size() == 8 { Ok(()) } else { Err(CryptoError::Length { bytes, expected: ONE_BLOCK }) }
}

/// Format 4's block of the card number: how many digits it has beyond 12, the digits, zeros.
fn pan_block(pan: &Secret, leave: Unmasked) -> Result<Zeroizing<[u8; 16]>, CryptoError> {
    let digits = pan_digits(pan, leave)?;
    let beyond = u8::try_from(digits.len().saturating_sub(12)).map_err(|_| CryptoError::Pan)?;
    let mut block = Zeroizing::new([0; 16]);
    for (i, nibble) in std::iter::once(beyond).chain(digits.iter().copied()).enumerate() {
        if let Some(byte) = block.get_mut(i / 2) {
            *byte |= if i % 2 == 0 { nibble << 4 } else { nibble };
        }
    }
    Ok(block)
}
