//! From arrows to cliques: moral graph, triangulation, elimination cliques.

/// A set of nodes as bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits(pub Vec<u64>);

impl Bits {
    pub fn new(size: usize) -> Bits {
        Bits(vec![0; size.div_ceil(64)])
    }

    pub fn insert(&mut self, i: usize) {
        self.0[i / 64] |= 1 << (i % 64);
    }

    pub fn remove(&mut self, i: usize) {
        self.0[i / 64] &= !(1 << (i % 64));
    }

    pub fn contains(&self, i: usize) -> bool {
        self.0[i / 64] >> (i % 64) & 1 == 1
    }

    pub fn add(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    pub fn meets(&self, other: &Bits) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    pub fn clear(&mut self) {
        self.0.fill(0);
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(w, bits)| {
            let mut rest = *bits;
            std::iter::from_fn(move || {
                let k = rest.trailing_zeros() as usize;
                (rest != 0).then(|| {
                    rest &= rest - 1;
                    w * 64 + k
                })
            })
        })
    }
}

/// What greedy elimination minimises at each step; the first number decides, the second breaks ties.
#[derive(Clone, Copy, Debug)]
enum Greedy {
    /// Edges added, then size of the clique.
    Fill,
    /// Size of the clique, then edges added.
    Weight,
    /// Edges added, each counted by the states it joins.
    WeightedFill,
}

/// An elimination order with the cliques it makes.
#[derive(Clone, Debug)]
pub(super) struct Elimination {
    /// Nodes in the order of elimination.
    pub order: Vec<usize>,
    /// Per step: the node and its neighbours at that time, ascending.
    pub cliques: Vec<Vec<usize>>,
    /// Entries of the largest clique.
    pub largest: f64,
    /// Entries of all cliques.
    pub total: f64,
}

/// Links every node with its parents, and the parents with each other.
pub(super) fn moral(parents: &[Vec<usize>]) -> Vec<Bits> {
    let mut graph = vec![Bits::new(parents.len()); parents.len()];
    for (child, list) in parents.iter().enumerate() {
        let family: Vec<usize> = list.iter().copied().chain([child]).collect();
        for a in &family {
            family.iter().filter(|b| *b != a).for_each(|b| graph[*a].insert(*b));
        }
    }
    graph
}

/// Triangulates by three greedy rules and keeps the cheapest result (ties: the first rule).
pub(super) fn triangulate(graph: &[Bits], cards: &[usize]) -> Elimination {
    let first = eliminate(graph, cards, Greedy::Fill);
    [Greedy::WeightedFill, Greedy::Weight].into_iter().fold(first, |best, rule| {
        let other = eliminate(graph, cards, rule);
        if other.total < best.total { other } else { best }
    })
}

fn eliminate(graph: &[Bits], cards: &[usize], rule: Greedy) -> Elimination {
    let n = graph.len();
    let mut graph = graph.to_vec();
    let logs: Vec<f64> = cards.iter().map(|c| (*c as f64).ln()).collect();
    let score = |graph: &[Bits], v: usize| -> (f64, f64) {
        let weight: f64 = logs[v] + graph[v].iter().map(|u| logs[u]).sum::<f64>();
        let mut fill = 0.0;
        for u in graph[v].iter() {
            for ((w, mine), theirs) in graph[v].0.iter().enumerate().zip(&graph[u].0) {
                let mut missing = mine & !theirs;
                if u / 64 == w {
                    missing &= !(1 << (u % 64));
                }
                if let Greedy::WeightedFill = rule {
                    while missing != 0 {
                        fill += cards[u] as f64 * cards[w * 64 + missing.trailing_zeros() as usize] as f64;
                        missing &= missing - 1;
                    }
                } else {
                    fill += f64::from(missing.count_ones());
                }
            }
        }
        match rule {
            Greedy::Fill | Greedy::WeightedFill => (fill, weight),
            Greedy::Weight => (weight, fill),
        }
    };
    let mut scores: Vec<(f64, f64)> = (0..n).map(|v| score(&graph, v)).collect();
    let mut left: Vec<usize> = (0..n).collect();
    let mut result = Elimination { order: Vec::with_capacity(n), cliques: Vec::with_capacity(n), largest: 0.0, total: 0.0 };
    let mut stale = Bits::new(n);
    while !left.is_empty() {
        let mut best = 0;
        for k in 1..left.len() {
            let (a, b) = (scores[left[k]], scores[left[best]]);
            if a.0 < b.0 || (a.0 == b.0 && (a.1, left[k]) < (b.1, left[best])) {
                best = k;
            }
        }
        let v = left.swap_remove(best);
        let neighbours: Vec<usize> = graph[v].iter().collect();
        let size: f64 = neighbours.iter().map(|u| cards[*u] as f64).product::<f64>() * cards[v] as f64;
        (result.largest, result.total) = (result.largest.max(size), result.total + size);
        let around = graph[v].clone();
        stale.clear();
        for u in &neighbours {
            graph[*u].add(&around);
            graph[*u].remove(*u);
            graph[*u].remove(v);
            stale.insert(*u);
        }
        // New edges change the count of their ends and of whoever neighbours both: all of those neighbour an end.
        if scores[v].0 > 0.0 {
            neighbours.iter().for_each(|u| stale.add(&graph[*u]));
        }
        for u in stale.iter() {
            scores[u] = score(&graph, u);
        }
        let mut clique = neighbours;
        clique.push(v);
        clique.sort_unstable();
        result.order.push(v);
        result.cliques.push(clique);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_of_four_needs_one_chord() {
        // a -> b -> d <- c <- a: the parents of d are married, nothing else is added.
        let found = triangulate(&moral(&[vec![], vec![0], vec![0], vec![1, 2]]), &[2; 4]);
        assert_eq!(found.largest, 8.0);
        assert_eq!(found.order.len(), 4);
    }

    #[test]
    fn bits_are_walked_in_order() {
        let mut b = Bits::new(130);
        [3, 64, 129].iter().for_each(|i| b.insert(*i));
        assert_eq!(b.iter().collect::<Vec<_>>(), [3, 64, 129]);
    }
}
