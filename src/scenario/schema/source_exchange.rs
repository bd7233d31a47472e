//! `[sharing.source_exchange]`.

use crate::scenario::units::Duration;
use crate::sharing::{ExchangeSettings, ExchangeWay};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[sharing.source_exchange]`: peers between which a file is transferred tell each other who else has it. A peer names the sources
/// of its own download that gave it a slot or a place in their queue, and those to whom it delivered a chunk. It belongs to the
/// architecture: scenarios that are compared may differ in it.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SourceExchange {
    /// In which way, and whose defaults the other keys have. Default: "edonkey".
    pub preset: SourceExchangePreset,
    /// Shortest time between two messages about a file to one peer: questions, or changes. Default: "40 min" (eMule and aMule:
    /// `SOURCECLIENTREASKS`); "pex": "1 min" (BEP 11).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-positive" = true))]
    pub every: Option<Duration>,
    /// Shortest time between two questions about a file, whomever they are put to; "edonkey" only. Default: "5 min" (eMule and aMule:
    /// `SOURCECLIENTREASKF`). That they ask four times less often for what more than 50 have is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<Duration>,
    /// A download that knows fewer sources does not wait for `pause`; "edonkey" only. Default: 11 (eMule and aMule: no more than
    /// `RARE_FILE / 5`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 1_000_000))]
    pub few_sources: Option<u32>,
    /// Most sources that a message names. Default: 500 (aMule: `CreateSrcInfoPacket`); "pex": 50 (BEP 11).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub sources_max: Option<u32>,
    /// Most peers in a message that are known no longer; "pex" only. They are charged, and whoever gets the message does nothing about
    /// them. Default: 50 (BEP 11).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub dropped_max: Option<u32>,
    /// How long a peer is still named to whom a chunk was delivered and who wants no more. Default: "1 h" (aMule:
    /// `MAX_PURGEQUEUETIME`, after which a client is forgotten that did not ask again); "pex": "0 s" (BEP 11: only those that one is
    /// connected to).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remember: Option<Duration>,
    /// Whether firewalled peers are named. Nobody can have them call back: whoever gets the message leaves them out. Default: false
    /// (aMule: `CreateSrcInfoPacket` leaves out who has a low ID); "pex": true (BEP 11: with a flag; holes are not punched).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_firewalled: Option<bool>,
    /// Size of a question, in bytes; "edonkey" only. Default: 22 (protocol 1, length 4, type 1, hash 16: `OP_REQUESTSOURCES`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub request_bytes: Option<u32>,
    /// Size of a message that names nobody, in bytes. Default: 24 (`OP_ANSWERSOURCES`: protocol 1, length 4, type 1, hash 16, number
    /// 2); "pex": 44 (BEP 10: length 4, two types of 1; a bencoded dictionary of `added`, `added.f` and `dropped`, lengths written
    /// with as many digits as full lists have).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub message_bytes: Option<u32>,
    /// Size of a named source, in bytes. Default: 28 (client 4, port 2, its server 4, port 2, user hash 16); "pex": 7 (address 4,
    /// port 2, flags 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub source_bytes: Option<u32>,
    /// Size of a peer that is known no longer, in bytes; "pex" only. Default: 6 (address 4, port 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 65_535))]
    pub dropped_bytes: Option<u32>,
}

/// In which way sources are exchanged.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceExchangePreset {
    /// A download asks the sources that it is connected to, and these answer.
    #[default]
    Edonkey,
    /// Both ends of a connection tell of changes (BEP 11, "Peer Exchange").
    Pex,
}

const MINUTE_NS: u64 = 60_000_000_000;

impl SourceExchange {
    /// Keys that were set and have a part in the other preset only.
    pub fn without_part(&self) -> Vec<&'static str> {
        let of_questions = [
            ("pause", self.pause.is_some()),
            ("few_sources", self.few_sources.is_some()),
            ("request_bytes", self.request_bytes.is_some()),
        ];
        let of_changes = [
            ("dropped_max", self.dropped_max.is_some()),
            ("dropped_bytes", self.dropped_bytes.is_some()),
        ];
        let keys: &[(&'static str, bool)] = match self.preset {
            SourceExchangePreset::Edonkey => &of_changes,
            SourceExchangePreset::Pex => &of_questions,
        };
        keys.iter()
            .filter(|(_, is_set)| *is_set)
            .map(|(key, _)| *key)
            .collect()
    }

    /// What it comes to.
    ///
    /// # Panics
    /// When a count is beyond its bounds, which no scenario that was read has.
    pub fn settings(&self) -> ExchangeSettings {
        let small = |number: u32| u16::try_from(number).expect("the scenario bounds counts");
        let time_ns = |own: Option<Duration>, by_default_ns: u64| own.map_or(by_default_ns, Duration::ns);
        let (way, every_ns, sources_max, remember_ns, names_firewalled, message_bytes, source_bytes) =
            match self.preset {
                SourceExchangePreset::Edonkey => {
                    let way = ExchangeWay::Questions {
                        pause_ns: time_ns(self.pause, 5 * MINUTE_NS),
                        few_sources: self.few_sources.unwrap_or(11),
                        request_bytes: self.request_bytes.unwrap_or(22),
                    };
                    (way, 40 * MINUTE_NS, 500, 60 * MINUTE_NS, false, 24, 28)
                }
                SourceExchangePreset::Pex => {
                    let way = ExchangeWay::Changes {
                        dropped_max: small(self.dropped_max.unwrap_or(50)),
                        dropped_bytes: self.dropped_bytes.unwrap_or(6),
                    };
                    (way, MINUTE_NS, 50, 0, true, 44, 7)
                }
            };
        ExchangeSettings {
            way,
            every_ns: time_ns(self.every, every_ns),
            sources_max: small(self.sources_max.unwrap_or(sources_max)),
            remember_ns: time_ns(self.remember, remember_ns),
            names_firewalled: self.name_firewalled.unwrap_or(names_firewalled),
            message_bytes: self.message_bytes.unwrap_or(message_bytes),
            source_bytes: self.source_bytes.unwrap_or(source_bytes),
        }
    }

    /// Sets what is not set and depends on the preset.
    pub(crate) fn resolve(&mut self) {
        let settings = self.settings();
        let (pause, few_sources, request_bytes) = match settings.way {
            ExchangeWay::Questions {
                pause_ns,
                few_sources,
                request_bytes,
            } => (
                Some(Duration::new(pause_ns)),
                Some(few_sources),
                Some(request_bytes),
            ),
            ExchangeWay::Changes { .. } => (None, None, None),
        };
        let (dropped_max, dropped_bytes) = match settings.way {
            ExchangeWay::Questions { .. } => (None, None),
            ExchangeWay::Changes {
                dropped_max,
                dropped_bytes,
            } => (Some(u32::from(dropped_max)), Some(dropped_bytes)),
        };
        *self = Self {
            preset: self.preset,
            every: Some(Duration::new(settings.every_ns)),
            pause,
            few_sources,
            sources_max: Some(u32::from(settings.sources_max)),
            dropped_max,
            remember: Some(Duration::new(settings.remember_ns)),
            name_firewalled: Some(settings.names_firewalled),
            request_bytes,
            message_bytes: Some(settings.message_bytes),
            source_bytes: Some(settings.source_bytes),
            dropped_bytes,
        };
    }
}
