//! What few servents have, kept out of the struct that each of millions has.

use super::Searches;
use super::routes::Routes;
use super::upkeep::Upkeep;

/// What few servents have: nothing unless one does.
#[derive(Default, Debug)]
pub(super) struct Aside(Option<Box<Parts>>);

/// The parts, each of which may be absent.
#[derive(Default, Debug)]
pub(super) struct Parts {
    /// The queries of the generation before the present one.
    previous: Routes,
    searches: Option<Box<Searches>>,
    upkeep: Option<Box<Upkeep>>,
}

impl Aside {
    /// The queries of the last generation, if any are still remembered.
    #[inline]
    pub(super) fn previous(&self) -> Option<&Routes> {
        self.0.as_ref().map(|parts| &parts.previous)
    }

    /// Keeps the queries of the generation that is over instead of those of the one before it, which come back to be cleared.
    #[must_use]
    pub(super) fn set_previous(&mut self, past: Routes) -> Routes {
        if self.0.is_none() && past.is_empty() {
            return past;
        }
        std::mem::replace(&mut self.0.get_or_insert_default().previous, past)
    }

    /// What is known of searches in this session, if anything.
    pub(super) fn searches(&self) -> Option<&Searches> {
        self.0.as_ref()?.searches.as_deref()
    }

    /// As [`Aside::searches`], for acting.
    pub(super) fn searches_mut(&mut self) -> Option<&mut Searches> {
        self.0.as_mut()?.searches.as_deref_mut()
    }

    /// What is known of searches, from now on.
    pub(super) fn open_searches(&mut self) -> &mut Searches {
        self.0.get_or_insert_default().searches.get_or_insert_default()
    }

    /// What the servent needs to look after its links, where it does.
    pub(super) fn upkeep(&self) -> Option<&Upkeep> {
        self.0.as_ref()?.upkeep.as_deref()
    }

    /// As [`Aside::upkeep`], for acting.
    pub(super) fn upkeep_mut(&mut self) -> Option<&mut Upkeep> {
        self.0.as_mut()?.upkeep.as_deref_mut()
    }

    /// The servent looks after its links from now on.
    pub(super) fn open_upkeep(&mut self) -> &mut Upkeep {
        self.0.get_or_insert_default().upkeep.get_or_insert_default()
    }

    /// The session ends: what was known of searches is forgotten.
    pub(super) fn end_session(&mut self) {
        if let Some(parts) = &mut self.0 {
            parts.searches = None;
        }
        self.0
            .take_if(|parts| parts.upkeep.is_none() && parts.previous.is_empty());
    }
}
