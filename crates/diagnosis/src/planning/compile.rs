//! Model and case → flat arrays for the search: dead causes and useless steps dropped, equal causes merged, guards as bit masks.

use super::case::Case;
use super::model::{Guard, Model, PlanError, Terms};
use super::table::Key;

/// Most actions that matter at once: one bit each.
const ACTIONS_MAX: usize = 64;
/// Most bits for the answers of all questions that matter.
const TOLD_BITS_MAX: u32 = 64;
/// Most cures of a cause for which all costs are tabled.
const CURES_MAX: usize = 8;
/// Most probes taken at once before the plan begins; each multiplies the situations to plan for.
const PROBES_MAX: usize = 4;

/// The problem as the search sees it. `lanes` is the number of causes, `width` that of actions, both rounded up to a multiple of 4;
/// the padding has weight 0.
pub(super) struct Problem {
    pub lanes: usize,
    pub width: usize,
    /// P(cause, evidence), normalised to 1.
    pub start: Vec<f64>,
    pub service: f64,
    pub actions: Vec<Act>,
    pub questions: Vec<Ask>,
    /// P(action removes cause) at `[action * lanes + cause]`, its complement, and turned round at `[cause * width + action]`.
    pub repairs: Vec<f64>,
    pub misses: Vec<f64>,
    pub by_cause: Vec<f64>,
    /// P(answer | cause) at `[question.offset + answer * lanes + cause]`.
    pub likelihood: Vec<f64>,
    /// For each cause its cures, least chance per cost first.
    pub cures: Vec<Vec<Cure>>,
    /// For each cause where its costs by used cures begin in `known`; `usize::MAX` if it has too many cures for that.
    known_at: Vec<usize>,
    known: Vec<f64>,
    pub clusters: Vec<Cluster>,
    pub roles: Vec<RoleLimit>,
    /// No guards, roles, clusters or probes: the search may take short cuts.
    pub plain: bool,
}

pub(super) struct Act {
    /// Position in the model.
    pub index: usize,
    pub cost: f64,
    pub per_cost: f64,
    pub cluster: Option<usize>,
    /// Causes it can remove, with its bit among the cures of each.
    pub touches: Vec<(u32, u16)>,
    /// Actions that serve at least as well at no more cost: to be done first.
    pub after: u64,
    /// Greatest probability that it removes a cause.
    pub surest: f64,
    /// Another step may only come after it.
    pub unlocks: bool,
    pub gate: Gate,
}

pub(super) struct Ask {
    pub index: usize,
    pub cost: f64,
    pub cluster: Option<usize>,
    pub answers: usize,
    pub offset: usize,
    pub shift: u32,
    /// All bits of its field, in place.
    pub field: u64,
    pub probe: bool,
    /// Share of the answers that tells causes apart: 0 if every cause gives the same answers.
    pub telling: f64,
    /// Another step may only come after it.
    pub unlocks: bool,
    pub gate: Gate,
}

#[derive(Clone, Copy)]
pub(super) struct Cure {
    pub bit: u64,
    pub cost: f64,
    pub miss: f64,
}

/// A cost cluster: open when any of its steps was taken.
pub(super) struct Cluster {
    pub opening: f64,
    pub done: u64,
    pub told: u64,
}

/// What a role may spend, and on which steps.
pub(super) struct RoleLimit {
    pub most: f64,
    pub actions: u64,
    pub questions: Vec<usize>,
}

#[derive(Default)]
pub(super) struct Gate {
    pub needs: Vec<Condition>,
    pub unless: Vec<Condition>,
}

pub(super) enum Condition {
    Done(u64),
    /// The field at `shift` holds one of the values in `set`.
    Told {
        shift: u32,
        mask: u64,
        set: u64,
    },
}

impl Condition {
    fn holds(&self, key: Key) -> bool {
        match self {
            Condition::Done(bit) => key.done & bit != 0,
            Condition::Told { shift, mask, set } => (set >> ((key.told >> shift) & mask)) & 1 != 0,
        }
    }
}

