//! The next step: what is cheapest in the end, given everything that is known.

use posdx_diagnosis::{Action, order};

use super::model::Model;
use super::session::Next;

/// The engine's advice.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// What to do next: do, ask or call.
    pub next: Next,
    /// Expected cost until it works, in weighted minutes.
    pub ecr: f64,
    /// No plan can cost less.
    pub bound: f64,
    /// What it would cost without this next step.
    pub without: Option<f64>,
    /// Probability that the step helps, or of each answer.
    pub chance: f64,
}

/// Advises. `weight` are the causes' weights, `excluded` the steps that are done or barred, `asked` the questions that are answered.
pub fn advise(model: &Model, weight: &[f64], excluded: &[bool], asked: &[bool], _budget: &mut dyn FnMut() -> bool) -> Advice {
    let total: f64 = weight.iter().sum();
    let p: Vec<f64> = weight.iter().map(|w| w / total).collect();
    let actions: Vec<usize> = (0..model.steps.len()).filter(|s| !excluded[*s]).collect();
    let list: Vec<Action> = actions
        .iter()
        .map(|s| Action {
            cost: model.step_cost[*s],
            repairs: model.repairs[*s].iter().copied().enumerate().filter(|(_, p)| *p > 0.0).collect(),
        })
        .collect();
    let plain = order(&p, &list, model.service);
    let mut best = (plain.expected_cost, plain.stages.first().map_or(Next::Call, |s| Next::Do(actions[s.action])));
    for q in (0..model.questions.len()).filter(|q| !asked[*q]) {
        let answers = model.questions[q].answers.len();
        let mut cost = model.question_cost[q];
        for a in 0..answers {
            let joint: Vec<f64> = p.iter().zip(&model.answers[q]).map(|(p, row)| p * row[a]).collect();
            cost += order(&joint, &list, model.service).expected_cost;
        }
        if cost < best.0 - 1e-9 {
            best = (cost, Next::Ask(q));
        }
    }
    let chance = match &best.1 {
        Next::Do(s) => p.iter().zip(&model.repairs[*s]).map(|(p, r)| p * r).sum(),
        _ => 0.0,
    };
    Advice { next: best.1, ecr: best.0, bound: 0.0, without: None, chance }
}
