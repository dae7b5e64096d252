//! What printers, readers and modems say, found in bytes and in text; every code and condition exists in the catalogue.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use std::collections::BTreeMap;
use std::path::Path;

use posdx_model::Text;
use posdx_wire::device::{DeviceError, EscPosRequest, Severity, Tables};
use proptest::prelude::*;

const FILES: &[(&str, &str)] = &[
    ("emv-vfi", include_str!("../../../dialects/device/emv-vfi.toml")),
    ("escpos", include_str!("../../../dialects/device/escpos.toml")),
    ("ipp", include_str!("../../../dialects/device/ipp.toml")),
    ("modem", include_str!("../../../dialects/device/modem.toml")),
    ("nexo", include_str!("../../../dialects/device/nexo.toml")),
    ("nyx", include_str!("../../../dialects/device/nyx.toml")),
    ("pax-ped", include_str!("../../../dialects/device/pax-ped.toml")),
    ("pcsc", include_str!("../../../dialects/device/pcsc.toml")),
    ("printer-sunmi", include_str!("../../../dialects/device/printer-sunmi.toml")),
    ("printer-vfi", include_str!("../../../dialects/device/printer-vfi.toml")),
    ("reader-vfi", include_str!("../../../dialects/device/reader-vfi.toml")),
    ("unifiedpos", include_str!("../../../dialects/device/unifiedpos.toml")),
];

fn tables() -> Tables {
    Tables::read(FILES).expect("ours")
}

/// `family/id` of everything found, in order.
fn ids(text: &str) -> Vec<String> {
    tables().find_in_text(text).iter().map(|s| format!("{}/{}", s.family, s.id)).collect()
}

fn catalogue(folder: &str) -> Vec<toml::Table> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue").join(folder);
    let files = std::fs::read_dir(root).expect("the catalogue").map(|f| f.expect("a file").path());
    files
        .filter(|f| f.extension().is_some_and(|e| e == "toml"))
        .map(|f| std::fs::read_to_string(f).expect("text").parse().expect("TOML"))
        .collect()
}

#[test]
fn every_code_and_condition_exists_and_says_the_same() {
    let mut codes: BTreeMap<(String, String), (Text, String)> = BTreeMap::new();
    for file in catalogue("codes") {
        let namespace = file["namespace"]["id"].as_str().expect("an id").to_owned();
        for code in file["code"].as_array().expect("codes") {
            let name = code["name"].clone().try_into().expect("a text");
            let condition = code["condition"].as_str().expect("a condition").to_owned();
            codes.insert((namespace.clone(), code["value"].as_str().expect("a value").to_owned()), (name, condition));
        }
    }
    let conditions: Vec<String> = catalogue("conditions")
        .iter()
        .flat_map(|f| f.get("condition").and_then(|c| c.as_array()).cloned().unwrap_or_default())
        .map(|c| c["id"].as_str().expect("an id").to_owned())
        .collect();
    let tables = tables();
    let mut with_code = 0;
    for (id, text, condition, code) in tables.references() {
        if let Some(condition) = condition {
            assert!(conditions.iter().any(|c| c == condition), "{id}: no condition {condition}");
        }
        if let Some(code) = code {
            let (name, explained) = codes.get(&(code.namespace.clone(), code.value.clone())).unwrap_or_else(|| panic!("no code {code}"));
            assert_eq!(name, text, "{code}");
            assert_eq!(Some(explained.as_str()), condition, "{code}");
            with_code += 1;
        }
    }
    assert!(with_code > 200, "{with_code}");
}

