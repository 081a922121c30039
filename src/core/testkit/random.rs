//! Random numbers that depend only on a seed.

/// SplitMix64 (Steele, Lea, Flood 2014). Its numbers are part of what the test kit promises: the same seed gives the same
/// data in every version, on every machine.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Creates a stream of random numbers. Streams with the same seed and different numbers are independent.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self(seed ^ stream.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        random.draw();
        random
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// Draws a number from 0 to below `limit`; 0 for a limit of 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.draw() % limit.max(1) as u64) as usize
    }

    /// Draws a number from `first` to `last`, which is not less.
    pub fn between(&mut self, first: i64, last: i64) -> i64 {
        let count = last.abs_diff(first).saturating_add(1);
        first.wrapping_add((self.draw() % count) as i64)
    }

    /// Returns true in `times` of a thousand draws.
    pub fn permille(&mut self, times: usize) -> bool {
        self.below(1000) < times
    }

    /// Draws one of the items. There must be at least one.
    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Shuffles the items; every order is equally likely (Fisher, Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
