//! Conversations built message by message: who answered whom, and what became of the money.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use posdx_model::Lang;
use posdx_wire::iso8583::{Decoded, Dialect, Dialects, decode, encode};
use posdx_wire::talk::{Chain, ChainKind, ChainOutcome, Finding, FindingId, Rules, Seen, Talk, Texts};
use proptest::prelude::*;

const TEXTS: &str = include_str!("../../../dialects/talk.toml");
const PAN: &str = "6217970000000005090";

/// A UnionPay terminal's way of writing, and one in text with the fields of interbank messages.
const POS: &str = r#"
id = "pos"
title = { zh = "终端", en = "Terminal" }
mti = "bcd"
bitmap = "binary"
digits = "bcd"
text = "ascii"
lengths = "bcd"
[field]
2 = { format = "n..19", name = { zh = "卡号", en = "Card number" }, secret = "pan" }
3 = { format = "n6", name = { zh = "处理码", en = "Processing code" } }
4 = { format = "n12", name = { zh = "金额", en = "Amount" } }
7 = { format = "n10", name = { zh = "传输时间", en = "Transmission time" } }
11 = { format = "n6", name = { zh = "跟踪号", en = "Trace number" } }
12 = { format = "n6", name = { zh = "时间", en = "Time" } }
13 = { format = "n4", name = { zh = "日期", en = "Date" } }
32 = { format = "n..11", name = { zh = "受理机构", en = "Acquirer" } }
33 = { format = "n..11", name = { zh = "发送机构", en = "Forwarder" } }
37 = { format = "an12", name = { zh = "参考号", en = "Reference" } }
38 = { format = "an6", name = { zh = "授权码", en = "Approval" } }
39 = { format = "an2", name = { zh = "应答码", en = "Response" } }
41 = { format = "ans8", name = { zh = "终端号", en = "Terminal" } }
42 = { format = "ans15", name = { zh = "商户号", en = "Merchant" } }
48 = { format = "n...322", name = { zh = "总额", en = "Totals" } }
60 = { format = "n...19", name = { zh = "批次", en = "Batch" } }
61 = { format = "z...999", name = { zh = "原交易", en = "Original" } }
70 = { format = "n3", name = { zh = "网络管理码", en = "Network code" } }
90 = { format = "n42", name = { zh = "原始数据", en = "Original data" } }
"#;

const TEXT: &str = r#"
id = "text"
title = { zh = "文本", en = "Text" }
inherits = "pos"
mti = "ascii"
bitmap = "binary"
digits = "ascii"
text = "ascii"
lengths = "ascii"
[field]
60 = { format = "ans...999" }
"#;

/// Digits of field 60 written as text, told by its parts.
const PARTS: &str = r#"
id = "parts"
title = { zh = "分段", en = "Parts" }
inherits = "text"
[field.60]
format = "ans...999"
parts = [
  { id = "1", format = "n2", name = { zh = "类型", en = "Type" } },
  { id = "2", format = "n6", name = { zh = "批次", en = "Batch" } },
  { id = "3", format = "n3", name = { zh = "网络管理码", en = "Network code" } },
]
"#;

fn dialects() -> Dialects {
    Dialects::read(&[("pos.toml", POS), ("text.toml", TEXT), ("parts.toml", PARTS)]).expect("dialects")
}

/// A conversation being held: every message has the terminal T1 of merchant M1 unless it says otherwise.
struct Scene {
    dialects: Dialects,
    dialect: &'static str,
    talk: Talk,
    chains: Vec<Chain>,
    number: u64,
    /// Seconds; `None` for a source without times.
    time: Option<u64>,
    flow: Option<(u32, bool)>,
}

const NAMES: [(usize, &str); 2] = [(41, "TERMINAL"), (42, "MERCHANT1234567")];

impl Scene {
    fn new() -> Self {
        Self::with(Rules::default())
    }

    fn with(rules: Rules) -> Self {
        Scene {
            dialects: dialects(),
            dialect: "pos",
            talk: Talk::new(rules),
            chains: Vec::new(),
            number: 0,
            time: Some(1_000_000),
            flow: None,
        }
    }

    fn after(&mut self, seconds: u64) -> &mut Self {
        self.time = self.time.map(|t| t + seconds);
        self
    }

    /// Says a message as it is; the result is its number.
    fn bare(&mut self, mti: &str, fields: &[(usize, &str)]) -> u64 {
        self.number += 1;
        let dialect = self.dialects.get(self.dialect).expect("described");
        let bytes = written(dialect, mti, fields);
        let decoded = decode(&bytes, dialect);
        assert_eq!(decoded.fault(), None);
        let seen = Seen { time_ns: self.time.map(|t| t * 1_000_000_000), number: self.number, flow: self.flow, message: &decoded };
        let chains = &mut self.chains;
        self.talk.push(seen, &mut |chain| chains.push(chain));
        self.number
    }

    /// Says a message of the terminal, one second after the last.
    fn say(&mut self, mti: &str, fields: &[(usize, &str)]) -> u64 {
        self.after(1);
        let mut all: Vec<(usize, &str)> = NAMES.iter().chain(fields).copied().collect();
        all.sort_by_key(|(n, _)| *n);
        self.bare(mti, &all)
    }

    fn end(mut self) -> Vec<Chain> {
        let chains = &mut self.chains;
        self.talk.finish(&mut |chain| chains.push(chain));
        assert_eq!(self.talk.held(), 0);
        let texts = Texts::read(TEXTS).expect("texts");
        for finding in self.chains.iter().flat_map(|c| &c.findings) {
            for lang in Lang::ALL {
                for text in [texts.title(finding, *lang), texts.meaning(finding, *lang), texts.next(finding, *lang)] {
                    assert!(!text.contains('{') && !text.is_empty(), "{}: {text}", finding.id);
                }
            }
        }
        self.chains
    }

