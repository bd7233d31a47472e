//! The region solver where the rounding decides: capacities of a few units of 2^-32 bit/s.

use super::super::allocation::Allocation;
use super::random::naive_solution;
use super::*;
use crate::engine::random::{Purpose, Seed};

#[test]
fn regions_round_as_solving_everything_does() {
    let mut solutions = 0;
    for seed in 0..60 {
        let mut draw = Seed { seed, replication: 2 }.stream(Purpose::Protocol, 0);
        let peers = 2 + below(&mut draw, 10);
        let network = network(&vec![(1, 1); peers as usize]);
        let capacities: Vec<u128> = (0..2 * peers).map(|_| u128::from(below(&mut draw, 30))).collect();
        let mut allocation = Allocation::default();
        let mut slots: Vec<u32> = Vec::new();
        for number in 0..120 {
            for _ in 0..=below(&mut draw, 2) {
                if slots.is_empty() || draw.chance(0.6) {
                    let source = below(&mut draw, peers);
                    let sink = (source + 1 + below(&mut draw, peers - 1)) % peers;
                    let FlowChange::Start { spec } = start(source, number, sink, 1) else {
                        unreachable!()
                    };
                    let slot = allocation.insert(spec, spec.source, spec.sink, 1, &network);
                    // A declared bit per second is 2^32 units: put the crumbs in its place.
                    let links = allocation.flows[slot as usize].links;
                    allocation.links[links[0] as usize].capacity = capacities[2 * source as usize];
                    allocation.links[links[1] as usize].capacity = capacities[2 * sink as usize + 1];
                    allocation.activate(slot);
                    slots.push(slot);
                } else {
                    let place = draw.position(slots.len());
                    allocation.remove(slots.swap_remove(place));
                }
            }
            let mut changed = Vec::new();
            let before: Vec<u128> = slots
                .iter()
                .map(|slot| allocation.flows[*slot as usize].rate)
                .collect();
            allocation.solve(&mut changed);
            allocation.release();
            let flows = slots.iter().map(|slot| &allocation.flows[*slot as usize]);
            let ends: Vec<_> = flows
                .clone()
                .map(|flow| (flow.links[0] as usize, flow.links[1] as usize))
                .collect();
            let link_capacities: Vec<u128> = allocation.links.iter().map(|link| link.capacity).collect();
            let (rates, levels) = naive_solution(&ends, &link_capacities);
            assert_eq!(flows.map(|flow| flow.rate).collect::<Vec<_>>(), rates);
            for (link, level) in allocation
                .links
                .iter()
                .zip(levels)
                .filter(|(link, _)| link.active > 0)
            {
                assert_eq!(link.level, level);
            }
            let differing = slots
                .iter()
                .zip(before)
                .filter(|(slot, before)| allocation.flows[**slot as usize].rate != *before);
            assert_eq!(
                differing.count(),
                changed.len(),
                "exactly what differs is said to differ"
            );
            solutions += 1;
        }
    }
    assert_eq!(solutions, 7_200);
}
