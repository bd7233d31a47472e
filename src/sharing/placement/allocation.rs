//! Dividing a number of copies among items: integers within bounds whose sum is exact.

use super::PlacementError;

/// Divides `copies` in proportion to `weights`, each share an integer of `1..=each_max`, the sum exact.
///
/// Items whose proportional share lies outside the bounds get the bound, the others divide what is left in proportion
/// (repeated until none is outside); fractions are settled by largest remainder, of equal ones the first item's.
pub(super) fn allocate(weights: &[f64], copies: u64, each_max: u32) -> Result<Vec<u32>, PlacementError> {
    let items = u32::try_from(weights.len()).expect("items are numbered by 32 bits");
    if copies < u64::from(items) {
        return Err(PlacementError::TooFew { copies, items });
    }
    if each_max == 0 {
        return Err(PlacementError::NobodyShares);
    }
    if copies > u64::from(items) * u64::from(each_max) {
        return Err(PlacementError::TooMany {
            copies,
            items,
            sharers: each_max,
        });
    }
    let mut shares = vec![0_u32; weights.len()];
    // Of items out of bounds only those on the side with the larger excess are fixed in one round: fixing both at
    // once could overshoot (as in water filling with two bounds).
    let mut open: Vec<u32> = (0..items).collect();
    let mut rest = copies;
    loop {
        let sum: f64 = open.iter().map(|&item| weights[item as usize]).sum();
        let ideal = |item: u32| {
            if sum > 0.0 {
                rest as f64 * weights[item as usize] / sum
            } else {
                rest as f64 / open.len() as f64
            }
        };
        let (mut below, mut above) = (0.0, 0.0);
        for &item in &open {
            below += (1.0 - ideal(item)).max(0.0);
            above += (ideal(item) - f64::from(each_max)).max(0.0);
        }
        if below == 0.0 && above == 0.0 {
            settle(&open, rest, each_max, ideal, &mut shares);
            return Ok(shares);
        }
        let out = |item: u32| {
            if above >= below {
                ideal(item) > f64::from(each_max)
            } else {
                ideal(item) < 1.0
            }
        };
        let bound = if above >= below { each_max } else { 1 };
        let (fixed, still): (Vec<u32>, Vec<u32>) = open.iter().partition(|&&item| out(item));
        for item in fixed {
            shares[item as usize] = bound;
            rest -= u64::from(bound);
        }
        open = still;
    }
}

/// Rounds shares that lie within the bounds so that their sum is `rest`: down first, then one more for the largest
/// remainders. Float error can leave a share at a bound, so whoever has reached it is passed over.
fn settle(open: &[u32], rest: u64, each_max: u32, ideal: impl Fn(u32) -> f64, shares: &mut [u32]) {
    let mut remainders: Vec<(f64, u32)> = Vec::with_capacity(open.len());
    let mut given = 0_u64;
    for &item in open {
        let share = ideal(item);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share lies within the bounds but for float error, which the clamp takes care of"
        )]
        let whole = (share.floor() as u32).clamp(1, each_max);
        shares[item as usize] = whole;
        given += u64::from(whole);
        remainders.push((share - f64::from(whole), item));
    }
    remainders.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    while given != rest {
        for &(_, item) in &remainders {
            let share = &mut shares[item as usize];
            if given < rest && *share < each_max {
                *share += 1;
                given += 1;
            } else if given > rest && *share > 1 {
                *share -= 1;
                given -= 1;
            }
        }
    }
}
