//! `posdx backup`, `posdx restore`, `posdx audit`: keeping the data file safe and provable.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use posdx_store::audit::{Head, INSTALLATION, Verdict};

use super::data::{Data, now, refused, say};
use super::{Done, Failure, Output, exit, print_json};

#[derive(Args)]
pub struct BackupArgs {
    /// The new file to write; nothing is overwritten.
    to: PathBuf,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

impl BackupArgs {
    pub fn run(self) -> Done {
        self.data.open_known()?.backup(&self.to, now()).map_err(|e| at(&self.to, &e))?;
        let to = self.to.display().to_string();
        if self.output.json {
            print_json(&serde_json::json!({ "schema": "posdx.backup/1", "file": to, "proven": true }))?;
        } else {
            say(self.output.lang(), format!("备份已写好并验过：{to}"), format!("Backup written and proven: {to}"))?;
        }
        Ok(exit::ANSWERED)
    }
}

#[derive(Args)]
pub struct RestoreArgs {
    /// The backup to bring back. It is proven on a copy first.
    from: PathBuf,
    /// Where to keep what is in use now; beside the data file otherwise.
    #[arg(long, value_name = "FILE")]
    spare: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

impl RestoreArgs {
    pub fn run(self) -> Done {
        let store = self.data.open()?;
        let now = now();
        let spare = self.spare.unwrap_or_else(|| store.path().with_extension(format!("before-restore-{now}.db")));
        store.restore(&self.from, &spare, now).map_err(|e| at(&self.from, &e))?;
        let spare = spare.display().to_string();
        if self.output.json {
            print_json(&serde_json::json!({ "schema": "posdx.restore/1", "spare": spare }))?;
        } else {
            say(
                self.output.lang(),
                format!("备份已恢复。恢复前的数据留在：{spare}"),
                format!("The backup is in use. What was there before is kept in: {spare}"),
            )?;
        }
        Ok(exit::ANSWERED)
    }
}

fn at(path: &Path, error: &posdx_store::StoreError) -> Failure {
    Failure::Input(format!("{}: {error}", path.display()))
}

#[derive(Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Prove that no row of the audit trail was changed, taken out or put in.
    Verify {
        /// A file with ends of chains that `audit head --json` printed earlier: proves that nothing was cut off since.
        #[arg(long, value_name = "FILE")]
        heads: Option<PathBuf>,
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        output: Output,
    },
    /// Print the ends of the chains, to be kept somewhere else.
    Head {
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        output: Output,
    },
}

impl AuditArgs {
    pub fn run(self) -> Done {
        match self.what {
            What::Verify { heads, data, output } => verify(&data, heads.as_deref(), &output),
            What::Head { data, output } => head(&data, &output),
        }
    }
}

fn verify(data: &Data, heads: Option<&Path>, output: &Output) -> Done {
    let store = data.open_known()?;
    let verdicts = store.verify_audit().map_err(refused)?;
    let mut cut = Vec::new();
    for head in heads.map(read_heads).transpose()?.unwrap_or_default() {
        if !store.holds_head(&head).map_err(refused)? {
            cut.push(head);
        }
    }
    let whole = cut.is_empty() && verdicts.iter().all(|v| matches!(v, Verdict::Whole { .. }));
    if output.json {
        let cut: Vec<_> = cut.iter().map(|h| serde_json::json!({ "organisation": h.organisation, "sequence": h.sequence })).collect();
        print_json(&serde_json::json!({ "schema": "posdx.audit/1", "whole": whole, "chains": verdicts, "cut": cut }))?;
    } else {
        let lang = output.lang();
        for verdict in &verdicts {
            match verdict {
                Verdict::Whole { head, rows } => {
                    let (zh, en) = names(head.organisation);
                    say(lang, format!("✓ {zh}：{rows} 行，首尾相接"), format!("✓ {en}: {rows} rows, every one fits"))?;
                }
                Verdict::Broken { organisation, sequence } => {
                    let (zh, en) = names(*organisation);
                    say(
                        lang,
                        format!("✗ {zh}：第 {sequence} 行被改过或不见了"),
                        format!("✗ {en}: row {sequence} was changed or is missing"),
                    )?;
                }
            }
        }
        for head in &cut {
            let (zh, en) = names(head.organisation);
            say(
                lang,
                format!("✗ {zh}：第 {} 行之后对不上留存的链尾", head.sequence),
                format!("✗ {en}: the trail does not hold the end that was kept, row {}", head.sequence),
            )?;
        }
    }
    Ok(if whole { exit::ANSWERED } else { exit::BAD_INPUT })
}

fn names(organisation: i64) -> (String, String) {
    if organisation == INSTALLATION {
        ("本机".to_owned(), "this installation".to_owned())
    } else {
        (format!("机构 {organisation}"), format!("organisation {organisation}"))
    }
}

fn head(data: &Data, output: &Output) -> Done {
    let mut heads = Vec::new();
    for verdict in data.open_known()?.verify_audit().map_err(refused)? {
        match verdict {
            Verdict::Whole { head, .. } => heads.push(head),
            Verdict::Broken { organisation, sequence } => {
                return Err(Failure::Input(format!(
                    "the trail of organisation {organisation} breaks at row {sequence}: `posdx audit verify`"
                )));
            }
        }
    }
    if output.json {
        print_json(&heads)?;
    } else {
        for head in &heads {
            super::print(&format!("{} {} {}\n", head.organisation, head.sequence, head.hash))?;
        }
    }
    Ok(exit::ANSWERED)
}

/// Heads as `audit head --json` prints them.
fn read_heads(path: &Path) -> Result<Vec<Head>, Failure> {
    let wrong = |what: String| Failure::Input(format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| wrong(e.to_string()))?;
    serde_json::from_str(&text).map_err(|e| wrong(format!("line {}: not what `posdx audit head --json` prints", e.line())))
}