impl Gate {
    pub fn is_open(&self, key: Key) -> bool {
        self.needs.iter().all(|c| c.holds(key)) && !self.unless.iter().any(|c| c.holds(key))
    }
}

impl Problem {
    /// Cost of removing cause `f` if it were known: `used` marks its cures that failed, among all that failed.
    pub fn known(&self, f: usize, used: u16, done: u64) -> f64 {
        match self.known_at[f] {
            usize::MAX => cost_of_known(&self.cures[f], |_, cure| done & cure.bit == 0, self.service),
            at => self.known[at + used as usize],
        }
    }

    /// Cost of an action here, with the opening of its cluster.
    pub fn cost_of_act(&self, a: usize, key: Key) -> f64 {
        let act = &self.actions[a];
        act.cost + self.opening(act.cluster, key)
    }

    /// Cost of a question here, with the opening of its cluster.
    pub fn cost_of_ask(&self, q: usize, key: Key) -> f64 {
        let ask = &self.questions[q];
        ask.cost + self.opening(ask.cluster, key)
    }

    pub fn opening(&self, cluster: Option<usize>, key: Key) -> f64 {
        cluster.map_or(0.0, |c| {
            let c = &self.clusters[c];
            if key.done & c.done != 0 || key.told & c.told != 0 { 0.0 } else { c.opening }
        })
    }

    /// Whether an action may be taken here.
    pub fn may_act(&self, a: usize, key: Key) -> bool {
        let act = &self.actions[a];
        key.done & (1 << a) == 0
            && act.after & !key.done == 0
            && (self.plain || (act.gate.is_open(key) && self.affords(key, |role| (role.actions >> a) & 1 != 0, act.cost)))
    }

    /// Whether a question may be asked here.
    pub fn may_ask(&self, q: usize, key: Key) -> bool {
        let ask = &self.questions[q];
        key.told & ask.field == 0
            && (self.plain || (ask.gate.is_open(key) && self.affords(key, |role| role.questions.contains(&q), ask.cost)))
    }

    /// Actions that may be taken here, as bits.
    pub fn allowed(&self, key: Key) -> u64 {
        (0..self.actions.len()).filter(|a| self.may_act(*a, key)).fold(0, |set, a| set | 1 << a)
    }

    /// The probe to take here before anything else. Only what may be asked from the start counts as one, so once an action was done
    /// no probe is left.
    pub fn probe(&self, key: Key) -> Option<usize> {
        if self.plain || key.done != 0 {
            None
        } else {
            (0..self.questions.len()).find(|q| self.questions[*q].probe && self.may_ask(*q, key))
        }
    }

    fn affords(&self, key: Key, concerns: impl Fn(&RoleLimit) -> bool, cost: f64) -> bool {
        self.roles.iter().filter(|role| concerns(role)).all(|role| {
            let acts = self.actions.iter().enumerate().filter(|(a, _)| (role.actions & key.done) >> a & 1 != 0).map(|(_, x)| x.cost);
            let asks = role.questions.iter().map(|q| &self.questions[*q]).filter(|x| key.told & x.field != 0).map(|x| x.cost);
            // A hair of slack: the sum may come out a rounding error above a limit that is met exactly.
            acts.sum::<f64>() + asks.sum::<f64>() + cost <= role.most * (1.0 + 1e-12)
        })
    }
}

