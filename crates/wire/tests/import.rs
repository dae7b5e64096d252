#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests stand outside")]
//! Layouts of other programs become dialect files: the exact file, what is noted, where a broken file is broken.

use posdx_wire::iso8583::import::{Imported, Options, Source, import, import_with};
use proptest::prelude::*;

const JPOS: &str = include_str!("import/jpos.xml");
const MOOV: &str = include_str!("import/moov.json");
const PYTHON: &str = include_str!("import/pyiso8583.py");

/// The file parses as TOML, uses no key that the format does not have, and writes every format in its notation.
fn follows_the_contract(toml: &str) {
    let file: toml::Table = toml::from_str(toml).unwrap_or_else(|e| panic!("{e}\n{toml}"));
    let tops = ["id", "title", "inherits", "mti", "bitmap", "digits", "text", "lengths", "frame", "field"];
    file.keys().for_each(|k| assert!(tops.contains(&k.as_str()), "{k}"));
    let id = file["id"].as_str().unwrap();
    assert!(!id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{id}");
    for (number, field) in file["field"].as_table().unwrap() {
        assert!((2..=128).contains(&number.parse::<u16>().unwrap()));
        let keys = ["format", "coding", "lengths", "counts", "name", "meaning", "secret", "parts", "tlv", "tlv_names"];
        field.as_table().unwrap().keys().for_each(|k| assert!(keys.contains(&k.as_str()), "{k}"));
        is_format(field["format"].as_str().unwrap(), false);
        for part in field.get("parts").and_then(|p| p.as_array()).into_iter().flatten() {
            part.as_table().unwrap().keys().for_each(|k| assert!(["id", "name", "format", "coding", "secret"].contains(&k.as_str())));
            is_format(part["format"].as_str().unwrap(), true);
        }
    }
}

fn is_format(format: &str, part: bool) {
    let rest = format.trim_start_matches(|c: char| c.is_ascii_lowercase());
    assert!(["n", "ans", "z", "b", "x"].contains(&format.strip_suffix(rest).unwrap()), "{format}");
    let rest = rest.strip_suffix('>').unwrap_or(rest);
    let number = rest.trim_start_matches('.');
    assert!(rest.len() - number.len() <= 4, "{format}");
    assert!((part && rest == "*") || number.parse::<u32>().is_ok_and(|n| n > 0), "{format}");
}

/// `field@line` of every note.
fn places(imported: &Imported) -> Vec<String> {
    imported.notes.iter().map(|n| format!("{}@{}", n.field, n.line.unwrap_or(0))).collect()
}

#[test]
fn a_jpos_packager_becomes_a_dialect() {
    let out = import("Acme POS", JPOS, None).unwrap();
    assert_eq!(out.source, Source::Jpos);
    assert_eq!(out.toml, include_str!("import/jpos.toml"));
    follows_the_contract(&out.toml);
    // Action code; hexadecimal PIN block; own prefix of a part; unknown class; guessed class; long prefix and its length; field 200.
    assert_eq!(places(&out), ["39@11", "52@18", "60.2@20", "61@25", "62@26", "63@27", "63@27", "@28"]);
    assert!(out.notes.iter().all(|n| !n.text.is_incomplete()));
}

#[test]
fn a_moov_specification_becomes_a_dialect() {
    let out = import("", MOOV, None).unwrap();
    assert_eq!(out.source, Source::Moov);
    assert_eq!(out.toml, include_str!("import/moov.toml"));
    follows_the_contract(&out.toml);
    assert_eq!(places(&out), ["41@9", "44@11", "52@20", "63@33"]);
}

#[test]
fn a_pyiso8583_dictionary_becomes_a_dialect() {
    let out = import("house", PYTHON, None).unwrap();
    assert_eq!(out.source, Source::Pyiso8583);
    assert_eq!(out.toml, include_str!("import/pyiso8583.toml"));
    follows_the_contract(&out.toml);
    // The code page, the unknown coding, the second table.
    assert_eq!(places(&out), ["@14", "48@17", "@21"]);
}

#[test]
fn a_pyiso8583_dictionary_as_json_and_an_old_binary_length() {
    let text = r#"{"2": {"data_enc": "ascii", "len_enc": "b", "len_type": 1, "max_len": 19, "desc": "PAN"}}"#;
    let out = import("x", text, None).unwrap();
    assert_eq!(out.source, Source::Pyiso8583);
    assert!(out.toml.contains("lengths = \"binary\""), "{}", out.toml);
    assert!(out.notes[0].text.en.contains("pyiso8583 3.0"));
}

#[test]
fn without_a_base_every_field_has_a_name_and_says_what_is_secret() {
    let out = import_with("x", JPOS, &Options { inherits: None, ..Options::default() }).unwrap();
    let file: toml::Table = toml::from_str(&out.toml).unwrap();
    assert!(!file.contains_key("inherits"));
    for (number, field) in file["field"].as_table().unwrap() {
        assert!(field.get("name").is_some(), "{number}");
    }
    for (number, secret) in [("2", "pan"), ("35", "track"), ("52", "pin"), ("48", "mixed"), ("55", "mixed")] {
        assert_eq!(file["field"][number]["secret"].as_str(), Some(secret), "{number}");
    }
}

#[test]
fn another_base_brings_its_own_names() {
    let names = [(24u16, "Function code")];
    let out = import_with("x", JPOS, &Options { inherits: Some("iso93"), names: Some(&names), ..Options::default() }).unwrap();
    assert!(out.toml.contains("inherits = \"iso93\""));
    assert!(out.toml.contains("\n24 = { format = \"n3>\" }\n"), "{}", out.toml);
}

#[test]
fn every_kind_of_packager_class_is_known() {
    for (class, length, format) in [
        ("IFA_LLNUM", 19, "n..19"),
        ("IFB_LLHNUM", 19, "n..19"),
        ("IFA_LLLBINARY", 255, "b...255"),
        ("IFEB_LLNUM", 19, "n..19"),
        ("IFE_AMOUNT", 9, "x8"),
        ("IFB_AMOUNT", 9, "b5"),
        ("IFB_LLHFBINARY", 8, "b9"),
        ("IFA_LLBNUM", 19, "n..20"),
        ("IFB_HEX", 5, "b3"),
        ("IFA_LLCHAR", 120, "ans..99"),
        ("IFE_LLLEBINARY", 20, "ans...20"),
        ("IFA_FLLCHAR", 20, "ans22"),
    ] {
        let xml = format!("<isopackager><isofield id='90' length='{length}' name='x' class='org.jpos.iso.{class}'/></isopackager>");
        let out = import("x", &xml, None).unwrap();
        assert!(out.toml.contains(&format!("\n90 = {{ format = \"{format}\"")), "{class}: {}", out.toml);
        follows_the_contract(&out.toml);
    }
}

#[test]
fn what_is_broken_is_named_with_its_place() {
    for (text, line, column, word) in [
        ("hello", 1, 1, "jPOS"),
        ("", 1, 1, "jPOS"),
        ("<isopackager>\n  <isofield id=1/>\n</isopackager>", 2, 16, "XML"),
        ("<a>\n  <b/>\n</a>", 1, 1, "isopackager"),
        ("<a>\n  <isopackager/>\n</a>", 2, 3, "isofield"),
        ("{\"fields\": {\n  \"2\": }}", 2, 8, "JSON"),
        ("{}", 1, 1, "fields"),
        ("{\"fields\": {}}", 1, 1, "no field"),
        ("spec = {\n 'data_enc': 'b}\n", 2, 14, "quotation"),
        ("# data_enc", 1, 1, "pyiso8583"),
    ] {
        let e = import("x", text, None).unwrap_err();
        assert_eq!((e.line, e.column), (line, column), "{text}: {e}");
        assert!(e.message.en.contains(word), "{text}: {e}");
        assert!(!e.message.is_incomplete());
    }
}

#[test]
fn a_hint_overrides_the_content() {
    assert!(import("x", JPOS, Some(Source::Moov)).unwrap_err().message.en.contains("JSON"));
    assert!(import("x", MOOV, Some(Source::Jpos)).unwrap_err().message.en.contains("XML"));
}

#[test]
fn a_card_number_in_a_description_is_not_copied() {
    let pan = "4111111111111111";
    let text =
        format!("{{\"2\": {{\"data_enc\": \"{pan}\", \"len_enc\": \"b\", \"len_type\": 1, \"max_len\": 19, \"desc\": \"e.g. {pan}\"}}}}");
    let out = import(pan, &text, None).unwrap();
    assert!(!format!("{out:?}").contains(pan));
}

#[test]
fn a_field_that_holds_something_secret_under_another_number_is_hidden() {
    let xml = "<isopackager><isofield id='18' length='37' name='Track 2' class='org.jpos.iso.IFA_LLCHAR'/></isopackager>";
    let out = import("x", xml, None).unwrap();
    assert!(out.toml.contains("secret = \"track\""), "{}", out.toml);
    assert!(out.toml.contains("meaning = \"text\""), "{}", out.toml);
}

#[test]
fn tags_in_another_coding_than_the_field_are_noted_not_invented() {
    for (field, part) in [("IFB_LLLCHAR", "IFEPE_LLCHAR"), ("IFE_LLLCHAR", "IFEMC_LLCHAR"), ("IFA_LLLCHAR", "IFEP_LLCHAR")] {
        let xml = format!(
            "<isopackager><isofieldpackager id='48' length='99' name='Additional data' class='org.jpos.iso.{field}' packager='p'>\n\
             <isofield id='1' length='9' name='x' class='org.jpos.iso.{part}'/></isofieldpackager></isopackager>"
        );
        let out = import("x", &xml, None).unwrap();
        assert!(!out.toml.contains("tlv"), "{}", out.toml);
        assert_eq!(out.notes.len(), 1, "{part}");
    }
}

#[test]
fn deep_nesting_is_refused() {
    for text in
        ["<a>".repeat(200_000), format!("{{\"fields\":{}", "{\"2\":".repeat(200_000)), format!("data_enc={}", "{'a':".repeat(200_000))]
    {
        assert!(import("x", &text, None).is_err());
    }
}

proptest! {
    #[test]
    fn any_text_is_survived(text in any::<String>(), hint in 0usize..4) {
        let _ = import(&text, &text, Source::ALL.get(hint).copied());
    }

    /// A piece of a good file replaced by something else either is refused with a place inside the file, or gives a good file.
    #[test]
    fn a_damaged_file_is_refused_or_gives_a_good_dialect(which in 0usize..3, at in any::<prop::sample::Index>(), cut in 0usize..40, put in "[\\PC\n]{0,8}") {
        let text = [JPOS, MOOV, PYTHON][which];
        let chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        let damaged: String = chars[..at].iter().copied().chain(put.chars()).chain(chars[(at + cut).min(chars.len())..].iter().copied()).collect();
        match import(&put, &damaged, None) {
            Ok(out) => follows_the_contract(&out.toml),
            Err(e) => prop_assert!(e.line >= 1 && e.column >= 1 && e.line <= damaged.lines().count() + 1),
        }
    }
}
