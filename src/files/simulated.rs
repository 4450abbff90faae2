//! A simulated disk, which promises no more than POSIX does ([`super::image`]), and goes wrong when it is told to.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::disk::Disk;
use super::image::{Image, Node, file, folder};
use super::interface::{Files, Kind, OpenFile};

/// Which paths are on simulated disks.
static MOUNTED: RwLock<BTreeMap<PathBuf, SimulatedDisk>> = RwLock::new(BTreeMap::new());

/// The file system that a path is on.
pub(super) fn of(path: &Path) -> Arc<dyn Files> {
    let mounted = MOUNTED.read().unwrap_or_else(PoisonError::into_inner);
    match mounted.iter().find(|(root, _)| path.starts_with(root)) {
        Some((root, disk)) => Arc::new(Mounted { root: root.clone(), disk: disk.clone() }),
        None => Arc::new(Disk),
    }
}

/// A disk at a path.
struct Mounted {
    root: PathBuf,
    disk: SimulatedDisk,
}

/// How a disk goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// One operation fails, and what it was to do is half done.
    Once,
    /// From then on nothing more has room.
    Full,
    /// From then on nothing can be changed.
    ReadOnly,
    /// From then on nothing works.
    Gone,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    Read,
    /// It needs room.
    Write,
    /// It changes names, for which there is room.
    Change,
}

/// A simulated disk; clones are the same one.
#[derive(Clone)]
pub(crate) struct SimulatedDisk(Arc<Mutex<State>>);

struct State {
    image: Image,
    /// As it was after every operation that changed something.
    history: Vec<Image>,
    /// All operations so far.
    operations: Vec<Does>,
    /// From which one on, and what.
    fault: Option<(usize, Fault)>,
}

impl SimulatedDisk {
    /// A disk on which this lies.
    pub(crate) fn new(image: Image) -> Self {
        Self(Arc::new(Mutex::new(State { image, history: Vec::new(), operations: Vec::new(), fault: None })))
    }

    /// Everything below `root` is on this disk from now on, in place of another one.
    pub(crate) fn mount(&self, root: &Path) {
        MOUNTED.write().unwrap_or_else(PoisonError::into_inner).insert(root.to_owned(), self.clone());
    }

    /// From the operation of this number on the disk goes wrong.
    pub(crate) fn go_wrong(&self, at: usize, fault: Fault) {
        self.state().fault = Some((at, fault));
    }

    /// All operations so far.
    pub(crate) fn operations(&self) -> Vec<Does> {
        self.state().operations.clone()
    }

    /// What lies on it now.
    pub(crate) fn image(&self) -> Image {
        self.state().image.clone()
    }

    /// How often it has changed.
    pub(crate) fn changes(&self) -> usize {
        self.state().history.len()
    }

    /// What lay on it after every change.
    pub(crate) fn history(&self) -> Vec<Image> {
        self.state().history.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// One more operation; what is wrong with the disk, if it is.
    fn operate(&mut self, does: Does) -> io::Result<()> {
        let number = self.operations.len();
        self.operations.push(does);
        let Some((at, fault)) = self.fault else { return Ok(()) };
        let now = number >= at;
        match fault {
            Fault::Once if number == at => Err(io::Error::other("the disk has failed")),
            Fault::Full if now && does == Does::Write => Err(ErrorKind::StorageFull.into()),
            Fault::ReadOnly if now && does != Does::Read => Err(ErrorKind::ReadOnlyFilesystem.into()),
            Fault::Gone if now => Err(io::Error::other("the disk is gone")),
            _ => Ok(()),
        }
    }

    /// Changes the image, and remembers it.
    fn change<T>(&mut self, change: impl FnOnce(&mut Image) -> io::Result<T>) -> io::Result<T> {
        let changed = change(&mut self.image)?;
        self.history.push(self.image.clone());
        Ok(changed)
    }
}

impl Mounted {
    fn below<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).expect("paths below the root are asked for")
    }

    /// Changes something, if nothing is wrong.
    fn change<T>(&self, does: Does, change: impl FnOnce(&mut Image) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.disk.state();
        state.operate(does)?;
        state.change(change)
    }

    /// Looks at something, if nothing is wrong.
    fn look<T>(&self, look: impl FnOnce(&Image) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.disk.state();
        state.operate(Does::Read)?;
        look(&state.image)
    }
}

impl Files for Mounted {
    fn kind(&self, path: &Path) -> io::Result<Kind> {
        self.look(|image| {
            Ok(match image.nodes[image.node(self.below(path))?] {
                Node::File { .. } => Kind::File,
                Node::Folder { .. } => Kind::Folder,
            })
        })
    }

    fn read_link(&self, _: &Path) -> io::Result<PathBuf> {
        Err(ErrorKind::InvalidInput.into())
    }

