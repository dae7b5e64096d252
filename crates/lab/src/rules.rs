//! The acquirer's rules as data: `lab/rules.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::cast::{CardKind, FeeClass};

/// What shops may do, what they pay, what looks wrong.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    fee: BTreeMap<FeeClass, FeeRate>,
    category: Vec<Category>,
    /// Amounts, counts, versions.
    pub limits: Limits,
    /// What looks wrong.
    pub risk: Risk,
    /// Hours and seconds.
    pub clock: Clock,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeeRate {
    debit: i64,
    debit_cap: i64,
    credit: i64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Category {
    mcc: String,
    fees: Vec<FeeClass>,
}

/// Amounts in fen, counts, versions.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Largest amount of one transaction.
    pub amount_max: i64,
    /// Largest contactless amount without a PIN.
    pub pin_free: i64,
    /// Payments a card may make on one day.
    pub card_count_per_day: i64,
    /// A card with a largest payment may spend this many times it in one day.
    pub card_day_factor: i64,
    /// Transactions of one batch.
    pub batch_count: i64,
    /// Days after which a sale can no longer be refunded.
    pub refund_days: i64,
    /// How much of a pre-authorisation a completion may reach, in percent.
    pub completion_percent: i64,
    /// Wrong PINs before the bank blocks the PIN.
    pub pin_tries: i64,
    /// Lowest application version served.
    pub application: String,
}

/// What looks wrong.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// More payments of one card at one shop than this …
    pub velocity_count: i64,
    /// … within these minutes.
    pub velocity_minutes: i64,
    /// This many round payments in a row at one shop.
    pub round_count: i64,
    /// What counts as round: a whole multiple of this, in fen.
    pub round_unit: i64,
    /// From this amount on the issuer wants to be asked.
    pub refer_from: i64,
}

/// Hours and seconds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Hour of the day at which the day is cut over.
    pub cut_over_hour: u8,
    /// Seconds behind it in which financial requests are refused.
    pub cut_over_seconds: u64,
    /// Hours that a sign-on holds.
    pub sign_on_hours: u64,
    /// Seconds that a code by text message holds.
    pub sms_seconds: u64,
    /// Codes that may be asked for in an hour.
    pub sms_per_hour: i64,
    /// Seconds after which a late posting reaches the account.
    pub late_posting_seconds: u64,
}

impl Rules {
    /// The rules that come with the lab.
    pub fn shipped() -> Rules {
        Rules::read(include_str!("../../../lab/rules.toml")).unwrap_or_else(|e| unreachable!("a test reads the shipped rules: {e}"))
    }

    /// Reads rules.
    ///
    /// # Errors
    /// The message names line and key.
    pub fn read(text: &str) -> Result<Rules, String> {
        let rules: Rules = toml::from_str(text).map_err(|e| {
            let line = e.span().and_then(|s| text.get(..s.start)).map_or(1, |t| t.matches('\n').count() + 1);
            format!("line {line}: {}", e.message())
        })?;
        for class in [FeeClass::Standard, FeeClass::Preferential, FeeClass::Exempt] {
            if !rules.fee.contains_key(&class) {
                return Err(format!("there is no [fee.{class:?}]").to_lowercase());
            }
        }
        Ok(rules)
    }

    /// May a shop of this category take cards at all?
    pub fn supports(&self, mcc: &str) -> bool {
        self.category.iter().any(|c| c.mcc == mcc)
    }

    /// Is the fee class open to the category?
    pub fn fee_is_open(&self, mcc: &str, class: FeeClass) -> bool {
        self.category.iter().any(|c| c.mcc == mcc && c.fees.contains(&class))
    }

    /// What a shop pays for a payment of `amount` fen, half a fen rounded up.
    pub fn fee(&self, class: FeeClass, kind: CardKind, amount: i64) -> i64 {
        let Some(rate) = self.fee.get(&class) else { return 0 };
        let part = |rate: i64| amount.saturating_mul(rate).saturating_add(5_000) / 10_000;
        match kind {
            CardKind::Debit => part(rate.debit).min(rate.debit_cap),
            CardKind::Credit => part(rate.credit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_round_and_stop_at_the_cap() {
        let rules = Rules::read(include_str!("../../../lab/rules.toml")).expect("the shipped rules");
        assert_eq!(rules.fee(FeeClass::Standard, CardKind::Debit, 10_000), 50);
        assert_eq!(rules.fee(FeeClass::Standard, CardKind::Debit, 100), 1, "half a fen is rounded up");
        assert_eq!(rules.fee(FeeClass::Standard, CardKind::Debit, 99), 0);
        assert_eq!(rules.fee(FeeClass::Standard, CardKind::Debit, 1_000_000), 2_000);
        assert_eq!(rules.fee(FeeClass::Preferential, CardKind::Debit, 1_000_000), 1_600);
        assert_eq!(rules.fee(FeeClass::Standard, CardKind::Credit, 1_000_000), 6_000);
        assert_eq!(rules.fee(FeeClass::Exempt, CardKind::Credit, 1_000_000), 0);
        assert!(rules.fee_is_open("8062", FeeClass::Exempt) && !rules.fee_is_open("7011", FeeClass::Preferential));
        assert!(!rules.supports("6010"));
    }
}
