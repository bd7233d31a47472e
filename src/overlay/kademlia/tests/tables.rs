//! Buckets: single cases, and any run of events against a slow, obvious model.

use crate::engine::time::SECOND_NS;
use crate::overlay::dht::NodeId;
use crate::overlay::kademlia::Settings;
use crate::overlay::kademlia::place::Place;
use crate::overlay::kademlia::table::{Silence, Table};
use proptest::prelude::*;

const PLACE: Place = Place { level: 3, digit: 1 };

const SMALL: Settings = Settings {
    bucket_contacts: 3,
    replacement_contacts: 2,
    ..super::SETTINGS
};

#[derive(Clone, Copy, Debug)]
enum Step {
    Heard(u32),
    Silent(u32),
    Probed,
}

use Step::{Heard, Probed, Silent};

/// Contacts of the bucket at a place, and who waits.
fn bucket(table: &Table, place: Place) -> (Vec<u32>, Vec<u32>) {
    let found = table.buckets().find(|(bucket, ..)| bucket.place == place);
    let (_, contacts, waiting) = found.expect("there is such a bucket");
    let numbers = |contacts: &[_]| -> Vec<u32> {
        let contacts: &[crate::overlay::kademlia::contact::Contact] = contacts;
        contacts.iter().map(|contact| contact.node().0).collect()
    };
    (numbers(contacts), numbers(waiting))
}

/// Takes one step a second; returns who was to be asked for a sign of life, in order.
fn play(table: &mut Table, steps: &[Step], settings: &Settings) -> Vec<u32> {
    let mut asked = Vec::new();
    for (second, step) in (1..).zip(steps) {
        match *step {
            Heard(node) => {
                let doubted = table.heard(
                    PLACE,
                    NodeId(node),
                    second * SECOND_NS,
                    settings.pings_before_eviction,
                    settings,
                );
                asked.extend(doubted.map(|node| node.0));
            }
            Silent(node) => {
                table.silent(PLACE, NodeId(node), settings);
            }
            Probed => table.probed(PLACE),
        }
    }
    asked
}

#[test]
fn contacts_come_and_go_as_they_are_heard() {
    let check = |steps: &[Step], contacts: &[u32], waiting: &[u32], asked: &[u32]| {
        let mut table = Table::default();
        let to_ask = play(&mut table, steps, &SMALL);
        let (are_in, wait) = bucket(&table, PLACE);
        assert_eq!(are_in, contacts, "{steps:?}");
        assert_eq!(wait, waiting, "{steps:?}");
        assert_eq!(to_ask, asked, "{steps:?}");
    };
    let full = [Heard(1), Heard(2), Heard(3)];
    let after = |steps: &[Step]| [&full[..], steps].concat();
    check(&full, &[1, 2, 3], &[], &[]);
    // The latest sign of life counts.
    check(&after(&[Heard(1)]), &[2, 3, 1], &[], &[]);
    check(&after(&[Heard(2)]), &[1, 3, 2], &[], &[]);
    // A newcomer waits, and the least recently heard is asked, one at a time.
    check(&after(&[Heard(4)]), &[1, 2, 3], &[4], &[1]);
    check(&after(&[Heard(4), Heard(5)]), &[1, 2, 3], &[4, 5], &[1]);
    check(
        &after(&[Heard(4), Heard(1), Probed, Heard(5)]),
        &[2, 3, 1],
        &[4, 5],
        &[1, 2],
    );
    // No more than two wait: the least recently heard gives way.
    check(&after(&[Heard(4), Heard(5), Heard(6)]), &[1, 2, 3], &[5, 6], &[1]);
    check(
        &after(&[Heard(4), Heard(5), Heard(4), Heard(6)]),
        &[1, 2, 3],
        &[4, 6],
        &[1],
    );
    // Two failures in a row are needed, and the most recently heard that waits moves in.
    check(&after(&[Silent(1)]), &[1, 2, 3], &[], &[]);
    check(&after(&[Silent(1), Silent(1)]), &[2, 3], &[], &[]);
    check(&after(&[Silent(1), Heard(1), Silent(1)]), &[2, 3, 1], &[], &[]);
    check(
        &after(&[Heard(4), Heard(5), Silent(1), Silent(1)]),
        &[2, 3, 5],
        &[4],
        &[1],
    );
    // It goes where its own last sign of life puts it.
    check(
        &after(&[Heard(4), Heard(2), Silent(1), Silent(1)]),
        &[3, 4, 2],
        &[],
        &[1],
    );
    // Who waits and is silent waits no more; strangers mean nothing.
    check(
        &after(&[Heard(4), Heard(5), Silent(4), Silent(9)]),
        &[1, 2, 3],
        &[5],
        &[1],
    );
}

