//! A chain of exchanges, and what became of its money.

use serde::Serialize;

use super::findings::{Finding, FindingId};
use super::rules::{Rules, holds};
use super::trace::Trace;

posdx_model::words! {
    /// What a chain is about.
    ChainKind {
        /// A payment: sale, pre-authorisation, completion, load; with its reversals and its void.
        Payment = "payment",
        /// A reversal whose original was not seen.
        Reversal = "reversal",
        /// A void whose original was not seen.
        Void = "void",
        /// A refund.
        Refund = "refund",
        /// Network management: sign-on, echo test, download.
        Network = "network",
        /// A settlement with its batch upload.
        Settlement = "settlement",
        /// Anything else, a balance inquiry for one.
        Other = "other",
    }
}

impl ChainKind {
    /// True when money hangs on it.
    pub fn moves_money(self) -> bool {
        matches!(self, ChainKind::Payment | ChainKind::Reversal | ChainKind::Void | ChainKind::Refund)
    }
}

posdx_model::words! {
    /// What became of the money.
    ChainOutcome {
        /// A reply approved it, and nothing took it back.
        Approved = "approved",
        /// A reply refused it.
        Declined = "declined",
        /// Nobody can say from these messages: find out before anything else.
        Unknown = "unknown",
        /// A reversal of the whole amount succeeded.
        Reversed = "reversed",
        /// A void was approved.
        Voided = "voided",
        /// No money hangs on it.
        NotApplicable = "not-applicable",
    }
}

/// Messages that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// What it is about.
    pub kind: ChainKind,
    /// Its messages, in the order in which they were seen.
    pub messages: Vec<Trace>,
    /// What became of the money.
    pub outcome: ChainOutcome,
    /// Field 39 of the first reply to its first request.
    pub response: Option<String>,
    /// What was found out of the ordinary.
    pub findings: Vec<Finding>,
    /// From its earliest to its latest message, in nanoseconds, when the source has times.
    pub duration_ns: Option<u64>,
}

/// What a reply says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Missing,
    Approved,
    Refused,
    /// A reversal found nothing to reverse.
    Nothing,
    Unclear,
}

impl Answer {
    /// Reads field 39.
    pub(super) fn of(kind: ChainKind, reply: &Trace, rules: &Rules) -> Self {
        let code = reply.response.as_str();
        if code.is_empty() || holds(&rules.unclear, code) {
            Answer::Unclear
        } else if kind == ChainKind::Reversal {
            if holds(&rules.reversed, code) {
                Answer::Approved
            } else if holds(&rules.nothing_to_reverse, code) {
                Answer::Nothing
            } else {
                Answer::Refused
            }
        } else if holds(&rules.approved, code) {
            Answer::Approved
        } else {
            Answer::Refused
        }
    }
}

/// A request with its repeats and replies.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    /// Its id in the index.
    pub(super) node: u64,
    pub(super) kind: ChainKind,
    /// The last request sent, by its place in the chain.
    pub(super) request: Option<usize>,
    /// The first reply.
    pub(super) reply: Option<usize>,
    pub(super) requests: u32,
    pub(super) replies: u32,
    pub(super) answer: Answer,
    /// The exchange that it undoes.
    pub(super) target: Option<usize>,
    /// True for a reversal of the target's whole amount.
    pub(super) whole: bool,
    /// True while the terminal's sums hold it.
    pub(super) counted: bool,
}

/// Why a chain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing happened any more.
    Quiet,
    /// Too many messages were held.
    GivenUp,
    /// The capture ended.
    Finished,
}

/// A chain to which messages may still come.
#[derive(Debug)]
pub(super) struct OpenChain {
    pub(super) kind: ChainKind,
    pub(super) messages: Vec<Trace>,
    pub(super) exchanges: Vec<Exchange>,
    pub(super) findings: Vec<Finding>,
    /// Latest time in it.
    pub(super) last_ns: Option<u64>,
    /// Count of messages pushed when it last grew.
    pub(super) last_push: u64,
}

impl OpenChain {
    pub(super) fn new(kind: ChainKind) -> Self {
        OpenChain {
            kind,
            messages: Vec::with_capacity(2),
            exchanges: Vec::with_capacity(1),
            findings: Vec::new(),
            last_ns: None,
            last_push: 0,
        }
    }

    /// Puts a message behind the others; the result is its place.
    pub(super) fn append(&mut self, trace: Trace, push: u64) -> usize {
        self.last_ns = self.last_ns.max(trace.time_ns);
        self.last_push = push;
        self.messages.push(trace);
        self.messages.len() - 1
    }

