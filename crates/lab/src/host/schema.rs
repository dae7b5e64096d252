//! The tables of the host, in numbered steps: `user_version` says which have been taken.

use rusqlite::{Connection, TransactionBehavior};

use super::HostError;

/// Every step ever taken, oldest first. A step that was published is never changed.
const STEPS: &[&str] = &[include_str!("schema/001.sql")];

/// Sets the connection up and takes the steps that are missing, each whole or not at all.
pub(super) fn prepare(db: &mut Connection) -> Result<(), HostError> {
    // FULL: a commit that was acknowledged survives a power cut, not only a killed process.
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.set_prepared_statement_cache_capacity(128);
    let known = STEPS.len() as i64;
    let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(HostError::Newer { found, known });
    }
    for (number, step) in (1i64..).zip(STEPS).filter(|(number, _)| *number > found) {
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
