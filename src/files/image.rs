//! What lies on a simulated disk, and what a machine that fails leaves of it.
//!
//! What was written to a file is on the disk once the file was synced, and a name once its folder was. Before that, a
//! machine that fails keeps any part of it: a file may be as it was, whole, cut, or as long as it should be and empty
//! in places; of the names that came, went and changed in a folder, any may have done so. A change of a name is all
//! or nothing.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

/// What lies on a disk, and what of it has been brought there.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    /// By number; the first is the root.
    pub(super) nodes: Vec<Node>,
}

#[derive(Debug, Clone)]
pub(super) enum Node {
    File { now: Arc<Vec<u8>>, synced: Arc<Vec<u8>> },
    Folder { now: Names, synced: Names, since: Vec<Change> },
}

pub(super) type Names = BTreeMap<String, usize>;

/// What happened to the names of a folder since it was synced.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Came(String, usize),
    Went(String),
    Renamed(String, String, usize),
}

impl Change {
    fn make(&self, names: &mut Names) {
        match self {
            Self::Came(name, node) => _ = names.insert(name.clone(), *node),
            Self::Went(name) => _ = names.remove(name),
            Self::Renamed(from, to, node) => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
        }
    }
}

/// What a machine that fails loses of what was not brought to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Nothing: only the program was ended.
    Nothing,
    All,
    /// Any part, by this number.
    Part(u64),
}

impl Image {
    /// An empty disk.
    pub(crate) fn empty() -> Self {
        Self { nodes: vec![folder()] }
    }

    /// What is found when the machine comes up again.
    pub(crate) fn after_crash(&self, loss: Loss) -> Self {
        let mut found = Self::empty();
        let mut chance = Chance(if let Loss::Part(seed) = loss { seed } else { 0 });
        self.copy((0, &mut found, 0), loss, &mut chance);
        found
    }

    /// Copies what is kept of the folder `from` into the one at `to`.
    fn copy(&self, (from, found, to): (usize, &mut Self, usize), loss: Loss, chance: &mut Chance) {
        let Node::Folder { now, synced, since } = &self.nodes[from] else { return };
        let mut kept = if loss == Loss::Nothing { now.clone() } else { synced.clone() };
        if let Loss::Part(_) = loss {
            since.iter().filter(|_| chance.below(2) == 0).for_each(|change| change.make(&mut kept));
        }
        for (name, node) in kept {
            let copy = found.nodes.len();
            found.nodes.push(match &self.nodes[node] {
                Node::File { now, synced } => file(match loss {
                    Loss::Nothing => Arc::clone(now),
                    Loss::All => Arc::clone(synced),
                    Loss::Part(_) => torn(now, synced, chance),
                }),
                Node::Folder { .. } => folder(),
            });
            self.copy((node, found, copy), loss, chance);
            if let Node::Folder { now, synced, .. } = &mut found.nodes[to] {
                now.insert(name.clone(), copy);
                synced.insert(name, copy);
            }
        }
    }

    /// All files by their paths, and all folders, which end in a slash.
    pub(crate) fn files(&self) -> BTreeMap<String, Arc<Vec<u8>>> {
        let (mut found, mut open) = (BTreeMap::new(), vec![(String::new(), 0)]);
        while let Some((path, node)) = open.pop() {
            match &self.nodes[node] {
                Node::File { now, .. } => _ = found.insert(path, Arc::clone(now)),
                Node::Folder { now, .. } => {
                    let slash = if path.is_empty() { path } else { path + "/" };
                    open.extend(now.iter().map(|(name, node)| (format!("{slash}{name}"), *node)));
                    found.insert(slash, Arc::default());
                }
            }
        }
        found
    }

    /// The node at a path below the root, its name and the folder that it is in.
    fn place(&self, path: &Path) -> io::Result<(usize, String, Option<usize>)> {
        let (mut at, mut found) = (0, Some(0));
        let mut last = String::new();
        for part in path {
            at = found.ok_or(ErrorKind::NotFound)?;
            last = part.to_string_lossy().into_owned();
            let Node::Folder { now, .. } = &self.nodes[at] else {
                return Err(ErrorKind::NotADirectory.into());
            };
            found = now.get(&last).copied();
        }
        Ok((at, last, found))
    }

    pub(super) fn node(&self, path: &Path) -> io::Result<usize> {
        self.place(path)?.2.ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// Something happens to a name in the folder at `at`.
    fn name(&mut self, at: usize, change: Change) {
        if let Node::Folder { now, since, .. } = &mut self.nodes[at] {
            change.make(now);
            since.push(change);
        }
    }

    /// Puts something new at `path`.
    pub(super) fn add(&mut self, path: &Path, node: Node) -> io::Result<usize> {
        let (at, name, there) = self.place(path)?;
        if there.is_some() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        self.nodes.push(node);
        let new = self.nodes.len() - 1;
        self.name(at, Change::Came(name, new));
        Ok(new)
    }

    pub(super) fn remove(&mut self, path: &Path, is_folder: bool) -> io::Result<()> {
        let (at, name, there) = self.place(path)?;
        match &self.nodes[there.ok_or(ErrorKind::NotFound)?] {
            Node::File { .. } if is_folder => return Err(ErrorKind::NotADirectory.into()),
            Node::Folder { .. } if !is_folder => return Err(ErrorKind::IsADirectory.into()),
            Node::Folder { now, .. } if !now.is_empty() => return Err(ErrorKind::DirectoryNotEmpty.into()),
            _ => {}
        }
        self.name(at, Change::Went(name));
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let ((at, name, node), (other, new, there)) = (self.place(from)?, self.place(to)?);
        assert_eq!(at, other, "a name stays in its folder: {} -> {}", from.display(), to.display());
        let node = node.ok_or(ErrorKind::NotFound)?;
        match there.map(|there| (&self.nodes[node], &self.nodes[there])) {
            Some((Node::File { .. }, Node::Folder { .. })) => return Err(ErrorKind::IsADirectory.into()),
            Some((Node::Folder { .. }, Node::File { .. })) => return Err(ErrorKind::NotADirectory.into()),
            Some((_, Node::Folder { now, .. })) if !now.is_empty() => {
                return Err(ErrorKind::DirectoryNotEmpty.into());
            }
            _ => {}
        }
        self.name(at, Change::Renamed(name, new, node));
        Ok(())
    }

    pub(super) fn sync(&mut self, node: usize) {
        match &mut self.nodes[node] {
            Node::File { now, synced } => *synced = Arc::clone(now),
            Node::Folder { now, synced, since } => {
                synced.clone_from(now);
                since.clear();
            }
        }
    }
}

pub(super) fn folder() -> Node {
    Node::Folder { now: Names::new(), synced: Names::new(), since: Vec::new() }
}

pub(super) fn file(bytes: Arc<Vec<u8>>) -> Node {
    Node::File { now: Arc::clone(&bytes), synced: bytes }
}

/// What is left of a file of which not all was brought to the disk.
fn torn(now: &Arc<Vec<u8>>, synced: &Arc<Vec<u8>>, chance: &mut Chance) -> Arc<Vec<u8>> {
    if Arc::ptr_eq(now, synced) {
        return Arc::clone(now);
    }
    let from = chance.below(now.len() as u64 + 1) as usize;
    match chance.below(4) {
        0 => Arc::clone(now),
        1 => Arc::clone(synced),
        2 => Arc::new(now[..from].to_vec()),
        _ => {
            let mut bytes = now[..from].to_vec();
            bytes.resize(now.len(), 0);
            Arc::new(bytes)
        }
    }
}

/// A simple generator.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}
