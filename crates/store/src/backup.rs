//! Copies of the data file, made and brought back while the service runs.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::audit::Verdict;
use crate::store::{check, connect};
use crate::{Store, StoreError, audit, migrate};

/// Pages copied at a time: few enough that a writer waits only a moment.
const PAGES: i32 = 256;

impl Store {
    /// Writes a whole, consistent copy to a new file while others go on working, and proves the copy before it says so.
    ///
    /// # Errors
    /// [`StoreError::File`] when the place is taken or cannot be written, [`StoreError::Damaged`] when the copy does not hold.
    pub fn backup(&self, to: &Path, now: i64) -> Result<(), StoreError> {
        if to.exists() {
            return Err(StoreError::File("there is a file of that name already".to_owned()));
        }
        self.note("backup.made", "data file", now)?;
        let mut copy = Connection::open(to)?;
        self.read(|db| pour(db, &mut copy))?;
        // One file, without a log beside it, is what people carry away.
        copy.pragma_update(None, "journal_mode", "delete")?;
        prove(&copy)
    }

    /// Brings a backup back into the file in use. The backup is first copied beside it, brought to today's layout and proven there; what
    /// is in use now is kept in `spare`. Then all pages change in one transaction, so that a reader sees the old or the new state.
    ///
    /// # Errors
    /// [`StoreError::File`], [`StoreError::Damaged`], [`StoreError::Newer`]; the file in use is as before then.
    pub fn restore(&self, from: &Path, spare: &Path, now: i64) -> Result<(), StoreError> {
        if !from.is_file() {
            return Err(StoreError::File("there is no such backup".to_owned()));
        }
        let trial = spare.with_extension("trial");
        let proven = try_on_copy(from, &trial);
        let done = proven.and_then(|copy| {
            self.backup(spare, now)?;
            let mut writer = self.writer();
            pour(&copy, &mut writer)
        });
        for ending in ["", "-wal", "-shm"] {
            let mut name = trial.clone().into_os_string();
            name.push(ending);
            // What is not there need not be taken away.
            let _ = std::fs::remove_file(name);
        }
        done?;
        // Whoever had logged in when the backup was made is not logged in now.
        self.write(|db| {
            db.execute("DELETE FROM session", [])?;
            audit::installation(db, now, "backup.restored", "data file")
        })
    }
}

fn try_on_copy(from: &Path, trial: &Path) -> Result<Connection, StoreError> {
    std::fs::copy(from, trial).map_err(|e| StoreError::File(e.to_string()))?;
    let mut copy = connect(trial)?;
    prove_pages(&copy)?;
    migrate::migrate(&mut copy)?;
    prove(&copy)?;
    Ok(copy)
}

fn prove_pages(copy: &Connection) -> Result<(), StoreError> {
    check(copy).map_err(|e| match e {
        StoreError::File(what) => StoreError::Damaged(what),
        other => other,
    })
}

/// Pages, references and every audit chain.
fn prove(copy: &Connection) -> Result<(), StoreError> {
    prove_pages(copy)?;
    match audit::verify(copy)?.iter().find_map(|v| if let Verdict::Broken { sequence, .. } = v { Some(*sequence) } else { None }) {
        Some(sequence) => Err(StoreError::Damaged(format!("the audit trail breaks at row {sequence}"))),
        None => Ok(()),
    }
}

fn pour(from: &Connection, to: &mut Connection) -> Result<(), StoreError> {
    Backup::new(from, to)?.run_to_completion(PAGES, Duration::from_millis(1), None)?;
    Ok(())
}
