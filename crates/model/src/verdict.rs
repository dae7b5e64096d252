//! The verdicts that a cashier acts on: outcome, money, retry. And how well a fact is supported.

use serde::{Deserialize, Serialize};

crate::words! {
    /// How the transaction ended, as far as the code says.
    Outcome {
        /// Approved in full.
        Approved = "approved",
        /// Approved for a part.
        Partial = "partial",
        /// An answer arrived and it was a refusal.
        Declined = "declined",
        /// It broke off.
        Failed = "failed",
        /// Nobody can say yet.
        Unknown = "unknown",
        /// The code reports a fact, not an ending.
        Info = "info",
    }
}

crate::words! {
    /// Whether the buyer's money moved.
    MoneyState {
        /// Proven not to have moved.
        NotTaken = "not-taken",
        /// It moved.
        Taken = "taken",
        /// Not known: query before anything else.
        Unknown = "unknown",
        /// The code is not about a payment.
        NotApplicable = "not-applicable",
    }
}

/// A money verdict and the ground it stands on. A verdict without ground is not accepted by the catalogue's check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The verdict.
    pub state: MoneyState,
    /// Id of the ground: why we may say so.
    pub ground: String,
}

crate::words! {
    /// Whether the same sale may be tried again.
    RetryVerdict {
        /// At once.
        Now = "now",
        /// After waiting.
        Later = "later",
        /// After something was put right.
        AfterFix = "after-fix",
        /// Only after the outcome of the first try is known.
        QueryFirst = "query-first",
        /// Not with this card or in this way.
        OtherMethod = "other-method",
        /// Not at all.
        Never = "never",
    }
}

/// A retry verdict with its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// The verdict.
    pub verdict: RetryVerdict,
    /// Seconds to wait first, where a rule or sense gives a number.
    #[serde(default)]
    pub wait_s: Option<u32>,
    /// At most this many tries.
    #[serde(default)]
    pub max: Option<u32>,
}

crate::words! {
    /// How well a statement is supported by its sources.
    Grade {
        /// The owner of the code says so.
        Official = "official",
        /// Two or more independent sources agree.
        Corroborated = "corroborated",
        /// One source.
        Single = "single",
        /// No source we would lean on.
        Unconfirmed = "unconfirmed",
    }
}
