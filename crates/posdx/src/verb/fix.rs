//! `posdx fix`: guided repair, one question or step at a time, until it works or the right person is called.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use posdx_catalogue::Catalogue;
use posdx_diagnosis::learning::Terminal;
use posdx_embedded::{catalogue, knowledge};
use posdx_explain::decoded::{Decoded, Decoder};
use posdx_explain::render::repair::RepairPage;
use posdx_explain::repair::{Entry, InUse, Model, Session, State, View, state, summary, view};
use posdx_explain::{Question, Reading, Verdict, explain, explain_code, explain_condition};
use posdx_model::{Lang, Place, mask_card_data};
use serde::{Deserialize, Serialize};

use super::overlay::LearnedArgs;
use super::{Done, Failure, Output, exit, print, print_json, session, width};

/// How often one piece of advice may look further: a number instead of a clock, so that a session replays to the same bytes on any machine.
const LOOKS: u32 = 400;
/// Entries of one session.
const ENTRIES_MAX: usize = 200;
/// Bytes of one line of input.
const LINE_MAX: u64 = 4096;

#[derive(Args)]
pub struct FixArgs {
    /// The code, what is the matter in words, or a file with a message or a log.
    #[arg(value_name = "CODE|TEXT|FILE", allow_negative_numbers = true)]
    subject: Vec<String>,
    /// Where the code was seen: pos, app, receipt, api, printer, card, modem.
    #[arg(long = "where", value_name = "PLACE")]
    place: Option<Place>,
    /// What is known about place and moment, such as after-update; `posdx list --contexts` shows them.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    context: Vec<String>,
    /// Keep the session in this file, and go on with it when it exists.
    #[arg(long, value_name = "FILE")]
    session: Option<PathBuf>,
    /// Write into the session which cause it was in the end, for `posdx learn --from-session`; ask nothing.
    #[arg(long, value_name = "ID", requires = "session")]
    cause: Option<String>,
    /// Only show where the session stands; ask nothing.
    #[arg(long, requires = "session")]
    show: bool,
    /// The summary in this form at the end: text, json, markdown.
    #[arg(long, value_name = "FORM", default_value = "text")]
    summary: Form,
    /// Plain sentences for a screen reader.
    #[arg(long)]
    narrate: bool,
    #[command(flatten)]
    learned: LearnedArgs,
    #[command(flatten)]
    output: Output,
}

/// A view that reasons with an overlay says so.
#[derive(Serialize)]
struct Shown<'v> {
    #[serde(flatten)]
    view: &'v View,
    #[serde(skip_serializing_if = "Option::is_none")]
    overlay: Option<&'v InUse>,
}

posdx_model::words! {
    /// How the summary is written.
    Form {
        /// Plain text.
        Text = "text",
        /// One JSON object.
        Json = "json",
        /// Markdown.
        Markdown = "markdown",
    }
}

/// A line of input from another program.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// Id of a choice.
    #[serde(default)]
    answer: Option<String>,
    /// Take the last entry back.
    #[serde(default)]
    undo: bool,
    /// End here.
    #[serde(default)]
    quit: bool,
    /// It was this cause, for certain; ends too.
    #[serde(default)]
    cause: Option<String>,
}

/// What somebody typed.
enum Typed {
    Choice(Entry),
    Undo,
    Reasons,
    Summary,
    Cause(String),
    Quit,
    Nothing(String),
}

