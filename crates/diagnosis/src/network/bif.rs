//! Interchange Format for Bayesian networks (BIF 0.15, Cozman 1998), as JavaBayes, the bnlearn repository, pgmpy and SamIam write it.
//!
//! First all blocks are read, then names are resolved: blocks may stand in any order. In `table` the first variable counts slowest;
//! a row `(state, …)` gives the distribution for one configuration of the parents; `default` fills the rows that are not given.

use super::error::{NetworkError, NetworkFault, Position};
use super::model::{Cpt, Network, Node, entries};
use super::tokens::{Token, Tokens, syntax};
use std::collections::HashMap;

type Word<'t> = (&'t str, Position);

struct Variable<'t> {
    name: Word<'t>,
    states: Vec<String>,
    properties: Vec<String>,
}

#[derive(Default)]
struct Values<'t> {
    table: Option<(Vec<f64>, Position)>,
    default: Option<(Vec<f64>, Position)>,
    rows: Vec<(Vec<Word<'t>>, Vec<f64>, Position)>,
}

struct Probability<'t> {
    child: Word<'t>,
    parents: Vec<Word<'t>>,
    values: Values<'t>,
}

impl Network {
    /// Reads a network from BIF text.
    ///
    /// # Errors
    /// The first fault, with line, column and what was expected there.
    pub fn read_bif(text: &str) -> Result<Network, NetworkError> {
        let mut tokens = Tokens::new(text);
        let (mut name, mut properties) = (None, Vec::new());
        let (mut variables, mut probabilities) = (Vec::new(), Vec::new());
        loop {
            let (token, place) = tokens.next()?;
            match token {
                Token::End => break,
                Token::Word("network") if name.is_none() => {
                    // Some programs leave the name out.
                    let mut ahead = tokens.clone();
                    let word = match ahead.next()?.0 {
                        Token::Word(w) => {
                            tokens = ahead;
                            w
                        }
                        Token::Mark(_) | Token::End => "",
                    };
                    name = Some(word.to_string());
                    tokens.mark('{', "`{` after the name of the network")?;
                    properties = block_of_properties(&mut tokens)?;
                }
                Token::Word("variable") => variables.push(variable(&mut tokens)?),
                Token::Word("probability") => probabilities.push(probability(&mut tokens)?),
                other => {
                    let expected = if name.is_none() { "`network`, `variable` or `probability`" } else { "`variable` or `probability`" };
                    return Err(syntax(place, expected, other));
                }
            }
        }
        if name.is_none() && variables.is_empty() {
            return Err(syntax(tokens.next()?.1, "`network`, `variable` or `probability`", Token::End));
        }
        resolve(name.unwrap_or_default(), properties, variables, probabilities)
    }
}

fn block_of_properties(tokens: &mut Tokens) -> Result<Vec<String>, NetworkError> {
    let mut properties = Vec::new();
    loop {
        match tokens.next()? {
            (Token::Word("property"), _) => properties.push(tokens.up_to_semicolon()?.to_string()),
            (Token::Mark('}'), _) => return Ok(properties),
            (other, place) => return Err(syntax(place, "`property` or `}`", other)),
        }
    }
}

fn variable<'t>(tokens: &mut Tokens<'t>) -> Result<Variable<'t>, NetworkError> {
    let name = tokens.word("the name of a variable")?;
    tokens.mark('{', "`{` after the name of the variable")?;
    let (mut states, mut properties) = (None, Vec::new());
    loop {
        match tokens.next()? {
            (Token::Word("property"), _) => properties.push(tokens.up_to_semicolon()?.to_string()),
            (Token::Word("type"), place) if states.is_none() => {
                states = Some(discrete(tokens, place)?);
            }
            (Token::Mark('}'), place) => {
                let states = states.ok_or_else(|| syntax(place, "`type discrete [ n ] { … };`", Token::Mark('}')))?;
                return Ok(Variable { name, states, properties });
            }
            (other, place) => return Err(syntax(place, "`type`, `property` or `}`", other)),
        }
    }
}

fn discrete(tokens: &mut Tokens, place: Position) -> Result<Vec<String>, NetworkError> {
    match tokens.next()? {
        (Token::Word("discrete"), _) => {}
        (other, place) => return Err(syntax(place, "`discrete` (other types are not supported)", other)),
    }
    tokens.mark('[', "`[` and the number of states")?;
    let (number, at) = tokens.word("the number of states")?;
    let count: usize = number.parse().map_err(|_| syntax(at, "the number of states", Token::Word(number)))?;
    tokens.mark(']', "`]`")?;
    tokens.mark('{', "`{` and the names of the states")?;
    let states: Vec<String> = tokens.list('}', "the name of a state, `,` or `}`")?.into_iter().map(|w| w.0.to_string()).collect();
    tokens.mark(';', "`;` after the states")?;
    if states.len() != count {
        return Err(syntax(place, &format!("{count} states"), states.len()));
    }
    Ok(states)
}

fn probability<'t>(tokens: &mut Tokens<'t>) -> Result<Probability<'t>, NetworkError> {
    tokens.mark('(', "`(` and the name of a variable")?;
    let child = tokens.word("the name of a variable")?;
    // JavaBayes writes `( "a" "b" )` without the bar: the first is the child all the same.
    let _ = tokens.take_mark('|')? || tokens.take_mark(',')?;
    let parents = tokens.list(')', "the name of a parent, `,` or `)`")?;
    tokens.mark('{', "`{` and the probabilities")?;
    let mut values = Values::default();
    loop {
        match tokens.next()? {
            (Token::Mark('}'), _) => return Ok(Probability { child, parents, values }),
            (Token::Word("property"), _) => {
                tokens.up_to_semicolon()?;
            }
            (Token::Word("table"), place) if values.table.is_none() => values.table = Some((tokens.numbers()?, place)),
            (Token::Word("default"), place) if values.default.is_none() => values.default = Some((tokens.numbers()?, place)),
            (Token::Mark('('), place) => {
                let states = tokens.list(')', "the state of a parent, `,` or `)`")?;
                values.rows.push((states, tokens.numbers()?, place));
            }
            (other, place) => return Err(syntax(place, "`(states) numbers;`, `table`, `default` or `}`", other)),
        }
    }
}

