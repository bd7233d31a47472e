//! Who the peers are and when they are online.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::graph::Source;
use super::{Desk, Roll};
use crate::engine::PeerId;
use crate::engine::time::SECOND_NS;
use crate::population::{
    Arrivals, Assignment, Churn, Crowd, Group, GroupError, Law, LawError, Link, PeerRow, Plan, Playback,
    Population, Regime, Roster, Size, Start, Trace, groups,
};
use crate::scenario::estimate::Prices;
use crate::scenario::schema::{self, ChurnStart, LengthLaw, ServiceKind, TraceAssignment};
use crate::scenario::units::Duration;

/// Most peers that may arrive in an open population.
const ARRIVALS_MAX: u32 = 1 << 30;

/// The peers of a scenario.
pub(in crate::scenario) struct Cast {
    /// Groups, links, flags.
    pub(in crate::scenario) population: Arc<Population>,
    /// Sessions.
    pub(in crate::scenario) plan: Plan,
    /// The declared groups, in the population's order.
    pub(in crate::scenario) groups: Vec<schema::Group>,
    /// Labels and group names for tables.
    pub(in crate::scenario) roll: Roll,
}

impl Cast {
    /// Number of peers, service nodes not counted.
    pub(in crate::scenario) fn peers(&self) -> u32 {
        self.population.peers()
    }
}

/// Everybody, with `services` service nodes after the last peer. `named` is how many peers the workload speaks of.
pub(in crate::scenario) fn cast(
    desk: &mut Desk<'_>,
    source: &Source,
    services: &[ServiceKind],
    named: Option<u64>,
) -> Option<Cast> {
    let scenario = desk.scenario;
    let rows = match &scenario.peers.file {
        Some(file) => Some(peer_rows(desk, &file.path, source)?),
        None => None,
    };
    let declared = declared_groups(scenario);
    let residents = residents(desk, source, rows.as_deref(), named)?;
    let arrivals = arrivals(desk)?;
    let population = population(desk, &declared, residents, rows, &arrivals, source)?;
    let population = Arc::new(population);
    let plan = plan(
        desk,
        &declared,
        &population,
        arrivals,
        u32::try_from(services.len()).expect("few services"),
    )?;
    let roll = roll(source, &population, services);
    Some(Cast {
        population,
        plan,
        groups: declared,
        roll,
    })
}

/// The groups of the resolved scenario; one of everybody where only a file of peers tells of them.
fn declared_groups(scenario: &schema::Scenario) -> Vec<schema::Group> {
    let declared = &scenario.peers.groups;
    if declared.is_empty() {
        vec![schema::Group::named("all")]
    } else {
        declared.clone()
    }
}

fn residents(
    desk: &mut Desk<'_>,
    source: &Source,
    rows: Option<&[PeerRow]>,
    named: Option<u64>,
) -> Option<u32> {
    let peers = &desk.scenario.peers;
    let counted: u64 = peers.groups.iter().filter_map(|group| group.count).sum();
    let own = rows
        .map(|rows| rows.len() as u64)
        .or(source.nodes())
        .or((counted > 0).then_some(counted))
        .or(named);
    if peers.count.is_none()
        && own.is_none()
        && let Some(schema::Arrivals::Poisson(poisson)) = &peers.arrivals
        && peers.churn.as_ref().is_none_or(|churn| churn.absence.is_none())
    {
        return present(desk, poisson);
    }
    let Some(count) = peers.count.or(own) else {
        desk.fail(
            "peers.count",
            "how many peers there are is not said anywhere: add `count` to `[peers]`",
        );
        return None;
    };
    if let Some(nodes) = source.nodes()
        && count < nodes
    {
        desk.fail(
            "peers.count",
            format!("{count} peers are fewer than the topology's {nodes} nodes"),
        );
        return None;
    }
    // Files may speak of more peers than the scenario told when its memory was estimated.
    let memory = desk.memory_max();
    if count.saturating_mul(Prices::of_build().idle_peer as u64) > memory.bytes() {
        let key = if peers.count.is_some() {
            "peers.count"
        } else if rows.is_some() {
            "peers.file.path"
        } else if desk.scenario.topology.is_some() {
            "topology"
        } else {
            "workload.transfers.path"
        };
        desk.exceed(
            key,
            format!("{count} peers would need more than the memory that the run may use ({memory})"),
        );
        return None;
    }
    let count = u32::try_from(count).map_err(|_| "there can be at most 2147483648 peers");
    desk.take("peers.count", count)
}

