//! An explanation, or a decoded message → what a person reads.
//!
//! [`terminal`] draws a page for 60 to 120 columns, with colour codes that the caller strips where they do not belong; [`narration`]
//! says the same as plain sentences for a screen reader; [`card`] prints the card that hangs beside the till.

pub mod card;
pub mod decoded;
pub mod narration;
pub mod repair;
pub mod terminal;
pub mod wrap;

use posdx_model::{Lang, Role};

/// For whom to render.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Language.
    pub lang: Lang,
    /// Reader.
    pub role: Role,
    /// Columns of the page.
    pub width: usize,
    /// Every reading in full, not only the first.
    pub all: bool,
}

/// True when this reader may see why a bank has stopped a card, and in which words a list says so.
pub fn may_know(role: Role, discreet: bool) -> bool {
    !discreet || matches!(role, Role::Agent | Role::Engineer)
}
