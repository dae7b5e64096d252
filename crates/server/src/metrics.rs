//! Figures for Prometheus, in base units. Labels are routes and classes of status; never what was asked, nor a card, nor a terminal.

use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Upper bounds of the duration's classes, in microseconds.
const BOUNDS_US: [u64; 10] = [100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 10_000_000];

/// The figures of one route.
#[derive(Debug, Default)]
struct Figures {
    /// By first digit of the status.
    statuses: [AtomicU64; 6],
    /// Durations up to each bound, and above the last.
    durations: [AtomicU64; BOUNDS_US.len() + 1],
    sum_us: AtomicU64,
    bytes: AtomicU64,
}

/// All figures.
#[derive(Debug)]
pub struct Metrics {
    routes: Vec<(&'static str, Figures)>,
    started_s: u64,
    in_flight: AtomicI64,
    cached: AtomicU64,
    verdicts: [AtomicU64; 3],
    catalogue: String,
}

impl Metrics {
    /// For routes of these names.
    pub fn new(names: impl Iterator<Item = &'static str>, catalogue: &str) -> Metrics {
        Metrics {
            routes: names.map(|n| (n, Figures::default())).collect(),
            started_s: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()),
            in_flight: AtomicI64::new(0),
            cached: AtomicU64::new(0),
            verdicts: Default::default(),
            catalogue: catalogue.to_owned(),
        }
    }

    /// A request begins.
    pub fn begin(&self) {
        self.in_flight.fetch_add(1, Relaxed);
    }

    /// A request ends.
    pub fn end(&self, route: usize, status: u16, took: Duration, bytes: u64) {
        self.in_flight.fetch_sub(1, Relaxed);
        let Some((_, figures)) = self.routes.get(route) else { return };
        if let Some(count) = figures.statuses.get(usize::from(status / 100)) {
            count.fetch_add(1, Relaxed);
        }
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let class = BOUNDS_US.iter().position(|b| us <= *b).unwrap_or(BOUNDS_US.len());
        if let Some(count) = figures.durations.get(class) {
            count.fetch_add(1, Relaxed);
        }
        figures.sum_us.fetch_add(us, Relaxed);
        figures.bytes.fetch_add(bytes, Relaxed);
    }

    /// An answer came out of the memory of earlier ones.
    pub fn cached(&self) {
        self.cached.fetch_add(1, Relaxed);
    }

    /// A question was explained.
    pub fn explained(&self, verdict: posdx_explain::Verdict) {
        use posdx_explain::Verdict;
        let [known, ambiguous, unknown] = &self.verdicts;
        match verdict {
            Verdict::Known => known,
            Verdict::Ambiguous => ambiguous,
            Verdict::Unknown => unknown,
        }
        .fetch_add(1, Relaxed);
    }

    /// In Prometheus' text format.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let head = |out: &mut String, name: &str, kind: &str, help: &str| {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        };
        head(&mut out, "posdx_build_info", "gauge", "Version of the program and of its catalogue.");
        let _ = writeln!(out, "posdx_build_info{{version=\"{}\",catalogue=\"{}\"}} 1", env!("CARGO_PKG_VERSION"), self.catalogue);
        head(&mut out, "process_start_time_seconds", "gauge", "When the program started, in seconds since 1970.");
        let _ = writeln!(out, "process_start_time_seconds {}", self.started_s);
        head(&mut out, "posdx_http_requests_in_flight", "gauge", "Requests being answered.");
        let _ = writeln!(out, "posdx_http_requests_in_flight {}", self.in_flight.load(Relaxed));
        head(&mut out, "posdx_http_answers_cached_total", "counter", "Answers that were kept from an earlier request.");
        let _ = writeln!(out, "posdx_http_answers_cached_total {}", self.cached.load(Relaxed));
        head(&mut out, "posdx_explanations_total", "counter", "Questions explained, by verdict; kept answers are not counted again.");
        for (verdict, count) in ["known", "ambiguous", "unknown"].iter().zip(&self.verdicts) {
            let _ = writeln!(out, "posdx_explanations_total{{verdict=\"{verdict}\"}} {}", count.load(Relaxed));
        }
        head(&mut out, "posdx_http_requests_total", "counter", "Requests answered, by route and class of status.");
        for (route, figures) in &self.routes {
            for (class, count) in figures.statuses.iter().enumerate().filter(|(_, c)| c.load(Relaxed) > 0) {
                let _ = writeln!(out, "posdx_http_requests_total{{route=\"{route}\",status=\"{class}xx\"}} {}", count.load(Relaxed));
            }
        }
        head(&mut out, "posdx_http_response_bytes_total", "counter", "Bytes of bodies sent, by route.");
        for (route, figures) in self.used() {
            let _ = writeln!(out, "posdx_http_response_bytes_total{{route=\"{route}\"}} {}", figures.bytes.load(Relaxed));
        }
        head(&mut out, "posdx_http_request_duration_seconds", "histogram", "Time from the request's head to the answer's.");
        for (route, figures) in self.used() {
            let mut total = 0;
            for (bound, count) in BOUNDS_US.iter().zip(&figures.durations) {
                total += count.load(Relaxed);
                let le = *bound as f64 / 1e6;
                let _ = writeln!(out, "posdx_http_request_duration_seconds_bucket{{route=\"{route}\",le=\"{le}\"}} {total}");
            }
            total += figures.durations.last().map_or(0, |c| c.load(Relaxed));
            let sum = figures.sum_us.load(Relaxed) as f64 / 1e6;
            let _ = writeln!(out, "posdx_http_request_duration_seconds_bucket{{route=\"{route}\",le=\"+Inf\"}} {total}");
            let _ = writeln!(out, "posdx_http_request_duration_seconds_sum{{route=\"{route}\"}} {sum}");
            let _ = writeln!(out, "posdx_http_request_duration_seconds_count{{route=\"{route}\"}} {total}");
        }
        out
    }

    fn used(&self) -> impl Iterator<Item = (&'static str, &Figures)> {
        self.routes.iter().filter(|(_, f)| f.statuses.iter().any(|c| c.load(Relaxed) > 0)).map(|(n, f)| (*n, f))
    }
}
