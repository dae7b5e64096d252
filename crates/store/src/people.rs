//! Organisations and the people in them.

use posdx_model::mask_card_data;
use rusqlite::Connection;

use crate::rights::{Duty, Right};
use crate::{Problem, Scope, Store, StoreError, audit, password};

/// An organisation: a shop, a chain, a service company. Nothing of one is visible to another.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Organisation {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// A person, as lists show them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct User {
    /// Number of the person.
    pub id: i64,
    /// Name at login.
    pub name: String,
    /// What the person is there for.
    pub role: Duty,
    /// May the person log in?
    pub open: bool,
    /// Until when wrong passwords keep the person out; 0 when they do not.
    pub locked_until: i64,
}

impl Store {
    /// Makes an organisation. For the one who holds the data file, not for people of the service.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a name that is empty, long or taken.
    pub fn new_organisation(&self, name: &str, now: i64) -> Result<Organisation, StoreError> {
        let name = short_text("name", name, 60)?;
        self.write(|db| {
            free("name", db.execute("INSERT INTO organisation (name, made_at) VALUES (?1, ?2)", (&name, now)))?;
            let id = db.last_insert_rowid();
            audit::installation(db, now, "organisation.made", &name)?;
            Ok(Organisation { id, name: name.clone() })
        })
    }

    /// All organisations, by number.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn organisations(&self) -> Result<Vec<Organisation>, StoreError> {
        self.read(|db| {
            let mut ask = db.prepare("SELECT id, name FROM organisation ORDER BY id")?;
            let rows = ask.query_map([], |row| Ok(Organisation { id: row.get(0)?, name: row.get(1)? }))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Makes a person in an organisation. For the one who holds the data file; people of the service use [`Scope::new_user`].
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a bad name or password, [`StoreError::Missing`] for an unknown organisation.
    pub fn new_user(&self, organisation: i64, name: &str, role: Duty, password: &str, now: i64) -> Result<i64, StoreError> {
        let (name, hash) = credentials(name, password)?;
        self.write(|db| {
            let id = insert(db, organisation, &name, role, &hash, now)?;
            audit::installation(db, now, "user.made", &name)?;
            Ok(id)
        })
    }

    /// Gives a person a new password and lifts the lock; ends all sessions. For the one who holds the data file.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Invalid`].
    pub fn reset_password(&self, name: &str, password: &str, now: i64) -> Result<(), StoreError> {
        let (name, hash) = credentials(name, password)?;
        self.write(|db| {
            let Some(id) = one(db.query_row("SELECT id FROM user WHERE name = ?1", [&name], |row| row.get::<_, i64>(0)))? else {
                return Err(StoreError::Missing("user"));
            };
            set_password(db, id, &hash)?;
            audit::installation(db, now, "user.password-reset", &name)
        })
    }

    /// Are there people yet? Without any, the service is open for look-up only.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn has_people(&self) -> Result<bool, StoreError> {
        self.read(|db| Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM user WHERE open = 1)", [], |row| row.get(0))?))
    }
}

impl Scope<'_> {
    /// Makes a person in one's own organisation.
    ///
    /// # Errors
    /// [`StoreError::Forbidden`], [`StoreError::Invalid`].
    pub fn new_user(&self, name: &str, role: Duty, password: &str, now: i64) -> Result<i64, StoreError> {
        let me = self.person();
        me.need(Right::ManagePeople)?;
        let (name, hash) = credentials(name, password)?;
        self.store().write(|db| {
            let id = insert(db, me.organisation, &name, role, &hash, now)?;
            audit::write(db, me, now, "user.made", &name, &[("role", role.as_str())])?;
            Ok(id)
        })
    }

