//! Lookups as rows: `at_s,origin,key`.

use super::bare_lookups::PlannedLookup;
use super::rows::{RowError, RowFault, check_heading, rows, time_ns};
use crate::engine::PeerId;
use crate::overlay::dht::Identifier;

/// The columns of a file of lookups.
const COLUMNS: [&str; 3] = ["at_s", "origin", "key"];

/// Reads lookups from the rows `at_s,origin,key` of a text, keys being hexadecimal digits of an identifier of `width` bits, of
/// which fewer say the first bits. Rows may come in any order; `peer` tells which peer a label means. The lookups come in
/// order of time, then origin, then row.
pub fn parse_lookups(
    text: &str,
    peer: impl Fn(&str) -> Option<PeerId>,
    width: u32,
) -> Result<Vec<PlannedLookup>, RowError> {
    let mut lookups = Vec::new();
    check_heading(text, &COLUMNS, COLUMNS.len())?;
    for (line, fields) in rows(text, COLUMNS[0]) {
        let lookup = parse_lookup(&fields, &peer, width).map_err(|fault| RowError { line, fault })?;
        if lookups.len() == u32::MAX as usize {
            let fault = RowFault::TooMany;
            return Err(RowError { line, fault });
        }
        lookups.push(lookup);
    }
    lookups.sort_by_key(|lookup| (lookup.at_ns, lookup.origin));
    Ok(lookups)
}

fn parse_lookup(
    fields: &[&str],
    peer: impl Fn(&str) -> Option<PeerId>,
    width: u32,
) -> Result<PlannedLookup, RowFault> {
    let [at, origin, key] = *fields else {
        return Err(RowFault::Fields {
            expected: "3",
            found: fields.len(),
        });
    };
    let at_ns = time_ns(at)?;
    let origin = peer(origin).ok_or_else(|| RowFault::UnknownPeer(origin.to_owned()))?;
    let key = parse_key(key, width)?;
    Ok(PlannedLookup { at_ns, origin, key })
}

fn parse_key(text: &str, width: u32) -> Result<Identifier, RowFault> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(RowFault::NotAKey(text.to_owned()));
    }
    let too_long = || RowFault::KeyTooLong {
        text: text.to_owned(),
        width,
    };
    let key = Identifier::parse(text).ok_or_else(too_long)?;
    let digits_max = width.div_ceil(4) as usize;
    if text.len() > digits_max || key.truncated(width) != key {
        return Err(too_long());
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<PlannedLookup>, String> {
        let peer = |label: &str| label.parse().ok().filter(|number| *number < 3).map(PeerId);
        parse_lookups(text, peer, 10).map_err(|error| error.to_string())
    }

    fn lookup(at_ns: u64, origin: u32, key: u64) -> PlannedLookup {
        PlannedLookup {
            at_ns,
            origin: PeerId(origin),
            key: Identifier::of_number(key, 10),
        }
    }

    #[test]
    fn lookups_come_in_order_of_time_and_origin() {
        let text = "at_s,origin,key\n2,1,FFC\n# a comment\n\n1.5,2,8\n2,0,004\n";
        let expected = [
            lookup(1_500_000_000, 2, 512),
            lookup(2_000_000_000, 0, 1),
            lookup(2_000_000_000, 1, 1023),
        ];
        assert_eq!(read(text).unwrap(), expected);
        assert_eq!(read("at_s,origin,key\n"), Ok(Vec::new()));
    }

    #[test]
    fn what_is_wrong_with_a_row_is_said_with_its_line() {
        for (row, said) in [
            ("1,0", "line 2: expected 3 fields separated by commas, found 2"),
            (
                "1,0,4,5",
                "line 2: expected 3 fields separated by commas, found 4",
            ),
            ("x,0,4", "line 2: `x` is not a time in seconds"),
            ("-1,0,4", "line 2: `-1` is negative"),
            ("1,3,4", "line 2: there is no peer `3`"),
            ("1,0,", "line 2: `` is not a key: keys are hexadecimal digits"),
            ("1,0,0x4", "line 2: `0x4` is not a key"),
            (
                "1,0,4040",
                "line 2: the key `4040` has more than the 10 bits of an identifier",
            ),
            (
                "1,0,402",
                "line 2: the key `402` has more than the 10 bits of an identifier",
            ),
            (
                "1,0,0000000000000000000000000000000000000000000",
                "more than the 10 bits",
            ),
        ] {
            let error = read(&format!("at_s,origin,key\n{row}\n")).unwrap_err();
            assert!(error.contains(said), "{row}: {error}");
        }
        let error = read("at_s,key,origin\n1,4,0\n").unwrap_err();
        assert!(
            error.contains("the columns are at_s,origin,key, in this order"),
            "{error}"
        );
    }
}
