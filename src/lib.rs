//! A deterministic laboratory for peer-to-peer networks.
//!
//! `servent` simulates thousands to millions of peers, event by event: they come and go, exchange messages over modelled
//! links, search, and transfer files. The same setup and seed give the same results to the byte, on every machine, build
//! and number of threads. Scenarios in TOML and the command line cover the protocols that are built in; this page shows how
//! to use the library for one of your own. It takes three steps.
//!
//! # 1. Design: what a peer knows, and how it answers
//!
//! A peer is an actor. It owns its state, gets events one at a time (it comes online, a message arrives, a timer expires, the
//! workload orders something) and answers through its [`Context`](engine::Context): it sends, sets timers, starts bulk
//! transfers. It cannot read another peer's state: that somebody is gone, it learns as a real peer would.
//!
//! ```
//! use servent::engine::{Contact, Context, Message, PeerId, Protocol};
//!
//! /// A number that is handed round a ring of peers, one lower at each.
//! #[derive(Clone)]
//! struct Token(u64);
//!
//! impl Message for Token {
//!     const KINDS: &'static [&'static str] = &["token"];
//!     fn size_bytes(&self) -> u32 { 28 }
//!     fn fingerprint(&self) -> u64 { self.0 }
//! }
//!
//! #[derive(Clone, Default)]
//! struct Ring { seen: u64 }
//!
//! impl Protocol for Ring {
//!     type Message = Token;
//!     type Timer = ();
//!     type Command = u64;
//!     type World = u32; // the number of peers
//!     type Tally = ();
//!     fn tally(_: &u32) {}
//!     fn command(&mut self, laps: u64, cx: &mut Context<'_, Self>) {
//!         let next = PeerId((cx.me().peer.0 + 1) % cx.world());
//!         cx.datagram(next, Token(laps));
//!     }
//!     fn receive(&mut self, _: Contact, token: Token, cx: &mut Context<'_, Self>) {
//!         self.seen += 1;
//!         if token.0 > 1 {
//!             self.command(token.0 - 1, cx);
//!         }
//!     }
//! }
//! ```
//!
//! # 2. Assembly: peers, a network, a plan of who is online, a workload
//!
//! A [`Setup`](engine::Setup) holds everything a run consists of. [`Setup::plain`](engine::Setup::plain) begins with everybody
//! online and nothing to do; [`underlay::Underlay`] is a network with latencies, access links, jitter and loss;
//! [`population::Plan`] makes peers come and go; [`underlay::flows::MaxMin`] carries bulk transfers.
//!
//! # 3. Execution: run it, look at what it left
//!
//! ```
//! # use servent::engine::{Contact, Context, Message, PeerId, Protocol};
//! # #[derive(Clone)]
//! # struct Token(u64);
//! # impl Message for Token {
//! #     const KINDS: &'static [&'static str] = &["token"];
//! #     fn size_bytes(&self) -> u32 { 28 }
//! #     fn fingerprint(&self) -> u64 { self.0 }
//! # }
//! # #[derive(Clone, Default)]
//! # struct Ring { seen: u64 }
//! # impl Protocol for Ring {
//! #     type Message = Token;
//! #     type Timer = ();
//! #     type Command = u64;
//! #     type World = u32;
//! #     type Tally = ();
//! #     fn tally(_: &u32) {}
//! #     fn command(&mut self, laps: u64, cx: &mut Context<'_, Self>) {
//! #         let next = PeerId((cx.me().peer.0 + 1) % cx.world());
//! #         cx.datagram(next, Token(laps));
//! #     }
//! #     fn receive(&mut self, _: Contact, token: Token, cx: &mut Context<'_, Self>) {
//! #         self.seen += 1;
//! #         if token.0 > 1 {
//! #             self.command(token.0 - 1, cx);
//! #         }
//! #     }
//! # }
//! use servent::engine::{Nobody, Setup, run, time::{MILLISECOND_NS, SECOND_NS}};
//! use servent::underlay::{Underlay, latency::Latency, links::Links, noise::NoiseModel};
//!
//! let latency = Latency::constant(50 * MILLISECOND_NS).expect("50 ms is a latency");
//! let network = Underlay::new(latency, Links::none(), NoiseModel::SILENT);
//! let mut setup = Setup::plain(10, vec![Ring::default(); 10], network, 1, 60 * SECOND_NS);
//! setup.commands = vec![(SECOND_NS, PeerId(0), 100)];
//!
//! let outcome = run(setup, &mut Nobody, 2);
//! assert_eq!(outcome.peers.iter().map(|peer| peer.seen).sum::<u64>(), 100);
//! assert_eq!(outcome.accounts.sent[0].messages, 100);
//! ```
//!
//! Messages sent are those delivered, dropped (by reason) and in flight: the engine checks its books at the end of every run.
//! To watch a run or to interfere with it (samples, failures, partitions), implement [`Director`](engine::Director) and pass it
//! instead of [`Nobody`](engine::Nobody).
//!
//! # Floors
//!
//! Modules import downwards only: [`cli`], [`experiment`], [`report`], [`scenario`], [`records`], [`sharing`], [`overlay`],
//! [`population`], [`topology`], [`underlay`], [`engine`]. Nothing below [`records`] does any input or output.

#![forbid(unsafe_code)]

pub mod cli;
pub mod engine;
pub mod experiment;
pub mod overlay;
pub mod population;
pub mod records;
pub mod report;
pub mod scenario;
pub mod sharing;
pub mod topology;
pub mod underlay;
