//! `signsim plot`: figures from records, without simulating.

use std::path::PathBuf;

use clap::Args;
use serde::de::DeserializeOwned;
use signsim::error::{Error, Result};
use signsim::figure::CATALOGUE;
use signsim::figure::options::Options;
use signsim::run::PlotRequest;

use super::near::nearest;

/// What to draw; the words of the options are those of a scenario's `figures`.
#[derive(Args)]
pub struct Plot {
    /// Folders that `signsim run` has written; the runs of several are drawn together
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Draw this figure instead of those that the scenario asks for (`signsim list figures`)
    #[arg(long, value_name = "KIND")]
    figure: Option<String>,
    /// The setting along the horizontal axis, for example task.channel.crossover
    #[arg(long, value_name = "SETTING")]
    x: Option<String>,
    /// What is measured: accuracy, loss or decoding_error; in a phase diagram the setting along the vertical axis
    #[arg(long, value_name = "MEASURE")]
    y: Option<String>,
    /// What the colours of a phase diagram measure: accuracy, loss or decoding_error
    #[arg(long, value_name = "MEASURE")]
    colour: Option<String>,
    /// The setting that the colours of series stand for [default: method]
    #[arg(long, value_name = "SETTING")]
    group: Option<String>,
    /// The setting that makes panels, or none
    #[arg(long, value_name = "SETTING")]
    panel: Option<String>,
    /// linear or log
    #[arg(long, value_name = "SCALE")]
    scale: Option<String>,
    /// What theory draws behind channels: none, exact or bounds
    #[arg(long, value_name = "THEORY")]
    theory: Option<String>,
    /// The accuracy to be reached, for time_to_accuracy
    #[arg(long, value_name = "SHARE")]
    accuracy: Option<String>,
    /// The width: single (85 mm), double (178 mm) or a number of millimetres, for example 120mm
    #[arg(long, value_name = "WIDTH")]
    size: Option<String>,
    /// light or dark
    #[arg(long, value_name = "THEME")]
    theme: Option<String>,
    /// The name of the files, instead of the figure's own
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where to draw [default: the folder itself; several folders: one beside the first, with all their names]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Plot {
    /// What was asked for.
    ///
    /// # Errors
    /// When an option has a value that it cannot have.
    pub fn request(self) -> Result<PlotRequest> {
        self.check_figure()?;
        let accuracy = self.accuracy.as_deref().map(number).transpose()?;
        let options = Options {
            name: self.name,
            x: self.x,
            y: self.y,
            colour: word("--colour", self.colour)?,
            group: self.group,
            panel: self.panel,
            scale: word("--scale", self.scale)?,
            theory: word("--theory", self.theory)?,
            accuracy: accuracy
                .map(|number| {
                    number.try_into().map_err(|why| {
                        Error::input(format!("--accuracy {number}: {why}"))
                            .help("write a share of one, for example 0.9")
                    })
                })
                .transpose()?,
            size: word("--size", self.size)?,
            theme: word("--theme", self.theme)?,
        };
        Ok(PlotRequest { folders: self.dirs, figure: self.figure, options, out: self.out })
    }
}

impl Plot {
    /// Says which figure was probably meant.
    fn check_figure(&self) -> Result<()> {
        let words: Vec<&str> = CATALOGUE.iter().map(|entry| entry.word).collect();
        let Some(word) = self.figure.as_deref().filter(|word| !words.contains(word)) else { return Ok(()) };
        let meant = nearest(word, &words).map_or(String::new(), |meant| format!("did you mean `{meant}`? "));
        Err(Error::input(format!("`{word}` is no figure"))
            .help(format!("{meant}write one of {}", words.join(", "))))
    }
}

/// A value by the word that a scenario has for it.
fn word<T: DeserializeOwned>(option: &str, text: Option<String>) -> Result<Option<T>> {
    let read = |text: String| {
        let value = serde_json::Value::String(text.clone());
        serde_json::from_value(value).map_err(|why| Error::input(format!("{option} {text}: {why}")))
    };
    text.map(read).transpose()
}

fn number(text: &str) -> Result<f64> {
    text.trim().parse().map_err(|_| {
        Error::input(format!("--accuracy {text}: not a number")).help("write a share of one, for example 0.9")
    })
}
