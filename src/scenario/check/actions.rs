//! The timed list of actions.

use super::Checker;
use super::laws::one_of_two;
use super::peers::known_group;
use crate::scenario::resolve::SHARE_TOLERANCE;
use crate::scenario::schema::{Action, FailServers, Join, Overlay, Partition};

pub(super) fn check(c: &mut Checker<'_>) {
    let s = c.scenario;
    for (index, action) in s.actions.iter().enumerate() {
        let key = format!("action.{index}");
        one_thing(c, &key, action);
        if action.at > s.duration {
            c.say(
                &format!("{key}.at"),
                &["duration"],
                format!(
                    "`{key}.at` ({}) is after the end of the run ({})",
                    action.at, s.duration
                ),
                "would never happen",
                "",
            );
        }
        if let Some(join) = &action.join {
            joins(c, &format!("{key}.join.group"), index, join);
        }
        if let Some(depart) = &action.depart {
            let key = format!("{key}.depart");
            one_of_two(
                c,
                &key,
                ("share", depart.share.is_some()),
                ("count", depart.count.is_some()),
            );
            if let Some(group) = &depart.group {
                known_group(c, &format!("{key}.group"), group);
            }
        }
        if let Some(removal) = &action.remove_best_connected {
            let key = format!("{key}.remove_best_connected");
            one_of_two(
                c,
                &key,
                ("share", removal.share.is_some()),
                ("count", removal.count.is_some()),
            );
            if s.overlay.is_none() {
                c.say(
                    &key,
                    &["overlay"],
                    format!("`{key}` needs an overlay: without one nobody is connected"),
                    "no overlay",
                    "add [overlay.gnutella], or let peers depart at random",
                );
            }
        }
        if let Some(failure) = &action.fail_servers {
            fails(c, &format!("{key}.fail_servers"), failure);
        }
        if let Some(partition) = &action.partition {
            divides(c, &format!("{key}.partition"), partition);
        }
        if action.heal.is_some() && !partitioned_before(&s.actions, action) {
            c.say(
                &format!("{key}.heal"),
                &["action"],
                format!("`{key}.heal`: there is no partition before {}", action.at),
                "nothing to heal",
                "",
            );
        }
    }
    let named = |name: &str| s.peers.groups.iter().any(|group| group.name == name);
    let mut joins = s.actions.iter().filter_map(|action| action.join.as_ref());
    if joins.any(|join| !named(&join.group)) {
        return; // that is said already, and any dormant group may have been meant
    }
    for (index, group) in s
        .peers
        .groups
        .iter()
        .enumerate()
        .filter(|(_, group)| group.dormant)
    {
        let joined = s.actions.iter().filter_map(|action| action.join.as_ref());
        if !joined.into_iter().any(|join| join.group == group.name) {
            c.say(
                &format!("peers.group.{index}.dormant"),
                &["action", &format!("peers.group.{index}.name")],
                format!(
                    "`peers.group.{index}.dormant`: no action ever joins the group \"{}\"",
                    group.name
                ),
                "would never be online",
                &format!(
                    "add [[action]] at = \"30 min\", join = {{ group = \"{}\" }}",
                    group.name
                ),
            );
        }
    }
}

fn partitioned_before(actions: &[Action], heal: &Action) -> bool {
    actions
        .iter()
        .any(|other| other.partition.is_some() && other.at < heal.at)
}

fn one_thing(c: &mut Checker<'_>, key: &str, action: &Action) {
    let things = [
        ("join", action.join.is_some()),
        ("depart", action.depart.is_some()),
        ("remove_best_connected", action.remove_best_connected.is_some()),
        ("fail_servers", action.fail_servers.is_some()),
        ("partition", action.partition.is_some()),
        ("heal", action.heal.is_some()),
    ];
    let there: Vec<&str> = things
        .iter()
        .filter(|thing| thing.1)
        .map(|thing| thing.0)
        .collect();
    match there.as_slice() {
        [_] => {}
        [] => c.say(
            key,
            &[],
            format!("`{key}` does nothing"),
            "",
            "add one of join, depart, remove_best_connected, fail_servers, partition, heal",
        ),
        [first, second, ..] => c.say(
            &format!("{key}.{second}"),
            &[],
            format!("`{key}` does more than one thing: {}", there.join(", ")),
            &format!("`{first}` is there already"),
            "write an [[action]] for each",
        ),
    }
}

