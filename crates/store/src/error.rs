//! Why a call was refused.

/// A refusal of the store. None repeats what was stored or typed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened, read or written.
    #[error("the data file cannot be used: {0}")]
    File(String),
    /// The database was written by a newer posdx.
    #[error("the data file has layout {found}, this posdx knows {known}: use the posdx that wrote it, or a newer one")]
    Newer {
        /// Layout of the file.
        found: i64,
        /// Newest layout known here.
        known: i64,
    },
    /// The file is damaged; nothing was changed.
    #[error("the data file is damaged ({0}): restore the last backup with `posdx restore`")]
    Damaged(String),
    /// There is no such thing, or not in this organisation: the two look alike on purpose.
    #[error("there is no such {0}")]
    Missing(&'static str),
    /// The person's duties do not allow this.
    #[error("your role does not allow this")]
    Forbidden,
    /// Somebody changed it in between.
    #[error("somebody changed this case in between: read it again, then repeat the change")]
    Stale,
    /// A value is not acceptable.
    #[error("{field}: {problem}")]
    Invalid {
        /// Name of the value.
        field: &'static str,
        /// What is wrong with it.
        problem: Problem,
    },
    /// Wrong name or password; which of the two is not told.
    #[error("name or password is wrong")]
    WrongLogin,
    /// Too many wrong passwords.
    #[error("too many wrong passwords: try again in {0} seconds")]
    Locked(i64),
    /// The session or token is unknown or has ended.
    #[error("please log in")]
    NotLoggedIn,
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// Longer than it may be.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// Shorter than it must be.
    #[error("is shorter than {0} characters")]
    TooShort(usize),
    /// Somebody has it already.
    #[error("is taken")]
    Taken,
    /// A password that everybody tries first, or that holds the name.
    #[error("is easy to guess: take several words that do not belong together")]
    Guessable,
    /// Not one of the allowed words.
    #[error("is none of the allowed words")]
    Unknown,
    /// The case is closed.
    #[error("the case is closed: open it again first")]
    Closed,
    /// There is nobody further up.
    #[error("the case is at the last level already")]
    LastLevel,
    /// No object that can be read.
    #[error("is no JSON object")]
    NoJson,
}

impl From<rusqlite::Error> for StoreError {
    // SQLite's own messages name tables and columns, never values.
    fn from(error: rusqlite::Error) -> StoreError {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => StoreError::Damaged(error.to_string()),
            _ => StoreError::File(error.to_string()),
        }
    }
}
