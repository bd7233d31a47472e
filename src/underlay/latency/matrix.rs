//! Measured latencies between sites; every peer stands at a site.

#![expect(
    clippy::cast_possible_truncation,
    reason = "remainders by a row count of 16 bits"
)]

use super::cells::Cells;
use super::table::LatencyTable;
use super::{LatencyError, accept};
use crate::engine::peer::PeerId;
use crate::engine::random::{Draw, Purpose, Seed};

/// Which row of the matrix a peer stands at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Assignment {
    /// A uniform one, keyed by the peer's number.
    Random,
    /// Row `peer mod rows`.
    InOrder,
}

/// What a zero off the diagonal becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// It is refused: not measured.
    Refuse,
    /// The (lower) median of all measured entries off the diagonal, after halving.
    Median,
}

/// How a table becomes a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MatrixOptions {
    /// Who stands where.
    pub assignment: Assignment,
    /// Latency between two peers at one site whose diagonal entry is zero, in nanoseconds. Required where that can
    /// happen.
    pub same_site_ns: Option<u64>,
    /// What to do with pairs that were not measured.
    pub missing: Missing,
    /// No latency is less than this, in nanoseconds; it raises the lookahead of files with implausibly small entries.
    pub floor_ns: Option<u64>,
}

/// Peers at the sites of a latency matrix.
#[derive(Clone, Debug)]
pub struct Matrix {
    rows: usize,
    /// Row by row; the diagonal holds the latency between two peers at that site.
    cells: Cells,
    row_of: Vec<u16>,
    lookahead_ns: u64,
}

impl Matrix {
    /// Places `peers` peers (service nodes included) at the sites of `table`.
    ///
    /// Whether two peers *can* share a row is judged by the assignment, not by what the seed happens to give: at
    /// random as soon as there are two peers, in order as soon as there are more peers than rows.
    pub fn new(
        table: &LatencyTable,
        seed: Seed,
        peers: u32,
        options: MatrixOptions,
    ) -> Result<Self, LatencyError> {
        let rows = table.rows;
        let Ok(sites) = u16::try_from(rows) else {
            return Err(LatencyError::TooManyRows { rows });
        };
        let peers_count = peers as usize;
        let can_share = |row: usize| match options.assignment {
            Assignment::Random => peers > 1,
            Assignment::InOrder => row + rows < peers_count,
        };
        let median_ns = median_ns(table);
        let mut cells = table.entries_ns.clone();
        for row in 0..rows {
            for column in 0..rows {
                let cell = &mut cells[row * rows + column];
                if *cell == 0 {
                    *cell = match (row == column, options.missing, options.same_site_ns) {
                        (true, _, Some(same_site_ns)) => accept(same_site_ns)?,
                        (true, _, None) if can_share(row) => return Err(LatencyError::SameSite { row }),
                        // Never asked between two peers; filled in below.
                        (true, _, None) => 0,
                        (false, Missing::Median, _) => {
                            median_ns.ok_or(LatencyError::NotMeasured { row, column })?
                        }
                        (false, Missing::Refuse, _) => return Err(LatencyError::NotMeasured { row, column }),
                    };
                }
                if *cell > 0 {
                    *cell = accept((*cell).max(options.floor_ns.unwrap_or(0)))?;
                }
            }
        }
        let row_of: Vec<u16> = (0..peers)
            .map(|peer| match options.assignment {
                Assignment::Random => {
                    // Index 1: index 0 keys the small generator that the peer draws its jitter from.
                    let row = seed
                        .stream_at(Purpose::Latency, u64::from(peer), 1)
                        .below(u64::from(sites));
                    row as u16
                }
                Assignment::InOrder => (peer % u32::from(sites)) as u16,
            })
            .collect();
        let lookahead_ns = lookahead_ns(rows, &cells, &row_of)?;
        for row in 0..rows {
            // Rows that are shared lie at or above the lookahead anyway; alone on its row, a peer has only itself.
            let own = &mut cells[row * rows + row];
            *own = (*own).max(lookahead_ns);
        }
        Ok(Self {
            rows,
            cells: Cells::new(cells),
            row_of,
            lookahead_ns,
        })
    }

    #[inline]
    pub(super) fn latency_ns(&self, from: PeerId, to: PeerId) -> u64 {
        let row = usize::from(self.row_of[from.index()]);
        let column = usize::from(self.row_of[to.index()]);
        self.cells.at(row * self.rows + column)
    }

    /// The smallest latency between two different peers as they are placed.
    pub const fn lookahead_ns(&self) -> u64 {
        self.lookahead_ns
    }

    /// The row a peer stands at.
    pub fn row_of(&self, peer: PeerId) -> u16 {
        self.row_of[peer.index()]
    }
}

