//! Requests: sent again, reversing, voiding, settling, or new.

use super::{SECOND, Talk};
use crate::talk::chain::{Answer, ChainKind, Exchange, OpenChain};
use crate::talk::findings::{Finding, FindingId};
use crate::talk::index::{Key, Node};
use crate::talk::trace::{Trace, agree};

/// A reply may stand before its request by so much, where two captures were merged.
const BEFORE_REQUEST_NS: u64 = 5 * SECOND;
/// The same in messages, where there is no time.
const BEFORE_REQUEST_MESSAGES: u64 = 64;

/// So many times one request may be sent. Beyond it a new chain begins, so that an endless repetition does not hold up all others.
const REQUESTS_MAX: u32 = 32;

/// So many exchanges a payment may gather: what undoes it is looked through whenever a reply comes.
const EXCHANGES_MAX: usize = 256;

/// What a request with a known key is.
enum Again {
    /// The same request once more.
    Repeat { chain: u64, exchange: usize },
    /// Another one under the same trace number: the number of the earlier message.
    Reused(u64),
}

impl Talk {
    /// Takes a request; the result is its chain.
    pub(super) fn request(&mut self, trace: Trace, mark: u64) -> u64 {
        let key = Key::of(&trace);
        let again = self.again(&key, &trace, mark);
        if let Some(Again::Repeat { chain, exchange }) = again {
            return self.repeat(chain, exchange, trace);
        }
        if let Some((chain, exchange)) = self.waiting_reply(&key, &trace) {
            return self.join_late_request(chain, exchange, trace);
        }
        let kind = trace.kind();
        let (number, number_of_trace) = (trace.number, trace.trace);
        let chain = match kind {
            ChainKind::Reversal => self.reversal(trace, mark),
            ChainKind::Void => self.void(trace, mark),
            ChainKind::Settlement => self.settlement(trace, mark),
            ChainKind::Network if self.is_sign_on(&trace) => {
                let found = self.terminals.of(&trace, self.rules.terminals_max).note_sign_on(&trace, &self.rules);
                let chain = self.open(kind);
                self.begin(chain, trace, mark, None, false);
                if let Some(found) = found {
                    self.note(chain, found);
                }
                chain
            }
            _ => {
                let chain = self.open(kind);
                self.begin(chain, trace, mark, None, false)
            }
        };
        if let Some(Again::Reused(earlier)) = again {
            let finding = Finding::new(FindingId::TraceReused, number).with("earlier", earlier);
            self.note(chain, finding.with("trace", format_args!("{:06}", number_of_trace.unwrap_or_default())));
        }
        chain
    }

    fn is_sign_on(&self, trace: &Trace) -> bool {
        trace.network.is_some_and(|code| self.rules.sign_on.contains(&code))
    }

    /// What an earlier request with the same key makes of this one.
    fn again(&self, key: &Key, trace: &Trace, mark: u64) -> Option<Again> {
        trace.trace?;
        self.index.exact(key).find_map(|node| {
            let open = self.chain(node.chain)?;
            let exchange = open.exchanges.get(node.exchange)?;
            let earlier = open.messages.get(exchange.request?)?;
            let (class, same) = (trace.class(), trace.class() == earlier.class() && trace.function() == earlier.function());
            if !same
                || class == 0
                || exchange.requests >= REQUESTS_MAX
                || (class == 8 && exchange.replies > 0)
                || !agree(trace.batch, earlier.batch)
            {
                return None;
            }
            let sent_again = (trace.is_repeat() || class == 4) && trace.amount == earlier.amount;
            if sent_again || node.mark == mark {
                return Some(Again::Repeat { chain: node.chain, exchange: node.exchange });
            }
            // Network messages and uploads share numbers freely.
            matches!(class, 1 | 2).then_some(Again::Reused(earlier.number))
        })
    }

    fn repeat(&mut self, chain: u64, exchange: usize, trace: Trace) -> u64 {
        let (number, pushed) = (trace.number, self.pushed);
        if let Some(open) = self.chain_mut(chain) {
            let at = open.append(trace, pushed);
            if let Some(exchange) = open.exchanges.get_mut(exchange) {
                exchange.request = Some(at);
                exchange.requests = exchange.requests.saturating_add(1);
                let count = exchange.requests;
                open.findings.push(Finding::new(FindingId::DuplicateRequest, number).with("count", count));
            }
        }
        chain
    }

    /// A reply without request that this request may have been meant for.
    fn waiting_reply(&self, key: &Key, trace: &Trace) -> Option<(u64, usize)> {
        self.index.exact(key).find_map(|node| {
            let open = self.chain(node.chain)?;
            let exchange = open.exchanges.get(node.exchange).filter(|e| e.request.is_none())?;
            let reply = open.messages.get(exchange.reply?)?;
            let near = match trace.time_ns.zip(reply.time_ns) {
                Some((request, reply)) => request.abs_diff(reply) <= BEFORE_REQUEST_NS,
                None => self.pushed.saturating_sub(open.last_push) <= BEFORE_REQUEST_MESSAGES,
            };
            (near && reply.may_answer(trace)).then_some((node.chain, node.exchange))
        })
    }

