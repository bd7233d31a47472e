//! What file sharing needs, whatever finds the content.

use super::content;
use super::graph::Source;
use super::peers::Cast;
use super::programme;
use super::queries;
use super::{Desk, Frame, UnderlaySetup};
use crate::engine::{Peers, Setup};
use crate::overlay::{ItemId, Overlay, QueryId};
use crate::scenario::schema::{self, Verification};
use crate::sharing::director::Programme;
use crate::sharing::library::SourceOrder;
use crate::sharing::{
    self, Catalogue, ContentCheck, FileServers, FileSharing, Library, PeerTraits, Placement, PlannedQuery,
    TransferSettings, World,
};
use crate::underlay::Underlay;
use crate::underlay::flows::MaxMin;

/// Content and workload, as far as the files that they come from can be read.
pub(in crate::scenario) struct Draft {
    catalogue: Catalogue,
    traits: Vec<PeerTraits>,
    placement: Option<Placement>,
    queries: Option<Vec<PlannedQuery>>,
    /// Service nodes that serve files.
    servers: Option<FileServers>,
}

impl Draft {
    /// From now on these nodes serve everything, and peers nothing. What peers hold stays what it is.
    pub(in crate::scenario) fn serve_from(&mut self, servers: FileServers) {
        self.servers = Some(servers);
    }
}

/// Reads and draws what is shared and asked for.
pub(in crate::scenario) fn draft(desk: &mut Desk<'_>, source: &Source, cast: &Cast) -> Option<Draft> {
    let catalogue = content::catalogue(desk)?;
    let traits = content::traits(desk, cast);
    let placement = content::placement(desk, source, cast, &catalogue, &traits);
    let queries = queries::queries(desk, source, cast, &catalogue);
    Some(Draft {
        catalogue,
        traits,
        placement,
        queries,
        servers: None,
    })
}

impl Draft {
    /// How many peers hold each item at the start.
    pub(in crate::scenario) fn holders(&self) -> Option<impl Iterator<Item = usize>> {
        let placement = self.placement.as_ref()?;
        Some((0..self.catalogue.items()).map(|item| placement.holders(ItemId(item)).len()))
    }
}

/// What an overlay gives to a setup of file sharing over it.
pub(in crate::scenario) struct Parts<O: Overlay + 'static> {
    /// Its parameters.
    pub(in crate::scenario) settings: O::Settings,
    /// All programs, those of service nodes last.
    pub(in crate::scenario) peers: Peers<FileSharing<O>>,
    /// How far a query goes for which the workload sets nothing, and how far the truth looks; `None`: everywhere.
    pub(in crate::scenario) reach: Option<u32>,
}

/// A setup of file sharing over an overlay, and what is known of it besides.
pub(in crate::scenario) type Ready<O> = (Box<UnderlaySetup<FileSharing<O>>>, Box<Frame>);

/// The setup of file sharing over an overlay.
pub(in crate::scenario) fn setup<O: Overlay + 'static>(
    desk: &mut Desk<'_>,
    draft: Draft,
    cast: Cast,
    network: Option<Underlay>,
    mut programme: Programme,
    parts: Parts<O>,
) -> Option<Ready<O>> {
    let (placement, queries, network) = (draft.placement?, draft.queries?, network?);
    let transfers = desk.scenario.sharing.as_ref().map(transfer_settings);
    let verification = transfers.map_or(sharing::Verification::Tag, |settings| settings.verification);
    if programme::is_worth_asking(&placement, transfers.is_some()) || draft.servers.is_some() {
        programme.inquiries = programme::inquiries(desk, &queries, parts.reach.unwrap_or(u32::MAX));
    }
    let commands = (0_u32..)
        .zip(&queries)
        .map(|(number, query)| (query.at_ns, query.origin, QueryId(number)))
        .collect();
    let library = Library {
        check: ContentCheck::new(verification, draft.catalogue.items(), desk.seed),
        catalogue: draft.catalogue,
        placement,
        queries,
        traits: draft.traits,
        servers: draft.servers,
        search_held: transfers.is_none(),
        is_traced: false,
        transfers,
    };
    let setup = Setup {
        world: World {
            overlay: parts.settings,
            library,
        },
        peers: parts.peers,
        network,
        flows: transfers.is_some().then(MaxMin::new),
        sessions: cast.plan,
        commands,
        seed: desk.seed,
        duration_ns: desk.scenario.duration.ns(),
    };
    let frame = desk.frame(cast.roll, programme, parts.reach);
    Some((Box::new(setup), Box::new(frame)))
}

fn transfer_settings(sharing: &schema::Sharing) -> TransferSettings {
    let small = |number: u32| u16::try_from(number).expect("the scenario bounds counts");
    TransferSettings {
        hit_wait_ns: sharing.hit_wait.ns(),
        sources_max: small(sharing.sources_max),
        candidates_max: small(sharing.candidates_max),
        source_order: match sharing.source_order {
            schema::SourceOrder::Arrival => SourceOrder::Arrival,
            schema::SourceOrder::Random => SourceOrder::Random,
        },
        pipeline: u8::try_from(sharing.pipeline).expect("the scenario bounds counts"),
        upload_slots: small(sharing.upload_slots),
        queue_max: small(sharing.queue_max),
        session_chunks: sharing.session_chunks,
        busy_retry_ns: sharing.busy_retry.ns(),
        busy_retries: small(sharing.busy_retries),
        queue_poll_ns: sharing.queue_poll.ns(),
        response_timeout_ns: sharing.response_timeout.ns(),
        call_back_timeout_ns: sharing.call_back_timeout.ns(),
        slot_idle_ns: sharing.slot_idle.ns(),
        idle_timeout_ns: sharing.transfer_timeout.ns(),
        failures_max: small(sharing.corrupt_chunks_max),
        search_retries: small(sharing.search_retries),
        partial_sharing: sharing.share_partial,
        announces_partial: sharing.announce_partial,
        exchange: sharing
            .source_exchange
            .as_ref()
            .map(schema::SourceExchange::settings),
        verification: match sharing.verification {
            Verification::Tag => sharing::Verification::Tag,
            Verification::Bytes => sharing::Verification::Bytes,
        },
        request_bytes: sharing.request_bytes,
        answer_bytes: sharing.answer_bytes,
        give_bytes: sharing.give_bytes,
        close_bytes: sharing.close_bytes,
    }
}
