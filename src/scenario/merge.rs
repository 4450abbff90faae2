//! Two scenarios as one, and what tells them apart.
//!
//! A scenario goes on with another when only seeds and values of axes are added: every axis of the sweep gets the values of
//! both, a setting that one of them fixes counting as an axis of one value. Everything else stays as the first of them has
//! it, so that a scenario goes on to say what it said. Whether the two together ask for exactly the runs of both is for the
//! caller to see, who knows which runs are equal.

use serde_yaml::{Mapping, Value};

use super::plan::Plan;
use super::shown::text_of;
use super::text::{opening_lines, without_changes};
use crate::figure::FigureSpec;
use crate::units::count_range;

/// A scenario taken apart.
struct ScenarioParts {
    comment: String,
    base: Mapping,
    axes: Vec<(String, Value)>,
    resolved: Value,
    /// The first and the last seed.
    seeds: (u64, u64),
}

impl ScenarioParts {
    fn of(plan: &Plan) -> Option<Self> {
        let Value::Mapping(base) = serde_yaml::from_str(&plan.source).ok()? else { return None };
        let sweep = match base.get("sweep") {
            None | Some(Value::Null) => Mapping::new(),
            Some(Value::Mapping(sweep)) => sweep.clone(),
            Some(_) => return None,
        };
        let axes = sweep.into_iter().map(|(key, value)| Some((key.as_str()?.to_owned(), value)));
        let seeds = plan.runs.iter().map(|run| run.spec.seed);
        Some(Self {
            comment: opening_lines(&plan.source),
            base,
            axes: axes.collect::<Option<_>>()?,
            resolved: serde_yaml::from_str(&plan.resolved).ok()?,
            seeds: (seeds.clone().min()?, seeds.max()?),
        })
    }

    /// What the axis called `path` says; `None` where a single value is fixed.
    fn axis(&self, path: &str) -> Option<&Value> {
        self.axes.iter().find(|(key, _)| key == path).map(|(_, values)| values)
    }

    /// The values that a setting has in this scenario.
    fn values(&self, path: &str) -> Option<Vec<Value>> {
        match self.axis(path) {
            Some(Value::Sequence(values)) => Some(values.clone()),
            Some(Value::String(range)) => {
                let workers = self.base.get("workers").and_then(|w| w.get("count")).and_then(Value::as_u64);
                let workers = u32::try_from(workers.unwrap_or(0)).ok()?;
                let swept = self.axis("workers.count").is_some() && range.contains('M');
                let numbers = count_range(range, workers).filter(|_| !swept)?.ok()?;
                Some(numbers.map(Value::from).collect())
            }
            Some(_) => None,
            None => {
                let written = at(&Value::Mapping(self.base.clone()), path);
                written.or_else(|| at(&self.resolved, path)).map(|value| vec![value])
            }
        }
    }
}

fn at(tree: &Value, path: &str) -> Option<Value> {
    path.split('.').try_fold(tree, |value, key| value.get(key.trim())).cloned()
}

/// The scenario that asks for the values and the figures of both, and else says what `old` says; the names of methods and a
/// comment are those of `new`, where it has one. `None` where there is no such scenario, or both want another figure under
/// one name.
#[must_use]
pub fn merge(old: &Plan, new: &Plan) -> Option<String> {
    let figures = both_figures(old, new)?;
    let (old, new) = (ScenarioParts::of(old)?, ScenarioParts::of(new)?);
    let mut sweep = Mapping::new();
    for path in paths(&old, &new) {
        let values = match (old.axis(path), new.axis(path)) {
            (Some(a), Some(b)) if a == b => b.clone(),
            (a, _) => {
                let there = old.values(path)?;
                let both = union(there.clone(), new.values(path)?);
                a.filter(|_| both == there).cloned().unwrap_or(Value::Sequence(both))
            }
        };
        sweep.insert(Value::from(path), values);
    }
    let mut base = old.base.clone();
    if let (Some(there), Some(asked)) = (base.get_mut("method"), new.base.get("method"))
        && unnamed(there) == unnamed(asked)
    {
        *there = asked.clone();
    }
    let (first, last) = (old.seeds.0.min(new.seeds.0), old.seeds.1.max(new.seeds.1));
    if (first, last) != old.seeds {
        base.insert(Value::from("seed"), Value::from(first));
        base.insert(Value::from("repeats"), Value::from(last - first + 1));
    }
    if !figures.is_empty() {
        base.insert(Value::from("figures"), Value::Sequence(figures));
    }
    if !sweep.is_empty() {
        base.insert(Value::from("sweep"), Value::Mapping(sweep));
    }
    // What only the question changes, the whole does not.
    let asked = without_changes(&new.comment);
    let comment =
        if asked.is_empty() || asked == without_changes(&old.comment) { old.comment } else { asked };
    Some(format!("{comment}{}", serde_yaml::to_string(&base).ok()?))
}

