//! Messages in order → conversations, counted and put into words; the few that need a look are kept.

use std::collections::BTreeMap;

use posdx_model::Text;
use posdx_wire::iso8583::{Decoded, Dialect};
use posdx_wire::talk::{Chain, ChainKind, ChainOutcome, FindingId, Rules, Seen, Talk, Trace};

use super::Decoder;
use super::message::mti_text;
use super::report::{ChainReport, FindingCount, ResponseCount, TraceReport};
use crate::assemble::{explain_code, explain_condition};
use crate::explanation::{Explanation, Reading};

/// Conversations that need a look and are listed.
const NOTABLE_MAX: usize = 100;
/// Others that are listed.
const PLAIN_MAX: usize = 20;
/// Kinds of refusal that are explained.
const REFUSALS_MAX: usize = 3;

/// Joins messages.
pub struct Conversations<'d, 'a> {
    decoder: &'d Decoder<'a>,
    talk: Talk,
    kept: Kept<'a>,
}

/// What is kept of them.
#[derive(Default)]
struct Kept<'a> {
    number: u64,
    broken: u64,
    start_ns: Option<u64>,
    dialects: BTreeMap<&'a str, u64>,
    /// Answers by response code; the list they are from is that of the first dialect that gave one.
    responses: BTreeMap<[u8; 4], (u64, Option<&'a str>)>,
    chains: u64,
    findings: BTreeMap<FindingId, (u64, Text)>,
    notable: Vec<Chain>,
    plain: Vec<Chain>,
    refused: BTreeMap<[u8; 4], u64>,
    no_reply: u64,
    currency: Option<&'a str>,
}

/// What came out of it.
pub struct Outcome {
    /// Messages read.
    pub messages: u64,
    /// Messages that could not be read to the end.
    pub broken: u64,
    /// Messages by dialect.
    pub dialects: BTreeMap<String, u64>,
    /// Answers by code.
    pub responses: BTreeMap<String, ResponseCount>,
    /// The listed conversations.
    pub chains: Vec<ChainReport>,
    /// Conversations in all.
    pub chain_count: u64,
    /// What was found, by kind.
    pub findings: Vec<FindingCount>,
    /// The gravest thing.
    pub explanation: Option<Explanation>,
}

impl<'d, 'a> Conversations<'d, 'a> {
    /// Nothing was seen yet.
    pub fn new(decoder: &'d Decoder<'a>) -> Self {
        Conversations { decoder, talk: Talk::new(Rules::default()), kept: Kept::default() }
    }

    /// Takes the next message.
    pub fn push(&mut self, message: &Decoded<'_>, dialect: &'a Dialect, time_ns: Option<u64>, flow: Option<(u32, bool)>) {
        let kept = &mut self.kept;
        kept.number += 1;
        kept.broken += u64::from(message.fault().is_some());
        kept.start_ns = kept.start_ns.or(time_ns);
        kept.currency = kept.currency.or(dialect.currency.as_deref());
        *kept.dialects.entry(&dialect.id).or_default() += 1;
        let is_reply = matches!(message.mti().as_bytes().get(2), Some(b'1' | b'3' | b'5'));
        if is_reply && let Some(code) = message.raw(39).and_then(code_key) {
            kept.responses.entry(code).or_insert((0, dialect.responses.as_deref())).0 += 1;
        }
        let (talk, decoder) = (&mut self.talk, self.decoder);
        talk.push(Seen { time_ns, number: kept.number, flow, message }, &mut |chain| kept.chain(chain, decoder));
    }

    /// What came out of it all.
    pub fn finish(mut self) -> Outcome {
        let (kept, decoder) = (&mut self.kept, self.decoder);
        self.talk.finish(&mut |chain| kept.chain(chain, decoder));
        let kept = self.kept;
        let list = |code: &[u8; 4]| kept.responses.get(code).and_then(|r| r.1);
        let reading = |code: &[u8; 4]| explain_code(decoder.catalogue, list(code)?, &code_text(code));
        let mut readings: Vec<Reading> = Vec::new();
        if kept.no_reply > 0 {
            readings.extend(explain_condition(decoder.catalogue, "comm.no-response"));
        }
        let mut refused: Vec<(&[u8; 4], &u64)> = kept.refused.iter().collect();
        refused.sort_by_key(|r| std::cmp::Reverse(*r.1));
        readings.extend(refused.iter().take(REFUSALS_MAX).filter_map(|r| reading(r.0)));
        let responses = kept.responses.iter().map(|(code, (count, _))| {
            let title = reading(code).map(|r| r.list.map_or(r.title, |l| l.name));
            (code_text(code), ResponseCount { count: *count, title })
        });
        let chains = kept.notable.iter().chain(&kept.plain).map(|c| kept.chain_report(c, decoder, &reading)).collect();
        let mut findings: Vec<FindingCount> = kept
            .findings
            .iter()
            .map(|(id, (count, text))| FindingCount { id: id.to_string(), text: text.clone(), count: *count })
            .collect();
        findings.sort_by_key(|f| std::cmp::Reverse(f.count));
        Outcome {
            messages: kept.number,
            broken: kept.broken,
            dialects: kept.dialects.iter().map(|(id, n)| ((*id).to_owned(), *n)).collect(),
            responses: responses.collect(),
            chains,
            chain_count: kept.chains,
            findings,
            explanation: decoder.gravest("capture", readings),
        }
    }
}

