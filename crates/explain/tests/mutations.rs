//! What the fuzz targets ask of any bytes, asked of a fixed number of changed samples: the same ones on every run.
//!
//! `cargo test -p posdx-explain --test mutations -- --ignored` writes the samples to `fuzz/corpus`, where fuzzing starts from them.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

mod invariants;
mod seeds;

use std::path::Path;

type Check = fn(&[u8]);
type Seeds = fn() -> Vec<Vec<u8>>;

/// Each target: its samples, what must hold, and how many changed samples a run takes.
const TARGETS: &[(&str, Seeds, Check, usize)] = &[
    ("codec", seeds::codec, invariants::codec::check, 6000),
    ("framer", seeds::framer, invariants::framer::check, 6000),
    ("tlv", seeds::tlv, invariants::tlv::check, 6000),
    ("log", seeds::log, invariants::log::check, 500),
    ("pcap", seeds::pcap, invariants::pcap::check, 600),
    ("decode", seeds::decode, invariants::decode::check, 1500),
];

/// What fuzzing found once: a card number in an element that is cut, in one that is known and no secret, in characters that are read as
/// tags and lengths.
const FOUND: &[(&str, &[u8])] = &[
    ("decode", b"\x0C\x00\x146F1C8407A0000000041010A511500F50504320\x14D43442030342020763230"),
    ("decode", b"\x0C\x00\x146F1C8407A000000004\x0C010A511500F505043204D43442030342020763230"),
    ("decode", b"\x0D\x00input\x00"),
];

/// Chance that is the same every time (Marsaglia's xorshift, 64 bits).
struct Chance(u64);

impl Chance {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % count.max(1)
    }

    /// One to four changes such as wires, cables and people make.
    fn change(&mut self, sample: &[u8], other: &[u8]) -> Vec<u8> {
        const TELLING: &[u8] = &[0, 1, 0x0F, b' ', b'0', b'9', b'=', b'A', b'D', 0x5A, 0x60, 0x7F, 0x80, 0x81, 0x99, 0xF0, 0xFF, b'\n'];
        let mut bytes = sample.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let count = self.below(9).min(bytes.len() - at);
            match self.below(8) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..at + count)),
                2 => bytes.extend_from_within(at..),
                3 => bytes.splice(at..at, std::iter::repeat_n(TELLING[self.below(TELLING.len())], count)).for_each(drop),
                4 => bytes.splice(at.., other.iter().skip(self.below(other.len())).copied()).for_each(drop),
                5 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                _ if at < bytes.len() => bytes[at] = TELLING[self.below(TELLING.len())],
                _ => {}
            }
        }
        bytes
    }
}

/// Says which bytes failed, so that they can be looked at alone.
struct Told<'a>(&'a str, &'a [u8]);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let hex: String = self.1.iter().map(|b| format!("{b:02x}")).collect();
            eprintln!("target {}: {hex}", self.0);
        }
    }
}

fn run(target: usize) {
    let (name, seeds, check, count) = TARGETS[target];
    let seeds = seeds();
    for seed in &seeds {
        let _told = Told(name, seed);
        check(seed);
    }
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15 ^ target as u64);
    for i in 0..count {
        let sample = chance.change(&seeds[i % seeds.len()], &seeds[(i * 7 + 1) % seeds.len()]);
        let _told = Told(name, &sample);
        check(&sample);
    }
}

#[test]
fn changed_messages() {
    run(0);
}

#[test]
fn changed_streams() {
    run(1);
}

#[test]
fn changed_chip_data() {
    run(2);
}

#[test]
fn changed_logs() {
    run(3);
}

#[test]
fn changed_captures() {
    run(4);
}

#[test]
fn changed_pastes() {
    run(5);
}

#[test]
fn what_was_found_stays_mended() {
    for (name, bytes) in FOUND {
        let (_, _, check, _) = TARGETS.iter().find(|t| t.0 == *name).expect("a target");
        let _told = Told(name, bytes);
        check(bytes);
    }
}

#[test]
#[ignore = "writes fuzz/corpus, from which fuzzing starts"]
fn write_seeds() {
    let explain: &[(&str, Seeds, Check, usize)] = &[("explain", seeds::explain, |_| {}, 0)];
    for (name, seeds, ..) in TARGETS.iter().chain(explain) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (i, seed) in seeds().iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{i:03}")), seed).expect("written");
        }
    }
}
