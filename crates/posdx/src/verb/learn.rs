//! `posdx learn`: closed cases → what they say, as an overlay that a person reads, compares and undoes.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use clap::Args;
use posdx_catalogue::Catalogue;
use posdx_diagnosis::learning::{
    Calibration, Case, Chance, Clash, Expected, Fault, Knowledge, KnowledgeError, Learned, Moment, Named, Overlay, Problem, Settings,
    Terminal, calibrate, date, day, held_out, learn, read,
};
use posdx_embedded::catalogue;
use posdx_explain::repair::{Change, Overlaid, case_of, lessons};
use posdx_model::{Lang, Text};
use serde::Serialize;

use super::overlay::{keep, text_of};
use super::{Done, Failure, Output, exit, overlay, print, print_json, session};

/// Bytes of a file of cases.
const CASES_MAX: u64 = 256 << 20;
/// Problems that are shown at once.
const PROBLEMS_SHOWN: usize = 20;
/// Changes that the report names.
const CHANGES_SHOWN: usize = 10;
/// Numbers that moved less than this are not written.
const LEAST_CHANGE: f64 = 0.005;
/// Below so many held-out cases a calibration says little.
const FEW: usize = 50;
/// The bootstrap's chance is the same every time: the same cases give the same report.
const SEED: u64 = 20_781;

#[derive(Args)]
#[command(after_help = HELP)]
pub struct LearnArgs {
    /// Closed cases, one JSON object a line; `-` is standard input.
    #[arg(value_name = "CASES", required_unless_present_any = ["check", "from_session"])]
    cases: Option<PathBuf>,
    /// Write what was learned to this file; without it only the report is made.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write over an overlay that is there already.
    #[arg(long, requires = "out")]
    replace: bool,
    /// The day from which the age of cases counts; the newest case's day otherwise.
    #[arg(long, value_name = "DATE", value_parser = a_day)]
    now: Option<i64>,
    /// Days after which a case counts half; 0 when cases do not fade.
    #[arg(long, value_name = "DAYS", default_value_t = 180.0, value_parser = a_span)]
    half_life: f64,
    /// Write only numbers with at least so many cases behind them.
    #[arg(long, value_name = "N", default_value_t = 5.0, value_parser = a_span)]
    least_cases: f64,
    /// Leave lines with problems out instead of stopping.
    #[arg(long)]
    skip: bool,
    /// Check an overlay against the catalogue and show what it changes.
    #[arg(long, value_name = "OVERLAY", conflicts_with_all = ["cases", "out", "from_session"])]
    check: Option<PathBuf>,
    /// Turn closed sessions of `posdx fix` into cases, one line each on standard output.
    #[arg(long, value_name = "SESSION", num_args = 1.., conflicts_with_all = ["cases", "out"])]
    from_session: Vec<PathBuf>,
    /// The cause that was found, for a session that does not name it.
    #[arg(long, value_name = "ID", requires = "from_session")]
    cause: Option<String>,
    /// The day on which the session was closed; that of its file otherwise.
    #[arg(long, value_name = "DATE", requires = "from_session", value_parser = a_day)]
    day: Option<i64>,
    #[command(flatten)]
    output: Output,
}

const HELP: &str = "\
A case: {\"id\":\"a1\",\"day\":\"2026-11-24\",\"condition\":\"comm.no-response\",
  \"terminal\":{\"vendor\":\"V\",\"model\":\"M\",\"region\":\"R\"}, \"contexts\":[\"after-update\"],
  \"told\":[{\"question\":\"signal-bars\",\"answer\":\"none\"}],
  \"done\":[{\"step\":\"restart-router\",\"helped\":true}],
  \"cause\":\"network.router-down\"}
Only id, day and condition must be there. Not sure of the cause: leave it out, or give
\"causes\":[\"a\",\"b\"] (one of these) or \"causes\":[{\"cause\":\"a\",\"p\":0.7},{\"cause\":\"b\",\"p\":0.3}].

