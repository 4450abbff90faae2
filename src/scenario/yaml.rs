//! A text of YAML as a tree of values, and the place of every node in it.
//!
//! This is the only room that knows YAML. Values come from `serde_yaml`; a second pass over the same text with an event
//! parser notes where every key and value stands, and refuses what a scenario has no use for or what two programs read
//! differently: duplicate keys, anchors and aliases (and with them alias bombs), several documents, very deep nesting,
//! numbers written `010` or `0x10`, numbers beyond 64 bits.

mod advice;
mod mark;

use std::collections::BTreeMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde_yaml::Value;

use super::shown::{Path, shown};
use crate::error::{Error, Place, Result, one_line, turns};
use mark::LineColumn;

/// Longer scenarios are refused unread.
pub(crate) const LONGEST: usize = 1 << 20;
/// Deeper scenarios are refused.
pub(super) const DEEPEST: usize = 40;

/// Where a node stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marks {
    /// Where the key stands; for items of a list, where the value does.
    pub key: LineColumn,
    pub value: LineColumn,
}

/// A text, its name in messages, and where everything in it stands.
#[derive(Debug)]
pub struct ScenarioText {
    file: Arc<str>,
    lines: Vec<Arc<str>>,
    places: BTreeMap<Path, Marks>,
}

impl ScenarioText {
    /// Reads a text; `file` is its name in messages.
    ///
    /// # Errors
    /// When it is not one YAML document, or has in it what a scenario has no use for.
    pub fn read(file: &str, text: &str) -> Result<(Self, Value)> {
        if text.len() > LONGEST {
            return Err(too_long(file));
        }
        // Windows begins a text with a mark of its encoding, and a tab may stand where a blank separates.
        let text = blanks_for_tabs(text.strip_prefix('\u{feff}').unwrap_or(text));
        let lines = text.lines().map(Arc::from).collect();
        let mut source = Self { file: Arc::from(file), lines, places: BTreeMap::new() };
        source.places = source.index(&text)?;
        // An empty text has no node, but errors about it have a place.
        source.places.entry(Path::new()).or_insert(Marks { key: (1, 1), value: (1, 1) });
        let value = serde_yaml::from_str(&text).map_err(|e| {
            let mark = e.location().map_or((1, 1), |l| (l.line(), l.column()));
            source
                .error(mark, format!("this is not YAML: {e}"))
                .help("compare with scenarios/quickstart.yaml")
        })?;
        Ok((source, value))
    }

    /// Reads the value of a command-line argument `path=value` that begins after `offset` characters.
    ///
    /// # Errors
    /// As [`ScenarioText::read`].
    pub fn argument(argument: &str, value: &str, offset: usize) -> Result<(Self, Value)> {
        let shown = |error: Error| error.within(argument);
        let (mut source, read) =
            Self::read("--set", &format!("{}{value}", " ".repeat(offset))).map_err(shown)?;
        source.lines = vec![Arc::from(argument)];
        if read.is_null() {
            let begin = (1, offset + 1);
            source.places.insert(Path::new(), Marks { key: begin, value: begin });
        }
        Ok((source, read))
    }

    /// Where the node at `path` stands.
    pub fn marks(&self, path: &[String]) -> Option<Marks> {
        self.places.get(path).copied()
    }

    /// The deepest written node on the way to `path`, and how many keys lead to it.
    pub fn nearest(&self, path: &[String]) -> Option<(usize, Marks)> {
        (0..=path.len()).rev().find_map(|n| self.places.get(&path[..n]).map(|m| (n, *m)))
    }

    /// Its name in messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// A place for messages.
    pub fn place(&self, (line, column): LineColumn) -> Place {
        let excerpt = self.lines.get(line.wrapping_sub(1)).map_or_else(|| Arc::from(""), Arc::clone);
        Place { file: self.file.to_string(), line, column, excerpt }
    }

    pub fn error(&self, mark: LineColumn, message: impl Into<String>) -> Error {
        Error::scenario(message).at(Some(self.place(mark)))
    }

