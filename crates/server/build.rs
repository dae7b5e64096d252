//! `data/words.toml` → one function per phrase, and `assets/` → files with their content hash in the name.
#![allow(clippy::disallowed_methods, reason = "this is the outside: it reads the files it packs")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("set by cargo"));
    for folder in ["data", "assets"] {
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
    }
    match words(&read(&root.join("data/words.toml"))) {
        Ok(code) => write("words.rs", &code),
        Err(problems) => problems.iter().for_each(|p| println!("cargo::error=data/words.toml: {p}")),
    }
    write("assets.rs", &assets(&root.join("assets")));
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn write(name: &str, text: &str) {
    let out = PathBuf::from(env::var("OUT_DIR").expect("set by cargo")).join(name);
    fs::write(&out, text).unwrap_or_else(|e| panic!("{}: {e}", out.display()));
}

/// Every phrase as a function of the language; a phrase without one of its halves does not build.
fn words(text: &str) -> Result<String, Vec<String>> {
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| vec![e.to_string()])?;
    let mut problems = Vec::new();
    let mut code = String::from("impl Words {\n");
    for (group, phrases) in &table {
        for (name, phrase) in phrases.as_table().into_iter().flatten() {
            let half = |lang: &str| phrase.get(lang).and_then(|h| h.as_str()).filter(|h| !h.trim().is_empty());
            let (Some(zh), Some(en)) = (half("zh"), half("en")) else {
                problems.push(format!("`{group}.{name}` has not both halves"));
                continue;
            };
            let (gaps, same) = (gaps(zh), gaps(en));
            if gaps.iter().collect::<std::collections::BTreeSet<_>>() != same.iter().collect() {
                problems.push(format!("the halves of `{group}.{name}` have different gaps"));
            }
            let function = format!("{group}_{name}").replace('-', "_");
            let _ = writeln!(code, "    /// “{zh}” · “{en}”");
            if gaps.is_empty() {
                let _ = writeln!(
                    code,
                    "    pub fn {function}(self) -> &'static str {{ match self.0 {{ Lang::Zh => {zh:?}, Lang::En => {en:?} }} }}"
                );
            } else {
                let arguments: String = gaps.iter().map(|g| format!(", {g}: impl std::fmt::Display")).collect();
                let _ = writeln!(
                    code,
                    "    pub fn {function}(self{arguments}) -> String {{ match self.0 {{ Lang::Zh => format!({zh:?}), Lang::En => format!({en:?}) }} }}"
                );
            }
        }
    }
    code.push_str("}\n");
    if problems.is_empty() { Ok(code) } else { Err(problems) }
}

/// The `{names}` in a phrase, each once.
fn gaps(phrase: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for part in phrase.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}')
            && !found.contains(&name)
        {
            found.push(name);
        }
    }
    found
}

/// The embedded files: name, path with hash, bytes. The hash is FNV-1a; it tells versions apart and protects nothing.
fn assets(folder: &Path) -> String {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())).filter_map(|e| Some(e.ok()?.path())).collect();
    files.sort();
    let mut code = String::from("&[\n");
    let mut all: u64 = FNV;
    for path in &files {
        let bytes = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (stem, end) = name.rsplit_once('.').unwrap_or((&name, ""));
        let hash = fnv(FNV, &bytes);
        all = fnv(all, &hash.to_be_bytes());
        let _ = writeln!(
            code,
            "File {{ name: {name:?}, path: \"/assets/{stem}.{hash:016x}.{end}\", bytes: include_bytes!({:?}) }},",
            path.display().to_string()
        );
    }
    code.push(']');
    println!("cargo::rustc-env=POSDX_ASSETS_HASH={all:016x}");
    code
}

const FNV: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}
