//! Troubleshooting policies against the optimum on generated models: `cargo run --release -p posdx-diagnosis --example plan_bench`.
//!
//! Seven families of models, seeds of our own. For each policy the mean excess over the optimal expected cost of repair in percent, and
//! the worst. Every policy but the two fixed ones is realised as a tree and priced by `cost_of_policy`. Arguments: models a column
//! (40), milliseconds a decision (5).
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::time::{Duration, Instant};

use posdx_diagnosis::planning::{Action, Case, Limits, Model, Policy, Question, Step, cost_of_policy, plan};

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }
    fn pick(&mut self, many: usize) -> usize {
        (self.next() * many as f64) as usize % many
    }
    fn distribution(&mut self, many: usize, power: f64) -> Vec<f64> {
        let raw: Vec<f64> = (0..many).map(|_| self.between(0.02, 1.0).powf(power)).collect();
        let sum: f64 = raw.iter().sum();
        raw.iter().map(|x| x / sum).collect()
    }
}

#[derive(Clone, Copy)]
struct Family {
    name: &'static str,
    actions: usize,
    questions: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Independent,
    Dependent,
    Perfect,
    CheapService,
}

const FAMILIES: [Family; 7] = [
    Family { name: "indep. 8a", actions: 8, questions: 0, kind: Kind::Independent },
    Family { name: "depend. 9a", actions: 9, questions: 0, kind: Kind::Dependent },
    Family { name: "depend. 13a", actions: 13, questions: 0, kind: Kind::Dependent },
    Family { name: "9a+2q", actions: 9, questions: 2, kind: Kind::Dependent },
    Family { name: "10a+4q", actions: 10, questions: 4, kind: Kind::Dependent },
    Family { name: "perfect 12a+3q", actions: 12, questions: 3, kind: Kind::Perfect },
    Family { name: "cheap service 10a+4q", actions: 10, questions: 4, kind: Kind::CheapService },
];

fn generate(family: Family, seed: u64) -> Model {
    let mut dice = Dice(
        0xD1A6_0000
            ^ seed.wrapping_mul(0x1_0001)
            ^ ((family.actions as u64) << 40)
            ^ ((family.questions as u64) << 48)
            ^ ((family.kind as u64) << 56),
    );
    let causes = if family.kind == Kind::Independent { family.actions } else { family.actions + 2 };
    let prior = dice.distribution(causes, 2.0);
    let mut actions = Vec::new();
    for a in 0..family.actions {
        let mut repairs = vec![0.0; causes];
        let strength = |dice: &mut Dice| if family.kind == Kind::Perfect { 1.0 } else { dice.between(0.4, 1.0) };
        repairs[a % causes] = strength(&mut dice);
        if family.kind != Kind::Independent {
            for _ in 0..dice.pick(4) {
                let f = dice.pick(causes);
                repairs[f] = strength(&mut dice);
            }
        }
        actions.push(Action { cost: dice.between(0.0, 3.0).exp(), repairs, ..Action::default() });
    }
    let mut questions = Vec::new();
    for _ in 0..family.questions {
        let width = 2 + dice.pick(2);
        let noise = dice.between(0.02, 0.3);
        let answers = (0..causes)
            .map(|_| {
                let told = dice.pick(width);
                (0..width).map(|k| if k == told { 1.0 - noise } else { noise / (width - 1) as f64 }).collect()
            })
            .collect();
        questions.push(Question { cost: dice.between(0.2, 3.0), answers, ..Question::default() });
    }
    let service = match family.kind {
        Kind::Independent | Kind::Dependent => dice.between(60.0, 120.0),
        Kind::Perfect => dice.between(60.0, 250.0),
        Kind::CheapService => dice.between(10.0, 25.0),
    };
    Model { prior, actions, questions, service, clusters: Vec::new() }
}

