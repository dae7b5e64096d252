//! Each rule of the catalogue's check, broken once: a small sound catalogue, one change, one expected rule and line.

use posdx_catalogue::check::check;
use posdx_catalogue::source::{File, Library, Problem};

const CODES: &str = r#"[namespace]
id = "shop"
title = { zh = "店里的码表", en = "The shop's list" }
places = ["pos"]
weight = 1.0
bytes = 2

[[code]]
value = "51"
name = { zh = "余额不足", en = "insufficient funds" }
condition = "funds.low"
sources = ["practice"]
grade = "single"

[[code]]
value = "43"
name = { zh = "不能用的卡", en = "unusable card" }
condition = "card.stopped"
sources = ["practice"]
grade = "single"
"#;

const KNOWLEDGE: &str = r#"[[condition]]
id = "funds.low"
title = { zh = "余额不足", en = "Insufficient funds" }
outcome = "declined"
money = { state = "not-taken", ground = "refusal" }
retry = { verdict = "other-method" }
fault = [ { party = "cardholder", p = 0.9 }, { party = "issuer", p = 0.1 } ]
cashier = { zh = "余额不足，请换一张卡。", en = "Not enough money: ask for another card." }
cardholder = { zh = "请换一张卡。", en = "Another card, please." }
agent = { zh = "账户余额不够。", en = "The account lacks the money." }
engineer = { zh = "应答码 51。", en = "Response code 51." }
causes = [ { id = "account.low", strength = 1.0 } ]
contact = "bank"
asks = [ "余额不足", "no money" ]
sources = ["practice"]

[[condition]]
id = "card.stopped"
title = { zh = "此卡不能使用", en = "This card cannot be used" }
outcome = "declined"
money = { state = "not-taken", ground = "refusal" }
retry = { verdict = "never" }
fault = [ { party = "issuer", p = 1.0 } ]
cashier = { zh = "此卡不能用，请换一种方式。", en = "This card cannot be used: ask for another way." }
cardholder = { zh = "请换一种方式付款。", en = "Another way to pay, please." }
agent = { zh = "发卡行停用了这张卡。", en = "The bank has stopped this card." }
engineer = { zh = "挂失卡。", en = "Lost card." }
causes = [ { id = "account.low", strength = 1.0 } ]
contact = "none"
asks = [ "这张卡用不了" ]
discreet = true
sources = ["practice"]

[[cause]]
id = "account.low"
category = "account"
title = { zh = "余额不够", en = "Too little money" }
explain = { zh = "账户里的钱不够。", en = "The account holds too little." }
party = "cardholder"
prevent = ["look-first"]
sources = ["practice"]

[[step]]
id = "other-card"
by = "cashier"
minutes = 1
title = { zh = "换一张卡", en = "Another card" }
text = { zh = "请顾客换一张卡。", en = "Ask for another card." }
repairs = [ { cause = "account.low", p = 0.9 } ]
needs = ["known"]
disruptive = true
sources = ["practice"]

[[question]]
id = "how-much"
by = "cardholder"
minutes = 1
text = { zh = "卡里还有钱吗？", en = "Is there money left?" }
answers = [ { id = "yes", text = { zh = "有", en = "Yes" } }, { id = "no", text = { zh = "没有", en = "No" } } ]
given = [ { cause = "account.low", p = [0.1, 0.9] } ]
otherwise = [0.8, 0.2]
sources = ["practice"]

[[prevention]]
id = "look-first"
by = "cashier"
every = "always"
text = { zh = "先看余额。", en = "Look at the balance first." }
sources = ["practice"]

[[ground]]
id = "refusal"
state = "not-taken"
text = { zh = "应答是拒绝。", en = "The answer was a refusal." }
do = { zh = "没有扣款。", en = "Nothing was taken." }

[[ground]]
id = "silence"
state = "unknown"
text = { zh = "没有应答。", en = "No answer came." }
do = { zh = "先查询。", en = "Query first." }

[[ground]]
id = "approval"
state = "taken"
text = { zh = "应答是批准。", en = "The answer was an approval." }
do = { zh = "不要再收。", en = "Do not take it again." }

[[precondition]]
id = "known"
text = { zh = "上一笔已查清", en = "The last sale is known" }
ask = { zh = "上一笔查清了吗？", en = "Is the last sale known?" }

[[contact]]
id = "bank"
who = { zh = "发卡银行", en = "The card's bank" }
number = ""
have_ready = [ { zh = "金额", en = "The amount" } ]
checked = "2026-11-23"
grade = "single"
sources = ["practice"]

