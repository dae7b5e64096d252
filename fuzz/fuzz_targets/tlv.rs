//! Any bytes as chip data: elements and back, meanings, contradictions, card commands, answers to reset.
//!
//! `cargo test -p posdx-explain --test mutations -- --ignored` writes samples to start from; then `cargo fuzz run tlv`.
#![no_main]

#[path = "../../crates/explain/tests/invariants/mod.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|data: &[u8]| invariants::tlv::check(data));
