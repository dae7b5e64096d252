//! Guided repair in a terminal: one thing at a time, the causes as bars below it.

use anstyle::{AnsiColor, Style};
use posdx_model::{Lang, Text};

use super::wrap::{pad, wrap};
use crate::repair::View as RepairView;
use crate::ui::actor_name;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GREEN: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)));
/// Length of a bar.
const BAR: usize = 10;

/// How the page is drawn.
#[derive(Clone, Copy, Debug)]
pub struct RepairPage {
    /// Language.
    pub lang: Lang,
    /// Columns.
    pub width: usize,
    /// Plain sentences instead of bars: for a screen reader.
    pub narrate: bool,
    /// The reasons for and against each cause too.
    pub reasons: bool,
}

impl RepairPage {
    fn get<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.lang)
    }

    fn word(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// The page of where a repair stands.
    pub fn draw(&self, view: &RepairView) -> String {
        let mut out = String::new();
        let mut line = |text: &str| {
            out.push_str(text.trim_end());
            out.push('\n');
        };
        let next = &view.next;
        if !self.narrate && !view.causes.is_empty() && !matches!(next.kind.as_str(), "solved" | "paid" | "last-sale" | "confirm") {
            line("");
            for cause in &view.causes {
                let filled = ((cause.p * BAR as f64).round() as usize).min(BAR);
                let bar = format!("{}{}", "█".repeat(filled), "░".repeat(BAR - filled));
                line(&format!("{DIM}{bar} {:3.0} %{DIM:#}  {}", cause.p * 100.0, self.get(&cause.title)));
                if self.reasons {
                    for reason in &cause.reasons {
                        let sign = if reason.log_ratio > 0.0 { self.word("支持", "for") } else { self.word("反对", "against") };
                        for (i, part) in wrap(&format!("{sign} {:+.1}  {}", reason.log_ratio, self.get(&reason.text)), self.width - 20)
                            .iter()
                            .enumerate()
                        {
                            line(&format!("{}{DIM}{part}{DIM:#}", " ".repeat(if i == 0 { 19 } else { 27 })));
                        }
                    }
                }
            }
        }
        if self.narrate
            && let Some(first) = view.causes.first()
        {
            line(&format!("{}{}{}", self.word("最可能的原因：", "Most likely: "), self.get(&first.title), self.word("。", ".")));
            for cause in view.causes.iter().filter(|_| self.reasons) {
                let p = format!("{:.0}", cause.p * 100.0);
                line(&match self.lang {
                    Lang::Zh => format!("{}：百分之 {p}。", cause.title.zh),
                    Lang::En => format!("{}: {p} percent.", cause.title.en),
                });
                for reason in &cause.reasons {
                    let sign = if reason.log_ratio > 0.0 {
                        self.word("支持它：", "For it: ")
                    } else {
                        self.word("反对它：", "Against it: ")
                    };
                    wrap(&format!("{sign}{}", self.get(&reason.text)), self.width).iter().for_each(|l| line(l));
                }
            }
        }
        for [f, g] in view.several.iter().take(1) {
            let text = match self.lang {
                Lang::Zh => format!("也可能同时有两样毛病：“{}”和“{}”。", f.zh, g.zh),
                Lang::En => format!("Two things may be wrong at once: “{}” and “{}”.", f.en, g.en),
            };
            wrap(&text, self.width).iter().for_each(|l| line(l));
        }
        line("");
        if !next.title.zh.is_empty() {
            let style = if matches!(next.kind.as_str(), "solved" | "paid") { GREEN } else { BOLD };
            let who = next.by.filter(|_| next.kind == "do").map(actor_name);
            let who = who.map(|w| self.get(&w).to_owned()).unwrap_or_default();
            let minutes = next.minutes.filter(|_| next.kind == "do").unwrap_or_default();
            let tail = match (who.is_empty(), self.lang) {
                (true, _) => String::new(),
                (false, Lang::Zh) => format!("（{who}，约 {minutes} 分钟）"),
                (false, Lang::En) => format!(" ({who}, about {minutes} min)"),
            };
            line(&format!("{style}{}{tail}{style:#}", self.get(&next.title)));
        }
        let ask = matches!(next.kind.as_str(), "ask" | "confirm");
        for part in wrap(self.get(&next.text), self.width) {
            line(&if ask { format!("{BOLD}{part}{BOLD:#}") } else { part });
        }
        for part in wrap(self.get(&next.because), self.width) {
            line(&format!("{DIM}{part}{DIM:#}"));
        }
        if let Some(contact) = &next.contact {
            let text = format!("{} {}", self.get(&contact.who), contact.number);
            wrap(text.trim(), self.width).iter().for_each(|l| line(l));
        }
        if next.kind == "do" && !next.choices.is_empty() {
            line(self.word("做完以后：", "After that:"));
        }
        for (i, choice) in next.choices.iter().enumerate() {
            let number = pad(&format!("{})", i + 1), 4);
            for (j, part) in wrap(self.get(&choice.text), self.width.saturating_sub(6)).iter().enumerate() {
                line(&format!("  {}{part}", if j == 0 { number.clone() } else { pad("", 4) }));
            }
        }
        out
    }
}
