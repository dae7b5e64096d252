//! What a message means for the people at the till: who said what, did the money move, what next. By the catalogue, like everything
//! that posdx explains; what the kind of business changes about a response code is decided here and nowhere else.

use std::sync::Arc;

use posdx_model::{MoneyState, Outcome, Text};
use posdx_wire::iso8583::{Decoded, Effect, Meaning};

use super::Decoder;
use super::words::{Words, text};
use crate::assemble::{Question, explain, explanation_of, unknown_code};
use crate::explanation::{Explanation, Reading, Verdict};

/// Things beside the verdict that are worth a look.
const ALSO_MAX: usize = 4;
/// Free text of a host that reads like this condition is taken for a reason.
const HOST_TEXT_SCORE_MIN: f64 = 0.8;

/// Steps that are about the money of a sale.
const MONEY_STEPS: &[&str] = &["query-last-sale", "wait-for-reversal"];

/// The explanation of a message, and what else in it calls for attention.
pub fn verdict(decoder: &Decoder<'_>, decoded: &Decoded<'_>, words: &Words<'_>) -> (Explanation, Vec<Arc<Reading>>) {
    let effect = decoded.transaction().map(|t| t.effect);
    let code = decoded.value(39).map(|v| v.masked());
    let is_reply = matches!(decoded.mti().as_bytes().get(2), Some(b'1' | b'3' | b'5'));
    let responses = decoded.dialect().responses.as_deref();
    let main = match (&code, is_reply) {
        (Some(code), true) => match responses.and_then(|list| decoder.code(list, code)) {
            Some(reading) => Some(by_business(decoder, Arc::unwrap_or_clone(reading), effect)),
            // The list does not know it; the honest answer names the code.
            None => return (unknown_code(decoder.catalogue, code), Vec::new()),
        },
        (Some(code), false) if effect == Some(Effect::Reversal) => decoder
            .code("cups-reversal", code)
            .filter(|_| responses == Some("cups-pos"))
            .or_else(|| decoder.condition("message.request-reversal"))
            .map(Arc::unwrap_or_clone),
        _ => {
            let reading = decoder.condition(without_answer(decoded, effect, is_reply)).map(Arc::unwrap_or_clone);
            reading.map(|reading| match effect {
                Some(effect) if !effect.moves_money() => grounded(decoder, reading, MoneyState::NotApplicable, "no-payment"),
                _ => reading,
            })
        }
    };
    let Some(main) = main else { return (unknown_code(decoder.catalogue, code.as_deref().unwrap_or_default()), Vec::new()) };
    let mut also: Vec<Arc<Reading>> = Vec::new();
    let refused = main.outcome != Outcome::Approved && main.outcome != Outcome::Info;
    if refused && let Some(reading) = host_text(decoder, decoded, words).filter(|r| r.condition != main.condition) {
        also.push(Arc::new(reading));
    }
    also.extend(chip(decoder, decoded).into_iter().filter(|r| r.condition != main.condition));
    also.truncate(ALSO_MAX);
    let text = match (&code, responses) {
        (Some(code), Some(list)) => format!("{list}/{code}"),
        _ => decoded.mti().to_owned(),
    };
    (explanation_of(decoder.catalogue, &text, Verdict::Known, vec![main]), also)
}