fn resolve(name: String, properties: Vec<String>, variables: Vec<Variable>, blocks: Vec<Probability>) -> Result<Network, NetworkError> {
    let mut index: HashMap<&str, usize> = HashMap::new();
    for (i, v) in variables.iter().enumerate() {
        if index.insert(v.name.0, i).is_some() {
            return Err(NetworkError::at(v.name.1, NetworkFault::Twice { what: "variable", name: v.name.0.into() }));
        }
    }
    let find = |(word, place): Word| {
        let unknown = || NetworkError::at(place, NetworkFault::Unknown { what: "variable".into(), name: word.into() });
        index.get(word).copied().ok_or_else(unknown)
    };
    let mut places: Vec<Position> = variables.iter().map(|v| v.name.1).collect();
    let mut given: Vec<Option<(Vec<usize>, Vec<f64>)>> = vec![None; variables.len()];
    for block in &blocks {
        let child = find(block.child)?;
        let parents = block.parents.iter().map(|p| find(*p)).collect::<Result<Vec<usize>, _>>()?;
        if given[child].is_some() {
            return Err(NetworkError::at(block.child.1, NetworkFault::Twice { what: "probability of", name: block.child.0.into() }));
        }
        places[child] = block.child.1;
        let table = fill(&variables, child, &parents, block)?;
        given[child] = Some((parents, table));
    }
    let mut nodes = Vec::with_capacity(variables.len());
    for (v, given) in variables.into_iter().zip(given) {
        let missing = || NetworkFault::Missing { node: v.name.0.into(), configuration: String::new() };
        let (parents, table) = given.ok_or_else(|| NetworkError::at(v.name.1, missing()))?;
        nodes.push(Node { name: v.name.0.into(), states: v.states, parents, cpt: Cpt::Table(table), properties: v.properties });
    }
    Network::build(name, properties, nodes)
        .map_err(|(node, fault)| NetworkError { position: node.and_then(|i| places.get(i).copied()), fault })
}

/// The table of one variable, one row per configuration of its parents.
fn fill(variables: &[Variable], child: usize, parents: &[usize], block: &Probability) -> Result<Vec<f64>, NetworkError> {
    let (word, place) = block.child;
    let card = variables[child].states.len();
    let cards: Vec<usize> = parents.iter().map(|p| variables[*p].states.len()).collect();
    let size = entries(word, card, &cards).map_err(|fault| NetworkError::at(place, fault))?;
    let rows = size / card.max(1);
    let count = |at: Position, expected: usize, found: usize| {
        let fault = NetworkFault::Count { node: word.into(), expected, found };
        if expected == found { Ok(()) } else { Err(NetworkError::at(at, fault)) }
    };
    if let Some((values, at)) = &block.values.table {
        if let Some((.., row)) = block.values.rows.first() {
            return Err(NetworkError::at(*row, NetworkFault::Twice { what: "probability of", name: word.into() }));
        }
        count(*at, size, values.len())?;
        return Ok((0..rows).flat_map(|r| (0..card).map(move |s| values[s * rows + r])).collect());
    }
    // Without a default every row has to be there: checked first, so that a short text cannot ask for a large table.
    if block.values.default.is_none() && block.values.rows.len() < rows && rows > 4 * (block.values.rows.len() + 1024) {
        let fault = NetworkFault::Count { node: word.into(), expected: rows, found: block.values.rows.len() };
        return Err(NetworkError::at(place, fault));
    }
    let mut table = vec![0.0; size];
    let mut done = vec![false; rows];
    for (states, values, at) in &block.values.rows {
        count(*at, parents.len(), states.len())?;
        let mut row = 0;
        for ((state, at), p) in states.iter().zip(parents) {
            let names = &variables[*p].states;
            let k = names.iter().position(|s| s == state).ok_or_else(|| {
                let what = format!("state of `{}` (it has: {})", variables[*p].name.0, names.join(", "));
                NetworkError::at(*at, NetworkFault::Unknown { what, name: (*state).into() })
            })?;
            row = row * names.len() + k;
        }
        count(*at, card, values.len())?;
        if std::mem::replace(&mut done[row], true) {
            let name = format!("{word} for ({})", states.iter().map(|s| s.0).collect::<Vec<_>>().join(", "));
            return Err(NetworkError::at(*at, NetworkFault::Twice { what: "row of", name }));
        }
        table[row * card..(row + 1) * card].copy_from_slice(values);
    }
    if let Some((values, at)) = &block.values.default {
        count(*at, card, values.len())?;
        for row in (0..rows).filter(|r| !done[*r]) {
            table[row * card..(row + 1) * card].copy_from_slice(values);
        }
    } else if let Some(row) = done.iter().position(|d| !d) {
        let mut rest = row;
        let mut words: Vec<&str> = Vec::new();
        for p in parents.iter().rev() {
            let names = &variables[*p].states;
            words.push(&names[rest % names.len()]);
            rest /= names.len();
        }
        words.reverse();
        let configuration = if words.is_empty() { String::new() } else { format!(" for ({})", words.join(", ")) };
        return Err(NetworkError::at(place, NetworkFault::Missing { node: word.into(), configuration }));
    }
    Ok(table)
}