/// The figures of both as they are written, those of `old` first; `None` where two of one name differ.
fn both_figures(old: &Plan, new: &Plan) -> Option<Vec<Value>> {
    let written = |plan: &Plan| -> Option<Vec<Value>> {
        let tree: Value = serde_yaml::from_str(&plan.source).ok()?;
        Some(tree.get("figures").and_then(Value::as_sequence).cloned().unwrap_or_default())
    };
    if !other_figures(old, new).is_empty() {
        return None;
    }
    let mut figures = written(old)?;
    let there: Vec<String> = old.figures.iter().map(FigureSpec::name).collect();
    let added = new.figures.iter().zip(written(new)?).filter(|(spec, _)| !there.contains(&spec.name()));
    figures.extend(added.map(|(_, value)| value));
    Some(figures)
}

/// The names under which `new` asks for another figure than `old`.
#[must_use]
pub fn other_figures(old: &Plan, new: &Plan) -> Vec<String> {
    let other = |spec: &&FigureSpec| old.figures.iter().any(|own| own.name() == spec.name() && own != *spec);
    new.figures.iter().filter(other).map(FigureSpec::name).collect()
}

/// The names of figures of `old` that `new` does not ask for.
#[must_use]
pub fn figures_left_out(old: &Plan, new: &Plan) -> Vec<String> {
    let asked: Vec<String> = new.figures.iter().map(FigureSpec::name).collect();
    old.figures.iter().map(FigureSpec::name).filter(|name| !asked.contains(name)).collect()
}

/// The axes of both, in the order of the scenario that has more of them.
fn paths<'a>(old: &'a ScenarioParts, new: &'a ScenarioParts) -> Vec<&'a str> {
    let (more, fewer) = if new.axes.len() > old.axes.len() { (new, old) } else { (old, new) };
    let mut paths: Vec<&str> = Vec::new();
    for (path, _) in more.axes.iter().chain(&fewer.axes) {
        if !paths.contains(&path.as_str()) {
            paths.push(path);
        }
    }
    paths
}

/// The values of both in order, each once; numbers that rise go on rising.
fn union(old: Vec<Value>, new: Vec<Value>) -> Vec<Value> {
    let rising = |values: &[Value]| {
        let numbers: Option<Vec<f64>> = values.iter().map(Value::as_f64).collect();
        numbers.is_some_and(|numbers| numbers.is_sorted())
    };
    let sort = rising(&old) && rising(&new);
    let mut all = old;
    for value in new {
        match all.iter_mut().find(|known| unnamed(known) == unnamed(&value)) {
            // The same under another name.
            Some(known) => *known = value,
            None => all.push(value),
        }
    }
    if sort {
        all.sort_by(|a, b| a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(std::cmp::Ordering::Equal));
    }
    all
}

/// A method without the name that only figures show.
fn unnamed(value: &Value) -> Value {
    let Value::Mapping(map) = value else { return value.clone() };
    let mut map = map.clone();
    if map.contains_key("preset") || map.contains_key("aggregator") {
        map.shift_remove("name");
    }
    match map.get("preset") {
        Some(preset) if map.len() == 1 => preset.clone(),
        _ => Value::Mapping(map),
    }
}

/// What tells two scenarios apart, a line a setting, as far as it can change a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// Settings that no sweep can have at both values: those outside the axes of both.
    pub settings: Vec<String>,
    /// Seeds and values of axes.
    pub values: Vec<String>,
}

/// What tells the scenarios apart.
#[must_use]
pub fn differences(old: &Plan, new: &Plan) -> Differences {
    let (Some(a), Some(b)) = (ScenarioParts::of(old), ScenarioParts::of(new)) else {
        return Differences::default();
    };
    let mut found = Differences::default();
    let line = |path: &str, there: String, asked: String| {
        (there != asked).then(|| format!("{path}: {there} there, {asked} asked for"))
    };
    found.settings.extend(line("name", old.name.clone(), new.name.clone()));
    found.values.extend(line("seeds", range(a.seeds), range(b.seeds)));
    let axes = paths(&a, &b);
    for path in &axes {
        let told = |parts: &ScenarioParts| {
            parts.values(path).map_or_else(
                || parts.axis(path).map_or("nothing".to_owned(), text_of),
                |values| values.iter().map(text_of).collect::<Vec<_>>().join(", "),
            )
        };
        found.values.extend(line(&format!("sweep.{path}"), told(&a), told(&b)));
    }
    let swept = |path: &str| axes.iter().any(|axis| path == *axis || path.starts_with(&format!("{axis}.")));
    let (there, asked) = (leaves(&a.resolved), leaves(&b.resolved));
    let value = |leaves: &[(String, String)], path: &str| {
        leaves
            .iter()
            .find(|(known, _)| known == path)
            .map_or("nothing".to_owned(), |(_, value)| value.clone())
    };
    let mut all: Vec<&String> = there.iter().chain(&asked).map(|(path, _)| path).collect();
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|path| seen.insert(*path) && !swept(path));
    for path in all {
        found.settings.extend(line(path, value(&there, path), value(&asked, path)));
    }
    found
}

