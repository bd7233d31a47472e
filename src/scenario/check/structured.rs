//! Structured overlays against themselves, the peers, the topology and the workload.

use super::Checker;
use super::laws::bounds;
use super::peers::known_group;
use crate::scenario::schema::{
    Chord, Hybrid, HybridMembers, HybridPublish, Kademlia, Keywords, Overlay, Rare, RequestTimeout, Start,
    Structured, TimeRange, Workload,
};

pub(super) fn check(c: &mut Checker<'_>) {
    let s = c.scenario;
    let structured = s.overlay.as_ref().and_then(Overlay::structured);
    lookups(c, structured.is_some());
    hybrid(c);
    let Some(overlay) = structured else {
        return;
    };
    identifiers(c, &overlay);
    bootstrap(c, &overlay);
    waiting(c, &overlay);
    if let Some(keywords) = overlay.keywords {
        words(c, &overlay, keywords);
    }
    if let Some(chord) = s.overlay.as_ref().and_then(Overlay::chord) {
        ring(c, overlay.key, chord);
    }
    if let Some(kademlia) = s.overlay.as_ref().and_then(Overlay::kademlia) {
        buckets(c, &overlay, kademlia);
    }
}

/// Lookups need an overlay that makes them, and nothing to be shared.
fn lookups(c: &mut Checker<'_>, is_structured: bool) {
    let s = c.scenario;
    let key = match &s.workload {
        Some(Workload::Lookups(_)) => "workload.lookups",
        Some(Workload::RandomLookups(_)) => "workload.random_lookups",
        Some(Workload::Values(_)) => "workload.values",
        _ => return,
    };
    let finds = match &s.workload {
        Some(Workload::Values(_)) => "values",
        _ => "nodes",
    };
    if !is_structured {
        c.say(
            key,
            &["overlay"],
            format!("`{key}` needs a structured overlay, and there is none"),
            "nobody could look up",
            "choose [overlay.chord] or [overlay.kademlia]",
        );
    }
    for (other, there) in [("content", s.content.is_some()), ("sharing", s.sharing.is_some())] {
        if there {
            c.say(
                other,
                &["workload"],
                format!("`{other}` has no part in `{key}`, which finds {finds} and no files"),
                "nothing would use it",
                "keep one of the two",
            );
        }
    }
}

/// A hybrid finds content, and nothing else.
fn hybrid(c: &mut Checker<'_>) {
    const KEY: &str = "overlay.hybrid";
    let s = c.scenario;
    let Some(Overlay::Hybrid(hybrid)) = &s.overlay else {
        return;
    };
    if let HybridMembers::Groups(groups) = &hybrid.members {
        for (place, name) in groups.names.iter().enumerate() {
            known_group(c, &format!("{KEY}.members.groups.names.{place}"), name);
        }
    }
    rarity(c, hybrid);
    if c.is_lookups() {
        c.say(
            KEY,
            &["workload"],
            format!("`{KEY}` searches for content, and `workload` looks keys up"),
            "no part in lookups",
            "choose [overlay.chord] or [overlay.kademlia], or a workload of queries",
        );
    } else if s.content.is_none() && !c.is_transfers() {
        c.say(
            KEY,
            &["content"],
            format!("`{KEY}` needs content to search for, and there is none"),
            "nothing to be found",
            "add [content]",
        );
    }
}

/// Some ways to tell what is rare need more than others.
fn rarity(c: &mut Checker<'_>, hybrid: &Hybrid) {
    const KEY: &str = "overlay.hybrid.publish.rare";
    let has_words = c
        .scenario
        .content
        .as_ref()
        .is_none_or(|content| content.keywords.is_some());
    match &hybrid.publish {
        HybridPublish::Rare(Rare::TermFrequency(_)) if !has_words => c.say(
            &format!("{KEY}.term_frequency"),
            &["content"],
            format!("`{KEY}.term_frequency` goes by the words of names, and names are not made of words"),
            "there are no words",
            "add [content.keywords]",
        ),
        HybridPublish::Rare(Rare::SampledNeighbours(_)) if hybrid.gnutella().is_none() => c.say(
            &format!("{KEY}.sampled_neighbours"),
            &["overlay.hybrid.unstructured.central"],
            format!("`{KEY}.sampled_neighbours` asks neighbours, and clients of index servers have none"),
            "nobody to ask",
            "choose [overlay.hybrid.unstructured.gnutella], or another way to tell what is rare",
        ),
        _ => {}
    }
}

