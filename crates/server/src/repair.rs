//! A guided repair over HTTP keeps nothing on the server: the address holds the session.
//!
//! A session is the list of what was told and done; everything else is computed from it. So it can be written into the address whole:
//! the browser's back button goes back, a link hands the repair over, a restart of the server loses nothing, and there is no memory to
//! fill. It needs no signature: whoever changes it only gets advice for another story, and nothing in it is secret or about a card.

use posdx_explain::repair::{Entry, LastSale, Model, Session, State as Standpoint, Subject, View, state as evaluate, view};
use posdx_explain::{Reading, explain_code, explain_condition};

use crate::base64;
use crate::problem::{Kind, Problem};
use crate::state::State;

/// Situations that one piece of advice may look into: some 20 ms. Counted, not timed, so that the same address gives the same page on any
/// machine, however busy.
const LOOKS_MAX: usize = 100;
/// Entries of one session.
pub const ENTRIES_MAX: usize = 100;
/// Characters of an address.
const ADDRESS_MAX: usize = 12 * 1024;
/// How the address is written.
const VERSION: &str = "1";

/// The session as a part of an address.
pub fn address(session: &Session) -> String {
    let subject = &session.subject;
    let mut lines = vec![
        VERSION.to_owned(),
        session.catalogue.clone(),
        subject.code.clone().unwrap_or_default(),
        subject.condition.clone(),
        session.contexts.join(" "),
    ];
    let word = |yes: Option<bool>| match yes {
        Some(true) => "y",
        Some(false) => "n",
        None => "-",
    };
    lines.extend(session.entries.iter().map(|entry| match entry {
        Entry::LastSale { found } => format!("l {found}"),
        Entry::Told { question, answer } => format!("t {question} {}", answer.as_deref().unwrap_or("-")),
        Entry::Did { step, helped } => format!("d {step} {}", word(*helped)),
        Entry::Holds { precondition, holds } => format!("h {precondition} {}", word(Some(*holds))),
    }));
    base64::encode(lines.join("\n").as_bytes())
}

/// The session of an address.
pub fn session(address: &str) -> Result<Session, Problem> {
    let broken = || {
        Problem::new(
            Kind::NotKnown,
            "这个维修记录的地址不完整。请从头开始。",
            "The address of this repair is not whole. Please begin again.",
        )
    };
    if address.len() > ADDRESS_MAX {
        return Err(broken());
    }
    let text = base64::decode(address).and_then(|b| String::from_utf8(b).ok()).ok_or_else(broken)?;
    let mut lines = text.split('\n');
    let mut next = || lines.next().ok_or_else(broken);
    if next()? != VERSION {
        return Err(broken());
    }
    let catalogue = next()?.to_owned();
    let code = Some(next()?.to_owned()).filter(|c| !c.is_empty());
    let subject = Subject { code, condition: next()?.to_owned() };
    let contexts = next()?.split(' ').filter(|c| !c.is_empty()).map(ToOwned::to_owned).collect();
    let entries: Vec<Entry> = lines.map(|line| entry(line).ok_or_else(broken)).collect::<Result<_, _>>()?;
    if entries.len() > ENTRIES_MAX {
        return Err(too_long());
    }
    Ok(plain(catalogue, subject, contexts, entries))
}

/// A session about no terminal in particular, led with the knowledge as it was shipped.
fn plain(catalogue: String, subject: Subject, contexts: Vec<String>, entries: Vec<Entry>) -> Session {
    let schema = "posdx.session/1".into();
    Session { schema, catalogue, subject, contexts, terminal: Default::default(), overlay: None, cause: None, entries }
}

fn entry(line: &str) -> Option<Entry> {
    let mut words = line.split(' ');
    let (kind, id, word) = (words.next()?, words.next()?.to_owned(), words.next());
    let yes = |word: Option<&str>| match word {
        Some("y") => Some(Some(true)),
        Some("n") => Some(Some(false)),
        Some("-") => Some(None),
        _ => None,
    };
    Some(match kind {
        "l" => Entry::LastSale { found: id.parse::<LastSale>().ok()? },
        "t" => Entry::Told { question: id, answer: word.filter(|w| *w != "-").map(ToOwned::to_owned) },
        "d" => Entry::Did { step: id, helped: yes(word)? },
        "h" => Entry::Holds { precondition: id, holds: yes(word)?? },
        _ => return None,
    })
}

