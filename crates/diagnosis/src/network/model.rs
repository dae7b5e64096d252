//! The network itself: nodes, states, parents, probabilities; and the rules they keep.

use super::error::{NetworkError, NetworkFault};
use super::noisy::NoisyMax;
use std::collections::HashMap;

/// States a node may have.
pub const MAX_STATES: usize = 4096;
/// Numbers a single table may have.
pub const MAX_ENTRIES: usize = 1 << 24;
/// Nodes a network may have.
pub const MAX_NODES: usize = 8192;
/// A row may miss 1 by this much and is then normalised: rounding to two places in each of a few states explains no more.
const ROW_TOLERANCE: f64 = 1e-2;

/// Probabilities of a node given its parents.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Cpt {
    /// Row-major: one row per configuration of the parents (the last parent varies fastest), one number per state in it.
    Table(Vec<f64>),
    /// Independent influences, combined by the extreme of their effects.
    Noisy(NoisyMax),
}

/// A discrete random variable with its conditional probabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Unique name.
    pub name: String,
    /// State names, unique within the node.
    pub states: Vec<String>,
    /// Positions of the parents in the network, in the order that the table counts by.
    pub parents: Vec<usize>,
    /// The probabilities.
    pub cpt: Cpt,
    /// Free text of the file (BIF `property`), kept as it stands.
    pub properties: Vec<String>,
}

/// A valid discrete Bayesian network: names unique, no cycles, every row adds up to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    name: String,
    properties: Vec<String>,
    nodes: Vec<Node>,
    index: HashMap<String, usize>,
}

impl Network {
    /// Checks `nodes` and normalises rows that miss 1 by rounding.
    ///
    /// # Errors
    /// Bad or repeated names, unknown parents, cycles (named), numbers that are no probabilities, rows that do not add up, sizes
    /// beyond [`MAX_NODES`], [`MAX_STATES`] and [`MAX_ENTRIES`].
    pub fn new(name: impl Into<String>, nodes: Vec<Node>) -> Result<Network, NetworkError> {
        Network::build(name.into(), Vec::new(), nodes).map_err(|(_, fault)| fault.into())
    }

    /// As [`Network::new`]; an error also says which node it is about, so that a reader can point to it.
    pub(super) fn build(name: String, properties: Vec<String>, mut nodes: Vec<Node>) -> Result<Network, (Option<usize>, NetworkFault)> {
        if nodes.len() > MAX_NODES {
            return Err((None, too_large("number of variables", nodes.len() as f64, MAX_NODES)));
        }
        let mut index = HashMap::with_capacity(nodes.len());
        for (i, node) in nodes.iter().enumerate() {
            check_names(node).map_err(|fault| (Some(i), fault))?;
            if index.insert(node.name.clone(), i).is_some() {
                return Err((Some(i), NetworkFault::Twice { what: "variable", name: node.name.clone() }));
            }
        }
        let cards: Vec<usize> = nodes.iter().map(|n| n.states.len()).collect();
        for i in 0..nodes.len() {
            check_parents(&nodes, i).map_err(|fault| (Some(i), fault))?;
        }
        if let Some(cycle) = cycle(&nodes) {
            let mut names: Vec<String> = cycle.iter().map(|i| nodes[*i].name.clone()).collect();
            names.extend(names.first().cloned());
            return Err((cycle.first().copied(), NetworkFault::Cycle(names)));
        }
        for i in 0..nodes.len() {
            let parents: Vec<usize> = nodes[i].parents.iter().map(|p| cards[*p]).collect();
            let mut cpt = std::mem::replace(&mut nodes[i].cpt, Cpt::Table(Vec::new()));
            let checked = match &mut cpt {
                Cpt::Table(table) => check_table(&nodes, i, &parents, table),
                Cpt::Noisy(noisy) => noisy.check(&nodes[i].name, cards[i], &parents),
            };
            checked.map_err(|fault| (Some(i), fault))?;
            nodes[i].cpt = cpt;
        }
        Ok(Network { name, properties, nodes, index })
    }

    /// Name of the network; may be empty.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Free text about the whole network.
    pub fn properties(&self) -> &[String] {
        &self.properties
    }

    /// The nodes; a position in this list is how the rest of the module names a node.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Position of the node with this name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// Positions of the nodes without parents.
    pub fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        self.nodes.iter().enumerate().filter(|(_, n)| n.parents.is_empty()).map(|(i, _)| i)
    }

    /// The full table of a node, row-major as in [`Cpt::Table`]; a noisy node is multiplied out.
    ///
    /// # Errors
    /// A noisy node whose table would have more than [`MAX_ENTRIES`] numbers.
    pub(super) fn full_table(&self, node: usize) -> Result<Vec<f64>, NetworkFault> {
        let n = &self.nodes[node];
        match &n.cpt {
            Cpt::Table(table) => Ok(table.clone()),
            Cpt::Noisy(noisy) => {
                let parents: Vec<usize> = n.parents.iter().map(|p| self.nodes[*p].states.len()).collect();
                entries(&n.name, n.states.len(), &parents)?;
                Ok(noisy.full(n.states.len(), &parents))
            }
        }
    }
}

