//! The tables that explain chip data, read together. They are data (`dialects/emv/*.toml`), so that a new tag is a line and no program.

use serde::{Deserialize, Serialize};

use super::bits::Bits;
use super::iso::Iso;
use super::tags::Tags;

/// Why a table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("chip table `{table}`: {message}")]
pub struct TableError {
    /// The table.
    pub table: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

/// Tags, bits and numbers of countries and currencies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tables {
    /// The tags.
    pub tags: Tags,
    /// The bits and words.
    pub bits: Bits,
    /// Countries and currencies.
    pub iso: Iso,
}

impl Tables {
    /// Reads the texts of `tags.toml`, `bits.toml` and `iso-tables.toml`.
    pub fn read(tags: &str, bits: &str, iso: &str) -> Result<Tables, TableError> {
        Ok(Tables { tags: Tags::read(tags)?, bits: Bits::read(bits)?, iso: Iso::read(iso)? })
    }
}