Every number is held against the catalogue's: few cases move it little, many a lot. All terminals
stand above vendors, these above models, these above regions. Nothing is used unless it is named:
posdx fix --overlay FILE, posdx explain --overlay FILE. To undo, delete lines or the file.";

impl LearnArgs {
    pub fn run(self) -> Done {
        let lang = self.output.lang();
        if let Some(path) = &self.check {
            return self.check_overlay(path, lang);
        }
        if !self.from_session.is_empty() {
            return self.convert(lang);
        }
        let path = self.cases.as_deref().unwrap_or(Path::new("-"));
        let knowledge = lessons(catalogue());
        let cases = self.read_cases(path, &knowledge, lang)?;
        let newest = cases.iter().map(|c| c.day).max().unwrap_or_default();
        let mut settings = Settings::new(self.now.unwrap_or(newest));
        settings.half_life = Some(self.half_life).filter(|days| *days > 0.0);
        let learned = learn(&knowledge, &cases, &settings).map_err(broken)?;
        let kept = learned.overlay.only(LEAST_CHANGE, self.least_cases);
        let measured = self.measure(&knowledge, &cases, &settings)?;
        if let Some(out) = &self.out {
            if !self.replace && out.exists() {
                return Err(Failure::Input(match lang {
                    Lang::Zh => format!("{} 已经存在；要覆盖就加 --replace，或换一个文件名。没有写入。", out.display()),
                    Lang::En => format!(
                        "{} is there already; add --replace to write over it, or give another name. Nothing was written.",
                        out.display()
                    ),
                }));
            }
            keep(out, &kept.to_toml_named(&|kind, id| name(catalogue(), kind, id)))?;
        }
        let changes = Overlaid::new(catalogue(), kept.clone(), Terminal::default()).changes(&[]);
        let report = Report::new(&cases, &learned, &kept, changes, measured, &settings);
        if self.output.json {
            print_json(&report)?
        } else {
            print(&report.text(lang, self.out.as_deref()))?
        }
        Ok(exit::ANSWERED)
    }

    /// The cases, or every line that is wrong.
    fn read_cases(&self, path: &Path, knowledge: &Knowledge, lang: Lang) -> Result<Vec<Case>, Failure> {
        let text = text_of(path, CASES_MAX)?;
        let reading = read(&text, knowledge, |line| serde_json::from_str(line).map_err(|e| e.column())).map_err(broken)?;
        let count = reading.problems.len();
        for problem in reading.problems.iter().take(PROBLEMS_SHOWN) {
            let line = format!("{}: {}{}", path.display(), problem.text().get(lang), way_out(problem).get(lang));
            anstream::eprintln!("{}", posdx_model::mask_card_data(&line));
        }
        if count > PROBLEMS_SHOWN {
            anstream::eprintln!("… +{}", count - PROBLEMS_SHOWN);
        }
        if count > 0 && !self.skip {
            return Err(Failure::Input(match lang {
                Lang::Zh => format!("{count} 行有问题，什么也没有学，什么也没有写。改正这些行，或加 --skip 跳过它们。"),
                Lang::En => {
                    format!(
                        "{}; nothing was learned or written. Mend that, or leave it out with --skip.",
                        many(count, "line has a problem", "lines have problems")
                    )
                }
            }));
        }
        if reading.cases.is_empty() {
            return Err(Failure::Input(match lang {
                Lang::Zh => format!("{} 里没有案例。每行写一个 JSON 对象，posdx learn --help 有例子。", path.display()),
                Lang::En => format!("{} has no cases. Write one JSON object a line; posdx learn --help shows one.", path.display()),
            }));
        }
        Ok(reading.cases)
    }

