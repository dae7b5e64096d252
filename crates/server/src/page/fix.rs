//! Guided repair as pages of one shape: where we are, one thing to do or to answer, what it most likely is, what was done so far.

use maud::{Markup, html};
use posdx_explain::repair::{Entry, Session, Summary, View, summary, told};
use posdx_explain::{explain_code, explain_condition};
use posdx_model::Lang;

use super::parts;
use super::reading::{contact_block, next_body};
use super::shell::{Shell, Tab, icon};
use crate::answer::Answer;
use crate::ask::Asked;
use crate::problem::{Kind, Problem};
use crate::repair::{self, Standing};
use crate::state::State;
use crate::words::Words;

/// The address of the page that follows when this is told.
pub fn place(session: &Session, entry: &Entry) -> String {
    format!("/fix/{}", repair::address(&repair::with(session, entry.clone())))
}

/// `/fix?code=…&context=…`: a new repair.
pub fn begin(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let catalogue = state.catalogue();
    let code = asked.query("code").and_then(|id| id.split_once('/')).and_then(|(list, value)| explain_code(catalogue, list, value));
    let reading = code.or_else(|| explain_condition(catalogue, asked.query("condition")?)).ok_or_else(|| {
        Problem::new(
            Kind::NotKnown,
            "没听懂要修什么。请从首页查起。",
            "What is to be repaired was not understood. Begin at the first page.",
        )
    })?;
    let contexts = asked.query_all("context").map(ToOwned::to_owned).collect();
    Ok(Answer::see(&format!("/fix/{}", repair::address(&repair::begin(state, &reading, contexts)?))))
}

/// `/fix/<session>`: where it stands.
pub fn page(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let standing = repair::stand(state, repair::session(asked.part("session"))?)?;
    let shell = Shell::of(asked, Tab::Find);
    let title = shell.words().fix_title(standing.view.title.get(asked.lang));
    let body = FixPage { shell, standing: &standing, newest: state.catalogue().version() }.body();
    Ok(Answer::page(shell.page(&title, body)))
}

struct FixPage<'a> {
    shell: Shell<'a>,
    standing: &'a Standing,
    newest: &'a str,
}

