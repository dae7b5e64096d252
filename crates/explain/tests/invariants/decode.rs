//! Anything that is pasted. First byte: how a card number is put in; two bytes: where.

use posdx_explain::decoded::Kind;

use super::shown::{CARD, DECODER, MISTYPED, hides, pages};

/// How many ways there are to put a card number in.
pub const WAYS: u8 = 8;

pub fn check(data: &[u8]) {
    let [way, high, low, input @ ..] = data else { return };
    let place = usize::from(u16::from_be_bytes([*high, *low])) % (input.len() + 1);
    let (input, number) = with_card(*way, input, place);
    // The upper bits say what a person may claim that it is.
    let kind = Kind::ALL.get(usize::from(way / WAYS)).copied();
    let pages = pages(&DECODER.input(&input, kind, None));
    if let Some(number) = number {
        hides(&pages, number);
    }
}

fn with_card(way: u8, input: &[u8], at: usize) -> (Vec<u8>, Option<&'static str>) {
    let put = |at: usize, what: &[u8]| [&input[..at], what, &input[at..]].concat();
    let hex = |bytes: &[u8]| bytes.iter().flat_map(|b| format!("{b:02X}").into_bytes()).collect::<Vec<u8>>();
    let packed: Vec<u8> = (0..CARD.len()).step_by(2).filter_map(|i| u8::from_str_radix(&CARD[i..i + 2], 16).ok()).collect();
    match way % WAYS {
        // In words, which belong to no dump.
        1 => (put(at, format!("，卡号：{MISTYPED}。").as_bytes()), Some(MISTYPED)),
        // As the account number and track 2 of chip data in a dump.
        2 => (hex(&[b"\x5A\x08", &packed[..], input].concat()), Some(CARD)),
        3 => (hex(&[b"\x57\x0D", &packed[..], b"\xD2\x51\x22\x01\x00", input].concat()), Some(CARD)),
        // Bytes, and a dump, with the digits as characters.
        4 => (put(at, CARD.as_bytes()), Some(CARD)),
        5 => (hex(&put(at, CARD.as_bytes())), Some(CARD)),
        _ => (input.to_vec(), None),
    }
}
