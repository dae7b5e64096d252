//! An explanation → a page in a terminal: verdict and money first, one next step, then everything else in the order of use.

use anstyle::{AnsiColor, Style};
use posdx_model::{Lang, MoneyState, Outcome, Role, Text};

use super::wrap::{columns, pad, wrap};
use super::{View, may_know};
use crate::explanation::*;
use crate::odds::odds;
use crate::ui::{Ui, actor_name, grade_name, party_name};

/// Narrowest and widest page; beyond it lines get hard to read.
const WIDTH: std::ops::RangeInclusive<usize> = 40..=100;

/// Draws the page. Colours are ANSI codes; strip them for files and pipes.
pub fn render(explanation: &Explanation, view: View) -> String {
    let mut page = Page::new(view);
    let shown = if view.all { explanation.readings.len() } else { lead(explanation) };
    // What cannot be decided is asked before anything is claimed.
    if let Some(ask) = &explanation.ask {
        page.ask(ask);
    }
    if let Some(unknown) = &explanation.unknown {
        page.unknown(unknown, !explanation.readings.is_empty());
    }
    for (i, reading) in explanation.readings.iter().take(shown).enumerate() {
        if i > 0 {
            page.rule();
        }
        page.provided(explanation.ask.as_ref(), reading);
        page.reading(reading);
    }
    if explanation.input.more {
        let more = page.ui.more_codes();
        page.styled(DIM, more);
    }
    page.others(&explanation.readings[shown.min(explanation.readings.len())..], explanation);
    page.out
}

/// The verdict alone: what it is, the money, whether to try again, the next step. For pages whose body is something else.
pub(super) fn verdict(explanation: &Explanation, view: View) -> String {
    let mut page = Page::new(view);
    if let Some(unknown) = &explanation.unknown {
        page.unknown(unknown, false);
    }
    for (i, reading) in explanation.readings.iter().take(if view.all { usize::MAX } else { 1 }).enumerate() {
        if i > 0 {
            page.line("");
        }
        page.heading(reading);
        let (label, state) = (page.ui.money(), page.ui.money_state(reading.money.state));
        page.row(label, money_style(reading.money.state), state);
        let act = page.get(&reading.money.act).to_owned();
        page.row("", Style::new(), &act);
        let retry = page.ui.retry_verdict(reading.retry.verdict, reading.retry.wait_s, reading.retry.max);
        let label = page.ui.retry();
        page.row(label, BOLD, &retry);
        if let Some(next) = &reading.next {
            let (label, title, text) = (page.ui.next(), page.step_title(next), page.get(&next.text).to_owned());
            page.row(label, BOLD, &title);
            page.row("", Style::new(), &text);
        }
    }
    page.out
}

/// How many readings are shown in full: one of each code in the text, the first alone otherwise.
fn lead(explanation: &Explanation) -> usize {
    let codes = explanation.input.codes.len().saturating_sub(explanation.unknown.as_ref().map_or(0, |u| u.codes.len()));
    if codes > 1 && explanation.readings.len() == codes { codes } else { usize::from(!explanation.readings.is_empty()) }
}

struct Page {
    view: View,
    ui: Ui,
    width: usize,
    label: usize,
    out: String,
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

fn colour(c: AnsiColor) -> Style {
    Style::new().bold().fg_color(Some(anstyle::Color::Ansi(c)))
}

impl Page {
    fn new(view: View) -> Self {
        let label = match view.lang {
            Lang::Zh => 10,
            Lang::En => 18,
        };
        Page { view, ui: Ui(view.lang), width: view.width.clamp(*WIDTH.start(), *WIDTH.end()), label, out: String::new() }
    }

    fn get<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.view.lang)
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn styled(&mut self, style: Style, text: &str) {
        for line in wrap(text, self.width) {
            self.line(&format!("{style}{line}{style:#}"));
        }
    }

    fn rule(&mut self) {
        let rule = "─".repeat(self.width);
        self.line(&format!("\n{DIM}{rule}{DIM:#}"));
    }

    /// A label in the margin, the text beside it.
    fn row(&mut self, label: &str, style: Style, text: &str) {
        let room = self.width - self.label;
        for (i, line) in wrap(text, room).iter().enumerate() {
            let margin = if i == 0 { pad(label, self.label) } else { " ".repeat(self.label) };
            self.line(&format!("{DIM}{margin}{DIM:#}{style}{line}{style:#}"));
        }
    }

