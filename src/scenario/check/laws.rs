//! Laws of lengths and sizes.

use super::Checker;
use crate::scenario::schema::{LengthLaw, SizeLaw};

pub(super) fn lengths(c: &mut Checker<'_>, key: &str, law: &LengthLaw) {
    match law {
        LengthLaw::LogNormal(law) => {
            one_of_two(
                c,
                &format!("{key}.log_normal"),
                ("mean", law.mean.is_some()),
                ("median", law.median.is_some()),
            );
        }
        LengthLaw::Pareto(law) => {
            let key = format!("{key}.pareto");
            one_of_two(
                c,
                &key,
                ("mean", law.mean.is_some()),
                ("minimum", law.minimum.is_some()),
            );
            if law.mean.is_some() && law.shape.get() <= 1.0 {
                c.say(
                    &format!("{key}.mean"),
                    &[&format!("{key}.shape")],
                    format!(
                        "`{key}.mean` cannot be set: with `shape` {} the mean is infinite",
                        law.shape.get()
                    ),
                    "there is no finite mean",
                    "write minimum = ... instead, or a shape above 1",
                );
            }
        }
        LengthLaw::Uniform(law) if law.min > law.max => {
            let (min, max) = (law.min.to_string(), law.max.to_string());
            bounds(c, &format!("{key}.uniform"), ("min", &min), ("max", &max));
        }
        _ => {}
    }
}

pub(super) fn sizes(c: &mut Checker<'_>, key: &str, law: &SizeLaw) {
    if let SizeLaw::Uniform(law) = law
        && law.min > law.max
    {
        let (min, max) = (law.min.to_string(), law.max.to_string());
        bounds(c, &format!("{key}.uniform"), ("min", &min), ("max", &max));
    }
}

/// Says that a lower bound is above the upper one.
pub(in crate::scenario) fn bounds(c: &mut Checker<'_>, key: &str, low: (&str, &str), high: (&str, &str)) {
    c.say(
        &format!("{key}.{}", low.0),
        &[&format!("{key}.{}", high.0)],
        format!("`{key}.{}` ({}) is above `{}` ({})", low.0, low.1, high.0, high.1),
        &format!("above `{}`", high.0),
        "",
    );
}

/// Of two keys of a table exactly one must be there.
pub(super) fn one_of_two(c: &mut Checker<'_>, key: &str, a: (&str, bool), b: (&str, bool)) {
    let (first, second) = (format!("{key}.{}", a.0), format!("{key}.{}", b.0));
    match (a.1, b.1) {
        (true, true) => c.say(
            &second,
            &[&first],
            format!(
                "`{second}` stands beside `{}`, but only one of the two can be set",
                a.0
            ),
            &format!("`{}` is there already", a.0),
            "keep one of the two",
        ),
        (false, false) => c.say(
            key,
            &[&first, &second],
            format!("`{key}` needs `{}` or `{}`", a.0, b.0),
            "",
            &format!("add one of the two: `{}` or `{}`", a.0, b.0),
        ),
        _ => {}
    }
}
