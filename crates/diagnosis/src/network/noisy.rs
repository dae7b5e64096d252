//! Noisy-OR and noisy-MAX nodes: every parent acts on its own, the strongest effect shows (Pearl 1988, Henrion 1989, Díez 1993).
//!
//! A table over n parents has at least 2^n rows; the factored form has one small table per parent. For the junction tree the node
//! becomes a chain (Heckerman 1993, "temporal" transformation): after parent k the chain holds the strongest effect so far. The
//! chain is made of ordinary, non-negative tables. The difference form of Díez and Galán is smaller but subtracts nearly equal
//! numbers, which costs precision where probabilities are small.

use super::error::NetworkFault;
use super::model::{Cpt, Node, normalise};

/// Which effect shows when several parents act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// The state with the highest position (states are listed from "absent" upwards).
    Highest,
    /// The state with the lowest position (states are listed from the strongest down to "absent", as in `yes, no`).
    Lowest,
}

/// A noisy-MAX node: the leak and one link per parent.
#[derive(Clone, Debug, PartialEq)]
pub struct NoisyMax {
    /// Which effect shows.
    pub combine: Combine,
    /// Distribution of the effect of everything that is not in the network: one number per state of the node.
    pub leak: Vec<f64>,
    /// Per parent: distribution of its effect alone, row-major, one row per state of the parent.
    pub links: Vec<Vec<f64>>,
}

impl NoisyMax {
    /// A noisy-OR over parents with two states. `present` (0 or 1) is the position of the state "present" of the node; `links` gives
    /// per parent the position of its active state and the probability that it alone makes the effect present.
    pub fn or(present: usize, leak: f64, links: &[(usize, f64)]) -> NoisyMax {
        let row = |p: f64| if present == 0 { [p, 1.0 - p] } else { [1.0 - p, p] };
        let link = |(active, p): &(usize, f64)| {
            let (first, second) = if *active == 0 { (*p, 0.0) } else { (0.0, *p) };
            [row(first), row(second)].concat()
        };
        let combine = if present == 0 { Combine::Lowest } else { Combine::Highest };
        NoisyMax { combine, leak: row(leak).to_vec(), links: links.iter().map(link).collect() }
    }

    /// Checks lengths and sums, normalising as for tables.
    pub(super) fn check(&mut self, name: &str, card: usize, parents: &[usize]) -> Result<(), NetworkFault> {
        let count = |expected: usize, found: usize| {
            if expected == found { Ok(()) } else { Err(NetworkFault::Count { node: name.into(), expected, found }) }
        };
        count(card, self.leak.len())?;
        count(parents.len(), self.links.len())?;
        normalise(name, &mut self.leak, || " (leak)".into())?;
        for (k, (link, states)) in self.links.iter_mut().zip(parents).enumerate() {
            count(states * card, link.len())?;
            for row in link.chunks_exact_mut(card) {
                normalise(name, row, || format!(" (link {})", k + 1))?;
            }
        }
        Ok(())
    }

    /// Distribution of the stronger of two independent effects. Only sums and products of what is not negative: no cancellation.
    fn stronger(&self, a: &[f64], b: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; a.len()];
        let (mut below_a, mut below_b) = (0.0, 0.0);
        let mut step = |k: usize| {
            out[k] = a[k] * b[k] + a[k] * below_b + below_a * b[k];
            below_a += a[k];
            below_b += b[k];
        };
        match self.combine {
            Combine::Highest => (0..a.len()).for_each(&mut step),
            Combine::Lowest => (0..a.len()).rev().for_each(&mut step),
        }
        out
    }

    /// The full table, row-major; the caller has checked that it fits.
    pub(super) fn full(&self, card: usize, parents: &[usize]) -> Vec<f64> {
        let mut rows = vec![self.leak.clone()];
        for (link, _) in self.links.iter().zip(parents) {
            rows = rows.iter().flat_map(|row| link.chunks_exact(card).map(|effect| self.stronger(row, effect))).collect();
        }
        rows.concat()
    }

    /// Appends the chain for `node` to `nodes`; the last link replaces the node's own probabilities.
    pub(super) fn chain(&self, nodes: &mut Vec<Node>, node: usize) {
        let (card, parents) = (nodes[node].states.len(), nodes[node].parents.clone());
        let mut before: Option<usize> = None;
        for (k, (parent, link)) in parents.iter().zip(&self.links).enumerate() {
            let starts: Vec<Vec<f64>> = match before {
                None => vec![self.leak.clone()],
                Some(_) => (0..card).map(|s| (0..card).map(|t| f64::from(u8::from(s == t))).collect()).collect(),
            };
            let table: Vec<f64> = starts.iter().flat_map(|s| link.chunks_exact(card).flat_map(|effect| self.stronger(s, effect))).collect();
            let (own, cpt) = (before.into_iter().chain([*parent]).collect(), Cpt::Table(table));
            if k + 1 == parents.len() {
                (nodes[node].parents, nodes[node].cpt) = (own, cpt);
            } else {
                let states = nodes[node].states.clone();
                nodes.push(Node { name: String::new(), states, parents: own, cpt, properties: Vec::new() });
                before = Some(nodes.len() - 1);
            }
        }
        if parents.is_empty() {
            nodes[node].cpt = Cpt::Table(self.leak.clone());
        }
    }
}
