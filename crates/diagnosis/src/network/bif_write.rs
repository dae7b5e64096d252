//! A network as BIF text that pgmpy, bnlearn and JavaBayes read. Numbers are written with as many digits as f64 needs and no more, so
//! that reading them again gives the same bits. Noisy nodes are multiplied out: BIF has no words for them.

use super::error::{NetworkError, NetworkFault};
use super::model::Network;
use std::fmt::Write;

/// A name, in quotation marks where the bare word could be misread.
fn word(name: &str) -> Result<String, NetworkFault> {
    let plain = |c: char| !c.is_whitespace() && !"{}[]()|,;\"".contains(c);
    let keyword = ["network", "variable", "probability", "property", "type", "discrete", "table", "default"].contains(&name);
    if name.contains('"') {
        return Err(NetworkFault::Unwritable(name.into()));
    }
    let bare = !name.is_empty() && name.chars().all(plain) && !keyword && !name.contains("//") && !name.contains("/*");
    Ok(if bare { name.into() } else { format!("\"{name}\"") })
}

fn words<'a>(names: impl IntoIterator<Item = &'a String>) -> Result<String, NetworkFault> {
    Ok(names.into_iter().map(|n| word(n)).collect::<Result<Vec<_>, _>>()?.join(", "))
}

fn numbers(row: &[f64]) -> String {
    row.iter().map(|v| v.to_string()).collect::<Vec<_>>().join(", ")
}

impl Network {
    /// Writes the network as BIF 0.15.
    ///
    /// # Errors
    /// A name with a quotation mark in it; a noisy node whose table would be beyond [`super::MAX_ENTRIES`].
    pub fn write_bif(&self) -> Result<String, NetworkError> {
        let mut out = format!("network {} {{\n", word(if self.name().is_empty() { "unknown" } else { self.name() })?);
        let property = |out: &mut String, list: &[String]| list.iter().for_each(|p| *out += &format!("  property {p} ;\n"));
        property(&mut out, self.properties());
        out.push_str("}\n");
        for node in self.nodes() {
            let states = words(&node.states)?;
            let _ = writeln!(out, "variable {} {{\n  type discrete [ {} ] {{ {states} }};", word(&node.name)?, node.states.len());
            property(&mut out, &node.properties);
            out.push_str("}\n");
        }
        for (i, node) in self.nodes().iter().enumerate() {
            let table = self.full_table(i)?;
            if node.parents.is_empty() {
                let _ = writeln!(out, "probability ( {} ) {{\n  table {};\n}}", word(&node.name)?, numbers(&table));
                continue;
            }
            let parents: Vec<_> = node.parents.iter().map(|p| &self.nodes()[*p]).collect();
            let _ = writeln!(out, "probability ( {} | {} ) {{", word(&node.name)?, words(parents.iter().map(|p| &p.name))?);
            let mut state = vec![0; parents.len()];
            for row in table.chunks_exact(node.states.len()) {
                let _ = writeln!(out, "  ({}) {};", words(parents.iter().zip(&state).map(|(p, s)| &p.states[*s]))?, numbers(row));
                for (s, p) in state.iter_mut().zip(&parents).rev() {
                    *s = (*s + 1) % p.states.len();
                    if *s != 0 {
                        break;
                    }
                }
            }
            out.push_str("}\n");
        }
        Ok(out)
    }
}
