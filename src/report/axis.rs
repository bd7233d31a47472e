//! Axes: what range they cover, where their ticks stand and what the ticks say.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "powers of ten and numbers of ticks are small"
)]

use crate::engine::math;

/// How an axis counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scale {
    /// By equal differences, from zero.
    Linear,
    /// By equal ratios; only positive values have a place on it.
    Logarithmic,
}

/// A mark on an axis.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Tick {
    /// Where, in the data's unit.
    pub(super) value: f64,
    /// What it says; `None` for a small mark between others.
    pub(super) label: Option<String>,
}

/// An axis with its range.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
    ticks: Vec<Tick>,
}

impl Axis {
    /// An axis on which all these values have a place (on a logarithmic one: all positive ones), with about `ticks`
    /// labels. Linear ones begin at 0 and end at or just after the largest value.
    pub(super) fn fit(scale: Scale, values: impl Iterator<Item = f64>, ticks: usize) -> Self {
        match scale {
            Scale::Linear => Self::linear(values.fold(0.0, f64::max), ticks),
            Scale::Logarithmic => {
                let positive: Vec<f64> = values.filter(|&value| value > 0.0).collect();
                let low = positive.iter().copied().fold(f64::INFINITY, f64::min);
                let high = positive.iter().copied().fold(0.0, f64::max);
                if positive.is_empty() {
                    Self::logarithmic(1.0, 10.0, ticks)
                } else {
                    Self::logarithmic(low, high, ticks)
                }
            }
        }
    }

    /// From 0 to `high` exactly, labelled in steps of `step`.
    pub(super) fn stepped(high: f64, step: f64, label: impl Fn(f64) -> String) -> Self {
        let number = (high / step * (1.0 + 1e-9)).floor() as u32;
        let ticks = (0..=number).map(|n| {
            let value = f64::from(n) * step;
            let label = Some(label(value));
            Tick { value, label }
        });
        Self {
            scale: Scale::Linear,
            low: 0.0,
            high,
            ticks: ticks.collect(),
        }
    }

    /// A place for each name, the first at the top: the name of number `i` of `n` stands at `n - i - 0.5`.
    pub(super) fn named(names: &[&str]) -> Self {
        let number = names.len() as f64;
        let tick = |(place, name): (usize, &&str)| Tick {
            value: number - place as f64 - 0.5,
            label: Some((*name).to_owned()),
        };
        Self {
            scale: Scale::Linear,
            low: 0.0,
            high: number.max(1.0),
            ticks: names.iter().enumerate().map(tick).collect(),
        }
    }

    fn linear(high: f64, ticks: usize) -> Self {
        let high = if high > 0.0 { high } else { 1.0 };
        let step = nice_step(high / ticks.max(1) as f64);
        Self::stepped((high / step * (1.0 - 1e-9)).ceil() * step, step, number)
    }

    fn logarithmic(low: f64, high: f64, ticks: usize) -> Self {
        // A little room, so that no value stands on the frame; at least half a decade, or a single value has no axis.
        let (mut low, mut high) = (low / ROOM, high * ROOM);
        if high / low < NARROWEST {
            let widen = (NARROWEST * low / high).sqrt();
            (low, high) = (low / widen, high * widen);
        }
        let inside = |value: f64| (low..=high).contains(&value);
        let first = math::log10(low).floor() as i32;
        let last = math::log10(high).ceil() as i32;
        let decades = (first..=last).filter(|&power| inside(ten_to(power))).count();
        let every = decades.div_ceil(ticks.max(1)).max(1) as i32;
        let superscript = decades > 1 && !(1e-3..=2e5).contains(&high);
        let mut marks = Vec::new();
        for power in first..=last {
            for digit in 1..10 {
                let value = f64::from(digit) * ten_to(power);
                // With few decades in sight, ticks between them speak too.
                let speaks = match decades {
                    0 | 1 if high / low < 12.0 => matches!(digit, 1..=6 | 8),
                    0 | 1 => matches!(digit, 1 | 2 | 5),
                    2 => matches!(digit, 1 | 3),
                    _ => digit == 1 && power.rem_euclid(every) == 0,
                };
                if inside(value) {
                    let text = if superscript && digit == 1 {
                        power_of_ten(power)
                    } else {
                        number(value)
                    };
                    let label = (speaks && (digit == 1 || !superscript)).then_some(text);
                    marks.push(Tick { value, label });
                }
            }
        }
        Self {
            scale: Scale::Logarithmic,
            low,
            high,
            ticks: marks,
        }
    }

