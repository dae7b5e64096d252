-- Times are seconds since 1970-01-01 UTC. Secrets (passwords, session and API tokens) are kept only as hashes.

CREATE TABLE organisation (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    made_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE user (
    id           INTEGER PRIMARY KEY,
    organisation INTEGER NOT NULL REFERENCES organisation (id),
    name         TEXT NOT NULL UNIQUE,           -- what is typed at login; one name space for all organisations
    role         TEXT NOT NULL,
    password     TEXT NOT NULL,                  -- PHC string, Argon2id
    open         INTEGER NOT NULL DEFAULT 1,     -- 0: may not log in
    failures     INTEGER NOT NULL DEFAULT 0,     -- wrong passwords since the last right one
    locked_until INTEGER NOT NULL DEFAULT 0,
    made_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX user_of_organisation ON user (organisation);

CREATE TABLE session (
    token   BLOB PRIMARY KEY,                    -- SHA-256 of what the browser holds
    user    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    made_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_user ON session (user);

CREATE TABLE api_token (
    id      INTEGER PRIMARY KEY,
    token   BLOB NOT NULL UNIQUE,                -- SHA-256 of what the program holds
    user    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    label   TEXT NOT NULL,
    role    TEXT NOT NULL,
    ends_at INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

CREATE TABLE incident (                          -- a case; CASE is a word of SQL
    id           INTEGER PRIMARY KEY,
    organisation INTEGER NOT NULL REFERENCES organisation (id),
    number       INTEGER NOT NULL,               -- counts from 1 in each organisation
    version      INTEGER NOT NULL DEFAULT 1,     -- grows with each change; a change of an older version is refused
    request      TEXT,                           -- the caller's id of the request that opened it: a repeat opens no second case
    state        TEXT NOT NULL,
    level        TEXT NOT NULL,
    due_at       INTEGER NOT NULL,
    opened_by    INTEGER NOT NULL REFERENCES user (id),
    opened_at    INTEGER NOT NULL,
    assignee     INTEGER REFERENCES user (id),
    title        TEXT NOT NULL,
    code         TEXT,
    condition    TEXT,
    context      TEXT NOT NULL,                  -- JSON: vendor, model, region
    evidence     TEXT NOT NULL,                  -- JSON: the repair session and the last messages, masked
    cause        TEXT,                           -- confirmed at closing
    helped       TEXT,                           -- the step that helped
    closed_at    INTEGER,
    forgotten_at INTEGER,
    UNIQUE (organisation, number),
    UNIQUE (organisation, request)
) STRICT;
CREATE INDEX incident_by_due ON incident (organisation, state, due_at);

CREATE TABLE note (
    id       INTEGER PRIMARY KEY,
    incident INTEGER NOT NULL REFERENCES incident (id) ON DELETE CASCADE,
    author   INTEGER NOT NULL REFERENCES user (id),
    at       INTEGER NOT NULL,
    text     TEXT NOT NULL
) STRICT;
CREATE INDEX note_of_incident ON note (incident);

CREATE TABLE audit (
    organisation INTEGER NOT NULL,               -- 0: the installation itself
    sequence     INTEGER NOT NULL,               -- counts from 1 in each organisation without a gap
    at           INTEGER NOT NULL,
    actor        TEXT NOT NULL,
    action       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    detail       TEXT NOT NULL,                  -- JSON
    hash         BLOB NOT NULL,                  -- SHA-256 over the hash before it and this row
    PRIMARY KEY (organisation, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_start (                       -- where a chain begins once old rows were taken away by retention
    organisation INTEGER PRIMARY KEY,
    sequence     INTEGER NOT NULL,
    hash         BLOB NOT NULL
) STRICT;

-- The trail only grows. Retention takes rows from its beginning and moves the start, in one transaction.
CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail cannot be changed'); END;
