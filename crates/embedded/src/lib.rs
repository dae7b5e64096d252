//! The catalogue that this build of posdx carries, packed by `build.rs` from the folder `catalogue/`.

use std::sync::OnceLock;

use posdx_catalogue::Catalogue;

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.bin"));

/// The catalogue inside this binary. The first call reads a header; nothing is parsed.
pub fn catalogue() -> &'static Catalogue {
    static OPENED: OnceLock<Catalogue> = OnceLock::new();
    OPENED.get_or_init(|| Catalogue::open(PACKED).expect("packed by this build"))
}
