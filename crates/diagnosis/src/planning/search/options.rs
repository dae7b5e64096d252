//! What may be done in a situation, each way with a cost that no plan beginning so can beat.

use super::super::table::{Entry, Key, Move};
use super::super::tail::gains;
use super::{Search, Way};

impl Search<'_> {
    /// Everything that may be done here, with a quick lower bound for each.
    pub(super) fn gather(&mut self, level: usize, key: Key, mass: f64, entry: &Entry) {
        let problem = self.problem;
        if let Some(q) = problem.probe(key) {
            let cost = problem.cost_of_ask(q, key) * mass;
            self.options.push(Way { step: Move::Ask(q as u16), cost, lo: entry.base.max(cost), forbidden: 0 });
            return;
        }
        let here = self.row(level);
        gains(problem, &self.weights[here.clone()], &mut self.gains);
        let informed: f64 = self.weights[here.clone()].iter().zip(&self.values[here.clone()]).map(|(w, v)| w * v).sum();
        let allowed = problem.allowed(key);
        self.compare_neighbours(allowed, key, mass);
        for a in 0..problem.actions.len() {
            if (allowed & !entry.forbidden) >> a & 1 == 0 {
                continue;
            }
            let after = Key { done: key.done | 1 << a, told: key.told };
            let forbidden = self.forbidden[a];
            let (cost, act) = (problem.cost_of_act(a, key) * mass, &problem.actions[a]);
            // If the cause were known, without this action; and what it takes off that.
            let (mut known, mut taken) = (informed, 0.0);
            for &(f, bit) in &act.touches {
                let f = f as usize;
                let w = self.weights[here.start + f];
                if w > 0.0 {
                    let value = problem.known(f, self.used[here.start + f] | bit, after.done);
                    known += w * (value - self.values[here.start + f]);
                    taken += w * value * problem.repairs[a * problem.lanes + f];
                }
            }
            let mut lo = known - taken;
            if !act.unlocks && act.surest > 0.0 {
                // What is left after it holds at least 1 - surest of every cause, so that part costs what it cost before. If this is
                // the best step, the whole costs (cost of the step + what the rest costs at least) / surest.
                lo = lo.max(known + (act.cost * mass - taken) / act.surest - act.cost * mass);
            }
            if let Some(id) = self.table.find(after) {
                let seen = self.table.get(id);
                lo = lo.max(if seen.forbidden & !forbidden == 0 { seen.lo } else { seen.base });
            }
            self.options.push(Way { step: Move::Act(a as u16), cost, lo: cost + lo, forbidden });
        }
        for q in 0..problem.questions.len() {
            if problem.may_ask(q, key) {
                let (cost, ask) = (problem.cost_of_ask(q, key) * mass, &problem.questions[q]);
                // Both relaxations know at least what the answer tells, so they are as dear after it as before.
                let mut lo = entry.free;
                if !ask.unlocks {
                    // As for actions: an answer that is as likely under every cause leaves everything as it was, so if this is the best
                    // step, it must pay for itself in the part of the cases where the answer tells something.
                    lo = lo.max(informed + ask.cost * mass / ask.telling.max(f64::MIN_POSITIVE) - ask.cost * mass);
                }
                self.options.push(Way { step: Move::Ask(q as u16), cost, lo: cost + lo, forbidden: 0 });
            }
        }
    }

    /// For each action, which others had better come before it if the two are to be neighbours.
    fn compare_neighbours(&mut self, allowed: u64, key: Key, mass: f64) {
        let problem = self.problem;
        let many = problem.actions.len();
        self.forbidden.clear();
        self.forbidden.resize(many, 0);
        for a in 0..many {
            for b in 0..a {
                if (allowed >> a) & (allowed >> b) & 1 == 0 {
                    continue;
                }
                // Cost of the pair one way and the other, less what both ways share.
                let (a_first, b_first) = if problem.plain {
                    (problem.actions[a].cost * self.gains[b], problem.actions[b].cost * self.gains[a])
                } else {
                    let (after_a, after_b) = (Key { done: key.done | 1 << a, ..key }, Key { done: key.done | 1 << b, ..key });
                    let pair = |x: usize, y: usize, between: Key| {
                        problem.cost_of_act(x, key) * mass + problem.cost_of_act(y, between) * (mass - self.gains[x])
                    };
                    let price = |x: usize, y: usize, between: Key| {
                        if problem.may_act(y, between) { pair(x, y, between) } else { f64::NAN }
                    };
                    (price(a, b, after_a), price(b, a, after_b))
                };
                if b_first <= a_first {
                    self.forbidden[a] |= 1 << b;
                } else if a_first < b_first {
                    self.forbidden[b] |= 1 << a;
                }
            }
        }
    }
}
