//! The messages that are measured: two of the samples of the wire tests.

use std::path::Path;

use posdx_embedded::knowledge;
use posdx_wire::iso8583::Dialect;

/// A message with all that stands before it.
pub struct Sample {
    /// All bytes.
    pub bytes: Vec<u8>,
    /// Where the message type begins.
    pub message: usize,
    /// The dialect that it is written in.
    pub dialect: &'static Dialect,
}

impl Sample {
    /// The message alone.
    pub fn message(&self) -> &[u8] {
        &self.bytes[self.message..]
    }
}

/// A sample by its id.
pub fn sample(root: &Path, id: &str) -> Sample {
    let path = root.join("crates/wire/tests/iso8583.jsonl");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let lines = text.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).expect("JSON"));
    let found = lines.into_iter().find(|l| l["id"] == id).unwrap_or_else(|| panic!("no sample {id}"));
    let text = |key: &str| found[key].as_str().unwrap_or_else(|| panic!("{id}: no {key}")).to_owned();
    let hex = text("hex");
    Sample {
        bytes: (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hexadecimal")).collect(),
        message: found["mti_offset"].as_u64().expect("an offset") as usize,
        dialect: knowledge().dialects.get(&text("dialect")).expect("a dialect"),
    }
}
