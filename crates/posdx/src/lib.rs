//! posdx as a library: ask, get an explanation.
//!
//! ```
//! let answer = posdx::explain("C101");
//! assert_eq!(answer.readings[0].condition, "comm.no-response");
//! ```

pub use posdx_explain::{Explanation, Question};

/// Explains a text with the catalogue inside this build.
pub fn explain(text: &str) -> Explanation {
    posdx_explain::explain(posdx_embedded::catalogue(), Question { text, place: None })
}
