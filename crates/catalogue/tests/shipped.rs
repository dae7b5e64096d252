//! The catalogue that ships: it passes its own check, holds everything it promises, and the packed form says the same as the text.

use posdx_catalogue::find::{Subject, Verdict, find};
use posdx_catalogue::spelling::key;
use posdx_embedded::catalogue;
use posdx_model::Place;
use proptest::prelude::*;

/// Codes per namespace as promised; a number that falls is a loss of knowledge.
#[test]
fn nothing_got_lost() {
    let c = catalogue();
    let mut counts: std::collections::BTreeMap<&str, usize> = Default::default();
    for code in c.codes() {
        *counts.entry(c.namespace_id(code)).or_default() += 1;
    }
    for (namespace, at_least) in [
        ("lakala", 20),
        ("lakala-hex", 6),
        ("cups-pos", 113),
        ("unionpay-online", 49),
        ("ums-local", 54),
        ("iso8583-1987", 157),
        ("iso8583-1993", 97),
        ("iso8583-2003", 183),
        ("visa", 68),
        ("mastercard", 43),
        ("iso7816", 74),
        ("emv-tvr", 40),
        ("pcsc", 60),
        ("cme", 59),
        ("alipay", 55),
        ("wechat-pay", 25),
        ("printer-vfi", 19),
    ] {
        assert!(counts.get(namespace).is_some_and(|n| *n >= at_least), "{namespace}: {:?} of {at_least}", counts.get(namespace));
    }
    assert!(c.code_count() >= 1_676, "{}", c.code_count());
    assert!(c.conditions().count() >= 300);
}

/// The founding article, worked out: every cause category, every remedy, every prevention and the safety advice of its lines.
#[test]
fn the_seed_is_worked_out() {
    let c = catalogue();
    for category in posdx_catalogue::record::Category::ALL {
        assert!(c.causes().any(|x| x.category == *category), "no cause of the category {category}");
    }
    // seed §四 and its second half §4: guide, hotline, service centre, versions, network, restart, hardware, software, support, and
    // the remedy that stands inside each code's own text.
    for step in [
        "check-official-guide",
        "call-acquirer",
        "send-to-service-centre",
        "update-software",
        "downgrade-software",
        "check-router-settings",
        "restart-router",
        "switch-network",
        "restart-terminal",
        "check-hardware",
        "reinstall-software",
        "top-up",
        "check-cable",
        "register-account",
        "log-in-again",
        "check-expiry",
        "reenter-card-data",
        "check-statement",
        "correct-mcc",
        "check-fee-class",
        "call-issuer",
        "wait-for-maintenance",
        "reenter-phone",
        "upload-merchant-data",
        "stop-and-verify-licence",
    ] {
        let record = c.step(step).unwrap_or_else(|| panic!("no step {step}"));
        assert!(record.repairs.iter().any(|r| c.conditions().any(|x| x.causes.iter().any(|k| k.id == r.cause))), "nothing leads to {step}");
    }
    for prevention in ["maintain-monthly", "train-staff", "back-up-data", "buy-reliable", "use-licensed", "no-illegal-terminal"] {
        assert!(c.prevention(prevention).is_some(), "no prevention {prevention}");
    }
    for code in c.codes().filter(|x| matches!(c.namespace_id(*x), "lakala" | "lakala-hex")) {
        let record = c.code_record(code);
        assert_eq!(record.grade, posdx_model::Grade::Unconfirmed, "{}", record.value);
        assert!(!record.near.is_empty() && record.note.is_some(), "{} needs its nearest confirmed code and its oddity", record.value);
    }
    // Its advertisement is not repeated anywhere.
    assert!(c.conditions().all(|x| !format!("{x:?}").contains("soupos")) && c.steps().all(|x| !format!("{x:?}").contains("soupos")));
}

#[test]
fn every_code_is_found_by_its_own_value() {
    let c = catalogue();
    for code in c.codes() {
        let id = c.code_id(code);
        assert!(c.codes_spelled(&key(&id.value)).any(|x| x == code), "{id}");
        assert_eq!(c.code(&id.namespace, &id.value), Some(code), "{id}");
    }
}

/// What posdx prints, it understands.
#[test]
fn every_printed_id_is_understood() {
    for code in catalogue().codes() {
        let id = catalogue().code_id(code);
        for text in [id.to_string(), format!("posdx 说 {id} 是什么意思")] {
            let found = find(catalogue(), &text, None);
            // An id with blanks or Han in it is only understood alone.
            let alone = id.value.chars().any(|c| !(c.is_ascii_alphanumeric() || "._-/".contains(c)));
            let first = found.readings.first().map(|r| r.subject.clone());
            assert!(alone && text != id.to_string() || first == Some(Subject::Code { code, number: None }), "{text}: {first:?}");
        }
    }
}

