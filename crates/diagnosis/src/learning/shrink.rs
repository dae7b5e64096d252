//! How much is what stands above worth to what stands below: an expert's numbers to the cases, a wider group to a narrower one.
//!
//! Counts are Dirichlet-multinomial with mean = the probabilities above and concentration kappa (Minka 2000, “Estimating a Dirichlet
//! distribution”). Cases that look as they were expected to give a large kappa and lean on it; others give a small one and speak for
//! themselves. One kappa for each kind of number is estimated from all of them together (empirical Bayes): what one condition alone
//! cannot tell, all of them can.

use super::{Settings, Terminal};

/// Bounds of kappa, in cases.
const LEAST: f64 = 2.0;
const MOST: f64 = 2_000.0;

/// What is believed of a kappa before any case is seen. Without it two groups of three cases would send kappa to a bound.
#[derive(Clone, Copy)]
pub(super) struct Belief {
    /// The usual value, in cases.
    pub usual: f64,
    /// Standard deviation of its logarithm.
    pub spread: f64,
}

/// Of a wider group to a narrower one: one in three or three times as much is nothing unusual.
const GROUPS: Belief = Belief { usual: 60.0, spread: 1.1 };
/// Of experts: their habits differ less than groups do.
const EXPERTS: f64 = 0.5;

/// What each kind of number above is worth, in cases.
#[derive(Clone, Copy)]
pub(super) struct Worth {
    /// An expert's strengths.
    pub prior: f64,
    /// An expert's repair probabilities.
    pub repair: f64,
    /// An expert's answer probabilities.
    pub answer: f64,
    /// A wider group, by the depth of the narrower one; the first is not used.
    pub groups: [f64; 4],
}

impl Worth {
    pub fn new(settings: &Settings) -> Worth {
        let Settings { prior_cases, repair_cases, answer_cases, .. } = *settings;
        Worth { prior: prior_cases, repair: repair_cases, answer: answer_cases, groups: [GROUPS.usual; 4] }
    }
}

/// Counts with what was expected of them.
pub(super) type Counts = (Vec<f64>, Vec<f64>);

/// A group of cases of one condition.
pub(super) struct Node {
    pub condition: usize,
    pub parent: Option<usize>,
    pub terminal: Terminal,
    pub depth: usize,
    /// Probabilities of the causes.
    pub theta: Vec<f64>,
    /// Pseudo-counts that stand for everything but the node's own cases.
    pub alpha: Vec<f64>,
    /// Expected counts of cases that belong here and to no narrower group.
    pub own: Vec<f64>,
    /// The same with all narrower groups.
    pub total: Vec<f64>,
    /// Counts of confirmed causes, narrower groups included. What a group is worth is judged by these: shares of uncertain cases follow
    /// the wider group already and would make all groups look alike.
    pub sure: Vec<f64>,
}

impl Node {
    pub fn new(condition: usize, parent: Option<usize>, terminal: Terminal, theta: Vec<f64>, kappa: f64) -> Node {
        let none = vec![0.0; theta.len()];
        let alpha = theta.iter().map(|p| p * kappa).collect();
        let depth = terminal.depth();
        Node { condition, parent, terminal, depth, theta, alpha, own: none.clone(), total: none.clone(), sure: none }
    }
}

