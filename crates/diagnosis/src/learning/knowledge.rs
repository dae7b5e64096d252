//! What experts wrote, as numbers under string ids. The caller makes it from its catalogue.

use super::{FLOOR, Terminal};
use crate::probabilities;

/// An id with a number: a cause with its strength, or a cause with the probability that a step removes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighted {
    /// Id of the cause.
    pub id: String,
    /// The number.
    pub p: f64,
}

impl Weighted {
    /// Puts both together.
    pub fn new(id: impl Into<String>, p: f64) -> Self {
        Weighted { id: id.into(), p }
    }
}

/// A condition with its causes.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Id.
    pub id: String,
    /// Causes with relative strengths; only the proportions count.
    pub causes: Vec<Weighted>,
    /// How many cases the expert's strengths are worth; `None` for the default of [`super::Settings`].
    pub concentration: Option<f64>,
    /// What is known of narrower groups. Filled by [`super::apply`]; learning starts from the expert and does not look at it.
    pub groups: Vec<Group>,
}

/// The causes of a condition within a narrower group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The group: a vendor, a vendor's model, or a model in a region.
    pub terminal: Terminal,
    /// All causes of the condition, in its order, with probabilities.
    pub causes: Vec<Weighted>,
}

/// A step and what it removes.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Id.
    pub id: String,
    /// True when all it does is wait or repeat, so that it may seem to help against what passes by itself.
    pub waits: bool,
    /// Causes with the probability that the step removes them.
    pub repairs: Vec<Weighted>,
}

/// A question and its answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Id.
    pub id: String,
    /// Ids of the answers.
    pub answers: Vec<String>,
    /// Cause, and one probability per answer.
    pub given: Vec<(String, Vec<f64>)>,
    /// The same for all other causes.
    pub otherwise: Vec<f64>,
}

/// The cause that passes by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Transient {
    /// Id of the cause.
    pub cause: String,
    /// Probability that it is gone after a waiting step that does not list it; learned like any other.
    pub waiting: f64,
    /// Probability that it is gone by itself during any other step; fixed.
    pub meanwhile: f64,
}

/// Everything that learning starts from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Knowledge {
    /// Conditions.
    pub conditions: Vec<Condition>,
    /// Steps.
    pub steps: Vec<Step>,
    /// Questions.
    pub questions: Vec<Question>,
    /// The cause that passes by itself, if there is one.
    pub transient: Option<Transient>,
    /// What may be known about place and moment, with the factors that it puts on the odds of causes; a cause that is not listed keeps
    /// its odds. Factors are the experts' alone and are not learned.
    pub contexts: Vec<(String, Vec<Weighted>)>,
}

/// Why knowledge does not hold together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KnowledgeError {
    /// Two records of one kind, or two entries of one record, have the same id.
    #[error("`{0}` stands there twice")]
    Twice(String),
    /// A number is negative, not finite, or above 1 where a probability is meant.
    #[error("`{0}`: expected a probability, or a strength of 0 or more")]
    Number(String),
    /// A question's row has more or fewer numbers than the question has answers.
    #[error("question `{question}`, row of `{row}`: expected one probability per answer")]
    Row {
        /// The question.
        question: String,
        /// The cause, or `otherwise`.
        row: String,
    },
}

impl Knowledge {
    /// Probabilities of a condition's causes, in the order of the condition, for a terminal in `terminal`: those of the narrowest group
    /// that is known, else those of all. `None` when there is no such condition.
    pub fn prior(&self, condition: &str, terminal: &Terminal) -> Option<Vec<f64>> {
        let condition = self.conditions.iter().find(|c| c.id == condition)?;
        let fits = |group: &&Group| (1..=3).any(|depth| terminal.upto(depth).as_ref() == Some(&group.terminal));
        let group = condition.groups.iter().filter(fits).max_by_key(|group| group.terminal.depth());
        let causes = group.map_or(&condition.causes, |group| &group.causes);
        Some(floored(&causes.iter().map(|c| c.p).collect::<Vec<_>>()))
    }

    /// Probability that `step` removes `cause`, with what passes by itself included; never below [`FLOOR`].
    pub fn repair(&self, step: &str, cause: &str) -> f64 {
        let Some(step) = self.steps.iter().find(|s| s.id == step) else { return FLOOR };
        let p = match (step.repairs.iter().find(|r| r.id == cause), &self.transient) {
            (Some(listed), _) => listed.p,
            (None, Some(t)) if t.cause == cause => {
                if step.waits {
                    t.waiting
                } else {
                    t.meanwhile
                }
            }
            (None, _) => 0.0,
        };
        inside(p)
    }
}

impl Terminal {
    /// How many parts are known, counted from the widest without a gap.
    pub fn depth(&self) -> usize {
        [&self.vendor, &self.model, &self.region].iter().take_while(|part| part.is_some()).count()
    }

    /// Only the widest `depth` parts; `None` when fewer are known.
    pub fn upto(&self, depth: usize) -> Option<Terminal> {
        let part = |at: usize, part: &Option<String>| if at < depth { part.clone() } else { None };
        (depth <= self.depth()).then(|| Terminal {
            vendor: part(0, &self.vendor),
            model: part(1, &self.model),
            region: part(2, &self.region),
        })
    }
}

/// Keeps a probability off 0 and 1.
pub(super) fn inside(p: f64) -> f64 {
    if p.is_finite() { p.clamp(FLOOR, 1.0 - FLOOR) } else { FLOOR }
}

/// Probabilities in the proportion of `weights`, none below [`FLOOR`] (before they are scaled once more).
pub(super) fn floored(weights: &[f64]) -> Vec<f64> {
    probabilities(&probabilities(weights).iter().map(|p| p.max(FLOOR)).collect::<Vec<_>>())
}
