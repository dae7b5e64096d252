//! The planner against a brute-force dynamic programme that shares no line with it, and its promises under every budget.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]
#![allow(clippy::unwrap_used, reason = "tests stand outside")]

use std::collections::{BTreeSet, HashMap};

use posdx_diagnosis::planning::{
    Action, Case, Guard, Limits, Model, ModelLine, Plan, PlanError, PlanLine, Policy, Question, Step, Terms, cost_of_policy,
    cost_of_policy_from, outlook, plan, reasons,
};
use proptest::prelude::*;

// --- brute force ---------------------------------------------------------------------------------------------------------------

/// Everything done so far, with what the case brought along.
type State = (Vec<bool>, Vec<Option<usize>>);

struct Brute<'a> {
    model: &'a Model,
    case: &'a Case,
    seen: HashMap<State, f64>,
}

impl Brute<'_> {
    fn holds(&self, guard: &Guard, (done, told): &State) -> bool {
        match guard {
            Guard::Done(a) => done[*a] || self.case.failed.contains(a),
            Guard::Answered { question, answers } => {
                let early = self.case.told.iter().find(|(q, _)| q == question).and_then(|(_, k)| *k);
                told[*question].or(early).is_some_and(|k| answers.contains(&k))
            }
        }
    }

    fn allowed(&self, terms: &Terms, cost: f64, state: &State) -> bool {
        let spent = |role: usize| -> f64 {
            let acts = self.model.actions.iter().zip(&state.0).filter(|(x, d)| **d && x.terms.role == Some(role)).map(|(x, _)| x.cost);
            let asks =
                self.model.questions.iter().zip(&state.1).filter(|(x, t)| t.is_some() && x.terms.role == Some(role)).map(|(x, _)| x.cost);
            acts.sum::<f64>() + asks.sum::<f64>()
        };
        terms.needs.iter().all(|g| self.holds(g, state))
            && !terms.unless.iter().any(|g| self.holds(g, state))
            && self.case.roles.iter().all(|(role, most)| terms.role != Some(*role) || spent(*role) + cost <= most * (1.0 + 1e-12))
    }

    fn entry(&self, terms: &Terms, state: &State) -> f64 {
        let Some(c) = terms.cluster else { return 0.0 };
        let inside = |t: &Terms| t.cluster == Some(c);
        let open = self.case.open_clusters.contains(&c)
            || self.case.failed.iter().any(|a| inside(&self.model.actions[*a].terms))
            || self.case.told.iter().any(|(q, _)| inside(&self.model.questions[*q].terms))
            || self.model.actions.iter().zip(&state.0).any(|(x, d)| *d && inside(&x.terms))
            || self.model.questions.iter().zip(&state.1).any(|(x, t)| t.is_some() && inside(&x.terms));
        if open { 0.0 } else { self.model.clusters[c] }
    }

    fn weight(&self, f: usize, (done, told): &State) -> f64 {
        let m = self.model;
        let mut w = m.prior[f];
        for (a, action) in m.actions.iter().enumerate() {
            if done[a] || self.case.failed.contains(&a) {
                w *= 1.0 - action.repairs[f];
            }
        }
        for (q, question) in m.questions.iter().enumerate() {
            let early = self.case.told.iter().find(|(x, _)| *x == q).and_then(|(_, k)| *k);
            if let Some(k) = told[q].or(early) {
                w *= question.answers[f][k];
            }
        }
        w
    }

    /// Least expected cost from here on, times the probability of being here.
    fn cost(&mut self, state: &State) -> f64 {
        if let Some(v) = self.seen.get(state) {
            return *v;
        }
        let m = self.model;
        let mass: f64 = (0..m.prior.len()).map(|f| self.weight(f, state)).sum();
        let open = |q: &usize| {
            state.1[*q].is_none()
                && !self.case.told.iter().any(|(x, _)| x == q)
                && !self.case.excluded_questions.contains(q)
                && self.allowed(&m.questions[*q].terms, m.questions[*q].cost, state)
        };
        let questions: Vec<usize> = (0..m.questions.len()).filter(open).collect();
        let first = (vec![false; m.actions.len()], vec![None; m.questions.len()]);
        // A probe that tells nothing and opens nothing is not bothered with.
        let live: Vec<usize> = (0..m.prior.len()).filter(|f| self.weight(*f, &first) > 0.0).collect();
        let tells = |q: usize| live.iter().any(|f| m.questions[q].answers[*f] != m.questions[q].answers[live[0]]);
        let guards = || {
            let terms = m.actions.iter().map(|x| &x.terms).chain(m.questions.iter().map(|x| &x.terms));
            terms.flat_map(|t| t.needs.iter().chain(&t.unless))
        };
        let named = |q: usize| guards().any(|g| matches!(g, Guard::Answered { question, .. } if *question == q));
        let at_once = |q: &usize| {
            let free = m.questions[*q].terms.needs.iter().all(|g| self.holds(g, &first));
            m.questions[*q].probe && free && (tells(*q) || named(*q))
        };
        let probe = questions.iter().copied().find(at_once).filter(|_| !state.0.contains(&true));
        let mut best = if probe.is_some() { f64::INFINITY } else { m.service * mass };
        for q in questions {
            if probe.is_some_and(|p| p != q) {
                continue;
            }
            let mut sum = (m.questions[q].cost + self.entry(&m.questions[q].terms, state)) * mass;
            for k in 0..m.questions[q].width() {
                let mut next = state.clone();
                next.1[q] = Some(k);
                sum += self.cost(&next);
            }
            best = best.min(sum);
        }
        for a in 0..m.actions.len() {
            let tried = state.0[a] || self.case.failed.contains(&a) || self.case.excluded_actions.contains(&a);
            if probe.is_some() || tried || !self.allowed(&m.actions[a].terms, m.actions[a].cost, state) {
                continue;
            }
            let mut next = state.clone();
            next.0[a] = true;
            best = best.min((m.actions[a].cost + self.entry(&m.actions[a].terms, state)) * mass + self.cost(&next));
        }
        self.seen.insert(state.clone(), best);
        best
    }
}