    /// Ends with one chain.
    fn one(self) -> Chain {
        let mut chains = self.end();
        assert_eq!(chains.len(), 1, "{chains:#?}");
        chains.remove(0)
    }
}

fn written(dialect: &Dialect, mti: &str, fields: &[(usize, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(dialect, mti, fields.iter().copied(), &mut bytes).unwrap_or_else(|e| panic!("{e}"));
    bytes
}

fn ids(chain: &Chain) -> Vec<&'static str> {
    chain.findings.iter().map(|f| f.id.as_str()).collect()
}

fn finding(chain: &Chain, id: FindingId) -> &Finding {
    chain.findings.iter().find(|f| f.id == id).unwrap_or_else(|| panic!("no {id} in {:?}", chain.findings))
}

fn value<'f>(finding: &'f Finding, name: &str) -> &'f str {
    finding.values.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str()).unwrap_or_else(|| panic!("no {name} in {finding:?}"))
}

const AMOUNT: (usize, &str) = (4, "000000005588");
const SALE: (usize, &str) = (3, "000000");
const UNDO: (usize, &str) = (3, "200000");
const BATCH: (usize, &str) = (60, "22000001");

fn sale(scene: &mut Scene, trace: &str) -> u64 {
    scene.say("0200", &[(2, PAN), SALE, AMOUNT, (11, trace), BATCH])
}

fn sale_reply(scene: &mut Scene, trace: &str, code: &str) -> u64 {
    scene.say("0210", &[SALE, AMOUNT, (11, trace), (37, "REFERENCE001"), (39, code), BATCH])
}

fn reversal(scene: &mut Scene, trace: &str) -> u64 {
    scene.say("0400", &[(2, PAN), SALE, AMOUNT, (11, trace), (39, "98"), BATCH])
}

fn reversal_reply(scene: &mut Scene, trace: &str, code: &str) -> u64 {
    scene.say("0410", &[SALE, AMOUNT, (11, trace), (39, code), BATCH])
}

#[test]
fn an_approved_and_a_refused_sale_are_what_the_replies_say() {
    for (code, outcome) in [
        ("00", ChainOutcome::Approved),
        ("11", ChainOutcome::Approved),
        ("A6", ChainOutcome::Approved),
        ("51", ChainOutcome::Declined),
        ("A0", ChainOutcome::Declined),
        ("68", ChainOutcome::Unknown),
        ("98", ChainOutcome::Unknown),
    ] {
        let mut scene = Scene::new();
        sale(&mut scene, "000001");
        sale_reply(&mut scene, "000001", code);
        let chain = scene.one();
        assert_eq!((chain.kind, chain.outcome), (ChainKind::Payment, outcome), "{code}");
        assert_eq!(chain.response.as_deref(), Some(code));
        assert_eq!(chain.duration_ns, Some(1_000_000_000));
        assert!(chain.findings.is_empty(), "{:?}", chain.findings);
        assert_eq!(chain.messages.len(), 2);
        assert_eq!((chain.messages[0].amount, chain.messages[0].batch, chain.messages[0].transaction), (Some(5588), Some(1), Some(22)));
    }
}

#[test]
fn a_reply_that_names_no_code_makes_nothing_certain() {
    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    scene.say("0210", &[SALE, AMOUNT, (11, "000001")]);
    assert_eq!(scene.one().outcome, ChainOutcome::Unknown);
}

#[test]
fn a_sale_without_reply_is_unknown_never_declined() {
    let mut scene = Scene::new();
    let number = sale(&mut scene, "000001");
    scene.after(30).say("0800", &[(11, "000009"), (60, "00000001301")]);
    scene.say("0810", &[(11, "000009"), (39, "00"), (60, "00000001301")]);
    let chains = scene.end();
    assert_eq!(ids(&chains[0]), ["no-reply"]);
    assert_eq!(chains[0].outcome, ChainOutcome::Unknown);
    assert_eq!(chains[0].response, None);
    let found = finding(&chains[0], FindingId::NoReply);
    assert_eq!((found.number, value(found, "seconds")), (number, "32"));
    assert_eq!((chains[1].kind, chains[1].outcome), (ChainKind::Network, ChainOutcome::NotApplicable));
    assert!(chains[1].findings.is_empty());
}

#[test]
fn a_late_reply_is_said_to_be_late() {
    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    scene.after(60);
    let number = sale_reply(&mut scene, "000001", "00");
    let chain = scene.one();
    assert_eq!(ids(&chain), ["late-reply"]);
    assert_eq!((finding(&chain, FindingId::LateReply).number, value(&chain.findings[0], "seconds")), (number, "61"));
    assert_eq!(chain.outcome, ChainOutcome::Approved);
}

#[test]
fn a_reversal_answered_00_reverses_and_a_reply_behind_it_is_late() {
    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    reversal(&mut scene, "000001");
    reversal_reply(&mut scene, "000001", "00");
    sale_reply(&mut scene, "000001", "00");
    let chain = scene.one();
    assert_eq!(ids(&chain), ["reversed", "late-reply"]);
    assert_eq!((chain.kind, chain.outcome, chain.messages.len()), (ChainKind::Payment, ChainOutcome::Reversed, 4));
}

