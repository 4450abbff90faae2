//! The scenario as a difference from the defaults: a setting is at its default where the scenario means the same without it.

use serde_yaml::{Mapping, Value};

use super::html::Html;
use super::part::Part;
use crate::scenario::Plan;

/// A setting that is not at its default.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    /// Keys with points between them.
    pub path: String,
    pub value: Value,
    /// What it would be; nothing where a scenario has to say it.
    pub default: Option<Value>,
}

/// Sections that are about the page and not about the runs.
const ABOUT_FIGURES: [&str; 2] = ["figures", "style"];

/// Everything that a scenario tells a run, every default filled in; nothing where this version cannot read it.
pub(crate) fn whole(scenario: &str) -> Option<Mapping> {
    let plan = Plan::parse("scenario.yaml", scenario, &[], None).ok()?;
    let mut whole: Mapping = serde_yaml::from_str(&plan.alone).ok()?;
    for key in ABOUT_FIGURES {
        whole.remove(key);
    }
    Some(whole)
}

fn resolved(tree: &Mapping) -> Option<Mapping> {
    whole(&serde_yaml::to_string(tree).ok()?)
}

/// What differs from the defaults, in the order of the scenario.
pub(crate) fn told(scenario: &str) -> Option<Vec<Told>> {
    // What was left out of a point on its own has its default by now.
    let tree = resolved(&whole(scenario)?)?;
    let mut found = Vec::new();
    look(&tree, &mut Vec::new(), &mut found);
    Some(found)
}

/// Looks at every key below `path`.
fn look(tree: &Mapping, path: &mut Vec<String>, found: &mut Vec<Told>) {
    let Some(Value::Mapping(here)) = at(tree, path) else { return };
    let keys: Vec<String> = here.keys().filter_map(Value::as_str).map(str::to_owned).collect();
    for key in keys {
        path.push(key);
        let value = at(tree, path).unwrap_or(Value::Null);
        let without = without(tree, path).and_then(|tree| resolved(&tree));
        let default = without.as_ref().and_then(|other| at(other, path));
        let is_default = without.as_ref() == Some(tree);
        // A choice of another kind is told as a whole; settings of the same kind one by one.
        let alike = match (&value, &default) {
            (Value::Mapping(a), Some(Value::Mapping(b))) => a.keys().eq(b.keys()),
            (Value::Mapping(inner), None) => !inner.is_empty(),
            _ => false,
        };
        if !is_default {
            if alike {
                look(tree, path, found);
            } else {
                found.push(Told { path: path.join("."), value, default });
            }
        }
        path.pop();
    }
}

/// What stands at a path.
pub(crate) fn at(tree: &Mapping, path: &[String]) -> Option<Value> {
    path.iter().try_fold(Value::Mapping(tree.clone()), |value, key| value.get(key.as_str()).cloned())
}

/// The tree without what stands at a path.
fn without(tree: &Mapping, path: &[String]) -> Option<Mapping> {
    let (last, above) = path.split_last()?;
    let mut tree = tree.clone();
    let mut here = &mut tree;
    for key in above {
        here = here.get_mut(key.as_str())?.as_mapping_mut()?;
    }
    here.remove(last.as_str())?;
    Some(tree)
}

/// A value on one line.
pub(crate) fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

/// What the runs were told.
pub(crate) fn section(part: &Part) -> Html {
    let swept: Vec<&str> = part
        .manifest
        .runs
        .first()
        .map_or_else(Vec::new, |run| run.settings.iter().map(|(path, _)| path.as_str()).collect());
    let told = part.scenario.as_deref().and_then(told);
    let difference = match told {
        None => Html::words(
            "p",
            "Another version of signsim asked for this, and its defaults are not known here.",
        ),
        Some(told) => {
            let row = |Told { path, value, default }: Told| {
                let default = default.as_ref().map_or_else(|| "has none".to_owned(), words);
                let value = if swept.contains(&path.as_str()) {
                    format!("{} (swept: of the first point)", words(&value))
                } else {
                    words(&value)
                };
                Html::element(
                    "tr",
                    &[],
                    Html::all([&path, &value, &default].map(|text| Html::words("td", text))),
                )
            };
            let head = Html::element(
                "tr",
                &[],
                Html::all(["setting", "here", "default"].map(|name| Html::words("th", name))),
            );
            let body = Html::all(told.into_iter().map(row));
            let table = Html::element(
                "table",
                &[],
                Html::all([Html::element("thead", &[], head), Html::element("tbody", &[], body)]),
            );
            Html::element("div", &[("class", "scroll")], table)
        }
    };
    let scenario = part.scenario.as_deref().unwrap_or("");
    let content = [
        Html::words("p", "Settings that differ from their defaults; all others are at them."),
        difference,
        Html::folded(
            "The scenario",
            Html::element("div", &[("class", "scroll")], Html::words("pre", scenario)),
        ),
        Html::folded(
            "The first point with every default",
            Html::element("div", &[("class", "scroll")], Html::words("pre", &part.manifest.resolved)),
        ),
    ];
    Html::section("settings", "Settings", Html::all(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_from_the_defaults_is_told() {
        let text = "name: t\nrounds: 4\nrepeats: 1\nworkers: { count: 5, batch: 64 }\n\
                    method: signsgd_fd\nserver: { close: { quorum: 3 } }\n\
                    task: { channel: { coordinates: 10, crossover: 0.2 } }\nfigures: [accuracy_vs_rounds]\n";
        let told = told(text).unwrap();
        let paths: Vec<&str> = told.iter().map(|told| told.path.as_str()).collect();
        for path in ["name", "rounds", "workers.count", "task.channel.coordinates", "server.close"] {
            assert!(paths.contains(&path), "{path}: {paths:?}");
        }
        // Written down, and what they are anyway.
        for path in ["repeats", "workers.batch", "figures", "seed", "server.learning_rate"] {
            assert!(!paths.iter().any(|told| told.starts_with(path)), "{path}: {paths:?}");
        }
        let close = told.iter().find(|told| told.path == "server.close").unwrap();
        assert_eq!(words(&close.value), "{\"quorum\":3}");
        assert!(close.default.is_some(), "{close:?}");
    }
}