    /// How good the probabilities are, before and after: measured on a fifth of the cases, learned from the others.
    fn measure(&self, knowledge: &Knowledge, cases: &[Case], settings: &Settings) -> Result<Measured, Failure> {
        let (held, rest): (Vec<Case>, Vec<Case>) = cases.iter().cloned().partition(|c| held_out(&c.id, 0.2));
        let learned = learn(knowledge, &rest, settings).map_err(broken)?;
        let after = posdx_diagnosis::learning::apply(knowledge, &learned.overlay.only(LEAST_CHANGE, self.least_cases)).knowledge;
        let of = |k: &Knowledge| calibrate(k, &held, Moment::FirstAdvice, &mut Chance::new(SEED)).map_err(broken);
        Ok(Measured { catalogue: Score::of(&of(knowledge)?), learned: Score::of(&of(&after)?) })
    }

    fn check_overlay(&self, path: &Path, lang: Lang) -> Done {
        let read = overlay::read(path, lang)?;
        // For every group that the overlay speaks of; the widest first.
        let mut terminals = vec![Terminal::default()];
        read.prior.iter().for_each(|b| {
            if !terminals.contains(&b.terminal) {
                terminals.push(b.terminal.clone());
            }
        });
        let uses: Vec<_> = terminals.into_iter().map(|t| Overlaid::new(catalogue(), read.clone(), t).in_use(&[])).collect();
        let left_out = uses.first().map(|u| u.left_out.clone()).unwrap_or_default();
        let fine = left_out.is_empty();
        if self.output.json {
            print_json(&serde_json::json!({ "schema": "posdx.overlay-check/1", "fine": fine, "groups": uses }))?;
        } else {
            let mut out = String::new();
            for (i, used) in uses.iter().enumerate() {
                // A narrower group repeats what holds for all; only its own causes are news.
                let news = used.changes.iter().filter(|c| i == 0 || !uses.first().is_some_and(|all| all.changes.contains(c)));
                let lines: Vec<String> = news.map(|c| format!("  {}  {}\n", c.id, c.text(lang))).collect();
                out.push_str(&group(&used.terminal, lang));
                out.push_str(&lines.concat());
            }
            for part in &left_out {
                out.push_str(&match lang {
                    Lang::Zh => format!("没有采用：{}：{}\n", part.place, part.why.zh),
                    Lang::En => format!("left out: {}: {}\n", part.place, part.why.en),
                });
            }
            let (path, cases, day) = (path.display(), read.cases, date(read.day));
            out.push_str(&match (lang, fine) {
                (Lang::Zh, true) => format!("{path} 没有问题：{cases} 个案例，截至 {day}。\n"),
                (Lang::En, true) => format!("{path} is fine: {cases} cases up to {day}.\n"),
                (Lang::Zh, false) => format!("{path}：{} 处没有采用，其余可以用。改正或删掉这些行。\n", left_out.len()),
                (Lang::En, false) => {
                    format!("{path}: {} parts were left out, the rest can be used. Mend or delete those lines.\n", left_out.len())
                }
            });
            print(&out)?;
        }
        Ok(if fine { exit::ANSWERED } else { exit::BAD_INPUT })
    }

    fn convert(&self, lang: Lang) -> Done {
        let knowledge = lessons(catalogue());
        let mut lines = String::new();
        for path in &self.from_session {
            let name = path.display();
            let mut session = session::read(path, lang)?;
            if self.cause.is_some() {
                session.cause.clone_from(&self.cause);
            }
            let day = match self.day {
                Some(day) => day,
                None => last_change(path)?,
            };
            // Two shops may keep a `session.json` with the same entries: the way to the file tells them apart. A cause that is confirmed
            // later makes no other case of it.
            let told = serde_json::to_string(&(&session.subject, &session.entries)).map_err(|e| Failure::Input(e.to_string()))?;
            let id = format!("session-{:016x}", hash(&format!("{name}\n{day}\n{told}")));
            let case = case_of(&session, id, day).map_err(|e| Failure::Input(format!("{name}: {}", e.get(lang))))?;
            let line = serde_json::to_string(&case).map_err(|e| Failure::Input(e.to_string()))?;
            // What was converted must be what learning reads: the catalogue may have changed since.
            let again = read(&line, &knowledge, |line| serde_json::from_str(line).map_err(|e| e.column())).map_err(broken)?;
            if let Some(problem) = again.problems.first() {
                let sentence = Problem { line: 1, ..problem.clone() };
                return Err(Failure::Input(format!("{name}: {}{}", sentence.text().get(lang), way_out(problem).get(lang))));
            }
            lines.push_str(&line);
            lines.push('\n');
        }
        print(&lines)?;
        Ok(exit::ANSWERED)
    }
}