/// Compiles a checked model and case.
pub(super) fn compile(model: &Model, case: &Case) -> Result<Problem, PlanError> {
    let weights = case.weights_checked(model)?;
    let total: f64 = weights.iter().sum();
    let live: Vec<usize> = (0..weights.len()).filter(|f| weights[*f] > 0.0).collect();
    let named = |guard: &dyn Fn(&Guard) -> bool| {
        let terms = model.actions.iter().map(|x| &x.terms).chain(model.questions.iter().map(|x| &x.terms));
        terms.flat_map(|t| t.needs.iter().chain(&t.unless)).any(guard)
    };
    let kept_actions: Vec<usize> = (0..model.actions.len())
        .filter(|a| {
            // What costs more than its best chance saves is never worth it: calling service in so many of the cases is cheaper.
            let surest = live.iter().map(|f| model.actions[*a].repairs[*f]).fold(0.0, f64::max);
            let useful = model.actions[*a].cost < surest * model.service;
            let gates = named(&|g: &Guard| matches!(g, Guard::Done(b) if b == a));
            !case.failed.contains(a) && !case.excluded_actions.contains(a) && (useful || gates)
        })
        .collect();
    let kept_questions: Vec<usize> = (0..model.questions.len())
        .filter(|q| {
            let question = &model.questions[*q];
            let row = |f: usize| (0..question.width()).map(move |k| question.likelihood(f, k));
            let tells = live.iter().any(|f| row(*f).ne(row(live[0])));
            let gates = named(&|g: &Guard| matches!(g, Guard::Answered { question, .. } if question == q));
            !case.told.iter().any(|(x, _)| x == q) && !case.excluded_questions.contains(q) && (tells || gates)
        })
        .collect();
    if kept_actions.len() > ACTIONS_MAX {
        return Err(PlanError::TooLarge { what: format!("{} actions that can help", kept_actions.len()), most: ACTIONS_MAX });
    }
    let bits: u32 = kept_questions.iter().map(|q| field_bits(model.questions[*q].width())).sum();
    if bits > TOLD_BITS_MAX {
        return Err(PlanError::TooLarge {
            what: format!("{bits} bits for the answers of {} questions", kept_questions.len()),
            most: TOLD_BITS_MAX as usize,
        });
    }
    // Causes that no step and no question tells apart are one cause to the planner.
    let mut groups: Vec<(usize, f64)> = Vec::new();
    for f in &live {
        let same = |g: usize| {
            kept_actions.iter().all(|a| model.actions[*a].repairs[g] == model.actions[*a].repairs[*f])
                && kept_questions.iter().all(|q| model.questions[*q].answers[g] == model.questions[*q].answers[*f])
        };
        match groups.iter_mut().find(|(g, _)| same(*g)) {
            Some((_, w)) => *w += weights[*f] / total,
            None => groups.push((*f, weights[*f] / total)),
        }
    }
    Ok(assemble(model, case, &kept_actions, &kept_questions, &groups))
}

fn field_bits(width: usize) -> u32 {
    u64::BITS - (width as u64).leading_zeros()
}