/// Every node needs an identifier of its own.
fn identifiers(c: &mut Checker<'_>, overlay: &Structured<'_>) {
    let key = format!("{}.identifiers.bits", overlay.key);
    let Some(peers) = c.peers() else { return };
    let members = u128::from(peers) + u128::from(overlay.bootstrap_nodes);
    let nodes = members * u128::from(overlay.nodes_per_peer);
    let bits = overlay.bits();
    if bits < u128::BITS && nodes > 1 << bits {
        c.say(
            &key,
            &["peers", overlay.key],
            format!(
                "`{key}` ({bits}) makes {} identifiers for {nodes} nodes",
                1_u128 << bits
            ),
            "too few",
            &format!(
                "write bits = {} or more",
                u128::BITS - (nodes - 1).leading_zeros()
            ),
        );
    }
}

/// Whoever joins needs somebody to join through.
fn bootstrap(c: &mut Checker<'_>, overlay: &Structured<'_>) {
    if overlay.bootstrap_nodes > 0 {
        return;
    }
    let key = format!("{}.bootstrap_nodes", overlay.key);
    let peers = &c.scenario.peers;
    let comes_back = c.scenario.actions.iter().any(|action| {
        let away = action.depart.as_ref().and_then(|depart| depart.away);
        let removal = action.remove_best_connected.as_ref();
        away.or(removal.and_then(|removal| removal.away)).is_some()
    });
    let joiners = [
        (overlay.start == Start::Organic, "start = \"organic\""),
        (peers.churn.is_some(), "`peers.churn`"),
        (peers.sessions.is_some(), "`peers.sessions`"),
        (peers.arrivals.is_some(), "`peers.arrivals`"),
        (
            peers.groups.iter().any(|group| group.churn.is_some()),
            "the `churn` of a group",
        ),
        (peers.groups.iter().any(|group| group.dormant), "a dormant group"),
        (comes_back, "an action after which peers come back"),
    ];
    if let Some((_, why)) = joiners.iter().find(|(there, _)| *there) {
        c.say(
            &key,
            &["peers", "action", &format!("{}.start", overlay.key)],
            format!("`{key}` is 0: with {why}, nobody is there to join through"),
            "nobody could join",
            "write bootstrap_nodes = 1 or more",
        );
    }
}

/// Time-outs and expiry.
fn waiting(c: &mut Checker<'_>, overlay: &Structured<'_>) {
    if let RequestTimeout::Measured(measured) = &overlay.lookup.timeout
        && measured.min > measured.max
    {
        let (min, max) = (measured.min.to_string(), measured.max.to_string());
        let key = format!("{}.lookup.timeout.measured", overlay.key);
        upside_down(c, &key, &min, &max);
    }
    if overlay.expiry() < overlay.republish() {
        let key = format!("{}.storage", overlay.key);
        let (expiry, republish) = (overlay.expiry(), overlay.republish());
        // The one that was written is the one to point at.
        let (name, contradiction) = if c.written(&format!("{key}.expiry")) {
            ("expiry", format!("({expiry}) is below `republish` ({republish})"))
        } else {
            ("republish", format!("({republish}) is above `expiry` ({expiry})"))
        };
        c.say(
            &format!("{key}.{name}"),
            &[&format!("{key}.expiry"), &format!("{key}.republish")],
            format!("`{key}.{name}` {contradiction}: values would be gone in between"),
            "expiry is below republish",
            "",
        );
    }
}

