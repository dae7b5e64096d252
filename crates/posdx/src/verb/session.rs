//! The file in which a repair is kept.

use std::path::Path;

use posdx_explain::repair::Session;
use posdx_model::Lang;

use super::Failure;
use super::overlay::{keep, text_of};

/// Bytes of a session.
const SESSION_MAX: u64 = 1 << 20;
/// The form that this program writes.
pub const SCHEMA: &str = "posdx.session/1";

/// Reads a session; a damaged one is told where.
pub fn read(path: &Path, lang: Lang) -> Result<Session, Failure> {
    let name = path.display();
    let way_out = match lang {
        Lang::Zh => "文件坏了，或不是 posdx fix 写的。换一个 --session 文件重新开始。",
        Lang::En => "The file is damaged, or posdx fix did not write it. Give another --session file to begin anew.",
    };
    let text = text_of(path, SESSION_MAX)?;
    if !text.trim_start().starts_with('{') {
        return Err(Failure::Input(format!("{name}: {way_out}")));
    }
    let session: Session = serde_json::from_str(&text).map_err(|e| Failure::Input(format!("{name}: {e}. {way_out}")))?;
    if session.schema != SCHEMA {
        return Err(Failure::Input(format!("{name}: `{}`. {way_out}", session.schema)));
    }
    Ok(session)
}

/// Writes it: a power cut while writing must not cost the session.
pub fn write(path: &Path, session: &Session) -> Result<(), Failure> {
    keep(path, &(serde_json::to_string_pretty(session).map_err(|e| Failure::Input(e.to_string()))? + "\n"))
}
