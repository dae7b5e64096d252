//! Guided repair: from “what does this mean” to “the till works again”.
//!
//! ```text
//! catalogue ─ model ─► numbers: causes, steps, questions ─┐
//! entries (told, done, looked up) ─ session ──────────────┴─► state: causes, next, reasons ─► view · summary
//! closed session ─ case_of ─► learning ─► overlay ─ Overlaid ─► catalogue with what was learned
//! ```
//! The order of things: the outcome of the last sale first, then whatever costs least in the end, and help before it costs more to go on.

mod advise;
mod closed;
mod learned;
mod model;
mod session;
mod summary;
mod told;
mod view;

pub use advise::Advice;
pub use closed::case_of;
pub use learned::{Change, ChangeKind, InUse, LeftOut, Overlaid, fingerprint, lessons};
pub use model::{Model, Subject};
pub use session::{Entry, LastSale, Next, Session, SessionError, State, state};
pub use summary::{Likely, Summary, summary};
pub use told::{Told, told};
pub use view::{CauseView, Choice, ForAgainst, NextView, View, view};