#[test]
fn a_reversal_that_ends_otherwise_leaves_the_money_unknown() {
    for (code, id) in [
        (Some("25"), "reversal-found-nothing"),
        (Some("12"), "reversal-found-nothing"),
        (Some("96"), "reversal-refused"),
        (None, "reversal-unanswered"),
    ] {
        let mut scene = Scene::new();
        sale(&mut scene, "000001");
        let sent = reversal(&mut scene, "000001");
        if let Some(code) = code {
            reversal_reply(&mut scene, "000001", code);
        }
        let chain = scene.one();
        assert_eq!(chain.outcome, ChainOutcome::Unknown, "{code:?}");
        let found = chain.findings.iter().find(|f| f.id.as_str() == id).unwrap_or_else(|| panic!("{:?}", chain.findings));
        match code {
            Some(code) => assert_eq!(value(found, "code"), code),
            None => assert_eq!((found.number, value(found, "count")), (sent, "1")),
        }
        assert!(ids(&chain).contains(&"no-reply"));
    }
}

#[test]
fn a_refusal_stays_a_refusal_when_its_reversal_finds_nothing() {
    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    sale_reply(&mut scene, "000001", "51");
    reversal(&mut scene, "000001");
    reversal_reply(&mut scene, "000001", "25");
    assert_eq!(scene.one().outcome, ChainOutcome::Declined);
}

#[test]
fn an_approval_that_was_reversed_is_told() {
    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    sale_reply(&mut scene, "000001", "00");
    scene.after(4);
    reversal(&mut scene, "000001");
    let chain = scene.one();
    assert_eq!(ids(&chain), ["reversed-though-approved", "reversal-unanswered"]);
    assert_eq!(value(&chain.findings[0], "seconds"), "5");
    assert_eq!(chain.outcome, ChainOutcome::Unknown);
}

#[test]
fn a_reversal_is_repeated_with_its_own_count() {
    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    for _ in 0..3 {
        reversal(&mut scene, "000001");
    }
    let chain = scene.one();
    assert_eq!(ids(&chain), ["duplicate-request", "duplicate-request", "no-reply", "reversal-unanswered"]);
    assert_eq!(value(finding(&chain, FindingId::ReversalUnanswered), "count"), "3");
}

#[test]
fn an_endless_repetition_does_not_become_an_endless_chain() {
    let mut scene = Scene::new();
    for _ in 0..100 {
        reversal(&mut scene, "000001");
    }
    assert_eq!(scene.end().iter().map(|c| c.messages.len()).collect::<Vec<_>>(), [32, 32, 32, 4]);
}

#[test]
fn sums_leave_out_an_approval_behind_its_reversal() {
    let mut scene = Scene::new();
    batch(&mut scene);
    sale(&mut scene, "000008");
    reversal(&mut scene, "000008");
    reversal_reply(&mut scene, "000008", "00");
    sale_reply(&mut scene, "000008", "00");
    scene.say("0500", &[(11, "000009"), (48, "000000005588001000000000100001"), (60, "00000001201")]);
    assert_eq!(scene.end().last().map(ids), Some(vec!["no-reply"]));
}

#[test]
fn a_reversal_of_another_amount_is_not_a_reversal_of_the_whole() {
    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    scene.say("0400", &[SALE, (4, "000000000088"), (11, "000001"), BATCH]);
    reversal_reply(&mut scene, "000001", "00");
    let chain = scene.one();
    let found = finding(&chain, FindingId::ReversalAmountDiffers);
    assert_eq!((value(found, "amount"), value(found, "original_amount")), ("88", "5588"));
    assert_eq!(chain.outcome, ChainOutcome::Unknown);
}

#[test]
fn a_reversal_finds_its_original_by_field_90_or_61_or_stands_alone() {
    let by_90 = format!("0200000001{}", "0".repeat(32));
    for original in [(61, "0000010000011124"), (90, by_90.as_str())] {
        let mut scene = Scene::new();
        sale(&mut scene, "000001");
        let mut fields = vec![SALE, AMOUNT, (11, "000077"), BATCH, original];
        fields.sort_by_key(|(n, _)| *n);
        scene.say("0400", &fields);
        reversal_reply(&mut scene, "000077", "00");
        let chain = scene.one();
        assert_eq!((chain.kind, chain.outcome), (ChainKind::Payment, ChainOutcome::Reversed), "{original:?}");
    }
    for (code, outcome) in [("00", ChainOutcome::Reversed), ("25", ChainOutcome::Unknown), ("96", ChainOutcome::Unknown)] {
        let mut scene = Scene::new();
        reversal(&mut scene, "000005");
        reversal_reply(&mut scene, "000005", code);
        let chain = scene.one();
        assert_eq!(ids(&chain)[0], "reversal-of-unseen");
        assert_eq!((chain.kind, chain.outcome), (ChainKind::Reversal, outcome), "{code}");
    }
}

#[test]
fn a_repeated_sale_is_one_sale() {
    for mti in ["0200", "0201"] {
        let mut scene = Scene::new();
        sale(&mut scene, "000001");
        let again = scene.say(mti, &[(2, PAN), SALE, AMOUNT, (11, "000001"), BATCH]);
        sale_reply(&mut scene, "000001", "00");
        sale_reply(&mut scene, "000001", "00");
        let chain = scene.one();
        assert_eq!(ids(&chain), ["duplicate-request"]);
        assert_eq!((chain.findings[0].number, value(&chain.findings[0], "count")), (again, "2"));
        assert_eq!(chain.outcome, ChainOutcome::Approved);
    }
}

#[test]
fn replies_beyond_the_requests_are_counted_and_contradictions_make_unknown() {
    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    sale_reply(&mut scene, "000001", "00");
    sale_reply(&mut scene, "000001", "00");
    sale_reply(&mut scene, "000001", "94");
    let chain = scene.one();
    assert_eq!(ids(&chain), ["duplicate-reply", "duplicate-reply", "replies-contradict"]);
    assert_eq!(value(&chain.findings[1], "count"), "3");
    assert_eq!((chain.outcome, chain.response.as_deref()), (ChainOutcome::Unknown, Some("00")));
}

