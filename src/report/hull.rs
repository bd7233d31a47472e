//! The lower convex hull of points, as far as it falls.

/// The points that nothing beats, from the one furthest to the left to the lowest: the part of the lower convex hull on which
/// more of `x` buys less of `y`. Of equal points one is given.
///
/// The line through them is convex and falls strictly; no point lies below it, nor any above its ends' range to the left of
/// its first or below its last.
///
/// # Panics
/// When a coordinate is not a number.
pub(super) fn falling_hull(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|one, other| one.partial_cmp(other).expect("coordinates are numbers"));
    let mut hull: Vec<(f64, f64)> = Vec::new();
    for point in sorted {
        // Behind the lowest point so far, only a lower one is better at all.
        if hull.last().is_some_and(|last| point.1 >= last.1) {
            continue;
        }
        // Andrew's monotone chain (1979): what lies on or above the line past it is no corner.
        while let [.., before, last] = hull[..]
            && !turns_left(before, last, point)
        {
            hull.pop();
        }
        hull.push(point);
    }
    hull
}

/// Whether the way from `a` over `b` to `c` bends to the left, so that `b` lies below the line from `a` to `c`.
fn turns_left(a: (f64, f64), b: (f64, f64), c: (f64, f64)) -> bool {
    (b.0 - a.0) * (c.1 - a.1) > (b.1 - a.1) * (c.0 - a.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_points_have_known_hulls() {
        for (points, hull) in [
            (vec![], vec![]),
            (vec![(2.0, 3.0)], vec![(2.0, 3.0)]),
            (vec![(2.0, 3.0), (2.0, 3.0)], vec![(2.0, 3.0)]),
            // One above the other; side by side; one that is worse in both.
            (vec![(2.0, 3.0), (2.0, 1.0)], vec![(2.0, 1.0)]),
            (vec![(2.0, 3.0), (4.0, 3.0)], vec![(2.0, 3.0)]),
            (vec![(2.0, 3.0), (4.0, 5.0)], vec![(2.0, 3.0)]),
            // A dent, a point on the line, and a rise behind the lowest.
            (
                vec![
                    (0.0, 8.0),
                    (1.0, 4.0),
                    (2.0, 4.5),
                    (3.0, 2.0),
                    (2.0, 3.0),
                    (5.0, 1.0),
                    (7.0, 6.0),
                ],
                vec![(0.0, 8.0), (1.0, 4.0), (3.0, 2.0), (5.0, 1.0)],
            ),
            // The second is no corner once the third is known.
            (
                vec![(0.0, 10.0), (1.0, 9.0), (2.0, 0.0)],
                vec![(0.0, 10.0), (2.0, 0.0)],
            ),
        ] {
            assert_eq!(falling_hull(&points), hull, "{points:?}");
        }
    }

    proptest! {
        /// Whole numbers, whose cross products are exact.
        #[test]
        fn hulls_are_what_they_promise(points in prop::collection::vec((0_u16..60, 0_u16..60), 1..80)) {
            let points: Vec<(f64, f64)> = points.iter().map(|&(x, y)| (f64::from(x), f64::from(y))).collect();
            let hull = falling_hull(&points);
            // Corners are points.
            prop_assert!(hull.iter().all(|corner| points.contains(corner)));
            // It falls, ever less steeply.
            for pair in hull.windows(2) {
                prop_assert!(pair[0].0 < pair[1].0 && pair[0].1 > pair[1].1);
            }
            for three in hull.windows(3) {
                prop_assert!(turns_left(three[0], three[1], three[2]));
            }
            // It begins with the lowest of those furthest to the left and ends with the first of the lowest.
            let (first, last) = (hull[0], hull[hull.len() - 1]);
            for point in &points {
                prop_assert!((point.0, point.1) >= first);
                prop_assert!((point.1, point.0) >= (last.1, last.0));
            }
            // No point lies below the line.
            for pair in hull.windows(2) {
                for &point in points.iter().filter(|point| (pair[0].0..=pair[1].0).contains(&point.0)) {
                    prop_assert!(!turns_left(pair[0], point, pair[1]), "{point:?} is below {pair:?}");
                }
            }
        }

        #[test]
        fn the_order_of_the_points_cannot_show(points in prop::collection::vec((0_u16..60, 0_u16..60), 1..40)) {
            let mut points: Vec<(f64, f64)> = points.iter().map(|&(x, y)| (f64::from(x), f64::from(y))).collect();
            let hull = falling_hull(&points);
            points.reverse();
            prop_assert_eq!(falling_hull(&points), hull);
        }
    }
}
