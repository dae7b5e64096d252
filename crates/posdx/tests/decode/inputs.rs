//! Everything that is no message: cards, printers, modems, rubbish, and files that are none.

use crate::common::hex;
use crate::tools::{Kept, decoded, err, out, posdx, posdx_reading};

#[test]
fn status_words_of_cards() {
    for (typed, code, money) in
        [("9000", "iso7816/9000", "not-applicable"), ("6A82", "iso7816/6A82", "not-taken"), ("63C2", "iso7816/63CX", "not-taken")]
    {
        let found = decoded(typed, &[]);
        assert_eq!(found["kind"], "apdu", "{typed}");
        assert_eq!(found["exchanges"][0]["status"], typed);
        let reading = &found["explanation"]["readings"][0];
        assert_eq!((reading["code"]["id"].as_str(), reading["money"]["state"].as_str()), (Some(code), Some(money)), "{typed}");
    }
    for lang in ["zh", "en"] {
        let page = out(&posdx(&["decode", "63C2", "--lang", lang]));
        assert!(page.contains('2') && page.contains(if lang == "zh" { "密码还能试" } else { "tries left" }), "{page}");
    }
    // Two bytes that no card answers with are no answer of a card.
    for typed in ["0000", "1234", "FFFF"] {
        assert_eq!(posdx(&["decode", typed]).status.code(), Some(2), "{typed}");
    }
}

#[test]
fn an_answer_to_reset() {
    let found = decoded("3B6500002063CB6800", &[]);
    assert_eq!(found["kind"], "atr");
    let page = out(&posdx(&["decode", "3B6500002063CB6800", "--lang", "en"]));
    assert!(page.contains("T=0") && page.contains("2063CB6800"), "{page}");
}

#[test]
fn a_trace_of_commands() {
    let trace = "\
12:00:01 >> 00 A4 04 00 0E 32 50 41 59 2E 53 59 53 2E 44 44 46 30 31 00
12:00:01 << 6A 82
12:00:02 >> 00 A4 04 00 08 A0 00 00 03 33 01 01 01 00
12:00:02 << 6F 0A 84 08 A0 00 00 03 33 01 01 01 90 00
12:00:03 >> 00 20 00 80 08 24 12 34 FF FF FF FF FF
12:00:03 << 63 C1
";
    let found =
        serde_json::from_str::<serde_json::Value>(&out(&posdx_reading(&["decode", "-", "--json"], trace.as_bytes()))).expect("JSON");
    assert_eq!(found["kind"], "apdu");
    let statuses: Vec<_> = found["exchanges"].as_array().expect("a list").iter().map(|e| e["status"].as_str().unwrap_or("-")).collect();
    assert_eq!(statuses, ["6A82", "9000", "63C1"]);
    assert_eq!(found["exchanges"][1]["answer"][0]["id"], "6F");
    // The last that went wrong is the one that matters; the clear PIN of VERIFY is nobody's business.
    assert_eq!(found["explanation"]["readings"][0]["code"]["id"], "iso7816/63CX");
    for args in [&["decode", "-"][..], &["decode", "-", "--json"], &["decode", "-", "--all", "--lang", "en"]] {
        let shown = out(&posdx_reading(args, trace.as_bytes()));
        assert!(!shown.contains("1234FF") && !shown.contains("241234") && !shown.contains("12 34 FF"), "{shown}");
    }
}

#[test]
fn a_printer_and_other_devices() {
    let found = decoded("10 04 04 72", &[]);
    assert_eq!((found["kind"].as_str(), found["signals"][0]["family"].as_str()), (Some("device"), Some("escpos")));
    assert_eq!(found["explanation"]["readings"][0]["condition"], "printer.paper-out");
    for (typed, condition) in [
        ("printer-state-reasons=media-empty-error", "printer.paper-out"),
        ("+CME ERROR: 10", ""),
        ("SCARD_E_NO_SMARTCARD", ""),
        ("NO CARRIER", ""),
    ] {
        let o = posdx(&["decode", typed, "--json"]);
        assert_eq!(o.status.code(), Some(0), "{typed}");
        let found = decoded(typed, &[]);
        assert_eq!(found["kind"], "device", "{typed}");
        let reading = &found["explanation"]["readings"][0];
        assert!(condition.is_empty() || reading["condition"] == condition, "{typed}: {}", reading["condition"]);
        for lang in ["zh", "en"] {
            assert!(!reading["title"][lang].as_str().expect("a title").is_empty(), "{typed}");
        }
    }
    assert_eq!(decoded("+CME ERROR: 10", &[])["signals"][0]["code"], "cme/10");
    assert_eq!(decoded("SCARD_E_NO_SMARTCARD", &[])["signals"][0]["code"], "pcsc/0x8010000C");
}

