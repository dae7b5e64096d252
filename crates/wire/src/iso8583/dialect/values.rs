//! Tables of values: `22` is a sale, `31????` a balance enquiry.

use std::collections::BTreeMap;

use posdx_model::Text;
use serde::{Deserialize, Serialize};

/// What a value means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueEntry {
    /// The meaning.
    pub text: Text,
    /// True when no source confirms it.
    pub unconfirmed: bool,
}

/// Values and patterns of values with their meanings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    entries: BTreeMap<String, ValueEntry>,
}

impl Table {
    /// Adds an entry, or overrides one.
    pub(super) fn insert(&mut self, value: String, entry: ValueEntry) {
        self.entries.insert(value, entry);
    }

    /// The exact entry, else the pattern with the most fixed characters that fits.
    pub fn find(&self, value: &str) -> Option<&ValueEntry> {
        self.entries.get(value).or_else(|| {
            self.entries
                .iter()
                .filter(|(pattern, _)| pattern.contains(['?', '*']) && fits(pattern, value))
                .max_by_key(|(pattern, _)| pattern.bytes().filter(|b| *b != b'?' && *b != b'*').count())
                .map(|(_, entry)| entry)
        })
    }

    /// Its values, in order.
    pub fn values(&self) -> impl Iterator<Item = (&str, &ValueEntry)> {
        self.entries.iter().map(|(value, entry)| (value.as_str(), entry))
    }
}

/// `?` is any one character, a closing `*` any rest.
pub(crate) fn fits(pattern: &str, value: &str) -> bool {
    let (pattern, open) = pattern.strip_suffix('*').map_or((pattern, false), |p| (p, true));
    let mut rest = value.chars();
    pattern.chars().all(|p| rest.next().is_some_and(|c| p == '?' || p == c)) && (open || rest.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_pattern_wins() {
        let mut table = Table::default();
        for pattern in ["31????", "3?????", "310000"] {
            table.insert(pattern.into(), ValueEntry { text: Text::new(pattern, pattern), unconfirmed: false });
        }
        let found = |value: &str| table.find(value).map(|e| e.text.en.clone());
        assert_eq!(found("310000").as_deref(), Some("310000"));
        assert_eq!(found("311000").as_deref(), Some("31????"));
        assert_eq!(found("390000").as_deref(), Some("3?????"));
        assert_eq!(found("31000"), None);
        assert!(fits("31*", "31"));
    }
}
