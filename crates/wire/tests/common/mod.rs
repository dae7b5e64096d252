//! The shipped dialects and the real messages, for every test.
#![allow(dead_code, reason = "each test uses its share")]

use std::collections::BTreeMap;
use std::path::Path;

use posdx_wire::iso8583::Dialects;

/// Every dialect of the repository.
pub fn dialects() -> Dialects {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dialects");
    let mut files: Vec<(String, String)> = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("dialects") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "toml") && path.file_stem().is_some_and(|s| s != "crypto" && s != "talk") {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            files.push((name, std::fs::read_to_string(&path).expect("text")));
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    Dialects::read(&files).unwrap_or_else(|e| panic!("{}", e.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

/// A message that somebody else wrote and published.
pub struct Sample {
    pub id: String,
    pub dialect: String,
    /// With everything that stands before the message type.
    pub whole: Vec<u8>,
    /// Where the message type begins.
    pub from: usize,
    pub mti: String,
    pub fields: BTreeMap<usize, String>,
    /// Field and offset of the fault that its publisher's decoder met, when it is broken.
    pub fault: Option<(usize, usize)>,
}

impl Sample {
    /// From the message type on.
    pub fn message(&self) -> &[u8] {
        &self.whole[self.from..]
    }
}

pub fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hexadecimal")).collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

/// All samples; the names of their dialects are the repository's.
pub fn samples() -> Vec<Sample> {
    include_str!("../iso8583.jsonl")
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).expect("JSON"))
        .map(|s| {
            let expected = &s["expected"];
            let mut fields = expected["fields"].as_object().expect("fields").clone();
            if s["id"] == "jpos-ISO93BPackager" {
                // The publisher packs the letters EFGH as digits, which keeps half of each; what is on the wire is 5678.
                fields.insert("56".into(), "5678".into());
            }
            let number = |v: &serde_json::Value| v.as_u64().map(|n| n as usize);
            let dialect = match s["dialect"].as_str().expect("dialect") {
                // Broken messages of the same dialect.
                "cup-pos-truncated" | "cup-pos-malformed" => "cup-pos",
                "cup-interbank-ascii" => "cup-interbank",
                other => other,
            };
            Sample {
                id: s["id"].as_str().expect("id").into(),
                dialect: dialect.into(),
                whole: unhex(s["hex"].as_str().expect("hex")),
                from: number(&s["mti_offset"]).expect("offset"),
                mti: expected["mti"].as_str().expect("mti").into(),
                fields: fields.iter().map(|(n, v)| (n.parse().expect("a number"), v.as_str().expect("text").into())).collect(),
                fault: number(&expected["error"]["field"]).zip(number(&expected["error"]["offset_in_iso_message"])),
            }
        })
        .collect()
}