fn range((first, last): (u64, u64)) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

/// Every setting that has a value of its own and can change a run.
fn leaves(resolved: &Value) -> Vec<(String, String)> {
    fn walk(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
        match value {
            Value::Mapping(map) if !map.is_empty() => {
                for (key, inner) in map {
                    let key = text_of(key);
                    let whole = if path.is_empty() { key } else { format!("{path}.{key}") };
                    walk(inner, &whole, found);
                }
            }
            Value::Mapping(_) => found.push((path.to_owned(), "{}".to_owned())),
            other => found.push((path.to_owned(), text_of(other))),
        }
    }
    let mut found = Vec::new();
    walk(resolved, "", &mut found);
    let only_shown = |path: &str| ["name", "seed", "repeats", "method.name"].contains(&path);
    found.retain(|(path, _)| !only_shown(path) && !path.starts_with("figures") && !path.starts_with("style"));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "# what to expect\n# in two lines\nname: t\nrounds: 4\nworkers: { count: 5 }\n\
                        task: { channel: { coordinates: 10, crossover: 0.2 } }\n";

    fn plan(rest: &str) -> Plan {
        Plan::parse("t.yaml", &format!("{BASE}{rest}"), &[], None).unwrap()
    }

    fn merged(old: &str, new: &str) -> Plan {
        Plan::parse("merged", &merge(&plan(old), &plan(new)).unwrap(), &[], None).unwrap()
    }

    #[test]
    fn axes_and_seeds_grow_and_the_comment_stays() {
        let both = merged(
            "method: signsgd_mv\nadversaries: { count: 0, attack: sign_inversion }\nrepeats: 2\nsweep: { adversaries.count: 0..=1 }\n",
            "method: signsgd_mv\nadversaries: { count: 0, attack: sign_inversion }\nseed: 2\nrepeats: 3\nsweep: { adversaries.count: [2, 1] }\n",
        );
        assert_eq!(both.about, "what to expect\nin two lines");
        assert_eq!((both.points(), both.runs.len()), (3, 12));
        let counts: Vec<u32> =
            both.runs.iter().step_by(4).map(|run| run.spec.population.adversaries).collect();
        assert_eq!(counts, [0, 1, 2]);
        assert_eq!(both.runs.iter().map(|run| run.spec.seed).max(), Some(4));
    }

    #[test]
    fn a_fixed_setting_is_an_axis_of_one_value() {
        let both = merged(
            "method: signsgd_mv\n",
            "sweep: { method: [signsgd_fd, { preset: signsgd_mv, name: Ours }] }\n",
        );
        let names: Vec<&str> = both.runs.iter().map(|run| run.spec.record.method.as_str()).collect();
        assert_eq!(names, ["Ours", "signsgd_fd"]);
        // What is not written has its default.
        let both = merged(
            "method: signsgd_mv\n",
            "method: signsgd_mv\nsweep: { adversaries: [{ count: 2, attack: sign_inversion }] }\n",
        );
        assert_eq!(both.runs.iter().map(|run| run.spec.population.adversaries).collect::<Vec<_>>(), [0, 2]);
    }

    #[test]
    fn differences_are_told_key_by_key() {
        let (old, new) = (
            plan(
                "method: signsgd_mv\nadversaries: { count: 0, attack: sign_inversion }\nsweep: { adversaries.count: [0, 1] }\n",
            ),
            plan(
                "method: { preset: signsgd_mv, name: Ours }\nadversaries: { count: 0, attack: sign_inversion }\nrepeats: 2\nnetwork: { links: { up: { latency: { constant: 5ms } } } }\nfigures: [accuracy_vs_adversaries]\n",
            ),
        );
        let told = differences(&old, &new);
        assert_eq!(
            told.values,
            ["seeds: 1 there, 1 to 2 asked for", "sweep.adversaries.count: 0, 1 there, 0 asked for"]
        );
        assert!(
            told.settings.iter().any(|line| line.contains("latency") && line.contains("5ms")),
            "{told:?}"
        );
        assert!(
            told.settings.iter().all(|line| !line.contains("figures") && !line.contains("Ours")),
            "{told:?}"
        );
        assert_eq!(differences(&old, &old), Differences::default());
    }
}
