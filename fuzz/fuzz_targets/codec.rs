//! A dialect and any bytes → a decoded message whose places, masks and values hold, and the same bytes again.
//!
//! `cargo test -p posdx-explain --test mutations -- --ignored` writes samples to start from; then `cargo fuzz run codec`.
#![no_main]

#[path = "../../crates/explain/tests/invariants/mod.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|data: &[u8]| invariants::codec::check(data));
