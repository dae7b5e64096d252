//! What was learned, beside what the experts wrote: data that a person can read, compare and undo.

use super::em::State;
use super::frame::Frame;
use super::{Knowledge, Terminal};
use serde::{Deserialize, Serialize};

/// Version of the overlay's form.
pub const FORMAT: u32 = 1;

posdx_model::words! {
    /// How narrow a group is.
    Level {
        /// All cases of the condition.
        All = "all",
        /// One vendor.
        Vendor = "vendor",
        /// One model of a vendor.
        Model = "model",
        /// One model in one region.
        Region = "region",
    }
}

impl Level {
    /// The level of a group.
    pub fn of(terminal: &Terminal) -> Level {
        Level::ALL.get(terminal.depth()).copied().unwrap_or(Level::Region)
    }
}

/// What was learned. The form is that of [`Overlay::to_toml`]; any TOML reader reads it back through serde.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// [`FORMAT`].
    pub format: u32,
    /// Day up to which cases count in full: days since 1970-01-01.
    pub day: i64,
    /// Effective number of cases, after fading and weights.
    pub cases: f64,
    /// How likely the causes of a condition are.
    #[serde(default)]
    pub prior: Vec<LearnedPriors>,
    /// What steps remove.
    #[serde(default)]
    pub repair: Vec<LearnedRepairs>,
    /// What people answer.
    #[serde(default)]
    pub answer: Vec<LearnedAnswers>,
}

/// The causes of one condition in one group. Causes that are not listed share what is left, in the proportions of the level above.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnedPriors {
    /// Id of the condition.
    pub condition: String,
    /// How narrow the group is; follows from `terminal` and stands here for the reader.
    pub level: Level,
    /// The group.
    #[serde(default)]
    pub terminal: Terminal,
    /// Effective number of cases of the group.
    pub cases: f64,
    /// The causes. `old` is the expert's probability at level `all`, and that of the level above at the other levels.
    pub causes: Vec<Line>,
}

/// What one step removes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnedRepairs {
    /// Id of the step.
    pub step: String,
    /// The causes; `cases` counts tries.
    pub causes: Vec<Line>,
}

/// What people answer to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnedAnswers {
    /// Id of the question.
    pub question: String,
    /// Under a cause, one probability per answer.
    #[serde(default)]
    pub causes: Vec<Row>,
    /// Under all causes that the question does not list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Rest>,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Id of the cause.
    pub cause: String,
    /// Probability before.
    pub old: f64,
    /// Probability now.
    pub new: f64,
    /// Effective number of cases behind it.
    pub cases: f64,
}

/// One row of answer probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Id of the cause.
    pub cause: String,
    /// Probabilities before.
    pub old: Vec<f64>,
    /// Probabilities now.
    pub new: Vec<f64>,
    /// Effective number of answers behind it.
    pub cases: f64,
}

/// The row for all other causes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rest {
    /// Probabilities before.
    pub old: Vec<f64>,
    /// Probabilities now.
    pub new: Vec<f64>,
    /// Effective number of answers behind it.
    pub cases: f64,
}

impl Overlay {
    /// True when nothing was learned.
    pub fn is_empty(&self) -> bool {
        self.prior.is_empty() && self.repair.is_empty() && self.answer.is_empty()
    }

