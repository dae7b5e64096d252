//! XMLBIF 0.3 (Cozman 1998), as JavaBayes, GeNIe's and SamIam's converters, Weka and pgmpy write it. In `TABLE` the variable itself
//! counts fastest, then its parents from the last to the first: the same order as [`Cpt::Table`].

use super::error::{NetworkError, NetworkFault, Position};
use super::model::{Cpt, Network, Node, entries};
use super::tokens::syntax;
use roxmltree::{Document, Node as Element, ParsingOptions};
use std::collections::HashMap;
use std::fmt::Write;

/// XML nodes a document may have: a network at the limit of its nodes and states stays below.
const MAX_ELEMENTS: u32 = 4_000_000;

const DTD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE BIF [
  <!ELEMENT BIF (NETWORK)*>
  <!ATTLIST BIF VERSION CDATA #REQUIRED>
  <!ELEMENT NETWORK (NAME, (PROPERTY | VARIABLE | DEFINITION)*)>
  <!ELEMENT NAME (#PCDATA)>
  <!ELEMENT VARIABLE (NAME, (OUTCOME | PROPERTY)*)>
  <!ATTLIST VARIABLE TYPE (nature | decision | utility) "nature">
  <!ELEMENT OUTCOME (#PCDATA)>
  <!ELEMENT DEFINITION (FOR | GIVEN | TABLE | PROPERTY)*>
  <!ELEMENT FOR (#PCDATA)>
  <!ELEMENT GIVEN (#PCDATA)>
  <!ELEMENT TABLE (#PCDATA)>
  <!ELEMENT PROPERTY (#PCDATA)>
]>
"#;

fn position(element: Element) -> Position {
    let at = element.document().text_pos_at(element.range().start);
    Position { line: at.row as usize, column: at.col as usize }
}

fn named<'a, 'd: 'a>(element: Element<'a, 'd>, tags: &'static [&'static str]) -> impl Iterator<Item = Element<'a, 'd>> {
    element.children().filter(move |c| c.is_element() && tags.iter().any(|t| c.tag_name().name().eq_ignore_ascii_case(t)))
}

/// All text of an element, without comments.
fn text(element: Element) -> String {
    element.children().filter(|c| c.is_text()).filter_map(|c| c.text()).collect::<String>()
}

fn texts(element: Element, tags: &'static [&'static str]) -> Vec<String> {
    named(element, tags).map(|e| text(e).trim().to_string()).collect()
}

fn only<'a, 'd: 'a>(element: Element<'a, 'd>, tags: &'static [&'static str]) -> Result<Element<'a, 'd>, NetworkError> {
    let mut found = named(element, tags);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(syntax(position(element), &format!("<{}> within <{}>", tags[0], element.tag_name().name()), "none")),
        (_, Some(second)) => Err(syntax(position(second), &format!("one <{}>", tags[0]), "another one")),
    }
}

impl Network {
    /// Reads a network from XMLBIF text.
    ///
    /// # Errors
    /// The first fault, with line, column and what was expected there.
    pub fn read_xmlbif(xml: &str) -> Result<Network, NetworkError> {
        let options = ParsingOptions { allow_dtd: true, nodes_limit: MAX_ELEMENTS, ..ParsingOptions::default() };
        let document = Document::parse_with_options(xml, options).map_err(|error| {
            let at = error.pos();
            syntax(Position { line: at.row as usize, column: at.col as usize }, "well-formed XML", error)
        })?;
        let root = document.root_element();
        if !root.has_tag_name("BIF") {
            return Err(syntax(position(root), "<BIF>", format!("<{}>", root.tag_name().name())));
        }
        let network = only(root, &["NETWORK"])?;
        let mut index = HashMap::new();
        let (mut nodes, mut places) = (Vec::new(), Vec::new());
        for element in named(network, &["VARIABLE"]) {
            let kind = element.attribute("TYPE").unwrap_or("nature");
            if kind != "nature" {
                return Err(syntax(position(element), "a variable of type `nature` (chance)", format!("`{kind}`")));
            }
            let name = text(only(element, &["NAME"])?).trim().to_string();
            if index.insert(name.clone(), nodes.len()).is_some() {
                return Err(NetworkError::at(position(element), NetworkFault::Twice { what: "variable", name }));
            }
            let states = texts(element, &["OUTCOME", "VALUE"]);
            let properties = texts(element, &["PROPERTY"]);
            nodes.push(Node { name, states, parents: Vec::new(), cpt: Cpt::Table(Vec::new()), properties });
            places.push(position(element));
        }
        let mut given = vec![false; nodes.len()];
        for element in named(network, &["DEFINITION", "PROBABILITY"]) {
            let child = find(&index, only(element, &["FOR"])?)?;
            if std::mem::replace(&mut given[child], true) {
                let name = nodes[child].name.clone();
                return Err(NetworkError::at(position(element), NetworkFault::Twice { what: "probability of", name }));
            }
            nodes[child].parents = named(element, &["GIVEN"]).map(|g| find(&index, g)).collect::<Result<_, _>>()?;
            nodes[child].cpt = Cpt::Table(table(&nodes, child, element)?);
            places[child] = position(element);
        }
        if let Some(i) = given.iter().position(|g| !g) {
            let fault = NetworkFault::Missing { node: nodes[i].name.clone(), configuration: String::new() };
            return Err(NetworkError::at(places[i], fault));
        }
        let name = texts(network, &["NAME"]).into_iter().next().unwrap_or_default();
        Network::build(name, texts(network, &["PROPERTY"]), nodes)
            .map_err(|(node, fault)| NetworkError { position: Some(node.map_or_else(|| position(network), |i| places[i])), fault })
    }

    /// Writes the network as XMLBIF 0.3. Noisy nodes are multiplied out.
    ///
    /// # Errors
    /// A noisy node whose table would be beyond [`super::MAX_ENTRIES`].
    pub fn write_xmlbif(&self) -> Result<String, NetworkError> {
        let mut out = String::from(DTD);
        let _ = writeln!(out, "<BIF VERSION=\"0.3\">\n<NETWORK>\n<NAME>{}</NAME>", escape(self.name()));
        let list = |out: &mut String, tag: &str, items: &[String]| {
            items.iter().for_each(|i| *out += &format!("  <{tag}>{}</{tag}>\n", escape(i)));
        };
        list(&mut out, "PROPERTY", self.properties());
        for node in self.nodes() {
            let _ = writeln!(out, "<VARIABLE TYPE=\"nature\">\n  <NAME>{}</NAME>", escape(&node.name));
            list(&mut out, "OUTCOME", &node.states);
            list(&mut out, "PROPERTY", &node.properties);
            out.push_str("</VARIABLE>\n");
        }
        for (i, node) in self.nodes().iter().enumerate() {
            let _ = writeln!(out, "<DEFINITION>\n  <FOR>{}</FOR>", escape(&node.name));
            node.parents.iter().for_each(|p| out += &format!("  <GIVEN>{}</GIVEN>\n", escape(&self.nodes()[*p].name)));
            let table = self.full_table(i)?;
            let rows: Vec<String> =
                table.chunks(node.states.len()).map(|r| r.iter().map(f64::to_string).collect::<Vec<_>>().join(" ")).collect();
            let _ = writeln!(out, "  <TABLE>{}</TABLE>\n</DEFINITION>", rows.join("\n    "));
        }
        out.push_str("</NETWORK>\n</BIF>\n");
        Ok(out)
    }
}

fn find(index: &HashMap<String, usize>, element: Element) -> Result<usize, NetworkError> {
    let name = text(element).trim().to_string();
    match index.get(&name) {
        Some(i) => Ok(*i),
        None => Err(NetworkError::at(position(element), NetworkFault::Unknown { what: "variable".into(), name })),
    }
}

fn table(nodes: &[Node], child: usize, definition: Element) -> Result<Vec<f64>, NetworkError> {
    let element = only(definition, &["TABLE"])?;
    let node = &nodes[child];
    let cards: Vec<usize> = node.parents.iter().map(|p| nodes[*p].states.len()).collect();
    let expected = entries(&node.name, node.states.len(), &cards).map_err(|fault| NetworkError::at(position(element), fault))?;
    let mut values = Vec::new();
    for word in text(element).split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()) {
        match word.parse::<f64>() {
            Ok(v) if v.is_finite() => values.push(v),
            _ => return Err(syntax(position(element), "numbers in <TABLE>", format!("`{}`", word.chars().take(40).collect::<String>()))),
        }
    }
    if values.len() != expected {
        let fault = NetworkFault::Count { node: node.name.clone(), expected, found: values.len() };
        return Err(NetworkError::at(position(element), fault));
    }
    Ok(values)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
