//! What the host does with a message, and what it writes into its log about it.

use std::fmt;

/// The answer to one message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Bytes to send, length header first; `None` sends nothing.
    pub reply: Option<Vec<u8>>,
    /// Milliseconds to wait before they are sent: an answer that comes late on purpose.
    pub delay_ms: u64,
    /// Close the connection, after the reply if there is one.
    pub close: bool,
    /// What happened.
    pub note: Note,
}

/// One line of the host's log. It holds no card data beyond six and four digits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Note {
    /// Message type of the request; empty when it could not be read.
    pub mti: String,
    /// Id of the business in the dialect, such as `sale`.
    pub business: String,
    /// Terminal number (field 41).
    pub terminal: String,
    /// Batch number (60.2).
    pub batch: String,
    /// Trace number (field 11).
    pub trace: String,
    /// Card number, masked.
    pub card: String,
    /// Amount in fen.
    pub amount: Option<i64>,
    /// Response code (field 39) of the answer.
    pub response: String,
    /// The acquirer's own code of the answer.
    pub house: String,
    /// Id of the reason.
    pub reason: String,
    /// Why in this case: figures and names behind the reason, English.
    pub because: String,
    /// The message came before and got the same answer.
    pub repeated: bool,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        write!(f, "{} {} terminal {}", word(&self.mti), word(&self.business), word(&self.terminal))?;
        if !self.trace.is_empty() {
            write!(f, " trace {}/{}", word(&self.batch), self.trace)?;
        }
        if !self.card.is_empty() {
            write!(f, " card {}", self.card)?;
        }
        if let Some(amount) = self.amount {
            write!(f, " amount {}.{:02}", amount / 100, amount % 100)?;
        }
        write!(f, " -> {} {}", word(&self.response), word(&self.reason))?;
        if !self.house.is_empty() {
            write!(f, " [{}]", self.house)?;
        }
        if self.repeated {
            f.write_str(" (repeat)")?;
        }
        if !self.because.is_empty() {
            write!(f, ": {}", self.because)?;
        }
        Ok(())
    }
}
