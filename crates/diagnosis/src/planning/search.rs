//! Depth-first AND/OR branch and bound over situations, one step deeper in each round.
//!
//! A situation is the set of failed actions and given answers; its weights are P(cause, situation), so a cost-to-go that is multiplied
//! by the probability of the situation is a plain sum, and nothing is divided. Each round looks `depth` steps ahead and prices what
//! lies beyond by the p/C tail; all that is learnt stays in the table, so each round starts from the last one's bounds.
//!
//! Two neighbouring actions are only looked at in the order that is cheaper for the pair: the other order cannot be part of a best plan
//! (the exchange argument behind p/C). What must not follow at once is passed down as `forbidden`.

mod options;
mod walk;

use super::Limits;
use super::bound::Answers;
use super::compile::Problem;
use super::policy::Policy;
use super::sweep::{self, Sweep};
use super::table::{Entry, Key, Move, Table};
use super::tail::Scratch;

/// How often the caller is asked whether to go on.
const ASK_EVERY: u64 = 8;
/// Rounds beyond the sixth look at least this far: small models are then finished in one go.
const WHOLE: u32 = 16;
/// Situations that the sweep over all of them does in the time of one node; less where steps have terms.
const SWEPT_A_NODE: usize = 100;
const SWEPT_A_NODE_WITH_TERMS: usize = 4;
/// Situations in a sweep for each one that the search may remember: they are that much smaller.
const SWEPT_A_SLOT: usize = 8;
/// Most nodes of a policy tree; branches beyond are finished by p/C without further questions.
const TREE_MAX: usize = 100_000;

/// What the search came to.
pub(super) struct Found {
    pub policy: Policy,
    pub bound: f64,
    pub proven: bool,
    pub depth: u32,
    pub nodes: u64,
}

/// A way to go on from a situation.
#[derive(Clone, Copy)]
struct Way {
    step: Move,
    /// Paid now, times the probability of the situation.
    cost: f64,
    /// No plan that begins so costs less.
    lo: f64,
    /// For an action: what must not follow at once.
    forbidden: u64,
}

pub(super) struct Search<'a> {
    problem: &'a Problem,
    limits: &'a Limits,
    go_on: &'a mut dyn FnMut() -> bool,
    table: Table,
    /// One row of cause weights, and of costs with the cause known, for each level of the recursion.
    weights: Vec<f64>,
    values: Vec<f64>,
    /// For each level and cause, which of its cures were used.
    used: Vec<u16>,
    forbidden: Vec<u64>,
    options: Vec<Way>,
    scratch: Scratch,
    answers: Answers,
    gains: Vec<f64>,
    nodes: u64,
    /// Nodes after which the sweep takes over.
    pause: u64,
    stopped: bool,
    slack: f64,
}

impl<'a> Search<'a> {
    pub fn new(problem: &'a Problem, limits: &'a Limits, go_on: &'a mut dyn FnMut() -> bool) -> Self {
        let levels = problem.actions.len() + problem.questions.len() + 2;
        Search {
            problem,
            limits,
            go_on,
            table: Table::new(limits.table),
            weights: vec![0.0; levels * problem.lanes],
            values: vec![0.0; levels * problem.lanes],
            used: vec![0; levels * problem.lanes],
            forbidden: Vec::new(),
            options: Vec::new(),
            scratch: Scratch::default(),
            answers: Answers::default(),
            gains: Vec::new(),
            nodes: 0,
            pause: u64::MAX,
            stopped: false,
            // Rounding: costs nearer than this count as equal.
            slack: 1e-13 * problem.service,
        }
    }

    pub fn run(mut self) -> Found {
        let problem = self.problem;
        self.weights[..problem.lanes].copy_from_slice(&problem.start);
        for f in 0..problem.lanes {
            self.values[f] = problem.known(f, 0, 0);
        }
        let (root, mass) = (Key::default(), problem.start.iter().sum());
        let root_id = self.touch(0, root, mass, 0).2;
        let full = (problem.actions.len() + problem.questions.len()) as u32 + 1;
        let (mut depth, most) = (0, self.limits.depth.unwrap_or(full).min(full));
        let sweep = self.sweep_price();
        // The search gets a fair chance first: it may finish within a few nodes, and it has an answer at any time.
        self.pause = sweep.map_or(u64::MAX, |price| price / 4 + 1);
        while let Some(id) = root_id {
            if depth >= most || self.closed(self.table.get(id)) {
                break;
            }
            // One deeper at first, then in longer strides: the last rounds find nearly everything in the table.
            let next = (if depth < 6 { depth + 1 } else { (depth + depth / 2).max(WHOLE) }).min(most);
            self.visit(0, root, mass, 0, next, f64::INFINITY);
            self.refresh(0, root, mass, &mut { TREE_MAX });
            if self.stopped {
                break;
            }
            depth = next;
        }
        let (lo, proven) = root_id.map_or((0.0, false), |id| {
            let root = self.table.get(id);
            (root.lo.min(root.hi), self.closed(root))
        });
        if let Some(price) = sweep.filter(|price| !proven && self.nodes + price <= self.limits.nodes)
            && let Some(swept) = Sweep::run(problem, self.go_on)
        {
            let mut left = TREE_MAX;
            let (policy, nodes) = (swept.tree(&mut left), self.nodes + price);
            if left > 0 {
                return Found { policy, bound: (swept.cost() - self.slack).max(0.0) / mass, proven: true, depth: full, nodes };
            }
        }
        let policy = self.tree(0, root, mass, &mut { TREE_MAX });
        Found { policy, bound: (lo - self.slack).max(0.0) / mass, proven, depth, nodes: self.nodes }
    }

