//! Where a case stands: what was tried, what was answered, who is there. → the weights of the causes to start from.

use super::model::{Guard, Model, PlanError, Terms, malformed};

/// A given answer: position of the question, and of the answer. `None` is "can't tell": no evidence, and not asked again.
pub type Told = (usize, Option<usize>);

/// The situation a plan starts from. The default is a fresh case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// Actions done without success: evidence, and never advised again.
    pub failed: Vec<usize>,
    /// Actions not to advise and no evidence either: tried with an unclear result, refused, tools missing.
    pub excluded_actions: Vec<usize>,
    /// Answers given.
    pub told: Vec<Told>,
    /// Questions not to ask.
    pub excluded_questions: Vec<usize>,
    /// Clusters that are open already.
    pub open_clusters: Vec<usize>,
    /// Most that a role may be asked to spend from here on, over all its steps. 0: the role is not there. Not listed: no limit.
    pub roles: Vec<(usize, f64)>,
}

impl Case {
    /// Looks the case through against its model.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place; contradictory answers included.
    pub fn check(&self, model: &Model) -> Result<(), PlanError> {
        for (list, name) in [(&self.failed, "failed"), (&self.excluded_actions, "excluded_actions")] {
            range(list.iter(), model.actions.len(), name, "action")?;
        }
        range(self.excluded_questions.iter(), model.questions.len(), "excluded_questions", "question")?;
        range(self.open_clusters.iter(), model.clusters.len(), "open_clusters", "cluster")?;
        range(self.told.iter().map(|(q, _)| q), model.questions.len(), "told", "question")?;
        for (at, a) in self.failed.iter().enumerate() {
            if self.failed.iter().take(at).any(|b| b == a) {
                return Err(malformed(format!("case, failed {at}"), format!("action {a} is listed twice")));
            }
        }
        for (at, (q, answer)) in self.told.iter().enumerate() {
            let place = || format!("case, told {at}");
            if self.told.iter().take(at).any(|(other, _)| other == q) {
                return Err(malformed(place(), format!("question {q} is answered twice; keep the answer that holds now")));
            }
            let width = model.questions.get(*q).map_or(0, super::Question::width);
            if let Some(k) = answer
                && *k >= width
            {
                return Err(malformed(place(), format!("answer {k} of question {q}, which has {width}")));
            }
        }
        for (at, (role, most)) in self.roles.iter().enumerate() {
            if most.is_nan() || *most < 0.0 {
                return Err(malformed(format!("case, roles {at}"), format!("role {role} may spend {most}; expected a number from 0 up")));
            }
        }
        Ok(())
    }

    /// P(cause, everything found so far), not normalised.
    pub(super) fn weights(&self, model: &Model) -> Vec<f64> {
        let mut weights = model.prior_scaled();
        for (f, w) in weights.iter_mut().enumerate() {
            *w *= self.findings().map(|finding| finding.factor(model, f)).product::<f64>();
        }
        weights
    }

    /// The weights, or which findings exclude each other.
    pub(super) fn weights_checked(&self, model: &Model) -> Result<Vec<f64>, PlanError> {
        let weights = self.weights(model);
        let sum: f64 = weights.iter().sum();
        if sum > f64::MIN_POSITIVE {
            return Ok(weights);
        }
        // A set that cannot be made smaller: leave out one by one whatever is not needed for the contradiction.
        let mut kept: Vec<Finding> = self.findings().collect();
        let mut at = 0;
        while at < kept.len() {
            let without: Vec<Finding> = kept.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, x)| *x).collect();
            let possible = model.prior.iter().enumerate().any(|(f, p)| *p > 0.0 && without.iter().all(|x| x.factor(model, f) > 0.0));
            if possible { at += 1 } else { kept = without }
        }
        Err(PlanError::Impossible { findings: kept.iter().map(Finding::name).collect() })
    }

    fn findings(&self) -> impl Iterator<Item = Finding> + '_ {
        let failed = self.failed.iter().map(|a| Finding::Failed(*a));
        failed.chain(self.told.iter().filter_map(|(q, k)| k.map(|k| Finding::Answer(*q, k))))
    }

    /// Whether a guard holds in this case before the plan begins.
    pub(super) fn holds(&self, guard: &Guard) -> bool {
        match guard {
            Guard::Done(a) => self.failed.contains(a),
            Guard::Answered { question, answers } => {
                self.told.iter().any(|(q, k)| q == question && k.is_some_and(|k| answers.contains(&k)))
            }
        }
    }

    /// Whether a cluster is open before the plan begins.
    pub(super) fn is_open(&self, model: &Model, cluster: usize) -> bool {
        let of = |terms: Option<&Terms>| terms.is_some_and(|t| t.cluster == Some(cluster));
        self.open_clusters.contains(&cluster)
            || self.failed.iter().any(|a| of(model.actions.get(*a).map(|x| &x.terms)))
            || self.told.iter().any(|(q, _)| of(model.questions.get(*q).map(|x| &x.terms)))
    }
}

/// One piece of evidence.
#[derive(Clone, Copy)]
enum Finding {
    Failed(usize),
    Answer(usize, usize),
}

impl Finding {
    /// P(finding | cause).
    fn factor(&self, model: &Model, f: usize) -> f64 {
        match self {
            Finding::Failed(a) => 1.0 - model.actions.get(*a).and_then(|x| x.repairs.get(f)).copied().unwrap_or(0.0),
            Finding::Answer(q, k) => model.questions.get(*q).map_or(0.0, |x| x.likelihood(f, *k)),
        }
    }

    fn name(&self) -> String {
        match self {
            Finding::Failed(a) => format!("action {a} failed"),
            Finding::Answer(q, k) => format!("question {q} answered {k}"),
        }
    }
}

fn range<'a>(list: impl Iterator<Item = &'a usize>, many: usize, name: &str, item: &str) -> Result<(), PlanError> {
    for (at, i) in list.enumerate() {
        if *i >= many {
            return Err(malformed(format!("case, {name} {at}"), format!("{item} {i} does not exist; there are {many}")));
        }
    }
    Ok(())
}
