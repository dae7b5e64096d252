//! Chip data that no one here wrote, taken apart to what their publishers say, and written back byte for byte.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use std::sync::LazyLock;

use posdx_model::Lang;
use posdx_wire::emv::apdu::{self, Commands};
use posdx_wire::emv::contradictions::{Context, Contradictions};
use posdx_wire::emv::meaning::{Explainer, Meaning};
use posdx_wire::emv::tables::Tables;
use posdx_wire::emv::tlv::{Item, Reader, write_element};
use posdx_wire::emv::values::Values;
use posdx_wire::emv::{atr, dol, trace};
use posdx_wire::iso8583::Mask;
use proptest::prelude::*;
use serde_json::Value;

const TAGS: &str = include_str!("../../../dialects/emv/tags.toml");
const BITS: &str = include_str!("../../../dialects/emv/bits.toml");
const ISO: &str = include_str!("../../../dialects/emv/iso-tables.toml");
const CONTRADICTIONS: &str = include_str!("../../../dialects/emv/contradictions.toml");
const COMMANDS: &str = include_str!("../../../dialects/emv/apdu.toml");
/// The catalogue's lists that tags and rows name.
const LISTS: &[&str] = &[
    include_str!("../../../catalogue/codes/emv-aip.toml"),
    include_str!("../../../catalogue/codes/emv-cid.toml"),
    include_str!("../../../catalogue/codes/emv-ctq.toml"),
    include_str!("../../../catalogue/codes/emv-cvm.toml"),
    include_str!("../../../catalogue/codes/emv-cvr-ccd.toml"),
    include_str!("../../../catalogue/codes/emv-cvr-mchip.toml"),
    include_str!("../../../catalogue/codes/emv-cvr-vsdc.toml"),
    include_str!("../../../catalogue/codes/emv-error-indication.toml"),
    include_str!("../../../catalogue/codes/emv-outcome.toml"),
    include_str!("../../../catalogue/codes/emv-terminal-capabilities.toml"),
    include_str!("../../../catalogue/codes/emv-tsi.toml"),
    include_str!("../../../catalogue/codes/emv-ttq.toml"),
    include_str!("../../../catalogue/codes/emv-tvr.toml"),
    include_str!("../../../catalogue/codes/emv-ui-message.toml"),
    include_str!("../../../catalogue/codes/pos-entry-mode.toml"),
];

fn tables() -> &'static Tables {
    static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::read(TAGS, BITS, ISO).expect("ours"));
    &TABLES
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hexadecimal")).collect()
}

fn samples() -> Vec<(String, Vec<u8>, Value)> {
    include_str!("emv.jsonl")
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).expect("JSON"))
        .map(|s| (s["id"].as_str().expect("id").into(), unhex(s["hex"].as_str().expect("hex")), s["expected"].clone()))
        .collect()
}

fn explain(bytes: &[u8]) -> Vec<Meaning> {
    let (tables, values) = (tables(), Values::of(bytes));
    Explainer::new(tables, &values).message(bytes, 0)
}

/// The one node of a single element.
fn value(tag: u32, hex: &str, around: &str) -> Meaning {
    let (tables, around) = (tables(), unhex(around));
    let values = Values::of(&around);
    Explainer::new(tables, &values).value(tag, &unhex(hex), 0)
}

fn walk<'m>(nodes: &'m [Meaning], visit: &mut impl FnMut(&'m Meaning)) {
    for node in nodes {
        visit(node);
        walk(&node.children, visit);
    }
}

fn all(nodes: &[Meaning]) -> Vec<&Meaning> {
    let mut list = Vec::new();
    walk(nodes, &mut |n| list.push(n));
    list
}

/// Elements as `depth tag length value`, in reading order.
fn expected_elements(tags: &Value, depth: usize, out: &mut Vec<(usize, String, usize, String)>) {
    for tag in tags.as_array().into_iter().flatten() {
        let text = |k: &str| tag[k].as_str().expect("text").to_owned();
        out.push((depth, text("tag"), tag["len"].as_u64().expect("length") as usize, text("value")));
        expected_elements(&tag["children"], depth + 1, out);
    }
}

