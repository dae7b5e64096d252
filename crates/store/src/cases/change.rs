//! Changing cases. Each change names the version it was made from, is one transaction, and leaves a row in the audit trail.

use posdx_model::mask_card_data;
use rusqlite::Transaction;
use serde_json::Value;

use super::{Case, Closing, Level, Opening, State, find};
use crate::people::{one, short_text};
use crate::rights::Right;
use crate::{Problem, Scope, StoreError, audit};

/// Longest title, note and JSON, in characters.
const TITLE_MAX: usize = 200;
const NOTE_MAX: usize = 4_000;
const JSON_MAX: usize = 200_000;

impl Scope<'_> {
    /// Opens a case at the hotline. The same `request` again gives the case it opened.
    ///
    /// # Errors
    /// [`StoreError::Forbidden`], [`StoreError::Invalid`].
    pub fn open_case(&self, opening: &Opening, now: i64) -> Result<Case, StoreError> {
        let me = self.person();
        me.need(Right::OpenCase)?;
        let title = short_text("title", &opening.title, TITLE_MAX)?;
        let code = maybe("code", opening.code.as_deref(), 120)?;
        let condition = maybe("condition", opening.condition.as_deref(), 120)?;
        let request = maybe("request", opening.request.as_deref(), 120)?;
        let context = masked("context", &opening.context)?;
        let evidence = masked("evidence", &opening.evidence)?;
        self.store().write(|db| {
            if let Some(request) = &request {
                let known = one(db.query_row(
                    "SELECT number FROM incident WHERE organisation = ?1 AND request = ?2",
                    (me.organisation, request),
                    |row| row.get::<_, i64>(0),
                ))?;
                if let Some(number) = known {
                    return Ok(find::case(db, me, number)?.1);
                }
            }
            let number: i64 =
                db.query_row("SELECT coalesce(max(number), 0) + 1 FROM incident WHERE organisation = ?1", [me.organisation], |row| {
                    row.get(0)
                })?;
            db.prepare_cached(
                "INSERT INTO incident (organisation, number, request, state, level, due_at, opened_by, opened_at, title, code, condition, \
                 context, evidence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(rusqlite::params![
                me.organisation,
                number,
                request,
                State::Open.as_str(),
                Level::Hotline.as_str(),
                now + Level::Hotline.due_seconds(),
                me.user,
                now,
                title,
                code,
                condition,
                context,
                evidence
            ])?;
            audit::write(db, me, now, "case.opened", &number.to_string(), &[])?;
            Ok(find::case(db, me, number)?.1)
        })
    }

    /// Writes a note. Notes do not collide, so no version is asked for.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Forbidden`], [`StoreError::Invalid`].
    pub fn annotate(&self, number: i64, text: &str, now: i64) -> Result<Case, StoreError> {
        let me = self.person();
        me.need(Right::Annotate)?;
        let text = short_text("note", text, NOTE_MAX)?;
        self.store().write(|db| {
            let (id, _) = find::case(db, me, number)?;
            db.execute("INSERT INTO note (incident, author, at, text) VALUES (?1, ?2, ?3, ?4)", (id, me.user, now, &text))?;
            audit::write(db, me, now, "case.note", &number.to_string(), &[])?;
            Ok(find::case(db, me, number)?.1)
        })
    }

    /// Gives a case to somebody of the organisation who works on cases; `None` puts it back.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for case or person, [`StoreError::Forbidden`], [`StoreError::Stale`].
    pub fn assign(&self, number: i64, version: i64, to: Option<&str>, now: i64) -> Result<Case, StoreError> {
        self.change(number, version, now, "case.assigned", to.unwrap_or("nobody"), |db, id, _| {
            let person = match to {
                None => None,
                Some(name) => {
                    let organisation = self.person().organisation;
                    let found = one(db.query_row(
                        "SELECT id, role FROM user WHERE name = ?1 AND organisation = ?2 AND open = 1",
                        (name, organisation),
                        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
                    ))?;
                    let works = found.and_then(|(id, role)| Some((id, role.parse::<crate::Duty>().ok()?)));
                    match works.filter(|(_, duty)| duty.may(Right::WorkCase)) {
                        Some((id, _)) => Some(id),
                        None => return Err(StoreError::Missing("user who works on cases")),
                    }
                }
            };
            db.execute("UPDATE incident SET assignee = ?1 WHERE id = ?2", (person, id))?;
            Ok(())
        })
    }

    /// Hands a case one level up, or to the level named; the new level has its full time, and nobody is assigned.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] at the last level, else as [`Scope::assign`].
    pub fn escalate(&self, number: i64, version: i64, to: Option<Level>, now: i64) -> Result<Case, StoreError> {
        self.change(number, version, now, "case.escalated", to.map_or("next", Level::as_str), |db, id, case| {
            let level = to.or_else(|| case.level.next()).ok_or(StoreError::Invalid { field: "level", problem: Problem::LastLevel })?;
            db.execute(
                "UPDATE incident SET level = ?1, due_at = ?2, assignee = NULL WHERE id = ?3",
                (level.as_str(), now + level.due_seconds(), id),
            )?;
            Ok(())
        })
    }

    /// Closes a case with what was found; feeds learning.
    ///
    /// # Errors
    /// As [`Scope::assign`].
    pub fn close(&self, number: i64, version: i64, closing: &Closing, now: i64) -> Result<Case, StoreError> {
        let cause = maybe("cause", closing.cause.as_deref(), 120)?;
        let helped = maybe("helped", closing.helped.as_deref(), 120)?;
        let note = maybe("note", closing.note.as_deref(), NOTE_MAX)?;
        self.change(number, version, now, "case.closed", cause.as_deref().unwrap_or("unknown"), |db, id, _| {
            db.execute(
                "UPDATE incident SET state = ?1, cause = ?2, helped = ?3, closed_at = ?4 WHERE id = ?5",
                (State::Closed.as_str(), &cause, &helped, now, id),
            )?;
            if let Some(note) = &note {
                db.execute("INSERT INTO note (incident, author, at, text) VALUES (?1, ?2, ?3, ?4)", (id, self.person().user, now, note))?;
            }
            Ok(())
        })
    }

    /// Opens a closed case again, at the level it was closed at, with that level's full time.
    ///
    /// # Errors
    /// As [`Scope::assign`].
    pub fn reopen(&self, number: i64, version: i64, now: i64) -> Result<Case, StoreError> {
        let me = self.person();
        me.need(Right::WorkCase)?;
        self.store().write(|db| {
            let (id, case) = find::case(db, me, number)?;
            if case.version != version {
                return Err(StoreError::Stale);
            }
            db.execute(
                "UPDATE incident SET state = ?1, due_at = ?2, closed_at = NULL, version = version + 1 WHERE id = ?3",
                (State::Open.as_str(), now + case.level.due_seconds(), id),
            )?;
            audit::write(db, me, now, "case.reopened", &number.to_string(), &[])?;
            Ok(find::case(db, me, number)?.1)
        })
    }

    /// Erases what a case holds about people and payments: title, evidence, context, notes. That it existed, how long it took and how it
    /// was settled stays.
    ///
    /// # Errors
    /// [`StoreError::Forbidden`], [`StoreError::Missing`].
    pub fn forget(&self, number: i64, now: i64) -> Result<Case, StoreError> {
        let me = self.person();
        me.need(Right::Forget)?;
        self.store().write(|db| {
            let (id, _) = find::case(db, me, number)?;
            erase(db, id, now)?;
            audit::write(db, me, now, "case.forgotten", &number.to_string(), &[])?;
            Ok(find::case(db, me, number)?.1)
        })
    }

    /// One change of an open case: seen by the person, from the version they saw, written with its row in the trail.
    fn change(
        &self,
        number: i64,
        version: i64,
        now: i64,
        action: &str,
        word: &str,
        act: impl FnOnce(&Transaction, i64, &Case) -> Result<(), StoreError>,
    ) -> Result<Case, StoreError> {
        let me = self.person();
        me.need(Right::WorkCase)?;
        self.store().write(|db| {
            let (id, case) = find::case(db, me, number)?;
            if case.version != version {
                return Err(StoreError::Stale);
            }
            if case.state == State::Closed {
                return Err(StoreError::Invalid { field: "state", problem: Problem::Closed });
            }
            act(db, id, &case)?;
            db.execute("UPDATE incident SET version = version + 1 WHERE id = ?1", [id])?;
            audit::write(db, me, now, action, &number.to_string(), &[("to", word)])?;
            Ok(find::case(db, me, number)?.1)
        })
    }
}

