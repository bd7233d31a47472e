//! Content, workload and downloads.

use super::Checker;
use super::laws::{one_of_two, sizes};
use crate::scenario::schema::{
    Content, ContentKeywords, Copies, FlashCrowd, Popularity, Replicas, Sharing, SizeLaw,
    SourceExchangePreset, ValuesWorkload, Workload,
};
use crate::scenario::units::Duration;

/// Chunks of one file at most.
const CHUNKS_MAX: u64 = 1_000_000;
/// A value is no larger, bytes: a datagram has at most 65,507, and something stands beside it.
const VALUE_BYTES_MAX: u64 = 65_000;

pub(super) fn check(c: &mut Checker<'_>) {
    let s = c.scenario;
    match &s.workload {
        Some(Workload::Poisson(poisson)) => asking(c, "workload.poisson", poisson.from, poisson.until),
        Some(Workload::FlashCrowd(crowd)) => flash_crowd(c, crowd),
        Some(Workload::RandomLookups(random)) => {
            asking(c, "workload.random_lookups", random.from, random.until);
        }
        Some(Workload::Values(values)) => of_values(c, values),
        Some(Workload::Transfers(_)) => {
            for (key, there) in [("sharing", s.sharing.is_some()), ("content", s.content.is_some())] {
                if there {
                    c.say(
                        key,
                        &["workload"],
                        format!("`{key}` has no part in `workload.transfers`, which are bare flows"),
                        "nothing would use it",
                        "keep one of the two",
                    );
                }
            }
        }
        _ => {}
    }
    if let Some(content) = &s.content {
        catalogue(c, content);
    } else if s.workload.is_some() && !c.is_transfers() && !c.is_lookups() {
        c.say(
            "workload",
            &["content"],
            "`workload` asks for items, and there is no `content`".to_owned(),
            "nothing to ask for",
            "add [content] items = 1000",
        );
    }
    if s.sharing.is_some() && !c.is_transfers() && !c.is_lookups() {
        downloads(c);
    }
}

fn asking(c: &mut Checker<'_>, key: &str, from: Duration, until: Option<Duration>) {
    let duration = c.scenario.duration;
    let (from_key, until_key) = (format!("{key}.from"), format!("{key}.until"));
    if from >= duration {
        c.say(
            &from_key,
            &["duration"],
            format!("`{from_key}` ({from}) is not before the end of the run ({duration})"),
            "nobody would ever ask",
            "",
        );
    }
    let Some(until) = until else {
        return;
    };
    if until <= from {
        c.say(
            &until_key,
            &[&from_key],
            format!("`{until_key}` ({until}) is not after `from` ({from})"),
            "nobody would ever ask",
            "",
        );
    } else if until > duration {
        c.say(
            &until_key,
            &["duration"],
            format!("`{until_key}` ({until}) is after the end of the run ({duration})"),
            "after the end",
            "leave it out to ask until the end",
        );
    }
}

/// The crowd asks for something that there is, and asks again only if it is said how often.
fn flash_crowd(c: &mut Checker<'_>, crowd: &FlashCrowd) {
    const KEY: &str = "workload.flash_crowd";
    asking(c, KEY, crowd.from, crowd.until);
    if let Some(content) = &c.scenario.content
        && crowd.item >= content.items
    {
        let (item, items) = (crowd.item, content.items);
        c.say(
            &format!("{KEY}.item"),
            &["content.items"],
            format!("`{KEY}.item` is {item}, and there are {items} items, numbered from 0"),
            "there is no such item",
            "",
        );
    }
    if crowd.until.is_some() && crowd.every.is_none() && c.written(&format!("{KEY}.until")) {
        c.say(
            &format!("{KEY}.until"),
            &[],
            format!("`{KEY}.until` says when asking again ends, and nobody asks again"),
            "has no part in it",
            "add every = \"10 s\", or leave it out",
        );
    }
}

/// Values: they are all written before they are read, and fit a datagram.
fn of_values(c: &mut Checker<'_>, values: &ValuesWorkload) {
    const KEY: &str = "workload.values";
    asking(c, KEY, values.from, values.until);
    popularity(c, KEY, "values", &values.popularity, values.values);
    let size = values.size;
    if !(1..=VALUE_BYTES_MAX).contains(&size.bytes()) {
        c.say(
            &format!("{KEY}.size"),
            &[],
            format!("`{KEY}.size` ({size}) is not from 1 B to {VALUE_BYTES_MAX} B"),
            "a value goes into one datagram",
            "",
        );
    }
    let (until, reads_from) = (values.until.unwrap_or(c.scenario.duration), values.reads_from());
    if reads_from >= until && values.from < until {
        c.say(
            &format!("{KEY}.first_writes"),
            &[&format!("{KEY}.from"), &format!("{KEY}.until"), "duration"],
            format!(
                "`{KEY}.first_writes` ends at {reads_from}, which is not before the end of reading ({until})"
            ),
            "nobody would ever read",
            "",
        );
    }
}

/// As many ranks as there are things at most are equally popular.
fn popularity(c: &mut Checker<'_>, table: &str, things: &str, popularity: &Popularity, count: u32) {
    if let Popularity::Zipf(zipf) = popularity
        && zipf.flat_head > count
    {
        let key = format!("{table}.popularity.zipf.flat_head");
        c.say(
            &key,
            &[&format!("{table}.{things}")],
            format!(
                "`{key}` ({}) is more than there are {things} ({count})",
                zipf.flat_head
            ),
            &format!("more than `{things}`"),
            "",
        );
    }
}

