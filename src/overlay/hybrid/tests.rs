//! What a run does not show one by one.

use super::message::HybridMessage;
use super::policy::{Desk, Publish};
use super::rarity::Scheme;
use crate::engine::{Message as _, PeerId};
use crate::overlay::chord::Chord;
use crate::overlay::dht::message::Message as DhtMessage;
use crate::overlay::gnutella::Message as Servent;
use crate::overlay::{ItemId, QueryId};
use std::collections::BTreeSet;

type Both = HybridMessage<Servent, DhtMessage<Chord>>;

#[test]
fn kinds_are_those_of_both_and_no_two_have_one_name() {
    let kinds = Both::KINDS;
    assert_eq!(kinds[..Servent::KINDS.len()], *Servent::KINDS);
    let structured: Vec<String> = DhtMessage::<Chord>::KINDS
        .iter()
        .map(|kind| format!("Dht{kind}"))
        .collect();
    let (of_structured, own) = kinds[Servent::KINDS.len()..].split_at(structured.len());
    assert_eq!(of_structured, structured);
    let is_own = |kind: &&str| kind.starts_with("Gateway") || kind.starts_with("Sample");
    assert!(own.iter().all(is_own) && !own.is_empty());
    let names: BTreeSet<String> = kinds.iter().map(|kind| kind.to_lowercase()).collect();
    assert_eq!(names.len(), kinds.len());
}

#[test]
fn a_query_is_copied_the_short_way_and_nothing_else_is() {
    let query = Servent::Query {
        query: QueryId(7),
        text_bytes: 20,
        ttl: 3,
        hops: 2,
    };
    let message = Both::Unstructured(query.clone());
    let copy = message.copier().expect("floods have a short way")();
    assert!(matches!(copy, Both::Unstructured(copy) if copy == query));
    assert!(Both::Unstructured(Servent::Connect).copier().is_none());
    assert_eq!(message.kind(), query.kind());
    assert_eq!(message.size_bytes(), query.size_bytes());
    assert_eq!(message.fingerprint(), query.fingerprint());
}

#[test]
fn hits_are_counted_for_queries_that_wait() {
    let mut desk = Desk::default();
    let (one, other) = (QueryId(1), QueryId(2));
    desk.begin_waiting(one);
    desk.begin_waiting(other);
    desk.note_hit(other);
    desk.note_hit(other);
    desk.note_hit(QueryId(3));
    assert_eq!(desk.waited(one), Some(0));
    assert_eq!(desk.waited(other), Some(2));
    assert_eq!(desk.waited(other), None, "its time is over");
}

#[test]
fn what_is_rare_is_published_once_it_was_listened() {
    let publish = Publish::Rare {
        scheme: Scheme::SampledHits { holders_max: 0 },
        listen_ns: 1,
    };
    let mut desk = Desk::default();
    let (rare, common) = (ItemId(0), ItemId(1));
    desk.sightings.note_holder(common, PeerId(8), 0);
    assert!(!desk.publishes(rare, &[], &publish), "nobody has listened yet");
    desk.note_listened();
    assert!(desk.publishes(rare, &[], &publish));
    assert!(!desk.publishes(common, &[], &publish));
    let listed = Publish::Listed(vec![false, true]);
    assert!(!desk.publishes(rare, &[], &listed) && desk.publishes(common, &[], &listed));
    assert!(desk.publishes(common, &[], &Publish::All) && !desk.publishes(common, &[], &Publish::Nothing));
}

#[test]
fn whoever_was_found_by_the_structured_overlay_is_called_by_it() {
    let mut desk = Desk::default();
    desk.note_by_structured(QueryId(1), PeerId(5));
    assert!(desk.is_by_structured(QueryId(1), PeerId(5)));
    assert!(!desk.is_by_structured(QueryId(2), PeerId(5)));
    assert!(!desk.is_by_structured(QueryId(1), PeerId(6)));
}
