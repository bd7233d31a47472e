//! Who asks for what, when: planned before the run, so that it is the same under every protocol.

use super::bare_lookups::PlannedLookup;
use super::catalogue::Catalogue;
use super::rows::{RowError, RowFault, check_heading, rows, time_ns, whole};
use crate::engine::random::Stream;
use crate::engine::time::SECOND_NS;
use crate::engine::{Draw as _, PeerId, Purpose, Seed, Sessions, sample};
use crate::overlay::ItemId;
use crate::overlay::dht::Identifier;

/// A query of the workload. Its number is its position in the plan, which is sorted by time, then origin, then the
/// origin's own order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlannedQuery {
    /// When it is issued, nanoseconds.
    pub at_ns: u64,
    /// Who asks.
    pub origin: PeerId,
    /// What for.
    pub item: ItemId,
    /// Largest number of hops, if this query has one of its own.
    pub ttl: Option<u32>,
    /// Whether it falls into the warm-up: issued all the same, but statistics leave it out.
    pub warm_up: bool,
}

/// When a run's queries are issued and which of them count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WorkloadSpan {
    /// Queries earlier than this are flagged as warm-up, nanoseconds.
    pub warm_up_ns: u64,
    /// No query is planned at or after this, nanoseconds.
    pub end_ns: u64,
}

/// Queries of peers that ask at random moments while they are online: a Poisson process of `rate_hz(peer)` queries per
/// second in each planned session, the items drawn by popularity. Draws are keyed by (peer, session number).
///
/// A session's end is as planned: what an action of the scenario does to it is not known here, and a query that finds
/// its origin offline is counted as such.
///
/// # Panics
/// When a rate is negative or no number, or there are 2^32 queries.
pub fn poisson_queries(
    peers: u32,
    rate_hz: impl Fn(PeerId) -> f64,
    sessions: &dyn Sessions,
    catalogue: &Catalogue,
    span: WorkloadSpan,
    seed: Seed,
) -> Vec<PlannedQuery> {
    let mut queries = Vec::new();
    visit_moments(
        peers,
        rate_hz,
        sessions,
        span.end_ns,
        seed,
        |origin, at_ns, stream| {
            queries.push(PlannedQuery {
                at_ns,
                origin,
                item: catalogue.popularity().draw(stream),
                ttl: None,
                warm_up: at_ns < span.warm_up_ns,
            });
        },
    );
    in_order(queries)
}

/// Queries of a crowd that asks for one item, all of it at each of these times.
///
/// # Panics
/// When there are 2^32 queries.
pub fn crowd_queries(
    askers: &[PeerId],
    item: ItemId,
    times_ns: impl Iterator<Item = u64>,
    warm_up_ns: u64,
) -> Vec<PlannedQuery> {
    let all_at = |at_ns| {
        let query = move |&origin| PlannedQuery {
            at_ns,
            origin,
            item,
            ttl: None,
            warm_up: at_ns < warm_up_ns,
        };
        askers.iter().map(query)
    };
    in_order(times_ns.flat_map(all_at).collect())
}

/// Lookups of peers that look keys up at random moments while they are online, as [`poisson_queries`] ask; keys are uniform
/// over all identifiers of `width` bits. Moments, origins and the first bits of keys depend on nothing but what is said here,
/// and so are the same under every overlay.
///
/// # Panics
/// When a rate is negative or no number, or there are 2^32 lookups.
pub fn random_lookups(
    peers: u32,
    rate_hz: impl Fn(PeerId) -> f64,
    sessions: &dyn Sessions,
    end_ns: u64,
    width: u32,
    seed: Seed,
) -> Vec<PlannedLookup> {
    let mut lookups = Vec::new();
    visit_moments(peers, rate_hz, sessions, end_ns, seed, |origin, at_ns, stream| {
        let mut bytes = [0; 20];
        for eight in bytes.chunks_mut(8) {
            eight.copy_from_slice(&stream.bits().to_be_bytes()[..eight.len()]);
        }
        let key = Identifier::of_bytes(bytes).truncated(width);
        lookups.push(PlannedLookup { at_ns, origin, key });
    });
    assert!(
        u32::try_from(lookups.len()).is_ok(),
        "lookups are numbered by 32 bits"
    );
    lookups.sort_by_key(|lookup| (lookup.at_ns, lookup.origin));
    lookups
}

/// Calls `visit` with every moment of a Poisson process of `rate_hz(peer)` events per second in each planned session that
/// lies before `end_ns`, and the stream that the session's draws come from.
pub(super) fn visit_moments(
    peers: u32,
    rate_hz: impl Fn(PeerId) -> f64,
    sessions: &dyn Sessions,
    end_ns: u64,
    seed: Seed,
    mut visit: impl FnMut(PeerId, u64, &mut Stream),
) {
    for peer in (0..peers).map(PeerId) {
        let stream = |number| seed.stream_at(Purpose::Workload, u64::from(peer.0), number);
        visit_moments_of(peer, rate_hz(peer), sessions, end_ns, stream, |at_ns, stream| {
            visit(peer, at_ns, stream);
        });
    }
}

