//! The one place where the lab takes leave to read card data and keys, and where it makes keys: all of them are its own made-up values.

use posdx_model::Unmasked;
use posdx_wire::crypto::{Cipher, CryptoError, Key, MacMethod, MacResult, MacScheme, mac};

/// Leave to read a value of a message inside the lab. Whoever runs a lab asked for both ends of the wire; nothing read with it may be
/// printed, logged or stored.
pub fn leave() -> Unmasked {
    Unmasked::typed_by_a_person()
}

/// A test key of 16 bytes that follows from what it is for and whose it is: host and card make the same one without an exchange.
///
/// # Errors
/// None in practice: the cipher takes keys of this length.
pub fn test_key(purpose: &str, owner: &str) -> Result<Key, CryptoError> {
    Key::from_bytes(digest(purpose, owner.as_bytes())?.as_slice())
}

/// 16 bytes that stand for a value without telling it, to find and compare things by (AES-CMAC under a key for the purpose).
///
/// # Errors
/// None in practice: the cipher takes keys of this length.
pub fn digest(purpose: &str, value: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let scheme = MacScheme {
        id: "digest".into(),
        title: posdx_model::Text::new("摘要", "digest"),
        cipher: Cipher::Aes,
        method: MacMethod::Cmac,
        result: MacResult::Whole,
    };
    let base = Key::from_bytes(b"posdx lab's root")?;
    let purpose = mac(&scheme, &base, purpose.as_bytes())?;
    Ok(mac(&scheme, &Key::from_bytes(purpose.as_bytes())?, value)?.as_bytes().to_vec())
}

/// The proof that an app user knows the password: 16 hexadecimal letters for element 02 of a sign-in, bound to the trace number so that
/// it serves once.
///
/// # Errors
/// None in practice: the cipher takes keys of this length.
pub fn password_proof(user: &str, password: &str, trace: &str) -> Result<String, CryptoError> {
    let digest = digest("password", format!("{user}\n{password}\n{trace}").as_bytes())?;
    Ok(digest.iter().take(8).map(|b| format!("{b:02X}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_by_purpose_and_owner() {
        let key = |purpose, owner| test_key(purpose, owner).unwrap();
        assert_ne!(key("a", "x"), key("b", "x"));
        assert_ne!(key("a", "x"), key("a", "y"));
        assert_eq!(key("a", "x"), key("a", "x"));
        assert_ne!(password_proof("u", "p", "000001"), password_proof("u", "p", "000002"));
        assert_eq!(password_proof("u", "p", "000001").unwrap().len(), 16);
    }
}
