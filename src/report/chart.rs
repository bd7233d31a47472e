//! A chart: title, two axes, curves, a legend if there are several, and a caption with the data's file.

use super::axis::{Axis, Scale, nice_step, number};
use super::canvas::{self, Anchor, Canvas, FAINT_INK, GRID, INK, Lettering, PALETTE, Point, width};
use plotters::style::{RGBColor, WHITE};

/// Size of the sheet in pixels.
const SHEET: (u32, u32) = (760, 450);
/// From the sheet's edges to the frame, but on the left, where labels decide, and on the right of a legend.
const TOP: f64 = 72.0;
const BOTTOM: f64 = 78.0;
const RIGHT: f64 = 28.0;
/// Widest legend.
const LEGEND_MAX: f64 = 190.0;

const TITLE_SIZE: f64 = 17.0;
const SUBTITLE_SIZE: f64 = 12.5;
const LABEL_SIZE: f64 = 12.5;
const TICK_SIZE: f64 = 12.0;
const CAPTION_SIZE: f64 = 11.0;

/// How a series is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mark {
    /// A line from point to point; points without a place break it.
    Line,
    /// A line with a dot at every point.
    LineAndDots,
    /// A line with a ring at every point: where there are more lines than colours.
    LineAndRings,
    /// Dots.
    Dots,
    /// A thin line in faint ink: a bound to compare with.
    Bound,
    /// A line through some of the points of the series before it, in its colour; the legend does not name it.
    Hull,
}

/// A named series of points.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Series {
    /// What the legend calls it.
    pub(super) name: String,
    /// Its points, in the axes' units.
    pub(super) points: Vec<Point>,
    /// How it is drawn.
    pub(super) mark: Mark,
}

/// Everything that is to be seen on a chart.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Chart {
    /// The title.
    pub(super) title: String,
    /// A line below it, with the numbers one looks for first.
    pub(super) subtitle: String,
    /// The horizontal axis, with its unit.
    pub(super) x_label: String,
    /// The vertical axis, with its unit.
    pub(super) y_label: String,
    /// How the axes count.
    pub(super) scales: (Scale, Scale),
    /// How the axes are made, where they are not simply fitted to the data.
    pub(super) axes: (Option<Axis>, Option<Axis>),
    /// The curves.
    pub(super) series: Vec<Series>,
    /// The file the data stands in, and what is not shown of it.
    pub(super) caption: String,
}

/// An axis for shares of a whole, 0 to 100 %.
pub(super) fn percent_axis() -> Axis {
    percent_axis_to(1.0)
}

/// An axis for shares, which may be of less than what there is: from 0 to so much, 100 % at least.
pub(super) fn percent_axis_to(high: f64) -> Axis {
    let step = nice_step(high / 5.0).max(0.2);
    let high = ((high / step - 1e-9).ceil() * step).max(1.0);
    Axis::stepped(high, step, |share| format!("{} %", number(share * 100.0)))
}

/// An axis for whole numbers from 0.
pub(super) fn count_axis(high: f64) -> Axis {
    let high = high.max(1.0);
    Axis::stepped(high, nice_step(high / 12.0).max(1.0), number)
}

/// A linear axis that ends with the data, for times.
pub(super) fn time_axis(high: f64) -> Axis {
    let high = if high > 0.0 { high } else { 1.0 };
    // Hours of a day and minutes of an hour are divided by 12 and 60, not by 10.
    let least = high / 9.0;
    let steps = [1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0];
    let round = if (11.0..=26.0).contains(&high) {
        [1.0, 2.0, 3.0, 4.0, 6.0, 12.0]
            .into_iter()
            .find(|&step| step >= least)
    } else {
        steps.into_iter().find(|&step| step >= least && least > 0.5)
    };
    Axis::stepped(high, round.unwrap_or_else(|| nice_step(least)), number)
}

impl Chart {
    /// The chart as an SVG picture.
    pub(super) fn svg(&self) -> String {
        canvas::draw(SHEET, &self.title, |canvas| self.draw(canvas))
    }

