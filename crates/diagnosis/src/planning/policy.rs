//! A whole plan as a tree, and what anybody can recompute about it.

use serde::{Deserialize, Serialize};

use super::case::Case;
use super::model::{Model, PlanError, malformed};
use super::{Question, Step};

/// What to do, and what after that. As JSON: `{"do":"action","index":i,"failed":{…}}`, `{"do":"ask","index":q,"answers":[{…}…]}`,
/// `{"do":"service"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub enum Policy {
    /// Do an action; if it helps, all is well.
    Action {
        /// Position of the action.
        index: usize,
        /// What to do if it did not help.
        failed: Box<Policy>,
    },
    /// Ask a question.
    Ask {
        /// Position of the question.
        index: usize,
        /// What to do on each answer, in their order.
        answers: Vec<Policy>,
    },
    /// Call service.
    Service,
}

impl Policy {
    /// The first step of the tree.
    pub fn step(&self) -> Step {
        match self {
            Policy::Action { index, .. } => Step::Action(*index),
            Policy::Ask { index, .. } => Step::Ask(*index),
            Policy::Service => Step::Service,
        }
    }
}

/// What lies ahead in a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outlook {
    /// Expected cost of repair.
    pub ecr: f64,
    /// Probability that a step solves the problem before service is called.
    pub solved: f64,
    /// Most steps and questions before the end.
    pub steps_most: usize,
}

/// Expected cost of repair of `policy` for a fresh case: recomputed from the definition, by nobody's bounds or tables.
///
/// # Errors
/// A tree that does not fit the model.
pub fn cost_of_policy(model: &Model, policy: &Policy) -> Result<f64, PlanError> {
    cost_of_policy_from(model, &Case::default(), policy)
}

/// Expected cost of repair of `policy` from the situation of `case` on.
///
/// # Errors
/// A tree that does not fit the model, or a case that is impossible.
pub fn cost_of_policy_from(model: &Model, case: &Case, policy: &Policy) -> Result<f64, PlanError> {
    Ok(outlook(model, case, policy)?.ecr)
}

/// What lies ahead in `policy` from the situation of `case` on.
///
/// # Errors
/// A tree that does not fit the model, or a case that is impossible.
pub fn outlook(model: &Model, case: &Case, policy: &Policy) -> Result<Outlook, PlanError> {
    let weights = case.weights_checked(model)?;
    let mass: f64 = weights.iter().sum();
    let open = (0..model.clusters.len()).map(|c| case.is_open(model, c)).collect();
    let all = walk(model, policy, &weights, open)?;
    Ok(Outlook { ecr: all.ecr / mass, solved: (all.solved / mass).min(1.0), steps_most: all.steps_most })
}

/// Costs and chances multiplied by the probability of getting here: sums stay linear.
fn walk(model: &Model, policy: &Policy, weights: &[f64], mut open: Vec<bool>) -> Result<Outlook, PlanError> {
    let mass: f64 = weights.iter().sum();
    let mut entry = |cost: f64, cluster: Option<usize>| {
        let opening = cluster.map_or(0.0, |c| match open.get_mut(c) {
            Some(seen) if !*seen => {
                *seen = true;
                model.clusters.get(c).copied().unwrap_or(0.0)
            }
            Some(_) | None => 0.0,
        });
        (cost + opening) * mass
    };
    match policy {
        Policy::Service => Ok(Outlook { ecr: model.service * mass, solved: 0.0, steps_most: 0 }),
        Policy::Action { index, failed } => {
            let action = model
                .actions
                .get(*index)
                .ok_or_else(|| malformed("policy", format!("action {index} does not exist; there are {}", model.actions.len())))?;
            let cost = entry(action.cost, action.terms.cluster);
            let after: Vec<f64> = weights.iter().zip(&action.repairs).map(|(w, p)| w * (1.0 - p)).collect();
            let solved: f64 = weights.iter().zip(&action.repairs).map(|(w, p)| w * p).sum();
            let rest = walk(model, failed, &after, open)?;
            Ok(Outlook { ecr: cost + rest.ecr, solved: solved + rest.solved, steps_most: rest.steps_most + 1 })
        }
        Policy::Ask { index, answers } => {
            let question = model
                .questions
                .get(*index)
                .ok_or_else(|| malformed("policy", format!("question {index} does not exist; there are {}", model.questions.len())))?;
            if answers.len() != question.width() {
                return Err(malformed(
                    "policy",
                    format!("{} branches for the {} answers of question {index}", answers.len(), question.width()),
                ));
            }
            let mut sum = Outlook { ecr: entry(question.cost, question.terms.cluster), ..Outlook::default() };
            for (k, branch) in answers.iter().enumerate() {
                let rest = walk(model, branch, &after_answer(question, weights, k), open.clone())?;
                sum.ecr += rest.ecr;
                sum.solved += rest.solved;
                sum.steps_most = sum.steps_most.max(rest.steps_most + 1);
            }
            Ok(sum)
        }
    }
}

/// Weights after an answer.
pub(super) fn after_answer(question: &Question, weights: &[f64], k: usize) -> Vec<f64> {
    weights.iter().enumerate().map(|(f, w)| w * question.likelihood(f, k)).collect()
}
