//! The knowledge as the engine sees it: no question in vain, no two causes that nothing tells apart.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use std::collections::BTreeSet;

use posdx_diagnosis::{Action, order};
use posdx_embedded::catalogue;
use posdx_explain::explain_condition;
use posdx_explain::repair::Model;

fn models() -> Vec<Model> {
    catalogue()
        .conditions()
        .filter_map(|c| Model::compile(catalogue(), &explain_condition(catalogue(), &c.id)?, &[]))
        .filter(|m| m.causes.len() > 1)
        .collect()
}

/// The steps in order of updated chance per cost, for causes with these weights.
fn plan(model: &Model, weights: &[f64]) -> Vec<usize> {
    let total: f64 = weights.iter().sum();
    let p: Vec<f64> = weights.iter().map(|w| w / total).collect();
    let actions: Vec<Action> = model
        .repairs
        .iter()
        .zip(&model.step_cost)
        .map(|(r, c)| Action { cost: *c, repairs: r.iter().copied().enumerate().filter(|(_, p)| *p > 0.0).collect() })
        .collect();
    order(&p, &actions, model.service).stages.iter().map(|s| s.action).collect()
}

/// A question whose answers change no step's rank, for any condition that it belongs to, wastes somebody's time.
#[test]
fn every_question_moves_a_step_somewhere() {
    let models = models();
    let mut moving = BTreeSet::new();
    let mut asked = BTreeSet::new();
    for model in &models {
        let before = plan(model, &model.prior);
        for (q, question) in model.questions.iter().enumerate() {
            asked.insert(question.id.clone());
            if moving.contains(&question.id) {
                continue;
            }
            let moved = (0..question.answers.len()).any(|a| {
                let weights: Vec<f64> = model.prior.iter().zip(&model.answers[q]).map(|(p, row)| p * row[a]).collect();
                plan(model, &weights) != before
            });
            if moved {
                moving.insert(question.id.clone());
            }
        }
    }
    let idle: Vec<&String> = asked.difference(&moving).collect();
    assert!(idle.is_empty(), "{idle:?}");
    let unused: Vec<String> = catalogue().questions().map(|q| q.id).filter(|id| !asked.contains(id)).collect();
    assert!(unused.is_empty(), "no condition asks {unused:?}");
}

/// Two causes of one condition that need different repair must be told apart by a question, or by a step that repairs the one and not the
/// other and that somebody on the spot can take.
#[test]
fn causes_that_need_different_repair_can_be_told_apart() {
    const APART: f64 = 0.15;
    let mut together = BTreeSet::new();
    for model in &models() {
        let named = |f: usize| !matches!(model.causes[f].id.as_str(), "other" | "transient");
        let inseparable = |f: usize, g: usize| {
            let (f, g) = (&model.causes[f].id, &model.causes[g].id);
            model.condition.inseparable.iter().any(|[x, y]| (x == f && y == g) || (x == g && y == f))
        };
        for f in (0..model.causes.len()).filter(|f| named(*f)) {
            for g in (f + 1..model.causes.len()).filter(|g| named(*g)) {
                let best = |f: usize| (0..model.steps.len()).max_by(|a, b| model.repairs[*a][f].total_cmp(&model.repairs[*b][f]));
                if best(f) == best(g) || inseparable(f, g) {
                    continue;
                }
                let by_question = model.answers.iter().any(|rows| {
                    let apart: f64 = rows[f].iter().zip(&rows[g]).map(|(x, y)| (x - y).abs()).sum();
                    apart / 2.0 >= APART
                });
                let by_step = model.repairs.iter().zip(&model.step_cost).any(|(r, cost)| *cost <= 15.0 && (r[f] - r[g]).abs() >= 0.4);
                if !by_question && !by_step {
                    together.insert(format!("{}: {} and {}", model.condition.id, model.causes[f].id, model.causes[g].id));
                }
            }
        }
    }
    let list: Vec<String> = together.into_iter().collect();
    assert!(list.is_empty(), "{} pairs:\n{}", list.len(), list.join("\n"));
}
