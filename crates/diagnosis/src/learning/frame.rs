//! Knowledge with positions instead of ids, and what a case says in those positions.

use super::knowledge::{floored, inside};
use super::{Case, Clash, Expected, Fault, Knowledge, KnowledgeError, Problem};
use std::collections::{BTreeMap, BTreeSet};

/// A number to be estimated: does this step remove this cause?
pub(super) struct Repair {
    pub step: usize,
    pub cause: usize,
    pub p: f64,
}

/// Numbers to be estimated: the answers of a question under a cause, or under all others.
pub(super) struct Row {
    pub question: usize,
    pub cause: Option<usize>,
    pub p: Vec<f64>,
}

pub(super) struct FrameCondition {
    pub causes: Vec<usize>,
    pub prior: Vec<f64>,
    pub concentration: Option<f64>,
}

struct FrameStep {
    repairs: BTreeMap<usize, usize>,
}

struct FrameQuestion {
    answers: BTreeMap<String, usize>,
    rows: BTreeMap<usize, usize>,
    rest: usize,
}

/// Knowledge, ready to count.
pub(super) struct Frame {
    pub causes: Vec<String>,
    pub conditions: Vec<FrameCondition>,
    pub repairs: Vec<Repair>,
    pub rows: Vec<Row>,
    steps: Vec<FrameStep>,
    questions: Vec<FrameQuestion>,
    cause_at: BTreeMap<String, usize>,
    condition_at: BTreeMap<String, usize>,
    step_at: BTreeMap<String, usize>,
    question_at: BTreeMap<String, usize>,
    /// Logarithms of factors, by context and cause.
    contexts: BTreeMap<String, BTreeMap<usize, f64>>,
    /// Position of the transient cause, and the chance that it passes during a step that does not wait.
    meanwhile: Option<(usize, f64)>,
}

/// What a case says, in positions.
pub(super) struct Evidence {
    pub condition: usize,
    /// Question and answer.
    pub told: Vec<(usize, usize)>,
    pub failed: Vec<usize>,
    pub helped: Option<usize>,
    /// Position of the confirmed cause among the condition's causes.
    pub cause: Option<usize>,
    /// Suspected causes by the same positions: nobody could decide between them.
    pub among: Vec<usize>,
    /// Shares of the causes, where whoever closed the case gave them.
    pub shares: Option<Vec<f64>>,
    /// Logarithms of the factors on the odds of the causes, where something was known about place and moment.
    pub odds: Option<Vec<f64>>,
}

/// Logarithms of the numbers in use.
pub(super) struct Logs {
    pub helps: Vec<f64>,
    pub fails: Vec<f64>,
    pub rows: Vec<Vec<f64>>,
}

impl Logs {
    pub fn new(repairs: &[f64], rows: &[Vec<f64>]) -> Self {
        Logs {
            helps: repairs.iter().map(|p| p.ln()).collect(),
            fails: repairs.iter().map(|p| (-p).ln_1p()).collect(),
            rows: rows.iter().map(|row| row.iter().map(|p| p.ln()).collect()).collect(),
        }
    }
}

