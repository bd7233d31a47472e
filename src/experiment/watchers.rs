//! What stands between a run's observers and whoever watches from outside: streams of notes, window by window.

use super::play::Witness;
use crate::engine::{Stage, Verdict};
use crate::overlay::Overlay;
use crate::overlay::books::{Packet, SearchBooks, TraceLine};
use crate::overlay::dht::Router;
use crate::sharing::director::Watcher;
use crate::sharing::observed::Observed;
use crate::sharing::{BareLookups, FileSharing};

/// Watches any program.
pub(super) struct PlainWatcher<'w>(pub(super) &'w mut dyn Witness);

impl<P: Observed> Watcher<P> for PlainWatcher<'_> {
    fn window_closed(&mut self, end_ns: u64, events: u64, _: &mut dyn Stage<P>) -> Verdict {
        self.0.window_closed(end_ns, events)
    }
}

/// Watches programs that have an overlay, and streams what their observers write down.
pub(super) struct OverlayWatcher<'w> {
    witness: &'w mut dyn Witness,
    labels: &'w [u64],
    is_tracing: bool,
    is_capturing: bool,
    lines: Vec<TraceLine>,
    packets: Vec<Packet>,
}

impl<'w> OverlayWatcher<'w> {
    pub(super) fn new(witness: &'w mut dyn Witness, labels: &'w [u64]) -> Self {
        Self {
            labels,
            is_tracing: witness.wants_trace(),
            is_capturing: witness.wants_packets(),
            witness,
            lines: Vec::new(),
            packets: Vec::new(),
        }
    }

    fn close_window<P: Observed>(
        &mut self,
        end_ns: u64,
        events: u64,
        stage: &mut dyn Stage<P>,
        books: fn(&mut P::Tally) -> &mut SearchBooks,
    ) -> Verdict {
        if self.is_tracing || self.is_capturing {
            stage.visit_tallies(&mut |tally| {
                books(tally).hand_over(&mut self.lines, &mut self.packets);
            });
            self.hand_over();
        }
        self.witness.window_closed(end_ns, events)
    }

    fn hand_over(&mut self) {
        if self.is_tracing {
            self.lines.sort_unstable();
            let labels = self.labels;
            self.witness.trace(&self.lines, &|peer| labels[peer as usize]);
            self.lines.clear();
        }
        if self.is_capturing {
            // All of a sender's are in one shard's books, in its order, which a stable sort keeps.
            self.packets.sort_by_key(|packet| (packet.at_ns, packet.from));
            self.witness.packets(&self.packets);
            self.packets.clear();
        }
    }
}

impl<O: Overlay + 'static> Watcher<FileSharing<O>> for OverlayWatcher<'_> {
    fn window_closed(&mut self, end_ns: u64, events: u64, stage: &mut dyn Stage<FileSharing<O>>) -> Verdict {
        self.close_window(end_ns, events, stage, |books| &mut books.search)
    }
}

impl<R: Router> Watcher<BareLookups<R>> for OverlayWatcher<'_> {
    fn window_closed(&mut self, end_ns: u64, events: u64, stage: &mut dyn Stage<BareLookups<R>>) -> Verdict {
        self.close_window(end_ns, events, stage, |books| books)
    }
}
