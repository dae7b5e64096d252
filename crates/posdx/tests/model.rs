//! `posdx model` through the real binary: networks and troubleshooting models, good and bad.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

mod outside;

use outside::{Folder, err, lines, object, out, posdx, refused};

const TILL: &str = "network till { }
variable cable { type discrete [ 2 ] { loose, fine }; }
variable router { type discrete [ 2 ] { down, up }; }
variable line { type discrete [ 2 ] { no, yes }; }
variable lamp { type discrete [ 2 ] { off, on }; }
probability ( cable ) { table 0.1, 0.9; }
probability ( router ) { table 0.2, 0.8; }
probability ( line | cable, router ) {
  (loose, down) 1, 0;
  (loose, up) 1, 0;
  (fine, down) 1, 0;
  (fine, up) 0, 1;
}
probability ( lamp | router ) { (down) 0.9, 0.1; (up) 0.2, 0.8; }
";

#[test]
fn a_network_is_checked_and_measured() {
    let folder = Folder::new();
    let path = folder.write("till.bif", TILL);
    let o = posdx(&["model", "check", &path], "");
    assert!(out(&o).contains("4 nodes (2 roots)"), "{}{}", out(&o), err(&o));
    let report = object(&posdx(&["model", "check", &path, "--json"], ""));
    assert_eq!(
        (report["schema"].as_str(), report["nodes"].as_u64(), report["roots"].as_u64()),
        (Some("posdx.network/1"), Some(4), Some(2))
    );
}

#[test]
fn malformed_networks_are_told_with_line_and_column() {
    let folder = Folder::new();
    for (text, says) in [
        (TILL.replace("0.1, 0.9;", "0.1, 0.9"), "line 6, column 40"),
        (TILL.replace("| cable, router", "| cable, rooter"), "unknown variable `rooter`"),
        (TILL.replace("0.1, 0.9", "0.1, 0.95"), "add up to 1.05"),
        (TILL.replace("0.1, 0.9", "-0.1, 1.1"), "line 6"),
        (TILL.replace("0.1, 0.9", "0.1, 0.8, 0.1"), "line 6"),
        (TILL.replace("[ 2 ] { loose, fine }", "[ 3 ] { loose, fine }"), "line 2"),
        (TILL.replace("probability ( cable ) { table 0.1, 0.9; }\n", ""), "cable"),
        (TILL.replace("  (fine, down) 1, 0;\n", ""), "line"),
        (TILL[..300].to_owned(), "line"),
        ("variable\n".to_owned(), "line 2"),
        ("<BIF><NETWORK>".to_owned(), "bad"),
    ] {
        let path = folder.write("bad.bif", &text);
        refused(&posdx(&["model", "check", &path], ""), &[says, "bad.bif"]);
    }
    let path = folder.write("bad.bif", [0xFFu8, 0xFE]);
    refused(&posdx(&["model", "check", &path], ""), &["byte 0", "UTF-8"]);
    refused(&posdx(&["model", "check", &folder.path("none.bif")], ""), &["none.bif"]);
}

#[test]
fn arrows_in_a_circle_are_shown() {
    let folder = Folder::new();
    let path = folder.write(
        "circle.bif",
        "network n { }\nvariable a { type discrete [ 2 ] { x, y }; }\nvariable b { type discrete [ 2 ] { x, y }; }\n\
         probability ( a | b ) { (x) 0.5, 0.5; (y) 0.5, 0.5; }\nprobability ( b | a ) { (x) 0.5, 0.5; (y) 0.5, 0.5; }\n",
    );
    for verb in ["check", "convert"] {
        let args: &[&str] = if verb == "check" { &["model", "check", &path] } else { &["model", "convert", &path, "--to", "xmlbif"] };
        refused(&posdx(args, ""), &["cycle: b → a → b"]);
    }
}

#[test]
fn a_network_beyond_all_bounds_is_refused_at_once() {
    let mut text = String::from("network big { }\n");
    for i in 0..40 {
        text.push_str(&format!(
            "variable x{i} {{ type discrete [ 4 ] {{ a, b, c, d }}; }}\nprobability ( x{i} ) {{ table 0.25, 0.25, 0.25, 0.25; }}\n"
        ));
        for j in 0..i {
            text.push_str(&format!(
                "variable y{i}_{j} {{ type discrete [ 2 ] {{ t, f }}; }}\nprobability ( y{i}_{j} | x{i}, x{j} ) {{ default 0.5, 0.5; }}\n"
            ));
        }
    }
    let folder = Folder::new();
    let path = folder.write("big.bif", text);
    // 4^40 entries; the size is said in a form that nobody takes for a card number.
    refused(&posdx(&["model", "check", &path], ""), &["too large to compile", "e2", "4194304"]);
}