#[test]
fn a_reply_alone_is_told_and_still_says_what_it_says() {
    for (code, outcome) in [("00", ChainOutcome::Approved), ("51", ChainOutcome::Declined)] {
        let mut scene = Scene::new();
        sale_reply(&mut scene, "000001", code);
        let chain = scene.one();
        assert_eq!((ids(&chain), chain.outcome), (vec!["reply-without-request"], outcome));
    }
}

#[test]
fn another_terminals_reply_is_not_taken() {
    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    scene.bare("0210", &[SALE, AMOUNT, (11, "000001"), (39, "00"), (41, "TERMINA2"), NAMES[1]]);
    scene.bare("0210", &[SALE, AMOUNT, (11, "000001"), (39, "00"), NAMES[0], NAMES[1], (60, "22000002")]);
    scene.bare("0210", &[SALE, AMOUNT, (11, "000002"), (39, "00"), NAMES[0], NAMES[1]]);
    let chains = scene.end();
    assert_eq!(chains.len(), 4);
    assert_eq!(chains[0].outcome, ChainOutcome::Unknown);
}

#[test]
fn a_reply_without_merchant_or_terminal_still_finds_its_request() {
    for fields in [&[(41, "TERMINAL")][..], &[(42, "MERCHANT1234567")], &[]] {
        let mut scene = Scene::new();
        sale(&mut scene, "000001");
        let all: Vec<(usize, &str)> = [SALE, AMOUNT, (11, "000001"), (39, "00")].iter().chain(fields).copied().collect();
        scene.bare("0210", &all);
        assert_eq!(scene.one().outcome, ChainOutcome::Approved);
    }
}

#[test]
fn of_two_requests_the_one_of_the_same_connection_is_answered() {
    for (connection, answered) in [(1, 0), (2, 1)] {
        let mut scene = Scene::new();
        scene.flow = Some((1, true));
        scene.say("0200", &[SALE, (4, "000000000100"), (11, "000001")]);
        scene.flow = Some((2, true));
        scene.say("0200", &[SALE, (4, "000000000200"), (11, "000001")]);
        scene.flow = Some((connection, false));
        scene.say("0210", &[SALE, (11, "000001"), (39, "00")]);
        let outcomes: Vec<_> = scene.end().iter().map(|c| c.outcome).collect();
        assert_eq!(outcomes[answered], ChainOutcome::Approved);
        assert_eq!(outcomes[1 - answered], ChainOutcome::Unknown);
    }
}

#[test]
fn of_two_requests_the_unanswered_one_is_answered() {
    let mut scene = Scene::new();
    scene.say("0200", &[SALE, (4, "000000000100"), (11, "000001")]);
    scene.say("0200", &[SALE, (4, "000000000200"), (11, "000001")]);
    scene.say("0210", &[SALE, (11, "000001"), (39, "00")]);
    scene.say("0210", &[SALE, (11, "000001"), (39, "51")]);
    let chains = scene.end();
    assert_eq!(chains.iter().map(|c| c.outcome).collect::<Vec<_>>(), [ChainOutcome::Declined, ChainOutcome::Approved]);
}

#[test]
fn an_echo_test_with_the_same_number_is_a_new_one_once_answered() {
    let echo = [(11, "000001"), (60, "00000001301")];
    let mut scene = Scene::new();
    for _ in 0..3 {
        scene.say("0800", &echo);
        scene.say("0810", &[echo[0], (39, "00"), echo[1]]);
    }
    scene.say("0800", &echo);
    scene.say("0800", &echo);
    let chains = scene.end();
    assert_eq!(chains.iter().map(ids).collect::<Vec<_>>(), [vec![], vec![], vec![], vec!["duplicate-request", "no-reply"]]);
}

#[test]
fn type_and_batch_are_read_where_the_dialect_says_that_they_are_there() {
    for (dialect, expected) in [("parts", (Some(22), Some(1))), ("text", (None, None)), ("pos", (Some(22), Some(1)))] {
        let mut scene = Scene::new();
        scene.dialect = dialect;
        sale(&mut scene, "000001");
        let chain = scene.one();
        assert_eq!((chain.messages[0].transaction, chain.messages[0].batch), expected, "{dialect}");
    }
}

#[test]
fn a_payment_gathers_a_bounded_number_of_reversals() {
    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    for trace in 100..500 {
        scene.say("0400", &[SALE, AMOUNT, (11, &format!("{trace:06}")), BATCH, (61, "0000010000011124")]);
    }
    assert_eq!(scene.end()[0].messages.len(), 256);
}

#[test]
fn interbank_messages_are_told_apart_by_time_and_institutions() {
    let mut scene = Scene::new();
    scene.dialect = "text";
    for (time, institution) in [("1124000001", "01020000"), ("1124000001", "01030000"), ("1124000009", "01020000")] {
        scene.bare("0200", &[SALE, AMOUNT, (7, time), (11, "000001"), (32, institution), (33, "00010000")]);
    }
    scene.bare("0200", &[SALE, AMOUNT, (7, "1124000001"), (11, "000001"), (32, "01020000"), (33, "00020000")]);
    scene.bare("0210", &[SALE, AMOUNT, (7, "1124000001"), (11, "000001"), (32, "01020000"), (33, "00010000"), (39, "51")]);
    let chains = scene.end();
    let outcomes: Vec<_> = chains.iter().map(|c| c.outcome).collect();
    assert_eq!(outcomes, [ChainOutcome::Declined, ChainOutcome::Unknown, ChainOutcome::Unknown, ChainOutcome::Unknown]);
}