    fn read(&self, path: &Path, _: u64) -> io::Result<Vec<u8>> {
        self.look(|image| match &image.nodes[image.node(self.below(path))?] {
            Node::File { now, .. } => Ok(now.to_vec()),
            Node::Folder { .. } => Err(ErrorKind::IsADirectory.into()),
        })
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read>> {
        Ok(Box::new(io::Cursor::new(self.read(path, u64::MAX)?)))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.look(|image| match &image.nodes[image.node(self.below(dir))?] {
            Node::Folder { now, .. } => Ok(now.keys().cloned().collect()),
            Node::File { .. } => Err(ErrorKind::NotADirectory.into()),
        })
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let node = self.change(Does::Write, |image| image.add(self.below(path), file(Arc::default())))?;
        Ok(Box::new(SimulatedFile { disk: self.disk.clone(), node, at: 0 }))
    }

    fn open_other(&self, _: &Path) -> io::Result<Box<dyn OpenFile>> {
        Err(ErrorKind::NotFound.into())
    }

    fn permit_as(&self, _: &Path, _: &Path) -> io::Result<()> {
        self.change(Does::Change, |_| Ok(()))
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.change(Does::Write, |image| image.add(self.below(path), folder()).map(|_| ()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(Does::Change, |image| image.rename(self.below(from), self.below(to)))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.change(Does::Change, |image| image.remove(self.below(path), false))
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.change(Does::Change, |image| image.remove(self.below(path), true))
    }

    fn sync_folder(&self, dir: &Path) -> io::Result<()> {
        self.change(Does::Write, |image| {
            let node = image.node(self.below(dir))?;
            image.sync(node);
            Ok(())
        })
    }
}

/// A file that is open.
struct SimulatedFile {
    disk: SimulatedDisk,
    node: usize,
    /// Where the next bytes go.
    at: usize,
}

impl SimulatedFile {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (node, at) = (self.node, self.at);
        self.at += bytes.len();
        self.disk.state().change(|image| {
            if let Node::File { now, .. } = &mut image.nodes[node] {
                let mut new = now.to_vec();
                new.resize(new.len().max(at + bytes.len()), 0);
                new[at..at + bytes.len()].copy_from_slice(bytes);
                *now = Arc::new(new);
            }
            Ok(())
        })
    }
}

impl Write for SimulatedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let wrong = self.disk.state().operate(Does::Write);
        self.put(if wrong.is_ok() { bytes } else { &bytes[..bytes.len() / 2] })?;
        wrong.map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OpenFile for SimulatedFile {
    fn rewind(&mut self) -> io::Result<()> {
        self.at = 0;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.operate(Does::Write)?;
        state.change(|image| {
            image.sync(self.node);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::image::Loss;
    use super::super::{create, create_folder, kind, list, remove, rename, sync_folder};
    use super::*;

    /// What machines that fail find on this disk: names and contents, a file a word.
    fn found(disk: &SimulatedDisk, loss: impl Iterator<Item = Loss>) -> BTreeSet<String> {
        let words = |image: Image| {
            let files = image.files().into_iter().filter(|(path, _)| !path.is_empty());
            let word =
                |(path, bytes): (String, Arc<Vec<u8>>)| format!("{path}={}", String::from_utf8_lossy(&bytes));
            files.map(word).collect::<Vec<_>>().join(" ")
        };
        loss.map(|loss| words(disk.image().after_crash(loss))).collect()
    }

    #[test]
    fn what_was_not_synced_may_be_lost_and_what_was_may_not() {
        let root = Path::new("/simulated/promises");
        let disk = SimulatedDisk::new(Image::empty());
        disk.mount(root);
        let at = |name: &str| root.join(name);
        let one = |loss| found(&disk, [loss].into_iter()).pop_first().unwrap();
        let any = || found(&disk, (0..200).map(Loss::Part));
        let mut file = create(&at("a")).unwrap();
        file.write_all(b"xy").unwrap();
        assert_eq!((one(Loss::Nothing), one(Loss::All)), ("a=xy".to_owned(), String::new()));
        let torn = ["", "a=", "a=\0\0", "a=x", "a=x\0", "a=xy"].map(str::to_owned);
        assert_eq!(any(), BTreeSet::from(torn));
        // A name without what it names, and the other way round.
        sync_folder(root).unwrap();
        assert_eq!(one(Loss::All), "a=");
        file.sync().unwrap();
        assert_eq!(any(), BTreeSet::from(["a=xy".to_owned()]));
        rename(&at("a"), &at("b")).unwrap();
        assert_eq!((one(Loss::All), one(Loss::Nothing)), ("a=xy".to_owned(), "b=xy".to_owned()));
        create_folder(&at("f")).unwrap();
        create(&at("f/c")).unwrap().sync().unwrap();
        sync_folder(&at("f")).unwrap();
        let whole = ["a=xy", "a=xy f/= f/c=", "b=xy", "b=xy f/= f/c="].map(str::to_owned);
        assert_eq!(any(), BTreeSet::from(whole));
        remove(&at("f")).unwrap();
        sync_folder(root).unwrap();
        assert_eq!(one(Loss::All), "b=xy");
        file.rewind().unwrap();
        file.write_all(b"z").unwrap();
        assert_eq!((one(Loss::All), one(Loss::Nothing)), ("b=xy".to_owned(), "b=zy".to_owned()));
    }

    #[test]
    fn disks_go_wrong_as_they_are_told() {
        let root = Path::new("/simulated/wrong");
        for (fault, works) in [
            (Fault::Once, "create list remove"),
            (Fault::Full, "list remove"),
            (Fault::ReadOnly, "list"),
            (Fault::Gone, ""),
        ] {
            let disk = SimulatedDisk::new(Image::empty());
            disk.mount(root);
            let mut file = create(&root.join("a")).unwrap();
            disk.go_wrong(disk.operations().len(), fault);
            assert!(file.write_all(b"four").is_err());
            let does = [
                ("create", create(&root.join("b")).is_ok()),
                ("list", list(root).is_ok() && kind(root).is_ok()),
                ("remove", remove(&root.join("a")).is_ok()),
            ];
            let working: Vec<&str> = does.iter().filter(|(_, works)| *works).map(|(name, _)| *name).collect();
            assert_eq!(working.join(" "), works, "{fault:?}");
        }
    }
}
