//! One meaning as a page: verdict and money first, one next step, then everything else in the order of use.

use maud::{Markup, html};
use posdx_explain::render::may_know;
use posdx_explain::repair::{NextView, Session};
use posdx_explain::{Advice, Contact, Explanation, Reading, Step, StepKind, Ui, actor_name, grade_name, odds, party_name};
use posdx_model::{Lang, MoneyState, Outcome, Role};

use super::fix;
use super::parts::{self, get};
use super::shell::{Shell, icon};
use crate::repair::Standing;
use crate::words::Words;

/// The step of the catalogue that takes payment another way.
const OTHER_WAY: &str = "use-another-card";

/// The parts of a reading's page.
pub struct ReadingPage<'a> {
    /// Language, taste, place.
    pub shell: Shell<'a>,
    /// The meaning.
    pub reading: &'a Reading,
    /// The first page of its repair, when there is something to repair.
    pub repair: Option<&'a Standing>,
}

impl ReadingPage<'_> {
    fn words(&self) -> Words {
        self.shell.words()
    }

    fn lang(&self) -> Lang {
        self.shell.lang
    }

    fn role(&self) -> Role {
        self.shell.taste.role
    }

    /// True when this reader may see why a bank stopped the card.
    fn open(&self) -> bool {
        may_know(self.role(), self.reading.discreet)
    }

    /// All of it, without the shell.
    pub fn body(&self, explanation: &Explanation) -> Markup {
        html! {
            div.reading {
                div.first {
                    (self.verdict(1))
                    (self.money("money"))
                    (self.next())
                    (self.say())
                    (self.other_way())
                    (self.help())
                }
                div.second {
                    (self.causes())
                    (self.plan())
                    (self.prevention())
                    (self.engineer())
                    (self.others(explanation))
                    (self.sources())
                    div.page-tools { button.small-button type="button" data-print hidden { (self.words().reading_print()) } }
                }
            }
        }
    }

    /// What it is, and what to do in one sentence.
    pub fn verdict(&self, level: u8) -> Markup {
        let (r, lang) = (self.reading, self.lang());
        let id = r.code.as_ref().map_or(r.condition.as_str(), |c| c.id.as_str());
        html! {
            header.verdict.(parts::outcome_class(r.outcome)) data-recent-id=(id) data-recent-title=(get(&r.title, lang)) data-recent-place=(parts::code_place(id)) {
                @if let Some(code) = &r.code {
                    p.code-line { (parts::code(&code.id)) span.list { (get(&code.list, lang)) } }
                }
                @match level { 1 => h1 { (get(&r.title, lang)) }, 2 => h2 { (get(&r.title, lang)) }, _ => h3 { (get(&r.title, lang)) } }
                @if let Some(detail) = r.list.as_ref().and_then(|l| l.detail.as_ref()) { p.detail { (get(detail, lang)) } }
                p.lead { (get(r.text.role(self.role()), lang)) }
            }
        }
    }

    /// Whether the money moved, and whether to try again.
    pub fn money(&self, id: &str) -> Markup {
        let (r, lang, ui) = (self.reading, self.lang(), Ui(self.lang()));
        html! {
            section.money.(parts::money_class(r.money.state)) aria-labelledby=(id) {
                (parts::money_picture(r.money.state))
                div {
                    h2 id=(id) { span.label { (self.words().reading_money()) } " " span.state { (ui.money_state(r.money.state)) } }
                    p { (get(&r.money.act, lang)) }
                    p.retry { span.label { (self.words().reading_retry()) } " " strong { (ui.retry_verdict(r.retry.verdict, r.retry.wait_s, r.retry.max)) } }
                }
            }
        }
    }

    fn next(&self) -> Markup {
        match self.repair {
            Some(standing) => html! {
                section.next aria-labelledby="next" {
                    p.label { (self.words().reading_next()) }
                    (next_body(&standing.view.next, &standing.session, self.lang(), "next", 2))
                }
            },
            None => html! { section.next.nothing { p { (icon("M5 12l5 5L20 7")) (self.words().reading_nothing()) } } },
        }
    }

    fn say(&self) -> Markup {
        let text = get(&self.reading.text.cardholder, self.lang());
        html! { section { h2 { (self.words().reading_say()) } (parts::quote(text, self.lang(), true, false)) } }
    }

    fn causes(&self) -> Markup {
        let r = self.reading;
        let sure = r.outcome == Outcome::Approved || r.outcome == Outcome::Info && r.plan.is_empty();
        if r.causes.is_empty() || sure || !self.open() {
            return html! {};
        }
        let lang = self.lang();
        html! {
            section {
                h2 { (self.words().reading_causes()) }
                ul.bars {
                    @for cause in &r.causes {
                        li { details {
                            summary { (parts::bar(get(&cause.title, lang), cause.p, None, lang)) }
                            @for why in &cause.because { p { (get(why, lang)) } }
                        } }
                    }
                }
            }
        }
    }

    fn plan(&self) -> Markup {
        if self.reading.plan.len() < 2 {
            return html! {};
        }
        let w = self.words();
        html! {
            details.card {
                summary { h2 { (w.reading_plan()) } }
                p.small { (w.reading_plan_lead()) }
                ol.plan { @for step in &self.reading.plan { li { (self.step(step)) } } }
            }
        }
    }

    fn step(&self, step: &Step) -> Markup {
        let (lang, w) = (self.lang(), self.words());
        html! {
            strong { (get(&step.title, lang)) } " "
            span.small.nowrap { (w.reading_who(get(&actor_name(step.by), lang))) " · " (w.reading_minutes(step.minutes)) }
            @for need in &step.needs { p.needs { (w.reading_needs()) (get(&need.text, lang)) } }
            @if step.kind == StepKind::Step { (parts::actions(get(&step.text, lang), lang)) } @else { p { (get(&step.text, lang)) } }
        }
    }

    fn other_way(&self) -> Markup {
        let (r, w, lang) = (self.reading, self.words(), self.lang());
        if r.outcome == Outcome::Approved {
            return html! {};
        }
        let text = posdx_embedded::catalogue().step(OTHER_WAY).map(|s| s.text).unwrap_or_default();
        html! {
            details.card #other-way {
                summary { h2 { (icon("M4 8h16v10H4zM4 12h16M8 4h12")) (w.reading_other_way()) } }
                @match r.money.state {
                    MoneyState::Unknown => p.warn { (icon("M12 4l9 16H3zM12 10v4M12 17v.1")) (w.reading_other_way_first()) },
                    MoneyState::Taken => p.warn { (icon("M12 4l9 16H3zM12 10v4M12 17v.1")) (w.reading_other_way_not()) },
                    MoneyState::NotTaken | MoneyState::NotApplicable => {}
                }
                @if r.money.state != MoneyState::Taken { (parts::actions(get(&text, lang), lang)) }
            }
        }
    }

    fn help(&self) -> Markup {
        let Some(contact) = &self.reading.contact else { return html! {} };
        const PHONE: &str = "M6 3h3l2 5-2.500 1.500a11 11 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z";
        html! { details.card #help { summary { h2 { (icon(PHONE)) (self.words().reading_help()) } } (self.contact(contact)) } }
    }

    fn contact(&self, contact: &Contact) -> Markup {
        let (r, lang, w, ui) = (self.reading, self.lang(), self.words(), Ui(self.lang()));
        let code = r.code.as_ref().map(|c| format!("{} {}", get(&c.list, lang), c.value)).unwrap_or_default();
        let end = if lang == Lang::Zh { "。" } else { ". " };
        let first = if code.is_empty() { String::new() } else { format!("{code}{end}") };
        let said = format!("{first}{}{end}{}{end}", get(&r.title, lang), ui.money_state(r.money.state));
        html! {
            (contact_block(contact, lang))
            h3 { (w.reading_help_say()) }
            (parts::quote(said.trim(), lang, false, true))
        }
    }

    fn prevention(&self) -> Markup {
        let r = self.reading;
        if r.prevention.is_empty() || r.outcome == Outcome::Approved || !self.open() {
            return html! {};
        }
        details(self.words().reading_prevention(), html! { (advice(&r.prevention, self.lang())) })
    }

    fn engineer(&self) -> Markup {
        if !self.open() {
            return html! {};
        }
        let (r, lang, w) = (self.reading, self.lang(), self.words());
        details(
            w.reading_engineer(),
            html! {
                dl.facts {
                    dt { (w.reading_agent_text()) } dd { (get(&r.text.agent, lang)) }
                    dt { (w.reading_engineer_text()) } dd { (get(&r.text.engineer, lang)) }
                    @if let Some(list) = &r.list {
                        dt { (w.reading_list_says()) } dd { (get(&list.name, lang)) " " (grade(list.grade, lang)) }
                        @if let Some(note) = &list.note { dt { (w.reading_note()) } dd { (get(note, lang)) } }
                        @if !list.near.is_empty() {
                            dt { (w.reading_near()) }
                            dd { @for id in &list.near { a.nowrap href=(parts::code_place(id)) { (id) } " " } }
                        }
                    }
                    @if !r.fault.is_empty() {
                        dt { (w.reading_fault()) }
                        dd { ul.plain { @for f in &r.fault { li { (get(&party_name(f.party), lang)) " · " (get(&odds(f.p), lang)) } } } }
                    }
                    @if !r.bits.is_empty() {
                        dt { (w.reading_bits()) }
                        dd { ul.plain.bits { @for bit in &r.bits {
                            li { code.nowrap { "B" (bit.byte) " & " (format!("{:02X}", bit.mask)) } " " @if bit.matters { strong { (get(&bit.text, lang)) } } @else { (get(&bit.text, lang)) } }
                        } } }
                    }
                }
            },
        )
    }

    fn sources(&self) -> Markup {
        if !self.open() {
            return html! {};
        }
        let lang = self.lang();
        details(
            self.words().reading_sources(),
            html! {
                ul.sources {
                    @for s in &self.reading.sources {
                        li { (grade(s.grade, lang)) " " @match &s.url { Some(url) => { a href=(url) rel="noreferrer" { (get(&s.title, lang)) } } None => { (get(&s.title, lang)) } } }
                    }
                }
            },
        )
    }

    /// What else the same number means; first where it means something else.
    fn others(&self, explanation: &Explanation) -> Markup {
        let (r, lang, w) = (self.reading, self.lang(), self.words());
        let id = |r: &Reading| r.code.as_ref().map_or_else(|| r.condition.clone(), |c| c.id.clone());
        let mine = id(r);
        let rest: Vec<&Reading> = explanation.readings.iter().filter(|o| id(o) != mine).collect();
        let (same, other): (Vec<&Reading>, Vec<&Reading>) = rest.into_iter().partition(|o| o.condition == r.condition);
        let list = |all: &[&Reading]| {
            html! {
                ul.others { @for o in all {
                    li { a href=(parts::code_place(&id(o))) {
                        @if let Some(code) = &o.code { (parts::code(&code.id)) } span { strong { (get(&o.title, lang)) } @if let Some(code) = &o.code { " " small { (get(&code.list, lang)) } } }
                    } }
                } }
            }
        };
        html! {
            @if !other.is_empty() { section { h2 { @if r.code.is_some() { (w.reading_collides()) } @else { (w.reading_also()) } } (list(&other)) } }
            @if !same.is_empty() { (details(w.reading_same(), list(&same))) }
        }
    }
}

