//! The store as its callers see it, on real files.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use posdx_store::audit::Verdict;
use posdx_store::cases::{Ask, Closing, Level, Opening, State};
use posdx_store::{
    Bearer, Duty, LOCK_SECONDS, LOGIN_TRIES, Principal, Problem, Retention, SESSION_IDLE_SECONDS, SESSION_SECONDS, Store, StoreError,
};

const NOW: i64 = 1_790_000_000;
const WORDS: &str = "three red umbrellas";
/// A card number that passes the check digit, in the ways it might come in.
const PAN: &str = "6222021234567890128";

struct House {
    store: Store,
    _folder: tempfile::TempDir,
}

impl House {
    fn new() -> House {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("posdx.db")).expect("opens");
        for organisation in ["North", "South"] {
            let id = store.new_organisation(organisation, NOW).expect("made").id;
            for duty in Duty::ALL {
                store.new_user(id, &format!("{organisation}-{duty}"), *duty, WORDS, NOW).expect("made");
            }
        }
        House { store, _folder: folder }
    }

    fn person(&self, name: &str) -> Principal {
        self.store.log_in(name, WORDS, NOW).expect("logs in").0
    }
}

fn opening(title: &str) -> Opening {
    Opening { title: title.to_owned(), code: Some("lakala/C101".to_owned()), ..Opening::default() }
}

#[test]
fn a_case_lives_from_the_till_to_its_end() {
    let house = House::new();
    let (cashier, agent) = (house.person("North-cashier"), house.person("North-agent"));
    let case = house.store.scope(&cashier).open_case(&opening("通信失败"), NOW).expect("opened");
    assert_eq!((case.number, case.version, case.level, case.due_at), (1, 1, Level::Hotline, NOW + 900));
    let desk = house.store.scope(&agent);
    let case = desk.assign(1, case.version, Some("North-agent"), NOW + 10).expect("assigned");
    assert_eq!(case.assignee.as_deref(), Some("North-agent"));
    desk.annotate(1, "SIM 卡欠费", NOW + 20).expect("noted");
    let case = desk.escalate(1, case.version, None, NOW + 30).expect("one up");
    assert_eq!((case.level, case.assignee, case.due_at), (Level::SecondLine, None, NOW + 30 + 4 * 3600));
    let closing = Closing { cause: Some("network.sim-no-data".to_owned()), helped: Some("top-up-sim".to_owned()), note: None };
    let case = desk.close(1, case.version, &closing, NOW + 40).expect("closed");
    assert_eq!((case.state, case.cause.as_deref(), case.closed_at), (State::Closed, Some("network.sim-no-data"), Some(NOW + 40)));
    assert!(matches!(desk.escalate(1, case.version, None, NOW), Err(StoreError::Invalid { problem: Problem::Closed, .. })));
    let case = desk.reopen(1, case.version, NOW + 50).expect("again");
    assert_eq!(case.state, State::Open);
    let actions: Vec<String> = house
        .store
        .scope(&house.person("North-auditor"))
        .audit(0, 100)
        .expect("reads")
        .into_iter()
        .map(|e| e.action)
        .filter(|a| a.starts_with("case"))
        .collect();
    assert_eq!(actions, ["case.reopened", "case.closed", "case.escalated", "case.note", "case.assigned", "case.opened"]);
}

#[test]
fn a_change_of_an_older_version_is_refused_and_a_repeated_request_opens_one_case() {
    let house = House::new();
    let agent = house.person("North-agent");
    let desk = house.store.scope(&agent);
    let ask = Opening { request: Some("r-1".to_owned()), ..opening("a") };
    let first = desk.open_case(&ask, NOW).expect("opened");
    assert_eq!(desk.open_case(&ask, NOW + 5).expect("the same").number, first.number);
    desk.escalate(1, 1, Some(Level::Issuer), NOW).expect("up");
    assert!(matches!(desk.assign(1, 1, None, NOW), Err(StoreError::Stale)));
    assert!(matches!(desk.escalate(1, 2, None, NOW), Err(StoreError::Invalid { problem: Problem::LastLevel, .. })));
}