impl Kept<'_> {
    fn chain(&mut self, chain: Chain, decoder: &Decoder<'_>) {
        self.chains += 1;
        for finding in &chain.findings {
            let title = || decoder.knowledge.talk.get(finding.id).map(|t| t.title.clone()).unwrap_or_default();
            self.findings.entry(finding.id).or_insert_with(|| (0, title())).0 += 1;
            self.no_reply += u64::from(finding.id == FindingId::NoReply);
        }
        // No money is at stake in a sign-on; that it was refused still stops the till.
        let refused =
            chain.outcome == ChainOutcome::Declined || chain.outcome == ChainOutcome::NotApplicable && self.says_no(&chain, decoder);
        if refused && let Some(code) = chain.response.as_ref().and_then(|r| code_key(r.as_bytes())) {
            *self.refused.entry(code).or_default() += 1;
        }
        let open = chain.outcome == ChainOutcome::Unknown;
        // Nothing moves in a sign-on that went well; a sale that did is worth a line.
        if (!chain.findings.is_empty() || refused || open) && self.notable.len() < NOTABLE_MAX {
            self.notable.push(chain);
        } else if self.plain.len() < PLAIN_MAX && chain.kind != ChainKind::Network {
            self.plain.push(chain);
        }
    }

    /// True when the answer of a conversation is known and is a refusal.
    fn says_no(&self, chain: &Chain, decoder: &Decoder<'_>) -> bool {
        let list = |code: &str| self.responses.get(&code_key(code.as_bytes())?).and_then(|r| r.1);
        let reading = chain.response.as_deref().and_then(|code| explain_code(decoder.catalogue, list(code)?, code));
        reading.is_some_and(|r| matches!(r.outcome, posdx_model::Outcome::Declined | posdx_model::Outcome::Failed))
    }

    fn chain_report(&self, chain: &Chain, decoder: &Decoder<'_>, reading: &dyn Fn(&[u8; 4]) -> Option<Reading>) -> ChainReport {
        let title = chain.response.as_ref().and_then(|r| reading(&code_key(r.as_bytes())?)).map(|r| r.list.map_or(r.title, |l| l.name));
        let talk = &decoder.knowledge.talk;
        let findings = chain.findings.iter().map(|f| {
            let say = |lang| format!("{}{}", talk.meaning(f, lang), if lang == posdx_model::Lang::En { " " } else { "" });
            use posdx_model::Lang::{En, Zh};
            Text::new(format!("{}{}", say(Zh), talk.next(f, Zh)), format!("{}{}", say(En), talk.next(f, En)))
        });
        ChainReport {
            chain: chain.kind.to_string(),
            outcome: chain.outcome.to_string(),
            response: chain.response.clone(),
            title,
            messages: chain.messages.iter().map(|t| self.trace(t, decoder)).collect(),
            findings: findings.collect(),
            milliseconds: chain.duration_ns.map(|ns| ns / 1_000_000),
        }
    }

    fn trace(&self, trace: &Trace, decoder: &Decoder<'_>) -> TraceReport {
        let filled = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let digits = self.currency.and_then(|c| decoder.knowledge.chip.iso.currency(c));
        let amount = trace.amount.map(|n| match digits {
            Some(c) if c.digits > 0 => {
                let scale = 10u64.pow(u32::from(c.digits).min(6));
                format!("{}.{:0width$} {}", n / scale, n % scale, c.alpha, width = usize::from(c.digits.min(6)))
            }
            _ => n.to_string(),
        });
        TraceReport {
            number: trace.number,
            at_ms: trace.time_ns.zip(self.start_ns).map(|(t, start)| t.saturating_sub(start) / 1_000_000),
            mti: trace.mti.as_str().to_owned(),
            text: mti_text(trace.mti.as_str()),
            from_client: trace.flow.map(|f| f.1),
            stan: trace.trace.map(|n| format!("{n:06}")),
            terminal: filled(trace.terminal.as_str()),
            amount,
            response: filled(trace.response.as_str()),
        }
    }
}

/// A response code as a key that needs no memory of its own: letters and digits, at most four.
fn code_key(raw: &[u8]) -> Option<[u8; 4]> {
    let mut key = [0; 4];
    (raw.len() <= 4 && raw.iter().all(u8::is_ascii_alphanumeric)).then(|| {
        key[..raw.len()].copy_from_slice(raw);
        key
    })
}

fn code_text(key: &[u8; 4]) -> String {
    key.iter().filter(|b| **b != 0).map(|b| char::from(*b)).collect()
}
