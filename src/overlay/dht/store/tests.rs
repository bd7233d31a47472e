use super::*;

const KEY: Identifier = Identifier::ZERO;

fn holder(number: u32) -> Holder {
    Holder {
        peer: PeerId(number),
        firewalled: false,
    }
}

fn put(store: &mut Store, key: Identifier, number: u32, now_ns: u64, until_ns: u64) {
    store.put(key, holder(number), Standing::Replica, now_ns, until_ns);
}

fn holders(store: &Store, key: Identifier, now_ns: u64, holders_max: u16) -> Vec<Holder> {
    store.get(key, now_ns, holders_max).holders().to_vec()
}

fn store() -> Store {
    let mut store = Store::default();
    put(&mut store, KEY, 1, 0, 10);
    put(&mut store, KEY, 2, 0, 20);
    put(&mut store, KEY, 3, 5, 30);
    store
}

#[test]
fn the_latest_come_first_and_not_too_many() {
    let check = |holders_max, expect: &[u32]| {
        let got = holders(&store(), KEY, 5, holders_max);
        assert_eq!(
            got,
            expect.iter().map(|number| holder(*number)).collect::<Vec<_>>()
        );
    };
    check(9, &[3, 2, 1]);
    check(2, &[3, 2]);
}

#[test]
fn what_is_too_old_is_not_told() {
    assert_eq!(holders(&store(), KEY, 9, 9).len(), 3);
    assert_eq!(holders(&store(), KEY, 10, 9), [holder(3), holder(2)]);
    assert_eq!(holders(&store(), KEY, 30, 9), []);
    assert_eq!(holders(&store(), Identifier::MAX, 0, 9), []);
}

#[test]
fn keys_are_passed_on_unless_somebody_else_did_so_lately() {
    let mut store = store();
    put(&mut store, Identifier::MAX, 9, 2, 12);
    assert_eq!(store.untouched(8, 2), [Identifier::MAX]);
    assert_eq!(store.untouched(8, 5), [KEY, Identifier::MAX]);
    assert_eq!(store.untouched(12, 5), [KEY]);
    assert_eq!(
        store.replicas(KEY, 12),
        Deposit::Holders(vec![(holder(2), Lifetime(8)), (holder(3), Lifetime(18))])
    );
}

#[test]
fn a_holder_is_kept_once_and_for_the_latest_time() {
    let mut store = store();
    put(&mut store, KEY, 1, 8, 40);
    assert_eq!(holders(&store, KEY, 8, 9), [holder(1), holder(3), holder(2)]);
    assert_eq!(holders(&store, KEY, 35, 9), [holder(1)]);
}

/// A version that is kept, or told, until a time.
type Told = (u32, Standing, u64);

use Standing::{Cached, Replica};

#[test]
fn the_higher_version_stands() {
    let check = |kept: Told, told: Told, expect: Told| {
        for order in [[kept, told], [told, kept]] {
            let mut store = Store::default();
            for (version, standing, until_ns) in order {
                store.put_value(KEY, Version(version), standing, 5, until_ns);
            }
            let (version, standing, until_ns) = expect;
            let (last_ns, version) = (until_ns - 1, Version(version));
            assert_eq!(store.get(KEY, last_ns, 1), Known::Value(version), "{order:?}");
            assert_eq!(store.get(KEY, until_ns, 1), Known::Nothing, "{order:?}");
            let replica = Deposit::Value(version, Lifetime(1));
            let is_replica = store.replicas(KEY, last_ns) == replica;
            assert_eq!(is_replica, standing == Replica, "{order:?}");
        }
    };
    check((2, Replica, 20), (1, Replica, 30), (2, Replica, 20));
    check((2, Replica, 20), (3, Replica, 10), (3, Replica, 10));
    check((2, Replica, 20), (2, Replica, 10), (2, Replica, 20));
    check((2, Replica, 20), (2, Replica, 30), (2, Replica, 30));
    check((2, Replica, 20), (3, Cached, 10), (3, Replica, 20));
    check((2, Replica, 20), (2, Cached, 30), (2, Replica, 20));
    check((2, Replica, 20), (1, Cached, 30), (2, Replica, 20));
    check((2, Cached, 20), (2, Cached, 10), (2, Cached, 20));
    check((2, Cached, 20), (3, Cached, 10), (3, Cached, 10));
}

#[test]
fn what_is_too_old_is_as_if_it_had_never_been_there() {
    let mut store = Store::default();
    store.put_value(KEY, Version(3), Replica, 0, 5);
    store.put_value(KEY, Version(2), Cached, 5, 20);
    assert_eq!(store.get(KEY, 5, 1), Known::Value(Version(2)));
    assert_eq!(store.untouched(6, 6), []);
}

#[test]
fn copies_on_the_way_are_not_passed_on() {
    let mut store = Store::default();
    store.put_value(KEY, Version(1), Cached, 0, 90);
    store.put(Identifier::MAX, holder(1), Cached, 0, 90);
    assert_eq!(store.untouched(50, 40), []);
    store.put(Identifier::MAX, holder(2), Replica, 10, 90);
    assert_eq!(store.untouched(50, 40), [Identifier::MAX]);
    let passed_on = Deposit::Holders(vec![(holder(2), Lifetime(40))]);
    assert_eq!(store.replicas(Identifier::MAX, 50), passed_on);
    // A holder that the node is responsible for does not become a copy, and counts as stored when it was.
    store.put(Identifier::MAX, holder(2), Cached, 45, 60);
    assert_eq!(store.untouched(50, 40), [Identifier::MAX]);
    assert_eq!(store.replicas(Identifier::MAX, 50), passed_on);
}

#[test]
fn items_of_a_word_are_kept_once_each_and_for_the_latest_time() {
    let mut store = Store::default();
    for (item, standing, now_ns, until_ns) in [
        (4, Replica, 0, 10),
        (7, Replica, 1, 20),
        (4, Replica, 2, 30),
        (7, Cached, 3, 90),
        (9, Cached, 4, 90),
    ] {
        store.put(KEY, ItemId(item), standing, now_ns, until_ns);
    }
    let items = |now_ns| store.items(KEY, now_ns).map(|item| item.0).collect::<Vec<_>>();
    assert_eq!(items(5), [9, 4, 7]);
    assert_eq!(items(20), [9, 4]);
    assert_eq!(store.get(KEY, 5, 9), Known::Nothing, "no holder is known");
    let replicas = vec![(ItemId(7), Lifetime(15)), (ItemId(4), Lifetime(25))];
    assert_eq!(store.replicas(KEY, 5), Deposit::Items(replicas));
    assert_eq!(store.untouched(5, 1), []);
    assert_eq!(store.untouched(5, 2), [KEY]);
}

#[test]
fn an_old_version_does_not_spare_the_new_one_from_being_passed_on() {
    let mut store = Store::default();
    store.put_value(KEY, Version(2), Replica, 0, 90);
    store.put_value(KEY, Version(1), Replica, 30, 90);
    assert_eq!(store.untouched(50, 20), [KEY]);
    store.put_value(KEY, Version(2), Replica, 30, 90);
    assert_eq!(store.untouched(50, 20), []);
}
