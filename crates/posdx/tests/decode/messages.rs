//! Real messages in every dress, whole and cut.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::{Sample, hex, samples};
use crate::tools::{Kept, decoded, err, object, out, posdx, posdx_reading};

/// Shown text that hides some characters and changes none.
fn masked_only(shown: &str, real: &str) -> bool {
    shown.chars().count() == real.chars().count() && shown.chars().zip(real.chars()).all(|(s, r)| s == r || s == '*')
}

fn fields(message: &Value) -> BTreeMap<usize, Value> {
    let all = message["fields"].as_object().unwrap_or_else(|| panic!("no fields: {message}"));
    all.iter().map(|(n, f)| (n.parse().expect("a number"), f.clone())).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// Type, fields and framing are the publisher's.
fn assert_is(found: &Value, sample: &Sample, clear: bool, dress: &str) {
    let what = format!("{} as {dress}", sample.id);
    assert_eq!(found["kind"], "iso8583", "{what}");
    assert_eq!(found["mti"], sample.mti.as_str(), "{what}");
    let found_fields = fields(found);
    assert_eq!(found_fields.keys().collect::<Vec<_>>(), sample.fields.keys().collect::<Vec<_>>(), "{what} by {}", found["dialect"]);
    for (number, expected) in &sample.fields {
        let shown = text(&found_fields[number]["value"]);
        assert!(if clear { shown == expected } else { masked_only(shown, expected) }, "{what}, field {number}: {shown}");
    }
    assert_eq!(found["error"].is_null(), sample.fault.is_none(), "{what}: {}", found["error"]);
}

/// The digits or letters of a value in the bytes that a field claims, whatever their coding.
fn cut_out(bytes: &[u8], range: &Value, value: &str) -> bool {
    let at = |i: usize| range[i].as_u64().expect("a number") as usize;
    let Some(part) = bytes.get(at(0)..at(1)) else { return false };
    let packed = hex(part);
    let plain = value.replace('=', "D");
    let ascii: String = part.iter().map(|b| char::from(*b)).collect();
    // Digits of EBCDIC are F0 to F9; letters are compared where they are ASCII.
    let ebcdic: String = packed.as_bytes().chunks(2).filter(|c| c[0] == b'F').map(|c| char::from(c[1])).collect();
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    packed.contains(&plain.to_uppercase()) || ascii.contains(value) || ebcdic.contains(&digits)
}

#[test]
fn every_sample_is_what_its_publisher_says() {
    for sample in samples() {
        let typed = hex(&sample.whole);
        let masked = decoded(&typed, &[]);
        assert_is(&masked, &sample, false, "hex");
        let clear = decoded(&typed, &["--unmask"]);
        assert_is(&clear, &sample, true, "hex, unmasked");
        assert_eq!(masked["schema"], "posdx.decoded/1");
        let line: Value = include_str!("../../../wire/tests/iso8583.jsonl")
            .lines()
            .map(|l| serde_json::from_str::<Value>(l).expect("JSON"))
            .find(|l| l["id"] == sample.id.as_str())
            .expect("there");
        for part in ["length_header", "tpdu", "header"] {
            if let Some(expected) = line["framing"][part].as_str() {
                assert_eq!(masked["framing"][part], expected, "{} {part}", sample.id);
            }
        }
        let mut end = sample.from;
        for (number, field) in fields(&clear) {
            let value = text(&field["value"]);
            assert!(cut_out(&sample.whole, &field["bytes"], value), "{} field {number}: {} {value}", sample.id, field["bytes"]);
            let from = field["bytes"][0].as_u64().expect("a number") as usize;
            assert!(from >= end, "{} field {number} lies in the one before", sample.id);
            end = field["bytes"][1].as_u64().expect("a number") as usize;
        }
        assert!(end <= sample.whole.len(), "{}", sample.id);
        // Fields follow each other without a hole.
        let ranges: Vec<(u64, u64)> =
            fields(&clear).values().map(|f| (f["bytes"][0].as_u64().expect("from"), f["bytes"][1].as_u64().expect("to"))).collect();
        for pair in ranges.windows(2) {
            assert_eq!(pair[0].1, pair[1].0, "{}", sample.id);
        }
    }
}

/// The ways in which people hand over bytes.
fn dresses(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let pairs = |join: &str| bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(join);
    let rows = |n: usize| bytes.chunks(n);
    let array: Vec<String> = rows(12).map(|r| r.iter().map(|b| format!("0x{b:02X}")).collect::<Vec<_>>().join(", ")).collect();
    let xxd: String = rows(16)
        .enumerate()
        .map(|(i, row)| {
            let words: Vec<String> = row.chunks(2).map(hex).map(|w| w.to_lowercase()).collect();
            let letters: String = row.iter().map(|b| if (0x20..0x7F).contains(b) { char::from(*b) } else { '.' }).collect();
            format!("{:08x}: {:<39}  {letters}\n", i * 16, words.join(" "))
        })
        .collect();
    let canonical: String = rows(16)
        .enumerate()
        .map(|(i, row)| {
            let half = |r: &[u8]| r.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ");
            let (left, right) = row.split_at(row.len().min(8));
            let letters: String = row.iter().map(|b| if (0x20..0x7F).contains(b) { char::from(*b) } else { '.' }).collect();
            format!("{:08x}  {:<23}  {:<23}  |{letters}|\n", i * 16, half(left), half(right))
        })
        .collect();
    vec![
        ("hex on standard input", hex(bytes).into_bytes()),
        ("spaces", pairs(" ").into_bytes()),
        ("colons", pairs(":").into_bytes()),
        ("a C array", format!("static const unsigned char msg[] = {{\n  {}\n}};\n", array.join(",\n  ")).into_bytes()),
        ("xxd", xxd.into_bytes()),
        ("hexdump -C", canonical.into_bytes()),
        ("base64", base64(bytes).into_bytes()),
        ("a log line", format!("2026-03-05 12:01:07.113 DEBUG [pool-1-thread-4] c.a.p.Channel - recv <<< {}\n", hex(bytes)).into_bytes()),
        ("rows of hex", rows(16).map(|r| hex(r) + "\n").collect::<String>().into_bytes()),
        ("binary", bytes.to_vec()),
    ]
}

/// Base64 with the ordinary alphabet (RFC 4648 section 4).
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |group: u32, i: u32| char::from(LETTERS[(group >> (18 - 6 * i) & 63) as usize]);
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().enumerate().fold(0u32, |g, (i, b)| g | u32::from(*b) << (16 - 8 * i));
        let used = chunk.len() as u32 + 1;
        text.extend((0..used).map(|i| letter(group, i)));
        text.push_str(&"==="[..4 - used as usize]);
    }
    text
}

