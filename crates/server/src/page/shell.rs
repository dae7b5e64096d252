//! What all pages share: head, top, tabs, foot.

use maud::{DOCTYPE, Markup, html};
use posdx_model::Lang;
use serde_json::json;

use crate::answer::{Answer, Policy};
use crate::ask::{Asked, Size, Taste};
use crate::assets;
use crate::problem::Problem;
use crate::state::State;
use crate::words::Words;

/// A page under way: how to speak and to whom.
#[derive(Clone, Copy, Debug)]
pub struct Shell<'a> {
    /// The language.
    pub lang: Lang,
    /// How the person likes to read.
    pub taste: &'a Taste,
    /// Path and query of this page, to come back to.
    pub here: &'a str,
    /// The tab that is open, if one is.
    pub tab: Tab,
}

/// A tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Look up.
    Find,
    /// Decode.
    Decode,
    /// Browse.
    Browse,
    /// Till card.
    Card,
    /// None of them.
    None,
}

impl<'a> Shell<'a> {
    /// For this request.
    pub fn of(asked: &'a Asked, tab: Tab) -> Shell<'a> {
        Shell { lang: asked.lang, taste: &asked.taste, here: &asked.here, tab }
    }

    /// The words in this page's language.
    pub fn words(&self) -> Words {
        Words(self.lang)
    }

    /// The whole page.
    pub fn page(&self, title: &str, body: Markup) -> Markup {
        let w = self.words();
        let tag = if self.lang == Lang::Zh { "zh-CN" } else { "en" };
        let class = format!("size-{} theme-{}", self.taste.size, self.taste.theme);
        html! {
            (DOCTYPE)
            html lang=(tag) class=(class) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) " · " (w.shell_name()) }
                    meta name="color-scheme" content="light dark";
                    meta name="theme-color" content="#0b5d5e";
                    meta name="robots" content="noindex";
                    link rel="stylesheet" href=(assets::path("style.css"));
                    link rel="icon" href=(assets::path("icon.svg")) type="image/svg+xml";
                    link rel="manifest" href="/manifest.webmanifest";
                    script src=(assets::path("app.js")) defer {}
                }
                body {
                    a.skip href="#main" { (w.shell_skip()) }
                    (self.top())
                    main #main tabindex="-1" { (body) }
                    (self.foot())
                    (self.tabs())
                }
            }
        }
    }

    fn top(&self) -> Markup {
        let w = self.words();
        let other = if self.lang == Lang::Zh { ("en", "en") } else { ("zh", "zh-CN") };
        let small = matches!(self.taste.size, Size::Standard | Size::Large);
        html! {
            header.top {
                a.brand href="/" { (mark()) span { (w.shell_name()) } }
                form.quick method="post" action="/settings" aria-label=(w.shell_quick()) {
                    input type="hidden" name="back" value=(self.here);
                    button name="lang" value=(other.0) lang=(other.1) { (w.shell_other_language()) }
                    button name="size" value=(if small { "elder" } else { "standard" }) {
                        @if small { (w.shell_elder_on()) } @else { (w.shell_elder_off()) }
                    }
                }
                p.offline hidden role="status" { (w.shell_offline()) }
            }
        }
    }

    fn tabs(&self) -> Markup {
        let w = self.words();
        let tabs = [
            (Tab::Find, "/", w.shell_find(), FIND),
            (Tab::Decode, "/decode", w.shell_decode(), DECODE),
            (Tab::Browse, "/browse", w.shell_browse(), BROWSE),
            (Tab::Card, "/card", w.shell_card(), CARD),
        ];
        html! {
            nav.tabs aria-label=(w.shell_nav()) {
                ul {
                    @for (tab, place, name, picture) in tabs {
                        li {
                            a href=(place) aria-current=[(tab == self.tab).then_some("page")] { (icon(picture)) span { (name) } }
                        }
                    }
                }
            }
        }
    }

    fn foot(&self) -> Markup {
        let w = self.words();
        html! {
            footer.foot {
                p { (w.shell_promise()) }
                ul.links {
                    li { a href="/check" { (w.shell_check()) } }
                    li { a href="/settings" { (w.shell_settings()) } }
                    li { a href="/api/openapi.json" { (w.shell_interface()) } }
                }
                p.small { (w.shell_version(posdx_embedded::catalogue().version())) }
            }
        }
    }
}

const FIND: &str = "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zm4.8 11.3L20 20";
const DECODE: &str = "M4 6h7M4 12h4M4 18h10M14 6l6 6-6 6";
const BROWSE: &str = "M5 5h14M5 12h14M5 19h9";
const CARD: &str = "M6 3h12v18H6zM9 8h6M9 12h6M9 16h3";

/// A line drawing of 24 by 24.
pub fn icon(path: &str) -> Markup {
    html! {
        svg.icon viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false" {
            path d=(path) {}
        }
    }
}

/// The mark: a terminal with a pulse.
pub fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false" {
            rect x="1" y="1" width="30" height="30" rx="9" fill="currentColor" {}
            path d="M5.5 17h5l2.6-7.5 5 14 2.9-6.5h5.5" fill="none" stroke="var(--paper)" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" {}
        }
    }
}

/// What makes it an application of its own on a phone.
pub fn manifest(_: &State, asked: &Asked) -> Result<Answer, Problem> {
    let w = Words(asked.lang);
    let icon = assets::path("icon.svg");
    let manifest = json!({
        "name": w.shell_name(), "short_name": w.shell_name(), "description": w.home_title(), "id": "/", "start_url": "/", "scope": "/",
        "display": "standalone", "background_color": "#fbfaf7", "theme_color": "#0b5d5e",
        "lang": if asked.lang == Lang::Zh { "zh-CN" } else { "en" },
        "icons": [{"src": icon, "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    });
    Ok(Answer::new("application/manifest+json", Policy::Data, manifest.to_string()))
}
