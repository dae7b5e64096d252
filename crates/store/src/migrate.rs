//! From any released layout of the data file to this one.

use rusqlite::Connection;

use crate::StoreError;

/// Every step since the first layout, in order. A released step is never changed; a new one is added below.
const STEPS: [&str; 1] = [include_str!("../migrations/0001_people_cases_audit.sql")];

/// The layout this posdx writes.
pub(crate) const LAYOUT: i64 = STEPS.len() as i64;

/// Brings a database up to [`LAYOUT`]; each step happens whole or not at all.
///
/// # Errors
/// [`StoreError::Newer`] when a newer posdx wrote it; the file is not touched then.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    loop {
        // The version is read under the lock of the write, so that two processes do not take the same step.
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if !(0..=LAYOUT).contains(&found) {
            return Err(StoreError::Newer { found, known: LAYOUT });
        }
        let Some(step) = usize::try_from(found).ok().and_then(|n| STEPS.get(n)) else { return Ok(()) };
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", found + 1)?;
        transaction.commit()?;
    }
}
