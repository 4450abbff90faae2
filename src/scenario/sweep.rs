//! `sweep`: the axes of a scenario and their points.
//!
//! A sweep is the product of its axes in the order they are written, the last one fastest. An axis is a list of
//! any values, or a range of whole numbers whose ends may be expressions in M: `0..=M/2+1`, `1..8`. Points are counted
//! before the first is made, and made one after the other.

use std::ops::Range;

use serde_yaml::{Mapping, Value};

use super::document::{Document, Origin};
use super::keys;
use super::shown::{Path, shown, text_of};
use super::yaml::DEEPEST;
use crate::error::{Error, Result};
use crate::units::{NoRange, count_range};

/// A point of a sweep: the tree with its values in place, and these values as text.
#[derive(Debug)]
pub(crate) struct SweepPoint {
    pub document: Document,
    pub settings: Vec<(String, String)>,
}

/// A setting and the values that it takes in turn.
#[derive(Debug)]
struct SweepAxis {
    /// As the sweep writes it.
    key: String,
    path: Path,
    values: SweepValues,
}

#[derive(Debug)]
enum SweepValues {
    List(Vec<Value>),
    /// Two ends, which may be expressions in M.
    Range(String),
}

/// More points than this are taken for a mistake.
const MOST_POINTS: usize = 100_000;

/// How the values of an axis are written.
fn form(path: &Path) -> String {
    match keys::example(path) {
        Some(value) if value.starts_with('M') => "write a list [0, 3, 7] or a range 0..=M/2+1".to_owned(),
        Some(value) => format!("write a list of values, for example [{value}]"),
        None => "write a list of values, [ … ]".to_owned(),
    }
}

/// The keys of a dotted path.
///
/// # Errors
/// In words, when a key is empty or has a blank in it, or there are more than lead to any setting.
pub(super) fn path_of(text: &str) -> std::result::Result<Path, String> {
    if text.split('.').nth(DEEPEST).is_some() {
        return Err("no setting lies that deep".to_owned());
    }
    let path: Path = text.split('.').map(str::to_owned).collect();
    let bad = |key: &String| key.is_empty() || key.contains(char::is_whitespace);
    if !path.iter().any(bad) {
        return Ok(path);
    }
    let right = text.split('.').map(str::trim).filter(|key| !key.is_empty()).collect::<Vec<_>>().join(".");
    Err(format!("write {}", if right.is_empty() { "adversaries.count" } else { right.as_str() }))
}

/// Calls `visit` with every point of a scenario's sweep, in order; with one where it has none.
///
/// # Errors
/// Those of `visit`; when an axis is not a list or a range, is empty, has no effect because of a later one, or is a setting
/// of the scenario as a whole; when there are too many points.
pub(crate) fn each_point(
    mut document: Document,
    visit: &mut dyn FnMut(SweepPoint) -> Result<()>,
) -> Result<()> {
    let axes = axes(&mut document)?;
    count(&document, &axes)?;
    walk(document, &mut Vec::new(), &axes, visit)
}

fn axes(document: &mut Document) -> Result<Vec<SweepAxis>> {
    let axes = match document.take("sweep") {
        None | Some(Value::Null) => Mapping::new(),
        Some(Value::Mapping(axes)) => axes,
        Some(_) => {
            let error = Error::scenario("a sweep is a mapping from settings to their values").key("sweep");
            return Err(document.locate(error).help("write sweep: { adversaries.count: [0, 3, 7] }"));
        }
    };
    let mut read: Vec<SweepAxis> = Vec::new();
    for (key, values) in axes {
        let Value::String(key) = key else {
            let error = Error::scenario("the axes of a sweep are paths").key("sweep");
            return Err(document.locate(error).help("write sweep: { adversaries.count: [0, 3, 7] }"));
        };
        let axis = axis(document, key, values)?;
        if let Some(earlier) = read.iter().find(|earlier| earlier.path.starts_with(&axis.path)) {
            let help = format!("write `{}` before `{}`, or leave one of them away", axis.key, earlier.key);
            let message =
                format!("`{}` replaces what the axis `{}` sets in every point", axis.key, earlier.key);
            return Err(on_key(document, &axis.key, message).help(help));
        }
        read.push(axis);
    }
    Ok(read)
}

fn axis(document: &Document, key: String, values: Value) -> Result<SweepAxis> {
    let wrong = |message: String| {
        let path = vec!["sweep".to_owned(), key.clone()];
        Error::scenario(message).key(format!("sweep.{key}")).at(document.place(&path))
    };
    let path = path_of(&key)
        .map_err(|help| on_key(document, &key, format!("`{}` is no path of keys", shown(&key))).help(help))?;
    if let Some((whole, help)) = keys::not_swept(&path) {
        let message = format!("`{whole}` belongs to the scenario as a whole and cannot be swept");
        return Err(on_key(document, &key, message).help(help));
    }
    let values = match values {
        Value::Sequence(values) if values.is_empty() => {
            return Err(wrong(format!("`{key}` has no values")).help(form(&path)));
        }
        Value::Sequence(values) => SweepValues::List(values),
        Value::String(range) if range.contains("..") => SweepValues::Range(range),
        other => {
            let one = match &other {
                Value::Null | Value::Mapping(_) => form(&path),
                one => format!("write a list [{}, …]", shown(&text_of(one))),
            };
            return Err(wrong(format!("`{key}` needs several values")).help(one));
        }
    };
    Ok(SweepAxis { key, path, values })
}

