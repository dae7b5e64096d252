//! Chip data of card and kernel: values by tag, and the three ways in which they travel: TLV, templates, and bare in the order of a list.

use std::collections::BTreeMap;
use std::fmt;

use posdx_wire::emv::{dol, tlv};

/// Values by tag. They may be card data, so `Debug` shows tags and lengths only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Data(BTreeMap<u32, Vec<u8>>);

impl Data {
    /// The value of a tag.
    pub fn get(&self, tag: u32) -> Option<&[u8]> {
        self.0.get(&tag).map(Vec::as_slice)
    }

    /// One byte of a value; 0 when it is not there.
    pub fn byte(&self, tag: u32, place: usize) -> u8 {
        self.get(tag).and_then(|v| v.get(place)).copied().unwrap_or(0)
    }

    /// Keeps a value.
    pub fn put(&mut self, tag: u32, value: impl Into<Vec<u8>>) {
        self.0.insert(tag, value.into());
    }

    /// Sets bits of one byte of a value that is there.
    pub fn raise(&mut self, tag: u32, place: usize, bits: u8) {
        if let Some(byte) = self.0.get_mut(&tag).and_then(|v| v.get_mut(place)) {
            *byte |= bits;
        }
    }

    /// Takes in all primitive elements of a TLV text, those inside templates too. What cannot be read is left out.
    pub fn take_in(&mut self, bytes: &[u8]) {
        for item in tlv::Reader::deep(bytes) {
            if let tlv::Item::Element(e) = item
                && !e.constructed
            {
                self.put(e.tag, e.value(bytes));
            }
        }
    }

    /// The tags as TLV, in the order asked for; tags without a value are left out.
    pub fn tlv(&self, tags: &[u32]) -> Vec<u8> {
        let mut out = Vec::new();
        for tag in tags {
            if let Some(value) = self.get(*tag) {
                put_tlv(&mut out, *tag, value);
            }
        }
        out
    }

    /// The values that a data object list asks for, one behind the other: cut or filled as EMV 4.4 Book 3 section 5.4 says.
    pub fn listed(&self, list: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for entry in dol::dol(list).map_while(Result::ok) {
            let value = self.get(entry.tag).unwrap_or_default();
            let missing = entry.length.saturating_sub(value.len());
            if numeric(entry.tag) {
                out.extend(std::iter::repeat_n(0, missing));
                out.extend_from_slice(value.get(value.len().saturating_sub(entry.length)..).unwrap_or_default());
            } else {
                out.extend_from_slice(value.get(..entry.length.min(value.len())).unwrap_or_default());
                out.extend(std::iter::repeat_n(0, missing));
            }
        }
        out
    }

    /// Takes apart what [`Data::listed`] put together. Data shorter than the list ends it.
    pub fn take_listed(&mut self, list: &[u8], mut data: &[u8]) {
        for entry in dol::dol(list).map_while(Result::ok) {
            let Some((value, rest)) = data.split_at_checked(entry.length) else { return };
            self.put(entry.tag, value);
            data = rest;
        }
    }
}

/// Amounts, dates and codes are right aligned in a list.
fn numeric(tag: u32) -> bool {
    matches!(tag, 0x9F02 | 0x9F03 | 0x9F1A | 0x5F2A | 0x9A | 0x9C | 0x9F21 | 0x9F41)
}

/// Writes one element. Values of the lab are short; one that no length form holds is left out.
pub fn put_tlv(out: &mut Vec<u8>, tag: u32, value: &[u8]) {
    let _ = tlv::write_element(out, tag, value, None);
}

/// One element around others.
pub fn template(tag: u32, inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_tlv(&mut out, tag, inner);
    out
}

/// Digits as packed decimal, an odd number of them behind a zero. What is no digit counts as 0.
pub fn bcd(digits: &str) -> Vec<u8> {
    let mut nibbles: Vec<u8> = digits.bytes().map(|b| if b.is_ascii_digit() { b - b'0' } else { 0 }).collect();
    if nibbles.len() % 2 == 1 {
        nibbles.insert(0, 0);
    }
    nibbles.chunks(2).map(|p| p.iter().fold(0, |byte, n| byte << 4 | n)).collect()
}

/// Packed nibbles as text: digits, `D` for the separator, `F` dropped at the end.
pub fn packed(bytes: &[u8]) -> String {
    let text: String = bytes.iter().map(|b| format!("{b:02X}")).collect();
    text.trim_end_matches('F').to_string()
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(t, v)| (format!("{t:X}"), v.len()))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_fill_and_cut_and_come_apart_again() {
        let mut data = Data::default();
        data.put(0x9F02, vec![0x12, 0x50]);
        data.put(0x9F37, vec![1, 2, 3, 4, 5]);
        let list = [0x9F, 0x02, 0x06, 0x9F, 0x37, 0x04, 0x95, 0x05];
        let listed = data.listed(&list);
        assert_eq!(listed, [0, 0, 0, 0, 0x12, 0x50, 1, 2, 3, 4, 0, 0, 0, 0, 0]);
        let mut back = Data::default();
        back.take_listed(&list, &listed);
        assert_eq!(back.get(0x9F37), Some(&[1u8, 2, 3, 4][..]));
        assert_eq!(packed(&bcd("6200")), "6200");
    }
}
