//! The inference against the definition: every posterior, probability and explanation is recomputed by enumerating all states.
#![allow(clippy::type_complexity, reason = "generated shapes of a test")]
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use posdx_diagnosis::network::{
    Clash, Compiled, Cpt, Evidence, Finding, InferenceError, Limits, Network, NetworkError, NetworkFault, Node, NoisyMax, Posteriors,
};
use proptest::prelude::*;

const TANK: &str = r#"// a small network with everything the grammar allows
network "empty tank" { property "author = us; really" ; }
variable fuel { type discrete [ 2 ] { full, empty }; property position = (73, 165) ; }
variable battery { type discrete[2] { ok flat }; /* commas
   are optional */ }
variable "the gauge" { type discrete [ 3 ] { "reads full", half, 0 }; }
probability ( "the gauge" | fuel, battery ) {
  (full, ok) 0.9, 9E-2, 1e-2;
  default 0.05, 0.05, 0.9;
  (full, flat) 0.2 0.3 0.5;
}
probability ( fuel ) { table 0.8, 0.2; }
probability ( battery | fuel ) { table 0.7, 0.6, 0.3, 0.4; }
"#;

fn node(name: &str, card: usize, parents: &[usize], cpt: Cpt) -> Node {
    Node { name: name.into(), states: (0..card).map(|s| format!("s{s}")).collect(), parents: parents.to_vec(), cpt, properties: vec![] }
}

/// P(node = state | parents) straight from the definition.
fn conditional(network: &Network, i: usize, x: &[usize]) -> f64 {
    let n = &network.nodes()[i];
    match &n.cpt {
        Cpt::Table(table) => {
            let row = n.parents.iter().fold(0, |row, p| row * network.nodes()[*p].states.len() + x[*p]);
            table[row * n.states.len() + x[i]]
        }
        Cpt::Noisy(noisy) => {
            // Independent effects, one per parent and one of the leak: sum over all of them whose extreme is x[i].
            let card = n.states.len();
            let rows: Vec<&[f64]> = std::iter::once(&noisy.leak[..])
                .chain(noisy.links.iter().zip(&n.parents).map(|(l, p)| &l[x[*p] * card..(x[*p] + 1) * card]))
                .collect();
            let reach = |s: usize| match noisy.combine {
                posdx_diagnosis::network::Combine::Highest => rows.iter().map(|r| r[..=s].iter().sum::<f64>()).product::<f64>(),
                posdx_diagnosis::network::Combine::Lowest => rows.iter().map(|r| r[s..].iter().sum::<f64>()).product::<f64>(),
            };
            match noisy.combine {
                posdx_diagnosis::network::Combine::Highest => reach(x[i]) - if x[i] > 0 { reach(x[i] - 1) } else { 0.0 },
                posdx_diagnosis::network::Combine::Lowest => reach(x[i]) - if x[i] + 1 < card { reach(x[i] + 1) } else { 0.0 },
            }
        }
        _ => unreachable!("a new kind of table"),
    }
}

struct Brute {
    p: f64,
    posteriors: Vec<Vec<f64>>,
    best: f64,
}

fn brute(network: &Network, evidence: &Evidence) -> Brute {
    let cards: Vec<usize> = network.nodes().iter().map(|n| n.states.len()).collect();
    let mut out = Brute { p: 0.0, posteriors: cards.iter().map(|c| vec![0.0; *c]).collect(), best: 0.0 };
    let mut x = vec![0; cards.len()];
    for mut code in 0..cards.iter().product::<usize>() {
        for (xi, c) in x.iter_mut().zip(&cards) {
            *xi = code % c;
            code /= c;
        }
        let p = joint(network, evidence, &x);
        out.p += p;
        out.best = out.best.max(p);
        out.posteriors.iter_mut().zip(&x).for_each(|(row, s)| row[*s] += p);
    }
    out.posteriors.iter_mut().flatten().for_each(|v| *v /= out.p);
    out
}

fn joint(network: &Network, evidence: &Evidence, x: &[usize]) -> f64 {
    let p: f64 = (0..x.len()).map(|i| conditional(network, i, x)).product();
    evidence.iter().fold(p, |p, (n, f)| match f {
        Finding::State(s) => p * f64::from(u8::from(x[n] == *s)),
        Finding::Likelihood(l) => p * l[x[n]],
    })
}

