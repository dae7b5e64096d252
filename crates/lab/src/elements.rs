//! The private elements of the lab's wire (fields 57 and 62): two digits of tag, three of length, the value. ASCII and GBK.

/// Elements one after another. A value longer than 999 bytes is left out.
pub fn write<'a>(elements: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut out = Vec::new();
    for (tag, value) in elements {
        if tag.len() == 2 && value.len() <= 999 {
            out.extend_from_slice(tag.as_bytes());
            out.extend_from_slice(format!("{:03}", value.len()).as_bytes());
            out.extend_from_slice(value);
        }
    }
    out
}

/// The value of the first element with this tag; `None` when there is none or the list breaks before it.
pub fn find<'a>(bytes: &'a [u8], tag: &str) -> Option<&'a [u8]> {
    let mut rest = bytes;
    while let Some((head, behind)) = rest.split_at_checked(5) {
        let (id, length) = head.split_at_checked(2)?;
        let length: usize = std::str::from_utf8(length).ok()?.parse().ok()?;
        let (value, behind) = behind.split_at_checked(length)?;
        if id == tag.as_bytes() {
            return Some(value);
        }
        rest = behind;
    }
    None
}

/// The same as text; GBK is turned into Unicode.
pub fn find_text(bytes: &[u8], tag: &str) -> Option<String> {
    find(bytes, tag).map(|value| encoding_rs::GBK.decode_without_bom_handling(value).0.into_owned())
}

/// Text as GBK; what GBK lacks becomes a question mark.
pub fn gbk(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for c in text.chars() {
        let mut buffer = [0; 4];
        let (bytes, _, lost) = encoding_rs::GBK.encode(c.encode_utf8(&mut buffer));
        if lost { out.push(b'?') } else { out.extend_from_slice(&bytes) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_back() {
        let bytes = write([("01", &b"wang"[..]), ("06", &gbk("店a☃")), ("04", b"")]);
        assert_eq!(find(&bytes, "01"), Some(&b"wang"[..]));
        assert_eq!(find_text(&bytes, "06").as_deref(), Some("店a?"));
        assert_eq!(find(&bytes, "04"), Some(&b""[..]));
        assert_eq!(find(&bytes, "09"), None);
        assert_eq!(find(b"01009wang", "01"), None);
        assert_eq!(find("0\u{1F600}1".as_bytes(), "01"), None);
    }
}
