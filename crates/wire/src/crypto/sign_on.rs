//! The working keys that a host sends at sign-on (field 62 of an 0810): where each key and its check value stands. No key is needed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use posdx_model::Text;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::error::CryptoDataError;

posdx_model::words! {
    /// What a working key is for.
    KeyRole {
        /// Enciphers PIN blocks.
        Pik = "pik",
        /// Makes MACs.
        Mak = "mak",
        /// Enciphers track data.
        Tdk = "tdk",
    }
}

/// One key of a layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartLayout {
    /// What the key is for.
    pub role: KeyRole,
    /// The role's name, for people.
    pub title: Text,
    /// Bytes of the enciphered key.
    pub key: usize,
    /// Bytes of the check value behind it.
    pub kcv: usize,
}

/// How a host lays out the keys of one sign-on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOnLayout {
    /// Id, such as `cup-40`.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// Bytes of the whole: what the layout is recognised by.
    pub bytes: usize,
    /// The network management code (60.3) that asks for it, three digits, where it is known.
    pub management: Option<String>,
    /// The keys in their order; empty when only the length has been seen and nobody knows what stands where.
    pub parts: Vec<PartLayout>,
    /// What else is known.
    pub note: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    sign_on: Vec<LayoutShape>,
    #[serde(default)]
    key_role: BTreeMap<KeyRole, Text>,
    // Another reader's, named so that a misspelt table is found.
    #[serde(default, rename = "scheme")]
    _scheme: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutShape {
    id: String,
    title: Text,
    bytes: usize,
    management: Option<String>,
    #[serde(default)]
    parts: Vec<PartShape>,
    note: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartShape {
    role: KeyRole,
    key: usize,
    kcv: usize,
}

impl SignOnLayout {
    /// Reads the tables `[[sign_on]]` and `[key_role]` of a file; those of MAC schemes are another reader's.
    pub fn read_all(text: &str) -> Result<Vec<SignOnLayout>, CryptoDataError> {
        let file: File = toml::from_str(text).map_err(|e| CryptoDataError::from_toml(text, &e))?;
        let mut lengths = BTreeSet::new();
        file.sign_on
            .into_iter()
            .map(|shape| {
                let fail = |what: &str| CryptoDataError { line: 0, message: format!("sign-on layout `{}`: {what}", shape.id) };
                if !lengths.insert(shape.bytes) {
                    return Err(fail("another layout has this length; the length must tell them apart"));
                }
                let sum = shape.parts.iter().fold(0usize, |sum, p| sum.saturating_add(p.key).saturating_add(p.kcv));
                if !shape.parts.is_empty() && sum != shape.bytes {
                    return Err(fail("`bytes` is not the sum of its parts"));
                }
                if shape.parts.iter().any(|p| !matches!(p.key, 8 | 16 | 24) || !(2..=8).contains(&p.kcv)) {
                    return Err(fail("a key has 8, 16 or 24 bytes, a check value 2 to 8"));
                }
                let parts = shape
                    .parts
                    .iter()
                    .map(|p| {
                        let title = file.key_role.get(&p.role).cloned().ok_or_else(|| fail("a role has no name in `[key_role]`"))?;
                        Ok(PartLayout { role: p.role, title, key: p.key, kcv: p.kcv })
                    })
                    .collect::<Result<_, _>>()?;
                Ok(SignOnLayout {
                    id: shape.id,
                    title: shape.title,
                    bytes: shape.bytes,
                    management: shape.management,
                    parts,
                    note: shape.note,
                })
            })
            .collect()
    }
}

/// Place of one key in the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartPlace {
    /// What the key is for.
    pub role: KeyRole,
    /// Bytes of the enciphered key, counted from the start of the field.
    pub key: Range<usize>,
    /// Bytes of the check value.
    pub kcv: Range<usize>,
    /// True when the second 8 bytes of a key of 16 are zero: a single-length key in a double-length place (DES only).
    pub zero_half: bool,
}

/// What a block of sign-on keys is, without any key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOn<'a> {
    /// The layout with this length; none when no layout has it.
    pub layout: Option<&'a SignOnLayout>,
    /// The keys; empty when the layout is unknown.
    pub parts: Vec<PartPlace>,
    /// Bytes of the block.
    pub bytes: usize,
    /// Whether 60.3 asks for this layout; none when either is unknown.
    pub management_agrees: Option<bool>,
    /// How often a key of 16 bytes with a check value of 4 fits in, and how many bytes are then left. Arithmetic, no claim.
    pub as_groups_of_20: (usize, usize),
}

/// Tells what a block of sign-on keys is by its length. `management` is 60.3, three digits, where it is at hand.
pub fn describe<'a>(layouts: &'a [SignOnLayout], field_62: &[u8], management: Option<&str>) -> SignOn<'a> {
    let bytes = field_62.len();
    let layout = layouts.iter().find(|l| l.bytes == bytes);
    let mut at = 0usize;
    let parts = layout.map_or(&[][..], |l| &l.parts).iter().map(|part| {
        let middle = at.saturating_add(part.key);
        let (key, kcv) = (at..middle, middle..middle.saturating_add(part.kcv));
        at = kcv.end;
        let zero_half =
            part.key == 16 && field_62.get(key.start.saturating_add(8)..key.end).is_some_and(|half| half.iter().all(|b| *b == 0));
        PartPlace { role: part.role, key, kcv, zero_half }
    });
    let parts = parts.collect();
    let known = layout.and_then(|l| l.management.as_deref());
    let management_agrees = known.zip(management).map(|(known, given)| known == given);
    SignOn { layout, parts, bytes, management_agrees, as_groups_of_20: (bytes / 20, bytes % 20) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[key_role]\nmak = { zh = \"甲\", en = \"A\" }\n\n[[sign_on]]\nid = \"x\"\ntitle = { zh = \"甲\", en = \"A\" }\nbytes = 12\n\
                        parts = [{ role = \"mak\", key = 8, kcv = 4 }]\n";

    #[test]
    fn a_layout_is_read() {
        let layouts = SignOnLayout::read_all(FILE).unwrap();
        assert_eq!((layouts[0].bytes, layouts[0].parts.len()), (12, 1));
    }

    #[test]
    fn a_wrong_layout_is_told() {
        let message = |text: String| SignOnLayout::read_all(&text).unwrap_err().message;
        assert!(message(FILE.replace("12", "13")).contains("sum"));
        assert!(message(FILE.replace("\nmak", "\npik")).contains("no name"));
        assert!(message(FILE.replace("key = 8, kcv = 4", "key = 7, kcv = 5")).contains("8, 16 or 24"));
        let second = FILE.replace("[key_role]\nmak = { zh = \"甲\", en = \"A\" }", "");
        assert!(message(format!("{FILE}{second}")).contains("length"));
    }
}
