//! Who does what, where many processes work on one folder: a claim is a file that one of them has made.
//!
//! A claim is made by exclusive creation, so that only one process has it. Whoever has it rewrites it every few seconds, in
//! place. Whoever looks at it and sees it unchanged for longer than the timeout, by the clock of who looks, takes it over, as
//! it does at once when its process is known to be gone. Who succeeds to a claim is decided by exclusive creation as well, of
//! a name that holds the token of the claim that is succeeded to; the new one then takes the place of the old by renaming. So
//! there is never a moment without a claim, and nobody can take over what somebody else has just taken over.
//!
//! Only exclusive creation, renaming and reading after opening are asked of the file system, all of which NFS has. Claims save
//! work and protect nothing: a process that was stopped for longer than the timeout may come back and finish a run that
//! somebody else has taken over. Results look after themselves.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::claim_text::{ClaimText, LARGEST, ROOM, mine, padded};
use super::heart::{Beats, Heart};
use super::holder::{Holder, now};
use crate::error::{Error, Result};
use crate::files::{self, OpenFile};
use crate::hex::hex;

/// How often a claim is rewritten, if the timeout leaves time for that.
const USUAL_BEAT: Duration = Duration::from_secs(2);

/// A timeout is at least this many beats of who holds the claim, whatever the timeout of who looks.
const FEWEST_BEATS: u32 = 3;

/// Makes claims and keeps them alive.
pub(crate) struct Claims {
    timeout: Duration,
    every: Duration,
    heart: Heart<Held>,
    /// What claims of others looked like, and since when.
    seen: Mutex<BTreeMap<PathBuf, (Vec<u8>, Instant)>>,
}

/// What a look at somebody's claim shows.
enum Look {
    Absent,
    Alive,
    /// Nobody holds it any more; its token.
    Left(String),
}

/// Held by this process; given back when dropped.
pub(crate) struct Claim {
    path: PathBuf,
    held: Arc<Held>,
    /// The token of the claim that this one took over.
    pub after: Option<String>,
    heart: Heart<Held>,
}

/// A claim while it is held.
pub(crate) struct Held {
    text: ClaimText,
    length: usize,
    beat: AtomicU64,
    round: AtomicU32,
    file: Mutex<Box<dyn OpenFile>>,
}

impl Held {
    fn bytes(&self) -> Vec<u8> {
        let (beat, round) = (self.beat.load(Ordering::Relaxed), self.round.load(Ordering::Relaxed));
        padded(&ClaimText { beat, round, ..self.text.clone() }, self.length)
    }
}

impl Beats for Held {
    /// Rewrites the claim. One that cannot be written looks left behind in time, which costs work and no result.
    fn beat(&self) {
        self.beat.fetch_add(1, Ordering::Relaxed);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // It is brought to the disk, because machines that share a folder see nothing else.
        let _ = file.rewind().and_then(|()| file.write_all(&self.bytes())).and_then(|()| file.sync());
    }
}

impl Claims {
    /// Claims of others that stay unchanged for `timeout` are taken over.
    pub(crate) fn new(timeout: Duration) -> Self {
        let every = USUAL_BEAT.min(timeout / 5);
        Self { timeout, every, heart: Heart::new(every), seen: Mutex::default() }
    }

