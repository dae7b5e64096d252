//! How much one address may ask: a bucket of tokens that fills with time. Bounded in memory, whoever comes.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Addresses that are remembered.
const ADDRESSES_MAX: usize = 20_000;
/// Seconds' worth of requests that may come at once.
const BURST_S: f64 = 6.0;

/// Buckets by address.
#[derive(Debug)]
pub struct Limits {
    rate_per_s: f64,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Limits {
    /// Every address may ask this often.
    pub fn new(rate_per_s: u32) -> Limits {
        Limits { rate_per_s: f64::from(rate_per_s.max(1)), buckets: Mutex::new(HashMap::new()) }
    }

    /// Takes `cost` tokens; `Err` says after how many seconds there will be enough.
    pub fn take(&self, who: IpAddr, cost: f64, now: Instant) -> Result<(), u32> {
        let full = self.rate_per_s * BURST_S;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= ADDRESSES_MAX && !buckets.contains_key(&who) {
            // Whoever has been away long enough for a full bucket is forgotten; if everybody is busy, all are.
            buckets.retain(|_, b| now.duration_since(b.at).as_secs_f64() < BURST_S);
            if buckets.len() >= ADDRESSES_MAX {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(network(who)).or_insert(Bucket { tokens: full, at: now });
        let gained = now.saturating_duration_since(bucket.at).as_secs_f64() * self.rate_per_s;
        bucket.tokens = (bucket.tokens + gained).min(full);
        bucket.at = now;
        let cost = cost.min(full);
        if bucket.tokens >= cost {
            bucket.tokens -= cost;
            Ok(())
        } else {
            Err(((cost - bucket.tokens) / self.rate_per_s).ceil() as u32)
        }
    }
}

/// Whoever has one address of version 6 has a whole /64 of them.
fn network(who: IpAddr) -> IpAddr {
    match who {
        IpAddr::V4(_) => who,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_empties_and_fills() {
        let limits = Limits::new(10);
        let (a, b): (IpAddr, IpAddr) = ("192.0.2.1".parse().expect("ip"), "2001:db8::1".parse().expect("ip"));
        let start = Instant::now();
        assert_eq!((0..100).filter(|_| limits.take(a, 1.0, start).is_ok()).count(), 60);
        assert_eq!(limits.take(a, 1.0, start), Err(1));
        assert_eq!(limits.take(a, 30.0, start), Err(3));
        assert!(limits.take(b, 1.0, start).is_ok(), "another address has its own");
        assert_eq!((0..100).filter(|_| limits.take(a, 1.0, start + Duration::from_secs(2)).is_ok()).count(), 20);
    }

    #[test]
    fn neighbours_in_one_network_share() {
        let limits = Limits::new(1);
        let now = Instant::now();
        for i in 0..6 {
            assert!(limits.take(format!("2001:db8::{i}").parse().expect("ip"), 1.0, now).is_ok());
        }
        assert!(limits.take("2001:db8::77".parse().expect("ip"), 1.0, now).is_err());
        for i in 0..30_000u32 {
            let _ = limits.take(IpAddr::from(i.to_be_bytes()), 1.0, now);
        }
        assert!(limits.buckets.lock().expect("no panic").len() <= ADDRESSES_MAX);
    }
}
