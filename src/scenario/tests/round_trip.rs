//! Showing a scenario and reading it again gives the same scenario, and every default stands in what is shown.

use super::{RICH, SNAPSHOT, good};
use crate::engine::{Draw, Purpose, Seed};
use crate::scenario::schema::{Flood, Group, Maintenance, Overlay, Scenario, Search, Underlay, Workload};
use crate::scenario::shape::Shape;
use crate::scenario::units::{Bytes, Distance, Duration, Frequency, Rate, Share, Speed};
use crate::scenario::{json_schema, read, show};
use proptest::prelude::*;

/// Reads, shows, reads and shows again; gives back the scenario and what is shown.
fn there_and_back(text: &str) -> (Scenario, String) {
    let first = good(text);
    let shown = show(&first);
    let second = read("shown.toml", &shown, &[]).unwrap_or_else(|report| panic!("{report}\n{shown}"));
    assert_eq!(first, second, "{shown}");
    assert_eq!(shown, show(&second));
    (first, shown)
}

#[test]
fn the_fixed_scenario_reads_as_it_stands() {
    let (scenario, shown) = there_and_back(SNAPSHOT);
    assert_eq!(scenario.duration.ns(), 600_000_000_000);
    let Some(Overlay::Gnutella(gnutella)) = &scenario.overlay else {
        panic!("no overlay")
    };
    assert_eq!(gnutella.search, Search::Flood(Flood { ttl: 4 }));
    assert_eq!(gnutella.maintenance, Maintenance::None);
    assert_eq!(gnutella.max_ttl, Some(255));
    assert_eq!(scenario.peers.count, None);
    for line in [
        "one_way = \"50 ms\"",
        "sample_every = \"5 s\"",
        "guid_expiry = \"10 min\"",
        "max_ttl = 255",
    ] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
}

#[test]
fn the_benchmarks_scenarios_read_as_they_stand() {
    for latency in [
        "[underlay.latency.constant]\none_way = \"10 ms\"\n",
        "[underlay.latency.edges]\nunit = \"ns\"      # third column of the edge list, one way\n",
    ] {
        let text = format!(
            "title    = \"flood, 1000 peers, const latency\"\nseed     = 1\nduration = \"110 s\"\n[peers]\n\
             count = 1000\n[topology.file]\npath = \"edges.txt\"\n{latency}[overlay.gnutella]\n\
             version     = \"0.4\"\nmaintenance = \"none\"\nsearch.flood = {{ ttl = 7 }}\n[content]\nitems = 1\n\
             [workload.file]\npath = \"queries.csv\"\n"
        );
        there_and_back(&text);
    }
}

#[test]
fn transfers_need_nothing_else() {
    let (scenario, _) = there_and_back(
        "duration = \"1 h\"\n[peers.file]\npath = \"peers.csv\"\n[workload.transfers]\npath = \"flows.csv\"\n",
    );
    assert!(scenario.overlay.is_none() && scenario.topology.is_none() && scenario.content.is_none());
    assert_eq!(scenario.underlay.latency, Underlay::default().latency);
}

#[test]
fn structured_overlays_spell_out_what_depends_on_other_keys() {
    let lookups = |keys: &str| {
        let text = format!(
            "duration = \"1 h\"\npeers.count = 50\n[overlay.chord]\n{keys}\n[workload.random_lookups]\n\
             rate_per_peer = \"1 /min\"\n"
        );
        there_and_back(&text)
    };
    let (scenario, shown) = lookups("");
    for line in [
        "bits = 160",
        "placement = \"sha1\"",
        "start = \"warm\"",
        "bootstrap_nodes = 9",
        "alpha = 1",
        "give_up = \"4 s\"",
        "after = \"500 ms\"",
        "replicas = 6",
        "expiry = \"1 d\"",
        "until = \"1 h\"",
    ] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
    let Some(Overlay::Chord(chord)) = &scenario.overlay else {
        panic!("no overlay")
    };
    assert_eq!(chord.identifiers.bits, Some(160));
    insta::assert_snapshot!(shown);
    let bootstrap = |keys: &str| match lookups(keys).0.overlay {
        Some(Overlay::Chord(chord)) => (chord.bootstrap_nodes, chord.storage.replicas),
        _ => panic!("no overlay"),
    };
    assert_eq!(bootstrap("successors = 4"), (Some(5), Some(4)));
    assert_eq!(bootstrap("maintenance = \"original\""), (Some(1), Some(6)));
    assert_eq!(bootstrap("bootstrap_nodes = 0"), (Some(0), Some(6)));
}