fn all(network: &Network) -> Vec<usize> {
    (0..network.nodes().len()).collect()
}

fn same(network: &Network, evidence: &Evidence, found: &Result<Posteriors, InferenceError>) {
    let truth = brute(network, evidence);
    match found {
        Ok(found) => {
            assert!((found.p_evidence - truth.p).abs() <= 1e-9 * truth.p.max(1e-3), "{} against {}", found.p_evidence, truth.p);
            assert!((found.log_p - truth.p.ln()).abs() <= 1e-9);
            for (n, p) in found.iter() {
                for (a, b) in p.iter().zip(&truth.posteriors[n]) {
                    assert!((a - b).abs() <= 1e-9, "node {n}: {p:?} against {:?} under {evidence:?}", truth.posteriors[n]);
                }
            }
        }
        Err(InferenceError::Impossible(clashes)) => {
            assert!(truth.p < 1e-15, "{}", truth.p);
            // The named set is impossible by itself, and nothing in it can be left out.
            let part = |skip: Option<usize>| {
                let mut e = Evidence::new();
                for (k, c) in clashes.iter().enumerate().filter(|(k, _)| Some(*k) != skip) {
                    let n = network.find(&c.node).unwrap_or_else(|| panic!("clash {k} names no node"));
                    e.set(n, evidence.iter().find(|f| f.0 == n).expect("sound").1.clone());
                }
                brute(network, &e).p
            };
            assert!(part(None) < 1e-15);
            (0..clashes.len()).for_each(|k| assert!(part(Some(k)) > 0.0, "{clashes:?}"));
        }
        Err(other) => panic!("{other}"),
    }
}

/// Random networks of up to 8 nodes with 1 to 3 states: zeros in the tables, noisy nodes, parts that are not connected.
fn networks() -> impl Strategy<Value = Network> {
    let spec = (1usize..=3, any::<u8>(), any::<bool>(), prop::collection::vec(prop_oneof![1 => Just(0.0), 4 => 0.01f64..1.0], 256));
    prop::collection::vec(spec, 1..=8).prop_map(|specs| {
        let cards: Vec<usize> = specs.iter().map(|s| s.0).collect();
        let mut nodes = Vec::new();
        for (i, (card, mask, noisy, numbers)) in specs.into_iter().enumerate() {
            let parents: Vec<usize> = (0..i).filter(|p| mask >> p & 1 == 1).take(if noisy { 6 } else { 4 }).collect();
            let mut numbers = numbers.into_iter().cycle();
            let mut row = || {
                let mut r: Vec<f64> = (0..card).map(|_| numbers.next().unwrap_or(0.5)).collect();
                let sum: f64 = r.iter().sum();
                if sum > 0.0 {
                    r.iter_mut().for_each(|v| *v /= sum)
                } else {
                    r[0] = 1.0
                }
                r
            };
            let mut rows = |n: usize| (0..n).flat_map(|_| row()).collect::<Vec<f64>>();
            let cpt = if noisy {
                let combine =
                    if mask > 99 { posdx_diagnosis::network::Combine::Highest } else { posdx_diagnosis::network::Combine::Lowest };
                Cpt::Noisy(NoisyMax { combine, leak: rows(1), links: parents.iter().map(|p| rows(cards[*p])).collect() })
            } else {
                Cpt::Table(rows(parents.iter().map(|p| cards[*p]).product()))
            };
            nodes.push(node(&format!("n{i}"), card, &parents, cpt));
        }
        Network::new("random", nodes).expect("sound")
    })
}

fn evidences() -> impl Strategy<Value = Vec<Vec<(u8, u8, Option<[u8; 3]>)>>> {
    let soft = prop::option::weighted(0.3, prop::array::uniform3(0u8..4));
    prop::collection::vec(prop::collection::vec((any::<u8>(), any::<u8>(), soft), 0..5), 1..6)
}