    /// What solving all situations would cost, in nodes; `None` where there are too many, or only so many steps are to be looked ahead.
    fn sweep_price(&self) -> Option<u64> {
        let rate = if self.problem.plain { SWEPT_A_NODE } else { SWEPT_A_NODE_WITH_TERMS };
        let all = sweep::situations(self.problem, self.limits.table.saturating_mul(SWEPT_A_SLOT))?;
        self.limits.depth.is_none().then(|| (all / rate) as u64)
    }

    /// What a candidate must stay below to be worth a look.
    fn cut(&self, cap: f64) -> f64 {
        cap * (1.0 - self.limits.tolerance) - self.slack
    }

    fn closed(&self, entry: &Entry) -> bool {
        entry.lo >= self.cut(entry.hi)
    }

    fn row(&self, level: usize) -> std::ops::Range<usize> {
        level * self.problem.lanes..(level + 1) * self.problem.lanes
    }

    /// Writes the weights after a failed action into the next level; returns their sum.
    fn descend_act(&mut self, level: usize, a: usize, key: Key) -> (Key, f64) {
        let (problem, here) = (self.problem, self.row(level));
        let lanes = problem.lanes;
        let (above, below) = self.weights.split_at_mut(here.end);
        let miss = &problem.misses[a * lanes..(a + 1) * lanes];
        let mut mass = 0.0;
        for ((to, from), m) in below[..lanes].iter_mut().zip(&above[here.start..]).zip(miss) {
            *to = from * m;
            mass += *to;
        }
        let after = Key { done: key.done | 1 << a, told: key.told };
        self.values.copy_within(here.clone(), here.end);
        self.used.copy_within(here.clone(), here.end);
        for &(f, bit) in &problem.actions[a].touches {
            let at = here.end + f as usize;
            self.used[at] |= bit;
            self.values[at] = problem.known(f as usize, self.used[at], after.done);
        }
        (after, mass)
    }

    /// Writes the weights after an answer into the next level; returns their sum.
    fn descend_ask(&mut self, level: usize, q: usize, k: usize, key: Key) -> (Key, f64) {
        let (problem, here) = (self.problem, self.row(level));
        let lanes = problem.lanes;
        let ask = &problem.questions[q];
        let (above, below) = self.weights.split_at_mut(here.end);
        let likelihood = &problem.likelihood[ask.offset + k * lanes..ask.offset + (k + 1) * lanes];
        let mut mass = 0.0;
        for ((to, from), l) in below[..lanes].iter_mut().zip(&above[here.start..]).zip(likelihood) {
            *to = from * l;
            mass += *to;
        }
        self.values.copy_within(here.clone(), here.end);
        self.used.copy_within(here.clone(), here.end);
        (Key { done: key.done, told: key.told | ((k as u64 + 1) << ask.shift) }, mass)
    }

    /// What is known of the situation whose weights stand at `level`; a new one gets the quick bounds.
    fn touch(&mut self, level: usize, key: Key, mass: f64, forbidden: u64) -> (f64, f64, Option<u32>) {
        if mass <= 0.0 {
            return (0.0, 0.0, None);
        }
        if let Some(id) = self.table.find(key) {
            let entry = self.table.get_mut(id);
            if entry.forbidden & !forbidden != 0 {
                // Seen before with less to look at: what was learnt about the rest does not hold for all.
                entry.forbidden &= forbidden;
                entry.lo = entry.base;
                entry.depth = 0;
            }
            return (entry.lo, entry.hi, Some(id));
        }
        let here = self.row(level);
        let mut lo: f64 = self.weights[here.clone()].iter().zip(&self.values[here.clone()]).map(|(w, v)| w * v).sum();
        let (mut hi, mut best) = self.scratch.tail(self.problem, &self.weights[here], mass, key);
        if let Some(q) = self.problem.probe(key) {
            // A probe comes first whatever the tail says.
            let cost = self.problem.cost_of_ask(q, key) * mass;
            (lo, hi, best) = (cost, cost, Move::Ask(q as u16));
            for k in 0..self.problem.questions[q].answers {
                let (after, mass) = self.descend_ask(level, q, k, key);
                let below = self.touch(level + 1, after, mass, 0);
                lo += below.0;
                hi += below.1;
            }
        }
        let id = self.table.insert(Entry { key, lo, base: lo, free: lo, hi, forbidden, best, depth: 0, strong: false });
        self.stopped |= id.is_none();
        (lo, hi, id)
    }

