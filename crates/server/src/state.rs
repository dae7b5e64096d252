//! What all requests share. Nothing in it belongs to one visitor.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use posdx_catalogue::Catalogue;
use posdx_wire::Knowledge;
use tokio::sync::Semaphore;

use crate::assets;
use crate::kept::Answers;
use crate::limit::Limits;
use crate::metrics::Metrics;
use crate::options::Options;
use crate::routes::ROUTES;

/// What all requests share.
///
/// Cases, users and organisations will come in here as one more field, and as one more group of routes; look-up does without.
#[derive(Debug)]
pub struct State {
    /// How the server was started.
    pub options: Options,
    /// Answers that are kept.
    pub answers: Answers,
    /// Who asked how often.
    pub limits: Limits,
    /// Figures.
    pub metrics: Metrics,
    /// How much heavy work may go on at once.
    pub heavy: Arc<Semaphore>,
    /// True until the server is told to stop.
    pub ready: AtomicBool,
    /// Version of program, pages and catalogue: part of every ETag.
    pub build: String,
}

impl State {
    /// A state as it is at the start.
    pub fn new(options: Options) -> State {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        State {
            answers: Answers::default(),
            limits: Limits::new(options.rate_per_s),
            metrics: Metrics::new(ROUTES.iter().map(|r| r.id), posdx_embedded::catalogue().version()),
            heavy: Arc::new(Semaphore::new(2 * cores)),
            ready: AtomicBool::new(true),
            build: format!("{} {} {}", env!("CARGO_PKG_VERSION"), assets::HASH, posdx_embedded::catalogue().version()),
            options,
        }
    }

    /// The knowledge of codes.
    pub fn catalogue(&self) -> &'static Catalogue {
        posdx_embedded::catalogue()
    }

    /// The knowledge of wires; read when it is first needed.
    pub fn knowledge(&self) -> &'static Knowledge {
        posdx_embedded::knowledge()
    }

    /// The document that describes the interface.
    pub fn document(&self) -> &'static str {
        static DOCUMENT: OnceLock<String> = OnceLock::new();
        DOCUMENT.get_or_init(|| crate::openapi::document(self.catalogue().version()).to_string())
    }
}
