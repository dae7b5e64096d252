//! What a message means for the money: never “taken” without proof, never “not taken” without proof.

use serde_json::Value;

use crate::common::hex;
use crate::tools::{ANSWER, PAN, SALE, decoded, framed, message, out, posdx, with};

/// The money of the first reading, and its condition.
fn money(found: &Value) -> (String, String) {
    let reading = &found["explanation"]["readings"][0];
    let text = |v: &Value| v.as_str().unwrap_or("-").to_owned();
    (text(&reading["money"]["state"]), text(&reading["condition"]))
}

fn of(mti: &str, fields: &[(usize, &str)]) -> Value {
    decoded(&hex(&framed(mti, fields)), &[])
}

#[test]
fn an_answer_to_a_sale() {
    let found = of("0210", ANSWER);
    assert_eq!(found["transaction"]["id"], "sale");
    assert_eq!(money(&found).0, "taken");
    assert_eq!(found["explanation"]["readings"][0]["code"]["id"], "cups-pos/00");
    let found = of("0210", &with(ANSWER, &[(39, "51"), (38, "")]));
    assert_eq!(money(&found), ("not-taken".into(), "funds.insufficient".into()));
    assert_eq!(found["explanation"]["verdict"], "known");
    for lang in ["zh", "en"] {
        let page = out(&posdx(&["decode", &hex(&framed("0210", &with(ANSWER, &[(39, "51"), (38, "")]))), "--lang", lang]));
        // Above the fields, and the fields below.
        let (verdict, table) = (page.find("cups-pos/51"), page.find("848290441116000"));
        assert!(verdict.is_some() && verdict < table, "{page}");
    }
    // Success is a set.
    for code in ["10", "11", "A2", "A4", "A5", "A6"] {
        assert_eq!(money(&of("0210", &with(ANSWER, &[(39, code)]))).0, "taken", "{code}");
    }
    // The bank did not answer, or its answer could not be read: nobody knows.
    for code in ["98", "91", "96", "68"] {
        assert_ne!(money(&of("0210", &with(ANSWER, &[(39, code), (38, "")]))).0, "taken", "{code}");
    }
}

/// What 00 means when nothing was bought.
#[test]
fn approved_is_not_taken_where_nothing_was_sold() {
    const SIGN_ON: &[(usize, &str)] =
        &[(11, "000001"), (12, "165419"), (13, "1115"), (37, "000000123456"), (39, "00"), (41, "29800013"), (42, "848290441116000")];
    let management = |more: &'static [(usize, &'static str)]| with(SIGN_ON, more);
    let cases = vec![
        ("balance", "0210", with(ANSWER, &[(3, "310000"), (60, "01000012000")]), "not-applicable"),
        ("sign-on", "0810", management(&[(60, "00000012003"), (62, KEYS)]), "not-applicable"),
        ("echo", "0830", management(&[(60, "00000012301")]), "not-applicable"),
        ("refund", "0230", with(ANSWER, &[(3, "200000"), (60, "25000012000")]), "not-applicable"),
        ("void", "0210", with(ANSWER, &[(3, "200000"), (60, "23000012000")]), "not-taken"),
        ("reversal", "0410", with(ANSWER, &[(38, "")]), "not-taken"),
        ("settlement", "0510", management(&[(48, SETTLED), (60, "00000012201")]), "not-applicable"),
        ("pre-authorisation", "0110", with(ANSWER, &[(3, "030000"), (25, "06"), (60, "10000012000")]), "not-taken"),
        ("void of a pre-authorisation", "0110", with(ANSWER, &[(3, "200000"), (25, "06"), (60, "11000012000")]), "not-taken"),
        ("batch upload", "0330", management(&[(48, "0002"), (60, "00000012201")]), "not-applicable"),
    ];
    for (name, mti, fields, expected) in cases {
        // Whichever success the host chose to send.
        for code in ["00", "10", "11", "A2", "A4", "A5", "A6"] {
            let fields = with(&fields, &[(39, code)]);
            let found = of(mti, &fields);
            let (state, condition) = money(&found);
            assert_ne!(state, "taken", "{name} answered {code}: {condition}");
            assert!(code != "00" || state == expected, "{name}: {state}, {condition}");
            let page = out(&posdx(&["decode", &hex(&framed(mti, &fields)), "--lang", "en"]));
            assert!(!page.lines().any(|l| l.starts_with("Money") && l.contains("  Taken")), "{name} answered {code}:\n{page}");
        }
    }
}

