//! The data file through the real binary: people, backup, restore, audit.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn posdx(data: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_posdx"))
        .args(args)
        .env("LC_ALL", "en_US.UTF-8")
        .env("POSDX_DATA", data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

fn both(o: &Output) -> String {
    String::from_utf8_lossy(&o.stdout).into_owned() + &String::from_utf8_lossy(&o.stderr)
}

#[test]
fn people_backup_restore_and_audit_work_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let data = at("deep/down/posdx.db");
    let run = |args: &[&str], input: &str, code: i32| {
        let o = posdx(&data, args, input);
        assert_eq!(o.status.code(), Some(code), "{args:?}: {}", both(&o));
        both(&o)
    };
    assert!(run(&["audit", "verify"], "", 2).contains("no data file yet"));
    run(&["people", "add", "wang", "--role", "operations"], "three red umbrellas\n", 0);
    assert!(run(&["people", "add", "wang", "--role", "agent"], "three red umbrellas\n", 2).contains("taken"));
    let easy = run(&["people", "add", "li", "--role", "agent"], "password1234\n", 2);
    assert!(easy.contains("easy to guess") && !easy.contains("password1234"), "{easy}");
    assert!(run(&["people", "add", "li", "--role", "king"], "", 2).contains("cashier, agent, engineer, operations, auditor"));
    run(&["people", "password", "wang"], "four green umbrellas\n", 0);
    assert!(run(&["people", "password", "nobody"], "four green umbrellas\n", 2).contains("no such user"));

    let copy = at("copy.db");
    let copy = copy.to_str().expect("a name");
    assert!(run(&["backup", copy], "", 0).contains("proven"));
    assert!(run(&["backup", copy], "", 2).contains("already"));
    let heads = posdx(&data, &["audit", "head", "--json"], "");
    std::fs::write(at("heads.json"), &heads.stdout).expect("written");
    run(&["people", "add", "zhao", "--role", "agent"], "three red umbrellas\n", 0);
    let kept = at("heads.json");
    run(&["audit", "verify", "--heads", kept.to_str().expect("a name")], "", 0);
    run(&["restore", copy], "", 0);
    assert!(run(&["people", "password", "zhao"], "four green umbrellas\n", 2).contains("no such user"), "the restore took zhao away");
    assert!(run(&["audit", "verify"], "", 0).contains("every one fits"));
    // A file that is no backup changes nothing.
    std::fs::write(at("letter.txt"), "dear friend, ".repeat(400)).expect("written");
    assert!(run(&["restore", at("letter.txt").to_str().expect("a name")], "", 2).contains("damaged"));
    run(&["people", "password", "wang"], "five blue umbrellas\n", 0);
    std::fs::write(at("heads.json"), "[{\"organisation\":0,\"sequence\":1,\"hash\":\"00\"}]").expect("written");
    assert!(run(&["audit", "verify", "--heads", kept.to_str().expect("a name")], "", 2).contains("does not hold the end"));
}
