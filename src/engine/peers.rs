//! The peers of a run: their programs, each beside what the engine itself touches at every event of its peer.

use super::memory::{HugeVec, huge_with_capacity};
use super::seat::Seat;
use std::ops::Index;

/// A peer's seat and its program. Together, so that both are fetched from memory with one line; aligned, so that it is
/// always the same line of the program that comes with the seat.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Resident<P> {
    pub(crate) seat: Seat,
    pub(crate) program: P,
}

impl<P> Resident<P> {
    fn new(program: P) -> Self {
        Self {
            seat: Seat::default(),
            program,
        }
    }
}

/// The programs of all peers, by number. Collected from the programs one by one, or made from a vector of them.
#[derive(Clone)]
pub struct Peers<P>(HugeVec<Resident<P>>);

impl<P> Peers<P> {
    /// Number of peers.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The programs, by number.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &P> + DoubleEndedIterator {
        self.0.iter().map(|resident| &resident.program)
    }

    /// The programs, taken out.
    pub fn into_programs(self) -> impl ExactSizeIterator<Item = P> {
        self.0.into_iter().map(|resident| resident.program)
    }

    pub(crate) fn into_residents(self) -> HugeVec<Resident<P>> {
        self.0
    }

    pub(crate) fn of_residents(residents: HugeVec<Resident<P>>) -> Self {
        Self(residents)
    }
}

impl<P> Default for Peers<P> {
    fn default() -> Self {
        Self(huge_with_capacity(0))
    }
}

impl<P> FromIterator<P> for Peers<P> {
    fn from_iter<I: IntoIterator<Item = P>>(programs: I) -> Self {
        let residents = programs.into_iter().map(Resident::new);
        let mut peers = huge_with_capacity(residents.size_hint().0);
        peers.extend(residents);
        Self(peers)
    }
}

impl<P> From<Vec<P>> for Peers<P> {
    fn from(programs: Vec<P>) -> Self {
        programs.into_iter().collect()
    }
}

impl<P> Index<usize> for Peers<P> {
    type Output = P;

    fn index(&self, number: usize) -> &P {
        &self.0[number].program
    }
}

impl<P: PartialEq> PartialEq for Peers<P> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<P: std::fmt::Debug> std::fmt::Debug for Peers<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
