use super::*;
use crate::engine::sessions::AlwaysOnline;
use crate::engine::{Departure, PlannedSession};
use crate::sharing::catalogue::{CataloguePlan, LengthLaw, SizeLaw};
use crate::sharing::popularity::PopularityLaw;
use crate::sharing::testing::SEED;

const HOUR_NS: u64 = 3_600 * SECOND_NS;

fn catalogue() -> Catalogue {
    let plan = CataloguePlan {
        items: 100,
        size: SizeLaw::Fixed(1),
        chunk_bytes: 1,
        popularity: PopularityLaw::Zipf {
            exponent: 1.0,
            flat_head: 0,
        },
        name_bytes: LengthLaw::Fixed(1),
        text_bytes: LengthLaw::Fixed(1),
        vocabulary: None,
    };
    Catalogue::new(&plan, SEED).unwrap()
}

/// Sessions of half an hour on average, absences of a quarter.
struct Alternating;

impl Sessions for Alternating {
    fn session(&self, peer: PeerId, number: u32, previous_end_ns: u64) -> Option<PlannedSession> {
        let mut stream = SEED.stream_at(Purpose::Churn, u64::from(peer.0), number);
        let mut drawn_ns = |mean_s: f64| {
            let seconds = sample::exponential(mean_s, &mut stream);
            u64::try_from(std::time::Duration::from_secs_f64(seconds).as_nanos()).unwrap()
        };
        let absence_ns = drawn_ns(900.0);
        let length_ns = drawn_ns(1_800.0);
        let start_ns = previous_end_ns + absence_ns;
        Some(PlannedSession {
            start_ns,
            end_ns: start_ns + length_ns,
            departure: Departure::Graceful,
        })
    }
}

fn sessions_of(peer: PeerId, end_ns: u64) -> Vec<PlannedSession> {
    let mut sessions: Vec<PlannedSession> = Vec::new();
    loop {
        let previous_end_ns = sessions.last().map_or(0, |session| session.end_ns);
        let number = u32::try_from(sessions.len()).unwrap();
        match Alternating.session(peer, number, previous_end_ns) {
            Some(session) if session.start_ns < end_ns => sessions.push(session),
            _ => return sessions,
        }
    }
}

#[test]
fn online_peers_ask_at_the_given_rate() {
    let span = WorkloadSpan {
        warm_up_ns: HOUR_NS,
        end_ns: 24 * HOUR_NS,
    };
    let peers = 200;
    let rate_hz = |peer: PeerId| if peer.0 < 100 { 0.002 } else { 0.0005 };
    let catalogue = catalogue();
    let queries = poisson_queries(peers, rate_hz, &Alternating, &catalogue, span, SEED);
    assert!(queries.is_sorted_by_key(|query| (query.at_ns, query.origin)));
    let mut expected = 0.0;
    for peer in (0..peers).map(PeerId) {
        let sessions = sessions_of(peer, span.end_ns);
        let online_ns: u64 = sessions
            .iter()
            .map(|session| session.end_ns.min(span.end_ns) - session.start_ns)
            .sum();
        expected += rate_hz(peer) * online_ns as f64 / SECOND_NS as f64;
        for query in queries.iter().filter(|query| query.origin == peer) {
            assert!(
                sessions
                    .iter()
                    .any(|session| (session.start_ns..session.end_ns).contains(&query.at_ns)),
                "asked while offline"
            );
        }
    }
    let count = queries.len() as f64;
    assert!(
        (count - expected).abs() < 3.0 * expected.sqrt(),
        "{count}, expected {expected}"
    );
    assert!(
        queries
            .iter()
            .all(|query| query.warm_up == (query.at_ns < HOUR_NS))
    );
    let first = queries.iter().filter(|query| query.item == ItemId(0)).count() as f64;
    let p = catalogue.popularity().probability(ItemId(0));
    assert!((first - p * count).abs() < 3.0 * (p * (1.0 - p) * count).sqrt());
}

