//! Exact inference on discrete Bayesian networks: posteriors, probability of evidence, most probable explanation.
//!
//! A [`Network`] is read from BIF or XMLBIF or built node by node. [`Compiled`] turns it once into a junction tree (Lauritzen and
//! Spiegelhalter 1988; Jensen, Lauritzen and Olesen 1990) whose tables hold `P(own variables | separator)`. With tables of that form
//! the message of a part without findings is all ones, so a query touches only the cliques between findings and affected targets.
//! A [`Session`] keeps the messages: the next query recomputes only what changed and allocates nothing.
//!
//! Noisy-OR and noisy-MAX nodes stay factored: they become a chain of small nodes (Heckerman's temporal transformation), never a
//! table over all parents.

mod bif;
mod bif_write;
mod compiled;
mod error;
mod evidence;
mod explain;
mod graph;
mod junction;
mod model;
mod noisy;
mod session;
mod table;
mod tokens;
mod xmlbif;

pub use compiled::{Compiled, Limits, Size};
pub use error::{Clash, InferenceError, NetworkError, NetworkFault, Position};
pub use evidence::{Evidence, Finding, MostProbable, Posteriors};
pub use model::{Cpt, MAX_ENTRIES, MAX_NODES, MAX_STATES, Network, Node};
pub use noisy::{Combine, NoisyMax};
pub use session::Session;
