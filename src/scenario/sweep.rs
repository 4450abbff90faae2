//! `sweep` and `--set`: two ways to put values into the tree of a scenario.
//!
//! A sweep is the product of its axes in the order they are written, the last one fastest. An axis is a list of
//! any values, or a range of whole numbers whose ends may be expressions in M: `0..=M/2+1`, `1..8`.

use serde_yaml::{Mapping, Value};

use super::document::{Document, Origin};
use super::words::Path;
use crate::error::{Error, Result};
use crate::units::count_range;

/// A point of a sweep: the tree with its values in place, and these values as text.
#[derive(Debug, Clone)]
pub struct Point {
    pub document: Document,
    pub settings: Vec<(String, String)>,
}

/// Settings that belong to the scenario as a whole.
const NOT_SWEPT: [&str; 5] = ["name", "seed", "repeats", "figures", "sweep"];

/// More points than this are taken for a mistake.
const MOST_POINTS: usize = 100_000;

/// Applies one `--set path=value`; the value is YAML. A setting that the sweep varies is held at the value.
///
/// # Errors
/// When the argument has no `=`, no path, or a value that is not YAML; when the sweep would replace what it sets.
pub fn set(document: &mut Document, argument: &str) -> Result<()> {
    let usage = "write --set path=value, for example --set adversaries.count=3";
    let (path, value) = argument
        .split_once('=')
        .filter(|(path, _)| !path.trim().is_empty())
        .ok_or_else(|| Error::input(format!("--set {argument}: no path and value")).help(usage))?;
    // Read by the same rules as a scenario, as the only setting of a document.
    let inner = Document::parse("--set", &format!("value: {value}"))?;
    let value = inner.root().get("value").cloned().unwrap_or(Value::Null);
    let path = path_of(path.trim());
    if path[0] == "sweep" {
        return document.set(&swept_path(&path), value, Origin::Argument(argument.to_owned()));
    }
    let origin = Origin::Argument(argument.to_owned());
    match axis_over(document, &path) {
        Some(axis) if path_of(&axis) == path => {
            document.set(&path, value.clone(), origin.clone())?;
            document.set(&vec!["sweep".to_owned(), axis], Value::Sequence(vec![value]), origin)
        }
        Some(axis) => Err(Error::input(format!(
            "--set {argument}: the sweep replaces the whole of `{axis}` in every run"
        ))
        .help(format!(
            "set it for all of them with --set {axis}=…, or the list with --set sweep.{axis}=[…]"
        ))),
        None => document.set(&path, value, origin),
    }
}

/// The axis of the sweep that is this setting, or holds it.
fn axis_over(document: &Document, path: &Path) -> Option<String> {
    let axes = document.root().get("sweep")?.as_mapping()?;
    let axis = axes.keys().filter_map(Value::as_str).find(|axis| path.starts_with(&path_of(axis)))?;
    Some(axis.to_owned())
}

fn path_of(text: &str) -> Path {
    text.split('.').map(|key| key.trim().to_owned()).collect()
}

/// Below `sweep`, the rest of a path is one key: `sweep` / `adversaries.count`.
fn swept_path(path: &Path) -> Path {
    if path.len() < 2 { path.clone() } else { vec![path[0].clone(), path[1..].join(".")] }
}

/// All points of a scenario's sweep; one where it has none.
///
/// # Errors
/// When an axis is not a list or a range, is empty, or is a setting of the scenario as a whole.
pub fn expand(mut document: Document) -> Result<Vec<Point>> {
    let axes = match document.take("sweep") {
        None | Some(Value::Null) => Mapping::new(),
        Some(Value::Mapping(axes)) => axes,
        Some(_) => {
            let error = Error::scenario("a sweep is a mapping from settings to their values").key("sweep");
            let help = "write sweep: { adversaries.count: [0, 3, 7] }";
            return Err(document.locate(error).help(help));
        }
    };
    let mut points = vec![Point { document, settings: Vec::new() }];
    for (key, values) in &axes {
        let Value::String(key) = key else {
            return Err(points[0]
                .document
                .locate(Error::scenario("the axes of a sweep are paths").key("sweep")));
        };
        let mut next = Vec::new();
        for point in &points {
            next.extend(along(point, key, values)?);
            if next.len() > MOST_POINTS {
                return Err(
                    Error::scenario(format!("a sweep of more than {MOST_POINTS} points")).key("sweep")
                );
            }
        }
        points = next;
    }
    Ok(points)
}

