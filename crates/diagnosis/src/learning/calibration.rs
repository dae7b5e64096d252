//! Do the probabilities mean what they say? Measured on cases whose cause is known, best on cases that were not learned from.

use super::chance::mix;
use super::{Case, Chance, Knowledge, KnowledgeError, Moment, Posteriors};

/// A value with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The value.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Cases with about equal certainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Number of cases.
    pub cases: usize,
    /// Mean probability that was given to the likeliest cause.
    pub said: f64,
    /// Share of cases in which it was the cause.
    pub held: f64,
}

/// How good the probabilities are.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Cases with a known cause.
    pub cases: usize,
    /// Cases that were passed over: no known cause, or they do not fit the knowledge.
    pub skipped: usize,
    /// Mean of the summed squared errors over the causes: 0 is perfect, 2 the worst (Brier 1950).
    pub brier: f64,
    /// Mean of -ln of the probability given to the true cause, in nats.
    pub log_loss: f64,
    /// Expected calibration error of the likeliest cause: 15 bins of equal mass. Even perfect probabilities score about
    /// 0.3·sqrt(15 / cases), so that small samples look worse than they are.
    pub ece: Interval,
    /// Share of cases in which the likeliest cause was the true one.
    pub top1: f64,
    /// Share of cases in which the true cause was among the likeliest three.
    pub top3: f64,
    /// The bins behind `ece`, from the least certain.
    pub bins: Vec<Bin>,
}

const BINS: usize = 15;
const RESAMPLES: usize = 200;

/// Measures `knowledge` on `cases` at a moment. `chance` draws the bootstrap for the interval, which is the basic one (twice the value
/// minus the quantiles): resampling adds to a calibration error, and this takes it off again.
///
/// # Errors
/// The knowledge itself does not hold together.
pub fn calibrate(knowledge: &Knowledge, cases: &[Case], moment: Moment, chance: &mut Chance) -> Result<Calibration, KnowledgeError> {
    let posteriors = Posteriors::new(knowledge)?;
    let (mut brier, mut log_loss, mut top3) = (0.0, 0.0, 0usize);
    let mut firsts: Vec<(f64, bool)> = Vec::new();
    for case in cases {
        let Ok((p, Some(known))) = posteriors.of(case, moment) else { continue };
        let true_p = p.get(known).copied().unwrap_or(0.0);
        brier += p.iter().map(|p| p * p).sum::<f64>() - 2.0 * true_p + 1.0;
        log_loss -= true_p.max(1e-12).ln();
        // Ties go to the cause that stands first, as on the screen.
        let before = p.iter().enumerate().filter(|(i, p)| **p > true_p || (**p == true_p && *i < known)).count();
        top3 += usize::from(before < 3);
        firsts.push((p.iter().copied().fold(0.0, f64::max), before == 0));
    }
    let n = firsts.len();
    let share = |sum: f64| if n == 0 { 0.0 } else { sum / n as f64 };
    firsts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let bins = bins_of(&firsts);
    let value = error_of(&bins);
    let mut drawn: Vec<f64> = (0..if n == 0 { 0 } else { RESAMPLES })
        .map(|_| {
            // The cases are sorted: sorted positions give a sorted sample without comparing a single probability again.
            let mut at: Vec<usize> = (0..n).map(|_| chance.below(n)).collect();
            at.sort_unstable();
            error_of(&bins_of(&at.iter().filter_map(|i| firsts.get(*i).copied()).collect::<Vec<_>>()))
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let quantile = |q: f64| drawn.get((q * drawn.len() as f64) as usize).copied().unwrap_or(value);
    let ece = Interval { value, low: (2.0 * value - quantile(0.975)).max(0.0), high: (2.0 * value - quantile(0.025)).max(value) };
    Ok(Calibration {
        cases: n,
        skipped: cases.len() - n,
        brier: share(brier),
        log_loss: share(log_loss),
        ece,
        top1: share(firsts.iter().filter(|f| f.1).count() as f64),
        top3: share(top3 as f64),
        bins,
    })
}

/// Bins of equal mass over cases sorted by certainty.
fn bins_of(sorted: &[(f64, bool)]) -> Vec<Bin> {
    let n = sorted.len();
    let edge = |bin: usize| bin * n / BINS;
    let bins = (0..BINS).filter_map(|bin| sorted.get(edge(bin)..edge(bin + 1))).filter(|cases| !cases.is_empty());
    bins.map(|cases| Bin {
        cases: cases.len(),
        said: cases.iter().map(|c| c.0).sum::<f64>() / cases.len() as f64,
        held: cases.iter().filter(|c| c.1).count() as f64 / cases.len() as f64,
    })
    .collect()
}

fn error_of(bins: &[Bin]) -> f64 {
    let n: usize = bins.iter().map(|b| b.cases).sum();
    bins.iter().map(|b| b.cases as f64 * (b.said - b.held).abs()).sum::<f64>() / n.max(1) as f64
}

/// What a case was expected to cost and what it did, in one unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Expected cost of repair at the first advice.
    pub predicted: f64,
    /// What it came to.
    pub realised: f64,
}

/// Predicted and realised costs of many cases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostReport {
    /// Number of cases.
    pub cases: usize,
    /// Mean predicted cost.
    pub predicted: f64,
    /// Mean realised cost.
    pub realised: f64,
    /// Mean difference (realised minus predicted) in standard errors; beyond ±2 the model misjudges. 0 with fewer than two cases.
    pub z: f64,
}

/// Compares costs. Pairs that are not finite are passed over.
pub fn compare_costs(costs: &[Cost]) -> CostReport {
    let costs: Vec<&Cost> = costs.iter().filter(|c| c.predicted.is_finite() && c.realised.is_finite()).collect();
    let n = costs.len() as f64;
    let mean = |sum: f64| if costs.is_empty() { 0.0 } else { sum / n };
    let predicted = mean(costs.iter().map(|c| c.predicted).sum());
    let realised = mean(costs.iter().map(|c| c.realised).sum());
    let squares: f64 = costs.iter().map(|c| (c.realised - c.predicted - (realised - predicted)).powi(2)).sum();
    let error = if costs.len() < 2 { 0.0 } else { (squares / (n - 1.0) / n).sqrt() };
    CostReport { cases: costs.len(), predicted, realised, z: if error > 0.0 { (realised - predicted) / error } else { 0.0 } }
}

/// True when the case with this id belongs to the held-out share (0 to 1). It depends on the id alone: a case stays on its side however
/// many others come.
pub fn held_out(id: &str, share: f64) -> bool {
    // FNV-1a, then mixed, because its high bits alone are poor on short ids.
    let hash = id.bytes().fold(0xCBF2_9CE4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01B3));
    ((mix(hash) >> 11) as f64 / (1u64 << 53) as f64) < share
}