fn too_long() -> Problem {
    Problem::new(Kind::Contradiction, format!("一次维修最多 {ENTRIES_MAX} 步。"), format!("A repair has at most {ENTRIES_MAX} steps."))
}

/// A new session about a reading.
pub fn begin(state: &State, reading: &Reading, contexts: Vec<String>) -> Result<Session, Problem> {
    let catalogue = state.catalogue();
    if let Some(id) = contexts.iter().find(|id| catalogue.context(id).is_none()) {
        let known: Vec<String> = catalogue.contexts().map(|c| c.id).collect();
        let known = known.join(", ");
        return Err(Problem::input(format!("没有情况“{id}”。有这些：{known}"), format!("There is no context `{id}`. Known: {known}")));
    }
    let subject = Subject { code: reading.code.as_ref().map(|c| c.id.clone()), condition: reading.condition.clone() };
    let catalogue = catalogue.version().to_owned();
    Ok(plain(catalogue, subject, contexts, Vec::new()))
}

/// Where a session stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The session.
    pub session: Session,
    /// The numbers behind it.
    pub model: Model,
    /// What follows from them.
    pub now: Standpoint,
    /// The same, as surfaces show it.
    pub view: View,
}

/// Computes where a session stands.
pub fn stand(state: &State, session: Session) -> Result<Standing, Problem> {
    let catalogue = state.catalogue();
    let code = session.subject.code.as_deref().and_then(|id| id.split_once('/'));
    let reading = code
        .and_then(|(list, value)| explain_code(catalogue, list, value))
        .or_else(|| explain_condition(catalogue, &session.subject.condition));
    let model = reading.and_then(|reading| Model::compile(catalogue, &reading, &session.contexts)).ok_or_else(|| {
        Problem::new(
            Kind::NotKnown,
            "目录里没有这次维修要修的问题。请从头开始。",
            "The catalogue does not have what this repair is about. Please begin again.",
        )
    })?;
    if session.entries.len() > ENTRIES_MAX {
        return Err(too_long());
    }
    let mut looks = 0;
    let mut go_on = || {
        looks += 1;
        looks < LOOKS_MAX
    };
    let now = evaluate(&model, &session.entries, &mut go_on).map_err(|e| {
        Problem::new(Kind::Contradiction, format!("第 {} 条：{}", e.entry, e.text.zh), format!("Entry {}: {}", e.entry, e.text.en))
            .with("entry", e.entry.into())
    })?;
    let view = view(catalogue, &model, &session.entries, &now);
    Ok(Standing { session, model, now, view })
}

/// The session with one more entry.
pub fn with(session: &Session, entry: Entry) -> Session {
    let mut next = session.clone();
    next.entries.push(entry);
    next
}

/// The session as it was after `count` entries.
pub fn cut(session: &Session, count: usize) -> Session {
    let mut before = session.clone();
    before.entries.truncate(count);
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Session {
        plain(
            "2026.11.0+abc".into(),
            Subject { code: Some("lakala/错误代码4".into()), condition: "comm.no-response".into() },
            vec!["after-update".into()],
            vec![
                Entry::LastSale { found: LastSale::CannotTell },
                Entry::Told { question: "network-kind".into(), answer: Some("wifi".into()) },
                Entry::Told { question: "others-work".into(), answer: None },
                Entry::Did { step: "restart".into(), helped: Some(false) },
                Entry::Did { step: "restart".into(), helped: None },
                Entry::Holds { precondition: "batch-empty".into(), holds: true },
            ],
        )
    }

    #[test]
    fn an_address_holds_the_whole_session() {
        let session = example();
        assert_eq!(super::session(&address(&session)).expect("ours"), session);
        let bare = Session { contexts: Vec::new(), entries: Vec::new(), subject: Subject { code: None, ..session.subject }, ..session };
        assert_eq!(super::session(&address(&bare)).expect("ours"), bare);
    }

    #[test]
    fn a_broken_address_is_refused() {
        let whole = address(&example());
        for broken in ["", "AAAA", "!", &whole[1..], &base64::encode(b"1\nv\n\nx\n\nz q"), &base64::encode(b"2\nv\n\nx\n")] {
            assert!(super::session(broken).is_err(), "{broken}");
        }
        let mut long = example();
        long.entries = vec![Entry::Holds { precondition: "p".into(), holds: true }; ENTRIES_MAX + 1];
        assert!(super::session(&address(&long)).is_err());
    }
}
