//! Any text → an answer, in every form, without panic, without a card number in it.
//!
//! `cargo fuzz run explain` from this folder's parent; on stable Rust `cargo fuzz run -s none explain`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use posdx_embedded::catalogue;
use posdx_explain::render::{View, narration, terminal};
use posdx_explain::{Question, explain, number};
use posdx_model::{Lang, Place, Role};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let place = data.first().and_then(|b| Place::ALL.get(usize::from(*b) % (2 * Place::ALL.len()))).copied();
    let answer = explain(catalogue(), Question { text: &text, place });
    let view = View { lang: Lang::Zh, role: Role::Engineer, width: 60, all: true };
    let shown = [serde_json::to_string(&answer).expect("plain data"), terminal::render(&answer, view), narration::narrate(&answer, view)];
    for page in &shown {
        let longest = page.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
        assert!(longest < 13, "a run of {longest} digits came out");
    }
    number::phone::read(catalogue(), &text);
    number::merchant::read(catalogue(), &text, Some(&text));
    number::card::read(&text);
});