    fn join_late_request(&mut self, chain: u64, exchange: usize, trace: Trace) -> u64 {
        let (number, time, pushed) = (trace.number, trace.time_ns, self.pushed);
        if let Some(open) = self.chain_mut(chain) {
            let replied = open.exchanges.get(exchange).and_then(|e| open.messages.get(e.reply?)?.time_ns);
            let at = open.append(trace, pushed);
            if let Some(exchange) = open.exchanges.get_mut(exchange) {
                exchange.request = Some(at);
                exchange.requests = 1;
            }
            open.findings.retain(|f| f.id != FindingId::ReplyWithoutRequest);
            let seconds = time.zip(replied).map_or(0, |(request, reply)| request.saturating_sub(reply)) / SECOND;
            open.findings.push(Finding::new(FindingId::OutOfOrder, number).with("seconds", seconds));
        }
        chain
    }

    /// Newest exchange that `take` wants among those with a trace number, from the same terminal; by the loose way where a message
    /// lacks terminal or merchant.
    fn find<T>(&self, key: &Key, take: impl Fn(&Node, &OpenChain, &Exchange, &Trace) -> Option<T>) -> Option<T> {
        let look = |node: &Node| {
            let open = self.chain(node.chain)?;
            take(node, open, open.exchanges.get(node.exchange)?, open.opening(node.exchange)?)
        };
        self.index.exact(key).find_map(look).or_else(|| self.index.loose(key.trace).find_map(look))
    }

    fn reversal(&mut self, trace: Trace, mark: u64) -> u64 {
        let key = Key::of(&trace);
        let original = trace.original;
        let from_90 = original.filter(|o| o.mti.is_some()).map(|o| o.trace);
        let from_61 = original.filter(|o| o.mti.is_none()).map(|o| o.trace);
        let candidates = [from_90, trace.trace, from_61];
        // The one with the same amount first, then any.
        let found = [true, false].into_iter().find_map(|same_amount| {
            candidates.into_iter().flatten().find_map(|number| {
                self.find(&key.with_trace(number), |node, open, exchange, opening| {
                    let money = matches!(opening.class(), 1 | 2) && exchange.kind.moves_money();
                    let same = money
                        && open.exchanges.len() < EXCHANGES_MAX
                        && opening.terminal.agrees(&trace.terminal)
                        && opening.merchant.agrees(&trace.merchant)
                        && agree(opening.batch, trace.batch)
                        && (!same_amount || agree(opening.amount, trace.amount));
                    same.then_some((node.chain, node.exchange))
                })
            })
        });
        let number = trace.number;
        let Some((chain, target)) = found else {
            let chain = self.open(ChainKind::Reversal);
            self.begin(chain, trace, mark, None, true);
            self.note(chain, Finding::new(FindingId::ReversalOfUnseen, number));
            return chain;
        };
        let mut findings = Vec::new();
        let mut whole = true;
        if let Some(open) = self.chain(chain)
            && let Some((exchange, opening)) = open.exchanges.get(target).zip(open.opening(target))
        {
            if let Some((amount, original)) = trace.amount.zip(opening.amount).filter(|(a, b)| a != b) {
                whole = false;
                let finding = Finding::new(FindingId::ReversalAmountDiffers, number);
                findings.push(finding.with("amount", amount).with("original_amount", original));
            }
            if exchange.answer == Answer::Approved
                && let Some(reply) = exchange.reply.and_then(|at| open.messages.get(at))
            {
                let seconds = trace.time_ns.zip(reply.time_ns).map_or(0, |(sent, got)| sent.saturating_sub(got)) / SECOND;
                findings.push(Finding::new(FindingId::ReversedThoughApproved, number).with("seconds", seconds));
            }
        }
        self.begin(chain, trace, mark, Some(target), whole);
        for finding in findings {
            self.note(chain, finding);
        }
        chain
    }

    fn void(&mut self, trace: Trace, mark: u64) -> u64 {
        let found = trace.original.and_then(|original| {
            self.find(&Key::of(&trace).with_trace(original.trace), |node, open, exchange, opening| {
                let same = exchange.kind == ChainKind::Payment
                    && open.exchanges.len() < EXCHANGES_MAX
                    // Only what a chain began with is the payment that it is about.
                    && node.exchange == 0
                    && opening.terminal.agrees(&trace.terminal)
                    && opening.merchant.agrees(&trace.merchant)
                    && agree(opening.batch, original.batch);
                same.then_some(node.chain)
            })
        });
        match found {
            Some(chain) => self.begin(chain, trace, mark, Some(0), true),
            None => {
                let chain = self.open(ChainKind::Void);
                self.begin(chain, trace, mark, None, true)
            }
        }
    }

    fn settlement(&mut self, trace: Trace, mark: u64) -> u64 {
        let terminal = self.terminals.of(&trace, self.rules.terminals_max);
        let compared = trace.totals.as_ref().and_then(|totals| terminal.compare(&trace, totals));
        let (uploads, batch) = (trace.class() == 3, trace.batch);
        let open = terminal.settlement.filter(|(id, of)| uploads && *id >= self.base && agree(*of, batch)).map(|(id, _)| id);
        let chain = open.unwrap_or_else(|| self.open(ChainKind::Settlement));
        self.terminals.of(&trace, self.rules.terminals_max).settlement = Some((chain, batch));
        self.begin(chain, trace, mark, None, false);
        if let Some(finding) = compared {
            self.note(chain, finding);
        }
        chain
    }
}
