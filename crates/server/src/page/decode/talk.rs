//! A conversation as a sequence diagram: terminal on the left, host on the right, time downwards.

use maud::{Markup, html};
use posdx_explain::decoded::{ChainReport, TraceReport};

use super::super::shell::Shell;

/// Places in a drawing of 360 units' width: what a phone shows without scaling.
const LEFT: u32 = 34;
const RIGHT: u32 = 326;
const TOP: u32 = 44;
const ROW: u32 = 54;
/// Messages that one picture shows.
const MESSAGES_MAX: usize = 40;

/// The picture, and the same in words for whoever does not see it.
pub fn diagram(shell: &Shell<'_>, chain: &ChainReport) -> Markup {
    let (w, lang) = (shell.words(), shell.lang);
    let shown: Vec<&TraceReport> = chain.messages.iter().take(MESSAGES_MAX).collect();
    let height = TOP + ROW * shown.len() as u32 + 16;
    let title = chain.title.as_ref().map_or(chain.chain.as_str(), |t| t.get(lang));
    let said: Vec<String> = shown.iter().map(|m| words(shell, m)).collect();
    html! {
        svg.talk viewBox=(format!("0 0 360 {height}")) role="img" aria-label=(format!("{}. {}", w.decode_diagram(title), said.join("; "))) {
            text.talk-head x=(LEFT) y="18" text-anchor="middle" { (w.decode_terminal()) }
            text.talk-head x=(RIGHT) y="18" text-anchor="middle" { (w.decode_host()) }
            line.talk-life x1=(LEFT) y1="26" x2=(LEFT) y2=(height - 6) {}
            line.talk-life x1=(RIGHT) y1="26" x2=(RIGHT) y2=(height - 6) {}
            @for (i, (m, said)) in shown.iter().zip(&said).enumerate() {
                @let y = TOP + ROW * i as u32 + 22;
                @let out = m.from_client.unwrap_or_else(|| request(&m.mti));
                @let (from, to, back) = if out { (LEFT, RIGHT, RIGHT - 9) } else { (RIGHT, LEFT, LEFT + 9) };
                text.talk-said x="180" y=(y - 7) text-anchor="middle" { (said) }
                line.talk-arrow x1=(from) y1=(y) x2=(to) y2=(y) {}
                polygon.talk-tip points=(format!("{to},{y} {back},{} {back},{}", y - 5, y + 5)) {}
                @if let Some(ms) = m.at_ms { text.talk-time x="180" y=(y + 15) text-anchor="middle" { (seconds(ms)) } }
            }
        }
    }
}

/// One message in a few words.
fn words(shell: &Shell<'_>, m: &TraceReport) -> String {
    let mut parts = vec![m.mti.clone(), m.text.get(shell.lang).to_owned()];
    parts.extend(m.amount.clone());
    parts.extend(m.response.as_ref().map(|r| format!("[{r}]")));
    parts.join(" ")
}

/// Whether a message type is a request, where the capture does not say who sent it.
fn request(mti: &str) -> bool {
    mti.chars().nth(2).and_then(|c| c.to_digit(10)).is_some_and(|d| d % 2 == 0)
}

fn seconds(ms: u64) -> String {
    format!("+{}.{:03} s", ms / 1000, ms % 1000)
}
