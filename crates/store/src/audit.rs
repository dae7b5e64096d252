//! The trail of who did what: a chain of hashes for each organisation, so that a changed, missing or inserted row shows.
//!
//! What a chain cannot show by itself is a cut-off end. Whoever wants to prove that too keeps the [`head`](Head) elsewhere.

use rusqlite::{Connection, Transaction};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::people::one;
use crate::rights::Right;
use crate::scope::Principal;
use crate::token::hex;
use crate::{Scope, Store, StoreError};

/// Number that stands for the installation itself in place of an organisation.
pub const INSTALLATION: i64 = 0;

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its place in the chain, from 1.
    pub sequence: i64,
    /// When, seconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What, such as `case.closed`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Further words as a JSON object.
    pub detail: String,
}

/// The end of a chain: kept elsewhere, it proves later that nothing was cut off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Head {
    /// Number of the organisation; 0 is the installation.
    pub organisation: i64,
    /// How far the chain goes.
    pub sequence: i64,
    /// Hash of its last row, in hex.
    pub hash: String,
}

/// What a look at a chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// Every row fits to the one before.
    Whole {
        /// The end of the chain.
        head: Head,
        /// Rows looked at.
        rows: i64,
    },
    /// The chain breaks.
    Broken {
        /// Number of the organisation.
        organisation: i64,
        /// First row that does not fit, or that is missing.
        sequence: i64,
    },
}

/// Writes a row for a person, inside the transaction of what was done.
pub(crate) fn write(
    db: &Transaction,
    person: &Principal,
    at: i64,
    action: &str,
    subject: &str,
    detail: &[(&str, &str)],
) -> Result<(), StoreError> {
    append(db, person.organisation, at, &person.name, action, subject, detail)
}

/// Writes a row for whoever holds the data file.
pub(crate) fn installation(db: &Transaction, at: i64, action: &str, subject: &str) -> Result<(), StoreError> {
    append(db, INSTALLATION, at, "command line", action, subject, &[])
}

