//! What peers of a hybrid keep: that of both parts, and what is between them.

use super::{Hybrid, StructuredPart, UnstructuredPart};
use crate::engine::footprint as engine;
use crate::overlay::dht::Dht;
use crate::overlay::dht::message::Message;
use crate::overlay::hybrid::{self, footprint};
use crate::records::footprint as records;
use crate::scenario::estimate::Stage::{Finishing, Running};
use crate::scenario::estimate::parts::{HELD, List, RUN, SMALL_BLOCKS, THREADS, bytes, rounded};
use crate::scenario::overlays::structured::{self, StructuredDesign};
use crate::scenario::overlays::unstructured::UnstructuredDesign;
use crate::sharing::FileSharing;

/// Lists what such peers keep.
pub(super) fn list(overlay: &Hybrid, key: &'static str, list: &mut List<'_>) {
    match &overlay.unstructured {
        UnstructuredPart::Gnutella(base) => list_over(overlay, &**base, key, list),
        UnstructuredPart::Central(base) => list_over(overlay, &**base, key, list),
        UnstructuredPart::Tracker(base) => list_over(overlay, &**base, key, list),
    }
}

/// The same over an unstructured overlay.
fn list_over<U: UnstructuredDesign>(overlay: &Hybrid, base: &U, key: &'static str, list: &mut List<'_>) {
    let (base_key, _) = overlay.unstructured.table();
    let (design_key, _) = overlay.structured.table();
    let keys = (key, base_key, design_key);
    match &overlay.structured {
        StructuredPart::Chord(design) => list_joined(base, &**design, keys, list),
        StructuredPart::Kademlia(design) => list_joined(base, &**design, keys, list),
    }
}

/// The same with a structured one; the keys are those of the hybrid, of the unstructured part, of the structured part.
fn list_joined<U: UnstructuredDesign, D: StructuredDesign>(
    base: &U,
    design: &D,
    (key, base_key, design_key): (&'static str, &'static str, &'static str),
    list: &mut List<'_>,
) {
    type Program<U, R> = FileSharing<hybrid::Hybrid<U, Dht<R>>>;
    let demand = list.demand;
    list.peers::<Program<U::Overlay, D::Router>>();
    structured::list_kept::<D, Program<U::Overlay, D::Router>>(design, design_key, list);
    let size = bytes(footprint::rest_bytes::<Dht<D::Router>>());
    list.add(("structured parts", "peers", key), demand.peers, size, &HELD);
    let size = bytes(size_of::<Message<D::Router>>());
    let boxed = ("messages in boxes", "messages", key);
    list.add(
        boxed,
        demand.structured.in_flight,
        size * SMALL_BLOCKS,
        &[Running, Finishing],
    );
    let books = engine::shards(rounded(demand.peers), THREADS) * footprint::query_books_bytes();
    let queries_key = list.queries_key();
    let part = ("books of the structured part", "queries", queries_key);
    list.add(part, demand.queries, bytes(books), &RUN);
    let rows = ("rows of hybrid.csv", "queries", queries_key);
    list.rows(rows, demand.queries, records::hybrid_bytes());
    base.list_kept::<Program<U::Overlay, D::Router>>(base_key, list);
}
