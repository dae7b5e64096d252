//! Queries: evidence in, posteriors out, nothing allocated, only what changed computed again.
//!
//! Upward messages exist only for cliques with findings below; without findings a message is all ones. The subtree that holds all
//! findings and all affected targets is enough: above it the prior of the separator stands in. Downward messages exist only
//! on the way to affected targets. A target that shares no ancestor with a finding keeps its prior.

use super::compiled::{Compiled, NONE, marginals};
use super::error::InferenceError;
use super::evidence::{Evidence, Finding, Posteriors};
use super::graph::Bits;
use super::table::{multiply_tiles, rescale, sum_tiles, total};
use std::ops::Range;

/// Messages multiplied into a table before it is looked at for numbers that have become small.
const RESCALE_EVERY: usize = 8;

/// What the buffer of a clique holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing of use.
    Stale,
    /// Table, findings and messages from below.
    Collected,
    /// The same with the message from above: `P(clique, evidence)` up to scale.
    Believed,
}

/// What is known about a node at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Nothing,
    State(usize),
    /// The numbers lie in `weights`.
    Likelihood,
}

/// Buffers for queries on one [`Compiled`] network. Keeps messages: a query that differs in one finding costs only what that
/// finding changes.
#[derive(Clone, Debug)]
pub struct Session<'c> {
    net: &'c Compiled,
    known: Vec<Known>,
    weights: Vec<f64>,
    active: Vec<usize>,
    seen: Vec<u64>,
    round: u64,
    /// Findings per clique, and in the subtree below it.
    own: Vec<u32>,
    inside: Vec<u32>,
    /// Findings changed since the last query, per subtree.
    changed: Vec<u32>,
    /// The clique has an affected target; it or its subtree has one.
    here: Vec<bool>,
    need: Vec<bool>,
    phase: Vec<Phase>,
    up_valid: Vec<bool>,
    down_valid: Vec<bool>,
    /// A downward message that holds only for the message it was divided by: where that one was zero, nothing could be recovered.
    partial: Vec<bool>,
    /// Begin of a message computed in advance, or [`NONE`].
    ready: Vec<usize>,
    /// Binary exponent taken out of a message and all below it; out of the product within a clique.
    exponent: Vec<i64>,
    scaled: Vec<i64>,
    beliefs: Vec<f64>,
    up: Vec<f64>,
    down: Vec<f64>,
    scratch: Vec<f64>,
    affected: Bits,
    plan: Plan,
    /// Probability of the current evidence (logarithm too); `None` while unknown.
    evidence_p: Option<(f64, f64)>,
}

/// Where the targets are read.
#[derive(Clone, Debug, Default)]
struct Plan {
    targets: Vec<usize>,
    /// Per target: node of the tree, its clique, begin of its numbers in the answer.
    places: Vec<(usize, usize, usize)>,
    /// Per clique: (dimension, place in the answer, node), ascending by dimension.
    wanted: Vec<Vec<(usize, usize, usize)>>,
    starts: Vec<usize>,
}

impl<'c> Session<'c> {
    pub(super) fn new(net: &'c Compiled) -> Self {
        let (nodes, cliques) = (net.cards.len(), net.tree.cliques.len());
        let largest = net.tree.cliques.iter().map(|c| c.size).max().unwrap_or(1);
        Session {
            net,
            known: vec![Known::Nothing; nodes],
            weights: vec![0.0; net.priors.len()],
            active: Vec::with_capacity(nodes),
            seen: vec![0; nodes],
            round: 0,
            own: vec![0; cliques],
            inside: vec![0; cliques],
            changed: vec![0; cliques],
            here: vec![false; cliques],
            need: vec![false; cliques],
            phase: vec![Phase::Stale; cliques],
            up_valid: vec![false; cliques],
            down_valid: vec![false; cliques],
            partial: vec![false; cliques],
            ready: vec![NONE; cliques],
            exponent: vec![0; cliques],
            scaled: vec![0; cliques],
            beliefs: vec![0.0; net.tree.entries],
            up: vec![0.0; net.tree.messages],
            down: vec![0.0; net.tree.messages],
            scratch: vec![0.0; largest],
            affected: Bits::new(nodes),
            plan: Plan::default(),
            evidence_p: None,
        }
    }

    /// Posteriors of `targets` (none: all roots) given the evidence.
    ///
    /// # Errors
    /// As [`Compiled::query`].
    pub fn query(&mut self, evidence: &Evidence, targets: &[usize]) -> Result<Posteriors, InferenceError> {
        let mut answer = Posteriors::default();
        self.query_into(evidence, targets, &mut answer)?;
        Ok(answer)
    }

