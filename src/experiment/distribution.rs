//! Everybody fetches one file: how long it takes, and how long it must take.

use std::collections::BTreeMap;

use crate::records::{DownloadRow, PeerRow, QueryRow};
use crate::scenario::Scenario;
use crate::scenario::schema::{Link, Overlay};

/// An access link; rates in bit/s, infinite where none is declared.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Access {
    down: f64,
    up: f64,
}

impl Access {
    fn of(link: Option<&Link>) -> Self {
        link.map_or(
            Self {
                down: f64::INFINITY,
                up: f64::INFINITY,
            },
            |link| Self {
                down: link.down.bps() as f64,
                up: link.up.bps() as f64,
            },
        )
    }
}

/// A file that everybody fetches, who has it from the beginning, and who fetched it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Flash {
    bytes: u64,
    /// Up-links of those who have the file from the beginning and serve it.
    sources_up: Vec<f64>,
    /// Links of those who fetch it.
    clients: Vec<Access>,
    /// Whether these serve one another.
    is_shared: bool,
    /// When the first of them asked, nanoseconds.
    asked_ns: u64,
    /// When the last had it, nanoseconds; `None`: somebody never had.
    finished_ns: Option<u64>,
}

/// The tables that tell of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables<'r> {
    pub(super) queries: &'r [QueryRow],
    pub(super) downloads: &'r [DownloadRow],
    /// Peers, without service nodes.
    pub(super) peers: &'r [PeerRow],
}

impl Flash {
    /// How a file of so many bytes, the only one that there is, was fetched from the peers of these numbers; `None` if nobody began
    /// to, or if the scenario does not tell links.
    pub(super) fn of(scenario: &Scenario, bytes: u64, holders: &[u32], tables: Tables<'_>) -> Option<Self> {
        if scenario.peers.file.is_some() {
            return None;
        }
        let groups = &scenario.peers.groups;
        let access = |row: &PeerRow| {
            let group = groups.iter().find(|group| *group.name == *row.group);
            Access::of(group.and_then(|group| group.link.as_ref()))
        };
        let by_label: BTreeMap<u64, &PeerRow> = tables.peers.iter().map(|row| (row.label, row)).collect();
        // When each of those who fetch it had it first.
        let mut clients: BTreeMap<u64, Option<u64>> = BTreeMap::new();
        for row in tables.downloads {
            let had_ns = clients.entry(row.peer).or_default();
            *had_ns = [*had_ns, row.finished_ns].into_iter().flatten().min();
        }
        let asked_ns = tables
            .queries
            .iter()
            .filter(|row| clients.contains_key(&row.origin))
            .map(|row| row.issued_ns)
            .min()?;
        let finished: Option<Vec<u64>> = clients.values().copied().collect();
        let servers = scenario.overlay.as_ref().and_then(Overlay::file_servers);
        let sources_up = match servers {
            Some((count, link)) => vec![Access::of(Some(link)).up; count as usize],
            None => holders
                .iter()
                .map(|&holder| access(&tables.peers[holder as usize]).up)
                .collect(),
        };
        Some(Self {
            bytes,
            sources_up,
            clients: clients.keys().map(|client| access(by_label[client])).collect(),
            is_shared: servers.is_none(),
            asked_ns,
            finished_ns: finished.and_then(|times| times.into_iter().max()),
        })
    }

    /// From the first query until the last had the file; `None` if somebody never had.
    pub(super) fn distribution_s(&self) -> Option<f64> {
        self.finished_ns
            .map(|finished_ns| (finished_ns - self.asked_ns) as f64 / 1e9)
    }
}

/// The shortest time in which a file of F bits can reach N peers with down-links d and up-links u, were bits a fluid (Kumar and Ross,
/// "Peer-Assisted File Distribution: The Minimum Distribution Time", 2006): the sources, of u_s together, must send it once, the
/// slowest must receive it, and all links together must send it N times, `max(F / u_s, F / min d, N F / (u_s + sum of u))`; where the
/// peers serve nobody, `max(N F / u_s, F / min d)`. `None` if nobody has it.
pub(super) fn minimum_s(flash: &Flash) -> Option<f64> {
    if flash.sources_up.is_empty() {
        return None;
    }
    let bits = flash.bytes as f64 * 8.0;
    let number = flash.clients.len() as f64;
    let sources: f64 = flash.sources_up.iter().sum();
    let down = flash
        .clients
        .iter()
        .map(|client| client.down)
        .fold(f64::INFINITY, f64::min);
    let shared: f64 = if flash.is_shared {
        flash.clients.iter().map(|client| client.up).sum()
    } else {
        0.0
    };
    Some(
        (bits / sources)
            .max(bits / down)
            .max(number * bits / (sources + shared)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 15 Gbit from 30 Mbit/s to peers of 2 Mbit/s down and so much up: the exercise of Kurose and Ross, "Computer Networking",
    /// chapter 2, in units of the SI.
    #[test]
    fn minimum_times_are_those_of_the_textbook() {
        let time = |number: usize, up: Option<f64>| {
            let flash = Flash {
                bytes: 15_000_000_000 / 8,
                sources_up: vec![30e6],
                clients: vec![
                    Access {
                        down: 2e6,
                        up: up.unwrap_or(9e9)
                    };
                    number
                ],
                is_shared: up.is_some(),
                asked_ns: 0,
                finished_ns: None,
            };
            minimum_s(&flash).unwrap()
        };
        for (up, expected) in [
            (None, [7_500.0, 50_000.0, 500_000.0]),
            (Some(300e3), [7_500.0, 25_000.0, 45_454.545_454]),
            (Some(700e3), [7_500.0, 15_000.0, 20_547.945_205]),
            (Some(2e6), [7_500.0, 7_500.0, 7_500.0]),
        ] {
            for (number, expected) in [10, 100, 1_000].into_iter().zip(expected) {
                let found = time(number, up);
                assert!(
                    (found - expected).abs() < 1e-5,
                    "{up:?} {number}: {found}, not {expected}"
                );
            }
        }
    }
}
