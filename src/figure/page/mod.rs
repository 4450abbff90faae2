//! From plain data to a measured page, and from the page to SVG, PNG and PDF. Nothing here knows about runs.

mod axes;
pub(crate) mod bars;
pub(crate) mod canvas;
pub(crate) mod chart;
mod clip;
mod corner;
pub(crate) mod curve;
pub(crate) mod fonts;
pub(crate) mod frames;
pub(crate) mod heat;
pub(crate) mod layout;
pub(crate) mod legend;
pub(crate) mod measures;
pub(crate) mod numbers;
pub(crate) mod output;
pub(crate) mod sheet;
pub(crate) mod small_print;
mod spread;
pub(crate) mod table;
pub(crate) mod theme;
mod thin;
pub(crate) mod ticks;
pub(crate) mod timeline;
pub(crate) mod typeset;
mod vector;
