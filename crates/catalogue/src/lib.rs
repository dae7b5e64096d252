//! The knowledge of posdx: load it, check it, compile it, look things up in it.
//!
//! ```text
//! catalogue/*.toml ─ source ─► Source ─ check ─► problems with file and line
//!                                 └──── pack ──► bytes in the binary ─► Catalogue ─ find ─► readings of what a person typed
//! ```
//! Reading order of the modules follows that line. Nothing here reads a file or a clock: the caller hands over texts and bytes.

pub mod record;
pub mod source;
pub mod check;
pub mod spelling;
mod table;
pub mod search;
pub mod pack;
mod catalogue;
pub mod find;

pub use catalogue::Catalogue;
