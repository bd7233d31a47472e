//! Small words of messages: lists, shortened texts, the nearest known key.

/// The names as a list, for help lines.
pub(super) fn list_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// What can be chosen.
pub(super) fn choose<'a>(words: &[&str], tables: impl Iterator<Item = &'a str>) -> String {
    let words = words.iter().map(|word| format!("\"{word}\""));
    let all: Vec<String> = words.chain(tables.map(str::to_owned)).collect();
    match all.as_slice() {
        [only] => format!("the only choice is {only}"),
        _ => format!("choose one of {}", all.join(", ")),
    }
}

/// A text that may be anything, cut to what fits into a message.
pub(super) fn shorten(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST).collect();
    format!("{head}...")
}

/// The known name that was probably meant, if one is near enough: by spelling, or as a part of the other.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > 60 {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let name = plain(name);
    known
        .map(|candidate| {
            let other = plain(candidate);
            let contained = name.len() >= 3
                && (other.split('_').any(|part| part == name) || name.split('_').any(|part| part == other));
            let likeness = strsim::damerau_levenshtein(&name, &other);
            let allowed = (name.chars().count().max(other.chars().count()) / 3).max(1);
            let distance = if likeness <= allowed {
                likeness
            } else if contained {
                allowed + 1
            } else {
                usize::MAX
            };
            (distance, candidate)
        })
        .filter(|(distance, _)| *distance < usize::MAX)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["maintenance", "max_ttl", "search", "degree", "host_cache", "ping"];
        let near = |name| nearest(name, known.into_iter());
        assert_eq!(near("maintenence"), Some("maintenance"));
        assert_eq!(near("ttl"), Some("max_ttl"));
        assert_eq!(near("max-ttl"), Some("max_ttl"));
        assert_eq!(near("degrees"), Some("degree"));
        assert_eq!(near("pign"), Some("ping"));
        assert_eq!(near("colour"), None);
        assert_eq!(near(""), None);
    }
}
