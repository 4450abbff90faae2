//! `runs/`: how runs come into their places, whoever else is putting others there.
//!
//! A run is written under a name of its writer's own, brought to the disk with its folder, and renamed. A folder that is in
//! the place already is in the way of that, on every file system: the first that finished a run stays, and the second one
//! compares.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::failed::FailedRun;
use super::folder::{ResultFolder, remove};
use super::rows::SummaryRow;
use super::stored::{self, Finished, Machine, RunFile, json};
use crate::atomic_file::{remove_leftovers, sync_folder, write_new};
use crate::error::{Error, Named, Result};
use crate::files;

/// The model of a run, beside its tables.
const MODEL: &str = "model.npz";

const FAILED: &str = ".failed";
const CLAIM: &str = ".claim";
const PENDING: &str = ".pending";

/// The runs of a folder by the names in `runs/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Their results are there.
    pub finished: BTreeSet<String>,
    /// They are kept with the reason.
    pub failed: BTreeSet<String>,
    /// Somebody computes them, or did when it ended.
    pub claimed: BTreeSet<String>,
}

/// Which run stands in the place where one was to be put.
pub enum Placed {
    /// This one.
    Here,
    /// The same, which somebody else had finished before; its row of the summary.
    There(Box<SummaryRow>),
}

impl ResultFolder {
    /// One look at `runs/`.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn listing(&self) -> Result<Listing> {
        let mut listing = Listing::default();
        for name in self.names()? {
            if let Some(id) = name.strip_suffix(FAILED) {
                listing.failed.insert(id.to_owned());
            } else if let Some(id) = name.strip_suffix(CLAIM) {
                listing.claimed.insert(id.to_owned());
            } else if !name.contains('.') {
                listing.finished.insert(name);
            }
        }
        Ok(listing)
    }

    /// Where the claim of a run is.
    #[must_use]
    pub fn claim(&self, id: &str) -> PathBuf {
        self.run_dir(&format!("{id}{CLAIM}"))
    }

    /// Where a failed run is kept.
    #[must_use]
    pub fn failed_dir(&self, id: &str) -> PathBuf {
        self.run_dir(&format!("{id}{FAILED}"))
    }

    fn pending(&self, id: &str, writer: &str) -> PathBuf {
        self.run_dir(&format!("{id}.{writer}{PENDING}"))
    }

    /// The row of a run that has just come to its place; its tables are not looked at.
    ///
    /// # Errors
    /// When it is not as it was written.
    pub fn row(&self, id: &str) -> Result<SummaryRow> {
        stored::read_sealed(&self.run_dir(id)).map(|file| file.summary)
    }

    /// Where the model of a finished run is, if it was saved.
    #[must_use]
    pub fn model(&self, id: &str) -> PathBuf {
        self.run_dir(id).join(MODEL)
    }

    /// Saves the model of a finished run, which lies in its place. `writer`: a word that nobody else has.
    ///
    /// It is written among the half-written runs, where the next process that ends sweeps up what a killed one has left.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_model(&self, id: &str, npz: &[u8], writer: &str) -> Result<()> {
        let (pending, place) = (self.pending(&format!("{id}.model"), writer), self.model(id));
        loop {
            write_new(&pending, npz).inspect_err(|_| _ = remove(&pending))?;
            match files::rename(&pending, &place) {
                Ok(()) => return sync_folder(&self.run_dir(id)),
                // Another process has ended meanwhile, and could not know that somebody is at work on it.
                Err(_) if matches!(files::kind(&pending), Ok(None)) => {}
                Err(error) => {
                    remove(&pending)?;
                    return Err(Error::io(&place, error));
                }
            }
        }
    }

    /// Puts a finished run in its place, whole or not at all. `writer`: a word that no other process has; `told`: the digest
    /// that the manifest tells of this run, which says which of two is the damaged one.
    ///
    /// # Errors
    /// When the disk refuses; when the run stands there with another digest.
    pub fn place_run(&self, run: &Finished<'_>, writer: &str, told: Option<&str>) -> Result<Placed> {
        let id = &run.summary.run;
        let (pending, place) = (self.pending(id, writer), self.run_dir(id));
        remove(&pending)?;
        files::create_folder(&pending).map_err(|e| Error::io(&pending, e))?;
        let placed = stored::write(&pending, run)
            .and_then(|()| sync_folder(&pending))
            .and_then(|()| self.put(&pending, &place, run, told))
            // Who was away for long may find its folder swept up, after somebody else has finished the run.
            .or_else(|error| match stored::read_whole(&place) {
                Ok(there) if there.summary.digest == run.summary.digest => {
                    Ok(Placed::There(Box::new(there.summary)))
                }
                _ => Err(error),
            })
            // Nobody may be told of a run that a machine could still lose.
            .and_then(|placed| sync_folder(&self.runs()).map(|()| placed));
        if !matches!(placed, Ok(Placed::Here)) {
            // What went wrong, if anything did, is on its way to the reader.
            let _ = remove(&pending);
        }
        placed
    }

    fn put(&self, pending: &Path, place: &Path, run: &Finished<'_>, told: Option<&str>) -> Result<Placed> {
        let digest = run.summary.digest.as_str();
        loop {
            let Err(error) = files::rename(pending, place) else { return Ok(Placed::Here) };
            if !matches!(files::kind(place), Ok(Some(_))) {
                return Err(Error::io(place, error));
            }
            match stored::read_whole(place) {
                Ok(there) if there.summary.digest == digest => {
                    return Ok(Placed::There(Box::new(there.summary)));
                }
                Ok(there) if told != Some(digest) => return Err(differ(place, &there, run)),
                // It is damaged.
                _ => {
                    let aside = pending.with_extension("damaged.pending");
                    remove(&aside)?;
                    match files::rename(place, &aside) {
                        // Somebody else has just done so.
                        Err(error) if error.kind() == ErrorKind::NotFound => {}
                        moved => moved.map_err(|e| Error::io(place, e))?,
                    }
                    remove(&aside)?;
                }
            }
        }
    }

    /// Keeps a run that failed, with its reason and a scenario that asks for it; what was written down of it on the way goes.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn place_failure(&self, failed: &FailedRun, scenario: &str, writer: &str) -> Result<()> {
        let (pending, place) = (self.pending(&failed.id, writer), self.failed_dir(&failed.id));
        remove(&pending)?;
        files::create_folder(&pending).map_err(|e| Error::io(&pending, e))?;
        let files = [
            ("error.txt", failed.text().into_bytes()),
            ("failure.json", json(failed)),
            ("scenario.yaml", scenario.as_bytes().to_vec()),
        ];
        let write = || {
            files.iter().try_for_each(|(name, bytes)| write_new(&pending.join(name), bytes))?;
            sync_folder(&pending)?;
            self.forget_failure(&failed.id)?;
            files::rename(&pending, &place).map_err(|e| Error::io(&place, e))?;
            sync_folder(&self.runs())?;
            // It fails again wherever it goes on from.
            let written = ["checkpoint", "checkpoint.previous"].map(|rest| format!("{}.{rest}", failed.id));
            written.iter().try_for_each(|name| remove(&self.run_dir(name)))
        };
        write().inspect_err(|_| _ = remove(&pending))
    }

    /// Why a run failed, if it did.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn failure(&self, id: &str) -> Result<Option<FailedRun>> {
        FailedRun::read(&self.failed_dir(id))
    }

    /// Forgets that a run has failed.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn forget_failure(&self, id: &str) -> Result<()> {
        let (place, aside) = (self.failed_dir(id), self.run_dir(&format!("{id}{FAILED}{PENDING}")));
        if files::kind(&place).map_err(|e| Error::io(&place, e))?.is_some() {
            // At once, and on the disk before anything goes: half of it would be a failure without a reason.
            remove(&aside)?;
            match files::rename(&place, &aside) {
                // Somebody else was faster.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                moved => moved.map_err(|e| Error::io(&place, e))?,
            }
            sync_folder(&self.runs())?;
            remove(&aside)?;
        }
        Ok(())
    }

    /// Removes what the former holder of a claim has left half-written.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn forget_writer(&self, id: &str, writer: &str) -> Result<()> {
        let checkpoint = format!("{id}.checkpoint");
        remove_leftovers(&self.runs(), &[&checkpoint])?;
        remove(&self.pending(id, writer))
    }

    /// Removes what processes that are gone have left in `runs/`: half-written runs that nobody claims, claims and
    /// checkpoints of those that have ended.
    pub(super) fn sweep_runs(&self) -> Result<()> {
        let Listing { finished, failed, claimed } = self.listing()?;
        for name in self.names()? {
            let Some((id, rest)) = name.split_once('.') else { continue };
            // A claim made since the first look belongs to somebody who is at work.
            let claim = self.claim(id);
            let unclaimed =
                !claimed.contains(id) && files::kind(&claim).map_err(|e| Error::io(&claim, e))?.is_none();
            let left = match rest {
                // Nobody needs anything more of a run that is finished.
                rest if rest.ends_with("pending") => unclaimed || finished.contains(id),
                rest if rest.starts_with("claim") => finished.contains(id) || failed.contains(id),
                rest if rest.starts_with("checkpoint") => {
                    failed.contains(id) || stored::read_whole(&self.run_dir(id)).is_ok()
                }
                _ => false,
            };
            if left {
                remove(&self.run_dir(&name))?;
            }
        }
        // Who was killed may have had no time for that.
        sync_folder(&self.runs())
    }
}

/// Two machines do not agree on a run.
fn differ(place: &Path, there: &RunFile, run: &Finished<'_>) -> Error {
    let words = |Machine { host, cpu_features, simd }: &Machine, digest: &str| {
        let host = if host.is_empty() { "a machine that is not named" } else { host };
        let digest = digest.get(..12).unwrap_or(digest);
        format!("{host} ({}; computed with {simd}): digest {digest}…", cpu_features.join(" "))
    };
    Error::run(format!(
        "{}: two machines do not agree on this run; the first result stays\n  {}\n  {}",
        place.named(),
        words(&there.machine, &there.summary.digest),
        words(&run.machine, &run.summary.digest)
    ))
    .help("processors that differ round sums differently: hold all of them to one level, for example --simd portable")
}
