//! JSON lines: a model in, a plan out. The caller parses and prints; the forms are here.

use serde::{Deserialize, Serialize};

use super::model::{Action, Model, PlanError, Question};
use super::{Plan, Policy};

/// What a line is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LineId {
    /// A name.
    Text(String),
    /// A number.
    Number(u64),
}

impl std::fmt::Display for LineId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LineId::Text(name) => write!(f, "{name}"),
            LineId::Number(number) => write!(f, "{number}"),
        }
    }
}

/// A troubleshooting model as one line of JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelLine {
    /// Its name, repeated in the answer.
    pub id: LineId,
    /// Probability of each cause.
    pub prior: Vec<f64>,
    /// Cost of each action.
    #[serde(default)]
    pub action_cost: Vec<f64>,
    /// For each action the probability that it removes each cause.
    #[serde(default)]
    pub action_repairs: Vec<Vec<f64>>,
    /// Cost of each question.
    #[serde(default)]
    pub question_cost: Vec<f64>,
    /// For each question and cause the probability of each answer.
    #[serde(default)]
    pub question_answers: Vec<Vec<Vec<f64>>>,
    /// Cost of service.
    pub service: f64,
}

/// A plan as one line of JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanLine {
    /// The name of the model.
    pub id: LineId,
    /// Expected cost of repair of `policy`.
    pub ecr: f64,
    /// No policy costs less.
    pub bound: f64,
    /// The whole tree.
    pub policy: Policy,
}

impl ModelLine {
    /// The model of the line, looked through.
    ///
    /// # Errors
    /// What is wrong, with the name of the line and the place in it.
    pub fn model(self) -> Result<Model, PlanError> {
        let named = |place: &str| format!("model {}: {place}", self.id);
        for (costs, rows, cost_name, row_name) in [
            (self.action_cost.len(), self.action_repairs.len(), "action_cost", "action_repairs"),
            (self.question_cost.len(), self.question_answers.len(), "question_cost", "question_answers"),
        ] {
            if costs != rows {
                let problem = format!("{costs} numbers, but {row_name} has {rows} rows");
                return Err(PlanError::Malformed { place: named(cost_name), problem });
            }
        }
        let action = |(cost, repairs): (&f64, &Vec<f64>)| Action { cost: *cost, repairs: repairs.clone(), ..Action::default() };
        let question = |(cost, answers): (&f64, &Vec<Vec<f64>>)| Question { cost: *cost, answers: answers.clone(), ..Question::default() };
        let model = Model {
            actions: self.action_cost.iter().zip(&self.action_repairs).map(action).collect(),
            questions: self.question_cost.iter().zip(&self.question_answers).map(question).collect(),
            prior: self.prior.clone(),
            service: self.service,
            clusters: Vec::new(),
        };
        model.check().map_err(|error| match error {
            PlanError::Malformed { place, problem } => PlanError::Malformed { place: named(&place), problem },
            PlanError::TooLarge { what, most } => PlanError::TooLarge { what: named(&what), most },
            PlanError::Impossible { findings } => PlanError::Impossible { findings },
        })?;
        Ok(model)
    }
}

impl PlanLine {
    /// The line for a plan.
    pub fn new(id: LineId, plan: Plan) -> Self {
        PlanLine { id, ecr: plan.ecr, bound: plan.bound, policy: plan.policy }
    }
}
