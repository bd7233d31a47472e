//! Random numbers: making a peer's stream from its key, and drawing from the two kinds of stream.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use servent::engine::{Draw, Purpose};

use super::SEED;

/// A stream each for 1,000 peers.
pub(super) fn streams(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("random/make");
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("full stream and first draw", |bencher| {
        bencher.iter(|| {
            (0..1_000).fold(0_u64, |sum, peer| {
                sum.wrapping_add(SEED.stream(Purpose::Churn, peer).bits())
            })
        });
    });
    group.bench_function("small stream and first draw", |bencher| {
        bencher.iter(|| {
            (0..1_000).fold(0_u64, |sum, peer| {
                sum.wrapping_add(SEED.small(Purpose::Protocol, peer).bits())
            })
        });
    });
    group.finish();
}

fn sum_of(draws: &mut impl Draw) -> u64 {
    (0..1_000).fold(0_u64, |sum, _| sum.wrapping_add(draws.bits()))
}

fn sum_below(draws: &mut impl Draw, bound: u64) -> u64 {
    (0..1_000).fold(0, |sum, _| sum + draws.below(bound))
}

/// 1,000 draws.
pub(super) fn draws(criterion: &mut Criterion) {
    let mut full = SEED.stream(Purpose::Churn, 0);
    let mut small = SEED.small(Purpose::Protocol, 0);
    let mut group = criterion.benchmark_group("random/draw");
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("full stream (ChaCha8), 64 bits", |bencher| {
        bencher.iter(|| sum_of(&mut full));
    });
    group.bench_function("small stream (Xoshiro128++), 64 bits", |bencher| {
        bencher.iter(|| sum_of(&mut small));
    });
    group.bench_function("small stream (Xoshiro128++), below 7", |bencher| {
        bencher.iter(|| sum_below(&mut small, black_box(7)));
    });
    group.finish();
}
