//! Small problems solved whole: the cost of every situation there is, from the last ones back to the first.
//!
//! A situation is a set of failed actions and a combination of answers, so it has a place in a plain array and nothing is looked up.
//! All sets of failed actions of one combination of answers lie side by side and are worked on together. This does more situations
//! than the search, but each at a hundredth of the price; the search decides which of the two is cheaper.

use super::compile::Problem;
use super::policy::Policy;
use super::table::{Key, Move};

/// Actions whose sets are solved without further splitting.
const BLOCK: usize = 3;

/// The cost of every situation.
pub(super) struct Sweep<'a> {
    problem: &'a Problem,
    /// Number of sets of failed actions.
    sets: usize,
    /// Steps between combinations that differ in the answer to one question.
    strides: Vec<usize>,
    /// For each cause and set: P(all of the set fail | cause).
    fails: Vec<f64>,
    /// Cost-to-go times probability, set after set for each combination of answers.
    costs: Vec<f64>,
    slack: f64,
}

/// Number of situations; `None` beyond `most`.
pub(super) fn situations(problem: &Problem, most: usize) -> Option<usize> {
    let sets = 1usize.checked_shl(u32::try_from(problem.actions.len()).ok()?).filter(|s| *s <= most)?;
    problem.questions.iter().try_fold(sets, |all, q| all.checked_mul(q.answers + 1).filter(|n| *n <= most))
}

impl<'a> Sweep<'a> {
    /// Solves all situations, as many as [`situations`] says; `None` if `go_on` says to stop.
    pub fn run(problem: &'a Problem, go_on: &mut dyn FnMut() -> bool) -> Option<Sweep<'a>> {
        let sets = 1usize << problem.actions.len();
        let mut strides = Vec::new();
        let mut combinations = 1;
        for ask in &problem.questions {
            strides.push(combinations);
            combinations *= ask.answers + 1;
        }
        let mut fails = Vec::with_capacity(problem.lanes * sets);
        for f in 0..problem.lanes {
            let from = fails.len();
            fails.push(1.0);
            for a in 0..problem.actions.len() {
                let miss = problem.misses[a * problem.lanes + f];
                fails.extend_from_within(from..);
                fails[from + (1 << a)..].iter_mut().for_each(|p| *p *= miss);
            }
        }
        let slack = 1e-13 * problem.service;
        let mut sweep = Sweep { problem, sets, strides, fails, costs: vec![0.0; combinations * sets], slack };
        let mut mass = vec![0.0; sets];
        for told in (0..combinations).rev() {
            if !go_on() {
                return None;
            }
            sweep.masses(told, &mut mass);
            if problem.plain { sweep.combination(told, &mass) } else { sweep.combination_with_terms(told, &mass) }
        }
        Some(sweep)
    }

    /// Least cost from the start on.
    pub fn cost(&self) -> f64 {
        self.costs[0]
    }

    /// What was answered to a question: 0 for nothing yet.
    fn digit(&self, told: usize, q: usize) -> usize {
        told / self.strides[q] % (self.problem.questions[q].answers + 1)
    }

    fn key(&self, told: usize, done: usize) -> Key {
        let digits = self.problem.questions.iter().enumerate().map(|(q, ask)| (self.digit(told, q) as u64) << ask.shift);
        Key { done: done as u64, told: digits.fold(0, |all, field| all | field) }
    }

    /// P(cause, answers).
    fn weights(&self, told: usize) -> Vec<f64> {
        let mut weights = self.problem.start.clone();
        for (q, ask) in self.problem.questions.iter().enumerate() {
            if let Some(k) = self.digit(told, q).checked_sub(1) {
                let lanes = weights.len();
                let likelihood = &self.problem.likelihood[ask.offset + k * lanes..];
                weights.iter_mut().zip(likelihood).for_each(|(w, l)| *w *= l);
            }
        }
        weights
    }

    /// The probability of each set with these answers.
    fn masses(&self, told: usize, mass: &mut [f64]) {
        mass.fill(0.0);
        // Four causes at a time: the sums stay in registers. There is always a multiple of four.
        for (w, fails) in self.weights(told).chunks_exact(4).zip(self.fails.chunks_exact(4 * self.sets)) {
            let (ab, cd) = fails.split_at(2 * self.sets);
            let ((a, b), (c, d)) = (ab.split_at(self.sets), cd.split_at(self.sets));
            for ((((m, a), b), c), d) in mass.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *m += (w[0] * a + w[1] * b) + (w[2] * c + w[3] * d);
            }
        }
    }