/// Dialects that name no kinds of business, and a message type that alone says that nothing was sold.
#[test]
fn message_types_without_a_sale_never_take_money() {
    for dialect in ["iso87-ascii-hexbitmap", "iso87-bcd", "cup-interbank", "mastercard", "visa"] {
        for mti in ["0410", "0430", "0510", "0530", "0810", "0830"] {
            let fields = [(7, "1115165419"), (11, "000777"), (39, "00"), (41, "29800013"), (70, "001")];
            let Some(bytes) = possible(dialect, mti, &fields) else { continue };
            let found = decoded(&hex(&bytes), &["--dialect", dialect]);
            assert_ne!(money(&found).0, "taken", "{dialect} {mti}: {}", money(&found).1);
        }
        let balance = [(2, PAN), (3, "310000"), (7, "1115165419"), (11, "000777"), (39, "00"), (41, "29800013")];
        let Some(bytes) = possible(dialect, "0210", &balance) else { continue };
        let found = decoded(&hex(&bytes), &["--dialect", dialect]);
        assert_ne!(money(&found).0, "taken", "{dialect} balance: {}", money(&found).1);
    }
}

fn possible(dialect: &str, mti: &str, fields: &[(usize, &str)]) -> Option<Vec<u8>> {
    let known = posdx_embedded::knowledge().dialects.get(dialect)?;
    let fields: Vec<(usize, &str)> = fields.iter().filter(|(n, _)| known.format(*n).is_some()).copied().collect();
    let bytes = message(dialect, mti, &fields);
    (posdx_wire::iso8583::decode(&bytes, known).fault().is_none()).then_some(bytes)
}

const KEYS: &str = "81703A74A7F8DBD31ADE741A23E7654F522C41264EEEE335695F8ABD0000000000000000A51E8ADF";
const SETTLED: &str = "00000012300000100000000000000010000000000000000000000000000000";

/// A request is no result.
#[test]
fn a_request_alone_is_unknown() {
    assert_eq!(money(&of("0200", SALE)).0, "unknown");
    assert_eq!(money(&of("0200", &with(SALE, &[(3, "200000"), (60, "2300001200060")]))).0, "unknown");
    assert_eq!(money(&of("0200", &with(SALE, &[(3, "310000"), (60, "0100001200060")]))).0, "not-applicable");
    assert_eq!(money(&of("0800", &[(11, "000001"), (41, "29800013"), (42, "848290441116000"), (60, "00000012003")])).0, "not-applicable");
    let reversal = with(SALE, &[(39, "98"), (52, ""), (53, ""), (26, ""), (60, "22000012000")]);
    let found = of("0400", &reversal);
    assert_eq!(money(&found).0, "unknown");
    // In a reversal request 98 is the terminal's own reason, not a bank's answer.
    assert_eq!(found["explanation"]["readings"][0]["code"]["id"], "cups-reversal/98");
    let found = of("0410", &with(ANSWER, &[(39, "12"), (38, "")]));
    assert_eq!(money(&found).0, "unknown", "the original stands as it was");
}

#[test]
fn an_answer_cut_before_its_code_is_unknown() {
    let whole = framed("0210", ANSWER);
    let code = decoded(&hex(&whole), &[])["fields"]["39"]["bytes"][0].as_u64().expect("a number") as usize;
    for cut in [code + 1, code, code - 3, 40] {
        let o = posdx(&["decode", &hex(&whole[..cut]), "--json"]);
        assert_eq!(o.status.code(), Some(2));
        let found = crate::tools::object(&o);
        assert!(found["fields"]["39"].is_null());
        assert_eq!(money(&found), ("unknown".into(), "message.broken".into()), "cut at {cut}");
    }
}

