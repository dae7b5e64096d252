//! A network made ready for queries: the junction tree with its tables, compiled once.

use super::error::{InferenceError, NetworkError};
use super::evidence::{Evidence, MostProbable, Posteriors};
use super::graph::{Bits, moral, triangulate};
use super::junction::{Dim, Tree, build};
use super::model::{Cpt, Network, Node};
use super::session::Session;
use super::table::{Map, fold, fold_in_place, multiply_tiles, rescale, sum_tiles, total};
use std::sync::OnceLock;

/// Nodes with as many parents stay factored when noisy; below, the table is as small as the chain.
const FACTORED_FROM: usize = 4;
/// No node, no clique, no message.
pub(super) const NONE: usize = usize::MAX;

/// What a compiled network may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Numbers (8 bytes each) in the largest clique.
    pub max_clique: usize,
    /// Numbers in all cliques together; a session needs as many again.
    pub max_total: usize,
}

impl Default for Limits {
    /// 2^22 numbers in a clique (32 MiB), 2^24 in all (128 MiB).
    fn default() -> Self {
        Limits { max_clique: 1 << 22, max_total: 1 << 24 }
    }
}

/// How large a compiled network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Cliques of the junction tree.
    pub cliques: usize,
    /// Numbers in the largest.
    pub largest: usize,
    /// Numbers in all.
    pub total: usize,
}

/// A network ready for queries. Immutable: threads may share it, each with its own [`Session`].
#[derive(Debug)]
pub struct Compiled {
    /// Names and states, for errors.
    pub(super) names: Vec<(String, Vec<String>)>,
    /// Node of the network → node of the tree ([`NONE`]: left out).
    pub(super) inner: Vec<usize>,
    /// Roots of the network, the targets when none are named.
    pub(super) roots: Vec<usize>,
    pub(super) cards: Vec<usize>,
    pub(super) tree: Tree,
    /// Per clique `P(own | separator)`.
    pub(super) tables: Vec<f64>,
    /// Per clique `P(separator)`.
    pub(super) separators: Vec<f64>,
    /// Begin of each node's numbers in `priors`.
    pub(super) starts: Vec<usize>,
    /// `P(node)` without evidence.
    pub(super) priors: Vec<f64>,
    /// Messages of a clique whose only finding is "node = state": `P(state | separator)`, state by state.
    pub(super) singles: Vec<f64>,
    /// Begin of each node's messages in `singles`.
    pub(super) single: Vec<usize>,
    /// Each node with its ancestors.
    pub(super) ancestors: Vec<Bits>,
    /// Logarithms of `tables`, for the rare work; made when first asked for.
    pub(super) logs: OnceLock<Vec<f64>>,
    /// A network with factored nodes and the limits: its most probable explanation needs the multiplied-out tables.
    factored: Option<(Network, Limits)>,
    multiplied: OnceLock<Result<Box<Compiled>, InferenceError>>,
}

/// Nodes of the tree: those kept, with noisy nodes as tables or chains.
struct Prepared {
    nodes: Vec<Node>,
    inner: Vec<usize>,
    factored: bool,
}

fn prepare(network: &Network, keep: &[bool], multiply_out: bool) -> Result<Prepared, NetworkError> {
    let mut inner = vec![NONE; keep.len()];
    let mut nodes: Vec<Node> = Vec::new();
    for (i, node) in network.nodes().iter().enumerate().filter(|(i, _)| keep[*i]) {
        inner[i] = nodes.len();
        let cpt = match &node.cpt {
            Cpt::Noisy(_) if multiply_out || node.parents.len() < FACTORED_FROM => Cpt::Table(network.full_table(i)?),
            other => other.clone(),
        };
        nodes.push(Node { cpt, ..node.clone() });
    }
    nodes.iter_mut().for_each(|n| n.parents.iter_mut().for_each(|p| *p = inner[*p]));
    let mut factored = false;
    for i in 0..nodes.len() {
        if let Cpt::Noisy(noisy) = nodes[i].cpt.clone() {
            noisy.chain(&mut nodes, i);
            factored = true;
        }
    }
    Ok(Prepared { nodes, inner, factored })
}