impl FixArgs {
    pub fn run(self) -> Done {
        let lang = self.output.lang();
        let mut session = self.open(lang)?;
        if self.learned.terminal() != Terminal::default() {
            session.terminal = self.learned.terminal();
        }
        let overlaid = self.learned.overlaid(session.terminal.clone(), lang)?;
        let known = overlaid.as_ref().map_or(catalogue(), |o| &o.catalogue);
        let in_use = overlaid.as_ref().map(|o| o.in_use(&[&session.subject.condition]));
        // Writing down what it was is no new advice.
        if self.cause.is_none() {
            note_overlay(&session, in_use.as_ref(), lang);
            session.overlay = in_use.as_ref().map(|u| u.fingerprint.clone());
        }
        let reading = reading_of(known, &session).ok_or_else(|| {
            Failure::Input(match lang {
                Lang::Zh => format!("这份记录说的“{}”，现在的目录里没有。", session.subject.condition),
                Lang::En => format!("The catalogue has no `{}`, which this session is about.", session.subject.condition),
            })
        })?;
        let model = Model::compile(known, &reading, &session.contexts)
            .ok_or_else(|| Failure::Input(format!("nothing is known about `{}`", session.subject.condition)))?;
        if session.catalogue != catalogue().version() {
            let text = match lang {
                Lang::Zh => format!("注意：这份记录是用目录 {} 做的，现在是 {}，建议可能不同。", session.catalogue, catalogue().version()),
                Lang::En => format!(
                    "Note: this session was made with catalogue {}, this is {}; the advice may differ.",
                    session.catalogue,
                    catalogue().version()
                ),
            };
            anstream::eprintln!("{text}");
        }
        if let Some(cause) = &self.cause {
            session.cause = Some(confirmed(&model, cause, lang)?);
        }
        if let Some(used) = in_use.as_ref().filter(|_| !self.output.json) {
            print(&used.text(lang))?;
        }
        let page = RepairPage { lang, width: width(), narrate: self.narrate, reasons: false };
        let at_once = |entries: &[Entry]| {
            evaluate(&model, entries).map_err(|e| {
                let text = e.text.get(lang).to_owned();
                Failure::Input(match lang {
                    Lang::Zh => format!("第 {} 条记录：{text}", e.entry),
                    Lang::En => format!("Entry {}: {text}", e.entry),
                })
            })
        };
        let mut now = at_once(&session.entries)?;
        loop {
            let shown = view(known, &model, &session.entries, &now);
            self.keep(&session)?;
            if self.output.json {
                let mut line =
                    serde_json::to_string(&Shown { view: &shown, overlay: in_use.as_ref() }).map_err(|e| Failure::Input(e.to_string()))?;
                line.push('\n');
                print(&line)?;
            } else {
                print(&page.draw(&shown))?;
            }
            if self.show || self.cause.is_some() || shown.next.choices.is_empty() {
                return self.end(&model, &session, &now, &shown);
            }
            loop {
                match self.next_input(&shown, lang)? {
                    Typed::Choice(entry) => {
                        if session.entries.len() >= ENTRIES_MAX {
                            return Err(Failure::Input(format!("a session has at most {ENTRIES_MAX} entries")));
                        }
                        session.entries.push(entry);
                        // An answer that fits nothing is taken back at once, so that the session stays usable.
                        match evaluate(&model, &session.entries) {
                            Ok(then) => now = then,
                            Err(e) => {
                                session.entries.pop();
                                anstream::eprintln!("{}", e.text.get(lang));
                                continue;
                            }
                        }
                        break;
                    }
                    Typed::Undo => {
                        session.entries.pop();
                        now = at_once(&session.entries)?;
                        break;
                    }
                    Typed::Reasons => print(&RepairPage { reasons: true, ..page }.draw(&shown))?,
                    Typed::Summary => print(&summary(&model, &session.entries, &now).text(lang))?,
                    Typed::Cause(id) => match confirmed(&model, &id, lang) {
                        Ok(cause) => {
                            session.cause = Some(cause);
                            self.keep(&session)?;
                            return self.end(&model, &session, &now, &shown);
                        }
                        Err(failure) => anstream::eprintln!("{failure}"),
                    },
                    Typed::Quit => return self.end(&model, &session, &now, &shown),
                    // What was typed is repeated, and people type card numbers.
                    Typed::Nothing(hint) => anstream::eprintln!("{}", mask_card_data(&hint)),
                }
            }
        }
    }

    /// The session that goes on, or a new one.
    fn open(&self, lang: Lang) -> Result<Session, Failure> {
        if let Some(path) = self.session.as_deref().filter(|p| p.is_file()) {
            return session::read(path, lang);
        }
        for id in &self.context {
            if catalogue().context(id).is_none() {
                let known: Vec<String> = catalogue().contexts().map(|c| c.id).collect();
                return Err(Failure::Input(format!("there is no context `{id}`. Known: {}", known.join(", "))));
            }
        }
        let reading = self.subject_reading(lang)?;
        let subject = posdx_explain::repair::Subject { code: reading.code.map(|c| c.id), condition: reading.condition };
        let contexts = self.context.clone();
        Ok(Session {
            schema: session::SCHEMA.into(),
            catalogue: catalogue().version().to_owned(),
            subject,
            contexts,
            terminal: Terminal::default(),
            overlay: None,
            cause: None,
            entries: Vec::new(),
        })
    }