#[test]
fn the_same_trace_for_another_sale_is_told_and_each_gets_its_reply() {
    let mut scene = Scene::new();
    let first = sale(&mut scene, "000001");
    sale_reply(&mut scene, "000001", "00");
    scene.say("0200", &[SALE, (4, "000000000100"), (11, "000001"), BATCH]);
    scene.say("0210", &[SALE, (4, "000000000100"), (11, "000001"), (39, "94"), BATCH]);
    // Another batch begins anew.
    scene.say("0200", &[SALE, AMOUNT, (11, "000001"), (60, "22000002")]);
    scene.say("0210", &[SALE, AMOUNT, (11, "000001"), (39, "00"), (60, "22000002")]);
    let chains = scene.end();
    assert_eq!(
        chains.iter().map(|c| c.outcome).collect::<Vec<_>>(),
        [ChainOutcome::Approved, ChainOutcome::Declined, ChainOutcome::Approved]
    );
    assert_eq!(ids(&chains[1]), ["trace-reused"]);
    assert_eq!((value(&chains[1].findings[0], "trace"), value(&chains[1].findings[0], "earlier")), ("000001", first.to_string().as_str()));
    assert!(chains[0].findings.is_empty() && chains[2].findings.is_empty());
}

#[test]
fn a_void_joins_its_sale_and_its_reversal_undoes_it() {
    let void = |scene: &mut Scene| scene.say("0200", &[UNDO, AMOUNT, (11, "000002"), (60, "23000001"), (61, "0000010000011124")]);
    let mut scene = Scene::new();
    let first = sale(&mut scene, "000001");
    sale_reply(&mut scene, "000001", "00");
    void(&mut scene);
    scene.say("0210", &[UNDO, AMOUNT, (11, "000002"), (37, "REFERENCE002"), (39, "00"), (60, "23000001")]);
    let chain = scene.one();
    assert_eq!((chain.kind, chain.outcome, ids(&chain)), (ChainKind::Payment, ChainOutcome::Voided, vec!["voided"]));
    assert_eq!(value(&chain.findings[0], "original"), first.to_string());

    for (code, outcome) in [(Some("00"), ChainOutcome::Approved), (Some("96"), ChainOutcome::Unknown), (None, ChainOutcome::Unknown)] {
        let mut scene = Scene::new();
        sale(&mut scene, "000001");
        sale_reply(&mut scene, "000001", "00");
        void(&mut scene);
        scene.say("0400", &[UNDO, AMOUNT, (11, "000002"), (60, "23000001"), (61, "0000010000011124")]);
        if let Some(code) = code {
            scene.say("0410", &[UNDO, AMOUNT, (11, "000002"), (39, code), (60, "23000001")]);
        }
        assert_eq!(scene.one().outcome, outcome, "{code:?}");
    }

    let mut scene = Scene::new();
    void(&mut scene);
    let chain = scene.one();
    assert_eq!((chain.kind, chain.outcome), (ChainKind::Void, ChainOutcome::Unknown));

    // What was refused is not voided, and a sale of another batch is not the one that is meant.
    for (code, batch, outcome) in [("51", BATCH, ChainOutcome::Declined), ("00", (60, "22000009"), ChainOutcome::Approved)] {
        let mut scene = Scene::new();
        scene.say("0200", &[SALE, AMOUNT, (11, "000001"), batch]);
        scene.say("0210", &[SALE, AMOUNT, (11, "000001"), (39, code), batch]);
        void(&mut scene);
        scene.say("0210", &[UNDO, AMOUNT, (11, "000002"), (39, "00"), (60, "23000001")]);
        let chains = scene.end();
        assert_eq!((chains[0].outcome, chains.len()), (outcome, if batch == BATCH { 1 } else { 2 }));
    }
}

#[test]
fn refunds_and_inquiries_are_their_own() {
    let mut scene = Scene::new();
    scene.say("0220", &[UNDO, AMOUNT, (11, "000002"), (60, "25000001"), (61, "0000010000011124")]);
    scene.say("0230", &[UNDO, AMOUNT, (11, "000002"), (39, "00"), (60, "25000001")]);
    scene.say("0200", &[(3, "310000"), (11, "000003"), (60, "01000001")]);
    let chains = scene.end();
    assert_eq!((chains[0].kind, chains[0].outcome), (ChainKind::Refund, ChainOutcome::Approved));
    assert_eq!((chains[1].kind, chains[1].outcome, ids(&chains[1])), (ChainKind::Other, ChainOutcome::NotApplicable, vec!["no-reply"]));
}

fn sign_on(scene: &mut Scene, trace: &str) {
    scene.say("0800", &[(11, trace), (60, "00000001003")]);
    scene.say("0810", &[(11, trace), (39, "00"), (60, "00000002003")]);
}

#[test]
fn many_sign_ons_are_told_and_named_when_the_keys_are_why() {
    let mut scene = Scene::new();
    for trace in ["000001", "000002", "000003"] {
        sign_on(&mut scene, trace);
    }
    let chains = scene.end();
    assert_eq!(chains.iter().map(ids).collect::<Vec<_>>(), [vec![], vec![], vec!["sign-on-repeated"]]);
    assert_eq!((value(&chains[2].findings[0], "count"), value(&chains[2].findings[0], "seconds")), ("3", "4"));

    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    sale_reply(&mut scene, "000001", "A0");
    sign_on(&mut scene, "000002");
    sign_on(&mut scene, "000003");
    let chains = scene.end();
    assert_eq!(chains.iter().map(ids).collect::<Vec<_>>(), [vec![], vec![], vec!["keys-out-of-step"]]);
    assert_eq!(value(&chains[2].findings[0], "code"), "A0");

    let mut scene = Scene::new();
    for trace in ["000001", "000002", "000003"] {
        scene.after(200);
        sign_on(&mut scene, trace);
    }
    assert!(scene.end().iter().all(|c| c.findings.is_empty()));
}

