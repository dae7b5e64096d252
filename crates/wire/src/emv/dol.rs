//! Lists without data: tags with lengths (data object list, DOL) and tags alone (EMV 4.4 Book 3 sections 5.4 and 10.3).

use super::tlv::{Expected, Fault, tag};

/// One entry of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The tag.
    pub tag: u32,
    /// Bytes of data wanted; 0 in a list of tags.
    pub length: usize,
    /// Offset of the entry in the list.
    pub start: usize,
    /// Offset behind it.
    pub end: usize,
}

/// The entries of a data object list. A fault ends it.
pub fn dol(bytes: &[u8]) -> impl Iterator<Item = Result<Entry, Fault>> + '_ {
    entries(bytes, true)
}

/// The entries of a list of tags. A fault ends it.
pub fn tag_list(bytes: &[u8]) -> impl Iterator<Item = Result<Entry, Fault>> + '_ {
    entries(bytes, false)
}

fn entries(bytes: &[u8], lengths: bool) -> impl Iterator<Item = Result<Entry, Fault>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= bytes.len() {
            return None;
        }
        let entry = entry(bytes, at, lengths);
        at = entry.as_ref().map_or(bytes.len(), |e| e.end);
        Some(entry)
    })
}

fn entry(bytes: &[u8], start: usize, lengths: bool) -> Result<Entry, Fault> {
    let (tag, end) = tag(bytes, start, bytes.len(), 0)?;
    if !lengths {
        return Ok(Entry { tag, length: 0, start, end });
    }
    let length = bytes.get(end).ok_or(Fault { start, offset: end, expected: Expected::Length, tag, depth: 0 })?;
    Ok(Entry { tag, length: usize::from(*length), start, end: end + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_up_to_its_slip() {
        let read: Vec<_> = dol(&[0x9F, 0x02, 0x06, 0x95, 0x05, 0x9A]).collect();
        assert_eq!(read[0], Ok(Entry { tag: 0x9F02, length: 6, start: 0, end: 3 }));
        assert_eq!(read[1].map(|e| (e.tag, e.length)), Ok((0x95, 5)));
        assert!(matches!(read[2], Err(Fault { offset: 6, tag: 0x9A, .. })) && read.len() == 3);
        assert_eq!(tag_list(&[0x82, 0x9F, 0x36]).filter_map(Result::ok).map(|e| e.tag).collect::<Vec<_>>(), [0x82, 0x9F36]);
    }
}