    fn draw(&self, canvas: &Canvas<'_>) {
        let (sheet_width, sheet_height) = (f64::from(SHEET.0), f64::from(SHEET.1));
        let plain = lettering(TICK_SIZE, INK);
        let title = Lettering {
            bold: true,
            ..lettering(TITLE_SIZE, INK)
        };
        canvas.text(&self.title, (20.0, 24.0), Anchor::Start, title);
        canvas.text(
            &self.subtitle,
            (20.0, 45.0),
            Anchor::Start,
            lettering(SUBTITLE_SIZE, FAINT_INK),
        );
        let caption = lettering(CAPTION_SIZE, FAINT_INK);
        canvas.text(&self.caption, (20.0, sheet_height - 16.0), Anchor::Start, caption);

        let (x, y) = (self.axis(0), self.axis(1));
        let widest = |axis: &Axis| {
            let labels = axis.ticks().iter().filter_map(|tick| tick.label.as_deref());
            labels.map(|label| width(label, TICK_SIZE)).fold(0.0, f64::max)
        };
        let left = 20.0 + LABEL_SIZE + 12.0 + widest(&y) + 8.0;
        let legend = self.legend_width();
        let frame = Frame {
            x,
            y,
            left,
            right: sheet_width - RIGHT - legend,
            top: TOP,
            bottom: sheet_height - BOTTOM,
        };
        frame.draw(canvas, plain);
        let middle = f64::midpoint(frame.left, frame.right);
        let label = lettering(LABEL_SIZE, INK);
        canvas.text(
            &self.x_label,
            (middle, frame.bottom + 36.0),
            Anchor::Middle,
            label,
        );
        let upwards = Lettering {
            upwards: true,
            ..label
        };
        let centre = f64::midpoint(frame.top, frame.bottom);
        canvas.text(&self.y_label, (26.0, centre), Anchor::Middle, upwards);

        if !self
            .series
            .iter()
            .any(|series| series.points.iter().any(|&point| frame.place(point).is_some()))
        {
            let nothing = lettering(TITLE_SIZE, FAINT_INK);
            canvas.text("no data", (middle, centre), Anchor::Middle, nothing);
            return;
        }
        let colours = self.colours();
        for (series, &colour) in self.series.iter().zip(&colours) {
            frame.plot(canvas, series, colour);
        }
        if legend > 0.0 {
            self.draw_legend(canvas, &frame, &colours);
        }
    }

    fn axis(&self, which: usize) -> Axis {
        let (scale, made) = if which == 0 {
            (self.scales.0, &self.axes.0)
        } else {
            (self.scales.1, &self.axes.1)
        };
        let points = self.series.iter().flat_map(|series| &series.points);
        let values = points.map(|&(x, y)| if which == 0 { x } else { y });
        made.clone().unwrap_or_else(|| Axis::fit(scale, values, 6))
    }

    fn colours(&self) -> Vec<RGBColor> {
        let mut free = PALETTE.iter().cycle();
        let mut latest = INK;
        let colours = self.series.iter().map(|series| match series.mark {
            Mark::Bound => FAINT_INK,
            Mark::Hull => latest,
            _ => {
                latest = *free.next().expect("a cycle has no end");
                latest
            }
        });
        colours.collect()
    }

    /// The series that the legend names, with their colours.
    fn named<'a>(&'a self, colours: &'a [RGBColor]) -> impl Iterator<Item = (&'a Series, RGBColor)> {
        let series = self.series.iter().zip(colours.iter().copied());
        series.filter(|(series, _)| series.mark != Mark::Hull)
    }

    fn legend_width(&self) -> f64 {
        let colours = self.colours();
        if self.named(&colours).count() < 2 {
            return 0.0;
        }
        let names = self
            .named(&colours)
            .map(|(series, _)| width(&series.name, TICK_SIZE));
        (names.fold(0.0, f64::max) + 44.0).min(LEGEND_MAX)
    }

    fn draw_legend(&self, canvas: &Canvas<'_>, frame: &Frame, colours: &[RGBColor]) {
        let left = frame.right + 16.0;
        for (row, (series, colour)) in self.named(colours).enumerate() {
            let y = frame.top + 10.0 + row as f64 * 20.0;
            match series.mark {
                Mark::Dots => canvas.dot((left + 9.0, y), colour, 3.0),
                Mark::Bound => canvas.line([(left, y), (left + 18.0, y)], colour, 1.0),
                Mark::Line | Mark::LineAndDots | Mark::Hull => {
                    canvas.line([(left, y), (left + 18.0, y)], colour, 2.5);
                }
                Mark::LineAndRings => {
                    canvas.line([(left, y), (left + 18.0, y)], colour, 2.5);
                    ring(canvas, (left + 9.0, y), colour);
                }
            }
            canvas.text(
                &series.name,
                (left + 25.0, y),
                Anchor::Start,
                lettering(TICK_SIZE, INK),
            );
        }
    }
}

