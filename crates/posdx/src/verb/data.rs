//! Where the data file lies, and how verbs open it.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use posdx_model::{Lang, Text};
use posdx_store::{Store, StoreError};

use super::Failure;

/// The data file of people, cases and the audit trail.
#[derive(Args)]
pub struct Data {
    /// The data file; without it, `posdx.db` in the platform's data directory.
    #[arg(long, value_name = "FILE", env = "POSDX_DATA")]
    data: Option<PathBuf>,
}

impl Data {
    /// Where the file lies.
    pub fn path(&self) -> Result<PathBuf, Failure> {
        if let Some(path) = &self.data {
            return Ok(path.clone());
        }
        match directories::ProjectDirs::from("", "", "posdx") {
            Some(dirs) => Ok(dirs.data_dir().join("posdx.db")),
            None => Err(Failure::Input("no home directory is known: name the data file with --data FILE".to_owned())),
        }
    }

    /// Opens the file, and makes it when it is not there.
    pub fn open(&self) -> Result<Store, Failure> {
        let path = self.path()?;
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|e| Failure::Input(format!("{}: {e}", folder.display())))?;
        }
        Store::open(&path).map_err(|e| Failure::Input(format!("{}: {e}", path.display())))
    }

    /// Opens a file that has to be there.
    pub fn open_known(&self) -> Result<Store, Failure> {
        let path = self.path()?;
        if !path.is_file() {
            return Err(Failure::Input(format!("{}: there is no data file yet; name another with --data FILE", path.display())));
        }
        self.open()
    }
}

/// Seconds since 1970; a clock before that reads 0.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX))
}

/// A refusal of the store as a refusal of the verb.
pub fn refused(error: StoreError) -> Failure {
    Failure::Input(error.to_string())
}

/// One line in the language of the person.
pub fn say(lang: Lang, zh: impl Into<String>, en: impl Into<String>) -> Result<(), Failure> {
    super::print(&(Text::new(zh, en).get(lang).to_owned() + "\n"))
}
