//! What an estimate needs to know of the files that a scenario names: how much there is in them, not what it says.
//!
//! Whoever may read files goes through them once, line by line and with constant memory, and hands in what was counted.

use std::collections::BTreeMap;

use crate::engine::math::ln;

/// Columns of which something is noted.
const COLUMNS: usize = 5;
/// Bits of the sketch that counts distinct labels: a few per thousand of error up to tens of millions of them.
const SKETCH_BITS: usize = 1 << 20;

/// What was counted in a file.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct InputSize {
    /// Bytes of its text, inflated.
    pub text_bytes: u64,
    /// Lines that hold a number, comments left out.
    pub rows: u64,
    /// Words on these lines.
    pub words: u64,
    /// Distinct whole numbers in the first two columns, as good as a sketch tells.
    pub labels: u64,
    /// Columns of the first row.
    pub columns: u64,
    /// Smallest number in the first column.
    pub first_min: f64,
    /// Largest number in each of the first five columns.
    pub largest: [f64; COLUMNS],
}

impl InputSize {
    /// The same file if it goes on like this up to so many bytes.
    #[must_use]
    pub fn extended_to(self, text_bytes: u64) -> Self {
        if text_bytes <= self.text_bytes || self.text_bytes == 0 {
            return self;
        }
        let more = |count: u64| {
            let more = u128::from(count) * u128::from(text_bytes) / u128::from(self.text_bytes);
            u64::try_from(more).unwrap_or(u64::MAX)
        };
        Self {
            text_bytes,
            rows: more(self.rows),
            words: more(self.words),
            ..self
        }
    }
}

/// The sizes of a scenario's files, by the keys that name them. A file that is not there counts as empty: what is wrong
/// with it shows when the scenario is built.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Inputs(BTreeMap<&'static str, InputSize>);

impl Inputs {
    /// Notes the size of the file that `key` names.
    pub fn insert(&mut self, key: &'static str, size: InputSize) {
        self.0.insert(key, size);
    }

    /// The size of the file that `key` names.
    pub fn of(&self, key: &str) -> InputSize {
        self.0.get(key).copied().unwrap_or_default()
    }
}

/// Counts what is in a file, line by line.
#[derive(Clone, Debug)]
pub struct Counter {
    size: InputSize,
    /// Linear counting (Whang, Vander-Zanden and Taylor 1990).
    sketch: Vec<u64>,
}

impl Default for Counter {
    fn default() -> Self {
        Self {
            size: InputSize {
                first_min: f64::INFINITY,
                ..InputSize::default()
            },
            sketch: vec![0; SKETCH_BITS / 64],
        }
    }
}

impl Counter {
    /// Takes in a line, with or without its end.
    pub fn line(&mut self, line: &[u8]) {
        self.size.text_bytes += line.len() as u64;
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b',' | b'\r' | b'\n');
        let mut words = line.split(is_blank).filter(|word| !word.is_empty()).peekable();
        let Some(first) = words.peek() else { return };
        if first[0] == b'#' {
            return;
        }
        let (mut columns, mut is_heading) = (0, true);
        for (column, word) in words.enumerate() {
            columns += 1;
            if column < COLUMNS {
                is_heading &= !self.number(column, word);
            }
        }
        if is_heading {
            return;
        }
        if self.size.rows == 0 {
            self.size.columns = columns;
        }
        self.size.rows += 1;
        self.size.words += columns;
    }

    /// Takes in a word, if it is a number.
    fn number(&mut self, column: usize, word: &[u8]) -> bool {
        let text = std::str::from_utf8(word).ok();
        let Some(number) = text.and_then(|word| word.parse::<f64>().ok()) else {
            return false;
        };
        self.size.largest[column] = self.size.largest[column].max(number);
        if column == 0 {
            self.size.first_min = self.size.first_min.min(number);
        }
        if column < 2 {
            let mixed = number.to_bits().wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
            let bit = (mixed >> 32) as usize % SKETCH_BITS;
            self.sketch[bit / 64] |= 1 << (bit % 64);
        }
        true
    }

    /// What was counted.
    pub fn finish(mut self) -> InputSize {
        let ones: u32 = self.sketch.iter().map(|word| word.count_ones()).sum();
        let bits = SKETCH_BITS as f64;
        let zeros = (bits - f64::from(ones)).max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count, positive and small"
        )]
        let labels = (bits * ln(bits / zeros) + 0.5) as u64;
        self.size.labels = labels;
        if self.size.first_min.is_infinite() {
            self.size.first_min = 0.0;
        }
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    fn count(text: &str) -> InputSize {
        let mut counter = Counter::default();
        text.split_inclusive('\n')
            .for_each(|line| counter.line(line.as_bytes()));
        counter.finish()
    }

    #[test]
    fn rows_words_and_extremes_are_counted_and_comments_left_out() {
        let size = count("# Nodes: 9\nfrom to\n3 40\r\n\n7 3 12\n");
        assert_eq!((size.rows, size.words, size.columns), (2, 5, 2));
        assert_eq!(size.text_bytes, 33);
        assert_eq!(size.labels, 3);
        assert_eq!(size.first_min.to_bits(), 3.0_f64.to_bits());
        assert_eq!(
            size.largest.map(f64::to_bits),
            [7.0, 40.0, 12.0, 0.0, 0.0].map(f64::to_bits)
        );
    }

    #[test]
    fn distinct_labels_are_counted_to_a_percent() {
        let mut text = String::new();
        for row in 0..300_000_u64 {
            writeln!(text, "{} {}", row % 150_000, row % 70_000 + 500_000).unwrap();
        }
        let size = count(&text);
        assert!((217_800..=222_200).contains(&size.labels), "{}", size.labels);
    }
}