fn lettering(size: f64, colour: RGBColor) -> Lettering {
    Lettering {
        size,
        colour,
        bold: false,
        upwards: false,
    }
}

fn ring(canvas: &Canvas<'_>, at: Point, colour: RGBColor) {
    canvas.dot(at, colour, 3.5);
    canvas.dot(at, WHITE, 2.0);
}

/// The rectangle the data is drawn in.
struct Frame {
    x: Axis,
    y: Axis,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Frame {
    /// Where a point of the data stands on the sheet; `None` if it has no place on the axes.
    fn place(&self, (x, y): Point) -> Option<Point> {
        let (x, y) = (self.x.place(x)?, self.y.place(y)?);
        let across = self.left + x * (self.right - self.left);
        Some((across, self.bottom - y * (self.bottom - self.top)))
    }

    /// Grid, ticks, labels, and the two axes on top.
    fn draw(&self, canvas: &Canvas<'_>, plain: Lettering) {
        for tick in self.y.ticks() {
            let Some(place) = self.y.place(tick.value) else {
                continue;
            };
            let y = self.bottom - place * (self.bottom - self.top);
            if let Some(label) = &tick.label {
                canvas.line([(self.left, y), (self.right, y)], GRID, 1.0);
                canvas.text(label, (self.left - 8.0, y), Anchor::End, plain);
            }
            let length = if tick.label.is_some() { 5.0 } else { 3.0 };
            canvas.line([(self.left - length, y), (self.left, y)], INK, 1.0);
        }
        for tick in self.x.ticks() {
            let Some(place) = self.x.place(tick.value) else {
                continue;
            };
            let x = self.left + place * (self.right - self.left);
            if let Some(label) = &tick.label {
                canvas.line([(x, self.top), (x, self.bottom)], GRID, 1.0);
                canvas.text(label, (x, self.bottom + 15.0), Anchor::Middle, plain);
            }
            let length = if tick.label.is_some() { 5.0 } else { 3.0 };
            canvas.line([(x, self.bottom), (x, self.bottom + length)], INK, 1.0);
        }
        let corner = [
            (self.left, self.top),
            (self.left, self.bottom),
            (self.right, self.bottom),
        ];
        canvas.line(corner, INK, 1.0);
    }

    fn plot(&self, canvas: &Canvas<'_>, series: &Series, colour: RGBColor) {
        let width = if series.mark == Mark::Bound { 1.25 } else { 2.0 };
        if series.mark != Mark::Dots {
            let pieces = series.points.split(|&point| self.place(point).is_none());
            for piece in pieces {
                let placed: Vec<Point> = piece.iter().filter_map(|&point| self.place(point)).collect();
                // A single point between gaps would be no line at all.
                match placed[..] {
                    [only] if series.mark == Mark::Line => canvas.dot(only, colour, 1.25),
                    _ => canvas.line(placed, colour, width),
                }
            }
        }
        let places = || series.points.iter().filter_map(|&point| self.place(point));
        match series.mark {
            Mark::Dots | Mark::LineAndDots => places().for_each(|at| canvas.dot(at, colour, 3.0)),
            Mark::LineAndRings => places().for_each(|at| ring(canvas, at, colour)),
            Mark::Line | Mark::Bound | Mark::Hull => {}
        }
    }
}

/// The largest value an axis shows: to draw something across the whole frame.
pub(super) fn reach(axis: &Axis) -> f64 {
    axis.high()
}
