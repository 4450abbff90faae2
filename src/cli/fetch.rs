//! `signsim data fetch`: published data sets, from where they are published.

use std::env;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signsim::data::folder_of;
use signsim::error::{Error, Named, Result, in_part};
use signsim::fetch::{Event, Fetch, PATIENCE, Remote, SETS};
use signsim::near::question;

use super::output::{clean, say, tell};
use super::signals::Signals;

/// Which set, from where, and whereto.
#[derive(Args)]
pub(crate) struct FetchArgs {
    /// mnist, fashion_mnist, emnist, cifar10 or cifar100
    set: String,
    /// A folder of the network that has its files, in the place of where they are published; they must be the same files
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// The folder that gets the files; else that of the set in $SIGNSIM_DATA, or in ./data
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Replace files that lie there already
    #[arg(long)]
    force: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

impl FetchArgs {
    /// Fetches the set and says where it is, and what to write to use it.
    ///
    /// # Errors
    /// For a word that is no set, and those of [`Fetch::run`].
    pub(crate) fn execute(&self) -> Result<u8> {
        let set = self.set()?;
        let root = env::var_os("SIGNSIM_DATA").filter(|root| !root.is_empty());
        let folder = folder_of(set.word).unwrap_or(set.word);
        let to = match (&self.to, &root) {
            (Some(to), _) => to.clone(),
            (None, Some(root)) => Path::new(root).join(folder),
            (None, None) => Path::new("data").join(folder),
        };
        let from = self.from.as_deref();
        let fetch = Fetch { set, from, to: &to, replace: self.force, patience: PATIENCE };
        let signals = Signals::catch()?;
        let mut display = Display::new(self.quiet);
        let outcome = fetch.run(&mut |event| display.show(event));
        display.end();
        let files = signals.told(outcome)?;
        let whole = std::path::absolute(&to).unwrap_or(to);
        let data = match (&self.to, &root) {
            (None, Some(_)) => set.word.to_owned(),
            _ => format!("{{ {}: {{ dir: {} }} }}", set.word, quoted(&whole)),
        };
        say(&format!("{} is in {}: {} files\ndata: {data}\n", set.title, whole.named(), files.len()))?;
        Ok(0)
    }

    fn set(&self) -> Result<&'static Remote> {
        let words: Vec<&str> = SETS.iter().map(|set| set.word).collect();
        SETS.iter().find(|set| set.word == self.set).ok_or_else(|| {
            let meant = question(&self.set, &words);
            Error::input(format!("`{}` is no data set that can be fetched", in_part(&self.set)))
                .help(format!("{meant}write one of {}", words.join(", ")))
        })
    }
}

/// A path as YAML reads it, whatever characters it has.
fn quoted(path: &Path) -> String {
    serde_json::Value::from(path.display().to_string()).to_string()
}

/// What is shown while files come: a bar on a terminal, lines about files elsewhere, nothing when quiet.
struct Display {
    quiet: bool,
    bar: Option<ProgressBar>,
}

impl Display {
    fn new(quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let template = "{wide_bar} {bytes} of {total_bytes} · {bytes_per_sec} · {eta} left";
            bar.set_style(
                ProgressStyle::with_template(template).expect("a valid template").progress_chars("━╸─"),
            );
            bar
        });
        Self { quiet, bar }
    }

    fn show(&mut self, event: Event<'_>) {
        match event {
            Event::There(file) => self.line(&format!("{file} is there already")),
            Event::Begins(address) => {
                self.line(&format!("fetching {address}"));
                if let Some(bar) = &self.bar {
                    bar.reset();
                }
            }
            Event::Bytes(bytes, whole) => {
                if let Some(bar) = &self.bar {
                    if let Some(whole) = whole {
                        bar.set_length(whole);
                    }
                    bar.set_position(bytes);
                }
            }
            Event::Refused(why) => self.line(&format!("note: {why}")),
            Event::Verified(file) => self.line(&format!("{file} is the published file")),
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            _ if self.quiet => {}
            Some(bar) => bar.println(clean(text)),
            None => tell(text),
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