/// Items are found by words where names are made of words.
fn words(c: &mut Checker<'_>, overlay: &Structured<'_>, keywords: &Keywords) {
    let table = format!("{}.keywords", overlay.key);
    let missing = match &c.scenario.content {
        None => Some(("no `content`", "leave the table out")),
        Some(content) if content.keywords.is_none() => Some((
            "nothing that says what words names are made of",
            "add [content.keywords]",
        )),
        Some(_) => None,
    };
    if let Some((missing, help)) = missing {
        c.say(
            &table,
            &["content"],
            format!("`{table}` finds items by words, and there is {missing}"),
            "nothing would be found",
            help,
        );
    }
    let (republish, expiry) = (
        overlay.keyword_republish(keywords),
        overlay.keyword_expiry(keywords),
    );
    if expiry < republish {
        let key = format!("{table}.expiry");
        c.say(
            &key,
            &[&format!("{table}.republish"), &format!("{}.storage", overlay.key)],
            format!("`{key}` ({expiry}) is below `republish` ({republish}): lists would be empty in between"),
            "expiry is below republish",
            "",
        );
    }
}

/// What Chord alone has.
fn ring(c: &mut Checker<'_>, table: &str, chord: &Chord) {
    for (name, range) in [
        ("stabilize", &chord.stabilize),
        ("fix_fingers", &chord.fix_fingers),
        ("check_predecessor", &chord.check_predecessor),
    ] {
        let TimeRange { min, max } = range;
        if min > max {
            let (min, max) = (min.to_string(), max.to_string());
            upside_down(c, &format!("{table}.{name}"), &min, &max);
        }
    }
    let successors = chord.successors;
    for (name, count) in [
        ("finger_choices", Some(chord.finger_choices)),
        ("storage.replicas", chord.storage.replicas),
    ] {
        let key = format!("{table}.{name}");
        if let Some(count) = count.filter(|count| *count > successors) {
            c.say(
                &key,
                &[&format!("{table}.successors")],
                format!("`{key}` ({count}) is more than `successors` ({successors}), the nodes that a node can name"),
                "more than `successors`",
                "",
            );
        }
    }
}

/// What Kademlia alone has.
fn buckets(c: &mut Checker<'_>, overlay: &Structured<'_>, kademlia: &Kademlia) {
    let table = overlay.key;
    let key_of = |name: &str| format!("{table}.{name}");
    let contacts = kademlia.bucket_contacts();
    for (name, count, why) in [
        (
            "lookup.alpha",
            kademlia.lookup.alpha,
            "a lookup asks none beyond these",
        ),
        (
            "storage.replicas",
            kademlia.storage.replicas,
            "the nodes that a lookup ends with",
        ),
    ] {
        let key = key_of(name);
        if let Some(count) = count.filter(|count| *count > contacts) {
            c.say(
                &key,
                &[&key_of("bucket_contacts"), &key_of("preset")],
                format!("`{key}` ({count}) is more than `bucket_contacts` ({contacts}): {why}"),
                "more than `bucket_contacts`",
                "",
            );
        }
    }
    if kademlia.caches_on_path == Some(true) && !kademlia.storage.stops_at_value {
        let key = key_of("caches_on_path");
        c.say(
            &key,
            &[&key_of("storage.stops_at_value")],
            format!("`{key}` has no part where `storage.stops_at_value` is false"),
            "lookups would go past all copies",
            "keep one of the two",
        );
    }
    let (bits, width) = (kademlia.bits_per_level(), overlay.bits());
    if bits > width {
        let key = key_of("bits_per_level");
        c.say(
            &key,
            &[&key_of("identifiers.bits"), &key_of("preset")],
            format!("`{key}` ({bits}) is more than the bits of an identifier ({width})"),
            "more than `identifiers.bits`",
            "",
        );
    }
}

/// Says that `min` is above `max`, at the one that was written.
fn upside_down(c: &mut Checker<'_>, key: &str, min: &str, max: &str) {
    if c.written(&format!("{key}.min")) {
        return bounds(c, key, ("min", min), ("max", max));
    }
    c.say(
        &format!("{key}.max"),
        &[&format!("{key}.min")],
        format!("`{key}.max` ({max}) is below `min` ({min})"),
        "below `min`",
        "",
    );
}