/// Sequence of all actions by p/C, updated or not, as a tree with the best stop.
fn by_rate(model: &Model, weights: &[f64], done: &[usize], updated: bool) -> (f64, Policy) {
    let mut w = weights.to_vec();
    let mut left: Vec<usize> = (0..model.actions.len()).filter(|a| !done.contains(a)).collect();
    let rate = |w: &[f64], a: usize| w.iter().zip(&model.actions[a].repairs).map(|(w, p)| w * p).sum::<f64>() / model.actions[a].cost;
    let mut order = Vec::new();
    let (mut spent, mut best) = (0.0, (model.service * w.iter().sum::<f64>(), 0));
    while !left.is_empty() {
        let basis: &[f64] = if updated { &w } else { weights };
        let slot = (0..left.len()).reduce(|x, y| if rate(basis, left[y]) > rate(basis, left[x]) { y } else { x }).unwrap_or(0);
        let a = left.remove(slot);
        spent += model.actions[a].cost * w.iter().sum::<f64>();
        w.iter_mut().zip(&model.actions[a].repairs).for_each(|(w, p)| *w *= 1.0 - p);
        order.push(a);
        let stop = spent + model.service * w.iter().sum::<f64>();
        if stop < best.0 {
            best = (stop, order.len());
        }
    }
    let tree = order[..best.1].iter().rev().fold(Policy::Service, |rest, a| Policy::Action { index: *a, failed: Box::new(rest) });
    (best.0, tree)
}

/// Asks whatever tells most about the cause, as long as it tells 0.1 bit, then p/C.
fn entropy_first(model: &Model, weights: &[f64], asked: &mut Vec<usize>) -> Policy {
    let entropy = |w: &[f64]| {
        let sum: f64 = w.iter().sum();
        w.iter().filter(|x| **x > 0.0).map(|x| -x * (x / sum).log2()).sum::<f64>()
    };
    let after = |q: usize, k: usize| weights.iter().zip(&model.questions[q].answers).map(|(w, row)| w * row[k]).collect::<Vec<f64>>();
    let told = |q: usize| entropy(weights) - (0..model.questions[q].width()).map(|k| entropy(&after(q, k))).sum::<f64>();
    let best = (0..model.questions.len()).filter(|q| !asked.contains(q)).map(|q| (told(q), q)).reduce(|x, y| if y.0 > x.0 { y } else { x });
    match best {
        Some((gain, q)) if gain > 0.1 * weights.iter().sum::<f64>() => {
            asked.push(q);
            let answers = (0..model.questions[q].width()).map(|k| entropy_first(model, &after(q, k), asked)).collect();
            asked.pop();
            Policy::Ask { index: q, answers }
        }
        _ => by_rate(model, weights, &[], true).1,
    }
}

/// The tree that comes from planning anew at every node with `limits` and a time for each decision.
fn realised(model: &Model, case: &Case, mass: f64, limits: &Limits, each: Option<Duration>, slowest: &mut Duration) -> Policy {
    if mass < 1e-12 {
        return Policy::Service;
    }
    let begin = Instant::now();
    let made = plan(model, case, limits, &mut || each.is_none_or(|each| begin.elapsed() < each)).expect("a sound model");
    *slowest = (*slowest).max(begin.elapsed());
    match made.next {
        Step::Service => Policy::Service,
        Step::Action(index) => {
            let mut next = case.clone();
            next.failed.push(index);
            let mass = mass_of(model, &next);
            Policy::Action { index, failed: Box::new(realised(model, &next, mass, limits, each, slowest)) }
        }
        Step::Ask(index) => {
            let branch = |k: usize, slowest: &mut Duration| {
                let mut next = case.clone();
                next.told.push((index, Some(k)));
                let mass = mass_of(model, &next);
                realised(model, &next, mass, limits, each, slowest)
            };
            Policy::Ask { index, answers: (0..model.questions[index].width()).map(|k| branch(k, slowest)).collect() }
        }
    }
}

fn mass_of(model: &Model, case: &Case) -> f64 {
    (0..model.prior.len())
        .map(|f| {
            let failed: f64 = case.failed.iter().map(|a| 1.0 - model.actions[*a].repairs[f]).product();
            let told: f64 = case.told.iter().map(|(q, k)| k.map_or(1.0, |k| model.questions[*q].answers[f][k])).product();
            model.prior[f] * failed * told
        })
        .sum()
}

