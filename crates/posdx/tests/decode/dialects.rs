//! `--dialect`, `--mak-file` and `posdx dialect`.

use serde_json::Value;

use crate::common::{hex, samples};
use crate::tools::{ANSWER, Kept, decoded, err, framed, message, object, out, posdx, with};

/// A host that puts its own text into field 57 and shortens field 42.
const OWN: &str = r#"id = "my-host"
title = { zh = "我的主机", en = "My host" }
inherits = "cup-pos"

[field]
57 = { format = "b...100", name = { zh = "活动数据", en = "Campaign data" } }
"#;

fn import(name: &str) -> String {
    format!("{}/../wire/tests/import/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_dialect_is_chosen_by_id_or_by_file() {
    let sample = samples().remove(0);
    let typed = hex(&sample.whole);
    assert_eq!(decoded(&typed, &["--dialect", "cup-pos"])["dialect"], "cup-pos");
    let own = Kept::new("my-host.toml", OWN.as_bytes());
    let found = decoded(&typed, &["--dialect", own.path()]);
    assert_eq!((found["dialect"].as_str(), found["mti"].as_str()), (Some("my-host"), Some("0210")));
    assert_eq!(found["framing"]["tpdu"], "6000030000", "frames are inherited");
    let typed = hex(&{
        let mut bytes = message("cup-pos", "0210", &with(ANSWER, &[(57, "AB")]));
        let at = bytes.windows(4).position(|w| w == b"\x00\x02AB").expect("field 57");
        bytes[at + 2..at + 4].copy_from_slice(&[0xFE, 0x01]);
        bytes
    });
    let found = decoded(&typed, &["--dialect", own.path()]);
    assert_eq!(
        (found["fields"]["57"]["value"].as_str(), found["fields"]["57"]["name"]["en"].as_str()),
        (Some("FE01"), Some("Campaign data"))
    );
    assert_eq!(found["explanation"]["readings"][0]["money"]["state"], "taken", "business and codes are inherited");
}

#[test]
fn a_broken_dialect_names_file_and_line() {
    let sample = samples().remove(0);
    let broken = Kept::new("broken.toml", OWN.replace("b...100", "q...100").as_bytes());
    for args in [vec!["decode", &hex(&sample.whole), "--dialect", broken.path()], vec!["dialect", "check", broken.path()]] {
        let o = posdx(&args);
        assert_eq!(o.status.code(), Some(2));
        assert!(err(&o).contains(&format!("{}:6", broken.path())), "{}", err(&o));
    }
    let orphan = Kept::new("orphan.toml", OWN.replace("cup-pos", "cup-sop").as_bytes());
    let o = posdx(&["dialect", "check", orphan.path()]);
    assert!(o.status.code() == Some(2) && err(&o).contains(&format!("{}:3", orphan.path())), "{}", err(&o));
    let nothing = Kept::new("nothing.toml", b"");
    for args in [vec!["decode", "9000", "--dialect", nothing.path()], vec!["decode", "9000", "--dialect", "cup-sop"]] {
        let o = posdx(&args);
        assert_eq!(o.status.code(), Some(2));
        assert!(!err(&o).contains("panicked") && o.stdout.is_empty());
    }
    assert!(err(&posdx(&["decode", "9000", "--dialect", "cup-sop"])).contains("cup-pos"), "the known ones are named");
}

#[test]
fn dialects_are_listed_and_checked() {
    let zh = out(&posdx(&["dialect", "list"]));
    let en = out(&posdx(&["dialect", "list", "--lang", "en"]));
    for id in ["cup-pos", "cup-interbank", "iso87-bcd", "iso93-bcd", "iso2003-ebcdic", "mastercard-ebcdic", "visa", "jcb-ebcdic-bcd"] {
        assert!(zh.lines().any(|l| l.starts_with(id)) && en.lines().any(|l| l.starts_with(id)), "{id}");
    }
    assert!(zh.contains("银联") && en.contains("UnionPay") && !en.contains("银联"));
    let list: Value = object(&posdx(&["dialect", "list", "--json"]));
    assert_eq!(list.as_array().expect("a list").len(), zh.lines().count());
    let own = Kept::new("fine.toml", OWN.as_bytes());
    let o = posdx(&["dialect", "check", own.path()]);
    assert!(o.status.code() == Some(0) && out(&o).contains("my-host"), "{}{}", out(&o), err(&o));
    assert_eq!(posdx(&["dialect", "check", "/no/such.toml"]).status.code(), Some(2));
}

/// What is imported is a dialect: it passes the check and decodes.
#[test]
fn layouts_of_other_programs_are_imported() {
    for (name, from) in [("jpos.xml", "jpos"), ("moov.json", "moov"), ("pyiso8583.py", "pyiso8583")] {
        let file = import(name);
        let found = posdx(&["dialect", "import", &file, "--id", "theirs"]);
        assert_eq!(found.status.code(), Some(0), "{name}: {}", err(&found));
        assert_eq!(out(&found), out(&posdx(&["dialect", "import", &file, "--id", "theirs", "--from", from])), "{name}");
        let kept = Kept::new("theirs.toml", &found.stdout);
        let o = posdx(&["dialect", "check", kept.path()]);
        assert_eq!(o.status.code(), Some(0), "{name}: {}", err(&o));
        let list = posdx(&["decode", "0800", "--dialect", kept.path(), "--json"]);
        assert_eq!((list.status.code(), object(&list)["dialect"].as_str()), (Some(2), Some("theirs")), "{name}");
    }
    let rubbish = Kept::new("rubbish.xml", b"<isopackager><isofield id=\"2\"");
    for lang in ["zh", "en"] {
        let o = posdx(&["dialect", "import", rubbish.path(), "--lang", lang]);
        assert_eq!(o.status.code(), Some(2));
        assert!(err(&o).contains(&format!("{}:1:", rubbish.path())), "{}", err(&o));
    }
}

fn mac_sample() -> Value {
    include_str!("../../../wire/tests/mac.jsonl")
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).expect("JSON"))
        .find(|s| s["id"] == "cup-ecb-mac-1")
        .expect("there")
}