#[test]
fn real_chip_data_parse_to_what_their_publishers_say() {
    for (id, bytes, expected) in samples() {
        let mut wanted = Vec::new();
        expected_elements(&expected["tags"], 0, &mut wanted);
        let read: Vec<_> = Reader::deep(&bytes)
            .map(|item| match item {
                Item::Element(e) => {
                    let value = e.value(&bytes);
                    (e.depth, format!("{:02X}", e.tag), value.len(), value.iter().map(|b| format!("{b:02X}")).collect::<String>())
                }
                other => panic!("{id}: {other:?}"),
            })
            .collect();
        assert_eq!(read, wanted, "{id}");
    }
}

/// `Byte 2 Bit 8 = 1, Byte 2 Bit 7 = 0`, `(Byte 1 Bit 8)`, `Byte 4 Bits 8-5`: byte, mask, value under the mask.
fn bits_named(text: &str) -> Option<(u8, u8, u8)> {
    let (mut byte, mut mask, mut value) = (0, 0u8, 0u8);
    for part in text.split("Byte ").skip(1) {
        byte = part.get(..1)?.parse().ok()?;
        if let Some(range) = part.get(1..)?.strip_prefix(" Bits ") {
            let (from, to) = (range.get(..1)?.parse::<u8>().ok()?, range.get(2..3)?.parse::<u8>().ok()?);
            return Some((byte, (to..=from).fold(0, |m, b| m | 1 << (b - 1)), 0));
        }
        let rest = part.get(1..)?.strip_prefix(" Bit ")?;
        let bit = 1u8 << (rest.get(..1)?.parse::<u8>().ok()? - 1);
        mask |= bit;
        if !rest.get(1..)?.starts_with(" = 0") {
            value |= bit;
        }
    }
    (mask != 0).then_some((byte, mask, value))
}

/// True when the catalogue's list explains this bit.
fn listed(namespace: &str, byte: u8, mask: u8) -> bool {
    LISTS.iter().any(|text| {
        let list: toml::Value = toml::from_str(text).expect("TOML");
        list["namespace"]["id"].as_str() == Some(namespace)
            && list["code"].as_array().expect("codes").iter().any(|c| {
                let number = |k: &str| c.get("bits").and_then(|b| b.get(k)).and_then(toml::Value::as_integer);
                number("byte") == Some(byte.into()) && number("mask") == Some(mask.into()) && number("is") == Some(mask.into())
            })
    })
}

#[test]
fn every_bit_that_publishers_name_has_a_node_or_a_list() {
    let mut counted = 0;
    for (id, bytes, expected) in samples() {
        let nodes = explain(&bytes);
        let nodes = all(&nodes);
        let mut tag = 0;
        for line in expected["meaning"].as_array().into_iter().flatten() {
            if let Some(t) = line["tag"].as_str() {
                tag = u32::from_str_radix(t, 16).expect("a tag");
                assert!(nodes.iter().any(|n| n.tag == Some(tag)), "{id}: {t} has no node");
                if let Some(length) = line["dol_len"].as_u64() {
                    assert!(nodes.iter().any(|n| n.tag == Some(tag) && n.text.en.ends_with(&format!(": length {length}"))), "{id}: {t}");
                }
                continue;
            }
            let text = line["bit"].as_str().or(line["text"].as_str()).unwrap_or_default();
            let Some((byte, mask, value)) = bits_named(text) else { continue };
            counted += 1;
            let of_tag: Vec<Meaning> = nodes.iter().filter(|n| n.tag == Some(tag)).map(|n| (*n).clone()).collect();
            let found = all(&of_tag).iter().any(|n| {
                let spelt = n.bits.is_some_and(|b| (b.byte, b.mask, b.value) == (byte, mask, value));
                let by_list = n.code.as_ref().is_some_and(|c| c.value.is_none() && listed(&c.namespace, byte, mask));
                spelt || by_list && bytes.get(n.range.start + usize::from(byte) - 1).is_some_and(|b| b & mask == value)
            });
            assert!(found, "{id}: {tag:X} {text}");
        }
    }
    assert!(counted > 40, "{counted} bits were looked for");
}

/// Elements written back at their level, filling and what could not be read copied.
fn rewritten(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for item in Reader::flat(bytes) {
        match item {
            Item::Element(e) => {
                let inner = if e.constructed { rewritten(e.value(bytes)) } else { e.value(bytes).to_vec() };
                write_element(&mut out, e.tag, &inner, Some(e.form)).expect("it was read");
            }
            Item::Padding { start, end, .. } => out.extend(&bytes[start..end]),
            Item::Fault(f) => out.extend(&bytes[f.start..]),
        }
    }
    out
}

