//! From plain data to a measured page, and from the page to SVG, PNG and PDF. Nothing here knows about runs.

pub(crate) mod bars;
pub(crate) mod canvas;
pub(crate) mod chart;
pub(crate) mod curve;
pub(crate) mod fonts;
pub(crate) mod frames;
pub(crate) mod heat;
pub(crate) mod layout;
pub(crate) mod legend;
pub(crate) mod measures;
pub(crate) mod output;
pub(crate) mod small_print;
pub(crate) mod table;
pub(crate) mod theme;
mod thin;
pub(crate) mod ticks;
pub(crate) mod timeline;
pub(crate) mod typeset;
