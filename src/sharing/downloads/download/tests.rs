use super::*;
use crate::engine::Purpose;
use crate::engine::peer::SessionNumber;
use crate::sharing::testing::SEED;

fn contact(peer: u32, session: SessionNumber) -> Contact {
    let peer = PeerId(peer);
    Contact { peer, session }
}

fn candidate(peer: u32, session: SessionNumber) -> Candidate {
    Candidate {
        contact: contact(peer, session),
        firewalled: false,
        query: QueryId(0),
        way: Way::Overlay,
    }
}

/// A download of `chunks` chunks whose sources have slots and these chunks.
fn download(chunks: u32, sources: &[&[u32]]) -> Download {
    let mut download = Download::new(0, ItemId(0), QueryId(0), chunks);
    for (peer, have) in (1_u32..).zip(sources) {
        let mut source = Source::new(candidate(peer, 1));
        source.state = State::Granted;
        let mut set = ChunkSet::none(chunks);
        have.iter().for_each(|&chunk| set.insert(chunk));
        source.have = Some(Box::new(set));
        download.sources.push(source);
    }
    download
}

#[test]
fn the_rarest_chunk_comes_first() {
    let mut random = SEED.small(Purpose::Protocol, 0);
    // Offered by: chunk 0 three, 1 two, 2 one, 3 three, 4 two sources; chunk 2 only by the first.
    let mut download = download(5, &[&[0, 1, 2, 3], &[0, 1, 3, 4], &[0, 3, 4]]);
    let mut order = Vec::new();
    while let Some(chunk) = download.rarest(0, &mut random) {
        order.push(chunk);
        download.fetching.insert(chunk);
    }
    assert_eq!(order[..2], [2, 1]);
    assert_eq!(order.len(), 4);
    assert_eq!(
        download.rarest(1, &mut random),
        Some(4),
        "what the others have is taken"
    );
    download.fetching.remove(0);
    download.fetching.remove(3);
    download.verified.insert(3);
    assert_eq!(download.rarest(2, &mut random), Some(4));
    assert_eq!(download.open_chunks(), 2);

    // A source that gave no slot offers nothing: chunk 1 is now as rare as chunk 2.
    download.sources[1].state = State::Queued;
    download.fetching = ChunkSet::none(5);
    download.verified = ChunkSet::none(5);
    let mut drawn: Vec<Option<u32>> = (0..50).map(|_| download.rarest(0, &mut random)).collect();
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn, [Some(1), Some(2)], "one of the rarest at random");
}

#[test]
fn whole_sources_offer_everything() {
    let mut random = SEED.small(Purpose::Protocol, 1);
    let mut download = download(3, &[&[0, 1], &[2]]);
    download.sources[0].have = None;
    // Chunk 2 has two holders now.
    for _ in 0..20 {
        assert_ne!(download.rarest(0, &mut random), Some(2));
    }
}

#[test]
fn candidates_are_known_once_and_bounded() {
    let mut download = download(3, &[&[0]]);
    download.banned.push(PeerId(9));
    for (peer, session) in [(1, 1), (2, 1), (9, 1), (3, 1), (2, 2), (4, 1)] {
        download.offer(candidate(peer, session), 2);
    }
    let contacts: Vec<Contact> = download.candidates.iter().map(|known| known.contact).collect();
    assert_eq!(contacts, [contact(2, 2), contact(3, 1)]);
    download.set_aside(0);
    assert_eq!(download.candidates.last().unwrap().contact, contact(1, 1));
}
