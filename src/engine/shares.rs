//! Which shard a peer lives in: equal shares of the peers by number, found by one multiplication.

#![expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than 2^32 peers, and not more shares than peers"
)]

use super::peer::PeerId;

/// Shards for each thread where there are several: so many that a thread seldom waits for another's last one. Results do
/// not depend on it.
const SHARDS_PER_THREAD: usize = 2;
/// Fewest peers a shard is made for.
const SHARD_PEERS_MIN: usize = 64;

/// Peers in shares that differ by a ten-thousandth of their size at most, up to a million peers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shares {
    peers: u32,
    count: u32,
    /// Shares per peer, in units of 2^-32, rounded down: so no peer comes behind the last share.
    factor: u64,
}

impl Shares {
    /// So many peers in so many shares, or one for each peer if those are fewer.
    pub(crate) fn new(peers: usize, count: usize) -> Self {
        let peers = u32::try_from(peers).expect("peer numbers fit 32 bits");
        let count = count.clamp(1, peers.max(1) as usize) as u32;
        Self {
            peers,
            count,
            factor: (u64::from(count) << 32) / u64::from(peers.max(1)),
        }
    }

    /// Shares for so many threads: all peers in one on one thread, for what one shard sends another is handed on once more.
    pub(crate) fn for_threads(peers: usize, threads: usize) -> Self {
        let wanted = if threads == 1 {
            1
        } else {
            threads * SHARDS_PER_THREAD
        };
        Self::new(peers, wanted.min(peers.div_ceil(SHARD_PEERS_MIN)))
    }

    /// Number of shares: at least 1.
    pub(crate) fn count(self) -> usize {
        self.count as usize
    }

    /// The share of a peer.
    #[inline]
    pub(crate) fn of(self, peer: PeerId) -> u32 {
        // A number below 2^32 times at most 2^32 fits.
        (u64::from(peer.0).wrapping_mul(self.factor) >> 32) as u32
    }

    /// The first peer of a share; behind the last share, the number of peers.
    pub(crate) fn first(self, share: usize) -> u32 {
        if share >= self.count() {
            self.peers
        } else {
            ((share as u64) << 32).div_ceil(self.factor) as u32
        }
    }

    /// Number of peers in a share.
    pub(crate) fn size(self, share: usize) -> usize {
        (self.first(share + 1) - self.first(share)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_is_in_the_share_whose_bounds_hold_it() {
        for peers in [1, 2, 3, 63, 64, 65, 1_000, 4_097, 10_000, 65_536] {
            for count in [1, 2, 3, 4, 5, 16, 61] {
                let shares = Shares::new(peers, count);
                assert_eq!(shares.count(), count.min(peers));
                let mut peer = 0;
                for share in 0..shares.count() {
                    assert_eq!(shares.first(share), peer, "{peers} in {count}");
                    for _ in 0..shares.size(share) {
                        assert_eq!(
                            shares.of(PeerId(peer)) as usize,
                            share,
                            "{peer} of {peers} in {count}"
                        );
                        peer += 1;
                    }
                    let fair = peers / shares.count();
                    assert!(shares.size(share).abs_diff(fair) <= 1 + fair / 1_000);
                }
                assert_eq!(peer as usize, peers);
            }
        }
    }

    #[test]
    fn many_peers_are_shared_alike() {
        for peers in [1_000_000, 10_000_000, 123_456_789, u32::MAX as usize] {
            for count in [1, 2, 4, 6, 16] {
                let shares = Shares::new(peers, count);
                let last = PeerId(u32::try_from(peers - 1).unwrap());
                assert_eq!(shares.of(last) as usize, count - 1);
                for share in 0..count {
                    let first = shares.first(share);
                    assert_eq!(shares.of(PeerId(first)) as usize, share);
                    assert!(first == 0 || shares.of(PeerId(first - 1)) as usize == share - 1);
                    let fair = peers / count;
                    assert!(
                        shares.size(share).abs_diff(fair) <= fair / 100 * 16,
                        "{peers} in {count}"
                    );
                }
            }
        }
    }

    #[test]
    fn few_peers_or_one_thread_make_one_shard() {
        for (peers, threads, expected) in [
            (0, 8, 1),
            (1, 8, 1),
            (64, 8, 1),
            (65, 8, 2),
            (10_000, 1, 1),
            (10_000, 2, 4),
            (10_000, 8, 16),
        ] {
            assert_eq!(
                Shares::for_threads(peers, threads).count(),
                expected,
                "{peers} on {threads}"
            );
        }
    }
}
