//! What must hold in the catalogue: every rule answers a way in which knowledge goes wrong.
//!
//! Each rule has a name, printed with every problem, and a test that breaks it (`tests/check.rs`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use posdx_model::{Grade, MoneyState, Outcome, RetryVerdict, Text};

use crate::record::*;
use crate::source::{Library, Placed, Problem};
use crate::spelling::{is_han, key};

/// Longest text for the cashier: what one reads with a queue in front.
pub const CASHIER_HAN_MAX: usize = 16;
/// The same in English, in characters.
pub const CASHIER_EN_MAX: usize = 90;
/// Ground of a verdict that is about the printing only, not about the sale.
const GROUND_PRINTING_ONLY: &str = "printing-only";
/// Words that a discreet condition may not use where the cashier or the buyer can read them.
const DISCREET_WORDS: &[&str] = &[
    "挂失",
    "被盗",
    "失窃",
    "偷",
    "没收",
    "欺诈",
    "作弊",
    "伪卡",
    "假卡",
    "黑名单",
    "吞卡",
    "stolen",
    "lost",
    "fraud",
    "counterfeit",
    "pick up",
    "pick-up",
    "capture",
    "blacklist",
];

/// Checks a whole catalogue. An empty answer means that it may be shipped.
pub fn check(library: &Library) -> Vec<Problem> {
    let mut check = Check { library, ids: Ids::collect(library), problems: Vec::new() };
    check.ids_are_unique();
    check.code_lists();
    check.conditions();
    check.strengths();
    check.causes();
    check.steps();
    check.questions();
    check.small_records();
    check.nothing_is_stranded();
    check.problems.sort();
    check.problems.dedup();
    check.problems
}

struct Ids<'a> {
    conditions: HashMap<&'a str, &'a Condition>,
    causes: BTreeSet<&'a str>,
    preventions: BTreeSet<&'a str>,
    grounds: HashMap<&'a str, MoneyState>,
    preconditions: BTreeSet<&'a str>,
    contacts: BTreeSet<&'a str>,
    sources: BTreeSet<&'a str>,
    codes: BTreeSet<String>,
}

impl<'a> Ids<'a> {
    fn collect(l: &'a Library) -> Self {
        Ids {
            conditions: l.conditions.iter().map(|c| (c.record.id.as_str(), &c.record)).collect(),
            causes: l.causes.iter().map(|c| c.record.id.as_str()).collect(),
            preventions: l.preventions.iter().map(|c| c.record.id.as_str()).collect(),
            grounds: l.grounds.iter().map(|c| (c.record.id.as_str(), c.record.state)).collect(),
            preconditions: l.preconditions.iter().map(|c| c.record.id.as_str()).collect(),
            contacts: l.contacts.iter().map(|c| c.record.id.as_str()).collect(),
            sources: l.sources.iter().map(|c| c.record.id.as_str()).collect(),
            codes: l
                .lists
                .iter()
                .flat_map(|list| list.codes.iter().map(|c| format!("{}/{}", list.namespace.record.id, c.record.value)))
                .collect(),
        }
    }
}