    /// The people of one's organisation. Who works on cases needs their names to assign; others see themselves.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn users(&self) -> Result<Vec<User>, StoreError> {
        let me = self.person();
        let all = me.may(Right::SeeCases);
        self.store().read(|db| {
            let mut ask = db.prepare_cached(
                "SELECT id, name, role, open, locked_until FROM user WHERE organisation = ?1 AND (?2 OR id = ?3) ORDER BY name",
            )?;
            let rows = ask.query_map((me.organisation, all, me.user), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?, row.get(4)?))
            })?;
            let mut users = Vec::new();
            for row in rows {
                let (id, name, role, open, locked_until) = row?;
                let Ok(role) = role.parse() else { continue };
                users.push(User { id, name, role, open, locked_until });
            }
            Ok(users)
        })
    }

    /// Changes what a person is there for, or shuts or opens their account; ends their sessions and tokens when it is shut.
    ///
    /// # Errors
    /// [`StoreError::Forbidden`] (also for oneself: nobody locks the last door from inside), [`StoreError::Missing`].
    pub fn change_user(&self, id: i64, role: Option<Duty>, open: Option<bool>, now: i64) -> Result<(), StoreError> {
        let me = self.person();
        me.need(Right::ManagePeople)?;
        if id == me.user {
            return Err(StoreError::Forbidden);
        }
        self.store().write(|db| {
            let found = one(db.query_row("SELECT name FROM user WHERE id = ?1 AND organisation = ?2", (id, me.organisation), |row| {
                row.get::<_, String>(0)
            }))?;
            let Some(name) = found else { return Err(StoreError::Missing("user")) };
            if let Some(role) = role {
                db.execute("UPDATE user SET role = ?1 WHERE id = ?2", (role.as_str(), id))?;
                audit::write(db, me, now, "user.role", &name, &[("role", role.as_str())])?;
            }
            if let Some(open) = open {
                db.execute("UPDATE user SET open = ?1, failures = 0, locked_until = 0 WHERE id = ?2", (open, id))?;
                if !open {
                    db.execute("DELETE FROM session WHERE user = ?1", [id])?;
                    db.execute("DELETE FROM api_token WHERE user = ?1", [id])?;
                }
                audit::write(db, me, now, if open { "user.opened" } else { "user.shut" }, &name, &[])?;
            }
            Ok(())
        })
    }

    /// Changes one's own password; the old one is asked for, all other sessions end.
    ///
    /// # Errors
    /// [`StoreError::WrongLogin`] when the old one is wrong, [`StoreError::Invalid`] when the new one is not acceptable.
    pub fn change_password(&self, old: &str, new: &str, now: i64) -> Result<(), StoreError> {
        let me = self.person();
        let kept: String =
            self.store().read(|db| Ok(db.query_row("SELECT password FROM user WHERE id = ?1", [me.user], |row| row.get(0))?))?;
        if !password::holds(old, &kept) {
            return Err(StoreError::WrongLogin);
        }
        let (_, hash) = credentials(&me.name, new)?;
        self.store().write(|db| {
            set_password(db, me.user, &hash)?;
            audit::write(db, me, now, "user.password", &me.name, &[])
        })
    }
}

fn credentials(name: &str, password: &str) -> Result<(String, String), StoreError> {
    let name = short_text("name", name, 40)?;
    password::accept(&name, password)?;
    Ok((name, password::hash(password)?))
}

fn insert(db: &Connection, organisation: i64, name: &str, role: Duty, hash: &str, now: i64) -> Result<i64, StoreError> {
    let known: bool = db.query_row("SELECT EXISTS (SELECT 1 FROM organisation WHERE id = ?1)", [organisation], |row| row.get(0))?;
    if !known {
        return Err(StoreError::Missing("organisation"));
    }
    let done = db.execute(
        "INSERT INTO user (organisation, name, role, password, made_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        (organisation, name, role.as_str(), hash, now),
    );
    free("name", done)?;
    Ok(db.last_insert_rowid())
}

fn set_password(db: &Connection, user: i64, hash: &str) -> Result<(), StoreError> {
    db.execute("UPDATE user SET password = ?1, failures = 0, locked_until = 0 WHERE id = ?2", (hash, user))?;
    db.execute("DELETE FROM session WHERE user = ?1", [user])?;
    Ok(())
}

/// Nothing found is no error here.
pub(crate) fn one<T>(answer: rusqlite::Result<T>) -> Result<Option<T>, StoreError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn free(field: &'static str, done: rusqlite::Result<usize>) -> Result<(), StoreError> {
    match done {
        Ok(_) => Ok(()),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {
            Err(StoreError::Invalid { field, problem: Problem::Taken })
        }
        Err(error) => Err(error.into()),
    }
}

/// A text as it may be stored: trimmed, without control characters, masked, not empty, not too long.
pub(crate) fn short_text(field: &'static str, text: &str, longest: usize) -> Result<String, StoreError> {
    let clean: String = text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    let clean = mask_card_data(clean.trim());
    if clean.is_empty() {
        return Err(StoreError::Invalid { field, problem: Problem::Empty });
    }
    if clean.chars().count() > longest {
        return Err(StoreError::Invalid { field, problem: Problem::TooLong(longest) });
    }
    Ok(clean)
}
