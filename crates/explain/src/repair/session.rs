//! What happened so far, and what follows from it. A session is a list of entries; everything else is computed from it, so that going
//! back is dropping the last entry, and the same list gives the same answer years later.

use posdx_diagnosis::learning::Terminal;
use posdx_model::Text;
use serde::{Deserialize, Serialize};

use super::advise::{Advice, advise};
use super::model::{Model, Subject};

/// A step that repairs a cause this surely changes what questions about that cause are about.
const CHANGES: f64 = 0.9;

/// The precondition that looking the last sale up fulfils, as does a code that leaves no doubt about the money.
const OUTCOME_KNOWN: &str = "outcome-known";

/// One thing that was told or done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Entry {
    /// What the look-up of the last sale showed.
    LastSale {
        /// The result.
        found: LastSale,
    },
    /// An answer to a question; `None` is “can't tell”, which is no evidence.
    Told {
        /// The question.
        question: String,
        /// The answer.
        answer: Option<String>,
    },
    /// A step was done; `None`: it could not be done.
    Did {
        /// The step.
        step: String,
        /// Whether it helped.
        helped: Option<bool>,
    },
    /// Whether a precondition holds.
    Holds {
        /// The precondition.
        precondition: String,
        /// Whether it does.
        holds: bool,
    },
}

posdx_model::words! {
    /// What the look-up of the last sale showed.
    LastSale {
        /// It succeeded: the money is taken.
        Succeeded = "succeeded",
        /// It failed, or there is none.
        Failed = "failed",
        /// It was reversed.
        Reversed = "reversed",
        /// It could not be found out.
        CannotTell = "cannot-tell",
    }
}

/// A session as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// `posdx.session/1`.
    pub schema: String,
    /// The catalogue's version when it began.
    pub catalogue: String,
    /// What is to be repaired.
    pub subject: Subject,
    /// What is known about place and moment.
    #[serde(default)]
    pub contexts: Vec<String>,
    /// The terminal, as far as it is known.
    #[serde(default, skip_serializing_if = "no_terminal")]
    pub terminal: Terminal,
    /// Fingerprint of the overlay with which it was led, if one was in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlay: Option<String>,
    /// Id of the cause, once somebody found it for certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What was told and done, in order.
    #[serde(default)]
    pub entries: Vec<Entry>,
}

fn no_terminal(terminal: &Terminal) -> bool {
    *terminal == Terminal::default()
}

/// Why a session cannot be replayed: which entry, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionError {
    /// The entry, from 1; 0 for the session itself.
    pub entry: usize,
    /// What is wrong and what to do.
    pub text: Text,
}

/// Where a repair stands.
#[derive(Clone, Debug)]
pub struct State {
    /// Probabilities of the causes, by position.
    pub posterior: Vec<f64>,
    /// How much each entry spoke for each cause: entry, and per cause the natural logarithm of the likelihood ratio against the others.
    pub weights: Vec<(usize, Vec<f64>)>,
    /// What to do next.
    pub next: Next,
    /// What the engine thinks of it.
    pub advice: Option<Advice>,
    /// True when what was told fits no single cause well: two things may be wrong at once.
    pub several: Vec<(usize, usize, f64)>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Look the last sale up: the step (its position is none; it stands outside the model) and its answers.
    LastSale {
        /// True when waiting for a reversal comes first, because it could not be told once already.
        wait: bool,
    },
    /// Ask.
    Ask(usize),
    /// Make sure of a precondition before a step.
    Confirm {
        /// The precondition.
        precondition: String,
        /// The step that needs it.
        step: usize,
    },
    /// Do.
    Do(usize),
    /// Call for help.
    Call,
    /// It works again, by this step.
    Solved(usize),
    /// The last sale succeeded: nothing is to be repaired, nothing to be charged again.
    Paid,
}

