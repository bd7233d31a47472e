//! Tables of latencies, in four bytes a cell where all fit (up to 4.29 s): half the memory is half the cache misses.

/// A fixed table of nanoseconds.
#[derive(Clone, Debug)]
pub(super) enum Cells {
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl Cells {
    pub(super) fn new(cells: Vec<u64>) -> Self {
        let narrow: Result<Vec<u32>, _> = cells.iter().map(|cell| u32::try_from(*cell)).collect();
        narrow.map_or(Self::Wide(cells), Self::Narrow)
    }

    #[inline]
    pub(super) fn at(&self, index: usize) -> u64 {
        match self {
            Self::Narrow(cells) => u64::from(cells[index]),
            Self::Wide(cells) => cells[index],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_where_all_fit() {
        let edge = u64::from(u32::MAX);
        for (values, is_narrow) in [(vec![0, edge], true), (vec![0, edge + 1], false)] {
            let cells = Cells::new(values.clone());
            assert_eq!(matches!(cells, Cells::Narrow(_)), is_narrow);
            assert_eq!([cells.at(0), cells.at(1)].as_slice(), values);
        }
    }
}