/// Optimum by brute force.
fn optimum(model: &Model, case: &Case) -> f64 {
    let state = (vec![false; model.actions.len()], vec![None; model.questions.len()]);
    let mut brute = Brute { model, case, seen: HashMap::new() };
    let mass: f64 = (0..model.prior.len()).map(|f| brute.weight(f, &state)).sum();
    brute.cost(&state) / mass
}

// --- generated models ----------------------------------------------------------------------------------------------------------

fn scaled(raw: Vec<f64>) -> Vec<f64> {
    let sum: f64 = raw.iter().sum();
    raw.iter().map(|x| x / sum).collect()
}

fn chance() -> impl Strategy<Value = f64> {
    prop_oneof![3 => Just(0.0), 1 => Just(1.0), 4 => 0.05f64..1.0]
}

fn cost() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(2.0), 6 => 0.3f64..15.0]
}

/// Free models: actions, questions, service; no clusters, guards or roles.
fn free_model(actions: usize, questions: usize) -> impl Strategy<Value = Model> {
    (2usize..7).prop_flat_map(move |causes| {
        let prior = prop::collection::vec(0.02f64..1.0, causes).prop_map(scaled);
        let action =
            (cost(), prop::collection::vec(chance(), causes)).prop_map(|(cost, repairs)| Action { cost, repairs, ..Action::default() });
        let row = |width: usize| {
            prop::collection::vec(prop_oneof![1 => Just(0.0), 6 => 0.02f64..1.0], width).prop_map(|mut raw| {
                raw[0] += 1e-3;
                scaled(raw)
            })
        };
        let question = (2usize..4).prop_flat_map(move |width| {
            (0.0f64..3.0, prop::collection::vec(row(width), causes)).prop_map(|(cost, answers)| Question {
                cost,
                answers,
                ..Question::default()
            })
        });
        (prior, prop::collection::vec(action, 0..=actions), prop::collection::vec(question, 0..=questions), 3.0f64..80.0)
            .prop_map(|(prior, actions, questions, service)| Model { prior, actions, questions, service, clusters: Vec::new() })
    })
}