fn broken(e: KnowledgeError) -> Failure {
    Failure::Input(format!("the catalogue does not hold together: {e}"))
}

/// Where to look for what should stand there.
fn way_out(problem: &Problem) -> Text {
    let list = |what: &str| Text::new(format!("用 posdx list {what} 查看。"), format!(" posdx list {what} shows them."));
    let help = || Text::new("posdx learn --help 有例子。", " posdx learn --help shows a case.");
    match problem.fault {
        Fault::Expected(Expected::Condition) => list("--condition all"),
        Fault::Expected(Expected::Cause) => list("--cause all"),
        Fault::Expected(Expected::Step) => list("--step all"),
        Fault::Expected(Expected::Question) => list("--question all"),
        Fault::Expected(Expected::Answer) => list("--question ID"),
        Fault::Expected(Expected::Context) => list("--contexts"),
        Fault::Clash(Clash::ForeignCause) => Text::new(
            "写这个状况自己的原因；都不是就写 other。",
            " Give one of this condition's own causes, or `other` when it is none of them.",
        ),
        Fault::Clash(Clash::SameId) => Text::new("每个案例用自己的编号。", " Give every case an id of its own."),
        Fault::NotJson(_) | Fault::Expected(_) => help(),
        Fault::Clash(_) => Text::new("只留下真正发生的那一条。", " Keep the one that is true."),
    }
}

fn name(catalogue: &Catalogue, kind: Named, id: &str) -> Option<Text> {
    match kind {
        Named::Condition => catalogue.condition(id).map(|c| c.title),
        Named::Cause => catalogue.cause(id).map(|c| c.title),
        Named::Step => catalogue.step(id).map(|s| s.title),
        Named::Question => catalogue.question(id).map(|q| q.text),
    }
}

fn group(terminal: &Terminal, lang: Lang) -> String {
    let parts: Vec<&str> = [&terminal.vendor, &terminal.model, &terminal.region].into_iter().flatten().map(String::as_str).collect();
    match (parts.is_empty(), lang) {
        (true, Lang::Zh) => "所有机器：\n".to_owned(),
        (true, Lang::En) => "All terminals:\n".to_owned(),
        (false, Lang::Zh) => format!("{}：\n", parts.join(" · ")),
        (false, Lang::En) => format!("{}:\n", parts.join(" · ")),
    }
}

fn a_day(text: &str) -> Result<i64, String> {
    day(text).ok_or_else(|| "expected a date such as 2026-11-24".to_owned())
}

fn a_span(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0).ok_or_else(|| "expected a number of 0 or more".to_owned())
}

fn last_change(path: &Path) -> Result<i64, Failure> {
    let cannot = || Failure::Input(format!("{}: the day of its last change is not known; give --day", path.display()));
    let changed = std::fs::metadata(path).and_then(|m| m.modified()).map_err(|_| cannot())?;
    let seconds = changed.duration_since(UNIX_EPOCH).map_err(|_| cannot())?.as_secs();
    i64::try_from(seconds / 86_400).map_err(|_| cannot())
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01B3))
}

/// How good probabilities are.
#[derive(Clone, Debug, Serialize)]
struct Score {
    cases: usize,
    brier: f64,
    log_loss: f64,
    ece: f64,
    ece_low: f64,
    ece_high: f64,
    top1: f64,
    top3: f64,
}