#[test]
fn two_organisations_cannot_reach_each_other() {
    let house = House::new();
    let north = house.person("North-operations");
    let south = house.person("South-operations");
    house.store.scope(&north).open_case(&opening("ours"), NOW).expect("opened");
    let other = house.store.scope(&south);
    assert!(other.cases(&Ask { most: 10, ..Ask::default() }).expect("empty").cases.is_empty());
    let missing = |r: Result<_, StoreError>| assert!(matches!(r, Err(StoreError::Missing(_))));
    missing(other.case(1).map(drop));
    missing(other.annotate(1, "x", NOW).map(drop));
    missing(other.assign(1, 1, None, NOW).map(drop));
    missing(other.escalate(1, 1, None, NOW).map(drop));
    missing(other.close(1, 1, &Closing::default(), NOW).map(drop));
    missing(other.reopen(1, 1, NOW).map(drop));
    missing(other.forget(1, NOW).map(drop));
    missing(other.change_user(north.user, Some(Duty::Cashier), None, NOW));
    assert_eq!(other.export(NOW, |_| Ok(())).expect("none"), 0);
    assert!(other.users().expect("own").iter().all(|u| u.name.starts_with("South")));
    // Their people cannot be given our cases either.
    let ours = house.store.scope(&north);
    missing(ours.assign(1, 1, Some("South-agent"), NOW).map(drop));
}

#[test]
fn every_duty_does_what_it_is_for_and_no_more() {
    let house = House::new();
    let agent = house.person("North-agent");
    house.store.scope(&agent).open_case(&opening("not the cashier's"), NOW).expect("opened");
    for duty in Duty::ALL {
        let person = house.person(&format!("North-{duty}"));
        let desk = house.store.scope(&person);
        let did = |r: Result<(), StoreError>| match r {
            Ok(()) => true,
            Err(StoreError::Forbidden | StoreError::Missing(_)) => false,
            Err(other) => panic!("{duty}: {other}"),
        };
        let sees = did(desk.case(1).map(drop));
        let opens = did(desk.open_case(&opening("mine"), NOW).map(drop));
        let version = desk.case(1).map_or(0, |c| c.version);
        let works = did(desk.escalate(1, version, Some(Level::Field), NOW).map(drop));
        let exports = did(desk.export(NOW, |_| Ok(())).map(drop));
        let manages = did(desk.new_user(&format!("new-by-{duty}"), Duty::Cashier, WORDS, NOW).map(drop));
        let audits = did(desk.audit(0, 1).map(drop));
        let expected = match duty {
            Duty::Cashier => [false, true, false, false, false, false],
            Duty::Agent | Duty::Engineer => [true, true, true, false, false, false],
            Duty::Operations => [true, true, true, true, true, false],
            Duty::Auditor => [true, false, false, true, false, true],
        };
        assert_eq!([sees, opens, works, exports, manages, audits], expected, "{duty}");
    }
}

#[test]
fn wrong_passwords_lock_the_account_for_a_while_and_unknown_names_look_the_same() {
    let house = House::new();
    for n in 1..LOGIN_TRIES {
        assert!(matches!(house.store.log_in("North-agent", "wrong", NOW), Err(StoreError::WrongLogin)), "{n}");
    }
    assert!(matches!(house.store.log_in("North-agent", "wrong", NOW), Err(StoreError::Locked(LOCK_SECONDS))));
    assert!(matches!(house.store.log_in("North-agent", WORDS, NOW + LOCK_SECONDS - 1), Err(StoreError::Locked(1))));
    house.store.log_in("North-agent", WORDS, NOW + LOCK_SECONDS).expect("open again");
    assert!(matches!(house.store.log_in("nobody", WORDS, NOW), Err(StoreError::WrongLogin)));
}

