//! The block ciphers behind one face: key and cipher in, blocks through.

use aes::cipher::common::array::Array;
use aes::cipher::{Block as CipherBlock, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use cmac::block_api::CmacCipher;
use cmac::{Cmac, Mac};
use des::{Des, TdesEde2, TdesEde3};
use sm4::Sm4;

use super::error::CryptoError;
use super::key::Key;

posdx_model::words! {
    /// A block cipher.
    Cipher {
        /// Single DES (FIPS 46-3): a key of 8 bytes.
        Des = "des",
        /// Triple DES (NIST SP 800-67), encrypt-decrypt-encrypt: 16 bytes (two keys) or 24 (three). A single-length key means DES.
        TripleDes = "3des",
        /// SM4 (GB/T 32907): a key of 16 bytes.
        Sm4 = "sm4",
        /// AES (FIPS 197): 16, 24 or 32 bytes.
        Aes = "aes",
    }
}

/// Bytes of the largest block.
pub(super) const LARGEST_BLOCK: usize = 16;

impl Cipher {
    /// Bytes of a block: 8 or 16.
    pub fn block_size(self) -> usize {
        match self {
            Cipher::Des | Cipher::TripleDes => 8,
            Cipher::Sm4 | Cipher::Aes => 16,
        }
    }

    fn takes(self) -> &'static str {
        match self {
            Cipher::Des => "8 bytes, or 16 whose second half is zero or equal to the first",
            Cipher::TripleDes => "8, 16 or 24 bytes",
            Cipher::Sm4 => "16 bytes",
            Cipher::Aes => "16, 24 or 32 bytes",
        }
    }
}

/// A cipher with its key, ready for blocks.
pub(super) struct Block(Box<dyn Engine>);

/// What every cipher can do, whatever its types. `None` means that the slice is not one block.
trait Engine {
    fn seal(&self, block: &mut [u8]) -> Option<()>;
    fn open(&self, block: &mut [u8]) -> Option<()>;
    fn size(&self) -> usize;
}

impl<C: BlockCipherEncrypt + BlockCipherDecrypt> Engine for C {
    fn seal(&self, block: &mut [u8]) -> Option<()> {
        let block: &mut CipherBlock<C> = <&mut Array<u8, _>>::try_from(block).ok()?;
        self.encrypt_block(block);
        Some(())
    }

    fn open(&self, block: &mut [u8]) -> Option<()> {
        let block: &mut CipherBlock<C> = <&mut Array<u8, _>>::try_from(block).ok()?;
        self.decrypt_block(block);
        Some(())
    }

    fn size(&self) -> usize {
        C::block_size()
    }
}

/// What is done with the cipher that key and name choose.
trait Use {
    type Out;
    fn with<C>(self, key: &[u8]) -> Option<Self::Out>
    where
        C: KeyInit + BlockCipherEncrypt + BlockCipherDecrypt + CmacCipher + 'static;
}

/// The one place where name and key length choose an implementation.
fn choose<U: Use>(cipher: Cipher, key: &Key, what: U) -> Result<U::Out, CryptoError> {
    let bytes = key.bytes();
    let out = match (cipher, bytes.len()) {
        (Cipher::Des | Cipher::TripleDes, _) if key.is_single_length() => bytes.get(..8).and_then(|single| what.with::<Des>(single)),
        (Cipher::TripleDes, 16) => what.with::<TdesEde2>(bytes),
        (Cipher::TripleDes, 24) => what.with::<TdesEde3>(bytes),
        (Cipher::Sm4, 16) => what.with::<Sm4>(bytes),
        (Cipher::Aes, 16) => what.with::<Aes128>(bytes),
        (Cipher::Aes, 24) => what.with::<Aes192>(bytes),
        (Cipher::Aes, 32) => what.with::<Aes256>(bytes),
        _ => None,
    };
    out.ok_or(CryptoError::KeyForCipher { cipher, bytes: bytes.len(), expected: cipher.takes() })
}

struct Boxed;

impl Use for Boxed {
    type Out = Block;
    fn with<C>(self, key: &[u8]) -> Option<Block>
    where
        C: KeyInit + BlockCipherEncrypt + BlockCipherDecrypt + CmacCipher + 'static,
    {
        Some(Block(Box::new(C::new_from_slice(key).ok()?)))
    }
}

struct CmacOf<'a>(&'a [u8]);

impl Use for CmacOf<'_> {
    type Out = Vec<u8>;
    fn with<C>(self, key: &[u8]) -> Option<Vec<u8>>
    where
        C: KeyInit + BlockCipherEncrypt + BlockCipherDecrypt + CmacCipher + 'static,
    {
        let mut mac = <Cmac<C> as KeyInit>::new_from_slice(key).ok()?;
        Mac::update(&mut mac, self.0);
        Some(mac.finalize().into_bytes().to_vec())
    }
}

/// CMAC of `data`, whole (NIST SP 800-38B; ISO/IEC 9797-1 algorithm 5).
pub(super) fn cmac(cipher: Cipher, key: &Key, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
    choose(cipher, key, CmacOf(data))
}

impl Block {
    pub(super) fn new(cipher: Cipher, key: &Key) -> Result<Block, CryptoError> {
        choose(cipher, key, Boxed)
    }

    /// Encrypts whole blocks one by one (ECB), in place.
    pub(super) fn encrypt(&self, data: &mut [u8]) -> Result<(), CryptoError> {
        self.each(data, |engine, block| engine.seal(block))
    }

