//! Answer to reset: the first bytes a contact card sends (ISO/IEC 7816-3 section 8).

use std::ops::Range;

use super::bits::{Bits, both};
use super::meaning::Meaning;
use super::meaning_value::{hex, printable};

/// How the card writes bits on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// `3B`: high is one, lowest bit first.
    Direct,
    /// `3F`: low is one, highest bit first.
    Inverse,
}

/// One interface byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceByte {
    /// `A`, `B`, `C` or `D`.
    pub letter: char,
    /// Its index, from 1: TA1, TD2.
    pub index: u8,
    /// The byte.
    pub value: u8,
    /// Its offset.
    pub at: usize,
}

/// What was expected where the answer broke off or went wrong; `offset` counts bytes from TS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {expected}")]
pub struct AtrFault {
    /// Where.
    pub offset: usize,
    /// What was expected there.
    pub expected: &'static str,
    /// The label in `bits.toml` that says it to people.
    pub label: &'static str,
}

/// An answer to reset as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Atr {
    /// The convention.
    pub convention: Option<Convention>,
    /// The interface bytes in order.
    pub interface: Vec<InterfaceByte>,
    /// The protocols offered, in order: 0, 1, 14, 15.
    pub protocols: Vec<u8>,
    /// Where the historical bytes stand.
    pub historical: Range<usize>,
    /// Whether the check byte TCK is right; `None` when there is none.
    pub check: Option<bool>,
    /// Where understanding ended.
    pub fault: Option<AtrFault>,
}

/// Clock rate conversion factors and highest frequencies in kHz by the upper half of TA1 (table 7); 0 is reserved.
const FI: [(u16, u16); 16] = [
    (372, 4000),
    (372, 5000),
    (558, 6000),
    (744, 8000),
    (1116, 12000),
    (1488, 16000),
    (1860, 20000),
    (0, 0),
    (0, 0),
    (512, 5000),
    (768, 7500),
    (1024, 10000),
    (1536, 15000),
    (2048, 20000),
    (0, 0),
    (0, 0),
];
/// Baud rate adjustment factors by the lower half of TA1 (table 8); 0 is reserved.
const DI: [u8; 16] = [0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0];
/// TS and at most 32 bytes behind it.
const LENGTH_MAX: usize = 33;

const TS: AtrFault = AtrFault { offset: 0, expected: "TS: 3B or 3F", label: "atr-want-ts" };
const MORE: AtrFault = AtrFault { offset: 0, expected: "more bytes of the answer to reset", label: "atr-want-more" };
const END: AtrFault = AtrFault { offset: 0, expected: "the end; the answer is complete", label: "atr-want-end" };
const CHECK: AtrFault = AtrFault { offset: 0, expected: "TCK: the exclusive or of all bytes from T0 on", label: "atr-want-tck" };

/// Reads an answer to reset; what stands before a fault is kept.
pub fn read(bytes: &[u8]) -> Atr {
    let mut atr = Atr::default();
    if let Err(fault) = run(bytes, &mut atr) {
        atr.fault = Some(fault);
    }
    atr
}

fn run(bytes: &[u8], atr: &mut Atr) -> Result<(), AtrFault> {
    let byte = |at: usize| bytes.get(at).copied().ok_or(AtrFault { offset: bytes.len(), ..MORE });
    atr.convention = match byte(0)? {
        0x3B => Some(Convention::Direct),
        0x3F => Some(Convention::Inverse),
        _ => return Err(TS),
    };
    let t0 = byte(1)?;
    let (mut present, mut index, mut at) = (t0 >> 4, 1u8, 2);
    while present != 0 {
        let mut next = 0;
        for (bit, letter) in [(1, 'A'), (2, 'B'), (4, 'C'), (8, 'D')] {
            if present & bit == 0 {
                continue;
            }
            let value = byte(at)?;
            atr.interface.push(InterfaceByte { letter, index, value, at });
            at += 1;
            if letter == 'D' {
                atr.protocols.push(value & 0x0F);
                next = value >> 4;
            }
        }
        present = next;
        index = index.saturating_add(1);
        if at > LENGTH_MAX {
            return Err(AtrFault { offset: LENGTH_MAX, ..END });
        }
    }
    if atr.protocols.is_empty() {
        atr.protocols.push(0);
    }
    let end = at + usize::from(t0 & 0x0F);
    atr.historical = at..end.min(bytes.len());
    if end > bytes.len() {
        return Err(AtrFault { offset: bytes.len(), ..MORE });
    }
    // With T=0 alone there is no check byte (section 8.2.5).
    let end = if atr.protocols.iter().any(|p| *p != 0) {
        byte(end)?;
        let right = bytes.get(1..=end).is_some_and(|b| b.iter().fold(0, |x, b| x ^ b) == 0);
        atr.check = Some(right);
        if !right {
            return Err(AtrFault { offset: end, ..CHECK });
        }
        end + 1
    } else {
        end
    };
    if bytes.len() > end { Err(AtrFault { offset: end, ..END }) } else { Ok(()) }
}

