//! Chance that can be thrown again: the same seed gives the same throws on every machine, for ever.

/// A generator of pseudo-random numbers (SplitMix64: Steele, Lea, Flood, “Fast splittable pseudorandom number generators”, 2014). Written
/// here because a run must replay from its seed years later, whatever a library does to its own. Not for keys.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice from a seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// Other dice for one part of the world, so that a new throw in one part does not shift the throws of the others.
    pub fn fork(&self, part: &str) -> Dice {
        let mut state = self.0 ^ 0x9E37_79B9_7F4A_7C15;
        for byte in part.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        let mut dice = Dice(state);
        dice.throw();
        dice
    }

    /// The next 64 bits.
    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A whole number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.throw()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        (self.throw() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of the items; `None` of none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u64) as usize)
    }

    /// The place of one weight, with probability in proportion to it; the last place when all weights are 0.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        weights.len().saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same_and_parts_do_not_disturb_each_other() {
        let (mut a, mut b) = (Dice::new(7), Dice::new(7));
        assert_eq!((0..9).map(|_| a.throw()).collect::<Vec<_>>(), (0..9).map(|_| b.throw()).collect::<Vec<_>>());
        assert_eq!(Dice::new(1).throw(), 0x910A_2DEC_8902_5CC1, "the published algorithm");
        assert_ne!(Dice::new(7).fork("net").throw(), Dice::new(7).fork("card").throw());
        let mut dice = Dice::new(3);
        let mut seen = [0u32; 3];
        (0..3000).for_each(|_| seen[dice.weighted(&[1.0, 2.0, 0.0])] += 1);
        assert!(seen[0] > 900 && seen[0] < 1100 && seen[2] == 0, "{seen:?}");
    }
}