fn assemble(model: &Model, case: &Case, kept_actions: &[usize], kept_questions: &[usize], groups: &[(usize, f64)]) -> Problem {
    let lanes = groups.len().next_multiple_of(4);
    let width = kept_actions.len().max(1).next_multiple_of(4);
    let mut start: Vec<f64> = groups.iter().map(|(_, w)| *w).collect();
    start.resize(lanes, 0.0);
    let mut repairs = vec![0.0; kept_actions.len() * lanes];
    let mut by_cause = vec![0.0; lanes * width];
    for (a, index) in kept_actions.iter().enumerate() {
        for (f, (cause, _)) in groups.iter().enumerate() {
            let p = model.actions[*index].repairs[*cause];
            repairs[a * lanes + f] = p;
            by_cause[f * width + a] = p;
        }
    }
    let misses = repairs.iter().map(|p| 1.0 - p).collect();
    let mut likelihood = Vec::new();
    let mut fields = Vec::new();
    let mut shift = 0;
    for index in kept_questions {
        let question = &model.questions[*index];
        fields.push((likelihood.len(), shift, question.width()));
        for k in 0..question.width() {
            likelihood.extend(groups.iter().map(|(cause, _)| question.likelihood(*cause, k)));
            likelihood.resize(likelihood.len().next_multiple_of(lanes), 0.0);
        }
        shift += field_bits(question.width());
    }
    let condition = |guard: &Guard| match guard {
        Guard::Done(a) => kept_actions.iter().position(|x| x == a).map(|a| Condition::Done(1 << a)),
        Guard::Answered { question, answers } => kept_questions.iter().position(|x| x == question).map(|q| {
            let (_, shift, width) = fields[q];
            let set = answers.iter().fold(0u64, |set, k| set | 1 << (k + 1));
            Condition::Told { shift, mask: (1 << field_bits(width)) - 1, set }
        }),
    };
    // A guard that the case settles for good is gone; one that can never come true shuts the step out.
    let gate = |terms: &Terms| {
        let open: Vec<&Guard> = terms.needs.iter().filter(|g| !case.holds(g)).collect();
        let needs: Vec<Condition> = open.iter().filter_map(|g| condition(g)).collect();
        let shut = needs.len() < open.len() || terms.unless.iter().any(|g| case.holds(g));
        (!shut).then(|| Gate { needs, unless: terms.unless.iter().filter_map(condition).collect() })
    };
    let opens = |step: &Guard| {
        let terms = model.actions.iter().map(|x| &x.terms).chain(model.questions.iter().map(|x| &x.terms));
        terms.flat_map(|t| &t.needs).any(|g| match (g, step) {
            (Guard::Done(a), Guard::Done(b)) => a == b,
            (Guard::Answered { question: p, .. }, Guard::Answered { question: q, .. }) => p == q,
            (Guard::Done(_), Guard::Answered { .. }) | (Guard::Answered { .. }, Guard::Done(_)) => false,
        })
    };
    let never = || Gate { needs: vec![Condition::Done(0)], unless: Vec::new() };
    let mut clusters: Vec<Cluster> = model
        .clusters
        .iter()
        .enumerate()
        .map(|(c, opening)| Cluster { opening: if case.is_open(model, c) { 0.0 } else { *opening }, done: 0, told: 0 })
        .collect();
    let mut roles: Vec<(usize, RoleLimit)> =
        case.roles.iter().map(|(role, most)| (*role, RoleLimit { most: *most, actions: 0, questions: Vec::new() })).collect();
    let mut probes = 0;
    let mut actions = Vec::new();
    for (a, index) in kept_actions.iter().enumerate() {
        let action = &model.actions[*index];
        if let Some(c) = action.terms.cluster {
            clusters[c].done |= 1 << a;
        }
        for (_, limit) in roles.iter_mut().filter(|(role, _)| action.terms.role == Some(*role)) {
            limit.actions |= 1 << a;
        }
        let row: &[f64] = &repairs[a * lanes..(a + 1) * lanes];
        actions.push(Act {
            index: *index,
            cost: action.cost,
            per_cost: 1.0 / action.cost.max(1e-12 * model.service.max(f64::MIN_POSITIVE)),
            cluster: action.terms.cluster,
            touches: (0..lanes as u32).filter(|f| row[*f as usize] > 0.0).map(|f| (f, 0)).collect(),
            after: 0,
            surest: row.iter().copied().fold(0.0, f64::max),
            unlocks: opens(&Guard::Done(*index)),
            gate: gate(&action.terms).unwrap_or_else(never),
        });
    }
    let mut questions = Vec::new();
    for (q, index) in kept_questions.iter().enumerate() {
        let question = &model.questions[*index];
        let (offset, shift, width) = fields[q];
        let field = ((1u64 << field_bits(width)) - 1) << shift;
        if let Some(c) = question.terms.cluster {
            clusters[c].told |= field;
        }
        for (_, limit) in roles.iter_mut().filter(|(role, _)| question.terms.role == Some(*role)) {
            limit.questions.push(q);
        }
        let gate = gate(&question.terms).unwrap_or_else(never);
        let probe = question.probe && gate.needs.is_empty() && probes < PROBES_MAX;
        probes += usize::from(probe);
        questions.push(Ask {
            index: *index,
            cost: question.cost,
            cluster: question.terms.cluster,
            answers: width,
            offset,
            shift,
            field,
            probe,
            telling: telling(&likelihood[offset..offset + width * lanes], lanes, groups.len()),
            unlocks: opens(&Guard::Answered { question: *index, answers: Vec::new() }),
            gate,
        });
    }
    let roles: Vec<RoleLimit> = roles.into_iter().map(|(_, limit)| limit).filter(|r| r.actions != 0 || !r.questions.is_empty()).collect();
    let guarded = |gate: &Gate| !gate.needs.is_empty() || !gate.unless.is_empty();
    let plain = roles.is_empty()
        && actions.iter().all(|x: &Act| !guarded(&x.gate) && x.cluster.is_none())
        && questions.iter().all(|x: &Ask| !guarded(&x.gate) && x.cluster.is_none() && !x.probe);
    if plain {
        dominance(&mut actions, &repairs, lanes);
    }
    let cures: Vec<Vec<Cure>> = (0..lanes).map(|f| cures_of(f, &actions, &repairs, lanes)).collect();
    let (mut known_at, mut known) = (Vec::new(), Vec::new());
    for (f, list) in cures.iter().enumerate() {
        if list.len() > CURES_MAX {
            known_at.push(usize::MAX);
            continue;
        }
        known_at.push(known.len());
        known.extend((0..1u16 << list.len()).map(|used| cost_of_known(list, |i, _| (used >> i) & 1 == 0, model.service)));
        for (i, cure) in list.iter().enumerate() {
            let act = &mut actions[cure.bit.trailing_zeros() as usize];
            act.touches.iter_mut().filter(|(g, _)| *g as usize == f).for_each(|(_, bit)| *bit = 1 << i);
        }
    }
    Problem {
        known_at,
        known,
        lanes,
        width,
        start,
        service: model.service,
        actions,
        questions,
        repairs,
        misses,
        by_cause,
        likelihood,
        cures,
        clusters,
        roles,
        plain,
    }
}

