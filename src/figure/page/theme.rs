//! Colours, markers and dashes. Every series differs from the others in all three, so a figure survives
//! colour blindness and a grey printer.
//!
//! The hues are those of Okabe and Ito, *Color Universal Design* (2008), without their yellow, which is too
//! light for lines on white. The colours of heat maps run through five points of viridis (Smith and van der Walt, 2015,
//! CC0), whose lightness rises evenly, so that they keep their order in grey.

use plotters::style::RGBColor;
use serde::{Deserialize, Serialize};

use crate::figure::content::Look;

/// Dark on white for print, or light on dark for slides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Dark on white, for print.
    #[default]
    Light,
    /// Light on dark, for slides.
    Dark,
}

/// The colours of everything that is not data, and the hues of what is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Theme {
    /// What lies below everything; nothing where the figure is laid upon something else.
    pub page: Option<RGBColor>,
    pub paper: RGBColor,
    /// Axes and text.
    pub ink: RGBColor,
    /// Small print, marks.
    pub muted: RGBColor,
    /// Grid lines.
    pub faint: RGBColor,
    pub warning: RGBColor,
    pub hues: [RGBColor; 7],
    /// The ends of ordered colours.
    pub ramp: [RGBColor; 3],
    /// The colours of a heat map from the least value to the greatest.
    pub heat: [RGBColor; 5],
}

const VIRIDIS: [RGBColor; 5] = [
    RGBColor(68, 1, 84),
    RGBColor(59, 82, 139),
    RGBColor(33, 145, 140),
    RGBColor(94, 201, 98),
    RGBColor(253, 231, 37),
];

impl Theme {
    /// The theme of a mode.
    #[must_use]
    pub(crate) const fn of(mode: Mode) -> Self {
        match mode {
            Mode::Light => Self::light(),
            Mode::Dark => Self::dark(),
        }
    }

    /// Light on near-black, for slides: the same hues, lighter where they would sink.
    const fn dark() -> Self {
        Self {
            page: Some(RGBColor(20, 22, 26)),
            paper: RGBColor(20, 22, 26),
            ink: RGBColor(232, 232, 232),
            muted: RGBColor(165, 168, 172),
            faint: RGBColor(56, 60, 66),
            warning: RGBColor(255, 150, 110),
            hues: [
                RGBColor(86, 180, 233),
                RGBColor(240, 128, 50),
                RGBColor(45, 200, 150),
                RGBColor(222, 150, 190),
                RGBColor(240, 228, 66),
                RGBColor(110, 140, 235),
                RGBColor(190, 190, 190),
            ],
            ramp: [RGBColor(250, 215, 120), RGBColor(230, 110, 130), RGBColor(120, 110, 220)],
            heat: VIRIDIS,
        }
    }

    /// Dark on white, for print.
    const fn light() -> Self {
        Self {
            page: Some(RGBColor(255, 255, 255)),
            paper: RGBColor(255, 255, 255),
            ink: RGBColor(26, 26, 26),
            muted: RGBColor(96, 96, 96),
            faint: RGBColor(229, 229, 229),
            warning: RGBColor(166, 42, 0),
            hues: [
                RGBColor(0, 114, 178),
                RGBColor(213, 94, 0),
                RGBColor(0, 158, 115),
                RGBColor(204, 121, 167),
                RGBColor(230, 159, 0),
                RGBColor(86, 180, 233),
                RGBColor(70, 70, 70),
            ],
            ramp: [RGBColor(230, 159, 0), RGBColor(178, 66, 106), RGBColor(40, 30, 110)],
            heat: VIRIDIS,
        }
    }

    /// The colour of a heat map at a share of the way from the least value to the greatest.
    #[must_use]
    pub(crate) fn heat(&self, share: f64) -> RGBColor {
        let at = share.clamp(0.0, 1.0) * (self.heat.len() - 1) as f64;
        let below = (at as usize).min(self.heat.len() - 2);
        mix(self.heat[below], self.heat[below + 1], at - below as f64)
    }

    /// The colour of a series, its own or that of its look.
    #[must_use]
    pub(crate) fn ink(&self, look: Look, own: Option<[u8; 3]>) -> RGBColor {
        own.map_or_else(|| self.colour(look), |[r, g, b]| RGBColor(r, g, b))
    }

    /// The colour of a look.
    #[must_use]
    pub(crate) fn colour(&self, look: Look) -> RGBColor {
        match look {
            Look::Distinct(i) => self.hues[i % self.hues.len()],
            Look::Member { family, member } => {
                let hue = self.hues[family % self.hues.len()];
                match member % 3 {
                    0 => hue,
                    1 => mix(hue, self.ink, 0.45),
                    _ => mix(hue, self.paper, 0.42),
                }
            }
            Look::Ordered(i, n) => {
                let at = 2.0 * (i as f64 / (n.max(2) - 1) as f64);
                let [first, middle, last] = self.ramp;
                if at < 1.0 { mix(first, middle, at) } else { mix(middle, last, at - 1.0) }
            }
        }
    }
}

/// `share` of the way from `a` to `b`.
#[must_use]
pub(crate) fn mix(a: RGBColor, b: RGBColor, share: f64) -> RGBColor {
    let channel = |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
    RGBColor(channel(a.0, b.0), channel(a.1, b.1), channel(a.2, b.2))
}

/// The outline of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkerShape {
    Circle,
    Square,
    Up,
    Diamond,
    Down,
    Pentagon,
    Plus,
}

const SHAPES: [MarkerShape; 7] = [
    MarkerShape::Circle,
    MarkerShape::Square,
    MarkerShape::Up,
    MarkerShape::Diamond,
    MarkerShape::Down,
    MarkerShape::Pentagon,
    MarkerShape::Plus,
];

/// A marker and whether it is filled.
#[must_use]
pub(crate) fn marker(look: Look) -> (MarkerShape, bool) {
    match look {
        Look::Distinct(i) | Look::Ordered(i, _) => {
            (SHAPES[i % SHAPES.len()], (i / SHAPES.len()).is_multiple_of(2))
        }
        Look::Member { family, member } => (SHAPES[family % SHAPES.len()], member.is_multiple_of(2)),
    }
}

/// Lengths of strokes and gaps in points; empty for a solid line.
#[must_use]
pub(crate) fn dash(look: Look) -> &'static [f64] {
    const DASHES: [&[f64]; 5] = [&[], &[4.2, 1.6], &[1.3, 1.2], &[5.0, 1.4, 1.3, 1.4], &[8.0, 1.8]];
    let i = match look {
        Look::Distinct(i) | Look::Ordered(i, _) | Look::Member { member: i, .. } => i,
    };
    DASHES[i % DASHES.len()]
}
