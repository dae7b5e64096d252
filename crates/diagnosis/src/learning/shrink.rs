//! Groups within groups: how many cases the wider group is worth to the narrower one.
//!
//! Counts of a group are Dirichlet-multinomial with mean = the wider group's probabilities and concentration kappa (Minka 2000,
//! “Estimating a Dirichlet distribution”). Groups that look alike give a large kappa and lean on the wider group; groups that differ
//! give a small one and speak for themselves.

use super::Context;
use std::collections::BTreeMap;

/// Bounds of kappa, in cases.
const LEAST: f64 = 2.0;
const MOST: f64 = 2_000.0;
/// What is believed of kappa before any group is seen: about 30 cases, one in three or three times as much being nothing unusual.
/// Without it two groups of three cases would send kappa to a bound.
const USUAL: f64 = 30.0;
const SPREAD: f64 = 1.1;

/// A group of cases of one condition.
pub(super) struct Node {
    pub condition: usize,
    pub parent: Option<usize>,
    pub context: Context,
    pub depth: usize,
    /// Probabilities of the causes.
    pub theta: Vec<f64>,
    /// Pseudo-counts that stand for everything but the node's own cases.
    pub alpha: Vec<f64>,
    /// Expected counts of cases that belong here and to no narrower group.
    pub own: Vec<f64>,
    /// The same with all narrower groups.
    pub total: Vec<f64>,
    pub kappa: f64,
}

impl Node {
    pub fn new(condition: usize, parent: Option<usize>, context: Context, theta: Vec<f64>, kappa: f64) -> Node {
        let none = vec![0.0; theta.len()];
        let alpha = theta.iter().map(|p| p * kappa).collect();
        let depth = context.depth();
        Node { condition, parent, context, depth, theta, alpha, own: none.clone(), total: none, kappa }
    }
}

/// Rolls counts up, estimates kappa of each level of each condition, and carries probabilities down. `expert` holds the probabilities
/// of the roots by condition. A node stands after its parent. Also prepares `alpha` for the next round of EM.
pub(super) fn settle(nodes: &mut [Node], expert: &[Vec<f64>]) {
    for node in nodes.iter_mut() {
        node.total.clone_from(&node.own);
    }
    for i in (0..nodes.len()).rev() {
        let (before, from) = nodes.split_at_mut(i);
        if let Some((child, parent)) = from.first().and_then(|child| Some((child, before.get_mut(child.parent?)?))) {
            parent.total.iter_mut().zip(&child.total).for_each(|(sum, n)| *sum += n);
        }
    }
    for depth in 0..=3 {
        let mut siblings: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, node) in nodes.iter().enumerate().filter(|(_, node)| node.depth == depth) {
            siblings.entry(node.condition).or_default().push(i);
        }
        for (condition, members) in siblings {
            let mean = |nodes: &[Node], i: usize| match nodes[i].parent {
                Some(parent) => nodes[parent].theta.clone(),
                None => expert.get(condition).cloned().unwrap_or_default(),
            };
            let groups: Vec<(Vec<f64>, Vec<f64>)> = members.iter().map(|i| (nodes[*i].total.clone(), mean(nodes, *i))).collect();
            let fitted = if depth == 0 { None } else { Some(concentration(&groups)) };
            for (i, (total, mean)) in members.iter().zip(&groups) {
                let node = &mut nodes[*i];
                node.kappa = fitted.unwrap_or(node.kappa);
                let sum = node.kappa + total.iter().sum::<f64>();
                node.theta = mean.iter().zip(total).map(|(m, n)| (node.kappa * m + n) / sum).collect();
                let elsewhere = node.total.iter().zip(&node.own).map(|(total, own)| (total - own).max(0.0));
                node.alpha = mean.iter().zip(elsewhere).map(|(m, n)| node.kappa * m + n).collect();
            }
        }
    }
}