    /// As [`Session::query`], into an answer whose memory is used again: after the first query with the same targets nothing is
    /// allocated. After an error the answer holds nothing of meaning.
    ///
    /// # Errors
    /// As [`Compiled::query`].
    pub fn query_into(&mut self, evidence: &Evidence, targets: &[usize], answer: &mut Posteriors) -> Result<(), InferenceError> {
        self.net.check(evidence)?;
        self.prepare_plan(targets)?;
        if answer.nodes != self.plan.targets || answer.starts != self.plan.starts {
            answer.nodes.clone_from(&self.plan.targets);
            answer.starts.clone_from(&self.plan.starts);
            answer.values.clear();
            answer.values.resize(self.plan.starts.last().copied().unwrap_or(0), 0.0);
        }
        self.enter(evidence);
        self.mark_needs();
        let top = self.top();
        if self.inside[0] == 0 {
            self.evidence_p = Some((1.0, 0.0));
        }
        if self.evidence_p.is_none() || self.need[top] {
            self.collect(top, evidence)?;
            self.distribute(top, answer);
        }
        (answer.p_evidence, answer.log_p) = self.evidence_p.unwrap_or((0.0, f64::NEG_INFINITY));
        self.read_out(answer)
    }

    fn prepare_plan(&mut self, targets: &[usize]) -> Result<(), InferenceError> {
        let net = self.net;
        let targets = if targets.is_empty() { &net.roots } else { targets };
        if self.plan.targets == targets && !self.plan.starts.is_empty() {
            return Ok(());
        }
        let mut plan = Plan { starts: vec![0], wanted: vec![Vec::new(); net.tree.cliques.len()], ..Plan::default() };
        for t in targets {
            let node = net.inner_node(*t)?;
            let (clique, at) = (net.tree.home[node], plan.starts[plan.starts.len() - 1]);
            plan.places.push((node, clique, at));
            plan.starts.push(at + net.cards[node]);
            let dim = net.tree.cliques[clique].dims.iter().position(|d| d.node == node).unwrap_or(0);
            plan.wanted[clique].push((dim, at, node));
            plan.targets.push(*t);
        }
        plan.wanted.iter_mut().for_each(|w| w.sort_unstable());
        self.plan = plan;
        Ok(())
    }

    /// Takes over the findings and marks what they make invalid.
    fn enter(&mut self, evidence: &Evidence) {
        let net = self.net;
        self.round += 1;
        self.changed.fill(0);
        for (node, finding) in evidence.iter() {
            let i = net.inner[node];
            let same = match (finding, self.known[i]) {
                (Finding::State(s), Known::State(t)) => *s == t,
                (Finding::Likelihood(l), Known::Likelihood) => self.weights[net.starts[i]..net.starts[i + 1]] == l[..],
                (Finding::State(_), Known::Nothing | Known::Likelihood) | (Finding::Likelihood(_), Known::Nothing | Known::State(_)) => {
                    false
                }
            };
            self.seen[i] = self.round;
            if same {
                continue;
            }
            let home = net.tree.home[i];
            if self.known[i] == Known::Nothing {
                self.active.push(i);
                self.own[home] += 1;
            }
            self.changed[home] += 1;
            self.known[i] = match finding {
                Finding::State(s) => Known::State(*s),
                Finding::Likelihood(l) => {
                    self.weights[net.starts[i]..net.starts[i + 1]].copy_from_slice(l);
                    Known::Likelihood
                }
            };
        }
        let Session { active, seen, round, known, own, changed, .. } = self;
        active.retain(|i| {
            if seen[*i] != *round {
                known[*i] = Known::Nothing;
                own[net.tree.home[*i]] -= 1;
                changed[net.tree.home[*i]] += 1;
            }
            seen[*i] == *round
        });
        self.inside.copy_from_slice(&self.own);
        for (c, clique) in net.tree.cliques.iter().enumerate().skip(1).rev() {
            self.inside[clique.parent] += self.inside[c];
            self.changed[clique.parent] += self.changed[c];
        }
        let all = self.changed[0];
        if all == 0 {
            return;
        }
        self.evidence_p = None;
        self.affected.clear();
        self.active.iter().for_each(|i| self.affected.add(&net.ancestors[*i]));
        for (c, changed) in self.changed.iter().enumerate() {
            if *changed > 0 {
                self.up_valid[c] = false;
                self.phase[c] = Phase::Stale;
                self.down_valid[c] &= !self.partial[c];
            }
            if *changed != all {
                self.down_valid[c] = false;
                if self.phase[c] == Phase::Believed {
                    self.phase[c] = Phase::Stale;
                }
            }
        }
    }

    /// A node keeps its prior when neither it nor an ancestor of it is an ancestor of a finding.
    fn is_affected(&self, node: usize) -> bool {
        self.affected.contains(node) || self.affected.meets(&self.net.ancestors[node])
    }

