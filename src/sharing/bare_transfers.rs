//! Transfers without any search: a program that moves what the workload orders, to test what carries the bytes.

use super::transfer_rows::PlannedTransfer;
use crate::engine::network::{FlowEnd, FlowNotice};
use crate::engine::{Contact, Context, Message, PeerId, Protocol, Tally};
use std::collections::BTreeMap;

/// The transfers of a run.
#[derive(Clone, Debug)]
pub struct TransfersWorld {
    transfers: Vec<PlannedTransfer>,
    /// (predecessor, follower), ascending.
    followers: Vec<(u32, u32)>,
}

impl TransfersWorld {
    /// Takes the plan.
    ///
    /// # Panics
    /// When a transfer has no bytes, one peer at both ends, or comes after one that is not there or that its source
    /// has no part in: [`super::parse_transfers`] refuses all of these.
    pub fn new(transfers: Vec<PlannedTransfer>) -> Self {
        let mut followers = Vec::new();
        for (number, transfer) in (0_u32..).zip(&transfers) {
            assert!(transfer.size_bytes > 0, "a transfer has bytes");
            assert!(transfer.source != transfer.sink, "a transfer has two ends");
            if let Some(after) = transfer.after {
                let other = &transfers[after as usize];
                let known = [other.source, other.sink].contains(&transfer.source);
                assert!(known, "a source sees the end of the transfer it waits for");
                followers.push((after, number));
            }
        }
        followers.sort_unstable();
        Self { transfers, followers }
    }

    /// All transfers, by number.
    pub fn transfers(&self) -> &[PlannedTransfer] {
        &self.transfers
    }

    /// What the workload orders: (time in nanoseconds, source, number) of every transfer that comes after no other, in
    /// the order of numbers.
    pub fn commands(&self) -> impl Iterator<Item = (u64, PeerId, u32)> {
        (0_u32..)
            .zip(&self.transfers)
            .filter(|(_, transfer)| transfer.after.is_none())
            .map(|(number, transfer)| (transfer.at_ns, transfer.source, number))
    }

    fn followers(&self, number: u32) -> impl Iterator<Item = u32> {
        let first = self.followers.partition_point(|&(after, _)| after < number);
        self.followers[first..]
            .iter()
            .take_while(move |(after, _)| *after == number)
            .map(|&(_, follower)| follower)
    }
}

/// What became of a transfer.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct TransferLine {
    /// When it started, nanoseconds.
    pub started_ns: Option<u64>,
    /// When its last byte was at the sink (drain plus one-way latency), nanoseconds.
    pub finished_ns: Option<u64>,
    /// Whether its source was offline at its time.
    pub source_offline: bool,
    /// Whether it ended without having carried everything.
    pub broken: bool,
}

impl TransferLine {
    /// The word for what became of it.
    pub fn outcome(&self) -> &'static str {
        match *self {
            Self {
                finished_ns: Some(_), ..
            } => "completed",
            Self { broken: true, .. } => "broken",
            Self {
                started_ns: Some(_), ..
            } => "unfinished",
            Self {
                source_offline: true, ..
            } => "source_offline",
            _ => "not_started",
        }
    }
}

/// The observers' books of bare transfers.
#[derive(Default, Debug)]
pub struct TransferBooks {
    lines: BTreeMap<u32, TransferLine>,
}

impl TransferBooks {
    /// What became of a transfer.
    pub fn line(&self, number: u32) -> TransferLine {
        self.lines.get(&number).copied().unwrap_or_default()
    }

    fn write(&mut self, number: u32) -> &mut TransferLine {
        self.lines.entry(number).or_default()
    }
}

impl Tally for TransferBooks {
    fn merge(&mut self, other: Self) {
        for (number, theirs) in other.lines {
            let mine = self.write(number);
            mine.started_ns = mine.started_ns.or(theirs.started_ns);
            mine.finished_ns = mine.finished_ns.or(theirs.finished_ns);
            mine.source_offline |= theirs.source_offline;
            mine.broken |= theirs.broken;
        }
    }
}

/// The program of a peer that only moves bytes.
#[derive(Clone, Copy, Default, Debug)]
pub struct BareTransfers;

/// It sends no message.
#[derive(Clone, Copy, Debug)]
pub enum NoMessage {}

impl Message for NoMessage {
    const KINDS: &'static [&'static str] = &[];

    fn kind(&self) -> usize {
        match *self {}
    }

    fn size_bytes(&self) -> u32 {
        match *self {}
    }

    fn fingerprint(&self) -> u64 {
        match *self {}
    }
}

/// A bare transfer is never given up for want of progress: partitions heal. (A century, in nanoseconds.)
const PATIENCE_NS: u64 = 100 * 365 * 24 * 3_600 * 1_000_000_000;

impl BareTransfers {
    /// Starts a transfer, now or when its own time comes.
    fn start(number: u32, cx: &mut Context<'_, Self>) {
        let transfer = &cx.world().transfers[number as usize];
        if transfer.at_ns > cx.now_ns() {
            cx.set_timer(transfer.at_ns - cx.now_ns(), number);
            return;
        }
        let sink = Contact::any(transfer.sink);
        cx.start_flow(sink, transfer.size_bytes, u64::from(number), PATIENCE_NS);
        let now_ns = cx.now_ns();
        cx.tally().write(number).started_ns = Some(now_ns);
    }
}

impl Protocol for BareTransfers {
    type Message = NoMessage;
    type Timer = u32;
    type Command = u32;
    type World = TransfersWorld;
    type Tally = TransferBooks;

    fn tally(_: &TransfersWorld) -> TransferBooks {
        TransferBooks::default()
    }

    fn join(&mut self, _: &mut Context<'_, Self>) {}

    fn receive(&mut self, _: Contact, message: NoMessage, _: &mut Context<'_, Self>) {
        match message {}
    }

    fn expire(&mut self, number: u32, cx: &mut Context<'_, Self>) {
        Self::start(number, cx);
    }

    fn command(&mut self, number: u32, cx: &mut Context<'_, Self>) {
        Self::start(number, cx);
    }

    fn missed(number: u32, _: u64, _: &TransfersWorld, tally: &mut TransferBooks) {
        tally.write(number).source_offline = true;
    }

    fn flow_ended(&mut self, notice: &FlowNotice, cx: &mut Context<'_, Self>) {
        let number = u32::try_from(notice.spec.tag).expect("a transfer's tag is its number");
        let (now_ns, me) = (cx.now_ns(), cx.me().peer);
        if notice.end != FlowEnd::Completed {
            cx.tally().write(number).broken = true;
            return;
        }
        let world = cx.world();
        if me == world.transfers[number as usize].sink {
            cx.tally().write(number).finished_ns = Some(now_ns);
        }
        for follower in world.followers(number) {
            if world.transfers[follower as usize].source == me {
                Self::start(follower, cx);
            }
        }
    }
}

#[cfg(test)]
mod tests;
