//! The catalogue to walk through: by list, by symptom, by cause, by who can do what.

use maud::{Markup, html};
use posdx_explain::listing::{By, Line};
use posdx_explain::{actor_name, odds, party_name};
use posdx_model::{Actor, Role};

use super::parts;
use super::shell::{Shell, Tab};
use crate::answer::Answer;
use crate::api::catalogue::lines;
use crate::ask::{Asked, percent_encoded};
use crate::problem::{Kind, Problem};
use crate::routes::Route;
use crate::state::State;

/// Lines of one page.
const LINES_MAX: usize = 400;

/// The routes of this group.
pub fn routes() -> Vec<Route> {
    vec![
        Route::page("browse-page", "/browse", start),
        Route::page("browse-lists", "/browse/lists", lists),
        Route::page("browse-list", "/browse/lists/{id}", list),
        Route::page("browse-symptoms", "/browse/symptoms", symptoms),
        Route::page("browse-causes", "/browse/causes", causes),
        Route::page("browse-cause", "/browse/causes/{id}", cause),
        Route::page("browse-steps", "/browse/steps", steps),
        Route::page("browse-step", "/browse/steps/{id}", step),
    ]
}

/// One line: where it leads, what stands before it, its title, what stands small behind it.
struct Row {
    place: String,
    code: Option<String>,
    title: String,
    small: String,
}

/// Rows under a heading.
struct Group {
    head: String,
    rows: Vec<Row>,
}

fn start(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let shell = Shell::of(asked, Tab::Browse);
    let (w, c) = (shell.words(), state.catalogue());
    let doors = [
        ("/browse/lists", w.browse_lists(), c.namespaces().count()),
        ("/browse/symptoms", w.browse_symptoms(), c.conditions().count()),
        ("/browse/causes", w.browse_causes(), c.causes().count()),
        ("/browse/steps", w.browse_steps(), c.steps().count()),
    ];
    let body = html! {
        div.narrow {
            h1 { (w.browse_title()) }
            p.lead { (w.browse_lead()) }
            ul.doors { @for (place, name, count) in doors { li { a href=(place) { strong { (name) } span { (w.browse_count(count)) } } } } }
        }
    };
    Ok(Answer::page(shell.page(w.browse_title(), body)))
}

/// A page of groups with a filter, which works without script.
fn page(asked: &Asked, title: &str, lead: Markup, groups: Vec<Group>) -> Result<Answer, Problem> {
    let shell = Shell::of(asked, Tab::Browse);
    let w = shell.words();
    let wanted = asked.query("has").unwrap_or_default().trim().to_lowercase();
    let fits = |r: &Row| {
        wanted.is_empty() || r.title.to_lowercase().contains(&wanted) || r.code.as_ref().is_some_and(|c| c.to_lowercase().contains(&wanted))
    };
    let mut left = LINES_MAX;
    let mut hidden = 0;
    let mut shown = Vec::new();
    for group in groups {
        let mut rows: Vec<Row> = group.rows.into_iter().filter(&fits).collect();
        hidden += rows.len().saturating_sub(left);
        rows.truncate(left);
        left -= rows.len();
        if !rows.is_empty() {
            shown.push(Group { rows, ..group });
        }
    }
    let path = asked.here.split('?').next().unwrap_or_default();
    let body = html! {
        div.narrow {
            p { a.small-button href="/browse" rel="up" { (w.browse_back()) } }
            h1 { (title) }
            (lead)
            form.filter method="get" action=(path) {
                label for="has" { (w.browse_filter()) }
                div.filter-row {
                    input #has name="has" type="search" value=(asked.query("has").unwrap_or_default()) autocomplete="off";
                    button.button type="submit" { (w.browse_apply()) }
                }
            }
            @if shown.is_empty() { p { (w.browse_none()) } }
            @for group in &shown {
                section {
                    @if !group.head.is_empty() { h2 { (group.head) } }
                    ul.others.dense { @for r in &group.rows {
                        li { a href=(r.place) {
                            @if let Some(code) = &r.code { (parts::code(code)) }
                            span { strong { (r.title) } @if !r.small.is_empty() { " " small { (r.small) } } }
                        } }
                    } }
                }
            }
            @if hidden > 0 { p { (w.browse_more(hidden)) } }
        }
    };
    Ok(Answer::page(shell.page(title, body)))
}

fn lists(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let mut all: Vec<_> = state.catalogue().namespaces().collect();
    all.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let rows = all.into_iter().map(|n| Row {
        place: format!("/browse/lists/{}", percent_encoded(&n.id)),
        code: None,
        title: n.title.get(asked.lang).to_owned(),
        small: n.id,
    });
    let title = Shell::of(asked, Tab::Browse).words().browse_lists();
    page(asked, title, html! {}, vec![Group { head: String::new(), rows: rows.collect() }])
}

/// True for those who may know why a bank stopped a card.
fn knows(asked: &Asked) -> bool {
    matches!(asked.taste.role, Role::Agent | Role::Engineer)
}