#[test]
fn queries_are_answered_line_by_line_and_the_bad_ones_named() {
    let folder = Folder::new();
    let network = folder.write("till.bif", TILL);
    let queries = folder.write(
        "q.jsonl",
        "{\"id\":1,\"evidence\":{\"line\":\"no\"},\"targets\":[\"router\"]}\n\n\
         {\"id\":\"two\",\"evidence\":{\"cable\":\"loose\",\"lamp\":\"on\",\"router\":\"up\",\"line\":\"yes\"}}\n\
         {\"id\":3,\"evidence\":{\"ghost\":\"x\"}}\n{\"id\":4,\"evidence\":{\"line\":\"maybe\"}}\n{\"id\":5,\"targets\":[\"ghost\"]}\n{\"id\":6}\n",
    );
    let o = posdx(&["model", "query", &network, "--queries", &queries, "--json"], "");
    let said = lines(&o);
    assert_eq!((o.status.code(), said.len()), (Some(2), 6), "one bad line keeps no other from its answer");
    // By hand: 0.28 of all lines are down; the router is down in 0.2 of all.
    assert!((said[0]["p_evidence"].as_f64().expect("p") - 0.28).abs() < 1e-12);
    assert!((said[0]["posterior"]["router"]["down"].as_f64().expect("p") - 0.2 / 0.28).abs() < 1e-12);
    assert!(said[0]["posterior"].get("cable").is_none());
    // The smallest set that cannot be true leaves lamp and router out.
    assert_eq!(said[1]["error"], "these findings cannot all be true: cable = loose, line = yes");
    assert!(said[2]["error"].as_str().expect("why").contains("no node `ghost`"));
    assert!(said[3]["error"].as_str().expect("why").contains("it has: no, yes"));
    assert!(said[4]["error"].as_str().expect("why").contains("ghost"));
    assert_eq!(said[5]["posterior"].as_object().expect("roots").keys().collect::<Vec<_>>(), ["cable", "router"]);
    for (line, id) in [(3, "two"), (4, "ghost"), (5, "maybe")] {
        assert!(err(&o).contains(&format!("q.jsonl:{line}:")), "{id}: {}", err(&o));
    }
    assert!(!out(&o).contains("NaN") && !out(&o).contains("null"), "{}", out(&o));
    let best = lines(&posdx(
        &["model", "query", &network, "--queries", "-", "--explain", "--json"],
        "{\"id\":1,\"evidence\":{\"line\":\"no\"}}\n",
    ));
    assert_eq!(best[0]["most_probable"]["router"], "down");
    for bad in ["nonsense\n", "{\"id\":1,\"evidence\":[]}\n", "{\"evidence\":{}}\n", "{\"id\":1,\"evidense\":{}}\n"] {
        refused(&posdx(&["model", "query", &network, "--queries", "-"], bad), &["-:1:"]);
    }
    refused(&posdx(&["model", "query", &network, "--queries", &folder.path("none")], ""), &["none"]);
    let o = posdx(&["model", "query", &network, "--queries", "-"], "{\"id\":1,\"evidence\":{\"6222021234567890123\":\"x\"}}\n");
    assert!(!out(&o).contains("123456789") && !err(&o).contains("123456789"), "{}{}", out(&o), err(&o));
}

#[test]
fn a_network_survives_the_way_through_the_other_format() {
    let folder = Folder::new();
    let path = folder.write("till.bif", TILL);
    let xml = out(&posdx(&["model", "convert", &path, "--to", "xmlbif"], ""));
    assert!(xml.starts_with("<?xml"), "{xml}");
    let xml = folder.write("till.xml", xml);
    let bif = folder.write("again.bif", out(&posdx(&["model", "convert", &xml, "--to", "bif"], "")));
    let query = "{\"id\":1,\"evidence\":{\"line\":\"no\",\"lamp\":\"off\"}}\n";
    let answer = |path: &str| out(&posdx(&["model", "query", path, "--queries", "-", "--json"], query));
    assert!(answer(&path).contains("posterior"));
    assert_eq!(answer(&path), answer(&xml));
    assert_eq!(answer(&path), answer(&bif));
    refused(&posdx(&["model", "convert", &path, "--to", "xdsl"], ""), &["xdsl"]);
}

