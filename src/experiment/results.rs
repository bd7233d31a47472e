//! From what a run left in memory to the rows of its tables.

mod comparison;
mod hybrid;
mod keywords;
mod sources;
mod values;

use std::path::Path;
use std::sync::Arc;

use super::compared::Contents;
use super::measures::Expense;
use crate::engine::accounts::{Accounts, Count, PeerAccounts};
use crate::engine::digest::Digests;
use crate::engine::network::FlowBooks;
use crate::engine::time::NEVER_NS;
use crate::engine::{Message, Outcome, PeerId};
use crate::overlay::dht::judge::Judge;
use crate::overlay::dht::{LookupId, Router};
use crate::overlay::{Overlay, QueryId};
use crate::records::column::Key;
use crate::records::{
    Books, DownloadRow, FlowRow, HybridRow, InvariantRow, KeywordRow, Ladder, LookupRow, Metric, PeerRow,
    QueryRow, RecordError, SeriesRow, SeriesWriter, SourceRow, Summary, Tables, ValueRow, WriteRow, Written,
    standard_metrics, write_table,
};
use crate::scenario::build::{Frame, Roll};
use crate::sharing::bare_transfers::TransferLine;
use crate::sharing::director::{Notes, Sample};
use crate::sharing::message::EXCHANGE_KINDS;
use crate::sharing::observed::Observed;
use crate::sharing::{BareLookups, BareTransfers, DownloadOutcome, FileSharing, LookupOutcome};

/// Everything a run leaves in tables, ready to be written.
#[derive(Clone, Debug)]
pub struct Results {
    frame: Frame,
    duration_ns: u64,
    kinds: &'static [&'static str],
    activity: Activity,
    peers: Vec<PeerRow>,
    series: Vec<SeriesRow>,
    /// Where invariants were to be checked.
    invariants: Option<Vec<InvariantRow>>,
    ladder: Ladder,
    accounts: Accounts,
    in_flight: Count,
    flow_books: FlowBooks,
    digests: Digests,
    /// What there was before the warm-up was over, as far as a sample knows.
    warm_up: Expense,
    /// What there was to be found.
    contents: Contents,
}

/// The tables of what peers did; those that a run does not have are absent.
#[derive(Clone, Default, Debug)]
struct Activity {
    queries: Option<Vec<QueryRow>>,
    keywords: Option<Vec<KeywordRow>>,
    hybrid: Option<Vec<HybridRow>>,
    lookups: Option<Vec<LookupRow>>,
    values: Option<Vec<ValueRow>>,
    writes: Option<Vec<WriteRow>>,
    downloads: Option<Vec<DownloadRow>>,
    sources: Option<Vec<SourceRow>>,
    flows: Option<Vec<FlowRow>>,
}

