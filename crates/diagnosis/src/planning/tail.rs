//! Updated p/C with the best stop: what a situation costs if nothing is asked any more. The upper bound of the search.

use super::compile::Problem;
use super::table::{Key, Move};

/// Scratch space, so that the innermost loop of the search allocates nothing.
#[derive(Default)]
pub(super) struct Scratch {
    weights: Vec<f64>,
    gains: Vec<f64>,
    order: Vec<(f64, usize)>,
}

impl Scratch {
    /// Cost of going on by p/C from here (times the probability of being here), and the first step of it.
    ///
    /// The sequence is memoryless: after its first step fails, the tail from there is the rest of it.
    pub fn tail(&mut self, problem: &Problem, weights: &[f64], mass: f64, key: Key) -> (f64, Move) {
        self.weights.clear();
        self.weights.extend_from_slice(weights);
        gains(problem, weights, &mut self.gains);
        let (mut mass, mut spent, mut here) = (mass, 0.0, key);
        let mut best = (problem.service * mass, Move::Service);
        let mut first = None;
        let dust = 1e-13 * mass;
        while spent < best.0 {
            let pick = if problem.plain { self.pick_plain(problem, here) } else { self.pick(problem, here) };
            let Some((a, cost)) = pick else { break };
            let gain = self.gains[a];
            if gain <= dust {
                break;
            }
            let first = *first.get_or_insert(Move::Act(a as u16));
            spent += cost * mass;
            mass = (mass - gain).max(0.0);
            here.done |= 1 << a;
            for &(f, _) in &problem.actions[a].touches {
                let f = f as usize;
                let lost = self.weights[f] * problem.repairs[a * problem.lanes + f];
                if lost > 0.0 {
                    self.weights[f] -= lost;
                    let row = &problem.by_cause[f * problem.width..(f + 1) * problem.width];
                    self.gains.iter_mut().zip(row).for_each(|(g, p)| *g -= lost * p);
                }
            }
            if spent + problem.service * mass < best.0 {
                best = (spent + problem.service * mass, first);
            }
        }
        best
    }

    fn pick_plain(&self, problem: &Problem, key: Key) -> Option<(usize, f64)> {
        let mut top = (0.0, usize::MAX);
        for (a, act) in problem.actions.iter().enumerate() {
            let rate = self.gains[a] * act.per_cost;
            if rate > top.0 && (key.done >> a) & 1 == 0 {
                top = (rate, a);
            }
        }
        (top.1 != usize::MAX).then(|| (top.1, problem.actions[top.1].cost))
    }

    /// With clusters the unit is what one journey can do: the best rate over the first few steps of a cluster ("bottom-up p/C").
    fn pick(&mut self, problem: &Problem, key: Key) -> Option<(usize, f64)> {
        let allowed = problem.allowed(key);
        let mut top = (0.0, usize::MAX);
        let mut better = |rate: f64, a: usize| {
            if rate > top.0 {
                top = (rate, a);
            }
        };
        for (a, act) in problem.actions.iter().enumerate() {
            if (allowed >> a) & 1 != 0 && problem.opening(act.cluster, key) <= 0.0 {
                better(self.gains[a] * act.per_cost, a);
            }
        }
        for (c, cluster) in problem.clusters.iter().enumerate() {
            if problem.opening(Some(c), key) <= 0.0 {
                continue;
            }
            self.order.clear();
            let members = (0..problem.actions.len()).filter(|a| (allowed & cluster.done) >> a & 1 != 0);
            self.order.extend(members.map(|a| (self.gains[a] * problem.actions[a].per_cost, a)));
            self.order.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
            let (mut gain, mut cost) = (0.0, cluster.opening);
            for (_, a) in &self.order {
                gain += self.gains[*a];
                cost += problem.actions[*a].cost;
                better(gain / cost.max(f64::MIN_POSITIVE), self.order[0].1);
            }
        }
        (top.1 != usize::MAX).then(|| (top.1, problem.cost_of_act(top.1, key)))
    }
}

/// For each action the weight that it removes.
pub(super) fn gains(problem: &Problem, weights: &[f64], into: &mut Vec<f64>) {
    into.clear();
    into.resize(problem.width, 0.0);
    for (w, row) in weights.iter().zip(problem.by_cause.chunks_exact(problem.width)) {
        if *w > 0.0 {
            into.iter_mut().zip(row).for_each(|(g, p)| *g += w * p);
        }
    }
}