/// Cost of a policy from the definition, for causes by weight.
fn cost(policy: &serde_json::Value, model: &serde_json::Value, weight: &[f64]) -> f64 {
    let total: f64 = weight.iter().sum();
    let number = |v: &serde_json::Value| v.as_f64().expect("a number");
    match policy["do"].as_str().expect("do") {
        "service" => number(&model["service"]) * total,
        "action" => {
            let a = policy["index"].as_u64().expect("index") as usize;
            let failed: Vec<f64> = weight.iter().enumerate().map(|(f, w)| w * (1.0 - number(&model["action_repairs"][a][f]))).collect();
            let rest = if policy["failed"].is_null() { 0.0 } else { cost(&policy["failed"], model, &failed) };
            number(&model["action_cost"][a]) * total + rest
        }
        "ask" => {
            let q = policy["index"].as_u64().expect("index") as usize;
            let answers = policy["answers"].as_array().expect("answers");
            let after = |k: usize| -> Vec<f64> {
                weight.iter().enumerate().map(|(f, w)| w * number(&model["question_answers"][q][f][k])).collect()
            };
            number(&model["question_cost"][q]) * total + answers.iter().enumerate().map(|(k, p)| cost(p, model, &after(k))).sum::<f64>()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_plan_costs_what_it_says() {
    let line = r#"{"id":"m","prior":[0.5,0.3,0.2],"action_cost":[10,4,2],"action_repairs":[[0.9,0,0],[0,0.9,0.1],[0.2,0.2,0.6]],"question_cost":[1],"question_answers":[[[0.9,0.1],[0.1,0.9],[0.5,0.5]]],"service":60}"#;
    let model: serde_json::Value = serde_json::from_str(line).expect("JSON");
    for budget in [&["--budget-ms", "5"] as &[&str], &[]] {
        let said = lines(&posdx(&[&["model", "plan", "-", "--json"], budget].concat(), &format!("{line}\n\n{line}\n")));
        assert_eq!(said.len(), 2);
        let (ecr, bound) = (said[0]["ecr"].as_f64().expect("ecr"), said[0]["bound"].as_f64().expect("bound"));
        assert!(bound <= ecr + 1e-9 && ecr <= 60.0);
        assert!((cost(&said[0]["policy"], &model, &[0.5, 0.3, 0.2]) - ecr).abs() < 1e-9, "{}", said[0]);
        assert_eq!(said[0], said[1]);
    }
}

#[test]
fn bad_models_are_told_with_line_and_field() {
    let good = r#"{"id":"m","prior":[0.7,0.3],"action_cost":[1],"action_repairs":[[0.9,0.1]],"question_cost":[],"question_answers":[],"service":60}"#;
    assert_eq!(posdx(&["model", "plan", "-"], good).status.code(), Some(0));
    for (from, to, says) in [
        ("[0.7,0.3]", "[0.7,-1]", "prior, cause 1"),
        ("[0.7,0.3]", "[]", "prior"),
        ("[[0.9,0.1]]", "[[0.9]]", "action"),
        ("[[0.9,0.1]]", "[[0.9,2]]", "expected 0 to 1"),
        ("\"action_cost\":[1]", "\"action_cost\":[1,2]", "action_cost"),
        ("\"action_cost\":[1]", "\"action_cost\":[-1]", "model m"),
        ("\"service\":60", "\"service\":-1", "service"),
        ("\"service\":60", "\"servise\":60", "missing field `service`"),
        ("\"question_cost\":[]", "\"question_cost\":[1]", "question"),
    ] {
        let text = format!("{}\n", good.replace(from, to));
        refused(&posdx(&["model", "plan", "-"], &text), &["-:1:", says]);
    }
    refused(&posdx(&["model", "plan", "-"], "{\"id\"\n"), &["-:1:"]);
    let after = posdx(&["model", "plan", "-"], &format!("{good}\n{{}}\n"));
    assert_eq!(after.status.code(), Some(2));
    assert!(err(&after).contains("-:2:") && lines(&after).len() == 1, "what was answered stays answered");
}
