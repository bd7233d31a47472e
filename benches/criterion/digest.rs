//! What it costs to note an event and a message in the digests: every delivery of a message pays for both.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use servent::engine::digest::Digests;
use servent::engine::event::Class;

pub(super) fn notes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("digest");
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("event", |bencher| {
        bencher.iter(|| {
            let mut digests = Digests::default();
            for number in 0..1_000_u32 {
                digests.note_event(black_box(u64::from(number)), Class::Message, number);
            }
            digests
        });
    });
    group.bench_function("message", |bencher| {
        bencher.iter(|| {
            let mut digests = Digests::default();
            for number in 0..1_000_u32 {
                let at_ns = black_box(u64::from(number));
                digests.note_message(at_ns, (number, 7), number, at_ns.rotate_left(9), 0);
            }
            digests
        });
    });
    group.finish();
}
