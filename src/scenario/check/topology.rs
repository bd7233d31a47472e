//! Graphs against the number of peers, and latencies that need a graph.

use super::Checker;
use crate::scenario::schema::{ChurnStart, Latency, Overlay, PowerLaw, Topology};

/// More peers than any number of them can be given.
const PEERS_MAX: u64 = 1 << 31;

pub(super) fn check(c: &mut Checker<'_>) {
    edges_latency(c);
    let Some(topology) = &c.scenario.topology else {
        return;
    };
    fixed_size(c, topology);
    let Some(peers) = c.peers() else {
        return;
    };
    const COUNT: &[&str] = &["peers.count", "peers.group"];
    let too_many = |c: &mut Checker<'_>, key: &str, what: u64| {
        c.say(
            key,
            COUNT,
            format!("`{key}` ({what}) must be less than the number of peers ({peers})"),
            "needs more peers",
            "",
        );
    };
    match topology {
        Topology::Random(random) if random.mean_degree.get() > peers.saturating_sub(1) as f64 => {
            const KEY: &str = "topology.random.mean_degree";
            c.say(
                KEY,
                COUNT,
                format!(
                    "`{KEY}` ({}) is more than {peers} peers can have among themselves",
                    random.mean_degree.get()
                ),
                "needs more peers",
                "",
            );
        }
        Topology::Regular(regular) => {
            const KEY: &str = "topology.regular.degree";
            let degree = u64::from(regular.degree);
            if degree >= peers {
                too_many(c, KEY, degree);
            } else if degree % 2 == 1 && peers % 2 == 1 {
                c.say(
                    KEY,
                    COUNT,
                    format!("`{KEY}` ({degree}) and the number of peers ({peers}) are both odd: no such graph exists"),
                    "one of the two must be even",
                    "",
                );
            }
        }
        Topology::PowerLaw(PowerLaw::Preferential(law)) if u64::from(law.links) >= peers => {
            too_many(c, "topology.power_law.preferential.links", u64::from(law.links));
        }
        Topology::PowerLaw(PowerLaw::Configuration(law)) => {
            let highest = law.degree_max.unwrap_or(law.degree_min);
            if u64::from(highest) >= peers {
                let key = if law.degree_max.is_some() {
                    "degree_max"
                } else {
                    "degree_min"
                };
                too_many(
                    c,
                    &format!("topology.power_law.configuration.{key}"),
                    u64::from(highest),
                );
            }
        }
        Topology::SmallWorld(world) if u64::from(world.neighbours) >= peers => {
            too_many(c, "topology.small_world.neighbours", u64::from(world.neighbours));
        }
        _ => {}
    }
}

/// What a topology says of itself.
fn fixed_size(c: &mut Checker<'_>, topology: &Topology) {
    match topology {
        Topology::PowerLaw(PowerLaw::Configuration(law)) => {
            if let Some(max) = law.degree_max.filter(|&max| max < law.degree_min) {
                let (min, max) = (law.degree_min.to_string(), max.to_string());
                super::laws::bounds(
                    c,
                    "topology.power_law.configuration",
                    ("degree_min", &min),
                    ("degree_max", &max),
                );
            }
        }
        Topology::SmallWorld(world) if world.neighbours % 2 == 1 => {
            c.say(
                "topology.small_world.neighbours",
                &[],
                format!(
                    "`topology.small_world.neighbours` ({}) must be even: as many on each side",
                    world.neighbours
                ),
                "is odd",
                "",
            );
        }
        _ => {}
    }
    let Some(nodes) = topology.own_nodes() else {
        return;
    };
    let key = match topology {
        Topology::Grid(_) => "topology.grid",
        Topology::Hypercube(_) => "topology.hypercube",
        _ => "topology.tree",
    };
    if nodes > PEERS_MAX {
        c.limit(
            key,
            &[],
            format!("`{key}` has more than {PEERS_MAX} nodes"),
            "is too large",
            "",
        );
        return;
    }
    let peers = &c.scenario.peers;
    let dormant = peers.groups.iter().any(|group| group.dormant);
    if let Some(count) = peers.count
        && (count < nodes || (count > nodes && !dormant))
    {
        c.say(
            "peers.count",
            &[key, "peers.group"],
            format!("`peers.count` is {count}, but `{key}` has {nodes} nodes"),
            "does not fit the topology",
            &format!("leave it out, or write {nodes}"),
        );
    }
    let random = peers
        .churn
        .as_ref()
        .is_some_and(|churn| churn.start == ChurnStart::Equilibrium);
    if random || peers.sessions.is_some() {
        let churn = if random { "peers.churn" } else { "peers.sessions" };
        c.say(
            key,
            &[churn],
            format!("`{key}` needs all its nodes online at time 0, but `{churn}` says that some are not"),
            "joins exactly its nodes",
            if random {
                "write start = \"fresh\" under [peers.churn], or choose a random topology"
            } else {
                ""
            },
        );
    }
}

fn edges_latency(c: &mut Checker<'_>) {
    let s = c.scenario;
    let Latency::Edges(edges) = &s.underlay.latency else {
        return;
    };
    const KEY: &str = "underlay.latency.edges";
    if let Some(overlay) = s.overlay.as_ref().and_then(Overlay::without_graph) {
        c.say(
            KEY,
            &["overlay"],
            format!("`{KEY}` takes latencies from a topology's links, and `{overlay}` makes its own"),
            "no links to take them from",
            "choose another latency",
        );
        return;
    }
    if !matches!(s.topology, Some(Topology::File(_))) {
        c.say(
            KEY,
            &["topology"],
            format!("`{KEY}` takes latencies from a topology file, but there is no `topology.file`"),
            "no file to take them from",
            "add [topology.file] path = \"...\" with a third column, or choose another latency",
        );
    }
    let talk = match &s.overlay {
        _ if s.sharing.is_some() => Some("`sharing`"),
        Some(overlay) => overlay.table().1.talk_of_strangers(),
        None => None,
    };
    if let (Some(talk), None) = (talk, edges.otherwise) {
        c.say(
            KEY,
            &[
                "underlay.latency.edges.otherwise",
                "overlay",
                "sharing",
                "workload",
            ],
            format!("`{KEY}.otherwise` is missing: with {talk} peers talk that are not neighbours"),
            "",
            "add otherwise = \"50 ms\"",
        );
    }
}
