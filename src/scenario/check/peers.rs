//! Groups, churn, traces, arrivals.

use super::Checker;
use super::laws::{lengths, one_of_two};
use crate::scenario::resolve::{Rest, SHARE_TOLERANCE, counted, rest};
use crate::scenario::schema::{Arrivals, Churn, ChurnStart, Topology};

pub(super) fn check(c: &mut Checker<'_>) {
    let peers = &c.scenario.peers;
    number(c);
    groups(c);
    if let Some(churn) = &peers.churn {
        alternating(c, "peers.churn", churn);
        if peers.sessions.is_some() {
            c.say(
                "peers.sessions",
                &["peers.churn"],
                "`peers.sessions` and `peers.churn` both say when peers are online".to_owned(),
                "`peers.churn` is there already",
                "keep one of the two",
            );
        }
    }
    if let Some(Arrivals::Poisson(arrivals)) = &peers.arrivals {
        const KEY: &str = "peers.arrivals.poisson";
        let session_key = format!("{KEY}.session");
        match (&arrivals.session, &peers.churn) {
            (Some(law), _) => {
                lengths(c, &session_key, law);
                if arrivals.start == ChurnStart::Equilibrium && !law.mean_is_finite() {
                    infinite(c, &session_key, &format!("{KEY}.start"));
                }
            }
            (None, Some(_)) => {}
            (None, None) => c.say(
                KEY,
                &[&session_key, "peers.churn"],
                format!("`{session_key}` is missing: nothing says how long arriving peers stay"),
                "",
                "add session.exponential = { mean = \"1 h\" } or another law",
            ),
        }
    }
}

/// Whether there is a group of that name; says so if not.
pub(in crate::scenario) fn known_group(c: &mut Checker<'_>, key: &str, name: &str) -> bool {
    let groups = &c.scenario.peers.groups;
    if groups.iter().any(|group| group.name == name) || c.scenario.peers.file.is_some() {
        return true;
    }
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    let near = names
        .iter()
        .min_by_key(|known| strsim::damerau_levenshtein(known, name))
        .filter(|known| strsim::damerau_levenshtein(known, name) <= 2);
    let label = near.map_or_else(
        || "no such group".to_owned(),
        |near| format!("did you mean \"{near}\"?"),
    );
    let help = if names.is_empty() {
        format!("add a [[peers.group]] with name = \"{name}\"")
    } else {
        format!("groups: {}", names.join(", "))
    };
    c.say(
        key,
        &["peers.group"],
        format!("`{key}` names the group \"{name}\", which is not there"),
        &label,
        &help,
    );
    false
}

/// Whether the number of peers can be known.
fn number(c: &mut Checker<'_>) {
    let s = c.scenario;
    let by_file = s.peers.file.is_some() || matches!(s.topology, Some(Topology::File(_))) || c.is_transfers();
    let only_arrivals = s.peers.arrivals.is_some() && s.topology.is_none();
    if c.peers().is_none() && !by_file && !only_arrivals {
        c.say(
            "peers.count",
            &["topology", "peers.group", "peers.file", "workload"],
            "`peers.count` is missing: nothing says how many peers there are".to_owned(),
            "",
            "add [peers] count = 1000",
        );
    }
}

fn groups(c: &mut Checker<'_>) {
    let peers = &c.scenario.peers;
    let mut shares = 0.0;
    for (index, group) in peers.groups.iter().enumerate() {
        let key = format!("peers.group.{index}");
        if let Some(first) = peers.groups[..index]
            .iter()
            .position(|other| other.name == group.name)
        {
            c.say(
                &format!("{key}.name"),
                &[&format!("peers.group.{first}.name")],
                format!("`{key}.name`: there are two groups \"{}\"", group.name),
                "not the first of this name",
                "give each group a name of its own",
            );
        }
        if peers.file.is_none() || (group.share.is_some() && group.count.is_some()) {
            one_of_two(
                c,
                &key,
                ("share", group.share.is_some()),
                ("count", group.count.is_some()),
            );
        }
        if let Some(share) = group.share {
            shares += share.get();
            if shares > 1.0 + SHARE_TOLERANCE {
                c.say(
                    &format!("{key}.share"),
                    &["peers.group"],
                    format!("`{key}.share`: the shares of the groups add up to {shares}, more than 1"),
                    "one too many",
                    "make the shares add up to 1",
                );
                shares = f64::NEG_INFINITY;
            }
        }
        if let Some(churn) = &group.churn {
            alternating(c, &format!("{key}.churn"), churn);
            let other = if group.always_online {
                Some("always_online")
            } else {
                None
            };
            if let Some(other) = other {
                c.say(
                    &format!("{key}.churn"),
                    &[&format!("{key}.{other}")],
                    format!("`{key}` has `churn` and is `{other}`"),
                    "contradicts `always_online`",
                    "keep one of the two",
                );
            }
        }
    }
    let counted = counted(&peers.groups);
    if let Some(count) = peers.count
        && counted > count
    {
        c.say(
            "peers.count",
            &["peers.group"],
            format!("`peers.count` is {count}, but the groups count {counted} together"),
            "less than the groups",
            "leave it out, or make it larger",
        );
    }
    let left =
        peers.file.is_none() && !peers.groups.is_empty() && rest(&peers.groups, peers.count) != Rest::None;
    if left && let Some(index) = peers.groups.iter().position(|group| group.name == "other") {
        c.say(
            &format!("peers.group.{index}.name"),
            &["peers.group", "peers.count"],
            "`peers.group`: the groups leave some peers over, which would be a second group \"other\""
                .to_owned(),
            "this name is taken by the rest",
            "make the shares add up to 1, or choose another name",
        );
    }
}

fn alternating(c: &mut Checker<'_>, key: &str, churn: &Churn) {
    let (session, absence, start) = (
        format!("{key}.session"),
        format!("{key}.absence"),
        format!("{key}.start"),
    );
    lengths(c, &session, &churn.session);
    if let Some(law) = &churn.absence {
        lengths(c, &absence, law);
    }
    if churn.start == ChurnStart::Fresh {
        return;
    }
    if !churn.session.mean_is_finite() {
        infinite(c, &session, &start);
    }
    match &churn.absence {
        Some(law) if !law.mean_is_finite() => infinite(c, &absence, &start),
        Some(_) => {}
        None => c.say(
            key,
            &[&absence, &start],
            format!("`{absence}` is missing: there is no equilibrium without a law of absences"),
            "",
            "add absence.exponential = { mean = \"1 h\" } or another law, or start = \"fresh\"",
        ),
    }
}

fn infinite(c: &mut Checker<'_>, key: &str, start: &str) {
    let key = format!("{key}.pareto.shape");
    c.say(
        &key,
        &[start],
        format!("`{key}` makes an infinite mean: there is no equilibrium to start in"),
        "the mean is infinite for 1 or less",
        "choose a shape above 1, or start = \"fresh\"",
    );
}
