//! Why this step comes next: its chance, its cost, what it rules out, what going without it would cost, and when to stop.

use super::case::Case;
use super::model::{Model, PlanError};
use super::policy::{Policy, after_answer, outlook};
use super::{Limits, Plan, Step, plan};

/// The case for the next step of a plan, in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Reasons {
    /// The step.
    pub step: Step,
    /// For an action: the probability that it solves the problem now. 0 for a question, 1 for service.
    pub chance: f64,
    /// What it costs now, with the opening of its cluster.
    pub cost: f64,
    /// Expected cost of repair with it.
    pub ecr: f64,
    /// Expected cost of repair if it were forbidden; equal to `ecr` for service, which nobody can forbid.
    pub ecr_without: f64,
    /// What no plan without it can beat: if this is above `ecr`, the step is certainly worth its place.
    pub bound_without: f64,
    /// For an action: the causes before it and after it failed, greatest change first. What it rules out has a small `after`.
    pub if_failed: Vec<CauseShift>,
    /// For a question: what each answer would change.
    pub answers: Vec<AnswerSeen>,
    /// When to stop trying and call.
    pub stop: StopRule,
}

/// How the probability of a cause moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CauseShift {
    /// Position of the cause.
    pub cause: usize,
    /// Probability now.
    pub before: f64,
    /// Probability then.
    pub after: f64,
}

/// What an answer would mean.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerSeen {
    /// Probability of the answer.
    pub chance: f64,
    /// What to do then.
    pub then: Step,
    /// How the causes move, greatest change first.
    pub shifts: Vec<CauseShift>,
}

/// When to stop trying.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StopRule {
    /// Most steps and questions before service.
    pub steps_most: usize,
    /// Probability that it ends with service.
    pub service_chance: f64,
    /// What calling service at once costs.
    pub service_cost: f64,
}

/// The reasons for the next step of `made`, a plan of the same model and case.
///
/// Needs one more search, with the step forbidden; `limits` and `go_on` are its budget.
///
/// # Errors
/// As [`plan`].
pub fn reasons(model: &Model, case: &Case, made: &Plan, limits: &Limits, go_on: &mut dyn FnMut() -> bool) -> Result<Reasons, PlanError> {
    model.check()?;
    case.check(model)?;
    let mut weights = case.weights_checked(model)?;
    let mass: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= mass);
    let ahead = outlook(model, case, &made.policy)?;
    let mut without = case.clone();
    let (mut chance, mut cost) = (1.0, model.service);
    let (mut if_failed, mut answers) = (Vec::new(), Vec::new());
    let opening = |cluster: Option<usize>| match cluster {
        Some(c) if !case.is_open(model, c) => model.clusters.get(c).copied().unwrap_or(0.0),
        Some(_) | None => 0.0,
    };
    match &made.policy {
        Policy::Service => {}
        Policy::Action { index, .. } => {
            without.excluded_actions.push(*index);
            if let Some(action) = model.actions.get(*index) {
                chance = weights.iter().zip(&action.repairs).map(|(w, p)| w * p).sum();
                cost = action.cost + opening(action.terms.cluster);
                let after: Vec<f64> = weights.iter().zip(&action.repairs).map(|(w, p)| w * (1.0 - p)).collect();
                if_failed = shifts(&weights, &after);
            }
        }
        Policy::Ask { index, answers: branches } => {
            without.excluded_questions.push(*index);
            chance = 0.0;
            if let Some(question) = model.questions.get(*index) {
                cost = question.cost + opening(question.terms.cluster);
                for (k, branch) in branches.iter().enumerate() {
                    let after = after_answer(question, &weights, k);
                    answers.push(AnswerSeen { chance: after.iter().sum(), then: branch.step(), shifts: shifts(&weights, &after) });
                }
            }
        }
    }
    let (ecr_without, bound_without) = if without == *case {
        (made.ecr, made.bound)
    } else {
        let other = plan(model, &without, &Limits { confidence: 0.0, ..limits.clone() }, go_on)?;
        (other.ecr, other.bound)
    };
    let stop = StopRule { steps_most: ahead.steps_most, service_chance: 1.0 - ahead.solved, service_cost: model.service };
    Ok(Reasons { step: made.policy.step(), chance, cost, ecr: made.ecr, ecr_without, bound_without, if_failed, answers, stop })
}

/// From probabilities and unnormalised weights to how each cause moves. Ties stay in the order of the causes.
fn shifts(before: &[f64], after: &[f64]) -> Vec<CauseShift> {
    let mass: f64 = after.iter().sum();
    let share = |w: f64| if mass > 0.0 { w / mass } else { 0.0 };
    let mut list: Vec<CauseShift> =
        before.iter().zip(after).enumerate().map(|(cause, (b, a))| CauseShift { cause, before: *b, after: share(*a) }).collect();
    list.retain(|s| s.before > 0.0);
    list.sort_by(|x, y| (y.after - y.before).abs().total_cmp(&(x.after - x.before).abs()));
    list
}