impl Frame {
    pub fn new(knowledge: &Knowledge) -> Result<Frame, KnowledgeError> {
        let mut cause_at = BTreeMap::new();
        let mut causes: Vec<String> = Vec::new();
        let mut cause = |id: &str| {
            *cause_at.entry(id.to_owned()).or_insert_with(|| {
                causes.push(id.to_owned());
                causes.len() - 1
            })
        };
        let mut conditions = Vec::new();
        for c in &knowledge.conditions {
            once(c.causes.iter().map(|w| w.id.as_str()))?;
            let weights: Vec<f64> = c.causes.iter().map(|w| w.p).collect();
            if weights.iter().any(|p| !(p.is_finite() && *p >= 0.0)) || c.concentration.is_some_and(|k| !(k.is_finite() && k > 0.0)) {
                return Err(KnowledgeError::Number(c.id.clone()));
            }
            let causes = c.causes.iter().map(|w| cause(&w.id)).collect();
            conditions.push(FrameCondition { causes, prior: floored(&weights), concentration: c.concentration });
        }
        let mut repairs = Vec::new();
        let mut steps = Vec::new();
        for (step, s) in knowledge.steps.iter().enumerate() {
            once(s.repairs.iter().map(|w| w.id.as_str()))?;
            let mut at = BTreeMap::new();
            for w in &s.repairs {
                let p = probability(w.p).ok_or_else(|| KnowledgeError::Number(s.id.clone()))?;
                at.insert(cause(&w.id), repairs.len());
                repairs.push(Repair { step, cause: cause(&w.id), p });
            }
            if let (true, Some(t)) = (s.waits, &knowledge.transient) {
                let c = cause(&t.cause);
                let p = probability(t.waiting).ok_or_else(|| KnowledgeError::Number(t.cause.clone()))?;
                at.entry(c).or_insert_with(|| {
                    repairs.push(Repair { step, cause: c, p });
                    repairs.len() - 1
                });
            }
            steps.push(FrameStep { repairs: at });
        }
        let mut rows = Vec::new();
        let mut questions = Vec::new();
        for (question, q) in knowledge.questions.iter().enumerate() {
            once(q.answers.iter().map(String::as_str))?;
            once(q.given.iter().map(|(cause, _)| cause.as_str()))?;
            let mut add = |name: &str, cause: Option<usize>, p: &[f64]| {
                if p.len() != q.answers.len() {
                    return Err(KnowledgeError::Row { question: q.id.clone(), row: name.to_owned() });
                }
                if p.iter().any(|p| !(p.is_finite() && *p >= 0.0)) {
                    return Err(KnowledgeError::Number(q.id.clone()));
                }
                rows.push(Row { question, cause, p: floored(p) });
                Ok(rows.len() - 1)
            };
            let mut at = BTreeMap::new();
            for (id, p) in &q.given {
                let c = cause(id);
                at.insert(c, add(id, Some(c), p)?);
            }
            let rest = add("otherwise", None, &q.otherwise)?;
            let answers = q.answers.iter().cloned().enumerate().map(|(i, id)| (id, i)).collect();
            questions.push(FrameQuestion { answers, rows: at, rest });
        }
        let meanwhile = match &knowledge.transient {
            Some(t) => Some((cause(&t.cause), probability(t.meanwhile).ok_or_else(|| KnowledgeError::Number(t.cause.clone()))?)),
            None => None,
        };
        once(knowledge.contexts.iter().map(|(id, _)| id.as_str()))?;
        let mut contexts = BTreeMap::new();
        for (id, odds) in &knowledge.contexts {
            if odds.iter().any(|w| !(w.p.is_finite() && w.p > 0.0)) {
                return Err(KnowledgeError::Number(id.clone()));
            }
            contexts.insert(id.clone(), odds.iter().map(|w| (cause(&w.id), w.p.ln())).collect());
        }
        let condition_at = positions(knowledge.conditions.iter().map(|c| &c.id))?;
        let step_at = positions(knowledge.steps.iter().map(|s| &s.id))?;
        let question_at = positions(knowledge.questions.iter().map(|q| &q.id))?;
        Ok(Frame { causes, conditions, repairs, rows, steps, questions, cause_at, condition_at, step_at, question_at, contexts, meanwhile })
    }

    /// What `case` says; an unknown id or a contradiction is a problem (with line 0).
    pub fn evidence(&self, case: &Case) -> Result<Evidence, Problem> {
        let fault = |field: String, fault: Fault| Problem { line: 0, field, fault };
        let unknown = |field: String, what: Expected| fault(field, Fault::Expected(what));
        let condition = *self.condition_at.get(&case.condition).ok_or_else(|| unknown("condition".into(), Expected::Condition))?;
        let mut told: Vec<(usize, usize)> = Vec::new();
        for (i, t) in case.told.iter().enumerate() {
            let at = *self.question_at.get(&t.question).ok_or_else(|| unknown(format!("told[{i}].question"), Expected::Question))?;
            let Some(answer) = &t.answer else { continue };
            let answers = self.questions.get(at).map(|q| &q.answers);
            let answer = answers.and_then(|a| a.get(answer)).ok_or_else(|| unknown(format!("told[{i}].answer"), Expected::Answer))?;
            match told.iter().find(|(q, _)| *q == at) {
                Some((_, earlier)) if earlier != answer => return Err(fault(format!("told[{i}].answer"), Fault::Clash(Clash::TwoAnswers))),
                Some(_) => {}
                None => told.push((at, *answer)),
            }
        }
        let (mut failed, mut helped) = (Vec::new(), None);
        for (i, d) in case.done.iter().enumerate() {
            let step = *self.step_at.get(&d.step).ok_or_else(|| unknown(format!("done[{i}].step"), Expected::Step))?;
            if helped.is_some() {
                let clash = if d.helped { Clash::HelpedTwice } else { Clash::DoneAfterHelp };
                return Err(fault(format!("done[{i}].helped"), Fault::Clash(clash)));
            }
            if d.helped {
                helped = Some(step);
            } else if !failed.contains(&step) {
                // Doing the same thing twice is no second, independent finding.
                failed.push(step);
            }
        }
        failed.retain(|step| Some(*step) != helped);
        let causes = self.conditions.get(condition).map(|c| c.causes.as_slice()).unwrap_or_default();
        let own = |id: &String, field: String| {
            let cause = self.cause_at.get(id).ok_or_else(|| unknown(field.clone(), Expected::Cause))?;
            causes.iter().position(|c| c == cause).ok_or_else(|| fault(field, Fault::Clash(Clash::ForeignCause)))
        };
        let cause = case.cause.as_ref().map(|id| own(id, "cause".into())).transpose()?;
        let mut among = Vec::new();
        let mut shares = vec![0.0; causes.len()];
        for (i, suspect) in case.suspects.iter().enumerate() {
            let at = own(&suspect.cause, format!("causes[{i}]"))?;
            if among.contains(&at) {
                return Err(fault(format!("causes[{i}]"), Fault::Clash(Clash::SuspectTwice)));
            }
            among.push(at);
            shares[at] = suspect.p.unwrap_or_default();
        }
        let sum: f64 = shares.iter().sum();
        let shares = (sum > 0.0).then(|| shares.iter().map(|p| p / sum).collect());
        let mut odds = None;
        for (i, id) in case.contexts.iter().enumerate() {
            let factors = self.contexts.get(id).ok_or_else(|| unknown(format!("contexts[{i}]"), Expected::Context))?;
            let sum = odds.get_or_insert_with(|| vec![0.0; causes.len()]);
            sum.iter_mut().zip(causes).for_each(|(sum, cause)| *sum += factors.get(cause).copied().unwrap_or(0.0));
        }
        Ok(Evidence { condition, told, failed, helped, cause, among, shares, odds })
    }

