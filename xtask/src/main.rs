//! The chores of this repository. `cargo xtask` lists them; `cargo xtask check` is what CI runs.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

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
    let mut count = Count::default();
    for arguments in chore.runs {
        println!("── cargo {}", arguments.join(" "));
        if !run(arguments, &mut count) {
            eprintln!("xtask: `cargo {}` failed; nothing after it was run", arguments.join(" "));
            count.report();
            return ExitCode::FAILURE;
        }
    }
    println!("── {}: done", chore.name);
    count.report();
    ExitCode::SUCCESS
}

/// Tests passed and failed over all test binaries; cargo itself only counts each binary.
#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
}

impl Count {
    /// Reads `test result: ok. 10 passed; 0 failed; …`.
    fn read(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("test result: ") {
            let before = |word: &str| {
                rest.split(word).next().and_then(|r| r.split_whitespace().last()).and_then(|n| n.parse::<usize>().ok()).unwrap_or(0)
            };
            self.passed += before(" passed");
            self.failed += before(" failed");
        }
    }

    fn report(&self) {
        if self.passed + self.failed > 0 {
            println!("{} passed, {} failed", self.passed, self.failed);
        }
    }
}

/// Runs cargo, shows its output as it comes, counts tests.
fn run(arguments: &[&str], count: &mut Count) -> bool {
    let child = Command::new(env!("CARGO")).args(arguments).env("RUSTDOCFLAGS", "-D warnings").stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else { return false };
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            count.read(&line);
            println!("{line}");
        }
    }
    child.wait().is_ok_and(|status| status.success())
}
