//! DUKPT with triple DES (ANSI X9.24-1:2009): a key for every transaction from a base derivation key and a serial number.

use std::fmt;

use zeroize::Zeroizing;

use super::cipher::{Block, Cipher, xor};
use super::error::CryptoError;
use super::hex;
use super::key::Key;

/// Bits of the transaction counter.
const COUNTER_BITS: u32 = 21;
const COUNTER_MASK: u32 = (1 << COUNTER_BITS) - 1;
/// Ones that a counter may have: the device jumps over the others, so that no key takes more steps than this.
const MOST_ONES: u32 = 10;
/// What makes the other half of a key differ (X9.24-1 annex A).
const HALF_MASK: [u8; 16] = [0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0, 0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0];

posdx_model::words! {
    /// What a transaction key is turned into (X9.24-1 annex A, table of variants).
    TdesUse {
        /// Enciphers the PIN.
        Pin = "pin",
        /// MAC of the request, or both ways.
        MacRequest = "mac-request",
        /// MAC of the response.
        MacResponse = "mac-response",
        /// Enciphers data of the request, or both ways.
        DataRequest = "data-request",
        /// Enciphers data of the response.
        DataResponse = "data-response",
    }
}

impl TdesUse {
    /// The byte, counted from 0, that is turned over in either half of the key.
    fn turned(self) -> usize {
        match self {
            TdesUse::Pin => 7,
            TdesUse::MacRequest => 6,
            TdesUse::DataRequest => 5,
            TdesUse::MacResponse => 4,
            TdesUse::DataResponse => 3,
        }
    }

    /// Data keys are enciphered with themselves once more, so that they do not give away the others.
    fn one_way(self) -> bool {
        matches!(self, TdesUse::DataRequest | TdesUse::DataResponse)
    }
}

/// A key serial number: which base key, which device, which transaction. It travels in clear and is no secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ksn([u8; 10]);

impl Ksn {
    /// Takes 10 bytes; of fewer, down to 8, the left is filled with `FF`, as terminals that cut it off do.
    pub fn parse(bytes: &[u8]) -> Result<Ksn, CryptoError> {
        let wrong = CryptoError::Length { bytes: bytes.len(), expected: "a key serial number of 8 to 10 bytes" };
        let mut ksn = [0xFF; 10];
        let place = 10usize.checked_sub(bytes.len()).filter(|missing| *missing <= 2).and_then(|missing| ksn.get_mut(missing..));
        place.ok_or(wrong)?.copy_from_slice(bytes);
        Ok(Ksn(ksn))
    }

    /// Reads hexadecimal text.
    pub fn from_hex(text: &str) -> Result<Ksn, CryptoError> {
        Ksn::parse(&hex::read(text, 10)?)
    }

    /// Which base derivation key: the first 5 bytes, by the usual division (X9.24-1 leaves it to the acquirer).
    pub fn key_set_id(&self) -> [u8; 5] {
        let [a, b, c, d, e, ..] = self.0;
        [a, b, c, d, e]
    }

    /// Which device: the 19 bits before the counter, by the usual division.
    pub fn device_id(&self) -> u32 {
        let [.., a, b, c, d, e] = self.0;
        // 40 bits less 21 leave 19, which fit.
        u32::try_from(u64::from_be_bytes([0, 0, 0, a, b, c, d, e]) >> COUNTER_BITS).unwrap_or(0)
    }

    /// Which transaction: the last 21 bits; 0 for the initial key.
    pub fn counter(&self) -> u32 {
        let [.., a, b, c] = self.0;
        u32::from_be_bytes([0, a, b, c]) & COUNTER_MASK
    }

    /// True when a device that keeps to the standard can have this counter: one to ten bits are one.
    pub fn counter_is_regular(&self) -> bool {
        (1..=MOST_ONES).contains(&self.counter().count_ones())
    }

    /// The same device with another counter; only its low 21 bits count.
    pub fn with_counter(&self, counter: u32) -> Ksn {
        let mut ksn = self.0;
        let [.., a, b, c] = &mut ksn;
        let [_, x, y, z] = (counter & COUNTER_MASK).to_be_bytes();
        (*a, *b, *c) = (*a & 0xE0 | x, y, z);
        Ksn(ksn)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 10] {
        &self.0
    }

    /// The right 8 bytes with a given counter: what goes into the key generation.
    fn register(&self, counter: u32) -> [u8; 8] {
        let [_, _, a, b, c, d, e, f, g, h] = self.with_counter(counter).0;
        [a, b, c, d, e, f, g, h]
    }
}

impl fmt::Display for Ksn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(f, &self.0)
    }
}

