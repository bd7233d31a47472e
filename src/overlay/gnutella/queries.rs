//! The queries that a servent has seen, and the links that they came over first: generations as in [`super::seen`], with
//! what most duplicates need of them apart from the rest.

use super::Servent;
use super::aside::Aside;
use super::links::LinkId;
use super::recent::Recent;
use super::seen::next_generation;
use super::table::Table;
use crate::overlay::QueryId;

/// The table of queries seen, gathered from the places where a servent keeps its parts.
pub(super) struct Queries<'s> {
    recent: &'s mut Recent,
    current: &'s mut Table<u32>,
    /// Where the last generation is.
    aside: &'s mut Aside,
}

impl Servent {
    /// The queries that this servent has seen.
    #[inline]
    pub(super) fn queries<'s>(&'s mut self, recent: &'s mut Recent) -> Queries<'s> {
        Queries {
            recent,
            current: &mut self.queries,
            aside: &mut self.aside,
        }
    }
}

impl Queries<'_> {
    /// Lets generations pass that are over.
    #[inline]
    fn turn(&mut self, now_ns: u64, expiry_ns: u64) {
        if self.recent.is_over(now_ns, expiry_ns) {
            self.turn_over(now_ns, expiry_ns);
        }
    }

    #[cold]
    #[inline(never)]
    fn turn_over(&mut self, now_ns: u64, expiry_ns: u64) {
        let next = next_generation(self.recent.began_ns, now_ns, expiry_ns);
        let past = std::mem::take(self.current);
        self.aside
            .set_previous(if next.follows { past } else { Table::default() });
        self.recent.turn(next.began_ns);
    }

    #[inline]
    fn find(&self, query: QueryId) -> LinkId {
        match self.current.get(query.0) {
            LinkId::NONE => self
                .aside
                .previous()
                .map_or(LinkId::NONE, |previous| previous.get(query.0)),
            link => link,
        }
    }

    /// Whether a query was seen.
    #[inline]
    pub(super) fn has(&mut self, query: QueryId, now_ns: u64, expiry_ns: u64) -> bool {
        self.turn(now_ns, expiry_ns);
        if self.recent.has(query.0) {
            return true;
        }
        let is_known = self.find(query) != LinkId::NONE;
        if is_known {
            self.recent.note(query.0);
        }
        is_known
    }

    /// Enters a query that came over `link` and, as [`Queries::has`] has just said, was not seen before.
    #[inline]
    pub(super) fn enter(&mut self, query: QueryId, link: LinkId) {
        let known = self.current.enter(query.0, link, &mut self.recent.room);
        debug_assert!(known.is_none(), "a query is entered once");
        self.recent.enter(query.0);
    }

    /// Enters a query that came over `link` unless it was seen before. True for a first copy.
    #[inline]
    pub(super) fn first(&mut self, query: QueryId, link: LinkId, now_ns: u64, expiry_ns: u64) -> bool {
        let is_first = !self.has(query, now_ns, expiry_ns);
        if is_first {
            self.enter(query, link);
        }
        is_first
    }

    /// Where a query came from first.
    #[inline]
    pub(super) fn route(&mut self, query: QueryId, now_ns: u64, expiry_ns: u64) -> Option<LinkId> {
        self.turn(now_ns, expiry_ns);
        Some(self.find(query)).filter(|link| *link != LinkId::NONE)
    }

    /// A session begins. The first table is made now: see [`Table::open`].
    pub(super) fn begin(&mut self, links_change: bool) {
        *self.recent = Recent::new(links_change);
        *self.current = Table::default();
        self.current.open(&mut self.recent.room);
    }

    /// The session ends: everything is forgotten, and the memory given back.
    pub(super) fn end(&mut self) {
        *self.recent = Recent::default();
        *self.current = Table::default();
        self.aside.set_previous(Table::default());
    }
}