fn evidence(network: &Network, raw: &[(u8, u8, Option<[u8; 3]>)]) -> Evidence {
    let mut e = Evidence::new();
    for (n, s, soft) in raw {
        let n = *n as usize % network.nodes().len();
        let card = network.nodes()[n].states.len();
        match soft {
            Some(l) if l[..card].iter().any(|v| *v > 0) => e.weigh(n, l[..card].iter().map(|v| f64::from(*v) / 3.0).collect()),
            _ => e.observe(n, *s as usize % card),
        };
    }
    e
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// One session over changing evidence and targets gives what the definition gives, at every step.
    #[test]
    fn exact_and_incremental(network in networks(), raws in evidences(), pick in any::<u16>()) {
        let compiled = Compiled::new(&network, Limits::default()).unwrap();
        let mut session = compiled.session();
        for (k, raw) in raws.iter().enumerate() {
            let e = evidence(&network, raw);
            let some: Vec<usize> = all(&network).into_iter().filter(|i| pick >> ((i + k) % 16) & 1 == 1).collect();
            same(&network, &e, &session.query(&e, &some));
            same(&network, &e, &session.query(&e, &all(&network)));
            same(&network, &e, &compiled.query(&e, &[]));
        }
    }

    /// The explanation is as probable as the best there is, and its probability is its own.
    #[test]
    fn most_probable(network in networks(), raws in evidences()) {
        let compiled = Compiled::new(&network, Limits::default()).unwrap();
        let e = evidence(&network, &raws[0]);
        let truth = brute(&network, &e);
        match compiled.explain_most_probable(&e) {
            Ok(found) => {
                let x: Vec<usize> = found.states.iter().map(|s| s.unwrap()).collect();
                prop_assert!((found.p - truth.best).abs() <= 1e-9 * truth.best.max(1e-6));
                prop_assert!((joint(&network, &e, &x) - truth.best).abs() <= 1e-9);
            }
            Err(InferenceError::Impossible(_)) => prop_assert!(truth.p < 1e-15),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    /// Leaving barren nodes out changes no answer.
    #[test]
    fn pruned(network in networks(), raws in evidences(), target in any::<u8>()) {
        let e = evidence(&network, &raws[0]);
        let target = target as usize % network.nodes().len();
        let observed: Vec<usize> = e.iter().map(|f| f.0).collect();
        let compiled = Compiled::for_question(&network, Limits::default(), &observed, &[target]).unwrap();
        same(&network, &e, &compiled.query(&e, &[target]));
    }

    /// Written and read again is the same network, bit for bit, in both formats. (Noisy nodes come back as tables.)
    #[test]
    fn round_trips(network in networks()) {
        let once = Network::read_bif(&network.write_bif().unwrap()).unwrap();
        prop_assert_eq!(&once, &Network::read_bif(&once.write_bif().unwrap()).unwrap());
        let xml = Network::read_xmlbif(&once.write_xmlbif().unwrap()).unwrap();
        prop_assert_eq!(once.nodes(), xml.nodes());
        if network.nodes().iter().all(|n| matches!(n.cpt, Cpt::Table(_))) {
            prop_assert_eq!(network.nodes(), once.nodes());
        }
    }

    /// Any bytes are survived.
    #[test]
    fn any_text(text in "[ -~\n]{0,200}", cut in any::<prop::sample::Index>(), junk in "\\PC{0,3}") {
        let _ = (Network::read_bif(&text), Network::read_xmlbif(&text));
        let at = cut.index(TANK.len());
        let _ = Network::read_bif(&format!("{}{junk}{}", &TANK[..at], &TANK[at..]));
        let xml = tank().write_xmlbif().unwrap();
        let at = cut.index(xml.len());
        if xml.is_char_boundary(at) {
            let _ = Network::read_xmlbif(&format!("{}{junk}{}", &xml[..at], &xml[at..]));
        }
    }
}

fn tank() -> Network {
    Network::read_bif(TANK).expect("sound")
}

#[test]
fn the_whole_grammar_is_read() {
    let network = tank();
    assert_eq!(network.name(), "empty tank");
    assert_eq!(network.properties(), ["\"author = us; really\""]);
    assert_eq!(network.nodes()[0].properties, ["position = (73, 165)"]);
    let Cpt::Table(gauge) = &network.nodes()[2].cpt else { panic!() };
    assert_eq!(gauge[..6], [0.9, 0.09, 0.01, 0.2, 0.3, 0.5]);
    assert_eq!(gauge[6..9], gauge[9..]);
    // In `table` the child counts slowest.
    assert_eq!(network.nodes()[1].cpt, Cpt::Table(vec![0.7, 0.3, 0.6, 0.4]));
    assert_eq!(network, Network::read_bif(&network.write_bif().unwrap()).unwrap());
    assert_eq!(network, Network::read_xmlbif(&network.write_xmlbif().unwrap()).unwrap());
}

#[test]
fn every_cut_is_survived_and_placed() {
    let whole = tank().nodes().len();
    for at in 0..TANK.trim_end().len() {
        match Network::read_bif(&TANK[..at]) {
            Ok(network) => assert!(network.nodes().len() < whole, "cut at {at}"),
            Err(error) => assert!(error.position.is_some(), "cut at {at}: {error}"),
        }
    }
    let xml = tank().write_xmlbif().unwrap();
    for at in (0..xml.trim_end().len()).filter(|at| xml.is_char_boundary(*at)) {
        assert!(Network::read_xmlbif(&xml[..at]).unwrap_err().position.is_some());
    }
}

#[test]
fn faults_are_named_and_placed() {
    let cases: &[(&str, &str, &str)] = &[
        ("{ full, empty }", "{ full }", "line 3, column 17: expected 2 states, found 1"),
        ("[ 2 ]", "[ two ]", "line 3, column 33: expected the number of states, found `two`"),
        ("(full, flat)", "(full, dead)", "line 10, column 10: unknown state of `battery` (it has: ok, flat) `dead`"),
        ("(full, flat)", "(full, ok)", "line 10, column 3: row of `the gauge for (full, ok)` is given twice"),
        (
            "(full, flat) 0.2",
            "(full, flat) 0.4",
            "line 7, column 15: the probabilities of `the gauge` for (full, flat) add up to 1.2, not 1",
        ),
        ("9E-2", "nine", "line 8, column 19: expected a number, found `nine`"),
        ("default 0.05, 0.05, 0.9;", "", "line 7, column 15: variable `the gauge` has no probabilities for (empty, ok)"),
        ("table 0.8, 0.2", "table 0.8", "line 12, column 24: variable `fuel` needs 2 numbers here, 1 are given"),
        ("table 0.8, 0.2", "table 1.8, -0.8", "line 12, column 15: 1.8 is not a probability (variable `fuel`)"),
        ("( battery | fuel )", "( battery | fool )", "line 13, column 25: unknown variable `fool`"),
        ("are optional */", "are optional", "line 4, column 50: expected `*/` at the end of this comment, found the end of the text"),
        (
            "type discrete[2]",
            "type continuous",
            "line 4, column 25: expected `discrete` (other types are not supported), found `continuous`",
        ),
    ];
    for (from, to, expected) in cases {
        let text = TANK.replacen(from, to, 1);
        assert_ne!(text, TANK, "{from}");
        assert_eq!(Network::read_bif(&text).unwrap_err().to_string(), *expected, "{to}");
    }
    let xml = tank().write_xmlbif().unwrap();
    for (from, to, expected) in [
        ("<GIVEN>fuel<", "<GIVEN>fool<", "unknown variable `fool`"),
        ("nature\">\n  <NAME>fuel", "utility\">\n  <NAME>fuel", "expected a variable of type `nature` (chance), found `utility`"),
        ("<TABLE>0.8 ", "<TABLE>", "variable `fuel` needs 2 numbers here, 1 are given"),
    ] {
        let error = Network::read_xmlbif(&xml.replacen(from, to, 1)).unwrap_err();
        assert!(error.position.is_some() && error.to_string().ends_with(expected), "{error}");
    }
}

#[test]
fn cycles_are_named() {
    let half = || Cpt::Table(vec![0.5; 4]);
    let nodes = vec![node("a", 2, &[2], half()), node("b", 2, &[0], half()), node("c", 2, &[1], half())];
    let error = Network::new("ring", nodes).unwrap_err();
    let NetworkFault::Cycle(names) = &error.fault else { panic!("{error}") };
    assert_eq!(names.len(), 4);
    // Each is a parent of the next.
    assert!(["a b c a", "b c a b", "c a b c"].contains(&names.join(" ").as_str()), "{names:?}");
}

#[test]
fn rounding_is_normalised_and_more_is_not() {
    let read =
        |row: &str| Network::read_bif(&format!("variable a {{ type discrete [3] {{ x, y, z }}; }} probability ( a ) {{ table {row}; }}"));
    let Cpt::Table(row) = read("0.333, 0.333, 0.333").unwrap().nodes()[0].cpt.clone() else { panic!() };
    assert!(row.iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-15));
    assert!(matches!(read("0.3, 0.3, 0.3"), Err(NetworkError { fault: NetworkFault::RowSum { .. }, .. })));
    assert!(matches!(read("nan, 0.5, 0.5"), Err(NetworkError { fault: NetworkFault::Syntax { .. }, .. })));
}

#[test]
fn contradictions_name_the_smallest_set() {
    // c is a and b; d copies a; e is beside the point.
    let and = Cpt::Table(vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    let nodes = vec![
        node("a", 2, &[], Cpt::Table(vec![0.5; 2])),
        node("b", 2, &[], Cpt::Table(vec![0.5; 2])),
        node("c", 2, &[0, 1], and),
        node("d", 2, &[0], Cpt::Table(vec![1.0, 0.0, 0.0, 1.0])),
        node("e", 2, &[1], Cpt::Table(vec![0.5; 4])),
    ];
    let network = Network::new("and", nodes).unwrap();
    let compiled = Compiled::new(&network, Limits::default()).unwrap();
    let e = Evidence::by_name(&network, [("c", "s1"), ("d", "s0"), ("e", "s1"), ("b", "s1")]).unwrap();
    let clash = |n: &str, s: &str| Clash { node: n.into(), state: Some(s.into()) };
    let expected = InferenceError::Impossible(vec![clash("c", "s1"), clash("d", "s0")]);
    assert_eq!(compiled.query(&e, &[]).unwrap_err(), expected);
    assert_eq!(compiled.explain_most_probable(&e).unwrap_err(), expected);
    assert_eq!(expected.to_string(), "these findings cannot all be true: c = s1, d = s0");
    // The session is good for the next question.
    let mut session = compiled.session();
    assert!(session.query(&e, &[]).is_err());
    same(&network, &Evidence::new(), &session.query(&Evidence::new(), &all(&network)));
}

#[test]
fn what_does_not_fit_the_network_is_refused() {
    let network = tank();
    let compiled = Compiled::new(&network, Limits::default()).unwrap();
    let ask = |e: &Evidence| compiled.query(e, &[]).unwrap_err().to_string();
    assert_eq!(ask(Evidence::new().observe(7, 0)), "there is no node number 7");
    assert_eq!(ask(Evidence::new().observe(0, 2)), "node `fuel` has no state number 2");
    assert!(ask(Evidence::new().weigh(0, vec![0.0, 0.0])).contains("likelihood of `fuel`"));
    assert!(ask(Evidence::new().weigh(0, vec![1.0])).contains("likelihood of `fuel`"));
    assert!(ask(Evidence::new().weigh(0, vec![1.0, f64::NAN])).contains("likelihood of `fuel`"));
    assert_eq!(compiled.query(&Evidence::new(), &[9]).unwrap_err(), InferenceError::NoSuchNode(9));
    assert!(Evidence::by_name(&network, [("fuel", "half")]).unwrap_err().to_string().ends_with("it has: full, empty"));
    let narrow = Compiled::for_question(&network, Limits::default(), &[1], &[0]).unwrap();
    assert!(matches!(narrow.query(&Evidence::new(), &[2]), Err(InferenceError::NotCompiled(_))));
}

#[test]
fn too_large_is_refused_with_its_size() {
    // Thirty binary nodes, each a parent of one child: the family alone has 2^31 entries.
    let causes: Vec<Node> = (0..30).map(|i| node(&format!("c{i}"), 2, &[], Cpt::Table(vec![0.9, 0.1]))).collect();
    let names: Vec<String> = (0..30).map(|i| format!("c{i}")).collect();
    let mut text = names
        .iter()
        .map(|n| format!("variable {n} {{ type discrete [2] {{ a, b }}; }} probability ( {n} ) {{ table 1, 0; }}\n"))
        .collect::<String>();
    text += &format!("variable x {{ type discrete [2] {{ a, b }}; }} probability ( x | {} ) {{ default 1, 0; }}", names.join(", "));
    assert!(matches!(Network::read_bif(&text).unwrap_err().fault, NetworkFault::TooLarge { size, .. } if size == 2f64.powi(31)));

    // As a noisy-OR the same node is small, and exact: P(x absent) factorises.
    let mut nodes = causes.clone();
    let parents: Vec<usize> = (0..30).collect();
    nodes.push(node("x", 2, &parents, Cpt::Noisy(NoisyMax::or(1, 0.01, &vec![(1, 0.3); 30]))));
    let network = Network::new("noisy", nodes).unwrap();
    let compiled = Compiled::new(&network, Limits::default()).unwrap();
    assert!(compiled.size().total < 1000, "{:?}", compiled.size());
    let absent = 0.99 * (0.9f64 + 0.1 * 0.7).powi(30);
    let answer = compiled.query(Evidence::new().observe(30, 0), &[0]).unwrap();
    assert!((answer.p_evidence - absent).abs() < 1e-12);
    assert!((answer.get(0).unwrap()[1] - 0.07 / 0.97).abs() < 1e-12);
    let answer = compiled.query(Evidence::new().observe(30, 1), &[0]).unwrap();
    assert!((answer.get(0).unwrap()[1] - (0.1 - absent / 0.97 * 0.07) / (1.0 - absent)).abs() < 1e-12);
    // Its most probable explanation would need the whole table.
    assert!(matches!(compiled.explain_most_probable(&Evidence::new()), Err(InferenceError::TooLarge { .. })));
    assert!(network.write_bif().is_err());

    // A dense network within the file limits but beyond the compile limits.
    let small = Limits { max_clique: 4, max_total: 100 };
    let error = Compiled::new(&tank(), small).unwrap_err();
    assert_eq!(error.to_string(), "too large to compile: largest clique 12 entries, together 18; the limits are 4 and 100");
}

/// What a finding makes impossible must be possible again after the finding has changed (a message divided by zero is not kept).
#[test]
fn ruled_out_is_not_ruled_out_for_ever() {
    let copy = Cpt::Table(vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    let blur = Cpt::Table(vec![0.6, 0.3, 0.1, 0.2, 0.5, 0.3, 0.1, 0.1, 0.8]);
    let mut nodes = vec![node("r", 3, &[], Cpt::Table(vec![0.2, 0.3, 0.5]))];
    for i in 0..6 {
        nodes.push(node(&format!("m{i}"), 3, &[i * 2], if i % 2 == 0 { copy.clone() } else { blur.clone() }));
        nodes.push(node(&format!("x{i}"), 3, &[i * 2], copy.clone()));
    }
    let network = Network::new("chain", nodes).unwrap();
    let compiled = Compiled::new(&network, Limits::default()).unwrap();
    let mut session = compiled.session();
    for k in 0..60 {
        let mut e = Evidence::new();
        e.observe(11, k % 3).observe(1 + (k / 3) % 8, k / 7 % 3);
        let (fresh, kept) = (compiled.query(&e, &all(&network)), session.query(&e, &all(&network)));
        match (fresh, kept) {
            (Ok(a), Ok(b)) => {
                a.iter().zip(b.iter()).for_each(|(a, b)| a.1.iter().zip(b.1).for_each(|(x, y)| assert!((x - y).abs() < 1e-12)))
            }
            (a, b) => assert_eq!(a.map(|p| p.log_p), b.map(|p| p.log_p)),
        }
    }
}

#[test]
fn long_evidence_does_not_underflow() {
    // A hidden cause with 600 symptoms: P(evidence) is far below f64.
    let mut nodes = vec![node("cause", 2, &[], Cpt::Table(vec![0.5; 2]))];
    (0..600).for_each(|i| nodes.push(node(&format!("s{i}"), 2, &[0], Cpt::Table(vec![0.999, 0.001, 0.998, 0.002]))));
    let network = Network::new("bayes", nodes).unwrap();
    let compiled = Compiled::new(&network, Limits::default()).unwrap();
    let mut e = Evidence::new();
    for i in 1..=600 {
        e.observe(i, usize::from(i % 2 == 0));
    }
    let expected = |p: f64| 300.0 * p.ln() + 300.0 * (1.0 - p).ln() + 0.5f64.ln();
    let (a, b) = (expected(0.001), expected(0.002));
    match compiled.query(&e, &[]) {
        Ok(found) => {
            assert!((found.log_p - (b + (a - b).exp().ln_1p())).abs() < 1e-9 * b.abs());
            assert!((found.get(0).unwrap()[0] - (a - b).exp() / (1.0 + (a - b).exp())).abs() < 1e-9);
        }
        Err(error) => panic!("{error}"),
    }
}
