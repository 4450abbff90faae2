//! A scenario as a tree that remembers where everything stands, and into which `--set` and `sweep` put values.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use serde_yaml::{Mapping, Value};

use super::shown::{Path, index};
use super::yaml::{Marks, ScenarioText};
use crate::error::{Error, Place, Result};

/// A scenario's tree, its text with the places of the tree's nodes, and what was put into it. The text is shared by all
/// points of a sweep.
#[derive(Debug, Clone)]
pub struct Document {
    source: Arc<ScenarioText>,
    root: Mapping,
    overrides: Vec<Override>,
}

/// A value that was put into the tree after reading.
#[derive(Debug, Clone)]
struct Override {
    path: Path,
    origin: Origin,
}

/// Where a value put into the tree was written.
#[derive(Debug, Clone)]
pub enum Origin {
    /// On the command line.
    Argument(Arc<ScenarioText>),
    /// In the document itself, at this path.
    Document(Path),
}

impl Document {
    /// Reads a scenario; `file` is its name in messages.
    ///
    /// # Errors
    /// When the text is not one YAML mapping without duplicate keys, aliases, or extreme size.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let (mut document, value) = Self::part(file, text)?;
        match value {
            Value::Mapping(root) => document.root = root,
            Value::Null => {
                return Err(document.source.error((1, 1), "the scenario is empty").help(START));
            }
            _ => {
                return Err(document.source.error((1, 1), "a scenario is a mapping of settings").help(START));
            }
        }
        Ok(document)
    }

    /// Reads a text that is one setting of a scenario: its value, and a document that knows the places in it.
    ///
    /// # Errors
    /// As [`Document::parse`], but the value need not be a mapping.
    pub fn part(file: &str, text: &str) -> Result<(Self, Value)> {
        let (source, value) = ScenarioText::read(file, text)?;
        Ok((Self { source: Arc::new(source), root: Mapping::new(), overrides: Vec::new() }, value))
    }

    /// The tree.
    #[must_use]
    pub const fn root(&self) -> &Mapping {
        &self.root
    }

    /// The value at `path`, if it was written; `[i]` is an item of a list.
    #[must_use]
    pub fn value(&self, path: &[String]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.root.get(first.as_str())?, |value, key| match index(key) {
            Some(i) if value.is_sequence() => value.get(i),
            _ => value.get(key.as_str()),
        })
    }

    /// Removes a top-level setting.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        self.root.shift_remove(key)
    }

    /// Puts `value` at `path`, making the mappings on the way.
    ///
    /// # Errors
    /// When something on the way is neither a mapping nor a word with settings.
    pub fn set(&mut self, path: &Path, value: Value, origin: Origin) -> Result<()> {
        let (last, way) = path.split_last().ok_or_else(|| Error::scenario("a setting has a path"))?;
        self.overrides.push(Override { path: path.clone(), origin });
        let mut map = &mut self.root;
        for (depth, key) in way.iter().enumerate() {
            let next = map.entry(Value::from(key.as_str())).or_insert_with(|| Value::Mapping(Mapping::new()));
            match next {
                Value::String(word) => *next = unfolded(word),
                Value::Null => *next = Value::Mapping(Mapping::new()),
                _ => {}
            }
            map = match next {
                Value::Mapping(map) => map,
                _ => {
                    let parent = path[..=depth].join(".");
                    let error = Error::scenario(format!("`{parent}` has no settings below it"));
                    let place = self.place(path);
                    return Err(error
                        .key(path.join("."))
                        .at(place)
                        .help(format!("set the whole of it: {parent}")));
                }
            };
        }
        map.insert(Value::from(last.as_str()), value);
        Ok(())
    }

    /// The folder at which the relative path that is written at `path` begins.
    #[must_use]
    pub fn folder_of(&self, path: &[String]) -> PathBuf {
        let covering = self.overrides.iter().rev().find(|o| path.starts_with(&o.path));
        match covering.map(|o| (&o.origin, &path[o.path.len()..])) {
            Some((Origin::Argument(_), _)) => folder_of(""),
            Some((Origin::Document(origin), rest)) => self.folder_of(&[origin, rest].concat()),
            None => folder_of(self.source.file()),
        }
    }

    /// The error with the place of the setting it speaks of.
    #[must_use]
    pub fn locate(&self, error: Error) -> Error {
        let Error::Scenario { key: Some(key), .. } = &error else { return error };
        let path: Path = key.split('.').map(str::to_owned).collect();
        let place = self.place(&path);
        error.at(place)
    }

    /// Where a setting was written; for one that was not, where what should hold it was.
    #[must_use]
    pub fn place(&self, path: &Path) -> Option<Place> {
        let covering = self.overrides.iter().rev().find(|o| path.starts_with(&o.path));
        match covering.map(|o| (&o.origin, &path[o.path.len()..])) {
            Some((Origin::Argument(source), rest)) => {
                let (_, marks) = source.nearest(rest)?;
                Some(source.place(marks.value))
            }
            Some((Origin::Document(origin), rest)) => {
                let mut inner = origin.clone();
                inner.extend_from_slice(rest);
                // The axis of a sweep may itself have come from an argument.
                self.place(&inner)
            }
            None => {
                let (n, marks) = self.source.nearest(path)?;
                Some(self.source.place(if n == path.len() { marks.value } else { marks.key }))
            }
        }
    }

    /// The place of a key itself: where it stands in the text, in an argument, or in the axis of a sweep.
    #[must_use]
    pub fn place_of_key(&self, path: &Path) -> Option<Place> {
        let covering = self.overrides.iter().rev().find(|o| path.starts_with(&o.path) && path != &o.path);
        if let Some(o) = covering {
            let rest = &path[o.path.len()..];
            return match &o.origin {
                Origin::Argument(source) => source.marks(rest).map(|marks| source.place(marks.key)),
                Origin::Document(origin) => self.place_of_key(&[origin, rest].concat()),
            };
        }
        let written: Option<Marks> = self.source.marks(path);
        if let Some(marks) = written {
            return Some(self.source.place(marks.key));
        }
        // A key that only a dotted path made: `--set adversary.count=3` or the axis of that name.
        let through = self.overrides.iter().rev().find(|o| o.path.starts_with(path))?;
        match &through.origin {
            Origin::Argument(source) => {
                let before = path[..path.len() - 1].iter().map(|key| key.chars().count() + 1).sum::<usize>();
                Some(source.place((1, before + 1)))
            }
            Origin::Document(axis) => self.place_of_key(&axis[..axis.len().min(2)].to_vec()),
        }
    }

    /// The place of an argument or an axis that put something below `path`.
    #[must_use]
    pub fn put_below(&self, path: &Path) -> Option<(&Path, Place)> {
        let below =
            self.overrides.iter().rev().find(|o| o.path.starts_with(path) && o.path.len() > path.len())?;
        let place = match &below.origin {
            Origin::Argument(source) => Some(source.place((1, 1))),
            Origin::Document(axis) => self.place_of_key(&axis[..axis.len().min(2)].to_vec()),
        };
        Some((&below.path, place?))
    }

    /// The dotted path under which a key was put into the tree, where none of its own was written in the text.
    #[must_use]
    pub fn written_as(&self, path: &Path) -> Option<&Path> {
        let through = self.overrides.iter().rev().find(|o| o.path.starts_with(path))?;
        Some(&through.path).filter(|_| self.source.marks(path).is_none())
    }
}

/// The folder of a file, whole and without links, so that one place has one name.
fn folder_of(file: &str) -> PathBuf {
    let folder = FilePath::new(file).parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(FilePath::new("."));
    let absolute = || std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    // What Windows gives as canonical, other programs cannot read.
    if cfg!(windows) { absolute() } else { folder.canonicalize().unwrap_or_else(|_| absolute()) }
}

const START: &str = "start from scenarios/quickstart.yaml: name, rounds, workers, task and method are needed";

/// A bare word as the mapping it stands for, so that a setting below it can be changed.
fn unfolded(word: &str) -> Value {
    if let Some(parts) = super::method::preset_as_value(word) {
        return parts;
    }
    let mut map = Mapping::new();
    if word != "ideal" {
        map.insert(Value::from(word), Value::Mapping(Mapping::new()));
    }
    Value::Mapping(map)
}
