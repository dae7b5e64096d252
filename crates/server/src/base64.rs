//! Base64: what a browser sends with a password, and the address of a repair.

const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Without padding, with `-` and `_`: fit for an address.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0u32, |w, (i, b)| w | u32::from(*b) << (16 - 8 * i));
        for i in 0..=chunk.len() {
            let six = (word >> (18 - 6 * i)) & 63;
            out.push(char::from(URL_SAFE[six as usize]));
        }
    }
    out
}

/// Either alphabet, with or without padding. `None` if it is not base64.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut word, mut bits) = (0u32, 0);
    for b in text.trim_end_matches('=').bytes() {
        let six = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        word = (word << 6 | u32::from(six)) & 0x00FF_FFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
        }
    }
    // A single left-over character, or bits that nobody wrote, is no base64.
    (bits < 6 && word & ((1 << bits) - 1) == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back() {
        for text in ["", "f", "fo", "foo", "foob", "cups-pos/68\nl.failed", "钱"] {
            assert_eq!(decode(&encode(text.as_bytes())).as_deref(), Some(text.as_bytes()), "{text}");
        }
        assert_eq!(encode(&[0xFB, 0xFF]), "-_8");
        assert_eq!(decode("dTpw").as_deref(), Some(b"u:p".as_slice()));
        for broken in ["A", "AAAAA", "A B=", "AB"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }
}
