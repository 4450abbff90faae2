//! `signsim gallery`: the figures of many scenarios in one folder.

use std::path::PathBuf;

use clap::Args;
use signsim::error::{Named, Result};
use signsim::run::{GalleryEntry, gallery};
use signsim::scenario::Plan;

/// Which scenarios, where their results are, and where their figures go.
#[derive(Args)]
pub(crate) struct Gallery {
    /// Scenario files; the page lists them in this order
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<PathBuf>,
    /// The folder that holds their result folders
    #[arg(long, value_name = "DIR", default_value = "plots")]
    results: PathBuf,
    /// The gallery
    #[arg(long, value_name = "DIR", default_value = "plots/my-gallery")]
    out: PathBuf,
}

impl Gallery {
    /// Hangs the figures; a line for every scenario.
    ///
    /// # Errors
    /// When a scenario cannot be read, or none has results.
    pub(crate) fn text(&self) -> Result<String> {
        let plans =
            self.scenarios.iter().map(|path| Plan::read(path, &[], None)).collect::<Result<Vec<_>>>()?;
        let drawn = gallery(&plans, &self.results, &self.out)?;
        let line = |(name, drawn): (String, GalleryEntry)| match drawn {
            GalleryEntry::Drawn => format!("{name}: drawn\n"),
            GalleryEntry::Kept => {
                format!("{name}: kept, no results in {}\n", self.results.join(&name).named())
            }
            GalleryEntry::LeftOut => {
                format!("{name}: left out, no results in {}\n", self.results.join(&name).named())
            }
        };
        Ok(drawn.into_iter().map(line).collect())
    }
}
