//! The chores of this repository. `cargo xtask` lists them; `cargo xtask check` is what CI runs.

use std::process::{Command, ExitCode};

/// A chore: its name, what it is for, and the commands it runs in order.
struct Chore {
    name: &'static str,
    what: &'static str,
    runs: &'static [&'static [&'static str]],
}

const CHORES: &[Chore] = &[
    Chore {
        name: "check",
        what: "everything that CI checks: format, lints, documentation, catalogue, tests",
        runs: &[
            &["fmt", "--all", "--check"],
            &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"],
            &["doc", "--workspace", "--no-deps", "--quiet"],
            &["run", "--quiet", "--", "catalogue", "check"],
            &["test", "--workspace"],
        ],
    },
    Chore { name: "catalogue", what: "lint the knowledge in catalogue/", runs: &[&["run", "--quiet", "--", "catalogue", "check"]] },
    Chore {
        name: "score",
        what: "how well free text is understood, on the question sets of crates/explain/tests",
        runs: &[
            &["run", "--release", "--quiet", "-p", "posdx-explain", "--example", "score", "--", "crates/explain/tests/questions.tsv"],
            &["run", "--release", "--quiet", "-p", "posdx-explain", "--example", "score", "--", "crates/explain/tests/blind.tsv"],
        ],
    },
    Chore {
        name: "bench",
        what: "speed beside peers: process start against true, look-up and free text against SQLite FTS5 and tantivy",
        runs: &[&["build", "--release"], &["run", "--release", "--quiet", "--manifest-path", "benches/Cargo.toml"]],
    },
];

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let Some(chore) = CHORES.iter().find(|c| c.name == wanted) else {
        println!("cargo xtask <chore>\n");
        for chore in CHORES {
            println!("  {:<10} {}", chore.name, chore.what);
        }
        return if wanted.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) };
    };
    for arguments in chore.runs {
        println!("── cargo {}", arguments.join(" "));
        let done = Command::new(env!("CARGO")).args(*arguments).env("RUSTDOCFLAGS", "-D warnings").status();
        if !done.is_ok_and(|status| status.success()) {
            eprintln!("xtask: `cargo {}` failed; nothing after it was run", arguments.join(" "));
            return ExitCode::FAILURE;
        }
    }
    println!("── {}: done", chore.name);
    ExitCode::SUCCESS
}
