//! Bytes without a hint → what they are: a message, chip data, a card's answer, a printer's status.

use std::sync::Arc;

use posdx_model::{Secret, Text, Unmasked};
use posdx_wire::device::EscPosRequest;
use posdx_wire::emv::meaning::Explainer;
use posdx_wire::emv::tlv::{Item, Reader};
use posdx_wire::emv::values::Values;
use posdx_wire::emv::{apdu, atr, trace};
use posdx_wire::iso8583::{Candidate, Dialect, Mask, best_of, detect, forced};

use super::hexview::{excerpt, lines};
use super::report::*;
use super::{DecodeError, Decoder, Kind};
use crate::assemble::explanation_of;
use crate::explanation::{Explanation, Reading, Verdict};

/// A message with this logarithm of odds is taken for one before anything else is tried.
const SURE: f64 = 3.0;
/// Unknown tags at the front of chip data are data of something else.
const KNOWN_SHARE_MIN: f64 = 0.5;

impl Decoder<'_> {
    /// Reads bytes; `form` says in what dress they came.
    pub fn bytes(&self, bytes: &[u8], form: &str, kind: Option<Kind>, dialect: Option<&Dialect>) -> Result<Decoded, DecodeError> {
        if bytes.is_empty() {
            return Err(DecodeError::Empty);
        }
        match kind {
            Some(Kind::Iso8583) => self.message_of(bytes, form, dialect, f64::NEG_INFINITY).ok_or(DecodeError::NotRecognised),
            Some(Kind::Emv) => Ok(Decoded::Emv(self.chip_data(bytes, form))),
            Some(Kind::Apdu) => self.apdu(bytes).ok_or(DecodeError::NotRecognised),
            Some(Kind::Atr) => Ok(Decoded::Atr(self.atr(bytes, form))),
            Some(Kind::Escpos) => self.escpos(bytes).ok_or(DecodeError::NotRecognised),
            Some(Kind::Log | Kind::Capture) => Err(DecodeError::NotRecognised),
            None => self.recognise(bytes, form, dialect).ok_or(DecodeError::NotRecognised),
        }
    }

    fn recognise(&self, bytes: &[u8], form: &str, dialect: Option<&Dialect>) -> Option<Decoded> {
        if dialect.is_some() {
            return self.message_of(bytes, form, dialect, f64::NEG_INFINITY);
        }
        if let Some(report) = self.escpos(bytes) {
            return Some(report);
        }
        if matches!(bytes.first(), Some(0x3B | 0x3F)) && bytes.len() > 2 && atr::read(bytes).fault.is_none() {
            return Some(Decoded::Atr(self.atr(bytes, form)));
        }
        self.message_of(bytes, form, None, SURE)
            .or_else(|| self.looks_like_chip_data(bytes).then(|| Decoded::Emv(self.chip_data(bytes, form))))
            .or_else(|| self.apdu(bytes))
            .or_else(|| self.message_of(bytes, form, None, 0.0))
    }

    fn message_of(&self, bytes: &[u8], form: &str, dialect: Option<&Dialect>, at_least: f64) -> Option<Decoded> {
        let candidates: Vec<Candidate<'_>> = match dialect {
            Some(dialect) => vec![best_of(bytes, dialect).unwrap_or_else(|| forced(bytes, dialect))],
            None => detect(bytes, &self.knowledge.dialects),
        };
        let (best, others) = candidates.split_first()?;
        (best.score >= at_least).then(|| Decoded::Iso8583(Box::new(self.message(bytes, best, others, form))))
    }

    fn looks_like_chip_data(&self, bytes: &[u8]) -> bool {
        let (mut known, mut all, mut fault) = (0usize, 0usize, None);
        for item in Reader::deep(bytes) {
            match item {
                Item::Element(e) => {
                    all += 1;
                    known += usize::from(self.knowledge.chip.tags.get(e.tag, None).is_some());
                }
                Item::Padding { .. } => {}
                Item::Fault(f) => fault = Some(f.offset),
            }
        }
        let enough = fault.is_none() || known >= 3;
        all > 0 && enough && known as f64 / all as f64 >= KNOWN_SHARE_MIN && bytes.len() > 2
    }

    /// Chip data: elements in BER-TLV.
    pub fn chip_data(&self, bytes: &[u8], form: &str) -> ChipReport {
        let mask = self.chip_mask(bytes);
        let parts = self.chip().parts(bytes, (0, bytes.len()), 0, &mask);
        let hidden = |i: usize| mask.hides_nibble(i);
        let fault = Reader::deep(bytes).find_map(|item| match item {
            Item::Fault(fault) => Some(fault),
            _ => None,
        });
        let error = fault.map(|fault| {
            let expected = self.knowledge.chip.bits.say(fault.expected.label(), &[]);
            ErrorReport {
                layer: "tlv".into(),
                field: None,
                offset: fault.offset,
                offset_in_message: fault.offset,
                message: Text::new(
                    format!("第 {} 字节读不下去了（从 0 数起），这里应该是：{}。", fault.offset, expected.zh),
                    format!("Reading stopped at byte {} (counted from 0): expected {}.", fault.offset, expected.en),
                ),
                expected,
                excerpt: excerpt(bytes, fault.offset, 8, &hidden),
                place: None,
            }
        });
        let values = Values::of(bytes);
        let contradictions = self
            .knowledge
            .contradictions
            .check(&values, &posdx_wire::emv::contradictions::Context::default(), &self.knowledge.chip.iso)
            .into_iter()
            .map(|f| Contradiction { id: f.id, text: f.text, places: f.tags.iter().map(|t| format!("{t:02X}")).collect() })
            .collect();
        let mut readings = Vec::new();
        collect_codes(&parts, &mut |code| readings.extend(self.reading_of(code)));
        ChipReport {
            form: form.to_owned(),
            contradictions,
            error,
            explanation: self.gravest("emv", readings),
            hex: lines(bytes, &hidden),
            parts,
        }
    }

    fn chip_mask(&self, bytes: &[u8]) -> Mask {
        if self.leave.is_some() { Mask::open(bytes) } else { Mask::of_chip_data(bytes, &self.knowledge.chip.tags) }
    }

    fn atr(&self, bytes: &[u8], form: &str) -> ChipReport {
        let mask = Mask::open(bytes);
        let values = Values::default();
        let explainer = Explainer::new(&self.knowledge.chip, &values);
        let answer = atr::read(bytes);
        let meaning = answer.meaning(bytes, &self.knowledge.chip.bits);
        let root = self.chip().part(meaning, &explainer, bytes, 0, &mask);
        ChipReport {
            form: form.to_owned(),
            parts: vec![root],
            contradictions: Vec::new(),
            error: None,
            explanation: None,
            hex: lines(bytes, &|_| false),
        }
    }

    /// One command or one answer.
    fn apdu(&self, bytes: &[u8]) -> Option<Decoded> {
        let known = apdu::command(bytes).ok().filter(|c| self.knowledge.commands.of(c).is_some());
        let exchange = match known {
            Some(_) => self.exchange(0, Some(bytes), None),
            None if matches!(bytes, [0x60..=0x6F | 0x90..=0x9F, _]) || matches!(bytes.first(), Some(0x6F | 0x70 | 0x77 | 0x80)) => {
                self.exchange(0, None, Some(bytes))
            }
            None => return None,
        };
        Some(Decoded::Apdu(self.exchanges(vec![exchange])))
    }

    /// Commands and answers out of a trace.
    pub fn trace(&self, text: &str) -> Option<ApduReport> {
        let pairs = trace::pairs(text);
        // A trace has at least one command that is known, with its answer.
        let known = |bytes: &[u8]| apdu::command(bytes).ok().is_some_and(|c| self.knowledge.commands.of(&c).is_some());
        if !pairs.iter().any(|p| p.response.is_some() && p.command.as_ref().is_some_and(|c| known(&c.bytes))) {
            return None;
        }
        let exchanges = pairs
            .iter()
            .map(|p| {
                let line = p.command.as_ref().or(p.response.as_ref()).map_or(0, |l| l.line);
                self.exchange(line, p.command.as_ref().map(|l| l.bytes.as_slice()), p.response.as_ref().map(|l| l.bytes.as_slice()))
            })
            .collect();
        Some(self.exchanges(exchanges))
    }

    fn exchanges(&self, exchanges: Vec<ExchangeReport>) -> ApduReport {
        let statuses = exchanges.iter().filter_map(|e| e.status.as_deref()).filter(|s| *s != "9000" && !s.starts_with("61"));
        let readings: Vec<Reading> =
            statuses.rev().filter_map(|s| self.code(apdu::STATUS_NAMESPACE, s)).take(1).map(Arc::unwrap_or_clone).collect();
        let last = exchanges.iter().rev().find_map(|e| e.status.as_deref());
        let readings = if readings.is_empty() {
            last.and_then(|s| self.code(apdu::STATUS_NAMESPACE, s)).map(Arc::unwrap_or_clone).into_iter().collect()
        } else {
            readings
        };
        ApduReport { explanation: self.gravest("iso7816", readings), exchanges }
    }

    fn exchange(&self, line: usize, command: Option<&[u8]>, response: Option<&[u8]>) -> ExchangeReport {
        let mut report = ExchangeReport { line, ..ExchangeReport::default() };
        if let Some(bytes) = command {
            report.command = apdu::command(bytes).ok().map(|c| {
                let spec = self.knowledge.commands.of(&c);
                let data = bytes.get(c.data.clone()).unwrap_or_default();
                let hex: String = data.iter().map(|b| format!("{b:02X}")).collect();
                let secret = self.knowledge.commands.secret(&c).filter(|_| self.leave.is_none());
                let parts = spec.map(|s| s.parameters(&c)).unwrap_or_default();
                PartReport {
                    id: format!("{:02X}{:02X}{:02X}{:02X}", c.cla, c.ins, c.p1, c.p2),
                    name: spec.map_or_else(|| Text::new("未知命令", "Unknown command"), |s| s.name.clone()),
                    value: secret.map_or_else(|| hex.clone(), |kind| Secret::new(kind, hex.clone()).masked()),
                    bytes: [0, bytes.len()],
                    parts: parts.into_iter().map(|(_, text)| PartReport { meaning: Some(text), ..PartReport::default() }).collect(),
                    ..PartReport::default()
                }
            });
        }
        if let Some(bytes) = response
            && let Ok(answer) = apdu::response(bytes)
        {
            let data = bytes.get(answer.data.clone()).unwrap_or_default();
            if !data.is_empty() {
                let mask = self.chip_mask(data);
                report.answer = self.chip().parts(data, (0, data.len()), 0, &mask);
            }
            let status = answer.status.value();
            report.status_text = self.code(apdu::STATUS_NAMESPACE, &status).and_then(|r| {
                r.list.as_ref().map(|l| {
                    l.detail.as_ref().map_or_else(
                        || l.name.clone(),
                        |d| Text::new(format!("{}：{}", l.name.zh, d.zh), format!("{}: {}", l.name.en, d.en)),
                    )
                })
            });
            report.status = Some(status);
        }
        report
    }

    /// A printer's request and its status bytes.
    fn escpos(&self, bytes: &[u8]) -> Option<Decoded> {
        (2..=4).filter(|n| bytes.len() > *n).find_map(|n| {
            let (request, answer) = bytes.split_at(n);
            let request = EscPosRequest::parse(request).ok()?;
            let signals = self.knowledge.devices.escpos(request, answer).ok()?;
            Some(Decoded::Device(self.device(&signals)))
        })
    }

    /// What devices say, with the gravest explained.
    pub(super) fn device(&self, signals: &[posdx_wire::device::DeviceSignal]) -> DeviceReport {
        let grave = signals.iter().max_by_key(|s| severity_rank(s.severity.as_str()));
        let reading = grave.and_then(|s| {
            let by_code = s.code.as_ref().and_then(|c| self.code(&c.namespace, &c.value));
            by_code.or_else(|| self.condition(s.condition.as_deref()?)).map(Arc::unwrap_or_clone)
        });
        DeviceReport {
            signals: signals
                .iter()
                .map(|s| SignalReport {
                    family: s.family.to_string(),
                    id: s.id.clone(),
                    text: s.text.clone(),
                    severity: s.severity.to_string(),
                    code: s.code.as_ref().map(ToString::to_string),
                })
                .collect(),
            explanation: self.gravest("device", reading.into_iter().collect()),
        }
    }

    fn reading_of(&self, code: &str) -> Option<Reading> {
        let (list, value) = code.split_once('/')?;
        self.code(list, value).map(Arc::unwrap_or_clone)
    }

    /// The readings as one explanation, the one that matters most first; none when there is nothing to explain.
    pub(super) fn gravest(&self, about: &str, mut readings: Vec<Reading>) -> Option<Explanation> {
        readings.sort_by_key(|r| grave(r.outcome));
        let mut seen = Vec::new();
        readings.retain(|r| {
            let new = !seen.contains(&r.condition);
            seen.push(r.condition.clone());
            new
        });
        readings.truncate(4);
        (!readings.is_empty()).then(|| explanation_of(self.catalogue, about, Verdict::Known, readings))
    }

    /// The leave to show secrets, where somebody asked for it.
    pub fn leave(&self) -> Option<Unmasked> {
        self.leave
    }
}

/// How much an outcome matters: what leaves the money open first, mere records last.
pub(super) fn grave(outcome: posdx_model::Outcome) -> u8 {
    use posdx_model::Outcome;
    match outcome {
        Outcome::Unknown => 0,
        Outcome::Declined => 1,
        Outcome::Failed => 2,
        Outcome::Partial => 3,
        Outcome::Approved => 4,
        Outcome::Info => 5,
    }
}

fn severity_rank(severity: &str) -> u8 {
    match severity {
        "error" => 2,
        "warning" => 1,
        _ => 0,
    }
}

/// The codes of everything below that is more than a record.
fn collect_codes(parts: &[PartReport], sink: &mut dyn FnMut(&str)) {
    for part in parts {
        if part.matters
            && let Some(code) = &part.code
        {
            sink(code);
        }
        collect_codes(&part.parts, sink);
    }
}