    /// Takes the claim at `path`, if nobody has it; `rounds`: how much work it is for.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn take(&self, path: &Path, rounds: u32) -> Result<Option<Claim>> {
        loop {
            match files::create(path) {
                Ok(file) => return self.begin(path, file, (None, rounds)).map(Some),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io(path, error)),
            }
            match self.look(path)? {
                Look::Absent => {}
                Look::Alive => return Ok(None),
                Look::Left(token) => return self.succeed(path, token, rounds),
            }
        }
    }

    /// [`Claims::take`], as soon as nobody else has it; `None` after so long in vain.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn wait(&self, path: &Path, longest: Duration) -> Result<Option<Claim>> {
        let (begun, mut pause) = (Instant::now(), Duration::from_millis(1));
        loop {
            if let Some(claim) = self.take(path, 0)? {
                return Ok(Some(claim));
            }
            if begun.elapsed() > longest {
                return Ok(None);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(100));
        }
    }

    /// Writes a claim into the file at `path`, which was just made.
    fn begin(
        &self,
        path: &Path,
        mut file: Box<dyn OpenFile>,
        (after, rounds): (Option<String>, u32),
    ) -> Result<Claim> {
        let (token, holder) = (new_token(), Holder::me().clone());
        let every_ms = u64::try_from(self.every.as_millis()).unwrap_or(u64::MAX);
        let text = ClaimText { token, holder, since: now(), every_ms, beat: 0, round: 0, rounds };
        let length = padded(&text, 0).len() + ROOM;
        // Before anybody can read it.
        mine().insert(text.token.clone());
        if let Err(error) = file.write_all(&padded(&text, length)) {
            mine().remove(&text.token);
            let _ = files::remove_file(path);
            return Err(Error::io(path, error));
        }
        let (beat, round) = (AtomicU64::new(0), AtomicU32::new(0));
        let held = Arc::new(Held { text, length, beat, round, file: Mutex::new(file) });
        self.heart.add(&held);
        Ok(Claim { path: path.to_owned(), held, after, heart: self.heart.clone() })
    }

    /// Whether somebody holds the claim at `path`.
    fn look(&self, path: &Path) -> Result<Look> {
        let bytes = match files::read(path, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) if files::is_gone(&error) && files::read_link(path).is_err() => {
                return Ok(Look::Absent);
            }
            // A link to nothing, a folder, a pipe: it is in the place of a claim, and says nothing.
            Err(error) if files::is_wrong_file(path, &error) => Vec::new(),
            Err(error) => return Err(Error::io(path, error)),
        };
        let text = ClaimText::parse(&bytes);
        let token = || text.as_ref().map_or_else(|| "unreadable".to_owned(), |text| text.token.clone());
        if text.as_ref().is_some_and(ClaimText::is_left) {
            return Ok(Look::Left(token()));
        }
        let beats =
            text.as_ref().map_or(Duration::ZERO, |text| Duration::from_millis(text.every_ms).min(USUAL_BEAT));
        let timeout = self.timeout.max(beats.saturating_mul(FEWEST_BEATS));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match seen.get(path) {
            Some((known, since)) if *known == bytes && since.elapsed() >= timeout => Look::Left(token()),
            Some((known, _)) if *known == bytes => Look::Alive,
            _ => {
                seen.insert(path.to_owned(), (bytes, Instant::now()));
                Look::Alive
            }
        })
    }

    /// Takes over a claim that was left, unless somebody else does.
    fn succeed(&self, path: &Path, left: String, rounds: u32) -> Result<Option<Claim>> {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{left}.heir"));
        let heir = PathBuf::from(name);
        let file = match files::create(&heir) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                // Somebody else succeeds, or has ended while doing so.
                if let Look::Left(_) = self.look(&heir)? {
                    let _ = files::remove_file(&heir);
                }
                return Ok(None);
            }
            Err(error) => return Err(Error::io(&heir, error)),
        };
        let mut claim = self.begin(&heir, file, (Some(left.clone()), rounds))?;
        // An heir that came before has given the name free; then its claim is in the place.
        let same = match self.look(path)? {
            Look::Left(token) => token == left,
            Look::Alive | Look::Absent => false,
        };
        if !same {
            return Ok(None);
        }
        files::rename(&heir, path).map_err(|e| Error::io(path, e))?;
        path.clone_into(&mut claim.path);
        Ok(Some(claim))
    }
}

impl Claim {
    /// What names of files are made of that only this process writes.
    pub(crate) fn token(&self) -> &str {
        &self.held.text.token
    }

    /// One more round is done.
    pub(crate) fn round(&self) {
        self.held.round.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.heart.remove(&self.held);
        // Somebody who took it over keeps it.
        if ClaimText::read(&self.path).is_some_and(|text| text.token == self.held.text.token) {
            let _ = files::remove_file(&self.path);
        }
        mine().remove(&self.held.text.token);
    }
}

