//! Looking at cases.

use rusqlite::{Connection, Row};

use super::{Case, Level, Note, State};
use crate::people::one;
use crate::rights::Right;
use crate::scope::Principal;
use crate::{Scope, StoreError, audit};

/// Cases on one page at most.
const PAGE_MAX: u32 = 200;

/// What to look for; everything given has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// Open or closed.
    pub state: Option<State>,
    /// Who has to act.
    pub level: Option<Level>,
    /// Name of the one who works on it.
    pub assignee: Option<String>,
    /// Only what is due before this moment.
    pub due_before: Option<i64>,
    /// Words in title, code, condition, cause or notes; all have to occur.
    pub words: String,
    /// Continue after this case number (as [`Page::next`] says).
    pub after: Option<i64>,
    /// How many at most.
    pub most: u32,
}

/// Some cases, newest first.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Page {
    /// The cases, without notes and evidence.
    pub cases: Vec<Case>,
    /// Where to go on; `None` at the end.
    pub next: Option<i64>,
}

const COLUMNS: &str = "i.number, i.version, i.state, i.level, i.due_at, o.name, i.opened_at, a.name, i.title, i.code, i.condition, \
    i.context, i.cause, i.helped, i.closed_at, i.forgotten_at, i.evidence";
const TABLES: &str = "incident i JOIN user o ON o.id = i.opened_by LEFT JOIN user a ON a.id = i.assignee";

/// The same condition in every query: the organisation, and for who may see no more, the cases they opened.
const MINE: &str = "i.organisation = ?1 AND (?2 OR i.opened_by = ?3)";

pub(super) fn case(db: &Connection, me: &Principal, number: i64) -> Result<(i64, Case), StoreError> {
    me.need(Right::SeeOwnCases)?;
    let found = one(db.query_row(
        &format!("SELECT i.id, {COLUMNS} FROM {TABLES} WHERE {MINE} AND i.number = ?4"),
        (me.organisation, me.may(Right::SeeCases), me.user, number),
        |row| Ok((row.get::<_, i64>(0)?, read(row, 1)?)),
    ))?;
    let Some((id, mut case)) = found else { return Err(StoreError::Missing("case")) };
    let mut ask =
        db.prepare_cached("SELECT u.name, n.at, n.text FROM note n JOIN user u ON u.id = n.author WHERE n.incident = ?1 ORDER BY n.id")?;
    let notes = ask.query_map([id], |row| Ok(Note { author: row.get(0)?, at: row.get(1)?, text: row.get(2)? }))?;
    case.notes = notes.collect::<Result<_, _>>()?;
    Ok((id, case))
}

fn read(row: &Row, at: usize) -> rusqlite::Result<Case> {
    let word = |place: usize| row.get::<_, String>(at + place);
    let json = |place: usize| Ok::<_, rusqlite::Error>(serde_json::from_str(&word(place)?).unwrap_or_default());
    Ok(Case {
        number: row.get(at)?,
        version: row.get(at + 1)?,
        state: word(2)?.parse().unwrap_or(State::Open),
        level: word(3)?.parse().unwrap_or(Level::Hotline),
        due_at: row.get(at + 4)?,
        opened_by: row.get(at + 5)?,
        opened_at: row.get(at + 6)?,
        assignee: row.get(at + 7)?,
        title: row.get(at + 8)?,
        code: row.get(at + 9)?,
        condition: row.get(at + 10)?,
        context: json(11)?,
        cause: row.get(at + 12)?,
        helped: row.get(at + 13)?,
        closed_at: row.get(at + 14)?,
        forgotten_at: row.get(at + 15)?,
        evidence: json(16)?,
        notes: Vec::new(),
    })
}

impl Scope<'_> {
    /// One case with its notes.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none of this number that the person may see.
    pub fn case(&self, number: i64) -> Result<Case, StoreError> {
        self.store().read(|db| case(db, self.person(), number).map(|(_, case)| case))
    }

    /// Cases that fit, newest first.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn cases(&self, ask: &Ask) -> Result<Page, StoreError> {
        let me = self.person();
        me.need(Right::SeeOwnCases)?;
        let most = ask.most.clamp(1, PAGE_MAX);
        let patterns: Vec<String> = ask.words.split_whitespace().take(8).map(like).collect();
        let mut query = format!(
            "SELECT {COLUMNS} FROM {TABLES} WHERE {MINE} AND (?4 IS NULL OR i.state = ?4) AND (?5 IS NULL OR i.level = ?5) \
             AND (?6 IS NULL OR a.name = ?6) AND (?7 IS NULL OR i.due_at < ?7) AND (?8 IS NULL OR i.number < ?8)"
        );
        for place in 0..patterns.len() {
            let p = place + 10;
            query += &format!(
                " AND (i.title LIKE ?{p} ESCAPE '\\' OR i.code LIKE ?{p} ESCAPE '\\' OR i.condition LIKE ?{p} ESCAPE '\\' OR i.cause LIKE ?{p} ESCAPE '\\' \
                 OR EXISTS (SELECT 1 FROM note n WHERE n.incident = i.id AND n.text LIKE ?{p} ESCAPE '\\'))"
            );
        }
        query += " ORDER BY i.number DESC LIMIT ?9";
        self.store().read(|db| {
            let mut prepared = db.prepare_cached(&query)?;
            let all = me.may(Right::SeeCases);
            let (state, level, limit) = (ask.state.map(State::as_str), ask.level.map(Level::as_str), i64::from(most) + 1);
            let mut values: Vec<&dyn rusqlite::ToSql> =
                vec![&me.organisation, &all, &me.user, &state, &level, &ask.assignee, &ask.due_before, &ask.after, &limit];
            values.extend(patterns.iter().map(|p| p as &dyn rusqlite::ToSql));
            let rows = prepared.query_map(&values[..], |row| read(row, 0))?;
            let mut cases: Vec<Case> = rows.collect::<Result<_, _>>()?;
            let more = cases.len() > most as usize;
            cases.truncate(most as usize);
            for case in &mut cases {
                case.evidence = serde_json::Value::Null;
            }
            let next = cases.last().filter(|_| more).map(|c| c.number);
            Ok(Page { cases, next })
        })
    }

    /// All cases of the organisation as lines of JSON, oldest first, for `posdx learn` and for leaving; the taking itself is noted.
    ///
    /// # Errors
    /// [`StoreError::Forbidden`]; whatever `line` says.
    pub fn export(&self, now: i64, mut line: impl FnMut(&Case) -> Result<(), StoreError>) -> Result<u64, StoreError> {
        let me = self.person();
        me.need(Right::Export)?;
        self.store().write(|db| audit::write(db, me, now, "case.export", "all", &[]))?;
        self.store().read(|db| {
            let mut ask = db.prepare("SELECT number FROM incident WHERE organisation = ?1 ORDER BY number")?;
            let numbers: Vec<i64> = ask.query_map([me.organisation], |row| row.get(0))?.collect::<Result<_, _>>()?;
            for number in &numbers {
                line(&case(db, me, *number)?.1)?;
            }
            Ok(numbers.len() as u64)
        })
    }
}

/// A word as a pattern of LIKE that means itself.
fn like(word: &str) -> String {
    let mut pattern = String::from("%");
    for c in word.chars().take(60) {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "%"
}
