//! Messages that no one here wrote, decoded to what their publishers say, and written back byte for byte.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use std::collections::BTreeMap;

use posdx_wire::iso8583::{Dialect, Layer, decode, encode};
use proptest::prelude::*;

fn dialects() -> Vec<Dialect> {
    Dialect::read_all(&[include_str!("../../../dialects/iso87.toml"), include_str!("../../../dialects/cup-pos.toml")]).expect("ours")
}

fn cup() -> Dialect {
    dialects().into_iter().find(|d| d.id == "cup-pos").expect("ours")
}

struct Sample {
    id: String,
    bytes: Vec<u8>,
    mti: String,
    fields: BTreeMap<usize, String>,
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hexadecimal")).collect()
}

/// The samples of the UnionPay POS dialect, from their message type on.
fn samples() -> Vec<Sample> {
    include_str!("iso8583.jsonl")
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).expect("JSON"))
        .filter(|s| s["dialect"] == "cup-pos")
        .map(|s| {
            let bytes = unhex(s["hex"].as_str().expect("hex"));
            let from = s["mti_offset"].as_u64().expect("offset") as usize;
            let fields = s["expected"]["fields"].as_object().expect("fields");
            Sample {
                id: s["id"].as_str().expect("id").into(),
                bytes: bytes[from..].to_vec(),
                mti: s["expected"]["mti"].as_str().expect("mti").into(),
                fields: fields.iter().map(|(n, v)| (n.parse().expect("a number"), v.as_str().expect("text").into())).collect(),
            }
        })
        .collect()
}

#[test]
fn real_messages_decode_to_what_their_publishers_say() {
    let dialect = cup();
    for sample in samples() {
        let decoded = decode(&sample.bytes, &dialect);
        assert_eq!(decoded.fault(), None, "{}", sample.id);
        assert_eq!(decoded.mti(), sample.mti, "{}", sample.id);
        assert_eq!(decoded.fields().collect::<Vec<_>>(), sample.fields.keys().copied().collect::<Vec<_>>(), "{}", sample.id);
        for (n, wanted) in &sample.fields {
            let raw: String = decoded.raw(*n).unwrap_or_default().iter().map(|b| format!("{b:02X}")).collect();
            let value = decoded.value(*n).unwrap_or_default();
            assert!(value == *wanted || raw == *wanted, "{} field {n}: {value} or {raw}, not {wanted}", sample.id);
        }
        assert_eq!(decoded.end(), sample.bytes.len(), "{}", sample.id);
    }
}

#[test]
fn real_messages_are_written_back_byte_for_byte() {
    let dialect = cup();
    for sample in samples() {
        let decoded = decode(&sample.bytes, &dialect);
        let hex = |n: usize| decoded.raw(n).unwrap_or_default().iter().map(|b| format!("{b:02X}")).collect::<String>();
        let values: BTreeMap<usize, String> = decoded.fields().map(|n| (n, decoded.value(n).unwrap_or_default())).collect();
        // Characters outside ASCII are rendered as hexadecimal, which is not their notation; such a message is skipped.
        if values.iter().any(|(n, v)| {
            dialect.field(*n).is_some_and(|f| f.coding == posdx_wire::iso8583::Coding::Ascii)
                && *v == hex(*n)
                && v.len() != decoded.raw(*n).unwrap_or_default().len()
        }) {
            continue;
        }
        let written = encode(&dialect, decoded.mti(), &values).unwrap_or_else(|e| panic!("{}: {e}", sample.id));
        // The pad nibble of an odd packed field carries nothing; most hosts write 0.
        let differing: Vec<usize> = (0..written.len()).filter(|i| written[*i] != sample.bytes[*i]).collect();
        assert!(
            written.len() == sample.bytes.len() && differing.iter().all(|i| written[*i] & 0xF0 == sample.bytes[*i] & 0xF0),
            "{}: {differing:?}",
            sample.id
        );
    }
}

/// A cut at any byte gives a right prefix and an error at the cut, never a wrong value.
#[test]
fn a_cut_message_is_understood_up_to_the_cut() {
    let dialect = cup();
    for sample in samples() {
        let whole = decode(&sample.bytes, &dialect);
        for cut in 0..sample.bytes.len() {
            let part = decode(&sample.bytes[..cut], &dialect);
            let fault = part.fault().unwrap_or_else(|| panic!("{} cut at {cut} must be noticed", sample.id));
            assert_eq!(fault.offset, cut, "{} cut at {cut}", sample.id);
            for n in part.fields() {
                assert_eq!(part.value(n), whole.value(n), "{} cut at {cut}, field {n}", sample.id);
            }
            assert!(cut < 2 || fault.layer != Layer::Mti);
        }
    }
}

#[test]
fn a_dialect_with_a_slip_says_where() {
    let broken = include_str!("../../../dialects/cup-pos.toml").replace("61 = { format = \"z...999\"", "61 = { format = \"q...999\"");
    let error = Dialect::read_all(&[include_str!("../../../dialects/iso87.toml"), &broken]).expect_err("broken");
    assert_eq!(error.to_string(), "dialect `cup-pos`: field 61: `q` is none of n, a, an, ans, z, b");
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let dialect = cup();
        let decoded = decode(&bytes, &dialect);
        for n in decoded.fields() {
            prop_assert!(decoded.value(n).is_some());
        }
        prop_assert!(decoded.end() <= bytes.len());
    }

    #[test]
    fn what_is_written_is_read_back(trace in "[0-9]{6}", pan in "[0-9]{12,19}", amount in "[0-9]{12}", code in "[0-9A-Z]{2}", track in "[0-9]{12,16}D[0-9]{4,16}", data in "([0-9A-F]{2}){1,40}", sequence in "[0-9]{3}") {
        let dialect = cup();
        let values: BTreeMap<usize, String> = [(2, pan), (4, amount), (11, trace), (23, sequence), (35, track), (39, code), (55, data)].into_iter().collect();
        let bytes = encode(&dialect, "0210", &values).expect("fits");
        let decoded = decode(&bytes, &dialect);
        prop_assert_eq!(decoded.fault(), None);
        let read: BTreeMap<usize, String> = decoded.fields().map(|n| (n, decoded.value(n).unwrap_or_default())).collect();
        prop_assert_eq!(read, values);
    }
}