/// The same with clusters, preconditions, gates, roles and probes put on at random.
fn bound_model() -> impl Strategy<Value = (Model, Case)> {
    let terms = (0usize..4, 0usize..4, 0usize..8, 0usize..8, 0usize..8, any::<bool>(), any::<bool>());
    (free_model(5, 2), prop::collection::vec(terms, 7), prop::collection::vec(0.0f64..20.0, 2), 1.0f64..20.0).prop_map(
        |(mut model, terms, clusters, most)| {
            let (actions, questions) = (model.actions.len(), model.questions.len());
            model.clusters = clusters;
            let widths: Vec<usize> = model.questions.iter().map(Question::width).collect();
            let guard = |x: usize, answered: bool| {
                if answered && questions > 0 {
                    Some(Guard::Answered { question: x % questions, answers: vec![x % widths[x % questions]] })
                } else if actions > 0 {
                    Some(Guard::Done(x % actions))
                } else {
                    None
                }
            };
            for (i, (cluster, role, need, unless, probe, kind, other)) in terms.into_iter().enumerate() {
                let new = Terms {
                    cluster: (cluster < 2).then_some(cluster),
                    role: (role < 2).then_some(role),
                    needs: if need < 3 { guard(need + i, kind).into_iter().collect() } else { Vec::new() },
                    unless: if unless < 2 { guard(unless + i + 1, other).into_iter().collect() } else { Vec::new() },
                };
                if i < 5 {
                    if let Some(x) = model.actions.get_mut(i) {
                        x.terms = new;
                    }
                } else if let Some(x) = model.questions.get_mut(i - 5) {
                    (x.terms, x.probe) = (new, probe < 2);
                }
            }
            (model, Case { roles: vec![(0, most)], ..Case::default() })
        },
    )
}

/// A start in the middle: some actions failed, some answers given, something excluded.
fn started(model: Model, picks: &[usize]) -> (Model, Case) {
    let mut case = Case::default();
    let pick = |i: usize| picks.get(i).copied().unwrap_or(0);
    if !model.actions.is_empty() {
        case.failed =
            BTreeSet::from([pick(0) % model.actions.len(), pick(1) % model.actions.len()]).into_iter().take(pick(2) % 3).collect();
        case.excluded_actions = vec![pick(3) % model.actions.len()];
    }
    if !model.questions.is_empty() {
        let q = pick(4) % model.questions.len();
        case.told = vec![(q, (pick(5) % 3 != 0).then(|| pick(6) % model.questions[q].width()))];
    }
    (model, case)
}

fn always() -> impl FnMut() -> bool {
    || true
}

fn exact(model: &Model, case: &Case) -> Plan {
    plan(model, case, &Limits::default(), &mut always()).unwrap()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + b.abs())
}

/// Walks the tree and checks that it never repeats and never breaks a rule.
fn lawful(model: &Model, case: &Case, policy: &Policy, state: &State, brute: &Brute) -> Result<(), TestCaseError> {
    match policy {
        Policy::Service => {}
        Policy::Action { index, failed } => {
            prop_assert!(
                !state.0[*index] && !case.failed.contains(index) && !case.excluded_actions.contains(index),
                "action {} again",
                index
            );
            prop_assert!(brute.allowed(&model.actions[*index].terms, model.actions[*index].cost, state), "action {} is not allowed", index);
            let mut next = state.clone();
            next.0[*index] = true;
            lawful(model, case, failed, &next, brute)?;
        }
        Policy::Ask { index, answers } => {
            let told = state.1[*index].is_some() || case.told.iter().any(|(q, _)| q == index);
            prop_assert!(!told && !case.excluded_questions.contains(index), "question {} again", index);
            prop_assert!(
                brute.allowed(&model.questions[*index].terms, model.questions[*index].cost, state),
                "question {} is not allowed",
                index
            );
            for (k, branch) in answers.iter().enumerate() {
                let mut next = state.clone();
                next.1[*index] = Some(k);
                lawful(model, case, branch, &next, brute)?;
            }
        }
    }
    Ok(())
}

