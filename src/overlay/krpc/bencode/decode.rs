//! The strict decoder: one pass, recursion no deeper than [`MOST_DEPTH`].

use super::{BencodeError, Dictionary, Fault, MOST_DEPTH, Value};

/// Decodes a value that takes up all of `input`.
pub(super) fn decode(input: &[u8]) -> Result<Value, BencodeError> {
    let mut decoder = Decoder { input, offset: 0 };
    let value = decoder.value(0)?;
    if decoder.offset < input.len() {
        return Err(decoder.error(Fault::Trailing));
    }
    Ok(value)
}

struct Decoder<'input> {
    input: &'input [u8],
    /// Of the next byte.
    offset: usize,
}

impl Decoder<'_> {
    fn error(&self, fault: Fault) -> BencodeError {
        error_at(self.offset, fault)
    }

    fn unexpected(&self, byte: u8) -> BencodeError {
        self.error(Fault::UnexpectedByte { byte })
    }

    fn peek(&self) -> Result<u8, BencodeError> {
        let byte = self.input.get(self.offset).copied();
        byte.ok_or_else(|| self.error(Fault::Truncated))
    }

    /// Goes past the next byte if it is this one.
    fn accept(&mut self, byte: u8) -> Result<bool, BencodeError> {
        let is_there = self.peek()? == byte;
        self.offset += usize::from(is_there);
        Ok(is_there)
    }

    fn expect(&mut self, byte: u8) -> Result<(), BencodeError> {
        if self.accept(byte)? {
            Ok(())
        } else {
            Err(self.unexpected(self.peek()?))
        }
    }

    /// A value that lies in so many lists and dictionaries.
    fn value(&mut self, depth: u32) -> Result<Value, BencodeError> {
        match self.peek()? {
            b'0'..=b'9' => Ok(Value::Bytes(self.bytes()?)),
            b'i' => Ok(Value::Integer(self.integer()?)),
            b'l' | b'd' if depth == MOST_DEPTH => Err(self.error(Fault::TooDeep)),
            b'l' => Ok(Value::List(self.list(depth + 1)?)),
            b'd' => Ok(Value::Dictionary(self.dictionary(depth + 1)?)),
            byte => Err(self.unexpected(byte)),
        }
    }

    fn bytes(&mut self) -> Result<Vec<u8>, BencodeError> {
        let start = self.offset;
        let length = self.digits(1)?;
        // Negative it cannot be: there is no sign.
        let length = usize::try_from(length).map_err(|_| error_at(start, Fault::TooLarge))?;
        self.expect(b':')?;
        let rest = &self.input[self.offset..];
        let bytes = rest
            .get(..length)
            .ok_or_else(|| error_at(self.input.len(), Fault::Truncated))?;
        self.offset += length;
        Ok(bytes.to_vec())
    }

    fn integer(&mut self) -> Result<i64, BencodeError> {
        self.expect(b'i')?;
        let sign = if self.accept(b'-')? { -1 } else { 1 };
        let start = self.offset;
        let number = self.digits(sign)?;
        if sign < 0 && number == 0 {
            return Err(error_at(start, Fault::NegativeZero));
        }
        self.expect(b'e')?;
        Ok(number)
    }

    /// A number's digits, at least one, with the sign that stood before them: so that -2^63 needs no special case.
    fn digits(&mut self, sign: i64) -> Result<i64, BencodeError> {
        let start = self.offset;
        let mut number: i64 = 0;
        loop {
            let byte = self.peek()?;
            if !byte.is_ascii_digit() {
                break;
            }
            if self.offset > start && number == 0 {
                return Err(error_at(start, Fault::LeadingZero));
            }
            number = number
                .checked_mul(10)
                .and_then(|tens| tens.checked_add(sign * i64::from(byte - b'0')))
                .ok_or_else(|| error_at(start, Fault::TooLarge))?;
            self.offset += 1;
        }
        if self.offset == start {
            return Err(self.unexpected(self.peek()?));
        }
        Ok(number)
    }

    fn list(&mut self, depth: u32) -> Result<Vec<Value>, BencodeError> {
        self.expect(b'l')?;
        let mut values = Vec::new();
        while !self.accept(b'e')? {
            values.push(self.value(depth)?);
        }
        Ok(values)
    }

    fn dictionary(&mut self, depth: u32) -> Result<Dictionary, BencodeError> {
        self.expect(b'd')?;
        let mut entries = Dictionary::new();
        while !self.accept(b'e')? {
            let start = self.offset;
            let key = self.key()?;
            // Keys so far are sorted, so the last one is the largest.
            if let Some((last, _)) = entries.last_key_value() {
                match key.cmp(last) {
                    std::cmp::Ordering::Less => return Err(error_at(start, Fault::UnsortedKey)),
                    std::cmp::Ordering::Equal => return Err(error_at(start, Fault::RepeatedKey)),
                    std::cmp::Ordering::Greater => {}
                }
            }
            let value = self.value(depth)?;
            entries.insert(key, value);
        }
        Ok(entries)
    }

    fn key(&mut self) -> Result<Vec<u8>, BencodeError> {
        match self.peek()? {
            b'0'..=b'9' => self.bytes(),
            b'i' | b'l' | b'd' => Err(self.error(Fault::KeyType)),
            byte => Err(self.unexpected(byte)),
        }
    }
}

fn error_at(offset: usize, fault: Fault) -> BencodeError {
    BencodeError { offset, fault }
}
