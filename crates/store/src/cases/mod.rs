//! Cases: something that a code and a guided repair could not settle at the till, on its way through the people who can.

mod change;
mod find;
mod level;

use posdx_model::words;
use serde::Serialize;

pub(crate) use change::erase;
pub use find::{Ask, Page};
pub use level::Level;

words! {
    /// Where a case stands.
    State {
        /// Somebody works on it, or should.
        Open = "open",
        /// It is settled.
        Closed = "closed",
    }
}

/// What a case is opened with; a machine fills it from the repair session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Opening {
    /// One line that says what is the matter.
    pub title: String,
    /// The code, such as `lakala/C101`.
    pub code: Option<String>,
    /// The condition, such as `comm.no-response`.
    pub condition: Option<String>,
    /// Vendor, model, region of the terminal, as far as known.
    pub context: serde_json::Map<String, serde_json::Value>,
    /// The repair session and the last messages. Masked again before it is stored.
    pub evidence: serde_json::Map<String, serde_json::Value>,
    /// The caller's id of this request: sending it again opens no second case.
    pub request: Option<String>,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// Its number within the organisation.
    pub number: i64,
    /// Grows with each change; a change has to name the version it was made from.
    pub version: i64,
    /// Open or closed.
    pub state: State,
    /// Who has to act.
    pub level: Level,
    /// Until when, seconds since 1970.
    pub due_at: i64,
    /// Name of the one who opened it.
    pub opened_by: String,
    /// When it was opened.
    pub opened_at: i64,
    /// Name of the one who works on it.
    pub assignee: Option<String>,
    /// What is the matter.
    pub title: String,
    /// The code.
    pub code: Option<String>,
    /// The condition.
    pub condition: Option<String>,
    /// Vendor, model, region.
    pub context: serde_json::Value,
    /// The repair session and the last messages, masked.
    pub evidence: serde_json::Value,
    /// The confirmed cause.
    pub cause: Option<String>,
    /// The step that helped.
    pub helped: Option<String>,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// When what it held was erased on request.
    pub forgotten_at: Option<i64>,
    /// What people wrote, oldest first; empty in lists.
    pub notes: Vec<Note>,
}

/// What somebody wrote to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Name of who wrote it.
    pub author: String,
    /// When.
    pub at: i64,
    /// What, masked.
    pub text: String,
}

/// How a case was settled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closing {
    /// Id of the confirmed cause; `None` when nobody knows.
    pub cause: Option<String>,
    /// Id of the step that helped; `None` when none did, or it went away by itself.
    pub helped: Option<String>,
    /// A last word.
    pub note: Option<String>,
}
