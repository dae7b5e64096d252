//! `posdx learn` through the real binary: cases in, an overlay out that a person can read and undo, and who uses it.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

mod outside;

use outside::{Folder, err, lines, object, out, posdx, refused};

/// Cases of a line that does not answer, of two vendors with causes of their own. The same on every machine.
fn cases(count: usize) -> String {
    let mut text = String::new();
    for i in 0..count {
        let (vendor, router) = if i % 2 == 0 { ("V1", i % 10 < 8) } else { ("V2", i % 10 < 3) };
        let (cause, helped) = if router { ("network.router-down", i % 16 < 14) } else { ("network.sim-no-data", false) };
        let told = if router { "wifi" } else { "sim" };
        let cause = if i % 4 == 0 || i % 7 == 0 { format!(",\"cause\":\"{cause}\"") } else { String::new() };
        let day = 20_700 + i % 80;
        text.push_str(&format!(
            "{{\"id\":\"c{i}\",\"day\":{day},\"condition\":\"comm.no-response\",\"terminal\":{{\"vendor\":\"{vendor}\"}},\
             \"told\":[{{\"question\":\"connected-how\",\"answer\":\"{told}\"}}],\"done\":[{{\"step\":\"restart-router\",\"helped\":{helped}}}]{cause}}}\n"
        ));
    }
    text
}