impl Compiled {
    /// Compiles the whole network, for any evidence and any targets.
    ///
    /// # Errors
    /// A tree beyond the limits, refused with its size before anything large is allocated.
    pub fn new(network: &Network, limits: Limits) -> Result<Compiled, InferenceError> {
        let targets: Vec<usize> = network.roots().collect();
        Compiled::with(network, limits, &vec![true; network.nodes().len()], &targets, false)
    }

    /// Compiles only what matters for findings on `observed` and posteriors of `targets`: nodes that are neither one of these nor an
    /// ancestor of one are barren (Shachter 1986) and left out. A network too large as a whole may be small for such a question.
    ///
    /// # Errors
    /// As [`Compiled::new`]; a node that the network does not have.
    pub fn for_question(network: &Network, limits: Limits, observed: &[usize], targets: &[usize]) -> Result<Compiled, InferenceError> {
        let mut keep = vec![false; network.nodes().len()];
        let mut stack: Vec<usize> = observed.iter().chain(targets).copied().collect();
        while let Some(i) = stack.pop() {
            let known = keep.get_mut(i).ok_or(InferenceError::NoSuchNode(i))?;
            if !std::mem::replace(known, true) {
                stack.extend(&network.nodes()[i].parents);
            }
        }
        Compiled::with(network, limits, &keep, targets, false)
    }

    fn with(network: &Network, limits: Limits, keep: &[bool], targets: &[usize], multiply_out: bool) -> Result<Compiled, InferenceError> {
        let refused = |clique: f64, total: f64| InferenceError::TooLarge {
            clique,
            total,
            max_clique: limits.max_clique,
            max_total: limits.max_total,
        };
        let Prepared { nodes, inner, factored } = prepare(network, keep, multiply_out).map_err(|e| match e.fault {
            super::NetworkFault::TooLarge { size, .. } => refused(size, size),
            _ => refused(f64::INFINITY, f64::INFINITY),
        })?;
        // A long chain of auxiliary nodes counts: the working set of the triangulation is quadratic in the nodes.
        if nodes.len() > 4 * super::MAX_NODES {
            return Err(refused(f64::INFINITY, f64::INFINITY));
        }
        let cards: Vec<usize> = nodes.iter().map(|n| n.states.len()).collect();
        let parents: Vec<Vec<usize>> = nodes.iter().map(|n| n.parents.clone()).collect();
        let family = |i: usize| parents[i].iter().chain([&i]).map(|v| cards[*v] as f64).product::<f64>();
        let (widest, sum) = (0..nodes.len()).map(family).fold((0.0f64, 0.0), |(w, s), f| (w.max(f), s + f));
        if widest > limits.max_clique as f64 {
            return Err(refused(widest, sum));
        }
        let elimination = triangulate(&moral(&parents), &cards);
        if elimination.largest > limits.max_clique.min(u32::MAX as usize) as f64 || elimination.total > limits.max_total as f64 {
            return Err(refused(elimination.largest, elimination.total));
        }
        let mut leaf = vec![true; nodes.len()];
        parents.iter().flatten().for_each(|p| leaf[*p] = false);
        let wanted: Vec<usize> = targets.iter().filter_map(|t| inner.get(*t).copied()).filter(|i| *i != NONE).collect();
        let tree = build(&elimination, &cards, &wanted, &leaf);
        let mut starts = vec![0];
        cards.iter().for_each(|c| starts.push(starts[starts.len() - 1] + c));
        let mut compiled = Compiled {
            names: network.nodes().iter().map(|n| (n.name.clone(), n.states.clone())).collect(),
            roots: network.roots().filter(|i| inner[*i] != NONE).collect(),
            inner,
            tables: vec![1.0; tree.entries],
            separators: vec![1.0; tree.messages],
            priors: vec![0.0; starts[cards.len()]],
            starts,
            singles: Vec::new(),
            single: Vec::new(),
            ancestors: ancestors(&parents),
            logs: OnceLock::new(),
            factored: factored.then(|| (network.clone(), limits)),
            multiplied: OnceLock::new(),
            cards,
            tree,
        };
        compiled.fill_tables(&nodes);
        compiled.fill_priors();
        compiled.fill_singles();
        Ok(compiled)
    }