#[test]
fn esc_pos_status_bytes() {
    let tables = tables();
    let said = |request: &[u8], answer: &[u8]| {
        let signals = tables.escpos(EscPosRequest::parse(request).expect("a request"), answer)?;
        Ok::<_, DeviceError>(signals.iter().map(|s| s.id.clone()).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(said(&[0x10, 4, 1], &[0x12]), Ok(String::new()));
    assert_eq!(said(&[0x10, 4, 1], &[0x1A]), Ok("offline".into()));
    assert_eq!(said(&[0x10, 4, 2], &[0x36]), Ok("cover-open paper-end-stop".into()));
    assert_eq!(said(&[0x10, 4, 3], &[0x1A]), Ok("cutter".into()));
    assert_eq!(said(&[0x10, 4, 4], &[0x7E]), Ok("paper-near-end paper-end".into()));
    assert_eq!(said(&[0x10, 4, 7, 1], &[0x16]), Ok("ink-near-end-1".into()));
    assert_eq!(said(&[0x1D, 0x72, 1], &[0x0F]), Ok("gs-paper-near-end gs-paper-end".into()));
    assert_eq!(said(&[0x1D, 0x72, b'2'], &[0x01]), Ok("gs-drawer".into()));
    assert_eq!(said(&[0x1D, 0x61, 0xFF], &[0x38, 0, 0x0C, 0x0F]), Ok("asb-offline asb-cover-open asb-paper-end".into()));
    let paper = &tables.escpos(EscPosRequest::DleEot(4), &[0x72]).expect("a status")[0];
    assert_eq!(paper.condition.as_deref(), Some("printer.paper-out"));
    assert_eq!(paper.code.as_ref().expect("a code").value, "n=4 bit5+6");
    assert_eq!(paper.severity, Severity::Error);
}

#[test]
fn what_is_no_status_is_said_so() {
    let tables = tables();
    // XON, ASCII and an answer to another request.
    assert_eq!(
        tables.escpos(EscPosRequest::DleEot(1), &[0x11]),
        Err(DeviceError::FixedBit { request: "dle-eot-1".into(), position: 0, bit: 0, expected: 0, found: 0x11 })
    );
    let error = tables.escpos(EscPosRequest::DleEot(2), b"O").expect_err("text");
    assert!(error.to_string().contains("no status byte"), "{error}");
    assert!(matches!(tables.escpos(EscPosRequest::Asb, &[0x10]), Err(DeviceError::Length { expected: 4, found: 1, .. })));
    assert!(matches!(tables.escpos(EscPosRequest::DleEot(9), &[0x12]), Err(DeviceError::UnknownRequest { .. })));
    assert_eq!(EscPosRequest::parse(&[0x1B, 0x40]), Err(DeviceError::NoRequest));
}

#[test]
fn pc_sc_in_every_spelling() {
    for text in ["rc=0x8010001D", "error 8010001d here", "SCardEstablishContext: -2146435043", "2148532253", "SCARD_E_NO_SERVICE."] {
        let found = tables().find_in_text(text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].code.as_ref().map(|c| c.to_string()).as_deref(), Some("pcsc/0x8010001D"), "{text}");
        assert_eq!(found[0].condition.as_deref(), Some("reader.service-stopped"));
    }
    assert!(ids("0x8010001D5 and 28010001D and XSCARD_E_NO_SERVICE and SCARD_E_NO_SERVICES").is_empty());
}

#[test]
fn modems() {
    for (text, id) in [
        ("<- +CME ERROR: 10", "modem/cme-10"),
        ("+CME ERROR: SIM not inserted", "modem/cme-10"),
        ("+CME ERROR: 777", "modem/cme-other"),
        ("+CMS ERROR: 331", "modem/cms-331"),
        ("NO CARRIER", "modem/no-carrier"),
        ("recv: \"BUSY\"", "modem/busy"),
        ("+CREG: 0,3", "modem/reg-denied"),
        ("+CEREG: 2,\"1A2B\",\"01\"", "modem/reg-search"),
        ("+CPIN: SIM PUK", "modem/cpin-puk"),
        ("+CPIN: READY", "modem/cpin-ready"),
    ] {
        assert_eq!(ids(text), [id], "{text}");
    }
    let signal = &tables().find_in_text("+CSQ: 5,99")[0];
    assert_eq!((signal.id.as_str(), signal.severity), ("signal-weak", Severity::Warning));
    assert!(signal.text.en.contains("-103 dBm"), "{}", signal.text.en);
    assert_eq!(&"+CSQ: 5,99"[signal.start..signal.end], "+CSQ: 5");
    assert!(ids("the printer is BUSY now, ERROR in line 3").is_empty());
}

#[test]
fn unified_pos_needs_its_device() {
    assert_eq!(ids("OPOS_E_NOHARDWARE"), ["unifiedpos/nohardware"]);
    assert_eq!(ids("JPOS_EPTR_REC_EMPTY"), ["unifiedpos/ptr-rec-empty"]);
    assert_eq!(ids("POSPrinter ResultCode=114, ResultCodeExtended=203"), ["unifiedpos/extended", "unifiedpos/ptr-rec-empty"]);
    assert_eq!(ids("OPOS MSR ResultCodeExtended: 203"), ["unifiedpos/msr-parity"]);
    assert!(ids("errorCode=111 from the host").is_empty());
}

#[test]
fn nexo_in_xml_and_json() {
    for text in [
        r#"<Response Result="Failure" ErrorCondition="UnreachableHost">"#,
        "<ErrorCondition>UnreachableHost</ErrorCondition>",
        r#"{"Result":"Failure","ErrorCondition":"UnreachableHost"}"#,
        r#"{\"ErrorCondition\": \"UnreachableHost\"}"#,
    ] {
        assert_eq!(ids(text), ["nexo/unreachable-host"], "{text}");
    }
    assert_eq!(tables().find_in_text("ErrorCondition=\"WrongPIN\"")[0].condition.as_deref(), Some("pin.wrong"));
}

#[test]
fn printer_state_reasons() {
    let found = tables().find_in_text("printer-state-reasons (1setOf keyword) = media-empty-error,door-open-report,paused");
    let said: Vec<_> = found.iter().map(|s| (s.id.as_str(), s.severity)).collect();
    assert_eq!(said, [("media-empty", Severity::Error), ("door-open", Severity::Info), ("paused", Severity::Warning)]);
    assert_eq!(ids("STATE: +media-jam-warning"), ["ipp/media-jam"]);
    assert_eq!(ids("cups: media-low-warning on pos-printer"), ["ipp/media-low"]);
    assert!(ids("playback paused, none of the other").is_empty());
}

#[test]
fn terminals_by_name_and_number() {
    assert_eq!(ids("PinPad error -65837"), ["pax-ped/65837"]);
    assert_eq!(ids("vfi printer state 0xF0"), ["printer-vfi/paperended"]);
    assert_eq!(ids("nyx print -1203"), ["nyx/1203"]);
    assert_eq!(ids("EMV_FALLBACK"), ["emv-vfi/emv-fallback"]);
    assert_eq!(ids("DLE EOT 4 -> 0x72"), ["escpos/paper-end"]);
    assert!(ids("state 0xF0, -1203").is_empty());
}

#[test]
fn tables_can_be_packed() {
    let tables = tables();
    let packed = serde_json::to_string(&tables).expect("plain data");
    assert_eq!(serde_json::from_str::<Tables>(&packed).expect("what was written"), tables);
    assert!(
        Tables::read(&[("x", "family = \"x\"\n[[entry]]\nid = \"a\"\ntext = { zh = \"\", en = \"b\" }\nseverity = \"info\"")]).is_err()
    );
    assert_eq!(Tables::read(&[("x", "family = 3")]).expect_err("no text").file, "x");
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        for s in tables().find_in_text(&text) {
            prop_assert!(text.get(s.start..s.end).is_some());
        }
    }

    #[test]
    fn pieces_of_real_words_are_survived(parts in prop::collection::vec(prop::sample::select(vec![
        "+CSQ:", "+CREG: ", "1,", "\"", "ErrorCondition", "printer-state-reasons", "=", "(", ")", "media-empty", "-error", ",", "0x8010", "001D", "-", "９", "é",
        "DLE EOT ", "4", "ResultCode", "OPOS_", "E_CLOSED", " ", "BUSY", "99999999999999999999", "0x", "是", "ERROR",
    ]), 0..20)) {
        let text: String = parts.concat();
        for s in tables().find_in_text(&text) {
            prop_assert!(text.get(s.start..s.end).is_some());
        }
    }

    #[test]
    fn any_status_is_survived(request in prop::collection::vec(any::<u8>(), 0..5), answer in prop::collection::vec(any::<u8>(), 0..6)) {
        if let Ok(request) = EscPosRequest::parse(&request) {
            let _ = tables().escpos(request, &answer);
        }
    }
}
