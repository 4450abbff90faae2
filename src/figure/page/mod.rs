//! From plain data to a measured page, and from the page to SVG, PNG and PDF. Nothing here knows about runs.

pub mod bars;
pub mod canvas;
pub mod chart;
pub mod curve;
pub mod fonts;
pub mod frames;
pub mod heat;
pub mod layout;
pub mod legend;
pub mod measures;
pub mod output;
pub mod small_print;
pub mod table;
pub mod theme;
mod thin;
pub mod ticks;
pub mod timeline;
pub mod typeset;
