//! Weights of causes and prices of steps → the order in which to try the steps, and when to call for help instead.
//!
//! The model is the single-fault troubleshooting model of Heckerman, Breese and Rommelse (1995): one cause is active, each step
//! removes it with a known probability, a failed step changes the odds. Steps are taken by *updated p/C* (chance of success per unit
//! of cost, recomputed after each failure) and the sequence is cut where calling service becomes cheaper. That is the upper bound on
//! which exact search will build. Everything is plain numbers here; what causes and steps mean is known to the caller.

pub mod learning;
pub mod network;
pub mod planning;

/// A step as the planner sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// What it costs, in the caller's unit (posdx uses weighted minutes); above zero.
    pub cost: f64,
    /// Causes it removes: position in the list of causes, and probability.
    pub repairs: Vec<(usize, f64)>,
}

/// One step of a sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// Position of the action.
    pub action: usize,
    /// Probability that all steps before it failed.
    pub reached: f64,
    /// Probability that it solves the problem, given that it is reached.
    pub solves: f64,
}

/// Steps in order, up to the point where calling service is cheaper.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// The steps.
    pub stages: Vec<Stage>,
    /// Expected cost of repair (ECR) of the whole sequence, service included.
    pub expected_cost: f64,
    /// Probability that the steps end without success and service is called.
    pub service: f64,
}

/// Normalises weights to probabilities. Weights that are not positive count as zero; if all are, the causes are equally likely.
pub fn probabilities(weights: &[f64]) -> Vec<f64> {
    let clean: Vec<f64> = weights.iter().map(|w| if w.is_finite() && *w > 0.0 { *w } else { 0.0 }).collect();
    let total: f64 = clean.iter().sum();
    if total > 0.0 { clean.iter().map(|w| w / total).collect() } else { vec![1.0 / clean.len().max(1) as f64; clean.len()] }
}

