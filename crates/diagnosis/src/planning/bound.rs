//! Costs that no plan can beat: what one would pay if something were known for free.
//!
//! Two relaxations. *The cause is known*: each cause is removed by its own cures, best first. *All answers are known*: nothing is left
//! to ask, and the actions compete for what remains; their present gains only shrink later, so a schedule with these gains is
//! cheaper than any real one. The second is dear and close, the first cheap and loose.

use std::collections::BTreeMap;

use super::compile::Problem;
use super::table::Key;
use super::tail::gains;

/// Most combinations of answers to look through for the second bound.
const CASES_MAX: usize = 108;

/// Parts of the mass at which the first question is thought to be asked.
const PARTS: usize = 16;

/// Two costs that no plan from a situation on can beat.
#[derive(Clone, Copy)]
pub(super) struct Floors {
    /// If answers cost nothing.
    pub free: f64,
    /// If the first question costs what the cheapest one costs.
    pub paid: f64,
}

/// Joint likelihoods of the questions that are left, kept by which are left.
#[derive(Default)]
pub(super) struct Answers {
    joint: BTreeMap<u64, Option<Vec<f64>>>,
    desk: Desk,
}

#[derive(Default)]
struct Desk {
    weights: Vec<f64>,
    gains: Vec<f64>,
    /// Rate, gain and position of the actions that are left, best rate first.
    order: Vec<(f64, f64, usize)>,
    /// For each cause the cost of its cheapest cure, and the dearest of these.
    half: Vec<f64>,
    dearest: f64,
    /// Causes by what they cost if known.
    cheap: Vec<(f64, f64)>,
}

impl Answers {
    /// The lower bounds of a situation. With too many combinations of answers only the cause is taken as known.
    pub fn floors(&mut self, problem: &Problem, weights: &[f64], values: &[f64], key: Key) -> Floors {
        let unasked = |q: &usize| key.told & problem.questions[*q].field == 0;
        let left = (0..problem.questions.len()).filter(unasked).fold(0u64, |s, q| s | 1 << q);
        let joint = self.joint.entry(left).or_insert_with(|| combinations(problem, left)).as_ref();
        let desk = &mut self.desk;
        desk.begin(problem, weights, key);
        let informed: f64 = weights.iter().zip(values).map(|(w, v)| w * v).sum();
        let cases = |rows: &Vec<f64>| rows.chunks_exact(problem.lanes).map(|row| desk.one(problem, weights, values, Some(row))).sum();
        let free = joint.map_or(informed, cases).max(informed);
        if left == 0 {
            return Floors { free, paid: free };
        }
        let price = (0..problem.questions.len()).filter(unasked).map(|q| problem.questions[q].cost).fold(f64::INFINITY, f64::min);
        let silent = desk.one(problem, weights, values, None);
        Floors { free, paid: free.max(silent.min(desk.first_question(problem, weights, values, price, free))) }
    }
}

impl Desk {
    fn begin(&mut self, problem: &Problem, weights: &[f64], key: Key) {
        self.order.clear();
        self.order.extend((0..problem.actions.len()).filter(|a| (key.done >> a) & 1 == 0).map(|a| (0.0, 0.0, a)));
        self.dearest = 0.0;
        self.half.clear();
        for (cures, w) in problem.cures.iter().zip(weights) {
            let left = cures.iter().filter(|c| key.done & c.bit == 0).map(|c| c.cost).fold(f64::INFINITY, f64::min);
            self.half.push(left.min(problem.service));
            if left.is_finite() && *w > 0.0 {
                self.dearest = self.dearest.max(left.min(problem.service));
            }
        }
        let dearest = self.dearest;
        self.half.iter_mut().for_each(|h| *h = h.min(dearest));
    }

    /// Lower bound without any (further) question, after the answers whose likelihoods stand in `row`.
    fn one(&mut self, problem: &Problem, weights: &[f64], values: &[f64], row: Option<&[f64]>) -> f64 {
        self.weights.clear();
        match row {
            Some(row) => self.weights.extend(weights.iter().zip(row).map(|(w, l)| w * l)),
            None => self.weights.extend_from_slice(weights),
        }
        let mass: f64 = self.weights.iter().sum();
        if mass <= 0.0 {
            return 0.0;
        }
        let informed: f64 = self.weights.iter().zip(values).map(|(w, v)| w * v).sum();
        let step: f64 = self.weights.iter().zip(&self.half).map(|(w, h)| w * h).sum();
        gains(problem, &self.weights, &mut self.gains);
        for item in &mut self.order {
            *item = (self.gains[item.2] * problem.actions[item.2].per_cost, self.gains[item.2], item.2);
        }
        by_rate(&mut self.order);
        informed.max(schedule(problem, &self.order, mass, (step, self.dearest)))
    }

