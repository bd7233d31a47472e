//! A sheet to draw on: plotters' SVG backend at four times the size, so that its whole pixels are quarters of ours.
//!
//! It knows lines, dots and words, and nothing of axes or data.
#![expect(
    clippy::cast_possible_truncation,
    reason = "coordinates are rounded to pixels of a sheet of a few thousand"
)]

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, FontTransform, IntoFont, RGBColor, ShapeStyle, TextStyle};

/// Plotters' pixels in one of ours.
const SCALE: i32 = 4;
/// Plotters divides a font's size by this before it writes it.
const FONT_SCALE: f64 = 1.24;
/// Width of a letter in ems, generously: fonts are not measured, since every machine has others.
const LETTER_EM: f64 = 0.58;

/// Ink for text and axes.
pub(super) const INK: RGBColor = RGBColor(38, 38, 38);
/// Ink for what stands back.
pub(super) const FAINT_INK: RGBColor = RGBColor(102, 102, 102);
/// Grid lines.
pub(super) const GRID: RGBColor = RGBColor(226, 226, 226);
/// Colours of the series, told apart by colour-blind readers too: Okabe and Ito, "Color Universal Design" (2008),
/// without the yellow, which is faint on white.
pub(super) const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

/// Where a text stands relative to its point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lettering {
    /// Height of the font in our pixels.
    pub(super) size: f64,
    /// Its colour.
    pub(super) colour: RGBColor,
    /// Whether it is bold.
    pub(super) bold: bool,
    /// Whether it runs upwards.
    pub(super) upwards: bool,
}

/// Width that a text may need, in our pixels.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * LETTER_EM
}

/// A point in our pixels, from the upper left.
pub(super) type Point = (f64, f64);

/// Draws a sheet of this size and gives it as SVG; `title` is what screen readers say.
pub(super) fn draw(size: (u32, u32), title: &str, draw: impl FnOnce(&Canvas<'_>)) -> String {
    let scale = SCALE.unsigned_abs();
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (size.0 * scale, size.1 * scale)).into_drawing_area();
        area.fill(&plotters::style::WHITE).expect(IN_MEMORY);
        let canvas = Canvas { area };
        draw(&canvas);
        canvas.area.present().expect(IN_MEMORY);
    }
    // The sheet is shown at our size: plotters' pixels become units of the view box.
    let (tag, rest) = svg.split_once('\n').expect("the backend writes a line per tag");
    let view = tag.find("viewBox").expect("the backend writes a view box");
    let title = escape(title);
    let (width, height) = size;
    let tag = &tag[view..tag.len() - 1];
    format!(
        "<svg width=\"{width}\" height=\"{height}\" role=\"img\" stroke-linejoin=\"round\" {tag}>\n<title>{title}</title>\n{rest}"
    )
}

const IN_MEMORY: &str = "drawing into memory cannot fail";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The sheet under way.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

impl<'a> Canvas<'a> {
    /// A line through points, `width` pixels wide. Points that fall together are drawn once.
    pub(super) fn line(&self, points: impl IntoIterator<Item = Point>, colour: RGBColor, width: f64) {
        let mut path: Vec<(i32, i32)> = points.into_iter().map(pixel).collect();
        path.dedup();
        simplify(&mut path);
        if path.len() < 2 {
            return;
        }
        let style = ShapeStyle {
            color: colour.to_rgba(),
            filled: false,
            stroke_width: length(width),
        };
        self.put(&PathElement::new(path, style));
    }

    /// A dot.
    pub(super) fn dot(&self, at: Point, colour: RGBColor, radius: f64) {
        self.put(&Circle::new(pixel(at), length(radius), colour.filled()));
    }

    /// A text, vertically centred on its point.
    pub(super) fn text(&self, text: &str, at: Point, anchor: Anchor, lettering: Lettering) {
        let horizontal = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let style = if lettering.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let size = lettering.size * f64::from(SCALE) * FONT_SCALE;
        let mut font = ("sans-serif", size, style).into_font();
        if lettering.upwards {
            font = font.transform(FontTransform::Rotate270);
        }
        let style = TextStyle::from(font)
            .color(&lettering.colour)
            .pos(Pos::new(horizontal, VPos::Center));
        self.put(&Text::new(text.to_owned(), pixel(at), style));
    }

    fn put<E>(&self, element: &E)
    where
        for<'b> &'b E: PointCollection<'b, (i32, i32)>,
        E: Drawable<SVGBackend<'a>>,
    {
        self.area.draw(element).expect(IN_MEMORY);
    }
}

fn pixel((x, y): Point) -> (i32, i32) {
    let scale = f64::from(SCALE);
    ((x * scale).round() as i32, (y * scale).round() as i32)
}

fn length(pixels: f64) -> u32 {
    pixel((pixels, 0.0)).0.unsigned_abs().max(1)
}

/// Drops inner points of horizontal and vertical runs, of which steps have many.
fn simplify(path: &mut Vec<(i32, i32)>) {
    let mut kept: Vec<(i32, i32)> = Vec::with_capacity(path.len());
    for &point in &*path {
        if let [.., first, second] = kept[..] {
            let upright = first.0 == second.0 && second.0 == point.0;
            let level = first.1 == second.1 && second.1 == point.1;
            // Only a run in one direction: a line that turns back must reach its end.
            let onward = (second.0 - first.0).signum() == (point.0 - second.0).signum()
                && (second.1 - first.1).signum() == (point.1 - second.1).signum();
            if (upright || level) && onward {
                kept.pop();
            }
        }
        kept.push(point);
    }
    *path = kept;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_lose_their_inner_points_and_keep_their_turns() {
        for (path, expected) in [
            (
                vec![(0, 0), (1, 0), (2, 0), (2, 1), (2, 5), (3, 6)],
                vec![(0, 0), (2, 0), (2, 5), (3, 6)],
            ),
            // Up to a peak and back again: the peak stays.
            (vec![(0, 0), (0, 9), (0, 3)], vec![(0, 0), (0, 9), (0, 3)]),
            (vec![(0, 0), (1, 1), (2, 2)], vec![(0, 0), (1, 1), (2, 2)]),
            (vec![(4, 4)], vec![(4, 4)]),
            (vec![], vec![]),
        ] {
            let mut simple = path;
            simplify(&mut simple);
            assert_eq!(simple, expected);
        }
    }
}
