//! A query's way in words: the tree of first copies, what was dropped and why, the hits, and what each hop added.

use std::collections::BTreeMap;
use std::fmt::{Result, Write as _};

use crate::engine::time::{milliseconds, seconds};
use crate::overlay::books::Fate;
use crate::records::{QueryRow, TraceRow};

/// Senders of dropped copies that are named; further ones are counted.
const NAMED: usize = 4;

/// Tells it; peers more than `depth` hops from the origin are left out of the tree. Walkers, unlike floods, go on from
/// where the query was seen before.
pub(super) fn tell(rows: &[TraceRow], query: Option<&QueryRow>, is_walk: bool, depth: u32) -> String {
    let mut story = Story::of(rows);
    story.is_walk = is_walk;
    let mut text = String::new();
    query
        .map_or(Ok(()), |query| story.heading(&mut text, query))
        .and_then(|()| story.tree(&mut text, depth))
        .and_then(|()| story.hits(&mut text))
        .and_then(|()| story.horizon(&mut text))
        .expect("writing to a string does not fail");
    text
}

/// What happened at one peer.
#[derive(Default)]
struct Stop {
    /// Peers that accepted the query from this one, in order of arrival.
    children: Vec<u64>,
    at_ns: u64,
    ttl: u32,
    answered: bool,
    named: bool,
    expired: bool,
    /// Who sent copies that were dropped, in order of arrival.
    dropped_from: Vec<u64>,
}

/// Everything a trace says of one query.
struct Story<'r> {
    origin: u64,
    start_ns: u64,
    stops: BTreeMap<u64, Stop>,
    arrived: Vec<&'r TraceRow>,
    lost: Vec<&'r TraceRow>,
    /// By hop: peers reached for the first time, copies dropped.
    by_hop: BTreeMap<u32, (u64, u64)>,
    is_walk: bool,
    has_begun: bool,
    /// Whether this query has a TTL: what goes to servers or from node to node of a DHT has none.
    has_ttl: bool,
}

impl<'r> Story<'r> {
    fn of(rows: &'r [TraceRow]) -> Self {
        let mut story = Self {
            origin: rows[0].peer,
            start_ns: rows[0].at_ns,
            stops: BTreeMap::new(),
            arrived: Vec::new(),
            lost: Vec::new(),
            by_hop: BTreeMap::new(),
            is_walk: false,
            has_begun: false,
            has_ttl: rows.iter().any(|row| row.ttl > 0),
        };
        for row in rows {
            story.note(row);
        }
        story
    }

    fn note(&mut self, row: &'r TraceRow) {
        match row.fate {
            Fate::Accepted if row.hops == 0 => self.begin(row),
            // Whoever is asked again, as some are by a lookup made anew, stands where it was.
            Fate::Accepted if self.stop(row.from).children.contains(&row.peer) => {}
            Fate::Accepted => {
                self.stop(row.from).children.push(row.peer);
                let stop = self.stop(row.peer);
                (stop.at_ns, stop.ttl) = (row.at_ns, row.ttl);
                self.by_hop.entry(row.hops).or_default().0 += 1;
            }
            Fate::Duplicate => {
                self.stop(row.peer).dropped_from.push(row.from);
                self.by_hop.entry(row.hops).or_default().1 += 1;
            }
            Fate::Answered => self.stop(row.peer).answered = true,
            Fate::Named => self.stop(row.peer).named = true,
            Fate::Expired => self.stop(row.peer).expired = true,
            Fate::Arrived => self.arrived.push(row),
            Fate::NoRoute => self.lost.push(row),
        }
    }

    /// The query begins at its origin; or anew, in the other part of a hybrid: there it may be another peer that asks for it.
    fn begin(&mut self, row: &TraceRow) {
        if !self.has_begun {
            self.has_begun = true;
            (self.origin, self.start_ns) = (row.peer, row.at_ns);
            self.stop(row.peer).ttl = row.ttl;
        } else if row.peer != self.origin && !self.stops.contains_key(&row.peer) {
            self.stop(self.origin).children.push(row.peer);
            self.stop(row.peer).at_ns = row.at_ns;
        }
    }

    fn stop(&mut self, peer: u64) -> &mut Stop {
        self.stops.entry(peer).or_default()
    }

    /// Milliseconds since the query was issued.
    fn after(&self, at_ns: u64) -> String {
        format!("+{} ms", milliseconds(at_ns.saturating_sub(self.start_ns)))
    }

