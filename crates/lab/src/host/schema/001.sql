-- What the host keeps. Money is whole fen. Card numbers, PINs, passwords and keys are not here: they stay in the cast, the host's safe.

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE merchant (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    mcc TEXT NOT NULL,
    fee TEXT NOT NULL CHECK (fee IN ('ST', 'PR', 'EX')),
    state TEXT NOT NULL CHECK (state IN ('open', 'paused', 'closed', 'black-listed')),
    phone TEXT NOT NULL,
    address TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE terminal (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL REFERENCES merchant (id),
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    -- Working keys follow from the master key and this count; 0 is no sign-on yet.
    key_count INTEGER NOT NULL DEFAULT 0,
    signed_on_at INTEGER,
    batch INTEGER NOT NULL DEFAULT 1,
    batch_state TEXT NOT NULL DEFAULT 'open' CHECK (batch_state IN ('open', 'uploading', 'closed')),
    batch_equal INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE card (
    id TEXT PRIMARY KEY,
    issuer TEXT NOT NULL,
    masked TEXT NOT NULL,
    state TEXT NOT NULL,
    expiry TEXT NOT NULL,
    largest INTEGER,
    pin_tries INTEGER NOT NULL DEFAULT 0,
    atc INTEGER NOT NULL DEFAULT 0,
    listed INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE issuer (id TEXT PRIMARY KEY, link TEXT NOT NULL DEFAULT 'up') STRICT;

CREATE TABLE app_user (id TEXT PRIMARY KEY, merchant TEXT NOT NULL, phone TEXT NOT NULL, registered INTEGER NOT NULL, signed_in INTEGER NOT NULL) STRICT;

CREATE TABLE phone (number TEXT PRIMARY KEY, suspended INTEGER NOT NULL) STRICT;

CREATE TABLE sms (id INTEGER PRIMARY KEY, phone TEXT NOT NULL, code TEXT NOT NULL, at INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX sms_phone ON sms (phone, at);

CREATE TABLE maintenance (id INTEGER PRIMARY KEY, starts INTEGER NOT NULL, ends INTEGER NOT NULL) STRICT;

-- One row for every request about money, whatever became of it: what a repeat is answered from.
CREATE TABLE txn (
    id INTEGER PRIMARY KEY,
    terminal TEXT NOT NULL,
    merchant TEXT NOT NULL,
    batch INTEGER NOT NULL,
    trace INTEGER NOT NULL,
    kind TEXT NOT NULL,
    -- Tells a repeat from another request with the same trace number; says nothing about the card.
    digest BLOB NOT NULL,
    card TEXT,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    approved INTEGER NOT NULL DEFAULT 0 CHECK (approved >= 0),
    fee INTEGER NOT NULL DEFAULT 0,
    at INTEGER NOT NULL,
    day INTEGER NOT NULL,
    response TEXT NOT NULL,
    reason TEXT NOT NULL,
    because TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('approved', 'declined', 'reversed', 'voided', 'completed', 'never')),
    rrn TEXT NOT NULL,
    auth TEXT,
    shown INTEGER,
    chip TEXT,
    original INTEGER REFERENCES txn (id),
    UNIQUE (terminal, batch, trace)
) STRICT;
CREATE INDEX txn_card ON txn (card, day);
CREATE INDEX txn_shop ON txn (merchant, id);
CREATE INDEX txn_rrn ON txn (rrn);
CREATE INDEX txn_original ON txn (original) WHERE original IS NOT NULL;

-- Double entry: the postings of an entry sum to zero.
CREATE TABLE account (id TEXT PRIMARY KEY, balance INTEGER NOT NULL) STRICT;
CREATE TABLE entry (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, txn INTEGER REFERENCES txn (id)) STRICT;
CREATE INDEX entry_txn ON entry (txn);
CREATE TABLE posting (
    entry INTEGER NOT NULL REFERENCES entry (id),
    account TEXT NOT NULL REFERENCES account (id),
    amount INTEGER NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (entry, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX posting_account ON posting (account);

-- Payments whose money still waits on the account `late`.
CREATE TABLE late (txn INTEGER PRIMARY KEY REFERENCES txn (id), card TEXT NOT NULL, amount INTEGER NOT NULL, due INTEGER NOT NULL) STRICT;

-- What a terminal handed in after totals that differed.
CREATE TABLE upload (terminal TEXT NOT NULL, batch INTEGER NOT NULL, trace INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (terminal, batch, trace)) STRICT, WITHOUT ROWID;

CREATE TABLE settlement (
    terminal TEXT NOT NULL,
    batch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    day INTEGER NOT NULL,
    debit INTEGER NOT NULL,
    debit_count INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    credit_count INTEGER NOT NULL,
    equal INTEGER NOT NULL,
    PRIMARY KEY (terminal, batch)
) STRICT, WITHOUT ROWID;
