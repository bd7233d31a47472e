//! A route in a word of four bytes, which most routes fit: the query's number, and below it the link's name.

use super::links::LinkId;
use super::routes::Route;

/// The word of no route: an empty place.
pub(super) const NONE: u32 = 0;

const LINK_BITS: u32 = 8;
const LINK_MASK: u32 = (1 << LINK_BITS) - 1;
/// What stands for [`LinkId::OWN`]; links named so or above do not fit.
const OWN_NAME: u32 = LINK_MASK;

/// The word of a route, if it fits one.
#[inline]
pub(super) fn pack(Route { number, link }: Route) -> Option<u32> {
    let name = match link {
        LinkId::OWN => OWN_NAME,
        LinkId(name) if name < OWN_NAME => name,
        _ => return None,
    };
    (number >> (u32::BITS - LINK_BITS) == 0).then_some(number << LINK_BITS | name)
}

/// Where a word leads; [`NONE`] leads to `LinkId::NONE`.
#[inline]
pub(super) fn link(word: u32) -> LinkId {
    match word & LINK_MASK {
        OWN_NAME => LinkId::OWN,
        name => LinkId(name),
    }
}

/// The number of a word's query.
#[inline]
pub(super) fn number(word: u32) -> u32 {
    word >> LINK_BITS
}

/// The route of a word.
pub(super) fn unpack(word: u32) -> Route {
    Route {
        number: number(word),
        link: link(word),
    }
}

/// The word of a query among others, or [`NONE`]. All are looked at, for that takes no decisions.
#[inline]
pub(super) fn find(words: &[u32], sought: u32) -> u32 {
    words.iter().fold(NONE, |found, word| {
        found | if number(*word) == sought { *word } else { NONE }
    })
}
