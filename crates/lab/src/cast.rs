//! Who takes part: the banks, cards, merchants, terminals and users that host and terminals start from. All of it is made up: no card of
//! `lab/cast.toml` was ever issued, no merchant ever opened.

use serde::Deserialize;
use std::fmt;

/// The cast of a lab, as `lab/cast.toml` lists it. Ids are names that scenarios use (`card = "empty"`).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cast {
    /// Banks that issue cards.
    #[serde(rename = "issuer")]
    pub issuers: Vec<Issuer>,
    /// Cards, each with its account.
    #[serde(rename = "card")]
    pub cards: Vec<Card>,
    /// Shops.
    #[serde(rename = "merchant")]
    pub merchants: Vec<Merchant>,
    /// Terminals, each bound to a shop.
    #[serde(rename = "terminal")]
    pub terminals: Vec<Terminal>,
    /// Users of the acquirer's app.
    #[serde(rename = "user", default)]
    pub users: Vec<User>,
}

/// A bank that issues cards.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Its name in scenarios.
    pub id: String,
    /// Name on slips, Chinese.
    pub name: String,
    /// Institution code (field 44, 8 digits).
    pub institution: String,
}

/// A card and its account.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Its name in scenarios.
    pub id: String,
    /// Id of the bank.
    pub issuer: String,
    /// Card number, 13 to 19 digits with a right check digit. A test number, but treated like a real one everywhere.
    pub pan: String,
    /// Year and month of expiry, `YYMM`.
    pub expiry: String,
    /// Service code of the stripe; `2xx` and `6xx` promise a chip.
    pub service: String,
    /// PIN, 4 to 12 digits. A test PIN, but never shown.
    pub pin: String,
    /// `debit` or `credit`.
    pub kind: CardKind,
    /// Money on the account in fen; for credit what is left of the limit.
    pub balance: i64,
    /// Largest single payment in fen; `None` is no limit.
    pub limit: Option<i64>,
    /// State at the bank.
    #[serde(default)]
    pub state: CardState,
    /// Does the card have a chip?
    #[serde(default = "yes")]
    pub chip: bool,
    /// Does the chip speak contactless?
    #[serde(default = "yes")]
    pub contactless: bool,
}

/// What kind of account stands behind a card; decides the fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardKind {
    /// The holder's own money.
    Debit,
    /// A line of credit.
    Credit,
}

/// How the bank keeps a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardState {
    /// In use.
    #[default]
    Active,
    /// Issued, never activated.
    Inactive,
    /// Asleep after long disuse.
    Dormant,
    /// Reported lost.
    Lost,
    /// Reported stolen.
    Stolen,
    /// Closed by holder or bank.
    Closed,
    /// Blocked by the bank's risk control.
    Restricted,
}

/// A shop.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merchant {
    /// Its name in scenarios.
    pub id: String,
    /// Merchant number, 15 digits: 3 of the acquirer's organisation, 4 region, 4 MCC, 4 serial.
    pub number: String,
    /// Name on slips, Chinese.
    pub name: String,
    /// Merchant category code of its registration, 4 digits.
    pub mcc: String,
    /// Fee class of its registration.
    pub fee: FeeClass,
    /// Is it open for business?
    #[serde(default = "yes")]
    pub open: bool,
    /// The shop's own phone number.
    pub phone: String,
    /// The address of its registration.
    pub address: String,
    /// Id of the shopkeeper's own card, which risk control knows.
    #[serde(default)]
    pub keeper_card: Option<String>,
}

/// Fee schedule of a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeeClass {
    /// 标准类.
    Standard,
    /// 优惠类.
    Preferential,
    /// 减免类.
    Exempt,
}

/// A terminal as the acquirer knows it.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terminal {
    /// Its name in scenarios.
    pub id: String,
    /// Terminal number, 8 characters (field 41).
    pub number: String,
    /// Id of its shop.
    pub merchant: String,
    /// Serial number of the machine.
    pub serial: String,
    /// Terminal master key as hex, 16 bytes. A test key, never shown.
    pub master_key: String,
    /// Cipher of its keys.
    pub cipher: CipherKind,
    /// Is it in service?
    #[serde(default = "yes")]
    pub open: bool,
}

/// The cipher that a terminal's keys are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CipherKind {
    /// Triple DES with double-length keys.
    Tdes,
    /// SM4 (GB/T 32907).
    Sm4,
}

/// A user of the acquirer's app.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Its name in scenarios and at sign-in.
    pub id: String,
    /// Id of the shop it works for.
    pub merchant: String,
    /// Password, a test one, never shown.
    pub password: String,
    /// Mobile number.
    pub phone: String,
    /// Has the operator suspended the number?
    #[serde(default)]
    pub phone_suspended: bool,
}

fn yes() -> bool {
    true
}