    /// Keeps numbers that moved by more than `least_change` (a difference of probabilities; for answers the largest) with at least
    /// `least_cases` effective cases behind them: those of the group for causes, tries for steps, answers for questions. Rounds what is
    /// kept: probabilities to four places, cases to one. The usual choice is 0.005 and 5.
    pub fn only(&self, least_change: f64, least_cases: f64) -> Overlay {
        let line = |l: &Line| Line { old: four(l.old), new: four(l.new), cases: one(l.cases), ..l.clone() };
        let fours = |row: &[f64]| row.iter().map(|p| four(*p)).collect::<Vec<_>>();
        let moved = |old: &[f64], new: &[f64]| old.iter().zip(new).any(|(o, n)| (n - o).abs() > least_change);
        let lines = |lines: &[Line], enough: &dyn Fn(&Line) -> bool| -> Vec<Line> {
            lines.iter().filter(|l| moved(&[l.old], &[l.new]) && enough(l)).map(line).collect()
        };
        let mut kept = Overlay { format: self.format, day: self.day, cases: one(self.cases), ..Overlay::default() };
        for block in self.prior.iter().filter(|b| b.cases > 0.0 && b.cases >= least_cases) {
            let causes = lines(&block.causes, &|_| true);
            kept.prior.push(LearnedPriors { cases: one(block.cases), causes, ..block.clone() });
        }
        for block in &self.repair {
            let causes = lines(&block.causes, &|l| l.cases > 0.0 && l.cases >= least_cases);
            kept.repair.push(LearnedRepairs { step: block.step.clone(), causes });
        }
        for block in &self.answer {
            let enough = |cases: f64, old: &[f64], new: &[f64]| cases > 0.0 && cases >= least_cases && moved(old, new);
            let causes = block.causes.iter().filter(|r| enough(r.cases, &r.old, &r.new));
            let causes =
                causes.map(|r| Row { cause: r.cause.clone(), old: fours(&r.old), new: fours(&r.new), cases: one(r.cases) }).collect();
            let rest = block.otherwise.as_ref().filter(|r| enough(r.cases, &r.old, &r.new));
            let otherwise = rest.map(|r| Rest { old: fours(&r.old), new: fours(&r.new), cases: one(r.cases) });
            kept.answer.push(LearnedAnswers { question: block.question.clone(), causes, otherwise });
        }
        kept.prior.retain(|b| !b.causes.is_empty());
        kept.repair.retain(|b| !b.causes.is_empty());
        kept.answer.retain(|b| !b.causes.is_empty() || b.otherwise.is_some());
        kept
    }
}

fn four(p: f64) -> f64 {
    (p * 1e4).round() / 1e4
}

fn one(cases: f64) -> f64 {
    (cases * 10.0).round() / 10.0
}

/// Everything that was estimated, grouped and sorted: conditions, steps and questions in the order of the knowledge, wider groups
/// before narrower ones.
pub(super) fn report(knowledge: &Knowledge, frame: &Frame, state: &State, day: i64, cases: f64) -> Overlay {
    let mut overlay = Overlay { format: FORMAT, day, cases, ..Overlay::default() };
    let mut nodes: Vec<_> = state.nodes.iter().collect();
    nodes.sort_by_key(|n| (n.condition, n.depth, &n.terminal));
    for node in nodes {
        let (Some(condition), Some(known)) = (frame.conditions.get(node.condition), knowledge.conditions.get(node.condition)) else {
            continue;
        };
        let above = node.parent.and_then(|p| state.nodes.get(p)).map_or(&condition.prior, |p| &p.theta);
        let numbers = above.iter().zip(&node.theta).zip(&node.total);
        let causes = known.causes.iter().zip(numbers);
        overlay.prior.push(LearnedPriors {
            condition: known.id.clone(),
            level: Level::of(&node.terminal),
            terminal: node.terminal.clone(),
            cases: node.total.iter().sum(),
            causes: causes.map(|(c, ((old, new), n))| Line { cause: c.id.clone(), old: *old, new: *new, cases: *n }).collect(),
        });
    }
    let name = |cause: usize| frame.causes.get(cause).cloned().unwrap_or_default();
    overlay.repair = knowledge.steps.iter().map(|s| LearnedRepairs { step: s.id.clone(), causes: Vec::new() }).collect();
    for ((repair, new), (_, tried)) in frame.repairs.iter().zip(&state.repairs).zip(&state.tries) {
        if let Some(block) = overlay.repair.get_mut(repair.step) {
            block.causes.push(Line { cause: name(repair.cause), old: repair.p, new: *new, cases: *tried });
        }
    }
    let empty = |q: &super::Question| LearnedAnswers { question: q.id.clone(), causes: Vec::new(), otherwise: None };
    overlay.answer = knowledge.questions.iter().map(empty).collect();
    for ((row, new), answers) in frame.rows.iter().zip(&state.rows).zip(&state.answers) {
        let Some(block) = overlay.answer.get_mut(row.question) else { continue };
        let (old, new, cases) = (row.p.clone(), new.clone(), answers.iter().sum());
        match row.cause {
            Some(cause) => block.causes.push(Row { cause: name(cause), old, new, cases }),
            None => block.otherwise = Some(Rest { old, new, cases }),
        }
    }
    overlay
}
