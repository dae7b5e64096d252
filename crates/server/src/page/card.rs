//! The till card: choose one, see it, print it.

use maud::html;
use posdx_explain::render::card::TillCard;
use posdx_model::Lang;

use super::shell::{Shell, Tab};
use crate::answer::Answer;
use crate::ask::{Asked, percent_encoded};
use crate::problem::Problem;
use crate::state::State;

/// The page.
pub fn page(state: &State, asked: &Asked) -> Result<Answer, Problem> {
    let shell = Shell::of(asked, Tab::Card);
    let w = shell.words();
    let cards: Vec<_> = state.catalogue().till_cards().collect();
    let wanted = asked.query("id").filter(|id| cards.iter().any(|c| c.id == *id));
    let id = wanted.or_else(|| cards.iter().map(|c| c.id.as_str()).find(|id| *id == "unionpay")).unwrap_or("unionpay");
    let lang = asked.query("lang").and_then(|l| l.parse::<Lang>().ok()).unwrap_or(asked.lang);
    let slip = TillCard::new(state.catalogue(), id, lang).map(|c| c.slip()).unwrap_or_default();
    let place = |format: &str| format!("/api/v1/cards/{}?format={format}&lang={lang}", percent_encoded(id));
    let title = cards.iter().find(|c| c.id == id).map(|c| c.title.get(lang)).unwrap_or_default();
    let body = html! {
        div.reading {
            div.first {
                h1 { (w.card_title()) }
                p.lead { (w.card_lead()) }
                form.settings method="get" action="/card" {
                    fieldset {
                        legend { (w.card_which()) }
                        @for card in &cards {
                            label.pick { input type="radio" name="id" value=(card.id) checked[card.id == id]; span { (card.title.get(asked.lang)) } }
                        }
                    }
                    fieldset {
                        legend { (w.card_language()) }
                        label.pick { input type="radio" name="lang" value="zh" checked[lang == Lang::Zh]; span lang="zh-CN" { "中文" } }
                        label.pick { input type="radio" name="lang" value="en" checked[lang == Lang::En]; span lang="en" { "English" } }
                    }
                    button.button type="submit" { (w.card_show()) }
                }
                p.stack {
                    a.button.main href=(place("html")) { (w.card_print_a5()) }
                    a.button href=(place("svg")) download=(format!("posdx-{id}-{lang}.svg")) { (w.card_picture()) }
                }
            }
            div.second {
                h2 { (w.card_preview()) }
                img.sheet src=(place("svg")) width="592" height="840" alt=(title);
                details.card { summary { h2 { (w.card_slip()) } } pre.slip lang=(if lang == Lang::Zh { "zh-CN" } else { "en" }) tabindex="0" { (slip) } p { a href=(place("text")) { (w.card_slip_open()) } } }
            }
        }
    };
    Ok(Answer::page(shell.page(w.card_title(), body)))
}