/// What people type, the reading that must come first, and the verdict.
#[test]
fn codes_as_people_type_them() {
    use Verdict::{Ambiguous, Known, Unknown};
    let cases: &[(&str, &str, Verdict)] = &[
        ("C101", "lakala/C101", Known),
        ("\u{FF23}\u{FF11}\u{FF10}\u{FF11}", "lakala/C101", Known),
        ("c1o1", "lakala/C101", Known),
        ("CI01", "lakala/C101", Known),
        ("POS机显示C101", "lakala/C101", Known),
        ("错误代码4", "lakala/错误代码4", Known),
        ("错误码 4", "lakala/错误代码4", Known),
        ("0X04", "lakala-hex/0x04", Known),
        ("Ox04", "lakala-hex/0x04", Known),
        ("返回码51", "cups-pos/51", Known),
        ("respCode=03", "unionpay-online/03", Known),
        ("SW 6985", "iso7816/6985", Known),
        ("SW1SW2=6A82", "iso7816/6A82", Known),
        ("63C2", "iso7816/63CX", Known),
        ("SCARD_E_TIMEOUT", "pcsc/0x8010000A", Known),
        ("0x8010000A", "pcsc/0x8010000A", Known),
        ("8010000A", "pcsc/0x8010000A", Known),
        ("+CME ERROR: 10", "cme/10", Known),
        ("ACQ.PAYMENT_FAIL", "alipay/ACQ.PAYMENT_FAIL", Known),
        ("微信 NOTENOUGH", "wechat-pay/NOTENOUGH", Known),
        ("银联在线 64", "unionpay-online/64", Known),
        ("拉卡拉 97", "lakala-terminal/97", Known),
        ("新大陆打印机报 0xF0", "printer-vfi/0xF0", Known),
        ("百富打印机 8", "printer-pax/8", Known),
        ("04", "cups-pos/04", Ambiguous),
        ("64", "cups-pos/64", Ambiguous),
        ("51", "cups-pos/51", Known),
        ("-65837", "pax-ped/-65837", Known),
        ("F101", "lakala/F101", Known),
        ("SW1=63 SW2=C0", "iso7816/63C0", Known),
        ("刷卡显示余额不足51", "cups-pos/51", Known),
        ("51 55 61", "cups-pos/51", Ambiguous),
        ("显示Z1", "cups-pos/Z1", Ambiguous),
    ];
    for (text, wanted, verdict) in cases {
        let found = find(catalogue(), text, None);
        let first = found.readings.first().map(|r| match &r.subject {
            Subject::Code { code, .. } => catalogue().code_id(*code).to_string(),
            other => format!("{other:?}"),
        });
        assert_eq!((first.as_deref(), found.verdict), (Some(*wanted), *verdict), "{text}");
    }
    assert_eq!(find(catalogue(), "XK99", None).verdict, Unknown);
}

#[test]
fn a_place_decides() {
    let at = |text, place| {
        let found = find(catalogue(), text, Some(place));
        match &found.readings[0].subject {
            Subject::Code { code, .. } => (catalogue().code_id(*code).to_string(), found.verdict),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(at("64", Place::Pos), ("cups-pos/64".into(), Verdict::Known));
    assert_eq!(at("64", Place::App), ("unionpay-online/64".into(), Verdict::Known));
    assert_eq!(at("10", Place::Modem), ("cme/10".into(), Verdict::Known));
}

#[test]
fn numbers_in_a_sentence_are_not_codes() {
    for text in ["等了51秒还没反应", "刷了100块钱", "今天收了3笔", "卡号6222021234567890123刷不了"] {
        let found = find(catalogue(), text, None);
        assert!(found.codes.is_empty(), "{text}: {:?}", found.codes);
    }
}

#[test]
fn several_codes_are_all_explained() {
    let found = find(catalogue(), "先报C101，又出现0x02", None);
    assert_eq!(found.codes, ["C101", "0x02"]);
    assert_eq!(found.verdict, Verdict::Known);
}

#[test]
fn thousands_of_codes_are_bounded() {
    let many: String = (0..5000).map(|i| format!("E{i} ")).collect();
    let found = find(catalogue(), &many, None);
    assert!(found.codes.len() <= posdx_catalogue::find::CODES_MAX && found.more);
}

#[test]
fn an_unknown_code_brings_up_what_looks_like_it() {
    let found = find(catalogue(), "C103", None);
    let near: Vec<String> = found.nearest.iter().map(|c| catalogue().code_id(*c).to_string()).collect();
    assert_eq!(found.verdict, Verdict::Unknown);
    assert!(near.contains(&"lakala/C101".to_owned()), "{near:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_survived(text in "\\PC{0,120}") {
        let found = find(catalogue(), &text, None);
        prop_assert!(found.readings.iter().all(|r| (0.0..=1.0).contains(&r.score)));
    }

    #[test]
    fn any_mix_of_codes_and_marks_is_survived(text in "[A-Z0-9a-z:=/+_. ,，。错误代码显示SWTVR-]{0,80}") {
        let first = find(catalogue(), &text, None);
        prop_assert_eq!(first, find(catalogue(), &text, None), "the same question must have the same answer");
    }
}
