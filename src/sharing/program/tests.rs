use super::*;
use crate::engine::time::{MILLISECOND_NS, SECOND_NS};
use crate::engine::{Message, Tally};
use crate::sharing::message::TransferBody;
use crate::sharing::testing::{Direct, DirectMessage, Directory, Event, Lab, SEED};
use crate::sharing::*;

mod exchange;
mod faults;
mod outcomes;
mod serving;

const LATENCY_NS: u64 = 50 * MILLISECOND_NS;
/// A chunk of 1000 bytes takes a second.
const RATE_BPS: u64 = 8_000;
const CHUNK_BYTES: u32 = 1_000;
const END_NS: u64 = 100_000 * SECOND_NS;

/// A little world: peer 0 and others ask for items that some hold.
struct Setup {
    peers: u32,
    items: u32,
    size_bytes: u64,
    chunk_bytes: u32,
    holders: Vec<(u32, u32)>,
    queries: Vec<(u64, u32, u32)>,
    transfers: Option<TransferSettings>,
    traits: Vec<PeerTraits>,
    search_held: bool,
}

impl Setup {
    /// `holders` hold item 0 of `chunks` chunks; peer 0 asks for it after a second.
    fn new(peers: u32, chunks: u32, holders: &[u32]) -> Self {
        Self {
            peers,
            items: 1,
            // The last chunk is shorter.
            size_bytes: u64::from(chunks) * u64::from(CHUNK_BYTES) - 300,
            chunk_bytes: CHUNK_BYTES,
            holders: holders.iter().map(|&holder| (holder, 0)).collect(),
            queries: vec![(SECOND_NS, 0, 0)],
            transfers: Some(TransferSettings::default()),
            traits: vec![PeerTraits::SHARING; peers as usize],
            search_held: false,
        }
    }

    fn settings(&mut self) -> &mut TransferSettings {
        self.transfers.as_mut().unwrap()
    }

    fn lab(&self) -> Lab<FileSharing<Direct>> {
        let plan = CataloguePlan {
            items: self.items,
            size: SizeLaw::Fixed(self.size_bytes),
            chunk_bytes: self.chunk_bytes,
            popularity: PopularityLaw::Uniform,
            name_bytes: LengthLaw::Fixed(30),
            text_bytes: LengthLaw::Fixed(10),
            vocabulary: None,
        };
        let pairs: Vec<(PeerId, ItemId)> = self
            .holders
            .iter()
            .map(|&(peer, item)| (PeerId(peer), ItemId(item)))
            .collect();
        let everybody = (0..self.peers).map(PeerId).collect();
        let verification = self
            .transfers
            .map_or(Verification::Tag, |settings| settings.verification);
        let queries: Vec<PlannedQuery> = self
            .queries
            .iter()
            .map(|&(at_ns, origin, item)| PlannedQuery {
                at_ns,
                origin: PeerId(origin),
                item: ItemId(item),
                ttl: None,
                warm_up: false,
            })
            .collect();
        let world = World {
            overlay: Directory(vec![everybody; self.items as usize]),
            library: Library {
                catalogue: Catalogue::new(&plan, SEED).unwrap(),
                placement: Placement::from_pairs(self.items, self.peers, &pairs),
                queries: queries.clone(),
                traits: self.traits.clone(),
                servers: None,
                transfers: self.transfers,
                check: ContentCheck::new(verification, self.items, SEED),
                search_held: self.search_held,
                is_traced: false,
            },
        };
        let programs = (0..self.peers)
            .map(|_| FileSharing::new(Direct::default()))
            .collect();
        let mut lab = Lab::new(world, programs, LATENCY_NS, RATE_BPS);
        for (number, query) in (0_u32..).zip(queries) {
            lab.at(query.at_ns, Event::Command(query.origin, QueryId(number)));
        }
        lab
    }

    /// Runs to the end and checks what always holds.
    fn run(&self) -> Lab<FileSharing<Direct>> {
        let mut lab = self.lab();
        lab.run(END_NS, |_| {});
        check(&lab);
        lab
    }
}