#[test]
fn an_unknown_code_is_named_and_not_guessed() {
    let typed = hex(&framed("0210", &with(ANSWER, &[(39, "ZQ"), (38, "")])));
    let o = posdx(&["decode", &typed, "--json"]);
    assert_eq!(o.status.code(), Some(3));
    let found = crate::tools::object(&o);
    assert_eq!(found["explanation"]["verdict"], "unknown");
    assert!(found["explanation"]["input"]["text"].as_str().expect("text").contains("ZQ"), "{}", found["explanation"]["input"]);
    for lang in ["zh", "en"] {
        let page = out(&posdx(&["decode", &typed, "--lang", lang]));
        let verdict = page.split("848290441116000").next().expect("a page");
        assert!(verdict.contains("ZQ"), "{page}");
        assert!(!verdict.contains("没有扣款") && !verdict.contains("Not taken"), "{page}");
    }
}

/// The host's own words in field 63, Chinese in GBK.
#[test]
fn the_words_of_a_host_are_read() {
    // CUP, then 20 bytes of the issuer: 余额不足.
    let words = "435550D3E0B6EEB2BBD7E32020202020202020202020202020202020202020202020202020202020202020";
    let found = of("0210", &with(ANSWER, &[(39, "05"), (38, ""), (63, words)]));
    let page = found["fields"]["63"].to_string();
    assert!(page.contains("余额不足"), "{page}");
    let also = found["also"].to_string();
    assert!(also.contains("funds.insufficient"), "the host says more than its code: {also}");
    // Said again in other words it is not said twice.
    let found = of("0210", &with(ANSWER, &[(39, "51"), (38, ""), (63, words)]));
    assert!(!found["also"].to_string().contains("funds.insufficient"));
}

/// Two statements that cannot both be true.
#[test]
fn contradictions_are_found() {
    let ids = |found: &Value| -> Vec<String> {
        found["contradictions"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|c| format!("{} {}", c["id"].as_str().unwrap_or("-"), c["places"]))
            .collect()
    };
    assert_eq!(ids(&of("0210", ANSWER)), Vec::<String>::new());
    assert_eq!(ids(&of("0200", SALE)), Vec::<String>::new());
    let found = of("0200", &with(SALE, &[(60, "2300001200060")]));
    assert!(ids(&found).iter().any(|c| c.contains("60.1")), "{:?}", ids(&found));
    // 9F02 says 55.88, field 4 says 123.00; 9F34 says that a PIN went to the bank, and there is none.
    let chip =
        "9F2608DEAE676D1C4734119F2701809F02060000000055889F34034203009F360203499505008004E0009A032411155F2A0201569F1A0201569C010082027C00";
    let found = of("0200", &with(SALE, &[(22, "051"), (23, "001"), (55, chip), (52, ""), (26, "")]));
    let all = ids(&found);
    assert!(all.iter().any(|c| c.contains("9F02") && c.contains("\"4\"")), "{all:?}");
    assert!(all.iter().any(|c| c.contains("9F34") && c.contains("52")), "{all:?}");
    for lang in ["zh", "en"] {
        let typed = hex(&framed("0200", &with(SALE, &[(22, "051"), (23, "001"), (55, chip), (52, ""), (26, "")])));
        let page = out(&posdx(&["decode", &typed, "--lang", lang]));
        assert!(page.contains("9F02") && page.lines().filter(|l| l.starts_with("! ")).count() >= 2, "{page}");
    }
    // Only the currency is wrong.
    let chip = "9F02060000000123005F2A020840";
    let all = ids(&of("0200", &with(SALE, &[(22, "051"), (23, "001"), (55, chip)])));
    assert!(all.iter().any(|c| c.contains("5F2A") && c.contains("49")), "{all:?}");
}

/// The till does not learn why a bank has stopped a card, from a message as little as from a code.
#[test]
fn the_till_is_not_told_that_a_card_was_stolen() {
    for code in ["41", "43", "34", "07"] {
        let typed = hex(&framed("0210", &with(ANSWER, &[(39, code), (38, "")])));
        for role in ["cashier", "cardholder"] {
            for lang in ["zh", "en"] {
                let page = out(&posdx(&["decode", &typed, "--lang", lang, "--role", role, "--all"])).to_lowercase();
                for word in ["挂失", "失窃", "被盗", "被窃", "欺诈", "伪卡", "stolen", "lost card", "fraud", "counterfeit"] {
                    assert!(!page.contains(word), "{code} {role} {lang}: {word}\n{page}");
                }
            }
        }
    }
}
