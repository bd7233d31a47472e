//! A hybrid against the peers, the content and the workload.

use super::{Hybrid, HybridMembers, HybridPublish, Rare};
use crate::scenario::check::Checker;
use crate::scenario::check::peers::known_group;

/// A hybrid finds content, and nothing else.
pub(super) fn check(hybrid: &Hybrid, key: &str, c: &mut Checker<'_>) {
    let s = c.scenario;
    if let HybridMembers::Groups(groups) = &hybrid.members {
        for (place, name) in groups.names.iter().enumerate() {
            known_group(c, &format!("{key}.members.groups.names.{place}"), name);
        }
    }
    rarity(c, hybrid);
    if c.is_lookups() {
        c.say(
            key,
            &["workload"],
            format!("`{key}` searches for content, and `workload` looks keys up"),
            "no part in lookups",
            "choose [overlay.chord] or [overlay.kademlia], or a workload of queries",
        );
    } else if s.content.is_none() && !c.is_transfers() {
        c.say(
            key,
            &["content"],
            format!("`{key}` needs content to search for, and there is none"),
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
        HybridPublish::Rare(Rare::SampledNeighbours(_)) if hybrid.unstructured.table().1.makes_links() => c
            .say(
                &format!("{KEY}.sampled_neighbours"),
                &["overlay.hybrid.unstructured"],
                format!("`{KEY}.sampled_neighbours` asks neighbours, and clients of servers have none"),
                "nobody to ask",
                "choose [overlay.hybrid.unstructured.gnutella], or another way to tell what is rare",
            ),
        _ => {}
    }
}