/// Erases a case's contents; shared with retention.
pub(crate) fn erase(db: &Transaction, id: i64, now: i64) -> Result<(), StoreError> {
    db.execute("DELETE FROM note WHERE incident = ?1", [id])?;
    db.execute(
        "UPDATE incident SET title = '', context = '{}', evidence = '{}', request = NULL, forgotten_at = ?1, version = version + 1 WHERE id = ?2",
        (now, id),
    )?;
    Ok(())
}

fn maybe(field: &'static str, text: Option<&str>, longest: usize) -> Result<Option<String>, StoreError> {
    text.filter(|t| !t.trim().is_empty()).map(|t| short_text(field, t, longest)).transpose()
}

/// JSON as it may be stored: every text in it masked, keys too; bounded.
fn masked(field: &'static str, object: &serde_json::Map<String, Value>) -> Result<String, StoreError> {
    fn clean(value: &Value, depth: usize) -> Option<Value> {
        Some(match value {
            _ if depth == 0 => return None,
            Value::String(text) => Value::String(mask_card_data(text)),
            // A long number may be a card number that lost its quotes.
            Value::Number(number) if number.to_string().len() >= 13 => Value::String(mask_card_data(&number.to_string())),
            Value::Array(items) => Value::Array(items.iter().map(|v| clean(v, depth - 1)).collect::<Option<_>>()?),
            Value::Object(map) => {
                Value::Object(map.iter().map(|(k, v)| Some((mask_card_data(k), clean(v, depth - 1)?))).collect::<Option<_>>()?)
            }
            other => other.clone(),
        })
    }
    let invalid = |problem| StoreError::Invalid { field, problem };
    let text = clean(&Value::Object(object.clone()), 32).ok_or(invalid(Problem::NoJson))?.to_string();
    if text.chars().count() > JSON_MAX { Err(invalid(Problem::TooLong(JSON_MAX))) } else { Ok(text) }
}
