//! When flows complete or time out next: a binary heap whose stale entries are dropped lazily.

use crate::engine::time::NEVER_NS;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Entries below which stale ones are not worth clearing out.
const CLEAR_MIN: usize = 64;

/// Moments by slot. A slot has at most one that counts: the one set last.
#[derive(Clone, Debug, Default)]
pub(super) struct Schedule {
    heap: BinaryHeap<Reverse<(u64, u32, u32)>>,
    /// By slot: the moment that counts (`NEVER_NS` for none), and the stamp of its entry.
    current: Vec<(u64, u32)>,
    /// Slots with a moment.
    set: usize,
}

impl Schedule {
    /// Sets, moves or (with `NEVER_NS`) removes a slot's moment.
    pub(super) fn set(&mut self, slot: u32, at_ns: u64) {
        let index = slot as usize;
        if self.current.len() <= index {
            self.current.resize(index + 1, (NEVER_NS, 0));
        }
        let (old_ns, stamp) = self.current[index];
        if old_ns == at_ns {
            return;
        }
        self.set = self.set + usize::from(at_ns != NEVER_NS) - usize::from(old_ns != NEVER_NS);
        let stamp = stamp.wrapping_add(1);
        self.current[index] = (at_ns, stamp);
        if at_ns != NEVER_NS {
            self.heap.push(Reverse((at_ns, slot, stamp)));
        }
    }

    /// Drops stale entries from the top, and all of them once they outnumber the others, so that [`Self::next_ns`] can
    /// look without changing anything. Amortised, an entry is dropped once.
    pub(super) fn settle(&mut self) {
        if self.heap.len() > CLEAR_MIN + 2 * self.set {
            let current = &self.current;
            self.heap
                .retain(|Reverse((_, slot, stamp))| current[*slot as usize].1 == *stamp);
        }
        while let Some(Reverse((_, slot, stamp))) = self.heap.peek() {
            if self.current[*slot as usize].1 == *stamp {
                break;
            }
            self.heap.pop();
        }
    }

    /// The earliest moment; `NEVER_NS` for none. Right after [`Self::settle`].
    pub(super) fn next_ns(&self) -> u64 {
        self.heap.peek().map_or(NEVER_NS, |Reverse((at_ns, ..))| *at_ns)
    }

    /// Takes out all slots whose moment is `now_ns`, the earliest. After [`Self::settle`].
    pub(super) fn take_due(&mut self, now_ns: u64, due: &mut Vec<u32>) {
        while self.next_ns() == now_ns {
            let Some(Reverse((_, slot, stamp))) = self.heap.pop() else {
                break;
            };
            assert!(
                self.current[slot as usize].1 == stamp,
                "the top of a settled heap counts"
            );
            due.push(slot);
            self.current[slot as usize] = (NEVER_NS, stamp.wrapping_add(1));
            self.set -= 1;
            self.settle();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::random::{Draw, Purpose, Seed};

    #[test]
    fn agrees_with_a_plain_table() {
        let mut random = Seed {
            seed: 9,
            replication: 0,
        }
        .stream(Purpose::Protocol, 0);
        let mut schedule = Schedule::default();
        let mut table = [NEVER_NS; 40];
        let mut longest = 0;
        for _ in 0..20_000 {
            let slot = random.position(table.len());
            let at_ns = if random.chance(0.2) {
                NEVER_NS
            } else {
                random.below(100)
            };
            table[slot] = at_ns;
            schedule.set(u32::try_from(slot).unwrap(), at_ns);
            schedule.settle();
            longest = longest.max(schedule.heap.len());
            let earliest = *table.iter().min().unwrap();
            assert_eq!(schedule.next_ns(), earliest);
            if earliest != NEVER_NS && random.chance(0.1) {
                let mut due = Vec::new();
                schedule.take_due(earliest, &mut due);
                due.sort_unstable();
                let expected: Vec<u32> = (0..40).filter(|slot| table[*slot as usize] == earliest).collect();
                assert_eq!(due, expected);
                table
                    .iter_mut()
                    .filter(|at_ns| **at_ns == earliest)
                    .for_each(|at_ns| *at_ns = NEVER_NS);
            }
        }
        assert!(
            longest <= CLEAR_MIN + 2 * table.len() + 1,
            "stale entries are cleared: {longest}"
        );
    }
}
