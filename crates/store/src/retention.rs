//! How long things are kept.

use crate::cases::erase;
use crate::{Store, StoreError, audit};

/// Days that each class of data is kept. 0 keeps it for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Contents of closed cases.
    pub case_days: i64,
    /// Rows of the audit trail.
    pub audit_days: i64,
}

impl Default for Retention {
    /// A year for cases, since a payment can be disputed for that long; three years for the trail.
    fn default() -> Retention {
        Retention { case_days: 366, audit_days: 3 * 366 }
    }
}

/// What a sweep took away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    /// Sessions and tokens that had ended.
    pub logins: usize,
    /// Cases whose contents were erased.
    pub cases: usize,
    /// Rows taken from the beginning of audit chains.
    pub audit: usize,
}

impl Store {
    /// Takes away what is older than it should be.
    ///
    /// # Errors
    /// [`StoreError::File`]; nothing was taken then.
    pub fn sweep(&self, keep: Retention, now: i64) -> Result<Swept, StoreError> {
        self.write(|db| {
            let mut swept = Swept {
                logins: db.execute(
                    "DELETE FROM session WHERE seen_at <= ?1 OR made_at <= ?2",
                    (now - crate::SESSION_IDLE_SECONDS, now - crate::SESSION_SECONDS),
                )? + db.execute("DELETE FROM api_token WHERE ends_at <= ?1", [now])?,
                ..Swept::default()
            };
            if keep.case_days > 0 {
                let mut ask = db.prepare("SELECT id FROM incident WHERE state = 'closed' AND closed_at < ?1 AND forgotten_at IS NULL")?;
                let old: Vec<i64> = ask.query_map([now - keep.case_days * 86_400], |row| row.get(0))?.collect::<Result<_, _>>()?;
                for id in &old {
                    erase(db, *id, now)?;
                }
                swept.cases = old.len();
            }
            if keep.audit_days > 0 {
                swept.audit = cut_audit(db, now - keep.audit_days * 86_400)?;
            }
            if swept.cases > 0 || swept.audit > 0 {
                audit::installation(db, now, "retention.swept", &format!("{} cases, {} rows", swept.cases, swept.audit))?;
            }
            Ok(swept)
        })
    }
}

/// Takes the beginning of each chain up to the last row older than `before`, and remembers its hash as the new start. Only a beginning
/// goes: a clock that was once wrong must not tear a hole.
fn cut_audit(db: &rusqlite::Transaction, before: i64) -> Result<usize, StoreError> {
    let mut ask = db.prepare(
        "SELECT organisation, max(sequence) FROM audit AS row WHERE at < ?1 \
         AND NOT EXISTS (SELECT 1 FROM audit AS young WHERE young.organisation = row.organisation AND young.sequence < row.sequence AND young.at >= ?1) \
         GROUP BY organisation",
    )?;
    let cuts: Vec<(i64, i64)> = ask.query_map([before], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut gone = 0;
    for (organisation, sequence) in cuts {
        db.execute(
            "INSERT INTO audit_start (organisation, sequence, hash) SELECT organisation, sequence, hash FROM audit \
             WHERE organisation = ?1 AND sequence = ?2 \
             ON CONFLICT (organisation) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash",
            (organisation, sequence),
        )?;
        gone += db.execute("DELETE FROM audit WHERE organisation = ?1 AND sequence <= ?2", (organisation, sequence))?;
    }
    Ok(gone)
}
