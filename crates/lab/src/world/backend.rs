//! Whatever stands at the other end of the line.

use crate::Moment;
use crate::host::{Change, Host};

/// What came back for a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// The answer with its length header; `None` when none comes.
    pub bytes: Option<Vec<u8>>,
    /// Milliseconds that the answer takes beyond the line.
    pub delay_ms: u64,
    /// The other side closes the connection.
    pub close: bool,
}

/// The other end: a host in this process, a host behind a socket, or a function in a test.
pub trait Backend {
    /// Takes one message with its length header.
    fn message(&mut self, now: Moment, frame: &[u8]) -> Reply;
    /// Something happens behind the host's counter. The text says why it could not be done.
    ///
    /// # Errors
    /// The host knows nothing of what the change names.
    fn change(&mut self, now: Moment, change: &Change) -> Result<(), String>;
    /// The connection to the other end is given up.
    fn hang_up(&mut self) {}
}

impl Backend for Host {
    fn message(&mut self, now: Moment, frame: &[u8]) -> Reply {
        let answer = self.handle(now, frame);
        Reply { bytes: answer.reply, delay_ms: answer.delay_ms, close: answer.close }
    }

    fn change(&mut self, now: Moment, change: &Change) -> Result<(), String> {
        Host::change(self, now, change).map_err(|e| e.to_string())
    }
}

/// A function as the other end; changes behind the counter are taken and forgotten.
pub struct Function<F>(pub F);

impl<F: FnMut(Moment, &[u8]) -> Option<Vec<u8>>> Backend for Function<F> {
    fn message(&mut self, now: Moment, frame: &[u8]) -> Reply {
        let bytes = (self.0)(now, frame);
        Reply { close: bytes.is_none(), bytes, delay_ms: 0 }
    }

    fn change(&mut self, _: Moment, _: &Change) -> Result<(), String> {
        Ok(())
    }
}
