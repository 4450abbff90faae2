//! What a result folder is to hold once more is asked of it.
//!
//! A folder remembers its scenario. Asked for the same, for part of it, or for more seeds and more values of its axes, it
//! holds the runs and the figures of both from then on, so that no row of its summary is ever lost and its figures show all
//! its runs. Who asks for all that it holds says anew which figures it has. Asked for anything else it refuses, if any run
//! is finished in it, or is made over by `--force`, which keeps what described it under another name.

use std::collections::BTreeSet;

use super::identity::key_of;
use crate::error::{Error, Named, Result};
use crate::files;
use crate::record::ResultFolder;
use crate::scenario::{self, Differences, Plan};

/// More differences than this are not listed.
const MOST_TOLD: usize = 8;

/// What a folder is to hold.
pub(crate) struct Settled {
    /// All that it is asked for, the present request included.
    pub whole: Plan,
    /// What the user has to know.
    pub remarks: Vec<String>,
}

/// Why a folder refuses, and what else to do.
struct Refusal {
    why: String,
    help: String,
}

/// Decides for an open folder, whose scenario nobody else changes meanwhile; nothing is written but by `force`.
pub(crate) fn settle(folder: &ResultFolder, asked: &Plan, force: bool) -> Result<Settled> {
    let manifest = folder.dir().join("manifest.json");
    let described = files::kind(&manifest).map_err(|e| Error::io(&manifest, e))?.is_some();
    match joined(folder, (folder.scenario()?.as_deref(), described), asked) {
        Ok(settled) => Ok(settled),
        // What was asked for in vain, and mended, is nothing to guard.
        Err(_) if !folder.has_runs()? => Ok(Settled {
            whole: asked.clone(),
            remarks: vec![format!(
                "{} was asked for something else, of which nothing was finished",
                folder.dir().named()
            )],
        }),
        Err(_) if force => {
            let kept: Vec<String> = folder.set_aside()?.iter().map(|path| path.named()).collect();
            let remark = format!(
                "what {} was asked for before is kept as {}; its runs are still in runs/",
                folder.dir().named(),
                kept.join(" and ")
            );
            Ok(Settled { whole: asked.clone(), remarks: vec![remark] })
        }
        Err(Refusal { why, help }) => Err(Error::input(why).help(help)),
    }
}

/// The folder's scenario and this one as one.
fn joined(
    folder: &ResultFolder,
    (text, described): (Option<&str>, bool),
    asked: &Plan,
) -> std::result::Result<Settled, Refusal> {
    let dir = folder.dir().named();
    let alone = |whole: &Plan| Settled { whole: whole.clone(), remarks: Vec::new() };
    let Some(text) = text else {
        let why = format!(
            "{dir} holds results and no scenario.yaml that says what of; an earlier version may have written it"
        );
        return if described { Err(elsewhere(why)) } else { Ok(alone(asked)) };
    };
    let file = folder.dir().join("scenario.yaml").display().to_string();
    let there = Plan::parse(&file, text, &[], None)
        .map_err(|error| elsewhere(format!("{dir} holds what this program cannot read: {error}")))?;
    let (old, new) = (keys(&there), keys(asked));
    if there.name == asked.name {
        if new.is_superset(&old) {
            return Ok(Settled { remarks: figures_changed(folder, &there, asked), ..alone(asked) });
        }
        let both = scenario::merge(&there, asked).map(|text| Plan::parse(&file, &text, &[], None));
        if let Some(Ok(whole)) = both
            && keys(&whole) == old.union(&new).cloned().collect()
        {
            let all = whole.runs.len();
            let remark = (all > asked.runs.len())
                .then(|| format!("{dir} holds {all} runs; this asks for {}", asked.runs.len()));
            return Ok(Settled { whole, remarks: remark.into_iter().collect() });
        }
        if let [name, ..] = &scenario::other_figures(&there, asked)[..] {
            return Err(other_figure(folder, name));
        }
    }
    Err(elsewhere(refusal(folder, &there, asked)))
}

fn elsewhere(why: String) -> Refusal {
    let help = "choose another folder with --out, or pass --force to give this one over (its runs stay, and what described \
                them is kept under other names)";
    Refusal { why, help: help.to_owned() }
}

/// A figure of part of the runs would take the place of one that shows them all.
fn other_figure(folder: &ResultFolder, name: &str) -> Refusal {
    let dir = folder.dir().named();
    Refusal {
        why: format!(
            "figures: {dir}/{name}.* show all runs of this folder, and this asks for another figure of that name"
        ),
        help: format!(
            "give this one a name of its own, for example {{ name: {name}_2 }}, or change the figure in {dir}/scenario.yaml \
             and run that; another folder with --out takes anything"
        ),
    }
}

/// Says which figures of a folder whoever asks for all its runs changes or leaves out.
fn figures_changed(folder: &ResultFolder, there: &Plan, asked: &Plan) -> Vec<String> {
    let dir = folder.dir().named();
    let changed = scenario::other_figures(there, asked).into_iter();
    let changed =
        changed.map(|name| format!("{dir}/{name}.* are drawn as this scenario asks, not as before"));
    let left = scenario::figures_left_out(there, asked).into_iter();
    let left =
        left.map(|name| format!("{dir}/{name}.* stay as they are: this scenario does not ask for them"));
    changed.chain(left).collect()
}

fn keys(plan: &Plan) -> BTreeSet<String> {
    plan.runs.iter().map(key_of).collect()
}

fn refusal(folder: &ResultFolder, there: &Plan, asked: &Plan) -> String {
    let Differences { settings, values } = scenario::differences(there, asked);
    let of = if there.name == asked.name {
        format!("other results of `{}`", there.name)
    } else {
        format!("the results of `{}`, not of `{}`", there.name, asked.name)
    };
    let mut text = format!("{} holds {of}", folder.dir().named());
    let told = if settings.is_empty() { &values } else { &settings };
    for difference in told.iter().take(MOST_TOLD) {
        text += &format!("\n  {difference}");
    }
    if told.len() > MOST_TOLD {
        text += &format!("\n  and {} more", told.len() - MOST_TOLD);
    }
    if settings.is_empty() {
        text += "\n  a sweep of both would have runs that neither asks for";
    }
    text
}