impl Results {
    /// The results of a run of file sharing.
    pub fn of_sharing<O: Overlay + 'static>(
        frame: Frame,
        outcome: &Outcome<FileSharing<O>>,
        notes: &Notes,
    ) -> Self {
        let roll = &frame.roll;
        let queries = query_rows(roll, frame.default_ttl, outcome, notes);
        let keywords = frame.finds_by_words.then(|| keywords::rows(roll, outcome));
        let has_downloads = outcome.world.library.transfers.is_some();
        let downloads = has_downloads.then(|| download_rows(roll, outcome));
        let transfers = outcome.world.library.transfers.as_ref();
        let has_exchange = transfers.is_some_and(|settings| settings.exchange.is_some());
        let peers = peer_rows(roll, &outcome.peer_accounts, |peer, row| {
            let bytes = outcome.tally.peer_bytes(peer);
            row.uploaded_bytes = bytes.uploaded;
            row.downloaded_bytes = bytes.downloaded;
            if outcome.online[peer.index()] {
                let program = &outcome.peers[peer.index()];
                row.degree_end = Some(degree(peer, program));
                row.shared_items_end = Some(u64::from(program.shared_files(peer, &outcome.world)));
            }
        });
        let activity = Activity {
            queries: Some(queries),
            keywords,
            hybrid: O::IS_HYBRID.then(|| hybrid::rows(outcome)),
            downloads,
            sources: has_exchange.then(|| sources::rows(outcome)),
            ..Activity::default()
        };
        let mut results = Self {
            contents: Contents::of(&outcome.world.library),
            ..Self::assemble(frame, peers, activity, outcome, notes)
        };
        if !has_exchange {
            results.leave_out_kinds(EXCHANGE_KINDS);
        }
        results
    }

    /// Leaves so many kinds of message out, from the last on, which nobody sends in such a run.
    fn leave_out_kinds(&mut self, unused: usize) {
        let used = self.kinds.len() - unused;
        self.kinds = self.kinds.split_at(used).0;
        self.series.iter_mut().for_each(|row| row.sent.truncate(used));
    }

    /// The results of a run of lookups, or of values.
    pub fn of_lookups<R: Router>(frame: Frame, outcome: &Outcome<BareLookups<R>>, notes: &Notes) -> Self {
        let roll = &frame.roll;
        let activity = match &outcome.world.values {
            Some(plan) => Activity {
                values: Some(values::read_rows(roll, plan, outcome, notes)),
                writes: Some(values::write_rows(roll, plan, outcome)),
                ..Activity::default()
            },
            None => Activity {
                lookups: Some(lookup_rows(roll, outcome)),
                ..Activity::default()
            },
        };
        let peers = peer_rows(roll, &outcome.peer_accounts, |peer, row| {
            if outcome.online[peer.index()] {
                row.degree_end = Some(degree(peer, &outcome.peers[peer.index()]));
            }
        });
        Self::assemble(frame, peers, activity, outcome, notes)
    }

    /// The results of a run of bare transfers.
    pub fn of_transfers(frame: Frame, outcome: &Outcome<BareTransfers>, notes: &Notes) -> Self {
        let roll = &frame.roll;
        let label = |peer: PeerId| roll.labels[peer.index()];
        let mut moved = vec![(0_u64, 0_u64); outcome.peers.len()];
        let mut flows = Vec::with_capacity(outcome.world.transfers().len());
        for (number, planned) in (0_u32..).zip(outcome.world.transfers()) {
            let TransferLine {
                started_ns,
                finished_ns,
                ..
            } = outcome.tally.line(number);
            if finished_ns.is_some() {
                moved[planned.source.index()].0 += planned.size_bytes;
                moved[planned.sink.index()].1 += planned.size_bytes;
            }
            flows.push(FlowRow {
                flow: planned.flow.as_str().into(),
                source: label(planned.source),
                sink: label(planned.sink),
                size_bytes: planned.size_bytes,
                started_ns,
                finished_ns,
            });
        }
        let peers = peer_rows(roll, &outcome.peer_accounts, |peer, row| {
            (row.uploaded_bytes, row.downloaded_bytes) = moved[peer.index()];
        });
        let activity = Activity {
            flows: Some(flows),
            ..Activity::default()
        };
        Self::assemble(frame, peers, activity, outcome, notes)
    }

    fn assemble<P: Observed>(
        frame: Frame,
        peers: Vec<PeerRow>,
        activity: Activity,
        outcome: &Outcome<P>,
        notes: &Notes,
    ) -> Self {
        let warm_up_ns = frame.warm_up_ns;
        let mut ladder = Ladder::default();
        for (time_ns, digests) in &notes.ladder {
            ladder.note(*time_ns, digests);
        }
        Self {
            frame,
            duration_ns: outcome.end_ns,
            kinds: P::Message::KINDS,
            activity,
            peers,
            series: series_rows(&notes.samples),
            invariants: invariant_rows(notes),
            ladder,
            accounts: outcome.accounts.clone(),
            in_flight: outcome.in_flight,
            flow_books: outcome.flow_books,
            digests: outcome.digests,
            warm_up: Expense::of_warm_up(&notes.samples, warm_up_ns),
            contents: Contents::default(),
        }
    }

    /// Writes all tables and the summary into the directory of a result under way, and gives the summary.
    pub fn write(&self, path: &Path) -> Result<Summary, RecordError> {
        let mut written = Written::default();
        let activity = &self.activity;
        if let Some(rows) = &activity.queries {
            written.merge(write_table(path, rows)?);
        }
        if let Some(rows) = &activity.hybrid {
            written.merge(write_table(path, rows)?);
        }
        if let Some(rows) = &activity.keywords {
            written.merge(write_table(path, rows)?);
        }
        if let Some(rows) = &activity.lookups {
            written.merge(write_table(path, rows)?);
        }
        if let Some(rows) = &activity.values {
            written.merge(write_table(path, rows)?);
        }
        if let Some(rows) = &activity.writes {
            written.merge(write_table(path, rows)?);
        }
        if let Some(rows) = &activity.downloads {
            written.merge(write_table(path, rows)?);
        }
        if let Some(rows) = &activity.sources {
            written.merge(write_table(path, rows)?);
        }
        if let Some(rows) = &activity.flows {
            written.merge(write_table(path, rows)?);
        }
        written.merge(write_table(path, &self.peers)?);
        if let Some(rows) = &self.invariants {
            written.merge(write_table(path, rows)?);
        }
        let mut series = SeriesWriter::create(path, self.kinds)?;
        self.series.iter().try_for_each(|row| series.write(row))?;
        written.merge(series.finish()?);
        self.ladder.write(path)?;
        let summary = self.summary(&written)?;
        summary.write(path)?;
        Ok(summary)
    }

    /// What a user must check before trusting the numbers.
    pub fn notes(&self) -> &[String] {
        &self.frame.notes
    }

    /// All metrics of the run.
    pub fn metrics(&self) -> Vec<Metric> {
        self.metrics_from(self.frame.warm_up_ns)
    }

    /// The same, of what was issued or started at an instant or later.
    fn metrics_from(&self, from_ns: u64) -> Vec<Metric> {
        let activity = &self.activity;
        let tables = Tables {
            queries: activity.queries.as_deref().unwrap_or_default(),
            keywords: activity.keywords.as_deref().unwrap_or_default(),
            hybrid: activity.hybrid.as_deref().unwrap_or_default(),
            lookups: activity.lookups.as_deref().unwrap_or_default(),
            values: activity.values.as_deref().unwrap_or_default(),
            writes: activity.writes.as_deref().unwrap_or_default(),
            downloads: activity.downloads.as_deref().unwrap_or_default(),
            sources: activity.sources.as_deref().unwrap_or_default(),
            peers: &self.peers,
            flows: activity.flows.as_deref().unwrap_or_default(),
        };
        let books = Books {
            kinds: self.kinds,
            messages: &self.accounts,
            in_flight: self.in_flight,
            flows: self.flow_books,
        };
        standard_metrics(&tables, &books, from_ns)
    }

    fn summary(&self, written: &Written) -> Result<Summary, RecordError> {
        let mut summary = Summary::new(self.frame.title.as_str(), self.frame.seed);
        summary.duration_ns = self.duration_ns;
        summary.warm_up_ns = self.frame.warm_up_ns;
        summary.notes.clone_from(&self.frame.notes);
        summary.set_digests(&self.digests, written.digest);
        summary.extend(self.metrics())?;
        Ok(summary)
    }
}

