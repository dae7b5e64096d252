//! An explanation → plain sentences in the order in which they matter, for a screen reader or a loudspeaker.
//!
//! No bars, no tables, no symbols that a voice would spell out; one statement per line.

use posdx_model::{Lang, Role, Text};

use super::{View, may_know};
use crate::explanation::*;
use crate::odds::odds;
use crate::ui::Ui;

/// Tells the explanation.
pub fn narrate(explanation: &Explanation, view: View) -> String {
    let mut lines: Vec<String> = Vec::new();
    let ui = Ui(view.lang);
    let get = |t: &Text| t.get(view.lang).to_owned();
    let sentence = |label: &str, text: &str| match view.lang {
        Lang::Zh => format!("{label}：{text}"),
        Lang::En => format!("{label}: {text}"),
    };
    if let Some(ask) = &explanation.ask {
        lines.push(sentence(ui.ask(), &get(&ask.text)));
        lines.extend(ask.options.iter().map(|o| sentence(&o.id, &get(&o.text))));
    }
    if let Some(unknown) = &explanation.unknown {
        lines.push(get(&unknown.text));
        lines.push(get(&unknown.money));
        lines.extend(unknown.nearest.iter().map(|n| sentence(&n.id, &get(&n.text))));
        lines.extend(unknown.note_down.iter().map(|n| sentence(ui.note_down(), &get(n))));
    }
    let shown = if view.all { explanation.readings.len() } else { explanation.readings.len().min(1) };
    for r in explanation.readings.iter().take(shown) {
        if let Some(code) = &r.code {
            lines.push(sentence(ui.code(), &format!("{}, {}", code.value, get(&code.list))));
        }
        lines.push(with_stop(get(&r.title), view.lang));
        lines.push(get(r.text.role(view.role)));
        lines.push(sentence(ui.money(), ui.money_state(r.money.state)));
        lines.push(get(&r.money.act));
        lines.push(sentence(ui.retry(), &ui.retry_verdict(r.retry.verdict, r.retry.wait_s, r.retry.max)));
        if view.role == Role::Cashier {
            lines.push(sentence(ui.say(), &get(&r.text.cardholder)));
        }
        for bit in &r.bits {
            lines.push(get(&bit.text));
        }
        for (i, step) in r.plan.iter().enumerate() {
            let label = if i == 0 { ui.next() } else { ui.then() };
            let text = if i == 0 {
                format!("{}. {}", get(&step.title), get(&step.text))
            } else {
                get(if step.kind == StepKind::Call { &step.text } else { &step.title })
            };
            lines.push(sentence(label, &text));
        }
        if may_know(view.role, r.discreet) && view.role != Role::Cardholder {
            lines.extend(r.causes.iter().map(|c| sentence(ui.causes(), &format!("{}, {}", get(&c.title), get(&odds(c.p))))));
        }
        if let Some(c) = &r.contact {
            lines.push(sentence(ui.contact(), &format!("{} {}", get(&c.who), c.number)));
        }
    }
    lines.iter().map(|l| format!("{}\n", l.trim())).collect()
}

fn with_stop(text: String, lang: Lang) -> String {
    match lang {
        Lang::Zh => text + "。",
        Lang::En => text + ".",
    }
}
