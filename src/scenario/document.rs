//! A scenario's text as a tree that remembers where everything stands.
//!
//! This is the only file that knows YAML. Values come from `serde_yaml`; a second pass over the same text with an
//! event parser notes the place of every key and value, and refuses what a scenario has no use for: duplicate
//! keys, anchors and aliases (and with them alias bombs), several documents, very deep nesting.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, Span};
use serde_yaml::{Mapping, Value};

use super::words::Path;
use crate::error::{Error, Place, Result};

/// Longer scenarios are refused unread.
const LONGEST: usize = 1 << 20;
/// Deeper scenarios are refused.
const DEEPEST: usize = 40;

/// A scenario's text, its tree, and the places of the tree's nodes.
#[derive(Debug, Clone)]
pub struct Document {
    file: String,
    lines: Vec<String>,
    root: Mapping,
    places: BTreeMap<Path, Marks>,
    overrides: Vec<Override>,
}

/// Line and column, both from one.
type Mark = (usize, usize);

#[derive(Debug, Clone, Copy, PartialEq)]
struct Marks {
    /// Where the key stands; for items of a list, where the value does.
    key: Mark,
    value: Mark,
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
    /// On the command line, in this argument.
    Argument(String),
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
                return Err(document.error((1, 1), "the scenario is empty").help(START));
            }
            _ => return Err(document.error((1, 1), "a scenario is a mapping of settings").help(START)),
        }
        Ok(document)
    }

    /// Reads a text that is one setting of a scenario: its value, and a document that knows the places in it.
    ///
    /// # Errors
    /// As [`Document::parse`], but the value need not be a mapping.
    pub fn part(file: &str, text: &str) -> Result<(Self, Value)> {
        if text.len() > LONGEST {
            return Err(Error::input(format!("{file}: {} bytes are too much for a scenario", text.len())));
        }
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut document = Self {
            file: file.to_owned(),
            lines,
            root: Mapping::new(),
            places: BTreeMap::new(),
            overrides: Vec::new(),
        };
        document.places = document.index(text)?;
        // An empty text has no node, but errors about it have a place.
        document.places.entry(Path::new()).or_insert(Marks { key: (1, 1), value: (1, 1) });
        let value: Value = serde_yaml::from_str(text).map_err(|e| {
            let mark = e.location().map_or((1, 1), |l| (l.line(), l.column()));
            document.error(mark, e.to_string())
        })?;
        Ok((document, value))
    }

    /// The tree.
    #[must_use]
    pub const fn root(&self) -> &Mapping {
        &self.root
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
            if let Value::String(word) = next {
                *next = unfolded(word);
            }
            map = match next {
                Value::Mapping(map) => map,
                _ => {
                    let parent = path[..=depth].join(".");
                    let error = Error::scenario(format!("`{parent}` has no settings below it"));
                    let place = self.place(path);
                    return Err(error.key(path.join(".")).at(place));
                }
            };
        }
        map.insert(Value::from(last.as_str()), value);
        Ok(())
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
            Some((Origin::Argument(text), _)) => Some(Place {
                file: "--set".to_owned(),
                line: 1,
                column: text.find('=').map_or(1, |at| at + 2),
                excerpt: text.clone(),
            }),
            Some((Origin::Document(origin), rest)) => {
                let mut inner = origin.clone();
                inner.extend_from_slice(rest);
                // The axis of a sweep may itself have come from an argument.
                self.place(&inner)
            }
            None => self.nearest(path),
        }
    }

    /// The place of the deepest written node on the way to `path`.
    fn nearest(&self, path: &Path) -> Option<Place> {
        let known = (0..=path.len()).rev().find_map(|n| self.places.get(&path[..n]).map(|m| (n, m)))?;
        let (n, marks) = known;
        let mark = if n == path.len() { marks.value } else { marks.key };
        Some(self.place_of(mark))
    }

    /// The place of a key itself.
    #[must_use]
    pub fn place_of_key(&self, path: &Path) -> Option<Place> {
        self.places.get(path).map(|marks| self.place_of(marks.key))
    }

    fn place_of(&self, (line, column): Mark) -> Place {
        let excerpt = self.lines.get(line.wrapping_sub(1)).cloned().unwrap_or_default();
        Place { file: self.file.clone(), line, column, excerpt }
    }

    fn error(&self, mark: Mark, message: impl Into<String>) -> Error {
        Error::scenario(message).at(Some(self.place_of(mark)))
    }

    /// The places of all nodes.
    fn index(&self, text: &str) -> Result<BTreeMap<Path, Marks>> {
        let mut walk = Walk::default();
        let mut documents = 0;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|e| {
                let mark = (e.marker().line(), e.marker().col() + 1);
                self.error(mark, format!("this is not YAML: {}", e.info()))
            })?;
            let mark = mark_of(&span);
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(self
                            .error(mark, "a scenario is one YAML document")
                            .help("write one file a scenario"));
                    }
                }
                Event::Alias(_) => return Err(self.error(mark, "aliases (*name) are not read").help(ALIAS)),
                Event::Scalar(_, _, anchor, _)
                | Event::SequenceStart(anchor, _)
                | Event::MappingStart(anchor, _)
                    if anchor != 0 =>
                {
                    return Err(self.error(mark, "anchors (&name) are not read").help(ALIAS));
                }
                Event::Scalar(text, ..) => {
                    walk.scalar(&text, mark).map_err(|why| self.error(mark, why))?;
                }
                Event::SequenceStart(..) | Event::MappingStart(..) => {
                    let list = matches!(event, Event::SequenceStart(..));
                    walk.open(list, mark).map_err(|why| self.error(mark, why))?;
                }
                Event::SequenceEnd | Event::MappingEnd => walk.close(),
                _ => {}
            }
        }
        Ok(walk.places)
    }
}

