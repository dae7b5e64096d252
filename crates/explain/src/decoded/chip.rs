//! Chip data → parts: every element with its name, its value and what it says, bits as details below it.

use std::collections::HashMap;

use posdx_catalogue::Catalogue;
use posdx_model::{Outcome, Text};
use posdx_wire::emv::meaning::{CodeRef, Explainer, Meaning};
use posdx_wire::emv::tables::Tables;
use posdx_wire::emv::values::Values;
use posdx_wire::iso8583::Mask;

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
    pub fn details(&self, namespace: &str, value: &[u8], at: usize) -> Vec<PartReport> {
        let Some(list) = self.lists.get(namespace) else { return Vec::new() };
        list.iter()
            .filter_map(|bit| {
                let place = usize::from(bit.byte).checked_sub(1)?;
                let found = value.get(place)? & bit.mask;
                (bit.is..=bit.to).contains(&found).then(|| PartReport {
                    meaning: Some(bit.name.clone()),
                    bytes: [at + place, at + place + 1],
                    bits: Some([bit.byte, bit.mask]),
                    code: Some(bit.id.clone()),
                    matters: bit.matters,
                    ..PartReport::default()
                })
            })
            .collect()
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
}

impl Chip<'_> {
    /// The elements in `bytes[from..to]`; offsets are shifted by `shift` in the report.
    pub fn parts(&self, bytes: &[u8], (from, to): (usize, usize), shift: usize, mask: &Mask) -> Vec<PartReport> {
        let data = bytes.get(from..to).unwrap_or_default();
        let values = Values::of(data);
        let explainer = Explainer::new(self.tables, &values);
        explainer.message(data, from).iter().map(|m| self.part(m, &explainer, bytes, shift, mask)).collect()
    }

    /// One explained element or detail as a part.
    pub fn part(&self, meaning: &Meaning, explainer: &Explainer<'_>, bytes: &[u8], shift: usize, mask: &Mask) -> PartReport {
        let (from, to) = (meaning.range.start, meaning.range.end);
        let value = bytes.get(from..to).unwrap_or_default();
        let mut parts: Vec<PartReport> = meaning.children.iter().map(|m| self.part(m, explainer, bytes, shift, mask)).collect();
        let mut code = None;
        let mut matters = false;
        let mut said = None;
        if let Some(CodeRef { namespace, value: one }) = &meaning.code {
            match one {
                // A value of a list: the list's own words.
                Some(one) => {
                    if let Some(found) = self.catalogue.code(namespace, one) {
                        code = Some(self.catalogue.code_id(found).to_string());
                        said = Some(self.catalogue.code_record(found).name);
                        matters = self.catalogue.condition_record(self.catalogue.condition_of(found)).outcome != Outcome::Info;
                    }
                }
                None if !mask.hides(from, to) => {
                    let details = self.lists.details(namespace, value, from + shift);
                    // What the value's own layout says already is not said twice.
                    let said: Vec<[u8; 2]> = parts.iter().filter_map(|p| p.bits).collect();
                    parts.extend(details.into_iter().filter(|d| d.bits.is_none_or(|bits| !said.contains(&bits))));
                }
                None => {}
            }
        }
        let shown = mask.hex(bytes, from, to);
        let text = &meaning.text;
        // Bytes that mean nothing beyond themselves are shown once.
        let own = (!text.zh.is_empty() && text.en != shown).then(|| text.clone());
        match meaning.tag {
            Some(tag) => {
                let spec = explainer.spec(tag);
                let template = parts.iter().any(|p| !p.id.is_empty());
                PartReport {
                    id: format!("{tag:02X}"),
                    name: explainer.name(tag),
                    value: if template { String::new() } else { shown },
                    meaning: said.or(own.filter(|_| !template)),
                    bytes: [from + shift, to + shift],
                    code,
                    matters,
                    unconfirmed: spec.is_some_and(|s| s.unconfirmed),
                    parts,
                    ..PartReport::default()
                }
            }
            None => PartReport {
                meaning: Some(said.unwrap_or_else(|| text.clone())),
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
