//! What kind of file or paste the bytes are, and text out of them.

use std::borrow::Cow;

posdx_model::words! {
    /// How text is coded.
    Encoding {
        /// UTF-8 without a byte order mark; plain ASCII is this too.
        Utf8 = "utf-8",
        /// UTF-8 behind its byte order mark, as Windows editors write it.
        Utf8Bom = "utf-8-bom",
        /// UTF-16, low byte first.
        Utf16Le = "utf-16le",
        /// UTF-16, high byte first.
        Utf16Be = "utf-16be",
        /// GBK (GB 18030), as Chinese Windows and many terminals write it.
        Gbk = "gbk",
    }
}

/// What the first bytes of an input say about the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A packet capture of libpcap, either byte order, micro- or nanoseconds.
    Pcap,
    /// A packet capture, next generation (pcapng).
    PcapNg,
    /// Compressed with gzip (RFC 1952).
    Gzip,
    /// A ZIP archive.
    Zip,
    /// Text.
    Text {
        /// How it is coded.
        encoding: Encoding,
    },
    /// Bytes that are no text: a raw message, for one.
    Binary,
}

/// Text read from bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readable<'a> {
    /// The text, without byte order mark; what could not be read is U+FFFD.
    pub text: Cow<'a, str>,
    /// True when something could not be read.
    pub lossy: bool,
}

/// At most this many bytes of what it is given does [`sniff`] look at.
const SNIFFED: usize = 1 << 16;
/// Below this many bytes one control character makes an input binary: a short message has few of them.
const SHORT: usize = 512;
/// Above it, one in so many is forgiven: logs carry stray bytes.
const STRAY: usize = 200;

/// Tells what an input is from its first bytes (64 KiB are enough; a character cut at the end is forgiven).
///
/// A raw ISO 8583 message is [`Nature::Binary`]: its bitmap or packed digits give control characters or no valid text. An ISO 8583
/// message in ASCII is text; [`dumps`](super::dumps) then finds it as itself.
pub fn sniff(first_bytes: &[u8]) -> Nature {
    let bytes = first_bytes.get(..SNIFFED).unwrap_or(first_bytes);
    if let Some(container) = container(bytes) {
        return container;
    }
    match encoding(bytes) {
        Some(encoding) => Nature::Text { encoding },
        None => Nature::Binary,
    }
}

fn container(bytes: &[u8]) -> Option<Nature> {
    match bytes {
        [0xD4, 0xC3, 0xB2, 0xA1, ..] | [0xA1, 0xB2, 0xC3, 0xD4, ..] | [0x4D, 0x3C, 0xB2, 0xA1, ..] | [0xA1, 0xB2, 0x3C, 0x4D, ..] => {
            Some(Nature::Pcap)
        }
        // The block type alone is four line ends; the byte order magic behind the length settles it.
        [0x0A, 0x0D, 0x0D, 0x0A, _, _, _, _, 0x1A, 0x2B, 0x3C, 0x4D, ..]
        | [0x0A, 0x0D, 0x0D, 0x0A, _, _, _, _, 0x4D, 0x3C, 0x2B, 0x1A, ..] => Some(Nature::PcapNg),
        [0x1F, 0x8B, 0x08, ..] => Some(Nature::Gzip),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => Some(Nature::Zip),
        _ => None,
    }
}

fn encoding(bytes: &[u8]) -> Option<Encoding> {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return is_utf8_text(rest).then_some(Encoding::Utf8Bom);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        return is_utf16_text(rest, u16::from_le_bytes).then_some(Encoding::Utf16Le);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        return is_utf16_text(rest, u16::from_be_bytes).then_some(Encoding::Utf16Be);
    }
    if is_utf8_text(bytes) {
        return Some(Encoding::Utf8);
    }
    // Without a mark only mostly-Latin UTF-16 can be told from binary: every second byte is zero.
    if bytes.len() >= 8 {
        if is_wide_ascii(bytes, 0) {
            return Some(Encoding::Utf16Le);
        }
        if is_wide_ascii(bytes, 1) {
            return Some(Encoding::Utf16Be);
        }
    }
    is_gbk_text(bytes).then_some(Encoding::Gbk)
}

/// Line ends, tabs, form feeds and the escape of terminal colours stand in text; other control characters do not.
fn is_control(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B)) || byte == 0x7F
}

fn few_controls(bytes: &[u8]) -> bool {
    let controls = bytes.iter().filter(|b| is_control(**b)).count();
    controls == 0 || (bytes.len() >= SHORT && controls.saturating_mul(STRAY) <= bytes.len())
}

fn is_utf8_text(bytes: &[u8]) -> bool {
    let valid = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(e) => e.error_len().is_none() && e.valid_up_to() > 0,
    };
    valid && few_controls(bytes)
}

