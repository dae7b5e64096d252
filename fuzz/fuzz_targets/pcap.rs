//! Any bytes as a capture, and any bytes as a conversation that was captured badly → all of it heard or told as missing.
//!
//! `cargo test -p posdx-explain --test mutations -- --ignored` writes samples to start from; then `cargo fuzz run pcap`.
#![no_main]

#[path = "../../crates/explain/tests/invariants/mod.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|data: &[u8]| invariants::pcap::check(data));
