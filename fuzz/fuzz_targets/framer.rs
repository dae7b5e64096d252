//! A frame and any stream, cut anyhow → messages, skipped bytes and a cut end that add up to the stream.
//!
//! `cargo test -p posdx-explain --test mutations -- --ignored` writes samples to start from; then `cargo fuzz run framer`.
#![no_main]

#[path = "../../crates/explain/tests/invariants/mod.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|data: &[u8]| invariants::framer::check(data));