    /// What is to be repaired: out of a file, or out of the words.
    fn subject_reading(&self, lang: Lang) -> Result<Reading, Failure> {
        let nothing = || {
            Failure::Input(match lang {
                Lang::Zh => "没有可修的：给出屏幕上的代码、一句话，或报文和日志文件，例如 posdx fix C101".into(),
                Lang::En => {
                    "nothing to repair: give the code on the screen, a sentence, or a file with a message or a log, such as posdx fix C101"
                        .to_owned()
                }
            })
        };
        if let [one] = self.subject.as_slice()
            && Path::new(one).is_file()
        {
            let bytes = std::fs::read(one).map_err(|e| Failure::Input(format!("cannot read {one}: {e}")))?;
            let report = Decoder::new(catalogue(), knowledge())
                .input(&bytes, None, None)
                .map_err(|e| Failure::Input(e.text().get(lang).to_owned()))?;
            let explanation = match report.decoded {
                Decoded::Iso8583(m) => Some(m.explanation),
                Decoded::Emv(c) | Decoded::Atr(c) => c.explanation,
                Decoded::Apdu(a) => a.explanation,
                Decoded::Device(d) => d.explanation,
                Decoded::Log(l) => l.explanation,
                Decoded::Capture(c) => c.explanation,
                Decoded::Several(_) => None,
            };
            return explanation.and_then(|e| e.readings.into_iter().next()).ok_or_else(nothing);
        }
        let text = self.subject.join(" ");
        if text.trim().is_empty() {
            return Err(nothing());
        }
        let explanation = explain(catalogue(), Question { text: &text, place: self.place });
        match explanation.verdict {
            Verdict::Known => explanation.readings.into_iter().next().ok_or_else(nothing),
            Verdict::Ambiguous if self.place.is_some() => explanation.readings.into_iter().next().ok_or_else(nothing),
            Verdict::Ambiguous if self.output.json => {
                Err(Failure::Input(format!("`{text}` has several meanings; say where it was seen with --where")))
            }
            Verdict::Ambiguous => choose(explanation.readings, lang),
            Verdict::Unknown => Err(Failure::Input(match explanation.unknown {
                Some(unknown) => unknown.text.get(lang).to_owned(),
                None => text,
            })),
        }
    }

    fn keep(&self, session: &Session) -> Result<(), Failure> {
        let Some(path) = self.session.as_deref().filter(|_| !self.show) else { return Ok(()) };
        session::write(path, session)
    }

    fn next_input(&self, shown: &View, lang: Lang) -> Result<Typed, Failure> {
        let hint = match lang {
            Lang::Zh => "输入数字；b 退回，“?”理由，s 小结，q 结束",
            Lang::En => "type a number; b back, ? reasons, s summary, q quit",
        };
        if !self.output.json {
            let _ = write!(anstream::stderr(), "{hint} > ");
            let _ = std::io::stderr().flush();
        }
        let mut line = String::new();
        let mut stdin = std::io::stdin().lock();
        let read = std::io::Read::take(&mut stdin, LINE_MAX).read_line(&mut line);
        if read.map_err(|e| Failure::Input(format!("cannot read standard input: {e}")))? == 0 {
            return Ok(Typed::Quit);
        }
        let typed = line.trim();
        if self.output.json {
            if typed.is_empty() {
                return Ok(Typed::Nothing(String::new()));
            }
            let line: Line = match serde_json::from_str(typed) {
                Ok(line) => line,
                Err(e) => return Ok(Typed::Nothing(format!("column {}: {e}", e.column()))),
            };
            if line.quit {
                return Ok(Typed::Quit);
            }
            if line.undo {
                return Ok(Typed::Undo);
            }
            if let Some(cause) = line.cause {
                return Ok(Typed::Cause(cause));
            }
            let Some(answer) = line.answer else {
                return Ok(Typed::Nothing("give {\"answer\":\"…\"}, {\"undo\":true}, {\"cause\":\"…\"} or {\"quit\":true}".into()));
            };
            return Ok(match shown.next.choices.iter().find(|c| c.id == answer) {
                Some(choice) => Typed::Choice(choice.entry.clone()),
                None => {
                    let ids: Vec<&str> = shown.next.choices.iter().map(|c| c.id.as_str()).collect();
                    Typed::Nothing(format!("`{answer}` is none of: {}", ids.join(", ")))
                }
            });
        }
        Ok(match typed {
            "b" | "退回" => Typed::Undo,
            "?" | "？" => Typed::Reasons,
            "s" | "小结" => Typed::Summary,
            "q" | "结束" => Typed::Quit,
            other => match number(other).and_then(|n| shown.next.choices.get(n)).or_else(|| by_word(shown, other)) {
                Some(choice) => Typed::Choice(choice.entry.clone()),
                None => Typed::Nothing(hint.to_owned()),
            },
        })
    }