#[test]
fn cases_become_an_overlay_that_people_can_read() {
    let folder = Folder::new();
    let (input, overlay) = (folder.write("cases.jsonl", cases(800)), folder.path("o.toml"));
    let o = posdx(&["learn", &input, "--out", &overlay], "");
    assert_eq!(o.status.code(), Some(0), "{}", err(&o));
    let page = out(&o);
    for part in
        ["800 cases", "with a confirmed cause", "Written to", "only where --overlay names it", "Brier", "log loss", "ECE", "Router down"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let text = folder.read("o.toml");
    for part in [
        "撤销",
        "To undo",
        "# --- comm.no-response: ",
        "Communication failed",
        "# 路由器故障 / Router down",
        "old = ",
        "new = ",
        "cases = ",
        "vendor = \"V1\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("day = 20779 # 2026-11-22"), "the newest case counts as today: {text}");
    // The same cases give the same file; it is not written over unless one says so.
    let again = folder.path("again.toml");
    posdx(&["learn", &input, "--out", &again], "");
    assert_eq!(folder.read("again.toml"), text);
    folder.write("o.toml", "mine");
    refused(&posdx(&["learn", &input, "--out", &overlay], ""), &["--replace", "Nothing was written"]);
    assert_eq!(folder.read("o.toml"), "mine");
    assert_eq!(posdx(&["learn", &input, "--out", &overlay, "--replace"], "").status.code(), Some(0));
    assert_eq!(folder.read("o.toml"), text);
    assert!(!folder.has("o.part"));
    // Without --out nothing is written, and standard input will do.
    assert!(out(&posdx(&["learn", "-"], &cases(20))).contains("No file was written"));
}

#[test]
fn the_report_is_one_object_with_the_calibration_of_held_out_cases() {
    let report = object(&posdx(&["learn", "-", "--json"], &cases(800)));
    assert_eq!((report["schema"].as_str(), report["cases"].as_u64()), (Some("posdx.learning/1"), Some(800)));
    assert_eq!((report["first"].as_str(), report["now"].as_str()), (Some("2026-09-04"), Some("2026-11-22")));
    let number = |v: &serde_json::Value| v.as_f64().expect("a number");
    let (before, after) = (&report["calibration"]["catalogue"], &report["calibration"]["learned"]);
    assert!(before["cases"].as_u64() > Some(20) && before["cases"] == after["cases"], "{report}");
    for score in ["brier", "log_loss"] {
        assert!(number(&after[score]) < number(&before[score]), "{score}: {report}");
    }
    for s in [before, after] {
        assert!(number(&s["ece_low"]) <= number(&s["ece"]) && number(&s["ece"]) <= number(&s["ece_high"]), "{s}");
    }
    let router = report["changes"].as_array().expect("changes").iter().find(|c| c["cause"] == "network.router-down").expect("a change");
    assert!(number(&router["new"]) > number(&router["old"]) && number(&router["cases"]) > 100.0, "{router}");
    let zh = out(&posdx(&["learn", "-", "--lang", "zh"], &cases(800)));
    assert!(zh.contains("800 个案例") && zh.contains("校准") && zh.contains("对数损失"), "{zh}");
}

#[test]
fn old_cases_fade_as_told() {
    let effective =
        |more: &[&str]| object(&posdx(&[&["learn", "-", "--json"], more].concat(), &cases(100)))["effective"].as_f64().expect("a number");
    assert_eq!(effective(&["--half-life", "0"]), 100.0);
    let usual = effective(&[]);
    assert!(usual < 100.0 && usual > 70.0, "{usual}");
    let later = effective(&["--now", "2027-05-21"]);
    assert!((later / usual - 0.5).abs() < 0.01, "180 days later: {later} {usual}");
    for bad in ["yesterday", "2026-02-30"] {
        refused(&posdx(&["learn", "-", "--now", bad], &cases(5)), &["2026-11-24"]);
    }
    refused(&posdx(&["learn", "-", "--half-life=-3"], &cases(5)), &["half-life"]);
}

#[test]
fn every_bad_line_is_named_and_nothing_is_written() {
    let good = r#"{"id":"g","day":"2026-11-24","condition":"comm.no-response"}"#;
    let with = |rest: &str| format!(r#"{{"id":"a","day":"2026-11-24","condition":"comm.no-response",{rest}}}"#);
    for (line, says) in [
        ("{".to_owned(), vec!["not JSON", "learn --help"]),
        ("[1]".to_owned(), vec!["JSON object"]),
        (good.replace("comm.no-response", "gone"), vec!["field condition", "list --condition all"]),
        (good.replace("2026-11-24", "2026-13-01"), vec!["field day", "2026-11-24"]),
        (with(r#""cause":"ghost""#), vec!["field cause", "list --cause all"]),
        (with(r#""cause":"printer.paper-out""#), vec!["field cause", "other"]),
        (with(r#""done":[{"step":"dance","helped":true}]"#), vec!["done[0].step", "list --step all"]),
        (with(r#""told":[{"question":"why","answer":null}]"#), vec!["told[0].question", "list --question all"]),
        (with(r#""told":[{"question":"signal-bars","answer":"five"}]"#), vec!["told[0].answer", "list --question ID"]),
        (with(r#""contexts":["after-war"]"#), vec!["contexts[0]", "list --contexts"]),
        (with(r#""causes":[{"cause":"network.router-down","p":0.6},{"cause":"hardware.modem","p":0.6}]"#), vec!["causes", "add up to 1"]),
        (with(r#""causes":[{"cause":"network.router-down","p":1.5}]"#), vec!["causes[0].p"]),
        (with(r#""weight":-1"#), vec!["weight"]),
        (with(r#""card":"6222021234567890123""#), vec!["#4"]),
    ] {
        let folder = Folder::new();
        let input = folder.write("cases.jsonl", format!("{good}\n\n{line}\n"));
        let overlay = folder.path("o.toml");
        let o = posdx(&["learn", &input, "--out", &overlay], "");
        refused(&o, &[&["ine 3", "nothing was learned or written", "--skip"], says.as_slice()].concat());
        assert!(!folder.has("o.toml"), "{line}");
        assert!(!err(&o).contains("123456789"), "{}", err(&o));
        let zh = err(&posdx(&["learn", &input, "--lang", "zh"], ""));
        assert!(zh.contains("第 3 行") && zh.contains("没有写"), "{zh}");
        let skipped = posdx(&["learn", &input, "--out", &overlay, "--skip"], "");
        assert!(skipped.status.code() == Some(0) && out(&skipped).contains("1 case,"), "{}", err(&skipped));
        assert!(folder.has("o.toml"));
    }
    let twice = format!("{good}\n{good}\n");
    refused(&posdx(&["learn", "-"], &twice), &["Line 2", "same id", "id of its own"]);
    let many = err(&posdx(&["learn", "-"], &"{\n".repeat(50)));
    assert!(many.lines().count() < 30 && many.contains("+30") && many.contains("50 lines"), "{many}");
    refused(&posdx(&["learn", "-"], "\n\n"), &["no cases"]);
    refused(&posdx(&["learn", "/no/such/file"], ""), &["/no/such/file"]);
    refused(&posdx(&["learn"], ""), &["CASES"]);
}

#[test]
fn the_ids_that_a_case_needs_can_be_looked_up() {
    assert!(out(&posdx(&["list", "--question", "all"], "")).contains("signal-bars"));
    assert!(out(&posdx(&["list", "--question", "signal-bars"], "")).contains("weak"));
    refused(&posdx(&["list", "--question", "signal-bar"], ""), &["Did you mean `signal-bars`?"]);
}

#[test]
fn nothing_is_used_unless_it_is_named_and_what_it_changes_is_shown() {
    let folder = Folder::new();
    let overlay = folder.path("o.toml");
    posdx(&["learn", "-", "--out", &overlay], &cases(800));
    let explain = |more: &[&str]| posdx(&[&["explain", "C101"], more].concat(), "");
    let plain = explain(&[]);
    assert_eq!(plain.stdout, posdx(&["explain", "C101"], "").stdout);
    let with = out(&explain(&["--overlay", &overlay]));
    assert!(with.starts_with("Numbers learned from") && with.contains("They change here:") && with.contains("Router down: "), "{with}");
    assert!(!out(&plain).contains("learned"));
    let object_of = |more: &[&str]| object(&explain(&[&["--json"], more].concat()));
    assert!(object_of(&[]).get("overlay").is_none());
    let share = |o: &serde_json::Value, cause: &str| {
        let causes = o["readings"][0]["causes"].as_array().expect("causes").clone();
        causes.iter().find(|c| c["id"] == cause).map_or(0.0, |c| c["p"].as_f64().expect("p"))
    };
    let (all, v1) = (object_of(&["--overlay", &overlay]), object_of(&["--overlay", &overlay, "--vendor", "V1"]));
    let router = "network.router-down";
    assert!(share(&v1, router) > share(&all, router) + 0.1 && share(&all, router) > share(&object_of(&[]), router) + 0.1, "{all}");
    assert_eq!(all["overlay"]["schema"], "posdx.learned/1");
    // What it says it changed is what it changed.
    let change = all["overlay"]["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .find(|c| c["cause"] == router && c["kind"] == "cause")
        .expect("named")
        .clone();
    assert!((change["new"].as_f64().expect("p") - share(&all, router)).abs() < 0.02, "{change}");
    // Another code, of which no case tells, stays as it was, and that is said.
    let other = out(&posdx(&["explain", "lakala/R001", "--overlay", &overlay], ""));
    let (note, rest) = other.split_once("\n\n").expect("a note");
    assert!(note.contains("change nothing here"), "{note}");
    assert_eq!(rest, out(&posdx(&["explain", "lakala/R001"], "")));
    // Verdicts about money are never learned.
    for field in ["money", "retry", "outcome", "fault", "text"] {
        assert_eq!(all["readings"][0][field], object_of(&[])["readings"][0][field], "{field}");
    }
    refused(&explain(&["--vendor", "V1"]), &["--overlay"]);

    let fix = |more: &[&str]| lines(&posdx(&[&["fix", "C101", "--json"], more].concat(), "{\"answer\":\"failed\"}\n{\"quit\":true}\n"));
    let (before, after) = (fix(&[]), fix(&["--overlay", &overlay, "--vendor", "V1"]));
    assert!(before[1].get("overlay").is_none());
    assert_eq!(after[1]["overlay"]["terminal"]["vendor"], "V1");
    assert_eq!(after[1]["causes"][0]["id"], router);
    assert_ne!(before[1]["causes"][0]["id"], router);
    assert!(out(&posdx(&["fix", "C101", "--overlay", &overlay], "q\n")).starts_with("Numbers learned from"));
}

#[test]
fn a_session_says_with_which_overlay_it_was_led() {
    let folder = Folder::new();
    let (overlay, session) = (folder.path("o.toml"), folder.path("s.json"));
    posdx(&["learn", "-", "--out", &overlay], &cases(800));
    posdx(&["fix", "C101", "--session", &session, "--overlay", &overlay, "--vendor", "V1"], "2\nq\n");
    let show = |more: &[&str]| posdx(&[&["fix", "--session", &session, "--show", "--json"], more].concat(), "");
    let same = show(&["--overlay", &overlay]);
    assert!(err(&same).is_empty(), "{}", err(&same));
    assert_eq!(same.stdout, show(&["--overlay", &overlay]).stdout);
    // The vendor was written down.
    assert_eq!(lines(&same)[0]["overlay"]["terminal"]["vendor"], "V1");
    assert!(err(&show(&[])).contains("was led with the overlay"), "{}", err(&show(&[])));
}

#[test]
fn an_overlay_is_checked_edited_and_undone() {
    let folder = Folder::new();
    let overlay = folder.path("o.toml");
    posdx(&["learn", "-", "--out", &overlay], &cases(800));
    let o = posdx(&["learn", "--check", &overlay], "");
    assert_eq!(o.status.code(), Some(0), "{}{}", out(&o), err(&o));
    assert!(out(&o).contains("All terminals:") && out(&o).contains("V1:") && out(&o).contains("is fine"), "{}", out(&o));
    let json = object(&posdx(&["learn", "--check", &overlay, "--json"], ""));
    assert!(json["fine"] == true && json["groups"].as_array().expect("groups").len() >= 3, "{json}");
    let text = folder.read("o.toml");
    // A deleted line is undone; the rest stays.
    let line = text.lines().find(|l| l.contains("network.router-down") && l.contains("old")).expect("a line");
    folder.write("o.toml", text.replacen(&format!("{line}\n"), "", 1));
    assert_eq!(posdx(&["learn", "--check", &overlay], "").status.code(), Some(0));
    // A stale line, an unknown id, a number that is none.
    for (from, to, says) in [
        ("condition = \"comm.no-response\"", "condition = \"comm.gone\"", "no such id"),
        ("cause = \"network.router-down\", old = 0.", "cause = \"network.router-down\", old = 0.9", "an expert has changed"),
        ("step = \"restart-router\"", "step = \"dance\"", "no such id"),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        folder.write("o.toml", text.replacen(from, to, 1));
        let o = posdx(&["learn", "--check", &overlay], "");
        assert_eq!(o.status.code(), Some(2), "{}", out(&o));
        assert!(out(&o).contains(says) && out(&o).contains("left out"), "{says}: {}", out(&o));
        let used = out(&posdx(&["explain", "C101", "--overlay", &overlay], ""));
        assert!(used.contains("left out") && used.contains("learn --check"), "{used}");
    }
    // What is no overlay is refused with its place, by all who would use it.
    for (bad, says) in [
        (text.replacen("format = 1", "format = 9", 1), "not 9"),
        (text.replacen("[[prior]]", "[[prior", 1), ":"),
        (text.replacen("level = ", "levle = ", 1), "levle"),
        ("posdx".to_owned(), ":1:"),
        (String::new(), "format"),
    ] {
        let path = folder.write("bad.toml", bad);
        for args in [vec!["learn", "--check", &path], vec!["explain", "C101", "--overlay", &path], vec!["fix", "C101", "--overlay", &path]]
        {
            refused(&posdx(&args, ""), &["bad.toml", says]);
        }
    }
}

#[test]
fn a_repair_that_was_closed_feeds_learning() {
    let folder = Folder::new();
    let session = folder.path("s.json");
    // The router is restarted and it works: some step helped after questions were answered.
    let mut input = String::from("{\"answer\":\"failed\"}\n");
    for _ in 0..30 {
        let said = lines(&posdx(&["fix", "C101", "--json", "--vendor", "V1"], &input));
        let view = said.iter().rev().find(|l| l["schema"] == "posdx.repair/1").expect("a view").clone();
        match view["next"]["kind"].as_str().expect("a kind") {
            "solved" => break,
            "do" => input.push_str("{\"answer\":\"helped\"}\n"),
            "confirm" => input.push_str("{\"answer\":\"yes\"}\n"),
            _ => input.push_str(&format!("{{\"answer\":{}}}\n", view["next"]["choices"][0]["id"])),
        }
    }
    posdx(&["fix", "C101", "--json", "--vendor", "V1", "--session", &session], &input);
    let o = posdx(&["learn", "--from-session", &session, "--day", "2026-11-24"], "");
    let case = &lines(&o)[0];
    assert_eq!((case["day"].as_u64(), case["condition"].as_str()), (Some(20_781), Some("comm.no-response")), "{}", err(&o));
    assert_eq!((case["terminal"]["vendor"].as_str(), case["cause"].as_str()), (Some("V1"), None));
    assert!(case["done"].as_array().expect("done").iter().any(|d| d["helped"] == true));
    // What it was in the end is written down afterwards, and makes no other case of it.
    let closed = posdx(&["fix", "--session", &session, "--cause", "network.router-down"], "");
    assert!(out(&closed).contains("Confirmed cause: Router down") && out(&closed).contains("learn --from-session"), "{}", out(&closed));
    let o = posdx(&["learn", "--from-session", &session, "--day", "2026-11-24"], "");
    let confirmed = &lines(&o)[0];
    assert_eq!((confirmed["id"].as_str(), confirmed["cause"].as_str()), (case["id"].as_str(), Some("network.router-down")));
    // The line is a case.
    let report = object(&posdx(&["learn", "-", "--json"], &(cases(100) + &out(&o))));
    assert_eq!((report["cases"].as_u64(), report["last"].as_str()), (Some(101), Some("2026-11-24")));
    // The day is the file's when nobody says it; a program may name the cause in the conversation.
    assert!(lines(&posdx(&["learn", "--from-session", &session], ""))[0]["day"].as_u64() > Some(20_000));
    let other = folder.path("other.json");
    posdx(
        &["fix", "C101", "--json", "--session", &other],
        "{\"answer\":\"failed\"}\n{\"cause\":\"ghost\"}\n{\"cause\":\"hardware.modem\"}\n",
    );
    let both = lines(&posdx(&["learn", "--from-session", &session, &other, "--day", "2026-11-24"], ""));
    assert_eq!((both.len(), both[1]["cause"].as_str()), (2, Some("hardware.modem")));
}

#[test]
fn a_session_that_says_nothing_is_refused() {
    let folder = Folder::new();
    let open = folder.path("open.json");
    posdx(&["fix", "C101", "--session", &open], "2\nq\n");
    refused(&posdx(&["learn", "--from-session", &open], ""), &["not closed", "--cause"]);
    assert_eq!(posdx(&["learn", "--from-session", &open, "--cause", "hardware.modem"], "").status.code(), Some(0));
    refused(&posdx(&["learn", "--from-session", &open, "--cause", "printer.paper-out"], ""), &["field cause"]);
    let paid = folder.path("paid.json");
    posdx(&["fix", "C101", "--session", &paid], "1\n");
    refused(&posdx(&["learn", "--from-session", &paid], ""), &["had succeeded"]);
    let broken = folder.write("broken.json", "{");
    refused(&posdx(&["learn", "--from-session", &broken], ""), &["damaged"]);
    refused(&posdx(&["learn", "--from-session", &open, "--out", "x.toml"], ""), &["--out"]);
}
