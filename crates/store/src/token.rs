//! Tokens: long random texts that stand for a person. Only their hash is stored.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::rights::{Duty, Right};
use crate::scope::Principal;
use crate::{Scope, Store, StoreError, audit, people};

/// A token on its way to its holder. It can be shown once; it prints as `Bearer(…)`.
pub struct Bearer(String);

impl Bearer {
    /// 256 random bits behind a prefix that secret scanners can recognise.
    pub(crate) fn fresh(prefix: &str) -> Result<Bearer, StoreError> {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes).map_err(|_| StoreError::File("no randomness".to_owned()))?;
        Ok(Bearer(format!("{prefix}{}", hex(&bytes))))
    }

    /// A token as its holder sent it.
    pub fn from_holder(text: &str) -> Bearer {
        Bearer(text.to_owned())
    }

    /// The token itself, for its holder only.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// A second text, bound to this token, that a form has to carry: a foreign page that can send the cookie cannot read it.
    pub fn form_token(&self) -> String {
        hex(&Sha256::new().chain_update(b"posdx form ").chain_update(self.0.as_bytes()).finalize())
    }

    /// Is this the form token of this session? Takes the same time whatever differs.
    pub fn form_token_holds(&self, sent: &str) -> bool {
        self.form_token().as_bytes().ct_eq(sent.as_bytes()).into()
    }
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer(…)")
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A token of a program, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ApiToken {
    /// Its number.
    pub id: i64,
    /// What its owner called it.
    pub label: String,
    /// Name of the person it acts for.
    pub user: String,
    /// What it may do at most.
    pub role: Duty,
    /// When it ends, seconds since 1970.
    pub ends_at: i64,
    /// When it was last used, to the minute.
    pub used_at: Option<i64>,
}

/// Longest life of an API token: a year.
const LIFE_MAX: i64 = 366 * 86_400;

impl Store {
    /// Who stands behind an API token?
    ///
    /// # Errors
    /// [`StoreError::NotLoggedIn`] when it is unknown, ended, or its person may not log in.
    pub fn bearer(&self, token: &Bearer, now: i64) -> Result<Principal, StoreError> {
        let hash = token.hash();
        let found = self.read(|db| {
            people::one(db.query_row(
                "SELECT u.id, u.organisation, u.name, u.role, t.role, t.used_at, t.id FROM api_token t JOIN user u ON u.id = t.user \
                 WHERE t.token = ?1 AND t.ends_at > ?2 AND u.open = 1",
                (&hash[..], now),
                |row| {
                    Ok((
                        Principal::from_row(row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?),
                        row.get::<_, String>(4)?,
                        row.get::<_, Option<i64>>(5)?,
                        row.get::<_, i64>(6)?,
                    ))
                },
            ))
        })?;
        let Some((Some(person), role, used, id)) = found else { return Err(StoreError::NotLoggedIn) };
        // A note of its use once a minute is enough, and keeps reads from becoming writes.
        if used.is_none_or(|used| used + 60 <= now) {
            self.write(|db| Ok(db.execute("UPDATE api_token SET used_at = ?1 WHERE id = ?2", (now, id))?))?;
        }
        let Ok(role) = role.parse::<Duty>() else { return Err(StoreError::NotLoggedIn) };
        Ok(person.narrowed(role))
    }
}

impl Scope<'_> {
    /// Makes a token for a program that acts for this person, with this person's duty or a smaller one.
    ///
    /// # Errors
    /// [`StoreError::Forbidden`] when the duty would exceed the person's own.
    pub fn new_token(&self, label: &str, role: Duty, life_seconds: i64, now: i64) -> Result<Bearer, StoreError> {
        let me = self.person();
        if !me.covers(role) {
            return Err(StoreError::Forbidden);
        }
        let label = people::short_text("label", label, 60)?;
        let token = Bearer::fresh("posdx_")?;
        let (hash, ends_at) = (token.hash(), now + life_seconds.clamp(60, LIFE_MAX));
        self.store().write(|db| {
            db.execute(
                "INSERT INTO api_token (token, user, label, role, ends_at, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                (&hash[..], me.user, &label, role.as_str(), ends_at, now),
            )?;
            audit::write(db, me, now, "token.made", &label, &[("role", role.as_str())])
        })?;
        Ok(token)
    }

    /// Tokens of this person; those of the whole organisation for who manages people.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        let me = self.person();
        let all = me.may(Right::ManagePeople);
        self.store().read(|db| {
            let mut ask = db.prepare_cached(
                "SELECT t.id, t.label, u.name, t.role, t.ends_at, t.used_at FROM api_token t JOIN user u ON u.id = t.user \
                 WHERE u.organisation = ?1 AND (?2 OR u.id = ?3) ORDER BY t.id",
            )?;
            let rows = ask.query_map((me.organisation, all, me.user), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?, row.get(4)?, row.get(5)?))
            })?;
            let mut tokens = Vec::new();
            for row in rows {
                let (id, label, user, role, ends_at, used_at) = row?;
                let Ok(role) = role.parse() else { continue };
                tokens.push(ApiToken { id, label, user, role, ends_at, used_at });
            }
            Ok(tokens)
        })
    }

    /// Ends a token at once.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none of this number that the person may end.
    pub fn end_token(&self, id: i64, now: i64) -> Result<(), StoreError> {
        let me = self.person();
        let all = me.may(Right::ManagePeople);
        self.store().write(|db| {
            let gone = db.execute(
                "DELETE FROM api_token WHERE id = ?1 AND user IN (SELECT id FROM user WHERE organisation = ?2 AND (?3 OR id = ?4))",
                (id, me.organisation, all, me.user),
            )?;
            if gone == 0 {
                return Err(StoreError::Missing("token"));
            }
            audit::write(db, me, now, "token.ended", &id.to_string(), &[])
        })
    }
}