    fn reading(&mut self, r: &Reading) {
        self.heading(r);
        self.line("");
        self.row(self.ui.money(), money_style(r.money.state), self.ui.money_state(r.money.state));
        self.row("", Style::new(), self.get(&r.money.act));
        let retry = self.ui.retry_verdict(r.retry.verdict, r.retry.wait_s, r.retry.max);
        self.row(self.ui.retry(), BOLD, &retry);
        if self.view.role == Role::Cashier {
            self.row(self.ui.say(), Style::new(), self.get(&r.text.cardholder));
        }
        self.bits(r);
        self.causes(r);
        self.steps(r);
        self.texts(r);
        self.list(r);
        self.fault(r);
        self.prevention(r);
        self.contact(r.contact.as_ref());
        self.sources(r);
    }

    fn heading(&mut self, r: &Reading) {
        if let Some(code) = &r.code {
            let list = self.get(&code.list).to_owned();
            self.styled(DIM, &format!("{}  {list}", code.id));
        }
        let style = match r.outcome {
            Outcome::Approved => colour(AnsiColor::Green),
            Outcome::Declined | Outcome::Failed => colour(AnsiColor::Red),
            Outcome::Unknown | Outcome::Partial => colour(AnsiColor::Yellow),
            Outcome::Info => colour(AnsiColor::Cyan),
        };
        self.styled(style, self.get(&r.title));
        if let Some(detail) = r.list.as_ref().and_then(|l| l.detail.as_ref()) {
            self.styled(BOLD, self.get(detail));
        }
        let text = match self.view.role {
            Role::Cashier => &r.text.cashier,
            Role::Cardholder => &r.text.cardholder,
            Role::Agent => &r.text.agent,
            Role::Engineer => &r.text.engineer,
        };
        self.styled(Style::new(), self.get(text));
    }

    fn bits(&mut self, r: &Reading) {
        if r.bits.is_empty() {
            return;
        }
        self.line("");
        self.line(&format!("{BOLD}{}{BOLD:#}", self.ui.bits()));
        for bit in &r.bits {
            let place = format!("{:>3} {}", format!("B{}", bit.byte), mask_text(bit.mask));
            let mark = if bit.matters { "●" } else { "○" };
            let style = if bit.matters { BOLD } else { Style::new() };
            let text = format!("{mark} {}", self.get(&bit.text));
            for (i, line) in wrap(&text, self.width - 14).iter().enumerate() {
                let margin = if i == 0 { pad(&place, 14) } else { " ".repeat(16) };
                self.line(&format!("{DIM}{margin}{DIM:#}{style}{line}{style:#}"));
            }
        }
    }

    fn steps(&mut self, r: &Reading) {
        let Some(next) = &r.next else { return };
        self.line("");
        self.row(self.ui.next(), BOLD, &self.step_title(next));
        for need in &next.needs {
            let text = format!("{}{}{}", self.ui.needs(), self.colon(), self.get(&need.text));
            self.row("", colour(AnsiColor::Yellow), &text);
        }
        self.row("", Style::new(), self.get(&next.text));
        self.row("", DIM, self.get(&next.because));
        if self.view.role == Role::Cardholder {
            return;
        }
        for (i, step) in r.plan.iter().enumerate().skip(1) {
            let label = if i == 1 { self.ui.then() } else { "" };
            let text = if step.kind == StepKind::Call { self.get(&step.text).to_owned() } else { self.step_title(step) };
            self.row(label, Style::new(), &format!("{}. {text}", i + 1));
        }
    }

    fn step_title(&self, step: &Step) -> String {
        let who = actor_name(step.by);
        match self.view.lang {
            Lang::Zh => format!("{}（{}，约 {} 分钟）", step.title.zh, who.zh, step.minutes),
            Lang::En => format!("{} ({}, about {} min)", step.title.en, who.en, step.minutes),
        }
    }