const ROWS: [&str; 9] = [
    "call service at once",
    "p/C, fixed order",
    "p/C, updated",
    "entropy first, then p/C",
    "myopic ECO",
    "2-step lookahead",
    "3-step lookahead",
    "anytime, re-planned",
    "anytime, its first tree",
];

fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|x| x.parse::<u64>().ok());
    let (many, each) = (arguments.next().unwrap_or(40), Duration::from_millis(arguments.next().unwrap_or(5)));
    let mut rows: Vec<String> = ROWS.iter().map(|r| format!("| {r} |")).collect();
    let (mut exact_row, mut first_row, mut node_row, mut worst_decision) = (
        "| exact, ms a model (worst) |".to_owned(),
        "| first advice (depth 1), ms (worst) |".to_owned(),
        "| exact, nodes (worst) |".to_owned(),
        Duration::ZERO,
    );
    let only = std::env::args().nth(3);
    for family in FAMILIES {
        if only.as_ref().is_some_and(|name| !family.name.starts_with(name.as_str())) {
            continue;
        }
        let mut excess: Vec<Vec<f64>> = vec![Vec::new(); ROWS.len()];
        let (mut exact_ms, mut first_ms, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
        for seed in 0..many {
            let model = generate(family, seed);
            let limits = Limits::default();
            let begin = Instant::now();
            let exact = plan(&model, &Case::default(), &limits, &mut || true).expect("a sound model");
            exact_ms.push(begin.elapsed().as_secs_f64() * 1e3);
            nodes.push(exact.nodes as f64);
            assert!(exact.proven, "{} {seed}: not proven", family.name);
            let begin = Instant::now();
            plan(&model, &Case::default(), &Limits { depth: Some(1), ..limits.clone() }, &mut || true).expect("a sound model");
            first_ms.push(begin.elapsed().as_secs_f64() * 1e3);
            let begin = Instant::now();
            let quick = plan(&model, &Case::default(), &limits, &mut || begin.elapsed() < each).expect("a sound model");
            assert!(quick.bound <= exact.ecr + 1e-9 && exact.ecr <= quick.ecr + 1e-9, "{} {seed}: the bound does not hold", family.name);
            let look = |depth: u32| {
                realised(&model, &Case::default(), 1.0, &Limits { depth: Some(depth), ..limits.clone() }, None, &mut Duration::default())
            };
            let trees = [
                Policy::Service,
                by_rate(&model, &model.prior, &[], false).1,
                by_rate(&model, &model.prior, &[], true).1,
                entropy_first(&model, &model.prior, &mut Vec::new()),
                look(1),
                look(2),
                look(3),
                realised(&model, &Case::default(), 1.0, &limits, Some(each), &mut worst_decision),
                quick.policy,
            ];
            for (tree, list) in trees.iter().zip(&mut excess) {
                let cost = cost_of_policy(&model, tree).expect("a tree of this model");
                list.push((cost / exact.ecr - 1.0) * 100.0);
            }
        }
        let mean = |list: &[f64]| list.iter().sum::<f64>() / list.len() as f64;
        let worst = |list: &[f64]| list.iter().copied().fold(0.0, f64::max);
        for (row, list) in rows.iter_mut().zip(&excess) {
            row.push_str(&format!(" {:.3} ({:.2}) |", mean(list).abs(), worst(list)));
        }
        exact_row.push_str(&format!(" {:.2} ({:.1}) |", mean(&exact_ms), worst(&exact_ms)));
        first_row.push_str(&format!(" {:.3} ({:.2}) |", mean(&first_ms), worst(&first_ms)));
        node_row.push_str(&format!(" {:.0} ({:.0}) |", mean(&nodes), worst(&nodes)));
        eprintln!("{} done", family.name);
    }
    println!("Mean excess over the optimum in % (worst), {many} models a column; anytime at {} ms a decision.", each.as_millis());
    println!("| policy |{}", FAMILIES.map(|f| format!(" {} |", f.name)).concat());
    println!("|---|{}", "---|".repeat(FAMILIES.len()));
    for row in rows.iter().chain([&exact_row, &node_row, &first_row]) {
        println!("{row}");
    }
    println!("Slowest single decision of the re-planned policy: {:.2} ms.", worst_decision.as_secs_f64() * 1e3);
}