impl Atr {
    /// What the answer says, by the words of `bits`; `bytes` are those it was read from.
    pub fn meaning(&self, bytes: &[u8], bits: &Bits) -> Meaning {
        let mut parts = Vec::new();
        if let Some(convention) = self.convention {
            let id = if convention == Convention::Direct { "atr-direct" } else { "atr-inverse" };
            parts.push(Meaning::new(bits.say(id, &[]), 0..1));
        }
        parts.extend(self.interface.iter().map(|byte| interface(byte, bits)));
        if !self.historical.is_empty() {
            let value = bytes.get(self.historical.clone()).unwrap_or_default();
            let words = printable(value).map_or_else(|| hex(value), str::to_owned);
            parts.push(Meaning::new(bits.say("atr-historical", &[("v", both(words))]), self.historical.clone()));
        }
        if self.check == Some(true) {
            parts.push(Meaning::new(bits.say("atr-tck", &[]), self.historical.end..self.historical.end.saturating_add(1)));
        }
        if let Some(fault) = self.fault {
            let fill = [("at", both(fault.offset.to_string())), ("why", bits.say(fault.label, &[]))];
            parts.push(Meaning::new(bits.say("fault", &fill), fault.offset..bytes.len().max(fault.offset)));
        }
        let mut protocols: Vec<String> = self.protocols.iter().filter(|p| **p != 15).map(|p| format!("T={p}")).collect();
        protocols.dedup();
        Meaning::new(bits.say("atr", &[("v", both(protocols.join(", ")))]), 0..bytes.len()).with(parts)
    }
}

fn interface(byte: &InterfaceByte, bits: &Bits) -> Meaning {
    let InterfaceByte { letter, index, value, at } = *byte;
    let name = ("name", both(format!("T{letter}{index}")));
    let v = both(value.to_string());
    let text = match (letter, index) {
        ('A', 1) => {
            let (f, khz) = FI.get(usize::from(value >> 4)).copied().unwrap_or_default();
            let d = DI.get(usize::from(value & 0x0F)).copied().unwrap_or_default();
            if f == 0 || d == 0 {
                bits.say("atr-reserved", &[name, ("hex", both(format!("{value:02X}")))])
            } else {
                let mhz = format!("{}.{}", khz / 1000, khz % 1000 / 100);
                bits.say("atr-speed", &[name, ("f", both(f.to_string())), ("d", both(d.to_string())), ("mhz", both(mhz))])
            }
        }
        ('B', 1) => bits.say("atr-vpp", &[name, ("hex", both(format!("{value:02X}")))]),
        ('C', 1) => bits.say("atr-guard", &[name, ("v", v)]),
        ('A', 2) => bits.say("atr-specific", &[name, ("v", both((value & 0x0F).to_string()))]),
        ('C', 2) => bits.say("atr-waiting", &[name, ("v", v)]),
        ('D', _) => bits.say("atr-protocol", &[name, ("v", both((value & 0x0F).to_string()))]),
        _ => bits.say("atr-byte", &[name, ("hex", both(format!("{value:02X}")))]),
    };
    Meaning::new(text, at..at.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_two_protocols() {
        let bytes = [0x3B, 0x90, 0x11, 0x81, 0x31, 0xFE];
        let atr = read(&bytes);
        assert_eq!(
            atr.interface.iter().map(|b| (b.letter, b.index, b.at)).collect::<Vec<_>>(),
            [('A', 1, 2), ('D', 1, 3), ('D', 2, 4), ('A', 3, 5)]
        );
        assert_eq!(atr.protocols, [1, 1]);
        assert_eq!(atr.fault.map(|f| f.offset), Some(6), "TD2 announces TA3 and TB3");
    }

    #[test]
    fn check_bytes_are_checked() {
        let mut bytes = vec![0x3B, 0x80, 0x01];
        let tck = 0x80 ^ 0x01;
        bytes.push(tck);
        assert_eq!(
            read(&bytes),
            Atr {
                convention: Some(Convention::Direct),
                interface: vec![InterfaceByte { letter: 'D', index: 1, value: 1, at: 2 }],
                protocols: vec![1],
                historical: 3..3,
                check: Some(true),
                fault: None
            }
        );
        bytes[3] ^= 1;
        assert_eq!(read(&bytes).fault.map(|f| f.offset), Some(3));
        bytes.truncate(3);
        assert_eq!(read(&bytes).fault.map(|f| f.offset), Some(3));
    }

    #[test]
    fn what_is_too_long_or_no_answer_is_said() {
        assert_eq!(read(&[0x3B, 0x02, 0x14, 0x50, 0x00]).fault.map(|f| f.offset), Some(4));
        assert_eq!(read(&[0x3B, 0x02, 0x14, 0x50]).fault, None);
        assert_eq!(read(&[0x00]).fault, Some(TS));
        assert_eq!(read(&[]).fault.map(|f| f.offset), Some(0));
        let endless: Vec<u8> = [0x3B, 0x80].into_iter().chain(std::iter::repeat_n(0x80, 200)).collect();
        assert_eq!(read(&endless).fault.map(|f| f.offset), Some(LENGTH_MAX));
    }
}