fn check_exact(model: &Model, case: &Case) -> Result<(), TestCaseError> {
    let best = optimum(model, case);
    // A small model is solved whole; with a depth, however great, by search.
    for depth in [None, Some(1000)] {
        let made = match plan(model, case, &Limits { depth, ..Limits::default() }, &mut always()) {
            Ok(made) => made,
            Err(PlanError::Impossible { .. }) => return Ok(()),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        prop_assert!(made.proven, "not proven: {} .. {} ({})", made.bound, made.ecr, best);
        prop_assert!(near(made.ecr, best), "{} against {}", made.ecr, best);
        prop_assert!(made.bound <= best + 1e-9 && near(made.bound, best), "bound {} against {}", made.bound, best);
        let brute = Brute { model, case, seen: HashMap::new() };
        lawful(model, case, &made.policy, &(vec![false; model.actions.len()], vec![None; model.questions.len()]), &brute)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// The optimum, to 1e-9, whatever the model.
    #[test]
    fn exact_is_the_optimum(model in free_model(5, 2)) {
        check_exact(&model, &Case::default())?;
    }

    /// Clusters, preconditions, gates, roles and probes are part of the optimum, and every step of the tree obeys them.
    #[test]
    fn exact_under_every_rule((model, case) in bound_model()) {
        check_exact(&model, &case)?;
    }

    /// A case under way: what was done counts as evidence and never comes again.
    #[test]
    fn exact_from_the_middle(model in free_model(5, 2), picks in prop::collection::vec(0usize..60, 7)) {
        let (model, case) = started(model, &picks);
        check_exact(&model, &case)?;
    }

    #[test]
    fn exact_from_the_middle_under_every_rule((model, limited) in bound_model(), picks in prop::collection::vec(0usize..60, 7)) {
        let (model, case) = started(model, &picks);
        check_exact(&model, &Case { roles: limited.roles, ..case })?;
    }

    /// Each round only improves, its bound holds, and the reported cost is the cost of the reported tree.
    #[test]
    fn deeper_is_never_worse((model, case) in prop_oneof![free_model(6, 2).prop_map(|m| (m, Case::default())), bound_model()]) {
        let best = optimum(&model, &case);
        let mut last = f64::INFINITY;
        for depth in 0..9 {
            let made = plan(&model, &case, &Limits { depth: Some(depth), ..Limits::default() }, &mut always()).unwrap();
            prop_assert!(made.ecr <= last + 1e-9, "depth {}: {} after {}", depth, made.ecr, last);
            prop_assert!(made.bound <= best + 1e-9 && best <= made.ecr + 1e-9, "depth {}: {} {} {}", depth, made.bound, best, made.ecr);
            prop_assert!(near(made.ecr, cost_of_policy_from(&model, &case, &made.policy).unwrap()));
            last = made.ecr;
        }
    }

    /// bound <= optimum <= ecr wherever the search is cut off: by nodes, by memory, by the clock, or content with a gap.
    #[test]
    fn the_bound_holds_under_every_budget((model, case) in prop_oneof![free_model(6, 2).prop_map(|m| (m, Case::default())), bound_model()], nodes in 1u64..60, table in 1usize..60, calls in 0usize..12, tolerance in 0.0f64..0.2) {
        let best = optimum(&model, &case);
        let mut left = calls;
        let mut clock = || { left = left.saturating_sub(1); left > 0 };
        for limits in [
            Limits { nodes, ..Limits::default() },
            Limits { table, ..Limits::default() },
            Limits { tolerance, ..Limits::default() },
            Limits { tolerance, nodes, table, ..Limits::default() },
        ] {
            let made = plan(&model, &case, &limits, &mut clock).unwrap();
            prop_assert!(made.bound <= best + 1e-9 && best <= made.ecr + 1e-9, "{:?}: {} {} {}", limits, made.bound, best, made.ecr);
            if made.proven {
                prop_assert!(made.ecr * (1.0 - limits.tolerance) <= made.bound + 1e-9, "{:?}: {} {}", limits, made.bound, made.ecr);
            }
        }
    }

    #[test]
    fn the_same_twice((model, case) in bound_model(), nodes in 1u64..200) {
        let limits = Limits { nodes, ..Limits::default() };
        prop_assert_eq!(plan(&model, &case, &limits, &mut always()).unwrap(), plan(&model, &case, &limits, &mut always()).unwrap());
    }

    /// Any numbers at all: an answer or a named place, no panic.
    #[test]
    fn any_model_is_survived(
        prior in prop::collection::vec(prop_oneof![Just(f64::NAN), Just(-1.0), Just(0.0), Just(0.5), Just(1.0)], 0..4),
        actions in prop::collection::vec((prop_oneof![Just(0.0), Just(f64::INFINITY), Just(3.0)], prop::collection::vec(0.0f64..1.1, 0..4), 0usize..3), 0..4),
        service in prop_oneof![Just(0.0), Just(-2.0), Just(50.0), Just(f64::NAN)],
        told in prop::collection::vec((0usize..3, prop::option::of(0usize..3)), 0..3),
        failed in prop::collection::vec(0usize..4, 0..3),
    ) {
        let actions = actions.into_iter().map(|(cost, repairs, cluster)| Action { cost, repairs, terms: Terms { cluster: (cluster > 0).then_some(cluster), ..Terms::default() } }).collect();
        let model = Model { prior, actions, questions: Vec::new(), service, clusters: vec![1.0] };
        let case = Case { failed, told, ..Case::default() };
        if let Ok(made) = plan(&model, &case, &Limits::default(), &mut always()) {
            prop_assert!(made.ecr.is_finite() && made.bound <= made.ecr);
        }
    }

    /// Trees survive JSON.
    #[test]
    fn policies_survive_json(model in free_model(4, 2)) {
        let made = exact(&model, &Case::default());
        let text = serde_json::to_string(&made.policy).unwrap();
        prop_assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), made.policy);
    }
}

