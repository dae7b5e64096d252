//! Any bytes as a log, cut anyhow → lines, signals, digest and report, without the card number that was put in.
//!
//! `cargo test -p posdx-explain --test mutations -- --ignored` writes samples to start from; then `cargo fuzz run log`.
#![no_main]

#[path = "../../crates/explain/tests/invariants/mod.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|data: &[u8]| invariants::log::check(data));
