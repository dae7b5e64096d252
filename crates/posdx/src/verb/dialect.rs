//! `posdx dialect`: the layouts of ISO 8583: list them, check your own, import another program's.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use posdx_embedded::{dialect_files, knowledge};
use posdx_model::Lang;
use posdx_wire::iso8583::import::{Options, Source, import_with};
use posdx_wire::iso8583::{Dialects, Kind};

use super::{Done, Failure, Output, exit, print, print_json};

#[derive(Args)]
pub struct DialectArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List the dialects that this program carries.
    List(ListArgs),
    /// Check a dialect file of your own; errors name file and line.
    Check(CheckArgs),
    /// Turn a layout of jPOS (packager XML), moov-io (JSON) or pyiso8583 (dictionary) into a dialect file.
    Import(ImportArgs),
}

#[derive(Args)]
struct ListArgs {
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
struct CheckArgs {
    /// The files; each may inherit from ours and from each other.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Args)]
struct ImportArgs {
    /// The layout to import.
    file: PathBuf,
    /// Which program wrote it: jpos, moov, pyiso8583; found out otherwise.
    #[arg(long, value_name = "PROGRAM")]
    from: Option<Source>,
    /// Id of the new dialect.
    #[arg(long, default_value = "imported")]
    id: String,
    /// The dialect whose names it takes over.
    #[arg(long, default_value = "iso87")]
    inherits: String,
    #[command(flatten)]
    output: Output,
}

impl DialectArgs {
    pub fn run(self) -> Done {
        match self.what {
            What::List(args) => list(&args.output),
            What::Check(args) => check(&args.files),
            What::Import(args) => import(&args),
        }
    }
}

fn list(output: &Output) -> Done {
    let all = knowledge().dialects.all();
    if output.json {
        let rows: Vec<serde_json::Value> =
            all.iter().map(|d| serde_json::json!({ "id": d.id, "title": d.title, "fields": d.numbers().count() })).collect();
        print_json(&rows)?;
    } else {
        let rows: Vec<String> = all.iter().map(|d| format!("{:24}{}", d.id, d.title.get(output.lang()))).collect();
        print(&(rows.join("\n") + "\n"))?;
    }
    Ok(exit::ANSWERED)
}

/// Reads a person's own dialect file together with ours; the result names its id.
pub fn read_own(path: &Path) -> Result<(Dialects, String), Failure> {
    let text = read(path)?;
    let name = path.display().to_string();
    let dialects = read_with_ours(&[(name.as_str(), text.as_str())])?;
    let id = id_in(&text).ok_or_else(|| Failure::Input(format!("{name} has no id")))?;
    Ok((dialects, id))
}

fn read_with_ours(own: &[(&str, &str)]) -> Result<Dialects, Failure> {
    let mut files: Vec<(&str, &str)> = dialect_files().to_vec();
    // Somebody who checks a changed copy of one of ours means the copy.
    files.retain(|(_, text)| !own.iter().any(|(_, o)| id_in(o) == id_in(text)));
    files.extend_from_slice(own);
    Dialects::read(&files).map_err(|errors| {
        let lines: Vec<String> = errors.iter().take(20).map(ToString::to_string).collect();
        Failure::Input(lines.join("\n"))
    })
}

fn id_in(text: &str) -> Option<String> {
    let line = text.lines().find(|l| l.trim_start().starts_with("id"))?;
    Some(line.split('"').nth(1)?.to_owned())
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|e| Failure::Input(format!("cannot read {}: {e}", path.display())))
}

fn check(files: &[PathBuf]) -> Done {
    let texts: Vec<(String, String)> = files.iter().map(|p| Ok((p.display().to_string(), read(p)?))).collect::<Result<_, Failure>>()?;
    let own: Vec<(&str, &str)> = texts.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let dialects = read_with_ours(&own)?;
    for (name, text) in &own {
        let Some(dialect) = id_in(text).and_then(|id| dialects.get(&id).cloned()) else { continue };
        let digits = dialect.numbers().filter(|n| dialect.format(*n).is_some_and(|f| f.kind == Kind::Digits)).count();
        print(&format!(
            "{name}: {} is fine: {} fields ({digits} of digits), {} frames, {} kinds of business\n",
            dialect.id,
            dialect.numbers().count(),
            dialect.frames.len(),
            dialect.transactions.len()
        ))?;
    }
    Ok(exit::ANSWERED)
}

fn import(args: &ImportArgs) -> Done {
    let text = read(&args.file)?;
    let lang = args.output.lang();
    let base = knowledge().dialects.get(&args.inherits);
    if base.is_none() {
        return Err(Failure::Input(format!("there is no dialect `{}` to inherit from; see posdx dialect list", args.inherits)));
    }
    let names: Vec<(u16, &str)> =
        base.iter().flat_map(|d| d.numbers().filter_map(|n| Some((n as u16, d.field(n)?.about.name.en.as_str())))).collect();
    let options = Options { source: args.from, inherits: Some(&args.inherits), names: Some(&names) };
    let imported = import_with(&args.id, &text, &options)
        .map_err(|e| Failure::Input(format!("{}:{}:{}: {}", args.file.display(), e.line, e.column, e.message.get(lang))))?;
    // The dialect goes to standard output, what could not be expressed to standard error: one can be kept, the other read.
    print(&imported.toml)?;
    for note in &imported.notes {
        let place = note.line.map(|l| format!("{}:{l}: ", args.file.display())).unwrap_or_default();
        let field = if note.field.is_empty() { String::new() } else { field_word(lang, &note.field) };
        anstream::eprintln!("{place}{field}{}", note.text.get(lang));
    }
    read_with_ours(&[("imported", &imported.toml)])?;
    Ok(exit::ANSWERED)
}

fn field_word(lang: Lang, field: &str) -> String {
    match lang {
        Lang::Zh => format!("{field} 域："),
        Lang::En => format!("field {field}: "),
    }
}