impl Score {
    fn of(c: &Calibration) -> Score {
        let four = |x: f64| (x * 1e4).round() / 1e4;
        Score {
            cases: c.cases,
            brier: four(c.brier),
            log_loss: four(c.log_loss),
            ece: four(c.ece.value),
            ece_low: four(c.ece.low),
            ece_high: four(c.ece.high),
            top1: four(c.top1),
            top3: four(c.top3),
        }
    }
}

/// The same held-out cases, judged twice.
#[derive(Clone, Debug, Serialize)]
struct Measured {
    catalogue: Score,
    learned: Score,
}

/// What learning came to.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    catalogue: String,
    cases: usize,
    confirmed: usize,
    /// Cases after fading and weights.
    effective: f64,
    first: String,
    last: String,
    now: String,
    half_life_days: Option<f64>,
    converged: bool,
    /// Blocks of strengths, lines of repairs and rows of answers that the overlay holds.
    strengths: usize,
    repairs: usize,
    answers: usize,
    changes: Vec<Change>,
    calibration: Measured,
    surprises: Vec<SurpriseLine>,
}

/// A step that removed a confirmed cause although the catalogue does not say that it can.
#[derive(Serialize)]
struct SurpriseLine {
    step: String,
    cause: String,
    title: Text,
    cases: f64,
}

impl Report {
    fn new(cases: &[Case], learned: &Learned, kept: &Overlay, changes: Vec<Change>, calibration: Measured, settings: &Settings) -> Report {
        let surprises = learned.surprises.iter().map(|s| {
            let (step, cause) = (name(catalogue(), Named::Step, &s.step), name(catalogue(), Named::Cause, &s.cause));
            let (step, cause) = (step.unwrap_or_default(), cause.unwrap_or_default());
            let title = Text::new(format!("{} → {}", step.zh, cause.zh), format!("{} → {}", step.en, cause.en));
            SurpriseLine { step: s.step.clone(), cause: s.cause.clone(), title, cases: (s.cases * 10.0).round() / 10.0 }
        });
        let days = || cases.iter().map(|c| c.day);
        Report {
            schema: "posdx.learning/1",
            catalogue: catalogue().version().to_owned(),
            cases: cases.len(),
            confirmed: cases.iter().filter(|c| c.cause.is_some()).count(),
            effective: kept.cases,
            first: date(days().min().unwrap_or_default()),
            last: date(days().max().unwrap_or_default()),
            now: date(settings.today),
            half_life_days: settings.half_life,
            converged: learned.rounds.iter().all(|r| r.converged),
            strengths: kept.prior.iter().map(|b| b.causes.len()).sum(),
            repairs: kept.repair.iter().map(|b| b.causes.len()).sum(),
            answers: kept.answer.iter().map(|b| b.causes.len() + usize::from(b.otherwise.is_some())).sum(),
            changes,
            calibration,
            surprises: surprises.collect(),
        }
    }