    fn combination(&mut self, told: usize, mass: &[f64]) {
        let (sets, problem) = (self.sets, self.problem);
        let (below, above) = self.costs.split_at_mut((told + 1) * sets);
        let here = &mut below[told * sets..];
        here.iter_mut().zip(mass).for_each(|(c, m)| *c = problem.service * m);
        let mut sum = vec![0.0; sets];
        for (q, ask) in problem.questions.iter().enumerate() {
            if !(told / self.strides[q]).is_multiple_of(ask.answers + 1) {
                continue;
            }
            sum.iter_mut().zip(mass).for_each(|(s, m)| *s = ask.cost * m);
            for k in 0..ask.answers {
                let after = &above[((k + 1) * self.strides[q] - 1) * sets..][..sets];
                sum.iter_mut().zip(after).for_each(|(s, c)| *s += c);
            }
            here.iter_mut().zip(&sum).for_each(|(c, s)| *c = if *s < *c { *s } else { *c });
        }
        let prices: Vec<f64> = problem.actions.iter().map(|a| a.cost).collect();
        act(here, mass, &prices);
    }

    /// The same where steps have terms: each situation by itself.
    fn combination_with_terms(&mut self, told: usize, mass: &[f64]) {
        for done in (0..self.sets).rev() {
            self.costs[told * self.sets + done] = self.best(told, done, mass[done]).1;
        }
    }

    /// The best step of a situation whose followers are solved, and its cost. Ties go to the first: service, actions, questions.
    fn best(&self, told: usize, done: usize, mass: f64) -> (Move, f64) {
        let (problem, key) = (self.problem, self.key(told, done));
        if mass <= 0.0 {
            return (Move::Service, 0.0);
        }
        let ask = |q: usize| {
            let after = |k: usize| self.costs[(told + (k + 1) * self.strides[q]) * self.sets + done];
            problem.cost_of_ask(q, key) * mass + (0..problem.questions[q].answers).map(after).sum::<f64>()
        };
        if let Some(q) = problem.probe(key) {
            return (Move::Ask(q as u16), ask(q));
        }
        let mut best = (Move::Service, problem.service * mass);
        let mut offer = |step: Move, cost: f64| {
            if cost < best.1 - self.slack * mass {
                best = (step, cost);
            }
        };
        for a in 0..problem.actions.len() {
            if problem.may_act(a, key) {
                offer(Move::Act(a as u16), problem.cost_of_act(a, key) * mass + self.costs[told * self.sets + (done | 1 << a)]);
            }
        }
        for q in 0..problem.questions.len() {
            if problem.may_ask(q, key) {
                offer(Move::Ask(q as u16), ask(q));
            }
        }
        best
    }

    /// The tree of the best plan, as far as `left` nodes go; with none left over, it may have been cut short.
    pub fn tree(&self, left: &mut usize) -> Policy {
        self.branch(0, 0, left)
    }

    fn branch(&self, told: usize, done: usize, left: &mut usize) -> Policy {
        let weights = self.weights(told);
        let mass = weights.iter().enumerate().map(|(f, w)| w * self.fails[f * self.sets + done]).sum();
        if *left == 0 {
            return Policy::Service;
        }
        *left -= 1;
        match self.best(told, done, mass).0 {
            Move::Service => Policy::Service,
            Move::Act(a) => {
                let index = self.problem.actions[a as usize].index;
                Policy::Action { index, failed: Box::new(self.branch(told, done | 1 << a, left)) }
            }
            Move::Ask(q) => {
                let ask = &self.problem.questions[q as usize];
                let answers = (0..ask.answers).map(|k| self.branch(told + (k + 1) * self.strides[q as usize], done, left)).collect();
                Policy::Ask { index: ask.index, answers }
            }
        }
    }
}

/// Lowers the cost of each set to that of the best action from there on. The last action splits the sets into halves: those where it
/// failed come first, and the others may go over to them.
fn act(costs: &mut [f64], mass: &[f64], prices: &[f64]) {
    let Some((price, rest)) = prices.split_last() else { return };
    if prices.len() == BLOCK
        && let (Some(costs), Some(mass)) = (costs.first_chunk_mut::<{ 1 << BLOCK }>(), mass.first_chunk::<{ 1 << BLOCK }>())
    {
        for set in (0..1 << BLOCK).rev() {
            for (a, price) in prices.iter().enumerate().filter(|(a, _)| set >> a & 1 == 0) {
                let cost = price * mass[set] + costs[set | 1 << a];
                costs[set] = if cost < costs[set] { cost } else { costs[set] };
            }
        }
        return;
    }
    let half = costs.len() / 2;
    let (low, high) = costs.split_at_mut(half);
    act(high, &mass[half..], rest);
    for ((cost, failed), mass) in low.iter_mut().zip(high.iter()).zip(mass) {
        let with = price * mass + failed;
        *cost = if with < *cost { with } else { *cost };
    }
    act(low, mass, rest);
}