/// The same for one peer, where `stream` gives the stream of its session of a number.
pub(super) fn visit_moments_of(
    peer: PeerId,
    rate_hz: f64,
    sessions: &dyn Sessions,
    end_ns: u64,
    stream: impl Fn(u32) -> Stream,
    mut visit: impl FnMut(u64, &mut Stream),
) {
    assert!(
        rate_hz >= 0.0 && rate_hz.is_finite(),
        "a rate is a number of 0 or more"
    );
    if rate_hz == 0.0 {
        return;
    }
    let gap_ns_mean = SECOND_NS as f64 / rate_hz;
    let (mut number, mut previous_end_ns) = (0, 0);
    while let Some(session) = sessions.session(peer, number, previous_end_ns) {
        if session.start_ns >= end_ns {
            break;
        }
        let mut stream = stream(number);
        let session_end_ns = session.end_ns.min(end_ns);
        let mut at_ns = session.start_ns;
        loop {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is positive, and one beyond the range saturates, as does the sum: it lies after the end"
            )]
            let gap_ns = sample::exponential(gap_ns_mean, &mut stream) as u64;
            at_ns = at_ns.saturating_add(gap_ns);
            if at_ns >= session_end_ns {
                break;
            }
            visit(at_ns, &mut stream);
        }
        previous_end_ns = session.end_ns;
        number += 1;
    }
}

/// Puts queries into the plan's order; those of one origin at one moment stay as they were.
fn in_order(mut queries: Vec<PlannedQuery>) -> Vec<PlannedQuery> {
    assert!(
        u32::try_from(queries.len()).is_ok(),
        "queries are numbered by 32 bits"
    );
    queries.sort_by_key(|query| (query.at_ns, query.origin));
    queries
}

/// What queries of a file may ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QueryBounds {
    /// Items of the catalogue.
    pub items: u32,
    /// Largest TTL.
    pub ttl_max: u32,
    /// Queries earlier than this are flagged as warm-up, nanoseconds.
    pub warm_up_ns: u64,
}

/// The columns of a file of queries; the last may be left out.
const COLUMNS: [&str; 4] = ["at_s", "origin", "item", "ttl"];

/// Reads queries from the rows `at_s,origin,item[,ttl]` of a text. Rows may come in any order; `peer` tells which peer a
/// label means.
pub fn parse_queries(
    text: &str,
    peer: impl Fn(&str) -> Option<PeerId>,
    bounds: QueryBounds,
) -> Result<Vec<PlannedQuery>, RowError> {
    let mut queries = Vec::new();
    check_heading(text, &COLUMNS, 3)?;
    for (line, fields) in rows(text, COLUMNS[0]) {
        let query = parse_query(&fields, &peer, bounds).map_err(|fault| RowError { line, fault })?;
        if queries.len() == u32::MAX as usize {
            let fault = RowFault::TooMany;
            return Err(RowError { line, fault });
        }
        queries.push(query);
    }
    Ok(in_order(queries))
}

fn parse_query(
    fields: &[&str],
    peer: impl Fn(&str) -> Option<PeerId>,
    bounds: QueryBounds,
) -> Result<PlannedQuery, RowFault> {
    let QueryBounds {
        items,
        ttl_max,
        warm_up_ns,
    } = bounds;
    let (at, origin, item, ttl) = match *fields {
        [at, origin, item] => (at, origin, item, ""),
        [at, origin, item, ttl] => (at, origin, item, ttl),
        _ => {
            return Err(RowFault::Fields {
                expected: "3 or 4",
                found: fields.len(),
            });
        }
    };
    let at_ns = time_ns(at)?;
    let origin = peer(origin).ok_or_else(|| RowFault::UnknownPeer(origin.to_owned()))?;
    let item = whole("the item", item)?;
    let item = match u32::try_from(item) {
        Ok(number) if number < items => ItemId(number),
        _ => return Err(RowFault::UnknownItem { item, items }),
    };
    let ttl = match ttl {
        "" => None,
        text => match whole("the TTL", text)? {
            0 => return Err(RowFault::Zero("the TTL")),
            ttl => match u32::try_from(ttl) {
                Ok(ttl) if ttl <= ttl_max => Some(ttl),
                Err(_) if ttl_max == u32::MAX => return Err(RowFault::TooLarge(text.to_owned())),
                _ => return Err(RowFault::TtlAboveMax { ttl, ttl_max }),
            },
        },
    };
    Ok(PlannedQuery {
        at_ns,
        origin,
        item,
        ttl,
        warm_up: at_ns < warm_up_ns,
    })
}

#[cfg(test)]
mod tests;