[[source]]
id = "practice"
title = { zh = "实践", en = "Practice" }
grade = "single"

[[till_card]]
id = "shop"
title = { zh = "出错看这里", en = "Look here" }
codes = ["shop/51"]
"#;

fn problems(codes: &str, knowledge: &str) -> (Library, Vec<Problem>) {
    let files =
        vec![File { path: "codes/shop.toml".into(), text: codes.into() }, File { path: "knowledge.toml".into(), text: knowledge.into() }];
    let (library, mut problems) = Library::read(files);
    problems.extend(check(&library));
    (library, problems)
}

#[test]
fn the_sound_catalogue_has_no_problem() {
    assert_eq!(problems(CODES, KNOWLEDGE).1, []);
}

/// Replaces the first `from` by `to` and expects `rule` at the line that was changed, or nearby inside the same record.
#[track_caller]
fn breaks(rule: &str, from: &str, to: &str) {
    let in_codes = CODES.contains(from) && !KNOWLEDGE.contains(from);
    let (text, other) = if in_codes { (CODES, KNOWLEDGE) } else { (KNOWLEDGE, CODES) };
    assert!(text.contains(from), "`{from}` is not in the small catalogue");
    let changed = text.replacen(from, to, 1);
    let (_, found) = if in_codes { problems(&changed, other) } else { problems(other, &changed) };
    let hits: Vec<&Problem> = found.iter().filter(|p| p.rule == rule).collect();
    assert!(!hits.is_empty(), "expected [{rule}], found {found:?}");
    let at = changed[..changed.find(to).unwrap_or(0)].lines().count();
    assert!(hits.iter().any(|p| p.line.abs_diff(at) <= 40), "[{rule}] points to line {} instead of about {at}", hits[0].line);
}