#[test]
fn sessions_end_by_idling_by_age_by_logout_and_with_the_account() {
    let house = House::new();
    let (agent, token) = house.store.log_in("North-agent", WORDS, NOW).expect("in");
    house.store.session(&token, NOW + SESSION_IDLE_SECONDS - 1).expect("still there");
    assert!(matches!(house.store.session(&token, NOW + 2 * SESSION_IDLE_SECONDS), Err(StoreError::NotLoggedIn)));
    let mut now = NOW;
    while now < NOW + SESSION_SECONDS - 600 {
        now += 600;
        house.store.session(&token, now).expect("busy");
    }
    assert!(matches!(house.store.session(&token, NOW + SESSION_SECONDS), Err(StoreError::NotLoggedIn)));
    let (_, token) = house.store.log_in("North-agent", WORDS, NOW).expect("in");
    assert!(token.form_token_holds(&token.form_token()) && !token.form_token_holds("x"));
    house.store.log_out(&token).expect("out");
    assert!(matches!(house.store.session(&token, NOW), Err(StoreError::NotLoggedIn)));
    let (_, token) = house.store.log_in("North-agent", WORDS, NOW).expect("in");
    let boss = house.person("North-operations");
    house.store.scope(&boss).change_user(agent.user, None, Some(false), NOW).expect("shut");
    assert!(matches!(house.store.session(&token, NOW), Err(StoreError::NotLoggedIn)));
    assert!(matches!(house.store.log_in("North-agent", WORDS, NOW), Err(StoreError::WrongLogin)));
    assert!(matches!(house.store.scope(&boss).change_user(boss.user, None, Some(false), NOW), Err(StoreError::Forbidden)));
}

#[test]
fn an_api_token_carries_no_more_than_its_person_and_ends() {
    let house = House::new();
    let boss = house.person("North-operations");
    let desk = house.store.scope(&boss);
    let token = desk.new_token("till 3", Duty::Cashier, 3600, NOW).expect("made");
    assert!(!format!("{token:?}").contains(token.reveal()));
    let program = house.store.bearer(&Bearer::from_holder(token.reveal()), NOW).expect("known");
    assert!(matches!(house.store.scope(&program).export(NOW, |_| Ok(())), Err(StoreError::Forbidden)));
    house.store.scope(&program).open_case(&opening("by a program"), NOW).expect("a cashier's right");
    assert!(matches!(desk.new_token("too much", Duty::Auditor, 3600, NOW), Err(StoreError::Forbidden)));
    assert!(matches!(house.store.bearer(&token, NOW + 3600), Err(StoreError::NotLoggedIn)));
    let listed = desk.tokens().expect("listed");
    assert_eq!((listed.len(), listed[0].label.as_str(), listed[0].used_at), (1, "till 3", Some(NOW)));
    desk.end_token(listed[0].id, NOW).expect("ended");
    assert!(matches!(house.store.bearer(&token, NOW), Err(StoreError::NotLoggedIn)));
}

