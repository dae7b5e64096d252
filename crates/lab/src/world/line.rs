//! The line between terminal and host: whether a call comes about, and what becomes of bytes on the way.

use super::state::State;
use crate::Dice;
use crate::terminal::LinkTrouble;

/// What becomes of a message on the way, one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It arrives after some milliseconds, perhaps changed.
    Arrives(u64, Vec<u8>),
    /// It never arrives, and nobody is told.
    Lost,
    /// The line breaks.
    Breaks(u64),
}

/// Milliseconds until a call stands, or why it does not and after how long.
pub fn call(state: &State, dice: &mut Dice) -> Result<u64, (u64, LinkTrouble)> {
    let radio = state.is("link.kind", "sim");
    if state.is("link.modem", "broken") {
        return Err((300, LinkTrouble::NoModem));
    }
    if state.is("power.supply", "unstable") && dice.chance(0.5) {
        return Err((2_000, LinkTrouble::NoModem));
    }
    match state.get("link.kind") {
        "sim" => match state.get("link.sim") {
            "loose" | "broken" => return Err((300, LinkTrouble::NoSim)),
            "pin" => return Err((300, LinkTrouble::SimLocked)),
            "barred" => return Err((3_000, LinkTrouble::Refused)),
            _ => {}
        },
        "cable" if state.is("link.cable", "out") => return Err((200, LinkTrouble::NoCarrier)),
        "wifi" if state.is("link.wifi", "password-changed") => return Err((5_000, LinkTrouble::NoCarrier)),
        "bluetooth" if state.is("link.bluetooth", "off") => return Err((2_000, LinkTrouble::NoCarrier)),
        _ => {}
    }
    if radio && (state.is("link.signal", "none") || state.is("link.cell", "outage")) {
        return Err((6_000, LinkTrouble::NoSignal));
    }
    if radio && (state.is("link.sim", "no-data") || state.is("link.apn", "wrong")) {
        return Err((20_000, LinkTrouble::NoAnswer));
    }
    let behind_router = matches!(state.get("link.kind"), "wifi" | "cable");
    if behind_router && state.is("link.router", "down") {
        return Err((20_000, LinkTrouble::NoAnswer));
    }
    if state.is("link.dns", "wrong") {
        return Err((4_000, LinkTrouble::NameUnknown));
    }
    if behind_router && state.is("link.router", "blocks-port") {
        return Err((20_000, LinkTrouble::NoAnswer));
    }
    if state.is("link.address", "wrong") || state.is("acquirer.host", "down") {
        return Err((400, LinkTrouble::Closed));
    }
    let weak = radio && state.is("link.signal", "weak");
    if (weak || state.is("link.cell", "congested")) && dice.chance(0.7) {
        return Err((20_000, LinkTrouble::NoAnswer));
    }
    // A call takes one short packet each way, a message many long ones.
    Ok(250 + dice.below(200) + state.number("link.delay_ms") as u64 / 4)
}

/// What becomes of bytes to the host (`up`) or from it.
pub fn carry(state: &State, dice: &mut Dice, bytes: &[u8], up: bool) -> Delivery {
    let delay = 40 + dice.below(60) + state.number("link.delay_ms") as u64;
    if state.is("link.breaks", if up { "while-sending" } else { "while-waiting" }) {
        return Delivery::Breaks(delay);
    }
    let disturbed = state.is("air.interference", "yes") || state.is("power.supply", "unstable");
    if disturbed && dice.chance(if up { 0.2 } else { 0.9 }) {
        return Delivery::Breaks(delay + 500);
    }
    if !up && state.is("link.answers", "lost") {
        return Delivery::Lost;
    }
    if dice.chance(state.number("link.loss") as f64 / 100.0) {
        // TCP tries again for a while; at such loss it gives up.
        return if dice.chance(0.5) { Delivery::Lost } else { Delivery::Breaks(delay + 3_000) };
    }
    let mut bytes = bytes.to_vec();
    if !up {
        match state.get("link.bytes") {
            "cut" => bytes.truncate(bytes.len() * 2 / 3),
            "length-header" => {
                let length = (bytes.len() as u16).saturating_add(9).to_be_bytes();
                bytes.iter_mut().zip(length).for_each(|(b, l)| *b = l);
            }
            "garbled" => {
                for byte in bytes.iter_mut().skip(20).step_by(7) {
                    *byte ^= 0x55;
                }
            }
            _ => {}
        }
    }
    Delivery::Arrives(delay, bytes)
}
