//! `--set path=value`: settings that the command line gives in the place of the scenario's.
//!
//! Arguments may come in any order: the axes of the sweep first, then what holds others before what it holds. None of them
//! is without effect in silence: an argument that another one or the sweep would replace is refused.

use std::sync::Arc;

use serde_yaml::Value;

use super::document::{Document, Origin};
use super::shown::{Path, shown};
use super::sweep::path_of;
use super::yaml::ScenarioText;
use crate::error::{Error, Result};

const USAGE: &str = "write --set path=value, for example --set adversaries.count=3";

/// An argument, read.
struct SetArgument {
    path: Path,
    value: Value,
    source: Arc<ScenarioText>,
}

impl SetArgument {
    fn read(text: &str) -> Result<Self> {
        if text.contains(['\n', '\r']) {
            let message = format!("--set {}: a line ends within it", shown(text));
            return Err(Error::input(message).help("write one setting in one line; several with --set again"));
        }
        let (path, written) = text
            .split_once('=')
            .filter(|(path, _)| !path.trim().is_empty())
            .ok_or_else(|| Error::input(format!("--set {}: no path and value", shown(text))).help(USAGE))?;
        // Read by the same rules as a scenario.
        let (source, value) = ScenarioText::argument(text, written, path.chars().count() + 1)?;
        let path = path_of(path.trim())
            .map_err(|help| source.error((1, 1), "this is no path of keys").help(help))?;
        // Below `sweep`, the rest of a path is one key: `sweep` / `adversaries.count`.
        let path = match &path[..] {
            [sweep, axis @ ..] if sweep == "sweep" && !axis.is_empty() => vec![sweep.clone(), axis.join(".")],
            _ => path,
        };
        Ok(Self { path, value, source: Arc::new(source) })
    }

    fn origin(&self) -> Origin {
        Origin::Argument(Arc::clone(&self.source))
    }

    /// Whether it gives a value to the setting at `path`.
    fn gives(&self, path: &[String]) -> bool {
        let below = path.strip_prefix(&self.path[..]);
        below.is_some_and(|keys| {
            keys.iter().try_fold(&self.value, |value, key| value.get(key.as_str())).is_some()
        })
    }

    fn refused(&self, message: String) -> Error {
        self.source.error((1, 1), message)
    }
}

/// Applies all `--set` arguments; their values are YAML. A setting that the sweep varies is held at the value.
///
/// # Errors
/// When an argument has no `=`, no path, or a value that is not YAML; when it would have no effect beside the others or
/// beside the sweep.
pub(crate) fn apply(document: &mut Document, arguments: &[String]) -> Result<()> {
    let mut arguments = arguments.iter().map(|text| SetArgument::read(text)).collect::<Result<Vec<_>>>()?;
    arguments.sort_by_key(|a| (a.path[0] != "sweep", a.path.len()));
    for (i, argument) in arguments.iter().enumerate() {
        if let Some(other) = arguments[i + 1..].iter().find(|other| argument.gives(&other.path)) {
            let path = other.path.join(".");
            let message = format!("two arguments give a value to `{path}`");
            return Err(other.refused(message).help("leave one of them away"));
        }
    }
    for argument in &arguments {
        if argument.path[0] == "sweep" {
            document.set(&argument.path, argument.value.clone(), argument.origin())?;
        } else {
            set(document, argument, &arguments)?;
        }
    }
    Ok(())
}

fn set(document: &mut Document, argument: &SetArgument, all: &[SetArgument]) -> Result<()> {
    let SetArgument { path, value, .. } = argument;
    let axes = document.root().get("sweep").and_then(Value::as_mapping);
    let axes: Vec<&str> = axes.into_iter().flat_map(|axes| axes.keys().filter_map(Value::as_str)).collect();
    let mut held = None;
    for axis in axes {
        let Ok(swept) = path_of(axis) else { continue };
        if swept == *path {
            let given = vec!["sweep".to_owned(), axis.to_owned()];
            if all.iter().any(|other| other.gives(&given)) {
                let message = format!("another argument sweeps `{axis}`");
                return Err(argument.refused(message).help("leave one of them away"));
            }
            held = Some(given);
        } else if path.starts_with(&swept) {
            let message = format!("the sweep replaces the whole of `{axis}` in every run");
            let help = format!(
                "set it for all of them with --set {axis}=…, or the list with --set sweep.{axis}=[…]"
            );
            return Err(argument.refused(message).help(help));
        } else if argument.gives(&swept) {
            let message = format!("the sweep replaces `{axis}` in every run");
            let help = format!(
                "leave it out here; hold it with --set {axis}=…, or drop the sweep with --set sweep={{}}"
            );
            return Err(argument.refused(message).help(help));
        }
    }
    document.set(path, value.clone(), argument.origin())?;
    if let Some(axis) = held {
        // The only value of the axis is placed where the argument has it.
        document.set(&axis, Value::Sequence(vec![value.clone()]), argument.origin())?;
    }
    Ok(())
}
