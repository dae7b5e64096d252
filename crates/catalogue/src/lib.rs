//! The knowledge of posdx: load it, check it, compile it, look things up in it.
//!
//! ```text
//! catalogue/*.toml ─ source ─► Source ─ check ─► problems with file and line
//!                                 └──── pack ──► bytes in the binary ─► Catalogue ─ find ─► readings of what a person typed
//! ```
//! Reading order of the modules follows that line. Nothing here reads a file or a clock: the caller hands over texts and bytes.

mod catalogue;
pub mod check;
pub mod find;
pub mod pack;
pub mod record;
pub mod search;
pub mod source;
pub mod spelling;
mod table;

pub use catalogue::Catalogue;
