use super::*;
use proptest::prelude::*;

fn nested(depth: usize) -> Vec<u8> {
    [vec![b'l'; depth], vec![b'e'; depth]].concat()
}

#[test]
fn the_examples_of_bep_3() {
    let text = |text: &str| Value::bytes(text);
    let cases: [(&str, Value); 12] = [
        ("4:spam", text("spam")),
        ("0:", text("")),
        ("i3e", Value::Integer(3)),
        ("i-3e", Value::Integer(-3)),
        ("i0e", Value::Integer(0)),
        ("i9223372036854775807e", Value::Integer(i64::MAX)),
        ("i-9223372036854775808e", Value::Integer(i64::MIN)),
        ("le", Value::List(Vec::new())),
        ("l4:spam4:eggse", Value::List(vec![text("spam"), text("eggs")])),
        ("de", Value::dictionary([])),
        (
            "d3:cow3:moo4:spam4:eggse",
            Value::dictionary([("spam", text("eggs")), ("cow", text("moo"))]),
        ),
        (
            "d4:spaml1:a1:bee",
            Value::dictionary([("spam", Value::List(vec![text("a"), text("b")]))]),
        ),
    ];
    for (encoding, value) in cases {
        assert_eq!(
            Value::decode(encoding.as_bytes()),
            Ok(value.clone()),
            "{encoding}"
        );
        assert_eq!(value.encode(), encoding.as_bytes());
    }
}

#[test]
fn keys_are_sorted_as_raw_bytes() {
    let number = Value::Integer;
    let value = Value::dictionary([
        ("b", number(1)),
        ("B", number(2)),
        ("\u{e4}", number(3)),
        ("a\0", number(4)),
        ("a", number(5)),
        ("", number(6)),
    ]);
    let encoding = b"d0:i6e1:Bi2e1:ai5e2:a\0i4e1:bi1e2:\xc3\xa4i3ee";
    assert_eq!(value.encode(), encoding);
    assert_eq!(Value::decode(encoding), Ok(value));
}

#[test]
fn malformed_input_is_refused_with_what_and_where() {
    use Fault::{
        KeyType, LeadingZero, NegativeZero, RepeatedKey, TooDeep, TooLarge, Trailing, Truncated,
        UnexpectedByte, UnsortedKey,
    };
    let unexpected = |byte| UnexpectedByte { byte };
    let cases: [(&[u8], usize, Fault); 49] = [
        (b"", 0, Truncated),
        (b"e", 0, unexpected(b'e')),
        (b":", 0, unexpected(b':')),
        (b"-1:a", 0, unexpected(b'-')),
        (b" 1:a", 0, unexpected(b' ')),
        (b"x", 0, unexpected(b'x')),
        (b"\xff", 0, unexpected(0xff)),
        // Byte strings.
        (b"1", 1, Truncated),
        (b"1:", 2, Truncated),
        (b"5:spam", 6, Truncated),
        (b"4spam", 1, unexpected(b's')),
        (b"4;spam", 1, unexpected(b';')),
        (b"04:spam", 0, LeadingZero),
        (b"00:", 0, LeadingZero),
        (b"4:spams", 6, Trailing),
        (b"9223372036854775807:", 20, Truncated),
        (b"9223372036854775808:", 0, TooLarge),
        (b"99999999999999999999999:a", 0, TooLarge),
        // Integers.
        (b"i", 1, Truncated),
        (b"i-", 2, Truncated),
        (b"i12", 3, Truncated),
        (b"ie", 1, unexpected(b'e')),
        (b"i-e", 2, unexpected(b'e')),
        (b"i+1e", 1, unexpected(b'+')),
        (b"i--1e", 2, unexpected(b'-')),
        (b"i 1e", 1, unexpected(b' ')),
        (b"i1.5e", 2, unexpected(b'.')),
        (b"i03e", 1, LeadingZero),
        (b"i00e", 1, LeadingZero),
        (b"i-03e", 2, LeadingZero),
        (b"i-0e", 2, NegativeZero),
        (b"i9223372036854775808e", 1, TooLarge),
        (b"i-9223372036854775809e", 2, TooLarge),
        (b"i1ei2e", 3, Trailing),
        // Lists.
        (b"l", 1, Truncated),
        (b"l4:spam", 7, Truncated),
        (b"li1e", 4, Truncated),
        (b"l-e", 1, unexpected(b'-')),
        (b"lee", 2, Trailing),
        // Dictionaries.
        (b"d", 1, Truncated),
        (b"d1:a", 4, Truncated),
        (b"d1:ae", 4, unexpected(b'e')),
        (b"d1:ai1e", 7, Truncated),
        (b"di1e1:ae", 1, KeyType),
        (b"dl1:aei1ee", 1, KeyType),
        (b"d1:bi1e1:ai2ee", 7, UnsortedKey),
        (b"d2:aai1e1:ai2ee", 8, UnsortedKey),
        (b"d1:ai1e1:ai1ee", 7, RepeatedKey),
        (&[b'l'; 100], MOST_DEPTH as usize, TooDeep),
    ];
    for (input, offset, fault) in cases {
        let expected = Err(BencodeError { offset, fault });
        assert_eq!(Value::decode(input), expected, "{}", input.escape_ascii());
    }
    let error = Value::decode(b"i-0e").unwrap_err();
    assert_eq!(error.to_string(), "byte 2: zero has a sign");
}

