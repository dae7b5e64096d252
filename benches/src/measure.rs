//! Times of calls, as short as the machine can do them: whatever else runs on it only adds.

use std::time::{Duration, Instant};

/// How many times as long.
pub fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

/// Time of one call, the best of five batches.
pub fn each(mut call: impl FnMut()) -> Duration {
    let mut batch = 1u32;
    let mut best = Duration::MAX;
    for round in 0..25 {
        let start = Instant::now();
        for _ in 0..batch {
            call();
        }
        let took = start.elapsed();
        if took < Duration::from_millis(30) && round < 20 {
            batch = batch.saturating_mul(2);
        } else {
            best = best.min(took / batch);
        }
    }
    best
}

/// A call, repeated as often as asked.
pub type Repeated<'a> = Box<dyn FnMut(u32) -> Duration + 'a>;

/// A call to be compared with others.
pub fn repeated<'a>(mut call: impl FnMut() + 'a) -> Repeated<'a> {
    Box::new(move |times| {
        let start = Instant::now();
        for _ in 0..times {
            call();
        }
        start.elapsed()
    })
}

/// Times of one call of each, the best of many short batches taken in turn, so that all of them see the same machine.
pub fn beside<const N: usize>(mut calls: [Repeated<'_>; N]) -> [Duration; N] {
    /// Long enough for the clock, short enough to fit between two interruptions.
    const BATCH: Duration = Duration::from_millis(4);
    const ROUNDS: usize = 150;
    let batches = calls.each_mut().map(|call| {
        let mut times = 1;
        while call(times) < BATCH {
            times *= 2;
        }
        times
    });
    let mut best = [Duration::MAX; N];
    for _ in 0..ROUNDS {
        for ((best, call), times) in best.iter_mut().zip(&mut calls).zip(batches) {
            // Picoseconds count where a call takes less than a hundred nanoseconds.
            *best = (*best).min(call(times).mul_f64(1000.0 / f64::from(times)));
        }
    }
    best
}

/// A time of [`beside`], which counts a thousand calls.
pub fn nanoseconds(thousand: Duration) -> String {
    format!("{:.1} ns", thousand.as_secs_f64() * 1e6)
}