const START: &str = "start from scenarios/quickstart.yaml: name, rounds, workers, task and method are needed";
const ALIAS: &str = "write the value out where it is used";

fn mark_of(span: &Span) -> Mark {
    (span.start.line(), span.start.col() + 1)
}

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

/// The state of the walk over the events of one document.
#[derive(Default)]
struct Walk {
    places: BTreeMap<Path, Marks>,
    path: Path,
    stack: Vec<Level>,
}

enum Level {
    List { next: usize },
    Map { key: Option<Mark> },
}

impl Walk {
    /// Enters the node that begins at `mark`: its key or index becomes part of the path.
    fn enter(&mut self, mark: Mark) {
        let key = match self.stack.last_mut() {
            Some(Level::List { next }) => {
                self.path.push(format!("[{next}]"));
                *next += 1;
                mark
            }
            Some(Level::Map { key }) => key.take().unwrap_or(mark),
            None => mark,
        };
        self.places.insert(self.path.clone(), Marks { key, value: mark });
    }

    fn leave(&mut self) {
        self.path.pop();
    }

    fn scalar(&mut self, text: &str, mark: Mark) -> std::result::Result<(), String> {
        if let Some(Level::Map { key: key @ None }) = self.stack.last_mut() {
            *key = Some(mark);
            self.path.push(text.to_owned());
            if self.places.contains_key(&self.path) {
                return Err(format!("the key `{text}` is written twice"));
            }
            return Ok(());
        }
        self.enter(mark);
        self.leave();
        Ok(())
    }

    fn open(&mut self, list: bool, mark: Mark) -> std::result::Result<(), &'static str> {
        if self.stack.len() >= DEEPEST {
            return Err("nested too deeply");
        }
        if let Some(Level::Map { key: None }) = self.stack.last() {
            return Err("a key is a word, not a list or a mapping");
        }
        self.enter(mark);
        self.stack.push(if list { Level::List { next: 0 } } else { Level::Map { key: None } });
        Ok(())
    }

    fn close(&mut self) {
        self.stack.pop();
        self.leave();
    }
}
