//! From elimination cliques to a rooted junction tree with a memory layout.
//!
//! Every clique is laid out as [own variables…, separator…], outermost first, so that summing down to the separator adds whole blocks.
//! The outermost own variable is a leaf of the network where there is one: leaves are what people observe, and a hard finding on the
//! outermost variable is a slice. The tree hangs on an empty clique, which joins the parts of a network that are not connected.

use super::graph::Elimination;
use super::table::Map;

/// One variable of a clique.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dim {
    /// The node.
    pub node: usize,
    /// Its number of states.
    pub card: usize,
    /// Distance between neighbouring states in the table.
    pub stride: usize,
}

/// One clique; cliques are numbered in preorder, a parent before its children.
#[derive(Clone, Debug)]
pub(super) struct Clique {
    /// Begin of its table.
    pub first: usize,
    /// Entries of its table.
    pub size: usize,
    /// Begin of its message.
    pub message: usize,
    /// Entries of its message.
    pub separator: usize,
    /// The clique towards the root.
    pub parent: usize,
    /// One past the last clique of its subtree.
    pub end: usize,
    /// Its variables, outermost first.
    pub dims: Vec<Dim>,
    /// How many of them are not in the parent.
    pub own: usize,
    /// How the parent's table falls on the message.
    pub map: Map,
}

/// The rooted tree.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// The cliques in preorder; the first is empty.
    pub cliques: Vec<Clique>,
    /// Per node the clique whose own variable it is.
    pub home: Vec<usize>,
    /// Entries of all tables.
    pub entries: usize,
    /// Entries of all messages.
    pub messages: usize,
}

impl Tree {
    /// Children of a clique.
    pub fn children(&self, clique: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.cliques[clique].end;
        let mut next = clique + 1;
        std::iter::from_fn(move || {
            let child = next;
            (child < end).then(|| {
                next = self.cliques[child].end;
                child
            })
        })
    }
}

/// A clique before it has a number and a layout.
struct Knot {
    set: Vec<usize>,
    size: f64,
    children: Vec<usize>,
}

fn size(set: &[usize], cards: &[usize]) -> f64 {
    set.iter().map(|v| cards[*v] as f64).product()
}

fn common(a: &[usize], b: &[usize]) -> Vec<usize> {
    a.iter().copied().filter(|v| b.binary_search(v).is_ok()).collect()
}

/// Builds the tree. `targets` are the nodes whose posteriors will usually be asked for; `leaf` says which nodes have no children.
pub(super) fn build(elimination: &Elimination, cards: &[usize], targets: &[usize], leaf: &[bool]) -> Tree {
    let (sets, mut links) = maximal(elimination);
    let mut knots: Vec<Knot> = sets.into_iter().map(|set| Knot { size: size(&set, cards), set, children: Vec::new() }).collect();
    for k in 0..knots.len() {
        share_separators(&mut knots, &mut links, k, cards);
    }
    let mut top = Vec::new();
    let mut reached = vec![false; knots.len()];
    for start in 0..knots.len() {
        if reached[start] {
            continue;
        }
        let part = walk(start, &links);
        part.iter().for_each(|k| reached[k.0] = true);
        let root = best_root(&part, &knots, &links, targets, cards.len());
        for (k, parent) in walk(root, &links) {
            if let Some(p) = parent {
                knots[p].children.push(k);
            }
        }
        top.push(root);
    }
    let root = knots.len();
    knots.push(Knot { set: Vec::new(), size: 1.0, children: top });
    lay_out(&knots, root, cards, leaf)
}

