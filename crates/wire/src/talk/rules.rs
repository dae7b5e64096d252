//! What a network and a terminal hold true: times, limits, codes.

/// How messages are judged. The default is that of a UnionPay terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long a terminal waits for a reply, in nanoseconds.
    pub timeout_ns: u64,
    /// How long a chain stays open after its last message, for a reversal or a void, in nanoseconds. Never shorter than the time-out.
    pub keep_ns: u64,
    /// The same in messages, where there is no time.
    pub keep_messages: u64,
    /// Messages held at most; above it the oldest chain is given out.
    pub held_max: usize,
    /// Terminals remembered at most.
    pub terminals_max: usize,
    /// Field 39 of an approval.
    pub approved: Vec<String>,
    /// Field 39 of a reply that does not say what became of the money (time-out inside the network, approved offline and then refused).
    pub unclear: Vec<String>,
    /// Field 39 of a successful reversal.
    pub reversed: Vec<String>,
    /// Field 39 of a reversal that found nothing to reverse and is not to be sent again.
    pub nothing_to_reverse: Vec<String>,
    /// Field 39 of an approval for a part of the amount.
    pub partial: Vec<String>,
    /// Field 39 that tells of keys out of step: wrong MAC, wrong PIN block.
    pub keys_wrong: Vec<String>,
    /// Network management codes (60.3 of a UnionPay terminal, field 70 elsewhere) of a sign-on.
    pub sign_on: Vec<u16>,
    /// So many sign-ons within [`Rules::sign_on_ns`] are too many.
    pub sign_on_max: u32,
    /// The time in which sign-ons are counted, in nanoseconds.
    pub sign_on_ns: u64,
    /// Clocks may differ by this much, in seconds.
    pub clock_s: u64,
    /// Seconds by which the terminals' clocks are ahead of UTC. Without it clocks are not compared with the capture.
    pub utc_offset_s: Option<i32>,
}

const SECOND: u64 = 1_000_000_000;

impl Default for Rules {
    fn default() -> Self {
        let codes = |codes: &[&str]| codes.iter().map(|c| (*c).to_owned()).collect();
        Rules {
            timeout_ns: 60 * SECOND,
            keep_ns: 600 * SECOND,
            keep_messages: 16_384,
            held_max: 65_536,
            terminals_max: 65_536,
            approved: codes(&["00", "10", "11", "16", "A2", "A4", "A5", "A6"]),
            unclear: codes(&["09", "68", "98", "B4", "C4", "D4"]),
            reversed: codes(&["00"]),
            nothing_to_reverse: codes(&["12", "25"]),
            partial: codes(&["10"]),
            keys_wrong: codes(&["A0", "99"]),
            sign_on: vec![1, 3, 4, 5, 401],
            sign_on_max: 3,
            sign_on_ns: 300 * SECOND,
            clock_s: 300,
            utc_offset_s: None,
        }
    }
}

/// True when a list of codes holds this one.
pub(super) fn holds(codes: &[String], code: &str) -> bool {
    codes.iter().any(|c| c == code)
}
