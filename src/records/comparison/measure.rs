//! What comparisons measure of a run.

/// Declares what is measured: the variants, their columns and units, all in one place.
macro_rules! measures {
    (
        every run: { $($(#[$meta:meta])* $name:ident => $column:literal in $unit:literal,)* }
        along an axis: { $($(#[$further_meta:meta])* $further:ident => $further_column:literal in $further_unit:literal,)* }
    ) => {
        /// What is measured of a run. Queries and downloads count if they were issued, or started, after the warm-up, or after
        /// the attack of a run that has one; what peers sent counts from the beginning of the run. A measure that a run does
        /// not have is absent: it is not 0.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Measure {
            $($(#[$meta])* $name,)*
            $($(#[$further_meta])* $further,)*
        }

        impl Measure {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)* $(Self::$further,)*];

            /// Those of a comparison of scenarios as they stand, in the order of the columns.
            pub const COMPARED: &'static [Self] = &[$(Self::$name,)*];

            /// Its column.
            pub const fn column(self) -> &'static str {
                match self {
                    $(Self::$name => $column,)*
                    $(Self::$further => $further_column,)*
                }
            }

            /// Its unit; `1` for a share.
            pub const fn unit(self) -> &'static str {
                match self {
                    $(Self::$name => $unit,)*
                    $(Self::$further => $further_unit,)*
                }
            }
        }
    };
}

measures! {
    every run: {
        /// Queries issued.
        Queries => "queries" in "queries",
        /// Share of the queries that others were asked to which at least one hit came: `query_success` of a run's summary.
        Success => "query_success" in "1",
        /// Hits that came, per online holder: `query_recall_live`. Above 1 where answers name holders that are gone.
        RecallLive => "query_recall_live" in "1",
        /// Hits that came, per holder within reach: `query_recall_reachable`.
        RecallReachable => "query_recall_reachable" in "1",
        /// Share of the queries for what somebody online held that found nothing: `query_existed_not_found_share`.
        ExistedNotFound => "query_existed_not_found_share" in "1",
        /// Success of queries for the most popular hundredth of the items. Items are numbered by popularity; a class has one item at
        /// least as long as there are any.
        SuccessFirst1 => "query_success_first_1_percent" in "1",
        /// Success of queries for the next 9 % of the items.
        SuccessNext9 => "query_success_next_9_percent" in "1",
        /// Success of queries for the next 40 %.
        SuccessNext40 => "query_success_next_40_percent" in "1",
        /// Success of queries for the less popular half.
        SuccessLast50 => "query_success_last_50_percent" in "1",
        /// Median time from a query to its first hit, over queries with one.
        FirstHitMedian => "first_hit_ms_median" in "ms",
        /// 95th percentile of the same.
        FirstHit95 => "first_hit_ms_95" in "ms",
        /// Share of the downloads started that were completed: `download_success`.
        DownloadSuccess => "download_success" in "1",
        /// Median time from a query to the last verified byte of the file, over downloads completed.
        FileTimeMedian => "time_to_file_s_median" in "s",
        /// 95th percentile of the same.
        FileTime95 => "time_to_file_s_95" in "s",
        /// Bytes of messages sent per second that a peer was online: all peers' together.
        PeerBytesMean => "bytes_per_peer_per_second_mean" in "bytes/s",
        /// The same of each peer that was online for a minute or longer in all: their median.
        PeerBytesMedian => "bytes_per_peer_per_second_median" in "bytes/s",
        /// Their 99th percentile.
        PeerBytes99 => "bytes_per_peer_per_second_99" in "bytes/s",
        /// Gini coefficient of the bytes of messages that peers sent and received: 0 if all bear the same, near 1 if one bears all.
        /// Service nodes are no peers here.
        LoadGini => "load_gini" in "1",
        /// Share of these bytes that the most loaded hundredth of the peers bear.
        LoadTopShare => "load_top_percent_share" in "1",
        /// Bytes of messages that service nodes sent and received.
        ServerMessageBytes => "server_message_bytes" in "bytes",
        /// Bytes of files that service nodes sent.
        ServerPayloadBytes => "server_payload_bytes" in "bytes",
    }
    along an axis: {
        /// Success of the queries of the same run that were issued between the warm-up and the attack.
        SuccessBefore => "query_success_before" in "1",
        /// Success of the queries that were issued in the second half of the time from the attack to the end of the run: what is
        /// left when the overlay has had time to mend itself.
        SuccessLate => "query_success_late" in "1",
        /// Peers online at the first sample after the attack (samples are the rows of `series.csv`).
        OnlinePeers => "online_peers" in "peers",
        /// Share of them that the largest component of their working links holds. Absent where peers had no links among
        /// themselves at the last sample that was not after the attack.
        LargestComponent => "largest_component_share" in "1",
        /// The same at the end of the run.
        LargestComponentEnd => "largest_component_share_end" in "1",
        /// Events that the run took.
        Events => "events" in "events",
        /// Time from the first query to the last verified byte, of a run in which all queries are for one file and everybody who
        /// began to download it has it in the end.
        Distribution => "distribution_s" in "s",
        /// The least that it could take these peers by their access links, were bytes a fluid: Kumar and Ross 2006.
        MinimumDistribution => "minimum_distribution_s" in "s",
    }
}

/// A number for each measure that there is.
#[derive(Clone, PartialEq, Debug)]
pub struct Measured(Vec<Option<f64>>);

impl Default for Measured {
    fn default() -> Self {
        Self(vec![None; Measure::ALL.len()])
    }
}

impl Measured {
    /// The numbers of some measures, in their order.
    pub fn of(measures: &[Measure], values: impl Iterator<Item = Option<f64>>) -> Self {
        let mut measured = Self::default();
        for (measure, value) in measures.iter().zip(values) {
            measured.set(*measure, value);
        }
        measured
    }

    /// Enters a number, if there is one.
    pub fn set(&mut self, measure: Measure, value: Option<f64>) {
        self.0[measure as usize] = value;
    }

    /// The number.
    pub fn get(&self, measure: Measure) -> Option<f64> {
        self.0[measure as usize]
    }
}
