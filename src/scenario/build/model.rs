//! What a scenario becomes: one of the programs that peers run, ready to run.

use super::{Frame, HybridSetup, UnderlaySetup};
use crate::overlay::Overlay;
use crate::overlay::central::Central;
use crate::overlay::chord::Chord;
use crate::overlay::client_server::ClientServer;
use crate::overlay::dht::{Dht, Router};
use crate::overlay::gnutella::Gnutella;
use crate::overlay::kademlia::Kademlia;
use crate::overlay::super_peer::SuperPeer;
use crate::overlay::tracker::Tracker;
use crate::sharing::{BareLookups, BareTransfers, FileSharing};

/// Whoever does something with a model, whatever its peers run.
pub trait Player {
    /// What comes of it.
    type Outcome;

    /// Peers share files over an overlay.
    fn sharing<O: Overlay + 'static>(
        self,
        setup: UnderlaySetup<FileSharing<O>>,
        frame: Frame,
    ) -> Self::Outcome;

    /// Peers look keys up, or write and read values, over a structured overlay.
    fn lookups<R: Router>(self, setup: UnderlaySetup<BareLookups<R>>, frame: Frame) -> Self::Outcome;

    /// Peers do nothing but transfer.
    fn transfers(self, setup: UnderlaySetup<BareTransfers>, frame: Frame) -> Self::Outcome;
}

/// Declares the models: name, which method of a [`Player`] plays it, and its setup.
macro_rules! models {
    ($($(#[$meta:meta])* $name:ident by $way:ident with $setup:ty,)*) => {
        /// A scenario, ready to run.
        pub enum Model {
            $($(#[$meta])* $name(Box<$setup>, Box<Frame>),)*
        }

        impl Model {
            /// What is known of it besides its setup.
            pub fn frame(&self) -> &Frame {
                match self {
                    $(Self::$name(_, frame) => frame,)*
                }
            }

            /// Hands it to whoever plays it.
            pub fn play<P: Player>(self, player: P) -> P::Outcome {
                match self {
                    $(Self::$name(setup, frame) => player.$way(*setup, *frame),)*
                }
            }
        }
    };
}

models! {
    /// File sharing over Gnutella.
    Gnutella by sharing with UnderlaySetup<FileSharing<Gnutella>>,
    /// File sharing over Chord.
    Chord by sharing with UnderlaySetup<FileSharing<Dht<Chord>>>,
    /// Lookups over Chord, or values.
    ChordLookups by lookups with UnderlaySetup<BareLookups<Chord>>,
    /// File sharing over Kademlia.
    Kademlia by sharing with UnderlaySetup<FileSharing<Dht<Kademlia>>>,
    /// Lookups over Kademlia, or values.
    KademliaLookups by lookups with UnderlaySetup<BareLookups<Kademlia>>,
    /// File sharing over index servers.
    Central by sharing with UnderlaySetup<FileSharing<Central>>,
    /// File sharing over trackers.
    Tracker by sharing with UnderlaySetup<FileSharing<Tracker>>,
    /// Files fetched from servers.
    ClientServer by sharing with UnderlaySetup<FileSharing<ClientServer>>,
    /// File sharing over super-peers.
    SuperPeer by sharing with UnderlaySetup<FileSharing<SuperPeer>>,
    /// File sharing over Gnutella and Chord side by side.
    GnutellaChord by sharing with HybridSetup<Gnutella, Chord>,
    /// File sharing over Gnutella and Kademlia side by side.
    GnutellaKademlia by sharing with HybridSetup<Gnutella, Kademlia>,
    /// File sharing over index servers and Chord side by side.
    CentralChord by sharing with HybridSetup<Central, Chord>,
    /// File sharing over index servers and Kademlia side by side.
    CentralKademlia by sharing with HybridSetup<Central, Kademlia>,
    /// File sharing over trackers and Chord side by side.
    TrackerChord by sharing with HybridSetup<Tracker, Chord>,
    /// File sharing over trackers and Kademlia side by side.
    TrackerKademlia by sharing with HybridSetup<Tracker, Kademlia>,
    /// Bare transfers.
    Transfers by transfers with UnderlaySetup<BareTransfers>,
}

impl Model {
    /// What a user must check before trusting the numbers.
    pub fn notes(&self) -> &[String] {
        &self.frame().notes
    }

    /// Has its packets kept as they are sent, if they are such as are written down.
    pub fn capture(&mut self) {
        match self {
            Self::Kademlia(setup, _) => setup.world.overlay.router.is_captured = true,
            Self::KademliaLookups(setup, _) => setup.world.overlay.router.is_captured = true,
            Self::GnutellaKademlia(setup, _) => setup.world.overlay.structured.router.is_captured = true,
            Self::CentralKademlia(setup, _) => setup.world.overlay.structured.router.is_captured = true,
            Self::TrackerKademlia(setup, _) => setup.world.overlay.structured.router.is_captured = true,
            _ => {}
        }
    }
}
