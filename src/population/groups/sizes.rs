//! How many peers each group has.

use super::{Group, GroupError};

/// How many peers a group has.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Size {
    /// Just so many.
    Count(u32),
    /// This share, 0 to 1, of the peers that no count takes.
    Share(f64),
    /// All that the others leave.
    Rest,
}

/// How far shares may miss 1 before it is called a contradiction: decimals such as 0.1 are no exact floats.
const SHARE_SLACK: f64 = 1e-9;

/// The number of peers of each group: counts as they are; of what they leave, each share rounded by the largest
/// remainder (the whole parts first, then one more each for the largest fractions; earlier groups first among equal
/// ones); the rest to the group that takes it. The numbers add up to `peers`, or it is an error.
pub fn apportion(peers: u32, groups: &[Group]) -> Result<Vec<u32>, GroupError> {
    let mut counted = 0_u64;
    let mut sum = 0.0;
    let mut rest: Option<&Group> = None;
    for group in groups {
        match group.size {
            Size::Count(count) => counted += u64::from(count),
            Size::Share(share) => {
                if !(0.0..=1.0).contains(&share) {
                    let group = group.name.clone();
                    let of = "all peers";
                    return Err(GroupError::Share { group, of, share });
                }
                sum += share;
            }
            Size::Rest => {
                if let Some(other) = rest.replace(group) {
                    return Err(GroupError::TwoRests(other.name.clone(), group.name.clone()));
                }
            }
        }
    }
    let has_shares = groups.iter().any(|group| matches!(group.size, Size::Share(_)));
    let left = u64::from(peers)
        .checked_sub(counted)
        .and_then(|left| u32::try_from(left).ok())
        .ok_or(GroupError::Counts { counted, peers })?;
    if left > 0 && !has_shares && rest.is_none() {
        return Err(GroupError::Counts { counted, peers });
    }
    let is_short = sum < 1.0 - SHARE_SLACK && rest.is_none();
    if has_shares && (sum > 1.0 + SHARE_SLACK || is_short) {
        return Err(GroupError::Shares { sum });
    }
    Ok(deal_out(left, groups, (1.0 - sum).max(0.0)))
}

fn deal_out(left: u32, groups: &[Group], rest_share: f64) -> Vec<u32> {
    let mut dealt = 0_u32;
    let mut fractions = Vec::new();
    let mut sizes: Vec<u32> = groups
        .iter()
        .enumerate()
        .map(|(index, group)| {
            let share = match group.size {
                Size::Count(count) => return count,
                Size::Share(share) => share,
                Size::Rest => rest_share,
            };
            let quota = share * f64::from(left);
            // A quota that misses a whole number by rounding only is that number.
            let whole = (quota + SHARE_SLACK).floor();
            fractions.push((quota - whole, index));
            let size = to_u32(whole).min(left - dealt);
            dealt += size;
            size
        })
        .collect();
    // Stable: among equal fractions the earlier group comes first.
    fractions.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, index) in fractions.iter().cycle().take((left - dealt) as usize) {
        sizes[*index] += 1;
    }
    sizes
}

/// Weights of the groups by declared share, for when nobody is there yet. Counts weigh nothing.
pub(super) fn share_weights(groups: &[Group], weights: &mut [f64]) {
    let declared = |group: &Group| match group.size {
        Size::Share(share) => share,
        Size::Count(_) | Size::Rest => 0.0,
    };
    let sum: f64 = groups.iter().map(declared).sum();
    for (weight, group) in weights.iter_mut().zip(groups) {
        *weight = match group.size {
            Size::Rest => (1.0 - sum).max(0.0),
            Size::Share(_) | Size::Count(_) => declared(group),
        };
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the conversion saturates; a quota is not negative"
)]
fn to_u32(x: f64) -> u32 {
    x as u32
}
