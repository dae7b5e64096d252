//! Speed beside peers, measured in one run: `cargo xtask bench`. One part alone: `answers`, `codec`, `report` or `capture` as argument.
//!
//! Ratios matter; absolute times belong to the machine. That decoding allocates nothing is a test: `tests/no_alloc.rs`.

mod answers;
mod capture;
mod codec;
mod measure;
mod report;
mod samples;

use std::path::Path;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let only = std::env::args().nth(1);
    let parts: [(&str, fn(&Path)); 4] = [("answers", answers::compare), ("codec", codec::compare), ("report", report::measure), ("capture", capture::measure)];
    for (name, part) in parts {
        if only.as_deref().is_none_or(|only| only == name) {
            part(&root);
        }
    }
}
