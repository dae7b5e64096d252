//! Joins messages as they come.

use std::collections::VecDeque;

use super::chain::{Answer, Chain, ChainKind, End, Exchange, OpenChain};
use super::findings::{Finding, FindingId};
use super::index::{Index, Key};
use super::rules::Rules;
use super::terminals::Terminals;
use super::trace::{Trace, mark};
use crate::iso8583::Decoded;

mod clock;
mod replies;
mod requests;

const SECOND: u64 = 1_000_000_000;
/// A message as the source gives it.
#[derive(Clone, Copy)]
pub struct Seen<'m, 'a> {
    /// Nanoseconds since 1970-01-01 UTC, when the source has times.
    pub time_ns: Option<u64>,
    /// Its number in the source.
    pub number: u64,
    /// The connection, and whether its client sent the message.
    pub flow: Option<(u32, bool)>,
    /// The message.
    pub message: &'m Decoded<'a>,
}

/// Messages on their way into chains.
#[derive(Debug, Default)]
pub struct Talk {
    rules: Rules,
    /// In the order of their first messages.
    chains: VecDeque<OpenChain>,
    /// Id of the first chain.
    base: u64,
    index: Index,
    terminals: Terminals,
    /// Messages in open chains.
    held: usize,
    /// Messages pushed.
    pushed: u64,
    /// Latest time seen.
    latest: Option<u64>,
}

impl Talk {
    /// Nothing seen yet.
    pub fn new(rules: Rules) -> Self {
        Talk { rules, ..Talk::default() }
    }

    /// Messages held in chains that are still open.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Takes a message. Chains that are complete go to `sink`, in the order of their first messages.
    pub fn push(&mut self, seen: Seen<'_, '_>, sink: &mut impl FnMut(Chain)) {
        let trace = Trace::of(seen.number, seen.time_ns, seen.flow, seen.message);
        let (number, behind) = (trace.number, self.latest.zip(trace.time_ns).map_or(0, |(latest, now)| latest.saturating_sub(now)));
        self.pushed = self.pushed.saturating_add(1);
        self.latest = self.latest.max(trace.time_ns);
        self.held = self.held.saturating_add(1);
        let chain = if trace.is_reply() { self.reply(trace) } else { self.request(trace, mark(seen.message)) };
        if behind > SECOND {
            self.note(chain, Finding::new(FindingId::OutOfOrder, number).with("seconds", behind / SECOND));
        }
        self.give_out(sink);
    }

    /// Ends the talk: every chain still open goes to `sink`.
    pub fn finish(&mut self, sink: &mut impl FnMut(Chain)) {
        while let Some(chain) = self.pop(End::Finished) {
            sink(chain);
        }
        self.terminals.clear();
        self.latest = None;
    }

    fn give_out(&mut self, sink: &mut impl FnMut(Chain)) {
        loop {
            let end = if self.chains.front().is_some_and(|chain| self.is_quiet(chain)) {
                End::Quiet
            } else if self.held > self.rules.held_max.max(1) {
                End::GivenUp
            } else {
                return;
            };
            let Some(chain) = self.pop(end) else { return };
            sink(chain);
        }
    }

    fn is_quiet(&self, chain: &OpenChain) -> bool {
        match self.latest.zip(chain.last_ns) {
            Some((latest, last)) => latest.saturating_sub(last) > self.rules.keep_ns.max(self.rules.timeout_ns),
            None => self.pushed.saturating_sub(chain.last_push) > self.rules.keep_messages,
        }
    }

    fn pop(&mut self, end: End) -> Option<Chain> {
        let chain = self.chains.pop_front()?;
        self.base = self.base.saturating_add(1);
        self.held = self.held.saturating_sub(chain.messages.len());
        for exchange in &chain.exchanges {
            self.index.remove(exchange.node);
        }
        Some(chain.close(end, self.latest, &self.rules))
    }

    fn chain(&self, id: u64) -> Option<&OpenChain> {
        self.chains.get(usize::try_from(id.checked_sub(self.base)?).ok()?)
    }

    fn chain_mut(&mut self, id: u64) -> Option<&mut OpenChain> {
        self.chains.get_mut(usize::try_from(id.checked_sub(self.base)?).ok()?)
    }

    fn note(&mut self, chain: u64, finding: Finding) {
        if let Some(chain) = self.chain_mut(chain) {
            chain.findings.push(finding);
        }
    }

    fn open(&mut self, kind: ChainKind) -> u64 {
        self.chains.push_back(OpenChain::new(kind));
        self.base.saturating_add(self.chains.len() as u64 - 1)
    }

    /// Begins an exchange with its first message, in a chain that is open.
    fn begin(&mut self, chain: u64, trace: Trace, mark: u64, target: Option<usize>, whole: bool) -> u64 {
        let (key, kind, pushed, is_reply) = (Key::of(&trace), trace.kind(), self.pushed, trace.is_reply());
        let exchange = self.chain(chain).map_or(0, |c| c.exchanges.len());
        let node = self.index.insert(key, chain, exchange, mark);
        let answer = if is_reply { Answer::of(kind, &trace, &self.rules) } else { Answer::Missing };
        if let Some(open) = self.chain_mut(chain) {
            let at = open.append(trace, pushed);
            let (request, reply) = if is_reply { (None, Some(at)) } else { (Some(at), None) };
            let (requests, replies) = (u32::from(!is_reply), u32::from(is_reply));
            open.exchanges.push(Exchange { node, kind, request, reply, requests, replies, answer, target, whole, counted: false });
        }
        chain
    }

    /// Sizes of everything that grows, for the test that nothing is left behind.
    #[cfg(test)]
    fn sizes(&self) -> usize {
        self.chains.len() + self.index.len() + self.held
    }
}

#[cfg(test)]
mod tests {
    use super::{Seen, Talk};
    use crate::iso8583::{Dialects, decode, encode};

    #[test]
    fn nothing_is_left_behind() {
        let toml = "id = \"t\"\ntitle = { zh = \"文\", en = \"t\" }\nmti = \"ascii\"\nbitmap = \"binary\"\ndigits = \"ascii\"\n\
                    text = \"ascii\"\nlengths = \"ascii\"\n[field]\n11 = { format = \"n6\", name = { zh = \"号\", en = \"n\" } }\n";
        let dialects = Dialects::read(&[("t.toml", toml)]).unwrap();
        let dialect = dialects.get("t").unwrap();
        let mut talk = Talk::default();
        for i in 0..2_000u64 {
            let mut bytes = Vec::new();
            let (mti, trace) = (["0200", "0210", "0400", "0420"][(i % 4) as usize], format!("{:06}", i / 4 % 70));
            encode(dialect, mti, [(11, trace.as_str())], &mut bytes).unwrap();
            let message = decode(&bytes, dialect);
            talk.push(Seen { time_ns: Some(i * 9_000_000_000), number: i, flow: None, message: &message }, &mut |_| {});
        }
        assert!(talk.sizes() < 1_000, "{}", talk.sizes());
        talk.finish(&mut |_| {});
        assert_eq!(talk.sizes(), 0);
    }
}