    fn mark_needs(&mut self) {
        self.here.fill(false);
        for (node, clique, _) in &self.plan.places {
            if self.inside[0] > 0 && self.is_affected(*node) {
                self.here[*clique] = true;
            }
        }
        self.need.copy_from_slice(&self.here);
        for (c, clique) in self.net.tree.cliques.iter().enumerate().skip(1).rev() {
            self.need[clique.parent] |= self.need[c];
        }
    }

    /// The lowest clique whose subtree holds all findings and all affected targets.
    fn top(&self) -> usize {
        let mut top = 0;
        loop {
            let mut busy = self.net.tree.children(top).filter(|c| self.inside[*c] > 0 || self.need[*c]);
            match (busy.next(), busy.next()) {
                (Some(only), None) if self.own[top] == 0 && !self.here[top] && self.inside[only] > 0 => top = only,
                _ => return top,
            }
        }
    }

    /// Messages towards `top`, and the belief of `top` itself with the probability of the evidence.
    fn collect(&mut self, top: usize, evidence: &Evidence) -> Result<(), InferenceError> {
        let net = self.net;
        for c in (top + 1..net.tree.cliques[top].end).rev() {
            if self.inside[c] > 0 && !self.up_valid[c] {
                self.message_up(c);
            }
        }
        if self.phase[top] == Phase::Believed && self.evidence_p.is_some() {
            return Ok(());
        }
        if self.phase[top] != Phase::Collected {
            self.multiply_in(top);
        }
        let clique = &net.tree.cliques[top];
        let part = self.part(top);
        let belief = &mut self.beliefs[clique.first + part.start..clique.first + part.end];
        multiply_tiles(belief, &net.separators[clique.message..clique.message + clique.separator]);
        self.phase[top] = Phase::Believed;
        let sum = total(belief);
        if !(sum > 0.0 && sum.is_finite()) {
            self.phase[top] = Phase::Stale;
            return Err(net.conflict(evidence));
        }
        let exponent: i64 = self.below(top);
        if self.evidence_p.is_none() {
            let p = if exponent == 0 { sum } else { sum * 2f64.powi(exponent.max(-4000) as i32) };
            self.evidence_p = Some((p, sum.ln() + exponent as f64 * std::f64::consts::LN_2));
        }
        Ok(())
    }

    fn message_up(&mut self, c: usize) {
        let net = self.net;
        let clique = &net.tree.cliques[c];
        self.up_valid[c] = true;
        self.exponent[c] = 0;
        if self.own[c] == 1 && self.inside[c] == 1 {
            for d in &clique.dims[..clique.own] {
                if let Known::State(s) = self.known[d.node] {
                    self.ready[c] = net.single[d.node] + s * clique.separator;
                    return;
                }
            }
        }
        self.ready[c] = NONE;
        if self.phase[c] != Phase::Collected {
            self.multiply_in(c);
        }
        let part = self.part(c);
        let message = &mut self.up[clique.message..clique.message + clique.separator];
        sum_tiles(&self.beliefs[clique.first + part.start..clique.first + part.end], message);
        let own = rescale(message);
        self.exponent[c] = self.below(c) + own;
    }

    /// Binary exponents taken out in a clique and below it.
    fn below(&self, c: usize) -> i64 {
        self.scaled[c] + self.net.tree.children(c).filter(|k| self.inside[*k] > 0).map(|k| self.exponent[k]).sum::<i64>()
    }

    /// The part of a table that a hard finding on its outermost variable leaves.
    fn part(&self, c: usize) -> Range<usize> {
        let clique = &self.net.tree.cliques[c];
        match clique.dims.first() {
            Some(d) if clique.own > 0 => match self.known[d.node] {
                Known::State(s) => s * d.stride..(s + 1) * d.stride,
                Known::Nothing | Known::Likelihood => 0..clique.size,
            },
            _ => 0..clique.size,
        }
    }

