//! Figures for papers, drawn from the records of runs.
//!
//! A figure is made in two stages. Its kind (`kind/`, one file each) turns [`Results`](crate::record::Results) into
//! plain data: a [`Content`](content::Content) of panels, series and points, [`Bars`](bars::Bars), a
//! [`Heat`](heat::Heat) map, a [`Table`](table::Table) or a [`TimelineContent`](timeline::TimelineContent). That data
//! is the figure's CSV, word for word. What follows (`page/`) measures a page, draws it and writes it as SVG, PNG and
//! PDF; it is the same for every kind and knows nothing about runs.
//!
//! To add a figure: one file in `kind/` and its line in [`kind::KINDS`], as `docs/extending.md` shows.
//! To add a look: another `page::theme::Theme`.
//!
//! Rules that every figure keeps: a mean comes with its number of repeats and the kind of its interval;
//! runs that are missing or diverged are said, never skipped; series differ in colour, marker and dash;
//! the legend stands outside the axes; identical records give identical bytes.

pub mod amount;
pub mod apart;
pub mod bars;
pub mod cases;
mod check;
pub mod choice;
pub mod content;
mod draw;
mod finish;
mod greek;
pub mod heat;
pub mod kind;
pub mod label;
mod markup;
mod measure;
mod named;
mod names;
mod naming;
mod notes;
pub mod options;
mod page;
mod plain;
mod printed;
mod remarks;
mod rows;
mod script;
mod selection;
mod series;
mod setting;
mod shown;
mod spec;
pub mod statistics;
pub mod table;
mod telling;
pub mod timeline;

pub use check::Recorded;
pub use draw::{draw, draw_all, files, page_svg, script, svg};
pub use kind::CATALOGUE;
pub use measure::Measure;
pub(crate) use page::fonts::base64;
pub use page::fonts::css as web_fonts;
pub use selection::Told;
pub use shown::{FigureContent, csv};
pub use spec::FigureSpec;
