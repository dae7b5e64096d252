//! Hexadecimal text → bytes, for values that no error may quote.

use zeroize::Zeroizing;

use super::error::CryptoError;

/// Reads at most `most` bytes. White space at the ends and between digits is allowed; positions count characters from 1.
pub(super) fn read(text: &str, most: usize) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    // Room for all at once: a vector that grows would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    let (mut digits, mut high) = (0usize, 0u8);
    for (i, c) in text.chars().enumerate() {
        if c.is_whitespace() {
            continue;
        }
        let value = c.to_digit(16).and_then(|d| u8::try_from(d).ok()).ok_or(CryptoError::HexDigit { position: i + 1 })?;
        if bytes.len() >= most {
            return Err(CryptoError::HexLong { most: most * 2 });
        }
        if digits % 2 == 0 {
            high = value;
        } else {
            bytes.push(high << 4 | value);
        }
        digits += 1;
    }
    if digits % 2 == 1 {
        return Err(CryptoError::HexOdd { digits });
    }
    Ok(bytes)
}

/// One upper-case hexadecimal letter; only the low four bits count.
pub(super) fn letter(nibble: u8) -> u8 {
    match nibble & 0x0F {
        n @ 0..=9 => b'0' + n,
        n => b'A' + (n - 10),
    }
}

/// Upper-case hexadecimal letters, two a byte.
pub(super) fn letters(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|b| [letter(b >> 4), letter(*b)]).collect()
}

/// Writes bytes as upper-case hexadecimal. For values that may be seen.
pub(super) fn write(f: &mut std::fmt::Formatter<'_>, bytes: &[u8]) -> std::fmt::Result {
    bytes.iter().try_for_each(|b| write!(f, "{b:02X}"))
}
