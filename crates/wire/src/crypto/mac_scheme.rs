//! A MAC as data: which cipher, which method, what of the result goes on the wire. Read from TOML, so that a new host is a line and
//! no program.

use std::collections::BTreeSet;

use posdx_model::Text;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::cipher::Cipher;
use super::error::CryptoDataError;

posdx_model::words! {
    /// How the bytes of a message become one block. All but CMAC pad with zeros (ISO/IEC 9797-1 padding method 1).
    MacMethod {
        /// UnionPay's "ECB": XOR all blocks, write the result as upper-case hexadecimal letters, which are two blocks; encrypt the
        /// first, XOR the second, encrypt, write as letters.
        UnionPayEcb = "union-pay-ecb",
        /// CBC-MAC with single DES (ANSI X9.9; ISO/IEC 9797-1 algorithm 1).
        X99 = "x9.9",
        /// Retail MAC: CBC-MAC with the left half of the key, the last block decrypted with the right and encrypted with the left
        /// (ANSI X9.19; ISO/IEC 9797-1 algorithm 3).
        X919 = "x9.19",
        /// CBC-MAC with the full cipher (ISO/IEC 9797-1 algorithm 1).
        Cbc = "cbc",
        /// CMAC (NIST SP 800-38B; ISO/IEC 9797-1 algorithm 5).
        Cmac = "cmac",
    }
}

posdx_model::words! {
    /// What of the last block goes on the wire.
    MacResult {
        /// The first 8 upper-case hexadecimal letters, as ASCII: the first 4 bytes, written out. UnionPay.
        Hex8 = "hex-8",
        /// The first 8 bytes.
        Raw8 = "raw-8",
        /// The first 4 bytes (ANSI X9.9).
        Raw4 = "raw-4",
        /// The whole block.
        Whole = "whole",
    }
}

/// One way in which hosts make a MAC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MacScheme {
    /// Id, such as `cup-ecb`.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// The cipher.
    pub cipher: Cipher,
    /// The method.
    pub method: MacMethod,
    /// What goes on the wire.
    pub result: MacResult,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    scheme: Vec<MacScheme>,
    // Another reader's, named so that a misspelt table is found.
    #[serde(default, rename = "sign_on")]
    _sign_on: IgnoredAny,
    #[serde(default, rename = "key_role")]
    _key_role: IgnoredAny,
}

impl MacScheme {
    /// Reads the tables `[[scheme]]` of a file; those of sign-on layouts are another reader's. Their order is the order in which they are tried.
    pub fn read_all(text: &str) -> Result<Vec<MacScheme>, CryptoDataError> {
        let file: File = toml::from_str(text).map_err(|e| CryptoDataError::from_toml(text, &e))?;
        let mut seen = BTreeSet::new();
        for scheme in &file.scheme {
            let fail = |what: &str| Err(CryptoDataError { line: 0, message: format!("scheme `{}`: {what}", scheme.id) });
            if !seen.insert(scheme.id.as_str()) {
                return fail("this id stands twice; ids must differ");
            }
            if scheme.title.is_incomplete() {
                return fail("the title must be there in Chinese and in English");
            }
            if !scheme.method.takes(scheme.cipher) {
                return fail("x9.9 goes with des, x9.19 with 3des");
            }
        }
        Ok(file.scheme)
    }
}

impl MacMethod {
    /// True when the method is defined for the cipher.
    pub(super) fn takes(self, cipher: Cipher) -> bool {
        match self {
            MacMethod::X99 => cipher == Cipher::Des,
            MacMethod::X919 => cipher == Cipher::TripleDes,
            MacMethod::UnionPayEcb | MacMethod::Cbc | MacMethod::Cmac => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str =
        "[[scheme]]\nid = \"a\"\ntitle = { zh = \"甲\", en = \"A\" }\ncipher = \"des\"\nmethod = \"x9.9\"\nresult = \"raw-4\"\n";

    #[test]
    fn a_scheme_is_read() {
        let read = MacScheme::read_all(ONE).unwrap();
        assert_eq!((read[0].cipher, read[0].method, read[0].result), (Cipher::Des, MacMethod::X99, MacResult::Raw4));
    }

    #[test]
    fn a_wrong_file_is_told_by_line_and_id() {
        assert_eq!(MacScheme::read_all(&ONE.replace("raw-4", "raw-5")).unwrap_err().line, 6);
        assert!(MacScheme::read_all(&ONE.replace("\"des\"", "\"sm4\"")).unwrap_err().message.contains("x9.9 goes with des"));
        assert!(MacScheme::read_all(&format!("{ONE}{ONE}")).unwrap_err().message.contains("twice"));
        assert!(MacScheme::read_all(&ONE.replace("甲", "")).unwrap_err().message.contains("Chinese"));
    }
}