    /// Multiplies the probabilities into the cliques and turns each table into `P(own | separator)`, leaves first.
    fn fill_tables(&mut self, nodes: &[Node]) {
        let tree = &self.tree;
        // The homes of a family lie on one path to the root; the lowest of them holds the whole family.
        for (i, node) in nodes.iter().enumerate() {
            let Cpt::Table(table) = &node.cpt else { continue };
            let family: Vec<usize> = node.parents.iter().chain([&i]).copied().collect();
            let clique = &tree.cliques[family.iter().map(|v| tree.home[*v]).max().unwrap_or(0)];
            let mut strides = vec![1; family.len()];
            for k in (1..family.len()).rev() {
                strides[k - 1] = strides[k] * self.cards[family[k]];
            }
            let stride = |d: &Dim| family.iter().position(|v| *v == d.node).map_or(0, |k| strides[k]);
            let map = Map::new(&clique.dims.iter().map(|d| (d.card, stride(d))).collect::<Vec<_>>());
            map.multiply(&mut self.tables[clique.first..clique.first + clique.size], 0, table);
        }
        let mut message = vec![0.0; tree.cliques.iter().map(|c| c.separator).max().unwrap_or(1)];
        for c in (0..tree.cliques.len()).rev() {
            let clique = &tree.cliques[c];
            let (above, below) = self.tables.split_at_mut(clique.first);
            let table = &mut below[..clique.size];
            let message = &mut message[..clique.separator];
            sum_tiles(table, message);
            for block in table.chunks_exact_mut(clique.separator) {
                block.iter_mut().zip(message.iter()).for_each(|(x, m)| *x = if *m > 0.0 { *x / m } else { 0.0 });
            }
            if c > 0 {
                rescale(message);
                let parent = &tree.cliques[clique.parent];
                clique.map.multiply(&mut above[parent.first..parent.first + parent.size], 0, message);
            }
        }
    }

    /// Separators and nodes without evidence, root first.
    fn fill_priors(&mut self) {
        let tree = &self.tree;
        let largest = tree.cliques.iter().map(|c| c.size).max().unwrap_or(1);
        let (mut joint, mut scratch) = (vec![0.0; largest], vec![0.0; largest]);
        let mut wanted = Vec::new();
        for (c, clique) in tree.cliques.iter().enumerate() {
            let joint = &mut joint[..clique.size];
            joint.copy_from_slice(&self.tables[clique.first..clique.first + clique.size]);
            multiply_tiles(joint, &self.separators[clique.message..clique.message + clique.separator]);
            for child in tree.children(c) {
                let below = &tree.cliques[child];
                below.map.sum(joint, 0, &mut self.separators[below.message..below.message + below.separator]);
            }
            wanted.clear();
            wanted.extend(clique.dims[..clique.own].iter().enumerate().map(|(d, dim)| (d, self.starts[dim.node], 0)));
            marginals(joint, &clique.dims, &wanted, &mut scratch, &mut self.priors);
        }
        for w in self.starts.windows(2) {
            let p = &mut self.priors[w[0]..w[1]];
            let sum = total(p);
            p.iter_mut().for_each(|x| *x /= sum);
        }
    }

    fn fill_singles(&mut self) {
        self.single = vec![NONE; self.cards.len()];
        for clique in &self.tree.cliques {
            let table = &self.tables[clique.first..clique.first + clique.size];
            for dim in &clique.dims[..clique.own] {
                let first = self.singles.len();
                self.single[dim.node] = first;
                self.singles.resize(first + dim.card * clique.separator, 0.0);
                let place = |d: &Dim, k: usize| match (d.node == dim.node, k >= clique.own) {
                    (true, _) => clique.separator,
                    (_, true) => d.stride,
                    _ => 0,
                };
                let dims: Vec<_> = clique.dims.iter().enumerate().map(|(k, d)| (d.card, place(d, k))).collect();
                Map::new(&dims).sum(table, 0, &mut self.singles[first..]);
            }
        }
    }

