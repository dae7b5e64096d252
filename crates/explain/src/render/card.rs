//! The till card: the dozen codes a shop meets most, each with verdict, money and act, to print and hang up.
//!
//! Three forms of the same rows: text for a 58 mm slip (32 columns), HTML for A5, SVG for A5.

use posdx_catalogue::Catalogue;
use posdx_model::{Lang, MoneyState, Text};

use super::wrap::{pad, wrap};

/// Columns of a 58 mm thermal printer with its usual font (384 dots, 12 dots a column).
const SLIP_COLUMNS: usize = 32;

/// One line of the card.
struct Row {
    code: String,
    title: String,
    act: String,
    money: &'static str,
}

/// A till card in one language.
pub struct TillCard {
    lang: Lang,
    heading: String,
    rows: Vec<Row>,
}

fn word(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

impl TillCard {
    /// The card `id` of the catalogue, or `None` if there is no such card.
    pub fn new(catalogue: &Catalogue, id: &str, lang: Lang) -> Option<Self> {
        let card = catalogue.till_card(id)?;
        let rows = card.codes.iter().filter_map(|code| {
            let (namespace, value) = code.split_once('/')?;
            let code = catalogue.code(namespace, value)?;
            let record = catalogue.code_record(code);
            let condition = catalogue.condition(&record.condition)?;
            let state = record.money.as_ref().unwrap_or(&condition.money).state;
            let money = match state {
                MoneyState::NotTaken => word(lang, "没扣款", "not taken"),
                MoneyState::Taken => word(lang, "已扣款", "taken"),
                MoneyState::Unknown => word(lang, "先查询", "query first"),
                MoneyState::NotApplicable => word(lang, "不涉及", "no money"),
            };
            let get = |t: &Text| t.get(lang).to_owned();
            Some(Row { code: record.value.replace("错误代码", ""), title: get(&condition.title), act: get(&condition.cashier), money })
        });
        Some(TillCard { lang, heading: card.title.get(lang).to_owned(), rows: rows.collect() })
    }

    fn rule(&self) -> &'static str {
        word(self.lang, "没有结果时：先查询，再冲正，最后才重做。", "No result? Query, then reverse, and only then redo.")
    }

    fn call(&self) -> &'static str {
        word(self.lang, "收单客服：____________", "Acquirer's hotline: ____________")
    }

    /// Text for a 58 mm slip.
    pub fn slip(&self) -> String {
        let mut out = String::new();
        let mut line = |s: &str| {
            out.push_str(s.trim_end());
            out.push('\n');
        };
        for l in wrap(&self.heading, SLIP_COLUMNS) {
            line(&l);
        }
        line(&"=".repeat(SLIP_COLUMNS));
        for row in &self.rows {
            for l in wrap(&format!("{} {}", pad(&row.code, 4), row.title), SLIP_COLUMNS) {
                line(&l);
            }
            for l in wrap(&format!("[{}] {}", row.money, row.act), SLIP_COLUMNS - 2) {
                line(&format!("  {l}"));
            }
        }
        line(&"=".repeat(SLIP_COLUMNS));
        for l in wrap(self.rule(), SLIP_COLUMNS) {
            line(&l);
        }
        line(self.call());
        out
    }

    /// A page of A5 in HTML, complete in itself.
    pub fn html(&self) -> String {
        let rows: String = self
            .rows
            .iter()
            .map(|r| {
                format!(
                    "<tr><th scope=\"row\">{}</th><td><strong>{}</strong><br>{}</td><td class=\"money\">{}</td></tr>\n",
                    escape(&r.code),
                    escape(&r.title),
                    escape(&r.act),
                    r.money
                )
            })
            .collect();
        format!(
            "<!doctype html>\n<html lang=\"{lang}\">\n<meta charset=\"utf-8\">\n<title>{heading}</title>\n<style>\n{STYLE}</style>\n<h1>{heading}</h1>\n<table>\n{rows}</table>\n<p class=\"rule\">{rule}</p>\n<p>{call}</p>\n</html>\n",
            lang = word(self.lang, "zh-CN", "en"),
            heading = escape(&self.heading),
            rule = self.rule(),
            call = self.call(),
        )
    }

    /// A page of A5 in SVG (148 mm × 210 mm).
    pub fn svg(&self) -> String {
        let mut body = String::new();
        let mut y = 15.0;
        let mut text = |x: f64, y: f64, size: f64, class: &str, s: &str| {
            body.push_str(&format!("<text x=\"{x}\" y=\"{y:.1}\" font-size=\"{size}\" class=\"{class}\">{}</text>\n", escape(s)));
        };
        text(8.0, y, 6.5, "b", &self.heading);
        y += 4.0;
        let step = (210.0 - 19.0 - 22.0) / self.rows.len().max(1) as f64;
        for row in &self.rows {
            let top = y + 5.0;
            text(8.0, top + 1.0, 6.0, "code", &row.code);
            text(34.0, top, 4.2, "b", &row.title);
            text(8.0, top + 5.6, 3.3, "b", row.money);
            for (i, l) in wrap(&row.act, word(self.lang, "52", "62").parse().unwrap_or(52)).iter().take(2).enumerate() {
                text(34.0, top + 4.6 + 3.9 * i as f64, 3.4, "", l);
            }
            y += step;
        }
        text(8.0, 199.0, 4.4, "b", self.rule());
        text(8.0, 205.5, 3.8, "", self.call());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"148mm\" height=\"210mm\" viewBox=\"0 0 148 210\" lang=\"{}\" role=\"img\">\n<title>{}</title>\n<style>text{{font-family:\"Noto Sans CJK SC\",\"Microsoft YaHei\",\"PingFang SC\",sans-serif}}.b{{font-weight:700}}.code{{font-weight:700;font-family:monospace}}</style>\n<rect width=\"148\" height=\"210\" fill=\"#fff\"/>\n{body}</svg>\n",
            word(self.lang, "zh-CN", "en"),
            escape(&self.heading),
        )
    }
}

const STYLE: &str = "@page{size:A5;margin:8mm}body{font:11pt/1.35 \"Noto Sans CJK SC\",\"Microsoft YaHei\",\"PingFang SC\",sans-serif;color:#000;background:#fff;max-width:132mm;margin:8mm auto}\nh1{font-size:15pt;margin:0 0 3mm}table{border-collapse:collapse;width:100%}th,td{border-top:.3mm solid #000;padding:1.2mm 1.5mm;text-align:left;vertical-align:top}\nth{font:700 14pt monospace;white-space:nowrap}.money{white-space:nowrap;font-weight:700}.rule{font-weight:700;border:.5mm solid #000;padding:2mm}\n";

fn escape(s: &str) -> String {
    s.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
