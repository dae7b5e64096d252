//! The most probable explanation, and which findings contradict each other: one upward pass with maximum in the place of sum.
//!
//! Both work on logarithms, so that nothing underflows: minus infinity means impossible and nothing else does.

use super::compiled::{Compiled, NONE};
use super::error::{Clash, InferenceError};
use super::evidence::{Evidence, Finding, MostProbable};

/// Tables with the best of everything below multiplied in, and the best value of all.
struct Best {
    tables: Vec<f64>,
    log_p: f64,
}

impl Compiled {
    /// Checks that the findings fit the network.
    pub(super) fn check(&self, evidence: &Evidence) -> Result<(), InferenceError> {
        for (node, finding) in evidence.iter() {
            let i = self.inner_node(node)?;
            match finding {
                Finding::State(state) if *state >= self.cards[i] => {
                    return Err(InferenceError::NoSuchState { node: self.names[node].0.clone(), state: *state });
                }
                Finding::State(_) => {}
                Finding::Likelihood(l) => {
                    let fits = l.len() == self.cards[i] && l.iter().all(|v| v.is_finite() && *v >= 0.0) && l.iter().any(|v| *v > 0.0);
                    if !fits {
                        return Err(InferenceError::Likelihood(self.names[node].0.clone()));
                    }
                }
            }
        }
        Ok(())
    }

    /// Node of the tree for a node of the network.
    pub(super) fn inner_node(&self, node: usize) -> Result<usize, InferenceError> {
        match self.inner.get(node) {
            None => Err(InferenceError::NoSuchNode(node)),
            Some(&NONE) => Err(InferenceError::NotCompiled(self.names[node].0.clone())),
            Some(i) => Ok(*i),
        }
    }

    pub(super) fn most_probable(&self, evidence: &Evidence) -> Result<MostProbable, InferenceError> {
        self.check(evidence)?;
        let best = self.best(evidence);
        if best.log_p == f64::NEG_INFINITY {
            return Err(self.conflict(evidence));
        }
        let mut state = vec![0usize; self.cards.len()];
        for clique in &self.tree.cliques {
            let table = &best.tables[clique.first..clique.first + clique.size];
            let column: usize = clique.dims[clique.own..].iter().map(|d| state[d.node] * d.stride).sum();
            let mut at = column;
            for i in (column..clique.size).step_by(clique.separator) {
                if table[i] > table[at] {
                    at = i;
                }
            }
            for d in &clique.dims[..clique.own] {
                state[d.node] = at / d.stride % d.card;
            }
        }
        let states = self.inner.iter().map(|i| state.get(*i).copied()).collect();
        Ok(MostProbable { states, p: best.log_p.exp(), log_p: best.log_p })
    }

    fn best(&self, evidence: &Evidence) -> Best {
        let logs = self.logs.get_or_init(|| self.tables.iter().map(|x| x.ln()).collect());
        let mut tables = logs.clone();
        for (node, finding) in evidence.iter() {
            let i = self.inner[node];
            let clique = &self.tree.cliques[self.tree.home[i]];
            let Some(d) = clique.dims.iter().find(|d| d.node == i) else { continue };
            for (k, x) in tables[clique.first..clique.first + clique.size].iter_mut().enumerate() {
                let s = k / d.stride % d.card;
                *x += match finding {
                    Finding::State(t) if *t == s => 0.0,
                    Finding::State(_) => f64::NEG_INFINITY,
                    Finding::Likelihood(l) => l[s].ln(),
                };
            }
        }
        let mut log_p = 0.0;
        for (c, clique) in self.tree.cliques.iter().enumerate().rev() {
            let (above, below) = tables.split_at_mut(clique.first);
            let mut message = vec![f64::NEG_INFINITY; clique.separator];
            for block in below[..clique.size].chunks_exact(clique.separator) {
                message.iter_mut().zip(block).for_each(|(m, x)| *m = m.max(*x));
            }
            if c == 0 {
                log_p = message.first().copied().unwrap_or(f64::NEG_INFINITY);
                continue;
            }
            let parent = &self.tree.cliques[clique.parent];
            let table = &mut above[parent.first..parent.first + parent.size];
            clique.map.each(|large, small| table[large] += message[small]);
        }
        Best { tables, log_p }
    }

    /// Why the evidence has probability zero: a smallest set of findings that cannot all be true (each is tried without; what is not
    /// needed for the contradiction goes). If there is none, the numbers were merely too small.
    pub(super) fn conflict(&self, evidence: &Evidence) -> InferenceError {
        let impossible = |e: &Evidence| self.best(e).log_p == f64::NEG_INFINITY;
        if !impossible(evidence) {
            return InferenceError::OutOfRange;
        }
        let mut rest = evidence.clone();
        for (node, finding) in evidence.iter() {
            rest.forget(node);
            if !impossible(&rest) {
                rest.set(node, finding.clone());
            }
        }
        let clash = |(node, finding): (usize, &Finding)| {
            let (name, states) = &self.names[node];
            let state = match finding {
                Finding::State(s) => states.get(*s).cloned(),
                Finding::Likelihood(_) => None,
            };
            Clash { node: name.clone(), state }
        };
        InferenceError::Impossible(rest.iter().map(clash).collect())
    }
}
