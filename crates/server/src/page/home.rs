//! The first page: one large field, the commonest codes, what this browser looked up last.

use maud::{Markup, html};

use super::parts;
use super::shell::{Shell, Tab};
use crate::answer::Answer;
use crate::ask::Asked;
use crate::problem::Problem;
use crate::state::State;

/// Codes that are offered.
const COMMON: usize = 12;
/// Symptoms that are offered.
const SYMPTOMS: usize = 8;

/// The page.
pub fn page(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let shell = Shell::of(asked, Tab::Find);
    let w = shell.words();
    let doors = [
        ("/decode", w.shell_decode(), w.home_door_decode()),
        ("/browse", w.shell_browse(), w.home_door_browse()),
        ("/card", w.shell_card(), w.home_door_card()),
        ("/check", w.shell_check(), w.home_door_check()),
    ];
    let body = html! {
        section.hero {
            h1 { (w.home_title()) }
            p.lead { (w.home_lead()) }
            (field(&shell, ""))
        }
        section #recent hidden {
            h2 { (w.home_recent()) }
            ul.codes data-recent {}
            button.small-button type="button" data-forget { (w.home_forget()) }
        }
        section {
            h2 { (w.home_common()) }
            ul.codes {
                @for (id, title) in common(state, &shell) {
                    li { a href=(parts::code_place(&id)) { (parts::code(&id)) span { (title) } } }
                }
            }
        }
        section {
            h2 { (w.home_words()) }
            ul.symptoms { @for symptom in symptoms(state, &shell) { li { a href=(symptom.0) { (symptom.1) } } } }
        }
        section {
            h2 { (w.home_doors()) }
            ul.doors { @for (place, name, what) in doors { li { a href=(place) { strong { (name) } span { (what) } } } } }
        }
    };
    Ok(Answer::page(shell.page(w.home_title(), body)))
}

/// The one large field.
pub fn field(shell: &Shell<'_>, filled: &str) -> Markup {
    let w = shell.words();
    html! {
        form.ask method="post" action="/find" role="search" {
            label for="q" { (w.home_label()) }
            div.ask-row {
                textarea #q name="q" rows="1" required enterkeyhint="search" autocomplete="off" autocapitalize="characters" spellcheck="false" placeholder=(w.home_example()) { (filled) }
                button.button.main type="submit" { (w.home_go()) }
            }
        }
    }
}

/// The codes of the till cards, the commonest first, each meaning once.
fn common(state: &State, shell: &Shell<'_>) -> Vec<(String, String)> {
    let catalogue = state.catalogue();
    let mut seen = std::collections::BTreeSet::new();
    let mut cards: Vec<std::vec::IntoIter<String>> = catalogue.till_cards().map(|c| c.codes.into_iter()).collect();
    let mut found = Vec::new();
    // One of each card in turn, so that no brand hides the others.
    while found.len() < COMMON && cards.iter().any(|c| c.len() > 0) {
        for id in cards.iter_mut().filter_map(Iterator::next) {
            let Some(code) = id.split_once('/').and_then(|(list, value)| catalogue.code(list, value)) else { continue };
            let condition = catalogue.condition_of(code);
            if seen.insert(condition) && found.len() < COMMON {
                found.push((id, catalogue.condition_record(condition).title.get(shell.lang).to_owned()));
            }
        }
    }
    found
}

/// What shops meet most often and what shows no code, one of each family.
fn symptoms(state: &State, shell: &Shell<'_>) -> Vec<(String, String)> {
    let catalogue = state.catalogue();
    let mut codes = std::collections::BTreeMap::new();
    for code in catalogue.codes() {
        *codes.entry(catalogue.condition_id(catalogue.condition_of(code))).or_insert(0) += 1;
    }
    let mut all: Vec<_> = catalogue.conditions().filter(|c| c.common > 1.0 && !c.discreet).collect();
    all.sort_by_key(|c| codes.get(c.id.as_str()).copied().unwrap_or(0));
    let mut families = std::collections::BTreeSet::new();
    let family = |id: &str| id.split('.').next().unwrap_or_default().to_owned();
    let chosen = all.into_iter().filter(|c| families.insert(family(&c.id))).take(SYMPTOMS);
    chosen.map(|c| (parts::condition_place(&c.id), c.title.get(shell.lang).to_owned())).collect()
}
