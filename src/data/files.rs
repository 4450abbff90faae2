//! The folder a published data set lies in: finding its files, and saying what is missing.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::contents::{Claim, Contents, reject};
use super::samples::Shape;
use crate::error::{Error, Named, Result};
use crate::fetch::SETS;
use crate::gzip;
use crate::machine::at_home;

/// What a scenario says of a set that lies in files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The folder that holds the files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
    /// Use only this many training samples, the first ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<usize>,
    /// Use only this many test samples, the first ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<usize>,
}

/// What a scenario writes of `$set`, its files and one choice beside each other: without serde's flattening, which
/// forgets where a mistake stands.
macro_rules! beside_files {
    ($words:ident, $set:ident, $choice:ident: $type:ty) => {
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $words {
            #[serde(default, skip_serializing_if = "Option::is_none")]
            dir: Option<std::path::PathBuf>,
            #[serde(default)]
            $choice: $type,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            train: Option<usize>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            test: Option<usize>,
        }

        impl From<$words> for $set {
            fn from($words { dir, $choice, train, test }: $words) -> Self {
                Self { files: Files { dir, train, test }, $choice }
            }
        }

        impl From<$set> for $words {
            fn from($set { files: Files { dir, train, test }, $choice }: $set) -> Self {
                Self { dir, $choice, train, test }
            }
        }
    };
}
pub(super) use beside_files;

/// A data set that other people publish as files.
pub(super) struct Published {
    /// How people call it.
    pub title: &'static str,
    /// Its word in a scenario.
    pub word: &'static str,
    /// Its folder under `$SIGNSIM_DATA`.
    pub folder: &'static str,
    /// The folders that its archive, or whoever fetches it for others, unpacks within that one.
    pub inner: &'static [&'static str],
    /// Where it comes from, for the message that says it is absent.
    pub origin: &'static str,
    /// The shape of one sample.
    pub shape: Shape,
    pub classes: usize,
    /// Training samples.
    pub train: usize,
    /// Test samples.
    pub test: usize,
    /// Mean of each channel over the training set, in units of `pixel / 255`.
    pub mean: &'static [f64],
    /// Standard deviation of each channel over the training set, in units of `pixel / 255`.
    pub std: &'static [f64],
}

/// Where the files of a published set are expected.
pub(super) struct DataFolder<'a> {
    set: &'a Published,
    path: PathBuf,
}

impl<'a> DataFolder<'a> {
    /// The folder named in the scenario, else the set's own under `$SIGNSIM_DATA`.
    pub(crate) fn find(set: &'a Published, dir: Option<&Path>) -> Result<Self> {
        Self::choose(set, dir, std::env::var_os("SIGNSIM_DATA").map(PathBuf::from))
    }

    /// The same with the value of `SIGNSIM_DATA` as an argument.
    fn choose(set: &'a Published, dir: Option<&Path>, root: Option<PathBuf>) -> Result<Self> {
        let root = root.filter(|root| !root.as_os_str().is_empty());
        match (dir, root) {
            (Some(dir), _) => Ok(Self { set, path: at_home(dir) }),
            (None, Some(root)) => Ok(Self { set, path: root.join(set.folder) }),
            (None, None) => {
                let Published { title, word, folder, .. } = set;
                Err(Error::input(format!("nothing says where the files of {title} are")).help(format!(
                    "write `{word}: {{ dir: FOLDER }}`, or set the environment variable SIGNSIM_DATA so that \
                     they are in $SIGNSIM_DATA/{folder}; {}",
                    set.advice()
                )))
            }
        }
    }

