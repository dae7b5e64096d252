//! Passwords: what is accepted, how they are kept.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};

use crate::{Problem, StoreError};

/// Shortest password in characters (NIST SP 800-63B asks for at least 8 with rate limits; a till stands in public).
const SHORTEST: usize = 10;
/// Longest in bytes: hashing must not become a way to keep the machine busy.
const LONGEST: usize = 256;

/// What everybody tries first; each is at least as long as [`SHORTEST`] or padded to it by people.
const FIRST_TRIES: [&str; 12] = [
    "password",
    "passw0rd",
    "123456789",
    "12345678",
    "qwertyuiop",
    "1q2w3e4r",
    "adminadmin",
    "administrator",
    "iloveyou",
    "woaini1314",
    "88888888",
    "lakala",
];

/// Says whether a password may be used by the person of this name.
pub(crate) fn accept(name: &str, password: &str) -> Result<(), StoreError> {
    let invalid = |problem| Err(StoreError::Invalid { field: "password", problem });
    if password.chars().count() < SHORTEST {
        return invalid(Problem::TooShort(SHORTEST));
    }
    if password.len() > LONGEST {
        return invalid(Problem::TooLong(LONGEST));
    }
    let lower = password.to_lowercase();
    let mut kinds: Vec<char> = lower.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() < 5 || lower.contains(&name.to_lowercase()) || FIRST_TRIES.iter().any(|t| lower.contains(t)) {
        return invalid(Problem::Guessable);
    }
    Ok(())
}

/// Argon2id with the crate's defaults (19 MiB, two passes, one lane: the first choice of the OWASP cheat sheet) and a fresh salt.
pub(crate) fn hash(password: &str) -> Result<String, StoreError> {
    Argon2::default().hash_password(password.as_bytes()).map(|h| h.to_string()).map_err(|_| StoreError::File("no randomness".to_owned()))
}

/// Does the password belong to the hash?
pub(crate) fn holds(password: &str, hash: &str) -> bool {
    password.len() <= LONGEST
        && PasswordHash::new(hash).is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easy_passwords_are_refused_and_good_ones_are_kept_as_a_slow_hash() {
        for bad in ["short", "passwordpassword", "wang-is-here-1", "aaaaaaaaaaaaaaa", "123456789012"] {
            assert!(accept("wang", bad).is_err(), "{bad}");
        }
        accept("wang", "three red umbrellas").expect("a good one");
        let hash = hash("three red umbrellas").expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !hash.contains("umbrella"));
        assert!(holds("three red umbrellas", &hash) && !holds("three red umbrella", &hash));
    }
}
