//! What was learned, as `posdx fix` and `posdx explain` take it: only when it is named, and never in silence.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use posdx_diagnosis::learning::{FORMAT, Overlay, Terminal};
use posdx_embedded::catalogue;
use posdx_explain::repair::Overlaid;
use posdx_model::Lang;

use super::Failure;

/// Bytes of an overlay.
const OVERLAY_MAX: u64 = 16 << 20;

/// Which numbers to reason with, and for which terminal.
#[derive(Args)]
pub struct LearnedArgs {
    /// Reason with what `posdx learn` wrote to this file; what it changes is shown.
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
    /// Maker of the terminal, as the overlay writes it.
    #[arg(long, value_name = "NAME")]
    vendor: Option<String>,
    /// Its model.
    #[arg(long, value_name = "NAME", requires = "vendor")]
    model: Option<String>,
    /// Region where it stands.
    #[arg(long, value_name = "NAME", requires = "model")]
    region: Option<String>,
}

impl LearnedArgs {
    /// The terminal, as far as it was said.
    pub fn terminal(&self) -> Terminal {
        Terminal { vendor: self.vendor.clone(), model: self.model.clone(), region: self.region.clone() }
    }

    /// The catalogue with the overlay, when one was named.
    pub fn overlaid(&self, terminal: Terminal, lang: Lang) -> Result<Option<Overlaid>, Failure> {
        let Some(path) = &self.overlay else { return Ok(None) };
        Ok(Some(Overlaid::new(catalogue(), read(path, lang)?, terminal)))
    }
}

/// Reads an overlay.
pub fn read(path: &Path, lang: Lang) -> Result<Overlay, Failure> {
    let text = text_of(path, OVERLAY_MAX)?;
    let overlay: Overlay = toml::from_str(&text).map_err(|e| {
        let at = e.span().map_or(0, |s| s.start);
        let before = text.get(..at).unwrap_or_default();
        let (line, column) = (before.matches('\n').count() + 1, before.chars().rev().take_while(|c| *c != '\n').count() + 1);
        let what = format!("{}:{line}:{column}: {}", path.display(), e.message());
        Failure::Input(match lang {
            Lang::Zh => format!("{what}。请改正这一行或删掉它，或用 posdx learn 重新生成。"),
            Lang::En => format!("{what}. Mend or delete this line, or let posdx learn write the file again."),
        })
    })?;
    if overlay.format != FORMAT {
        let (path, has) = (path.display(), overlay.format);
        return Err(Failure::Input(match lang {
            Lang::Zh => format!("{path}：版式 {has} 本程序不认识，只认识 {FORMAT}。请用 posdx learn 重新生成。"),
            Lang::En => format!("{path}: this program reads form {FORMAT}, not {has}. Let posdx learn write the file again."),
        }));
    }
    Ok(overlay)
}

/// The text of a file of at most `most` bytes; `-` is standard input.
pub fn text_of(path: &Path, most: u64) -> Result<String, Failure> {
    let name = path.display();
    let cannot = |e: std::io::Error| Failure::Input(format!("cannot read {name}: {e}"));
    let reader: Box<dyn Read> =
        if path == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(std::fs::File::open(path).map_err(cannot)?) };
    let mut bytes = Vec::new();
    let read = reader.take(most + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if read as u64 > most {
        return Err(Failure::Input(format!("{name} is larger than {most} bytes")));
    }
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Failure::Input(format!("{name}: byte {at} is not UTF-8. Convert the file to UTF-8 first."))
    })
}

/// Writes a file whole or not at all: beside it first, then renamed.
pub fn keep(path: &Path, text: &str) -> Result<(), Failure> {
    let beside = path.with_extension("part");
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|e| {
        let _ = std::fs::remove_file(&beside);
        Failure::Input(format!("cannot write {}: {e}", path.display()))
    })
}
