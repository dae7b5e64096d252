//! A failure as a page: what happened, what to do, and the number for whoever runs the server.

use maud::{Markup, html};
use posdx_model::Lang;

use super::parts;
use super::shell::{Shell, Tab};
use crate::ask::Taste;
use crate::problem::{Kind, Problem};

/// The page.
pub fn page(lang: Lang, taste: &Taste, problem: &Problem, request: &str, here: &str) -> Markup {
    let shell = Shell { lang, taste, here, tab: Tab::None };
    let w = shell.words();
    let nearest: Vec<&str> =
        problem.more.get("nearest").and_then(|n| n.as_array()).into_iter().flatten().filter_map(|n| n.as_str()).collect();
    let body = html! {
        div.narrow {
            header.verdict.doubt {
                p.label { (w.problem_heading()) }
                h1 { (problem.kind.title(lang)) }
                p.lead { (problem.detail.get(lang)) }
            }
            @if !nearest.is_empty() {
                section { h2 { (w.find_nearest()) } ul.others { @for id in nearest { li { a href=(parts::code_place(id)) { (parts::code(id)) span { (id) } } } } } }
            }
            @if matches!(problem.kind, Kind::NotKnown | Kind::NotFound | Kind::NotReadable) {
                section { h2 { (w.find_again()) } (super::home::field(&shell, "")) }
            }
            p { a.button href="/" { (w.problem_home()) } }
            p.small { (w.problem_number(request)) }
        }
    };
    shell.page(problem.kind.title(lang), body)
}
