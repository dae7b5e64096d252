//! The magnetic stripe: what a head reads of it, given how worn it is and how it was drawn through.

use crate::Dice;

/// What the reader's head made of a swipe.
#[derive(Clone, PartialEq, Eq)]
pub enum Swipe {
    /// Second track, `PAN D YYMM …`. Card data.
    Track(String),
    /// Nothing that has a start, an end and right parity.
    Unreadable,
}

/// Reads a stripe. `wear` is the share of swipes that fail, 0 to 1; half of the failures are noticed by parity, the other half slip a
/// wrong digit through into the data behind the expiry, as two flipped bits do.
pub fn swipe(track: &str, wear: f64, dice: &mut Dice) -> Swipe {
    if !dice.chance(wear) {
        return Swipe::Track(track.to_string());
    }
    if dice.chance(0.5) {
        return Swipe::Unreadable;
    }
    let mut digits: Vec<char> = track.chars().collect();
    // Behind separator, expiry and service code: the value that the bank checks.
    if let Some(place) = digits.iter().position(|c| *c == 'D').map(|d| d + 13)
        && let Some(digit) = digits.get_mut(place)
    {
        *digit = char::from_digit((digit.to_digit(10).unwrap_or(0) + 3) % 10, 10).unwrap_or('0');
    }
    Swipe::Track(digits.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_stripe_reads_and_a_worn_one_errs_in_both_ways() {
        let track = "6200000000010012D30122000000012300";
        let mut dice = Dice::new(1);
        assert!(swipe(track, 0.0, &mut dice) == Swipe::Track(track.into()));
        let swipes: Vec<Swipe> = (0..100).map(|_| swipe(track, 1.0, &mut dice)).collect();
        let unreadable = swipes.iter().filter(|s| **s == Swipe::Unreadable).count();
        assert!((30..70).contains(&unreadable), "{unreadable}");
        assert!(swipes.iter().all(|s| *s != Swipe::Track(track.into())));
    }
}