// --- single cases --------------------------------------------------------------------------------------------------------------

fn act(cost: f64, repairs: &[f64]) -> Action {
    Action { cost, repairs: repairs.to_vec(), ..Action::default() }
}

fn ask(cost: f64, answers: &[&[f64]]) -> Question {
    Question { cost, answers: answers.iter().map(|r| r.to_vec()).collect(), ..Question::default() }
}

/// Two causes, a dear cure for each, a cheap question that tells them apart.
fn two() -> Model {
    Model {
        prior: vec![0.5, 0.5],
        actions: vec![act(10.0, &[1.0, 0.0]), act(10.0, &[0.0, 1.0])],
        questions: vec![ask(1.0, &[&[0.95, 0.05], &[0.1, 0.9]])],
        service: 100.0,
        clusters: Vec::new(),
    }
}

#[test]
fn a_telling_question_comes_first() {
    let made = exact(&two(), &Case::default());
    assert_eq!(made.next, Step::Ask(0));
    // 1 + 10 + 10 * P(the wrong one is tried first) = 11 + 10 * (0.5 * 0.05 + 0.5 * 0.1)
    assert!((made.ecr - 11.75).abs() < 1e-12, "{}", made.ecr);
    assert_eq!(
        serde_json::to_string(&made.policy).unwrap(),
        r#"{"do":"ask","index":0,"answers":[{"do":"action","index":0,"failed":{"do":"action","index":1,"failed":{"do":"service"}}},{"do":"action","index":1,"failed":{"do":"action","index":0,"failed":{"do":"service"}}}]}"#
    );
}

