//! The words of the pages, out of `data/words.toml`: one function per phrase, both languages or it does not build.

use posdx_model::Lang;

/// The phrases in one language.
#[derive(Clone, Copy, Debug)]
pub struct Words(pub Lang);

include!(concat!(env!("OUT_DIR"), "/words.rs"));
