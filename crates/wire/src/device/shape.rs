//! The tables as people write them: one TOML file a family.

use posdx_model::{CodeId, Text};
use serde::Deserialize;

use super::tables::{LabelKind, Severity};

/// One file: a family of devices or of result codes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileShape {
    pub family: String,
    /// Written before every name, such as `OPOS_`.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// Words one of which must stand in the text before an ambiguous name or number is believed.
    #[serde(default)]
    pub context: Vec<String>,
    #[serde(default)]
    pub suffix: Vec<SuffixShape>,
    #[serde(default)]
    pub label: Vec<LabelShape>,
    #[serde(default)]
    pub entry: Vec<EntryShape>,
    #[serde(default)]
    pub status: Vec<StatusShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SuffixShape {
    pub text: String,
    pub severity: Severity,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelShape {
    pub id: String,
    pub starts: Vec<String>,
    pub kind: LabelKind,
    /// `{n}` of a text becomes `base + step × number`.
    #[serde(default)]
    pub scale: Option<(i32, i32)>,
    #[serde(default)]
    pub context: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryShape {
    pub id: String,
    pub text: Text,
    pub severity: Severity,
    #[serde(default)]
    pub condition: Option<String>,
    #[serde(default)]
    pub code: Option<CodeId>,
    /// Believed wherever they stand.
    #[serde(default)]
    pub names: Vec<String>,
    /// Believed when the context of the family is there.
    #[serde(default)]
    pub context_names: Vec<String>,
    /// Believed when nothing else stands in the text or between its quotes.
    #[serde(default)]
    pub alone: Vec<String>,
    /// A number that is believed wherever it stands (32 bits, any spelling).
    #[serde(default)]
    pub number: Option<i64>,
    /// A number that is believed when the context of the family is there.
    #[serde(default)]
    pub context_number: Option<i64>,
    /// The number counts only when written in hexadecimal.
    #[serde(default)]
    pub hex: bool,
    /// Behind this label …
    #[serde(default)]
    pub label: Option<String>,
    /// … from this number …
    #[serde(default)]
    pub from: Option<i64>,
    /// … to this number,
    #[serde(default)]
    pub to: Option<i64>,
    /// … or one of these texts. With neither, whatever else stands behind the label.
    #[serde(default)]
    pub says: Vec<String>,
    /// Words one of which must stand in the text as well (the same number means something else on another device).
    #[serde(default)]
    pub needs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusShape {
    /// `dle-eot-1` and so on.
    pub request: String,
    pub bytes: Vec<FixedShape>,
    pub bit: Vec<BitShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FixedShape {
    pub mask: u8,
    pub value: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BitShape {
    #[serde(default)]
    pub byte: usize,
    pub mask: u8,
    pub value: u8,
    pub id: String,
    pub text: Text,
    pub severity: Severity,
    #[serde(default)]
    pub condition: Option<String>,
    #[serde(default)]
    pub code: Option<CodeId>,
}