pub(super) fn too_large(what: impl Into<String>, size: f64, limit: usize) -> NetworkFault {
    NetworkFault::TooLarge { what: what.into(), size, limit }
}

/// Numbers in the table of a node, checked against the limit before anything is allocated.
pub(super) fn entries(name: &str, states: usize, parents: &[usize]) -> Result<usize, NetworkFault> {
    let size: f64 = parents.iter().map(|c| *c as f64).product::<f64>() * states as f64;
    if size > MAX_ENTRIES as f64 {
        Err(too_large(format!("numbers in the table of `{name}`"), size, MAX_ENTRIES))
    } else {
        Ok(size as usize)
    }
}

/// ` for (a, b)`: the configuration of a row; empty for a node without parents.
pub(super) fn configuration(nodes: &[Node], node: usize, row: usize) -> String {
    let mut rest = row;
    let mut words: Vec<&str> = Vec::new();
    for p in nodes[node].parents.iter().rev() {
        let states = &nodes[*p].states;
        words.push(states.get(rest % states.len().max(1)).map_or("?", |s| s.as_str()));
        rest /= states.len().max(1);
    }
    words.reverse();
    if words.is_empty() { String::new() } else { format!(" for ({})", words.join(", ")) }
}

fn bad_name(name: &str) -> bool {
    name.is_empty() || name.trim() != name || name.chars().any(char::is_control)
}

fn check_names(node: &Node) -> Result<(), NetworkFault> {
    if bad_name(&node.name) {
        return Err(NetworkFault::Name { what: "variable", name: node.name.clone() });
    }
    if node.states.is_empty() || node.states.len() > MAX_STATES {
        return Err(too_large(format!("number of states of `{}` (at least 1)", node.name), node.states.len() as f64, MAX_STATES));
    }
    let mut seen = std::collections::HashSet::with_capacity(node.states.len());
    for state in &node.states {
        if bad_name(state) {
            return Err(NetworkFault::Name { what: "state", name: state.clone() });
        }
        if !seen.insert(state) {
            return Err(NetworkFault::Twice { what: "state", name: state.clone() });
        }
    }
    Ok(())
}

fn check_parents(nodes: &[Node], i: usize) -> Result<(), NetworkFault> {
    for (k, p) in nodes[i].parents.iter().enumerate() {
        let Some(parent) = nodes.get(*p) else {
            return Err(NetworkFault::Unknown { what: "variable".into(), name: format!("number {p}") });
        };
        if nodes[i].parents[..k].contains(p) {
            return Err(NetworkFault::Twice { what: "parent", name: parent.name.clone() });
        }
    }
    Ok(())
}

/// Nodes along a directed cycle, parent before child.
fn cycle(nodes: &[Node]) -> Option<Vec<usize>> {
    // Walk towards the parents with an own stack: the depth of a network is input.
    let mut state = vec![0u8; nodes.len()];
    for start in 0..nodes.len() {
        if state[start] != 0 {
            continue;
        }
        let mut stack = vec![(start, 0)];
        state[start] = 1;
        while let Some((node, next)) = stack.last_mut() {
            if let Some(parent) = nodes[*node].parents.get(*next).copied() {
                *next += 1;
                match state[parent] {
                    0 => {
                        state[parent] = 1;
                        stack.push((parent, 0));
                    }
                    1 => {
                        let mut cycle: Vec<usize> = stack.iter().map(|s| s.0).skip_while(|n| *n != parent).collect();
                        cycle.reverse();
                        return Some(cycle);
                    }
                    _ => {}
                }
            } else {
                state[*node] = 2;
                stack.pop();
            }
        }
    }
    None
}

fn check_table(nodes: &[Node], i: usize, parents: &[usize], table: &mut [f64]) -> Result<(), NetworkFault> {
    let (name, card) = (&nodes[i].name, nodes[i].states.len());
    let expected = entries(name, card, parents)?;
    if table.len() != expected {
        return Err(NetworkFault::Count { node: name.clone(), expected, found: table.len() });
    }
    for (row, values) in table.chunks_exact_mut(card).enumerate() {
        normalise(name, values, || configuration(nodes, i, row))?;
    }
    Ok(())
}

/// Checks a row and makes it add up to 1.
pub(super) fn normalise(node: &str, row: &mut [f64], place: impl Fn() -> String) -> Result<(), NetworkFault> {
    if let Some(value) = row.iter().find(|v| !v.is_finite() || **v < 0.0 || **v > 1.0 + ROW_TOLERANCE) {
        return Err(NetworkFault::NotProbability { node: node.into(), value: *value });
    }
    let sum: f64 = row.iter().sum();
    if (sum - 1.0).abs() > ROW_TOLERANCE + 1e-9 {
        return Err(NetworkFault::RowSum { node: node.into(), configuration: place(), sum });
    }
    // A row that is right to the last bits stays as it is, so that writing and reading again changes nothing.
    if (sum - 1.0).abs() > row.len() as f64 * 4.0 * f64::EPSILON {
        row.iter_mut().for_each(|v| *v /= sum);
    }
    Ok(())
}