/// A part that is opened when it is wanted.
pub fn details(title: &str, body: Markup) -> Markup {
    html! { details.card { summary { h2 { (title) } } (body) } }
}

/// How well something is supported.
pub fn grade(grade: posdx_model::Grade, lang: Lang) -> Markup {
    html! { span.grade.(grade.as_str()) { (get(&grade_name(grade), lang)) } }
}

fn advice(all: &[Advice], lang: Lang) -> Markup {
    html! { ul { @for one in all { li { (get(&one.text, lang)) } } } }
}

/// Whom to call, with what at hand.
pub fn contact_block(contact: &Contact, lang: Lang) -> Markup {
    let w = Words(lang);
    html! {
        p.who { strong { (get(&contact.who, lang)) } }
        @if !contact.number.is_empty() {
            (parts::phone(&contact.number, w))
            p.small { (w.reading_checked(&contact.checked)) " " (grade(contact.grade, lang)) }
        }
        @if !contact.have_ready.is_empty() {
            h3 { (w.reading_help_ready()) }
            ul.checklist { @for item in &contact.have_ready { li { (get(item, lang)) } } }
        }
    }
}

/// One thing to do or to answer, with its answers as large links: each leads to the page that follows from it.
pub fn next_body(next: &NextView, session: &Session, lang: Lang, id: &str, level: u8) -> Markup {
    let w = Words(lang);
    let ask = matches!(next.kind.as_str(), "ask" | "confirm");
    let heading = if ask || next.title.zh.is_empty() { get(&next.text, lang) } else { get(&next.title, lang) };
    html! {
        @if level == 1 { h1 id=(id) { (heading) } } @else { h2 id=(id) { (heading) } }
        @if let (Some(by), Some(minutes)) = (next.by, next.minutes.filter(|m| *m > 0.0)) {
            @if next.kind != "ask" { p.small { (w.reading_who(get(&actor_name(by), lang))) " · " (w.reading_minutes(minutes)) } }
        }
        @if !ask { (parts::actions(get(&next.text, lang), lang)) }
        @if !next.because.zh.is_empty() { p.because { (get(&next.because, lang)) } }
        @if !next.choices.is_empty() {
            @if next.kind == "do" { p.done { (w.reading_done()) } }
            ul.choices {
                @for choice in &next.choices {
                    li { a.button.choice href=(fix::place(session, &choice.entry)) rel="nofollow" data-choice=(choice.id) { (get(&choice.text, lang)) } }
                }
            }
        }
    }
}
