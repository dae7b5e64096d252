//! Countries (ISO 3166-1) and currencies (ISO 4217) by their three-digit numbers. Read from `dialects/emv/iso-tables.toml`.

use std::collections::BTreeMap;

use posdx_model::Text;
use serde::{Deserialize, Serialize};

use super::tables::TableError;

/// A country.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Country {
    /// Two letters.
    pub alpha: String,
    /// Its name.
    pub name: Text,
    /// What is legal tender there, by number.
    pub currency: Vec<String>,
}

/// A currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Currency {
    /// Three letters.
    pub alpha: String,
    /// Decimals of the minor unit.
    pub digits: u8,
    /// Its name.
    pub name: Text,
}

/// Both tables; keys are three digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Iso {
    country: BTreeMap<String, Country>,
    currency: BTreeMap<String, Currency>,
}

impl Iso {
    /// Reads the tables.
    pub fn read(toml: &str) -> Result<Iso, TableError> {
        let iso: Iso = toml::from_str(toml).map_err(|e| TableError { table: "iso-tables", message: e.to_string() })?;
        let keys = iso.country.keys().chain(iso.currency.keys());
        match keys.into_iter().find(|k| k.len() != 3 || !k.bytes().all(|b| b.is_ascii_digit())) {
            Some(key) => Err(TableError { table: "iso-tables", message: format!("`{key}` is no number of three digits") }),
            None => Ok(iso),
        }
    }

    /// The country of a number: `156`.
    pub fn country(&self, number: &str) -> Option<&Country> {
        self.country.get(number)
    }

    /// The currency of a number: `156`.
    pub fn currency(&self, number: &str) -> Option<&Currency> {
        self.currency.get(number)
    }
}
