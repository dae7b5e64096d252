//! What can be wrong with a network or a query, in words, with the place.

use thiserror::Error;

/// A place in a text: both counted from one; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// A network that cannot be read, built or written.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkError {
    /// Where in the text; `None` for a network that was not read from text.
    pub position: Option<Position>,
    /// What is wrong.
    pub fault: NetworkFault,
}

impl NetworkError {
    pub(super) fn at(position: Position, fault: NetworkFault) -> Self {
        NetworkError { position: Some(position), fault }
    }
}

impl From<NetworkFault> for NetworkError {
    fn from(fault: NetworkFault) -> Self {
        NetworkError { position: None, fault }
    }
}

impl std::fmt::Display for NetworkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(Position { line, column }) = self.position {
            write!(f, "line {line}, column {column}: ")?;
        }
        self.fault.fmt(f)
    }
}

impl std::error::Error for NetworkError {}

/// What is wrong with a network.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum NetworkFault {
    /// The text breaks the grammar.
    #[error("expected {expected}, found {found}")]
    Syntax {
        /// What may stand here.
        expected: String,
        /// What stands here.
        found: String,
    },
    /// A name that nothing bears.
    #[error("unknown {what} `{name}`")]
    Unknown {
        /// `variable` or `state of …`.
        what: String,
        /// The name.
        name: String,
    },
    /// The same thing said twice.
    #[error("{what} `{name}` is given twice")]
    Twice {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A variable has no probabilities, or one configuration of its parents has none.
    #[error("variable `{node}` has no probabilities{configuration}")]
    Missing {
        /// The variable.
        node: String,
        /// Empty, or ` for (state, state)`.
        configuration: String,
    },
    /// A name that cannot be kept in a text.
    #[error("the name {name:?} of a {what} is empty, begins or ends with a space, or holds a control character")]
    Name {
        /// What kind of thing.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Arrows that lead back to where they began.
    #[error("the arrows form a cycle: {}", .0.join(" → "))]
    Cycle(
        /// The variables on it; the first is repeated at the end.
        Vec<String>,
    ),
    /// A number that is not a probability.
    #[error("{value} is not a probability (variable `{node}`)")]
    NotProbability {
        /// The variable.
        node: String,
        /// The number.
        value: f64,
    },
    /// A row whose sum is further from 1 than rounding explains.
    #[error("the probabilities of `{node}`{configuration} add up to {sum}, not 1")]
    RowSum {
        /// The variable.
        node: String,
        /// Empty, or ` for (state, state)`.
        configuration: String,
        /// The sum.
        sum: f64,
    },
    /// A table that has not as many numbers as its variables ask for.
    #[error("variable `{node}` needs {expected} numbers here, {found} are given")]
    Count {
        /// The variable.
        node: String,
        /// As many as needed.
        expected: usize,
        /// As many as given.
        found: usize,
    },
    /// Something beyond a limit that keeps memory bounded.
    #[error("{what}: {size}, the limit is {limit}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// How large it is.
        size: f64,
        /// How large it may be.
        limit: usize,
    },
    /// A name that this format cannot spell.
    #[error("the name `{0}` holds a quotation mark, which BIF cannot write; use XMLBIF")]
    Unwritable(
        /// The name.
        String,
    ),
}

/// One finding that takes part in a contradiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The node.
    pub node: String,
    /// The observed state; `None` for a likelihood.
    pub state: Option<String>,
}

impl std::fmt::Display for Clash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.state {
            Some(state) => write!(f, "{} = {state}", self.node),
            None => write!(f, "{} (weighed)", self.node),
        }
    }
}

/// A query that has no answer.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum InferenceError {
    /// A node name that the network does not have.
    #[error("the network has no node `{0}`")]
    UnknownNode(
        /// The name.
        String,
    ),
    /// A state name that the node does not have.
    #[error("node `{node}` has no state `{state}`; it has: {}", .states.join(", "))]
    UnknownState {
        /// The node.
        node: String,
        /// The state asked for.
        state: String,
        /// The states there are.
        states: Vec<String>,
    },
    /// A node position beyond the network.
    #[error("there is no node number {0}")]
    NoSuchNode(
        /// The position.
        usize,
    ),
    /// A state position beyond the node.
    #[error("node `{node}` has no state number {state}")]
    NoSuchState {
        /// The node.
        node: String,
        /// The position.
        state: usize,
    },
    /// A likelihood with a wrong length, a number that is negative or not finite, or nothing above zero.
    #[error("the likelihood of `{0}` needs one finite number per state, none negative, one above zero")]
    Likelihood(
        /// The node.
        String,
    ),
    /// The node was pruned when the network was compiled for a narrower question.
    #[error("node `{0}` was left out when the network was compiled")]
    NotCompiled(
        /// The node.
        String,
    ),
    /// The findings cannot all be true. No finding can be left out of the list without the rest becoming possible.
    #[error("these findings cannot all be true: {}", .0.iter().map(|c| c.to_string()).collect::<Vec<_>>().join(", "))]
    Impossible(
        /// A smallest conflicting set.
        Vec<Clash>,
    ),
    /// The findings are possible, but so improbable in combination that f64 cannot hold the numbers.
    #[error("the findings are possible, but too improbable together for double precision")]
    OutOfRange,
    /// The junction tree would be beyond the limit.
    #[error("too large to compile: largest clique {} entries, together {}; the limits are {max_clique} and {max_total}", rough(.clique), rough(.total))]
    TooLarge {
        /// Entries of the largest clique.
        clique: f64,
        /// Entries of all cliques.
        total: f64,
        /// Limit of one clique.
        max_clique: usize,
        /// Limit of all.
        max_total: usize,
    },
}

/// A size that may be astronomical; a long row of digits would be taken for a card number.
fn rough(size: &f64) -> String {
    if *size < 1e9 { format!("{size:.0}") } else { format!("{size:.1e}") }
}