    /// Lower bound for plans that ask at some point: the first question finds a part of the mass unsolved. The larger that part, the
    /// more the question costs in all; the smaller, the more was done without its help. Follows `one` without a row.
    fn first_question(&mut self, problem: &Problem, weights: &[f64], values: &[f64], price: f64, free: f64) -> f64 {
        let mass: f64 = weights.iter().sum();
        self.cheap.clear();
        self.cheap.extend(values.iter().copied().zip(weights.iter().copied()).filter(|(_, w)| *w > 0.0));
        self.cheap.sort_by(|x, y| x.0.total_cmp(&y.0));
        // What is left at the question costs at least what its cheapest causes cost.
        let mut rest = [0.0; PARTS];
        let (mut at, mut used, mut sum) = (0, 0.0, 0.0);
        for (part, rest) in rest.iter_mut().enumerate().skip(1) {
            let mut open = mass / PARTS as f64;
            while open > 0.0 && at < self.cheap.len() {
                let (value, weight) = self.cheap[at];
                let take = open.min(weight - used);
                sum += take * value;
                used += take;
                open -= take;
                if used >= weight {
                    (at, used) = (at + 1, 0.0);
                } else if take <= 0.0 {
                    break;
                }
            }
            debug_assert!(part < PARTS);
            *rest = sum;
        }
        // From much left to little: the time that everybody has spent until only `upper` is left.
        let step = self.order.iter().filter(|x| x.1 > 0.0).map(|x| problem.actions[x.2].cost).fold(f64::INFINITY, f64::min) / 2.0;
        let (mut area, mut left, mut next, mut done) = (0.0, mass, 0, 0.0);
        let mut least = f64::INFINITY;
        for part in (0..PARTS).rev() {
            let upper = mass * (part + 1) as f64 / PARTS as f64;
            while left > upper {
                let Some(&(_, gain, a)) = self.order.get(next).filter(|x| x.1 > 0.0) else {
                    // Nobody gets here without asking.
                    return least;
                };
                let take = (gain - done).min(left - upper);
                area += problem.actions[a].cost * take / gain * (left - take / 2.0);
                left -= take;
                done += take;
                if done >= gain {
                    (next, done) = (next + 1, 0.0);
                } else if take <= 0.0 {
                    break;
                }
            }
            let asked = price * mass * part as f64 / PARTS as f64;
            let solved = (mass - upper).max(0.0);
            let steps = if solved > 0.0 { solved * step } else { 0.0 };
            least = least.min((free + asked).max(area + steps + asked + rest[part]));
        }
        least
    }
}

/// Sorts by rate, greatest first. The list comes in the order of a similar case, so insertion is quickest.
fn by_rate(order: &mut [(f64, f64, usize)]) {
    for at in 1..order.len() {
        let item = order[at];
        let mut to = at;
        while to > 0 && order[to - 1].0 < item.0 {
            order[to] = order[to - 1];
            to -= 1;
        }
        order[to] = item;
    }
}

/// Cheapest schedule in which every action removes all that it could remove now.
fn schedule(problem: &Problem, order: &[(f64, f64, usize)], mass: f64, (step, dearest): (f64, f64)) -> f64 {
    let service = problem.service;
    let stop = service - dearest / 2.0;
    // `whole`: actions are indivisible but may overlap below zero. `flow`: they are divisible and stop at zero.
    let (mut spent, mut left) = (0.0, mass);
    let mut whole = service * mass;
    let (mut area, mut flow) = (0.0, stop * mass);
    let mut empty = false;
    for &(_, gain, a) in order {
        if gain <= 0.0 {
            break;
        }
        let cost = problem.actions[a].cost;
        if !empty {
            let part = if gain > left { left / gain } else { 1.0 };
            area += cost * part * (left - gain * part / 2.0);
            flow = f64::min(flow, area + stop * (left - gain * part));
            empty = part < 1.0;
        }
        spent += cost * left;
        left -= gain;
        whole = f64::min(whole, spent + service * left);
    }
    whole.max(flow + step / 2.0)
}

/// P(all answers | cause) for every combination of answers of the questions in `left`, row after row.
fn combinations(problem: &Problem, left: u64) -> Option<Vec<f64>> {
    let lanes = problem.lanes;
    let mut rows = vec![1.0; lanes];
    for (q, ask) in problem.questions.iter().enumerate() {
        if (left >> q) & 1 == 0 {
            continue;
        }
        if rows.len() / lanes * ask.answers > CASES_MAX {
            return None;
        }
        let table = &problem.likelihood[ask.offset..ask.offset + ask.answers * lanes];
        let mut next = Vec::with_capacity(rows.len() * ask.answers);
        for row in rows.chunks_exact(lanes) {
            for answer in table.chunks_exact(lanes) {
                next.extend(row.iter().zip(answer).map(|(x, y)| x * y));
            }
        }
        rows = next;
    }
    Some(rows)
}
