//! How the cardholder proves to be one: the card's list, rule by rule (EMV 4.4 Book 3 section 10.5).

use super::tvr;
use crate::tlv::Data;

/// What the terminal does to check the cardholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cvm {
    /// A PIN that the bank checks.
    OnlinePin,
    /// A PIN that the card checks.
    OfflinePin,
    /// A signature on the slip.
    Signature,
    /// Nothing.
    None,
    /// No rule fits: verification fails.
    Failed,
}

/// One rule of the list: its code without the bit that says what happens after a failure, its condition, that bit.
struct Rule {
    method: u8,
    condition: u8,
    go_on: bool,
}

/// The method that the card's list (tag 8E) asks for, and the result for tag 9F34. `amount` in the smallest unit.
pub fn choose(data: &mut Data, amount: u64) -> Cvm {
    let list = data.get(0x8E).unwrap_or_default().to_vec();
    if data.byte(0x82, 0) & 0x10 == 0 || list.len() < 10 {
        data.put(0x9F34, [0x3F, 0x00, 0x00]);
        return Cvm::None;
    }
    let number = |bytes: Option<&[u8]>| bytes.unwrap_or_default().iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
    let (x, y) = (number(list.get(..4)), number(list.get(4..8)));
    for pair in list.get(8..).unwrap_or_default().chunks_exact(2) {
        let &[code, condition] = pair else { continue };
        let rule = Rule { method: code & 0x3F, condition, go_on: code & 0x40 != 0 };
        if !applies(rule.condition, amount, x, y) {
            continue;
        }
        let cvm = match rule.method {
            0x01 => Cvm::OfflinePin,
            0x02 => Cvm::OnlinePin,
            0x1E => Cvm::Signature,
            0x1F => Cvm::None,
            0x00 => Cvm::Failed,
            _ => {
                data.raise(0x95, tvr::CVM_UNKNOWN.0, tvr::CVM_UNKNOWN.1);
                if rule.go_on {
                    continue;
                }
                Cvm::Failed
            }
        };
        // Result: 0 unknown (signature and online PIN are decided elsewhere), 1 failed, 2 successful.
        let result = match cvm {
            Cvm::Failed => 1,
            Cvm::None => 2,
            _ => 0,
        };
        data.put(0x9F34, [code, condition, result]);
        if cvm == Cvm::Failed {
            break;
        }
        return cvm;
    }
    data.raise(0x95, tvr::CVM_FAILED.0, tvr::CVM_FAILED.1);
    Cvm::Failed
}

fn applies(condition: u8, amount: u64, x: u64, y: u64) -> bool {
    match condition {
        0x00 | 0x03 => true,
        // Not unattended cash, not manual cash, not purchase with cash back: a sale.
        0x02 => true,
        0x06 => amount < x,
        0x07 => amount >= x,
        0x08 => amount < y,
        0x09 => amount >= y,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(list: &[u8]) -> Data {
        let mut data = Data::default();
        data.put(0x82, [0x7C, 0x00]);
        data.put(0x95, [0; 5]);
        data.put(0x8E, [&[0, 0, 0x27, 0x10, 0, 0, 0, 0], list].concat());
        data
    }

    #[test]
    fn rules_are_taken_in_order_under_their_conditions() {
        assert_eq!(choose(&mut card(&[0x1F, 0x06, 0x42, 0x03, 0x1E, 0x00]), 9_999), Cvm::None);
        assert_eq!(choose(&mut card(&[0x1F, 0x06, 0x42, 0x03, 0x1E, 0x00]), 10_000), Cvm::OnlinePin);
        let mut unknown = card(&[0x45, 0x00, 0x1E, 0x00]);
        assert_eq!(choose(&mut unknown, 1), Cvm::Signature);
        assert_eq!(unknown.byte(0x95, 2), 0x40);
        let mut none = card(&[0x02, 0x06]);
        assert_eq!((choose(&mut none, 99_999), none.byte(0x95, 2)), (Cvm::Failed, 0x80));
    }
}
