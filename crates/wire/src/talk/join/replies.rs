//! Replies: whose they are, what they say, what is odd about them.

use super::{SECOND, Talk, clock};
use crate::talk::chain::{Answer, ChainKind, Exchange};
use crate::talk::findings::{Finding, FindingId};
use crate::talk::index::{Key, Node};
use crate::talk::rules::holds;
use crate::talk::trace::{Trace, agree};

impl Talk {
    /// Takes a reply; the result is its chain.
    pub(super) fn reply(&mut self, trace: Trace) -> u64 {
        let key = Key::of(&trace);
        let best = self.answered(self.index.exact(&key), &trace).or_else(|| self.answered(self.index.loose(key.trace), &trace));
        if holds(&self.rules.keys_wrong, trace.response.as_str()) {
            self.terminals.of(&trace, self.rules.terminals_max).note_keys_wrong(&trace);
        }
        let Some((chain, exchange)) = best else {
            let (known, number, kind) = (trace.class() > 0, trace.number, trace.kind());
            let chain = self.open(kind);
            self.begin(chain, trace, 0, None, true);
            if known {
                self.note(chain, Finding::new(FindingId::ReplyWithoutRequest, number));
            }
            return chain;
        };
        self.answer(chain, exchange, trace);
        chain
    }

    /// The exchange that a reply belongs to: unanswered before answered, same connection and reference before others, newest first.
    fn answered<'i>(&self, nodes: impl Iterator<Item = &'i Node>, reply: &Trace) -> Option<(u64, usize)> {
        let mut best: Option<(u8, (u64, usize))> = None;
        for node in nodes {
            let Some(open) = self.chain(node.chain) else { continue };
            let Some(exchange) = open.exchanges.get(node.exchange) else { continue };
            let Some(request) = exchange.request.and_then(|at| open.messages.get(at)) else { continue };
            if !reply.may_answer(request) {
                continue;
            }
            let same_reference = !reply.reference.is_empty() && reply.reference == request.reference;
            let score = u8::from(exchange.replies < exchange.requests) * 8
                + u8::from(reply.same_flow(request)) * 4
                + u8::from(same_reference) * 2
                + u8::from(agree(reply.amount, request.amount));
            if best.is_none_or(|(other, _)| score > other) {
                best = Some((score, (node.chain, node.exchange)));
            }
        }
        best.map(|(_, place)| place)
    }

    fn answer(&mut self, chain: u64, at: usize, reply: Trace) {
        let Some(open) = self.chain(chain) else { return };
        let Some((exchange, request)) = open.exchanges.get(at).zip(open.opening(at)) else { return };
        let answer = Answer::of(exchange.kind, &reply, &self.rules);
        let first = exchange.replies == 0;
        let contradicts = !first && answer != exchange.answer;
        let mut findings = Vec::new();
        let mut found = |finding| findings.push(finding);
        let number = reply.number;
        let waited = reply.time_ns.zip(request.time_ns).map(|(got, sent)| got.saturating_sub(sent));
        let money = exchange.kind.moves_money();
        let reversal_sent = money && open.exchanges.iter().any(|e| e.kind == ChainKind::Reversal && e.target == Some(at));
        if first && (reversal_sent || waited.is_some_and(|waited| waited > self.rules.timeout_ns)) {
            let seconds = waited.map_or("?".to_owned(), |ns| (ns / SECOND).to_string());
            found(Finding::new(FindingId::LateReply, number).with("seconds", seconds));
        }
        if exchange.replies >= exchange.requests {
            found(Finding::new(FindingId::DuplicateReply, number).with("count", u64::from(exchange.replies) + 1));
        }
        if contradicts {
            found(Finding::new(FindingId::RepliesContradict, number));
        }
        if let Some((amount, original)) = reply.amount.zip(request.amount).filter(|(a, b)| a != b && matches!(reply.class(), 1 | 2)) {
            let partial = holds(&self.rules.partial, reply.response.as_str());
            let finding = Finding::new(if partial { FindingId::PartialApproval } else { FindingId::AmountDiffers }, number);
            found(finding.with("amount", amount).with("original_amount", original));
        }
        if let Some(seconds) = clock::difference(request, &reply, &self.rules) {
            found(Finding::new(FindingId::ClockDiffers, number).with("seconds", seconds));
        }
        if reply.totals.as_ref().is_some_and(|totals| totals.unequal) {
            found(Finding::new(FindingId::SettlementUnequal, number));
        }
        if first && exchange.kind == ChainKind::Reversal {
            match answer {
                Answer::Approved => found(Finding::new(FindingId::Reversed, number)),
                Answer::Nothing => found(Finding::new(FindingId::ReversalFoundNothing, number).with("code", reply.response)),
                Answer::Refused | Answer::Unclear => {
                    found(Finding::new(FindingId::ReversalRefused, number).with("code", reply.response));
                }
                Answer::Missing => {}
            }
        }
        if first && answer == Answer::Approved && exchange.kind == ChainKind::Void && exchange.target == Some(0) {
            let original = open.messages.first().map_or(0, |m| m.number);
            found(Finding::new(FindingId::Voided, number).with("original", original));
        }
        let pushed = self.pushed;
        if first && answer == Answer::Approved {
            self.sum_up(chain, at, &reply);
        }
        let Some(open) = self.chain_mut(chain) else { return };
        let place = open.append(reply, pushed);
        open.findings.append(&mut findings);
        if let Some(exchange) = open.exchanges.get_mut(at) {
            exchange.replies = exchange.replies.saturating_add(1);
            exchange.reply.get_or_insert(place);
            exchange.answer = if contradicts { Answer::Unclear } else { answer };
        }
    }

    /// Keeps the sums of the terminal's batch.
    fn sum_up(&mut self, chain: u64, at: usize, reply: &Trace) {
        let Some(open) = self.chain(chain) else { return };
        let Some((exchange, request)) = open.exchanges.get(at).zip(open.opening(at)) else { return };
        // A reversal takes out what it reverses; only financial messages are settled.
        let (of, add) = match (exchange.kind, exchange.target) {
            (ChainKind::Reversal, Some(target)) => (target, false),
            (ChainKind::Reversal, None) => return,
            _ if request.class() == 2 => (at, true),
            _ => return,
        };
        let Some((summed, opening)) = open.exchanges.get(of).zip(open.opening(of)) else { return };
        let reversed = |e: &Exchange| e.kind == ChainKind::Reversal && e.target == Some(of) && e.answer == Answer::Approved;
        // An approval that comes after its reversal succeeded is not summed.
        if summed.counted == add || (add && open.exchanges.iter().any(reversed)) {
            return;
        }
        // What was approved for a part is summed with that part, also when it is taken out again.
        let approved = if add { reply.amount } else { summed.reply.and_then(|at| open.messages.get(at)).and_then(|m| m.amount) };
        let (kind, batch, amount) = (summed.kind, opening.batch, approved.or(opening.amount).unwrap_or_default());
        let name = (opening.terminal, opening.merchant);
        let name = if opening.terminal.is_empty() { (reply.terminal, reply.merchant) } else { name };
        self.terminals.named(name, self.rules.terminals_max).count(kind, batch, amount, add);
        if let Some(summed) = self.chain_mut(chain).and_then(|open| open.exchanges.get_mut(of)) {
            summed.counted = add;
        }
    }
}