#[test]
fn the_deepest_value_is_decoded_and_a_deeper_one_is_not() {
    let most = MOST_DEPTH as usize;
    let deepest = Value::decode(&nested(most)).unwrap();
    assert_eq!(deepest.encode(), nested(most));
    assert_eq!(
        Value::decode(&nested(most + 1)),
        Err(BencodeError {
            offset: most,
            fault: Fault::TooDeep
        })
    );
    let dictionaries = [b"d0:".repeat(most + 1), vec![b'e'; most + 1]].concat();
    assert_eq!(Value::decode(&dictionaries).unwrap_err().fault, Fault::TooDeep);
}

#[test]
fn every_beginning_of_a_value_is_truncated() {
    let whole = b"d1:ad2:id20:abcdefghij01234567894:listli-7e0:ee1:ti42ee";
    assert!(Value::decode(whole).is_ok());
    for length in 0..whole.len() {
        let error = BencodeError {
            offset: length,
            fault: Fault::Truncated,
        };
        assert_eq!(Value::decode(&whole[..length]), Err(error));
    }
}

/// Values of any shape, at most four deep.
fn values() -> impl Strategy<Value = Value> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..12);
    let leaf = prop_oneof![
        bytes().prop_map(Value::Bytes),
        any::<i64>().prop_map(Value::Integer)
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            proptest::collection::btree_map(bytes(), inner, 0..5).prop_map(Value::Dictionary),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(value in values()) {
        prop_assert_eq!(Value::decode(&value.encode()), Ok(value));
    }

    #[test]
    fn any_bytes_are_refused_or_are_the_encoding(input in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(value) = Value::decode(&input) {
            prop_assert_eq!(value.encode(), input);
        }
    }

    /// Of bytes that occur in encodings, which get much further.
    #[test]
    fn any_likely_bytes_are_refused_or_are_the_encoding(input in "[0-3dile:-]{0,24}") {
        if let Ok(value) = Value::decode(input.as_bytes()) {
            prop_assert_eq!(value.encode(), input.into_bytes());
        }
    }

    #[test]
    fn a_changed_byte_is_refused_or_another_value(
        value in values(),
        place in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut input = value.encode();
        let place = place.index(input.len());
        input[place] = byte;
        match Value::decode(&input) {
            Ok(other) => prop_assert_eq!(other.encode(), input),
            Err(error) => prop_assert!(error.offset <= input.len()),
        }
    }
}
