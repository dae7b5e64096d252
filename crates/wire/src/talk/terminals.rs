//! What is remembered of a terminal beyond its chains: sums of its batch, its sign-ons, its open settlement.

use std::collections::{HashMap, VecDeque};

use super::chain::ChainKind;
use super::findings::{Finding, FindingId};
use super::letters::Letters;
use super::rules::Rules;
use super::trace::{Totals, Trace, agree};

/// Terminal and merchant.
pub(super) type Name = (Letters<8>, Letters<15>);

/// An amount and how many made it up.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    amount: u64,
    count: u64,
}

impl Sum {
    fn change(&mut self, amount: u64, add: bool) {
        let (change, one): (fn(u64, u64) -> u64, u64) = if add { (u64::saturating_add, 1) } else { (u64::saturating_sub, 1) };
        self.amount = change(self.amount, amount);
        self.count = change(self.count, one);
    }
}

/// One terminal.
#[derive(Debug, Default)]
pub(super) struct Terminal {
    batch: Option<u32>,
    paid: Sum,
    refunded: Sum,
    voided: Sum,
    /// Its open settlement: chain and batch.
    pub(super) settlement: Option<(u64, Option<u32>)>,
    /// Time of the first sign-on counted, and how many.
    sign_ons: (Option<u64>, u32),
    /// The refusal for wrong keys that was last seen, and when.
    keys_wrong: Option<(Letters<3>, Option<u64>)>,
}

impl Terminal {
    /// Adds an approved transaction to its batch, or takes a reversed one out.
    pub(super) fn count(&mut self, kind: ChainKind, batch: Option<u32>, amount: u64, add: bool) {
        if batch.is_some() && batch != self.batch {
            (self.paid, self.refunded, self.voided) = (Sum::default(), Sum::default(), Sum::default());
            self.batch = batch;
        }
        match kind {
            ChainKind::Payment => self.paid.change(amount, add),
            ChainKind::Refund => self.refunded.change(amount, add),
            ChainKind::Void => self.voided.change(amount, add),
            _ => {}
        }
    }

    /// Compares the totals of a settlement with what was seen. Terminals differ: some leave voided payments out, others count the voids
    /// as credits. Either is right.
    pub(super) fn compare(&self, request: &Trace, totals: &Totals) -> Option<Finding> {
        let (paid, refunded, voided) = (self.paid, self.refunded, self.voided);
        if paid.count + refunded.count + voided.count == 0 || !agree(request.batch, self.batch) {
            return None;
        }
        let said = (totals.debit, totals.debits, totals.credit, totals.credits);
        let net = (paid.amount.saturating_sub(voided.amount), paid.count.saturating_sub(voided.count), refunded.amount, refunded.count);
        let gross = (paid.amount, paid.count, refunded.amount.saturating_add(voided.amount), refunded.count.saturating_add(voided.count));
        if said == net || said == gross {
            return None;
        }
        let finding = Finding::new(FindingId::SettlementNotAsSeen, request.number);
        let finding = finding.with("debit", said.0).with("debits", said.1).with("credit", said.2).with("credits", said.3);
        let finding = finding.with("seen_debit", paid.amount).with("seen_debits", paid.count);
        let finding = finding.with("seen_credit", refunded.amount).with("seen_credits", refunded.count);
        Some(finding.with("seen_void", voided.amount).with("seen_voids", voided.count))
    }

    /// Remembers a reply that tells of wrong keys.
    pub(super) fn note_keys_wrong(&mut self, reply: &Trace) {
        self.keys_wrong = Some((reply.response, reply.time_ns));
        // Sign-ons are counted anew: those from here on are attempts to mend it.
        self.sign_ons = (None, 0);
    }

    /// Counts a sign-on.
    pub(super) fn note_sign_on(&mut self, request: &Trace, rules: &Rules) -> Option<Finding> {
        let age = |since: Option<u64>| request.time_ns.zip(since).map_or(0, |(now, since)| now.saturating_sub(since));
        let (since, count) = self.sign_ons;
        let fresh = count == 0 || age(since) > rules.sign_on_ns;
        self.sign_ons = if fresh { (request.time_ns, 1) } else { (since, count.saturating_add(1)) };
        let (since, count) = self.sign_ons;
        let seconds = age(since) / 1_000_000_000;
        let wrong = self.keys_wrong.filter(|(_, at)| age(*at) <= rules.sign_on_ns);
        match wrong {
            Some((code, _)) if count >= 2 => {
                let finding = Finding::new(FindingId::KeysOutOfStep, request.number);
                Some(finding.with("count", count).with("seconds", seconds).with("code", code))
            }
            None if count >= rules.sign_on_max => {
                Some(Finding::new(FindingId::SignOnRepeated, request.number).with("count", count).with("seconds", seconds))
            }
            _ => None,
        }
    }
}

/// All terminals, the oldest forgotten when there are too many.
#[derive(Debug, Default)]
pub(super) struct Terminals {
    all: HashMap<Name, Terminal>,
    order: VecDeque<Name>,
}

impl Terminals {
    /// The terminal of a message.
    pub(super) fn of(&mut self, trace: &Trace, max: usize) -> &mut Terminal {
        self.named((trace.terminal, trace.merchant), max)
    }

    /// The terminal of this name.
    pub(super) fn named(&mut self, name: Name, max: usize) -> &mut Terminal {
        if !self.all.contains_key(&name) {
            if self.all.len() >= max.max(1)
                && let Some(oldest) = self.order.pop_front()
            {
                self.all.remove(&oldest);
            }
            self.order.push_back(name);
        }
        self.all.entry(name).or_default()
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.order.clear();
    }
}
