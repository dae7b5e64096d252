//! A troubleshooting model in plain numbers, and everything that can be wrong with it.

/// Most causes of a model.
pub const CAUSES_MAX: usize = 4096;
/// Most actions or questions of a model, before those that cannot matter are dropped.
pub const STEPS_MAX: usize = 4096;
/// Most answers of one question.
pub const ANSWERS_MAX: usize = 60;
/// How far a list of probabilities may miss 1 (rounded tables do); it is then scaled to 1.
pub const SUM_TOLERANCE: f64 = 1e-3;

/// One active cause, steps that may remove it, questions that tell causes apart, and service as the last resort.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Probability of each cause; adds up to 1.
    pub prior: Vec<f64>,
    /// The steps.
    pub actions: Vec<Action>,
    /// The questions.
    pub questions: Vec<Question>,
    /// What service costs; it always solves.
    pub service: f64,
    /// Cost clusters: what it costs to open each one (an engineer's journey, say). Paid once, with its first step.
    pub clusters: Vec<f64>,
}

/// A step that may remove the cause.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Action {
    /// What it costs, whether it helps or not.
    pub cost: f64,
    /// Probability that it removes each cause.
    pub repairs: Vec<f64>,
    /// Where and when it may be done.
    pub terms: Terms,
}

/// A question with a fixed set of answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    /// What it costs to ask.
    pub cost: f64,
    /// For each cause the probability of each answer; every row adds up to 1.
    pub answers: Vec<Vec<f64>>,
    /// The device answers by itself and nobody is bothered: taken at once, before anything else. A probe that must wait for a step or
    /// an answer (`needs`) is weighed like any question, and so is every probe after the first four.
    pub probe: bool,
    /// Where and when it may be asked.
    pub terms: Terms,
}

/// Under which terms a step or question is available.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// Cost cluster it belongs to.
    pub cluster: Option<usize>,
    /// Who does it: any number the caller likes. A case may limit what a role is asked to spend.
    pub role: Option<usize>,
    /// Allowed only when all of these hold (preconditions).
    pub needs: Vec<Guard>,
    /// Forbidden while any of these holds (do no harm).
    pub unless: Vec<Guard>,
}

/// Something that is so or not so at a point of the plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Guard {
    /// The action was done (and did not solve the problem).
    Done(usize),
    /// The question was answered with one of these answers.
    Answered {
        /// Position of the question.
        question: usize,
        /// Positions of the answers.
        answers: Vec<usize>,
    },
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// A number or a reference that cannot be.
    #[error("{place}: {problem}")]
    Malformed {
        /// Where: "action 3, cause 2".
        place: String,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// No cause of the model agrees with what was found.
    #[error("no cause agrees with these findings together: {}; at least one of them must be wrong, or the model lacks a cause", .findings.join(", "))]
    Impossible {
        /// A smallest set of findings that exclude each other: none of them can be left out.
        findings: Vec<String>,
    },
    /// More than the planner handles.
    #[error("too large to plan: {what}; at most {most} are handled")]
    TooLarge {
        /// What and how many.
        what: String,
        /// The limit.
        most: usize,
    },
}

/// Shorthand for an error with its place.
pub(super) fn malformed(place: impl Into<String>, problem: impl Into<String>) -> PlanError {
    PlanError::Malformed { place: place.into(), problem: problem.into() }
}