struct Check<'a> {
    library: &'a Library,
    ids: Ids<'a>,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn report<T>(&mut self, at: &Placed<T>, needle: &str, rule: &'static str, message: String) {
        let problem = self.library.problem(at, needle, rule, message);
        self.problems.push(problem);
    }

    /// Reports `id` unless it is among `known`, and offers the nearest one.
    fn known<T>(&mut self, at: &Placed<T>, kind: &str, id: &str, known: &BTreeSet<&str>) {
        if !known.contains(id) {
            let offer = nearest(id, known.iter().copied()).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            self.report(at, &format!("\"{id}\""), "unknown-id", format!("no {kind} has the id `{id}`{offer}"));
        }
    }

    fn text<T>(&mut self, at: &Placed<T>, name: &str, text: &Text) {
        if text.is_incomplete() {
            self.report(at, name, "missing-text", format!("`{name}` lacks one of its two languages"));
            return;
        }
        if !text.zh.chars().any(is_han) && text.zh.chars().any(|c| c.is_ascii_lowercase()) && text.zh.contains(' ') {
            self.report(at, name, "wrong-language", format!("`{name}` has no Chinese in its zh half"));
        }
        if text.en.chars().filter(|c| is_han(*c)).count() * 3 > text.en.chars().count() {
            self.report(at, name, "wrong-language", format!("`{name}` has Chinese in its en half"));
        }
        let zh: Vec<char> = text.zh.chars().collect();
        for pair in zh.windows(2) {
            if is_han(pair[0]) && matches!(pair[1], ',' | ';' | '!' | '?') || matches!(pair[0], ',' | ';' | '!' | '?') && is_han(pair[1]) {
                let shown: String = pair.iter().collect();
                self.report(at, &shown, "zh-punctuation", format!("`{name}` has a half-width mark in Chinese: `{shown}`"));
                break;
            }
        }
    }

    fn sources<T>(&mut self, at: &Placed<T>, sources: &[String]) {
        if sources.is_empty() {
            self.report(at, "sources", "no-source", "no source is named; use `posdx-judgement` for our own judgement".into());
        }
        for source in sources {
            self.known(at, "source", source, &self.ids.sources.clone());
        }
    }

    fn ids_are_unique(&mut self) {
        fn twice<T>(all: &[Placed<T>], id: impl Fn(&T) -> &str) -> Vec<(usize, String)> {
            let mut seen = BTreeSet::new();
            all.iter()
                .enumerate()
                .filter(|(_, p)| !seen.insert(id(&p.record).to_owned()))
                .map(|(i, p)| (i, id(&p.record).to_owned()))
                .collect()
        }
        let l = self.library;
        macro_rules! unique {
            ($($list:ident),*) => { $(
                for (i, id) in twice(&l.$list, |r| &r.id) {
                    self.report(&l.$list[i], &id, "duplicate-id", format!("`{id}` is already used by another record of this kind"));
                }
                for record in &l.$list {
                    let id = &record.record.id;
                    if id.is_empty() || !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.')) {
                        self.report(record, "id", "bad-id", format!("`{id}` must be made of lower-case letters, digits, hyphens and at most one dot"));
                    }
                }
            )* };
        }
        unique!(conditions, causes, steps, questions, preventions, grounds, preconditions, contexts, contacts, sources, till_cards);
    }

    fn code_lists(&mut self) {
        let mut namespaces = BTreeSet::new();
        for list in &self.library.lists {
            let namespace = &list.namespace.record;
            if !namespaces.insert(&namespace.id) {
                self.report(
                    &list.namespace,
                    &namespace.id,
                    "duplicate-id",
                    format!("another file already defines the namespace `{}`", namespace.id),
                );
            }
            self.text(&list.namespace, "title", &namespace.title);
            if namespace.places.is_empty() {
                self.report(&list.namespace, "places", "no-place", "say where these codes are seen".into());
            }
            for hint in namespace.hints.iter().filter(|h| **h != h.to_lowercase()) {
                self.report(&list.namespace, hint, "upper-case-hint", format!("write the hint `{hint}` in lower case, as it is compared"));
            }
            for contact in &namespace.contacts {
                self.known(&list.namespace, "contact", &contact.contact, &self.ids.contacts.clone());
            }
            let mut spelled: BTreeMap<String, &Code> = BTreeMap::new();
            for code in &list.codes {
                self.code(namespace, code);
                for spelling in std::iter::once(&code.record.value).chain(&code.record.also) {
                    match spelled.insert(key(spelling), &code.record) {
                        Some(other) if other.value != code.record.value && other.condition != code.record.condition => self.report(
                            code,
                            spelling,
                            "contradictory-code",
                            format!("`{spelling}` already means `{}` in this list and `{}` here", other.condition, code.record.condition),
                        ),
                        Some(other) if std::ptr::eq(other, &code.record) => {}
                        Some(_) => self.report(code, spelling, "duplicate-code", format!("`{spelling}` is written twice in this list")),
                        None => {}
                    }
                }
            }
        }
    }

    fn code(&mut self, namespace: &Namespace, code: &Placed<Code>) {
        let c = &code.record;
        self.text(code, "name", &c.name);
        if let Some(note) = &c.note {
            self.text(code, "note", note);
        }
        self.sources(code, &c.sources);
        let Some(condition) = self.ids.conditions.get(c.condition.as_str()).copied() else {
            let known = self.ids.conditions.keys().copied().collect();
            self.known(code, "condition", &c.condition, &known);
            return;
        };
        let money = c.money.as_ref().unwrap_or(&condition.money);
        if let Some(money) = &c.money {
            self.ground(code, money);
        }
        let retry = c.retry.unwrap_or(condition.retry).verdict;
        self.verdicts_agree(code, c.outcome.unwrap_or(condition.outcome), money, retry, condition.discreet);
        for near in &c.near {
            if !self.ids.codes.contains(near) {
                self.report(code, near, "unknown-id", format!("no code has the id `{near}`"));
            }
        }
        if c.grade == Grade::Unconfirmed && namespace.id.starts_with("lakala") && namespace.weight >= 0.5 && c.near.is_empty() {
            self.report(
                code,
                &c.value,
                "no-near-code",
                "an unconfirmed code of the seed must name the nearest confirmed code in `near`".into(),
            );
        }
        if let (Some(bits), Some(bytes)) = (c.bits, namespace.bytes)
            && (bits.byte == 0 || bits.byte > bytes)
        {
            self.report(code, "bits", "bad-bits", format!("byte {} is outside a field of {bytes} bytes", bits.byte));
        }
    }

    fn ground<T>(&mut self, at: &Placed<T>, money: &posdx_model::Money) {
        match self.ids.grounds.get(money.ground.as_str()) {
            None => {
                self.report(at, &money.ground, "unknown-id", format!("no ground has the id `{}`: a money verdict needs one", money.ground))
            }
            Some(state) if *state != money.state => {
                self.report(
                    at,
                    &money.ground,
                    "money-without-ground",
                    format!("the ground `{}` supports `{state}`, not `{}`", money.ground, money.state),
                );
            }
            Some(_) => {}
        }
    }

    /// Outcome, money and retry must not contradict each other. These rules are the reason why posdx may be trusted at a till.
    fn verdicts_agree<T>(&mut self, at: &Placed<T>, outcome: Outcome, money: &posdx_model::Money, retry: RetryVerdict, discreet: bool) {
        use RetryVerdict::*;
        if discreet && !matches!(retry, Never | OtherMethod) {
            self.report(
                at,
                "retry",
                "retry-on-capture",
                format!("a card that its bank has stopped is never tried again, but retry is `{retry}`"),
            );
        }
        let again = matches!(retry, Now | Later | OtherMethod);
        if money.state == MoneyState::Unknown && again && money.ground != GROUND_PRINTING_ONLY && outcome != Outcome::Info {
            self.report(
                at,
                "retry",
                "retry-before-query",
                format!("the money is unknown, so the sale may not be redone before a query, but retry is `{retry}`"),
            );
        }
        if money.state == MoneyState::Taken
            && !matches!(retry, Never | QueryFirst)
            && !matches!(outcome, Outcome::Partial | Outcome::Declined)
        {
            self.report(at, "retry", "retry-after-taken", format!("the money was taken, but retry is `{retry}`"));
        }
        if outcome == Outcome::Approved && money.state == MoneyState::NotTaken {
            self.report(at, "money", "approved-but-not-taken", "an approved sale cannot be `not-taken`".into());
        }
        if matches!(outcome, Outcome::Unknown) && money.state == MoneyState::NotTaken {
            self.report(at, "money", "money-without-ground", "an unknown outcome cannot be `not-taken`".into());
        }
    }

    /// Strengths are estimates and carry their reasoning; pairs marked as inseparable name two causes of the condition.
    fn strengths(&mut self) {
        for condition in &self.library.conditions {
            let c = &condition.record;
            match &c.why {
                Some(why) => self.text(condition, "why", why),
                None if c.causes.len() > 1 => {
                    self.report(
                        condition,
                        "causes",
                        "missing-why",
                        "say in `why` what makes the first cause likelier than the others".into(),
                    );
                }
                None => {}
            }
            for id in c.inseparable.iter().flatten().filter(|id| !c.causes.iter().any(|l| l.id == **id)) {
                self.report(condition, id, "unknown-id", format!("`{id}` is marked as inseparable, but it is no cause of this condition"));
            }
        }
    }

    fn conditions(&mut self) {
        let mut said: HashMap<String, &str> = HashMap::new();
        for condition in &self.library.conditions {
            let c = &condition.record;
            for (name, text) in [
                ("title", &c.title),
                ("cashier", &c.cashier),
                ("cardholder", &c.cardholder),
                ("agent", &c.agent),
                ("engineer", &c.engineer),
            ] {
                self.text(condition, name, text);
            }
            let han = c.cashier.zh.chars().filter(|ch| is_han(*ch)).count();
            if han > CASHIER_HAN_MAX {
                self.report(
                    condition,
                    "cashier",
                    "cashier-too-long",
                    format!("the cashier's text has {han} Han characters, {CASHIER_HAN_MAX} are allowed"),
                );
            }
            let en = c.cashier.en.chars().count();
            if en > CASHIER_EN_MAX {
                self.report(
                    condition,
                    "cashier",
                    "cashier-too-long",
                    format!("the cashier's English text has {en} characters, {CASHIER_EN_MAX} are allowed"),
                );
            }
            if c.discreet {
                self.discreet(condition);
            }
            self.ground(condition, &c.money);
            self.verdicts_agree(condition, c.outcome, &c.money, c.retry.verdict, c.discreet);
            self.sums_to_one(condition, "fault", c.fault.iter().map(|f| f.p));
            if c.causes.is_empty() && c.outcome != Outcome::Approved && c.outcome != Outcome::Info {
                self.report(condition, "causes", "no-cause", "a condition that is a failure needs at least one cause".into());
            }
            if let Some(query) = &c.query {
                let steps = self.library.steps.iter().map(|s| s.record.id.as_str()).collect();
                self.known(condition, "step", query, &steps);
            }
            for cause in &c.causes {
                self.known(condition, "cause", &cause.id, &self.ids.causes.clone());
                if !(cause.strength > 0.0 && cause.strength <= 1.0) {
                    self.report(condition, &cause.id, "bad-number", format!("strength {} is outside (0, 1]", cause.strength));
                }
            }
            if c.contact != "none" {
                self.known(condition, "contact", &c.contact, &self.ids.contacts.clone());
            }
            if c.asks.is_empty() {
                self.report(condition, "asks", "no-words", "say in `asks` how people describe it".into());
            }
            for ask in &c.asks {
                if let Some(other) = said.insert(key(ask), &c.id)
                    && other != c.id
                {
                    self.report(condition, ask, "same-words-twice", format!("“{ask}” already leads to `{other}`"));
                }
            }
            self.sources(condition, &c.sources);
        }
    }

    fn discreet(&mut self, condition: &Placed<Condition>) {
        let c = &condition.record;
        for (name, text) in [("title", &c.title), ("cashier", &c.cashier), ("cardholder", &c.cardholder)] {
            let lower = format!("{} {}", text.zh, text.en.to_lowercase());
            if let Some(word) = DISCREET_WORDS.iter().find(|w| lower.contains(**w)) {
                self.report(condition, name, "indiscreet", format!("`{name}` of a discreet condition says “{word}”"));
            }
        }
    }

    fn sums_to_one<T>(&mut self, at: &Placed<T>, name: &str, numbers: impl Iterator<Item = f64>) {
        let sum: f64 = numbers.sum();
        if (sum - 1.0).abs() > 0.005 {
            self.report(at, name, "bad-number", format!("the probabilities of `{name}` add up to {sum:.3}, not to 1"));
        }
    }

    fn causes(&mut self) {
        let repaired: BTreeSet<&str> = self.library.steps.iter().flat_map(|s| s.record.repairs.iter().map(|r| r.cause.as_str())).collect();
        for cause in &self.library.causes {
            let c = &cause.record;
            self.text(cause, "title", &c.title);
            self.text(cause, "explain", &c.explain);
            self.sources(cause, &c.sources);
            for prevention in &c.prevent {
                self.known(cause, "prevention", prevention, &self.ids.preventions.clone());
            }
            if !repaired.contains(c.id.as_str()) {
                self.report(cause, &c.id, "cause-without-step", format!("no step repairs `{}`", c.id));
            }
        }
    }

    fn steps(&mut self) {
        for step in &self.library.steps {
            let s = &step.record;
            self.text(step, "title", &s.title);
            self.text(step, "text", &s.text);
            self.sources(step, &s.sources);
            if s.repairs.is_empty() {
                self.report(step, "repairs", "step-without-use", format!("`{}` repairs nothing", s.id));
            }
            for repair in &s.repairs {
                self.known(step, "cause", &repair.cause, &self.ids.causes.clone());
                if !(repair.p > 0.0 && repair.p <= 1.0) {
                    self.report(step, &repair.cause, "bad-number", format!("p {} is outside (0, 1]", repair.p));
                }
            }
            for need in &s.needs {
                self.known(step, "precondition", need, &self.ids.preconditions.clone());
            }
            if s.disruptive && s.needs.is_empty() {
                self.report(step, "disruptive", "harmful-step", format!("`{}` is disruptive and must say what has to hold first", s.id));
            }
            if !(s.minutes > 0.0 && s.minutes <= 100_000.0) {
                self.report(step, "minutes", "bad-number", format!("{} minutes cannot be right", s.minutes));
            }
        }
    }

    fn questions(&mut self) {
        for question in &self.library.questions {
            let q = &question.record;
            self.text(question, "text", &q.text);
            self.sources(question, &q.sources);
            for answer in &q.answers {
                self.text(question, "answers", &answer.text);
            }
            self.sums_to_one(question, "otherwise", q.otherwise.iter().copied());
            for row in q.given.iter().map(|g| &g.p).chain(std::iter::once(&q.otherwise)) {
                if row.len() != q.answers.len() {
                    self.report(
                        question,
                        "given",
                        "bad-number",
                        format!("a row has {} probabilities for {} answers", row.len(), q.answers.len()),
                    );
                }
            }
            for unless in &q.unless {
                let other = self.library.questions.iter().find(|o| o.record.id == unless.question).map(|o| &o.record);
                match other {
                    None => self.report(question, &unless.question, "unknown-id", format!("no question has the id `{}`", unless.question)),
                    Some(other) => {
                        for answer in unless.answers.iter().filter(|a| !other.answers.iter().any(|o| o.id == **a)) {
                            self.report(question, answer, "unknown-id", format!("`{}` has no answer `{answer}`", unless.question));
                        }
                    }
                }
            }
            for given in &q.given {
                self.known(question, "cause", &given.cause, &self.ids.causes.clone());
                self.sums_to_one(question, &given.cause, given.p.iter().copied());
            }
        }
    }

    fn small_records(&mut self) {
        for p in &self.library.preventions {
            self.text(p, "text", &p.record.text);
            self.sources(p, &p.record.sources);
        }
        for g in &self.library.grounds {
            self.text(g, "text", &g.record.text);
            self.text(g, "do", &g.record.act);
        }
        for p in &self.library.preconditions {
            self.text(p, "text", &p.record.text);
            self.text(p, "ask", &p.record.ask);
        }
        for c in &self.library.contexts {
            self.text(c, "text", &c.record.text);
            self.text(c, "why", &c.record.why);
            self.sources(c, &c.record.sources);
            for odds in &c.record.odds {
                let whole = odds.cause.strip_suffix('*').is_some_and(|c| self.ids.causes.iter().any(|id| id.starts_with(c)));
                if !whole {
                    self.known(c, "cause", &odds.cause, &self.ids.causes.clone());
                }
                if !(odds.factor.is_finite() && odds.factor > 0.0 && odds.factor <= 100.0) {
                    self.report(c, &odds.cause, "bad-odds", format!("the factor for `{}` must lie above 0 and not above 100", odds.cause));
                }
            }
        }
        for c in &self.library.contacts {
            self.text(c, "who", &c.record.who);
            self.sources(c, &c.record.sources);
            if c.record.have_ready.is_empty() {
                self.report(c, "have_ready", "missing-text", "say what the caller should have at hand".into());
            }
        }
        for card in &self.library.till_cards {
            self.text(card, "title", &card.record.title);
            for code in card.record.codes.iter().filter(|c| !self.ids.codes.contains(*c)) {
                let problem = self.library.problem(card, code, "unknown-id", format!("no code has the id `{code}`"));
                self.problems.push(problem);
            }
        }
        let namespaces: BTreeSet<&str> = self.library.lists.iter().map(|l| l.namespace.record.id.as_str()).collect();
        for label in &self.library.labels {
            for namespace in &label.record.namespaces {
                self.known(label, "namespace", namespace, &namespaces);
            }
        }
        for s in &self.library.sources {
            // Names of documents stay as their owners write them, so only presence is asked for.
            if s.record.title.is_incomplete() {
                self.report(s, "title", "missing-text", "`title` lacks one of its two languages".into());
            }
        }
    }

    /// Knowledge that nothing leads to is dead: a condition without code or words, a cause, step or prevention without use.
    fn nothing_is_stranded(&mut self) {
        let l = self.library;
        let causes: BTreeSet<&str> = l.conditions.iter().flat_map(|c| c.record.causes.iter().map(|x| x.id.as_str())).collect();
        let preventions: BTreeSet<&str> = l.causes.iter().flat_map(|c| c.record.prevent.iter().map(String::as_str)).collect();
        for cause in l.causes.iter().filter(|c| !causes.contains(c.record.id.as_str())) {
            self.report(cause, &cause.record.id, "stranded", format!("no condition names the cause `{}`", cause.record.id));
        }
        for step in &l.steps {
            if !step.record.repairs.iter().any(|r| causes.contains(r.cause.as_str())) {
                self.report(step, &step.record.id, "stranded", format!("nothing leads to the step `{}`", step.record.id));
            }
        }
        for p in l.preventions.iter().filter(|p| !preventions.contains(p.record.id.as_str())) {
            self.report(p, &p.record.id, "stranded", format!("no cause names the prevention `{}`", p.record.id));
        }
    }
}

/// The candidate with the fewest changed letters, if it is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.len() / 3).max(2);
    candidates.map(|c| (distance(word, c), c)).filter(|(d, _)| *d <= limit).min().map(|(_, c)| c)
}

/// Levenshtein distance in characters.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let changed = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
