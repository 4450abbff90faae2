//! The figures of a scenario with what `style` says of all of them, and whether the runs have a place in them.

use super::{Scenario, alone};
use crate::error::{Error, Result};
use crate::figure::options::FigureOptions;
use crate::figure::{FigureSpec, Told};

/// The figures, each told what the style tells it.
#[must_use]
pub(super) fn figures(scenario: &Scenario) -> Vec<FigureSpec> {
    scenario.figures.iter().map(|figure| figure.styled(&scenario.style)).collect()
}

/// Every figure has a place for this point, and a name of its own; the style says something to one of them.
///
/// # Errors
/// Names the figure, or the option of the style, that is wrong.
pub(super) fn check(scenario: &Scenario, settings: &[(String, String)]) -> Result<()> {
    check_style(scenario)?;
    let figures = figures(scenario);
    for (i, figure) in figures.iter().enumerate() {
        let checked = figure.validate(settings, alone::recorded(scenario));
        checked.map_err(|e| e.key(format!("figures.[{i}]")))?;
        if figures[..i].iter().any(|other| other.name() == figure.name()) {
            let message = format!("two figures would be drawn into the files {}.*", figure.name());
            return Err(Error::scenario(message)
                .key(format!("figures.[{i}]"))
                .help("ask for each figure once, or give one of them a name"));
        }
    }
    Ok(())
}

fn check_style(scenario: &Scenario) -> Result<()> {
    for key in scenario.style.given() {
        let word = key.word();
        let refused = |message: String, help: &str| {
            Err(Error::scenario(message).key(format!("style.{word}")).help(help))
        };
        if FigureOptions::OF_ONE_FIGURE.contains(&key) {
            let message = format!("`{word}` cannot be said of all figures at once");
            return refused(message, "write it behind the figure that it is for");
        }
        if scenario.figures.iter().all(|figure| !figure.kind.accepts(key)) {
            let message = format!("none of the figures takes the option `{word}`");
            return refused(message, "leave it away, or ask for a figure that takes it");
        }
    }
    Ok(())
}

/// Every figure that chooses runs leaves some.
///
/// # Errors
/// Names the value that no run has.
pub(super) fn check_chosen(figures: &[FigureSpec], runs: &[Told<'_>]) -> Result<()> {
    figures.iter().enumerate().try_for_each(|(i, figure)| {
        figure.check_chosen(runs).map_err(|error| error.key(format!("figures.[{i}]")))
    })
}
