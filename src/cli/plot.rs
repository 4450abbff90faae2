//! `signsim plot`: figures from records, without simulating.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use signsim::error::{Error, Result};
use signsim::figure::CATALOGUE;
use signsim::figure::options::{ARGUMENTS, FigureOptions, OptionArgument, OptionKey};
use signsim::near::question;
use signsim::run::{PlotRequest, read_style};

/// What to draw; the words of the options are those of a scenario's `figures`.
#[derive(Args)]
pub(crate) struct Plot {
    /// Folders that `signsim run` has written; the runs of several are drawn together
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Draw this figure instead of those that the scenario asks for (`signsim list figures`)
    #[arg(long, value_name = "KIND")]
    figure: Option<String>,
    #[command(flatten)]
    options: OptionArgs,
    /// Options for all figures that take them, as the section `style` of a scenario has them
    #[arg(long, value_name = "FILE")]
    style: Option<PathBuf>,
    /// Also write NAME.py beside every chart, bars and heat map: the same figure by matplotlib, from its CSV
    #[arg(long)]
    script: bool,
    /// Where to draw [default: the folder itself; several folders: one beside the first, with all their names]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Plot {
    /// What was asked for.
    ///
    /// # Errors
    /// When an option has a value that it cannot have.
    pub(crate) fn request(self) -> Result<PlotRequest> {
        self.check_figure()?;
        let mut options = FigureOptions::NONE;
        self.options.0.iter().try_for_each(|(key, text)| options.set(*key, text))?;
        let style = self.style.as_deref().map_or(Ok(FigureOptions::NONE), read_style)?;
        Ok(PlotRequest {
            folders: self.dirs,
            figure: self.figure,
            options,
            style,
            script: self.script,
            out: self.out,
        })
    }

    /// Says which figure was probably meant.
    fn check_figure(&self) -> Result<()> {
        let words: Vec<&str> = CATALOGUE.iter().map(|entry| entry.word).collect();
        let Some(word) = self.figure.as_deref().filter(|word| !words.contains(word)) else { return Ok(()) };
        Err(Error::input(format!("`{word}` is no figure")).help(format!(
            "{}write one of {}",
            question(word, &words),
            words.join(", ")
        )))
    }
}

/// The options of figures that are given, and the texts of their values.
struct OptionArgs(Vec<(OptionKey, String)>);

/// An argument for each line of the table of options; the name of the files is the last one.
impl Args for OptionArgs {
    fn augment_args(command: Command) -> Command {
        let (names, others): (Vec<&OptionArgument>, _) =
            ARGUMENTS.iter().partition(|a| a.key == OptionKey::Name);
        let arg = |OptionArgument { key, value, help }: &OptionArgument| {
            Arg::new(key.word()).long(key.word()).value_name(*value).help(help.trim())
        };
        command.args(others.into_iter().chain(names).map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for OptionArgs {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let given = |argument: &OptionArgument| {
            let text = matches.get_one::<String>(argument.key.word())?;
            Some((argument.key, text.clone()))
        };
        Ok(Self(ARGUMENTS.iter().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