#[test]
fn cannot_tell_is_no_evidence_and_is_not_asked_again() {
    let made = exact(&two(), &Case { told: vec![(0, None)], ..Case::default() });
    assert_eq!(made.next, Step::Action(0));
    assert!((made.ecr - 15.0).abs() < 1e-12);
}

#[test]
fn a_probe_comes_first_even_if_it_is_worth_less_than_a_step() {
    let mut model = two();
    model.questions.push(Question { probe: true, ..ask(0.0, &[&[0.5, 0.5], &[0.4, 0.6]]) });
    assert_eq!(exact(&model, &Case::default()).next, Step::Ask(1));
    for depth in 0..3 {
        let made = plan(&model, &Case::default(), &Limits { depth: Some(depth), ..Limits::default() }, &mut always()).unwrap();
        assert_eq!(made.next, Step::Ask(1));
    }
}

#[test]
fn one_journey_pays_for_all_its_steps() {
    let mut model = two();
    model.questions.clear();
    model.clusters = vec![50.0];
    model.actions.iter_mut().for_each(|a| a.terms.cluster = Some(0));
    assert!((exact(&model, &Case::default()).ecr - 65.0).abs() < 1e-12);
    assert!((exact(&model, &Case { open_clusters: vec![0], ..Case::default() }).ecr - 15.0).abs() < 1e-12);
}

#[test]
fn no_harm_is_done_before_the_inquiry() {
    let mut model = two();
    model.actions.push(act(1.0, &[0.0, 0.0]));
    for a in 0..2 {
        model.actions[a].terms.needs = vec![Guard::Done(2)];
    }
    model.questions.clear();
    let made = exact(&model, &Case::default());
    assert_eq!(made.next, Step::Action(2), "the inquiry opens the way");
    assert!((made.ecr - 16.0).abs() < 1e-12);
    assert_eq!(exact(&model, &Case { excluded_actions: vec![2], ..Case::default() }).next, Step::Service);
}

