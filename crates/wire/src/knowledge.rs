//! Everything that is data about wires, read together: dialects, chip tables, devices, log words, crypto schemes.
//!
//! It is read from the files of `dialects/` once, when the program is built, and packed; a person's own dialect files are added at run
//! time.

use serde::{Deserialize, Serialize};

use crate::crypto::{MacScheme, SignOnLayout};
use crate::emv::apdu::Commands;
use crate::emv::contradictions::Contradictions;
use crate::emv::tables::Tables;
use crate::iso8583::{DialectError, Dialects};
use crate::{device, log, talk};

/// What posdx knows about wires.
#[derive(Clone, Serialize, Deserialize)]
pub struct Knowledge {
    /// Layouts of ISO 8583.
    pub dialects: Dialects,
    /// Tags, bits, countries and currencies.
    pub chip: Tables,
    /// Commands to cards.
    pub commands: Commands,
    /// What cannot both be true.
    pub contradictions: Contradictions,
    /// What devices say.
    pub devices: device::Tables,
    /// Which lines of a log matter.
    pub log: log::Rules,
    /// Ways to make a message authentication code.
    pub macs: Vec<MacScheme>,
    /// How sign-on replies carry keys.
    pub sign_on: Vec<SignOnLayout>,
    /// What is said about conversations.
    pub talk: talk::Texts,
}

/// One file of `dialects/`: its path below that folder, and its text.
#[derive(Clone, Debug)]
pub struct File {
    /// `cup-pos.toml`, `emv/tags.toml`.
    pub path: String,
    /// The text.
    pub text: String,
}

impl Knowledge {
    /// Reads all files of the folder.
    pub fn read(files: &[File]) -> Result<Knowledge, Vec<DialectError>> {
        let text = |path: &str| {
            let found = files.iter().find(|f| f.path == path).map(|f| f.text.as_str());
            found.ok_or_else(|| vec![problem(path, 1, "this file is missing".into())])
        };
        let layouts: Vec<(&str, &str)> = files
            .iter()
            .filter(|f| !f.path.contains('/') && !OTHERS.contains(&f.path.as_str()))
            .map(|f| (f.path.as_str(), f.text.as_str()))
            .collect();
        let devices: Vec<(&str, &str)> = files
            .iter()
            .filter(|f| f.path != LOG_WORDS)
            .filter_map(|f| Some((f.path.strip_prefix("device/")?.strip_suffix(".toml")?, f.text.as_str())))
            .collect();
        let chip = |e: crate::emv::tables::TableError| vec![problem(&format!("emv/{}", e.table), 1, e.message)];
        let crypto = |e: crate::crypto::CryptoDataError| vec![problem(CRYPTO, e.line, e.message)];
        Ok(Knowledge {
            dialects: Dialects::read(&layouts)?,
            chip: Tables::read(text("emv/tags.toml")?, text("emv/bits.toml")?, text("emv/iso-tables.toml")?).map_err(chip)?,
            commands: Commands::read(text("emv/apdu.toml")?).map_err(chip)?,
            contradictions: Contradictions::read(text("emv/contradictions.toml")?).map_err(chip)?,
            devices: device::Tables::read(&devices).map_err(|e| vec![problem("device", 1, e.to_string())])?,
            log: log::Rules::read(text(LOG_WORDS)?).map_err(|e| vec![problem(LOG_WORDS, 1, e.to_string())])?,
            macs: MacScheme::read_all(text(CRYPTO)?).map_err(crypto)?,
            sign_on: SignOnLayout::read_all(text(CRYPTO)?).map_err(crypto)?,
            talk: talk::Texts::read(text(TALK)?).map_err(|e| vec![problem(TALK, e.line, e.message)])?,
        })
    }
}

const CRYPTO: &str = "crypto.toml";
const TALK: &str = "talk.toml";
const LOG_WORDS: &str = "device/log-words.toml";
/// Files beside the dialects that are none.
const OTHERS: &[&str] = &[CRYPTO, TALK];

fn problem(file: &str, line: usize, message: String) -> DialectError {
    DialectError { file: file.to_owned(), line, message }
}
