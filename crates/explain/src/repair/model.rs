//! The catalogue → numbers: which causes one condition may have, what each step repairs, what each answer says.

use std::collections::BTreeSet;

use posdx_catalogue::Catalogue;
use posdx_catalogue::record::{self, Condition};
use posdx_diagnosis::probabilities;
use posdx_model::{MoneyState, Outcome};
use serde::{Deserialize, Serialize};

use crate::explanation::Reading;
use crate::plan::{OTHER, SERVICE_COST, TRANSIENT, cost, cost_of, fits};

/// People mistake what they see: a share of every answer is spread over all answers.
pub(super) const MISTAKEN: f64 = 0.04;
/// What the model does not name keeps this weight against the rest.
pub(super) const UNNAMED: f64 = 0.03;

/// What is to be repaired: a code or a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Id of the code, when there is one.
    pub code: Option<String>,
    /// Id of the condition.
    pub condition: String,
}

/// One condition, ready for diagnosis. Rows of numbers go by position in `causes`, `steps` and `questions`.
#[derive(Clone, Debug)]
pub struct Model {
    /// What it is about.
    pub subject: Subject,
    /// How it reads.
    pub reading: Reading,
    /// The record.
    pub condition: Condition,
    /// The causes; the last one is what the catalogue does not name.
    pub causes: Vec<record::Cause>,
    /// Their probabilities before anything is known.
    pub prior: Vec<f64>,
    /// The steps that may help.
    pub steps: Vec<record::Step>,
    /// The questions that tell causes apart.
    pub questions: Vec<record::Question>,
    /// Cost of each step.
    pub step_cost: Vec<f64>,
    /// Per step: probability that it repairs each cause.
    pub repairs: Vec<Vec<f64>>,
    /// Cost of each question.
    pub question_cost: Vec<f64>,
    /// Per question: per cause: probability of each answer.
    pub answers: Vec<Vec<Vec<f64>>>,
    /// What calling service costs.
    pub service: f64,
}

impl Model {
    /// Compiles the model of a reading. `contexts` are ids of what is known about place and moment.
    pub fn compile(catalogue: &Catalogue, reading: &Reading, contexts: &[String]) -> Option<Model> {
        let condition = catalogue.condition(&reading.condition)?;
        let mut causes: Vec<record::Cause> = condition.causes.iter().filter_map(|c| catalogue.cause(&c.id)).collect();
        let mut weights: Vec<f64> = condition.causes.iter().filter(|c| catalogue.cause(&c.id).is_some()).map(|c| c.strength).collect();
        if !causes.iter().any(|c| c.id == OTHER)
            && let Some(other) = catalogue.cause(OTHER)
        {
            causes.push(other);
            weights.push(UNNAMED * weights.iter().sum::<f64>().max(1e-6));
        }
        for context in contexts.iter().filter_map(|id| catalogue.context(id)) {
            for (cause, weight) in causes.iter().zip(&mut weights) {
                // The closest entry counts: a cause by name before its whole category.
                let named = context.odds.iter().find(|o| o.cause == cause.id);
                let whole = || context.odds.iter().find(|o| o.cause.strip_suffix('*').is_some_and(|c| cause.id.starts_with(c)));
                *weight *= named.or_else(whole).map_or(1.0, |o| o.factor);
            }
        }
        let prior = probabilities(&weights);
        let (money, retry, outcome) = (reading.money.state, reading.retry.verdict, reading.outcome);
        let mut seen = BTreeSet::new();
        let mut steps: Vec<record::Step> = causes
            .iter()
            .flat_map(|c| catalogue.steps_for(&c.id))
            .filter(|s| seen.insert(s.id.clone()) && fits(s, &condition, money, retry, outcome))
            .collect();
        steps.sort_by(|a, b| a.id.cmp(&b.id));
        let repairs: Vec<Vec<f64>> = steps.iter().map(|s| causes.iter().map(|c| chance(s, &c.id)).collect()).collect();
        let mut seen = BTreeSet::new();
        let mut questions: Vec<record::Question> =
            causes.iter().flat_map(|c| catalogue.questions_for(&c.id)).filter(|q| seen.insert(q.id.clone())).collect();
        questions.sort_by(|a, b| a.id.cmp(&b.id));
        let row = |q: &record::Question, cause: &str| -> Vec<f64> {
            let p = q.given.iter().find(|g| g.cause == cause).map_or(&q.otherwise, |g| &g.p);
            p.iter().map(|p| (1.0 - MISTAKEN) * p + MISTAKEN / p_count(q)).collect()
        };
        // A question on which all causes of this condition agree tells nothing here.
        questions.retain(|q| {
            let rows: Vec<Vec<f64>> = causes.iter().map(|c| row(q, &c.id)).collect();
            rows.iter().any(|r| r.iter().zip(&rows[0]).any(|(a, b)| (a - b).abs() > 1e-9))
        });
        let answers = questions.iter().map(|q| causes.iter().map(|c| row(q, &c.id)).collect()).collect();
        Some(Model {
            subject: Subject { code: reading.code.as_ref().map(|c| c.id.clone()), condition: condition.id.clone() },
            reading: reading.clone(),
            step_cost: steps.iter().map(cost).collect(),
            question_cost: questions.iter().map(|q| cost_of(q.by, q.minutes).max(0.05)).collect(),
            service: SERVICE_COST,
            prior,
            causes,
            steps,
            repairs,
            questions,
            answers,
            condition,
        })
    }

    /// True when the outcome of the last sale must be found out before anything else.
    pub fn money_first(&self) -> bool {
        self.reading.money.state == MoneyState::Unknown && self.reading.outcome != Outcome::Info
    }

    /// Position of a step.
    pub fn step(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|s| s.id == id)
    }

    /// Position of a question.
    pub fn question(&self, id: &str) -> Option<usize> {
        self.questions.iter().position(|q| q.id == id)
    }
}

fn p_count(q: &record::Question) -> f64 {
    q.answers.len().max(1) as f64
}

/// How surely a step removes a cause. Only waiting and repeating may count on a disturbance that passes by itself.
fn chance(step: &record::Step, cause: &str) -> f64 {
    if cause == TRANSIENT && !step.waits {
        return 0.0;
    }
    step.repairs.iter().find(|r| r.cause == cause).map_or(0.0, |r| r.p)
}
