//! The pending event set alone, by the hold model (Jones 1986): all events of the earliest bucket are taken, and each
//! comes back 10 to 90 ms later, so that the number of pending events stays the same. One element is one event: taken
//! once and pushed once.

use criterion::{BenchmarkId, Criterion, Throughput};
use servent::engine::queue::{Queue, Timed};
use servent::engine::time::MILLISECOND_NS;
use servent::engine::{Draw, Purpose};

use super::SEED;

/// As large as the event of a search.
struct Event {
    time_ns: u64,
    _rest: [u64; 4],
}

impl Timed for Event {
    fn time_ns(&self) -> u64 {
        self.time_ns
    }
}

/// A queue that goes round.
struct Carousel {
    queue: Queue<Event>,
    chunks: Vec<Vec<Event>>,
    shift: u32,
    delays_ns: Vec<u64>,
    next_delay: usize,
}

impl Carousel {
    fn new(shift: u32, pending: usize) -> Self {
        let mut draw = SEED.small(Purpose::Protocol, 0);
        let delays_ns = (0..1 << 16)
            .map(|_| 10 * MILLISECOND_NS + draw.below(80 * MILLISECOND_NS))
            .collect();
        let mut carousel = Self {
            queue: Queue::new(shift),
            chunks: Vec::new(),
            shift,
            delays_ns,
            next_delay: 0,
        };
        for _ in 0..pending {
            carousel.push_after(0);
        }
        carousel
    }

    fn push_after(&mut self, now_ns: u64) {
        let time_ns = now_ns + self.delays_ns[self.next_delay];
        self.next_delay = (self.next_delay + 1) % self.delays_ns.len();
        self.queue.push(Event {
            time_ns,
            _rest: [0; 4],
        });
    }

    /// Takes at least `count` events and pushes as many; gives their number.
    fn turn(&mut self, count: usize) -> usize {
        let mut taken = 0;
        while taken < count {
            let bucket = self.queue.next_bucket().expect("events stay pending");
            let mut chunks = std::mem::take(&mut self.chunks);
            self.queue.take(bucket, u64::MAX, &mut chunks);
            for event in chunks.iter_mut().flat_map(|chunk| chunk.drain(..)) {
                taken += 1;
                // Not before the next bucket, however wide buckets are.
                let after_ns = event
                    .time_ns
                    .max(((bucket + 1) << self.shift) - 10 * MILLISECOND_NS);
                self.push_after(after_ns);
            }
            self.queue.recycle(&mut chunks);
            self.chunks = chunks;
        }
        taken
    }
}

pub(super) fn hold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue");
    // Buckets of 65 us, 1 ms and 8.4 ms.
    for shift in [16, 20, 23] {
        for pending in [1_000, 10_000, 100_000, 1_000_000] {
            let mut carousel = Carousel::new(shift, pending);
            carousel.turn(2 * pending);
            let count = pending.max(100_000);
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(
                BenchmarkId::new(format!("buckets of 2^{shift} ns"), format!("{pending} pending")),
                |bencher| bencher.iter(|| carousel.turn(count)),
            );
        }
    }
    group.finish();
}