/// Those whom an open population begins with.
fn present(desk: &mut Desk<'_>, poisson: &schema::PoissonArrivals) -> Option<u32> {
    const KEY: &str = "peers.arrivals.poisson";
    let Some(session) = &poisson.session else {
        return Some(0);
    };
    if poisson.start == ChurnStart::Fresh {
        return Some(0);
    }
    let session = desk.take(&format!("{KEY}.session"), law(session))?;
    let rate_per_s = SECOND_NS as f64 / poisson.rate.mean_ns();
    let present = Arrivals::present(desk.seed, rate_per_s, &session, ARRIVALS_MAX);
    desk.take(KEY, present)
}

fn peer_rows(desk: &mut Desk<'_>, path: &str, source: &Source) -> Option<Vec<PeerRow>> {
    const KEY: &str = "peers.file.path";
    let text = desk.read_text(KEY, path)?;
    let mut rows = Vec::new();
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let problems = desk.problems.len();
    let header: Vec<String> = reader
        .headers()
        .map(|header| header.iter().map(str::to_owned).collect())
        .unwrap_or_default();
    let columns = ["peer", "down_bps", "up_bps", "group"];
    if header != columns && header != columns[..3] {
        let found = header.join(",");
        desk.fail(
            KEY,
            format!(
                "{path}: line 1: the columns are peer,down_bps,up_bps[,group], in this order, not {found}"
            ),
        );
        return None;
    }
    let mut seen = BTreeSet::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                desk.fail(KEY, format!("{path}: {error}"));
                return None;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let mut number = |field: usize| {
            let text = record.get(field).unwrap_or_default();
            let parsed = text.parse::<u64>();
            let wrong = |_| {
                format!(
                    "{path}: line {line}: {} must be a whole number, not `{text}`",
                    header[field]
                )
            };
            desk.take(KEY, parsed.map_err(wrong))
        };
        let (Some(label), Some(down_bps), Some(up_bps)) = (number(0), number(1), number(2)) else {
            continue;
        };
        let Some(peer) = peer_of_label(source, label) else {
            desk.fail(
                KEY,
                format!("{path}: line {line}: there is no peer {label} in the topology"),
            );
            continue;
        };
        if !seen.insert(label) {
            desk.fail(
                KEY,
                format!("{path}: line {line}: peer {label} was on an earlier line already"),
            );
            continue;
        }
        if down_bps == 0 || up_bps == 0 {
            desk.fail(
                KEY,
                format!("{path}: line {line}: a rate of peer {label} is 0 bit/s: nothing would ever arrive"),
            );
            continue;
        }
        let group = record.get(3).filter(|name| !name.is_empty()).map(str::to_owned);
        rows.push(PeerRow {
            line,
            peer,
            link: Link { down_bps, up_bps },
            group,
        });
    }
    (desk.problems.len() == problems).then_some(rows)
}

/// The peer that a label names.
pub(super) fn peer_of_label(source: &Source, label: u64) -> Option<u32> {
    match source {
        Source::File { labels, .. } => labels
            .binary_search(&label)
            .ok()
            .and_then(|place| u32::try_from(place).ok()),
        _ => u32::try_from(label).ok(),
    }
}

/// The label of a peer.
fn label_of(source: &Source, peer: u32) -> u64 {
    match source {
        Source::File { labels, .. } => labels.get(peer as usize).copied(),
        _ => None,
    }
    .unwrap_or(u64::from(peer))
}

fn arrivals(desk: &mut Desk<'_>) -> Option<Arrivals> {
    let Some(schema::Arrivals::Poisson(poisson)) = &desk.scenario.peers.arrivals else {
        return Some(Arrivals::at(Vec::new()));
    };
    let residents = desk.scenario.peers.churn.as_ref();
    if residents.is_some_and(|churn| {
        poisson
            .session
            .as_ref()
            .is_some_and(|session| *session != churn.session)
    }) {
        desk.fail(
            "peers.arrivals.poisson.session",
            "differs from `[peers.churn] session`: peers that arrive stay by the law of the residents; give it once",
        );
        return None;
    }
    let rate_per_s = SECOND_NS as f64 / poisson.rate.mean_ns();
    let arrivals = Arrivals::poisson(desk.seed, rate_per_s, desk.scenario.duration.ns(), ARRIVALS_MAX);
    desk.take("peers.arrivals.poisson.rate", arrivals)
}

