//! What there is, and who holds it at the start.

use super::Desk;
use super::graph::Source;
use super::peers::{Cast, peer_of_label};
use super::small;
use crate::engine::PeerId;
use crate::overlay::ItemId;
use crate::scenario::schema::{self, Holders, Replicas};
use crate::scenario::units::{Bytes, Positive};
use crate::sharing::placement::{CopyRule, copies_by_rule, holder_weights};
use crate::sharing::{
    Catalogue, CataloguePlan, GroupShare, LengthLaw, PeerTraits, Placement, PopularityLaw, ShareLaw, SizeLaw,
    VocabularyPlan,
};

/// No item is larger: a downloader of 2001 would have given up long before (1 TiB).
const ITEM_BYTES_MAX: u64 = 1 << 40;

/// The catalogue; a scenario without `[content]` has a single item that nobody holds.
pub(super) fn catalogue(desk: &mut Desk<'_>) -> Option<Catalogue> {
    let content = desk.scenario.content.as_ref();
    let chunk = desk
        .scenario
        .sharing
        .as_ref()
        .map_or(256 << 10, |sharing| sharing.chunk.bytes());
    let chunk_bytes = u32::try_from(chunk).map_err(|_| "a chunk has less than 4 GiB");
    let chunk_bytes = desk.take("sharing.chunk", chunk_bytes)?;
    let plan = CataloguePlan {
        items: content.map_or(1, |content| content.items),
        size: content
            .and_then(|content| content.size.as_ref())
            .map_or(SizeLaw::Fixed(1), size),
        chunk_bytes,
        popularity: content.map_or(PopularityLaw::Uniform, |content| {
            popularity_law(&content.popularity)
        }),
        name_bytes: LengthLaw::Fixed(content.map_or(40, |content| text_length(content.name_bytes))),
        text_bytes: LengthLaw::Fixed(content.map_or(20, |content| text_length(content.query_text_bytes))),
        vocabulary: content
            .and_then(|content| content.keywords.as_ref())
            .map(vocabulary),
    };
    let seed = desk.seed;
    desk.take("content", Catalogue::new(&plan, seed))
}

fn vocabulary(keywords: &schema::ContentKeywords) -> VocabularyPlan {
    VocabularyPlan {
        words: keywords.vocabulary,
        exponent: keywords.exponent.get(),
        per_name: small(keywords.per_name),
        per_query: small(keywords.per_query),
    }
}

/// The law of popularity that a scenario says.
pub(super) fn popularity_law(popularity: &schema::Popularity) -> PopularityLaw {
    match popularity {
        schema::Popularity::Uniform(_) => PopularityLaw::Uniform,
        schema::Popularity::Zipf(zipf) => PopularityLaw::Zipf {
            exponent: zipf.exponent.get(),
            flat_head: zipf.flat_head,
        },
    }
}

fn text_length(bytes: u32) -> u16 {
    u16::try_from(bytes).expect("the scenario bounds the lengths of texts")
}

fn size(law: &schema::SizeLaw) -> SizeLaw {
    match law {
        schema::SizeLaw::Fixed(fixed) => SizeLaw::Fixed(fixed.size.bytes()),
        schema::SizeLaw::Uniform(uniform) => SizeLaw::Uniform {
            bytes_min: uniform.min.bytes().max(1),
            bytes_max: uniform.max.bytes(),
        },
        schema::SizeLaw::LogNormal(law) => SizeLaw::LogNormal {
            bytes_median: law.median.bytes() as f64,
            sigma: law.sigma.get(),
            bytes_max: law.max.map_or(ITEM_BYTES_MAX, Bytes::bytes),
        },
    }
}

/// What distinguishes the peers' behaviour.
pub(super) fn traits(desk: &Desk<'_>, cast: &Cast) -> Vec<PeerTraits> {
    let by_default = desk
        .scenario
        .sharing
        .as_ref()
        .is_none_or(|sharing| sharing.share_finished);
    let of_peer = |peer| {
        let group = cast.population.group_of(peer);
        let is_free_rider = cast.population.is_free_rider(peer);
        PeerTraits {
            group,
            shares: !is_free_rider,
            shares_finished: cast.groups[usize::from(group)]
                .share_finished
                .unwrap_or(by_default),
            firewalled: cast.population.is_firewalled(peer),
            spoils_percent: if cast.population.is_corrupting(peer) {
                100
            } else {
                0
            },
        }
    };
    (0..cast.peers()).map(|peer| of_peer(PeerId(peer))).collect()
}

