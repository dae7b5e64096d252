//! What people read, page by page, in both languages. A change of words shows up here and is reviewed as prose.

use posdx_embedded::catalogue;
use posdx_explain::render::{View, card::TillCard, narration, terminal};
use posdx_explain::{Question, explain};
use posdx_model::{Lang, Role};

/// Without colours, as in a pipe.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(|c| c.is_ascii_alphabetic());
        } else {
            out.push(c);
        }
    }
    out
}

fn page(text: &str, lang: Lang, role: Role, width: usize) -> String {
    let e = explain(catalogue(), Question { text, place: None });
    plain(&terminal::render(&e, View { lang, role, width, all: false }))
}

#[test]
fn pages_for_the_till() {
    for (name, text) in [
        ("c101", "C101"),
        ("04", "04"),
        ("balance", "刷卡机说余额不足"),
        ("unknown", "XK99"),
        ("paper", "打印机没纸了"),
        ("several", "C101 0x02"),
    ] {
        for lang in [Lang::Zh, Lang::En] {
            insta::assert_snapshot!(format!("{name}-{lang}"), page(text, lang, Role::Cashier, 80));
        }
    }
}

#[test]
fn pages_for_the_others() {
    for role in [Role::Cardholder, Role::Agent, Role::Engineer] {
        for lang in [Lang::Zh, Lang::En] {
            insta::assert_snapshot!(format!("lost-card-{role}-{lang}"), page("DE39=41", lang, role, 80));
        }
    }
    insta::assert_snapshot!("tvr-engineer-en", page("TVR 0800048000", Lang::En, Role::Engineer, 100));
    insta::assert_snapshot!("tries-left-zh", page("63C2", Lang::Zh, Role::Cashier, 60));
}

#[test]
fn no_line_is_wider_than_the_page() {
    use unicode_width::UnicodeWidthStr;
    for text in ["C101", "04", "TVR 0800048000", "XK99", "刷卡机说余额不足"] {
        for lang in [Lang::Zh, Lang::En] {
            for width in [60, 80, 100] {
                for line in page(text, lang, Role::Engineer, width).lines() {
                    // A single path or address may be longer than the page; it is not cut.
                    assert!(line.width() <= width || line.trim().split(' ').any(|w| w.width() > width / 2), "{width}: {line}");
                }
            }
        }
    }
}

#[test]
fn a_screen_reader_hears_sentences_not_boxes() {
    for lang in [Lang::Zh, Lang::En] {
        let e = explain(catalogue(), Question { text: "C101", place: None });
        let told = narration::narrate(&e, View { lang, role: Role::Cashier, width: 80, all: false });
        assert!(!told.contains(['█', '░', '─', '·', '→']), "{told}");
        insta::assert_snapshot!(format!("narrated-{lang}"), told);
    }
}

#[test]
fn till_cards() {
    for id in ["unionpay", "lakala"] {
        for lang in [Lang::Zh, Lang::En] {
            let card = TillCard::new(catalogue(), id, lang).expect("shipped");
            insta::assert_snapshot!(format!("card-{id}-{lang}"), card.slip());
            assert!(card.slip().lines().all(|l| unicode_width::UnicodeWidthStr::width(l) <= 32), "58 mm paper has 32 columns");
            assert!(card.html().starts_with("<!doctype html>") && card.svg().ends_with("</svg>\n"));
        }
    }
}

/// At the till nobody learns that a card was reported lost or stolen, in no form and in no language.
#[test]
fn the_till_never_says_why_a_bank_stopped_a_card() {
    for text in ["41", "43", "34", "07", "DE39=43", "iso8583 1032", "2009"] {
        for lang in [Lang::Zh, Lang::En] {
            for role in [Role::Cashier, Role::Cardholder] {
                let e = explain(catalogue(), Question { text, place: None });
                for shown in [
                    plain(&terminal::render(&e, View { lang, role, width: 80, all: false })),
                    narration::narrate(&e, View { lang, role, width: 80, all: false }),
                ] {
                    let lower = shown.to_lowercase();
                    for word in ["挂失", "失窃", "被盗", "欺诈", "伪卡", "stolen", "lost card", "reported lost", "fraud", "counterfeit"]
                    {
                        assert!(!lower.contains(word), "{text} {role} {lang}: {word}\n{shown}");
                    }
                }
            }
        }
    }
}