#[test]
fn a_mac_holds_or_does_not() {
    let sample = mac_sample();
    let text = |key: &str| sample[key].as_str().expect("text").to_owned();
    let (typed, key) = (text("mab") + &text("mac_field64"), text("mak_clear"));
    let right = Kept::new("right.key", format!("{key}\n").as_bytes());
    let o = posdx(&["decode", &typed, "--json", "--mak-file", right.path()]);
    let found = object(&o);
    assert_eq!(found["mac"]["holds"], true, "{}", found["mac"]);
    assert!(found["mac"]["scheme"].is_string());
    for lang in ["zh", "en"] {
        let page = out(&posdx(&["decode", &typed, "--mak-file", right.path(), "--lang", lang]));
        assert!(page.contains(if lang == "zh" { "报文鉴别码正确" } else { "holds" }), "{page}");
        assert!(!page.contains(&key) && !page.contains(&key[..16]));
    }
    // Another key, and the right key for a changed message.
    let wrong = Kept::new("wrong.key", b"0123456789ABCDEFFEDCBA9876543210");
    assert_eq!(decoded(&typed, &["--mak-file", wrong.path()])["mac"]["holds"], false);
    let changed = typed.replacen("00110000000137", "00110000000138", 1);
    assert_ne!(changed, typed);
    assert_eq!(decoded(&changed, &["--mak-file", right.path()])["mac"]["holds"], false);
    // Without a key nothing is said; without a code it is said that there is none.
    assert!(decoded(&typed, &[])["mac"].is_null());
    let bare = hex(&framed("0210", &with(ANSWER, &[(64, "")])));
    assert_eq!(decoded(&bare, &["--mak-file", right.path()])["mac"]["holds"], false);
}

#[test]
fn a_broken_key_file_is_told_by_place_and_not_by_digit() {
    let typed = hex(&samples().remove(0).whole);
    for key in
        ["55036372B17543ECB173730768B8D6CX", "55036372B17543", "", "55036372B17543ECB173730768B8D6C455036372B17543ECB173730768B8D6C4FF"]
    {
        let file = Kept::new("broken.key", key.as_bytes());
        for lang in ["zh", "en"] {
            let o = posdx(&["decode", &typed, "--mak-file", file.path(), "--lang", lang]);
            assert_eq!(o.status.code(), Some(2), "{}", out(&o));
            assert!(o.stdout.is_empty());
            let told = err(&o).replace(file.path(), "");
            assert!(!told.contains("5503") && !told.contains("B175") && !told.contains("D6C"), "{told}");
            assert!(told.chars().any(|c| c.is_ascii_digit()), "{told}");
        }
    }
    let o = posdx(&["decode", &typed, "--mak-file", "/no/such.key"]);
    assert!(o.status.code() == Some(2) && err(&o).contains("/no/such.key"));
    // A key is never an argument.
    assert_eq!(posdx(&["decode", &typed, "--mak", "55036372B17543ECB173730768B8D6C4"]).status.code(), Some(2));
}
