//! How likely the causes of a case are, by given knowledge.

use super::frame::{Frame, Logs, normalise};
use super::{Case, Knowledge, KnowledgeError, Problem};

/// How much of a case is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// What was told, before any step: when the first advice is given.
    FirstAdvice,
    /// All of it, the steps and how they ended too.
    Closed,
}

/// Knowledge made ready to judge many cases.
pub struct Posteriors<'k> {
    knowledge: &'k Knowledge,
    frame: Frame,
    logs: Logs,
}

impl<'k> Posteriors<'k> {
    /// Prepares.
    ///
    /// # Errors
    /// The knowledge itself does not hold together.
    pub fn new(knowledge: &'k Knowledge) -> Result<Self, KnowledgeError> {
        let frame = Frame::new(knowledge)?;
        let repairs: Vec<f64> = frame.repairs.iter().map(|r| r.p).collect();
        let rows: Vec<Vec<f64>> = frame.rows.iter().map(|r| r.p.clone()).collect();
        Ok(Posteriors { knowledge, frame, logs: Logs::new(&repairs, &rows) })
    }

    /// Probabilities of the causes in the order of the condition, and the position of the confirmed cause.
    ///
    /// # Errors
    /// The case does not fit the knowledge (the problem's line is 0).
    pub fn of(&self, case: &Case, moment: Moment) -> Result<(Vec<f64>, Option<usize>), Problem> {
        let evidence = self.frame.evidence(case)?;
        let prior = self.knowledge.prior(&case.condition, &case.terminal).unwrap_or_default();
        let likelihood = self.frame.log_likelihood(&evidence, &self.logs, moment == Moment::Closed);
        let mut scores: Vec<f64> = prior.iter().zip(likelihood).map(|(p, l)| p.ln() + l).collect();
        if let Some(odds) = &evidence.odds {
            scores.iter_mut().zip(odds).for_each(|(score, odds)| *score += odds);
        }
        Ok((normalise(&scores).0, evidence.cause))
    }
}