#[test]
fn gaps_are_exponential() {
    let span = WorkloadSpan {
        warm_up_ns: 0,
        end_ns: 20_000 * SECOND_NS,
    };
    let queries = poisson_queries(1, |_| 1.0, &AlwaysOnline, &catalogue(), span, SEED);
    let gaps: Vec<f64> = queries
        .windows(2)
        .map(|pair| (pair[1].at_ns - pair[0].at_ns) as f64 / SECOND_NS as f64)
        .collect();
    let n = gaps.len() as f64;
    let longer = gaps.iter().filter(|gap| **gap > 1.0).count() as f64 / n;
    let p = crate::engine::math::exp(-1.0);
    assert!((longer - p).abs() < 3.0 * (p * (1.0 - p) / n).sqrt(), "{longer}");
    assert!((n - 20_000.0).abs() < 3.0 * 20_000.0_f64.sqrt());
}

#[test]
fn a_peers_queries_do_not_depend_on_the_others() {
    let span = WorkloadSpan {
        warm_up_ns: 0,
        end_ns: HOUR_NS,
    };
    let of_three = |peers: u32, rate_hz: f64| -> Vec<PlannedQuery> {
        let rates = |peer: PeerId| if peer.0 == 3 { 0.01 } else { rate_hz };
        poisson_queries(peers, rates, &Alternating, &catalogue(), span, SEED)
            .into_iter()
            .filter(|query| query.origin == PeerId(3))
            .collect()
    };
    assert!(!of_three(4, 0.01).is_empty());
    assert_eq!(of_three(4, 0.01), of_three(50, 0.0));
}

fn label(text: &str) -> Option<PeerId> {
    let number: u32 = text.strip_prefix('n')?.parse().ok()?;
    (number < 10).then_some(PeerId(number))
}