#[test]
fn presets_spell_out_what_they_stand_for_and_written_keys_win() {
    for (keys, lines) in [
        (
            "",
            [
                "bucket_contacts = 20",
                "bits_per_level = 1",
                "bits = 160",
                "replicas = 20",
            ],
        ),
        (
            "preset = \"kad\"",
            [
                "bucket_contacts = 10",
                "bits_per_level = 3",
                "bits = 128",
                "alpha = 3",
            ],
        ),
        (
            "preset = \"mainline\"",
            [
                "bucket_contacts = 8",
                "refresh = \"15 min\"",
                "wire.krpc]",
                "asks_for_token = true",
            ],
        ),
        (
            "preset = \"kad\"\nbucket_contacts = 2\nidentifiers.bits = 160",
            [
                "bucket_contacts = 2",
                "replacement_contacts = 2",
                "bits = 160",
                "alpha = 2",
            ],
        ),
    ] {
        let text = format!("duration = \"1 h\"\npeers.count = 50\n[overlay.kademlia]\n{keys}\n");
        let shown = there_and_back(&text).1;
        for line in lines {
            assert!(shown.contains(line), "{keys}: {line} is not in\n{shown}");
        }
    }
}

#[test]
fn overlays_with_servers_spell_out_what_depends_on_other_keys() {
    for (overlay, lines) in [
        (
            "[overlay.central]",
            &[
                "servers = 1\n",
                "answers_max = 100\n",
                "ask_others = false\n",
                "file_bytes = 61\n",
            ][..],
        ),
        (
            "[overlay.central]\npreset = \"edonkey\"\nservers = 7\nkeep_alive = \"1 min\"\nwire.file_bytes = 50",
            &[
                "servers = 7\n",
                "answers_max = 255\n",
                "ask_others = true\n",
                "expiry = \"3 min\"\n",
                "file_bytes = 50\n",
                "header_bytes = 6\n",
            ],
        ),
        (
            "[overlay.central]\nservers = 2\nask_others = true\nretry = \"10 min\"\nanswers_max = 3\nlink = { down = \"1 Mbit/s\", up = \"1 Mbit/s\" }",
            &[
                "retry_max = \"10 min\"\n",
                "enough_answers = 3\n",
                "up = \"1 Mbit/s\"\n",
            ],
        ),
        (
            "[overlay.central]\npreset = \"edonkey\"\nservers = 1",
            &["ask_others = false\n"],
        ),
        (
            "[overlay.super_peer]",
            &[
                "preset = \"fasttrack\"\n",
                "cluster_size = 100\n",
                "clients_max = 150\n",
                "out_degree_max = 75\n",
                "ttl = 2\n",
                "index = \"metadata\"\n",
                "expiry = \"3 min\"\n",
                "file_bytes = 32\n",
                "[overlay.super_peer.start.drawn]\n",
            ],
        ),
        (
            "[overlay.super_peer]\npreset = \"gnutella\"\nout_degree = 7\nretry = \"6 min\"\nstart.organic = {}",
            &[
                "cluster_size = 31\n",
                "clients_max = 47\n",
                "out_degree_max = 11\n",
                "retry_max = \"6 min\"\n",
                "uptime_min = \"1 h\"\n",
                "index = \"routing\"\n",
                "file_bytes = 3\n",
                "[overlay.super_peer.start.organic]\n",
            ],
        ),
        (
            "[overlay.tracker]\ninterval = \"10 min\"\nwire.peer_bytes = 18",
            &[
                "servers = 1\n",
                "expiry = \"15 min\"\n",
                "numwant = 50\n",
                "announce_bytes = 98\n",
                "peer_bytes = 18\n",
            ],
        ),
        (
            "[overlay.client_server]\nlink = { down = \"1 Gbit/s\", up = \"10 Mbit/s\" }",
            &[
                "servers = 1\n",
                "upload_slots = 256\n",
                "queue_max = 511\n",
                "up = \"10 Mbit/s\"\n",
            ],
        ),
    ] {
        let action = "[[action]]\nat = \"9 min\"\nfail_servers = { share = 0.5, for = \"3 min\" }";
        let text = format!("duration = \"1 h\"\npeers.count = 50\n{overlay}\n{action}\n");
        let shown = there_and_back(&text).1;
        for line in lines
            .iter()
            .chain(&["[action.fail_servers]\nshare = 0.5\nfor = \"3 min\"\n"])
        {
            assert!(shown.contains(line), "{overlay}: {line} is not in\n{shown}");
        }
    }
}