fn append(
    db: &Transaction,
    organisation: i64,
    at: i64,
    actor: &str,
    action: &str,
    subject: &str,
    detail: &[(&str, &str)],
) -> Result<(), StoreError> {
    let (last, before) = end(db, organisation)?;
    let detail: serde_json::Map<String, serde_json::Value> =
        detail.iter().map(|(k, v)| ((*k).to_owned(), serde_json::Value::from(posdx_model::mask_card_data(v)))).collect();
    let entry = Entry {
        sequence: last + 1,
        at,
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: posdx_model::mask_card_data(subject),
        detail: serde_json::Value::Object(detail).to_string(),
    };
    let hash = link(&before, organisation, &entry);
    db.prepare_cached(
        "INSERT INTO audit (organisation, sequence, at, actor, action, subject, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((organisation, entry.sequence, at, &entry.actor, &entry.action, &entry.subject, &entry.detail, &hash[..]))?;
    Ok(())
}

/// The last place of a chain and its hash; an empty chain begins at 0 with a hash of zeros.
fn end(db: &Connection, organisation: i64) -> Result<(i64, Vec<u8>), StoreError> {
    let last = one(db.query_row(
        "SELECT sequence, hash FROM audit WHERE organisation = ?1 ORDER BY sequence DESC LIMIT 1",
        [organisation],
        |row| Ok((row.get(0)?, row.get(1)?)),
    ))?;
    match last {
        Some(last) => Ok(last),
        None => start(db, organisation),
    }
}

fn start(db: &Connection, organisation: i64) -> Result<(i64, Vec<u8>), StoreError> {
    let cut = one(db.query_row("SELECT sequence, hash FROM audit_start WHERE organisation = ?1", [organisation], |row| {
        Ok((row.get(0)?, row.get(1)?))
    }))?;
    Ok(cut.unwrap_or((0, vec![0; 32])))
}

/// Each part goes in with its length before it, so that no two rows write the same bytes.
fn link(before: &[u8], organisation: i64, entry: &Entry) -> [u8; 32] {
    let mut sum = Sha256::new();
    sum.update(before);
    for number in [organisation, entry.sequence, entry.at] {
        sum.update(number.to_be_bytes());
    }
    for text in [&entry.actor, &entry.action, &entry.subject, &entry.detail] {
        sum.update((text.len() as u64).to_be_bytes());
        sum.update(text.as_bytes());
    }
    sum.finalize().into()
}

/// Looks at every chain of a database.
pub(crate) fn verify(db: &Connection) -> Result<Vec<Verdict>, StoreError> {
    let mut ask = db.prepare("SELECT organisation FROM audit UNION SELECT organisation FROM audit_start ORDER BY 1")?;
    let chains: Vec<i64> = ask.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    chains.into_iter().map(|organisation| verify_chain(db, organisation)).collect()
}

fn verify_chain(db: &Connection, organisation: i64) -> Result<Verdict, StoreError> {
    let (mut place, mut before) = start(db, organisation)?;
    let first = place;
    let mut ask =
        db.prepare("SELECT sequence, at, actor, action, subject, detail, hash FROM audit WHERE organisation = ?1 ORDER BY sequence")?;
    let mut rows = ask.query([organisation])?;
    while let Some(row) = rows.next()? {
        let entry = read(row)?;
        let hash: Vec<u8> = row.get(6)?;
        if entry.sequence != place + 1 || link(&before, organisation, &entry)[..] != hash[..] {
            return Ok(Verdict::Broken { organisation, sequence: place + 1 });
        }
        (place, before) = (entry.sequence, hash);
    }
    Ok(Verdict::Whole { head: Head { organisation, sequence: place, hash: hex(&before) }, rows: place - first })
}

fn read(row: &rusqlite::Row) -> rusqlite::Result<Entry> {
    Ok(Entry { sequence: row.get(0)?, at: row.get(1)?, actor: row.get(2)?, action: row.get(3)?, subject: row.get(4)?, detail: row.get(5)? })
}

impl Store {
    /// Looks at every chain: the installation's and each organisation's.
    ///
    /// # Errors
    /// [`StoreError::File`]; a broken chain is an answer, not an error.
    pub fn verify_audit(&self) -> Result<Vec<Verdict>, StoreError> {
        self.read(verify)
    }

    /// Is the row that a head named still there, with the same hash? False means that the end was cut off or rewritten.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn holds_head(&self, head: &Head) -> Result<bool, StoreError> {
        self.read(|db| {
            let kept = one(db.query_row(
                "SELECT hash FROM audit WHERE organisation = ?1 AND sequence = ?2 \
                 UNION ALL SELECT hash FROM audit_start WHERE organisation = ?1 AND sequence = ?2",
                (head.organisation, head.sequence),
                |row| row.get::<_, Vec<u8>>(0),
            ))?;
            let (cut, _) = start(db, head.organisation)?;
            // A head from before the place where retention cut cannot be looked up any more; the chain itself vouches for it.
            Ok(match kept {
                Some(hash) => hex(&hash) == head.hash.to_lowercase(),
                None => head.sequence < cut,
            })
        })
    }

    /// Writes that something was done with the data file from outside, such as a backup.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn note(&self, action: &str, subject: &str, now: i64) -> Result<(), StoreError> {
        self.write(|db| installation(db, now, action, subject))
    }
}

impl Scope<'_> {
    /// The latest entries of one's organisation before a place (0: from the end), newest first.
    ///
    /// # Errors
    /// [`StoreError::Forbidden`].
    pub fn audit(&self, before: i64, most: u32) -> Result<Vec<Entry>, StoreError> {
        let me = self.person();
        me.need(Right::ReadAudit)?;
        self.store().read(|db| {
            let mut ask = db.prepare_cached(
                "SELECT sequence, at, actor, action, subject, detail FROM audit \
                 WHERE organisation = ?1 AND (?2 <= 0 OR sequence < ?2) ORDER BY sequence DESC LIMIT ?3",
            )?;
            let rows = ask.query_map((me.organisation, before, most.min(500)), read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