    /// The places of all nodes.
    fn index(&self, text: &str) -> Result<BTreeMap<Path, Marks>> {
        let mut walk = Walk::default();
        let mut documents = 0;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|e| {
                let lines: Vec<&str> = self.lines.iter().map(|l| &**l).collect();
                let mark = (e.marker().line(), e.marker().col() + 1);
                let (mark, help) = advice::advice(&lines, mark, e.info());
                self.error(mark, format!("this is not YAML: {}", e.info())).help(help)
            })?;
            if let Event::DocumentStart(_) = event {
                documents += 1;
            }
            let mark = mark_of(&span);
            let step = if documents > 1 {
                Err(Refusal::new("a scenario is one YAML document", "write one file a scenario"))
            } else {
                walk.step(event, mark)
            };
            step.map_err(|why| self.error(mark, why.message).help(why.help))?;
        }
        Ok(walk.places)
    }
}

/// A scenario that nobody wrote by hand.
pub(crate) fn too_long(file: &str) -> Error {
    let message = format!("{}: more than {LONGEST} bytes are too much for a scenario", one_line(file));
    Error::input(message).help("name a scenario file, for example scenarios/quickstart.yaml")
}

fn mark_of(span: &Span) -> LineColumn {
    (span.start.line(), span.start.col() + 1)
}