    fn causes(&mut self, r: &Reading) {
        let sure = r.outcome == Outcome::Approved || r.outcome == Outcome::Info && r.plan.is_empty();
        if r.causes.is_empty() || sure || !may_know(self.view.role, r.discreet) || self.view.role == Role::Cardholder {
            return;
        }
        self.line("");
        // At the till three are enough: the next step must stay in sight.
        let most = if self.view.role == Role::Cashier { 3 } else { r.causes.len() };
        for (i, cause) in r.causes.iter().take(most).enumerate() {
            let label = if i == 0 { self.ui.causes() } else { "" };
            let filled = (cause.p * 10.0).round() as usize;
            let bar = format!("{}{}", "█".repeat(filled.min(10)), "░".repeat(10 - filled.min(10)));
            let chance = pad(self.get(&odds(cause.p)), 16);
            // On a narrow page the words say enough; the bar only repeats them.
            let lead = if self.width < 72 { format!("{chance} ") } else { format!("{bar} {chance} ") };
            let room = self.width.saturating_sub(self.label + columns(&lead)).max(12);
            let lines = wrap(self.get(&cause.title), room);
            for (n, line) in lines.iter().enumerate() {
                let margin = if n == 0 { pad(label, self.label) } else { " ".repeat(self.label) };
                let lead = if n == 0 { lead.clone() } else { " ".repeat(columns(&lead)) };
                self.line(&format!("{DIM}{margin}{DIM:#}{lead}{line}"));
            }
            if self.view.role == Role::Engineer || (i == 0 && self.view.role == Role::Agent) {
                let because: String = cause.because.iter().map(|b| self.get(b)).collect::<Vec<_>>().join(" ");
                self.row("", DIM, &because);
            }
        }
    }

    /// The other readers' texts, for those whose work it is to know them.
    fn texts(&mut self, r: &Reading) {
        if self.view.role == Role::Engineer {
            self.line("");
            self.row(self.ui.agent(), Style::new(), self.get(&r.text.agent));
        }
        if matches!(self.view.role, Role::Agent) {
            self.line("");
            self.row(self.ui.say(), Style::new(), self.get(&r.text.cardholder));
        }
    }

    fn list(&mut self, r: &Reading) {
        let Some(list) = &r.list else { return };
        if !may_know(self.view.role, r.discreet) || self.view.role == Role::Cardholder {
            return;
        }
        self.line("");
        let name = format!("{}（{}）", self.get(&list.name), self.get(&grade_name(list.grade)));
        let name = if self.view.lang == Lang::En { name.replace('（', " (").replace('）', ")") } else { name };
        self.row(self.ui.list_says(), Style::new(), &name);
        if let Some(note) = &list.note {
            self.row(self.ui.note(), Style::new(), self.get(note));
        }
        if !list.near.is_empty() {
            let text = format!("{}{}{}", self.ui.near(), self.colon(), list.near.join(", "));
            self.row("", DIM, &text);
        }
    }

    fn fault(&mut self, r: &Reading) {
        if !matches!(self.view.role, Role::Agent | Role::Engineer) {
            return;
        }
        let text: Vec<String> = r.fault.iter().map(|f| format!("{} {}", self.get(&party_name(f.party)), self.get(&odds(f.p)))).collect();
        let comma = if self.view.lang == Lang::Zh { "；" } else { "; " };
        self.row(self.ui.fault(), Style::new(), &text.join(comma));
    }

    fn prevention(&mut self, r: &Reading) {
        if r.prevention.is_empty() || self.view.role == Role::Cardholder || matches!(r.outcome, Outcome::Approved) {
            return;
        }
        self.line("");
        for (i, p) in r.prevention.iter().take(3).enumerate() {
            let label = if i == 0 { self.ui.prevention() } else { "" };
            self.row(label, Style::new(), &format!("· {}", self.get(&p.text)));
        }
    }

    fn contact(&mut self, contact: Option<&Contact>) {
        let Some(c) = contact else { return };
        self.line("");
        // Without a number, `who` says where it stands: on the card, the label, the slip.
        let text =
            if c.number.is_empty() { self.get(&c.who).to_owned() } else { format!("{}{}{}", self.get(&c.who), self.colon(), c.number) };
        self.row(self.ui.contact(), BOLD, &text);
        let ready: Vec<&str> = c.have_ready.iter().map(|h| self.get(h)).collect();
        let comma = if self.view.lang == Lang::Zh { "；" } else { "; " };
        self.row("", Style::new(), &format!("{}{}{}", self.ui.have_ready(), self.colon(), ready.join(comma)));
        if !c.number.is_empty() {
            let comma = if self.view.lang == Lang::Zh { "，" } else { ", " };
            let checked = format!("{} {}{comma}{}", self.ui.checked(), c.checked, self.get(&grade_name(c.grade)));
            self.row("", DIM, &checked);
        }
    }

    fn sources(&mut self, r: &Reading) {
        if self.view.role == Role::Cardholder {
            return;
        }
        self.line("");
        let limit = if matches!(self.view.role, Role::Engineer) { 12 } else { 3 };
        for (i, s) in r.sources.iter().take(limit).enumerate() {
            let label = if i == 0 { self.ui.sources() } else { "" };
            let text = format!("[{}] {}", self.get(&grade_name(s.grade)), self.get(&s.title));
            self.row(label, DIM, &text);
        }
    }

