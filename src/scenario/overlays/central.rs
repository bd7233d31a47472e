//! `[overlay.central]`: index servers know who shares what.

mod build;
mod check;
mod memory;

use super::{Model, OverlayTable, servers, unstructured};
use crate::overlay::central::Wire;
use crate::scenario::build::Desk;
use crate::scenario::check::Checker;
use crate::scenario::estimate::demand::{Basis, Demand};
use crate::scenario::estimate::parts::List;
use crate::scenario::schema::{Link, ServiceKind};
use crate::scenario::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[overlay.central]`: peers log in to an index server, tell it what they share, and ask it who has what ("napster messages",
/// drscholl, 2001; Kulbak and Bickson, "The eMule Protocol Specification", 2005).
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Central {
    /// Whose defaults the other keys have. Default: "napster".
    pub preset: CentralPreset,
    /// Index servers: service nodes that are always online unless an action has them fail. A peer that comes online logs in to one
    /// that it draws from its own random stream; after a failure the next on the list has its turn. Default: 1 (one of Napster's,
    /// which did not know of each other's clients); "edonkey": 5 (a round number).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub servers: Option<u32>,
    /// Access link of each server. Default: none; infinite rates, no time for serialisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// How long a client waits until a server lets it in. Default: "25 s" (aMule: `CONSERVTIMEOUT`; for Napster our assumption).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub login_timeout: Option<Duration>,
    /// When a client that no server let in begins anew: the first time; then it doubles. Default: "30 s" (a round number).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub retry: Option<Duration>,
    /// Longest time between two such attempts. Default: "5 min" (a round number), or `retry` if that is longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub retry_max: Option<Duration>,
    /// How often a client says that it is still there; the server says so, too. Default: "2 min" (a round number).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub keep_alive: Option<Duration>,
    /// A client of which nothing was heard for so long is struck off the index. Default: three times `keep_alive` (our assumption).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub expiry: Option<Duration>,
    /// A server that owes an answer (to a query or to a sign of life) and was silent for so long is taken for gone; the client then
    /// turns to the next. Default: "30 s" (a round number).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub answer_timeout: Option<Duration>,
    /// Most holders that a server names in an answer; of more it draws so many. Default: 100 (Napster's client asks for so many:
    /// `MAX_RESULTS`); "edonkey": 255 (the count of sources is a byte).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub answers_max: Option<u32>,
    /// Whether a client asks the other servers one after the other, by datagrams, if its own named too few holders or stayed silent
    /// (eDonkey's global search). Default: false; "edonkey": true if there are others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask_others: Option<bool>,
    /// So many holders are enough: no further server is asked. Default: 100 (aMule: `MAX_RESULTS`), or `answers_max` if that is less.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub enough_answers: Option<u32>,
    /// How long after one of the other servers the next is asked. Default: "1 s" (aMule: `UDPSEARCHSPEED`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub ask_every: Option<Duration>,
    /// What messages are charged as.
    pub wire: CentralWire,
}

/// Whose defaults other keys have.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CentralPreset {
    /// Those of one of Napster's servers.
    #[default]
    Napster,
    /// Those of eDonkey's servers.
    Edonkey,
}

/// `wire`: sizes of messages. Every message has the header; the other keys say what follows it, texts and names apart. Defaults add
/// up the fields of the messages of "napster messages" (drscholl, 2001), with a nick of 10 bytes and numbers of their usual digits
/// (our assumptions), or of Kulbak and Bickson (2005, section 6).
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CentralWire {
    /// Header of any message, in bytes; a keep-alive is nothing else. Default: 4 (length, type); "edonkey": 6 (protocol, length, type).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub header_bytes: Option<u32>,
    /// Request to be let in, in bytes. Default: 37; "edonkey": 66.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub login_bytes: Option<u32>,
    /// The answer to it, in bytes. Default: 20 (an e-mail address); "edonkey": 8.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub accepted_bytes: Option<u32>,
    /// A file in the list of what a client shares, in bytes, without its name. Default: 61 (a message of its own: header, MD5 in
    /// hexadecimal, size, bit rate, frequency, time); "edonkey": 40 (hash, client, port, tags for name and size).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub file_bytes: Option<u32>,
    /// A file that is no longer shared, in bytes. Default: 6; "edonkey": 16 (a hash; eDonkey sends the whole list again instead: our
    /// assumption).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub withdrawn_bytes: Option<u32>,
    /// Query, in bytes, without its text. Default: 37; "edonkey": 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub query_bytes: Option<u32>,
    /// Answer without the holders, in bytes. Default: 0; "edonkey": 97 (the file found, and the exchange by which its sources are
    /// asked for).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub answer_bytes: Option<u32>,
    /// A holder in an answer, in bytes. Default: 85 (a message of its own); "edonkey": 6 (client, port).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub holder_bytes: Option<u32>,
    /// To the server: have this holder call back; in bytes. Default: 13; "edonkey": 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub call_back_bytes: Option<u32>,
    /// From the server to the holder: somebody wants to be called; in bytes. Default: 64; "edonkey": 6.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub calling_bytes: Option<u32>,
    /// The whole of what closes a connection, in bytes. Default: 40 (TCP and IP headers).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub close_bytes: Option<u32>,
    /// Whether files go by their names, which every mention of a file has on top; otherwise they go by hashes, and an answer has the
    /// name once. Default: true; "edonkey": false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_name: Option<bool>,
}

const SECOND_NS: u64 = 1_000_000_000;
const MINUTE_NS: u64 = 60 * SECOND_NS;

impl Central {
    fn is_edonkey(&self) -> bool {
        self.preset == CentralPreset::Edonkey
    }

    /// Index servers.
    pub fn servers(&self) -> u32 {
        self.servers.unwrap_or(if self.is_edonkey() { 5 } else { 1 })
    }

    /// How long a client waits until a server lets it in.
    pub fn login_timeout(&self) -> Duration {
        self.login_timeout.unwrap_or(Duration::new(25 * SECOND_NS))
    }

    /// When a client begins anew for the first time.
    pub fn retry(&self) -> Duration {
        self.retry.unwrap_or(Duration::new(30 * SECOND_NS))
    }

    /// Longest time between two attempts.
    pub fn retry_max(&self) -> Duration {
        self.retry_max
            .unwrap_or_else(|| self.retry().max(Duration::new(5 * MINUTE_NS)))
    }

    /// How often a client says that it is still there.
    pub fn keep_alive(&self) -> Duration {
        self.keep_alive.unwrap_or(Duration::new(2 * MINUTE_NS))
    }

    /// When a silent client is struck off.
    pub fn expiry(&self) -> Duration {
        self.expiry
            .unwrap_or_else(|| Duration::new(self.keep_alive().ns().saturating_mul(3)))
    }

    /// When a silent server is taken for gone.
    pub fn answer_timeout(&self) -> Duration {
        self.answer_timeout.unwrap_or(Duration::new(30 * SECOND_NS))
    }

    /// Most holders in an answer.
    pub fn answers_max(&self) -> u32 {
        self.answers_max
            .unwrap_or(if self.is_edonkey() { 255 } else { 100 })
    }

    /// Whether clients ask the other servers.
    pub fn ask_others(&self) -> bool {
        self.ask_others
            .unwrap_or_else(|| self.is_edonkey() && self.servers() > 1)
    }

    /// So many holders are enough.
    pub fn enough_answers(&self) -> u32 {
        self.enough_answers.unwrap_or_else(|| self.answers_max().min(100))
    }

    /// How long after one of the other servers the next is asked.
    pub fn ask_every(&self) -> Duration {
        self.ask_every.unwrap_or(Duration::new(SECOND_NS))
    }

    /// What messages are charged as.
    pub fn wire(&self) -> Wire {
        let (own, by_default) = match self.preset {
            CentralPreset::Napster => (&self.wire, Wire::NAPSTER),
            CentralPreset::Edonkey => (&self.wire, Wire::EDONKEY),
        };
        Wire {
            header: own.header_bytes.unwrap_or(by_default.header),
            login: own.login_bytes.unwrap_or(by_default.login),
            accepted: own.accepted_bytes.unwrap_or(by_default.accepted),
            file: own.file_bytes.unwrap_or(by_default.file),
            withdrawn: own.withdrawn_bytes.unwrap_or(by_default.withdrawn),
            query: own.query_bytes.unwrap_or(by_default.query),
            answer: own.answer_bytes.unwrap_or(by_default.answer),
            holder: own.holder_bytes.unwrap_or(by_default.holder),
            call_back: own.call_back_bytes.unwrap_or(by_default.call_back),
            calling: own.calling_bytes.unwrap_or(by_default.calling),
            close: own.close_bytes.unwrap_or(by_default.close),
            is_by_name: own.by_name.unwrap_or(by_default.is_by_name),
        }
    }
}

impl OverlayTable for Central {
    /// How other servers are asked is said only where they are.
    fn resolve(&mut self) {
        let (wire, asks) = (self.wire(), self.ask_others());
        *self = Self {
            preset: self.preset,
            link: self.link.take(),
            servers: Some(self.servers()),
            login_timeout: Some(self.login_timeout()),
            retry: Some(self.retry()),
            retry_max: Some(self.retry_max()),
            keep_alive: Some(self.keep_alive()),
            expiry: Some(self.expiry()),
            answer_timeout: Some(self.answer_timeout()),
            answers_max: Some(self.answers_max()),
            ask_others: Some(asks),
            enough_answers: asks.then(|| self.enough_answers()),
            ask_every: asks.then(|| self.ask_every()),
            wire: CentralWire {
                header_bytes: Some(wire.header),
                login_bytes: Some(wire.login),
                accepted_bytes: Some(wire.accepted),
                file_bytes: Some(wire.file),
                withdrawn_bytes: Some(wire.withdrawn),
                query_bytes: Some(wire.query),
                answer_bytes: Some(wire.answer),
                holder_bytes: Some(wire.holder),
                call_back_bytes: Some(wire.call_back),
                calling_bytes: Some(wire.calling),
                close_bytes: Some(wire.close),
                by_name: Some(wire.is_by_name),
            },
        };
    }

    fn check(&self, key: &'static str, checker: &mut Checker<'_>) {
        check::check(self, key, checker);
    }

    fn services(&self) -> Vec<ServiceKind> {
        vec![ServiceKind::IndexServer; self.servers() as usize]
    }

    fn build(&self, key: &'static str, desk: &mut Desk<'_>) -> Option<Model> {
        let (setup, frame) = unstructured::build(desk, self, key)?;
        Some(Model::Central(setup, frame))
    }

    fn count_nodes(&self, _: &'static str, demand: &mut Demand, _: &Basis<'_>) {
        servers::count(self.servers(), demand);
    }

    fn count_traffic(&self, demand: &mut Demand, basis: &Basis<'_>) {
        memory::count(self, demand, basis);
    }

    fn list(&self, key: &'static str, list: &mut List<'_>) {
        unstructured::list(self, key, list);
    }
}