#[test]
fn real_chip_data_are_written_back_byte_for_byte_whole_and_cut() {
    for (id, bytes, _) in samples() {
        for cut in 0..=bytes.len() {
            assert_eq!(rewritten(&bytes[..cut]), bytes[..cut], "{id} cut at {cut}");
        }
    }
}

#[test]
fn a_cut_message_keeps_what_stands_before_the_cut() {
    for (id, bytes, _) in samples() {
        let whole: Vec<_> = Reader::flat(&bytes).collect();
        for cut in 0..bytes.len() {
            let part: Vec<_> = Reader::flat(&bytes[..cut]).collect();
            let kept = part.iter().filter(|i| matches!(i, Item::Element(_))).count();
            assert_eq!(part[..kept], whole[..kept], "{id} cut at {cut}");
            match part.last() {
                Some(Item::Fault(f)) => assert_eq!(f.offset, cut, "{id}"),
                _ => assert!(whole.iter().any(|i| matches!(i, Item::Element(e) if e.end == cut)) || cut == 0, "{id} cut at {cut}"),
            }
        }
    }
}

#[test]
fn every_tag_of_the_samples_is_known_and_named_in_both_languages() {
    let tables = tables();
    for (id, bytes, _) in samples() {
        for item in Reader::deep(&bytes) {
            if let Item::Element(e) = item {
                assert!(tables.tags.get(e.tag, None).is_some(), "{id}: {:X}", e.tag);
            }
        }
    }
    for tag in ["95", "9B", "82", "9F34", "8E", "9F33", "9F39", "9F27", "9F10", "9F6C", "9F66", "DF8115", "9F8204", "DF69", "9F7A", "DF21"]
    {
        assert!(tables.tags.get(u32::from_str_radix(tag, 16).expect("a tag"), None).is_some(), "{tag}");
    }
    let han = |t: &str| t.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c));
    for spec in tables.tags.iter() {
        assert!(han(&spec.name.zh) && !han(&spec.name.en) && !spec.name.en.is_empty(), "{:X}", spec.tag);
        assert!(!spec.sources.is_empty(), "{:X}", spec.tag);
        let half = |c: char| matches!(c, ',' | ';' | '(' | ')' | '?' | '!');
        assert!(!spec.name.zh.contains(half), "{:X}: half-width punctuation", spec.tag);
    }
    assert!(tables.tags.iter().count() > 350);
}

#[test]
fn namespaces_and_values_exist_in_the_catalogue() {
    let lists: Vec<toml::Value> = LISTS.iter().map(|t| toml::from_str(t).expect("TOML")).collect();
    let list = |id: &str| lists.iter().find(|l| l["namespace"]["id"].as_str() == Some(id));
    let tables = tables();
    for spec in tables.tags.iter() {
        assert!(spec.namespace.as_deref().is_none_or(|n| list(n).is_some()), "{:X}", spec.tag);
    }
    for (id, table) in tables.bits.tables() {
        let Some(namespace) = &table.namespace else { continue };
        let codes = list(namespace).unwrap_or_else(|| panic!("{namespace}"))["code"].as_array().expect("codes");
        for row in table.rows.iter().filter(|r| r.id != "rfu" && r.id != "status-none") {
            assert!(codes.iter().any(|c| c["value"].as_str() == Some(&row.id)), "{id}: {}", row.id);
        }
    }
}