fn population(
    desk: &mut Desk<'_>,
    declared: &[schema::Group],
    residents: u32,
    rows: Option<Vec<PeerRow>>,
    arrivals: &Arrivals,
    source: &Source,
) -> Option<Population> {
    let groups: Vec<Group> = declared
        .iter()
        .map(|group| Group {
            name: group.name.clone(),
            size: match (group.count, group.share) {
                (Some(count), _) => Size::Count(u32::try_from(count).unwrap_or(u32::MAX)),
                (None, Some(share)) => Size::Share(share.get()),
                (None, None) => Size::Rest,
            },
            link: group.link.as_ref().map_or_else(Link::default, |link| Link {
                down_bps: link.down.bps(),
                up_bps: link.up.bps(),
            }),
            free_riders: group.free_riders.get(),
            firewalled: group.firewalled.get(),
            corrupting: group.corrupting.get(),
        })
        .collect();
    let arriving = arrivals.count();
    match rows {
        Some(rows) => {
            let population = Population::from_rows(desk.seed, groups, residents, &rows, arriving);
            let path = desk
                .scenario
                .peers
                .file
                .as_ref()
                .map_or("", |file| file.path.as_str());
            let population = population.map_err(|error| match error {
                GroupError::Missing { peer } => {
                    format!("{path}: there is no row for peer {}", label_of(source, peer))
                }
                error => format!("{path}: {error}"),
            });
            desk.take("peers.file.path", population)
        }
        None => desk.take(
            "peers.group",
            Population::deal(desk.seed, groups, residents, arriving),
        ),
    }
}

fn plan(
    desk: &mut Desk<'_>,
    declared: &[schema::Group],
    population: &Arc<Population>,
    arrivals: Arrivals,
    services: u32,
) -> Option<Plan> {
    let peers = &desk.scenario.peers;
    let mut regimes = Vec::with_capacity(declared.len());
    for (place, group) in declared.iter().enumerate() {
        let regime = if group.always_online {
            Some(Regime::Always)
        } else if let Some(churn) = &group.churn {
            churn_regime(desk, &format!("peers.group.{place}.churn"), churn)
        } else if let Some(sessions) = &peers.sessions {
            Some(Regime::Trace {
                crash: sessions.crash.get(),
            })
        } else if let Some(churn) = &peers.churn {
            churn_regime(desk, "peers.churn", churn)
        } else if let Some(schema::Arrivals::Poisson(poisson)) = &peers.arrivals {
            poisson_regime(desk, poisson)
        } else {
            Some(Regime::Always)
        };
        regimes.push(regime?);
    }
    let playback = match &peers.sessions {
        Some(sessions) => Some(playback(desk, sessions)?),
        None => None,
    };
    let roster = Roster {
        duration_ns: desk.scenario.duration.ns(),
        population: Arc::clone(population),
        regimes,
        arrivals,
        crowds: crowds(desk, declared, population),
        playback,
        services,
    };
    let key = if peers.sessions.is_some() {
        "peers.sessions"
    } else {
        "peers"
    };
    desk.take(key, Plan::new(desk.seed, roster))
}

fn poisson_regime(desk: &mut Desk<'_>, poisson: &schema::PoissonArrivals) -> Option<Regime> {
    const KEY: &str = "peers.arrivals.poisson.session";
    let Some(session) = &poisson.session else {
        return Some(Regime::Always);
    };
    let session = desk.take(KEY, law(session))?;
    // Residents of an open population have what is left of their session, and nobody comes back.
    let start = match poisson.start {
        ChurnStart::Equilibrium => Start::Equilibrium,
        ChurnStart::Fresh => Start::Fresh,
    };
    desk.take(KEY, Churn::new(session, None, poisson.crash.get(), start))
        .map(Regime::Churn)
}

