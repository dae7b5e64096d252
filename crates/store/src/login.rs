//! Logging in and out.

use crate::people::one;
use crate::scope::Principal;
use crate::token::Bearer;
use crate::{Store, StoreError, audit, password};

/// Wrong passwords in a row before the account rests.
pub const LOGIN_TRIES: i64 = 5;
/// How long it rests, seconds.
pub const LOCK_SECONDS: i64 = 900;
/// A session ends after this time without a request, seconds.
pub const SESSION_IDLE_SECONDS: i64 = 1_800;
/// A session ends after this time in any case, seconds: a shift.
pub const SESSION_SECONDS: i64 = 43_200;

/// A hash of no password, so that an unknown name takes as long as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

impl Store {
    /// Logs a person in and gives the browser's new token. Success and failure go into the audit trail.
    ///
    /// # Errors
    /// [`StoreError::WrongLogin`], [`StoreError::Locked`].
    pub fn log_in(&self, name: &str, typed: &str, now: i64) -> Result<(Principal, Bearer), StoreError> {
        let found = self.read(|db| {
            one(db.query_row(
                "SELECT id, organisation, name, role, password, open, locked_until FROM user WHERE name = ?1",
                [name.trim()],
                |row| {
                    let person = Principal::from_row(row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                    Ok((person, row.get::<_, String>(4)?, row.get::<_, bool>(5)?, row.get::<_, i64>(6)?))
                },
            ))
        })?;
        let Some((Some(person), hash, open, locked_until)) = found else {
            password::holds(typed, NOBODY);
            return Err(StoreError::WrongLogin);
        };
        if locked_until > now {
            return Err(StoreError::Locked(locked_until - now));
        }
        if !password::holds(typed, &hash) || !open {
            return Err(self.wrong(&person, now)?);
        }
        let token = Bearer::fresh("")?;
        let stored = token.hash();
        self.write(|db| {
            db.execute("UPDATE user SET failures = 0, locked_until = 0 WHERE id = ?1", [person.user])?;
            db.execute("INSERT INTO session (token, user, made_at, seen_at) VALUES (?1, ?2, ?3, ?3)", (&stored[..], person.user, now))?;
            audit::write(db, &person, now, "login", &person.name, &[])
        })?;
        Ok((person, token))
    }

    /// Counts a wrong password and gives the error to answer with.
    fn wrong(&self, person: &Principal, now: i64) -> Result<StoreError, StoreError> {
        self.write(|db| {
            let failures: i64 =
                db.query_row("UPDATE user SET failures = failures + 1 WHERE id = ?1 RETURNING failures", [person.user], |row| row.get(0))?;
            if failures < LOGIN_TRIES {
                audit::write(db, person, now, "login.failed", &person.name, &[])?;
                return Ok(StoreError::WrongLogin);
            }
            db.execute("UPDATE user SET failures = 0, locked_until = ?1 WHERE id = ?2", (now + LOCK_SECONDS, person.user))?;
            audit::write(db, person, now, "login.locked", &person.name, &[])?;
            Ok(StoreError::Locked(LOCK_SECONDS))
        })
    }

    /// Who is behind a session?
    ///
    /// # Errors
    /// [`StoreError::NotLoggedIn`] when it is unknown or has ended.
    pub fn session(&self, token: &Bearer, now: i64) -> Result<Principal, StoreError> {
        let hash = token.hash();
        let found = self.read(|db| {
            one(db.query_row(
                "SELECT u.id, u.organisation, u.name, u.role, s.seen_at FROM session s JOIN user u ON u.id = s.user \
                 WHERE s.token = ?1 AND s.seen_at > ?2 AND s.made_at > ?3 AND u.open = 1",
                (&hash[..], now - SESSION_IDLE_SECONDS, now - SESSION_SECONDS),
                |row| Ok((Principal::from_row(row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?), row.get::<_, i64>(4)?)),
            ))
        })?;
        let Some((Some(person), seen_at)) = found else { return Err(StoreError::NotLoggedIn) };
        // Once a minute is enough to know that somebody is there.
        if seen_at + 60 <= now {
            self.write(|db| Ok(db.execute("UPDATE session SET seen_at = ?1 WHERE token = ?2", (now, &hash[..]))?))?;
        }
        Ok(person)
    }

    /// Ends a session. An unknown one is no error: the wish is fulfilled.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn log_out(&self, token: &Bearer) -> Result<(), StoreError> {
        let hash = token.hash();
        self.write(|db| Ok(db.execute("DELETE FROM session WHERE token = ?1", [&hash[..]])?))?;
        Ok(())
    }
}
