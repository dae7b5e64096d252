//! The overlay as TOML text: one number or row a line, so that a comparison shows what moved and deleting a line undoes it.

use super::{Line, Overlay, Terminal, date};
use posdx_model::Text;
use std::fmt::Write;

/// What an id in an overlay names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A condition.
    Condition,
    /// A cause.
    Cause,
    /// A step.
    Step,
    /// A question.
    Question,
}

/// Names of things, for the comments.
type Names<'n> = &'n dyn Fn(Named, &str) -> Option<Text>;

const HEAD: &str = "\
# 从已结案例学到的，盖在专家知识之上。要撤销：删一行、一段，或整个文件。
# Learned from closed cases, laid over what experts wrote. To undo: delete a line, a block or the file.
# old = 原来的概率 / probability before;  new = 现在的 / now;  cases = 折算后的案例数 / effective number of cases
# 较窄的一层只写与上一层不同的 / a narrower level says only what differs from the level above
";

impl Overlay {
    /// The overlay as TOML. Read back through serde it is equal to this one.
    pub fn to_toml(&self) -> String {
        self.to_toml_named(&|_, _| None)
    }

    /// The same with comments that say what each id names, where `name` knows it.
    pub fn to_toml_named(&self, name: Names<'_>) -> String {
        let mut out = String::from(HEAD);
        // Writing into a String cannot fail.
        let _ = write!(out, "format = {}\nday = {} # {}\ncases = {:?}\n", self.format, self.day, date(self.day), self.cases);
        let mut condition = "";
        for block in &self.prior {
            if block.condition != condition {
                condition = &block.condition;
                let _ = write!(out, "\n# --- {}{} ---\n", plain(condition), comment(name(Named::Condition, condition), ": "));
            }
            let _ = write!(out, "\n[[prior]]\ncondition = {}\nlevel = \"{}\"\n", quoted(&block.condition), block.level);
            if block.terminal != Terminal::default() {
                let _ = writeln!(out, "terminal = {}", terminal(&block.terminal));
            }
            let _ = writeln!(out, "cases = {:?}", block.cases);
            list(&mut out, block.causes.iter().map(|l| (line(l), name(Named::Cause, &l.cause))));
        }
        for block in &self.repair {
            let _ = write!(out, "\n[[repair]]\nstep = {}{}\n", quoted(&block.step), comment(name(Named::Step, &block.step), " # "));
            list(&mut out, block.causes.iter().map(|l| (line(l), name(Named::Cause, &l.cause))));
        }
        for block in &self.answer {
            let _ = write!(
                out,
                "\n[[answer]]\nquestion = {}{}\n",
                quoted(&block.question),
                comment(name(Named::Question, &block.question), " # ")
            );
            if !block.causes.is_empty() {
                let row =
                    |r: &super::Row| format!("cause = {}, old = {:?}, new = {:?}, cases = {:?}", quoted(&r.cause), r.old, r.new, r.cases);
                list(&mut out, block.causes.iter().map(|r| (row(r), name(Named::Cause, &r.cause))));
            }
            if let Some(r) = &block.otherwise {
                let _ = writeln!(out, "otherwise = {{ old = {:?}, new = {:?}, cases = {:?} }}", r.old, r.new, r.cases);
            }
        }
        out
    }
}

fn line(l: &Line) -> String {
    format!("cause = {}, old = {:?}, new = {:?}, cases = {:?}", quoted(&l.cause), l.old, l.new, l.cases)
}

fn list(out: &mut String, lines: impl Iterator<Item = (String, Option<Text>)>) {
    out.push_str("causes = [\n");
    lines.for_each(|(line, name)| {
        let _ = writeln!(out, "    {{ {line} }},{}", comment(name, " # "));
    });
    out.push_str("]\n");
}

fn terminal(terminal: &Terminal) -> String {
    let parts = [("vendor", &terminal.vendor), ("model", &terminal.model), ("region", &terminal.region)];
    let parts: Vec<String> = parts.iter().filter_map(|(name, part)| Some(format!("{name} = {}", quoted(part.as_ref()?)))).collect();
    format!("{{ {} }}", parts.join(", "))
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out + "\""
}

/// A name as a comment, both languages.
fn comment(name: Option<Text>, before: &str) -> String {
    name.map(|t| format!("{before}{} / {}", plain(&t.zh), plain(&t.en))).unwrap_or_default()
}

/// An id inside a comment, which may hold no control characters.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