/// Who holds what at the start.
pub(super) fn placement(
    desk: &mut Desk<'_>,
    source: &Source,
    cast: &Cast,
    catalogue: &Catalogue,
    traits: &[PeerTraits],
) -> Option<Placement> {
    let replicas = desk
        .scenario
        .content
        .as_ref()
        .and_then(|content| content.replicas.as_ref());
    let Some(replicas) = replicas else {
        return Some(Placement::empty(catalogue.items()));
    };
    let (rule, copies, key) = match replicas {
        Replicas::Uniform(copies) => (CopyRule::Uniform, copies, "content.replicas.uniform"),
        Replicas::Proportional(copies) => (CopyRule::Proportional, copies, "content.replicas.proportional"),
        Replicas::SquareRoot(copies) => (CopyRule::SquareRoot, copies, "content.replicas.square_root"),
        Replicas::File(file) => return from_file(desk, &file.path, source, cast, catalogue),
    };
    let count = match (copies.per_item, copies.per_peer) {
        (Some(mean), _) => mean.get() * f64::from(catalogue.items()),
        (None, mean) => mean.map_or(0.0, Positive::get) * f64::from(cast.peers()),
    };
    if count > f64::from(u32::MAX) {
        desk.fail(
            key,
            format!("{count} copies are more than the 4294967295 there may be"),
        );
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded above and positive"
    )]
    let count = (count + 0.5) as u64;
    let sharers = traits.iter().filter(|traits| traits.shares).count();
    let sharers = u32::try_from(sharers).expect("peers are numbered by 32 bits");
    let seed = desk.seed;
    let probabilities = catalogue.popularity().probabilities();
    let per_item = desk.take(key, copies_by_rule(rule, count, &probabilities, sharers))?;
    let groups: Vec<GroupShare> = cast
        .groups
        .iter()
        .map(|group| GroupShare {
            law: group.share_law.as_ref().map_or(ShareLaw::Equal, share_law),
            share: None,
        })
        .collect();
    let mut weights = desk.take(key, holder_weights(traits, &groups, seed))?;
    if copies.holders == Holders::Skewed {
        for (weight, traits) in weights.iter_mut().zip(traits) {
            *weight *= cast.groups[usize::from(traits.group)].holdings.get();
        }
    }
    desk.take(key, Placement::draw(&per_item, &weights, seed))
}

fn share_law(law: &schema::ShareLaw) -> ShareLaw {
    match law {
        schema::ShareLaw::Equal(_) => ShareLaw::Equal,
        schema::ShareLaw::LogNormal(law) => ShareLaw::LogNormal {
            sigma: law.sigma.get(),
        },
        schema::ShareLaw::Pareto(law) => ShareLaw::Pareto {
            shape: law.shape.get(),
        },
    }
}

fn from_file(
    desk: &mut Desk<'_>,
    path: &str,
    source: &Source,
    cast: &Cast,
    catalogue: &Catalogue,
) -> Option<Placement> {
    const KEY: &str = "content.replicas.file.path";
    let text = desk.read_text(KEY, path)?;
    let mut pairs = Vec::new();
    let problems = desk.problems.len();
    for (line, row) in (1..).zip(text.lines()) {
        let row = row.trim();
        if row.is_empty() || row.starts_with('#') || (line == 1 && row.starts_with("peer")) {
            continue;
        }
        let numbers = row.split_once(',').and_then(|(peer, item)| {
            Some((peer.trim().parse::<u64>().ok()?, item.trim().parse::<u32>().ok()?))
        });
        let Some((label, item)) = numbers else {
            desk.fail(
                KEY,
                format!("{path}: line {line}: `{row}` is not of the form peer,item"),
            );
            continue;
        };
        let peer = peer_of_label(source, label).filter(|peer| *peer < cast.peers());
        match peer {
            None => desk.fail(KEY, format!("{path}: line {line}: there is no peer {label}")),
            Some(_) if item >= catalogue.items() => desk.fail(
                KEY,
                format!(
                    "{path}: line {line}: there is no item {item}: the catalogue has {}",
                    catalogue.items()
                ),
            ),
            Some(peer) => pairs.push((PeerId(peer), ItemId(item))),
        }
    }
    (desk.problems.len() == problems).then(|| Placement::from_pairs(catalogue.items(), cast.peers(), &pairs))
}
