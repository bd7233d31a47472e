//! `[overlay.hybrid]`: an unstructured overlay and a structured one side by side.

mod build;
mod check;
mod memory;

use super::central::Central;
use super::chord::Chord;
use super::gnutella::Gnutella;
use super::kademlia::Kademlia;
use super::structured::Structured;
use super::tracker::Tracker;
use super::{Model, OverlayTable};
use crate::scenario::build::Desk;
use crate::scenario::check::Checker;
use crate::scenario::estimate::demand::{Basis, Demand};
use crate::scenario::estimate::parts::List;
use crate::scenario::schema::ServiceKind;
use crate::scenario::units::{Duration, Rate, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[overlay.hybrid]`: an unstructured overlay and a structured one side by side (Loo, Huebsch, Stoica and Hellerstein, "The Case
/// for a Hybrid P2P Search Infrastructure", IPTPS 2004). The service nodes of the unstructured one come before those of the
/// structured one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hybrid {
    /// Unstructured overlay, with all its keys. Required.
    pub unstructured: UnstructuredPart,
    /// Structured overlay, with all its keys. Required.
    pub structured: StructuredPart,
    /// Which of them is asked, and when. Default: `unstructured_first` (Loo et al., IPTPS 2004, section 4).
    #[serde(default)]
    pub search: HybridSearch,
    /// What peers publish in the structured overlay of what they share. Default: `all`.
    #[serde(default)]
    pub publish: HybridPublish,
    /// Which peers take part in the structured overlay. Default: `all`.
    #[serde(default)]
    pub members: HybridMembers,
    /// How the others ask and publish in it through members. Without effect where all are members.
    #[serde(default)]
    pub gateway: HybridGateway,
}

/// Which peers take part in the structured overlay.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HybridMembers {
    /// Everybody.
    All(AllMembers),
    /// Those to whom others can connect and whose uplink is fast enough.
    WellConnected(WellConnected),
    /// Those of some groups.
    Groups(MemberGroups),
}

/// `members.all`: nothing is to be said.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllMembers {}

/// `members.well_connected`: as the hybrid ultrapeers of Loo et al. (IPTPS 2004, section 5) are.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WellConnected {
    /// Slowest uplink of a member; without access links all are fast enough. Firewalled peers are none. Required.
    #[schemars(extend("x-positive" = true))]
    pub uplink_min: Rate,
}

/// `members.groups`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberGroups {
    /// Names of the groups whose peers are members, firewalled ones too. Required.
    #[schemars(length(min = 1))]
    pub names: Vec<String>,
}

/// `gateway`: members tell their neighbours in the unstructured overlay what they are. Whoever is none turns to the one that it
/// heard of last, then to the one before, and at last to a service node of the structured overlay. Firewalled peers that are no
/// members publish nothing: nobody could have them call back.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HybridGateway {
    /// How often members tell their neighbours. Others publish for the first time when they have been online for so long. Default:
    /// "1 min" (our assumption).
    #[schemars(extend("x-positive" = true))]
    pub announce_every: Duration,
    /// Members that a peer remembers, the last ones that it heard of. Default: 8 (our assumption).
    #[schemars(range(min = 1, max = 65_535))]
    pub members_max: u32,
    /// How long a peer waits for a member to say that it has taken a query on. Default: "5 s" (our assumption).
    #[schemars(extend("x-positive" = true))]
    pub timeout: Duration,
    /// How long a member passes on what it finds for another. Default: "1 min" (our assumption).
    #[schemars(extend("x-positive" = true))]
    pub patience: Duration,
    /// How often others have what they share published anew. Default: "1 h" (our assumption).
    #[schemars(extend("x-positive" = true))]
    pub republish: Duration,
    /// Size of a message that carries nothing, in bytes. Queries carry their text and a terminator besides. Default: 23 (the
    /// header of Gnutella's descriptors).
    #[schemars(range(max = 65_535))]
    pub header_bytes: u32,
    /// Size of what is said of a holder or an item beside its name, in bytes. Default: 6 (address and port).
    #[schemars(range(max = 65_535))]
    pub entry_bytes: u32,
}

/// The unstructured part of a hybrid: one in which nothing says where content lies.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnstructuredPart {
    /// Queries spread from neighbour to neighbour.
    Gnutella(Box<Gnutella>),
    /// Index servers know who shares what: with Kademlia beside them, eDonkey and Overnet.
    Central(Box<Central>),
    /// Trackers know who takes part in the swarm of each item: with Kademlia as in the mainline DHT beside them, BitTorrent.
    Tracker(Box<Tracker>),
}

/// The structured part of a hybrid.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StructuredPart {
    /// A ring on which every key belongs to the next node.
    Chord(Box<Chord>),
    /// Every key belongs to the nodes whose identifiers differ from it in the lowest bits only.
    Kademlia(Box<Kademlia>),
}

/// Which overlay is asked, and when.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HybridSearch {
    /// The unstructured one; the structured one too if there was not enough.
    UnstructuredFirst(UnstructuredFirst),
    /// Both at once.
    Both(BothAtOnce),
    /// Never the structured one: for comparison.
    UnstructuredOnly(UnstructuredOnly),
    /// Never the unstructured one: for comparison.
    StructuredOnly(StructuredOnly),
}

/// `search.unstructured_first`: the structured overlay is for what the unstructured one does not find.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UnstructuredFirst {
    /// How long hits are waited for. Default: "30 s" (Loo et al., VLDB 2004, section 7).
    #[schemars(extend("x-positive" = true))]
    pub wait: Duration,
    /// With fewer hits by then the structured overlay is asked too. Default: 1 (Loo et al., VLDB 2004, section 7: queries without
    /// results).
    #[schemars(range(min = 1, max = 65_535))]
    pub fewer_than: u32,
}

/// `search.both`: nothing is to be said.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BothAtOnce {}

/// `search.unstructured_only`: nothing is to be said.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnstructuredOnly {}

/// `search.structured_only`: nothing is to be said.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StructuredOnly {}

/// What peers publish in the structured overlay of what they share.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HybridPublish {
    /// Everything.
    All(PublishAll),
    /// Nothing: for comparison.
    Nothing(PublishNothing),
    /// What is rare, and so not found by flooding.
    Rare(Rare),
}

/// `publish.all`: nothing is to be said.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishAll {}

/// `publish.nothing`: nothing is to be said.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishNothing {}

/// `publish.rare`: how peers tell what is rare.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rare {
    /// They know how many hold an item at the start: for comparison, no peer can know it.
    Oracle(RareOracle),
    /// By the hits that come past (after the scheme of query results' sizes of Loo et al., VLDB 2004): a peer counts the other
    /// holders of what it shares itself.
    SampledHits(RareSampledHits),
    /// By the words in the hits that come past (Loo et al., VLDB 2004: term frequency): an item is rare if one of the words of its
    /// name is. Names are made of words: `[content.keywords]`.
    TermFrequency(RareTermFrequency),
    /// By what the neighbours in the unstructured overlay share, each of which is asked for a list once in a session (Loo et al.,
    /// VLDB 2004: sampling): how many have an item is a lower bound of how many there are.
    SampledNeighbours(RareSampledNeighbours),
}

/// `publish.rare.oracle`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RareOracle {
    /// Most holders of an item that is rare. Default: 20 (our assumption: fewer results than this are what Loo et al., VLDB 2004,
    /// count as few).
    #[schemars(range(min = 1))]
    pub replicas_max: u32,
}

/// `publish.rare.sampled_hits`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RareSampledHits {
    /// Most other holders that a peer saw of an item that it takes for rare: named in hits for its own queries, or for those of
    /// others that it passed on. Default: 1 (our assumption: a peer sees few of all hits).
    #[schemars(range(max = 65_535))]
    pub holders_max: u32,
    /// How long a peer listens before it publishes anything, from the beginning of each session. Default: "10 min" (our
    /// assumption).
    #[schemars(extend("x-positive" = true))]
    pub listen: Duration,
}

/// `publish.rare.term_frequency`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RareTermFrequency {
    /// Largest share of the hits that a peer saw in which the least frequent word of a rare item's name is. Default: 0.01 (our
    /// assumption).
    pub share_max: Share,
    /// How long a peer listens before it publishes anything, from the beginning of each session. Default: "10 min" (our
    /// assumption).
    #[schemars(extend("x-positive" = true))]
    pub listen: Duration,
}

/// `publish.rare.sampled_neighbours`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RareSampledNeighbours {
    /// Most neighbours that have a rare item. Default: 0 (our assumption: a servent has a handful of neighbours).
    #[schemars(range(max = 65_535))]
    pub holders_max: u32,
    /// When a peer asks its neighbours, from the beginning of each session. Default: "1 min" (our assumption: by then it has some).
    #[schemars(extend("x-positive" = true))]
    pub after: Duration,
    /// How long it waits for their lists. Default: "10 s" (our assumption).
    #[schemars(extend("x-positive" = true))]
    pub timeout: Duration,
    /// Size of a message that carries nothing, in bytes. Default: 23 (the header of Gnutella's descriptors).
    #[schemars(range(max = 65_535))]
    pub header_bytes: u32,
    /// Size of what a list says of an item beside its name, in bytes. Default: 10 (as in Gnutella's query hits: index, size,
    /// two terminators).
    #[schemars(range(max = 65_535))]
    pub entry_bytes: u32,
}

impl UnstructuredPart {
    /// The key of its table, and the table.
    pub(super) fn table(&self) -> (&'static str, &dyn OverlayTable) {
        match self {
            Self::Gnutella(table) => ("overlay.hybrid.unstructured.gnutella", &**table),
            Self::Central(table) => ("overlay.hybrid.unstructured.central", &**table),
            Self::Tracker(table) => ("overlay.hybrid.unstructured.tracker", &**table),
        }
    }

    fn resolve(&mut self) {
        match self {
            Self::Gnutella(table) => table.resolve(),
            Self::Central(table) => table.resolve(),
            Self::Tracker(table) => table.resolve(),
        }
    }
}

impl StructuredPart {
    /// The key of its table, and the table.
    pub(super) fn table(&self) -> (&'static str, &dyn OverlayTable) {
        match self {
            Self::Chord(table) => ("overlay.hybrid.structured.chord", &**table),
            Self::Kademlia(table) => ("overlay.hybrid.structured.kademlia", &**table),
        }
    }

    fn resolve(&mut self) {
        match self {
            Self::Chord(table) => table.resolve(),
            Self::Kademlia(table) => table.resolve(),
        }
    }
}

impl OverlayTable for Hybrid {
    fn resolve(&mut self) {
        self.unstructured.resolve();
        self.structured.resolve();
    }

    fn check(&self, key: &'static str, checker: &mut Checker<'_>) {
        check::check(self, key, checker);
        for (key, table) in [self.unstructured.table(), self.structured.table()] {
            table.check(key, checker);
        }
    }

    /// Those of the unstructured part come first.
    fn services(&self) -> Vec<ServiceKind> {
        let parts = [self.unstructured.table(), self.structured.table()];
        parts.iter().flat_map(|(_, table)| table.services()).collect()
    }

    fn makes_links(&self) -> bool {
        self.unstructured.table().1.makes_links()
    }

    fn has_fixed_links(&self) -> bool {
        self.unstructured.table().1.has_fixed_links()
    }

    fn talk_of_strangers(&self) -> Option<&'static str> {
        self.unstructured.table().1.talk_of_strangers()
    }

    fn ttl_max(&self) -> Option<u32> {
        self.unstructured.table().1.ttl_max()
    }

    fn structured(&self, _: &'static str) -> Option<Structured<'_>> {
        let (key, table) = self.structured.table();
        table.structured(key)
    }

    fn sends_krpc(&self) -> bool {
        self.structured.table().1.sends_krpc()
    }

    fn build(&self, _: &'static str, desk: &mut Desk<'_>) -> Option<Model> {
        build::build(desk, self)
    }

    /// Links are those of the unstructured part.
    fn count_nodes(&self, _: &'static str, demand: &mut Demand, basis: &Basis<'_>) {
        let degree = demand.degree;
        let (key, structured) = self.structured.table();
        structured.count_nodes(key, demand, basis);
        demand.degree = degree;
        let (key, unstructured) = self.unstructured.table();
        unstructured.count_nodes(key, demand, basis);
    }

    fn count_traffic(&self, demand: &mut Demand, basis: &Basis<'_>) {
        self.unstructured.table().1.count_traffic(demand, basis);
    }

    fn list(&self, key: &'static str, list: &mut List<'_>) {
        memory::list(self, key, list);
    }
}

impl Default for HybridSearch {
    fn default() -> Self {
        Self::UnstructuredFirst(UnstructuredFirst::default())
    }
}

impl Default for UnstructuredFirst {
    fn default() -> Self {
        Self {
            wait: Duration::new(30_000_000_000),
            fewer_than: 1,
        }
    }
}

impl Default for HybridPublish {
    fn default() -> Self {
        Self::All(PublishAll {})
    }
}

impl Default for HybridMembers {
    fn default() -> Self {
        Self::All(AllMembers {})
    }
}

impl Default for HybridGateway {
    fn default() -> Self {
        Self {
            announce_every: Duration::new(60_000_000_000),
            members_max: 8,
            timeout: Duration::new(5_000_000_000),
            patience: Duration::new(60_000_000_000),
            republish: Duration::new(3_600_000_000_000),
            header_bytes: 23,
            entry_bytes: 6,
        }
    }
}

impl Default for RareOracle {
    fn default() -> Self {
        Self { replicas_max: 20 }
    }
}

impl Default for RareTermFrequency {
    fn default() -> Self {
        Self {
            share_max: Share::new(0.01).expect("a hundredth is a share"),
            listen: Duration::new(600_000_000_000),
        }
    }
}

impl Default for RareSampledNeighbours {
    fn default() -> Self {
        Self {
            holders_max: 0,
            after: Duration::new(60_000_000_000),
            timeout: Duration::new(10_000_000_000),
            header_bytes: 23,
            entry_bytes: 10,
        }
    }
}

impl Default for RareSampledHits {
    fn default() -> Self {
        Self {
            holders_max: 1,
            listen: Duration::new(600_000_000_000),
        }
    }
}