/// An input that cannot be decoded: exit code 2, one line on standard error in the language asked for, nothing on standard output.
#[test]
fn what_cannot_be_decoded_is_told_in_both_languages() {
    let gzip = Kept::new("log.gz", &[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let empty = Kept::new("empty.bin", b"");
    let noise: Vec<u8> = (0..4000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let noise = Kept::new("noise.bin", &noise);
    let inputs = [gzip.path(), empty.path(), noise.path(), "", "   ", "what is this", "刷卡没反应"];
    for input in inputs {
        let mut said = Vec::new();
        for lang in ["zh", "en"] {
            let o = posdx(&["decode", input, "--lang", lang]);
            assert_eq!(o.status.code(), Some(2), "{input}: {}", out(&o));
            assert!(o.stdout.is_empty(), "{input}: {}", out(&o));
            let told = err(&o);
            assert!(told.starts_with("posdx: ") && told.len() > 12 && !told.contains("panicked"), "{input}: {told}");
            let han = told.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c) && !input.contains(c));
            assert_eq!(han, lang == "zh", "{input} in {lang}: {told}");
            said.push(told);
        }
        assert_ne!(said[0], said[1]);
    }
    let o = posdx(&["decode", gzip.path(), "--lang", "en"]);
    assert!(err(&o).contains("Unpack"), "{}", err(&o));
    // What can only be meant as a file and is none.
    let folder = std::env::temp_dir();
    for input in [folder.to_str().expect("UTF-8"), "/no/such/file", "missing.pcap"] {
        let o = posdx(&["decode", input]);
        assert!(o.status.code() == Some(2) && o.stdout.is_empty() && err(&o).contains(input), "{input}: {}", err(&o));
    }
    assert_eq!(posdx_reading(&["decode", "-"], b"").status.code(), Some(2));
    assert_eq!(posdx(&["decode"]).status.code(), Some(2));
    assert_eq!(posdx(&["decode", "9000", "--as", "poem"]).status.code(), Some(2));
}

/// Half a byte too many or a letter that is no digit: told where.
#[test]
fn broken_hexadecimal_is_told_where() {
    let sample = crate::common::samples().remove(0);
    let mut typed = hex(&sample.whole);
    typed.replace_range(101..102, "Z");
    let o = posdx(&["decode", &typed, "--lang", "en"]);
    assert_eq!(o.status.code(), Some(2), "{}", out(&o));
    let told = format!("{}{}", out(&o), err(&o));
    assert!(told.contains("column") || told.contains("byte"), "{told}");
}

#[test]
fn a_kind_may_be_asked_for() {
    let tlv = "9F2608DEAE676D1C473411";
    assert_eq!(decoded(tlv, &["--as", "emv"])["kind"], "emv");
    assert_eq!(decoded("9000", &["--as", "apdu"])["kind"], "apdu");
    assert_eq!(decoded("3B6500002063CB6800", &["--as", "atr"])["kind"], "atr");
    assert_eq!(decoded("10040412", &["--as", "escpos"])["kind"], "device");
    assert_eq!(decoded("10:00:01 ERROR respCode=51", &["--as", "log"])["kind"], "log");
    let sample = crate::common::samples().remove(0);
    assert_eq!(decoded(&hex(&sample.whole), &["--as", "iso8583"])["mti"], "0210");
    // What it is not, it is not made into.
    for kind in ["apdu", "escpos", "capture"] {
        let o = posdx(&["decode", &hex(&sample.whole), "--as", kind]);
        assert_eq!(o.status.code(), Some(2), "{kind}: {}", out(&o));
    }
}
