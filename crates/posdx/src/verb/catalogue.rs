//! `posdx catalogue check`: lints the knowledge before anybody relies on it.

use std::fs;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use clap::{Args, Subcommand};
use posdx_catalogue::check::check;
use posdx_catalogue::source::{File, Library, Problem};

use super::{Done, Failure, exit, print, print_json};

#[derive(Args)]
pub struct CatalogueArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Check a catalogue folder; without one, `catalogue/` below the current folder.
    Check {
        /// The folder.
        #[arg(default_value = "catalogue")]
        folder: PathBuf,
        /// One JSON object instead of a page.
        #[arg(long)]
        json: bool,
    },
}

impl CatalogueArgs {
    pub fn run(self) -> Done {
        let What::Check { folder, json } = self.what;
        let mut files = Vec::new();
        read_folder(&folder, "", &mut files)?;
        let (library, mut problems) = Library::read(files);
        problems.extend(check(&library));
        problems.sort();
        if json {
            let all: Vec<_> = problems
                .iter()
                .map(|p| serde_json::json!({"file": p.file, "line": p.line, "rule": p.rule, "message": p.message}))
                .collect();
            print_json(&serde_json::json!({"schema": "posdx.catalogue-check/1", "counts": counts(&library), "problems": all}))?;
        } else {
            for problem in &problems {
                print(&show(problem, &library, &folder))?;
            }
            let c = counts(&library);
            let line = format!(
                "{} codes in {} namespaces, {} conditions, {} causes, {} steps, {} questions, {} preventions, {} sources: {} problems\n",
                c["codes"],
                c["namespaces"],
                c["conditions"],
                c["causes"],
                c["steps"],
                c["questions"],
                c["preventions"],
                c["sources"],
                problems.len()
            );
            print(&line)?;
        }
        Ok(if problems.is_empty() { exit::ANSWERED } else { exit::BAD_INPUT })
    }
}

fn counts(l: &Library) -> serde_json::Value {
    serde_json::json!({
        "codes": l.lists.iter().map(|x| x.codes.len()).sum::<usize>(),
        "namespaces": l.lists.len(),
        "conditions": l.conditions.len(),
        "causes": l.causes.len(),
        "steps": l.steps.len(),
        "questions": l.questions.len(),
        "preventions": l.preventions.len(),
        "sources": l.sources.len(),
    })
}

/// A problem with its line of text, as a compiler would show it.
fn show(problem: &Problem, library: &Library, folder: &Path) -> String {
    let path = folder.join(&problem.file).display().to_string();
    let text = library.files.iter().find(|f| f.path == problem.file).map_or("", |f| f.text.as_str());
    let start: usize = text.split_inclusive('\n').take(problem.line - 1).map(str::len).sum();
    let end = start + text[start..].lines().next().map_or(0, str::len);
    let title = format!("{} [{}]", problem.message, problem.rule);
    let report = [Level::ERROR
        .primary_title(&title)
        .element(Snippet::source(text).path(&path).annotation(AnnotationKind::Primary.span(start..end)))];
    format!("{}\n", Renderer::styled().render(&report))
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<(), Failure> {
    let fail = |path: &Path, e: &dyn std::fmt::Display| {
        Failure::Input(format!("{}: {e}. Name the folder that holds codes/, conditions/ and the rest.", path.display()))
    };
    for entry in fs::read_dir(folder).map_err(|e| fail(folder, &e))? {
        let path = entry.map_err(|e| fail(folder, &e))?.path();
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            read_folder(&path, &format!("{name}/"), files)?;
        } else if name.ends_with(".toml") || name.ends_with(".tsv") {
            files.push(File { path: name, text: fs::read_to_string(&path).map_err(|e| fail(&path, &e))? });
        }
    }
    Ok(())
}
