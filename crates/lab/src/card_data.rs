//! What stands on the stripe and in the chip of a lab card: the second track with its verification value. Terminal and host both make it,
//! the one to send it, the other to check it.

use posdx_wire::crypto::{Cipher, CryptoError, Key, unwrap_key, wrap_key};

use crate::cast::{Card, Issuer};
use crate::lab_values;

/// Card sequence number of every chip of the lab (`5F34`, field 23).
pub const SEQUENCE: u8 = 1;

/// Service code that a chip's own verification value is made with, so that a stripe written from chip data is found out.
const CHIP_SERVICE: &str = "999";

/// Second track of the stripe as field 35 has it: `PAN D YYMM service 00000 CVN 00`. Card data: never print it.
///
/// # Errors
/// None for a card of a checked cast.
pub fn stripe_track(issuer: &Issuer, card: &Card) -> Result<String, CryptoError> {
    track(issuer, card, &card.service)
}

/// Track 2 equivalent data of the chip (`57`): as the stripe, with the chip's own verification value. Card data: never print it.
///
/// # Errors
/// None for a card of a checked cast.
pub fn chip_track(issuer: &Issuer, card: &Card) -> Result<String, CryptoError> {
    track(issuer, card, CHIP_SERVICE)
}

fn track(issuer: &Issuer, card: &Card, service: &str) -> Result<String, CryptoError> {
    let value = verification_value(&issuer_value_key(issuer)?, &card.pan, &card.expiry, service)?;
    Ok(format!("{}D{}{}00000{value}00", card.pan, card.expiry, card.service))
}

/// The bank's test key for verification values.
///
/// # Errors
/// None in practice.
pub fn issuer_value_key(issuer: &Issuer) -> Result<Key, CryptoError> {
    lab_values::test_key("verification values", &issuer.institution)
}

/// The verification value of three digits (CVN, CVV): number, expiry and service code as one block of digits, DES with both halves of the
/// key, the decimal letters of the result first, then the others less ten.
///
/// # Errors
/// The key is not of double length, or the digits are none.
pub fn verification_value(key: &Key, pan: &str, expiry: &str, service: &str) -> Result<String, CryptoError> {
    let mut digits: String = [pan, expiry, service].concat();
    digits.truncate(32);
    let digits = format!("{digits:0<32}");
    let (front, back) = digits.split_at_checked(16).ok_or(CryptoError::Pan)?;
    let (front, back) = (Key::from_hex(front)?, Key::from_hex(back)?);
    let leave = lab_values::leave();
    let (left, right) = key.reveal(leave).split_at_checked(8).ok_or(CryptoError::KeyLength { bytes: key.len() })?;
    let (left, right) = (Key::from_bytes(left)?, Key::from_bytes(right)?);
    let mut block = wrap_key(Cipher::Des, &left, &front)?;
    block.iter_mut().zip(back.reveal(leave)).for_each(|(a, b)| *a ^= b);
    let block = wrap_key(Cipher::Des, &left, &Key::from_bytes(&block)?)?;
    let block = unwrap_key(Cipher::Des, &right, &block)?;
    let block = wrap_key(Cipher::Des, &left, &block)?;
    let nibbles = || block.iter().flat_map(|b| [b >> 4, b & 0x0F]);
    let decimals = nibbles().filter(|n| *n < 10).chain(nibbles().filter(|n| *n > 9).map(|n| n - 10));
    Ok(decimals.take(3).map(|n| char::from(b'0' + n)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::Cast;

    #[test]
    fn the_published_value_comes_out() {
        // IBM z/OS ICSF and several HSM manuals print this example.
        let key = Key::from_hex("0123456789ABCDEFFEDCBA9876543210").unwrap();
        assert_eq!(verification_value(&key, "4123456789012345", "8701", "101").unwrap(), "561");
    }

    #[test]
    fn stripe_and_chip_differ_only_in_the_value() {
        let cast = Cast::shipped();
        let (card, issuer) = (&cast.cards[1], &cast.issuers[1]);
        let (stripe, chip) = (stripe_track(issuer, card).unwrap(), chip_track(issuer, card).unwrap());
        assert_eq!((stripe.len(), stripe.find('D')), (34, Some(16)));
        assert_ne!(stripe, chip);
        assert_eq!(stripe[..29], chip[..29]);
    }
}
