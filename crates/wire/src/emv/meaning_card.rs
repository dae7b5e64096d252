//! What the card says about itself: lists, records, how the cardholder is to be verified (EMV 4.4 Book 3 section 10 and Annex C).

use posdx_model::{SecretKind, Text};

use super::bits::both;
use super::dol;
use super::meaning::{Explainer, Meaning};
use super::meaning_value::hex;

/// Entries of a list that are followed; a real one has fewer than forty.
const ENTRIES_MAX: usize = 1024;

fn span(at: usize, from: usize, to: usize) -> std::ops::Range<usize> {
    at.saturating_add(from)..at.saturating_add(to)
}

impl Explainer<'_> {
    /// A data object list: one node an entry, with name and length.
    pub(super) fn dol(&self, value: &[u8], at: usize) -> Meaning {
        let (mut children, mut total) = (Vec::new(), 0usize);
        for entry in dol::dol(value).take(ENTRIES_MAX) {
            children.push(match entry {
                Ok(e) => {
                    total = total.saturating_add(e.length);
                    let fill = [("name", self.name(e.tag)), ("n", both(e.length.to_string()))];
                    Meaning::new(self.say("dol-entry", &fill), span(at, e.start, e.end)).tagged(e.tag)
                }
                Err(f) => self.list_fault(f.start, value.len(), at),
            });
        }
        let fill = [("n", both(children.len().to_string())), ("total", both(total.to_string()))];
        Meaning::new(self.say("dol", &fill), span(at, 0, value.len())).with(children)
    }

    /// A list of tags.
    pub(super) fn tag_list(&self, value: &[u8], at: usize) -> Meaning {
        let children: Vec<Meaning> = dol::tag_list(value)
            .take(ENTRIES_MAX)
            .map(|entry| match entry {
                Ok(e) => Meaning::new(self.say("tag-entry", &[("name", self.name(e.tag))]), span(at, e.start, e.end)).tagged(e.tag),
                Err(f) => self.list_fault(f.start, value.len(), at),
            })
            .collect();
        Meaning::new(self.say("tag-list", &[("n", both(children.len().to_string()))]), span(at, 0, value.len())).with(children)
    }

    fn list_fault(&self, start: usize, end: usize, at: usize) -> Meaning {
        let place = at.saturating_add(start).to_string();
        Meaning::new(self.say("list-fault", &[("at", both(place))]), span(at, start, end))
    }

    /// Data in the order of a list (PDOL, CDOL1, CDOL2, DDOL): one node a value. `at` is the offset of the data.
    pub fn dol_data(&self, list: &[u8], data: &[u8], at: usize) -> Meaning {
        let inside = Explainer { inside_list: true, ..*self };
        let (mut children, mut from) = (Vec::new(), 0usize);
        for entry in dol::dol(list).filter_map(Result::ok).filter(|e| e.length > 0) {
            let to = from.saturating_add(entry.length);
            let Some(value) = data.get(from..to) else {
                let fill = [("name", self.name(entry.tag)), ("n", both(entry.length.to_string()))];
                children.push(Meaning::new(self.say("dol-short", &fill), span(at, from, data.len())).tagged(entry.tag));
                from = data.len();
                break;
            };
            children.push(inside.value(entry.tag, value, at.saturating_add(from)));
            from = to;
        }
        if from < data.len() {
            let fill = [("n", both((data.len() - from).to_string()))];
            children.push(Meaning::new(self.say("dol-extra", &fill), span(at, from, data.len())));
        }
        Meaning::new(self.say("command-dol", &[]), span(at, 0, data.len())).with(children)
    }

    /// Tag 83: the data that the card asked for in its PDOL (tag 9F38).
    pub(super) fn command_template(&self, value: &[u8], at: usize) -> Meaning {
        match self.values.filled(0x9F38).filter(|_| !self.inside_list) {
            Some(list) => self.dol_data(list, value, at),
            None => {
                let shown = self.bytes(value, Some(SecretKind::Mixed));
                Meaning::new(self.say("command-plain", &[("hex", shown)]), span(at, 0, value.len()))
            }
        }
    }

    /// Tag 80: values without tags. The command that was answered is not known here, so the shape decides (EMV 4.4 Book 3 sections
    /// 6.5.5.4 and 6.5.8.4): a profile with a well-formed file locator, or a cryptogram.
    pub(super) fn response_1(&self, value: &[u8], at: usize) -> Meaning {
        let part = |tag: u32, from: usize, to: usize| self.value(tag, value.get(from..to).unwrap_or_default(), at.saturating_add(from));
        let len = value.len();
        let records = value.get(2..).unwrap_or_default();
        let range = span(at, 0, len);
        if !records.is_empty() && records.len() % 4 == 0 && records.chunks(4).all(is_group) {
            return Meaning::new(self.say("response-gpo", &[]), range).with(vec![part(0x82, 0, 2), part(0x94, 2, len)]);
        }
        if (11..=43).contains(&len) && value.first().is_some_and(|cid| cid & 0x30 == 0) {
            let mut children = vec![part(0x9F27, 0, 1), part(0x9F36, 1, 3), part(0x9F26, 3, 11)];
            if len > 11 {
                children.push(part(0x9F10, 11, len));
            }
            return Meaning::new(self.say("response-ac", &[]), range).with(children);
        }
        Meaning::new(self.bytes(value, Some(SecretKind::Mixed)), range)
    }

    /// Application file locator: groups of four bytes.
    pub(super) fn afl(&self, value: &[u8], at: usize) -> Meaning {
        let children: Vec<Meaning> = value
            .chunks(4)
            .enumerate()
            .map(|(i, group)| {
                let range = span(at, 4 * i, 4 * i + group.len());
                let text = match group {
                    [sfi, first, last, oda] if is_group(group) => {
                        let id = if first == last { "afl-one" } else { "afl-many" };
                        let n = |b: &u8| both(b.to_string());
                        self.say(id, &[("sfi", n(&(sfi >> 3))), ("first", n(first)), ("last", n(last)), ("oda", n(oda))])
                    }
                    _ => self.say("afl-bad", &[("hex", both(hex(group)))]),
                };
                Meaning::new(text, range)
            })
            .collect();
        Meaning::new(self.say("afl", &[("n", both(children.len().to_string()))]), span(at, 0, value.len())).with(children)
    }

    /// Cardholder verification method list: amounts X and Y, then rules of two bytes.
    pub(super) fn cvm_list(&self, value: &[u8], at: usize) -> Meaning {
        let range = span(at, 0, value.len());
        let (Some(x), Some(y), Some(rules)) = (value.get(..4), value.get(4..8), value.get(8..)) else {
            return Meaning::new(self.wrong_length(value.len(), "≥ 10"), range);
        };
        let money = |bytes: &[u8]| self.money(&bytes.iter().fold(0u64, |n, b| n << 8 | u64::from(*b)).to_string());
        let mut children = vec![
            Meaning::new(self.say("cvm-x", &[("v", money(x))]), span(at, 0, 4)),
            Meaning::new(self.say("cvm-y", &[("v", money(y))]), span(at, 4, 8)),
        ];
        for (i, rule) in rules.chunks(2).enumerate() {
            let from = 8 + 2 * i;
            let [method, condition] = rule else {
                children.push(Meaning::new(self.wrong_length(value.len(), &(from + 2).to_string()), span(at, from, value.len())));
                break;
            };
            let parts = self.rule(*method, *condition, at.saturating_add(from));
            let text = self.say("cvm-rule", &texts(&["method", "condition", "next"], &parts));
            children.push(Meaning::new(text, span(at, from, from + 2)).with(parts));
        }
        let rules = children.len().saturating_sub(2).to_string();
        Meaning::new(self.say("cvm-list", &[("n", both(rules))]), range).with(children)
    }

    /// Method, condition, and what happens when the method is unsuccessful.
    fn rule(&self, method: u8, condition: u8, at: usize) -> Vec<Meaning> {
        let next = if method & 0x40 == 0 { "cvm-stop" } else { "cvm-next" };
        vec![
            self.table("cvm-method", &[method], at),
            self.table("cvm-condition", &[condition], at.saturating_add(1)).in_byte(2),
            Meaning::new(self.say(next, &[]), at..at.saturating_add(1)).bits(1, 0x40, method & 0x40),
        ]
    }

    /// Cardholder verification method results: what was done, why, how it ended.
    pub(super) fn cvm_results(&self, value: &[u8], at: usize) -> Meaning {
        let range = span(at, 0, value.len());
        let [method, condition, result] = value else { return Meaning::new(self.wrong_length(value.len(), "3"), range) };
        let mut parts = vec![
            self.table("cvm-method", &[*method], at),
            self.table("cvm-condition", &[*condition], at.saturating_add(1)),
            self.table("cvm-result", &[*result], at.saturating_add(2)),
        ];
        // With no method performed, the condition has no meaning (EMV 4.4 Book 4 section 6.3.4.5).
        if *method == 0x3F
            && *condition == 0
            && let Some(part) = parts.get_mut(1)
        {
            *part = Meaning::new(self.say("cvm-no-condition", &[]), part.range.clone()).bits(1, 0xFF, 0);
        }
        let parts: Vec<Meaning> = (1u8..).zip(parts).map(|(byte, part)| part.in_byte(byte)).collect();
        Meaning::new(self.say("cvm-results", &texts(&["method", "condition", "result"], &parts)), range).with(parts)
    }

    pub(super) fn wrong_length(&self, is: usize, want: &str) -> Text {
        self.say("wrong-length", &[("n", both(is.to_string())), ("want", both(want))])
    }

    pub(super) fn log_entry(&self, value: &[u8], at: usize) -> Meaning {
        let text = match value {
            [sfi, n] => self.say("log-entry", &[("sfi", both(sfi.to_string())), ("n", both(n.to_string()))]),
            _ => self.wrong_length(value.len(), "2"),
        };
        Meaning::new(text, span(at, 0, value.len()))
    }

    pub(super) fn priority(&self, value: &[u8], at: usize) -> Meaning {
        let range = span(at, 0, value.len());
        let [byte] = value else { return Meaning::new(self.wrong_length(value.len(), "1"), range) };
        let rank = byte & 0x0F;
        let id = if rank == 0 { "priority-none" } else { "priority" };
        let text = self.say(id, &[("v", both(rank.to_string()))]);
        Meaning::new(text, range).with(self.rows("priority", value, at))
    }

    /// Service code: three digits of which each says something (ISO/IEC 7813).
    pub(super) fn service_code(&self, value: &[u8], at: usize) -> Meaning {
        let range = span(at, 0, value.len());
        let [a, b] = value else { return Meaning::new(self.wrong_length(value.len(), "2"), range) };
        let parts = [("service-code-1", 1, 0x0F, a & 0x0F), ("service-code-2", 2, 0xF0, b >> 4), ("service-code-3", 2, 0x0F, b & 0x0F)];
        let children = parts
            .into_iter()
            .map(|(table, byte, mask, digit)| {
                let place = at.saturating_add(usize::from(byte) - 1);
                self.table(table, &[digit], place).bits(byte, mask, if mask == 0xF0 { digit << 4 } else { digit })
            })
            .collect();
        Meaning::new(both(format!("{:X}{b:02X}", a & 0x0F)), range).with(children)
    }

    pub(super) fn pos_entry_mode(&self, value: &[u8], at: usize) -> Meaning {
        let meaning = Meaning::new(self.bytes(value, None), span(at, 0, value.len()));
        match value {
            [mode] => meaning.code("pos-entry-mode", Some(format!("{mode:02X}"))),
            _ => meaning,
        }
    }
}

/// A group of the file locator that keeps the rules: file 1 to 30, records in order, no more records for authentication than there are.
fn is_group(group: &[u8]) -> bool {
    let [sfi, first, last, oda] = group else { return false };
    sfi & 0x07 == 0 && (1..=30).contains(&(sfi >> 3)) && *first > 0 && first <= last && *oda <= (last - first).saturating_add(1)
}

fn texts<'n>(names: &[&'n str], parts: &[Meaning]) -> Vec<(&'n str, Text)> {
    names.iter().copied().zip(parts.iter().map(|p| p.text.clone())).collect()
}
