//! What this build of posdx carries, packed by `build.rs`: the catalogue from `catalogue/`, the knowledge of wires from `dialects/`.

use std::sync::OnceLock;

use posdx_catalogue::Catalogue;
use posdx_wire::Knowledge;

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.bin"));

/// The catalogue inside this binary. The first call reads a header; nothing is parsed.
pub fn catalogue() -> &'static Catalogue {
    static OPENED: OnceLock<Catalogue> = OnceLock::new();
    OPENED.get_or_init(|| Catalogue::open(PACKED).expect("packed by this build"))
}

static WIRE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/wire.bin"));

/// What is known of wires: dialects, chip tables, devices. The first call reads it all.
pub fn knowledge() -> &'static Knowledge {
    static READ: OnceLock<Knowledge> = OnceLock::new();
    READ.get_or_init(|| postcard::from_bytes(WIRE).expect("packed by this build"))
}

/// The files of our ISO 8583 layouts, name and text, for files that inherit from them.
pub fn dialect_files() -> &'static [(&'static str, &'static str)] {
    include!(concat!(env!("OUT_DIR"), "/dialects.rs"))
}
