//! Chip data → parts: every element with its name, its value and what it says, bits as details below it.

use std::collections::HashMap;

use posdx_catalogue::Catalogue;
use posdx_model::{Outcome, Text};
use posdx_wire::emv::meaning::{CodeRef, Explainer, Meaning};
use posdx_wire::emv::tables::Tables;
use posdx_wire::emv::values::Values;
use posdx_wire::iso8583::Mask;

use super::memo::Memo;
use super::report::PartReport;

/// One entry of a bit field of the catalogue, ready for use.
struct Bit {
    byte: u8,
    mask: u8,
    is: u8,
    to: u8,
    id: String,
    name: Text,
    matters: bool,
}

/// The bit fields of the catalogue by list, read once.
pub struct BitLists {
    lists: HashMap<String, Vec<Bit>>,
}

impl BitLists {
    /// Reads them out of the catalogue.
    pub fn of(catalogue: &Catalogue) -> Self {
        let mut lists: HashMap<String, Vec<Bit>> = HashMap::new();
        for code in catalogue.codes() {
            let record = catalogue.code_record(code);
            let Some(bits) = record.bits else { continue };
            let outcome = record.outcome.unwrap_or_else(|| catalogue.condition_record(catalogue.condition_of(code)).outcome);
            lists.entry(catalogue.namespace_id(code).to_owned()).or_default().push(Bit {
                byte: bits.byte,
                mask: bits.mask,
                is: bits.is,
                to: bits.to.unwrap_or(bits.is),
                id: catalogue.code_id(code).to_string(),
                name: record.name,
                matters: outcome != Outcome::Info,
            });
        }
        BitLists { lists }
    }

    /// The entries of a list that apply to a value, as details; `at` is the offset of its first byte.
    pub fn details<'a>(&'a self, namespace: &str, value: &'a [u8], at: usize) -> impl Iterator<Item = PartReport> + use<'a> {
        self.holding(namespace, value).map(move |(place, bit)| PartReport {
            meaning: Some(bit.name.clone()),
            bytes: [at + place, at + place + 1],
            bits: Some([bit.byte, bit.mask]),
            code: Some(bit.id.clone()),
            matters: bit.matters,
            ..PartReport::default()
        })
    }

    /// The ids of those that are more than a record.
    pub fn that_matter<'a>(&'a self, namespace: &str, value: &'a [u8]) -> impl Iterator<Item = &'a str> + use<'a> {
        self.holding(namespace, value).filter(|(_, bit)| bit.matters).map(|(_, bit)| bit.id.as_str())
    }

    /// The entries that apply, each with the place of its byte.
    fn holding<'a>(&'a self, namespace: &str, value: &'a [u8]) -> impl Iterator<Item = (usize, &'a Bit)> + use<'a> {
        self.lists.get(namespace).into_iter().flatten().filter_map(|bit| {
            let place = usize::from(bit.byte).checked_sub(1)?;
            let found = value.get(place)? & bit.mask;
            (bit.is..=bit.to).contains(&found).then_some((place, bit))
        })
    }
}

/// What is needed to put chip data into words.
pub struct Chip<'a> {
    /// Tags, bits, countries.
    pub tables: &'a Tables,
    /// Bit fields of the catalogue.
    pub lists: &'a BitLists,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// What it says of single values.
    pub listed: &'a Memo<Listed>,
}

/// One value of a list of the catalogue.
pub struct Listed {
    id: String,
    name: Text,
    matters: bool,
}

impl Listed {
    fn of(catalogue: &Catalogue, namespace: &str, value: &str) -> Option<Self> {
        let code = catalogue.code(namespace, value)?;
        let matters = catalogue.condition_record(catalogue.condition_of(code)).outcome != Outcome::Info;
        Some(Listed { id: catalogue.code_id(code).to_string(), name: catalogue.code_record(code).name, matters })
    }
}

impl Chip<'_> {
    /// The elements in `bytes[from..to]`; offsets are shifted by `shift` in the report.
    pub fn parts(&self, bytes: &[u8], (from, to): (usize, usize), shift: usize, mask: &Mask) -> Vec<PartReport> {
        let data = bytes.get(from..to).unwrap_or_default();
        let values = Values::of(data);
        let explainer = Explainer::new(self.tables, &values);
        explainer.message(data, from).into_iter().map(|m| self.part(m, &explainer, bytes, shift, mask)).collect()
    }

    /// One explained element or detail as a part.
    pub fn part(&self, meaning: Meaning, explainer: &Explainer<'_>, bytes: &[u8], shift: usize, mask: &Mask) -> PartReport {
        let (from, to) = (meaning.range.start, meaning.range.end);
        let value = bytes.get(from..to).unwrap_or_default();
        let mut parts: Vec<PartReport> = meaning.children.into_iter().map(|m| self.part(m, explainer, bytes, shift, mask)).collect();
        let mut code = None;
        let mut matters = false;
        let mut said = None;
        if let Some(CodeRef { namespace, value: one }) = &meaning.code {
            match one {
                // A value of a list: the list's own words.
                Some(one) => {
                    if let Some(found) = self.listed.get(namespace, one, || Listed::of(self.catalogue, namespace, one)) {
                        code = Some(found.id.clone());
                        said = Some(found.name.clone());
                        matters = found.matters;
                    }
                }
                None if !mask.hides(from, to) => {
                    let details = self.lists.details(namespace, value, from + shift);
                    // What the value's own layout says already is not said twice.
                    let said: Vec<[u8; 2]> = parts.iter().filter_map(|p| p.bits).collect();
                    parts.extend(details.filter(|d| d.bits.is_none_or(|bits| !said.contains(&bits))));
                }
                None => {}
            }
        }
        let shown = mask.hex(bytes, from, to);
        let text = meaning.text;
        // Bytes that mean nothing beyond themselves are shown once.
        match meaning.tag {
            Some(tag) => {
                let spec = explainer.spec(tag);
                let says_more = !text.zh.is_empty() && text.en != shown;
                let template = parts.iter().any(|p| !p.id.is_empty());
                PartReport {
                    id: format!("{tag:02X}"),
                    name: explainer.name(tag),
                    value: if template { String::new() } else { shown },
                    meaning: said.or(Some(text).filter(|_| says_more && !template)),
                    bytes: [from + shift, to + shift],
                    code,
                    matters,
                    unconfirmed: spec.is_some_and(|s| s.unconfirmed),
                    parts,
                    ..PartReport::default()
                }
            }
            None => PartReport {
                meaning: Some(said.unwrap_or(text)),
                bytes: [from + shift, to + shift],
                bits: meaning.bits.map(|b| [b.byte, b.mask]),
                code,
                matters,
                parts,
                ..PartReport::default()
            },
        }
    }
}
