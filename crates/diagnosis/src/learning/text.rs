//! The overlay as TOML text: one number or row a line, so that a comparison shows what moved and deleting a line undoes it.

use super::{Context, Line, Overlay};
use std::fmt::Write;

const HEAD: &str = "\
# 从已结案例学到的，盖在专家知识之上。要撤销：删一行、一段，或整个文件。
# Learned from closed cases, laid over what experts wrote. To undo: delete a line, a block or the file.
# old = 原来的概率 / probability before;  new = 现在的 / now;  cases = 折算后的案例数 / effective number of cases
# 较窄的一层只写与上一层不同的 / a narrower level says only what differs from the level above
";

impl Overlay {
    /// The overlay as TOML. Read back through serde it is equal to this one.
    pub fn to_toml(&self) -> String {
        let mut out = String::from(HEAD);
        // Writing into a String cannot fail.
        let _ = write!(out, "format = {}\nday = {}\ncases = {:?}\n", self.format, self.day, self.cases);
        let mut condition = "";
        for block in &self.prior {
            if block.condition != condition {
                condition = &block.condition;
                let _ = write!(out, "\n# --- {} ---\n", plain(condition));
            }
            let _ = write!(out, "\n[[prior]]\ncondition = {}\nlevel = \"{}\"\n", quoted(&block.condition), block.level);
            if block.context != Context::default() {
                let _ = writeln!(out, "context = {}", context(&block.context));
            }
            let _ = writeln!(out, "cases = {:?}", block.cases);
            list(&mut out, block.causes.iter().map(line));
        }
        for block in &self.repair {
            let _ = write!(out, "\n[[repair]]\nstep = {}\n", quoted(&block.step));
            list(&mut out, block.causes.iter().map(line));
        }
        for block in &self.answer {
            let _ = write!(out, "\n[[answer]]\nquestion = {}\n", quoted(&block.question));
            if !block.causes.is_empty() {
                let row =
                    |r: &super::Row| format!("cause = {}, old = {:?}, new = {:?}, cases = {:?}", quoted(&r.cause), r.old, r.new, r.cases);
                list(&mut out, block.causes.iter().map(row));
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

fn list(out: &mut String, lines: impl Iterator<Item = String>) {
    out.push_str("causes = [\n");
    lines.for_each(|line| {
        let _ = writeln!(out, "    {{ {line} }},");
    });
    out.push_str("]\n");
}

fn context(context: &Context) -> String {
    let parts = [("vendor", &context.vendor), ("model", &context.model), ("region", &context.region)];
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

/// An id inside a comment, which may hold no control characters.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
