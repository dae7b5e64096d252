//! Closed cases → what they say about causes, steps and questions → an overlay that a person can read and undo.
//!
//! ```text
//! cases.jsonl ─ read ─► Case ─┐
//!                             ├─ learn (MAP-EM, hierarchy, fading) ─► Overlay ─ only ─► text ─► a person
//! catalogue ─► Knowledge ─────┘                                          └── apply ─► Knowledge ─► calibrate
//! ```
//! The model is that of the planner: one active cause per case, evidence independent given the cause. Nothing here replaces what an
//! expert wrote: what was learned stands beside it, line by line, with the number of cases behind it. Money verdicts and
//! preconditions are not part of it and cannot be learned.

mod apply;
mod calibration;
mod case;
mod chance;
mod em;
mod frame;
mod knowledge;
mod loose;
mod overlay;
mod posterior;
mod problem;
mod read;
mod shrink;
pub mod synthetic;
mod text;

pub use apply::{Applied, Ignored, Why, apply};
pub use calibration::{Bin, Calibration, Cost, CostReport, Interval, calibrate, compare_costs, held_out};
pub use case::{Case, Done, Suspect, Terminal, Told, date, day};
pub use chance::Chance;
pub use em::{Learned, Round, Settings, Surprise, learn};
pub use knowledge::{Condition, Group, Knowledge, KnowledgeError, Question, Step, Transient, Weighted};
pub use loose::Loose;
pub use overlay::{FORMAT, LearnedAnswers, LearnedPriors, LearnedRepairs, Level, Line, Overlay, Rest, Row};
pub use posterior::{Moment, Posteriors};
pub use problem::{Clash, Expected, Fault, Problem};
pub use read::{Reading, read};
pub use text::Named;

/// No probability is taken to be smaller: a zero in an expert's table would make a case impossible that has happened.
pub const FLOOR: f64 = 1e-4;