/// One less what all causes have in common: the sum over the answers of the least likelihood.
fn telling(table: &[f64], lanes: usize, causes: usize) -> f64 {
    let common = |row: &[f64]| row.iter().take(causes).copied().fold(f64::INFINITY, f64::min);
    1.0 - table.chunks_exact(lanes).map(common).sum::<f64>().min(1.0)
}

/// Cost of removing a known cause with the cures that are `left`.
fn cost_of_known(cures: &[Cure], left: impl Fn(usize, &Cure) -> bool, service: f64) -> f64 {
    cures.iter().enumerate().filter(|(i, cure)| left(*i, cure)).fold(service, |rest, (_, cure)| rest.min(cure.cost + cure.miss * rest))
}

/// An action that is nowhere better and not cheaper than another has no reason to come before it.
fn dominance(actions: &mut [Act], repairs: &[f64], lanes: usize) {
    for a in 0..actions.len() {
        for b in 0..actions.len() {
            let (mine, other) = (&repairs[a * lanes..(a + 1) * lanes], &repairs[b * lanes..(b + 1) * lanes]);
            let no_better = a != b && mine.iter().zip(other).all(|(x, y)| x <= y) && actions[a].cost >= actions[b].cost;
            let equal = mine == other && actions[a].cost == actions[b].cost;
            if no_better && (!equal || b < a) {
                actions[a].after |= 1 << b;
            }
        }
    }
}

/// Known cause: its cures by chance per cost are the cheapest way (Kadane & Simon 1977). Least first, as costs are summed backwards.
fn cures_of(f: usize, actions: &[Act], repairs: &[f64], lanes: usize) -> Vec<Cure> {
    let mut list: Vec<(f64, Cure)> = Vec::new();
    for (a, act) in actions.iter().enumerate() {
        let p = repairs[a * lanes + f];
        if p > 0.0 && !act.gate.needs.iter().any(|c| matches!(c, Condition::Done(0))) {
            list.push((p * act.per_cost, Cure { bit: 1 << a, cost: act.cost, miss: 1.0 - p }));
        }
    }
    list.sort_by(|x, y| x.0.total_cmp(&y.0));
    list.into_iter().map(|(_, cure)| cure).collect()
}