/// Codes as rows. What a list says about a stopped card is not for the counter, nor which causes lead to such a code: in a list the
/// condition's own title stands, behind a cause or a step the code is left out.
fn code_rows(state: &State, asked: &Asked, lines: &[Line]) -> Vec<Row> {
    let catalogue = state.catalogue();
    let knows = knows(asked);
    let row = |line: &Line| {
        let (list, value) = line.id.split_once('/')?;
        let condition = catalogue.condition_record(catalogue.condition_of(catalogue.code(list, value)?));
        if condition.discreet && !knows && line.p.is_some() {
            return None;
        }
        let title = if condition.discreet && !knows { condition.title.get(asked.lang) } else { line.title.get(asked.lang) };
        let small = line.p.map(|p| odds(p).get(asked.lang).to_owned()).unwrap_or_default();
        Some(Row { place: parts::code_place(&line.id), code: Some(line.id.clone()), title: title.to_owned(), small })
    };
    lines.iter().filter_map(row).collect()
}

fn list(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let found = lines(state, By::Namespace, asked.part("id"))?;
    let title = state.catalogue().namespace(asked.part("id")).map(|n| n.title.get(asked.lang).to_owned()).unwrap_or_default();
    let rows = code_rows(state, asked, &found.lines);
    let head = Shell::of(asked, Tab::Browse).words().browse_codes_of_list().to_owned();
    page(asked, &title, html! {}, vec![Group { head, rows }])
}

fn symptoms(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let mut groups: Vec<Group> = Vec::new();
    let mut all: Vec<_> = state.catalogue().conditions().collect();
    // The party that the trouble is most often with makes the groups; within one, what shops meet most comes first.
    all.sort_by(|a, b| b.common.total_cmp(&a.common));
    for condition in all.into_iter().filter(|c| !c.discreet || knows(asked)) {
        let Some(share) = condition.fault.iter().max_by(|a, b| a.p.total_cmp(&b.p)) else { continue };
        let head = party_name(share.party).get(asked.lang).to_owned();
        let row = Row {
            place: parts::condition_place(&condition.id),
            code: None,
            title: condition.title.get(asked.lang).to_owned(),
            small: String::new(),
        };
        match groups.iter_mut().find(|g| g.head == head) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { head, rows: vec![row] }),
        }
    }
    let title = Shell::of(asked, Tab::Browse).words().browse_symptoms();
    page(asked, title, html! {}, groups)
}

fn causes(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let mut groups: Vec<Group> = Vec::new();
    for cause in state.catalogue().causes() {
        let head = party_name(cause.party).get(asked.lang).to_owned();
        let row = Row {
            place: format!("/browse/causes/{}", percent_encoded(&cause.id)),
            code: None,
            title: cause.title.get(asked.lang).to_owned(),
            small: String::new(),
        };
        match groups.iter_mut().find(|g| g.head == head) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { head, rows: vec![row] }),
        }
    }
    let title = Shell::of(asked, Tab::Browse).words().browse_causes();
    page(asked, title, html! {}, groups)
}

fn cause(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let id = asked.part("id");
    let found = lines(state, By::Cause, id)?;
    let cause = state.catalogue().cause(id).ok_or_else(|| missing(id))?;
    let w = Shell::of(asked, Tab::Browse).words();
    let lead = html! { section.card { h2 { (w.browse_about()) } p { (cause.explain.get(asked.lang)) } } };
    let rows = code_rows(state, asked, &found.lines);
    page(asked, cause.title.get(asked.lang), lead, vec![Group { head: w.browse_codes_of_cause().to_owned(), rows }])
}

fn steps(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let all: Vec<_> = state.catalogue().steps().collect();
    let groups = Actor::ALL.iter().map(|actor| Group {
        head: actor_name(*actor).get(asked.lang).to_owned(),
        rows: all
            .iter()
            .filter(|s| s.by == *actor)
            .map(|s| Row {
                place: format!("/browse/steps/{}", percent_encoded(&s.id)),
                code: None,
                title: s.title.get(asked.lang).to_owned(),
                small: Shell::of(asked, Tab::Browse).words().reading_minutes(s.minutes),
            })
            .collect(),
    });
    let title = Shell::of(asked, Tab::Browse).words().browse_steps();
    page(asked, title, html! {}, groups.collect())
}

fn step(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let id = asked.part("id");
    let found = lines(state, By::Step, id)?;
    let step = state.catalogue().step(id).ok_or_else(|| missing(id))?;
    let w = Shell::of(asked, Tab::Browse).words();
    let needs = step.needs.iter().filter_map(|n| state.catalogue().precondition(n));
    let lead = html! {
        section.card {
            h2 { (w.browse_how()) }
            p.small { (w.reading_who(actor_name(step.by).get(asked.lang))) " · " (w.reading_minutes(step.minutes)) }
            @for need in needs { p.needs { (w.reading_needs()) (need.text.get(asked.lang)) } }
            (parts::actions(step.text.get(asked.lang), asked.lang))
        }
    };
    let rows = code_rows(state, asked, &found.lines);
    page(asked, step.title.get(asked.lang), lead, vec![Group { head: w.browse_codes_of_step().to_owned(), rows }])
}

fn missing(id: &str) -> Problem {
    Problem::new(Kind::NotKnown, format!("目录里没有“{id}”。"), format!("The catalogue has no `{id}`."))
}
