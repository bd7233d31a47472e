//! Whether scenarios have one world: everything but how content is found.

use super::schema::Scenario;
use toml::{Table, Value};

/// Keys in which scenarios of one world may differ: words for people, and what belongs to the overlay, which the graph does that an
/// unstructured one begins with.
const FREE: [&str; 4] = ["title", "overlay", "topology", "sweep"];

/// Keys below `sharing` that belong to how sources are found, so that scenarios of one world may differ in them, too.
const FREE_OF_SHARING: [&str; 2] = ["source_exchange", "announce_partial"];

/// Letters of a value that are shown.
const SHOWN_MAX: usize = 60;

/// A key in which two scenarios' worlds differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Its dotted path.
    pub key: String,
    /// Its value in the one, for people; `None`: it is not there.
    pub one: Option<String>,
    /// Its value in the other.
    pub other: Option<String>,
}

/// The keys in which two resolved scenarios differ that must not if they have one world, in order; nothing below a key that only
/// one of them has.
pub fn world_differences(one: &Scenario, other: &Scenario) -> Vec<Difference> {
    let mut differences = Vec::new();
    differ("", &world(one), &world(other), &mut differences);
    differences
}

/// # Panics
/// Never for a scenario that was read.
fn world(scenario: &Scenario) -> Value {
    let mut table = Table::try_from(scenario).expect("every scenario that was read can be written as TOML");
    table.retain(|key, _| !FREE.contains(&key));
    if let Some(Value::Table(sharing)) = table.get_mut("sharing") {
        sharing.retain(|key, _| !FREE_OF_SHARING.contains(&key));
    }
    Value::Table(table)
}

fn differ(key: &str, one: &Value, other: &Value, differences: &mut Vec<Difference>) {
    match (one, other) {
        (Value::Table(one), Value::Table(other)) => {
            let mut keys: Vec<&String> = one.keys().chain(other.keys()).collect();
            keys.sort();
            keys.dedup();
            for below in keys {
                let path = if key.is_empty() {
                    below.clone()
                } else {
                    format!("{key}.{below}")
                };
                match (one.get(below), other.get(below)) {
                    (Some(one), Some(other)) => differ(&path, one, other, differences),
                    (one, other) => differences.push(Difference {
                        key: path,
                        one: one.map(told),
                        other: other.map(told),
                    }),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (place, (one, other)) in one.iter().zip(other).enumerate() {
                differ(&format!("{key}.{place}"), one, other, differences);
            }
        }
        _ if one == other => {}
        _ => differences.push(Difference {
            key: key.to_owned(),
            one: Some(told(one)),
            other: Some(told(other)),
        }),
    }
}

/// A value in one line.
fn told(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN_MAX {
        return text;
    }
    let head: String = text.chars().take(SHOWN_MAX - 3).collect();
    format!("{head}...")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    const ONE: &str = "title = \"one\"\nduration = \"1 min\"\npeers.count = 50\n[overlay.gnutella]\n[topology.random]\nmean_degree = 4\n\
        [content]\nitems = 20\n[[action]]\nat = \"10 s\"\ndepart = { share = 0.5 }\n";

    fn differences(other: &str) -> Vec<String> {
        let read = |text: &str| read("test.toml", text, &[]).unwrap_or_else(|report| panic!("{report}"));
        let told = |difference: Difference| {
            let shown = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
            format!(
                "{} {} {}",
                difference.key,
                shown(difference.one),
                shown(difference.other)
            )
        };
        world_differences(&read(ONE), &read(other))
            .into_iter()
            .map(told)
            .collect()
    }

    #[test]
    fn overlays_titles_and_graphs_may_differ_and_nothing_else() {
        let none: [&str; 0] = [];
        let chord = "[overlay.chord]\n";
        let other = ONE
            .replace("[overlay.gnutella]\n[topology.random]\nmean_degree = 4\n", chord)
            .replace("\"one\"", "\"other\"");
        assert_eq!(differences(&other), none);
        assert_eq!(
            differences(&ONE.replace("mean_degree = 4", "mean_degree = 6")),
            none
        );
        assert_eq!(
            differences(
                &ONE.replace("count = 50", "count = 60")
                    .replace("items = 20", "items = 21")
            ),
            ["content.items 20 21", "peers.count 50 60"]
        );
        let other = format!("{ONE}[limits]\nmemory = \"9 GiB\"\n").replace("share = 0.5", "share = 0.25");
        assert_eq!(
            differences(&other),
            ["action.0.depart.share 0.5 0.25", "limits.memory - \"9 GiB\""]
        );
        // How sources are found belongs to the overlay's clients, how files are served does not.
        let sharing = |keys: &str| {
            let sized = ONE.replace("items = 20\n", "items = 20\nsize.fixed.size = \"1 MB\"\n");
            format!("{sized}[sharing]\nshare_partial = true\n{keys}")
        };
        let pair = |one: &str, other: &str| {
            let read = |text: &str| read("test.toml", text, &[]).unwrap_or_else(|report| panic!("{report}"));
            let differences = world_differences(&read(&sharing(one)), &read(&sharing(other)));
            differences
                .into_iter()
                .map(|difference| difference.key)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            pair("", "announce_partial = true\nsource_exchange.preset = \"pex\"\n"),
            none
        );
        assert_eq!(pair("", "upload_slots = 3\n"), ["sharing.upload_slots"]);
        let without = ONE.split("[[action]]").next().unwrap();
        assert!(
            differences(without)[0].starts_with("action "),
            "{:?}",
            differences(without)
        );
        // What is a default in both is written out in neither file and yet the same.
        assert_eq!(differences(&format!("warm_up = \"0 s\"\n{ONE}")), none);
    }
}
