//! Logs as a terminal, a Linux payment device and a host in Java write them, with messages inside.

use serde_json::Value;

use crate::tools::{Kept, decoded, object, out, posdx, posdx_reading};

fn log(name: &str) -> String {
    format!("{}/tests/decode/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn events(found: &Value) -> &Vec<Value> {
    found["events"].as_array().expect("events")
}

/// Line numbers of the events with a message, and its type.
fn messages(found: &Value) -> Vec<(u64, String)> {
    let with = events(found).iter().filter(|e| e["decoded"]["kind"] == "iso8583");
    with.map(|e| (e["line"].as_u64().expect("a line"), e["decoded"]["mti"].as_str().expect("a type").to_owned())).collect()
}

fn conditions(found: &Value, line: u64) -> Vec<String> {
    let at = events(found).iter().filter(|e| e["line"] == line);
    at.flat_map(|e| e["readings"].as_array().into_iter().flatten()).map(|r| r["condition"].as_str().expect("text").to_owned()).collect()
}

#[test]
fn an_android_terminal() {
    let found = decoded(&log("android.log"), &[]);
    assert_eq!((found["kind"].as_str(), found["lines"].as_u64()), (Some("log"), Some(11)));
    assert_eq!(messages(&found), [(6, "0200".into()), (7, "0210".into())]);
    let refused = events(&found).iter().find(|e| e["line"] == 7).expect("there");
    assert_eq!(refused["decoded"]["fields"]["39"]["value"], "A0");
    assert_eq!(refused["decoded"]["explanation"]["readings"][0]["code"]["id"], "cups-pos/A0");
    assert!(conditions(&found, 10).contains(&"printer.error".to_owned()), "{:#?}", events(&found));
    // In order of lines, and each line once.
    let lines: Vec<u64> = events(&found).iter().map(|e| e["line"].as_u64().expect("a line")).collect();
    assert!(lines.is_sorted_by(|a, b| a < b), "{lines:?}");
    let text = found.to_string();
    assert!(!text.contains("6217970000000005090") && !text.contains("086BDB118D7AC25E"));
}

#[test]
fn a_linux_terminal() {
    let found = decoded(&log("linux-pos.log"), &[]);
    assert_eq!(found["kind"], "log");
    let found_messages = messages(&found);
    assert_eq!(found_messages.len(), 1, "{found_messages:?}");
    assert_eq!(found_messages[0].1, "0410");
    assert!((6..=7).contains(&found_messages[0].0), "{found_messages:?}");
    assert!(conditions(&found, 4).iter().any(|c| c.starts_with("comm.")), "{:?}", conditions(&found, 4));
    let all = found["events"].to_string();
    assert!(all.contains("cme/10") && all.contains("pcsc/0x8010000C"), "{all}");
    assert!(!found.to_string().contains("6225000000000014"));
}

#[test]
fn a_host_in_java() {
    let found = decoded(&log("java-host.log"), &[]);
    assert_eq!(found["kind"], "log");
    assert_eq!(messages(&found), [(2, "0400".into()), (8, "0210".into())]);
    assert!(events(&found).iter().any(|e| e["line"] == 9), "respCode 91 matters");
    let approved = events(&found).iter().find(|e| e["line"] == 10);
    assert!(approved.is_none_or(|e| e["readings"].as_array().is_none_or(Vec::is_empty)), "an approval is no event");
    for lang in ["zh", "en"] {
        let page = out(&posdx(&["decode", &log("java-host.log"), "--lang", lang]));
        assert!(page.contains("0400") && page.contains("0210") && !page.contains("6226090000008388"), "{page}");
    }
}

/// The same by pipe, with Windows line ends, with a byte order mark, and in GBK.
#[test]
fn a_log_may_come_in_any_dress() {
    let text = std::fs::read_to_string(log("linux-pos.log")).expect("there");
    let plain = messages(&decoded(&log("linux-pos.log"), &[]));
    for input in [text.clone(), text.replace('\n', "\r\n"), format!("\u{FEFF}{text}"), text.trim_end().to_owned()] {
        assert_eq!(messages(&object(&posdx_reading(&["decode", "-", "--json"], input.as_bytes()))), plain);
    }
    // 打印机缺纸 in GBK.
    let gbk = b"2026-03-05 12:00:00 ERROR \xB4\xF2\xD3\xA1\xBB\xFA\xC8\xB1\xD6\xBD\n2026-03-05 12:00:01 INFO ok\n";
    let found = object(&posdx_reading(&["decode", "-", "--json"], gbk));
    assert!(conditions(&found, 1).contains(&"printer.paper-out".to_owned()), "{found:#}");
}

/// Larger than what is read at once: still one pass, still the right lines.
#[test]
fn a_long_log_is_streamed() {
    let line = "2026-03-05 12:00:00.000 INFO heartbeat ok, queue empty, nothing to do, next in 30 s\n";
    let mut text = line.repeat(18 * 1024 * 1024 / line.len());
    let at = text.lines().count() as u64 + 1;
    text.push_str("2026-03-05 12:00:01.000 ERROR printer: paper out\n");
    let file = Kept::new("long.log", text.as_bytes());
    let found = decoded(file.path(), &[]);
    assert_eq!(found["lines"], at);
    assert!(conditions(&found, at).contains(&"printer.paper-out".to_owned()), "{:#?}", events(&found));
}