    /// The marks, in order.
    pub(super) fn ticks(&self) -> &[Tick] {
        &self.ticks
    }

    /// The largest value on the axis.
    pub(super) fn high(&self) -> f64 {
        self.high
    }

    /// Where a value stands, 0 at the low end and 1 at the high one; `None` if it has no place.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let place = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Logarithmic if value > 0.0 => {
                (math::ln(value) - math::ln(self.low)) / (math::ln(self.high) - math::ln(self.low))
            }
            Scale::Logarithmic => return None,
        };
        (0.0..=1.0).contains(&place).then_some(place)
    }
}

/// Room beyond the data on a logarithmic axis, as a ratio.
const ROOM: f64 = 1.15;
/// Smallest ratio of the ends of a logarithmic axis.
const NARROWEST: f64 = 4.0;

/// 10 to a power, exact for those that are.
fn ten_to(power: i32) -> f64 {
    math::pow(10.0, f64::from(power))
}

/// The smallest of 1, 2, 5, 10 ... times a power of ten that is no less than `least`.
pub(super) fn nice_step(least: f64) -> f64 {
    let unit = ten_to(math::log10(least).floor() as i32);
    let steps = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * unit);
    let step = steps.into_iter().find(|&step| step >= least * (1.0 - 1e-9));
    step.unwrap_or(10.0 * unit)
}

/// A number for people: thousands set apart, no digits beyond the sixth.
pub(super) fn number(value: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    let text = format!("{}", rounded + 0.0);
    let (whole, fraction) = text
        .split_once('.')
        .map_or((&text[..], None), |(w, f)| (w, Some(f)));
    let mut grouped = String::new();
    let length = whole.len();
    for (place, digit) in whole.chars().enumerate() {
        let left = length - place;
        if place > 0 && left % 3 == 0 && digit.is_ascii_digit() {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    fraction.map_or(grouped.clone(), |fraction| format!("{grouped}.{fraction}"))
}

/// `10` with a raised power.
fn power_of_ten(power: i32) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raise = |c: char| c.to_digit(10).map_or('⁻', |digit| RAISED[digit as usize]);
    let raised: String = power.to_string().chars().map(raise).collect();
    format!("10{raised}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks()
            .iter()
            .filter_map(|tick| tick.label.as_deref())
            .collect()
    }

    #[test]
    fn linear_axes_end_at_a_round_number_after_the_data() {
        let axis = |high: f64| Axis::fit(Scale::Linear, [high].into_iter(), 6);
        assert_eq!(
            labels(&axis(10_000.0)),
            ["0", "2,000", "4,000", "6,000", "8,000", "10,000"]
        );
        assert_eq!(labels(&axis(0.83)), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(labels(&axis(0.0)).last(), Some(&"1"));
        for high in [1e-12, 0.07, 3.0, 999.0, 1e15] {
            assert_eq!(axis(high).place(0.0), Some(0.0));
            assert!(axis(high).place(high).unwrap() > 0.6);
            assert!(
                (4..=8).contains(&labels(&axis(high)).len()),
                "{:?}",
                labels(&axis(high))
            );
        }
    }

    #[test]
    fn logarithmic_axes_hold_all_positive_values_and_label_some() {
        for values in [
            vec![1.0],
            vec![0.0, 3.0, 4.0],
            vec![1.0, 30.0],
            vec![5.0, 2e5],
            vec![1.0, 1e12],
            vec![1e-9, 1e12],
            vec![0.0],
            vec![],
        ] {
            let axis = Axis::fit(Scale::Logarithmic, values.iter().copied(), 6);
            for &value in &values {
                assert_eq!(axis.place(value).is_some(), value > 0.0, "{value} on {axis:?}");
            }
            let labels = labels(&axis);
            assert!((1..=8).contains(&labels.len()), "{values:?}: {labels:?}");
        }
        let axis = Axis::fit(Scale::Logarithmic, [1.0, 1e7].into_iter(), 10);
        assert_eq!(labels(&axis)[7], "10⁷");
        let axis = Axis::fit(Scale::Logarithmic, [3.0, 8.0].into_iter(), 6);
        assert_eq!(labels(&axis), ["3", "4", "5", "6", "8"]);
    }

    #[test]
    fn numbers_are_grouped_and_short() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (1234.0, "1,234"),
            (123.0, "123"),
            (12_345.5, "12,345.5"),
            (1e6, "1,000,000"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