/// Conservation of payload, and that a completed download is exactly its item.
fn check(lab: &Lab<FileSharing<Direct>>) {
    let books = &lab.commons.tally;
    let mut accounted = books.stray_bytes;
    for line in books.downloads() {
        accounted += line.verified_bytes + line.refetched_bytes;
        if line.outcome == DownloadOutcome::Completed {
            assert_eq!(line.verified_bytes, line.size_bytes);
            assert!(line.sources > 0);
        }
    }
    let peers = u32::try_from(lab.world.library.traits.len()).unwrap();
    let downloaded: u64 = (0..peers)
        .map(|peer| books.peer_bytes(PeerId(peer)).downloaded)
        .sum();
    assert_eq!(
        downloaded, accounted,
        "bytes downloaded = verified + refetched + stray"
    );
    assert!(downloaded <= lab.carried_bytes);
}

fn only_line(lab: &Lab<FileSharing<Direct>>) -> DownloadLine {
    let lines = lab.commons.tally.downloads();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines[0]
}

fn bodies(lab: &Lab<FileSharing<Direct>>, wanted: impl Fn(&TransferBody) -> bool) -> usize {
    lab.sent
        .iter()
        .filter(|(.., message)| matches!(message, SharingMessage::Transfer(message) if wanted(&message.body)))
        .count()
}

#[test]
fn a_file_comes_in_chunks_from_several_sources() {
    let lab = Setup::new(5, 8, &[1, 2, 3]).run();
    let line = only_line(&lab);
    assert_eq!(line.outcome, DownloadOutcome::Completed);
    assert_eq!(
        (line.sources, line.corrupt_chunks, line.refetched_bytes),
        (3, 0, 0)
    );
    assert_eq!(lab.flows_started, 8, "every chunk is fetched once");
    // Hits come after two latencies and are collected for 5 s. Request, grant: two latencies; then per chunk a request
    // and a transfer: 2 * 50 ms + 1 s, in three rounds, of which the last may be that of the shorter chunk alone.
    let started_ns = 6 * SECOND_NS + 2 * LATENCY_NS;
    assert_eq!(line.started_ns, started_ns);
    let rounds_ns = 3 * (SECOND_NS + 2 * LATENCY_NS) + 2 * LATENCY_NS;
    let finished_ns = line.finished_ns.unwrap();
    assert!((started_ns + rounds_ns - 300 * MILLISECOND_NS..=started_ns + rounds_ns).contains(&finished_ns));
    assert_eq!(lab.commons.tally.outcome(QueryId(0)), QueryOutcome::Hit);
    assert_eq!(lab.peer(0).fetched(), [ItemId(0)]);
    assert!(
        lab.peer(0).offers(ItemId(0), PeerId(0), &lab.world),
        "a finished file serves others"
    );
    assert_eq!(lab.peer(0).active_downloads(), 0);
    assert_eq!(lab.peer(0).shared_files(PeerId(0), &lab.world), 1);
    for peer in 1..4 {
        assert_eq!(lab.peer(peer).active_uploads(), 0, "slots are given back");
    }
    let uploaded: u64 = (1..4)
        .map(|peer| lab.commons.tally.peer_bytes(PeerId(peer)).uploaded)
        .sum();
    assert_eq!(uploaded, line.size_bytes);
}

#[test]
fn kinds_are_the_overlays_then_the_transfers() {
    type Both = SharingMessage<DirectMessage>;
    assert_eq!(Both::KINDS[..4], ["Ask", "Hit", "Push", "Request"]);
    assert_eq!(Both::KINDS.len(), 15);
    let give = Both::Transfer(Box::new(crate::sharing::message::TransferMessage {
        body: TransferBody::Give { item: ItemId(3) },
        size_bytes: 72,
    }));
    assert_eq!((Both::KINDS[give.kind()], give.size_bytes()), ("Give", 72));
    assert_eq!(
        size_of::<FileSharing<Direct>>(),
        (size_of::<Direct>() + 2 * size_of::<usize>()).next_multiple_of(32),
        "an idle peer is two words beside its overlay, in halves of cache lines"
    );
}