#[test]
fn source_exchange_spells_out_what_its_preset_says() {
    for (keys, there, not_there) in [
        (
            "",
            &["every = \"40 min\"", "few_sources = 11", "source_bytes = 28"][..],
            "dropped",
        ),
        (
            "preset = \"pex\"\nsources_max = 20",
            &[
                "every = \"1 min\"",
                "sources_max = 20",
                "dropped_bytes = 6",
                "remember = \"0 s\"",
            ],
            "pause",
        ),
    ] {
        let text = format!(
            "duration = \"1 h\"\npeers.count = 50\n[overlay.tracker]\n[content]\nitems = 3\nsize.fixed.size = \"1 MB\"\n\
             [sharing.source_exchange]\n{keys}\n"
        );
        let shown = there_and_back(&text).1;
        for line in there {
            assert!(shown.contains(line), "{keys}: {line} is not in\n{shown}");
        }
        let exchange = shown.split("[sharing.source_exchange]").nth(1).unwrap();
        assert!(!exchange.contains(not_there), "{keys}\n{shown}");
    }
}

#[test]
fn a_rich_scenario_survives() {
    let (scenario, shown) = there_and_back(RICH);
    assert_eq!(scenario.seed, 9_223_372_036_854_775_807);
    let names: Vec<&str> = scenario
        .peers
        .groups
        .iter()
        .map(|group| group.name.as_str())
        .collect();
    assert_eq!(names, ["modem", "cable", "crowd", "other"]);
    let Some(Workload::Poisson(poisson)) = &scenario.workload else {
        panic!("no workload")
    };
    assert_eq!(
        (poisson.rate_per_peer.events(), poisson.rate_per_peer.period_ns()),
        (7, 36_000_000_000_000)
    );
    assert_eq!(poisson.until, Some(scenario.duration));
    let link = scenario.peers.groups[1].link.as_ref().unwrap();
    assert_eq!((link.down.bps(), link.up.bps()), (1_500_000, 131_072));
    for line in [
        "avoid_return = true",
        "max = 11",
        "upload_slots = 4",
        "retransmission_timeout = \"1 s\"",
    ] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn the_rest_of_the_peers_is_a_group() {
    let groups = |text: &str| {
        let scenario = there_and_back(&format!("duration = \"1 s\"\n{text}")).0;
        let of = |group: &Group| (group.name.clone(), group.share.map(Share::get), group.count);
        (
            scenario.peers.count,
            scenario.peers.groups.iter().map(of).collect::<Vec<_>>(),
        )
    };
    assert_eq!(
        groups("peers.count = 5"),
        (Some(5), vec![("all".to_owned(), Some(1.0), None)])
    );
    assert_eq!(
        groups("[peers]\ncount = 5\ngroup = [{ name = \"a\", count = 2 }]"),
        (
            Some(5),
            vec![
                ("a".to_owned(), None, Some(2)),
                ("other".to_owned(), None, Some(3))
            ]
        )
    );
    assert_eq!(
        groups("[peers]\ngroup = [{ name = \"a\", count = 2 }, { name = \"b\", count = 3 }]"),
        (
            Some(5),
            vec![("a".to_owned(), None, Some(2)), ("b".to_owned(), None, Some(3))]
        )
    );
    assert_eq!(
        groups("[peers]\ncount = 5\ngroup = [{ name = \"a\", share = 0.25 }]"),
        (
            Some(5),
            vec![
                ("a".to_owned(), Some(0.25), None),
                ("other".to_owned(), Some(0.75), None)
            ]
        )
    );
}

/// A random value of a shape, as TOML. Optional keys are there half the time.
fn random(shape: &Shape, draw: &mut impl Draw) -> String {
    match shape {
        Shape::Table(table) => {
            let mut keys = Vec::new();
            for (name, field) in &table.fields {
                if field.required || draw.chance(0.5) {
                    keys.push(format!("{name} = {}", random(&field.shape, draw)));
                }
            }
            format!("{{ {} }}", keys.join(", "))
        }
        Shape::Choice { words, tables } => {
            let choice = draw.position(words.len() + tables.len());
            if let Some(word) = words.get(choice) {
                format!("\"{word}\"")
            } else {
                let (name, field) = tables.iter().nth(choice - words.len()).unwrap();
                format!("{{ {name} = {} }}", random(&field.shape, draw))
            }
        }
        Shape::List(item) => {
            let items: Vec<String> = (0..draw.below(3)).map(|_| random(item, draw)).collect();
            format!("[{}]", items.join(", "))
        }
        // What nothing can be made of with another scenario around it is rare here, or little else would be read.
        Shape::Map(item) if draw.chance(0.1) => format!("{{ \"a.b\" = {} }}", random(item, draw)),
        Shape::Map(_) => "{}".to_owned(),
        Shape::Any => draw.below(1000).to_string(),
        Shape::Text { .. } => format!("\"text \\\" {}\"", draw.below(1000)),
        Shape::Integer { min, max } => {
            let span = u64::try_from((max - min).min(1000)).unwrap();
            (min + i128::from(draw.below(span + 1))).to_string()
        }
        Shape::Number { kind, min, max } => loop {
            let value = if draw.chance(0.2) {
                draw.below(3) as f64
            } else {
                draw.unit() * 3.0
            };
            if kind.holds(value) && (*min..=*max).contains(&value) {
                break format!("{value:?}");
            }
        },
        Shape::Flag => draw.chance(0.5).to_string(),
        Shape::Quantity { kind, .. } => {
            let (unit, _) = kind.units[draw.position(kind.units.len())];
            format!("\"{} {unit}\"", 1 + draw.below(30))
        }
    }
}

/// What fits the schema, fits the structs: what is wrong with it, if anything, is its meaning. And what is read is
/// shown and read again unchanged.
#[test]
fn whatever_fits_the_schema_is_understood() {
    let mut shape = Shape::scenario().clone();
    let Shape::Table(table) = &mut shape else {
        panic!("a scenario is a table")
    };
    // Files include others, scenarios do not.
    table.fields.remove("include");
    let mut draw = Seed {
        seed: 1,
        replication: 0,
    }
    .stream(Purpose::Observation, 1);
    let mut read_well = 0;
    for _ in 0..2000 {
        let inline = random(&shape, &mut draw);
        let table: toml::Table = format!("all = {inline}").parse().unwrap();
        let text = toml::to_string(&table["all"]).unwrap();
        let value = table["all"].clone();
        let mut scenario: Scenario = serde::Deserialize::deserialize(value).unwrap();
        if read("random.toml", &text, &[]).is_ok() {
            there_and_back(&text);
            read_well += 1;
        }
        // Even what contradicts itself is written so that the same is read: writing loses nothing.
        let written = toml::to_string(&scenario).unwrap();
        let again: Scenario = toml::from_str(&written).unwrap();
        assert_eq!(scenario, again, "{written}");
        crate::scenario::resolve::resolve(&mut scenario);
        let once = scenario.clone();
        crate::scenario::resolve::resolve(&mut scenario);
        assert_eq!(once, scenario, "resolving twice changes something");
    }
    assert!(read_well > 5, "only {read_well} random scenarios made sense");
}

/// Documented defaults that are in the schema are those of the structs.
#[test]
fn the_documented_defaults_are_true() {
    let schema = json_schema();
    let mut compared = 0;
    for (name, table) in schema["$defs"].as_object().unwrap() {
        let Some(keys) = table.get("properties").and_then(|keys| keys.as_object()) else {
            continue;
        };
        for (key, field) in keys {
            let (Some(default), Some(text)) = (field.get("default"), field["description"].as_str()) else {
                continue;
            };
            if default.is_object() {
                continue;
            }
            let said = text
                .split("Default: ")
                .nth(1)
                .unwrap_or_else(|| panic!("{name}.{key}: {text}"));
            let number = default.as_f64().map(|number| number.to_string());
            let shown = number.unwrap_or_else(|| default.to_string());
            let said_word = said.trim_end_matches('.').split([' ', ';', ',']).next().unwrap();
            let exact = said.starts_with(&format!("{shown}."))
                || said.starts_with(&format!("{shown} "))
                || said.starts_with(&format!("{shown},"))
                || said.starts_with(&format!("{shown};"))
                || said_word == shown;
            assert!(exact, "{name}.{key} defaults to {shown}, but says: {said}");
            compared += 1;
        }
    }
    assert!(compared > 50, "only {compared} defaults compared");
}

/// A quantity survives being written and read, and its text is a fixed point.
fn survives<Q>(value: &Q)
where
    Q: std::str::FromStr<Err = crate::scenario::units::QuantityError>
        + std::fmt::Display
        + PartialEq
        + std::fmt::Debug,
{
    let text = value.to_string();
    let again: Q = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(*value, again, "{text}");
    assert_eq!(text, again.to_string());
}

proptest! {
    #[test]
    fn quantities_survive(value in 0_u64..=1_000_000_000_000, factor in prop::sample::select(vec![1, 60, 1000, 1024])) {
        survives(&Duration::new(value * factor));
        survives(&Rate::new(value.min(900_000_000_000) * factor));
        survives(&Bytes::new(value.min(900_000_000_000) * factor));
        survives(&Distance::new(value));
        survives(&Speed::new(value));
    }

    #[test]
    fn frequencies_survive(whole in 0_u64..1000, fraction in 0_u64..100_000, unit in prop::sample::select(vec!["s", "min", "h", "d"])) {
        survives(&format!("{whole}.{fraction:05} /{unit}").parse::<Frequency>().unwrap());
    }

    #[test]
    fn decimals_are_exact(whole in 0_u64..1_000_000, fraction in 0_u64..1_000_000_000) {
        let duration: Duration = format!("{whole}.{fraction:09} s").parse().unwrap();
        prop_assert_eq!(duration.ns(), whole * 1_000_000_000 + fraction);
        let rate: Rate = format!("{whole}.{:03} kbit/s", fraction % 1000).parse().unwrap();
        prop_assert_eq!(rate.bps(), whole * 1000 + fraction % 1000);
    }
}

#[test]
fn quantities_are_written_as_one_would() {
    for (ns, text) in [
        (0, "0 s"),
        (7, "7 ns"),
        (1_500, "1.5 us"),
        (100_000, "100 us"),
        (50_000_000, "50 ms"),
        (1_500_000_000, "1.5 s"),
        (90_000_000_000, "90 s"),
        (600_000_000_000, "10 min"),
        (7_200_000_000_000, "2 h"),
        (2_592_000_000_000_000, "30 d"),
    ] {
        assert_eq!(Duration::new(ns).to_string(), text);
    }
    for text in ["56 kbit/s", "33.6 kbit/s", "1.5 Mbit/s", "10 Gbit/s", "0 bit/s"] {
        assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
    }
    for text in [
        "256 KiB", "4 MB", "700 B", "1 TB", "1 GiB", "1536 KiB", "1.5 MB", "0 B",
    ] {
        assert_eq!(text.parse::<Bytes>().unwrap().to_string(), text);
    }
    for text in ["0.5 /s", "2 /h", "1 /d", "15 /h", "0 /s"] {
        assert_eq!(text.parse::<Frequency>().unwrap().to_string(), text);
    }
}

#[test]
fn files_are_named_with_their_keys() {
    let mut scenario = good(SNAPSHOT);
    let mut seen = Vec::new();
    scenario.visit_files(&mut |key, path| {
        seen.push((key, path.clone()));
        path.insert_str(0, "inputs/");
    });
    assert_eq!(
        seen,
        [
            ("topology.file.path", "p2p-Gnutella08.txt".to_owned()),
            ("workload.file.path", "queries.csv".to_owned())
        ]
    );
    assert!(show(&scenario).contains("path = \"inputs/queries.csv\""));
}

/// Every key that is a path is one of the files.
#[test]
fn no_file_is_forgotten() {
    fn paths(shape: &Shape, key: &str, found: &mut Vec<String>) {
        match shape {
            Shape::Table(table) => {
                for (name, field) in &table.fields {
                    let key = format!("{key}.{name}");
                    match field.shape {
                        Shape::Text { .. } if *name == "path" => found.push(key),
                        _ => paths(&field.shape, &key, found),
                    }
                }
            }
            Shape::Choice { tables, .. } => {
                for (name, field) in tables {
                    paths(&field.shape, &format!("{key}.{name}"), found);
                }
            }
            Shape::List(item) => paths(item, key, found),
            _ => {}
        }
    }
    let mut found = Vec::new();
    paths(Shape::scenario(), "", &mut found);
    let mut visited = Vec::new();
    for part in [
        "[workload.file]\npath = \"a\"\n[content]\nitems = 1\nreplicas.file = { path = \"b\" }\n[overlay.gnutella]\n[topology.file]\npath = \"f\"",
        "[workload.transfers]\npath = \"c\"",
        "[workload.lookups]\npath = \"h\"\n[overlay.chord]",
    ] {
        let text = format!(
            "duration = \"1 s\"\npeers.file.path = \"d\"\npeers.sessions.path = \"e\"\n\
             underlay.latency.matrix = {{ path = \"g\", kind = \"one_way\" }}\n{part}\n"
        );
        good(&text).visit_files(&mut |key, _| visited.push(format!(".{key}")));
    }
    visited.sort();
    visited.dedup();
    found.sort();
    assert_eq!(found, visited);
}

#[test]
fn the_number_of_peers_is_known_where_the_scenario_says_it() {
    for (text, peers) in [
        ("peers.count = 7", Some(7)),
        ("topology.grid = { rows = 3, columns = 4 }", Some(12)),
        ("topology.hypercube = { dimension = 10 }", Some(1024)),
        ("topology.tree = { degree = 4, depth = 3 }", Some(53)),
        ("topology.file.path = \"x\"", None),
    ] {
        assert_eq!(
            good(&format!("duration = \"1 s\"\n{text}\n")).peers_declared(),
            peers,
            "{text}"
        );
    }
}