    /// How large the tree is.
    pub fn size(&self) -> Size {
        let cliques = &self.tree.cliques;
        Size { cliques: cliques.len(), largest: cliques.iter().map(|c| c.size).max().unwrap_or(0), total: self.tree.entries }
    }

    /// A session: buffers for queries, kept between them.
    pub fn session(&self) -> Session<'_> {
        Session::new(self)
    }

    /// Posteriors of `targets` (none: all roots) given the evidence. For many queries a [`Session`] is faster: it keeps its buffers.
    ///
    /// # Errors
    /// Positions and likelihoods that do not fit the network; evidence that is impossible, with a smallest conflicting set.
    pub fn query(&self, evidence: &Evidence, targets: &[usize]) -> Result<Posteriors, InferenceError> {
        let mut answer = Posteriors::default();
        self.session().query_into(evidence, targets, &mut answer)?;
        Ok(answer)
    }

    /// The most probable state of all nodes together with the evidence. Ties go to the state listed first.
    ///
    /// # Errors
    /// As [`Compiled::query`]; a network with noisy nodes whose multiplied-out tables are beyond the limits.
    pub fn explain_most_probable(&self, evidence: &Evidence) -> Result<MostProbable, InferenceError> {
        match &self.factored {
            None => self.most_probable(evidence),
            Some((network, limits)) => {
                let keep: Vec<bool> = self.inner.iter().map(|i| *i != NONE).collect();
                let made = self.multiplied.get_or_init(|| Compiled::with(network, *limits, &keep, &self.roots, true).map(Box::new));
                made.as_ref().map_err(Clone::clone)?.most_probable(evidence)
            }
        }
    }
}

/// Each node with all its ancestors, as bits.
fn ancestors(parents: &[Vec<usize>]) -> Vec<Bits> {
    let mut sets: Vec<Bits> = vec![Bits::new(parents.len()); parents.len()];
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); parents.len()];
    let mut waiting: Vec<usize> = parents.iter().map(Vec::len).collect();
    parents.iter().enumerate().for_each(|(c, list)| list.iter().for_each(|p| children[*p].push(c)));
    let mut ready: Vec<usize> = (0..parents.len()).filter(|i| waiting[*i] == 0).collect();
    while let Some(i) = ready.pop() {
        let mut own = Bits::new(parents.len());
        own.insert(i);
        parents[i].iter().for_each(|p| own.add(&sets[*p]));
        sets[i] = own;
        for c in &children[i] {
            waiting[*c] -= 1;
            if waiting[*c] == 0 {
                ready.push(*c);
            }
        }
    }
    sets
}

/// Writes the sums of `table` over all but one dimension for each of the `wanted` (dimension, place in `out`, unused), in ascending
/// order of dimension. The outermost dimension may be cut to one state if it is not wanted. Each step leaves half at most, so that all
/// marginals together cost a few passes.
pub(super) fn marginals(table: &[f64], dims: &[Dim], wanted: &[(usize, usize, usize)], scratch: &mut [f64], out: &mut [f64]) {
    let (mut size, mut folded) = (table.len(), false);
    for (d, place, _) in wanted {
        // Sum out everything outside the dimension at once.
        let (inner, span) = (dims[*d].stride, dims[*d].stride * dims[*d].card);
        if span < size {
            if folded {
                fold_in_place(&mut scratch[..size], span);
            } else {
                fold(table, span, scratch);
                folded = true;
            }
            size = span;
        }
        let now = if folded { &scratch[..size] } else { &table[..size] };
        if inner == 1 {
            out[*place..*place + size].copy_from_slice(now);
            continue;
        }
        for (block, o) in now.chunks_exact(inner).zip(&mut out[*place..]) {
            *o = total(block);
        }
    }
}