    /// Decrypts whole blocks one by one (ECB), in place.
    pub(super) fn decrypt(&self, data: &mut [u8]) -> Result<(), CryptoError> {
        self.each(data, |engine, block| engine.open(block))
    }

    fn each(&self, data: &mut [u8], step: impl Fn(&dyn Engine, &mut [u8]) -> Option<()>) -> Result<(), CryptoError> {
        let bytes = data.len();
        let done = bytes.is_multiple_of(self.0.size()) && data.chunks_exact_mut(self.0.size()).all(|b| step(self.0.as_ref(), b).is_some());
        if done { Ok(()) } else { Err(CryptoError::Length { bytes, expected: "whole blocks of the cipher" }) }
    }

    /// Bytes of a block.
    pub(super) fn size(&self) -> usize {
        self.0.size()
    }
}

/// XORs `other` into `into`, as far as both reach.
pub(super) fn xor(into: &mut [u8], other: &[u8]) {
    into.iter_mut().zip(other).for_each(|(a, b)| *a ^= b);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        super::super::hex::read(hex, 64).unwrap().to_vec()
    }

    #[test]
    fn published_blocks_come_out() {
        // FIPS 46-3 worked example; NIST SP 800-67 annex B; GB/T 32907 annex A; FIPS 197 annex C.
        for (cipher, key, clear, sealed) in [
            (Cipher::Des, "133457799BBCDFF1", "0123456789ABCDEF", "85E813540F0AB405"),
            (Cipher::TripleDes, "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123", "5468652071756663", "A826FD8CE53B855F"),
            (Cipher::Sm4, "0123456789ABCDEFFEDCBA9876543210", "0123456789ABCDEFFEDCBA9876543210", "681EDF34D206965E86B3E94F536E4246"),
            (Cipher::Aes, "000102030405060708090A0B0C0D0E0F", "00112233445566778899AABBCCDDEEFF", "69C4E0D86A7B0430D8CDB78070B4C55A"),
            (
                Cipher::Aes,
                "000102030405060708090A0B0C0D0E0F1011121314151617",
                "00112233445566778899AABBCCDDEEFF",
                "DDA97CA4864CDFE06EAF70A0EC0D7191",
            ),
            (
                Cipher::Aes,
                "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
                "00112233445566778899AABBCCDDEEFF",
                "8EA2B7CA516745BFEAFC49904B496089",
            ),
        ] {
            let block = Block::new(cipher, &Key::from_hex(key).unwrap()).unwrap();
            let mut data = bytes(clear);
            block.encrypt(&mut data).unwrap();
            assert_eq!(data, bytes(sealed), "{cipher}");
            block.decrypt(&mut data).unwrap();
            assert_eq!(data, bytes(clear), "{cipher}");
        }
    }

    #[test]
    fn a_single_length_key_means_des() {
        let of = |cipher, key: &str| {
            let mut data = bytes("0123456789ABCDEF");
            Block::new(cipher, &Key::from_hex(key).unwrap()).unwrap().encrypt(&mut data).unwrap();
            data
        };
        let single = of(Cipher::Des, "133457799BBCDFF1");
        assert_eq!(of(Cipher::TripleDes, "133457799BBCDFF1"), single);
        assert_eq!(of(Cipher::TripleDes, "133457799BBCDFF10000000000000000"), single);
        assert_eq!(of(Cipher::TripleDes, "133457799BBCDFF1133457799BBCDFF1"), single);
        assert_ne!(of(Cipher::TripleDes, "133457799BBCDFF10000000000000001"), single);
    }

    #[test]
    fn a_key_that_does_not_fit_is_refused() {
        let double = Key::from_hex("0123456789ABCDEFFEDCBA9876543210").unwrap();
        let single = Key::from_hex("0123456789ABCDEF").unwrap();
        assert!(matches!(Block::new(Cipher::Des, &double), Err(CryptoError::KeyForCipher { cipher: Cipher::Des, bytes: 16, .. })));
        assert!(Block::new(Cipher::Sm4, &single).is_err());
        assert!(Block::new(Cipher::Aes, &single).is_err());
    }

    #[test]
    fn half_a_block_is_refused() {
        let block = Block::new(Cipher::Des, &Key::from_hex("0123456789ABCDEF").unwrap()).unwrap();
        assert!(block.encrypt(&mut [0; 7]).is_err());
        assert!(block.decrypt(&mut [0; 12]).is_err());
    }

    #[test]
    fn cmac_gives_the_published_values() {
        // NIST SP 800-38B examples.
        let aes = Key::from_hex("2B7E151628AED2A6ABF7158809CF4F3C").unwrap();
        let message = bytes("6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411");
        assert_eq!(cmac(Cipher::Aes, &aes, &[]).unwrap(), bytes("BB1D6929E95937287FA37D129B756746"));
        assert_eq!(cmac(Cipher::Aes, &aes, &message[..16]).unwrap(), bytes("070A16B46B4D4144F79BDD9DD04A287C"));
        assert_eq!(cmac(Cipher::Aes, &aes, &message).unwrap(), bytes("DFA66747DE9AE63030CA32611497C827"));
        let tdea = Key::from_hex("8AA83BF8CBDA10620BC1BF19FBB6CD58BC313D4A371CA8B5").unwrap();
        assert_eq!(cmac(Cipher::TripleDes, &tdea, &[]).unwrap(), bytes("B7A688E122FFAF95"));
        assert_eq!(cmac(Cipher::TripleDes, &tdea, &message[..8]).unwrap(), bytes("8E8F293136283797"));
    }
}
