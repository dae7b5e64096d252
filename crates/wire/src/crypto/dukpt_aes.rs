//! DUKPT with AES (ANSI X9.24-3:2017): the same idea as with triple DES, with one derivation for everything.

use std::fmt;

use zeroize::Zeroizing;

use super::cipher::{Block, Cipher};
use super::error::CryptoError;
use super::hex;
use super::key::Key;

posdx_model::words! {
    /// What a working key is for (X9.24-3, table of key usage indicators).
    AesUse {
        /// Enciphers other keys.
        KeyEncryption = "key-encryption",
        /// Enciphers the PIN.
        Pin = "pin",
        /// Makes MACs on the side of the device.
        MacGeneration = "mac-generation",
        /// Checks MACs on the side of the device: those of the host.
        MacVerification = "mac-verification",
        /// MACs both ways.
        MacBoth = "mac-both",
        /// Enciphers data on the side of the device.
        DataEncryption = "data-encryption",
        /// Deciphers data on the side of the device: that of the host.
        DataDecryption = "data-decryption",
        /// Data both ways.
        DataBoth = "data-both",
    }
}

posdx_model::words! {
    /// What cipher a working key is for (X9.24-3, table of algorithm indicators).
    AesKeyType {
        /// Triple DES with two keys, 16 bytes.
        Tdes2 = "3des-2",
        /// Triple DES with three keys, 24 bytes.
        Tdes3 = "3des-3",
        /// AES with 16 bytes.
        Aes128 = "aes-128",
        /// AES with 24 bytes.
        Aes192 = "aes-192",
        /// AES with 32 bytes.
        Aes256 = "aes-256",
    }
}

impl AesUse {
    fn indicator(self) -> u16 {
        match self {
            AesUse::KeyEncryption => 0x0002,
            AesUse::Pin => 0x1000,
            AesUse::MacGeneration => 0x2000,
            AesUse::MacVerification => 0x2001,
            AesUse::MacBoth => 0x2002,
            AesUse::DataEncryption => 0x3000,
            AesUse::DataDecryption => 0x3001,
            AesUse::DataBoth => 0x3002,
        }
    }
}

const DERIVES: u16 = 0x8000;
const DERIVES_INITIAL: u16 = 0x8001;

impl AesKeyType {
    /// The algorithm indicator and the bytes of the key.
    fn shape(self) -> (u16, u16) {
        match self {
            AesKeyType::Tdes2 => (0, 16),
            AesKeyType::Tdes3 => (1, 24),
            AesKeyType::Aes128 => (2, 16),
            AesKeyType::Aes192 => (3, 24),
            AesKeyType::Aes256 => (4, 32),
        }
    }

    /// The type of an AES key of this length.
    fn of(key: &Key) -> Result<AesKeyType, CryptoError> {
        match key.len() {
            16 => Ok(AesKeyType::Aes128),
            24 => Ok(AesKeyType::Aes192),
            32 => Ok(AesKeyType::Aes256),
            bytes => Err(CryptoError::KeyForCipher { cipher: Cipher::Aes, bytes, expected: "16, 24 or 32 bytes" }),
        }
    }
}

/// A key serial number of AES DUKPT, 12 bytes: the base key's id (4), the derivation id (4), the transaction counter (4). No secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AesKsn {
    /// The initial key id: the base key's id and the derivation id.
    pub initial_key_id: [u8; 8],
    /// The transaction counter; 0 for the initial key.
    pub counter: u32,
}

impl AesKsn {
    /// Takes 12 bytes.
    pub fn parse(bytes: &[u8]) -> Result<AesKsn, CryptoError> {
        let wrong = CryptoError::Length { bytes: bytes.len(), expected: "a key serial number of 12 bytes" };
        let [a, b, c, d, e, f, g, h, i, j, k, l] = <[u8; 12]>::try_from(bytes).map_err(|_| wrong)?;
        Ok(AesKsn { initial_key_id: [a, b, c, d, e, f, g, h], counter: u32::from_be_bytes([i, j, k, l]) })
    }

    /// Reads hexadecimal text.
    pub fn from_hex(text: &str) -> Result<AesKsn, CryptoError> {
        AesKsn::parse(&hex::read(text, 12)?)
    }

    /// True when a device that keeps to the standard can have this counter: 1 to 16 bits are one.
    pub fn counter_is_regular(&self) -> bool {
        (1..=16).contains(&self.counter.count_ones())
    }

    /// The last 8 bytes of the derivation data of a working key: derivation id and counter.
    fn context(&self, counter: u32) -> [u8; 8] {
        let [_, _, _, _, a, b, c, d] = self.initial_key_id;
        let [w, x, y, z] = counter.to_be_bytes();
        [a, b, c, d, w, x, y, z]
    }
}

impl fmt::Display for AesKsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(f, &self.initial_key_id)?;
        write!(f, "{:08X}", self.counter)
    }
}

impl fmt::Debug for AesKsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AesKsn({self})")
    }
}

/// The initial key of a device, of the base derivation key's own length. The counter does not matter.
pub fn aes_initial_key(base: &Key, ksn: &AesKsn) -> Result<Key, CryptoError> {
    derive(base, DERIVES_INITIAL, AesKeyType::of(base)?, ksn.initial_key_id)
}

/// The key of one transaction for one use and cipher, from the device's initial key. Errors when the counter is zero.
///
/// The standard does not let a key be stronger than the one it comes from; whether that is so is left to the caller.
pub fn aes_working_key(initial: &Key, ksn: &AesKsn, purpose: AesUse, key_type: AesKeyType) -> Result<Key, CryptoError> {
    if ksn.counter == 0 {
        return Err(CryptoError::CounterZero);
    }
    let derivation_type = AesKeyType::of(initial)?;
    let mut key = initial.clone();
    let mut so_far = 0;
    for bit in (0..u32::BITS).rev().map(|shift| 1 << shift).filter(|bit| ksn.counter & bit != 0) {
        so_far |= bit;
        key = derive(&key, DERIVES, derivation_type, ksn.context(so_far))?;
    }
    derive(&key, purpose.indicator(), key_type, ksn.context(ksn.counter))
}

/// Enciphers as many numbered blocks of derivation data as the new key needs (X9.24-3, 6.3.2 and 6.3.3).
fn derive(key: &Key, usage: u16, key_type: AesKeyType, context: [u8; 8]) -> Result<Key, CryptoError> {
    let (algorithm, bytes) = key_type.shape();
    let aes = Block::new(Cipher::Aes, key)?;
    let mut out = Zeroizing::new(Vec::with_capacity(32));
    for number in 1..=bytes.div_ceil(16) {
        // Version 1, block number, usage, algorithm, length in bits; the block number has one byte and is 1 or 2.
        let words = [0x0100 | number, usage, algorithm, bytes * 8];
        let mut block = Zeroizing::new([0; 16]);
        let data = words.iter().flat_map(|w| w.to_be_bytes()).chain(context);
        block.iter_mut().zip(data).for_each(|(place, byte)| *place = byte);
        aes.encrypt(&mut block[..])?;
        out.extend(block.iter());
    }
    out.truncate(usize::from(bytes));
    Key::new(out)
}