fn is_utf16_text(bytes: &[u8], read: fn([u8; 2]) -> u16) -> bool {
    let units = bytes.chunks_exact(2).filter_map(|p| p.first_chunk::<2>()).map(|p| read(*p));
    let mut broken = 0usize;
    let mut last_is_high = false;
    let mut count = 0usize;
    for c in char::decode_utf16(units) {
        count += 1;
        last_is_high = c.is_err();
        let bad = c.map_or(true, |c| (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || ('\u{E000}'..='\u{F8FF}').contains(&c));
        broken += usize::from(bad);
    }
    broken.saturating_sub(usize::from(last_is_high)).saturating_mul(STRAY) <= count
}

fn is_wide_ascii(bytes: &[u8], text_at: usize) -> bool {
    bytes.chunks_exact(2).all(|pair| {
        let (letter, zero) = (pair.get(text_at).copied().unwrap_or(0), pair.get(1 - text_at).copied().unwrap_or(1));
        zero == 0 && letter != 0 && letter < 0x80 && !is_control(letter)
    })
}

/// GBK has no mark and hardly a forbidden byte, so common characters must prevail: level 1 of GB 2312 and its punctuation. EBCDIC
/// digits (F0 to F9) would be rare characters of level 2.
fn is_gbk_text(bytes: &[u8]) -> bool {
    if !few_controls(bytes) {
        return false;
    }
    let (mut pairs, mut common, mut i) = (0usize, 0usize, 0usize);
    while let Some(&lead) = bytes.get(i) {
        if lead < 0x80 {
            i += 1;
            continue;
        }
        let Some(&trail) = bytes.get(i + 1) else { break };
        if !(0x81..=0xFE).contains(&lead) || trail < 0x30 || trail == 0x7F || trail == 0xFF {
            return false;
        }
        pairs += 1;
        common += usize::from(trail >= 0xA1 && matches!(lead, 0xA1..=0xA3 | 0xB0..=0xD7));
        i += 2;
    }
    pairs > 0 && common * 10 >= pairs * 7
}

/// Reads bytes as text. A byte order mark is dropped; unreadable bytes become U+FFFD and mark the result lossy.
pub fn to_text(bytes: &[u8], encoding: Encoding) -> Readable<'_> {
    let (coding, mark): (_, &[u8]) = match encoding {
        Encoding::Utf8 | Encoding::Utf8Bom => (encoding_rs::UTF_8, b"\xEF\xBB\xBF"),
        Encoding::Utf16Le => (encoding_rs::UTF_16LE, b"\xFF\xFE"),
        Encoding::Utf16Be => (encoding_rs::UTF_16BE, b"\xFE\xFF"),
        Encoding::Gbk => (encoding_rs::GB18030, b""),
    };
    let (text, lossy) = coding.decode_without_bom_handling(bytes.strip_prefix(mark).unwrap_or(bytes));
    Readable { text, lossy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_named() {
        assert_eq!(sniff(&[0xD4, 0xC3, 0xB2, 0xA1, 2, 0]), Nature::Pcap);
        assert_eq!(sniff(b"\n\r\r\n\x1C\0\0\0\x4D\x3C\x2B\x1A"), Nature::PcapNg);
        assert_eq!(sniff(b"\n\r\r\n"), Nature::Text { encoding: Encoding::Utf8 });
        assert_eq!(sniff(b"PK\x03\x04"), Nature::Zip);
        assert_eq!(sniff(&[0x1F, 0x8B, 8]), Nature::Gzip);
    }

    #[test]
    fn text_in_every_coding_comes_back() {
        let text = "刷卡显示 51，余额不足。recv 6000";
        let wide: Vec<u16> = text.encode_utf16().collect();
        let le: Vec<u8> = [0xFF, 0xFE].into_iter().chain(wide.iter().flat_map(|u| u.to_le_bytes())).collect();
        let be: Vec<u8> = [0xFE, 0xFF].into_iter().chain(wide.iter().flat_map(|u| u.to_be_bytes())).collect();
        let bom: Vec<u8> = b"\xEF\xBB\xBF".iter().copied().chain(text.bytes()).collect();
        let (gbk, _, _) = encoding_rs::GBK.encode(text);
        for (bytes, encoding) in [
            (text.as_bytes(), Encoding::Utf8),
            (&bom, Encoding::Utf8Bom),
            (&le, Encoding::Utf16Le),
            (&be, Encoding::Utf16Be),
            (&gbk, Encoding::Gbk),
        ] {
            assert_eq!(sniff(bytes), Nature::Text { encoding });
            assert_eq!(to_text(bytes, encoding), Readable { text: text.into(), lossy: false });
            // Cut in the middle of a character.
            assert_eq!(sniff(&bytes[..bytes.len().min(7)]), Nature::Text { encoding }, "{encoding}");
        }
        assert!(to_text(b"a\xFFb", Encoding::Utf8).lossy);
    }

    #[test]
    fn unmarked_wide_text_is_seen() {
        let le: Vec<u8> = "60 00 03".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(sniff(&le), Nature::Text { encoding: Encoding::Utf16Le });
    }

    #[test]
    fn ebcdic_is_binary() {
        assert_eq!(sniff(&[0xF0, 0xF8, 0xF0, 0xF0, 0xF8, 0xF2, 0xF2, 0xF0, 0xF0, 0xF0]), Nature::Binary);
        assert_eq!(sniff(&[0x6A, 0x82]), Nature::Binary);
        assert_eq!(sniff(&[0x90, 0x00]), Nature::Binary);
    }
}
