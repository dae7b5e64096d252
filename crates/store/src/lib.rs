//! What posdx keeps: organisations, people, cases and an audit trail, in one SQLite file.
//!
//! The crate knows no clock: every call that needs a time takes it, as seconds since 1970 UTC. It decides who may do what: cases are
//! reached through a [`Scope`] only, which belongs to one person and can see that person's organisation and nothing else. Every text is
//! masked before it is stored. Every change is written into the hash-chained [`audit`] trail in the same transaction.

pub mod audit;
pub mod backup;
pub mod cases;
mod error;
mod login;
mod migrate;
mod password;
mod people;
mod retention;
mod rights;
mod scope;
mod store;
mod token;

pub use error::{Problem, StoreError};
pub use login::{LOCK_SECONDS, LOGIN_TRIES, SESSION_IDLE_SECONDS, SESSION_SECONDS};
pub use people::{Organisation, User};
pub use retention::{Retention, Swept};
pub use rights::{Duty, Right};
pub use scope::{Principal, Scope};
pub use store::Store;
pub use token::{ApiToken, Bearer};