    fn tree(&self, text: &mut String, depth: u32) -> Result {
        // Each open branch: the peer, its hops, the lines drawn before it, whether it is its parent's last.
        let mut open = vec![(self.origin, 0_u32, String::new(), true)];
        while let Some((peer, hops, lead, is_last)) = open.pop() {
            let Some(stop) = self.stops.get(&peer) else {
                continue;
            };
            let below = match (hops, is_last) {
                (0, _) => String::new(),
                (_, true) => format!("{lead}   "),
                (_, false) => format!("{lead}│  "),
            };
            if hops == 0 {
                write!(text, "peer {peer} asks")?;
            } else {
                let branch = if is_last { "└─ " } else { "├─ " };
                let after = self.after(stop.at_ns);
                write!(text, "{lead}{branch}{peer}  {after}")?;
                if self.has_ttl {
                    write!(text, ", TTL {}", stop.ttl)?;
                }
            }
            text.push_str(&stop.notes(self.is_walk));
            if hops < depth {
                let last = stop.children.len().saturating_sub(1);
                let children = stop.children.iter().enumerate().rev();
                open.extend(children.map(|(place, &child)| (child, hops + 1, below.clone(), place == last)));
            } else if !stop.children.is_empty() {
                write!(
                    text,
                    "; passed it on to {}",
                    count(stop.children.len() as u64, "peer")
                )?;
            }
            text.push('\n');
        }
        Ok(())
    }

    fn hits(&self, text: &mut String) -> Result {
        if !(self.arrived.is_empty() && self.lost.is_empty()) {
            text.push('\n');
        }
        for hit in &self.arrived {
            let (hops, after) = (count(hit.hops.into(), "hop"), self.after(hit.at_ns));
            if hit.from == hit.peer && !self.is_walk {
                writeln!(text, "the origin itself knows a holder, {after}")?;
            } else if hit.from == hit.peer {
                writeln!(
                    text,
                    "a walker found it at the origin itself after {hops}, {after}"
                )?;
            } else {
                let by_way = hit.from;
                writeln!(
                    text,
                    "a hit came back over {hops} by way of peer {by_way}, {after}"
                )?;
            }
        }
        for hit in &self.lost {
            let (peer, after) = (hit.peer, self.after(hit.at_ns));
            writeln!(
                text,
                "a hit was dropped at peer {peer}, {after}: the way back was gone"
            )?;
        }
        Ok(())
    }

    /// What each hop added: how far it was worth going.
    fn horizon(&self, text: &mut String) -> Result {
        if self.by_hop.is_empty() {
            return Ok(());
        }
        let again = if self.is_walk { "seen before" } else { "duplicates" };
        writeln!(text, "\n{:>4}  {:>9}  {again:>11}", "hop", "new peers")?;
        for (hop, (accepted, duplicates)) in &self.by_hop {
            writeln!(text, "{hop:>4}  {accepted:>9}  {duplicates:>11}")?;
        }
        Ok(())
    }

    fn heading(&self, text: &mut String, query: &QueryRow) -> Result {
        let (number, origin, item) = (query.query, query.origin, query.item);
        let (issued, outcome) = (seconds(query.issued_ns), query.outcome.name());
        write!(
            text,
            "query {number}: peer {origin} asks for item {item} at {issued} s"
        )?;
        if let Some(ttl) = query.ttl {
            write!(text, " with TTL {ttl}")?;
        }
        let again = if self.is_walk {
            "to peers that had seen it"
        } else {
            "dropped as duplicates"
        };
        writeln!(text, ": {outcome}")?;
        writeln!(
            text,
            "  {} reached by {}, {} of them {again}",
            count(query.reached_peers, "peer"),
            count(query.query_messages, "query message"),
            query.duplicate_messages,
        )?;
        writeln!(
            text,
            "  {} arrived, by {}",
            count(query.hits, "hit"),
            count(query.hit_messages, "hit message"),
        )?;
        if let (Some(live), Some(reachable)) = (query.live_replicas, query.reachable_replicas) {
            let live = count(live, "other peer");
            writeln!(text, "  {live} online had it, {reachable} of them within reach")?;
        }
        text.push('\n');
        Ok(())
    }
}

impl Stop {
    /// What there is to say of a peer behind its name.
    fn notes(&self, is_walk: bool) -> String {
        let mut text = String::new();
        if self.answered {
            text.push_str("; has it and answers");
        }
        if self.named {
            text.push_str("; knows who has it");
        }
        if self.expired {
            text.push_str("; goes no further");
        }
        if !self.dropped_from.is_empty() {
            let named: Vec<String> = self.dropped_from.iter().take(NAMED).map(u64::to_string).collect();
            let more = self.dropped_from.len() - named.len();
            if is_walk {
                text.push_str("; visited again");
            } else {
                text.push_str("; drops ");
                text.push_str(&count(self.dropped_from.len() as u64, "copy"));
            }
            text.push_str(" from ");
            text.push_str(&named.join(", "));
            if more > 0 {
                text.push_str(" and ");
                text.push_str(&more.to_string());
                text.push_str(" more");
            }
        }
        text
    }
}

/// A number with its noun.
fn count(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) if noun == "copy" => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}