/// Rolls counts up, estimates what each level is worth, and carries probabilities down. `expert` holds the probabilities of the roots by
/// condition, `fixed` what an expert said they are worth. A node stands after its parent. Also prepares `alpha` for the next round of EM.
pub(super) fn settle(nodes: &mut [Node], expert: &[Vec<f64>], fixed: &[Option<f64>], settings: &Settings, worth: &mut Worth) {
    for node in nodes.iter_mut() {
        node.total.clone_from(&node.own);
    }
    for i in (0..nodes.len()).rev() {
        let (before, from) = nodes.split_at_mut(i);
        if let Some((child, parent)) = from.first().and_then(|child| Some((child, before.get_mut(child.parent?)?))) {
            parent.total.iter_mut().zip(&child.total).for_each(|(sum, n)| *sum += n);
            parent.sure.iter_mut().zip(&child.sure).for_each(|(sum, n)| *sum += n);
        }
    }
    for depth in 0..=3 {
        let members: Vec<usize> = (0..nodes.len()).filter(|i| nodes[*i].depth == depth).collect();
        if members.is_empty() {
            break;
        }
        let mean = |i: usize| match nodes[i].parent {
            Some(parent) => nodes[parent].theta.clone(),
            None => expert.get(nodes[i].condition).cloned().unwrap_or_default(),
        };
        let said = |i: usize| fixed.get(nodes[i].condition).copied().flatten().filter(|_| depth == 0);
        let groups: Vec<Counts> = members.iter().map(|i| (nodes[*i].total.clone(), mean(*i))).collect();
        let sure: Vec<Counts> = members.iter().map(|i| (nodes[*i].sure.clone(), mean(*i))).collect();
        let kappas: Vec<Option<f64>> = members.iter().map(|i| said(*i)).collect();
        let open = sure.iter().zip(&kappas).filter(|(_, said)| said.is_none()).map(|(group, _)| group);
        let fitted = match depth {
            0 => concentration(open, Belief { usual: settings.prior_cases, spread: EXPERTS }),
            _ => concentration(open, GROUPS),
        };
        match depth {
            0 => worth.prior = fitted,
            _ => worth.groups[depth] = fitted,
        }
        for ((i, (total, mean)), said) in members.iter().zip(&groups).zip(kappas) {
            let node = &mut nodes[*i];
            let kappa = said.unwrap_or(fitted);
            let sum = kappa + total.iter().sum::<f64>();
            node.theta = mean.iter().zip(total).map(|(m, n)| (kappa * m + n) / sum).collect();
            let elsewhere = node.total.iter().zip(&node.own).map(|(total, own)| (total - own).max(0.0));
            node.alpha = mean.iter().zip(elsewhere).map(|(m, n)| kappa * m + n).collect();
        }
    }
}

/// What experts' repair and answer probabilities are worth, judged by counts with what the experts had expected.
pub(super) fn judge(repairs: &[Counts], answers: &[Counts], settings: &Settings, worth: &mut Worth) {
    worth.repair = concentration(repairs.iter(), Belief { usual: settings.repair_cases, spread: EXPERTS });
    worth.answer = concentration(answers.iter(), Belief { usual: settings.answer_cases, spread: EXPERTS });
}

/// Kappa for groups given as (counts, mean): Newton steps on its logarithm.
pub(super) fn concentration<'g>(groups: impl Iterator<Item = &'g Counts> + Clone, belief: Belief) -> f64 {
    let (usual, precision) = (belief.usual.max(LEAST).ln(), 1.0 / (belief.spread * belief.spread));
    let mut x = usual;
    for _ in 0..20 {
        let kappa = x.exp();
        let (mut first, mut second) = (0.0, 0.0);
        for (counts, mean) in groups.clone() {
            let n: f64 = counts.iter().sum();
            first += digamma(kappa) - digamma(kappa + n);
            second += trigamma(kappa) - trigamma(kappa + n);
            for (c, m) in counts.iter().zip(mean).filter(|(c, m)| **c > 0.0 && **m > 0.0) {
                first += m * (digamma(c + kappa * m) - digamma(kappa * m));
                second += m * m * (trigamma(c + kappa * m) - trigamma(kappa * m));
            }
        }
        let slope = kappa * first - (x - usual) * precision;
        let bend = kappa * first + kappa * kappa * second - precision;
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
        assert!(concentration(alike.iter(), GROUPS) > 300.0, "{}", concentration(alike.iter(), GROUPS));
        assert!(concentration(unlike.iter(), GROUPS) < 5.0, "{}", concentration(unlike.iter(), GROUPS));
        assert!((concentration([].iter(), GROUPS) - GROUPS.usual).abs() < 1e-6);
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
        let found = concentration(groups.iter(), GROUPS);
        assert!((found / kappa - 1.0).abs() < 0.15, "{found}");
    }
}
