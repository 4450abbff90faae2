//! The files that a scenario names: where their paths begin, and reading those that hold measurements.
//!
//! A relative path begins at the folder of the file that it is written in, and one on the command line at the folder in which
//! the program is started. So a scenario means the same wherever it is run from, and `sub/scenario.yaml` may name what lies
//! beside it. From reading on, paths are whole: a copy of the scenario elsewhere, as in a result folder, names the same files.
//! What begins with `~` or `$HOME` stays as it is, so that it means everyone's own.

use std::path::{Component, Path, PathBuf};

use serde_yaml::{Mapping, Value};

use super::document::Document;
use super::{Scenario, TaskSpec};
use crate::data::{DataSpec, SplitSpec};
use crate::error::{Error, Result};
use crate::learn::{Beginning, MODEL_FILE};
use crate::machine::below_home;
use crate::sim::measured;

/// The settings whose values are paths, wherever they stand.
const PATHS: [&str; 2] = ["dir", "file"];

/// The setting whose value may be one.
const MAYBE_PATH: &str = "initial";

/// Data sets of one's own, and below them the settings whose values are paths where they are texts.
const OWN_SETS: [&str; 3] = ["arrays", "csv", "folders"];
const PATHS_OF_SETS: [&str; 4] = ["train", "test", "x", "y"];

/// Whether a text is a path, by the setting whose value it is.
type IsPath = fn(&str) -> bool;

impl Scenario {
    /// Reads the measurements and the model that it names, and looks at a data set of one's own unless it is among
    /// those that were `looked_at`; data sets are read when they are needed.
    ///
    /// # Errors
    /// When a file is not there, or not what it should be.
    pub(super) fn load(&mut self, looked_at: &mut LookedAt) -> Result<()> {
        self.workers.compute_time.load().map_err(|e| e.key("workers.compute_time"))?;
        self.workers.speed.load().map_err(|e| e.key("workers.speed"))?;
        self.network.load().map_err(|e| e.key("network"))?;
        if let TaskSpec::Train { data, split, .. } = &mut self.task {
            looked_at.look(data).map_err(|e| e.key("task.train.data"))?;
            if let SplitSpec::File(split) = split {
                measured::read(&split.file, &measured::SPLIT, &mut split.sha256)
                    .and_then(|bytes| split.take(&bytes))
                    .map_err(|why| Error::scenario(why).key("task.train.split.file"))?;
            }
        }
        let TaskSpec::Train { initial: Some(Beginning::File(model)), .. } = &mut self.task else {
            return Ok(());
        };
        measured::read(&model.file, &measured::MODEL, &mut model.sha256)
            .and_then(|bytes| model.take(&bytes))
            .map_err(|why| Error::scenario(why).key("task.train.initial"))
    }
}

/// The data sets that the points of a sweep have named so far, before and after their files were opened: each is opened once.
#[derive(Default)]
pub(super) struct LookedAt(Vec<(DataSpec, DataSpec)>);

impl LookedAt {
    fn look(&mut self, data: &mut DataSpec) -> Result<()> {
        if !data.is_own() {
            return Ok(());
        }
        if let Some((_, known)) = self.0.iter().find(|(written, _)| written == data) {
            data.clone_from(known);
            return Ok(());
        }
        let written = data.clone();
        data.look()?;
        self.0.push((written, data.clone()));
        Ok(())
    }
}

/// The tree of a scenario with every path whole.
pub(crate) fn with_whole_paths(document: &Document) -> Mapping {
    let mut root = document.root().clone();
    anchor_all(document, &mut root, &mut Vec::new());
    root
}

fn anchor_all(document: &Document, map: &mut Mapping, way: &mut Vec<String>) {
    for (key, value) in map {
        let Some(key) = key.as_str() else { continue };
        way.push(key.to_owned());
        // An axis of a sweep is a whole path of keys.
        let mut keys = way.iter().flat_map(|key| key.split('.'));
        let of_own_set = keys.any(|key| OWN_SETS.contains(&key));
        let is_path: IsPath = match key.rsplit('.').next() {
            Some(last) if of_own_set && PATHS_OF_SETS.contains(&last) => |_| true,
            Some(last) if PATHS.contains(&last) => |_| true,
            Some(MAYBE_PATH) => |text| text.ends_with(MODEL_FILE),
            _ => |_| false,
        };
        anchor(document, value, way, is_path);
        way.pop();
    }
}

fn anchor(document: &Document, value: &mut Value, way: &mut Vec<String>, is_path: IsPath) {
    match value {
        Value::String(path) if is_path(path) => *path = whole(path, || document.folder_of(way)),
        Value::Sequence(items) => {
            for (i, item) in items.iter_mut().enumerate() {
                way.push(format!("[{i}]"));
                anchor(document, item, way, is_path);
                way.pop();
            }
        }
        Value::Mapping(map) => anchor_all(document, map, way),
        _ => {}
    }
}

/// The path from `folder`, unless it is whole already or begins at home.
fn whole(path: &str, folder: impl FnOnce() -> PathBuf) -> String {
    let written = Path::new(path);
    if path.is_empty() || written.is_absolute() || below_home(written).is_some() {
        return path.to_owned();
    }
    let (mut whole, mut up) = (folder(), true);
    for part in written.components() {
        up &= matches!(part, Component::CurDir | Component::ParentDir);
        match part {
            Component::CurDir => {}
            // Exact only above the folder, which has no links in it: below, the folder that a link leads to has another parent.
            Component::ParentDir if up => _ = whole.pop(),
            other => whole.push(other),
        }
    }
    whole.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn paths_begin_at_a_folder_unless_they_are_whole_or_begin_at_home() {
        for (path, expected) in [
            ("m.csv", "/a/b/m.csv"),
            ("./sub/./m.csv", "/a/b/sub/m.csv"),
            ("../data/m.csv", "/a/data/m.csv"),
            ("../../..", "/"),
            ("sub/../m.csv", "/a/b/sub/../m.csv"),
            ("/m.csv", "/m.csv"),
            ("~/m.csv", "~/m.csv"),
            ("$HOME/m.csv", "$HOME/m.csv"),
            ("~m.csv", "/a/b/~m.csv"),
            ("", ""),
        ] {
            assert_eq!(whole(path, || PathBuf::from("/a/b")), expected, "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn every_path_of_a_tree_is_found_and_nothing_else() {
        let text = "name: dir\nworkers: { speed: { trace: { file: /s.csv } }, compute_time: { empirical: { file: c.csv, unit: s } } }\n\
                    task: { train: { data: { arrays: { train: a.npz, test: { file: b.npz, names: [x, y] }, layout: channels_last } } } }\n\
                    sweep: { task.train.data.arrays.train.x: [q.npy], task.train.data.mnist.dir: [m, /n], network: [{ links: { up: { latency: { empirical: { file: l.csv } } } } }] }\n";
        let document = Document::parse("/nowhere/t.yaml", text).unwrap();
        let found = serde_yaml::to_string(&with_whole_paths(&document)).unwrap();
        let paths: Vec<&str> = found.split_whitespace().filter(|word| word.contains('/')).collect();
        let expected = [
            "/s.csv",
            "/nowhere/c.csv",
            "/nowhere/a.npz",
            "/nowhere/b.npz",
            "/nowhere/q.npy",
            "/nowhere/m",
            "/n",
            "/nowhere/l.csv",
        ];
        assert_eq!(paths, expected, "{found}");
        assert!(found.contains("name: dir"));
    }
}
