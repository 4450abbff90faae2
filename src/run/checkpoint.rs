//! A run in a file, `runs/<id>.checkpoint`, from which the same command goes on.
//!
//! The last file but one is kept as `<id>.checkpoint.previous`: a file that is torn or damaged is never gone on from, the one
//! before it is. Only the build and the vector instructions that wrote a file go on from it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::checkpoint_file::{Header, decoded, front};
use super::identity::BUILD;
use crate::atomic_file::AtomicFile;
use crate::error::{Error, Named, Result};
use crate::files;
use crate::interrupt::{self, EndsWritten};
use crate::machine::{available_memory, gib};
use crate::sim::Checkpoints;
use crate::simd;

/// Whether runs are written down while they go on, and what becomes of what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckpointOptions {
    /// Wall time between two checkpoints of a run; without it there are none.
    pub every: Option<Duration>,
    /// Begin runs anew, wherever they were left.
    pub fresh: bool,
}

impl Default for CheckpointOptions {
    fn default() -> Self {
        Self { every: Some(Duration::from_secs(300)), fresh: false }
    }
}

/// What is found at a place.
enum Found {
    Nothing,
    /// No checkpoint of this run; in words.
    Useless(String),
    Whole(Header, Vec<u8>),
}

fn look(path: &Path, run: &str) -> Result<Found> {
    let bytes = match files::read(path, u64::MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            return Ok(Found::Useless(format!("cannot be read: {error}")));
        }
        Err(error) => return Err(Error::io(path, error)),
    };
    Ok(match decoded(&bytes) {
        Err(why) => Found::Useless(why),
        Ok((header, _)) if header.run != run => Found::Useless(format!("is of another run, {}", header.run)),
        Ok((header, state)) => Found::Whole(header, state.to_vec()),
    })
}

/// Why this process must not go on from a whole file, if it must not.
fn foreign(header: &Header) -> Option<String> {
    let level = simd::level().word();
    if header.build != BUILD {
        let build = header.build.get(..12).unwrap_or(&header.build);
        return Some(format!("another build ({build}) wrote it, and this one may compute other bits"));
    }
    (header.level != level).then(|| {
        format!(
            "it was computed with {}, this process computes with {level}: the bits may differ",
            header.level
        )
    })
}

/// The checkpoints of one run.
pub(crate) struct RunCheckpoints<'a> {
    path: PathBuf,
    every: Duration,
    /// Bytes of a state, at most, about.
    bytes: u64,
    /// Of the file that was found or written last; of none before the first.
    header: Header,
    found: Option<Vec<u8>>,
    /// Rounds that have closed.
    closed: u32,
    begun: Instant,
    /// Wall time that the run took before it was left.
    before: Duration,
    /// When the run was written down last, or began here.
    last: Instant,
    tell: &'a dyn Fn(&str),
    /// It was told that a rule does not hand out its memory.
    was_refused: bool,
    /// For as long as the run goes on.
    _ends_written: EndsWritten,
}

impl<'a> RunCheckpoints<'a> {
    /// Looks in `path` where a run was left, by its id and of how many rounds it is; with `fresh` removes what is
    /// there. It is written down `every` so often, in about so many bytes at most. What a user should know of files
    /// that are no use, or that cannot be written, is told.
    ///
    /// # Errors
    /// When another build has left it, or one on other vector instructions; when the disk refuses.
    pub(crate) fn open(
        path: PathBuf,
        (id, all): (&str, u32),
        (every, bytes): (Duration, u64),
        fresh: bool,
        tell: &'a dyn Fn(&str),
    ) -> Result<Self> {
        let (build, level) = (BUILD.to_owned(), simd::level().word().to_owned());
        let header = Header { build, level, run: id.to_owned(), rounds: 0, wall: Duration::ZERO };
        let (now, ends_written) = (Instant::now(), EndsWritten::begin());
        let mut checkpoints = Self {
            path,
            every,
            bytes,
            header,
            found: None,
            closed: 0,
            begun: now,
            before: Duration::ZERO,
            last: now,
            tell,
            was_refused: false,
            _ends_written: ends_written,
        };
        if fresh {
            checkpoints.remove();
        } else {
            checkpoints.look(all)?;
        }
        Ok(checkpoints)
    }

