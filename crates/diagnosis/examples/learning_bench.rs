//! How well learning learns: invented worlds, 2,000 closed cases, four in ten with their cause confirmed.
//!
//! `cargo run --release -p posdx-diagnosis --example learning_bench [SEEDS]`

#![allow(clippy::disallowed_methods, reason = "an example takes the time and prints")]

use posdx_diagnosis::learning::synthetic::{Shape, World};
use posdx_diagnosis::learning::{Chance, Knowledge, Moment, Settings, apply, calibrate, compare_costs, learn};
use std::time::Instant;

const TODAY: i64 = 20_781;

struct Figures {
    ece: f64,
    excess: f64,
    cost: f64,
}

fn main() {
    let seeds: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(20);
    println!("ECE of the likeliest cause, log loss at the first advice, cost by updated p/C; 20,000 held-out cases per world.");
    for conditions in [1, 4, 8] {
        let shape = Shape { conditions, ..Shape::default() };
        println!("\n{conditions} condition(s), {} causes + transient each, {} vendors", shape.causes, shape.vendors);
        println!(
            "{:>5} {:<8} {:>8} {:>8} {:>7} {:>15} {:>8} {:>6} {:>6} {:>9} {:>9} {:>7} {:>6}",
            "seed", "model", "logloss", "excess%", "ECE", "interval", "Brier", "top1", "top3", "predicted", "realised", "ratio", "z"
        );
        let mut all = Vec::new();
        for seed in 1..=seeds {
            all.push(world(seed, &shape));
        }
        let n = all.len().max(1) as f64;
        let mean = |f: fn(&Figures) -> f64| all.iter().map(f).sum::<f64>() / n;
        let worst = |f: fn(&Figures) -> f64| all.iter().map(f).fold(0.0, |a: f64, b| a.max(b.abs()));
        let within = |f: fn(&Figures) -> f64, bar: f64| all.iter().filter(|w| f(w).abs() <= bar).count();
        println!("learned, {} worlds:", all.len());
        println!(
            "  ECE                   mean {:.4}, worst {:.4}, at most 0.03 in {}",
            mean(|f| f.ece),
            worst(|f| f.ece),
            within(|f| f.ece, 0.03)
        );
        println!(
            "  log loss over truth   mean {:.2} %, worst {:.2} %, at most 2 % in {}",
            mean(|f| f.excess),
            worst(|f| f.excess),
            within(|f| f.excess, 2.0)
        );
        println!(
            "  realised - predicted  mean {:+.2} %, mean size {:.2} %, worst {:.2} %, at most 3 % in {}",
            mean(|f| f.cost),
            mean(|f| f.cost.abs()),
            worst(|f| f.cost),
            within(|f| f.cost, 3.0)
        );
    }
}

fn world(seed: u64, shape: &Shape) -> Figures {
    let mut chance = Chance::new(seed);
    let world = World::new(shape, &mut chance);
    let cases = world.cases("learn", 2_000, 0.4, TODAY, &mut chance);
    let held = world.cases("held", 20_000, 1.0, TODAY, &mut chance);
    let start = Instant::now();
    let learned = learn(&world.expert, &cases, &Settings::new(TODAY)).expect("the invented knowledge holds together");
    let took = start.elapsed();
    let overlay = learned.overlay.only(0.005, 5.0);
    let applied = apply(&world.expert, &overlay);
    assert!(applied.ignored.is_empty());
    let mut show = |name: &str, knowledge: &Knowledge, best: Option<f64>| {
        let c = calibrate(knowledge, &held, Moment::FirstAdvice, &mut chance).expect("the invented knowledge holds together");
        let cost = compare_costs(&world.costs(knowledge, &held, &mut chance));
        let excess = best.map_or(0.0, |best| 100.0 * (c.log_loss / best - 1.0));
        let ratio = cost.realised / cost.predicted;
        let interval = format!("{:.4}-{:.4}", c.ece.low, c.ece.high);
        println!(
            "{seed:>5} {name:<8} {:>8.4} {excess:>+8.2} {:>7.4} {interval:>15} {:>8.4} {:>6.3} {:>6.3} {:>9.2} {:>9.2} {ratio:>7.4} {:>+6.1}",
            c.log_loss, c.ece.value, c.brier, c.top1, c.top3, cost.predicted, cost.realised, cost.z
        );
        (c.log_loss, Figures { ece: c.ece.value, excess, cost: 100.0 * (ratio - 1.0) })
    };
    let best = show("truth", &world.truth, None).0;
    show("expert", &world.expert, Some(best));
    let figures = show("learned", &applied.knowledge, Some(best)).1;
    let lines = overlay.to_toml().lines().count();
    let iterations: Vec<usize> = learned.rounds.iter().map(|r| r.objective.len()).collect();
    println!(
        "      learned in {took:.1?}; iterations {iterations:?}, all converged: {}; overlay {lines} lines",
        learned.rounds.iter().all(|r| r.converged)
    );
    figures
}
