//! Situations seen so far, with what is known about each: the order in which steps were taken is forgotten (coalescing).

/// What was done and answered since the start of the plan: enough to know the weights of all causes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Key {
    /// A bit for each action that failed.
    pub done: u64,
    /// For each question a field of bits: 0 not asked, k + 1 answered with k.
    pub told: u64,
}

/// What to do in a situation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Service,
    Act(u16),
    Ask(u16),
}

/// What is known about a situation. Costs are multiplied by the probability of the situation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub key: Key,
    /// Cost that no plan beats, leaving aside plans that begin with an action of `forbidden` (another order serves them better).
    pub lo: f64,
    /// Cost that no plan at all beats.
    pub base: f64,
    /// The same if answers cost nothing: what holds after any question, too.
    pub free: f64,
    /// Cost of a plan that is known: `best`, then what is known of the situations after it.
    pub hi: f64,
    /// Actions that need no look here, as they stand better before the last one.
    pub forbidden: u64,
    pub best: Move,
    /// Steps looked ahead.
    pub depth: u16,
    /// The costly bound is in `base`.
    pub strong: bool,
}

/// Open addressing over a list that only grows: nothing is ever thrown out, so every known plan stays known.
pub(super) struct Table {
    slots: Vec<u32>,
    entries: Vec<Entry>,
    most: usize,
}

const EMPTY: u32 = u32::MAX;

impl Table {
    pub fn new(most: usize) -> Self {
        Table { slots: vec![EMPTY; 1024], entries: Vec::new(), most: most.clamp(1, EMPTY as usize - 1) }
    }

    fn slot(&self, key: Key) -> usize {
        // Two odd constants and a fold (splitmix64's finaliser): fixed, so that two runs are alike.
        let mut x = key.done.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ key.told.wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x ^= x >> 29;
        let mask = self.slots.len() - 1;
        let mut at = x as usize & mask;
        loop {
            let id = self.slots[at];
            if id == EMPTY || self.entries[id as usize].key == key {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    pub fn find(&self, key: Key) -> Option<u32> {
        let id = self.slots[self.slot(key)];
        (id != EMPTY).then_some(id)
    }

    /// Remembers a situation that is not there yet; `None` if the table is full.
    pub fn insert(&mut self, entry: Entry) -> Option<u32> {
        if self.entries.len() >= self.most {
            return None;
        }
        if self.entries.len() * 2 >= self.slots.len() {
            self.slots = vec![EMPTY; self.slots.len() * 2];
            for id in 0..self.entries.len() {
                let at = self.slot(self.entries[id].key);
                self.slots[at] = id as u32;
            }
        }
        let (at, id) = (self.slot(entry.key), self.entries.len() as u32);
        self.slots[at] = id;
        self.entries.push(entry);
        Some(id)
    }

    pub fn get(&self, id: u32) -> &Entry {
        &self.entries[id as usize]
    }

    pub fn get_mut(&mut self, id: u32) -> &mut Entry {
        &mut self.entries[id as usize]
    }

    pub fn is_full(&self) -> bool {
        self.entries.len() >= self.most
    }
}
