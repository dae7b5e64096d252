//! One ISO 8583 message → its report: fields with their meanings, what contradicts what, and the explanation above them.

use std::collections::BTreeMap;
use std::ops::Range;

use posdx_model::{Text, Unmasked};
use posdx_wire::crypto::{Key, MacRange, which_holds};
use posdx_wire::emv::contradictions::Context;
use posdx_wire::emv::values::Values;
use posdx_wire::iso8583::{Candidate, Decoded, Layer, Mask, PartView};

use super::Decoder;
use super::chip::Chip;
use super::hexview::{excerpt, lines};
use super::report::*;
use super::verdict::verdict;
use super::words::Words;

/// Bytes of an excerpt before the place of a fault, and behind it.
const AROUND: usize = 8;
/// Bytes of the longest card number (ISO/IEC 7812-1), a character each.
const CARD_DIGITS_MAX: usize = 19;

impl Decoder<'_> {
    /// Reports one message. `others` are further dialects that fit nearly as well.
    pub fn message(&self, bytes: &[u8], best: &Candidate<'_>, others: &[Candidate<'_>], form: &str) -> MessageReport {
        let decoded = &best.decoded;
        let at = best.envelope.message;
        let mask = self.mask(decoded);
        let words = Words { catalogue: self.catalogue, iso: &self.knowledge.chip.iso, decoded };
        let fields: BTreeMap<usize, FieldReport> =
            decoded.fields().filter_map(|n| Some((n, self.field(decoded, n, at, &mask, &words)?))).collect();
        let guess = decoded.guess().map(|guess| {
            let mask = self.mask(&guess);
            let words = Words { decoded: &guess, ..words };
            guess.fields().filter_map(|n| Some((n, self.field(&guess, n, at, &mask, &words)?))).collect()
        });
        let (explanation, also) = verdict(self, decoded, &words);
        let total: f64 = others.iter().chain([best]).map(|c| 10f64.powf(c.score - best.score)).sum();
        let (covered, front) = self.front_mask(bytes, best);
        let in_front = |i: usize| (covered.start * 2..covered.end * 2).contains(&i) && front.hides_nibble(i - covered.start * 2);
        // A reading that nothing speaks for may have cut a number in two: then all bytes are looked at as unknown ones too.
        let unsure = best.score <= 0.0 && self.leave.is_none();
        let whole = if unsure { Mask::of_unknown(bytes) } else { Mask::open(&[]) };
        // A mask of the message, widened to everything that was given; length and TPDU have no room for a card number.
        let hidden = |i: usize| in_front(i) || unsure && whole.hides_nibble(i) || (i >= at * 2 && mask.hides_nibble(i - at * 2));
        let transaction = decoded.transaction().map(|t| Transaction { id: t.id.clone(), name: t.name.clone() });
        let end = at + decoded.end();
        let rest = (decoded.fault().is_none() && end < best.envelope.end).then_some((end, best.envelope.end));
        MessageReport {
            form: form.to_owned(),
            dialect: decoded.dialect().id.clone(),
            dialect_title: decoded.dialect().title.clone(),
            score: if best.score.is_finite() { (best.score * 100.0).round() / 100.0 } else { 0.0 },
            framing: self.framing(bytes, best, &words, &front),
            mti: decoded.mti().to_owned(),
            mti_text: mti_text(decoded.mti()),
            transaction,
            error: error(bytes, decoded, at, &hidden),
            guess: guess.unwrap_or_default(),
            trailing: rest.map(|(from, to)| FieldReport {
                name: Text::new("多余的字节", "Bytes behind the message"),
                value: mask.hex(decoded.bytes(), from - at, to - at),
                meaning: None,
                bytes: [from, to],
                secret: false,
                unconfirmed: false,
                parts: Vec::new(),
            }),
            contradictions: self.contradictions(decoded),
            mac: self.mac(bytes, best),
            other_readings: others
                .iter()
                .map(|c| OtherReading {
                    dialect: c.decoded.dialect().id.clone(),
                    title: c.decoded.dialect().title.clone(),
                    score: (10f64.powf(c.score - best.score) / total * 1000.0).round() / 1000.0,
                    fields: c.decoded.fields().count(),
                    offset: c.envelope.message,
                })
                .collect(),
            explanation,
            also,
            hex: lines(bytes, &hidden),
            fields,
        }
    }

    /// What must not be shown of a message.
    pub(super) fn mask(&self, decoded: &Decoded<'_>) -> Mask {
        if self.leave.is_some() { Mask::open(decoded.bytes()) } else { Mask::of(decoded, &self.knowledge.chip.tags) }
    }

    fn field(&self, decoded: &Decoded<'_>, number: usize, at: usize, mask: &Mask, words: &Words<'_>) -> Option<FieldReport> {
        let about = decoded.about(number)?;
        let (from, to) = decoded.span(number)?;
        let (raw, start) = (decoded.raw(number)?, decoded.value_start(number)?);
        let value = mask.field(decoded, number)?;
        let hidden = mask.hides(start, start + raw.len());
        let mut parts: Vec<PartReport> =
            decoded.parts(number).into_iter().map(|part| self.part(decoded.bytes(), part, at, mask, words)).collect();
        if let Some(from) = decoded.nested_tlv(number) {
            // What the elements were cut from is not shown beside them.
            if parts.last().is_some_and(|p| p.bytes[0] == from + at) {
                parts.pop();
            }
            parts.extend(self.chip().parts(decoded.bytes(), (from, start + raw.len()), at, mask));
        }
        let meaning = if hidden && about.secret.is_some() { None } else { words.meaning(about, &value, raw) };
        // The parts say it better than the whole.
        let meaning = if parts.iter().any(|p| p.meaning.is_some()) && about.values.is_none() { None } else { meaning };
        Some(FieldReport {
            name: about.name.clone(),
            value,
            meaning,
            bytes: [from + at, to + at],
            secret: about.secret.is_some_and(|_| hidden || self.leave.is_some()),
            unconfirmed: about.unconfirmed,
            parts,
        })
    }

    fn part(&self, bytes: &[u8], part: PartView<'_>, at: usize, mask: &Mask, words: &Words<'_>) -> PartReport {
        let (about, (from, to)) = (part.about, part.nibbles);
        let raw = if from % 2 == 0 && to % 2 == 0 { bytes.get(from / 2..to / 2).unwrap_or_default() } else { &[] };
        let plain = part.value.reveal(Unmasked::typed_by_a_person());
        let value = mask.value(plain, (from, to));
        let hidden = value.contains('*') && !plain.contains('*');
        let meaning = about.filter(|_| !hidden).and_then(|about| words.meaning(about, &value, raw));
        // Letters that come as bytes are shown as letters.
        let (value, meaning) = match meaning {
            Some(said) if !raw.is_empty() && about.is_some_and(|a| a.meaning == Some(posdx_wire::iso8583::Meaning::Words)) => {
                (said.zh, None)
            }
            other => (value, other),
        };
        PartReport {
            id: part.path,
            name: about.map_or_else(|| Text::new("未命名的元素", "Element without a name"), |a| a.name.clone()),
            value,
            meaning,
            bytes: [from / 2 + at, to.div_ceil(2) + at],
            unconfirmed: about.is_some_and(|a| a.unconfirmed),
            ..PartReport::default()
        }
    }

    pub(super) fn chip(&self) -> Chip<'_> {
        Chip { tables: &self.knowledge.chip, lists: &self.lists, catalogue: self.catalogue, listed: &self.listed }
    }

    /// What must not be shown of a header, and the bytes that this covers. Bytes that nobody explains may hold a number that reaches into
    /// what was taken for the message.
    fn front_mask(&self, bytes: &[u8], best: &Candidate<'_>) -> (Range<usize>, Mask) {
        let (from, to) = best.envelope.header;
        let reach = if best.envelope.frame.is_none() && to > from { CARD_DIGITS_MAX } else { 0 };
        let covered = from..bytes.len().min(to + reach);
        let front = bytes.get(covered.clone()).unwrap_or_default();
        (covered, if self.leave.is_some() { Mask::open(front) } else { Mask::of_unknown(front) })
    }

    fn framing(&self, bytes: &[u8], best: &Candidate<'_>, words: &Words<'_>, front: &Mask) -> Framing {
        let envelope = &best.envelope;
        let hex =
            |(from, to): (usize, usize)| bytes.get(from..to).unwrap_or_default().iter().map(|b| format!("{b:02X}")).collect::<String>();
        let header = bytes.get(envelope.header.0..envelope.header.1).unwrap_or_default();
        let header_shown = front.hex(header, 0, header.len());
        let Some(frame) = envelope.frame else {
            return Framing { unexplained: envelope.message, header: header_shown, ..Framing::default() };
        };
        let parts = posdx_wire::iso8583::header_parts(frame, header, envelope.header.0);
        Framing {
            length_header: hex(envelope.length),
            length_says: envelope.said,
            length_found: envelope.said.map(|_| bytes.len().saturating_sub(envelope.length.1)),
            tpdu: hex(envelope.tpdu),
            header: header_shown,
            header_parts: parts
                .iter()
                .map(|part| {
                    let start = envelope.header.0 * 2;
                    let value = front.value(&part.value.masked(), (part.nibbles.0 - start, part.nibbles.1 - start));
                    PartReport {
                        id: part.path.clone(),
                        name: part.about.map(|a| a.name.clone()).unwrap_or_default(),
                        meaning: part.about.and_then(|about| words.meaning(about, &value, &[])),
                        value,
                        bytes: [part.nibbles.0 / 2, part.nibbles.1.div_ceil(2)],
                        unconfirmed: part.about.is_some_and(|a| a.unconfirmed),
                        ..PartReport::default()
                    }
                })
                .collect(),
            unexplained: 0,
        }
    }

    fn contradictions(&self, decoded: &Decoded<'_>) -> Vec<Contradiction> {
        let mut found = Vec::new();
        if let Some((typed, rest)) = decoded.transactions_at_odds() {
            found.push(Contradiction {
                id: "type-code".into(),
                text: Text::new(
                    format!("60.1 说这是“{}”，消息类型、3 域和 25 域合起来却是“{}”。", typed.name.zh, rest.name.zh),
                    format!("60.1 says “{}”, but message type, field 3 and field 25 together say “{}”.", typed.name.en, rest.name.en),
                ),
                places: ["60.1", "3", "25"].map(String::from).to_vec(),
            });
        }
        // Comparing needs the values; nothing of them gets into a sentence.
        let clear = |n: usize| decoded.value(n).map(|v| v.reveal(Unmasked::typed_by_a_person()).to_owned());
        let [pan, amount, time, date, entry, sequence, track2, currency] = [2, 4, 12, 13, 22, 23, 35, 49].map(clear);
        let chip = decoded.has(55).then(|| decoded.nested_tlv(55)).flatten().and_then(|from| {
            let (_, to) = decoded.span(55)?;
            decoded.bytes().get(from..to)
        });
        let values = chip.map(Values::of).unwrap_or_default();
        let context = Context {
            mti: Some(decoded.mti()),
            pan: pan.as_deref(),
            amount: amount.as_deref(),
            time: time.as_deref(),
            date_mmdd: date.as_deref(),
            entry_mode: entry.as_deref(),
            card_sequence: sequence.as_deref(),
            track2: track2.as_deref(),
            currency: currency.as_deref(),
            has_pin_block: decoded.has(52),
            has_chip_data: decoded.has(55),
        };
        for finding in self.knowledge.contradictions.check(&values, &context, &self.knowledge.chip.iso) {
            let tags = finding.tags.iter().map(|t| format!("{t:02X}"));
            let places = finding.fields.iter().map(ToString::to_string).chain(tags).collect();
            found.push(Contradiction { id: finding.id, text: finding.text, places });
        }
        found
    }

    fn mac(&self, bytes: &[u8], best: &Candidate<'_>) -> Option<MacReport> {
        let key: &Key = self.mak?;
        let decoded = &best.decoded;
        let Some((number, wire)) = [64, 128].into_iter().find_map(|n| Some((n, decoded.raw(n)?))) else {
            let text =
                Text::new("报文里没有报文鉴别码（64 或 128 域）。", "The message holds no message authentication code (field 64 or 128).");
            return Some(MacReport { holds: false, scheme: None, text });
        };
        let (start, _) = decoded.span(number)?;
        let body = decoded.bytes().get(..start)?;
        let header = bytes.get(best.envelope.header.0..best.envelope.message + start)?;
        let holding = which_holds(&self.knowledge.macs, key, body, header, wire);
        Some(match holding.first() {
            Some(found) => {
                let range = match found.range {
                    MacRange::WithHeader => Text::new("，连报文头一起算", ", the header included"),
                    _ => Text::default(),
                };
                let title = &found.scheme.title;
                MacReport {
                    holds: true,
                    scheme: Some(found.scheme.id.clone()),
                    text: Text::new(
                        format!("报文鉴别码正确：{}{}。", title.zh, range.zh),
                        format!("The message authentication code holds: {}{}.", title.en, range.en),
                    ),
                }
            }
            None => MacReport {
                holds: false,
                scheme: None,
                text: Text::new(
                    "报文鉴别码不对：按已知的算法都算不出来。密钥不是这台终端当前的，或者报文被改过。",
                    "The message authentication code does not hold by any known method. The key is not this terminal's current one, or the message was changed.",
                ),
            },
        })
    }
}

