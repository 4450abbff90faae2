//! Published data sets fetched from where they are published: the only code that ever touches a network, and only where a user
//! asks for it by `signsim data fetch`.
//!
//! A file comes beside its place, as `NAME.part`, and is put there when its SHA-256 is the one that it is known by.
//! What an earlier call has left of it is gone on from, if the server knows parts. Of an archive the files of the set
//! are taken out, each whole or not there, and the archive is removed. What lies there already is never replaced
//! unless that is asked for.
//!
//! Proxies are taken from `ALL_PROXY`, `HTTPS_PROXY` and `HTTP_PROXY`, without those of `NO_PROXY`.

mod archive;
mod catalogue;
mod http;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::atomic_file;
use crate::error::{Error, Named, Result};
use crate::hex::hex;
use crate::interrupt;

pub use catalogue::{Keeps, Remote, RemoteFile, SETS};
use http::{Answer, Refusal};

/// A server that says nothing for so long is given up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// So often a connection that breaks is made again for a file.
const ATTEMPTS: u32 = 4;

/// Bytes between two looks at whether somebody asked to end.
const PIECE: usize = 1 << 16;

/// What is fetched, from where, and whereto.
#[derive(Debug, Clone, Copy)]
pub struct Fetch<'a> {
    /// The set.
    pub set: &'a Remote,
    /// The only place to fetch from: a folder of the network, or the whole address of a set of one file. Else those of the set.
    pub from: Option<&'a str>,
    /// The folder that gets the files.
    pub to: &'a Path,
    /// Whether files that lie there already are replaced.
    pub replace: bool,
    /// How long a server may be silent.
    pub patience: Duration,
}