/// Words that the code asks for but the table lacks would come out as bare values.
#[test]
fn every_label_asked_for_exists() {
    let tables = tables();
    let sources = [
        include_str!("../src/emv/meaning.rs"),
        include_str!("../src/emv/meaning_value.rs"),
        include_str!("../src/emv/meaning_card.rs"),
        include_str!("../src/emv/meaning_issuer.rs"),
        include_str!("../src/emv/atr.rs"),
        include_str!("../src/emv/tlv.rs"),
    ];
    let mut seen = 0;
    for source in sources {
        for start in ["say(\"", "part(\"", "label: \"", "=> \"tlv", "{ \"", "(\"iad-", "(6, \"", "(7, \""] {
            for (at, _) in source.match_indices(start) {
                let open = at + start.find('"').expect("a quote") + 1;
                let id = source[open..].split('"').next().expect("closed");
                if !id.contains(|c: char| c.is_ascii_alphabetic()) {
                    continue;
                }
                assert!(tables.bits.has_label(id), "{id}");
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn no_card_number_leaves() {
    for (id, bytes, _) in samples() {
        let values = Values::of(&bytes);
        let numbers: Vec<String> = [0x5A, 0x57]
            .iter()
            .filter_map(|t| values.get(*t))
            .map(|v| v.iter().map(|b| format!("{b:02X}")).collect::<String>().split(['D', 'F']).next().unwrap_or_default().to_owned())
            .collect();
        let pan = "6225880000001234";
        let with_more = [bytes.as_slice(), &unhex("5A086225880000001234"), &unhex("DF010862258800000012341234")].concat();
        for cut in [bytes.len(), bytes.len() + 10, with_more.len()] {
            let nodes = explain(&with_more[..cut]);
            let shown = format!("{nodes:?} {:?} {:?}", Values::of(&with_more), Reader::deep(&with_more).collect::<Vec<_>>());
            for number in numbers.iter().map(String::as_str).chain([pan, "374245001741007"]) {
                assert!(!shown.contains(number), "{id}");
            }
        }
    }
    // A card number where none belongs: in a cryptogram, in a table's value.
    for tag in [0x9F26, 0x9F37, 0x95, 0xDF01, 0x9F34, 0x94, 0x91] {
        let shown = format!("{:?}", value(tag, "6222020000001237", ""));
        assert!(!shown.contains("6222020000001237") && !shown.contains("00001237"), "{tag:X}");
    }
    let track = value(0x57, "374245001741007D181270213101234500000F", "");
    assert_eq!(track.text.en, "374245*****1007D********************** (masked)".to_owned());
    let name = value(0x5F20, "4550617920544553542043415244", "");
    assert!(!name.text.get(Lang::En).contains("EPay"));
    let context = Context { pan: Some("6225880000001234"), track2: Some("6225880000001234=2512"), ..Context::default() };
    assert!(!format!("{context:?}").contains("62258800"));
    assert!(!format!("{:?}", trace::pairs(">> 0020008008241234FFFFFFFFFF\n<< 9000")).contains("1234"));
}

#[test]
fn amounts_dates_and_places_are_spelt_out() {
    let around = "5F2A020156";
    assert_eq!(value(0x9F02, "000000005588", around).text.en, "55.88 CNY");
    assert_eq!(value(0x9F02, "000000000007", "5F2A020392").text.en, "7 JPY");
    assert_eq!(value(0x9F02, "000000000007", "5F2A020512").text.en, "0.007 OMR");
    assert_eq!(value(0x9F02, "000000005588", "").text.en, "5588 minor units");
    assert_eq!(value(0x9A, "161115", "").text.en, "2016-11-15");
    assert_eq!(value(0x9A, "161315", "").text.zh, "不是日期：161315");
    assert_eq!(value(0x9F21, "235959", "").text.en, "23:59:59");
    assert_eq!(value(0x9F1A, "0156", "").text.zh, "中国（156）");
    assert_eq!(value(0x5F2A, "0156", "").text.zh, "人民币（CNY 156）");
    assert_eq!(value(0x9F36, "0349", "").text.en, "841");
    assert_eq!(value(0x9C, "20", "").text.zh, "退货或消费撤销");
    assert_eq!(value(0x9F35, "22", "").text.en, "merchant, attended, offline with online capability");
}

#[test]
fn verification_is_taken_apart() {
    let results = value(0x9F34, "420300", "");
    assert_eq!(
        results.text.en,
        "enciphered PIN, verified online by the issuer; if the terminal supports the method; unknown (for example signature, online PIN)"
    );
    assert_eq!(results.code.as_ref().map(|c| (c.namespace.as_str(), c.value.is_none())), Some(("emv-cvm", true)));
    let bits: Vec<_> = results.children.iter().map(|c| (c.bits.map(|b| b.byte), c.range.clone())).collect();
    assert_eq!(bits, [(Some(1), 0..1), (Some(2), 1..2), (Some(3), 2..3)]);
    let list = value(0x8E, "000003E80000000042031E06", "5F2A020156");
    assert_eq!(
        list.children.iter().map(|c| c.text.en.as_str()).collect::<Vec<_>>(),
        [
            "amount X: 10.00 CNY",
            "amount Y: 0.00 CNY",
            "enciphered PIN, verified online by the issuer; if the terminal supports the method; if unsuccessful, apply the next rule",
            "signature; if in the application currency and under amount X; if unsuccessful, verification fails",
        ]
    );
    assert_eq!(list.children[2].range, 8..10);
}

#[test]
fn issuer_data_follow_the_scheme_and_unknown_ones_are_called_so() {
    let unionpay = "8408A000000333010101";
    let namespaces = |m: &Meaning| m.children.iter().filter_map(|c| c.code.as_ref().map(|c| c.namespace.clone())).collect::<Vec<_>>();
    let iad = value(0x9F10, "07020103A0A806010A01000000001298F01F52", &[unionpay, "5F2A020156"].concat());
    assert_eq!(namespaces(&iad), ["emv-cvr-vsdc"]);
    assert_eq!(iad.children[3].range, 3..7);
    let texts: Vec<&str> = iad.children.iter().map(|c| c.text.zh.as_str()).collect();
    assert!(texts.contains(&"密文算法：三重 DES") && texts.contains(&"密钥分散索引（DKI）02"), "{texts:?}");
    assert_eq!(iad.children.last().map(|c| c.children[1].text.en.as_str()), Some("amount kept by the card 0.12 CNY"));
    let mchip = value(0x9F10, "0110A00003220000000000000000000000FF", "8407A0000000041010");
    assert_eq!(namespaces(&mchip), ["emv-cvr-mchip"]);
    let ccd = value(0x9F10, "0FA501A20000000000000000000000000F000000000000000000000000000000", "");
    assert_eq!(namespaces(&ccd), ["emv-cvr-ccd"]);
    let unknown = value(0x9F10, "0102030405", unionpay);
    assert_eq!(unknown.text.en, "unknown layout: 0102030405");
    let cid = value(0x9F27, "88", "").code.expect("a list");
    assert_eq!((cid.namespace.as_str(), cid.value), ("emv-cid", None), "type and advice are both in the list");
    let arpc = value(0x91, "42FE066E2918B0883030", "");
    assert_eq!(arpc.children.iter().map(|c| c.range.clone()).collect::<Vec<_>>(), [0..8, 8..10]);
    let csu = value(0x91, "0102030400820000", "");
    assert!(csu.children[1].children.iter().any(|c| c.bits.is_some_and(|b| (b.byte, b.mask) == (2, 0x80))));
}

#[test]
fn one_tag_means_different_things_on_different_cards() {
    let (visa, mastercard) = ("8407A0000000031010", "8407A0000000041010");
    assert_eq!(value(0x9F6C, "8000", visa).code.map(|c| c.namespace), Some("emv-ctq".into()));
    assert_eq!(value(0x9F6C, "0001", mastercard).code, None);
    let more = value(0x9F66, "21204000", "");
    assert_eq!(more.children.iter().map(|c| c.bits.map(|b| (b.byte, b.mask))).collect::<Vec<_>>(), [Some((1, 1)), Some((2, 0x20))]);
    assert!(value(0x9F6B, "6225880000001234D2512F", mastercard).text.en.contains('*'));
}

#[test]
fn data_in_the_order_of_a_list_are_named() {
    let (tables, message) = (tables(), unhex("9F38099F66049F02065F2A02"));
    let values = Values::of(&message);
    let explainer = Explainer::new(tables, &values);
    let data = explainer.value(0x83, &unhex("360000000000000010000156FF"), 100);
    let read: Vec<_> = data.children.iter().map(|c| (c.tag, c.range.clone())).collect();
    assert_eq!(read, [(Some(0x9F66), 100..104), (Some(0x9F02), 104..110), (Some(0x5F2A), 110..112), (None, 112..113)]);
    let short = explainer.dol_data(&unhex("9A039F0206"), &unhex("1801010000"), 0);
    assert!(short.children[1].text.en.starts_with("not enough data"));
    let ac = explainer.value(0x80, &unhex("8001570102030405060708 07010103A00000".replace(' ', "").as_str()), 0);
    assert_eq!(ac.children.iter().map(|c| c.tag).collect::<Vec<_>>(), [Some(0x9F27), Some(0x9F36), Some(0x9F26), Some(0x9F10)]);
}

#[test]
fn kernel_2_outcomes_are_read() {
    let outcome = value(0xDF8129, "30F0F02030F0FF00", "");
    assert_eq!(outcome.text.en, "online request");
    assert_eq!(outcome.code.map(|c| c.value), Some(Some("online".into())));
    let error = value(0xDF8115, "0003006A821C", "");
    let codes: Vec<_> = error.children.iter().filter_map(|c| c.code.as_ref().and_then(|c| c.value.clone())).collect();
    assert_eq!(codes, ["6A82", "1C"]);
}

/// A message without contradictions, and one change for each rule.
#[test]
fn contradictions_are_found_and_only_they() {
    let rules = Contradictions::read(CONTRADICTIONS).expect("ours");
    let iso = &tables().iso;
    let chip = [
        "5A086225880000001234",
        "57136225880000001234D25122010000000000000F",
        "9F2608DEAE676D1C473411",
        "9F270180",
        "9F36020349",
        "95050000040000",
        "9A03241115",
        "9F2103120000",
        "9F0206000000005588",
        "5F2A020156",
        "82027C00",
        "9F1A020156",
        "9F3303E0E1C8",
        "9F3403420300",
        "5F340101",
        "5F2403251231",
        "5F2503200101",
        "9B02F800",
        "910A42FE066E2918B0883030",
    ]
    .concat();
    let base = Context {
        mti: Some("0200"),
        pan: Some("6225880000001234"),
        amount: Some("000000005588"),
        time: Some("120000"),
        date_mmdd: Some("1115"),
        entry_mode: Some("051"),
        card_sequence: Some("001"),
        track2: Some("6225880000001234=25122010000000000000"),
        currency: Some("156"),
        has_pin_block: true,
        has_chip_data: true,
    };
    let check = |chip: &str, context: Context<'_>| -> Vec<String> {
        let bytes = unhex(chip);
        rules.check(&Values::of(&bytes), &context, iso).into_iter().map(|f| f.id).collect()
    };
    assert_eq!(check(&chip, base), Vec::<String>::new());
    // An enciphered track has no separator and is compared with nothing.
    assert_eq!(check(&chip, Context { track2: Some("9A0B1C2E3F"), ..base }), Vec::<String>::new());

    let mut fired = std::collections::BTreeSet::new();
    let mut expect = |chip: String, context: Context<'_>, id: &str| {
        let found = check(&chip, context);
        assert!(found.iter().any(|f| f == id), "{id}: {found:?}");
        fired.insert(id.to_owned());
    };
    let with = |from: &str, to: &str| {
        assert!(chip.contains(from), "{from}");
        chip.replace(from, to)
    };
    expect(chip.clone(), Context { amount: Some("000000005589"), ..base }, "amount-field4");
    expect(chip.clone(), Context { currency: Some("840"), ..base }, "currency-field49");
    expect(chip.clone(), Context { pan: Some("6225880000001235"), ..base }, "pan-field2");
    expect(chip.clone(), Context { track2: Some("6225880000001235=2512"), ..base }, "pan-field35");
    expect(chip.clone(), Context { track2: Some("6225880000001234=2612"), ..base }, "track-field35");
    expect(with("5A086225880000001234", "5A086225880000001235"), base, "pan-in-chip");
    expect(chip.clone(), Context { has_pin_block: false, ..base }, "online-pin-missing");
    expect(with("9F3403420300", "9F34035E0300"), base, "pin-block-unasked");
    expect(chip.clone(), Context { date_mmdd: Some("1116"), ..base }, "date-field13");
    expect(chip.clone(), Context { time: Some("120001"), ..base }, "time-field12");
    expect(chip.clone(), Context { card_sequence: Some("002"), ..base }, "sequence-field23");
    expect(with("9F270180", "9F270100"), base, "declined-but-online");
    expect(with("9F270180", "9F270140"), base, "approved-but-online");
    expect(with("9F1A020156", "9F1A020840"), base, "country-currency");
    expect(chip.clone(), Context { has_chip_data: false, ..base }, "chip-entry-no-data");
    expect(chip.clone(), Context { entry_mode: Some("021"), ..base }, "stripe-entry-with-data");
    expect(with("9F36020349", "9F370400000000"), base, "counter-missing");
    expect(with("82027C00", "82026C00"), base, "cvm-not-supported");
    expect(with("9F3303E0E1C8", "9F3303E0A1C8"), base, "cvm-not-in-terminal");
    expect(with("5F2403251231", "5F2403231231"), base, "expired");
    expect(with("95050000040000", "95050040040000"), base, "expired-wrongly");
    expect(with("5F2503200101", "5F2503250101"), base, "not-effective");
    expect(with("9F3403420300", "9F34031F0300"), base, "tvr-pin-not-in-cvm");
    expect(with("95050000040000", "95050000000000"), base, "cvm-pin-not-in-tvr");
    expect(with("9B02F800", "9B02E800"), base, "issuer-auth-skipped");
    assert_eq!(fired.len(), rules.iter().count(), "a rule has no case");
    // An answer carries no PIN block, and a void may end with a decline.
    assert!(!check(&chip, Context { mti: Some("0210"), has_pin_block: false, ..base }).contains(&"online-pin-missing".to_owned()));
    assert!(!check(&with("9F270180", "9F270100"), Context { mti: Some("0400"), ..base }).contains(&"declined-but-online".to_owned()));
}

#[test]
fn commands_are_named() {
    let commands = Commands::read(COMMANDS).expect("ours");
    let read = |hex: &str| {
        let command = apdu::command(&unhex(hex)).expect("a command");
        let spec = commands.of(&command).map(|s| (s.id.clone(), s.parameters(&command).into_iter().map(|(_, t)| t.en).collect::<Vec<_>>()));
        (spec, commands.secret(&command))
    };
    let (select, _) = read("00A404000E325041592E5359532E444446303100");
    assert_eq!(select, Some(("select".into(), vec!["by name".into(), "first or only occurrence".into()])));
    let (record, _) = read("00B2020C00");
    assert_eq!(record.map(|r| r.1), Some(vec!["record 2".into(), "file SFI 1".into(), "P1 is the record number".into()]));
    let (ac, _) = read("80AE90000100");
    assert_eq!(ac.map(|r| r.1), Some(vec!["asks to go online (ARQC)".into(), "asks for a combined signature (CDA)".into()]));
    let (verify, secret) = read("0020008008241234FFFFFFFFFF");
    assert_eq!((verify.map(|v| v.0), secret), (Some("verify".into()), Some(posdx_model::SecretKind::Pin)));
    let (data, _) = read("80CA9F1700");
    assert_eq!(data.map(|r| r.1.join(", ")), Some("high byte of the tag 9F, low byte of the tag 17".into()));
}

#[test]
fn an_answer_to_reset_is_explained() {
    let bytes = unhex("3B6800000073C84000009000");
    let read = atr::read(&bytes);
    assert_eq!((read.fault, read.protocols.clone(), read.historical.clone()), (None, vec![0], 4..12));
    let meaning = read.meaning(&bytes, &tables().bits);
    assert_eq!(meaning.text.zh, "卡片复位应答，协议 T=0");
    assert_eq!(meaning.children.iter().map(|c| c.range.clone()).collect::<Vec<_>>(), [0..1, 2..3, 3..4, 4..12]);
}

#[test]
fn tables_survive_packing() {
    let tables = tables();
    let packed = serde_json::to_string(tables).expect("JSON");
    assert_eq!(serde_json::from_str::<Tables>(&packed).expect("JSON"), *tables);
}

#[test]
fn a_table_with_a_slip_says_where() {
    let error = |tags: String| Tables::read(&tags, BITS, ISO).map(|_| ()).map_err(|e| e.to_string());
    let slip = error(TAGS.replace("\n9F36 = {", "\n9G36 = {"));
    assert_eq!(slip, Err("chip table `tags`: `9G36` is no tag of one to four bytes".into()));
    assert!(error(TAGS.replace("9F6E@amex", "9F6E@amax")).is_err_and(|e| e.contains("amax")));
}

/// Bytes that often look like TLV.
fn tlv_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        any::<u8>().prop_map(|b| vec![b]),
        prop::sample::select(vec![
            "9F02060000000",
            "70",
            "77",
            "6F",
            "A5",
            "83",
            "80",
            "9F10",
            "8E",
            "5A08",
            "57",
            "91",
            "94",
            "9F38",
            "8C",
            "81",
            "00",
            "FF",
            "95",
            "DF8129",
            "FF8105"
        ])
        .prop_map(|h| unhex(&h[..h.len() / 2 * 2])),
        (prop::sample::select(vec![0x80u8, 0x83, 0x8E, 0x94, 0x8C, 0x91, 0x57, 0x70, 0x95]), prop::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(tag, value)| [&[tag, value.len() as u8], value.as_slice()].concat()),
        (
            prop::sample::select(vec![0x9F10u32, 0x9F34, 0x9F38, 0x9F4A, 0x9F6E, 0x9F5B, 0x9F02, 0xDF8115, 0xDF8116, 0x5F30, 0x9F40]),
            prop::collection::vec(any::<u8>(), 0..40)
        )
            .prop_map(|(tag, value)| {
                let mut out = Vec::new();
                write_element(&mut out, tag, &value, None).expect("fits");
                out
            }),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|p| p.concat())
}

