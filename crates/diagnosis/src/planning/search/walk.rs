//! The best plan known, walked from its root: its cost brought up to date, and the tree that is handed out.

use super::super::policy::Policy;
use super::super::table::{Key, Move};
use super::Search;

impl Search<'_> {
    /// Brings the cost of the best plan up to date along its tree: branches may have improved since it was summed.
    pub(super) fn refresh(&mut self, level: usize, key: Key, mass: f64, left: &mut usize) -> f64 {
        let (_, hi, id) = self.touch_known(level, key, mass);
        let Some(id) = id else { return hi };
        if *left == 0 {
            return hi;
        }
        *left -= 1;
        let cost = match self.table.get(id).best {
            Move::Service => self.problem.service * mass,
            Move::Act(a) => {
                let cost = self.problem.cost_of_act(a as usize, key) * mass;
                let (after, rest) = self.descend_act(level, a as usize, key);
                cost + self.refresh(level + 1, after, rest, left)
            }
            Move::Ask(q) => {
                let mut cost = self.problem.cost_of_ask(q as usize, key) * mass;
                for k in 0..self.problem.questions[q as usize].answers {
                    let (after, rest) = self.descend_ask(level, q as usize, k, key);
                    cost += self.refresh(level + 1, after, rest, left);
                }
                cost
            }
        };
        let entry = self.table.get_mut(id);
        entry.hi = entry.hi.min(cost);
        entry.hi
    }

    /// As `touch`, but remembers nothing new.
    fn touch_known(&mut self, level: usize, key: Key, mass: f64) -> (Move, f64, Option<u32>) {
        if mass <= 0.0 {
            return (Move::Service, 0.0, None);
        }
        if let Some(id) = self.table.find(key) {
            let entry = self.table.get(id);
            return (entry.best, entry.hi, Some(id));
        }
        let (best, hi) = self.plainest(level, key, mass);
        (best, hi, None)
    }

    /// What to do without any search: a waiting probe, else p/C.
    fn plainest(&mut self, level: usize, key: Key, mass: f64) -> (Move, f64) {
        if let Some(q) = self.problem.probe(key) {
            let mut hi = self.problem.cost_of_ask(q, key) * mass;
            for k in 0..self.problem.questions[q].answers {
                let (after, mass) = self.descend_ask(level, q, k, key);
                hi += self.touch_known(level + 1, after, mass).1;
            }
            return (Move::Ask(q as u16), hi);
        }
        let here = self.row(level);
        let (hi, best) = self.scratch.tail(self.problem, &self.weights[here], mass, key);
        (best, hi)
    }

    /// The tree of the best plan known.
    pub(super) fn tree(&mut self, level: usize, key: Key, mass: f64, left: &mut usize) -> Policy {
        let (mut best, _, _) = self.touch_known(level, key, mass);
        if *left == 0 {
            best = self.plainest(level, key, mass).0;
        }
        *left = left.saturating_sub(1);
        match best {
            Move::Service => Policy::Service,
            Move::Act(a) => {
                let (after, rest) = self.descend_act(level, a as usize, key);
                Policy::Action { index: self.problem.actions[a as usize].index, failed: Box::new(self.tree(level + 1, after, rest, left)) }
            }
            Move::Ask(q) => {
                let mut answers = Vec::new();
                for k in 0..self.problem.questions[q as usize].answers {
                    let (after, rest) = self.descend_ask(level, q as usize, k, key);
                    answers.push(self.tree(level + 1, after, rest, left));
                }
                Policy::Ask { index: self.problem.questions[q as usize].index, answers }
            }
        }
    }
}
