//! A run in a file, `runs/<id>.checkpoint`, from which the same command goes on.
//!
//! ```text
//! "signckpt"  version, 4 bytes  length of the header, 4  length of the state, 8  header  state  SHA-256 of all of it, 32
//! ```
//!
//! Numbers are little endian; header and state are postcard's. The last file but one is kept as `<id>.checkpoint.previous`:
//! a file that is torn or damaged is never gone on from, the one before it is. Only the build and the vector instructions
//! that wrote a file go on from it.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::identity::BUILD;
use crate::atomic_file::AtomicFile;
use crate::error::{Error, Result};
use crate::interrupt::{self, EndsWritten};
use crate::machine::{available_memory, gib};
use crate::sim::Checkpoints;
use crate::simd;
use crate::state::{put, take};

const MAGIC: &[u8; 8] = b"signckpt";
const VERSION: u32 = 1;
/// Bytes before the header, and behind the state.
const FRONT: usize = 24;
const BACK: usize = 32;

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

/// What a file says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Header {
    build: String,
    /// Vector instructions.
    level: String,
    run: String,
    /// Rounds that have closed.
    rounds: u32,
    /// Wall time that the run took so far.
    wall: Duration,
}

/// What stands before the state.
fn front(header: &Header, state: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(header, &mut bytes);
    let header = bytes;
    let lengths =
        [(header.len() as u32).to_le_bytes().as_slice(), &(state.len() as u64).to_le_bytes()].concat();
    [MAGIC, VERSION.to_le_bytes().as_slice(), &lengths, &header].concat()
}

/// Header and state of a file; in words why it has none.
fn decoded(bytes: &[u8]) -> std::result::Result<(Header, &[u8]), String> {
    let front = bytes.get(..FRONT).ok_or("is cut short")?;
    let (magic, lengths) = front.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err("is no checkpoint".to_owned());
    }
    let number =
        |from: usize, to: usize| lengths[from..to].iter().rev().fold(0, |n, b| n << 8 | u64::from(*b));
    let (version, header, state) = (number(0, 4), number(4, 8), number(8, 16));
    let whole =
        [FRONT as u64, header, BACK as u64].iter().try_fold(state, |sum: u64, part| sum.checked_add(*part));
    if whole != Some(bytes.len() as u64) {
        return Err("is cut short, or longer than it says".to_owned());
    }
    let (told, sum) = bytes.split_at(bytes.len() - BACK);
    if Sha256::digest(told).as_slice() != sum {
        return Err("is damaged: its checksum is another one".to_owned());
    }
    if version != u64::from(VERSION) {
        return Err(format!("has format {version}, not {VERSION}"));
    }
    let (header, state) = told[FRONT..].split_at(header as usize);
    Ok((take(&mut { header }).map_err(|e| e.to_string())?, state))
}

/// What is found at a place.
enum Found {
    Nothing,
    /// No checkpoint of this run; in words.
    Useless(String),
    Whole(Header, Vec<u8>),
}

fn look(path: &Path, run: &str) -> Result<Found> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
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

/// Whether another build has written a checkpoint, as far as it says.
pub(crate) fn is_of_another_build(path: &Path) -> bool {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(4096).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let length = bytes.get(12..16).map_or(0, |b| u32::from_le_bytes(b.try_into().expect("four bytes")));
    let header =
        bytes.get(FRONT..FRONT.saturating_add(length as usize)).and_then(|mut b| take::<Header>(&mut b).ok());
    bytes.starts_with(MAGIC) && header.is_some_and(|header| header.build != BUILD)
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
    /// For as long as the run goes on.
    _ends_written: EndsWritten,
}

impl<'a> RunCheckpoints<'a> {
    /// Looks in `path` where the run `id` was left; with `fresh` removes what is there. It is written down `every` so often, in
    /// about so many bytes at most. What a user should know of files that are no use, or that cannot be written, is told.
    ///
    /// # Errors
    /// When another build has left it, or one on other vector instructions; when the disk refuses.
    pub(crate) fn open(
        path: PathBuf,
        id: &str,
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
            _ends_written: ends_written,
        };
        if fresh {
            checkpoints.remove();
        } else {
            checkpoints.look()?;
        }
        Ok(checkpoints)
    }

    fn look(&mut self) -> Result<()> {
        for path in [self.path.clone(), previous(&self.path)] {
            match look(&path, &self.header.run)? {
                Found::Nothing => {}
                Found::Useless(why) => (self.tell)(&format!("{} {why}; it is not used", path.display())),
                Found::Whole(header, state) => {
                    if let Some(why) = foreign(&header) {
                        let message = format!("{} is not gone on from: {why}", path.display());
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
        self.before + self.begun.elapsed()
    }

    /// Removes the files: the run is finished, or begins anew.
    pub(crate) fn remove(&self) {
        for path in [self.path.clone(), previous(&self.path)] {
            if let Err(error) = fs::remove_file(&path)
                && error.kind() != ErrorKind::NotFound
            {
                (self.tell)(&format!("{} cannot be removed: {error}", path.display()));
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
        let mut file = AtomicFile::create(&self.path)?;
        [&front, state, &sum].into_iter().try_for_each(|part| file.put(part))?;
        match fs::rename(&self.path, previous(&self.path)) {
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
        self.closed += 1;
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
}

/// Where the file before is kept.
fn previous(path: &Path) -> PathBuf {
    path.with_extension("checkpoint.previous")
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use proptest::prelude::*;

    use super::*;

    const ID: &str = "0123456789abcdef";

    /// Opens the checkpoints in `dir`: the rounds and the state that are found, and what is told.
    fn open(dir: &Path, fresh: bool) -> Result<(u32, Option<Vec<u8>>, Vec<String>)> {
        let told = RefCell::default();
        let tell = |remark: &str| RefCell::<Vec<String>>::borrow_mut(&told).push(remark.to_owned());
        let path = dir.join(format!("{ID}.checkpoint"));
        let mut found = RunCheckpoints::open(path, ID, (Duration::ZERO, 1), fresh, &tell)?;
        let (rounds, state) = (found.rounds(), found.found());
        drop(found);
        Ok((rounds, state, told.into_inner()))
    }

    /// Two checkpoints, after rounds 1 and 2.
    fn written() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(format!("{ID}.checkpoint"));
        let mut run =
            RunCheckpoints::open(path, ID, (Duration::ZERO, 1), false, &|remark| panic!("{remark}")).unwrap();
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