    fn end(&self, model: &Model, session: &Session, now: &State, shown: &View) -> Done {
        let sum = summary(model, &session.entries, now);
        let lang = self.output.lang();
        if !self.output.json {
            match self.summary {
                Form::Text => print(&format!("\n{}", sum.text(lang)))?,
                Form::Markdown => print(&sum.markdown(lang))?,
                Form::Json => print_json(&sum)?,
            }
        } else {
            let mut line = serde_json::to_string(&sum).map_err(|e| Failure::Input(e.to_string()))?;
            line.push('\n');
            print(&line)?;
        }
        let _ = shown;
        if let (Some(cause), Some(path), false) = (&session.cause, &self.session, self.output.json) {
            let title = model.causes.iter().find(|c| c.id == *cause).map(|c| c.title.get(lang).to_owned()).unwrap_or_default();
            let path = path.display();
            print(&match lang {
                Lang::Zh => format!("\n确认的原因：{title}。要让它进入学习：posdx learn --from-session {path} >> cases.jsonl\n"),
                Lang::En => format!("\nConfirmed cause: {title}. To learn from it: posdx learn --from-session {path} >> cases.jsonl\n"),
            })?;
        }
        Ok(exit::ANSWERED)
    }
}

/// Where the session stands.
fn evaluate(model: &Model, entries: &[Entry]) -> Result<State, posdx_explain::repair::SessionError> {
    let mut left = LOOKS;
    state(model, entries, &mut || {
        left = left.saturating_sub(1);
        left > 0
    })
}

fn reading_of(known: &Catalogue, session: &Session) -> Option<Reading> {
    let code = session.subject.code.as_deref().and_then(|id| id.split_once('/'));
    code.and_then(|(list, value)| explain_code(known, list, value)).or_else(|| explain_condition(known, &session.subject.condition))
}

/// A session that was led with other numbers may be advised otherwise now: say so.
fn note_overlay(session: &Session, in_use: Option<&InUse>, lang: Lang) {
    let now = in_use.map(|u| u.fingerprint.as_str());
    if session.entries.is_empty() || session.overlay.as_deref() == now {
        return;
    }
    let name = |f: Option<&str>, none: &str| f.map_or(none.to_owned(), str::to_owned);
    anstream::eprintln!(
        "{}",
        match lang {
            Lang::Zh => format!(
                "注意：这份记录用的学习数据是“{}”，现在是“{}”，建议可能不同。",
                name(session.overlay.as_deref(), "没有"),
                name(now, "没有")
            ),
            Lang::En => format!(
                "Note: this session was led with the overlay {}, now it is {}; the advice may differ.",
                name(session.overlay.as_deref(), "none"),
                name(now, "none")
            ),
        }
    );
}

/// The id, if it is one of the causes here.
fn confirmed(model: &Model, id: &str, lang: Lang) -> Result<String, Failure> {
    if model.causes.iter().any(|c| c.id == id) {
        return Ok(id.to_owned());
    }
    let all: Vec<&str> = model.causes.iter().map(|c| c.id.as_str()).collect();
    let all = all.join(", ");
    Err(Failure::Input(match lang {
        Lang::Zh => format!("“{id}”不是这里的原因。可选：{all}"),
        Lang::En => format!("`{id}` is none of the causes here: {all}"),
    }))
}

fn number(text: &str) -> Option<usize> {
    text.trim_end_matches([')', '）', '.', '。']).parse::<usize>().ok()?.checked_sub(1)
}

/// A choice by its id or its words: `y`, `yes`, `好了`.
fn by_word<'v>(shown: &'v View, typed: &str) -> Option<&'v posdx_explain::repair::Choice> {
    let typed = typed.to_lowercase();
    if typed.is_empty() {
        return None;
    }
    let exact = shown.next.choices.iter().find(|c| c.id == typed || c.text.zh == typed || c.text.en.to_lowercase() == typed);
    exact.or_else(|| {
        let mut fitting = shown.next.choices.iter().filter(|c| c.id.starts_with(&typed) || c.text.zh.starts_with(&typed));
        let first = fitting.next();
        first.filter(|_| fitting.next().is_none())
    })
}

/// Several meanings: the person picks one.
fn choose(readings: Vec<Reading>, lang: Lang) -> Result<Reading, Failure> {
    let head = match lang {
        Lang::Zh => "这个代码有几种意思，是哪一种？",
        Lang::En => "This code has several meanings. Which is it?",
    };
    let mut out = format!("{head}\n");
    for (i, reading) in readings.iter().enumerate() {
        let list = reading.code.as_ref().map(|c| c.list.get(lang).to_owned()).unwrap_or_default();
        out.push_str(&format!("  {})  {}  {list}\n", i + 1, reading.title.get(lang)));
    }
    print(&out)?;
    let mut line = String::new();
    let mut stdin = std::io::stdin().lock();
    let _ = std::io::Read::take(&mut stdin, LINE_MAX).read_line(&mut line);
    let chosen = number(line.trim()).filter(|n| *n < readings.len());
    let mut readings = readings;
    chosen.map(|n| readings.swap_remove(n)).ok_or_else(|| {
        Failure::Input(match lang {
            Lang::Zh => "没有选。也可以用 --where 说在哪里看到的。".into(),
            Lang::En => "nothing was chosen. Or say with --where where it was seen.".to_owned(),
        })
    })
}