/// Where an element breaks off, what there is of it is not shown by what nobody knows it to be.
#[test]
fn card_numbers_in_broken_elements_are_hidden() {
    let hidden = |hex: &str| {
        let bytes = unhex(hex);
        Mask::of_chip_data(&bytes, &tables().tags).hex(&bytes, 0, bytes.len())
    };
    // The first half of an account number is still card data.
    assert_eq!(hidden("9C01005A0862260900000083"), "9C0100******************");
    assert_eq!(hidden("57136226090000008389D251"), "************************");
    // A tag that nobody knows, cut; a number in it begins like one and has the right check digit.
    assert_eq!(hidden("4130FF6226090000008389"), "4130FF622609******8389");
    // Packed digits that could be characters are packed digits all the same.
    assert_eq!(hidden("41086222023334356673"), "4108622202******6673");
    // Where no card number belongs, one that begins like one and has the right check digit: as digits and as characters.
    assert_eq!(hidden("9F26086226090000008389"), "9F2608622609******8389");
    assert_eq!(hidden("061036323236303930303030303038333839"), "0610363232363039************38333839");
    // As characters that are read as tags and lengths.
    assert_eq!(hidden("6E757536323236303930303030303038333839"), "6E7575363232363039************38333839");
    // What is whole in a cut template is shown.
    assert_eq!(hidden("70209C01009F3602000180"), "70209C01009F3602000180");
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..300), tlv_like()]) {
        for node in all(&explain(&bytes)) {
            prop_assert!(node.range.start <= node.range.end && node.range.end <= bytes.len(), "{:?} of {}", node, bytes.len());
            prop_assert!(!node.text.is_incomplete() || node.text.zh == node.text.en, "{:?}", node);
        }
        prop_assert!(Reader::deep(&bytes).count() <= 2 * bytes.len() + 1);
        prop_assert!(dol::dol(&bytes).count() <= bytes.len() && dol::tag_list(&bytes).count() <= bytes.len());
        let tables = tables();
        let atr = atr::read(&bytes);
        atr.meaning(&bytes, &tables.bits);
        if let Ok(c) = apdu::command(&bytes) {
            prop_assert!(bytes.get(c.data).is_some());
        }
        let _ = apdu::response(&bytes);
        let rules = Contradictions::read(CONTRADICTIONS).expect("ours");
        let context = Context { mti: Some("02é0"), entry_mode: Some("é1"), date_mmdd: Some(""), track2: Some("D"), has_pin_block: true, ..Context::default() };
        rules.check(&Values::of(&bytes), &context, &tables.iso);
    }

    #[test]
    fn what_is_read_is_written_back(bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..300), tlv_like()]) {
        prop_assert_eq!(rewritten(&bytes), bytes);
    }

    #[test]
    fn any_text_is_survived(text in "(.|>> |<< |C-APDU: |[0-9A-F]{2}|\n| |sw|0x){0,60}") {
        for pair in trace::pairs(&text) {
            prop_assert!(pair.command.is_some() || pair.response.is_some());
        }
    }

    #[test]
    fn no_card_number_leaves_in_any_message(pan in "62[0-9]{14}", before in tlv_like()) {
        let mut bytes = before;
        bytes.truncate(0);
        for tag in [0x5A, 0x57, 0x9F6B, 0xDF01, 0x53, 0x9F1F, 0x9F7C, 0xDF55] {
            let value = if tag == 0x57 { unhex(&format!("{pan}D2512201000F")) } else { unhex(&pan) };
            write_element(&mut bytes, tag, &value, None).expect("fits");
        }
        let nodes = explain(&bytes);
        let shown: Vec<String> = nodes.iter().filter(|n| n.tag != Some(0xDF01)).map(|n| format!("{n:?}")).collect();
        for text in shown {
            prop_assert!(!text.contains(&pan));
        }
    }
}