/// The lower median of the measured entries off the diagonal.
fn median_ns(table: &LatencyTable) -> Option<u64> {
    let mut measured: Vec<u64> = (0..table.rows * table.rows)
        .filter(|place| place / table.rows != place % table.rows)
        .map(|place| table.entries_ns[place])
        .filter(|entry_ns| *entry_ns > 0)
        .collect();
    let middle = measured.len().checked_sub(1)? / 2;
    Some(*measured.select_nth_unstable(middle).1)
}

/// The minimum over the rows in use: off the diagonal between rows with a peer, on it where a row has two.
fn lookahead_ns(rows: usize, cells: &[u64], row_of: &[u16]) -> Result<u64, LatencyError> {
    let mut count = vec![0_u32; rows];
    for &row in row_of {
        count[usize::from(row)] += 1;
    }
    let used: Vec<usize> = (0..rows).filter(|row| count[*row] > 0).collect();
    let mut least = None;
    for &row in &used {
        for &column in &used {
            if row != column || count[row] > 1 {
                let cell = cells[row * rows + column];
                least = Some(least.map_or(cell, |least: u64| least.min(cell)));
            }
        }
    }
    match least {
        Some(least) => accept(least),
        // Nobody to talk to: any lower bound will do, so the smallest latency of the file.
        None => accept(cells.iter().copied().filter(|cell| *cell > 0).min().unwrap_or(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Direction;
    use super::*;

    const SEED: Seed = Seed {
        seed: 3,
        replication: 0,
    };

    const OPTIONS: MatrixOptions = MatrixOptions {
        assignment: Assignment::InOrder,
        same_site_ns: Some(1_000),
        missing: Missing::Refuse,
        floor_ns: None,
    };

    fn table(text: &str) -> LatencyTable {
        LatencyTable::parse(text, Direction::OneWay).unwrap()
    }

    fn matrix(text: &str, peers: u32, options: MatrixOptions) -> Result<Matrix, LatencyError> {
        Matrix::new(&table(text), SEED, peers, options)
    }

    const THREE: &str = "0 2 3\n4 0 6\n7 8 0.5\n";

    #[test]
    fn peers_in_order_stand_at_their_rows() {
        let model = matrix(THREE, 7, OPTIONS).unwrap();
        for (from, to, expected) in [
            (0, 1, 2_000_000),
            (4, 3, 4_000_000),
            (2, 1, 8_000_000),
            (0, 6, 1_000),
            (2, 5, 500_000),
        ] {
            assert_eq!(
                model.latency_ns(PeerId(from), PeerId(to)),
                expected,
                "{from} to {to}"
            );
        }
        assert_eq!(model.lookahead_ns(), 1_000);
    }

    #[test]
    fn the_lookahead_is_that_of_the_rows_in_use() {
        let options = MatrixOptions {
            same_site_ns: None,
            ..OPTIONS
        };
        for (peers, expected) in [(2, 2_000_000), (3, 2_000_000)] {
            let model = matrix(THREE, peers, options).unwrap();
            assert_eq!(model.lookahead_ns(), expected);
            assert!(model.latency_ns(PeerId(0), PeerId(0)) >= expected);
        }
        let late = "0 9 9\n9 0 9\n1 9 0";
        assert_eq!(matrix(late, 2, options).unwrap().lookahead_ns(), 9_000_000);
        assert_eq!(matrix(late, 3, options).unwrap().lookahead_ns(), 1_000_000);
        assert_eq!(matrix(late, 1, options).unwrap().lookahead_ns(), 1_000_000);
        assert_eq!(matrix(late, 0, options).unwrap().lookahead_ns(), 1_000_000);
    }

    #[test]
    fn shared_rows_need_a_same_site_latency() {
        let options = MatrixOptions {
            same_site_ns: None,
            ..OPTIONS
        };
        let random = MatrixOptions {
            assignment: Assignment::Random,
            ..options
        };
        assert!(matrix(THREE, 3, options).is_ok());
        assert_eq!(
            matrix(THREE, 4, options).unwrap_err(),
            LatencyError::SameSite { row: 0 }
        );
        assert_eq!(
            matrix(THREE, 2, random).unwrap_err(),
            LatencyError::SameSite { row: 0 }
        );
        assert!(matrix(THREE, 1, random).is_ok());
        assert!(matrix("0.1 2\n3 0.2", 9, random).is_ok_and(|model| model.lookahead_ns() == 100_000));
        let zero = MatrixOptions {
            same_site_ns: Some(0),
            ..OPTIONS
        };
        assert_eq!(matrix(THREE, 4, zero).unwrap_err(), LatencyError::Zero);
    }

    #[test]
    fn other_zeros_are_not_measured() {
        let holes = "0 2 0\n4 0 6\n8 0 0";
        assert_eq!(
            matrix(holes, 3, OPTIONS).unwrap_err(),
            LatencyError::NotMeasured { row: 0, column: 2 }
        );
        let median = MatrixOptions {
            missing: Missing::Median,
            ..OPTIONS
        };
        let model = matrix(holes, 3, median).unwrap();
        // Of 2, 4, 6, 8 the lower median is 4.
        assert_eq!(
            [
                model.latency_ns(PeerId(0), PeerId(2)),
                model.latency_ns(PeerId(2), PeerId(1))
            ],
            [4_000_000; 2]
        );
        assert!(matches!(
            matrix("0 0\n0 0", 2, median),
            Err(LatencyError::NotMeasured { .. })
        ));
    }

    #[test]
    fn the_floor_raises_what_lies_below() {
        let model = matrix(
            THREE,
            7,
            MatrixOptions {
                floor_ns: Some(3_000_000),
                ..OPTIONS
            },
        )
        .unwrap();
        assert_eq!(model.lookahead_ns(), 3_000_000);
        assert_eq!(model.latency_ns(PeerId(0), PeerId(1)), 3_000_000);
        assert_eq!(model.latency_ns(PeerId(1), PeerId(0)), 4_000_000);
    }

    #[test]
    fn random_rows_are_uniform_and_keyed_by_peer() {
        let options = MatrixOptions {
            assignment: Assignment::Random,
            ..OPTIONS
        };
        let model = matrix(THREE, 30_000, options).unwrap();
        let mut count = [0_u32; 3];
        for peer in 0..30_000 {
            count[usize::from(model.row_of(PeerId(peer)))] += 1;
        }
        // Three standard deviations: 3 * sqrt(30,000 * 2 / 9).
        assert!(
            count.iter().all(|count| count.abs_diff(10_000) < 245),
            "{count:?}"
        );
        let few = matrix(THREE, 10, options).unwrap();
        assert_eq!(few.row_of[..], model.row_of[..10]);
    }

    fn data(name: &str) -> Option<Vec<u8>> {
        let path = format!("{}/../shared/data/latency/{name}", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(&path).ok();
        if bytes.is_none() {
            println!("SKIPPED: {path} is not there");
        }
        bytes
    }

    #[test]
    fn the_aws_file_loads() {
        let Some(bytes) = data("aws-16-regions-rtt.csv") else {
            return;
        };
        let text = String::from_utf8(bytes).unwrap();
        let table = LatencyTable::parse(&text, Direction::RoundTrip).unwrap();
        assert_eq!(table.rows, 16);
        let labels = table.labels.as_ref().unwrap();
        assert_eq!(
            (labels[0].as_str(), labels[15].as_str()),
            ("eu-central-1", "sa-east-1")
        );
        // eu-central-1 to eu-west-1 is 23.163 ms there and back, the other way 24.911: kept asymmetric.
        assert_eq!(
            (table.entries_ns[1], table.entries_ns[16]),
            (11_581_500, 12_455_500)
        );
        // 0.325 ms within eu-central-1.
        assert_eq!(table.entries_ns[0], 162_500);
        let options = MatrixOptions {
            same_site_ns: None,
            ..OPTIONS
        };
        let model = Matrix::new(&table, SEED, 40, options).unwrap();
        assert_eq!(model.latency_ns(PeerId(0), PeerId(16)), 162_500);
        assert_eq!(model.latency_ns(PeerId(17), PeerId(0)), 12_455_500);
    }

    #[test]
    fn the_planetlab_files_load() {
        use std::io::Read;
        for (name, first_ns) in [("01", Some(87_500)), ("09", None), ("18", None)] {
            let Some(bytes) = data(&format!("planetlab-490-slice{name}.txt.gz")) else {
                return;
            };
            let mut text = String::new();
            flate2::read::GzDecoder::new(bytes.as_slice())
                .read_to_string(&mut text)
                .unwrap();
            let table = LatencyTable::parse(&text, Direction::RoundTrip).unwrap();
            assert_eq!((table.rows, &table.labels), (490, &None));
            // Zero diagonal, no other zeros, symmetric, 0.08 to 2984 ms there and back.
            for row in 0..490 {
                for column in 0..490 {
                    let entry_ns = table.entries_ns[row * 490 + column];
                    assert_eq!(entry_ns == 0, row == column);
                    assert_eq!(entry_ns, table.entries_ns[column * 490 + row]);
                    assert!(
                        row == column || (40_000..=1_492_500_000).contains(&entry_ns),
                        "{entry_ns}"
                    );
                }
            }
            if let Some(first_ns) = first_ns {
                assert_eq!(table.entries_ns[1], first_ns);
            }
            let shared = Matrix::new(
                &table,
                SEED,
                491,
                MatrixOptions {
                    same_site_ns: None,
                    ..OPTIONS
                },
            );
            assert_eq!(shared.unwrap_err(), LatencyError::SameSite { row: 0 });
            let model = Matrix::new(
                &table,
                SEED,
                10_000,
                MatrixOptions {
                    assignment: Assignment::Random,
                    ..OPTIONS
                },
            )
            .unwrap();
            assert_eq!(model.lookahead_ns(), 1_000);
        }
    }
}