/// Maximal cliques and the links between them. A clique that is contained in the one eliminated just before it is absorbed.
fn maximal(elimination: &Elimination) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
    let n = elimination.order.len();
    let mut step = vec![0; n];
    elimination.order.iter().enumerate().for_each(|(i, v)| step[*v] = i);
    let next: Vec<Option<usize>> = (0..n).map(|i| elimination.cliques[i].iter().map(|v| step[*v]).filter(|s| *s != i).min()).collect();
    let mut owner: Vec<usize> = (0..n).collect();
    for i in 0..n {
        if let Some(p) = next[i]
            && elimination.cliques[i].len() == elimination.cliques[p].len() + 1
            && owner[p] == p
        {
            owner[p] = owner[i];
        }
    }
    let mut number = vec![usize::MAX; n];
    let mut sets = Vec::new();
    for i in (0..n).filter(|i| owner[*i] == *i) {
        number[i] = sets.len();
        sets.push(elimination.cliques[i].clone());
    }
    let mut links = vec![Vec::new(); sets.len()];
    for i in 0..n {
        if let Some(p) = next[i] {
            let (a, b) = (number[owner[i]], number[owner[p]]);
            if a != b {
                links[a].push(b);
                links[b].push(a);
            }
        }
    }
    (sets, links)
}

/// The part of the tree around `start`, parents first.
fn walk(start: usize, links: &[Vec<usize>]) -> Vec<(usize, Option<usize>)> {
    let mut order = vec![(start, None)];
    let mut at = 0;
    while let Some((k, from)) = order.get(at).copied() {
        order.extend(links[k].iter().filter(|n| Some(**n) != from).map(|n| (*n, Some(k))));
        at += 1;
    }
    order
}

/// The root from which the fewest entries have to be visited: its own, and those on the way out to the targets. Ties: the largest clique.
fn best_root(part: &[(usize, Option<usize>)], knots: &[Knot], links: &[Vec<usize>], targets: &[usize], nodes: usize) -> usize {
    let mut candidates: Vec<usize> = part.iter().map(|k| k.0).collect();
    candidates.sort_by(|a, b| knots[*b].size.total_cmp(&knots[*a].size).then(a.cmp(b)));
    // Trying every root is quadratic; in a very large network some of the large and some of the small must do.
    if part.len() > 1024 {
        candidates.drain(64..part.len() - 64);
    }
    let mut wanted = vec![false; nodes];
    targets.iter().for_each(|t| wanted[*t] = true);
    let mut best = (f64::INFINITY, part[0].0);
    let mut needed = vec![false; knots.len()];
    for root in candidates {
        let mut open = wanted.clone();
        let order = walk(root, links);
        for (k, _) in &order {
            needed[*k] = knots[*k].set.iter().filter(|v| std::mem::take(&mut open[**v])).count() > 0;
        }
        let mut cost = knots[root].size;
        for (k, parent) in order.iter().rev() {
            if let (Some(p), true) = (parent, needed[*k]) {
                needed[*p] = true;
                cost += knots[*k].size + knots[*p].size;
            }
        }
        if cost < best.0 {
            best = (cost, root);
        }
    }
    best.1
}

