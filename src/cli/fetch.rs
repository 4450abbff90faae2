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
        say(&told(set, files.len(), &to, self.to.is_none() && root.is_some()))?;
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

/// Where a set is, and what a scenario writes to use it: its word alone where `$SIGNSIM_DATA` leads there.
fn told(set: &Remote, files: usize, to: &Path, is_led_to: bool) -> String {
    let (word, whole) = (set.word, std::path::absolute(to).unwrap_or_else(|_| to.to_owned()));
    // As YAML reads it, whatever characters it has.
    let dir = serde_json::Value::from(whole.display().to_string());
    let data = if is_led_to { word.to_owned() } else { format!("{{ {word}: {{ dir: {dir} }} }}") };
    format!("{} is in {}: {files} files\ndata: {data}\n", set.title, whole.named())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_can_be_written_in_a_scenario() {
        let emnist = &SETS[2];
        assert_eq!(
            told(emnist, 24, Path::new("/data/emnist"), true),
            "EMNIST is in /data/emnist: 24 files\ndata: emnist\n"
        );
        for dir in ["/my data/m", "/a: b, {c}#\"/m", "/\u{e9}\n"] {
            let text = told(emnist, 24, Path::new(dir), false);
            let data: serde_json::Value = serde_yaml::from_str(text.lines().nth(1).unwrap()).unwrap();
            assert_eq!(data["data"]["emnist"]["dir"], dir, "{text}");
        }
    }
}