/// What was found of invariants; `None` where nobody asked for them.
fn invariant_rows(notes: &Notes) -> Option<Vec<InvariantRow>> {
    let rows = notes.findings.iter().flat_map(|(time_ns, findings)| {
        findings.iter().map(|finding| InvariantRow {
            time_ns: *time_ns,
            invariant: finding.invariant.into(),
            value: finding.value,
        })
    });
    (!notes.findings.is_empty()).then(|| rows.collect())
}

fn query_rows<O: Overlay + 'static>(
    roll: &Roll,
    default_ttl: Option<u32>,
    outcome: &Outcome<FileSharing<O>>,
    notes: &Notes,
) -> Vec<QueryRow> {
    let mut truths = notes.truths.clone();
    truths.sort_unstable_by_key(|(query, _)| *query);
    let mut rows = Vec::with_capacity(outcome.world.library.queries.len());
    for (number, planned) in (0_u32..).zip(&outcome.world.library.queries) {
        let query = QueryId(number);
        let outcome_word = outcome.tally.outcome(query);
        let line = outcome.tally.search.read(query);
        let place = truths.binary_search_by_key(&number, |(query, _)| *query).ok();
        let truth = place.map(|place| truths[place].1);
        let (first_hit_ns, first_hit_hops) = line.first_hit;
        let is_hit = first_hit_ns < NEVER_NS;
        rows.push(QueryRow {
            query: u64::from(number),
            issued_ns: planned.at_ns,
            origin: roll.labels[planned.origin.index()],
            item: u64::from(planned.item.0),
            ttl: planned.ttl.or(default_ttl),
            reached_peers: line.reached_peers,
            query_messages: line.query_messages,
            duplicate_messages: line.duplicate_messages,
            hit_messages: line.hit_messages,
            check_messages: line.check_messages,
            bytes: line.bytes,
            hits: line.hits,
            first_arrival_sum_ns: line.first_arrival_sum_ns,
            first_hit_ns: is_hit.then(|| first_hit_ns - planned.at_ns),
            first_hit_hops: is_hit.then_some(first_hit_hops),
            live_replicas: truth.map(|truth| truth.live_replicas),
            reachable_replicas: truth.map(|truth| truth.reachable_replicas),
            outcome: outcome_word,
        });
    }
    rows
}

