//! Sign-on keys under the terminal master key (TMK): unwrapped with their check values, and built for the laboratory.

use zeroize::Zeroizing;

use super::cipher::{Block, Cipher};
use super::error::CryptoError;
use super::kcv::{CheckValue, kcv, verify_kcv};
use super::key::Key;
use super::sign_on::{KeyRole, SignOn, SignOnLayout};

/// A working key taken out of a sign-on block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingKey {
    /// What it is for.
    pub role: KeyRole,
    /// The clear key: 8 bytes where the second half in the field was zero.
    pub key: Key,
    /// The check value that the key has.
    pub kcv: CheckValue,
    /// True when the host sent the same one. False: another master key, another cipher, or a damaged field.
    pub kcv_holds: bool,
}

/// Takes all keys out of a described block: ECB decryption under the master key, check values compared.
///
/// `field_62` must be the bytes that `sign_on` describes. A wrong master key is no error: every check value then fails.
pub fn unwrap(sign_on: &SignOn<'_>, field_62: &[u8], cipher: Cipher, master: &Key) -> Result<Vec<WorkingKey>, CryptoError> {
    if sign_on.parts.is_empty() || field_62.len() != sign_on.bytes {
        return Err(CryptoError::LayoutUnknown { bytes: field_62.len() });
    }
    let slice = |range: std::ops::Range<usize>| field_62.get(range).ok_or(CryptoError::LayoutUnknown { bytes: field_62.len() });
    sign_on
        .parts
        .iter()
        .map(|part| {
            // The zero half is filler, no cryptogram: deciphered it would be noise.
            let single = part.zero_half && cipher.block_size() == 8;
            let sealed = slice(part.key.start..if single { part.key.start.saturating_add(8) } else { part.key.end })?;
            let key = unwrap_key(cipher, master, sealed)?;
            let sent = slice(part.kcv.clone())?;
            let working = cipher_of_working_key(cipher);
            Ok(WorkingKey { role: part.role, kcv: kcv(working, &key, sent.len())?, kcv_holds: verify_kcv(working, &key, sent)?, key })
        })
        .collect()
}

/// Builds a block: each key under the master key, its check value behind it. A single-length key fills a place of 16 bytes with zeros.
pub fn build(layout: &SignOnLayout, cipher: Cipher, master: &Key, keys: &[(KeyRole, &Key)]) -> Result<Vec<u8>, CryptoError> {
    if layout.parts.is_empty() {
        return Err(CryptoError::LayoutUnknown { bytes: layout.bytes });
    }
    if let Some((role, _)) = keys.iter().find(|(role, _)| layout.parts.iter().all(|p| p.role != *role)) {
        return Err(CryptoError::RoleUnplaced { role: *role });
    }
    let mut out = Vec::new();
    for part in &layout.parts {
        let (_, key) = keys.iter().find(|(role, _)| *role == part.role).ok_or(CryptoError::RoleMissing { role: part.role })?;
        let zeros = part.key.checked_sub(key.len()).filter(|zeros| *zeros == 0 || (*zeros == 8 && key.len() == 8));
        let zeros = zeros.ok_or(CryptoError::Length { bytes: key.len(), expected: "a key that fills its place, or 8 bytes" })?;
        out.extend(wrap_key(cipher, master, key)?);
        out.extend(std::iter::repeat_n(0, zeros));
        out.extend(kcv(cipher_of_working_key(cipher), key, part.kcv)?.as_bytes());
    }
    Ok(out)
}

/// Takes one key from under another: ECB decryption. `sealed` is 8, 16, 24 or 32 bytes in whole blocks.
pub fn unwrap_key(cipher: Cipher, master: &Key, sealed: &[u8]) -> Result<Key, CryptoError> {
    let mut bytes = Zeroizing::new(sealed.to_vec());
    Block::new(cipher, master)?.decrypt(&mut bytes)?;
    Key::new(bytes)
}

/// Puts one key under another: ECB encryption.
pub fn wrap_key(cipher: Cipher, master: &Key, key: &Key) -> Result<Vec<u8>, CryptoError> {
    let mut bytes = Zeroizing::new(key.bytes().to_vec());
    Block::new(cipher, master)?.encrypt(&mut bytes)?;
    Ok(bytes.to_vec())
}

/// Under a single-length master key, the working keys may still be of double length.
fn cipher_of_working_key(master: Cipher) -> Cipher {
    if master == Cipher::Des { Cipher::TripleDes } else { master }
}