    fn text(&self, lang: Lang, out: Option<&Path>) -> String {
        let Report { cases, confirmed, effective, first, last, now, strengths, repairs, answers, .. } = self;
        let fading = self.half_life_days.is_some();
        let mut page = match lang {
            Lang::Zh => format!(
                "{cases} 个案例，{confirmed} 个确认了原因，{first} 到 {last}。\n{}学到：原因的可能性 {strengths} 个，步骤的把握 {repairs} 个，回答的分布 {answers} 行。\n",
                if fading { format!("按 {now} 折算，相当于 {effective} 个。\n") } else { String::new() }
            ),
            Lang::En => format!(
                "{}, {confirmed} with a confirmed cause, {first} to {last}.\n{}Learned: {}, {}, {}.\n",
                many(*cases, "case", "cases"),
                if fading { format!("Faded to {now} they count as {effective}.\n") } else { String::new() },
                many(*strengths, "strength of a cause", "strengths of causes"),
                many(*repairs, "repair by a step", "repairs by steps"),
                many(*answers, "row of answers", "rows of answers")
            ),
        };
        page.push_str(&match (lang, out) {
            (Lang::Zh, Some(out)) => format!("已写入 {}。只有用 --overlay 指明时才起作用。\n", out.display()),
            (Lang::En, Some(out)) => format!("Written to {}. It counts only where --overlay names it.\n", out.display()),
            (Lang::Zh, None) => "没有写文件；要写就加 --out 文件名。\n".to_owned(),
            (Lang::En, None) => "No file was written; --out FILE writes one.\n".to_owned(),
        });
        if !self.converged {
            page.push_str(match lang {
                Lang::Zh => "注意：迭代用完时还没有稳定下来。\n",
                Lang::En => "Note: the estimates had not come to rest when the iterations ran out.\n",
            });
        }
        if !self.changes.is_empty() {
            page.push_str(match lang {
                Lang::Zh => "\n改动最大的，对所有机器：\n",
                Lang::En => "\nThe largest changes, for all terminals:\n",
            });
        }
        for change in self.changes.iter().take(CHANGES_SHOWN) {
            page.push_str(&format!("  {}  {}\n", change.id, change.text(lang)));
        }
        page.push_str(&self.calibration.text(lang));
        if !self.surprises.is_empty() {
            page.push_str(match lang {
                Lang::Zh => "\n目录里没写、却见了效的（没有学进去，请懂行的人看看）：\n",
                Lang::En => "\nHelped although the catalogue does not say so (not learned; an expert should look):\n",
            });
        }
        for surprise in &self.surprises {
            page.push_str(&format!("  {}  {}  {}\n", surprise.step, surprise.title.get(lang), surprise.cases));
        }
        page
    }
}

fn many(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

impl Measured {
    fn text(&self, lang: Lang) -> String {
        let (old, new) = (&self.catalogue, &self.learned);
        let held = old.cases;
        if held == 0 {
            return match lang {
                Lang::Zh => "\n没有可校准的案例：留出的五分之一里没有确认了原因的。\n".to_owned(),
                Lang::En => "\nNothing to calibrate on: the fifth that was held out has no confirmed cause.\n".to_owned(),
            };
        }
        let mut page = match lang {
            Lang::Zh => format!("\n校准：留出五分之一不学，用其中确认了原因的 {held} 个来量（catalogue 只用目录，learned 学过以后）\n"),
            Lang::En => format!("\nCalibration on the {held} confirmed cases of the fifth that was held out\n"),
        };
        let mut row = |zh: &str, en: &str, old: String, new: String| {
            let name = if lang == Lang::Zh { zh } else { en };
            page.push_str(&format!("  {}{old:>26}{new:>26}\n", posdx_explain::render::wrap::pad(name, 28)));
        };
        row("", "", "catalogue".into(), "learned".into());
        let four = |x: f64| format!("{x:.4}");
        row("Brier 分（越小越好）", "Brier score (0 is best)", four(old.brier), four(new.brier));
        row("对数损失（越小越好）", "log loss (0 is best)", four(old.log_loss), four(new.log_loss));
        let ece = |s: &Score| format!("{:.4} ({:.4}-{:.4})", s.ece, s.ece_low, s.ece_high);
        row("校准误差 ECE（95 % 区间）", "calibration error ECE (95 %)", ece(old), ece(new));
        let share = |x: f64| format!("{:.1} %", 100.0 * x);
        row("第一个就对", "the likeliest was right", share(old.top1), share(new.top1));
        row("前三个里有", "among the likeliest three", share(old.top3), share(new.top3));
        if held < FEW {
            page.push_str(match lang {
                Lang::Zh => "  案例太少，这些数说明不了多少。\n",
                Lang::En => "  So few cases say little.\n",
            });
        }
        page
    }
}