#[test]
fn every_rule_can_be_broken() {
    breaks("unreadable", "outcome = \"declined\"", "outcome = \"refused\"");
    breaks("unreadable", "value = \"51\"", "value = 51");
    breaks("unknown-id", "condition = \"funds.low\"", "condition = \"funds.lwo\"");
    breaks("unknown-id", "{ id = \"account.low\", strength = 1.0 }", "{ id = \"account.high\", strength = 1.0 }");
    breaks("unknown-id", "ground = \"refusal\"", "ground = \"because\"");
    breaks("unknown-id", "contact = \"bank\"", "contact = \"nobody\"");
    breaks("unknown-id", "needs = [\"known\"]", "needs = [\"luck\"]");
    breaks("unknown-id", "prevent = [\"look-first\"]", "prevent = [\"pray\"]");
    breaks("unknown-id", "codes = [\"shop/51\"]", "codes = [\"shop/99\"]");
    breaks("unknown-id", "outcome = \"declined\"", "outcome = \"declined\"\nquery = \"ask-the-moon\"");
    breaks("missing-text", "agent = { zh = \"账户余额不够。\"", "agent = { zh = \"\"");
    breaks("wrong-language", "agent = { zh = \"账户余额不够。\"", "agent = { zh = \"the money is not there\"");
    breaks("wrong-language", "en = \"The account lacks the money.\"", "en = \"账户里没有足够的钱\"");
    breaks("zh-punctuation", "zh = \"余额不足，请换一张卡。\"", "zh = \"余额不足,请换一张卡。\"");
    breaks("cashier-too-long", "zh = \"余额不足，请换一张卡。\"", "zh = \"这张卡里的余额不够付这一笔，请您换一张卡。\"");
    breaks("indiscreet", "en = \"Another way to pay, please.\"", "en = \"The card was stolen.\"");
    breaks("indiscreet", "zh = \"此卡不能用，请换一种方式。\"", "zh = \"卡已挂失，请换一种方式。\"");
    breaks("money-without-ground", "ground = \"refusal\"", "ground = \"silence\"");
    breaks("retry-on-capture", "retry = { verdict = \"never\" }", "retry = { verdict = \"now\" }");
    breaks(
        "retry-before-query",
        "money = { state = \"not-taken\", ground = \"refusal\" }",
        "money = { state = \"unknown\", ground = \"silence\" }",
    );
    breaks(
        "retry-after-taken",
        "outcome = \"declined\"\nmoney = { state = \"not-taken\", ground = \"refusal\" }",
        "outcome = \"approved\"\nmoney = { state = \"taken\", ground = \"approval\" }",
    );
    breaks("approved-but-not-taken", "outcome = \"declined\"", "outcome = \"approved\"");
    breaks("duplicate-id", "id = \"card.stopped\"", "id = \"funds.low\"");
    breaks("bad-id", "id = \"how-much\"", "id = \"How much\"");
    breaks(
        "duplicate-code",
        "value = \"43\"\nname = { zh = \"不能用的卡\", en = \"unusable card\" }\ncondition = \"card.stopped\"",
        "value = \"51\"\nname = { zh = \"又一个\", en = \"again\" }\ncondition = \"funds.low\"",
    );
    breaks("contradictory-code", "value = \"43\"", "value = \"43\"\nalso = [\"5 1\"]");
    breaks(
        "no-source",
        "asks = [ \"余额不足\", \"no money\" ]\nsources = [\"practice\"]",
        "asks = [ \"余额不足\", \"no money\" ]\nsources = []",
    );
    breaks("no-cause", "causes = [ { id = \"account.low\", strength = 1.0 } ]", "causes = []");
    breaks("no-words", "asks = [ \"余额不足\", \"no money\" ]", "asks = []");
    breaks("same-words-twice", "asks = [ \"这张卡用不了\" ]", "asks = [ \"no money\" ]");
    breaks("upper-case-hint", "places = [\"pos\"]", "places = [\"pos\"]\nhints = [\"VISA\"]");
    breaks("no-place", "places = [\"pos\"]", "places = []");
    breaks("cause-without-step", "repairs = [ { cause = \"account.low\", p = 0.9 } ]", "repairs = []");
    breaks("step-without-use", "repairs = [ { cause = \"account.low\", p = 0.9 } ]", "repairs = []");
    breaks("harmful-step", "needs = [\"known\"]", "needs = []");
    breaks("bad-number", "{ party = \"cardholder\", p = 0.9 }", "{ party = \"cardholder\", p = 0.7 }");
    breaks("bad-number", "p = [0.1, 0.9]", "p = [0.1, 0.8]");
    breaks("bad-number", "otherwise = [0.8, 0.2]", "otherwise = [1.0]");
    breaks(
        "missing-why",
        "causes = [ { id = \"account.low\", strength = 1.0 } ]",
        "causes = [ { id = \"account.low\", strength = 1.0 }, { id = \"account.low\", strength = 0.5 } ]",
    );
    breaks("unknown-id", "contact = \"bank\"", "contact = \"bank\"\ninseparable = [ [\"account.low\", \"account.high\"] ]");
    breaks("unknown-id", "otherwise = [0.8, 0.2]", "otherwise = [0.8, 0.2]\nunless = [ { question = \"how-little\", answers = [] } ]");
    breaks(
        "bad-odds",
        "[[prevention]]",
        "[[context]]\nid = \"rain\"\ntext = { zh = \"下雨\", en = \"Rain\" }\nodds = [ { cause = \"account.low\", factor = 0 } ]\nwhy = { zh = \"估计。\", en = \"Estimate.\" }\nsources = [\"practice\"]\n\n[[prevention]]",
    );
    breaks("bad-bits", "value = \"43\"", "value = \"43\"\nbits = { byte = 3, mask = 1, is = 1 }");
    breaks("stranded", "prevent = [\"look-first\"]", "prevent = []");
    breaks(
        "stranded",
        "[[prevention]]",
        "[[cause]]\nid = \"account.idle\"\ncategory = \"account\"\ntitle = { zh = \"闲置\", en = \"Idle\" }\nexplain = { zh = \"没有人用。\", en = \"Nobody uses it.\" }\nparty = \"cardholder\"\nprevent = []\nsources = [\"practice\"]\n\n[[prevention]]",
    );
}

#[test]
fn an_unconfirmed_seed_code_must_name_its_nearest_confirmed_one() {
    let codes = CODES.replace("id = \"shop\"", "id = \"lakala\"").replacen("grade = \"single\"", "grade = \"unconfirmed\"", 1);
    let (_, found) = problems(&codes, &KNOWLEDGE.replace("shop/51", "lakala/51"));
    assert!(found.iter().any(|p| p.rule == "no-near-code"), "{found:?}");
}

#[test]
fn a_typing_slip_in_an_id_is_answered_with_the_nearest_id() {
    let (_, found) = problems(&CODES.replace("funds.low", "funds.lwo"), KNOWLEDGE);
    assert!(found[0].message.contains("did you mean `funds.low`?"), "{found:?}");
}

#[test]
fn a_table_with_a_missing_column_names_its_line() {
    let files = vec![File { path: "tables/regions.tsv".into(), text: "code\tzh\ten\n1000\t北京\tBeijing\n1100\t天津\n".into() }];
    let (_, problems) = Library::read(files);
    assert_eq!((problems[0].line, problems[0].rule), (3, "unreadable"));
}
