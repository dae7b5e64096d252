//! The house keeps its walls: who may import whom, which licences may come in, and no path of anybody's machine.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

fn metadata() -> serde_json::Value {
    let o = Command::new(env!("CARGO")).args(["metadata", "--format-version", "1", "--locked"]).output().expect("cargo runs");
    serde_json::from_slice(&o.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&o.stderr)))
}

/// The direction of the data is the direction of the imports (ARCHITECTURE.md). Build and test dependencies are free.
#[test]
fn imports_run_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("posdx-model", &[] as &[&str]),
        ("posdx-catalogue", &["posdx-model"]),
        ("posdx-diagnosis", &["posdx-model"]),
        ("posdx-wire", &["posdx-model"]),
        ("posdx-explain", &["posdx-model", "posdx-catalogue", "posdx-diagnosis", "posdx-wire"]),
        ("posdx-embedded", &["posdx-catalogue", "posdx-wire"]),
        (
            "posdx-server",
            &[
                "posdx-model",
                "posdx-catalogue",
                "posdx-diagnosis",
                "posdx-wire",
                "posdx-explain",
                "posdx-embedded",
                "posdx-lab",
                "posdx-store",
            ],
        ),
        ("posdx-lab", &["posdx-model", "posdx-wire"]),
        ("posdx-store", &["posdx-model"]),
        (
            "posdx",
            &[
                "posdx-model",
                "posdx-catalogue",
                "posdx-diagnosis",
                "posdx-wire",
                "posdx-explain",
                "posdx-embedded",
                "posdx-lab",
                "posdx-server",
                "posdx-store",
            ],
        ),
        ("xtask", &[]),
    ]);
    let metadata = metadata();
    let members: Vec<&serde_json::Value> =
        metadata["packages"].as_array().expect("packages").iter().filter(|p| p["source"].is_null()).collect();
    for package in members {
        let name = package["name"].as_str().expect("a name");
        let may =
            allowed.get(name).unwrap_or_else(|| panic!("`{name}` is new: say in this test and in ARCHITECTURE.md what it may import"));
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let other = dependency["name"].as_str().expect("a name");
            if dependency["kind"].is_null() && allowed.contains_key(other) {
                assert!(may.contains(&other), "`{name}` must not import `{other}`");
            }
        }
    }
}

#[test]
fn licences_are_permissive() {
    const FINE: &[&str] = &[
        "MIT",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "Zlib",
        "Unicode-3.0",
        "Unlicense",
        "CC0-1.0",
        "0BSD",
        "BSL-1.0",
        "Apache-2.0 WITH LLVM-exception",
        "MPL-2.0",
    ];
    for package in metadata()["packages"].as_array().expect("packages") {
        let licence = package["license"].as_str().unwrap_or_default();
        let fine = licence
            .split(" OR ")
            .flat_map(|l| l.split('/'))
            .any(|l| l.trim_matches(['(', ')', ' ']).split(" AND ").all(|x| FINE.contains(&x.trim_matches(['(', ')', ' ']))));
        assert!(fine || package["name"] == "xtask", "{}: {licence}", package["name"]);
    }
}

#[test]
fn both_readmes_have_the_same_shape() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shape = |name: &str| {
        let text = std::fs::read_to_string(root.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let heads: Vec<usize> = text.lines().filter(|l| l.starts_with('#')).map(|l| l.bytes().take_while(|b| *b == b'#').count()).collect();
        (heads, text.matches("```").count(), text.lines().filter(|l| l.starts_with('|')).count())
    };
    assert_eq!(shape("README.md"), shape("README.zh-CN.md"));
}

/// What the README shows is what the program says.
#[test]
fn the_readme_samples_are_true() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for name in ["README.md", "README.zh-CN.md"] {
        let text = std::fs::read_to_string(root.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let samples: Vec<&str> = text.split("$ posdx ").skip(1).collect();
        assert!(samples.len() >= 2, "{name} has too few samples");
        for sample in samples {
            let (command, rest) = sample.split_once('\n').unwrap_or_else(|| panic!("{name}: a sample without an answer"));
            let sample = rest.split("```").next().unwrap_or_default();
            let o = Command::new(env!("CARGO_BIN_EXE_posdx"))
                .args(command.split(' '))
                .current_dir(&root)
                .env_remove("COLUMNS")
                .output()
                .expect("runs");
            let shown = String::from_utf8_lossy(&o.stdout).into_owned();
            assert!(shown.starts_with(sample.trim_end()), "{name}: the sample has aged; the program says\n{shown}");
        }
    }
}

/// Chinese in this project is written with Chinese marks; the catalogue has its own check, this one looks at the sources.
#[test]
fn chinese_in_the_sources_uses_full_width_marks() {
    let han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = ["explain/src", "server/src", "server/data", "server/assets"].map(|f| root.join(f)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
                let chars: Vec<char> = line.chars().collect();
                for w in chars.windows(2) {
                    assert!(!(han(w[0]) && matches!(w[1], ',' | ';' | '!' | '?')), "{}:{}: {line}", path.display(), i + 1);
                }
            }
        }
    }
}