fn churn_regime(desk: &mut Desk<'_>, key: &str, churn: &schema::Churn) -> Option<Regime> {
    let session = desk.take(&format!("{key}.session"), law(&churn.session));
    let absence = match &churn.absence {
        Some(absence) => Some(desk.take(&format!("{key}.absence"), law(absence))?),
        None => None,
    };
    let start = match churn.start {
        ChurnStart::Equilibrium => Start::Equilibrium,
        ChurnStart::Fresh => Start::Fresh,
    };
    desk.take(key, Churn::new(session?, absence, churn.crash.get(), start))
        .map(Regime::Churn)
}

fn law(law: &LengthLaw) -> Result<Law, LawError> {
    match law {
        LengthLaw::Exponential(law) => Law::exponential(law.mean.ns()),
        LengthLaw::Weibull(law) => Law::weibull(law.shape.get(), law.mean.ns()),
        LengthLaw::LogNormal(law) => match (law.mean, law.median) {
            (Some(mean), _) => Law::log_normal_mean(mean.ns(), law.sigma.get()),
            (None, median) => Law::log_normal_median(median.map_or(0, Duration::ns), law.sigma.get()),
        },
        LengthLaw::Pareto(law) => match (law.mean, law.minimum) {
            (Some(mean), _) => Law::pareto_mean(law.shape.get(), mean.ns()),
            (None, minimum) => Law::pareto_minimum(law.shape.get(), minimum.map_or(0, Duration::ns)),
        },
        LengthLaw::Uniform(law) => Law::uniform(law.min.ns(), law.max.ns()),
        LengthLaw::Fixed(law) => Law::fixed(law.length.ns()),
    }
}

fn playback(desk: &mut Desk<'_>, sessions: &schema::SessionTrace) -> Option<Playback> {
    const KEY: &str = "peers.sessions.path";
    let text = desk.read_text(KEY, &sessions.path)?;
    let trace = Trace::parse(&text).map_err(|error| format!("{}: {error}", sessions.path));
    let trace = desk.take(KEY, trace)?;
    Some(Playback {
        trace,
        offset_ns: sessions.offset.ns(),
        assignment: match sessions.assign {
            TraceAssignment::InOrder => Assignment::InOrder,
            TraceAssignment::Random => Assignment::Random,
        },
        repeat: sessions.repeat,
    })
}

/// Dormant groups: those that an action joins come then, the others never.
fn crowds(desk: &Desk<'_>, declared: &[schema::Group], population: &Population) -> Vec<Crowd> {
    let mut crowds = Vec::new();
    for (number, group) in (0_u16..).zip(declared) {
        if !group.dormant {
            continue;
        }
        let joining = desk.scenario.actions.iter().find_map(|action| {
            let join = action.join.as_ref().filter(|join| join.group == group.name)?;
            Some((action.at.ns(), join.over.ns()))
        });
        let (at_ns, ramp_ns) = joining.unwrap_or((crate::engine::time::NEVER_NS, 0));
        crowds.push(Crowd {
            members: population.members_of(number).collect(),
            at_ns,
            ramp_ns,
        });
    }
    crowds
}

fn roll(source: &Source, population: &groups::Population, services: &[ServiceKind]) -> Roll {
    let peers = population.peers();
    let mut labels: Vec<u64> = match source {
        Source::File { labels, .. } => labels.clone(),
        _ => Vec::new(),
    };
    let mut next = labels.last().map_or(0, |last| last + 1);
    while labels.len() < peers as usize + services.len() {
        labels.push(next);
        next += 1;
    }
    let mut group_names: Vec<Arc<str>> = population
        .groups()
        .iter()
        .map(|group| group.name.as_str().into())
        .collect();
    let mut groups: Vec<u16> = (0..peers).map(|peer| population.group_of(PeerId(peer))).collect();
    for (place, service) in services.iter().enumerate() {
        // Service nodes of one kind are one group.
        if place == 0 || services[place - 1] != *service {
            group_names.push(service.name().into());
        }
        groups.push(u16::try_from(group_names.len() - 1).expect("there are few groups"));
    }
    Roll {
        labels,
        peers: peers as usize,
        groups,
        group_names,
    }
}
