//! What must hold for any bytes: one function for each target of `fuzz/`. `mutations.rs` runs the same functions on stable Rust.
#![allow(dead_code, reason = "each fuzz target uses one of them")]
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

pub mod codec;
pub mod decode;
pub mod framer;
pub mod log;
pub mod pcap;
pub mod shown;
pub mod tlv;

/// The pieces in which bytes arrive; `cuts` 0 leaves them whole. The same number always cuts alike.
pub fn pieces(bytes: &[u8], cuts: u8) -> Vec<&[u8]> {
    if cuts == 0 {
        return vec![bytes];
    }
    let (mut rest, mut state, mut all) = (bytes, u32::from(cuts), Vec::new());
    while !rest.is_empty() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Mostly a few bytes, sometimes none.
        let count = ((state >> 24) as usize % (2 * usize::from(cuts))).min(rest.len());
        let (piece, after) = rest.split_at(count);
        all.push(piece);
        rest = after;
    }
    all
}