/// An error about the key of an axis.
fn on_key(document: &Document, key: &str, message: String) -> Error {
    let path = vec!["sweep".to_owned(), key.to_owned()];
    let place = document.place_of_key(&path).or_else(|| document.place(&path));
    Error::scenario(message).key(format!("sweep.{key}")).at(place)
}

/// Refuses more points than anybody means, before any of them is made.
fn count(document: &Document, axes: &[SweepAxis]) -> Result<()> {
    let workers = workers_in(document.value(&["workers".to_owned(), "count".to_owned()]));
    let mut counted = 0;
    tally(document, axes, workers, &mut counted)
}

fn tally(document: &Document, axes: &[SweepAxis], workers: Option<u32>, counted: &mut usize) -> Result<()> {
    let Some((axis, rest)) = axes.split_first() else {
        *counted += 1;
        return Ok(());
    };
    let too_many = || {
        let message = format!("a sweep of more than {MOST_POINTS} points");
        on_key(document, &axis.key, message).help("sweep fewer values, or run them as several scenarios")
    };
    let (length, list) = match &axis.values {
        SweepValues::List(values) => (values.len(), Some(values)),
        SweepValues::Range(text) => (numbers(document, axis, text, workers)?.len(), None),
    };
    for i in 0..length {
        if *counted + (length - i) > MOST_POINTS {
            return Err(too_many());
        }
        let value = list.map(|values| &values[i]);
        let workers = match (axis.path.iter().map(String::as_str).collect::<Vec<_>>()[..].as_ref(), value) {
            (["workers", "count"], value) => workers_in(value),
            (["workers"], Some(value)) => workers_in(value.get("count")),
            _ => workers,
        };
        tally(document, rest, workers, counted)?;
    }
    Ok(())
}

fn workers_in(count: Option<&Value>) -> Option<u32> {
    let count = count?;
    let whole = count.as_f64().filter(|x| x.fract() == 0.0 && (0.0..4e9).contains(x));
    count.as_u64().and_then(|m| u32::try_from(m).ok()).or(whole.map(|x| x as u32))
}

/// The numbers of a range for M workers.
fn numbers(document: &Document, axis: &SweepAxis, text: &str, workers: Option<u32>) -> Result<Range<u32>> {
    let wrong = |message: String| {
        let path = vec!["sweep".to_owned(), axis.key.clone()];
        Error::scenario(message).key(format!("sweep.{}", axis.key)).at(document.place(&path))
    };
    if text.contains('M') && workers.is_none() {
        let message =
            format!("`{}` needs workers.count, written as a number or swept before this axis", shown(text));
        return Err(wrong(message).help("write workers: { count: 15 }, or the axis workers.count first"));
    }
    let range = count_range(text, workers.unwrap_or(0)).expect("a range has two dots");
    let range = range.map_err(|why| {
        wrong(why.to_string()).help(match why {
            NoRange::Empty(_) => "write the smaller end first: 0..=7 with its end, 0..7 without".to_owned(),
            NoRange::End(_) => format!(
                "a range runs over whole numbers, 0 or above and at most {MOST_POINTS} of them, its ends numbers or expressions \
                 in M: 0..=7, 0..=M/2+1; where a setting takes other numbers, write them as a list: [0, 0.25, 0.5]"
            ),
        })
    })?;
    if range.len() > MOST_POINTS {
        let message = format!("a sweep of more than {MOST_POINTS} points");
        return Err(wrong(message).help("sweep fewer values, or run them as several scenarios"));
    }
    Ok(range)
}

fn walk(
    document: Document,
    settings: &mut Vec<(String, String)>,
    axes: &[SweepAxis],
    visit: &mut dyn FnMut(SweepPoint) -> Result<()>,
) -> Result<()> {
    let Some((axis, rest)) = axes.split_first() else {
        return visit(SweepPoint { document, settings: settings.clone() });
    };
    let origin: Path = vec!["sweep".to_owned(), axis.key.clone()];
    let mut enter = |value: Value, origin: Path| {
        let mut document = document.clone();
        settings.push((axis.key.clone(), text_of(&value)));
        document.set(&axis.path, value, Origin::Document(origin))?;
        walk(document, settings, rest, visit)?;
        settings.pop();
        Ok(())
    };
    match &axis.values {
        SweepValues::List(values) => values
            .iter()
            .enumerate()
            .try_for_each(|(i, value)| enter(value.clone(), [&origin[..], &[format!("[{i}]")]].concat())),
        SweepValues::Range(text) => {
            let workers = workers_in(document.value(&["workers".to_owned(), "count".to_owned()]));
            let mut numbers = numbers(&document, axis, text, workers)?;
            numbers.try_for_each(|n| enter(Value::from(n), origin.clone()))
        }
    }
}

/// The value of the setting at `path` in a resolved scenario, on one line; `None` where there is no such setting.
#[must_use]
pub fn setting_in(resolved: &str, path: &str) -> Option<String> {
    let whole: Value = serde_yaml::from_str(resolved).ok()?;
    path.split('.').try_fold(&whole, |value, key| value.get(key)).map(text_of)
}
