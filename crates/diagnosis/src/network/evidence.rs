//! What was observed, and what follows from it.

use super::error::InferenceError;
use super::model::Network;

/// What is known about one node.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// The node is in this state (position).
    State(usize),
    /// Likelihood of the observation per state (soft or "virtual" evidence, Pearl 1988): any scale, none negative, one above zero.
    Likelihood(Vec<f64>),
}

/// Findings, at most one per node, in the order of the nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    findings: Vec<(usize, Finding)>,
}

impl Evidence {
    /// Nothing observed.
    pub fn new() -> Self {
        Evidence::default()
    }

    /// Findings by name: pairs of node and state.
    ///
    /// # Errors
    /// A node or state that the network does not have.
    pub fn by_name<'a>(network: &Network, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, InferenceError> {
        let mut evidence = Evidence::new();
        for (name, state) in pairs {
            let node = network.find(name).ok_or_else(|| InferenceError::UnknownNode(name.into()))?;
            let states = &network.nodes()[node].states;
            let position = states.iter().position(|s| s == state).ok_or_else(|| InferenceError::UnknownState {
                node: name.into(),
                state: state.into(),
                states: states.clone(),
            })?;
            evidence.observe(node, position);
        }
        Ok(evidence)
    }

    /// The node is in this state. Replaces what was known about the node.
    pub fn observe(&mut self, node: usize, state: usize) -> &mut Self {
        self.set(node, Finding::State(state))
    }

    /// The observation is this likely in each state. Replaces what was known about the node.
    pub fn weigh(&mut self, node: usize, likelihood: Vec<f64>) -> &mut Self {
        self.set(node, Finding::Likelihood(likelihood))
    }

    /// Sets a finding.
    pub fn set(&mut self, node: usize, finding: Finding) -> &mut Self {
        match self.findings.binary_search_by_key(&node, |f| f.0) {
            Ok(i) => self.findings[i].1 = finding,
            Err(i) => self.findings.insert(i, (node, finding)),
        }
        self
    }

    /// Nothing is known about the node any more.
    pub fn forget(&mut self, node: usize) -> &mut Self {
        self.findings.retain(|f| f.0 != node);
        self
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) -> &mut Self {
        self.findings.clear();
        self
    }

    /// The findings in the order of the nodes.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Finding)> + '_ {
        self.findings.iter().map(|(n, f)| (*n, f))
    }

    /// Number of findings.
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// True when nothing is observed.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }
}

/// The answer to a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Posteriors {
    /// Probability of the evidence; with likelihoods their expected product. Zero when below what f64 holds: see `log_p`.
    pub p_evidence: f64,
    /// Natural logarithm of the same.
    pub log_p: f64,
    pub(super) nodes: Vec<usize>,
    pub(super) starts: Vec<usize>,
    pub(super) values: Vec<f64>,
}

impl Posteriors {
    /// Probabilities of the states of a target, in the order of its states; `None` for a node that was not asked for.
    pub fn get(&self, node: usize) -> Option<&[f64]> {
        let i = self.nodes.iter().position(|n| *n == node)?;
        self.values.get(*self.starts.get(i)?..*self.starts.get(i + 1)?)
    }

    /// Targets and their probabilities, in the order they were asked for.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[f64])> + '_ {
        self.nodes.iter().zip(self.starts.windows(2)).map(|(n, w)| (*n, self.values.get(w[0]..w[1]).unwrap_or_default()))
    }
}

/// The most probable state of everything, given the evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct MostProbable {
    /// State of each node of the network; `None` for a node that was left out when compiling.
    pub states: Vec<Option<usize>>,
    /// Probability of these states together with the evidence.
    pub p: f64,
    /// Natural logarithm of the same.
    pub log_p: f64,
}
