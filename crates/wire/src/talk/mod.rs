//! Messages of a capture or log → who answered whom, and what became of the money.
//!
//! ```text
//! Seen ─ trace ─► Trace: the little that is kept, never card data ─ join (index, terminals) ─► open chains ─ chain ─► Chain, in order
//!                                                                                             texts ─► findings in words
//! ```
//!
//! A request and its reply are an exchange; a payment with its reversals and its void is a chain, as is a settlement with its batch
//! upload. Every message pushed comes back in exactly one chain. The money rule: an outcome is `unknown` unless a reply says otherwise.
//! Time is what the capture says; memory is bounded by [`Rules::held_max`] messages; the work per message does not depend on how many
//! are held.

mod chain;
mod findings;
mod index;
mod join;
mod letters;
mod read;
mod rules;
mod terminals;
mod texts;
mod trace;

pub use chain::{Chain, ChainKind, ChainOutcome};
pub use findings::{Finding, FindingId};
pub use join::{Seen, Talk};
pub use letters::Letters;
pub use rules::Rules;
pub use texts::{FindingText, Texts, TextsError};
pub use trace::{Original, Totals, Trace};
