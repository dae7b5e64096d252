//! What people read of messages, logs and captures, page by page, in both languages. A change of words shows up here and is reviewed
//! as prose.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

#[path = "../../wire/tests/common/mod.rs"]
mod common;

use std::net::{Ipv4Addr, SocketAddrV4};

use common::{hex, samples};
use posdx_embedded::{catalogue, knowledge};
use posdx_explain::decoded::Decoder;
use posdx_explain::render::{View, decoded};
use posdx_model::{Lang, Role};
use posdx_wire::capture::{Direction, LinkType, PcapWriter, Precision, TcpTalk};
use posdx_wire::iso8583::encode;
use unicode_width::UnicodeWidthStr;

/// Without colours, as in a pipe.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(|c| c.is_ascii_alphabetic());
        } else {
            out.push(c);
        }
    }
    out
}

fn page(input: &[u8], lang: Lang, width: usize, all: bool) -> String {
    let report = Decoder::new(catalogue(), knowledge()).input(input, None, None).expect("decoded");
    plain(&decoded::render(&report, View { lang, role: Role::Engineer, width, all }))
}

fn sample(id: &str) -> Vec<u8> {
    samples().into_iter().find(|s| s.id == id).expect("there").whole
}

fn framed(mti: &str, fields: &[(usize, &str)]) -> Vec<u8> {
    let mut body = vec![0x60, 0, 3, 0, 0, 0x60, 0x31, 0, 0x31, 0xFF, 0xF1];
    encode(knowledge().dialects.get("cup-pos").expect("shipped"), mti, fields.iter().copied(), &mut body).expect("fits");
    let length = u16::try_from(body.len()).expect("short");
    [&length.to_be_bytes()[..], &body].concat()
}

/// A sale declined, a sale reversed, a sign-on refused.
fn capture() -> Vec<u8> {
    let client = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 10), 40001);
    let mut talk = TcpTalk::new(client, SocketAddrV4::new(Ipv4Addr::new(198, 51, 100, 7), 8080));
    let mut file = PcapWriter::new(Vec::new(), LinkType(1), Precision::Microseconds).expect("a header");
    let mut time = 1_772_000_000_000_000_000u64;
    let mut write = |time: u64, frames: Vec<Vec<u8>>| frames.iter().for_each(|f| file.write(time, f).expect("written"));
    write(time, talk.syn());
    let place = [(41, "29800013"), (42, "848290441116000")];
    let money = |trace: &'static str, more: &[(usize, &'static str)]| {
        let mut fields =
            vec![(2, "6225881234567898"), (3, "000000"), (4, "000000012300"), (11, trace), (25, "00"), (49, "156"), (60, "22000012000")];
        fields.extend(place.iter().chain(more));
        fields.sort_by_key(|f| f.0);
        fields
    };
    let mut sign_on = [(11, "000103"), (60, "00000012003"), (39, "A0")].iter().chain(&place).copied().collect::<Vec<_>>();
    sign_on.sort_by_key(|f| f.0);
    let asked: Vec<(usize, &str)> = sign_on.iter().filter(|f| f.0 != 39).copied().collect();
    for (wait_ms, direction, bytes) in [
        (5, Direction::ToServer, framed("0200", &money("000101", &[]))),
        (300, Direction::ToClient, framed("0210", &money("000101", &[(39, "51")]))),
        (20_000, Direction::ToServer, framed("0200", &money("000102", &[]))),
        (61_000, Direction::ToServer, framed("0400", &money("000102", &[(39, "98")]))),
        (280, Direction::ToClient, framed("0410", &money("000102", &[(39, "00")]))),
        (9_000, Direction::ToServer, framed("0800", &asked)),
        (90, Direction::ToClient, framed("0810", &sign_on)),
    ] {
        time += wait_ms * 1_000_000;
        write(time, talk.send(direction, &bytes));
    }
    file.into_inner()
}

const LOG: &[u8] = include_bytes!("../../posdx/tests/decode/android.log");

fn five() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("mac-failed", sample("cup-wearapay-0210")),
        ("keys", sample("cup-sdxp-0810a")),
        ("cut", sample("cup-wearapay-0200")[..100].to_vec()),
        ("log", LOG.to_vec()),
        ("capture", capture()),
    ]
}

#[test]
fn five_pages() {
    for (name, input) in five() {
        for lang in [Lang::Zh, Lang::En] {
            insta::assert_snapshot!(format!("{name}-{lang}"), page(&input, lang, 80, false));
        }
    }
}

#[test]
fn no_line_is_wider_than_the_page() {
    let mut inputs: Vec<(String, Vec<u8>)> = five().into_iter().map(|(n, b)| (n.to_owned(), b)).collect();
    inputs.extend(samples().into_iter().map(|s| (s.id, s.whole)));
    let chip = include_str!("../../wire/tests/emv.jsonl").lines().map(|l| serde_json::from_str::<serde_json::Value>(l).expect("JSON"));
    inputs.extend(chip.map(|s| (s["id"].to_string(), common::unhex(s["hex"].as_str().expect("hex")))));
    inputs.extend(["10040472", "3B6500002063CB6800", "6A82", "+CME ERROR: 10"].map(|t| (t.to_owned(), t.as_bytes().to_vec())));
    inputs.push(("many".into(), samples().iter().map(|s| hex(&s.whole) + "\n\n").collect::<String>().into_bytes()));
    for (name, input) in inputs {
        for lang in [Lang::Zh, Lang::En] {
            for width in [60, 80, 100] {
                for line in page(&input, lang, width, true).lines() {
                    // The hexadecimal view has its own width.
                    let view = line.get(4..6) == Some("  ") && line.get(..4).is_some_and(|o| o.bytes().all(|b| b.is_ascii_hexdigit()));
                    assert!(
                        line.width() <= width || view && line.width() <= 73,
                        "{name} {lang} at {width}: {} columns\n{line}",
                        line.width()
                    );
                }
            }
        }
    }
}

#[test]
fn every_page_says_verdict_first_and_nothing_twice() {
    for (name, input) in five() {
        for lang in [Lang::Zh, Lang::En] {
            let page = page(&input, lang, 80, false);
            assert!(!page.starts_with('\n') && page.ends_with('\n') && !page.contains("\n\n\n"), "{name}:\n{page}");
            let mut last = "";
            for line in page.lines().filter(|l| l.trim().chars().count() > 24) {
                assert_ne!(line, last, "{name}");
                last = line;
            }
        }
    }
}
