//! The connections being followed: found by their addresses, forgotten in the order of their last packet.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use super::event::{Direction, Flow};
use super::half::Half;
use super::network::Address;
use super::transport::Ports;

/// Both ends, the lower first, so that both directions find the same connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    low: Address,
    high: Address,
    ports: u32,
}

impl Key {
    /// The key, and whether the sender is the lower end.
    #[inline]
    pub(super) fn new(source: Address, destination: Address, ports: Ports) -> (Self, bool) {
        let from_low = (source, ports.source) <= (destination, ports.destination);
        let (low, high) = if from_low { (source, destination) } else { (destination, source) };
        let (a, b) = if from_low { (ports.source, ports.destination) } else { (ports.destination, ports.source) };
        (Key { low, high, ports: u32::from(a) << 16 | u32::from(b) }, from_low)
    }
}

impl Hash for Key {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut sum = u64::from(self.ports);
        for word in [self.low.0 >> 64, self.low.0, self.high.0 >> 64, self.high.0] {
            sum = fold(sum ^ word as u64);
        }
        state.write_u64(sum);
    }
}

/// Both halves of a product folded into one: every bit of the input reaches every bit of the result.
#[inline]
fn fold(word: u64) -> u64 {
    const ODD: u128 = 0x9E37_79B9_7F4A_7C15;
    const START: u64 = 0x2545_F491_4F6C_DD1D;
    let product = u128::from(word ^ START) * ODD;
    (product as u64) ^ (product >> 64) as u64
}

/// A key hashes itself; this only carries the number. The table is bounded, so keys made to collide cost time but no end of it.
#[derive(Clone, Copy, Default)]
pub(super) struct Carry(u64);

impl Hasher for Carry {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = fold(self.0 ^ u64::from(*byte));
        }
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }
}

const NONE: u32 = u32::MAX;

/// One connection and both its directions.
pub(super) struct Connection {
    key: Key,
    pub(super) flow: Flow,
    /// The client is the lower end of the key.
    client_is_low: bool,
    halves: [Half; 2],
    /// Ended; kept so that late packets of it are recognised.
    pub(super) ended: bool,
    pub(super) first_fin: Option<Direction>,
    pub(super) answered: bool,
    /// Time and number of its last packet.
    pub(super) time_ns: Option<u64>,
    pub(super) packet: u64,
    newer: u32,
    older: u32,
}

impl Connection {
    pub(super) fn new(key: Key, flow: Flow, client_is_low: bool) -> Self {
        Connection {
            key,
            flow,
            client_is_low,
            halves: [Half::default(), Half::default()],
            ended: false,
            first_fin: None,
            answered: false,
            time_ns: None,
            packet: 0,
            newer: NONE,
            older: NONE,
        }
    }

    #[inline]
    pub(super) fn direction(&self, from_low: bool) -> Direction {
        if from_low == self.client_is_low { Direction::ToServer } else { Direction::ToClient }
    }

    #[inline]
    pub(super) fn half(&mut self, direction: Direction) -> &mut Half {
        &mut self.halves[direction as usize]
    }

    /// The flow together with one of its directions.
    #[inline]
    pub(super) fn parts(&mut self, direction: Direction) -> (&Flow, &mut Half) {
        (&self.flow, &mut self.halves[direction as usize])
    }
}

#[derive(Default)]
pub(super) struct Table {
    slots: HashMap<Key, u32, BuildHasherDefault<Carry>>,
    connections: Vec<Connection>,
    free: Vec<u32>,
    /// Ends of the chain by last packet; meaningless while there are no connections.
    newest: u32,
    oldest: u32,
    /// The connection found last: packets come in runs.
    last: Option<(Key, u32)>,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    #[inline]
    pub(super) fn find(&mut self, key: &Key) -> Option<u32> {
        if let Some((last, slot)) = self.last
            && last == *key
        {
            return Some(slot);
        }
        let slot = self.slots.get(key).copied()?;
        self.last = Some((*key, slot));
        Some(slot)
    }

    #[inline]
    pub(super) fn get(&mut self, slot: u32) -> Option<&mut Connection> {
        self.connections.get_mut(slot as usize)
    }

    pub(super) fn oldest(&self) -> Option<u32> {
        (!self.slots.is_empty()).then_some(self.oldest)
    }

    /// All slots in use, in the order of their flows.
    pub(super) fn in_order(&self) -> Vec<u32> {
        let id = |slot: &u32| self.connections.get(*slot as usize).map(|c| c.flow.id);
        let mut slots: Vec<u32> = self.slots.values().copied().collect();
        slots.sort_unstable_by_key(id);
        slots
    }

    pub(super) fn insert(&mut self, connection: Connection) -> u32 {
        let key = connection.key;
        let slot = match self.free.pop() {
            Some(slot) => {
                if let Some(place) = self.get(slot) {
                    *place = connection;
                }
                slot
            }
            None => {
                self.connections.push(connection);
                self.connections.len() as u32 - 1
            }
        };
        if self.slots.is_empty() {
            (self.newest, self.oldest) = (NONE, NONE);
        }
        self.slots.insert(key, slot);
        self.last = Some((key, slot));
        self.chain(slot);
        slot
    }

    pub(super) fn remove(&mut self, slot: u32) {
        self.unchain(slot);
        if let Some(connection) = self.get(slot) {
            let key = connection.key;
            self.slots.remove(&key);
            self.free.push(slot);
        }
        self.last = None;
    }

    /// The connection has had a packet just now.
    #[inline]
    pub(super) fn touch(&mut self, slot: u32) {
        if self.newest != slot {
            self.unchain(slot);
            self.chain(slot);
        }
    }

    fn chain(&mut self, slot: u32) {
        let newest = self.newest;
        if let Some(connection) = self.get(slot) {
            (connection.newer, connection.older) = (NONE, newest);
        }
        match self.get(newest) {
            Some(before) => before.newer = slot,
            None => self.oldest = slot,
        }
        self.newest = slot;
    }

    fn unchain(&mut self, slot: u32) {
        let Some(connection) = self.get(slot) else { return };
        let (newer, older) = (connection.newer, connection.older);
        match self.get(newer) {
            Some(c) => c.older = older,
            None => self.newest = older,
        }
        match self.get(older) {
            Some(c) => c.newer = newer,
            None => self.oldest = newer,
        }
    }
}
