//! What guided repair saves on the shipped knowledge: expected cost of each condition under the planner's advice, under the fixed list of
//! remedies that the founding article gives, and under updated p/C without questions.
//!
//! `cargo run --release -p posdx-explain --example repair`
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a measurement, run by hand")]

use std::time::Instant;

use posdx_diagnosis::planning::{Action, Case, Limits, Model as Plain, Question, plan};
use posdx_diagnosis::{Action as Simple, order};
use posdx_embedded::catalogue;
use posdx_explain::explain_condition;
use posdx_explain::repair::Model;

/// The article's own order of remedies: check the network, restart, upgrade or downgrade, look at the hardware, then call.
const ARTICLE: &[&str] = &["signal", "network", "router", "restart", "update", "upgrade", "downgrade", "cable", "printer", "clean"];

/// Expected cost of steps in a fixed order, stopping for service after the last.
fn fixed(model: &Model, order: &[usize]) -> f64 {
    let mut weight = model.prior.clone();
    let mut cost = 0.0;
    for s in order {
        cost += model.step_cost[*s] * weight.iter().sum::<f64>();
        for (w, p) in weight.iter_mut().zip(&model.repairs[*s]) {
            *w *= 1.0 - p;
        }
    }
    cost + model.service * weight.iter().sum::<f64>()
}

fn main() {
    let (mut rows, mut slowest, mut time) = (Vec::new(), 0.0f64, 0.0);
    let mut posterior_ns = f64::MAX;
    for condition in catalogue().conditions() {
        let Some(reading) = explain_condition(catalogue(), &condition.id) else { continue };
        let Some(model) = Model::compile(catalogue(), &reading, &[]) else { continue };
        if model.causes.len() < 2 || model.steps.len() < 2 {
            continue;
        }
        let plain = Plain {
            prior: model.prior.clone(),
            actions: model
                .repairs
                .iter()
                .zip(&model.step_cost)
                .map(|(r, c)| Action { cost: *c, repairs: r.clone(), ..Action::default() })
                .collect(),
            questions: model
                .answers
                .iter()
                .zip(&model.question_cost)
                .map(|(a, c)| Question { cost: *c, answers: a.clone(), ..Question::default() })
                .collect(),
            service: model.service,
            clusters: Vec::new(),
        };
        let start = Instant::now();
        let mut left = 200_000u32;
        let made = plan(&plain, &Case::default(), &Limits { tolerance: 0.005, ..Limits::default() }, &mut || {
            left = left.saturating_sub(1);
            left > 0 && start.elapsed().as_millis() < 20
        });
        let Ok(made) = made else { continue };
        let took = start.elapsed().as_secs_f64() * 1e3;
        slowest = slowest.max(took);
        time += took;
        // The article's list, as far as it names steps of this condition; then service, as the article has it.
        let rank = |s: &usize| ARTICLE.iter().position(|w| model.steps[*s].id.contains(w)).unwrap_or(ARTICLE.len());
        let mut listed: Vec<usize> =
            (0..model.steps.len()).filter(|s| rank(s) < ARTICLE.len() && model.step_cost[*s] < model.service).collect();
        listed.sort_by_key(rank);
        let simple: Vec<Simple> = model
            .repairs
            .iter()
            .zip(&model.step_cost)
            .map(|(r, c)| Simple { cost: *c, repairs: r.iter().copied().enumerate().filter(|(_, p)| *p > 0.0).collect() })
            .collect();
        let updated = order(&model.prior, &simple, model.service).expected_cost;
        rows.push((condition.id, made.ecr, made.bound, updated, fixed(&model, &listed)));
        // A posterior: the prior times the likelihoods of three answers.
        let mut out = model.prior.clone();
        let tries = 20_000;
        let begin = Instant::now();
        for i in 0..tries {
            out.copy_from_slice(&model.prior);
            for rows in model.answers.iter().take(3) {
                for (w, row) in out.iter_mut().zip(rows) {
                    *w *= row[i % row.len().max(1)];
                }
            }
            let total: f64 = out.iter().sum();
            out.iter_mut().for_each(|w| *w /= total);
            std::hint::black_box(&out);
        }
        posterior_ns = posterior_ns.min(begin.elapsed().as_secs_f64() * 1e9 / f64::from(tries as u32));
    }
    let saved = |r: &(String, f64, f64, f64, f64)| 1.0 - r.1 / r.4;
    rows.sort_by(|a, b| saved(b).total_cmp(&saved(a)));
    println!("condition                               guided   bound   p/C   article   saved");
    for r in &rows {
        println!("{:38} {:7.1} {:7.1} {:7.1} {:7.1} {:6.0} %", r.0, r.1, r.2, r.3, r.4, saved(r) * 100.0);
    }
    let sum = |f: fn(&(String, f64, f64, f64, f64)) -> f64| rows.iter().map(f).sum::<f64>();
    let (guided, bound, updated, article) = (sum(|r| r.1), sum(|r| r.2), sum(|r| r.3), sum(|r| r.4));
    println!(
        "\n{} conditions: guided {guided:.0} (no plan below {bound:.0}), p/C {updated:.0}, article {article:.0} weighted minutes",
        rows.len()
    );
    println!(
        "saved against the article's order: {:.1} %; against p/C without questions: {:.1} %",
        (1.0 - guided / article) * 100.0,
        (1.0 - guided / updated) * 100.0
    );
    let below = rows.iter().filter(|r| saved(r) < 0.20).count();
    println!("conditions with less than 20 % saved: {below}");
    println!(
        "plans: {:.1} ms on average, {slowest:.1} ms at worst; posterior of three answers from {posterior_ns:.0} ns",
        time / rows.len() as f64
    );
}
