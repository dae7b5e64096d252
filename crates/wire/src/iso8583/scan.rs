//! Bytes looked at eight at a time: are they digits?

/// A byte in each of eight places.
const fn eight(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// True when all bytes are ASCII digits.
#[inline]
pub(super) fn all_digits(bytes: &[u8]) -> bool {
    all_digits_from(b'0', bytes)
}

/// True when all bytes are digits of a coding whose zero has no lower half byte.
#[inline]
pub(super) fn all_digits_from(zero: u8, bytes: &[u8]) -> bool {
    // What is left of a digit is less than ten: six more do not reach the upper half byte.
    none_wrong(bytes, zero, |w| (w ^ eight(zero) | (w ^ eight(zero)).wrapping_add(eight(6))) & eight(0xF0))
}

/// True when all bytes are ASCII.
#[inline]
pub(super) fn all_ascii(bytes: &[u8]) -> bool {
    none_wrong(bytes, 0, |w| w & eight(0x80))
}

/// True when all half bytes are decimal digits.
#[inline]
pub(super) fn all_packed_digits(bytes: &[u8]) -> bool {
    // More than nine is eight and two, or eight and four.
    none_wrong(bytes, 0, |w| w & (w << 1 | w << 2) & eight(0x88))
}

/// True when `wrong` leaves no bit of any word. Some bytes are seen twice; fewer than eight are filled up with a right one.
#[inline(always)]
fn none_wrong(bytes: &[u8], right: u8, wrong: impl Fn(u64) -> u64) -> bool {
    let word = |bytes: &[u8; 8]| wrong(u64::from_ne_bytes(*bytes));
    let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) else { return wrong(short_word(bytes, right)) == 0 };
    let (between, _) = bytes[8..].as_chunks();
    // No word is worth a branch of its own.
    between.iter().fold(word(first) | word(last), |seen, bytes| seen | word(bytes)) == 0
}

/// Fewer than eight bytes as a word, in no particular order.
#[inline]
fn short_word(bytes: &[u8], filler: u8) -> u64 {
    let four = |b: &[u8; 4]| u64::from(u32::from_ne_bytes(*b));
    let two = |b: &[u8; 2]| u64::from(u16::from_ne_bytes(*b));
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        four(first) | four(last) << 32
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<2>(), bytes.last_chunk::<2>()) {
        two(first) | two(last) << 16 | eight(filler) << 32
    } else {
        u64::from(*bytes.first().unwrap_or(&filler)) | eight(filler) << 8
    }
}

/// What a letter stands for in hexadecimal, small or capital; more than 15 when it stands for nothing.
pub(super) const NIBBLES: [u8; 256] = {
    let (mut table, mut digit) = ([0xFF; 256], 0);
    while digit < 16 {
        table[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        table[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digit += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_byte_is_seen_in_every_place_and_length() {
        for length in 0..40 {
            let (digits, packed) = (vec![b'7'; length], vec![0x95; length]);
            assert!(all_digits(&digits) && all_packed_digits(&packed), "{length}");
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let (mut digits, mut packed) = (digits.clone(), packed.clone());
                    (digits[place], packed[place]) = (byte, byte);
                    assert_eq!(all_ascii(&digits), byte.is_ascii(), "{byte:02X} at {place} of {length}");
                    assert_eq!(all_digits(&digits), byte.is_ascii_digit(), "{byte:02X} at {place} of {length}");
                    assert_eq!(all_packed_digits(&packed), byte & 0x0F <= 9 && byte <= 0x99, "{byte:02X} at {place} of {length}");
                }
            }
        }
    }
}