/// Orders `actions` for causes with probabilities `prior` by updated p/C, with the best point to call service at `service_cost`.
///
/// Ties go to the action that stands first, so that the same input always gives the same plan.
pub fn order(prior: &[f64], actions: &[Action], service_cost: f64) -> Sequence {
    // Unnormalised P(cause, all steps so far failed): sums stay linear and nothing is divided until the end.
    let mut weight = prior.to_vec();
    let mut left: Vec<usize> = (0..actions.len()).collect();
    let mut stages = Vec::new();
    let mut spent = 0.0;
    // The best stop so far: number of stages kept, and the expected cost of stopping there.
    let mut best = (0, service_cost * weight.iter().sum::<f64>());
    while !left.is_empty() {
        let total: f64 = weight.iter().sum();
        let gain = |a: usize| actions[a].repairs.iter().map(|(f, p)| weight.get(*f).copied().unwrap_or(0.0) * p).sum::<f64>();
        let Some((slot, solved)) = left.iter().enumerate().map(|(slot, a)| (slot, gain(*a))).reduce(|x, y| {
            let (rx, ry) = (x.1 / actions[left[x.0]].cost, y.1 / actions[left[y.0]].cost);
            if ry > rx { y } else { x }
        }) else {
            break;
        };
        if solved <= 1e-9 || total <= 1e-9 {
            break;
        }
        let action = left.remove(slot);
        stages.push(Stage { action, reached: total, solves: solved / total });
        spent += actions[action].cost * total;
        for (f, p) in &actions[action].repairs {
            if let Some(w) = weight.get_mut(*f) {
                *w *= 1.0 - p;
            }
        }
        let stop_here = spent + service_cost * weight.iter().sum::<f64>();
        if stop_here < best.1 {
            best = (stages.len(), stop_here);
        }
    }
    stages.truncate(best.0);
    let service = match stages.last() {
        Some(last) => last.reached * (1.0 - last.solves),
        None => prior.iter().sum(),
    };
    Sequence { stages, expected_cost: best.1, service }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn action(cost: f64, repairs: &[(usize, f64)]) -> Action {
        Action { cost, repairs: repairs.to_vec() }
    }

    /// Cost of doing `order` and then calling service, computed from the definition.
    fn cost_of(prior: &[f64], actions: &[Action], order: &[usize], service: f64) -> f64 {
        let mut weight = prior.to_vec();
        let mut cost = 0.0;
        for a in order {
            cost += actions[*a].cost * weight.iter().sum::<f64>();
            for (f, p) in &actions[*a].repairs {
                weight[*f] *= 1.0 - p;
            }
        }
        cost + service * weight.iter().sum::<f64>()
    }

    fn cheapest(prior: &[f64], actions: &[Action], done: &mut Vec<usize>, service: f64) -> f64 {
        let mut best = cost_of(prior, actions, done, service);
        for a in 0..actions.len() {
            if !done.contains(&a) {
                done.push(a);
                best = best.min(cheapest(prior, actions, done, service));
                done.pop();
            }
        }
        best
    }

    #[test]
    fn the_likelier_and_cheaper_step_comes_first() {
        let s = order(&[0.7, 0.3], &[action(10.0, &[(0, 0.9)]), action(1.0, &[(1, 0.9)])], 60.0);
        assert_eq!(s.stages.iter().map(|s| s.action).collect::<Vec<_>>(), [1, 0]);
    }

    #[test]
    fn a_failed_step_changes_the_odds() {
        // Restarting helps both causes a little; after it failed, the specific step is worth more than another try of the same kind.
        let s = order(
            &[0.5, 0.5],
            &[action(3.0, &[(0, 0.5), (1, 0.5)]), action(3.0, &[(0, 0.45), (1, 0.45)]), action(5.0, &[(0, 0.95)])],
            500.0,
        );
        assert_eq!(s.stages[0].action, 0);
        assert!((s.stages[1].reached - 0.5).abs() < 1e-12);
    }

    #[test]
    fn cheap_service_is_called_at_once() {
        assert!(order(&[1.0], &[action(10.0, &[(0, 0.5)])], 2.0).stages.is_empty());
    }

    #[test]
    fn without_causes_there_is_nothing_to_do() {
        assert!(order(&[], &[action(1.0, &[(0, 1.0)])], 5.0).stages.is_empty());
        assert!(probabilities(&[]).is_empty());
    }

    proptest! {
        /// With at most one step per cause p/C is optimal (Kadane & Simon 1977); compared with every order there is.
        #[test]
        fn optimal_where_theory_says_so(rows in prop::collection::vec((0.01f64..1.0, 0.05f64..1.0, 0.5f64..20.0), 1..6), service in 5.0f64..200.0) {
            let prior = probabilities(&rows.iter().map(|r| r.0).collect::<Vec<_>>());
            let actions: Vec<Action> = rows.iter().enumerate().map(|(i, r)| action(r.2, &[(i, r.1)])).collect();
            let found = order(&prior, &actions, service);
            let best = cheapest(&prior, &actions, &mut Vec::new(), service);
            prop_assert!((found.expected_cost - best).abs() < 1e-9, "{} against {}", found.expected_cost, best);
        }

        /// The reported cost is the cost of the reported sequence.
        #[test]
        fn reports_its_own_cost(weights in prop::collection::vec(0.0f64..1.0, 1..5), raw in prop::collection::vec((0.5f64..20.0, prop::collection::vec((0usize..5, 0.0f64..1.0), 0..4)), 0..6), service in 1.0f64..100.0) {
            let prior = probabilities(&weights);
            let actions: Vec<Action> = raw.iter().map(|(c, r)| {
                let mut repairs: Vec<(usize, f64)> = r.iter().map(|(f, p)| (f % prior.len(), *p)).collect();
                repairs.sort_by_key(|x| x.0);
                repairs.dedup_by_key(|x| x.0);
                action(*c, &repairs)
            }).collect();
            let s = order(&prior, &actions, service);
            let again = cost_of(&prior, &actions, &s.stages.iter().map(|s| s.action).collect::<Vec<_>>(), service);
            prop_assert!((s.expected_cost - again).abs() < 1e-9);
            prop_assert!(s.expected_cost <= service + 1e-9);
        }
    }
}