#[test]
fn without_pings_newcomers_wait_for_a_failure() {
    let settings = Settings {
        pings_before_eviction: false,
        replacement_contacts: 0,
        ..SMALL
    };
    let mut table = Table::default();
    let asked = play(&mut table, &[Heard(1), Heard(2), Heard(3), Heard(4)], &settings);
    assert!(asked.is_empty(), "{asked:?}");
    assert_eq!(bucket(&table, PLACE), (vec![1, 2, 3], vec![]));
    let second = |node| table.silent(PLACE, NodeId(node), &settings);
    assert_eq!(
        [1, 1, 1].map(second),
        [Silence::Kept, Silence::Dropped, Silence::Unknown]
    );
}

/// A bucket as one would write it without a thought to memory.
#[derive(Default)]
struct Model {
    /// Node, second of its last sign of life, failures since.
    contacts: Vec<(u32, u64, u8)>,
    waiting: Vec<(u32, u64)>,
    is_probed: bool,
}

impl Model {
    fn heard(&mut self, node: u32, second: u64, settings: &Settings) -> Option<u32> {
        let (room, room_to_wait) = (settings.bucket_contacts, settings.replacement_contacts);
        let is_known = self.contacts.iter().any(|contact| contact.0 == node);
        if is_known || self.contacts.len() < usize::from(room) {
            self.contacts.retain(|contact| contact.0 != node);
            self.contacts.push((node, second, 0));
            return None;
        }
        self.waiting.retain(|waits| waits.0 != node);
        self.waiting.push((node, second));
        if self.waiting.len() > usize::from(room_to_wait) {
            self.waiting.remove(0);
        }
        if self.is_probed || !settings.pings_before_eviction {
            return None;
        }
        self.is_probed = true;
        Some(self.contacts[0].0)
    }

    fn silent(&mut self, node: u32, settings: &Settings) {
        self.waiting.retain(|waits| waits.0 != node);
        for contact in self.contacts.iter_mut().filter(|contact| contact.0 == node) {
            contact.2 += 1;
        }
        let before = self.contacts.len();
        self.contacts.retain(|contact| contact.2 < settings.failures_max);
        if self.contacts.len() < before
            && let Some((node, second)) = self.waiting.pop()
        {
            self.contacts.push((node, second, 0));
            self.contacts.sort_by_key(|contact| contact.1);
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<(u8, Step)>> {
    let step = prop_oneof![
        6 => (0..8_u32).prop_map(Heard),
        3 => (0..8_u32).prop_map(Silent),
        1 => Just(Probed),
    ];
    proptest::collection::vec((0..3_u8, step), 0..120)
}

proptest! {
    /// Three buckets side by side, that must not disturb each other.
    #[test]
    fn tables_do_as_the_model_does(
        steps in steps(),
        bucket_contacts in 1..5_u16,
        replacement_contacts in 0..4_u16,
        failures_max in 1..4_u8,
        pings_before_eviction: bool,
    ) {
        let settings = Settings {
            bucket_contacts,
            replacement_contacts,
            pings_before_eviction,
            failures_max,
            ..super::SETTINGS
        };
        let mut table = Table::default();
        let mut models = [Model::default(), Model::default(), Model::default()];
        let place = |level| Place { level, digit: level };
        for level in 0..3 {
            table.open(place(level), 0);
        }
        for (second, (level, step)) in (1..).zip(steps) {
            let model = &mut models[usize::from(level)];
            // Nodes of different buckets are different.
            let number = |node| node + 100 * u32::from(level);
            match step {
                Heard(node) => {
                    let node = number(node);
                    let asked = table.heard(
                        place(level),
                        NodeId(node),
                        second * SECOND_NS,
                        settings.pings_before_eviction,
                        &settings,
                    );
                    prop_assert_eq!(asked.map(|node| node.0), model.heard(node, second, &settings));
                }
                Silent(node) => {
                    table.silent(place(level), NodeId(number(node)), &settings);
                    model.silent(number(node), &settings);
                }
                Probed => {
                    table.probed(place(level));
                    model.is_probed = false;
                }
            }
            for (level, model) in (0..).zip(&models) {
                let contacts: Vec<u32> = model.contacts.iter().map(|contact| contact.0).collect();
                let waiting: Vec<u32> = model.waiting.iter().map(|waits| waits.0).collect();
                prop_assert_eq!(bucket(&table, place(level)), (contacts, waiting));
            }
            let sum: usize = models.iter().map(|model| model.contacts.len()).sum();
            prop_assert_eq!(table.contacts().len(), sum);
        }
    }
}