/// Why a cast cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum CastError {
    /// The text is no TOML of this shape; the message holds the line.
    #[error("the cast cannot be read: {0}")]
    Shape(String),
    /// Something points to nothing, or a number is no number of its kind.
    #[error("{kind} `{id}`: {what}")]
    Wrong {
        /// `card`, `merchant`, `terminal` or `user`.
        kind: &'static str,
        /// Its id.
        id: String,
        /// What is wrong and how it should be.
        what: &'static str,
    },
}

impl Cast {
    /// The cast that comes with the lab.
    pub fn shipped() -> Cast {
        Cast::read(include_str!("../../../lab/cast.toml")).unwrap_or_else(|e| unreachable!("a test reads the shipped cast: {e}"))
    }

    /// Reads and checks a cast.
    ///
    /// # Errors
    /// [`CastError`] names the entry and what is wrong with it; values of cards and keys are never repeated.
    pub fn read(text: &str) -> Result<Cast, CastError> {
        let cast: Cast = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |s| text.get(..s.start).map_or(1, |t| t.matches('\n').count() + 1));
            CastError::Shape(format!("line {line}: {}", e.message()))
        })?;
        cast.check()?;
        Ok(cast)
    }

    fn check(&self) -> Result<(), CastError> {
        let wrong = |kind, id: &str, what| Err(CastError::Wrong { kind, id: id.to_owned(), what });
        let digits =
            |text: &str, least: usize, most: usize| (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        for card in &self.cards {
            if !self.issuers.iter().any(|i| i.id == card.issuer) {
                return wrong("card", &card.id, "its issuer is not in the cast");
            }
            if !posdx_model::CardNumber::parse(&card.pan).is_ok_and(|n| n.check_digit_holds()) {
                return wrong("card", &card.id, "`pan` has to be 13 to 19 digits with a right check digit");
            }
            if !digits(&card.expiry, 4, 4) || !digits(&card.service, 3, 3) || !digits(&card.pin, 4, 12) {
                return wrong("card", &card.id, "`expiry` is YYMM, `service` 3 digits, `pin` 4 to 12 digits");
            }
        }
        for merchant in &self.merchants {
            if !digits(&merchant.number, 15, 15) || !digits(&merchant.mcc, 4, 4) {
                return wrong("merchant", &merchant.id, "`number` is 15 digits, `mcc` 4 digits");
            }
            if merchant.keeper_card.as_ref().is_some_and(|id| self.card(id).is_none()) {
                return wrong("merchant", &merchant.id, "its `keeper_card` is not in the cast");
            }
        }
        for terminal in &self.terminals {
            if !self.merchants.iter().any(|m| m.id == terminal.merchant) {
                return wrong("terminal", &terminal.id, "its merchant is not in the cast");
            }
            if terminal.number.len() != 8 || terminal.master_key.len() != 32 || !terminal.master_key.bytes().all(|b| b.is_ascii_hexdigit())
            {
                return wrong("terminal", &terminal.id, "`number` is 8 characters, `master_key` 32 hex digits");
            }
        }
        for user in &self.users {
            if !self.merchants.iter().any(|m| m.id == user.merchant) {
                return wrong("user", &user.id, "its merchant is not in the cast");
            }
        }
        Ok(())
    }

    /// The card of this id.
    pub fn card(&self, id: &str) -> Option<&Card> {
        self.cards.iter().find(|c| c.id == id)
    }

    /// The bank of this id.
    pub fn issuer(&self, id: &str) -> Option<&Issuer> {
        self.issuers.iter().find(|i| i.id == id)
    }

    /// The terminal of this id.
    pub fn terminal(&self, id: &str) -> Option<&Terminal> {
        self.terminals.iter().find(|t| t.id == id)
    }

    /// The merchant of this id.
    pub fn merchant(&self, id: &str) -> Option<&Merchant> {
        self.merchants.iter().find(|m| m.id == id)
    }
}

// Cards, keys and passwords are test values, but a habit of printing them would not be.
impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Card({}, {:?}, {} fen)", self.id, self.state, self.balance)
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Terminal({}, {})", self.id, self.number)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "User({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_cast_is_whole() {
        let cast = Cast::read(include_str!("../../../lab/cast.toml")).expect("the shipped cast");
        assert!(cast.cards.len() >= 12 && cast.merchants.len() >= 3 && cast.terminals.len() >= 4);
    }

    #[test]
    fn errors_name_the_entry_and_never_the_number() {
        let text = include_str!("../../../lab/cast.toml").replacen("pan = \"62", "pan = \"63", 1);
        let error = Cast::read(&text).expect_err("a wrong check digit").to_string();
        assert!(error.contains("card `good`") && !error.contains("63"), "{error}");
        let error = Cast::read("[[issuer]]\nid = 3\n").expect_err("no text").to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
