//! From trace number, terminal and merchant to the exchanges that carry them, newest first.

use std::collections::{HashMap, VecDeque};

use super::letters::Letters;
use super::trace::Trace;

/// Exchanges with the same key that are looked at.
const SCAN: usize = 32;

/// What an exchange is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) trace: Option<u32>,
    terminal: Letters<8>,
    merchant: Letters<15>,
}

impl Key {
    /// The key of a message.
    pub(super) fn of(trace: &Trace) -> Self {
        Key { trace: trace.trace, terminal: trace.terminal, merchant: trace.merchant }
    }

    /// The key of the message with another trace number from the same terminal.
    pub(super) fn with_trace(self, trace: u32) -> Self {
        Key { trace: Some(trace), ..self }
    }
}

/// Where an exchange is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) chain: u64,
    pub(super) exchange: usize,
    /// Of the first request.
    pub(super) mark: u64,
    key: Key,
    earlier: Option<u64>,
    earlier_loose: Option<u64>,
    live: bool,
}

/// All exchanges of open chains.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The newest with this key.
    exact: HashMap<Key, u64>,
    /// The newest with this trace number, for messages that lack terminal or merchant.
    loose: HashMap<Option<u32>, u64>,
    nodes: VecDeque<Node>,
    /// Id of the first node.
    base: u64,
}

impl Index {
    /// Enters an exchange; the result is its id.
    pub(super) fn insert(&mut self, key: Key, chain: u64, exchange: usize, mark: u64) -> u64 {
        let id = self.base.saturating_add(self.nodes.len() as u64);
        let earlier = self.exact.insert(key, id);
        let earlier_loose = self.loose.insert(key.trace, id);
        self.nodes.push_back(Node { chain, exchange, mark, key, earlier, earlier_loose, live: true });
        id
    }

    fn node(&self, id: u64) -> Option<&Node> {
        self.nodes.get(usize::try_from(id.checked_sub(self.base)?).ok()?)
    }

    fn walk(&self, from: Option<u64>, earlier: impl Fn(&Node) -> Option<u64>) -> impl Iterator<Item = &Node> {
        let first = from.and_then(|id| self.node(id));
        std::iter::successors(first, move |node| self.node(earlier(node)?)).take(SCAN).filter(|node| node.live)
    }

    /// The exchanges with this key.
    pub(super) fn exact(&self, key: &Key) -> impl Iterator<Item = &Node> {
        self.walk(self.exact.get(key).copied(), |node| node.earlier)
    }

    /// The exchanges with this trace number, whatever their terminal.
    pub(super) fn loose(&self, trace: Option<u32>) -> impl Iterator<Item = &Node> {
        self.walk(self.loose.get(&trace).copied(), |node| node.earlier_loose)
    }

    /// Forgets an exchange.
    pub(super) fn remove(&mut self, id: u64) {
        let at = id.checked_sub(self.base).and_then(|at| usize::try_from(at).ok());
        let Some(node) = at.and_then(|at| self.nodes.get_mut(at)) else { return };
        node.live = false;
        let key = node.key;
        if self.exact.get(&key) == Some(&id) {
            let next = self.next_live(id, |node| node.earlier);
            match next {
                Some(next) => self.exact.insert(key, next),
                None => self.exact.remove(&key),
            };
        }
        if self.loose.get(&key.trace) == Some(&id) {
            let next = self.next_live(id, |node| node.earlier_loose);
            match next {
                Some(next) => self.loose.insert(key.trace, next),
                None => self.loose.remove(&key.trace),
            };
        }
        while self.nodes.front().is_some_and(|node| !node.live) {
            self.nodes.pop_front();
            self.base = self.base.saturating_add(1);
        }
    }

    fn next_live(&self, id: u64, earlier: impl Fn(&Node) -> Option<u64>) -> Option<u64> {
        let mut at = earlier(self.node(id)?);
        for _ in 0..SCAN {
            let node = self.node(at?)?;
            if node.live {
                return at;
            }
            at = earlier(node);
        }
        None
    }

    /// Exchanges held, for the test that nothing is left behind.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.nodes.len() + self.exact.len() + self.loose.len()
    }
}