#[test]
fn every_sample_is_found_in_every_dress() {
    for sample in samples() {
        for (dress, input) in dresses(&sample.whole) {
            let found = object(&posdx_reading(&["decode", "-", "--json", "--unmask"], &input));
            assert_is(&found, &sample, true, dress);
        }
        // A file in binary and one of text.
        for file in [Kept::new("message.bin", &sample.whole), Kept::new("message.txt", hex(&sample.whole).as_bytes())] {
            assert_is(&decoded(file.path(), &["--unmask"]), &sample, true, "a file");
        }
    }
}

/// A cut at any byte: exit code 2, an error at the cut, and what stands before it as in the whole message.
#[test]
fn a_cut_message_is_right_up_to_the_cut() {
    for id in ["cup-wearapay-0210", "jcb-alatka-L39", "cup-ccb-0200", "cup-csharp-0410"] {
        let sample = samples().into_iter().find(|s| s.id == id).expect("there");
        let whole = fields(&decoded(&hex(&sample.whole), &["--unmask"]));
        let by = ["--json", "--unmask", "--as", "iso8583", "--dialect", &sample.dialect];
        for cut in 0..sample.whole.len() {
            let typed = hex(&sample.whole[..cut]);
            for args in [vec!["decode", &typed, "--json", "--unmask"], [&["decode", &typed][..], &by].concat()] {
                let hinted = args.len() > 4;
                let o = posdx(&args);
                assert!(!err(&o).contains("panicked"), "{id} cut at {cut}: {}", err(&o));
                assert_eq!(o.status.code(), Some(2), "{id} cut at {cut}: {}{}", out(&o), err(&o));
                if o.stdout.is_empty() {
                    // Too little to tell what it is; with the dialect given nothing is too little.
                    assert!(!hinted || cut < sample.from.max(1), "{id} cut at {cut}: {}", err(&o));
                    assert!(cut < sample.from + 24, "{id} cut at {cut}: {}", err(&o));
                    continue;
                }
                let found = object(&o);
                if found["dialect"] != sample.dialect.as_str() {
                    assert!(!hinted && cut < sample.from + 16, "{id} cut at {cut}: {}", found["dialect"]);
                    continue;
                }
                // In front of the message there may be too little to see where it begins.
                if cut > sample.from + 10 {
                    assert_eq!(found["error"]["offset"], cut, "{id} cut at {cut}");
                }
                for (number, field) in fields(&found) {
                    let same = |key: &str| field[key] == whole[&number][key];
                    assert!(same("value") && same("bytes"), "{id} cut at {cut}, field {number}: {}", field["value"]);
                }
            }
        }
    }
}

