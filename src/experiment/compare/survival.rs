//! What survives when peers vanish: at random, the best connected first, or the servers.

use toml::Value;

use super::axis::{self, Axis, AxisError};
use crate::experiment::Results;
use crate::experiment::run::{Error, Run};
use crate::records::Measured;
use crate::records::comparison::{Attack, Target};
use crate::scenario::Scenario;
use crate::scenario::schema::{
    Action, Combination, Depart, FailServers, Overlay, RemoveBestConnected, ServiceKind, Workload,
};
use crate::scenario::units::{Duration, Share};

/// Attacks at one instant, each in a run of its own: some of those online vanish for good, and nobody hears a goodbye. Without an
/// attack every scenario is played as well. Whoever vanishes at random is the same under every overlay, and a larger share holds
/// all of a smaller one.
#[derive(Clone, PartialEq, Debug)]
pub struct Survival {
    /// Shares of the peers online that vanish at random.
    pub random: Vec<Share>,
    /// Shares of the peers online that vanish, those with the most working links first. Left out where peers have no links among
    /// themselves because servers know everything.
    pub best_connected: Vec<Share>,
    /// Shares of the service nodes online that vanish, drawn at random; of a hybrid with servers that are asked who has what, of these
    /// alone. Left out where the overlay has none.
    pub servers: Vec<Share>,
    /// When; otherwise in the middle between the end of the warm-up and the end of the run.
    pub at: Option<Duration>,
}

impl Survival {
    /// Shares that are taken away where nothing else is said: half of all peers at random, some of the best connected, all servers.
    pub fn usual() -> Self {
        let shares = |shares: &[f64]| shares.iter().copied().map(Share::constant).collect();
        Self {
            random: shares(&[0.1, 0.2, 0.3, 0.4, 0.5]),
            best_connected: shares(&[0.01, 0.02, 0.05, 0.1]),
            servers: shares(&[1.0]),
            at: None,
        }
    }

    /// The lists, as messages call what stands in them.
    fn lists(&self) -> [(&'static str, Target, &[Share]); 3] {
        [
            ("the share of peers at random", Target::Random, &self.random),
            (
                "the share of the best connected",
                Target::BestConnected,
                &self.best_connected,
            ),
            ("the share of servers", Target::Servers, &self.servers),
        ]
    }

    /// When a scenario is attacked.
    fn at(&self, run: &Run) -> Result<Duration, Error> {
        let scenario = &run.scenario;
        let (from, to) = (scenario.warm_up, scenario.duration);
        let middle = Duration::new(from.ns() + (to.ns() - from.ns()) / 2);
        let at = self.at.unwrap_or(middle);
        if at >= to {
            let message =
                format!("`duration` is {to}: an attack at {at} leaves no time in which to see what survives");
            return Err(run.refuse_key("duration", message));
        }
        if at < from {
            let message = format!(
                "`warm_up` is {from}: queries before do not count, and the attack is at {at} already"
            );
            return Err(run.refuse_key("warm_up", message));
        }
        Ok(at)
    }
}

impl Axis for Survival {
    type Step = Attack;
    const NAME: &'static str = "survival";
    const FOLDER: &'static str = "survival";

    fn check(&self) -> Result<(), AxisError> {
        let lists = self.lists();
        if lists.iter().all(|(_, _, list)| list.is_empty()) {
            return Err(AxisError::Nothing {
                what: "shares that vanish",
            });
        }
        for (what, _, list) in lists {
            let list: Vec<f64> = list.iter().map(|share| share.get()).collect();
            if list.contains(&0.0) {
                return Err(AxisError::NoShare { what });
            }
            axis::check_distinct(what, &list)?;
        }
        Ok(())
    }

    fn steps(&self, run: &Run) -> Result<Vec<(Attack, Combination)>, Error> {
        axis::check_no_sweep(run, Self::NAME)?;
        let scenario = &run.scenario;
        if !matches!(
            scenario.workload,
            Some(Workload::File(_) | Workload::FlashCrowd(_) | Workload::Poisson(_))
        ) {
            let message =
                "`workload`: survival is seen by queries: choose [workload.poisson] or [workload.file]";
            return Err(run.refuse_key("workload", message.to_owned()));
        }
        let Some(overlay) = &scenario.overlay else {
            let message = "`overlay`: there is none that could survive anything";
            return Err(run.refuse_key("overlay", message.to_owned()));
        };
        let at = self.at(run)?;
        let attack = |target, share: f64| Attack {
            target,
            share,
            at_ns: at.ns(),
        };
        let mut steps = vec![(attack(Target::Nobody, 0.0), Combination::new())];
        for (_, target, list) in self.lists() {
            if is_there(target, overlay) {
                let step = |share: &Share| {
                    (
                        attack(target, share.get()),
                        with_action(scenario, action(target, at, *share, overlay)),
                    )
                };
                steps.extend(list.iter().map(step));
            }
        }
        Ok(steps)
    }

    fn measure(&self, attack: &Attack, _: &Scenario, results: &Results, _: u64) -> Measured {
        results.survived(attack.at_ns)
    }
}

/// Whether an overlay has any of those whom an attack is at.
fn is_there(target: Target, overlay: &Overlay) -> bool {
    match target {
        Target::Nobody | Target::Random => true,
        Target::BestConnected => !overlay
            .service_kinds()
            .into_iter()
            .any(ServiceKind::knows_content),
        Target::Servers => !overlay.service_kinds().is_empty(),
    }
}

/// Of a hybrid, the servers that are asked: the nodes by which peers join the other overlay are left to it.
fn asked_in_hybrid(overlay: &Overlay) -> Option<ServiceKind> {
    let mut kinds = overlay.service_kinds().into_iter();
    kinds.find(|kind| matches!(overlay, Overlay::Hybrid(_)) && kind.knows_content())
}

/// The scenario's list of actions with one more.
fn with_action(scenario: &Scenario, action: Action) -> Combination {
    let mut actions = scenario.actions.clone();
    actions.push(action);
    let value = Value::try_from(actions).expect("what was read can be written as TOML");
    vec![("action".to_owned(), value)]
}

fn action(target: Target, at: Duration, share: Share, overlay: &Overlay) -> Action {
    let nothing = Action {
        at,
        join: None,
        depart: None,
        remove_best_connected: None,
        fail_servers: None,
        partition: None,
        heal: None,
    };
    let (share, count, away) = (Some(share), None, None);
    match target {
        Target::Nobody => unreachable!("without an attack there is no action"),
        Target::Random => Action {
            depart: Some(Depart {
                share,
                count,
                group: None,
                crash: Share::constant(1.0),
                away,
            }),
            ..nothing
        },
        Target::BestConnected => Action {
            remove_best_connected: Some(RemoveBestConnected { share, count, away }),
            ..nothing
        },
        Target::Servers => Action {
            fail_servers: Some(FailServers {
                share,
                count,
                kind: asked_in_hybrid(overlay),
                away,
            }),
            ..nothing
        },
    }
}