#[test]
fn a_role_that_is_not_there_does_nothing() {
    let mut model = two();
    model.actions[0].terms.role = Some(7);
    let made = exact(&model, &Case { roles: vec![(7, 0.0)], ..Case::default() });
    assert!(!serde_json::to_string(&made.policy).unwrap().contains(r#""action","index":0"#));
}

#[test]
fn too_unsure_calls_service() {
    let limits = Limits { confidence: 0.9, ..Limits::default() };
    let mut model = two();
    model.prior = vec![0.2, 0.8];
    model.actions.pop();
    let bold = exact(&model, &Case::default());
    assert_eq!((bold.next, bold.abstained), (Step::Ask(0), false));
    let made = plan(&model, &Case::default(), &limits, &mut always()).unwrap();
    assert_eq!((made.next, made.abstained, made.ecr), (Step::Service, true, 100.0));
    assert!(made.bound <= bold.ecr + 1e-9);
    assert!(!plan(&two(), &Case::default(), &limits, &mut always()).unwrap().abstained);
}

#[test]
fn reasons_name_chance_cost_and_the_price_of_going_without() {
    let (model, case) = (two(), Case::default());
    let made = exact(&model, &case);
    let why = reasons(&model, &case, &made, &Limits::default(), &mut always()).unwrap();
    assert_eq!((why.step, why.cost), (Step::Ask(0), 1.0));
    assert!((why.ecr_without - 15.0).abs() < 1e-12 && (why.ecr - 11.75).abs() < 1e-12);
    assert!((why.answers[0].chance - 0.525).abs() < 1e-12);
    assert_eq!(why.answers[1].then, Step::Action(1));
    assert_eq!((why.stop.steps_most, why.stop.service_cost), (3, 100.0));
    let later = Case { told: vec![(0, Some(0))], ..Case::default() };
    let made = exact(&model, &later);
    let why = reasons(&model, &later, &made, &Limits::default(), &mut always()).unwrap();
    assert_eq!(why.step, Step::Action(0));
    assert!((why.chance - 0.475 / 0.525).abs() < 1e-12);
    let ruled_out = why.if_failed.iter().find(|s| s.cause == 0).unwrap();
    assert_eq!(ruled_out.after, 0.0);
}

#[test]
fn contradictory_findings_are_named_and_no_more_than_needed() {
    let mut model = two();
    model.questions =
        vec![ask(1.0, &[&[1.0, 0.0], &[1.0, 0.0]]), ask(1.0, &[&[1.0, 0.0], &[0.5, 0.5]]), ask(1.0, &[&[0.5, 0.5], &[0.4, 0.6]])];
    let case = Case { failed: vec![1], told: vec![(1, Some(1)), (2, Some(0))], ..Case::default() };
    let error = plan(&model, &case, &Limits::default(), &mut always()).unwrap_err();
    assert_eq!(error, PlanError::Impossible { findings: vec!["action 1 failed".to_owned(), "question 1 answered 1".to_owned()] });
}

#[test]
fn what_is_wrong_has_a_place() {
    let check = |change: &dyn Fn(&mut Model), expected: &str| {
        let mut model = two();
        change(&mut model);
        let found = plan(&model, &Case::default(), &Limits::default(), &mut always()).unwrap_err().to_string();
        assert_eq!(found, expected);
    };
    check(&|m| m.prior[1] = 0.7, "prior: the probabilities add up to 1.2; expected 1");
    check(&|m| m.prior.clear(), "prior: there is no cause");
    check(&|m| m.prior[0] = f64::NAN, "prior, cause 0: probability NaN; expected 0 to 1");
    check(&|m| m.service = -1.0, "service: cost -1; expected a number from 0 up");
    check(&|m| m.actions[1].repairs[0] = 1.5, "action 1, cause 0: probability 1.5; expected 0 to 1");
    check(&|m| m.actions[1].repairs.clear(), "action 1: 0 repair probabilities for 2 causes");
    check(&|m| m.actions[0].cost = f64::INFINITY, "action 0: cost inf; expected a number from 0 up");
    check(&|m| m.actions[0].terms.cluster = Some(3), "action 0: cluster 3 does not exist; there are 0");
    check(&|m| m.actions[0].terms.needs.push(Guard::Done(9)), "action 0: its guard names action 9; there are 2");
    check(&|m| m.questions[0].answers[1].push(0.0), "question 0, cause 1: 3 answers where cause 0 has 2");
    check(&|m| m.questions[0].answers[1][0] = 0.5, "question 0, cause 1: the probabilities add up to 1.4; expected 1");
    check(&|m| m.questions[0].answers.clear(), "question 0: 0 rows of answers for 2 causes");
    let told = |told: Vec<(usize, Option<usize>)>| {
        plan(&two(), &Case { told, ..Case::default() }, &Limits::default(), &mut always()).unwrap_err().to_string()
    };
    assert_eq!(told(vec![(4, None)]), "case, told 0: question 4 does not exist; there are 1");
    assert_eq!(told(vec![(0, Some(2))]), "case, told 0: answer 2 of question 0, which has 2");
    assert_eq!(told(vec![(0, Some(1)), (0, Some(0))]), "case, told 1: question 0 is answered twice; keep the answer that holds now");
}

#[test]
fn a_step_that_costs_more_than_it_can_save_is_left_out() {
    let mut model = two();
    model.questions.clear();
    model.actions.push(act(51.0, &[0.5, 0.5]));
    model.actions.extend(vec![act(100.0, &[1.0, 1.0]); 70]);
    assert!((exact(&model, &Case::default()).ecr - 15.0).abs() < 1e-12);
}

#[test]
fn too_large_is_refused_with_its_size() {
    let many = Model { prior: vec![1.0], actions: vec![act(0.5, &[0.1]); 65], service: 10.0, ..Model::default() };
    let error = plan(&many, &Case::default(), &Limits::default(), &mut always()).unwrap_err();
    assert_eq!(error.to_string(), "too large to plan: 65 actions that can help; at most 64 are handled");
}

#[test]
fn policies_that_do_not_fit_are_refused() {
    let wrong = Policy::Action { index: 5, failed: Box::new(Policy::Service) };
    assert_eq!(cost_of_policy(&two(), &wrong).unwrap_err().to_string(), "policy: action 5 does not exist; there are 2");
    let short = Policy::Ask { index: 0, answers: vec![Policy::Service] };
    assert_eq!(cost_of_policy(&two(), &short).unwrap_err().to_string(), "policy: 1 branches for the 2 answers of question 0");
}

#[test]
fn a_line_in_and_a_line_out() {
    let text = r#"{"id":"m1","prior":[0.5,0.5],"action_cost":[10,10],"action_repairs":[[1,0],[0,1]],"question_cost":[1],"question_answers":[[[0.95,0.05],[0.1,0.9]]],"service":100}"#;
    let line: ModelLine = serde_json::from_str(text).unwrap();
    let (id, model) = (line.id.clone(), line.model().unwrap());
    let out = PlanLine::new(id, exact(&model, &Case::default()));
    let json: serde_json::Value = serde_json::to_value(&out).unwrap();
    assert_eq!(json["id"], "m1");
    assert_eq!(json["policy"]["do"], "ask");
    assert!((json["ecr"].as_f64().unwrap() - 11.75).abs() < 1e-12);
    let bad = text.replace("[0,1]]", "[0,2]]").replace("\"m1\"", "17");
    let error = serde_json::from_str::<ModelLine>(&bad).unwrap().model().unwrap_err();
    assert_eq!(error.to_string(), "model 17: action 1, cause 1: probability 2; expected 0 to 1");
    let uneven = text.replace("[10,10]", "[10]");
    let error = serde_json::from_str::<ModelLine>(&uneven).unwrap().model().unwrap_err();
    assert_eq!(error.to_string(), "model m1: action_cost: 1 numbers, but action_repairs has 2 rows");
}

/// A plan followed to its end, each step planned anew: nothing comes twice, and it ends.
#[test]
fn following_the_advice_never_repeats_a_step() {
    let mut model = two();
    model.actions.push(act(3.0, &[0.4, 0.4]));
    model.actions.push(act(5.0, &[0.3, 0.6]));
    let mut case = Case::default();
    for _ in 0..20 {
        match exact(&model, &case).next {
            Step::Service => return,
            Step::Action(a) => {
                assert!(!case.failed.contains(&a));
                case.failed.push(a);
                if case.failed.contains(&0) && case.failed.contains(&1) {
                    // Both perfect cures failed: the model has no cause left and says so.
                    assert!(matches!(plan(&model, &case, &Limits::default(), &mut always()), Err(PlanError::Impossible { .. })));
                    return;
                }
            }
            Step::Ask(q) => {
                assert!(!case.told.iter().any(|(x, _)| *x == q));
                case.told.push((q, Some(0)));
            }
        }
    }
    panic!("no end");
}

#[test]
fn the_outlook_adds_up() {
    let made = exact(&two(), &Case::default());
    let ahead = outlook(&two(), &Case::default(), &made.policy).unwrap();
    assert!((ahead.solved - 1.0).abs() < 1e-12);
    assert_eq!(ahead.steps_most, 3);
}