/// What a message without a usable answer is.
fn without_answer(decoded: &Decoded<'_>, effect: Option<Effect>, is_reply: bool) -> &'static str {
    let moves_money = effect.is_none_or(Effect::moves_money);
    if is_reply || decoded.fault().is_some() && moves_money {
        return "message.broken";
    }
    match effect {
        Some(Effect::Reversal) => "message.request-reversal",
        Some(effect) if !effect.moves_money() => "message.request-plain",
        // What is not known to leave money alone is treated as if it did not.
        _ => "message.request-money",
    }
}

/// What the kind of business changes: an approved sign-on takes no money, an approved reversal gives it back.
fn by_business(decoder: &Decoder<'_>, reading: Reading, effect: Option<Effect>) -> Reading {
    let Some(effect) = effect else { return reading };
    let approved = matches!(reading.outcome, Outcome::Approved | Outcome::Partial);
    let condition = match effect {
        Effect::Debit => return reading,
        Effect::Hold if approved => "approved.hold",
        Effect::Credit if approved => "approved.refund",
        Effect::Void if approved => "approved.void",
        Effect::Reversal if approved => "approved.reversal",
        Effect::Advice if approved => "approved.advice",
        Effect::Settlement if approved => "approved.settlement",
        Effect::Enquiry if approved => "approved.balance",
        Effect::Network if approved => "approved.sign-on",
        Effect::Hold | Effect::Advice => return reading,
        // A refusal keeps its own reason; what it says of the money is another matter.
        Effect::Void | Effect::Reversal => return grounded(decoder, reading, MoneyState::Unknown, "original-stands"),
        Effect::Credit if reading.money.state == MoneyState::NotTaken => {
            return grounded(decoder, reading, MoneyState::NotApplicable, "refund-not-made");
        }
        Effect::Credit => return reading,
        Effect::Settlement | Effect::Enquiry | Effect::Network => {
            return grounded(decoder, reading, MoneyState::NotApplicable, "no-payment");
        }
    };
    let code = reading.code.clone();
    let list = reading.list.clone();
    match decoder.condition(condition) {
        Some(own) => Reading { code, list, score: reading.score, ..Arc::unwrap_or_clone(own) },
        None => reading,
    }
}

/// The reading with another money verdict; the sentences that were written for the old one give way.
fn grounded(decoder: &Decoder<'_>, mut reading: Reading, state: MoneyState, ground: &str) -> Reading {
    if let Some(record) = decoder.catalogue.ground(ground) {
        reading.money.state = record.state;
        reading.money.ground = record.text;
        reading.money.act = record.act;
    } else {
        reading.money.state = state;
    }
    if reading.money.state == MoneyState::NotApplicable {
        reading.plan.retain(|s| !MONEY_STEPS.contains(&s.id.as_str()));
        reading.next = reading.plan.first().cloned();
    }
    let said = reading.money.ground.clone();
    for text in [&mut reading.text.agent, &mut reading.text.engineer] {
        *text = Text::new(format!("{}{}", said.zh, text.zh), format!("{} {}", said.en, text.en));
    }
    reading
}

/// The words that the host sent for people, when they say more than the code.
fn host_text(decoder: &Decoder<'_>, decoded: &Decoded<'_>, words: &Words<'_>) -> Option<Reading> {
    let said = [63, 44, 62].into_iter().find_map(|n| {
        let about = decoded.about(n).filter(|a| a.secret.is_none() || a.meaning == Some(Meaning::Words))?;
        let parts = decoded.parts(n);
        let whole = || text(decoded.raw(n)?).filter(|_| about.meaning == Some(Meaning::Words) && parts.is_empty());
        let in_parts = parts.iter().filter(|p| p.about.is_some_and(|a| a.meaning == Some(Meaning::Words))).find_map(|p| {
            let raw = decoded.bytes().get(p.nibbles.0 / 2..p.nibbles.1 / 2)?;
            words.meaning(p.about?, "", raw)
        });
        in_parts.or_else(whole)
    })?;
    // Two letters of a scheme or an operator's number are no reason.
    if said.zh.chars().filter(|c| c.is_alphabetic()).count() < 3 {
        return None;
    }
    let explanation = explain(decoder.catalogue, Question { text: &said.zh, place: None });
    let reading = explanation.readings.into_iter().next().filter(|_| explanation.verdict == Verdict::Known)?;
    (reading.score >= HOST_TEXT_SCORE_MIN).then_some(reading)
}

/// What the chip data say that is more than a record: the bits of the TVR that matter, a decline by the card itself.
fn chip(decoder: &Decoder<'_>, decoded: &Decoded<'_>) -> Vec<Arc<Reading>> {
    let Some(from) = decoded.nested_tlv(55) else { return Vec::new() };
    let data = decoded.span(55).and_then(|(_, to)| decoded.bytes().get(from..to)).unwrap_or_default();
    let values = posdx_wire::emv::values::Values::of(data);
    let mut readings = Vec::new();
    for (tag, list) in [(0x9F27, "emv-cid"), (0x95, "emv-tvr")] {
        let Some(value) = values.get(tag) else { continue };
        let codes = decoder.lists.that_matter(list, value).filter_map(|id| id.split_once('/'));
        readings.extend(codes.filter_map(|(list, value)| decoder.code(list, value)));
    }
    readings
}