impl FixPage<'_> {
    fn view(&self) -> &View {
        &self.standing.view
    }

    fn session(&self) -> &Session {
        &self.standing.session
    }

    fn lang(&self) -> Lang {
        self.shell.lang
    }

    fn words(&self) -> Words {
        self.shell.words()
    }

    fn body(&self) -> Markup {
        let (w, view) = (self.words(), self.view());
        let ended = view.next.choices.is_empty();
        html! {
            div.reading.repair {
                div.first {
                    (self.top())
                    @if self.session().catalogue != self.newest && !self.session().entries.is_empty() {
                        p.warn { (w.fix_other_catalogue(&self.session().catalogue)) }
                    }
                    section.next.(view.next.kind) aria-labelledby="next" {
                        (next_body(&view.next, self.session(), self.lang(), "next", 1))
                        @if let Some(contact) = view.next.contact.as_ref() { (contact_block(contact, self.lang())) }
                        @if view.next.kind == "solved" { (self.solved()) }
                    }
                    (self.back())
                }
                div.second {
                    @if ended { (self.hand_over()) }
                    @if !ended || view.next.kind == "call" { (self.causes()) }
                    (self.so_far())
                    @if !ended { (self.contexts()) (self.stop()) }
                }
            }
        }
    }

    /// What is being repaired, which step this is, how long it may take.
    fn top(&self) -> Markup {
        let (w, view, lang) = (self.words(), self.view(), self.lang());
        let subject = view.code.as_deref().unwrap_or(&view.condition);
        let minutes = view.expected.filter(|m| *m >= 1.0 && !view.next.choices.is_empty());
        html! {
            nav.progress aria-label=(w.reading_repair()) {
                a.subject href=(parts::code_place(subject)) { @if view.code.is_some() { (parts::code(subject)) " " } span { (view.title.get(lang)) } }
                p.small { (w.fix_step(view.entries + 1)) @if let Some(m) = minutes { " · " (w.fix_left(m.round())) } }
                ol.dots aria-hidden="true" { @for _ in 0..view.entries.min(12) { li.past {} } li.now {} }
            }
        }
    }

    fn back(&self) -> Markup {
        let session = self.session();
        let Some(before) = session.entries.len().checked_sub(1) else { return html! {} };
        let to = |count: usize| format!("/fix/{}", repair::address(&repair::cut(session, count)));
        html! {
            ul.back-row {
                li { a.small-button href=(to(before)) rel="prev" { (icon("M15 5l-7 7 7 7")) (self.words().fix_back()) } }
                @if before > 0 { li { a.small-button href=(to(0)) { (self.words().fix_begin()) } } }
            }
        }
    }

    fn solved(&self) -> Markup {
        let w = self.words();
        let before = repair::cut(self.session(), self.session().entries.len().saturating_sub(1));
        html! {
            p.done { (w.fix_solved()) }
            ul.choices {
                li { a.button.choice href="/" { (w.fix_works()) } }
                li { a.button.choice href=(format!("/fix/{}", repair::address(&before))) { (w.fix_not_really()) } }
            }
        }
    }

    fn causes(&self) -> Markup {
        let (w, view, lang) = (self.words(), self.view(), self.lang());
        if view.causes.is_empty() {
            return html! {};
        }
        let told = view.entries > 0;
        html! {
            section {
                h2 { (w.fix_likely()) }
                @for [one, other] in view.several.iter().take(1) { p.warn { (w.fix_several(one.get(lang), other.get(lang))) } }
                ul.bars {
                    @for cause in &view.causes {
                        li {
                            details {
                                summary { (parts::bar(cause.title.get(lang), cause.p, told.then_some(cause.before), lang)) }
                                p { (cause.explain.get(lang)) }
                                @if told { p.small { (w.fix_before((cause.before * 100.0).round())) } }
                                @if !cause.reasons.is_empty() {
                                    ul.reasons { @for reason in &cause.reasons {
                                        li { @if reason.log_ratio > 0.0 { span.for { "＋ " (w.fix_speaks_for()) } } @else { span.against { "－ " (w.fix_speaks_against()) } } " " (reason.text.get(lang)) }
                                    } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// What was told and done; each line leads back to before it.
    fn so_far(&self) -> Markup {
        let session = self.session();
        if session.entries.is_empty() {
            return html! {};
        }
        let w = self.words();
        html! {
            section {
                h2 { (w.fix_so_far()) }
                p.small { (w.fix_so_far_lead()) }
                ol.so-far { @for (i, entry) in session.entries.iter().enumerate() {
                    @if let Some(said) = told(posdx_embedded::catalogue(), &self.standing.model, entry) {
                        li { a href=(format!("/fix/{}", repair::address(&repair::cut(session, i)))) rel="nofollow" {
                            span { (said.what.get(self.lang())) } " " strong { (said.answer.get(self.lang())) }
                        } }
                    }
                } }
            }
        }
    }

    /// What is known about place and moment; offered before anything else was told.
    fn contexts(&self) -> Markup {
        let (w, lang, session) = (self.words(), self.lang(), self.session());
        if !session.entries.is_empty() {
            return html! {};
        }
        let (name, subject) = match &session.subject.code {
            Some(code) => ("code", code),
            None => ("condition", &session.subject.condition),
        };
        html! {
            details.card open[!session.contexts.is_empty()] {
                summary { h2 { (w.fix_contexts()) } }
                form method="get" action="/fix" {
                    input type="hidden" name=(name) value=(subject);
                    ul.ticks { @for context in posdx_embedded::catalogue().contexts() {
                        li { label { input type="checkbox" name="context" value=(context.id) checked[session.contexts.contains(&context.id)]; span { (context.text.get(lang)) } } }
                    } }
                    button.button type="submit" { (w.settings_save()) }
                }
            }
        }
    }

    fn stop(&self) -> Markup {
        let Some(contact) = &self.standing.model.reading.contact else { return html! {} };
        html! {
            details.card { summary { h2 { (self.words().fix_stop()) } } (contact_block(contact, self.lang())) (self.summary_text()) }
        }
    }

    fn hand_over(&self) -> Markup {
        let w = self.words();
        html! {
            section.card #summary {
                h2 { (w.fix_summary()) }
                p.small { (w.fix_summary_lead()) }
                (self.summary_text())
                p.small { (w.fix_share()) }
                button.small-button type="button" data-print hidden { (w.reading_print()) }
            }
        }
    }

    fn summary_text(&self) -> Markup {
        let standing = self.standing;
        let sum: Summary = summary(&standing.model, &standing.session.entries, &standing.now);
        let (w, lang) = (self.words(), self.lang());
        let list = |head: &str, items: Vec<String>| {
            html! { @if !items.is_empty() { h3 { (head) } ul { @for item in items { li { (item) } } } } }
        };
        let all = |texts: &[posdx_model::Text]| texts.iter().map(|t| t.get(lang).to_owned()).collect::<Vec<_>>();
        let likely = sum.likely.iter().map(|l| format!("{} {:.0}%", l.title.get(lang), l.p * 100.0)).collect();
        html! {
            div.summary {
                p { strong { (sum.title.get(lang)) } @if let Some(code) = &sum.code { " " code.nowrap { (code) } } }
                p { (sum.outcome.get(lang)) }
                p { (sum.money.get(lang)) }
                (list(w.fix_seen(), all(&sum.seen)))
                (list(w.fix_did(), all(&sum.done)))
                (list(w.fix_ruled_out(), all(&sum.ruled_out)))
                (list(w.fix_still(), likely))
            }
            button.small-button type="button" data-copy=(sum.text(lang)) data-done=(w.reading_copied()) hidden { (w.reading_copy()) }
        }
    }
}
