//! The open data file.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{StoreError, migrate};

/// Connections kept for reading; more readers than this wait for none, they open their own.
const READERS_KEPT: usize = 8;

/// The data file, open. One connection writes, others read beside it; a write that returned has reached the disk.
pub struct Store {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl Store {
    /// Opens the file, makes it when it is not there, and brings it to today's layout.
    ///
    /// # Errors
    /// [`StoreError::File`], [`StoreError::Damaged`], [`StoreError::Newer`].
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        let mut writer = connect(path)?;
        migrate::migrate(&mut writer)?;
        Ok(Store { path: path.to_owned(), writer: Mutex::new(writer), readers: Mutex::new(Vec::new()) })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Asks SQLite whether the file is whole.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with SQLite's first complaint.
    pub fn check(&self) -> Result<(), StoreError> {
        self.read(check)
    }

    /// Reads. Readers do not wait for the writer.
    pub(crate) fn read<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let kept = lock(&self.readers).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => connect(&self.path)?,
        };
        let answer = ask(&connection);
        let mut readers = lock(&self.readers);
        if readers.len() < READERS_KEPT {
            readers.push(connection);
        }
        answer
    }

    /// Writes: everything `change` does, or nothing of it.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&Transaction) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let answer = change(&transaction)?;
        transaction.commit()?;
        Ok(answer)
    }

    /// The writing connection itself, for backup and restore.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Connection> {
        lock(&self.writer)
    }
}

/// SQLite's checks of pages and of references.
pub(crate) fn check(connection: &Connection) -> Result<(), StoreError> {
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(StoreError::Damaged(verdict));
    }
    let stray: Option<String> = connection
        .query_row("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1", [], |row| row.get(0))
        .map(Some)
        .or_else(|e| if e == rusqlite::Error::QueryReturnedNoRows { Ok(None) } else { Err(e) })?;
    match stray {
        Some(table) => Err(StoreError::Damaged(format!("table {table} points to what is not there"))),
        None => Ok(()),
    }
}

/// A connection with the settings that durability needs: an answer is given only after the log was forced to the disk.
pub(crate) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // What is deleted is overwritten: deletion on request means gone.
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

/// A panic of another thread inside a transaction rolled that transaction back; the connection itself is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
