//! The copybook: how the ten digits are written, in a few variants each.
//!
//! Points lie in the unit square, x to the right and y down. Strokes that meet share a point.

/// A point, or a displacement: (x, y).
pub(super) type Vec2 = [f32; 2];

/// One movement of the pen.
pub(super) enum Stroke {
    /// Straight from point to point.
    Line(&'static [Vec2]),
    /// Smoothly through all points (a Catmull-Rom spline); closed when the last point is the first.
    Curve(&'static [Vec2]),
}

use Stroke::{Curve, Line};

/// Pixels along a side of an image.
pub(crate) const SIDE: usize = 28;

/// The ways to write each digit.
pub(super) const VARIANTS: [&[&[Stroke]]; 10] = [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE];

/// Round; narrow; begun and ended at the top with a small overlap.
const ZERO: &[&[Stroke]] = &[
    &[Curve(&[
        [0.5, 0.0],
        [0.8, 0.14],
        [0.92, 0.5],
        [0.8, 0.86],
        [0.5, 1.0],
        [0.2, 0.86],
        [0.08, 0.5],
        [0.2, 0.14],
        [0.5, 0.0],
    ])],
    &[Curve(&[
        [0.5, 0.0],
        [0.7, 0.18],
        [0.74, 0.5],
        [0.68, 0.84],
        [0.5, 1.0],
        [0.3, 0.84],
        [0.26, 0.5],
        [0.3, 0.18],
        [0.5, 0.0],
    ])],
    &[Curve(&[
        [0.68, 0.06],
        [0.36, 0.06],
        [0.14, 0.4],
        [0.2, 0.8],
        [0.5, 1.0],
        [0.8, 0.8],
        [0.86, 0.4],
        [0.68, 0.08],
        [0.46, 0.02],
    ])],
];

/// A bar; with a flag; with flag and foot.
const ONE: &[&[Stroke]] = &[
    &[Line(&[[0.5, 0.0], [0.5, 1.0]])],
    &[Line(&[[0.26, 0.26], [0.54, 0.0], [0.54, 1.0]])],
    &[Line(&[[0.28, 0.24], [0.52, 0.0], [0.52, 1.0]]), Line(&[[0.26, 1.0], [0.78, 1.0]])],
];

/// With a straight foot; with a loop at the foot.
const TWO: &[&[Stroke]] = &[
    &[
        Curve(&[
            [0.16, 0.26],
            [0.3, 0.06],
            [0.55, 0.0],
            [0.79, 0.12],
            [0.8, 0.36],
            [0.56, 0.64],
            [0.14, 1.0],
        ]),
        Line(&[[0.14, 1.0], [0.88, 1.0]]),
    ],
    &[Curve(&[
        [0.18, 0.2],
        [0.44, 0.0],
        [0.76, 0.12],
        [0.74, 0.42],
        [0.48, 0.76],
        [0.22, 0.97],
        [0.1, 0.86],
        [0.28, 0.78],
        [0.52, 0.92],
        [0.72, 0.99],
        [0.92, 0.88],
    ])],
];

/// Two bows; with a flat top.
const THREE: &[&[Stroke]] = &[
    &[
        Curve(&[[0.18, 0.13], [0.46, 0.0], [0.76, 0.11], [0.73, 0.37], [0.4, 0.47]]),
        Curve(&[[0.4, 0.47], [0.76, 0.56], [0.84, 0.82], [0.52, 1.0], [0.15, 0.88]]),
    ],
    &[
        Line(&[[0.18, 0.0], [0.82, 0.0], [0.42, 0.4]]),
        Curve(&[[0.42, 0.4], [0.74, 0.47], [0.85, 0.74], [0.6, 0.99], [0.15, 0.9]]),
    ],
];

/// Open at the top; closed; open with a curved left arm.
const FOUR: &[&[Stroke]] = &[
    &[Line(&[[0.28, 0.0], [0.14, 0.56], [0.9, 0.56]]), Line(&[[0.68, 0.08], [0.66, 1.0]])],
    &[Line(&[[0.64, 1.0], [0.64, 0.0], [0.08, 0.68], [0.92, 0.68]])],
    &[Curve(&[[0.22, 0.0], [0.16, 0.32], [0.3, 0.5], [0.74, 0.46]]), Line(&[[0.78, 0.0], [0.72, 1.0]])],
];

/// With corners; with a roof set on later and a flatter belly.
const FIVE: &[&[Stroke]] = &[
    &[
        Line(&[[0.82, 0.0], [0.27, 0.0], [0.22, 0.44]]),
        Curve(&[[0.22, 0.44], [0.5, 0.35], [0.8, 0.48], [0.83, 0.78], [0.52, 1.0], [0.14, 0.9]]),
    ],
    &[
        Line(&[[0.3, 0.06], [0.86, 0.0]]),
        Curve(&[[0.3, 0.06], [0.25, 0.4], [0.58, 0.48], [0.76, 0.72], [0.54, 0.97], [0.18, 0.96]]),
    ],
];

/// With a bowed back; with a straight back and a small belly.
const SIX: &[&[Stroke]] = &[
    &[Curve(&[
        [0.74, 0.02],
        [0.42, 0.18],
        [0.2, 0.55],
        [0.25, 0.88],
        [0.5, 1.0],
        [0.78, 0.88],
        [0.8, 0.64],
        [0.54, 0.5],
        [0.24, 0.68],
    ])],
    &[Curve(&[
        [0.58, 0.0],
        [0.34, 0.36],
        [0.22, 0.72],
        [0.36, 0.97],
        [0.64, 0.97],
        [0.76, 0.77],
        [0.6, 0.6],
        [0.38, 0.62],
        [0.24, 0.78],
    ])],
];

/// Plain; with a bar; with a bowed leg; with a serif.
const SEVEN: &[&[Stroke]] = &[
    &[Line(&[[0.14, 0.0], [0.86, 0.0], [0.4, 1.0]])],
    &[Line(&[[0.14, 0.0], [0.86, 0.0], [0.42, 1.0]]), Line(&[[0.34, 0.5], [0.86, 0.5]])],
    &[Line(&[[0.14, 0.02], [0.86, 0.02]]), Curve(&[[0.86, 0.02], [0.56, 0.46], [0.44, 1.0]])],
    &[Line(&[[0.14, 0.18], [0.16, 0.0], [0.84, 0.0], [0.46, 1.0]])],
];

/// In one go, crossing in the middle; two rings, the lower one larger.
const EIGHT: &[&[Stroke]] = &[
    &[Curve(&[
        [0.78, 0.15],
        [0.5, 0.0],
        [0.24, 0.14],
        [0.3, 0.36],
        [0.52, 0.48],
        [0.78, 0.68],
        [0.74, 0.91],
        [0.5, 1.0],
        [0.25, 0.9],
        [0.24, 0.66],
        [0.5, 0.48],
        [0.72, 0.34],
        [0.78, 0.15],
    ])],
    &[
        Curve(&[[0.5, 0.0], [0.73, 0.1], [0.73, 0.34], [0.5, 0.45], [0.27, 0.34], [0.27, 0.1], [0.5, 0.0]]),
        Curve(&[[0.5, 0.45], [0.8, 0.59], [0.8, 0.87], [0.5, 1.0], [0.2, 0.87], [0.2, 0.59], [0.5, 0.45]]),
    ],
];

/// With a straight leg; with a leg that curls back.
const NINE: &[&[Stroke]] = &[
    &[
        Curve(&[
            [0.77, 0.22],
            [0.6, 0.03],
            [0.36, 0.05],
            [0.2, 0.27],
            [0.32, 0.48],
            [0.58, 0.48],
            [0.77, 0.22],
        ]),
        Line(&[[0.77, 0.22], [0.7, 1.0]]),
    ],
    &[
        Curve(&[[0.8, 0.26], [0.58, 0.01], [0.28, 0.1], [0.22, 0.38], [0.48, 0.52], [0.8, 0.26]]),
        Curve(&[[0.8, 0.26], [0.8, 0.62], [0.64, 0.93], [0.4, 1.0], [0.2, 0.88]]),
    ],
];
