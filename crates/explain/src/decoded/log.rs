//! A log → what matters in it, in order: codes explained, dumps decoded. It is fed in pieces and keeps little.

use std::collections::BTreeMap;

use posdx_wire::log::{Block, Digest, Group, Level, Line, Lines, Signal, signals};

use super::Decoder;
use super::bytes::grave;
use super::report::{Decoded, EventReading, LogEvent, LogReport};
use crate::assemble::{Question, explain, explain_code, explain_condition};
use crate::explanation::{Explanation, Reading, Verdict};

/// Kinds of lines that are told apart.
const KINDS_MAX: usize = 2048;
/// Events that a report lists.
const EVENTS_MAX: usize = 200;
/// Messages of a log that are decoded in full.
const MESSAGES_MAX: usize = 100;
/// Words of a line that read like a condition at least this well are taken for it.
const WORDS_SCORE_MIN: f64 = 0.75;

/// Keys whose value is a response code of a host.
const RESPONSE_KEYS: &[&str] = &["resp", "应答", "返回码", "39", "rc", "retcode", "rsp"];
/// A reading this much worse than the best of the same code is left out, and so are more than so many.
const RIVAL_MIN: f64 = 0.3;
const RIVALS_MAX: usize = 2;
/// The list that terminals in China show.
const TERMINAL_LIST: &str = "cups-pos";
/// How a masked dump begins.
const HIDDEN_BYTES: &str = "⟨hex";

/// Reads a log piece by piece.
pub struct LogReader<'d, 'a> {
    decoder: &'d Decoder<'a>,
    lines: Lines<'a>,
    kept: Kept<'d, 'a>,
}

/// What is kept of the lines.
struct Kept<'d, 'a> {
    decoder: &'d Decoder<'a>,
    count: u64,
    formats: BTreeMap<&'static str, u64>,
    digest: Digest,
    block: Block,
    /// Messages by the line they begin in.
    messages: Vec<(u64, Decoded)>,
    more_messages: u64,
    with_time: u64,
    /// Lists of response codes that the messages use.
    lists: Vec<String>,
}

impl<'d, 'a> LogReader<'d, 'a> {
    /// Starts at the first byte of a log.
    pub fn new(decoder: &'d Decoder<'a>) -> Self {
        let kept = Kept {
            decoder,
            count: 0,
            formats: BTreeMap::new(),
            digest: Digest::new(KINDS_MAX),
            block: Block::default(),
            messages: Vec::new(),
            more_messages: 0,
            with_time: 0,
            lists: Vec::new(),
        };
        LogReader { decoder, lines: Lines::new(&decoder.knowledge.log), kept }
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        let kept = &mut self.kept;
        self.lines.feed(bytes, &mut |line| kept.line(line));
    }

    /// True when lines with times were seen: what logs have and other texts have not.
    pub fn looks_like_a_log(&self) -> bool {
        self.kept.with_time > 0
    }

    /// The report.
    pub fn finish(mut self) -> LogReport {
        let kept = &mut self.kept;
        self.lines.finish(&mut |line| kept.line(line));
        kept.dumps();
        let mut readings: Vec<Reading> = Vec::new();
        let mut events: Vec<LogEvent> = Vec::new();
        let lists: Vec<&str> = kept.lists.iter().map(String::as_str).collect();
        for group in kept.digest.groups() {
            let (event, found) = self.decoder.event(group, &lists);
            readings.extend(found);
            events.push(event);
        }
        for (line, decoded) in std::mem::take(&mut kept.messages) {
            if let Decoded::Iso8583(message) = &decoded {
                readings.extend(message.explanation.readings.first().cloned());
            }
            // The line may stand there already for another reason; then the message joins it.
            match events.iter_mut().find(|e| e.line == line && e.decoded.is_none()) {
                Some(event) => event.decoded = Some(Box::new(decoded)),
                None => events.push(LogEvent {
                    line,
                    last_line: line,
                    count: 1,
                    time: None,
                    level: None,
                    text: String::new(),
                    readings: Vec::new(),
                    decoded: Some(Box::new(decoded)),
                }),
            }
        }
        events.sort_by_key(|e| e.line);
        let rest = kept.digest.rest().map_or(0, |r| r.lines) + kept.more_messages;
        let beyond: u64 = events.iter().skip(EVENTS_MAX).map(|e| e.count).sum();
        events.truncate(EVENTS_MAX);
        // What concerns a sale comes before what lets the till go on; of equals the last one, for which somebody is looking now.
        readings.reverse();
        readings.sort_by_key(|r| (grave(r.outcome), u8::from(r.code.is_none())));
        let explanation: Option<Explanation> = self.decoder.gravest("log", readings);
        LogReport {
            lines: kept.count,
            format: kept.formats.iter().max_by_key(|f| f.1).map_or("plain", |f| f.0).to_owned(),
            events,
            not_listed: rest + beyond,
            chains: Vec::new(),
            explanation,
        }
    }
}

impl Kept<'_, '_> {
    fn line(&mut self, line: &Line) {
        self.count += 1;
        *self.formats.entry(line.format.as_str()).or_default() += 1;
        self.with_time += u64::from(line.time.is_some());
        if !self.block.push(line) {
            self.dumps();
            self.block.push(line);
        }
        let rules = &self.decoder.knowledge.log;
        if rules.matters(line).is_some() {
            let signals = signals(rules, &self.decoder.knowledge.devices, line.message());
            self.digest.add(line, &signals);
        }
    }