    /// Looks `depth` steps ahead from the situation at `level`, as long as its cost may turn out below `limit`.
    fn visit(&mut self, level: usize, key: Key, mass: f64, forbidden: u64, depth: u32, limit: f64) -> (f64, f64) {
        let (lo, hi, id) = self.touch(level, key, mass, forbidden);
        let Some(id) = id else { return (lo, hi) };
        let entry = self.table.get(id);
        if depth == 0 || self.stopped || depth <= u32::from(entry.depth) || lo >= limit || self.closed(entry) {
            return (lo, hi);
        }
        self.nodes += 1;
        let enough = self.nodes >= self.limits.nodes.min(self.pause) || self.table.is_full();
        if enough || (self.nodes.is_multiple_of(ASK_EVERY) && !(self.go_on)()) {
            self.stopped = true;
            return (lo, hi);
        }
        self.expand(id, level, key, mass, depth, limit);
        let entry = self.table.get(id);
        (entry.lo, entry.hi)
    }

    fn expand(&mut self, id: u32, level: usize, key: Key, mass: f64, depth: u32, limit: f64) {
        self.strengthen(id, level, key);
        let entry = *self.table.get(id);
        if entry.lo >= limit || self.closed(&entry) {
            return;
        }
        let start = self.options.len();
        self.gather(level, key, mass, &entry);
        // What looked best so far comes first, so that a search that is cut short has refined what it will advise.
        let lead = |way: &Way| way.step != entry.best;
        self.options[start..].sort_by(|x, y| lead(x).cmp(&lead(y)).then(x.lo.total_cmp(&y.lo)));
        let mut best = entry.hi;
        // Service is always an option; while a probe waits, it is none.
        let mut floor = if self.problem.probe(key).is_some() { f64::INFINITY } else { self.problem.service * mass };
        for at in start..self.options.len() {
            let option = self.options[at];
            if self.stopped || option.lo >= self.cut(best.min(limit)) {
                floor = floor.min(option.lo);
                // The rest is sorted, except for the leader.
                if at > start {
                    break;
                }
                continue;
            }
            let (lo, hi) = match option.step {
                Move::Act(a) => {
                    let (after, rest) = self.descend_act(level, a as usize, key);
                    let room = best.min(limit) - option.cost;
                    let (lo, hi) = self.visit(level + 1, after, rest, option.forbidden, depth - 1, room);
                    (option.cost + lo, option.cost + hi)
                }
                Move::Ask(q) => self.ask(level, q as usize, key, option.cost, depth, best.min(limit)),
                Move::Service => (option.lo, option.lo),
            };
            floor = floor.min(lo.max(option.lo));
            if hi < best - self.slack {
                best = hi;
                let entry = self.table.get_mut(id);
                (entry.hi, entry.best) = (hi, option.step);
            }
        }
        self.options.truncate(start);
        let entry = self.table.get_mut(id);
        entry.lo = entry.lo.max(floor);
        if !self.stopped && floor < limit {
            entry.depth = depth as u16;
        }
    }

    /// The dear lower bound, once for each situation.
    fn strengthen(&mut self, id: u32, level: usize, key: Key) {
        if self.table.get(id).strong {
            return;
        }
        let here = self.row(level);
        let floors = self.answers.floors(self.problem, &self.weights[here.clone()], &self.values[here], key);
        let entry = self.table.get_mut(id);
        entry.strong = true;
        entry.free = entry.free.max(floors.free);
        entry.base = entry.base.max(floors.paid);
        entry.lo = entry.lo.max(floors.paid);
    }

    /// A question with all its answers.
    fn ask(&mut self, level: usize, q: usize, key: Key, cost: f64, depth: u32, cap: f64) -> (f64, f64) {
        let many = self.problem.questions[q].answers;
        let mut known = [(0.0, 0.0); super::model::ANSWERS_MAX];
        let (mut lo, mut hi) = (cost, cost);
        for (k, seen) in known.iter_mut().enumerate().take(many) {
            let (after, mass) = self.descend_ask(level, q, k, key);
            let (l, h, _) = self.touch(level + 1, after, mass, 0);
            *seen = (l, h);
            lo += l;
            hi += h;
        }
        for (k, (l, h)) in known.into_iter().enumerate().take(many) {
            if self.stopped || lo >= self.cut(cap) {
                break;
            }
            let (after, mass) = self.descend_ask(level, q, k, key);
            let room = cap - (lo - l);
            let (new_lo, new_hi) = self.visit(level + 1, after, mass, 0, depth - 1, room);
            lo += new_lo - l;
            hi += new_hi - h;
        }
        (lo, hi)
    }
}