#[test]
fn a_changed_a_missing_and_a_cut_off_row_of_the_trail_show() {
    let house = House::new();
    let agent = house.person("North-agent");
    for n in 0..5 {
        house.store.scope(&agent).open_case(&opening(&format!("case {n}")), NOW + n).expect("opened");
    }
    let heads: Vec<_> = house.store.verify_audit().expect("reads");
    let Some(Verdict::Whole { head, .. }) =
        heads.iter().find(|v| matches!(v, Verdict::Whole { head, .. } if head.organisation == agent.organisation))
    else {
        panic!("{heads:?}")
    };
    assert!(house.store.holds_head(head).expect("reads"));
    // Somebody with the file and a tool of their own: the trigger is no wall against that, the chain is a witness.
    let tool = rusqlite::Connection::open(house.store.path()).expect("opens");
    assert!(tool.execute("UPDATE audit SET actor = 'somebody else' WHERE sequence = 3", []).is_err(), "the trigger refuses");
    tool.execute_batch("DROP TRIGGER audit_keeps").expect("dropped");
    let broken = |organisation| {
        house.store.verify_audit().expect("reads").into_iter().find_map(|v| match v {
            Verdict::Broken { organisation: o, sequence } if o == organisation => Some(sequence),
            _ => None,
        })
    };
    tool.execute("DELETE FROM audit WHERE organisation = ?1 AND sequence = ?2", (agent.organisation, head.sequence)).expect("cut off");
    assert_eq!(broken(agent.organisation), None, "a cut end does not show by itself");
    assert!(!house.store.holds_head(head).expect("reads"), "the head kept elsewhere shows it");
    tool.execute("UPDATE audit SET actor = 'somebody else' WHERE organisation = ?1 AND sequence = 3", [agent.organisation])
        .expect("changed");
    assert_eq!(broken(agent.organisation), Some(3));
    tool.execute("DELETE FROM audit WHERE organisation = ?1 AND sequence = 2", [agent.organisation]).expect("taken");
    assert_eq!(broken(agent.organisation), Some(2));
}

#[test]
fn a_backup_comes_back_while_others_read_and_a_damaged_one_changes_nothing() {
    let house = House::new();
    let folder = tempfile::tempdir().expect("a folder");
    let agent = house.person("North-agent");
    let desk = house.store.scope(&agent);
    desk.open_case(&opening("before"), NOW).expect("opened");
    let copy = folder.path().join("copy.db");
    house.store.backup(&copy, NOW).expect("copied");
    assert!(house.store.backup(&copy, NOW).is_err(), "nothing is overwritten");
    desk.open_case(&opening("after"), NOW).expect("opened");

    let damaged = folder.path().join("damaged.db");
    let mut bytes = std::fs::read(&copy).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle..].iter_mut().for_each(|b| *b ^= 0x5A);
    std::fs::write(&damaged, bytes).expect("written");
    let error = house.store.restore(&damaged, &folder.path().join("spare-1.db"), NOW).expect_err("damaged");
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    assert!(house.store.restore(&folder.path().join("no such"), &folder.path().join("spare-2.db"), NOW).is_err());
    assert_eq!(desk.case(2).expect("still there").title, "after");

    house.store.restore(&copy, &folder.path().join("spare.db"), NOW).expect("restored");
    assert!(matches!(desk.case(2), Err(StoreError::Missing(_))));
    assert_eq!(desk.case(1).expect("back").title, "before");
    house.store.check().expect("whole");
    assert!(house.store.verify_audit().expect("reads").iter().all(|v| matches!(v, Verdict::Whole { .. })));
    let spare = Store::open(&folder.path().join("spare.db")).expect("opens");
    assert_eq!(spare.scope(&agent).case(2).expect("what was there is kept").title, "after");
    assert_eq!(
        std::fs::read_dir(folder.path())
            .expect("listed")
            .filter(|f| f.as_ref().is_ok_and(|f| f.path().to_string_lossy().contains("trial")))
            .count(),
        0
    );
}

#[test]
fn a_file_of_a_newer_posdx_is_left_alone() {
    let house = House::new();
    let tool = rusqlite::Connection::open(house.store.path()).expect("opens");
    tool.pragma_update(None, "user_version", 99).expect("set");
    let error = Store::open(house.store.path()).err().expect("refused").to_string();
    assert!(error.contains("99") && error.contains("newer"), "{error}");
    let text = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(text.path(), "this is no database, it is a letter to a friend; long enough to be looked at".repeat(50))
        .expect("written");
    assert!(matches!(Store::open(text.path()), Err(StoreError::Damaged(_))));
}

