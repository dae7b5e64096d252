//! Readings → a verdict, with the price of a mistake in mind.

use std::collections::{BTreeSet, HashMap};

use posdx_model::{MoneyState, Outcome};

use super::{Reading, Subject, Verdict};
use crate::catalogue::{Catalogue, ConditionRef};

/// Share of the score that one condition must reach for the answer to be called known.
const KNOWN_SHARE: f64 = 0.8;
/// A rival with at least this share whose mistake would cost money is enough to ask.
const DANGEROUS_SHARE: f64 = 0.04;

/// One condition must carry the weight; readings in several lists that mean the same count together. However unlikely a rival is, if
/// believing the wrong one would charge a buyer twice or give goods away, the question is asked.
pub(super) fn verdict_of(catalogue: &Catalogue, readings: &[Reading]) -> Verdict {
    let total: f64 = readings.iter().map(|r| r.score).sum();
    if total <= 0.0 {
        return Verdict::Unknown;
    }
    let mut by_condition: HashMap<ConditionRef, f64> = HashMap::new();
    for r in readings {
        *by_condition.entry(r.condition).or_insert(0.0) += r.score / total;
    }
    let best = by_condition.values().copied().fold(0.0, f64::max);
    let stakes: BTreeSet<Stake> =
        readings.iter().filter(|r| r.score / total >= DANGEROUS_SHARE).filter_map(|r| stake(catalogue, r)).collect();
    if best >= KNOWN_SHARE && stakes.len() <= 1 { Verdict::Known } else { Verdict::Ambiguous }
}

/// What a cashier would do with the goods and the card on a reading.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stake {
    /// Hand over the goods.
    Paid,
    /// Take the payment again.
    NotPaid,
    /// Query first.
    Open,
}

fn stake(catalogue: &Catalogue, reading: &Reading) -> Option<Stake> {
    let condition = catalogue.condition_record(reading.condition);
    let code = match &reading.subject {
        Subject::Code { code, .. } => Some(catalogue.code_record(*code)),
        Subject::Field { .. } | Subject::Symptom => None,
    };
    let outcome = code.as_ref().and_then(|c| c.outcome).unwrap_or(condition.outcome);
    let money = code.and_then(|c| c.money).unwrap_or(condition.money).state;
    match (outcome, money) {
        (Outcome::Approved | Outcome::Partial, _) | (_, MoneyState::Taken) => Some(Stake::Paid),
        (Outcome::Info, _) | (_, MoneyState::NotApplicable) => None,
        (_, MoneyState::NotTaken) => Some(Stake::NotPaid),
        (_, MoneyState::Unknown) => Some(Stake::Open),
    }
}
