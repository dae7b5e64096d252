//! `posdx fix` through the real binary: a conversation with a person, with a program, over several days, and with damaged files.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

mod outside;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use outside::{Folder, err, lines, out, posdx, posdx_reading, refused};

/// Ids of the choices that a view offers.
fn choices(view: &serde_json::Value) -> Vec<String> {
    view["next"]["choices"].as_array().expect("choices").iter().map(|c| c["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn a_person_is_led_and_the_money_comes_first() {
    let o = posdx(&["fix", "C101"], "2\nq\n");
    let page = out(&o);
    assert_eq!(o.status.code(), Some(0), "{}", err(&o));
    let (first, rest) = page.split_once("It succeeded").expect("the last sale is asked for");
    assert!(first.contains("Query the last sale") && first.contains("Take no payment before"), "{first}");
    assert!(rest.contains("█") && rest.contains(" %  "), "the causes are shown as bars: {rest}");
    assert!(rest.contains("Not solved yet.") && rest.contains("Still likely") && rest.contains("Have at hand"), "{rest}");
    assert!(rest.contains("no money was taken"), "what was looked up stands in the summary: {rest}");
    let zh = out(&posdx(&["fix", "C101", "--lang", "zh"], "2\nq\n"));
    assert!(zh.contains("先查询") || zh.contains("查询上一笔"), "{zh}");
    assert!(zh.contains("还可能是") && zh.contains("还没修好。"), "{zh}");
}

#[test]
fn a_sale_that_succeeded_is_never_repaired() {
    let page = out(&posdx(&["fix", "C101"], "1\n"));
    assert!(page.contains("do not charge again") && page.contains("Nothing to repair"), "{page}");
}

#[test]
fn whoever_cannot_find_out_is_sent_to_help_and_redoes_nothing() {
    let seen = lines(&posdx(&["fix", "C101", "--json"], "{\"answer\":\"cannot-tell\"}\n{\"answer\":\"cannot-tell\"}\n"));
    let kinds: Vec<&str> = seen.iter().filter_map(|l| l["next"]["kind"].as_str()).collect();
    assert_eq!(kinds, ["last-sale", "last-sale", "call"]);
    assert!(seen[3]["money"]["en"].as_str().expect("text").contains("not known"), "{}", seen[3]);
}

#[test]
fn going_back_shows_the_same_page_again() {
    let there =
        lines(&posdx(&["fix", "C101", "--json"], "{\"answer\":\"failed\"}\n{\"undo\":true}\n{\"answer\":\"failed\"}\n{\"quit\":true}\n"));
    assert_eq!(there.len(), 5, "{there:?}");
    assert_eq!((&there[0], &there[1]), (&there[2], &there[3]));
    assert_eq!(there[4]["schema"], "posdx.summary/1");
    let page = out(&posdx(&["fix", "C101"], "2\nb\nq\n"));
    assert_eq!(page.matches("It was reversed").count(), 2, "{page}");
    // Going back from the very beginning stays there.
    assert_eq!(lines(&posdx(&["fix", "C101", "--json"], "{\"undo\":true}\n"))[0], there[0]);
}

#[test]
#[allow(clippy::zombie_processes, reason = "waited for where it ends; a failing test ends with its process")]
fn a_program_plays_a_repair_to_its_end_and_nothing_is_advised_twice() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_posdx"))
        .args(["fix", "C101", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut say = program.stdin.take().expect("piped");
    let mut said = BufReader::new(program.stdout.take().expect("piped")).lines();
    let mut hear = || serde_json::from_str::<serde_json::Value>(&said.next().expect("a line").expect("UTF-8")).expect("JSON");
    let mut seen = Vec::new();
    for _ in 0..40 {
        let view = hear();
        let kind = view["next"]["kind"].as_str().expect("a kind").to_owned();
        if kind == "call" {
            assert!(seen.iter().any(|(k, _)| k == "do"), "{seen:?}");
            let summary = hear();
            assert!(program.wait().expect("it ends").success());
            assert_eq!(summary["schema"], "posdx.summary/1");
            assert!(summary["contact"]["number"].as_str().is_some() && !summary["done"].as_array().expect("done").is_empty());
            return;
        }
        let step = (kind.clone(), view["next"]["id"].as_str().expect("an id").to_owned());
        // After a step has changed things a question may be asked again; a step is never advised again.
        assert!(kind == "ask" || !seen.contains(&step), "{step:?} after {seen:?}");
        seen.push(step);
        assert!(view["bound"].as_f64() <= view["expected"].as_f64().map(|e| e + 1e-9), "{view}");
        let total: f64 = view["causes"].as_array().expect("causes").iter().map(|c| c["p"].as_f64().expect("p")).sum();
        assert!(total <= 1.01, "{view}");
        let answer = match kind.as_str() {
            "do" => "no-help",
            "confirm" => "yes",
            "last-sale" => "failed",
            _ => "cannot-tell",
        };
        assert!(choices(&view).iter().any(|c| c == answer), "{view}");
        writeln!(say, "{{\"answer\":\"{answer}\"}}").expect("it listens");
    }
    panic!("no end: {seen:?}");
}

#[test]
fn what_a_program_says_wrongly_is_told_and_costs_nothing() {
    let o =
        posdx(&["fix", "C101", "--json"], "rubbish\n{\"answer\":\"nope\"}\n{}\n{\"answer\":1}\n{\"go\":1}\n\n{\"answer\":\"failed\"}\n");
    let (told, seen) = (err(&o), lines(&o));
    assert_eq!(o.status.code(), Some(0));
    for part in ["column 1", "`nope` is none of: succeeded, failed, reversed, cannot-tell", "{\"undo\":true}", "unknown field `go`"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(seen.len(), 3, "view, view, summary: {seen:?}");
    // A person's slip is answered with the keys.
    assert!(err(&posdx(&["fix", "C101"], "99\nxyz\nq\n")).matches("type a number").count() >= 3);
}

#[test]
fn a_line_longer_than_any_answer_is_survived() {
    let o = posdx(&["fix", "C101", "--json"], &"x".repeat(100_000));
    assert_eq!(o.status.code(), Some(0), "{}", err(&o));
    let o = posdx_reading(&["fix", "C101"], &[0xFF, b'\n']);
    refused_or_ended(&o);
}

fn refused_or_ended(o: &std::process::Output) {
    assert!(matches!(o.status.code(), Some(0 | 2)), "{}", err(o));
    assert!(!err(o).contains("panicked"), "{}", err(o));
}

#[test]
fn a_screen_reader_gets_sentences_without_bars() {
    let page = out(&posdx(&["fix", "C101", "--narrate"], "2\n?\nq\n"));
    assert!(!page.contains('█') && !page.contains('░') && !page.contains('\u{1b}'), "{page}");
    assert!(page.contains("Most likely: "), "{page}");
    assert!(page.contains(" percent."), "reasons are read out too: {page}");
}

#[test]
fn quit_and_resume_and_the_session_replays_byte_for_byte() {
    let folder = Folder::new();
    let path = folder.path("s.json");
    posdx(&["fix", "C101", "--session", &path], "2\n2\nq\n");
    let kept = folder.read("s.json");
    let show = || posdx(&["fix", "--session", &path, "--show", "--json"], "");
    let first = show();
    assert_eq!((first.status.code(), lines(&first).len()), (Some(0), 2), "{}", err(&first));
    for _ in 0..3 {
        assert_eq!(show().stdout, first.stdout);
    }
    assert_eq!(folder.read("s.json"), kept, "looking changes nothing");
    // Going on begins where it stopped, and in one sitting it would have been the same.
    let resumed = lines(&posdx(&["fix", "--session", &path, "--json"], "{\"undo\":true}\n"));
    assert_eq!(resumed[0], lines(&first)[0]);
    assert_eq!(resumed[1]["entries"], 1);
    let whole = lines(&posdx(&["fix", "C101", "--json"], "{\"answer\":\"failed\"}\n"));
    assert_eq!(resumed[1], whole[1]);
    // The same conversation writes the same file.
    let again = folder.path("again.json");
    posdx(&["fix", "C101", "--session", &again], "2\n2\nq\n");
    assert_eq!(folder.read("again.json"), kept);
    assert!(!folder.has("s.part") && !folder.has("again.part"));
}

#[test]
fn another_version_of_the_catalogue_is_said() {
    let folder = Folder::new();
    let path = folder.path("s.json");
    posdx(&["fix", "C101", "--session", &path], "2\nq\n");
    let session: serde_json::Value = serde_json::from_str(&folder.read("s.json")).expect("JSON");
    let now = session["catalogue"].as_str().expect("a version");
    folder.write("s.json", folder.read("s.json").replace(now, "2020.1.0+00000000"));
    for (lang, says) in [("en", "made with catalogue 2020.1.0+00000000"), ("zh", "是用目录 2020.1.0+00000000 做的")] {
        let o = posdx(&["fix", "--session", &path, "--show", "--json", "--lang", lang], "");
        assert_eq!(o.status.code(), Some(0));
        assert!(err(&o).contains(says) && err(&o).contains(now), "{}", err(&o));
    }
}

#[test]
fn damaged_sessions_are_refused_with_the_place_and_left_alone() {
    let head = r#"{"schema":"posdx.session/1","catalogue":"1","subject":{"code":"lakala/C101","condition":"comm.no-response"}"#;
    let entry = |e: &str| format!("{head},\"entries\":[{e}]}}");
    for (text, says) in [
        (String::new(), vec!["damaged", "--session"]),
        ("[]".into(), vec!["damaged"]),
        ("{".into(), vec!["line 1", "damaged"]),
        (head[..60].to_owned(), vec!["line 1"]),
        (format!("{head},\"more\":1}}"), vec!["unknown field `more`"]),
        (format!("{}}}", head.replace("session/1", "session/9")), vec!["posdx.session/9"]),
        (format!("{}}}", head.replace("comm.no-response", "gone").replace("lakala/C101", "no/such")), vec!["gone"]),
        (entry(r#"{"kind":"fly"}"#), vec!["unknown variant `fly`"]),
        (entry(r#"{"kind":"did","step":"dance","helped":true}"#), vec!["Entry 1", "dance"]),
        (entry(r#"{"kind":"told","question":"q","answer":null}"#), vec!["Entry 1", "no question `q`"]),
        (entry(r#"{"kind":"last-sale","found":"succeeded"},{"kind":"last-sale","found":"failed"}"#), vec!["Entry 2", "nothing may follow"]),
    ] {
        let folder = Folder::new();
        let path = folder.write("s.json", &text);
        let o = posdx(&["fix", "--session", &path, "--json"], "{\"answer\":\"failed\"}\n");
        refused(&o, &says);
        assert_eq!(folder.read("s.json"), text, "a file that is not understood is not written over");
    }
    let folder = Folder::new();
    let path = folder.write("s.json", [0xFFu8, 0xFE]);
    refused(&posdx(&["fix", "--session", &path], ""), &["byte 0", "UTF-8"]);
    refused(&posdx(&["fix", "C101", "--session", "/no/such/folder/s.json"], "q\n"), &["cannot write", "/no/such/folder/s.json"]);
}

#[test]
fn a_summary_comes_in_three_forms() {
    let of = |form: &str| out(&posdx(&["fix", "C101", "--summary", form], "1\n"));
    assert!(of("text").contains("Communication failed  lakala/C101"));
    assert!(of("markdown").contains("**Communication failed**"));
    let json = of("json");
    let object = &json[json.find("{\n").expect("an object")..];
    assert_eq!(serde_json::from_str::<serde_json::Value>(object).expect("JSON")["schema"], "posdx.summary/1");
}

#[test]
fn bad_questions_are_told_what_to_do() {
    refused(&posdx(&["fix"], ""), &["posdx fix C101"]);
    refused(&posdx(&["fix", "XK99"], ""), &["XK99"]);
    refused(&posdx(&["fix", "04", "--json"], ""), &["--where"]);
    refused(&posdx(&["fix", "C101", "--context", "after-war"], ""), &["after-war", "after-update"]);
    refused(&posdx(&["fix", "C101", "--overlay", "none.toml"], ""), &["none.toml"]);
    refused(&posdx(&["fix", "C101", "--model", "S90"], ""), &["--vendor"]);
    let folder = Folder::new();
    let path = folder.path("s.json");
    refused(&posdx(&["fix", "C101", "--session", &path, "--cause", "ghost"], ""), &["ghost", "network.router-down"]);
    assert!(!folder.has("s.json"));
}

#[test]
fn card_data_in_a_session_does_not_come_out() {
    let folder = Folder::new();
    for text in ["{\"schema\":\"6222021234567890123\"", "{\"schema\":\"posdx.session/1\",\"6222021234567890123\":1}"] {
        let path = folder.write("s.json", text);
        let o = posdx(&["fix", "--session", &path], "");
        assert!(!err(&o).contains("123456789") && !out(&o).contains("123456789"), "{}", err(&o));
    }
    let o = posdx(&["fix", "C101", "--json"], "{\"answer\":\"6222021234567890123\"}\n6222021234567890123\n");
    assert!(!err(&o).contains("123456789") && !out(&o).contains("123456789"), "{}", err(&o));
}