/// What happens while a set is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A file, and of an archive all that is kept of it, lies there already.
    There(&'a str),
    /// A file is asked for at this address.
    Begins(&'a str),
    /// So many bytes of it are there, of so many.
    Bytes(u64, Option<u64>),
    /// An address gives nothing, in words; another one is tried.
    Refused(&'a str),
    /// The bytes of a file are the published ones.
    Verified(&'a str),
}

impl Fetch<'_> {
    /// Fetches what is missing; gives the files of the set.
    ///
    /// # Errors
    /// Where nobody gives a file, where it is not the published one, where another file lies in its place, and where the disk
    /// refuses; [`Error::Interrupted`], after which the same call goes on.
    pub fn run(&self, tell: &mut dyn FnMut(Event<'_>)) -> Result<Vec<PathBuf>> {
        fs::create_dir_all(self.to).map_err(|e| Error::io(self.to, e))?;
        for file in self.set.files {
            if !self.replace && self.is_there(file)? {
                tell(Event::There(file.name));
            } else {
                self.file(file, tell)?;
            }
        }
        Ok(self.set.files.iter().flat_map(RemoteFile::kept).map(|name| self.to.join(name)).collect())
    }

    /// Whether a file is there. Of an archive only the names of what is kept are looked at.
    fn is_there(&self, file: &RemoteFile) -> Result<bool> {
        if !file.kept().iter().all(|name| self.to.join(name).exists()) {
            return Ok(false);
        }
        let path = self.to.join(file.name);
        if !matches!(file.keeps, Keeps::Itself) {
            return Ok(true);
        }
        let mut there = File::open(&path).map_err(|e| Error::io(&path, e))?;
        let found = Digested::of(&mut there, &path)?.sum();
        if found == file.sha256 {
            return Ok(true);
        }
        let message = format!(
            "{} is there already and is not the published file: its SHA-256 is {found}, not {}",
            path.named(),
            file.sha256
        );
        Err(Error::input(message).help("fetch into another folder with --to, or replace it with --force"))
    }

    /// The addresses of a file, the best first.
    fn addresses(&self, file: &RemoteFile) -> Vec<String> {
        match self.from {
            Some(from) if from.ends_with(file.name) => vec![from.to_owned()],
            Some(from) => vec![format!("{}/{}", from.trim_end_matches('/'), file.name)],
            None => self.set.places.iter().map(|place| format!("{place}{}", file.name)).collect(),
        }
    }

    /// Fetches one file from the first address that has it, and puts what is kept of it in its place.
    fn file(&self, file: &RemoteFile, tell: &mut dyn FnMut(Event<'_>)) -> Result<()> {
        let path = self.to.join(format!("{}.part", file.name));
        let mut part = Part::open(&path)?;
        let addresses = self.addresses(file);
        let mut last = String::new();
        let mut found = part.is(file);
        for address in &addresses {
            if found {
                break;
            }
            if !last.is_empty() {
                tell(Event::Refused(&last));
            }
            tell(Event::Begins(address));
            match part.fill(self, file, address, tell)? {
                None => found = true,
                Some(why) => last = format!("{address}: {why}"),
            }
        }
        if !found {
            if part.read.bytes == 0 {
                fs::remove_file(&path).map_err(|e| Error::io(&path, e))?;
            }
            return Err(Error::run(last).help(format!(
                "see whether the network is there (a proxy is taken from HTTPS_PROXY, HTTP_PROXY or ALL_PROXY), try again, or name another \
                 place that has {} with --from",
                file.name
            )));
        }
        tell(Event::Verified(file.name));
        part.file.sync_all().map_err(|e| Error::io(&path, e))?;
        if let Keeps::Itself = file.keeps {
            let place = self.to.join(file.name);
            fs::rename(&path, &place).map_err(|e| Error::io(&place, e))?;
            return atomic_file::sync_folder(self.to);
        }
        archive::unpack(file, self.set.largest, &path, self.to)?;
        fs::remove_file(&path).map_err(|e| Error::io(&path, e))
    }
}

/// What is known of bytes that have gone by.
#[derive(Default)]
struct Digested {
    hash: Sha256,
    bytes: u64,
}

impl Digested {
    /// All that is left of a file.
    fn of(file: &mut File, path: &Path) -> Result<Self> {
        let (mut read, mut piece) = (Self::default(), vec![0; PIECE]);
        loop {
            if interrupt::asked() {
                return Err(Error::Interrupted);
            }
            match file.read(&mut piece).map_err(|e| Error::io(path, e))? {
                0 => return Ok(read),
                bytes => read.take(&piece[..bytes]),
            }
        }
    }

    fn take(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.bytes += piece.len() as u64;
    }

    /// SHA-256 in hexadecimal.
    fn sum(&self) -> String {
        hex(&self.hash.clone().finalize())
    }
}

/// A file that is on its way, held against other processes.
struct Part {
    path: PathBuf,
    file: File,
    /// What is in it.
    read: Digested,
}

/// Why an address did not give the rest of a file, in words.
enum Broken {
    /// It gives nothing.
    Address(String),
    /// It may give more if it is asked again.
    Connection(String),
}

impl Part {
    /// What an earlier call has left, or nothing yet.
    fn open(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = file.map_err(|e| Error::io(path, e))?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(Error::input(format!("another process is fetching {}", path.named()))
                .help("wait until it has ended"));
        }
        let read = Digested::of(&mut file, path)?;
        Ok(Self { path: path.to_owned(), file, read })
    }

    /// Whether this is the published file.
    fn is(&self, file: &RemoteFile) -> bool {
        self.read.sum() == file.sha256
    }

    /// Forgets what is in it.
    fn restart(&mut self) -> Result<()> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map_err(|e| Error::io(&self.path, e))?;
        self.read = Digested::default();
        Ok(())
    }

    /// Fetches what is missing of a file; nothing where that is the published file then, else why the address is given up.
    fn fill(
        &mut self,
        ask: &Fetch<'_>,
        file: &RemoteFile,
        address: &str,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<Option<String>> {
        let mut why = String::new();
        for _ in 0..ATTEMPTS {
            let went_on = self.read.bytes > 0;
            match self.more(ask, address, tell)? {
                Ok(()) if self.is(file) => return Ok(None),
                Ok(()) => {
                    let (found, known) = (self.read.sum(), file.sha256);
                    why = format!("this is not the published file: its SHA-256 is {found}, not {known}");
                    self.restart()?;
                    if !went_on {
                        break;
                    }
                }
                Err(Broken::Address(words)) => return Ok(Some(words)),
                Err(Broken::Connection(words)) => why = words,
            }
        }
        Ok(Some(why))
    }

    /// Fetches what is missing of a file, as far as the connection lasts.
    fn more(
        &mut self,
        ask: &Fetch<'_>,
        address: &str,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<std::result::Result<(), Broken>> {
        let Answer { from, whole, mut body } = match http::open(address, self.read.bytes, ask.patience) {
            Ok(answer) => answer,
            Err(Refusal::Everybody(error)) => return Err(error),
            Err(Refusal::Server(why)) => return Ok(Err(Broken::Address(why))),
            Err(Refusal::NoSuchPart) => {
                self.restart()?;
                return Ok(Err(Broken::Connection("the server has no such part of the file".to_owned())));
            }
        };
        if from != self.read.bytes {
            self.restart()?;
        }
        let mut piece = vec![0; PIECE];
        loop {
            if interrupt::asked() {
                return Err(Error::Interrupted);
            }
            let bytes = match body.read(&mut piece) {
                Ok(0) => break,
                Ok(bytes) => bytes,
                Err(error) => return Ok(Err(Broken::Connection(format!("the connection broke: {error}")))),
            };
            if self.read.bytes + bytes as u64 > ask.set.largest {
                self.restart()?;
                let why = format!("it gives more than {} bytes: it is not this set", ask.set.largest);
                return Ok(Err(Broken::Address(why)));
            }
            self.file.write_all(&piece[..bytes]).map_err(|e| Error::io(&self.path, e))?;
            self.read.take(&piece[..bytes]);
            tell(Event::Bytes(self.read.bytes, whole));
        }
        match whole.filter(|whole| self.read.bytes < *whole) {
            None => Ok(Ok(())),
            Some(whole) => {
                let why = format!("the connection broke after {} of {whole} bytes", self.read.bytes);
                Ok(Err(Broken::Connection(why)))
            }
        }
    }
}
