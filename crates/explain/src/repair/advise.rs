//! The next step: what is cheapest in the end, given everything that is known. The planner of the crate `diagnosis` decides; this file
//! only says what the catalogue's steps and questions are to it.

use posdx_diagnosis::planning::{Action, Case, Limits, Model as Plain, Plan, Question, Step, Terms, plan, reasons};

use super::model::Model;
use super::session::Next;

/// Relative gap at which the search is content: nobody feels a hundredth of a minute.
const TOLERANCE: f64 = 0.005;
/// Situations looked into at most, whatever the budget: bounds the work where no clock does.
const NODES_MAX: u64 = 200_000;
/// Situations remembered.
const TABLE: usize = 1 << 16;

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
    /// Probability that the step helps.
    pub chance: f64,
    /// Probability that all of it ends with a call for help.
    pub service: f64,
}

/// Advises. `weight` are the causes' weights, `excluded` the steps that are done or barred, `asked` the questions that are answered.
pub fn advise(model: &Model, weight: &[f64], excluded: &[bool], asked: &[bool], budget: &mut dyn FnMut() -> bool) -> Advice {
    let total: f64 = weight.iter().sum();
    let plain = Plain {
        prior: weight.iter().map(|w| w / total).collect(),
        actions: model
            .repairs
            .iter()
            .zip(&model.step_cost)
            .map(|(repairs, cost)| Action { cost: *cost, repairs: repairs.clone(), terms: Terms::default() })
            .collect(),
        questions: model
            .answers
            .iter()
            .zip(&model.question_cost)
            .map(|(answers, cost)| Question { cost: *cost, answers: answers.clone(), probe: false, terms: Terms::default() })
            .collect(),
        service: model.service,
        clusters: Vec::new(),
    };
    let listed = |flags: &[bool]| flags.iter().enumerate().filter(|f| *f.1).map(|f| f.0).collect();
    // What was told and done is in the weights already; here it only must not be advised again.
    let case = Case { excluded_actions: listed(excluded), excluded_questions: listed(asked), ..Case::default() };
    let limits = Limits { tolerance: TOLERANCE, nodes: NODES_MAX, table: TABLE, ..Limits::default() };
    let call = Advice { next: Next::Call, ecr: model.service, bound: 0.0, without: None, chance: 0.0, service: 1.0 };
    // A model that the planner refuses leaves one piece of advice that is always right.
    let Ok(made) = plan(&plain, &case, &limits, budget) else { return call };
    let why = reasons(&plain, &case, &made, &limits, budget).ok();
    let next = match made.next {
        Step::Action(s) => Next::Do(s),
        Step::Ask(q) => Next::Ask(q),
        Step::Service => Next::Call,
    };
    let Plan { ecr, bound, .. } = made;
    Advice {
        next,
        ecr,
        bound,
        without: why.as_ref().map(|w| w.ecr_without),
        chance: why.as_ref().map_or(0.0, |w| w.chance),
        service: why.as_ref().map_or(0.0, |w| w.stop.service_chance),
    }
}
