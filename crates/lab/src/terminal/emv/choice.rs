//! Which application of the card is used (EMV 4.4 Book 1 section 12).

use posdx_wire::emv::tlv::{Item, Reader};

/// The applications that the terminal knows: UnionPay debit, credit and quasi-credit.
pub const KNOWN: [&[u8]; 3] = [
    &[0xA0, 0x00, 0x00, 0x03, 0x33, 0x01, 0x01, 0x01],
    &[0xA0, 0x00, 0x00, 0x03, 0x33, 0x01, 0x01, 0x02],
    &[0xA0, 0x00, 0x00, 0x03, 0x33, 0x01, 0x01, 0x03],
];

/// The directory of a chip that is inserted.
pub const PSE: &[u8] = b"1PAY.SYS.DDF01";
/// The directory of a chip that is tapped.
pub const PPSE: &[u8] = b"2PAY.SYS.DDF01";

/// An application that card and terminal both know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The application identifier.
    pub aid: Vec<u8>,
    /// Priority of tag 87, 1 first; 16 when the card gives none.
    pub priority: u8,
}

/// SELECT by name.
pub fn select(name: &[u8]) -> Vec<u8> {
    let mut out = vec![0x00, 0xA4, 0x04, 0x00, name.len() as u8];
    out.extend_from_slice(name);
    out.push(0x00);
    out
}

/// The candidates of a directory record or of the directory's own answer: every template 61 with a known application in it.
pub fn candidates(bytes: &[u8]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    // The priority of a stranger must not be given to the application before it.
    let mut known = false;
    for item in Reader::deep(bytes) {
        let Item::Element(e) = item else { continue };
        match e.tag {
            0x61 => known = false,
            0x4F if KNOWN.iter().any(|aid| e.value(bytes).starts_with(aid)) => {
                found.push(Candidate { aid: e.value(bytes).to_vec(), priority: 16 });
                known = true;
            }
            0x87 if known => {
                if let (Some(last), Some(byte)) = (found.last_mut(), e.value(bytes).first()) {
                    let priority = byte & 0x0F;
                    last.priority = if priority == 0 { 16 } else { priority };
                }
            }
            _ => {}
        }
    }
    found
}

/// Best first; the card's own order decides between equals.
pub fn ranked(mut list: Vec<Candidate>) -> Vec<Candidate> {
    list.sort_by_key(|c| c.priority);
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlv::template;

    #[test]
    fn priority_decides_and_strangers_are_left_out() {
        let entry = |aid: &[u8], priority: u8| {
            let inner = [template(0x4F, aid), template(0x87, &[priority])].concat();
            template(0x61, &inner)
        };
        let record = [entry(KNOWN[1], 2), entry(&[0xA0, 0, 0, 0, 4, 0x10, 0x10], 1), entry(KNOWN[0], 1)].concat();
        let list = ranked(candidates(&template(0x70, &record)));
        assert_eq!(list.iter().map(|c| c.aid.as_slice()).collect::<Vec<_>>(), [KNOWN[0], KNOWN[1]]);
    }
}