/// One point for each value of an axis.
fn along(point: &Point, key: &str, values: &Value) -> Result<Vec<Point>> {
    let axis: Path = vec!["sweep".to_owned(), key.to_owned()];
    let wrong = |message: String| {
        let place = point.document.place(&axis);
        Error::scenario(message).key(format!("sweep.{key}")).at(place)
    };
    if NOT_SWEPT.contains(&path_of(key)[0].as_str()) {
        return Err(wrong(format!("`{key}` belongs to the scenario as a whole and cannot be swept"))
            .help("use `repeats` for several seeds"));
    }
    let (values, listed): (Vec<Value>, bool) = match values {
        Value::Sequence(values) => (values.clone(), true),
        Value::String(range) if range.contains("..") => {
            let numbers = range_of(range, point).map_err(wrong)?;
            (numbers.map(Value::from).collect(), false)
        }
        _ => {
            return Err(wrong(format!("`{key}` needs several values"))
                .help("write a list [0, 3, 7] or a range 0..=M/2+1"));
        }
    };
    if values.is_empty() {
        return Err(
            wrong(format!("`{key}` has no values")).help("write a list [0, 3, 7] or a range 0..=M/2+1")
        );
    }
    let one = |(i, value): (usize, Value)| {
        let mut point = point.clone();
        let mut origin = axis.clone();
        if listed {
            origin.push(format!("[{i}]"));
        }
        point.settings.push((key.to_owned(), text_of(&value)));
        point.document.set(&path_of(key), value, Origin::Document(origin))?;
        Ok(point)
    };
    values.into_iter().enumerate().map(one).collect()
}

/// `a..b` without b, `a..=b` with it; both expressions in the point's number of workers.
fn range_of(text: &str, point: &Point) -> std::result::Result<std::ops::Range<u32>, String> {
    let needs_workers = text.contains('M');
    let workers = point.document.root().get("workers").and_then(|w| w.get("count")).and_then(Value::as_u64);
    let workers = match workers.and_then(|m| u32::try_from(m).ok()) {
        Some(workers) => workers,
        None if needs_workers => {
            return Err(format!(
                "`{text}` needs workers.count, written as a number or swept before this axis"
            ));
        }
        None => 0,
    };
    count_range(text, workers).expect("a range has two dots")
}

/// The value of the setting at `path` in a resolved scenario, on one line; `None` where there is no such setting.
#[must_use]
pub fn setting_in(resolved: &str, path: &str) -> Option<String> {
    let whole: Value = serde_yaml::from_str(resolved).ok()?;
    path_of(path).iter().try_fold(&whole, |value, key| value.get(key.as_str())).map(text_of)
}

/// A value on one line, as a user would write it.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::Null => String::new(),
        // A method that is spelled out goes by its name.
        Value::Mapping(map) if map.get("name").is_some_and(Value::is_string) => text_of(&map["name"]),
        Value::Mapping(map) => {
            let inner = |value: &Value| match value {
                Value::Mapping(_) => format!("{{{}}}", text_of(value)),
                _ => text_of(value),
            };
            let entry = |(key, value): (&Value, &Value)| match value {
                // A word without settings of its own.
                Value::Mapping(settings) if settings.is_empty() => text_of(key),
                _ => format!("{}: {}", text_of(key), inner(value)),
            };
            map.iter().map(entry).collect::<Vec<_>>().join(", ")
        }
        Value::Sequence(items) => format!("[{}]", items.iter().map(text_of).collect::<Vec<_>>().join(", ")),
        Value::Tagged(tagged) => text_of(&tagged.value),
    }
}