    /// Table × findings × messages from below, into the buffer of the clique.
    fn multiply_in(&mut self, c: usize) {
        let net = self.net;
        let clique = &net.tree.cliques[c];
        let part = self.part(c);
        let place = clique.first + part.start..clique.first + part.end;
        let belief = &mut self.beliefs[place.clone()];
        let table = &net.tables[place];
        self.scaled[c] = 0;
        let mut factors = 0;
        if self.inside[c] > self.own[c] {
            for child in net.tree.children(c).filter(|k| self.inside[*k] > 0) {
                let below = &net.tree.cliques[child];
                let message = match self.ready[child] {
                    NONE => &self.up[below.message..below.message + below.separator],
                    at => &net.singles[at..at + below.separator],
                };
                if factors == 0 {
                    below.map.product(belief, table, part.start, message);
                } else {
                    below.map.multiply(belief, part.start, message);
                }
                factors += 1;
                if factors % RESCALE_EVERY == 0 {
                    self.scaled[c] += rescale(belief);
                }
            }
        }
        if factors == 0 {
            belief.copy_from_slice(table);
        }
        if self.own[c] > 0 {
            let cut = part.len() < clique.size;
            for d in &clique.dims[usize::from(cut)..clique.own] {
                match self.known[d.node] {
                    Known::Nothing => {}
                    Known::State(s) => {
                        for block in belief.chunks_exact_mut(d.stride * d.card) {
                            block[..s * d.stride].fill(0.0);
                            block[(s + 1) * d.stride..].fill(0.0);
                        }
                    }
                    Known::Likelihood => {
                        let weights = &self.weights[net.starts[d.node]..net.starts[d.node + 1]];
                        for (block, w) in belief.chunks_exact_mut(d.stride).zip(weights.iter().cycle()) {
                            block.iter_mut().for_each(|x| *x *= w);
                        }
                    }
                }
            }
        }
        self.phase[c] = Phase::Collected;
    }

    /// Messages from `top` to the affected targets, and their sums.
    fn distribute(&mut self, top: usize, answer: &mut Posteriors) {
        let end = self.net.tree.cliques[top].end;
        let mut c = top;
        while c < end {
            if !self.need[c] {
                c = self.net.tree.cliques[c].end;
                continue;
            }
            if c != top {
                self.message_down(c);
            }
            if self.here[c] {
                self.sum_targets(c, answer);
            }
            c += 1;
        }
    }

    fn message_down(&mut self, c: usize) {
        let net = self.net;
        let clique = &net.tree.cliques[c];
        if !self.down_valid[c] {
            let above = &net.tree.cliques[clique.parent];
            let part = self.part(clique.parent);
            let message = &mut self.down[clique.message..clique.message + clique.separator];
            clique.map.sum(&self.beliefs[above.first + part.start..above.first + part.end], part.start, message);
            self.partial[c] = false;
            if self.inside[c] > 0 {
                let up = match self.ready[c] {
                    NONE => &self.up[clique.message..clique.message + clique.separator],
                    at => &net.singles[at..at + clique.separator],
                };
                message.iter_mut().zip(up).for_each(|(m, u)| *m = if *u > 0.0 { *m / u } else { 0.0 });
                self.partial[c] = up.contains(&0.0);
            }
            rescale(message);
            self.down_valid[c] = true;
            if self.phase[c] == Phase::Believed {
                self.phase[c] = Phase::Stale;
            }
        }
        match self.phase[c] {
            Phase::Believed => return,
            Phase::Collected => {}
            Phase::Stale => self.multiply_in(c),
        }
        let part = self.part(c);
        let belief = &mut self.beliefs[clique.first + part.start..clique.first + part.end];
        multiply_tiles(belief, &self.down[clique.message..clique.message + clique.separator]);
        self.phase[c] = Phase::Believed;
    }

    fn sum_targets(&mut self, c: usize, answer: &mut Posteriors) {
        let net = self.net;
        let clique = &net.tree.cliques[c];
        let part = self.part(c);
        let cut = part.len() < clique.size;
        let mut wanted = &self.plan.wanted[c][..];
        // Targets on the outermost variable first, when a finding has cut it to one state.
        while let (true, Some((0, at, node))) = (cut, wanted.first()) {
            let values = &mut answer.values[*at..*at + net.cards[*node]];
            values.fill(0.0);
            if let Known::State(s) = self.known[*node] {
                values[s] = 1.0;
            }
            wanted = &wanted[1..];
        }
        marginals(
            &self.beliefs[clique.first + part.start..clique.first + part.end],
            &clique.dims,
            wanted,
            &mut self.scratch,
            &mut answer.values,
        );
    }

    /// Normalises the sums; targets that nothing affects get their priors.
    fn read_out(&self, answer: &mut Posteriors) -> Result<(), InferenceError> {
        let net = self.net;
        for (node, clique, at) in &self.plan.places {
            let values = &mut answer.values[*at..*at + net.cards[*node]];
            if !self.here[*clique] {
                values.copy_from_slice(&net.priors[net.starts[*node]..net.starts[*node + 1]]);
                continue;
            }
            let sum: f64 = values.iter().sum();
            if !(sum > 0.0 && sum.is_finite()) {
                return Err(InferenceError::OutOfRange);
            }
            let scale = 1.0 / sum;
            if scale.is_finite() { values.iter_mut().for_each(|v| *v *= scale) } else { values.iter_mut().for_each(|v| *v /= sum) }
        }
        Ok(())
    }
}
