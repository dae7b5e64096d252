//! Scores a question set: `cargo run --release -p posdx-explain --example score -- FILE.tsv`.
//!
//! With `--evidence` it prints what the confidence of an answer is fitted on: best log likelihood, weight, foreignness, wanted.
//!
//! A line is `question <TAB> acceptable conditions joined by | <TAB> kind`; `-` means that no confident answer may come.
#![allow(clippy::disallowed_methods, reason = "a tool, not the core")]

use std::collections::BTreeMap;

use posdx_catalogue::find::understood;
use posdx_catalogue::search::evidence;
use posdx_explain::{Question, Verdict, explain};

fn main() {
    let path = std::env::args().nth(1).expect("usage: score FILE.tsv");
    let text = std::fs::read_to_string(&path).expect("a readable file");
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for line in text.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()) {
        let mut cells = line.split('\t');
        let (Some(question), Some(wanted), Some(kind)) = (cells.next(), cells.next(), cells.next()) else {
            panic!("three columns: {line}")
        };
        if std::env::args().any(|a| a == "--evidence") {
            if let Some(e) = evidence(posdx_embedded::catalogue(), &understood(posdx_embedded::catalogue(), question)) {
                println!("{}\t{}\t{}\t{wanted}", e.best, e.weight, e.foreign);
            }
            continue;
        }
        let e = explain(posdx_embedded::catalogue(), Question { text: question, place: None });
        let top = e.readings.first().map(|r| r.condition.as_str());
        let right = match wanted {
            "-" => e.verdict == Verdict::Unknown || e.readings.is_empty(),
            _ => top.is_some_and(|t| wanted.split('|').any(|w| w == t)),
        };
        let count = kinds.entry(kind).or_default();
        count.1 += 1;
        if right {
            count.0 += 1;
        } else {
            let shown: Vec<String> = e.readings.iter().take(3).map(|r| format!("{} {:.2}", r.condition, r.score)).collect();
            println!("{kind}\t{question}\twanted {wanted}\tgot {}", shown.join(", "));
        }
    }
    let (mut right, mut all) = (0, 0);
    for (kind, (r, n)) in &kinds {
        println!("{kind:12} {r:4} of {n:4}  {:5.1} %", 100.0 * *r as f64 / *n as f64);
        right += r;
        all += n;
    }
    println!("{:12} {right:4} of {all:4}  {:5.1} %", "all", 100.0 * right as f64 / all as f64);
}
