//! A point of a sweep as a scenario of its own: what only the rest of the sweep gives a meaning is left out and named.

use serde_yaml::Value;

use super::resolve::RunSpec;
use super::shown::index;
use super::text::to_yaml;
use super::{Scenario, TaskSpec, idle, words};
use crate::error::{Error, Result};
use crate::figure::{FigureSpec, Recorded, Told};

/// What figures will find recorded.
pub(crate) fn recorded(scenario: &Scenario) -> Recorded {
    let metrics = &scenario.metrics;
    Recorded {
        trains: matches!(scenario.task, TaskSpec::Train { .. }),
        descends: matches!(scenario.task, TaskSpec::Quadratic(_)),
        gradient_norm: metrics.gradient_norm || matches!(scenario.task, TaskSpec::Quadratic(_)),
        timeline: metrics.timeline > 0,
        layers: metrics.layers,
        labels: metrics.labels,
    }
}

/// The YAML of a point with every default filled in; `run` is its first, and `told` what figures are told of it.
/// Figures that need the sweep and settings that only other points read are named in comments at its end: alone, both
/// would be refused.
///
/// # Errors
/// When a setting that is left out has no default, which is a fault of this program.
pub(crate) fn text(point: &Scenario, run: &RunSpec, told: Told<'_>) -> Result<String> {
    let recorded = recorded(point);
    let mut alone = point.clone();
    let mut left_out = String::new();
    let style = point.style.clone();
    // Alone it varies no setting, and nothing else can be chosen.
    let told = [Told { settings: &[], ..told }];
    let shows = |figure: &FigureSpec| {
        let figure = figure.styled(&style);
        figure.validate(&[], recorded).and_then(|()| figure.check_chosen(&told))
    };
    alone.figures.retain(|figure| match shows(figure) {
        Ok(()) => true,
        Err(why) => {
            left_out += &format!("# The figure {} needs the sweep: {why}\n", figure.name());
            false
        }
    });
    // What only figures take that are left out has nothing to say.
    alone.style = style.only(|key| alone.figures.iter().any(|figure| figure.kind.accepts(key)));
    let unread = idle::unread(point, run);
    if !unread.is_empty() {
        let mut tree: Value = serde_yaml::from_str(&to_yaml(&alone)).expect("YAML that was just written");
        for (key, why) in unread {
            let path: Vec<&str> = key.split('.').collect();
            remove(&mut tree, &path);
            left_out += &format!(
                "# {key} is back at its default, since only other points of the sweep read it: {why}\n"
            );
        }
        let read: Scenario = words::read(&tree).map_err(|fault| Error::scenario(fault.message))?;
        alone = read.decided();
    }
    Ok(to_yaml(&alone) + &left_out)
}

/// Takes a setting away.
fn remove(tree: &mut Value, path: &[&str]) {
    let [first, rest @ ..] = path else { return };
    match (tree, index(first)) {
        (Value::Sequence(items), Some(index)) => {
            if let Some(item) = items.get_mut(index) {
                remove(item, rest);
            }
        }
        (Value::Mapping(map), _) if rest.is_empty() => {
            map.remove(*first);
        }
        (Value::Mapping(map), _) => {
            if let Some(inner) = map.get_mut(*first) {
                remove(inner, rest);
            }
        }
        _ => {}
    }
}