    fn look(&mut self, all: u32) -> Result<()> {
        for path in [self.path.clone(), previous(&self.path)] {
            match look(&path, &self.header.run)? {
                Found::Nothing => {}
                Found::Whole(Header { rounds, .. }, _) if rounds >= all => (self.tell)(&format!(
                    "{} tells of {rounds} rounds that have closed, and there are {all}; it is not used",
                    path.named()
                )),
                Found::Useless(why) => (self.tell)(&format!("{} {why}; it is not used", path.named())),
                Found::Whole(header, state) => {
                    if let Some(why) = foreign(&header) {
                        let message = format!("{} is not gone on from: {why}", path.named());
                        return Err(Error::run(message).help(
                            "go on with the build and on a processor like those that wrote it (--simd holds processors to one \
                             level), or begin such runs anew with --fresh",
                        ));
                    }
                    (self.closed, self.before) = (header.rounds, header.wall);
                    (self.header, self.found) = (header, Some(state));
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Rounds that are in the file that was found or written last; 0 where there is none.
    pub(crate) const fn rounds(&self) -> u32 {
        self.header.rounds
    }

    /// Wall time that the run has taken, here and before.
    pub(crate) fn wall(&self) -> Duration {
        self.before.saturating_add(self.begun.elapsed())
    }

    /// Removes the files: the run is finished, or begins anew.
    pub(crate) fn remove(&self) {
        for path in [self.path.clone(), previous(&self.path)] {
            if let Err(error) = files::remove_file(&path)
                && error.kind() != ErrorKind::NotFound
            {
                (self.tell)(&format!("{} cannot be removed: {error}", path.named()));
            }
        }
    }

    /// Whether there is memory for a state, which is put together there. Where there is not, the run goes on without.
    fn fits(&mut self) -> bool {
        let free = available_memory().unwrap_or(u64::MAX);
        // A list that grows holds up to twice what is in it.
        let fits = self.bytes.saturating_mul(2) <= free;
        if !fits {
            (self.tell)(&format!(
                "the run cannot be written down: that takes up to {} of memory, and {} are free",
                gib(self.bytes.saturating_mul(2)),
                gib(free)
            ));
            self.last = Instant::now();
        }
        fits
    }

    fn write(&self, header: &Header, state: &[u8]) -> Result<()> {
        let front = front(header, state);
        let sum = Sha256::new().chain_update(&front).chain_update(state).finalize();
        let mut file = AtomicFile::replace(&self.path)?;
        [&front, state, &sum].into_iter().try_for_each(|part| file.put(part))?;
        match files::rename(&self.path, &previous(&self.path)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io(&self.path, error)),
            _ => file.commit(),
        }
    }
}

impl Checkpoints for RunCheckpoints<'_> {
    fn found(&mut self) -> Option<Vec<u8>> {
        self.found.take()
    }

    fn wanted(&mut self) -> bool {
        self.closed = self.closed.saturating_add(1);
        (interrupt::ending() || self.last.elapsed() >= self.every) && self.fits()
    }

    /// A disk that refuses does not end a run that can go on; the file before stays.
    fn keep(&mut self, state: &[u8]) -> Result<()> {
        let header = Header { rounds: self.closed, wall: self.wall(), ..self.header.clone() };
        match self.write(&header, state) {
            Ok(()) => self.header = header,
            Err(error) => (self.tell)(&format!("the run cannot be written down: {error}")),
        }
        self.last = Instant::now();
        if interrupt::ending() { Err(Error::Interrupted) } else { Ok(()) }
    }

    fn refused(&mut self, why: &str) -> Result<()> {
        if !std::mem::replace(&mut self.was_refused, true) {
            (self.tell)(&format!("the run cannot be resumed inside: {why}"));
        }
        self.last = Instant::now();
        if interrupt::ending() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

/// Where the file before is kept.
fn previous(path: &Path) -> PathBuf {
    path.with_extension("checkpoint.previous")
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    const ID: &str = "0123456789abcdef";

    /// Opens the checkpoints in `dir`: the rounds and the state that are found, and what is told.
    fn open(dir: &Path, fresh: bool) -> Result<(u32, Option<Vec<u8>>, Vec<String>)> {
        let told = RefCell::default();
        let tell = |remark: &str| RefCell::<Vec<String>>::borrow_mut(&told).push(remark.to_owned());
        let path = dir.join(format!("{ID}.checkpoint"));
        let mut found = RunCheckpoints::open(path, (ID, 9), (Duration::ZERO, 1), fresh, &tell)?;
        let (rounds, state) = (found.rounds(), found.found());
        drop(found);
        Ok((rounds, state, told.into_inner()))
    }

    /// Two checkpoints, after rounds 1 and 2.
    fn written() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(format!("{ID}.checkpoint"));
        let mut run =
            RunCheckpoints::open(path, (ID, 9), (Duration::ZERO, 1), false, &|remark| panic!("{remark}"))
                .unwrap();
        for round in [1, 2] {
            assert!(run.wanted());
            run.keep(&[round; 50]).unwrap();
        }
        dir
    }

    fn file(dir: &Path, name: &str) -> PathBuf {
        dir.join(format!("{ID}.{name}"))
    }

    #[test]
    fn the_newest_that_is_whole_is_found() {
        let dir = written();
        assert_eq!(open(dir.path(), false).unwrap(), (2, Some(vec![2; 50]), vec![]));
        fs::remove_file(file(dir.path(), "checkpoint")).unwrap();
        assert_eq!(open(dir.path(), false).unwrap(), (1, Some(vec![1; 50]), vec![]));
        assert_eq!(open(dir.path(), true).unwrap(), (0, None, vec![]));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    /// Writes what another build, or another processor, would have written.
    fn of_another(change: fn(&mut Header)) -> Error {
        let dir = written();
        let path = file(dir.path(), "checkpoint");
        let (mut header, state) = decoded(&fs::read(&path).unwrap()).map(|(h, s)| (h, s.to_vec())).unwrap();
        change(&mut header);
        let front = front(&header, &state);
        let sum = Sha256::new().chain_update(&front).chain_update(&state).finalize();
        fs::write(&path, [&front[..], &state, &sum].concat()).unwrap();
        open(dir.path(), false).unwrap_err()
    }

    #[test]
    fn another_build_and_another_processor_are_refused() {
        let error = of_another(|header| header.build = "0".repeat(64));
        assert!(error.to_string().contains("another build (000000000000)"), "{error}");
        let error = of_another(|header| header.level = "quantum".to_owned());
        assert!(error.to_string().contains("with quantum, this process computes with"), "{error}");
        assert!(error.advice().unwrap().contains("--fresh"));
    }

    proptest! {
        /// Whatever is flipped, cut off or added: the file before is found, and the reader is told.
        #[test]
        fn a_damaged_file_is_never_gone_on_from(at: prop::sample::Index, flip in 1_u8.., cut in 0_u8..3) {
            let dir = written();
            let path = file(dir.path(), "checkpoint");
            let mut bytes = fs::read(&path).unwrap();
            let at = at.index(bytes.len());
            match cut {
                0 => bytes[at] ^= flip,
                1 => bytes.truncate(at),
                _ => bytes.push(flip),
            }
            fs::write(&path, &bytes).unwrap();
            let (rounds, state, told) = open(dir.path(), false).unwrap();
            prop_assert_eq!((rounds, state), (1, Some(vec![1; 50])));
            prop_assert!(told.len() == 1 && told[0].ends_with("it is not used"), "{:?}", told);
            fs::write(file(dir.path(), "checkpoint.previous"), &bytes).unwrap();
            let (rounds, state, told) = open(dir.path(), false).unwrap();
            prop_assert_eq!((rounds, state, told.len()), (0, None, 2));
        }
    }
}