/// Computes where a repair stands.
pub fn state(model: &Model, entries: &[Entry], budget: &mut dyn FnMut() -> bool) -> Result<State, SessionError> {
    let mut case = Case::new(model);
    if !model.money_first() {
        case.holds.push(OUTCOME_KNOWN.to_owned());
    }
    let mut finished = None;
    let mut sale: Option<LastSale> = None;
    let mut waited = 0;
    for (i, entry) in entries.iter().enumerate() {
        let wrong = |zh: String, en: String| SessionError { entry: i + 1, text: Text::new(zh, en) };
        if finished.is_some() {
            return Err(wrong("前面已经结束了，后面不该再有记录。".into(), "The repair had ended; nothing may follow.".into()));
        }
        match entry {
            Entry::LastSale { found } => {
                sale = Some(*found);
                if *found != LastSale::CannotTell {
                    case.holds.push(OUTCOME_KNOWN.to_owned());
                }
                waited += 1;
                if *found == LastSale::Succeeded {
                    finished = Some(Next::Paid);
                }
            }
            Entry::Told { question, answer } => {
                let q = model
                    .question(question)
                    .ok_or_else(|| wrong(format!("这里没有问题“{question}”。"), format!("There is no question `{question}` here.")))?;
                let a = match answer {
                    None => None,
                    Some(id) => Some(model.questions[q].answers.iter().position(|a| a.id == *id).ok_or_else(|| {
                        wrong(format!("问题“{question}”没有答案“{id}”。"), format!("The question `{question}` has no answer `{id}`."))
                    })?),
                };
                case.told(i, q, a);
            }
            Entry::Did { step, helped } => {
                let Some(s) = model.step(step) else {
                    return Err(wrong(format!("这里没有步骤“{step}”。"), format!("There is no step `{step}` here.")));
                };
                match helped {
                    Some(true) => finished = Some(Next::Solved(s)),
                    Some(false) => case.failed(i, s),
                    None => case.excluded[s] = true,
                }
            }
            Entry::Holds { precondition, holds } => {
                if *holds {
                    case.holds.push(precondition.clone());
                } else {
                    for (s, step) in model.steps.iter().enumerate() {
                        case.excluded[s] |= step.needs.contains(precondition);
                    }
                }
            }
        }
    }
    let total: f64 = case.weight.iter().sum();
    if !(total.is_finite() && total > 1e-300) {
        return Err(SessionError {
            entry: entries.len(),
            text: Text::new(
                "这些回答互相矛盾，没有一个原因说得通。退回一步，核对最后的回答。",
                "These answers contradict each other; no cause fits them all. Go back one step and check the last answer.",
            ),
        });
    }
    let posterior: Vec<f64> = case.weight.iter().map(|w| w / total).collect();
    let several = case.several();
    let money_open = model.money_first() && !matches!(sale, Some(LastSale::Failed | LastSale::Reversed));
    let (next, advice) = match finished {
        Some(next) => (next, None),
        None if money_open && waited < 2 => (Next::LastSale { wait: waited > 0 }, None),
        // Whoever cannot find out may not redo anything.
        None if money_open => (Next::Call, None),
        None => {
            let advice = advise(model, &case.weight, &case.excluded, &case.asked, budget);
            let next = match &advice.next {
                Next::Do(s) => match model.steps[*s].needs.iter().find(|n| !case.holds.contains(n)) {
                    Some(precondition) => Next::Confirm { precondition: precondition.clone(), step: *s },
                    None => Next::Do(*s),
                },
                other => other.clone(),
            };
            (next, Some(advice))
        }
    };
    Ok(State { posterior, weights: case.reasons, next, advice, several })
}

/// What is known while entries are read.
struct Case<'m> {
    model: &'m Model,
    weight: Vec<f64>,
    reasons: Vec<(usize, Vec<f64>)>,
    excluded: Vec<bool>,
    asked: Vec<bool>,
    /// Answers that still count: entry, question, answer.
    answers: Vec<(usize, usize, usize)>,
    failures: Vec<usize>,
    holds: Vec<String>,
}

impl<'m> Case<'m> {
    fn new(model: &'m Model) -> Self {
        Case {
            model,
            weight: model.prior.clone(),
            reasons: Vec::new(),
            excluded: vec![false; model.steps.len()],
            asked: vec![false; model.questions.len()],
            answers: Vec::new(),
            failures: Vec::new(),
            holds: Vec::new(),
        }
    }