impl Model {
    /// Looks the whole model through.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn check(&self) -> Result<(), PlanError> {
        if self.prior.is_empty() {
            return Err(malformed("prior", "there is no cause"));
        }
        for (many, what, most) in [
            (self.prior.len(), "causes", CAUSES_MAX),
            (self.actions.len(), "actions", STEPS_MAX),
            (self.questions.len(), "questions", STEPS_MAX),
            (self.clusters.len(), "clusters", STEPS_MAX),
        ] {
            if many > most {
                return Err(PlanError::TooLarge { what: format!("{many} {what}"), most });
            }
        }
        distribution(&self.prior, "prior", "cause")?;
        price(self.service, "service")?;
        for (i, open) in self.clusters.iter().enumerate() {
            price(*open, &format!("cluster {i}"))?;
        }
        for (i, action) in self.actions.iter().enumerate() {
            let place = format!("action {i}");
            price(action.cost, &place)?;
            if action.repairs.len() != self.prior.len() {
                return Err(malformed(place, format!("{} repair probabilities for {} causes", action.repairs.len(), self.prior.len())));
            }
            for (f, p) in action.repairs.iter().enumerate() {
                probability(*p, || format!("action {i}, cause {f}"))?;
            }
            self.check_terms(&action.terms, &place)?;
        }
        for (i, question) in self.questions.iter().enumerate() {
            self.check_question(i, question)?;
        }
        Ok(())
    }

    fn check_question(&self, i: usize, question: &Question) -> Result<(), PlanError> {
        let place = format!("question {i}");
        price(question.cost, &place)?;
        if question.answers.len() != self.prior.len() {
            return Err(malformed(place, format!("{} rows of answers for {} causes", question.answers.len(), self.prior.len())));
        }
        let width = question.width();
        if width == 0 || width > ANSWERS_MAX {
            return Err(malformed(place, format!("{width} answers; 1 to {ANSWERS_MAX} are possible")));
        }
        for (f, row) in question.answers.iter().enumerate() {
            let place = format!("question {i}, cause {f}");
            if row.len() != width {
                return Err(malformed(place, format!("{} answers where cause 0 has {width}", row.len())));
            }
            distribution(row, &place, "answer")?;
        }
        self.check_terms(&question.terms, &place)
    }

    fn check_terms(&self, terms: &Terms, place: &str) -> Result<(), PlanError> {
        if let Some(c) = terms.cluster
            && c >= self.clusters.len()
        {
            return Err(malformed(place, format!("cluster {c} does not exist; there are {}", self.clusters.len())));
        }
        for guard in terms.needs.iter().chain(&terms.unless) {
            match guard {
                Guard::Done(a) if *a >= self.actions.len() => {
                    return Err(malformed(place, format!("its guard names action {a}; there are {}", self.actions.len())));
                }
                Guard::Done(_) => {}
                Guard::Answered { question, answers } => {
                    let Some(asked) = self.questions.get(*question) else {
                        return Err(malformed(place, format!("its guard names question {question}; there are {}", self.questions.len())));
                    };
                    if let Some(k) = answers.iter().find(|k| **k >= asked.width()) {
                        return Err(malformed(
                            place,
                            format!("its guard names answer {k} of question {question}, which has {}", asked.width()),
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    /// The prior, scaled to add up to 1.
    pub(super) fn prior_scaled(&self) -> Vec<f64> {
        let sum: f64 = self.prior.iter().sum();
        self.prior.iter().map(|p| p / sum).collect()
    }
}

impl Question {
    /// Number of answers.
    pub fn width(&self) -> usize {
        self.answers.first().map_or(0, Vec::len)
    }

    /// Probability of answer `k` given cause `f`, with the row scaled to add up to 1.
    pub(super) fn likelihood(&self, f: usize, k: usize) -> f64 {
        self.answers.get(f).map_or(0.0, |row| row.get(k).copied().unwrap_or(0.0) / row.iter().sum::<f64>())
    }
}

fn price(cost: f64, place: &str) -> Result<(), PlanError> {
    if cost.is_finite() && cost >= 0.0 { Ok(()) } else { Err(malformed(place, format!("cost {cost}; expected a number from 0 up"))) }
}

fn probability(p: f64, place: impl Fn() -> String) -> Result<(), PlanError> {
    if (0.0..=1.0).contains(&p) { Ok(()) } else { Err(malformed(place(), format!("probability {p}; expected 0 to 1"))) }
}

fn distribution(row: &[f64], place: &str, item: &str) -> Result<(), PlanError> {
    for (i, p) in row.iter().enumerate() {
        probability(*p, || format!("{place}, {item} {i}"))?;
    }
    let sum: f64 = row.iter().sum();
    if (sum - 1.0).abs() <= SUM_TOLERANCE {
        Ok(())
    } else {
        Err(malformed(place, format!("the probabilities add up to {sum}; expected 1")))
    }
}