/// A word that nobody else has, no other process and nobody in this one.
pub(crate) fn new_token() -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    let process = serde_json::to_vec(Holder::me()).expect("a process is plain data");
    format!("{}-{made}", hex(&Sha256::digest(process)[..5]))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SHORT: Duration = Duration::from_millis(100);

    fn leave(path: &Path, text: &ClaimText) {
        fs::write(path, padded(text, 0)).unwrap();
    }

    /// The claim of a process elsewhere.
    fn elsewhere(path: &Path) -> ClaimText {
        let claims = Claims::new(SHORT);
        let claim = claims.take(path, 7).unwrap().unwrap();
        let holder: Holder = serde_json::from_value(
            serde_json::json!({ "host": "elsewhere", "pid": 1, "started": 0, "system": "", "build": "" }),
        )
        .unwrap();
        let text = ClaimText { holder, every_ms: 10, ..claim.held.text.clone() };
        drop(claim);
        assert!(!path.exists());
        leave(path, &text);
        text
    }

    #[test]
    fn one_has_it_until_it_is_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.claim");
        let (one, other) = (Claims::new(SHORT), Claims::new(SHORT));
        let claim = one.take(&path, 9).unwrap().unwrap();
        claim.round();
        let begun = Instant::now();
        while begun.elapsed() < SHORT * 5 {
            assert!(one.take(&path, 9).unwrap().is_none() && other.take(&path, 9).unwrap().is_none());
            std::thread::sleep(SHORT / 10);
        }
        let text = ClaimText::read(&path).unwrap();
        assert_eq!((text.round, text.rounds, text.token.as_str()), (1, 9, claim.token()));
        assert!(text.beat > 2 && text.holder == *Holder::me(), "{text:?}");
        drop(claim);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        drop(other.take(&path, 9).unwrap().unwrap());
    }

    #[test]
    fn of_all_who_see_that_it_was_left_one_succeeds() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.claim");
        for round in 0..20 {
            let text = elsewhere(&path);
            let claims: Vec<Claims> = (0..4).map(|_| Claims::new(SHORT / 4)).collect();
            let won = Mutex::new(Vec::new());
            std::thread::scope(|scope| {
                for claims in &claims {
                    scope.spawn(|| {
                        let begun = Instant::now();
                        while won.lock().unwrap().is_empty() {
                            if let Some(claim) = claims.take(&path, 7).unwrap() {
                                assert!(begun.elapsed() >= SHORT / 4);
                                won.lock().unwrap().push(claim);
                            }
                        }
                    });
                }
            });
            let won = won.into_inner().unwrap();
            assert_eq!((won.len(), won[0].after.as_deref()), (1, Some(text.token.as_str())), "{round}");
            assert_eq!(ClaimText::read(&path).unwrap().token, won[0].token());
            drop(won);
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn a_dead_process_of_this_machine_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.claim");
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let mut dead = serde_json::to_value(Holder::me()).unwrap();
        dead["pid"] = child.id().into();
        child.wait().unwrap();
        leave(&path, &ClaimText { holder: serde_json::from_value(dead).unwrap(), ..elsewhere(&path) });
        let claims = Claims::new(Duration::from_secs(1000));
        assert!(claims.take(&path, 1).unwrap().is_some_and(|claim| claim.after.is_some()));
        // One that was only half written says nothing of its process.
        fs::write(&path, "{\"tok").unwrap();
        assert!(claims.take(&path, 1).unwrap().is_none());
        let claims = Claims::new(SHORT);
        assert!(claims.wait(&path, SHORT / 10).unwrap().is_none());
        assert!(claims.wait(&path, SHORT * 20).unwrap().is_some());
    }

    /// Who was stopped for long finds its claim with another and leaves it there.
    #[test]
    fn who_comes_back_takes_nothing_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.claim");
        let (one, other) = (Claims::new(SHORT), Claims::new(SHORT));
        let first = one.take(&path, 1).unwrap().unwrap();
        one.heart.remove(&first.held);
        let second = other.wait(&path, SHORT * 20).unwrap().unwrap();
        first.held.beat();
        drop(first);
        assert_eq!(ClaimText::read(&path).unwrap().token, second.token());
        // An heir that ended before it took the place is not in the way.
        drop(second);
        let text = elsewhere(&path);
        fs::write(dir.path().join(format!("a.claim.{}.heir", text.token)), "").unwrap();
        drop(one.wait(&path, SHORT * 30).unwrap().unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
