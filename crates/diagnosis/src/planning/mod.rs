//! Causes, steps and questions with their numbers → what to do next, what to do after that, and what it will cost.
//!
//! One cause is active. An *action* costs something and removes it with a known probability; a *question* costs something and its
//! answer speaks for some causes; *service* costs more and always solves. A plan ([`Policy`]) is a tree: do this; if it fails, ask
//! that; on this answer call service. Its measure is the expected cost of repair, ECR (Heckerman, Breese & Rommelse 1995).
//!
//! [`plan`] finds the cheapest tree. It starts from *updated p/C* (most chance per cost first, recomputed after each failure, stopped
//! where service is cheaper) and looks one step further in each round, so that it may be interrupted at any time and every round can
//! only improve the answer. What it returns says how good it is: no plan whatever costs less than [`Plan::bound`].
//!
//! The core knows no clock: the caller's `go_on` decides when to stop. Same input and same budget, same plan.

mod bound;
mod case;
mod compile;
mod line;
mod model;
mod policy;
mod reasons;
mod search;
mod sweep;
mod table;
mod tail;

use serde::Serialize;

pub use case::{Case, Told};
pub use line::{LineId, ModelLine, PlanLine};
pub use model::{Action, Guard, Model, PlanError, Question, Terms};
pub use policy::{Outlook, Policy, cost_of_policy, cost_of_policy_from, outlook};
pub use reasons::{AnswerSeen, CauseShift, Reasons, StopRule, reasons};

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "do", content = "index", rename_all = "lowercase")]
pub enum Step {
    /// Do the action with this position.
    Action(usize),
    /// Ask the question with this position.
    Ask(usize),
    /// Call service.
    Service,
}

/// How far to search, and how sure an advice must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Relative gap between [`Plan::ecr`] and [`Plan::bound`] at which the search is content; 0 for the proven optimum.
    pub tolerance: f64,
    /// Most situations to look into.
    pub nodes: u64,
    /// Most situations to remember (about 70 bytes each).
    pub table: usize,
    /// Steps to look ahead before the p/C tail takes over; 0 is plain p/C, 1 is myopic ECO. `None`: as far as the budget allows.
    pub depth: Option<u32>,
    /// Least probability that the plan solves the problem before service is called. Below it the advice is service at once.
    pub confidence: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { tolerance: 0.0, nodes: u64::MAX, table: 1 << 20, depth: None, confidence: 0.0 }
    }
}

/// The answer of the planner.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What to do now.
    pub next: Step,
    /// Expected cost of repair of `policy`, in the unit of the model, from the situation of the case on.
    pub ecr: f64,
    /// No policy costs less than this.
    pub bound: f64,
    /// The whole tree.
    pub policy: Policy,
    /// Probability that the tree solves the problem before service is called.
    pub solved: f64,
    /// True if service is advised only because `solved` was below the confidence asked for. "Call service: not sure enough."
    pub abstained: bool,
    /// True if the search ended by itself: the gap is within the tolerance.
    pub proven: bool,
    /// Steps looked ahead in the last finished round.
    pub depth: u32,
    /// Situations looked into.
    pub nodes: u64,
}

/// The cheapest plan for `model` from the situation of `case` on, as far as `limits` and `go_on` allow.
///
/// `go_on` is asked every few situations; when it says no, the best plan so far is returned with its bound. Plain p/C is always
/// computed, whatever the budget.
///
/// # Errors
/// [`PlanError`] for a model or case that is malformed, impossible or too large; it names the place.
pub fn plan(model: &Model, case: &Case, limits: &Limits, go_on: &mut dyn FnMut() -> bool) -> Result<Plan, PlanError> {
    model.check()?;
    case.check(model)?;
    let problem = compile::compile(model, case)?;
    let found = search::Search::new(&problem, limits, go_on).run();
    let policy = found.policy;
    // Priced on the model as it was given, so that anybody who recomputes it finds the same number.
    let Outlook { ecr, solved, .. } = outlook(model, case, &policy)?;
    let bound = found.bound.min(ecr);
    if solved < limits.confidence && policy != Policy::Service {
        let ecr = model.service;
        return Ok(Plan {
            next: Step::Service,
            ecr,
            bound,
            policy: Policy::Service,
            solved: 0.0,
            abstained: true,
            proven: found.proven,
            depth: found.depth,
            nodes: found.nodes,
        });
    }
    Ok(Plan {
        next: policy.step(),
        ecr,
        bound,
        policy,
        solved,
        abstained: false,
        proven: found.proven,
        depth: found.depth,
        nodes: found.nodes,
    })
}