    fn told(&mut self, entry: usize, question: usize, answer: Option<usize>) {
        self.asked[question] = true;
        if let Some(answer) = answer {
            let said = &self.model.questions[question];
            // What the answer makes senseless is not asked any more.
            for (q, other) in self.model.questions.iter().enumerate() {
                let senseless = other.unless.iter().any(|u| u.question == said.id && u.answers.contains(&said.answers[answer].id));
                self.asked[q] |= senseless;
            }
        }
        // An answer given again replaces the earlier one.
        if self.answers.iter().any(|a| a.1 == question) {
            self.drop_answers(|q| q == question);
        }
        let Some(answer) = answer else { return };
        let rows: Vec<f64> = self.model.answers[question].iter().map(|row| row[answer]).collect();
        self.answers.push((entry, question, answer));
        self.weigh(entry, &rows);
    }

    fn failed(&mut self, entry: usize, step: usize) {
        self.excluded[step] = true;
        self.failures.push(step);
        // What was seen before the step may no longer hold: an answer that pointed to what the step has surely changed is dropped, and
        // its question may be asked again.
        let model = self.model;
        let changed: Vec<usize> = (0..model.causes.len()).filter(|f| model.repairs[step][*f] >= CHANGES).collect();
        let stale: Vec<usize> = self
            .answers
            .iter()
            .filter(|(_, q, a)| {
                let rows = &model.answers[*q];
                let pointed = (0..rows.len()).max_by(|x, y| rows[*x][*a].total_cmp(&rows[*y][*a]));
                pointed.is_some_and(|f| changed.contains(&f))
            })
            .map(|a| a.1)
            .collect();
        self.drop_answers(|q| stale.contains(&q));
        for q in stale {
            self.asked[q] = false;
        }
        let rows: Vec<f64> = model.repairs[step].iter().map(|p| 1.0 - p).collect();
        self.weigh(entry, &rows);
    }

    fn drop_answers(&mut self, stale: impl Fn(usize) -> bool) {
        for (entry, q, a) in self.answers.clone() {
            if stale(q) {
                for (f, row) in self.model.answers[q].iter().enumerate() {
                    self.weight[f] /= row[a];
                }
                self.reasons.retain(|r| r.0 != entry);
            }
        }
        self.answers.retain(|a| !stale(a.1));
    }

    /// Multiplies the weights by the likelihoods of what was seen, and keeps how much it spoke for each cause against the rest.
    fn weigh(&mut self, entry: usize, rows: &[f64]) {
        let total: f64 = self.weight.iter().sum();
        let seen: f64 = self.weight.iter().zip(rows).map(|(w, l)| w * l).sum();
        let ratios = self.weight.iter().zip(rows).map(|(w, l)| {
            let rest = (seen - w * l) / (total - w).max(1e-300);
            (l.max(1e-12) / rest.max(1e-12)).ln()
        });
        let ratios: Vec<f64> = ratios.collect();
        self.reasons.push((entry, ratios));
        for (w, l) in self.weight.iter_mut().zip(rows) {
            *w *= l;
        }
    }

    /// Pairs of causes that explain what was seen better than any cause alone, with how much better. Two independent faults at once are
    /// rare, so a pair starts with a low prior; answers combine like noisy evidence of both, and a step must repair both to help.
    fn several(&self) -> Vec<(usize, usize, f64)> {
        /// Prior of two independent faults at once against one.
        const BOTH: f64 = 0.05;
        if self.answers.len() + self.failures.len() < 2 {
            return Vec::new();
        }
        let model = self.model;
        let single: f64 = self.weight.iter().cloned().fold(0.0, f64::max);
        let named = |f: &usize| !matches!(model.causes[*f].id.as_str(), crate::plan::OTHER | crate::plan::TRANSIENT);
        let mut pairs = Vec::new();
        for f in (0..model.causes.len()).filter(named) {
            for g in (f + 1..model.causes.len()).filter(named) {
                let mut w = model.prior[f] * model.prior[g] * BOTH;
                for (_, q, a) in &self.answers {
                    // Whichever of the two makes the answer likelier shows.
                    let rows = &model.answers[*q];
                    let best: Vec<f64> = rows[f].iter().zip(&rows[g]).map(|(x, y)| x.max(*y)).collect();
                    w *= best[*a] / best.iter().sum::<f64>();
                }
                for s in &self.failures {
                    w *= 1.0 - model.repairs[*s][f] * model.repairs[*s][g];
                }
                if w > single {
                    pairs.push((f, g, w / single));
                }
            }
        }
        pairs.sort_by(|x, y| y.2.total_cmp(&x.2));
        pairs.truncate(3);
        pairs
    }
}