#[test]
fn another_amount_is_a_partial_approval_or_a_doubt() {
    for (code, id) in [("10", "partial-approval"), ("00", "amount-differs")] {
        let mut scene = Scene::new();
        sale(&mut scene, "000001");
        scene.say("0210", &[SALE, (4, "000000005000"), (11, "000001"), (39, code), BATCH]);
        let chain = scene.one();
        assert_eq!(ids(&chain), [id]);
        assert_eq!((value(&chain.findings[0], "amount"), value(&chain.findings[0], "original_amount")), ("5000", "5588"));
    }
}

/// Two approved sales of which one is reversed, one refused, one refund.
fn batch(scene: &mut Scene) {
    for (trace, code) in [("000001", "00"), ("000002", "00"), ("000003", "51")] {
        sale(scene, trace);
        sale_reply(scene, trace, code);
    }
    reversal(scene, "000002");
    reversal_reply(scene, "000002", "00");
    scene.say("0220", &[UNDO, (4, "000000000100"), (11, "000004"), (60, "25000001")]);
    scene.say("0230", &[UNDO, (4, "000000000100"), (11, "000004"), (39, "00"), (60, "25000001")]);
}

#[test]
fn totals_are_compared_with_what_was_seen() {
    for (totals, equal) in
        [("000000005588001000000000100001", true), ("000000011176002000000000100001", false), ("000000005588001000000000100002", false)]
    {
        let mut scene = Scene::new();
        batch(&mut scene);
        scene.say("0500", &[(11, "000005"), (48, totals), (60, "00000001201")]);
        scene.say("0510", &[(11, "000005"), (39, "00"), (48, &format!("{totals}1")), (60, "00000001201")]);
        let chains = scene.end();
        let last = chains.last().expect("a settlement");
        assert_eq!((last.kind, last.outcome), (ChainKind::Settlement, ChainOutcome::NotApplicable));
        assert_eq!(ids(last), if equal { vec![] } else { vec!["settlement-not-as-seen"] }, "{totals}");
        if !equal {
            let found = &last.findings[0];
            assert_eq!((value(found, "seen_debit"), value(found, "seen_debits"), value(found, "seen_credit")), ("5588", "1", "100"));
        }
    }
}

#[test]
fn voids_may_be_left_out_of_the_totals_or_counted_as_credits() {
    for (totals, equal) in
        [("000000005588001000000000100001", true), ("000000011176002000000005688002", true), ("000000011176002000000000100001", false)]
    {
        let mut scene = Scene::new();
        batch(&mut scene);
        sale(&mut scene, "000005");
        sale_reply(&mut scene, "000005", "00");
        scene.say("0200", &[UNDO, AMOUNT, (11, "000006"), (60, "23000001"), (61, "0000010000051124")]);
        scene.say("0210", &[UNDO, AMOUNT, (11, "000006"), (39, "00"), (60, "23000001")]);
        scene.say("0500", &[(11, "000007"), (48, totals), (60, "00000001201")]);
        scene.say("0510", &[(11, "000007"), (39, "00"), (60, "00000001201")]);
        assert_eq!(scene.end().last().map(|c| c.findings.is_empty()), Some(equal), "{totals}");
    }
}

#[test]
fn an_unequal_settlement_and_its_upload_are_one_chain() {
    let totals = "000000005588001000000000100001";
    let mut scene = Scene::new();
    scene.say("0500", &[(11, "000005"), (48, totals), (60, "00000001201")]);
    let reply = scene.say("0510", &[(11, "000005"), (39, "00"), (48, &format!("{totals}2")), (60, "00000001201")]);
    for trace in ["000006", "000007", "000008"] {
        scene.say("0320", &[(11, trace), (60, "00000001201")]);
        if trace != "000008" {
            scene.say("0330", &[(11, trace), (39, "00"), (60, "00000001201")]);
        }
    }
    let chain = scene.one();
    assert_eq!(ids(&chain), ["settlement-unequal", "no-reply", "batch-upload"]);
    assert_eq!(chain.findings[0].number, reply);
    assert_eq!((value(&chain.findings[2], "count"), value(&chain.findings[2], "answered")), ("3", "2"));
    assert_eq!(chain.messages.len(), 7);
}

#[test]
fn totals_may_name_foreign_cards_too() {
    let (domestic, foreign) = ("000000005000001000000000000000", "000000000588000000000000100001");
    for totals in [format!("{domestic}{foreign}"), format!("{domestic}0{foreign}0")] {
        let mut scene = Scene::new();
        batch(&mut scene);
        scene.say("0500", &[(11, "000005"), (48, &totals), (60, "00000001201")]);
        scene.say("0510", &[(11, "000005"), (39, "00"), (60, "00000001201")]);
        assert!(scene.end().last().is_some_and(|c| c.findings.is_empty()));
    }
}

#[test]
fn clocks_are_compared_where_they_can_be() {
    let sale_at = |scene: &mut Scene, date, time| scene.say("0200", &[SALE, AMOUNT, (11, "000001"), (12, time), (13, date)]);
    for (request, reply, differs) in [
        (("1231", "235900"), ("0101", "000100"), None),
        (("1124", "100000"), ("1124", "100500"), None),
        (("1124", "100000"), ("1124", "100501"), Some("301")),
        (("1124", "100000"), ("1123", "100000"), Some("86400")),
        (("0000", "100000"), ("0100", "100000"), None),
    ] {
        let mut scene = Scene::new();
        sale_at(&mut scene, request.0, request.1);
        scene.say("0210", &[SALE, AMOUNT, (11, "000001"), (12, reply.1), (13, reply.0), (39, "00")]);
        let chain = scene.one();
        let found = chain.findings.iter().find(|f| f.id == FindingId::ClockDiffers).map(|f| value(f, "seconds"));
        assert_eq!(found, differs, "{request:?} {reply:?}");
    }
    // Against the capture, when the zone is known: 1,000,002 s after 1970 is 13:46:42 UTC.
    for (offset, time, differs) in [(None, "000000", false), (Some(28_800), "214642", false), (Some(28_800), "134642", true)] {
        let mut scene = Scene::with(Rules { utc_offset_s: offset, ..Rules::default() });
        sale(&mut scene, "000001");
        scene.say("0210", &[SALE, AMOUNT, (11, "000001"), (12, time), (39, "00"), BATCH]);
        assert_eq!(!scene.one().findings.is_empty(), differs, "{offset:?}");
    }
}

