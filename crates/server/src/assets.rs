//! The embedded files: styles, the little script, the icon. Their names carry a hash of their content, so that a browser may keep them
//! for ever and never shows an old one.

/// One embedded file.
#[derive(Debug)]
pub struct File {
    /// Its name in `assets/`.
    pub name: &'static str,
    /// Where it is served: `/assets/style.0123456789abcdef.css`.
    pub path: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

/// All files, in the order of their names.
pub static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A hash over all files: part of every page's ETag, because pages name the files.
pub const HASH: &str = env!("POSDX_ASSETS_HASH");

impl File {
    /// Its media type.
    pub fn kind(&self) -> &'static str {
        match self.name.rsplit('.').next() {
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "application/octet-stream",
        }
    }
}

/// Where the file `name` is served.
pub fn path(name: &str) -> &'static str {
    FILES.iter().find(|f| f.name == name).map_or("/", |f| f.path)
}