fn error(bytes: &[u8], decoded: &Decoded<'_>, at: usize, hidden: &dyn Fn(usize) -> bool) -> Option<ErrorReport> {
    let fault = decoded.fault()?;
    let place = fault.offset + at;
    Some(ErrorReport {
        layer: fault.layer.to_string(),
        field: (!matches!(fault.layer, Layer::Mti | Layer::Bitmap)).then_some(fault.field),
        offset: place,
        offset_in_message: fault.offset,
        expected: fault.expected.text(),
        message: fault.text(),
        excerpt: excerpt(bytes, place, AROUND, hidden),
        place: None,
    })
}

/// What the four digits of a message type say (ISO 8583 clause 4).
pub fn mti_text(mti: &str) -> Text {
    let digit = |i: usize| mti.as_bytes().get(i).copied().unwrap_or(b'0');
    let class = match digit(1) {
        b'1' => Text::new("授权", "Authorisation"),
        b'2' => Text::new("金融交易", "Financial"),
        b'3' => Text::new("文件或明细", "File action"),
        b'4' => Text::new("冲正", "Reversal"),
        b'5' => Text::new("对账", "Reconciliation"),
        b'6' => Text::new("管理", "Administrative"),
        b'7' => Text::new("费用", "Fee collection"),
        b'8' => Text::new("网络管理", "Network management"),
        b'9' => Text::new("自定义", "Private"),
        _ => Text::new("未知类别", "Unknown class"),
    };
    let function = match digit(2) {
        b'0' => Text::new("请求", "request"),
        b'1' => Text::new("应答", "response"),
        b'2' => Text::new("通知", "advice"),
        b'3' => Text::new("通知应答", "advice response"),
        b'4' => Text::new("告知", "notification"),
        b'5' => Text::new("告知确认", "notification acknowledgement"),
        _ => Text::new("未知功能", "unknown function"),
    };
    let repeat = matches!(digit(3), b'1' | b'3' | b'5');
    Text::new(
        format!("{}{}{}", class.zh, function.zh, if repeat { "（重发）" } else { "" }),
        format!("{} {}{}", class.en, function.en, if repeat { " (repeat)" } else { "" }),
    )
}