fn lookup_rows<R: Router>(roll: &Roll, outcome: &Outcome<BareLookups<R>>) -> Vec<LookupRow> {
    let (directory, books) = (&outcome.world.overlay.directory, &outcome.tally.lookups);
    let judge = Judge::new(directory, books);
    let digits = directory.width().div_ceil(4);
    let row = |(number, planned)| {
        let line = books.read(LookupId(number));
        let verdict = LookupOutcome::of::<R>(planned, &line, &judge);
        let is_answered = verdict.is_answered();
        LookupRow {
            lookup: u64::from(number),
            issued_ns: planned.at_ns,
            origin: roll.labels[planned.origin.index()],
            key: Key {
                identifier: planned.key,
                digits,
            },
            hops: is_answered.then_some(u32::from(line.hops)),
            messages: line.messages,
            timeouts: line.timeouts,
            latency_ns: is_answered.then(|| line.ended_ns - planned.at_ns),
            outcome: verdict,
        }
    };
    (0_u32..).zip(&outcome.world.lookups).map(row).collect()
}

/// Other peers that one has a link with, as it believes: virtual nodes of a peer may know each other.
fn degree<P: Observed>(peer: PeerId, program: &P) -> u64 {
    let mut degree = 0;
    program.visit_neighbours(&mut |other| degree += u64::from(other.peer != peer));
    degree
}

fn download_rows<O: Overlay + 'static>(roll: &Roll, outcome: &Outcome<FileSharing<O>>) -> Vec<DownloadRow> {
    let mut rows = Vec::new();
    for (number, line) in (0_u64..).zip(outcome.tally.downloads()) {
        let is_complete = line.outcome == DownloadOutcome::Completed;
        rows.push(DownloadRow {
            download: number,
            started_ns: line.started_ns,
            peer: roll.labels[line.peer.index()],
            item: u64::from(line.item.0),
            size_bytes: line.size_bytes,
            sources: u64::from(line.sources),
            finished_ns: line.finished_ns.filter(|_| is_complete),
            corrupt_chunks: u64::from(line.corrupt_chunks),
            refetched_bytes: line.refetched_bytes,
            outcome: line.outcome,
            query: u64::from(line.query.0),
            verified_bytes: line.verified_bytes,
        });
    }
    rows
}

fn peer_rows(
    roll: &Roll,
    accounts: &[PeerAccounts],
    mut complete: impl FnMut(PeerId, &mut PeerRow),
) -> Vec<PeerRow> {
    let mut rows = Vec::with_capacity(accounts.len());
    for (index, accounts) in accounts.iter().enumerate() {
        let mut row = PeerRow {
            peer: index as u64,
            label: roll.labels[index],
            group: Arc::clone(&roll.group_names[usize::from(roll.groups[index])]),
            online_ns: accounts.online_ns,
            sessions: u64::from(accounts.sessions),
            sent_messages: accounts.sent.messages,
            received_messages: accounts.received.messages,
            sent_bytes: accounts.sent.bytes,
            received_bytes: accounts.received.bytes,
            uploaded_bytes: 0,
            downloaded_bytes: 0,
            degree_end: None,
            shared_items_end: None,
        };
        complete(PeerId::at(index), &mut row);
        rows.push(row);
    }
    rows
}

/// States as sampled, and what was sent in each interval.
fn series_rows(samples: &[Sample]) -> Vec<SeriesRow> {
    let mut rows = Vec::with_capacity(samples.len());
    let mut before: Option<&Sample> = None;
    for sample in samples {
        let sum = |counts: &[Count]| counts.iter().map(|count| count.messages).sum::<u64>();
        let earlier = before.map(|sample| &sample.accounts);
        let sent = sample.accounts.sent.iter().enumerate().map(|(kind, now)| {
            let then = earlier.map_or_else(Count::default, |accounts| accounts.sent[kind]);
            Count {
                messages: now.messages - then.messages,
                bytes: now.bytes - then.bytes,
            }
        });
        let carried =
            sample.flow_books.carried_bytes - before.map_or(0, |sample| sample.flow_books.carried_bytes);
        rows.push(SeriesRow {
            time_ns: sample.time_ns,
            online_peers: sample.online_peers,
            links: Some(sample.links),
            components: Some(sample.components),
            largest_component: Some(sample.largest_component),
            sent: sent.collect(),
            delivered_messages: sum(&sample.accounts.delivered)
                - earlier.map_or(0, |accounts| sum(&accounts.delivered)),
            dropped_messages: sum(&sample.accounts.dropped)
                - earlier.map_or(0, |accounts| sum(&accounts.dropped)),
            active_flows: sample.flow_books.active,
            carried_bytes: u64::try_from(carried).expect("an interval's bytes fit 64 bits"),
        });
        before = Some(sample);
    }
    rows
}
