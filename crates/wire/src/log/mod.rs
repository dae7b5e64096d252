//! Log lines: format, time, level, and whether they matter.
//!
//! ```text
//! bytes ─ Lines ─► Line ─┬─ Rules::matters ─► Why: the signs of an error
//!                        ├─ signals ────────► codes and device names in it
//!                        └─ Digest ─────────► each kind of line once, with count, first and last
//! ```
//!
//! Whatever leaves this module as text went through [`mask`]: card numbers, tracks and dumps are hidden in it. Positions in a message
//! are positions in the masked message ([`Line::message`]). Whoever must decode a dump cuts it out of the file, which is theirs:
//! [`Line::offset`] and [`Line::length`] say where.

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

pub use digest::{Digest, Group, Rest, Seen};
pub use line::{Encoding, Format, Level, Line};
pub use lines::{Lines, MAX_LINE};
pub use mask::mask;
pub use matters::{Sign, SignKind, Why};
pub use rules::{Rules, RulesError};
pub use signals::{Signal, signals};
pub use template::template;
pub use time::{Clock, Date, Time};