#[test]
fn retention_erases_old_contents_and_moves_the_start_of_the_trail() {
    let house = House::new();
    let agent = house.person("North-agent");
    let desk = house.store.scope(&agent);
    desk.open_case(&opening("old"), NOW).expect("opened");
    desk.close(1, 1, &Closing { cause: Some("x.y".to_owned()), ..Closing::default() }, NOW).expect("closed");
    desk.open_case(&opening("open"), NOW).expect("opened");
    let later = NOW + 400 * 86_400;
    let swept = house.store.sweep(Retention { case_days: 366, audit_days: 300 }, later).expect("swept");
    assert!(swept.cases == 1 && swept.audit > 5 && swept.logins > 0, "{swept:?}");
    let case = desk.case(1).expect("its skeleton");
    assert_eq!((case.title.as_str(), case.cause.as_deref(), case.forgotten_at), ("", Some("x.y"), Some(later)));
    assert_eq!(desk.case(2).expect("open ones stay").title, "open");
    desk.annotate(2, "the chain goes on", later).expect("noted");
    assert!(house.store.verify_audit().expect("reads").iter().all(|v| matches!(v, Verdict::Whole { .. })));
}

#[test]
fn no_card_number_reaches_the_file_in_any_way() {
    let house = House::new();
    let agent = house.person("North-operations");
    let desk = house.store.scope(&agent);
    let spaced = "6222 0212 3456 7890 128";
    let mut evidence = serde_json::Map::new();
    evidence
        .insert("message".to_owned(), serde_json::json!({ "2": PAN, "log": [format!("pan={PAN}"), spaced], PAN: 6222021234567890128u64 }));
    let all = Opening {
        title: format!("card {PAN} refused"),
        code: Some(PAN.to_owned()),
        condition: Some(format!("x{PAN}")),
        context: evidence.clone(),
        evidence,
        request: Some(spaced.to_owned()),
    };
    desk.open_case(&all, NOW).expect("opened");
    desk.annotate(1, &format!("the buyer's card {spaced}"), NOW).expect("noted");
    let closing = Closing { cause: Some(PAN.to_owned()), helped: Some(PAN.to_owned()), note: Some(PAN.to_owned()) };
    desk.close(1, 1, &closing, NOW).expect("closed");
    desk.new_token(PAN, Duty::Agent, 60, NOW).expect("made");
    desk.new_user(&format!("u {PAN}"), Duty::Agent, WORDS, NOW).expect("made");
    house.store.new_organisation(PAN, NOW).expect("made");
    let mut seen = 0;
    for ending in ["", "-wal"] {
        let mut name = house.store.path().as_os_str().to_owned();
        name.push(ending);
        let bytes = std::fs::read(name).expect("read");
        seen += bytes.len();
        for needle in [PAN, spaced, "021234567890"] {
            assert!(!bytes.windows(needle.len()).any(|w| w == needle.as_bytes()), "{needle} in the file{ending}");
        }
    }
    assert!(seen > 10_000);
}

#[test]
fn search_finds_words_and_takes_wildcards_for_themselves() {
    let house = House::new();
    let agent = house.person("North-agent");
    let desk = house.store.scope(&agent);
    for n in 0..25 {
        desk.open_case(&opening(&format!("通信失败 {n}%")), NOW + n).expect("opened");
    }
    desk.annotate(7, "路由器 reset", NOW).expect("noted");
    let find = |words: &str| desk.cases(&Ask { words: words.to_owned(), most: 50, ..Ask::default() }).expect("found").cases.len();
    assert_eq!((find("通信"), find("路由器 reset"), find("7%"), find("_"), find("C101 通信")), (25, 1, 2, 0, 25));
    let page = desk.cases(&Ask { most: 10, ..Ask::default() }).expect("found");
    assert_eq!((page.cases.len(), page.cases[0].number, page.next), (10, 25, Some(16)));
    let last = desk.cases(&Ask { most: 10, after: Some(6), ..Ask::default() }).expect("found");
    assert_eq!((last.cases.len(), last.next), (5, None));
}