    /// Refuses unless every one of these files is there, packed or not; names all that are missing at once.
    pub(crate) fn require(&self, names: &[&str]) -> Result<()> {
        let missing: Vec<&str> = names.iter().copied().filter(|name| self.locate(name).is_none()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let odd = missing.iter().flat_map(|name| self.spellings(name)).find(|path| path.exists());
        if let Some(path) = odd {
            let what = if path.is_dir() { "is a folder" } else { "is not an ordinary file" };
            return Err(Error::scenario(format!("{}: {what}", path.named())).help(self.set.advice()));
        }
        // The whole path, so that one that is relative to another folder is seen.
        let whole = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        let (title, whole, missing) = (self.set.title, whole.named(), missing.join(", "));
        let message = if self.path.is_dir() {
            format!("{title} is incomplete in {whole}: missing {missing}")
        } else {
            format!("{title} is not there: {whole} is no folder (missing {missing})")
        };
        Err(Error::scenario(message).help(format!("each file may also end in .gz; {}", self.set.advice())))
    }

    /// One of the files, which [`DataFolder::require`] has found, measured by what its first `header` unpacked bytes claim.
    pub(crate) fn open(
        &self,
        name: &str,
        header: usize,
        claim: impl FnOnce(&[u8]) -> std::result::Result<Claim, String>,
    ) -> Result<Contents> {
        Contents::open(&self.path_of(name), header, claim)
    }

    /// Which of these files lie here more than once, and which of them is read, a sentence each.
    pub(crate) fn remarks(&self, names: &[&str]) -> Vec<String> {
        let remark = |name: &&str| {
            let mut there = self.spellings(name).into_iter().filter(|path| path.is_file());
            let (read, others) = (there.next()?, there.collect::<Vec<_>>());
            let file = |path: &PathBuf| path.strip_prefix(&self.path).unwrap_or(path).display().to_string();
            let unread = others.iter().map(file).collect::<Vec<_>>().join(" and ");
            let sentence = format!("{} is read, and not {unread} beside it", read.named());
            (!others.is_empty()).then_some(sentence)
        };
        names.iter().filter_map(remark).collect()
    }

    /// The first `bytes` unpacked bytes of a file, if it is there and has so many.
    pub(crate) fn header(&self, name: &str, bytes: usize) -> Option<Vec<u8>> {
        let mut head = Vec::new();
        let file = BufReader::new(File::open(self.locate(name)?).ok()?);
        gzip::unpacked(file).ok()?.take(bytes as u64).read_to_end(&mut head).ok()?;
        (head.len() == bytes).then_some(head)
    }

    /// An error about a file of this folder.
    pub(crate) fn reject(&self, name: &str, what: &str) -> Error {
        reject(&self.path_of(name), what)
    }

    fn path_of(&self, name: &str) -> PathBuf {
        self.locate(name).unwrap_or_else(|| self.path.join(name))
    }

    fn locate(&self, name: &str) -> Option<PathBuf> {
        self.spellings(name).into_iter().find(|path| path.is_file())
    }

    /// The names under which a file may lie here: plain before packed, of IDX files with a dot before `idx`, as some archives
    /// unpack them, and last within the folders of archives.
    fn spellings(&self, name: &str) -> Vec<PathBuf> {
        let dotted = name.replace("-idx", ".idx");
        let names = if dotted == name { vec![name.to_owned()] } else { vec![name.to_owned(), dotted] };
        let here = || names.iter().flat_map(|name| [name.clone(), format!("{name}.gz")]);
        let places = std::iter::once(self.path.clone())
            .chain(self.set.inner.iter().map(|inner| self.path.join(inner)));
        places.flat_map(|place| here().map(move |name| place.join(name))).collect()
    }
}

impl Published {
    fn advice(&self) -> String {
        let Self { word, origin, .. } = self;
        let can = SETS.iter().any(|set| set.word == *word);
        let fetch = if can { format!("`signsim data fetch {word}` fetches it; ") } else { String::new() };
        format!("{fetch}{origin}; scenarios/quickstart.yaml runs without any file")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: Published = Published {
        title: "Shapes",
        word: "shapes",
        folder: "shapes-v1",
        inner: &["shapes/raw", "gzip"],
        origin: "Shapes are published nowhere",
        shape: Shape { channels: 1, height: 1, width: 1 },
        classes: 2,
        train: 1,
        test: 1,
        mean: &[0.5],
        std: &[0.5],
    };

    fn chosen(dir: Option<&str>, root: Option<&str>) -> Option<PathBuf> {
        DataFolder::choose(&SET, dir.map(Path::new), root.map(PathBuf::from)).ok().map(|folder| folder.path)
    }

    #[test]
    fn the_scenario_names_the_folder_before_the_environment_does() {
        assert_eq!(chosen(Some("here"), Some("/data")), Some(PathBuf::from("here")));
        assert_eq!(chosen(None, Some("/data")), Some(PathBuf::from("/data/shapes-v1")));
        assert_eq!(chosen(None, Some("")), None);
        assert_eq!(chosen(None, None), None);
    }

    #[test]
    fn files_are_found_with_a_dot_and_what_is_no_file_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataFolder { set: &SET, path: dir.path().to_owned() };
        let message = |names: &[&str]| folder.require(names).unwrap_err().to_string();
        assert!(message(&["a-idx3-ubyte"]).contains("is incomplete in"));
        std::fs::write(dir.path().join("a.idx3-ubyte.gz"), "x").unwrap();
        folder.require(&["a-idx3-ubyte"]).unwrap();
        std::fs::create_dir_all(dir.path().join("shapes/raw")).unwrap();
        std::fs::write(dir.path().join("shapes/raw/a-idx3-ubyte"), "y").unwrap();
        let said = folder.remarks(&["a-idx3-ubyte"]);
        assert!(
            said[0].ends_with("a.idx3-ubyte.gz is read, and not shapes/raw/a-idx3-ubyte beside it"),
            "{said:?}"
        );
        std::fs::remove_file(dir.path().join("a.idx3-ubyte.gz")).unwrap();
        folder.require(&["a-idx3-ubyte"]).unwrap();
        std::fs::create_dir(dir.path().join("b.bin")).unwrap();
        assert!(message(&["b.bin"]).ends_with("b.bin: is a folder"));
        let nowhere = DataFolder { set: &SET, path: dir.path().join("nowhere") };
        assert!(nowhere.require(&["a"]).unwrap_err().to_string().contains("is no folder (missing a)"));
    }

    #[test]
    fn without_any_folder_the_help_says_both_ways_to_name_one() {
        let Err(Error::Input { message, help: Some(help) }) = DataFolder::choose(&SET, None, None) else {
            panic!("an input error with help");
        };
        assert_eq!(message, "nothing says where the files of Shapes are");
        for part in ["`shapes: { dir: FOLDER }`", "$SIGNSIM_DATA/shapes-v1", "scenarios/quickstart.yaml"] {
            assert!(help.contains(part), "{part} in {help}");
        }
    }
}