/// An error says layer, field, place and what was expected, in both languages.
#[test]
fn an_error_teaches() {
    let sample = samples().into_iter().find(|s| s.id == "cup-wearapay-0200").expect("there");
    let typed: String =
        hex(&sample.whole[..100]).as_bytes().chunks(2).map(|c| format!("{}{} ", char::from(c[0]), char::from(c[1]))).collect();
    let found = decoded(typed.trim(), &[]);
    let error = &found["error"];
    assert_eq!((error["layer"].as_str(), error["field"].as_u64(), error["offset"].as_u64()), (Some("field-value"), Some(55), Some(100)));
    assert_eq!(error["offset_in_message"], 100 - sample.from);
    for lang in ["zh", "en"] {
        assert!(text(&error["message"][lang]).contains("55"), "{error}");
        assert!(!text(&error["expected"][lang]).is_empty());
        let page = out(&posdx(&["decode", typed.trim(), "--lang", lang]));
        assert!(page.contains("✗") && page.lines().any(|l| l.trim() == "^"), "{page}");
    }
    assert!(text(&error["excerpt"][0]).starts_with("00"));
}

/// What follows a fault is a guess and is marked as one.
#[test]
fn a_damaged_message_goes_on_as_a_guess() {
    let sample = samples().into_iter().find(|s| s.id == "cup-wearapay-0200").expect("there");
    let mut bytes = sample.whole.clone();
    // The first digit of the amount is none.
    let whole = fields(&decoded(&hex(&bytes), &[]));
    let at = whole[&4]["bytes"][0].as_u64().expect("a number") as usize;
    bytes[at] = 0xEE;
    let o = posdx(&["decode", &hex(&bytes), "--json", "--dialect", "cup-pos"]);
    assert_eq!(o.status.code(), Some(2));
    let found = object(&o);
    assert_eq!(found["error"]["place"], serde_json::json!([1, at * 2 + 1]), "in the text that was typed");
    assert_eq!((found["error"]["field"].as_u64(), found["error"]["offset"].as_u64()), (Some(4), Some(at as u64)));
    assert!(found["fields"]["3"].is_object() && found["fields"]["4"].is_null() && found["fields"]["11"].is_null());
    assert_eq!(found["guess"]["41"]["value"], "29800013");
}

#[test]
fn chip_samples_hold_the_tags_their_publishers_found() {
    fn tags(list: &Value, key: &str, below: &str, into: &mut Vec<String>) {
        for item in list.as_array().into_iter().flatten() {
            if let Some(tag) = item[key].as_str().filter(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_hexdigit())) {
                into.push(tag.to_owned());
            }
            tags(&item[below], key, below, into);
        }
    }
    for line in include_str!("../../../wire/tests/emv.jsonl").lines() {
        let sample: Value = serde_json::from_str(line).expect("JSON");
        let typed = text(&sample["hex"]);
        for args in [vec!["decode", typed, "--json"], vec!["decode", typed, "--json", "--as", "emv"]] {
            let o = posdx(&args);
            assert_eq!(o.status.code(), Some(0), "{}", sample["id"]);
            let found = object(&o);
            assert!(found["kind"] == "emv" || found["kind"] == "apdu" && typed.starts_with('8'), "{}: {}", sample["id"], found["kind"]);
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            tags(if found["kind"] == "emv" { &found["parts"] } else { &found["exchanges"][0]["answer"] }, "id", "parts", &mut ours);
            tags(&sample["expected"]["tags"], "tag", "children", &mut theirs);
            let missing: Vec<&String> = theirs.iter().filter(|t| !ours.contains(t)).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", sample["id"]);
        }
    }
}