#[test]
fn a_reply_before_its_request_is_joined_and_told() {
    let mut scene = Scene::new();
    sale_reply(&mut scene, "000001", "00");
    let number = sale(&mut scene, "000001");
    let chain = scene.one();
    assert_eq!(ids(&chain), ["out-of-order"]);
    assert_eq!((chain.findings[0].number, chain.outcome), (number, ChainOutcome::Approved));

    // Long before it, it was another one.
    let mut scene = Scene::new();
    sale_reply(&mut scene, "000001", "00");
    scene.after(20);
    sale(&mut scene, "000001");
    assert_eq!(scene.end().len(), 2);
}

#[test]
fn time_that_runs_backwards_is_told() {
    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    scene.time = scene.time.map(|t| t - 11);
    sale_reply(&mut scene, "000001", "00");
    let chain = scene.one();
    assert_eq!((ids(&chain), value(&chain.findings[0], "seconds")), (vec!["out-of-order"], "10"));
}

#[test]
fn chains_are_given_out_when_quiet_in_the_order_of_their_first_messages() {
    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    sale(&mut scene, "000002");
    sale_reply(&mut scene, "000002", "00");
    sale_reply(&mut scene, "000001", "51");
    assert!(scene.chains.is_empty());
    scene.after(700);
    sale(&mut scene, "000003");
    assert_eq!(scene.chains.iter().map(|c| c.messages[0].number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(scene.talk.held(), 1);
    // Without times, messages are counted.
    let mut scene = Scene::with(Rules { keep_messages: 3, ..Rules::default() });
    scene.time = None;
    for trace in ["000001", "000002", "000003", "000004", "000005"] {
        sale(&mut scene, trace);
    }
    assert_eq!(scene.chains.len(), 1);
    assert_eq!((ids(&scene.chains[0]), value(&scene.chains[0].findings[0], "seconds")), (vec!["no-reply"], "?"));
}

#[test]
fn what_is_held_is_bounded_and_what_is_given_up_says_so() {
    let mut scene = Scene::with(Rules { held_max: 4, ..Rules::default() });
    for trace in 0..20 {
        sale(&mut scene, &format!("{trace:06}"));
        assert!(scene.talk.held() <= 4);
    }
    assert_eq!(scene.chains.len(), 16);
    assert!(scene.chains.iter().all(|c| ids(c) == ["given-up"] && c.outcome == ChainOutcome::Unknown));
}

#[test]
fn the_texts_are_complete_and_slips_are_named_with_their_line() {
    let texts = Texts::read(TEXTS).expect("texts");
    assert!(FindingId::ALL.iter().all(|id| texts.get(*id).is_some()));
    let line = |from: &str, to: &str| Texts::read(&TEXTS.replacen(from, to, 1)).map_err(|e| (e.line, e.message));
    assert!(line("[finding.no-reply]", "[finding.no-replies]").is_err_and(|(line, e)| line == 4 && e.contains("no-reply")));
    assert!(line("{seconds}", "{secs}").is_err_and(|(line, e)| line == 4 && e.contains("{secs}") && e.contains("seconds")));
    let cut = TEXTS.find("[finding.out-of-order]").expect("the last");
    assert!(Texts::read(&TEXTS[..cut]).is_err_and(|e| e.message.contains("out-of-order")));
    assert!(Texts::read("finding = 1").is_err());
}

#[test]
fn a_chain_goes_out_as_json() {
    let mut scene = Scene::new();
    sale(&mut scene, "000001");
    sale_reply(&mut scene, "000001", "00");
    let json = serde_json::to_value(scene.one()).expect("JSON");
    assert_eq!((json["kind"].as_str(), json["outcome"].as_str()), (Some("payment"), Some("approved")));
    assert_eq!((json["messages"][0]["mti"].as_str(), json["messages"][1]["response"].as_str()), (Some("0200"), Some("00")));
    assert!(!json.to_string().contains(PAN));
}

fn debug(what: &impl std::fmt::Debug) -> String {
    format!("{what:?}")
}

const MTIS: [&str; 16] =
    ["0200", "0210", "0200", "0210", "0201", "0400", "0410", "0401", "0100", "0110", "0220", "0230", "0500", "0510", "0320", "0800"];

/// Message type, what its fields are made of, whether it names its terminal, seconds, connection.
type Random = (usize, [u8; 6], bool, Option<u64>, Option<(u32, bool)>);

fn random_message() -> impl Strategy<Value = Random> {
    let time = proptest::option::weighted(0.8, 0u64..2_000);
    (0..MTIS.len(), any::<[u8; 6]>(), any::<bool>(), time, proptest::option::of((0u32..2, any::<bool>())))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever comes in whatever order: each message is in one chain, chains come in the order of their first messages, no card number.
    #[test]
    fn every_message_is_in_exactly_one_chain(
        messages in proptest::collection::vec(random_message(), 0..120),
        held_max in prop_oneof![Just(1usize), Just(8), Just(65_536)],
    ) {
        let dialects = dialects();
        let dialect = dialects.get("pos").expect("described");
        let mut talk = Talk::new(Rules { held_max, terminals_max: 2, keep_messages: 50, ..Rules::default() });
        let mut chains: Vec<Chain> = Vec::new();
        for (i, (mti, v, names, time, flow)) in messages.iter().enumerate() {
            let trace = format!("{:06}", v[0] % 4);
            let (amount, terminal) = (format!("{:012}", v[1] % 2), format!("TERMINA{}", v[2] % 2));
            let (kind, original) = (["22000001", "23000001", "25000001"][usize::from(v[3] % 3)], format!("000001{:06}", v[4] % 4));
            let code = ["00", "51", "A0", "25", "68"][usize::from(v[5] % 5)];
            let mut fields = vec![(2, PAN), if v[3] % 3 == 0 { SALE } else { UNDO }, (4, &amount), (11, &trace)];
            if MTIS[*mti].as_bytes()[2] % 2 == 1 { fields.push((39, code)); }
            if *names { fields.extend([(41, terminal.as_str()), NAMES[1]]); }
            fields.extend([(60, kind), (61, original.as_str())]);
            let bytes = written(dialect, MTIS[*mti], &fields);
            let decoded = decode(&bytes, dialect);
            let seen = Seen { time_ns: time.map(|t| t * 1_000_000_000), number: i as u64, flow: *flow, message: &decoded };
            talk.push(seen, &mut |chain| chains.push(chain));
            prop_assert!(talk.held() <= held_max);
        }
        prop_assert!(!debug(&talk).contains(PAN));
        talk.finish(&mut |chain| chains.push(chain));
        let mut numbers: Vec<u64> = chains.iter().flat_map(|c| c.messages.iter().map(|m| m.number)).collect();
        numbers.sort_unstable();
        prop_assert_eq!(numbers, (0..messages.len() as u64).collect::<Vec<_>>());
        let firsts: Vec<u64> = chains.iter().map(|c| c.messages[0].number).collect();
        prop_assert!(firsts.is_sorted(), "{:?}", firsts);
        prop_assert!(!debug(&chains).contains(PAN));
        for chain in &chains {
            let replied = |code: &str| chain.messages.iter().any(|m| m.is_reply() && m.response.as_str() == code);
            match chain.outcome {
                ChainOutcome::Declined => prop_assert!(replied("51") || replied("A0") || replied("25")),
                ChainOutcome::Approved | ChainOutcome::Voided => prop_assert!(replied("00")),
                ChainOutcome::Reversed => prop_assert!(chain.messages.iter().any(|m| m.mti.as_str() == "0410" && m.response.as_str() == "00")),
                ChainOutcome::Unknown | ChainOutcome::NotApplicable => {}
            }
        }
    }

    /// Any bytes, by a dialect that does not fit.
    #[test]
    fn any_bytes_are_survived(all in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..80), any::<Option<u64>>()), 0..20)) {
        let dialects = dialects();
        for dialect in dialects.all() {
            let mut talk = Talk::new(Rules { utc_offset_s: Some(i32::MIN), ..Rules::default() });
            let mut count = 0;
            for (i, (bytes, time_ns)) in all.iter().enumerate() {
                let decoded = decode(bytes, dialect);
                talk.push(Seen { time_ns: *time_ns, number: i as u64, flow: None, message: &decoded }, &mut |c| count += c.messages.len());
            }
            talk.finish(&mut |c| count += c.messages.len());
            prop_assert_eq!(count, all.len());
        }
    }
}

