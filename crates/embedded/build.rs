//! `catalogue/` and `dialects/` → two packed blocks inside the binary. Knowledge with a problem does not build.
#![allow(clippy::disallowed_methods, reason = "this is the outside: it reads files and the environment for the pure core")]

use std::path::{Path, PathBuf};
use std::{env, fs};

use posdx_catalogue::check::check;
use posdx_catalogue::pack::pack;
use posdx_catalogue::source::{File, Library};

/// Calendar version of the knowledge; raised with each release of `catalogue/`.
const VERSION: &str = "2026.11.0";

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("../../catalogue");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    read_folder(&root, "", &mut files);
    let (library, mut problems) = Library::read(files);
    problems.extend(check(&library));
    // `posdx catalogue check` shows the problems better; here the first ones are enough to say why the build stops.
    if !problems.is_empty() && env::var_os("POSDX_CATALOGUE_UNCHECKED").is_none() {
        for problem in problems.iter().take(20) {
            println!("cargo::error={problem}");
        }
        println!("cargo::error=the catalogue has {} problems", problems.len());
        return;
    }
    write("catalogue.bin", &pack(&library, VERSION));
    dialects();
}

fn dialects() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("../../dialects");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    read_folder(&root, "", &mut files);
    // The layouts as texts too: a person's own file may inherit from them.
    let layouts = files.iter().filter(|f| !f.path.contains('/') && !["crypto.toml", "talk.toml"].contains(&f.path.as_str()));
    let rows: String = layouts.map(|f| format!("({:?}, {:?}),\n", f.path, f.text)).collect();
    write("dialects.rs", format!("&[{rows}]").as_bytes());
    let files: Vec<posdx_wire::File> = files.into_iter().map(|f| posdx_wire::File { path: f.path, text: f.text }).collect();
    match posdx_wire::Knowledge::read(&files) {
        Ok(knowledge) => write("wire.bin", &postcard::to_allocvec(&knowledge).expect("plain data")),
        Err(problems) => problems.iter().take(20).for_each(|p| println!("cargo::error=dialects/{p}")),
    }
}

fn write(name: &str, bytes: &[u8]) {
    let out = PathBuf::from(env::var("OUT_DIR").expect("set by cargo")).join(name);
    fs::write(&out, bytes).unwrap_or_else(|e| panic!("{}: {e}", out.display()));
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let path = entry.unwrap_or_else(|e| panic!("{}: {e}", folder.display())).path();
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            read_folder(&path, &format!("{name}/"), files);
        } else if name.ends_with(".toml") || name.ends_with(".tsv") {
            let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            files.push(File { path: name, text });
        }
    }
}