fn joins(c: &mut Checker<'_>, key: &str, index: usize, join: &Join) {
    let s = c.scenario;
    if !known_group(c, key, &join.group) {
        return;
    }
    let group = s.peers.groups.iter().position(|group| group.name == join.group);
    if let Some(group) = group.filter(|&group| !s.peers.groups[group].dormant) {
        c.say(
            key,
            &[&format!("peers.group.{group}.dormant")],
            format!(
                "`{key}`: the group \"{}\" is not dormant, it is there from the beginning",
                join.group
            ),
            "not dormant",
            &format!("write dormant = true in the group \"{}\"", join.group),
        );
    }
    let before = s.actions[..index]
        .iter()
        .filter_map(|action| action.join.as_ref());
    if before.into_iter().any(|other| other.group == join.group) {
        c.say(
            key,
            &["action"],
            format!("`{key}`: the group \"{}\" joins twice", join.group),
            "joins already",
            "",
        );
    }
}

/// There must be something that can fail.
fn fails(c: &mut Checker<'_>, key: &str, failure: &FailServers) {
    one_of_two(
        c,
        key,
        ("share", failure.share.is_some()),
        ("count", failure.count.is_some()),
    );
    let overlay = c.scenario.overlay.as_ref();
    let kinds = overlay.map_or(Vec::new(), Overlay::service_kinds);
    if let Some(kind) = failure.kind
        && !kinds.is_empty()
        && !kinds.contains(&kind)
    {
        let key = format!("{key}.kind");
        let names: Vec<String> = kinds.iter().map(|kind| format!("\"{}\"", kind.name())).collect();
        c.say(
            &key,
            &["overlay"],
            format!(
                "`{key}`: the overlay has no service nodes of the kind \"{}\"",
                kind.name()
            ),
            "nobody could fail",
            &format!("it has {}", names.join(" and ")),
        );
    }
    if kinds.is_empty() {
        c.say(
            key,
            &["overlay"],
            format!("`{key}`: the overlay has no servers, and no other service nodes"),
            "nobody could fail",
            "choose [overlay.central] or another overlay that has some",
        );
    }
}

fn divides(c: &mut Checker<'_>, key: &str, partition: &Partition) {
    one_of_two(
        c,
        key,
        ("shares", partition.shares.is_some()),
        ("groups", partition.groups.is_some()),
    );
    let sides = |c: &mut Checker<'_>, key: &str, count: usize| {
        if !(2..=255).contains(&count) {
            c.say(
                key,
                &[],
                format!("`{key}` must have 2 to 255 sides, not {count}"),
                "",
                "write one entry for each side, for example [0.5, 0.5]",
            );
        }
    };
    if let Some(shares) = &partition.shares {
        let key = format!("{key}.shares");
        sides(c, &key, shares.len());
        let sum: f64 = shares.iter().map(|share| share.get()).sum();
        if shares.len() >= 2 && (sum - 1.0).abs() > SHARE_TOLERANCE {
            c.say(
                &key,
                &[],
                format!("`{key}` add up to {sum}, not to 1"),
                "do not add up to 1",
                "",
            );
        }
    }
    if let Some(groups) = &partition.groups {
        let key = format!("{key}.groups");
        sides(c, &key, groups.len());
        let mut seen: Vec<&str> = Vec::new();
        for (side, names) in groups.iter().enumerate() {
            for (index, name) in names.iter().enumerate() {
                let key = format!("{key}.{side}.{index}");
                known_group(c, &key, name);
                if seen.contains(&name.as_str()) {
                    c.say(
                        &key,
                        &[],
                        format!("`{key}`: the group \"{name}\" is on two sides"),
                        "named before",
                        "",
                    );
                }
                seen.push(name);
            }
        }
    }
}