/// `cargo test --release -p posdx-wire --test talk -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn how_long_a_message_takes() {
    let dialects = dialects();
    let dialect = dialects.get("pos").expect("described");
    let code = (39, "00");
    let (mut sales, mut same_trace, mut nameless) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..200_000u32 {
        let (terminal, trace, amount) = (format!("T{:07}", i % 1_000), format!("{:06}", i / 1_000 + 1), format!("{i:012}"));
        let (terminal, trace, amount) = ((41, terminal.as_str()), (11, trace.as_str()), (4, amount.as_str()));
        sales.push(written(dialect, "0200", &[(2, PAN), SALE, AMOUNT, trace, terminal, NAMES[1], BATCH]));
        let reply = [SALE, AMOUNT, trace, (12, "120000"), (13, "1124"), (37, "REFERENCE001"), code, terminal, NAMES[1], BATCH];
        sales.push(written(dialect, "0210", &reply));
        same_trace.push(written(dialect, "0200", &[SALE, amount, (11, "000001"), NAMES[0], NAMES[1], BATCH]));
        same_trace.push(written(dialect, "0400", &[SALE, amount, (11, "000001"), terminal, NAMES[1], BATCH]));
        nameless.push(written(dialect, "0200", &[SALE, amount, (11, "000001"), terminal, NAMES[1]]));
        nameless.push(written(dialect, "0210", &[SALE, amount, (11, "000002"), code]));
    }
    for (name, messages) in [("sales", sales), ("one trace number for all", same_trace), ("replies without terminal", nameless)] {
        let decoded: Vec<Decoded<'_>> = messages.iter().map(|bytes| decode(bytes, dialect)).collect();
        let mut talk = Talk::new(Rules::default());
        let (mut chains, mut findings) = (0, 0);
        let begin = std::time::Instant::now();
        for (i, message) in decoded.iter().enumerate() {
            let seen = Seen { time_ns: Some(i as u64 * 1_000_000), number: i as u64, flow: Some((1, i % 2 == 0)), message };
            talk.push(seen, &mut |chain| {
                chains += 1;
                findings += chain.findings.len();
            });
        }
        talk.finish(&mut |_| chains += 1);
        let each = begin.elapsed().as_nanos() / decoded.len() as u128;
        println!("{name}: {each} ns a message, {chains} chains, {findings} findings");
    }
}
