//! Super-peers against themselves, the peers and the topology.

use super::SuperPeer;
use crate::scenario::check::Checker;
use crate::scenario::check::peers::known_group;
use crate::scenario::schema::Topology;
use std::fmt::Display;

const KEY: &str = "overlay.super_peer";

pub(super) fn check(overlay: &SuperPeer, c: &mut Checker<'_>) {
    sizes(c, overlay);
    waiting(c, overlay);
    start(c, overlay);
}

/// Says that one of two keys is too small for the other, at the one that was written.
fn too_small<V: Display + Copy>(
    c: &mut Checker<'_>,
    small: (&str, V),
    than: (&str, V),
    label: &str,
    help: &str,
) {
    let (small_key, than_key) = (format!("{KEY}.{}", small.0), format!("{KEY}.{}", than.0));
    let wrong = if c.written(&small_key) {
        &small_key
    } else {
        &than_key
    };
    c.say(
        wrong,
        &[&small_key, &than_key, "overlay.super_peer.preset"],
        format!("`{small_key}` ({}) is below `{}` ({})", small.1, than.0, than.1),
        label,
        help,
    );
}

fn sizes(c: &mut Checker<'_>, overlay: &SuperPeer) {
    let (size, redundancy) = (overlay.cluster_size(), overlay.redundancy);
    if redundancy >= size {
        let key = format!("{KEY}.redundancy");
        c.say(
            &key,
            &["overlay.super_peer.cluster_size", "overlay.super_peer.preset"],
            format!("`{key}` ({redundancy}) leaves no clients in a cluster of {size}"),
            "everybody would be a super-peer",
            "make it less than `cluster_size`",
        );
    } else if overlay.clients_max() < size - redundancy {
        let key = format!("{KEY}.clients_max");
        c.say(
            &key,
            &[
                "overlay.super_peer.cluster_size",
                "overlay.super_peer.redundancy",
                "overlay.super_peer.preset",
            ],
            format!(
                "`{key}` ({}) is less than the {} clients of a cluster of {size}",
                overlay.clients_max(),
                size - redundancy
            ),
            "clusters of that size have no room",
            "leave it out, or make it larger than `cluster_size`",
        );
    }
    let (degree, degree_max) = (overlay.out_degree(), overlay.out_degree_max());
    if degree_max < degree {
        too_small(
            c,
            ("out_degree_max", degree_max),
            ("out_degree", degree),
            "nobody could have so many neighbours",
            "leave `out_degree_max` out, or make it larger",
        );
    }
}

/// Time-outs against each other.
fn waiting(c: &mut Checker<'_>, overlay: &SuperPeer) {
    let (keep_alive, expiry) = (overlay.keep_alive, overlay.expiry());
    if expiry <= keep_alive {
        too_small(
            c,
            ("expiry", expiry),
            ("keep_alive", keep_alive),
            "everybody would be taken for gone in between",
            "leave `expiry` out, or make it several times `keep_alive`",
        );
    }
    let (retry, retry_max) = (overlay.retry, overlay.retry_max());
    if retry > retry_max {
        too_small(c, ("retry_max", retry_max), ("retry", retry), "below `retry`", "");
    }
}

/// Who is a super-peer at the start.
fn start(c: &mut Checker<'_>, overlay: &SuperPeer) {
    let Some(groups) = overlay.groups() else {
        return;
    };
    const NAMES: &str = "overlay.super_peer.start.groups.names";
    if groups.is_empty() {
        c.say(
            NAMES,
            &[],
            format!("`{NAMES}` is empty: nobody would be a super-peer"),
            "no group",
            "name one, or write start.organic = {}",
        );
    }
    for (place, name) in groups.iter().enumerate() {
        known_group(c, &format!("{NAMES}.{place}"), name);
    }
    match &c.scenario.topology {
        Some(Topology::File(_)) => {
            let key = format!("{KEY}.redundancy");
            if overlay.redundancy > 1 {
                c.say(
                    &key,
                    &["topology"],
                    format!(
                        "`{key}` is {}, and a topology does not say who are partners",
                        overlay.redundancy
                    ),
                    "partners are drawn",
                    "leave [topology] out, or write redundancy = 1",
                );
            }
        }
        Some(_) => c.say(
            "topology",
            &["overlay"],
            "`topology` must be a file: its links say who is linked with whom, and who is whose client"
                .to_owned(),
            "drawn without regard to who is a super-peer",
            "leave it out, or add [topology.file] path = \"...\"",
        ),
        None => {}
    }
}
