//! May the card be used today, is the amount risky, and what follows from all findings (EMV 4.4 Book 3 sections 10.4, 10.6, 10.7).

use super::{tsi, tvr};
use crate::tlv::Data;

/// Limits of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From this amount on the bank is asked, in the smallest unit.
    pub floor: u64,
    /// The amount up to which a tap needs no PIN.
    pub no_pin: u64,
}

/// Terminal action codes, which findings lead to which wish (tags DF11 to DF13 of the downloaded parameters).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionCodes {
    /// Decline at once.
    pub denial: [u8; 5],
    /// Ask the bank.
    pub online: [u8; 5],
    /// Decline when the bank cannot be asked.
    pub default: [u8; 5],
}

impl Default for ActionCodes {
    fn default() -> Self {
        ActionCodes {
            denial: [0x00, 0x70, 0x00, 0x00, 0x00],
            online: [0xD8, 0x40, 0x04, 0xF8, 0x00],
            default: [0xD8, 0x40, 0x00, 0xA8, 0x00],
        }
    }
}

/// What the terminal wants from the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Transaction certificate: approved without the bank.
    Tc,
    /// Authorisation request cryptogram: ask the bank.
    Arqc,
    /// Application authentication cryptogram: declined.
    Aac,
}

/// Version, dates and permitted use.
pub fn restrictions(data: &mut Data) {
    let mut raise = |(place, bits): (usize, u8)| data.raise(0x95, place, bits);
    raise(tvr::NO_OFFLINE_AUTHENTICATION);
    let today = data.get(0x9A).unwrap_or_default().to_vec();
    if let Some(version) = data.get(0x9F08)
        && Some(version) != data.get(0x9F09)
    {
        data.raise(0x95, tvr::VERSIONS_DIFFER.0, tvr::VERSIONS_DIFFER.1);
    }
    if data.get(0x5F24).is_some_and(|end| end < today.as_slice()) {
        data.raise(0x95, tvr::EXPIRED.0, tvr::EXPIRED.1);
    }
    if data.get(0x5F25).is_some_and(|start| start > today.as_slice()) {
        data.raise(0x95, tvr::NOT_YET.0, tvr::NOT_YET.1);
    }
    // Application usage control: goods at home (0x20), valid at terminals other than cash machines (byte 1, 0x01).
    if data.get(0x9F07).is_some_and(|_| data.byte(0x9F07, 0) & 0x21 != 0x21) {
        data.raise(0x95, tvr::SERVICE_NOT_ALLOWED.0, tvr::SERVICE_NOT_ALLOWED.1);
    }
    if [0x5A, 0x5F24, 0x8C, 0x8D].iter().any(|tag| data.get(*tag).is_none()) {
        data.raise(0x95, tvr::DATA_MISSING.0, tvr::DATA_MISSING.1);
    }
}

/// Floor limit and selection at random; `percent` is a throw from 0 to 99, below 5 of it goes online.
pub fn terminal_risk(data: &mut Data, amount: u64, limits: Limits, percent: u8) {
    if amount >= limits.floor {
        data.raise(0x95, tvr::OVER_FLOOR.0, tvr::OVER_FLOOR.1);
    } else if percent < 5 {
        data.raise(0x95, tvr::CHOSEN_AT_RANDOM.0, tvr::CHOSEN_AT_RANDOM.1);
    }
    data.raise(0x9B, 0, tsi::TERMINAL_RISK_DONE);
}

/// Findings against action codes of terminal and card; `offline` when the bank cannot be asked.
pub fn analyse(data: &Data, codes: &ActionCodes, offline: bool) -> Wish {
    let hits = |terminal: &[u8; 5], tag: u32, missing: u8| {
        terminal.iter().enumerate().any(|(i, code)| {
            let card = data.get(tag).map_or(missing, |v| v.get(i).copied().unwrap_or(0));
            data.byte(0x95, i) & (code | card) != 0
        })
    };
    if hits(&codes.denial, 0x9F0E, 0x00) {
        Wish::Aac
    } else if offline {
        if hits(&codes.default, 0x9F0D, 0xFF) { Wish::Aac } else { Wish::Tc }
    } else if hits(&codes.online, 0x9F0F, 0xFF) {
        Wish::Arqc
    } else {
        Wish::Tc
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expired_card_is_declined_and_a_sound_one_over_the_floor_goes_online() {
        let mut data = Data::default();
        data.put(0x95, [0; 5]);
        data.put(0x9B, [0; 2]);
        data.put(0x9A, [0x26, 0x11, 0x24]);
        data.put(0x5F24, [0x30, 0x12, 0x31]);
        for tag in [0x5A, 0x8C, 0x8D] {
            data.put(tag, [1]);
        }
        for tag in [0x9F0D, 0x9F0E, 0x9F0F] {
            data.put(tag, [0; 5]);
        }
        let mut old = data.clone();
        restrictions(&mut data);
        terminal_risk(&mut data, 500, Limits { floor: 0, no_pin: 0 }, 99);
        assert_eq!(analyse(&data, &ActionCodes::default(), false), Wish::Arqc);
        assert_eq!(analyse(&data, &ActionCodes::default(), true), Wish::Aac, "over the floor and no bank");
        old.put(0x5F24, [0x25, 0x12, 0x31]);
        restrictions(&mut old);
        assert_eq!(analyse(&old, &ActionCodes::default(), false), Wish::Aac);
    }
}
