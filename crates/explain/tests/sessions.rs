//! Ten repairs as a shopkeeper would live them, from the code to the end, as pages. The truth is one cause; the shopkeeper sees what that
//! cause makes visible, and a step helps when it removes it.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use posdx_embedded::catalogue;
use posdx_explain::render::repair::RepairPage;
use posdx_explain::repair::{Entry, LastSale, Model, Next, State, state, summary, view};
use posdx_explain::{Question, explain};
use posdx_model::Lang;

/// Entries after which a repair should have ended.
const LONG: usize = 25;

struct Told {
    transcript: String,
    entries: Vec<Entry>,
    end: Next,
}

/// Plays a repair whose true cause is `truth`.
fn play(text: &str, truth: &str, contexts: &[&str], lang: Lang) -> Told {
    let explanation = explain(catalogue(), Question { text, place: None });
    let reading = explanation.readings.first().unwrap_or_else(|| panic!("{text} is not known"));
    let contexts: Vec<String> = contexts.iter().map(|c| (*c).to_owned()).collect();
    let model = Model::compile(catalogue(), reading, &contexts).expect("a condition");
    let cause = model.causes.iter().position(|c| c.id == truth).unwrap_or_else(|| {
        panic!("{truth} is no cause of {}: {:?}", model.subject.condition, model.causes.iter().map(|c| &c.id).collect::<Vec<_>>())
    });
    let page = RepairPage { lang, width: 80, narrate: false, reasons: false };
    let mut entries = Vec::new();
    let mut transcript = format!("> {text}\n");
    loop {
        let now = look(&model, &entries);
        let shown = view(catalogue(), &model, &entries, &now);
        transcript.push_str(&plain(&page.draw(&shown)));
        let entry = match &now.next {
            Next::LastSale { .. } => Entry::LastSale { found: LastSale::Failed },
            Next::Ask(q) => {
                let row = &model.answers[*q][cause];
                let likeliest = (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).expect("an answer");
                Entry::Told { question: model.questions[*q].id.clone(), answer: Some(model.questions[*q].answers[likeliest].id.clone()) }
            }
            Next::Confirm { precondition, .. } => Entry::Holds { precondition: precondition.clone(), holds: true },
            Next::Do(s) => Entry::Did { step: model.steps[*s].id.clone(), helped: Some(model.repairs[*s][cause] >= 0.5) },
            Next::Call | Next::Solved(_) | Next::Paid => {
                transcript.push_str(&format!("\n{}", summary(&model, &entries, &now).text(lang)));
                return Told { transcript, entries, end: now.next };
            }
        };
        let chosen = shown.next.choices.iter().find(|c| c.entry == entry).expect("a choice for it");
        transcript.push_str(&format!("> {}\n", chosen.text.get(lang)));
        entries.push(entry);
        assert!(entries.len() <= LONG, "{transcript}");
    }
}

fn look(model: &Model, entries: &[Entry]) -> State {
    // A number of looks instead of a clock: the same on every machine.
    let mut left = 400u32;
    state(model, entries, &mut || {
        left = left.saturating_sub(1);
        left > 0
    })
    .expect("consistent")
}

fn plain(page: &str) -> String {
    let mut out = String::new();
    let mut escape = false;
    for c in page.chars() {
        match c {
            '\u{1b}' => escape = true,
            'm' if escape => escape = false,
            c if !escape => out.push(c),
            _ => {}
        }
    }
    out
}

macro_rules! sessions {
    ($($name:ident: $text:literal, $truth:literal, [$($context:literal),*], $lang:ident;)*) => { $(
        #[test]
        fn $name() {
            let told = play($text, $truth, &[$($context),*], Lang::$lang);
            let mut done: Vec<&String> = told.entries.iter().filter_map(|e| match e { Entry::Did { step, .. } => Some(step), _ => None }).collect();
            let count = done.len();
            done.sort();
            done.dedup();
            assert_eq!(done.len(), count, "a step was advised twice");
            assert!(matches!(told.end, Next::Solved(_) | Next::Call), "{:?}", told.end);
            insta::assert_snapshot!(told.transcript);
        }
    )* };
}

sessions! {
    sim_without_data: "C101", "network.sim-no-data", ["on-mobile-data"], Zh;
    router_down: "C101", "network.router-down", [], En;
    paper_out: "打印机不出纸", "printer.paper-out", [], Zh;
    keys_out_of_step: "cups-pos/A0", "key.out-of-step", [], Zh;
    wrong_pin: "cups-pos/55", "operation.pin-mistyped", [], Zh;
    issuer_down: "cups-pos/91", "issuer.system-down", ["neighbours-too"], En;
    dirty_chip: "芯片读不出来", "card.chip-dirty", [], Zh;
    answer_slow: "cups-pos/98", "issuer.slow", [], Zh;
    battery_empty: "the terminal does not switch on", "power.battery-empty", [], En;
    after_an_update: "terminal freezes", "software.bug", ["after-update"], En;
}