/// YAML lets a tab separate a key from its value; the event parser does not. One blank stands for each, so columns stay.
fn blanks_for_tabs(text: &str) -> String {
    if !text.contains('\t') {
        return text.to_owned();
    }
    let separates = |before: &str| {
        let before = before.trim_end_matches(['\t', ' ']);
        before.ends_with([':', ',', '-']) && !before.contains(['"', '\'', '#'])
    };
    let line = |line: &str| {
        let mut out = String::with_capacity(line.len());
        for (at, c) in line.char_indices() {
            out.push(if c == '\t' && separates(&line[..at]) { ' ' } else { c });
        }
        out
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Why a node is refused, and what to write instead.
struct Refusal {
    message: String,
    help: String,
}

impl Refusal {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

const ALIAS: &str = "write the value out where it is used";

/// The state of the walk over the events of one document.
#[derive(Default)]
struct Walk {
    places: BTreeMap<Path, Marks>,
    path: Path,
    stack: Vec<NestingLevel>,
}

enum NestingLevel {
    List {
        next: usize,
    },
    /// Where the key stands whose value is due, and the last value, if it was a plain scalar, with its end.
    Map {
        key: Option<LineColumn>,
        last: (String, LineColumn),
    },
}

impl Walk {
    fn step(&mut self, event: Event<'_>, mark: LineColumn) -> std::result::Result<(), Refusal> {
        match event {
            Event::Alias(_) => Err(Refusal::new("aliases (*name) are not read", ALIAS)),
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(anchor, _)
            | Event::MappingStart(anchor, _)
                if anchor != 0 =>
            {
                Err(Refusal::new("anchors (&name) are not read", ALIAS))
            }
            Event::Scalar(text, style, ..) => self.scalar(&text, style == ScalarStyle::Plain, mark),
            Event::SequenceStart(..) => self.open(NestingLevel::List { next: 0 }, mark),
            Event::MappingStart(..) => {
                self.open(NestingLevel::Map { key: None, last: Default::default() }, mark)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.stack.pop();
                self.path.pop();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Enters the node that begins at `mark`: its key or index becomes part of the path.
    fn enter(&mut self, mark: LineColumn) {
        let key = match self.stack.last_mut() {
            Some(NestingLevel::List { next }) => {
                self.path.push(format!("[{next}]"));
                *next += 1;
                mark
            }
            Some(NestingLevel::Map { key, .. }) => key.take().unwrap_or(mark),
            None => mark,
        };
        self.places.insert(self.path.clone(), Marks { key, value: mark });
    }

    fn scalar(&mut self, text: &str, plain: bool, mark: LineColumn) -> std::result::Result<(), Refusal> {
        check_characters(text)?;
        if let Some(NestingLevel::Map { key: key @ None, last }) = self.stack.last_mut() {
            if plain && is_no_word(text) {
                let (value, end) = &last;
                let comma = (end.0, end.1 + 1) == mark;
                return Err(number_as_key(text, if comma { value } else { "" }));
            }
            *key = Some(mark);
            self.path.push(text.to_owned());
            if self.places.contains_key(&self.path) {
                let message = format!("the key `{}` is written twice", shown(text));
                return Err(Refusal::new(message, "leave one of the two away"));
            }
            return Ok(());
        }
        if plain {
            check_number(text)?;
        }
        self.enter(mark);
        self.path.pop();
        if let Some(NestingLevel::Map { last, .. }) = self.stack.last_mut() {
            let end = (mark.0, mark.1 + text.chars().count());
            *last = (if plain { text.to_owned() } else { String::new() }, end);
        }
        Ok(())
    }

    fn open(&mut self, level: NestingLevel, mark: LineColumn) -> std::result::Result<(), Refusal> {
        if self.stack.len() >= DEEPEST {
            return Err(Refusal::new("nested too deeply", "no setting lies that deep"));
        }
        if let Some(NestingLevel::Map { key: None, .. }) = self.stack.last() {
            let message = "a key is a word, not a list or a mapping";
            return Err(Refusal::new(message, "write key: value; in braces, { key: value }"));
        }
        self.enter(mark);
        self.stack.push(level);
        Ok(())
    }
}

/// Refuses what no terminal and no figure can show as it is, or in its place.
fn check_characters(text: &str) -> std::result::Result<(), Refusal> {
    if let Some(c) = text.chars().find(|c| turns(*c)) {
        let message = format!("a character that cannot be seen, U+{:04X}, stands in this text", u32::from(c));
        return Err(Refusal::new(message, format!("write \"{}\"", shown(&text.replace(turns, "")))));
    }
    if text.trim_end_matches('\n').contains('\n') {
        return Err(Refusal::new("a line ends within this text", "write it on one line"));
    }
    let hidden =
        |c: &char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    match text.chars().find(hidden) {
        None => Ok(()),
        Some(c) => Err(Refusal::new(
            format!("the control character {} stands in this text", c.escape_unicode()),
            "omit it",
        )),
    }
}

/// Whether a plain scalar is read as something else than text.
fn is_no_word(text: &str) -> bool {
    matches!(text, "~" | "null" | "true" | "false" | "") || text.parse::<f64>().is_ok()
}

/// A number where a key is due: in braces, a comma inside a number makes two entries of it.
fn number_as_key(text: &str, last: &str) -> Refusal {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits(text) && digits(last.trim_start_matches(['-', '+'])) {
        let message = format!("a comma ends the value {last}, and `{text}` is read as the next key");
        return Refusal::new(message, format!("write {last}.{text}, with a point"));
    }
    let message = format!("`{}` stands where a key is due, and keys are words", shown(text));
    Refusal::new(message, "write key: value")
}

/// Refuses numbers that programs read differently, and those that fit no number of 64 bits.
fn check_number(text: &str) -> std::result::Result<(), Refusal> {
    let digits = text.trim_start_matches(['-', '+']);
    let sign = &text[..text.len() - digits.len()];
    let all = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if all(digits) && digits.len() > 1 && digits.starts_with('0') {
        let plain = digits.trim_start_matches('0');
        let plain = if plain.is_empty() { "0" } else { plain };
        return Err(Refusal::new(
            format!("`{}` is a number with a leading zero, which some programs count in eights", shown(text)),
            format!("write {sign}{plain}, or '{text}' in quotes if it is a text"),
        ));
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(value) = digits.strip_prefix(prefix).and_then(|d| u64::from_str_radix(d, radix).ok()) {
            let message = format!("`{}` is not written in tens", shown(text));
            return Err(Refusal::new(message, format!("write {sign}{value}")));
        }
    }
    let fits = text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok();
    if all(digits) && !fits {
        return Err(Refusal::new(
            format!("the number {} is out of range: whole numbers have at most 64 bits", shown(text)),
            format!("write a whole number from 0 to {}", u64::MAX),
        ));
    }
    Ok(())
}
