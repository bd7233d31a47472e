//! One download: its chunks and its sources.

use crate::engine::{Contact, Draw, PeerId};
use crate::overlay::{ItemId, QueryId};
use crate::sharing::books::SourcesFound;
use crate::sharing::chunks::ChunkSet;
use crate::sharing::exchange::Asked;

/// A possible source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) contact: Contact,
    pub(super) firewalled: bool,
    /// The query it answered, or that of the download.
    pub(super) query: QueryId,
    /// How it was found.
    pub(super) way: Way,
}

/// How a source was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// It answered a query, or somebody else did that knew of it.
    Overlay,
    /// Another source, or another that fetches the same, named it.
    Exchange,
}

/// Where a source stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// Asked, through the overlay, to open a connection.
    CallingBack,
    /// Asked for the item.
    Requested,
    /// Waiting in its queue.
    Queued,
    /// Too busy or without anything new: left alone for a while.
    Resting,
    /// A slot is ours.
    Granted,
}

/// A source that was turned to.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) contact: Contact,
    pub(super) firewalled: bool,
    query: QueryId,
    pub(super) way: Way,
    pub(super) state: State,
    /// Whether it gave a slot or a place in its queue, and the connection stands since: also while it is asked whether it is still
    /// there.
    pub(super) has_let_in: bool,
    /// Number of the state, by which its timer knows whether it still lasts.
    pub(super) stamp: u32,
    /// Attempts in vain.
    pub(super) attempts: u16,
    /// Chunks that failed verification.
    pub(super) failures: u16,
    /// The chunks it has; `None`: all.
    pub(super) have: Option<Box<ChunkSet>>,
    /// Requests for chunks under way.
    pub(super) requests: usize,
}

impl Source {
    pub(super) fn new(candidate: Candidate) -> Self {
        Self {
            contact: candidate.contact,
            firewalled: candidate.firewalled,
            query: candidate.query,
            way: candidate.way,
            state: State::Resting,
            has_let_in: false,
            stamp: 0,
            attempts: 0,
            failures: 0,
            have: None,
            requests: 0,
        }
    }

    pub(super) fn candidate(&self) -> Candidate {
        Candidate {
            contact: self.contact,
            firewalled: self.firewalled,
            query: self.query,
            way: self.way,
        }
    }
}

/// A download.
#[derive(Debug)]
pub(super) struct Download {
    /// The peer's own number for it.
    pub(super) number: u32,
    pub(super) item: ItemId,
    /// The workload's query whose hit began it.
    pub(super) query: QueryId,
    /// Whether the first hits were collected.
    pub(super) started: bool,
    /// Whether a search was made anew and its hits are being collected.
    pub(super) searching: bool,
    /// Searches made anew so far.
    pub(super) searches_anew: u16,
    pub(super) verified: ChunkSet,
    /// Chunks asked for and not yet there.
    pub(super) fetching: ChunkSet,
    pub(super) sources: Vec<Source>,
    /// In order of arrival.
    pub(super) candidates: Vec<Candidate>,
    /// Peers that lied or do not have the item.
    pub(super) banned: Vec<PeerId>,
    /// Peers that delivered a verified chunk.
    pub(super) delivered: Vec<PeerId>,
    /// Sources found so far.
    pub(super) found: SourcesFound,
    /// Who was asked for further sources.
    pub(super) asked: Asked,
    chunks: u32,
}

impl Download {
    pub(super) fn new(number: u32, item: ItemId, query: QueryId, chunks: u32) -> Self {
        Self {
            number,
            item,
            query,
            started: false,
            searching: false,
            searches_anew: 0,
            verified: ChunkSet::none(chunks),
            fetching: ChunkSet::none(chunks),
            sources: Vec::new(),
            candidates: Vec::new(),
            banned: Vec::new(),
            delivered: Vec::new(),
            found: SourcesFound::default(),
            asked: Asked::default(),
            chunks,
        }
    }

    /// Keeps a candidate in mind unless it is known, banned, or there are enough. One that came back in a new session
    /// takes its own place.
    pub(super) fn offer(&mut self, candidate: Candidate, candidates_max: usize) {
        let peer = candidate.contact.peer;
        let known = self.sources.iter().any(|source| source.contact.peer == peer);
        if known || self.banned.contains(&peer) {
            return;
        }
        match self.candidates.iter().position(|old| old.contact.peer == peer) {
            // By its address alone one is not known better than before.
            Some(_) if candidate.way == Way::Exchange => {}
            Some(place) => {
                let way = self.candidates[place].way;
                self.candidates[place] = Candidate { way, ..candidate };
            }
            None if self.candidates.len() < candidates_max => {
                match candidate.way {
                    Way::Overlay => self.found.by_overlay += 1,
                    Way::Exchange => self.found.by_exchange += 1,
                }
                self.candidates.push(candidate);
            }
            None => {}
        }
    }

    /// Puts a source back among the candidates, last.
    pub(super) fn set_aside(&mut self, source: usize) {
        let source = self.sources.remove(source);
        self.candidates.push(source.candidate());
    }

    /// Sources that were asked and have not answered.
    pub(super) fn pending_sources(&self) -> usize {
        self.in_state(|state| matches!(state, State::CallingBack | State::Requested))
    }

    /// Sources that gave a slot.
    pub(super) fn granted_sources(&self) -> usize {
        self.in_state(|state| state == State::Granted)
    }

    fn in_state(&self, wanted: impl Fn(State) -> bool) -> usize {
        self.sources.iter().filter(|source| wanted(source.state)).count()
    }

    /// Number of chunks that nobody has been asked for.
    pub(super) fn open_chunks(&self) -> u32 {
        self.chunks - self.verified.count() - self.fetching.count()
    }

    /// The open chunk of a source that the fewest of the sources with a slot have; one of the rarest at random.
    pub(super) fn rarest(&self, source: usize, random: &mut impl Draw) -> Option<u32> {
        let has = |source: &Source, chunk: u32| source.have.as_ref().is_none_or(|have| have.contains(chunk));
        let mut rarest: Vec<u32> = Vec::new();
        let mut holders_min = usize::MAX;
        for chunk in 0..self.chunks {
            let open = !self.verified.contains(chunk) && !self.fetching.contains(chunk);
            if !open || !has(&self.sources[source], chunk) {
                continue;
            }
            let granted = self
                .sources
                .iter()
                .filter(|source| source.state == State::Granted);
            let holders = granted.filter(|source| has(source, chunk)).count();
            if holders < holders_min {
                holders_min = holders;
                rarest.clear();
            }
            if holders == holders_min {
                rarest.push(chunk);
            }
        }
        match rarest.as_slice() {
            [] => None,
            [only] => Some(*only),
            several => Some(several[random.position(several.len())]),
        }
    }
}

#[cfg(test)]
mod tests;