    fn ask(&mut self, ask: &Ask) {
        self.styled(colour(AnsiColor::Yellow), &format!("{}{}{}", self.ui.ask(), self.colon(), self.get(&ask.text)));
        for option in &ask.options {
            let flag = if ask.id == "where" { format!("--where {}", option.id) } else { option.reading.clone() };
            let shown = pad(&flag, 18);
            let room = self.width.saturating_sub(20);
            for (i, line) in wrap(&format!("{} → {}", self.get(&option.text), option.reading), room).iter().enumerate() {
                let margin = if i == 0 { shown.clone() } else { " ".repeat(18) };
                self.line(&format!("  {DIM}{margin}{DIM:#}{line}"));
            }
        }
        self.line("");
    }

    /// While a question is open, a reading holds only under the answer that leads to it, and the page says so.
    fn provided(&mut self, ask: Option<&Ask>, reading: &Reading) {
        let id = reading.code.as_ref().map_or(&reading.condition, |c| &c.id);
        if let Some(option) = ask.and_then(|a| a.options.iter().find(|o| &o.reading == id)) {
            self.styled(colour(AnsiColor::Yellow), &self.ui.provided(self.get(&option.text)));
        }
    }

    fn unknown(&mut self, u: &Unknown, more: bool) {
        self.styled(colour(AnsiColor::Yellow), self.get(&u.text));
        if more && u.codes.is_empty() {
            return;
        }
        self.row(self.ui.money(), money_style(MoneyState::Unknown), self.get(&u.money));
        for (i, n) in u.nearest.iter().enumerate() {
            let label = if i == 0 { self.ui.nearest() } else { "" };
            let gap = if columns(label) >= self.label { format!("{label}\n{}", " ".repeat(self.label)) } else { pad(label, self.label) };
            self.line(&format!("{DIM}{gap}{DIM:#}{}  {}", n.id, self.get(&n.text)));
        }
        for (i, n) in u.note_down.iter().enumerate() {
            let label = if i == 0 { self.ui.note_down() } else { "" };
            if columns(label) >= self.label {
                self.line(&format!("{DIM}{label}{DIM:#}"));
                self.row("", Style::new(), &format!("· {}", self.get(n)));
            } else {
                self.row(label, Style::new(), &format!("· {}", self.get(n)));
            }
        }
        self.contact(u.contact.as_ref());
        if more {
            self.rule();
        }
    }

    /// The readings that are not shown in full: same meaning elsewhere in one line, other meanings one line each.
    fn others(&mut self, rest: &[Reading], explanation: &Explanation) {
        let Some(first) = explanation.readings.first() else { return };
        if rest.is_empty() || self.view.role == Role::Cardholder {
            return;
        }
        let id = |r: &Reading| r.code.as_ref().map_or_else(|| r.condition.clone(), |c| c.id.clone());
        let same: Vec<String> = rest.iter().filter(|r| r.condition == first.condition).map(id).collect();
        let other: Vec<&Reading> = rest.iter().filter(|r| r.condition != first.condition).collect();
        if !other.is_empty() {
            self.line("");
            let head = if first.code.is_some() { self.ui.others() } else { self.ui.also() };
            self.line(&format!("{BOLD}{head}{BOLD:#}"));
            for r in other {
                let lines = wrap(self.get(&r.title), self.width.saturating_sub(28).max(12));
                for (n, line) in lines.iter().enumerate() {
                    let margin = if n == 0 { pad(&id(r), 24) } else { " ".repeat(24) };
                    self.line(&format!("  {margin}  {line}"));
                }
            }
        }
        if !same.is_empty() {
            self.line("");
            self.styled(DIM, &format!("{}{}{}", self.ui.same(), self.colon(), same.join(", ")));
        }
    }

    fn colon(&self) -> &'static str {
        match self.view.lang {
            Lang::Zh => "：",
            Lang::En => ": ",
        }
    }
}

/// `b8`, or a mask for several bits.
fn mask_text(mask: u8) -> String {
    if mask.count_ones() == 1 { format!("b{}", mask.trailing_zeros() + 1) } else { format!("& {mask:02X}") }
}

fn money_style(state: MoneyState) -> Style {
    match state {
        MoneyState::NotTaken => colour(AnsiColor::Green),
        MoneyState::Taken => colour(AnsiColor::Cyan),
        MoneyState::Unknown => colour(AnsiColor::Yellow),
        MoneyState::NotApplicable => BOLD,
    }
}