/// Puts a small clique between a large one and those neighbours that meet it in the same few variables: their messages are multiplied
/// there, and the large table is visited once instead of once per neighbour, or not at all.
fn share_separators(knots: &mut Vec<Knot>, links: &mut Vec<Vec<usize>>, k: usize, cards: &[usize]) {
    let neighbours = links[k].clone();
    let meets: Vec<Vec<usize>> = neighbours.iter().map(|n| common(&knots[*n].set, &knots[k].set)).collect();
    let mut distinct: Vec<&Vec<usize>> = meets.iter().collect();
    distinct.sort_by(|a, b| a.len().cmp(&b.len()).then(a.cmp(b)));
    distinct.dedup();
    let within = |a: &[usize], b: &[usize]| a.iter().all(|v| b.binary_search(v).is_ok());
    let shared: Vec<Vec<usize>> = distinct
        .into_iter()
        .filter(|d| !d.is_empty() && knots[k].size >= 64.0 && size(d, cards) * 4.0 <= knots[k].size)
        .filter(|d| meets.iter().filter(|m| within(m, d)).count() >= 2)
        .cloned()
        .collect();
    if shared.is_empty() {
        return;
    }
    links[k].clear();
    neighbours.iter().for_each(|n| links[*n].retain(|l| *l != k));
    let mut number = Vec::with_capacity(shared.len());
    for d in &shared {
        // A neighbour that is nothing but the shared variables serves as it is.
        let found = neighbours.iter().copied().find(|n| knots[*n].set == *d);
        number.push(found.unwrap_or_else(|| {
            knots.push(Knot { set: d.clone(), size: size(d, cards), children: Vec::new() });
            links.push(Vec::new());
            knots.len() - 1
        }));
    }
    let smallest = |set: &[usize], strict: bool| {
        let fits = |i: &usize| within(set, &shared[*i]) && !(strict && shared[*i].len() == set.len());
        (0..shared.len()).filter(fits).min_by(|a, b| size(&shared[*a], cards).total_cmp(&size(&shared[*b], cards)))
    };
    let mut connect = |a: usize, b: usize| {
        links[a].push(b);
        links[b].push(a);
    };
    for (i, d) in shared.iter().enumerate() {
        connect(number[i], smallest(d, true).map_or(k, |p| number[p]));
    }
    for (n, m) in neighbours.iter().zip(&meets).filter(|(n, _)| !number.contains(n)) {
        connect(*n, smallest(m, false).map_or(k, |p| number[p]));
    }
}

fn lay_out(knots: &[Knot], root: usize, cards: &[usize], leaf: &[bool]) -> Tree {
    let mut tree = Tree { cliques: Vec::with_capacity(knots.len()), home: vec![0; cards.len()], entries: 0, messages: 0 };
    let mut stack = vec![(root, 0)];
    let mut count = vec![0usize; cards.len()];
    while let Some((k, parent)) = stack.pop() {
        let knot = &knots[k];
        knot.set.iter().for_each(|v| count[*v] = 0);
        for c in &knot.children {
            common(&knots[*c].set, &knot.set).iter().for_each(|v| count[*v] += 1);
        }
        let above: Vec<Dim> = tree.cliques.get(parent).map_or_else(Vec::new, |p| p.dims.clone());
        let separator: Vec<usize> = above.iter().map(|d| d.node).filter(|v| knot.set.binary_search(v).is_ok()).collect();
        let mut own: Vec<usize> = knot.set.iter().copied().filter(|v| !separator.contains(v)).collect();
        // What most children share lies innermost: their messages then run along with the table.
        own.sort_by_key(|v| (!leaf[*v], count[*v], *v));
        let order: Vec<usize> = own.iter().chain(&separator).copied().collect();
        let mut stride = 1;
        let mut dims: Vec<Dim> = Vec::with_capacity(order.len());
        for node in order.iter().rev() {
            dims.push(Dim { node: *node, card: cards[*node], stride });
            stride *= cards[*node];
        }
        dims.reverse();
        let entries: usize = separator.iter().map(|v| cards[*v]).product();
        let place = |v: usize| dims[own.len()..].iter().find(|d| d.node == v).map_or(0, |d| d.stride);
        let map = Map::new(&above.iter().map(|d| (d.card, place(d.node))).collect::<Vec<_>>());
        let number = tree.cliques.len();
        own.iter().for_each(|v| tree.home[*v] = number);
        let (first, message) = (tree.entries, tree.messages);
        tree.entries += stride;
        tree.messages += entries;
        tree.cliques.push(Clique { first, size: stride, message, separator: entries, parent, end: number + 1, own: own.len(), dims, map });
        stack.extend(knot.children.iter().rev().map(|c| (*c, number)));
    }
    for c in (1..tree.cliques.len()).rev() {
        let (end, parent) = (tree.cliques[c].end, tree.cliques[c].parent);
        tree.cliques[parent].end = tree.cliques[parent].end.max(end);
    }
    tree
}
