//! Joins catalogue and diagnosis into one [`Explanation`], and renders it.
//!
//! ```text
//! text ─► catalogue::find ─► findings ─► assemble ─► Explanation ─► render::terminal · render::narration · JSON (serde)
//! ```
//! Surfaces decide nothing: what is not in the [`Explanation`] does not exist for them.

mod assemble;
pub mod decoded;
mod explanation;
pub mod listing;
pub mod number;
mod odds;
mod plan;
pub mod render;
pub mod repair;
mod ui;

pub use assemble::{Question, explain, explain_code, explain_condition, explain_listed};
pub use explanation::*;
pub use odds::odds;
pub use ui::{Ui, actor_name, grade_name, party_name};