impl fmt::Debug for Ksn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ksn({self})")
    }
}

/// A key of two halves while it is being worked on.
type Pair = Zeroizing<[u8; 16]>;

fn pair(key: &Key) -> Result<Pair, CryptoError> {
    let wrong = CryptoError::KeyForCipher { cipher: Cipher::TripleDes, bytes: key.len(), expected: "16 bytes for DUKPT" };
    <[u8; 16]>::try_from(key.bytes()).map(Zeroizing::new).map_err(|_| wrong)
}

fn masked(key: &Pair, mask: &[u8]) -> Pair {
    let mut out = key.clone();
    xor(&mut out[..], mask);
    out
}

/// The initial key of a device (IPEK) from the base derivation key (BDK) of 16 bytes. The counter does not matter.
pub fn initial_key(base: &Key, ksn: &Ksn) -> Result<Key, CryptoError> {
    let base = pair(base)?;
    let [a, b, c, d, e, f, g, h, ..] = ksn.with_counter(0).0;
    let mut out = Zeroizing::new(Vec::with_capacity(16));
    for key in [base.clone(), masked(&base, &HALF_MASK)] {
        let mut half = Zeroizing::new([a, b, c, d, e, f, g, h]);
        Block::new(Cipher::TripleDes, &Key::from_bytes(&key[..])?)?.encrypt(&mut half[..])?;
        out.extend(half.iter());
    }
    Key::new(out)
}

/// The key of one transaction before its use is put in (X9.24-1 annex A, "derived key"): one step for each one bit of the counter.
pub fn base_key(initial: &Key, ksn: &Ksn) -> Result<Key, CryptoError> {
    if ksn.counter() == 0 {
        return Err(CryptoError::CounterZero);
    }
    let mut key = pair(initial)?;
    let mut so_far = 0;
    for bit in (0..COUNTER_BITS).rev().map(|shift| 1 << shift).filter(|bit| ksn.counter() & bit != 0) {
        so_far |= bit;
        key = step(&key, &ksn.register(so_far))?;
    }
    Key::from_bytes(&key[..])
}

/// The key of one transaction for one use, from the device's initial key. Errors when the counter is zero.
pub fn working_key(initial: &Key, ksn: &Ksn, purpose: TdesUse) -> Result<Key, CryptoError> {
    let mut key = pair(&base_key(initial, ksn)?)?;
    let turned = purpose.turned();
    for (i, byte) in key.iter_mut().enumerate() {
        if i % 8 == turned {
            *byte ^= 0xFF;
        }
    }
    if purpose.one_way() {
        let block = Block::new(Cipher::TripleDes, &Key::from_bytes(&key[..])?)?;
        block.encrypt(&mut key[..])?;
    }
    Key::from_bytes(&key[..])
}

/// The non-reversible key generation: the register, mixed with the right half, enciphered under the left, twice.
fn step(key: &Pair, register: &[u8; 8]) -> Result<Pair, CryptoError> {
    let mut out = Zeroizing::new([0; 16]);
    let (new_left, new_right) = out.split_at_mut(8);
    for (place, key) in [(new_right, key.clone()), (new_left, masked(key, &HALF_MASK))] {
        let (left, right) = key.split_at(8);
        place.copy_from_slice(register);
        xor(place, right);
        Block::new(Cipher::Des, &Key::from_bytes(left)?)?.encrypt(place)?;
        xor(place, right);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_divided() {
        let ksn = Ksn::from_hex("FFFF 9876 5432 10E0 0008").unwrap();
        assert_eq!(ksn.key_set_id(), [0xFF, 0xFF, 0x98, 0x76, 0x54]);
        assert_eq!((ksn.device_id(), ksn.counter()), (0x3210E00000u64.checked_shr(21).unwrap() as u32, 8));
        assert_eq!(ksn.with_counter(0x1F_FFFF).to_string(), "FFFF9876543210FFFFFF");
        assert_eq!(ksn.with_counter(u32::MAX).device_id(), ksn.device_id());
        assert_eq!(ksn.with_counter(u32::MAX).with_counter(8), ksn);
        assert_eq!(Ksn::from_hex("9876543210E00008"), Ok(ksn));
        assert!(Ksn::from_hex("76543210E00008").is_err());
        assert!(Ksn::from_hex("00FFFF9876543210E00008").is_err());
    }

    #[test]
    fn devices_jump_over_counters_of_many_ones() {
        let ksn = Ksn::from_hex("FFFF9876543210E00000").unwrap();
        assert!(!ksn.counter_is_regular());
        assert!(ksn.with_counter(0x3FF).counter_is_regular());
        assert!(!ksn.with_counter(0x7FF).counter_is_regular());
    }
}
