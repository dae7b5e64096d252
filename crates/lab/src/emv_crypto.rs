//! The cryptography between a bank and its chip: keys from keys, cryptograms from data. The lab's card makes them, its host checks them.
//!
//! ```text
//! issuer master key ─ option A ─► card master key ─ common session key ─► session key of one transaction ─► ARQC, TC, AAC; ARPC
//! ```
//! EMV Book 2 v4.3: A1.4.1 (option A), A1.3 (session keys), 8.1 (cryptograms: X9.19, padding method 2), 8.2.1 (ARPC method 1). Triple DES.

use posdx_wire::crypto::{Cipher, CryptoError, Key, MacMethod, MacResult, MacScheme, mac, wrap_key};

use crate::lab_values;

/// What goes into a cryptogram, in the order in which it goes in: the data that every card type of the lab asks for in its CDOL1, and what
/// the card adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CryptogramData {
    /// `9F02`: amount authorised in fen, 12 packed digits.
    pub amount: [u8; 6],
    /// `9F03`: other amount.
    pub amount_other: [u8; 6],
    /// `9F1A`: country of the terminal.
    pub country: [u8; 2],
    /// `95`: terminal verification results.
    pub tvr: [u8; 5],
    /// `5F2A`: currency.
    pub currency: [u8; 2],
    /// `9A`: date, YYMMDD.
    pub date: [u8; 3],
    /// `9C`: transaction type.
    pub kind: u8,
    /// `9F37`: unpredictable number.
    pub unpredictable: [u8; 4],
    /// `82`: application interchange profile.
    pub aip: [u8; 2],
    /// `9F36`: application transaction counter.
    pub atc: [u8; 2],
    /// Card verification results, bytes 4 to 7 of `9F10`.
    pub cvr: [u8; 4],
}

impl CryptogramData {
    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(48);
        for part in [
            &self.amount[..],
            &self.amount_other,
            &self.country,
            &self.tvr,
            &self.currency,
            &self.date,
            &[self.kind],
            &self.unpredictable,
            &self.aip,
            &self.atc,
            &self.cvr,
        ] {
            out.extend_from_slice(part);
        }
        out
    }
}

/// A bank's master key for cryptograms. A test key: it follows from the bank's institution code, so that host and card need no exchange.
pub fn issuer_master_key(institution: &str) -> Result<Key, CryptoError> {
    lab_values::test_key("issuer master key", institution)
}

/// The master key of one card (EMV Book 2 A1.4.1, option A), with odd parity. `pan` are digits, `sequence` is the card sequence number.
pub fn card_master_key(issuer: &Key, pan: &str, sequence: u8) -> Result<Key, CryptoError> {
    let digits = format!("{pan}{:02}", sequence % 100);
    // The rightmost 16 digits, zeros in front where there are fewer.
    let y: Vec<u8> = digits.bytes().rev().filter(u8::is_ascii_digit).map(|b| b - b'0').chain(std::iter::repeat(0)).take(16).collect();
    let mut blocks: Vec<u8> = y.chunks(2).rev().map(|pair| pair.iter().rev().fold(0, |byte, digit| byte << 4 | digit)).collect();
    let inverse: Vec<u8> = blocks.iter().map(|b| !b).collect();
    blocks.extend(inverse);
    let key = wrap_key(Cipher::TripleDes, issuer, &Key::from_bytes(&blocks)?)?;
    Key::from_bytes(&key.into_iter().map(odd).collect::<Vec<u8>>())
}

/// The key of one transaction (EMV Book 2 A1.3, common session key), from the card's transaction counter.
pub fn session_key(card: &Key, atc: u16) -> Result<Key, CryptoError> {
    let [high, low] = atc.to_be_bytes();
    let blocks = [high, low, 0xF0, 0, 0, 0, 0, 0, high, low, 0x0F, 0, 0, 0, 0, 0];
    let key = wrap_key(Cipher::TripleDes, card, &Key::from_bytes(&blocks)?)?;
    Key::from_bytes(&key.into_iter().map(odd).collect::<Vec<u8>>())
}

/// The cryptogram over the data (ARQC, TC and AAC are made alike; what it is stands in the card's answer, not in the cryptogram).
pub fn cryptogram(session: &Key, data: &CryptogramData) -> Result<[u8; 8], CryptoError> {
    let mut bytes = data.bytes();
    bytes.push(0x80);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    let scheme = MacScheme {
        id: "cryptogram".into(),
        title: posdx_model::Text::new("应用密文", "application cryptogram"),
        cipher: Cipher::TripleDes,
        method: MacMethod::X919,
        result: MacResult::Raw8,
    };
    first_8(mac(&scheme, session, &bytes)?.as_bytes())
}

