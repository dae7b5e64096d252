//! Codes and device names in a message, by their shape: what they mean is for the catalogue to say.

use serde::Serialize;

use super::codes::scan;
use super::mask::mask;
use super::rules::Rules;
use crate::device::Tables;

/// A code or a device's word in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signal {
    /// The list of the catalogue it is from, when its shape alone says so; otherwise the caller looks the value up with the key and
    /// the words around it.
    pub namespace: Option<String>,
    /// The code as written (status words in capitals); for a device without a code in the catalogue, its id in the device tables.
    pub value: String,
    /// First byte of the value (of a device's word: of the word) in the message.
    pub start: usize,
    /// Byte behind it.
    pub end: usize,
    /// The key in front of it, as written.
    pub key: Option<String>,
    /// True when the value says that all is well.
    pub success: bool,
    /// The family of a device, such as `pcsc`.
    pub device: Option<String>,
    /// The condition of the catalogue that explains a device's word.
    pub condition: Option<String>,
}

/// Finds codes and device names in a message, in the order they stand there. A value with 12 or more digits is never taken, nor one
/// that is masked.
pub fn signals(rules: &Rules, tables: &Tables, message: &str) -> Vec<Signal> {
    let mut found: Vec<Signal> = tables
        .find_in_text(message)
        .into_iter()
        .map(|s| {
            let (namespace, value) = s.code.map_or((None, s.id), |c| (Some(c.namespace), c.value));
            let success = s.condition.as_deref() == Some("device.ok");
            Signal { namespace, value, start: s.start, end: s.end, key: None, success, device: Some(s.family), condition: s.condition }
        })
        .collect();
    for code in scan(rules, message).codes {
        let (start, end) = code.value;
        let overlaps = |s: &Signal| s.start < end && start < s.end;
        let Some(value) = message.get(start..end).filter(|v| mask(v) == **v) else { continue };
        if found.iter().any(overlaps) {
            continue;
        }
        let namespace = rules.keys.get(code.rule).and_then(|k| k.namespace.clone());
        let value = if namespace.is_some() { value.trim_start_matches("0x").to_ascii_uppercase() } else { value.to_owned() };
        let key = message.get(code.key.0..code.key.1).map(str::to_owned);
        found.push(Signal { namespace, value, start, end, key, success: code.success, device: None, condition: None });
    }
    found.sort_by_key(|s| (s.start, s.end));
    found
}
