//! A decoded message, log or capture → a page: the verdict first, then the bytes as a table that a person can follow.

use anstyle::{AnsiColor, Style};
use posdx_model::{Lang, Text};

use super::terminal::verdict;
use super::wrap::{columns, pad, wrap};
use super::{View, may_know};
use crate::decoded::*;
use crate::explanation::Explanation;
use crate::ui::Ui;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));
const YELLOW: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));

/// Columns of the field number and of the byte range.
const NUMBER: usize = 6;
const RANGE: usize = 10;

/// Draws the page. Colours are ANSI codes; strip them for files and pipes.
pub fn render(report: &DecodedReport, view: View) -> String {
    let mut page = Page { view, ui: Ui(view.lang), width: view.width.clamp(60, 120), out: String::new() };
    page.decoded(&report.decoded);
    page.out
}

struct Page {
    view: View,
    ui: Ui,
    width: usize,
    out: String,
}

impl Page {
    fn get<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.view.lang)
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    /// Text behind a margin; the lines after the first are indented by the margin's width.
    fn hang(&mut self, margin: &str, style: Style, text: &str) {
        let indent = columns(margin);
        for (i, line) in wrap_hard(text, self.width.saturating_sub(indent).max(16)).iter().enumerate() {
            let margin = if i == 0 { margin.to_owned() } else { " ".repeat(indent) };
            self.line(&format!("{margin}{style}{line}{style:#}"));
        }
    }

    fn heading(&mut self, text: &str) {
        self.line("");
        self.hang("", BOLD, text);
    }

    fn colon(&self) -> &'static str {
        match self.view.lang {
            Lang::Zh => "：",
            Lang::En => ": ",
        }
    }

    fn decoded(&mut self, decoded: &Decoded) {
        match decoded {
            Decoded::Iso8583(message) => self.message(message),
            Decoded::Emv(chip) | Decoded::Atr(chip) => self.chip(chip),
            Decoded::Apdu(report) => self.apdu(report),
            Decoded::Device(report) => self.device(report),
            Decoded::Log(report) => self.log(report),
            Decoded::Capture(report) => self.capture(report),
            Decoded::Several(several) => {
                for (i, item) in several.items.iter().enumerate() {
                    let head = format!("── {} {} ", self.ui.line(), item.line);
                    let rule = "─".repeat(self.width.saturating_sub(columns(&head)));
                    self.line(&format!("{}{DIM}{head}{rule}{DIM:#}", if i > 0 { "\n" } else { "" }));
                    self.decoded(&item.decoded);
                }
            }
        }
    }

    fn explanation(&mut self, explanation: Option<&Explanation>) {
        let Some(explanation) = explanation else { return };
        let page = verdict(explanation, self.view);
        self.out.push_str(&page);
        if let Some(code) = explanation.readings.first().and_then(|r| r.code.as_ref()) {
            let text = format!("{}{}posdx explain {}", self.ui.more_about(), self.colon(), code.id);
            self.hang("", DIM, &text);
        }
    }

    fn message(&mut self, m: &MessageReport) {
        self.explanation(Some(&m.explanation));
        if !m.also.is_empty() {
            self.heading(self.ui.also_noted());
            for reading in &m.also {
                let code = reading.code.as_ref().map(|c| format!("  {}", c.id)).unwrap_or_default();
                let text = format!("{}{code}", self.get(&reading.title));
                self.hang("  ", Style::new(), &text);
            }
        }
        let business = m.transaction.as_ref().map(|t| format!(" · {}", self.get(&t.name))).unwrap_or_default();
        let head = format!("{} · {} {}{business}", self.get(&m.dialect_title), m.mti, self.get(&m.mti_text));
        self.heading(&head);
        self.framing(&m.framing);
        if !m.contradictions.is_empty() {
            self.heading(self.ui.contradictions());
            for c in &m.contradictions {
                let text = format!("{}  ({})", self.get(&c.text), c.places.join(", "));
                self.hang("! ", YELLOW, &text);
            }
        }
        if let Some(mac) = &m.mac {
            let style = if mac.holds { Style::new() } else { RED };
            let text = self.get(&mac.text).to_owned();
            let margin = format!("{}  ", self.ui.mac());
            self.hang(&margin, style, &text);
        }
        self.table_head();
        // What the network's list calls the code may be why a bank stopped the card.
        let discreet = m.explanation.readings.first().is_some_and(|r| !may_know(self.view.role, r.discreet));
        for (number, field) in &m.fields {
            if *number == 39 && discreet {
                self.field(39, &FieldReport { meaning: None, ..field.clone() });
            } else {
                self.field(*number, field);
            }
        }
        if let Some(error) = &m.error {
            self.error(error);
        }
        if !m.guess.is_empty() {
            self.line(&format!("{YELLOW}{}{}{YELLOW:#}", self.ui.guess(), self.colon().trim_end()));
            for (number, field) in &m.guess {
                self.field(*number, field);
            }
        }
        if let Some(rest) = &m.trailing {
            let margin = format!("{}{}-{}  ", pad("", NUMBER), rest.bytes[0], rest.bytes[1]);
            let text = format!("{}  {}", self.ui.trailing(), rest.value);
            self.hang(&margin, YELLOW, &text);
        }
        if !m.other_readings.is_empty() {
            self.heading(self.ui.other_readings());
            for other in &m.other_readings {
                let text = format!("{}  {}  {:.0} %", other.dialect, self.get(&other.title), other.score * 100.0);
                self.hang("  ", Style::new(), &text);
            }
        }
        if self.view.all {
            self.line("");
            for line in &m.hex {
                self.line(&format!("{DIM}{line}{DIM:#}"));
            }
        }
    }

    fn framing(&mut self, f: &Framing) {
        let mut parts = Vec::new();
        if !f.length_header.is_empty() {
            let said = match (f.length_says, f.length_found) {
                (Some(says), Some(found)) if says != found => match self.view.lang {
                    Lang::Zh => format!("（说有 {says} 字节，实有 {found} 字节）"),
                    Lang::En => format!(" (says {says} bytes, there are {found})"),
                },
                (Some(says), _) => match self.view.lang {
                    Lang::Zh => format!("（{says} 字节）"),
                    Lang::En => format!(" ({says} bytes)"),
                },
                _ => String::new(),
            };
            parts.push(format!("{} {}{said}", self.ui.length_header(), f.length_header));
        }
        if !f.tpdu.is_empty() {
            parts.push(format!("TPDU {}", f.tpdu));
        }
        if !f.header.is_empty() {
            let label = if f.unexplained > 0 { self.ui.unexplained() } else { self.ui.header() };
            parts.push(format!("{label} {}", f.header));
        }
        if !parts.is_empty() {
            let text = parts.join("  ");
            self.hang("", Style::new(), &text);
        }
        for part in f.header_parts.iter().filter(|p| p.meaning.is_some()) {
            self.part(part, "  ", "");
        }
    }

    fn table_head(&mut self) {
        let head = format!("{}{}{}", pad(self.ui.field(), NUMBER), pad(self.ui.bytes(), RANGE), self.ui.name_and_value());
        self.line(&format!("\n{DIM}{head}{DIM:#}"));
    }

    fn field(&mut self, number: usize, field: &FieldReport) {
        let range = format!("{}-{}", field.bytes[0], field.bytes[1].saturating_sub(1).max(field.bytes[0]));
        let margin = format!("{}{}", pad(&number.to_string(), NUMBER), pad(&range, RANGE));
        let doubt = if field.unconfirmed { format!(" [{}]", self.ui.unconfirmed()) } else { String::new() };
        let name = format!("{}{doubt}", self.get(&field.name));
        // Chip data are shown element by element; the whole run of bytes would only be in the way.
        let nested = field.parts.iter().any(|p| !p.id.contains('.'));
        let hidden = !field.parts.is_empty() && field.value.contains("****");
        let value = if nested || hidden { String::new() } else { field.value.trim_end().to_owned() };
        self.entry(&margin, &name, &value, field.meaning.as_ref());
        let parts: Vec<&PartReport> = field.parts.iter().collect();
        self.tree(&parts, &" ".repeat(NUMBER));
    }

    /// Name, value and meaning; on one line when they fit, the value below otherwise.
    fn entry(&mut self, margin: &str, name: &str, value: &str, meaning: Option<&Text>) {
        let said = meaning.map(|t| self.get(t).to_owned()).filter(|s| s != value);
        let tail = match (&said, value.is_empty()) {
            (None, true) => String::new(),
            (None, false) => value.to_owned(),
            (Some(said), true) => said.clone(),
            (Some(said), false) => format!("{value}  {said}"),
        };
        let room = self.width.saturating_sub(columns(margin));
        if tail.is_empty() {
            self.hang(margin, Style::new(), name);
        } else if columns(name) + 2 + columns(&tail) <= room {
            self.line(&format!("{DIM}{margin}{DIM:#}{name}  {BOLD}{tail}{BOLD:#}"));
        } else {
            self.hang(margin, Style::new(), name);
            let indent = format!("{}  ", " ".repeat(columns(margin)));
            self.hang(&indent, BOLD, &tail);
        }
    }

    fn tree(&mut self, parts: &[&PartReport], indent: &str) {
        for (i, part) in parts.iter().enumerate() {
            let last = i + 1 == parts.len();
            let (branch, below) = if last { ("└ ", "  ") } else { ("├ ", "│ ") };
            self.part(part, &format!("{indent}{branch}"), &format!("{indent}{below}"));
        }
    }

    fn part(&mut self, part: &PartReport, margin: &str, below: &str) {
        let doubt = if part.unconfirmed { format!(" [{}]", self.ui.unconfirmed()) } else { String::new() };
        let mark = if part.matters { "! " } else { "" };
        let bits = part.bits.map(|[byte, mask]| format!("{} ", bits_text(byte, mask))).unwrap_or_default();
        let name = self.get(&part.name).to_owned();
        if name.is_empty() {
            let said = part.meaning.as_ref().map(|t| self.get(t).to_owned()).unwrap_or_default();
            let style = if part.matters { YELLOW } else { Style::new() };
            self.hang(&format!("{margin}{bits}"), style, &format!("{mark}{said}{doubt}"));
        } else {
            // A number or a tag is what engineers know a part by; a word would only repeat the name.
            let known_by =
                part.id.rsplit('.').next().is_some_and(|id| id.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_lowercase()));
            let id = if part.id.is_empty() || !known_by { String::new() } else { format!("{} ", part.id) };
            self.entry(margin, &format!("{mark}{id}{name}{doubt}"), part.value.trim_end(), part.meaning.as_ref());
        }
        let parts: Vec<&PartReport> = part.parts.iter().collect();
        self.tree(&parts, below);
    }

    fn error(&mut self, error: &ErrorReport) {
        let text = self.get(&error.message).to_owned();
        self.hang("✗ ", RED, &text);
        if let Some([line, column]) = error.place {
            let text = match self.view.lang {
                Lang::Zh => format!("在给出的文字里是第 {line} 行第 {column} 列。"),
                Lang::En => format!("In the text given this is line {line}, column {column}."),
            };
            self.hang("  ", Style::new(), &text);
        }
        for line in &error.excerpt {
            self.line(&format!("  {line}"));
        }
    }

    fn chip(&mut self, chip: &ChipReport) {
        self.explanation(chip.explanation.as_ref());
        if chip.explanation.is_some() {
            self.line("");
        }
        let parts: Vec<&PartReport> = chip.parts.iter().collect();
        for part in parts {
            self.part(part, "", "");
        }
        for c in &chip.contradictions {
            let text = format!("{}  ({})", self.get(&c.text), c.places.join(", "));
            self.hang("! ", YELLOW, &text);
        }
        if let Some(error) = &chip.error {
            self.error(error);
        }
    }

    fn apdu(&mut self, report: &ApduReport) {
        self.explanation(report.explanation.as_ref());
        for exchange in &report.exchanges {
            self.line("");
            if let Some(command) = &exchange.command {
                self.part(command, &format!("{}  → ", self.ui.command()), "     ");
            }
            if let Some(status) = &exchange.status {
                let text = exchange.status_text.as_ref().map(|t| self.get(t).to_owned()).unwrap_or_default();
                let margin = format!("{}  ← {status}  ", self.ui.answer());
                self.hang(&margin, BOLD, &text);
            }
            let parts: Vec<&PartReport> = exchange.answer.iter().collect();
            self.tree(&parts, "     ");
        }
    }

    fn device(&mut self, report: &DeviceReport) {
        self.explanation(report.explanation.as_ref());
        if report.signals.is_empty() {
            let text = self.ui.nothing_found().to_owned();
            self.hang("", Style::new(), &text);
            return;
        }
        self.line("");
        for signal in &report.signals {
            let margin = format!("{}  {}  ", signal.family, signal.id);
            let style = if signal.severity == "error" { RED } else { Style::new() };
            let text = self.get(&signal.text).to_owned();
            self.hang(&margin, style, &text);
        }
    }

    fn log(&mut self, report: &LogReport) {
        self.explanation(report.explanation.as_ref());
        let head = format!("{} {} · {}", self.ui.lines(), report.lines, report.format);
        self.heading(&head);
        if report.events.is_empty() {
            let text = self.ui.nothing_found().to_owned();
            self.hang("", Style::new(), &text);
        }
        for event in &report.events {
            let times = if event.count > 1 { format!(" ×{}", event.count) } else { String::new() };
            let time = event.time.as_ref().map(|t| format!("{t}  ")).unwrap_or_default();
            let margin = format!("{}{times}  ", pad(&event.line.to_string(), 6));
            let style = if event.level.as_deref().is_some_and(|l| l == "error" || l == "fatal") { RED } else { Style::new() };
            if !event.text.is_empty() {
                self.hang(&margin, style, &format!("{time}{}", event.text));
            }
            for reading in &event.readings {
                let code = reading.code.as_ref().map(|c| format!("{c}  ")).unwrap_or_default();
                let money = self.ui.money_state(reading.money);
                let text = format!("{code}{} · {money}", self.get(&reading.title));
                self.hang("        → ", BOLD, &text);
            }
            if let Some(decoded) = &event.decoded {
                self.summary(event, decoded);
            }
        }
        if report.not_listed > 0 {
            let text = format!("{}{}{}", self.ui.not_listed(), self.colon(), report.not_listed);
            self.hang("", DIM, &text);
        }
        self.chains(&report.chains);
    }

    /// A message inside a log in two lines; `posdx decode` on the line alone shows it whole.
    fn summary(&mut self, event: &LogEvent, decoded: &Decoded) {
        let Decoded::Iso8583(m) = decoded else { return };
        if event.text.is_empty() {
            let text = format!("{}  {}", self.ui.messages(), m.dialect);
            self.hang(&pad(&event.line.to_string(), 8), DIM, &text);
        }
        let value = |n: usize| m.fields.get(&n).map(|f| format!("  {n}={}", f.value)).unwrap_or_default();
        let business = m.transaction.as_ref().map(|t| format!(" · {}", self.get(&t.name))).unwrap_or_default();
        let line = format!("{} {}{business}{}{}{}{}", m.mti, self.get(&m.mti_text), value(4), value(11), value(41), value(39));
        self.hang("        ▸ ", Style::new(), &line);
        if let Some(reading) = m.explanation.readings.first() {
            let text = format!("{} · {}", self.get(&reading.title), self.ui.money_state(reading.money.state));
            self.hang("        → ", BOLD, &text);
        }
        if let Some(error) = &m.error {
            let text = self.get(&error.message).to_owned();
            self.hang("        ✗ ", RED, &text);
        }
    }

    fn capture(&mut self, report: &CaptureReport) {
        self.explanation(report.explanation.as_ref());
        let counts = match self.view.lang {
            Lang::Zh => format!(
                "{} 个包，{} 个连接，{} 条报文（{} 条读不完整），{} 个会话",
                report.packets, report.streams, report.messages, report.broken, report.chain_count
            ),
            Lang::En => format!(
                "{} packets, {} connections, {} messages ({} not whole), {} conversations",
                report.packets, report.streams, report.messages, report.broken, report.chain_count
            ),
        };
        self.heading(&counts);
        for (dialect, count) in &report.dialects {
            self.hang("  ", Style::new(), &format!("{dialect}  {count}"));
        }
        if report.unexplained_bytes + report.lost_bytes > 0 {
            let text = match self.view.lang {
                Lang::Zh => format!("不属于任何报文的字节 {}，抓包缺失的字节 {}", report.unexplained_bytes, report.lost_bytes),
                Lang::En => format!("{} bytes belong to no message, {} bytes are missing", report.unexplained_bytes, report.lost_bytes),
            };
            self.hang("  ", YELLOW, &text);
        }
        if let Some(at) = report.cut_at {
            let text = match self.view.lang {
                Lang::Zh => format!("文件在第 {at} 字节处断了。"),
                Lang::En => format!("The file breaks off at byte {at}."),
            };
            self.hang("  ", YELLOW, &text);
        }
        if !report.responses.is_empty() {
            self.heading(self.ui.responses());
            for (code, count) in &report.responses {
                let title = count.title.as_ref().filter(|_| may_know(self.view.role, true));
                let title = title.map(|t| self.get(t).to_owned()).unwrap_or_default();
                self.hang(&format!("  {}{}", pad(code, 6), pad(&count.count.to_string(), 10)), Style::new(), &title);
            }
        }
        if !report.findings.is_empty() {
            self.heading(self.ui.findings());
            for finding in &report.findings {
                let text = self.get(&finding.text).to_owned();
                self.hang(&format!("  {}", pad(&finding.count.to_string(), 8)), YELLOW, &text);
            }
        }
        self.chains(&report.chains);
    }

    fn chains(&mut self, chains: &[ChainReport]) {
        if chains.is_empty() {
            return;
        }
        self.heading(self.ui.conversations());
        for chain in chains {
            let title = chain.title.as_ref().filter(|_| may_know(self.view.role, true));
            let title = title.map(|t| self.get(t).to_owned()).unwrap_or_default();
            let response = chain.response.clone().unwrap_or_default();
            self.line(&format!("{BOLD}{} · {}{BOLD:#} {response} {title}", chain.chain, chain.outcome));
            for t in &chain.messages {
                let at = t.at_ms.map(|ms| format!("{}.{:03} s", ms / 1000, ms % 1000)).unwrap_or_default();
                let arrow = match t.from_client {
                    Some(true) => "→",
                    Some(false) => "←",
                    None => "·",
                };
                let field = |n: &str, v: &Option<String>| v.as_ref().map(|v| format!("  {n}={v}")).unwrap_or_default();
                let tail = format!("{}{}{}", field("11", &t.stan), field("41", &t.terminal), field("39", &t.response));
                let amount = t.amount.as_ref().map(|a| format!("  {a}")).unwrap_or_default();
                let text = format!("{} {}{amount}{tail}", t.mti, self.get(&t.text));
                let margin = format!("  {}{}{arrow} ", pad(&format!("#{}", t.number), 9), pad(&at, 12));
                self.hang(&margin, Style::new(), &text);
            }
            for finding in &chain.findings {
                let text = self.get(finding).to_owned();
                self.hang("  ! ", YELLOW, &text);
            }
        }
    }
}

/// `B1b8`, or `B1b4-1` for several bits: how the standards count, from the highest bit.
fn bits_text(byte: u8, mask: u8) -> String {
    let high = 8 - mask.leading_zeros();
    let low = mask.trailing_zeros() + 1;
    if high == low { format!("B{byte}b{high}") } else { format!("B{byte}b{high}-{low}") }
}

/// Wraps, and cuts what has no place to break: long runs of hexadecimal.
fn wrap_hard(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in wrap(text, width) {
        let mut rest = line.as_str();
        while columns(rest) > width {
            let mut used = 0;
            let cut = rest.char_indices().find(|(_, c)| {
                used += columns(c.encode_utf8(&mut [0; 4]));
                used > width
            });
            let (head, tail) = rest.split_at(cut.map_or(rest.len(), |c| c.0.max(1)));
            lines.push(head.to_owned());
            rest = tail;
        }
        lines.push(rest.to_owned());
    }
    lines
}