    /// Position of the number for `step` and `cause`, or the fixed probability when there is nothing to estimate.
    pub fn repair(&self, step: usize, cause: usize) -> Result<usize, f64> {
        let at = self.steps.get(step).and_then(|s| s.repairs.get(&cause));
        at.copied().ok_or(match self.meanwhile {
            Some((transient, p)) if transient == cause => p,
            _ => super::FLOOR,
        })
    }

    /// Position of the row for `question` and `cause`.
    pub fn row(&self, question: usize, cause: usize) -> Option<usize> {
        self.questions.get(question).map(|q| q.rows.get(&cause).copied().unwrap_or(q.rest))
    }

    /// Logarithm of the probability of the evidence under each cause of its condition, up to what is the same for all.
    pub fn log_likelihood(&self, evidence: &Evidence, logs: &Logs, steps_too: bool) -> Vec<f64> {
        let Some(condition) = self.conditions.get(evidence.condition) else { return Vec::new() };
        let answer = |cause: usize, (question, answer): (usize, usize)| {
            let row = self.row(question, cause).and_then(|row| logs.rows.get(row));
            row.and_then(|row| row.get(answer)).copied().unwrap_or(0.0)
        };
        let step = |cause: usize, step: usize, helped: bool| match (self.repair(step, cause), helped) {
            (Ok(at), true) => logs.helps.get(at).copied().unwrap_or(0.0),
            (Ok(at), false) => logs.fails.get(at).copied().unwrap_or(0.0),
            (Err(p), true) => p.ln(),
            (Err(p), false) => (-p).ln_1p(),
        };
        let under = |cause: &usize| {
            let told: f64 = evidence.told.iter().map(|t| answer(*cause, *t)).sum();
            if !steps_too {
                return told;
            }
            let failed: f64 = evidence.failed.iter().map(|s| step(*cause, *s, false)).sum();
            told + failed + evidence.helped.map_or(0.0, |s| step(*cause, s, true))
        };
        condition.causes.iter().map(under).collect()
    }
}

fn probability(p: f64) -> Option<f64> {
    (0.0..=1.0).contains(&p).then(|| inside(p))
}

fn once<'a>(ids: impl Iterator<Item = &'a str>) -> Result<(), KnowledgeError> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(KnowledgeError::Twice(id.to_owned()));
        }
    }
    Ok(())
}

fn positions<'a>(ids: impl Iterator<Item = &'a String> + Clone) -> Result<BTreeMap<String, usize>, KnowledgeError> {
    once(ids.clone().map(String::as_str))?;
    Ok(ids.cloned().enumerate().map(|(i, id)| (id, i)).collect())
}

/// Turns logarithms of weights into probabilities; also returns the logarithm of their sum.
pub(super) fn normalise(logs: &[f64]) -> (Vec<f64>, f64) {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !top.is_finite() {
        return (vec![1.0 / logs.len().max(1) as f64; logs.len()], 0.0);
    }
    let weights: Vec<f64> = logs.iter().map(|l| (l - top).exp()).collect();
    let sum: f64 = weights.iter().sum();
    (weights.iter().map(|w| w / sum).collect(), top + sum.ln())
}