    /// The last request of an exchange, or its reply when the request was not seen.
    pub(super) fn opening(&self, exchange: usize) -> Option<&Trace> {
        let exchange = self.exchanges.get(exchange)?;
        self.messages.get(exchange.request.or(exchange.reply)?)
    }

    /// Ends the chain.
    pub(super) fn close(mut self, end: End, latest: Option<u64>, rules: &Rules) -> Chain {
        self.find_unanswered(end, latest, rules);
        self.count_upload();
        let outcome = self.outcome();
        let first_reply = self.exchanges.first().and_then(|e| e.reply).and_then(|at| self.messages.get(at));
        let response = first_reply.filter(|reply| !reply.response.is_empty()).map(|reply| reply.response.as_str().to_owned());
        let times = || self.messages.iter().filter_map(|m| m.time_ns);
        let duration_ns = times().max().zip(times().min()).map(|(last, first)| last - first);
        Chain { kind: self.kind, messages: self.messages, outcome, response, findings: self.findings, duration_ns }
    }

    fn find_unanswered(&mut self, end: End, latest: Option<u64>, rules: &Rules) {
        for exchange in self.exchanges.iter().filter(|e| e.replies == 0) {
            let Some(request) = exchange.request.and_then(|at| self.messages.get(at)).filter(|r| r.expects_reply()) else { continue };
            let waited = latest.zip(request.time_ns).map(|(latest, sent)| latest.saturating_sub(sent));
            let id = if exchange.kind == ChainKind::Reversal {
                FindingId::ReversalUnanswered
            } else if end == End::GivenUp && waited.is_none_or(|waited| waited < rules.timeout_ns) {
                FindingId::GivenUp
            } else {
                FindingId::NoReply
            };
            let finding = Finding::new(id, request.number);
            self.findings.push(match id {
                FindingId::ReversalUnanswered => finding.with("count", exchange.requests),
                FindingId::NoReply => finding.with("seconds", waited.map_or("?".to_owned(), |ns| (ns / 1_000_000_000).to_string())),
                _ => finding,
            });
        }
    }

    fn count_upload(&mut self) {
        let uploads = || {
            let class = |e: &&Exchange| e.request.and_then(|at| self.messages.get(at)).is_some_and(|m| m.class() == 3);
            self.exchanges.iter().filter(class)
        };
        if self.kind == ChainKind::Settlement
            && let Some(first) = uploads().next().and_then(|e| e.request).and_then(|at| self.messages.get(at))
        {
            let (count, answered) = (uploads().count(), uploads().filter(|e| e.replies > 0).count());
            let finding = Finding::new(FindingId::BatchUpload, first.number).with("count", count).with("answered", answered);
            self.findings.push(finding);
        }
    }

    /// The money rule. Doubt wins: only a reply makes an outcome certain.
    fn outcome(&self) -> ChainOutcome {
        if !self.kind.moves_money() {
            return ChainOutcome::NotApplicable;
        }
        let root = self.after_reversals(0);
        if self.kind == ChainKind::Reversal {
            // Nothing is known of the original: only a success says something.
            return if root == ChainOutcome::Approved { ChainOutcome::Reversed } else { ChainOutcome::Unknown };
        }
        let voids = (1..self.exchanges.len()).filter(|i| self.undoes(*i, 0, ChainKind::Void));
        voids.fold(root, |state, i| match (state, self.after_reversals(i)) {
            (ChainOutcome::Approved | ChainOutcome::Unknown, ChainOutcome::Approved) => ChainOutcome::Voided,
            (ChainOutcome::Approved, ChainOutcome::Unknown) => ChainOutcome::Unknown,
            (state, _) => state,
        })
    }

    fn undoes(&self, i: usize, target: usize, kind: ChainKind) -> bool {
        self.exchanges.get(i).is_some_and(|e| e.kind == kind && e.target == Some(target))
    }

    /// What became of one exchange, its reversals counted in.
    fn after_reversals(&self, of: usize) -> ChainOutcome {
        let own = match self.exchanges.get(of).map(|e| e.answer) {
            Some(Answer::Approved) => ChainOutcome::Approved,
            Some(Answer::Refused) => ChainOutcome::Declined,
            _ => ChainOutcome::Unknown,
        };
        let reversals = self.exchanges.iter().filter(|e| e.kind == ChainKind::Reversal && e.target == Some(of));
        reversals.fold(own, |state, reversal| match (state, reversal.answer) {
            (ChainOutcome::Reversed, _) => ChainOutcome::Reversed,
            (_, Answer::Approved) if reversal.whole => ChainOutcome::Reversed,
            // What was refused has nothing to reverse: the refusal stays.
            (ChainOutcome::Declined, _) => ChainOutcome::Declined,
            _ => ChainOutcome::Unknown,
        })
    }
}