fn catalogue(c: &mut Checker<'_>, content: &Content) {
    popularity(c, "content", "items", &content.popularity, content.items);
    if let Some(law) = &content.size {
        sizes(c, "content.size", law);
    }
    if let Some(keywords) = &content.keywords {
        words(c, keywords);
    }
    match &content.replicas {
        Some(Replicas::Uniform(copies)) => replicas(c, "content.replicas.uniform", copies),
        Some(Replicas::Proportional(copies)) => replicas(c, "content.replicas.proportional", copies),
        Some(Replicas::SquareRoot(copies)) => replicas(c, "content.replicas.square_root", copies),
        Some(Replicas::File(_)) | None => {}
    }
}

/// A name has different words, and a query some of them.
fn words(c: &mut Checker<'_>, keywords: &ContentKeywords) {
    const KEY: &str = "content.keywords";
    let of_query = ("per_query", keywords.per_query);
    let of_name = ("per_name", keywords.per_name);
    let of_all = ("vocabulary", keywords.vocabulary);
    for (smaller, larger, why) in [
        (of_query, of_name, "a query's words are some of its item's name"),
        (of_name, of_all, "the words of a name are different"),
    ] {
        let ((name, count), (bound, limit)) = (smaller, larger);
        if count <= limit {
            continue;
        }
        // The one that was written is the one to point at.
        let (at, other, relation) = if c.written(&format!("{KEY}.{name}")) {
            ((name, count), (bound, limit), "more")
        } else {
            ((bound, limit), (name, count), "less")
        };
        let key = format!("{KEY}.{}", at.0);
        c.say(
            &key,
            &[&format!("{KEY}.{}", other.0)],
            format!(
                "`{key}` ({}) is {relation} than `{}` ({}): {why}",
                at.1, other.0, other.1
            ),
            &format!("{relation} than `{}`", other.0),
            "",
        );
    }
}

fn replicas(c: &mut Checker<'_>, key: &str, copies: &Copies) {
    let (item, peer) = (copies.per_item, copies.per_peer);
    one_of_two(c, key, ("per_item", item.is_some()), ("per_peer", peer.is_some()));
    let items = c.scenario.content.as_ref().map_or(0, |content| content.items);
    if let Some(item) = item
        && let Some(peers) = c.peers()
        && item.get() > peers as f64
    {
        c.say(
            &format!("{key}.per_item"),
            &["peers.count", "peers.group"],
            format!(
                "`{key}.per_item` ({}) is more than there are peers ({peers})",
                item.get()
            ),
            "more than one for each peer",
            "",
        );
    }
    if let Some(peer) = peer
        && peer.get() > f64::from(items)
    {
        c.say(
            &format!("{key}.per_peer"),
            &["content.items"],
            format!(
                "`{key}.per_peer` ({}) is more than there are items ({items})",
                peer.get()
            ),
            "more than one of each item",
            "",
        );
    }
}

/// What belongs to how sources are exchanged and found.
fn sources(c: &mut Checker<'_>, sharing: &Sharing) {
    if sharing.announce_partial && !sharing.share_partial {
        c.say(
            "sharing.announce_partial",
            &["sharing.share_partial"],
            "`sharing.announce_partial` is true and `share_partial` is not: what is announced would not be served".to_owned(),
            "nobody serves parts",
            "write share_partial = true, or leave it out",
        );
    }
    let Some(exchange) = &sharing.source_exchange else {
        return;
    };
    let preset = match exchange.preset {
        SourceExchangePreset::Edonkey => "edonkey",
        SourceExchangePreset::Pex => "pex",
    };
    for name in exchange.without_part() {
        let key = format!("sharing.source_exchange.{name}");
        c.say(
            &key,
            &["sharing.source_exchange.preset"],
            format!("`{key}` has no part where `preset` is \"{preset}\""),
            "nothing would use it",
            "leave it out, or write the other preset",
        );
    }
}

fn downloads(c: &mut Checker<'_>) {
    let s = c.scenario;
    if let Some(sharing) = &s.sharing {
        sources(c, sharing);
    }
    let Some(content) = &s.content else {
        c.say(
            "sharing",
            &["content"],
            "`sharing` downloads items, and there is no `content`".to_owned(),
            "nothing to download",
            "add [content] items = 1000",
        );
        return;
    };
    let Some(size) = &content.size else {
        c.say(
            "content",
            &["content.size", "sharing"],
            "`content.size` is missing: `sharing` downloads items, and nothing says how large they are"
                .to_owned(),
            "",
            "add size.fixed = { size = \"4 MB\" } or another law",
        );
        return;
    };
    let chunk = s
        .sharing
        .as_ref()
        .map_or(1, |sharing| sharing.chunk.bytes().max(1));
    let (key, largest) = match size {
        SizeLaw::Fixed(law) => ("content.size.fixed.size", law.size),
        SizeLaw::LogNormal(law) => ("content.size.log_normal.median", law.median),
        SizeLaw::Uniform(law) => ("content.size.uniform.max", law.max),
    };
    if largest.bytes() / chunk > CHUNKS_MAX {
        c.limit(
            key,
            &["sharing.chunk"],
            format!(
                "`{key}` ({largest}) makes {} chunks of `sharing.chunk` ({} B), at most {CHUNKS_MAX} are allowed",
                largest.bytes() / chunk,
                chunk
            ),
            "too many chunks",
            "make the chunks larger",
        );
    }
}