/// The bank's answer to a cryptogram (ARPC, method 1): `response` is field 39, two ASCII characters.
pub fn response_cryptogram(session: &Key, arqc: [u8; 8], response: [u8; 2]) -> Result<[u8; 8], CryptoError> {
    let mut block = arqc;
    for (byte, code) in block.iter_mut().zip(response) {
        *byte ^= code;
    }
    first_8(&wrap_key(Cipher::TripleDes, session, &Key::from_bytes(&block)?)?)
}

/// `9F10` of the lab's cards: length, key index, cryptogram version, verification results, algorithm.
pub fn issuer_application_data(cvr: [u8; 4]) -> [u8; 8] {
    let [a, b, c, d] = cvr;
    [0x07, 0x01, 0x05, a, b, c, d, 0x01]
}

fn first_8(bytes: &[u8]) -> Result<[u8; 8], CryptoError> {
    bytes.first_chunk().copied().ok_or(CryptoError::Length { bytes: bytes.len(), expected: "8 bytes" })
}

/// DES keys carry odd parity in their lowest bits.
fn odd(byte: u8) -> u8 {
    if byte.count_ones() % 2 == 1 { byte } else { byte ^ 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02X}")).collect()
    }

    fn key_hex(key: &Key) -> String {
        hex(key.reveal(lab_values::leave()))
    }

    fn data(atc: u16) -> CryptogramData {
        CryptogramData {
            amount: [0, 0, 0, 0, 0x10, 0],
            country: [1, 0x56],
            currency: [1, 0x56],
            date: [0x26, 0x11, 0x24],
            unpredictable: [0x11, 0x22, 0x33, 0x44],
            aip: [0x7C, 0],
            atc: atc.to_be_bytes(),
            cvr: [3, 0xA0, 0xA0, 2],
            ..CryptogramData::default()
        }
    }

    // Expected values were made with pyemv 1.5, an implementation of EMV Book 2 that has nothing in common with this one.
    #[test]
    fn another_implementation_gives_the_same() {
        let issuer = Key::from_hex("0123456789ABCDEFFEDCBA9876543210").unwrap();
        for (pan, sequence, master, sessions) in VECTORS {
            let card = card_master_key(&issuer, pan, *sequence).unwrap();
            assert_eq!(key_hex(&card), *master);
            for (atc, session, arqc, arpc) in *sessions {
                let key = session_key(&card, *atc).unwrap();
                assert_eq!(key_hex(&key), *session);
                let made = cryptogram(&key, &data(*atc)).unwrap();
                assert_eq!(hex(&made), *arqc);
                assert_eq!(hex(&response_cryptogram(&key, made, *b"00").unwrap()), *arpc);
            }
        }
    }

    type Session = (u16, &'static str, &'static str, &'static str);
    const VECTORS: &[(&str, u8, &str, &[Session])] = &[
        (
            "6200000000010012",
            0,
            "DA861F5D4C6886F27AC2F41646708A6B",
            &[
                (1, "0E4604688FF791208F94B9463BEA7F68", "C15B13680CFB2A8C", "2482C0448CDB57CD"),
                (255, "EC58498FC1D6044A79EC6BC7A4F84538", "AC101CAD7316B8F3", "6312354F4486B1DA"),
            ],
        ),
        (
            "6200000000010020",
            1,
            "319E9775F2014FCB62D685BF5EE0C73B",
            &[
                (1, "3E49B5E05410F81FAB34B96D07C86D94", "EF59EEE4B7E3A593", "DC24C7B9FE8D74F1"),
                (255, "8F37838C794AF86126C462B3ABBF011F", "AB773B0FF1C3AB93", "3B1FAAA737E35047"),
            ],
        ),
    ];

    #[test]
    fn every_input_matters() {
        let key = session_key(&card_master_key(&issuer_master_key("99010000").unwrap(), "6200000000010012", 1).unwrap(), 1).unwrap();
        let plain = cryptogram(&key, &data(1)).unwrap();
        let mut other = data(1);
        other.amount[5] = 1;
        assert_ne!(cryptogram(&key, &other).unwrap(), plain);
        assert_ne!(cryptogram(&key, &data(2)).unwrap(), plain);
        assert_ne!(response_cryptogram(&key, plain, *b"00").unwrap(), response_cryptogram(&key, plain, *b"05").unwrap());
    }
}