#[test]
fn rows_are_read_exactly_and_sorted() {
    let text = "\u{feff}at_s,origin,item,ttl\r\n\
        # a comment\n\
        2.000000001,n1,3\n\
        \n\
        2.000000001,n1,2,7\n\
        0.5 , n9, 0,\n\
        2.000000001,n0,4,4294967295\n";
    let queries = parse_queries(text, label, bounds(SECOND_NS)).unwrap();
    let rows: Vec<(u64, u32, u32, Option<u32>, bool)> = queries
        .iter()
        .map(|query| {
            (
                query.at_ns,
                query.origin.0,
                query.item.0,
                query.ttl,
                query.warm_up,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (500_000_000, 9, 0, None, true),
            (2_000_000_001, 0, 4, Some(u32::MAX), false),
            (2_000_000_001, 1, 3, None, false),
            (2_000_000_001, 1, 2, Some(7), false),
        ]
    );
    assert_eq!(parse_queries("", label, bounds(0)), Ok(Vec::new()));
}

#[test]
fn times_are_exact_decimals() {
    for (text, ns) in [
        ("0", 0),
        ("-0.0", 0),
        ("+1", SECOND_NS),
        (".5", SECOND_NS / 2),
        ("7.", 7 * SECOND_NS),
        ("0.1000000000000", SECOND_NS / 10),
        ("123456789.987654321", 123_456_789_987_654_321),
    ] {
        assert_eq!(time_ns(text), Ok(ns), "{text}");
    }
    for (text, fault) in [
        ("", RowFault::NotATime(String::new())),
        (".", RowFault::NotATime(".".into())),
        ("NaN", RowFault::NotATime("NaN".into())),
        ("1e3", RowFault::NotATime("1e3".into())),
        ("1 s", RowFault::NotATime("1 s".into())),
        ("--1", RowFault::NotATime("--1".into())),
        ("-1", RowFault::Negative("-1".into())),
        ("-0.000000001", RowFault::Negative("-0.000000001".into())),
        ("0.0000000001", RowFault::TooFine("0.0000000001".into())),
        ("9300000000", RowFault::TooLarge("9300000000".into())),
        (
            "99999999999999999999",
            RowFault::TooLarge("99999999999999999999".into()),
        ),
    ] {
        assert_eq!(time_ns(text), Err(fault), "{text}");
    }
}

#[test]
fn bad_rows_are_named_with_their_line() {
    for (row, message) in [
        (
            "1,n0",
            "line 3: expected 3 or 4 fields separated by commas, found 2",
        ),
        (
            "1,n0,0,1,2",
            "line 3: expected 3 or 4 fields separated by commas, found 5",
        ),
        ("-1,n0,0", "line 3: `-1` is negative"),
        ("inf,n0,0", "line 3: `inf` is not a time"),
        ("1,n10,0", "line 3: there is no peer `n10`"),
        ("1,n0,5", "line 3: there is no item 5: the catalogue has 5"),
        ("1,n0,99999999999", "line 3: there is no item 99999999999"),
        (
            "1,n0,x",
            "line 3: `x` is not a whole number: the item must be one",
        ),
        ("1,n0,1,0", "line 3: the TTL must be at least 1"),
        ("1,n0,1,4294967296", "line 3: `4294967296` is too large"),
        ("at_s,origin,item", "line 3: `at_s` is not a time"),
    ] {
        let text = format!("at_s,origin,item\n1,n0,0\n{row}\n");
        let error = parse_queries(&text, label, bounds(0)).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

fn bounds(warm_up_ns: u64) -> QueryBounds {
    QueryBounds {
        items: 5,
        ttl_max: u32::MAX,
        warm_up_ns,
    }
}

#[test]
fn a_heading_with_other_columns_is_refused() {
    let read = |text: &str| parse_queries(text, label, bounds(0)).map_err(|error| error.to_string());
    for good in [
        "at_s,origin,item",
        "at_s, origin ,item,ttl",
        "# a comment\n\nat_s,origin,item",
    ] {
        assert_eq!(read(good), Ok(Vec::new()), "{good}");
    }
    for bad in [
        "at_s,item,origin",
        "at_s,origin",
        "at_s,origin,item,hops",
        "at_s,origin,item,ttl,x",
    ] {
        let error = read(bad).unwrap_err();
        assert_eq!(
            error,
            format!("line 1: the columns are at_s,origin,item[,ttl], in this order, not {bad}")
        );
    }
}

#[test]
fn a_ttl_above_the_largest_is_refused() {
    let low = QueryBounds {
        ttl_max: 7,
        ..bounds(0)
    };
    assert!(parse_queries("1,n0,0,7", label, low).is_ok());
    for ttl in ["8", "256", "4294967296"] {
        let error = parse_queries(&format!("1,n0,0,{ttl}"), label, low).unwrap_err();
        assert!(
            error.to_string().contains(&format!("the TTL {ttl} is above 7")),
            "{error}"
        );
    }
}

#[test]
fn random_lookups_are_of_keys_from_all_over_and_the_same_for_every_width() {
    let lookups = |width| random_lookups(50, |_| 1.0 / 30.0, &Alternating, HOUR_NS, width, SEED);
    let (wide, narrow) = (lookups(160), lookups(12));
    assert!(wide.len() > 2_000, "{} lookups", wide.len());
    assert!(wide.is_sorted_by_key(|lookup| (lookup.at_ns, lookup.origin)));
    for (wide, narrow) in wide.iter().zip(&narrow) {
        assert_eq!((wide.at_ns, wide.origin), (narrow.at_ns, narrow.origin));
        assert_eq!(wide.key.truncated(12), narrow.key);
        let is_online = |session: &PlannedSession| (session.start_ns..session.end_ns).contains(&wide.at_ns);
        assert!(sessions_of(wide.origin, HOUR_NS).iter().any(is_online));
    }
    assert_eq!(wide.len(), narrow.len());
    // A half of all keys has each bit: 5 standard deviations of the binomial law are allowed.
    for bit in [0, 1, 31, 32, 63, 64, 95, 96, 127, 128, 159] {
        let set = wide.iter().filter(|lookup| lookup.key.bit(bit)).count() as f64;
        let n = wide.len() as f64;
        assert!(
            (set - n / 2.0).abs() < 2.5 * n.sqrt(),
            "bit {bit} is set in {set} of {n}"
        );
    }
}

#[test]
fn a_crowd_asks_all_at_once_and_again() {
    let askers = [PeerId(7), PeerId(2)];
    let queries = crowd_queries(&askers, ItemId(3), [5, 9].into_iter(), 6);
    let told: Vec<(u64, u32, bool)> = queries
        .iter()
        .map(|query| (query.at_ns, query.origin.0, query.warm_up))
        .collect();
    assert_eq!(told, [(5, 2, true), (5, 7, true), (9, 2, false), (9, 7, false)]);
    assert!(
        queries
            .iter()
            .all(|query| query.item == ItemId(3) && query.ttl.is_none())
    );
}
