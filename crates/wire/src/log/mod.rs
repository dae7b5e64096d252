//! Log lines: format, time, level, and whether they matter.
//!
//! ```text
//! bytes ─ Lines ─► Line ─┬─ Rules::matters ─► Why: the signs of an error
//!                        ├─ signals ────────► codes and device names in it
//!                        └─ Digest ─────────► each kind of line once, with count, first and last
//! ```
//!
//! Whatever leaves this module as text went through [`mask`]: card numbers, tracks and dumps are hidden in it. Positions in a message
//! are positions in the masked message ([`Line::message`]). Dumps are taken out of neighbouring lines by [`Block`].

mod block;
mod codes;
mod digest;
mod header;
mod json;
mod line;
mod lines;
mod mask;
mod matters;
mod plain;
mod rules;
mod signals;
mod template;
mod time;

pub use block::Block;
pub use digest::{Digest, Group, Rest, Seen};
pub use line::{Encoding, Format, Level, Line};
pub use lines::{Lines, MAX_LINE};
pub use mask::mask;
pub use matters::{Sign, SignKind, Why};
pub use rules::{Rules, RulesError};
pub use signals::{Signal, signals};
pub use template::template;
pub use time::{Clock, Date, Time};
