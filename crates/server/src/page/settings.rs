//! Language, size of letters, light or dark, who reads: kept in a cookie of this browser and nowhere else.

use axum::http::{HeaderValue, header};
use maud::{Markup, html};
use posdx_model::Role;

use super::shell::{Shell, Tab};
use crate::answer::Answer;
use crate::ask::{Asked, COOKIE, Size, Theme};
use crate::problem::Problem;
use crate::state::State;

/// The form.
pub fn page(_: &State, asked: &Asked) -> Result<Answer, Problem> {
    let shell = Shell::of(asked, Tab::None);
    let (w, taste) = (shell.words(), &asked.taste);
    let size = |s: Size| match s {
        Size::Standard => w.settings_size_standard(),
        Size::Large => w.settings_size_large(),
        Size::Elder => w.settings_size_elder(),
        Size::Largest => w.settings_size_largest(),
    };
    let theme = |t: Theme| match t {
        Theme::Auto => w.settings_theme_auto(),
        Theme::Light => w.settings_theme_light(),
        Theme::Dark => w.settings_theme_dark(),
    };
    let roles =
        [(Role::Cashier, w.settings_role_cashier()), (Role::Agent, w.settings_role_agent()), (Role::Engineer, w.settings_role_engineer())];
    let body = html! {
        div.narrow {
            h1 { (w.settings_title()) }
            p.lead { (w.settings_lead()) }
            form.settings method="post" action="/settings" {
                input type="hidden" name="back" value="/settings";
                (choices(w.settings_size(), "size", Size::ALL.iter().map(|s| (s.as_str(), size(*s), *s == taste.size)).collect()))
                (choices(w.settings_language(), "lang", vec![("zh", "中文", asked.lang.as_str() == "zh"), ("en", "English", asked.lang.as_str() == "en")]))
                (choices(w.settings_theme(), "theme", Theme::ALL.iter().map(|t| (t.as_str(), theme(*t), *t == taste.theme)).collect()))
                (choices(w.settings_role(), "role", roles.iter().map(|(r, name)| (r.as_str(), *name, *r == taste.role)).collect()))
                button.button.main type="submit" { (w.settings_save()) }
            }
        }
    };
    Ok(Answer::page(shell.page(w.settings_title(), body)))
}

fn choices(title: &str, name: &str, all: Vec<(&str, &str, bool)>) -> Markup {
    html! {
        fieldset {
            legend { (title) }
            @for (value, words, chosen) in all {
                label.pick { input type="radio" name=(name) value=(value) checked[chosen]; span { (words) } }
            }
        }
    }
}

/// Keeps what was chosen and goes back to where the person was.
pub fn save(_: &State, asked: &Asked) -> Result<Answer, Problem> {
    let fields = asked.fields();
    let field = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let mut taste = asked.taste;
    taste.lang = field("lang").and_then(|v| v.parse().ok()).or(taste.lang);
    taste.size = field("size").and_then(|v| v.parse().ok()).unwrap_or(taste.size);
    taste.theme = field("theme").and_then(|v| v.parse().ok()).unwrap_or(taste.theme);
    taste.role = field("role").and_then(|v| v.parse().ok()).filter(|r| *r != Role::Cardholder).unwrap_or(taste.role);
    // Only a path of our own: anything else could lead away.
    let back = field("back").filter(|b| b.starts_with('/') && !b.starts_with("//") && !b.contains(['\\', '\r', '\n']));
    // A page that came from a form has no address to go back to.
    let back = back.filter(|b| *b != "/find").unwrap_or("/");
    let cookie = format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", taste.cookie());
    let answer = Answer::see(back);
    Ok(match HeaderValue::from_str(&cookie) {
        Ok(cookie) => answer.header(header::SET_COOKIE, cookie),
        Err(_) => answer,
    })
}