    /// Decodes the dumps of the lines so far.
    fn dumps(&mut self) {
        for (line, dump) in self.block.take() {
            if self.messages.len() >= MESSAGES_MAX {
                self.more_messages += 1;
                continue;
            }
            // Of two readings of the same characters the first that is a message counts.
            if self.messages.last().is_some_and(|m| m.0 == line) {
                continue;
            }
            let form = dump.form().to_string();
            let decoded = self.decoder.bytes(dump.bytes(), &form, None, None);
            if let Ok(decoded @ (Decoded::Iso8583(_) | Decoded::Emv(_) | Decoded::Atr(_))) = decoded {
                if let Decoded::Iso8583(message) = &decoded
                    && let Some(list) = self.decoder.knowledge.dialects.get(&message.dialect).and_then(|d| d.responses.clone())
                    && !self.lists.contains(&list)
                {
                    self.lists.push(list);
                }
                self.messages.push((line, decoded));
            }
        }
    }
}

impl Decoder<'_> {
    /// Reads a whole log.
    pub fn log(&self, text: &[u8]) -> LogReport {
        let mut reader = LogReader::new(self);
        reader.feed(text);
        reader.finish()
    }

    /// A kind of line with what posdx reads in it. `lists` are the lists of response codes that messages of the same log use.
    fn event(&self, group: &Group, lists: &[&str]) -> (LogEvent, Vec<Reading>) {
        let failing: Vec<&Signal> = group.signals.iter().filter(|s| !s.success).collect();
        let mut readings: Vec<Reading> = failing.iter().flat_map(|s| self.signal(s, group, lists)).collect();
        if readings.is_empty() && failing.len() == group.signals.len() {
            readings.extend(self.words(group));
        }
        let mut seen = Vec::new();
        readings.retain(|r| {
            let new = !seen.contains(&r.condition);
            seen.push(r.condition.clone());
            new
        });
        let event = LogEvent {
            line: group.first.line,
            last_line: group.last.line,
            count: group.count,
            time: group.first.time.as_ref().map(ToString::to_string),
            level: group.level.map(|l| l.to_string()),
            text: group.example.clone(),
            readings: readings
                .iter()
                .map(|r| EventReading {
                    code: r.code.as_ref().map(|c| c.id.clone()),
                    condition: r.condition.clone(),
                    title: r.title.clone(),
                    outcome: r.outcome,
                    money: r.money.state,
                    score: r.score,
                })
                .collect(),
            decoded: None,
        };
        (event, readings)
    }

    /// A code of a line: by its list where its shape names one, else by its key and the words around it. Lists that disagree about
    /// the money are both given.
    fn signal(&self, signal: &Signal, group: &Group, lists: &[&str]) -> Vec<Reading> {
        if let Some(list) = &signal.namespace {
            return explain_code(self.catalogue, list, &signal.value).into_iter().collect();
        }
        if let Some(condition) = &signal.condition {
            return explain_condition(self.catalogue, condition).into_iter().collect();
        }
        let key = signal.key.as_deref().unwrap_or_default().to_lowercase();
        let is_response = RESPONSE_KEYS.iter().any(|k| key.contains(k));
        // A bare “code=240” says less than the words beside it.
        if !is_response && let Some(reading) = self.words(group) {
            return vec![reading];
        }
        if is_response && let Some(reading) = lists.iter().find_map(|list| explain_code(self.catalogue, list, &signal.value)) {
            return vec![reading];
        }
        let question = format!("{key} {}", signal.value);
        let mut readings = explain(self.catalogue, Question { text: &question, place: None }).readings;
        let best = readings.first().map_or(0.0, |r| r.score);
        readings.retain(|r| r.score >= best * RIVAL_MIN);
        // The label may belong to an interface; on a terminal the same two characters are a host's answer.
        if is_response && signal.value.len() == 2 {
            readings.extend(explain_code(self.catalogue, TERMINAL_LIST, &signal.value));
        }
        let mut conditions = Vec::new();
        readings.retain(|r| {
            let new = !conditions.contains(&r.condition);
            conditions.push(r.condition.clone());
            new
        });
        readings.truncate(RIVALS_MAX);
        readings
    }

    /// The words of a line without a code.
    fn words(&self, group: &Group) -> Option<Reading> {
        let quiet = group.level.is_some_and(|l| matches!(l, Level::Trace | Level::Debug | Level::Info));
        // A dump speaks for itself when it is decoded; the words around it only announce it.
        if quiet && (group.signals.is_empty() || group.example.contains(HIDDEN_BYTES)) {
            return None;
        }
        let mut text = group.example.clone();
        for signal in group.signals.iter().rev().filter(|s| s.condition.is_none()) {
            if text.get(signal.start..signal.end).is_some_and(|v| v == signal.value) {
                text.replace_range(signal.start..signal.end, "");
            }
        }
        let said = explain(self.catalogue, Question { text: &text, place: None });
        let reading = said.readings.into_iter().next()?;
        (said.verdict == Verdict::Known && reading.score >= WORDS_SCORE_MIN).then_some(reading)
    }
}