/// Kappa for groups given as (counts, mean): Newton steps on its logarithm.
pub(super) fn concentration(groups: &[(Vec<f64>, Vec<f64>)]) -> f64 {
    let mut x = USUAL.ln();
    for _ in 0..20 {
        let kappa = x.exp();
        let (mut first, mut second) = (0.0, 0.0);
        for (counts, mean) in groups {
            let n: f64 = counts.iter().sum();
            first += digamma(kappa) - digamma(kappa + n);
            second += trigamma(kappa) - trigamma(kappa + n);
            for (c, m) in counts.iter().zip(mean).filter(|(c, m)| **c > 0.0 && **m > 0.0) {
                first += m * (digamma(c + kappa * m) - digamma(kappa * m));
                second += m * m * (trigamma(c + kappa * m) - trigamma(kappa * m));
            }
        }
        let slope = kappa * first - (x - USUAL.ln()) / (SPREAD * SPREAD);
        let bend = kappa * first + kappa * kappa * second - 1.0 / (SPREAD * SPREAD);
        // Where the curve bends upwards Newton would walk to a minimum: a plain step uphill instead.
        let step = if bend < 0.0 { -slope / bend } else { slope.signum() * 0.5 };
        let next = (x + step.clamp(-1.0, 1.0)).clamp(LEAST.ln(), MOST.ln());
        if (next - x).abs() < 1e-6 {
            return next.exp();
        }
        x = next;
    }
    x.exp()
}

/// Derivative of ln Γ for x > 0: recurrence up to 6, then the asymptotic series (Abramowitz & Stegun 6.3.18).
fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 6.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    sum + x.ln() - 0.5 / x - y * (1.0 / 12.0 - y * (1.0 / 120.0 - y * (1.0 / 252.0 - y * (1.0 / 240.0 - y / 132.0))))
}

/// Its derivative (Abramowitz & Stegun 6.4.12).
fn trigamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 6.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    sum + 1.0 / x + 0.5 * y + y / x * (1.0 / 6.0 - y * (1.0 / 30.0 - y * (1.0 / 42.0 - y * (1.0 / 30.0 - y * 5.0 / 66.0))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::Chance;

    #[test]
    fn the_special_functions_have_their_known_values() {
        assert!((digamma(1.0) + 0.577_215_664_901_532_9).abs() < 1e-9);
        assert!((digamma(0.5) + 1.963_510_026_021_423_5).abs() < 1e-9);
        assert!((trigamma(1.0) - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-9);
        assert!((trigamma(0.5) - std::f64::consts::PI.powi(2) / 2.0).abs() < 1e-9);
    }

    #[test]
    fn groups_alike_give_a_large_kappa_and_unlike_ones_a_small_one() {
        let mean = vec![0.5, 0.3, 0.2];
        let alike: Vec<_> = (0..10).map(|_| (vec![50.0, 30.0, 20.0], mean.clone())).collect();
        let unlike: Vec<_> = (0..12).map(|i| ((0..3).map(|f| if f == i % 3 { 96.0 } else { 2.0 }).collect(), mean.clone())).collect();
        assert!(concentration(&alike) > 300.0, "{}", concentration(&alike));
        assert!(concentration(&unlike) < 5.0, "{}", concentration(&unlike));
        assert!((concentration(&[]) - USUAL).abs() < 1e-6);
    }

    #[test]
    fn kappa_is_found_again() {
        // Pólya's urn draws from a Dirichlet-multinomial without a gamma generator.
        let (mean, kappa) = ([0.5, 0.3, 0.2], 12.0);
        let mut chance = Chance::new(5);
        let groups: Vec<(Vec<f64>, Vec<f64>)> = (0..300)
            .map(|_| {
                let mut urn: Vec<f64> = mean.iter().map(|m| m * kappa).collect();
                for _ in 0..40 {
                    let drawn = chance.pick(&urn);
                    urn[drawn] += 1.0;
                }
                (urn.iter().zip(mean).map(|(u, m)| u - m * kappa).collect(), mean.to_vec())
            })
            .collect();
        let found = concentration(&groups);
        assert!((found / kappa - 1.0).abs() < 0.15, "{found}");
    }
}
