//! A code and where it lives: `cups-pos/51`, never a bare number.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A code with its namespace. Both parts are text: `5C`, `N7` and `0x04` are not numbers, and `04` is not `4`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CodeId {
    /// The list that defines the code, such as `cups-pos` or `lakala-hex`.
    pub namespace: String,
    /// The code as that list writes it.
    pub value: String,
}

impl CodeId {
    /// A code `value` of the list `namespace`.
    pub fn new(namespace: impl Into<String>, value: impl Into<String>) -> Self {
        CodeId { namespace: namespace.into(), value: value.into() }
    }
}

impl fmt::Display for CodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.value)
    }
}

crate::words! {
    /// Where a person saw a code; the answer to the one question that tells most namespaces apart.
    Place {
        /// On the terminal's screen.
        Pos = "pos",
        /// In a phone app or a wallet.
        App = "app",
        /// Printed on a receipt.
        Receipt = "receipt",
        /// In the answer of an interface, in a log.
        Api = "api",
        /// From a printer.
        Printer = "printer",
        /// From a card or a card reader.
        Card = "card",
        /// From a modem.
        Modem = "modem",
    }
}
