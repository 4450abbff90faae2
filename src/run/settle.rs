//! What a result folder is to hold once more is asked of it.
//!
//! A folder remembers its scenario. Asked for the same, for part of it, or for more seeds and more values of its axes, it
//! holds the runs of both from then on, so that no row of its summary is ever lost. Asked for anything else it refuses, if
//! any run is finished in it, or
//! is made over by `--force`, which keeps what described it under another name.

use std::collections::BTreeSet;

use super::identity::key_of;
use crate::error::{Error, Result};
use crate::record::Folder;
use crate::scenario::{self, Differences, Plan};

/// More differences than this are not listed.
const MOST_TOLD: usize = 8;

/// What a folder is to hold.
pub struct Settled {
    /// All that it is asked for, the present request included.
    pub whole: Plan,
    /// What the user has to know.
    pub remarks: Vec<String>,
}

/// Decides for an open folder that this process has locked; nothing is written but by `force`.
pub fn settle(folder: &Folder, asked: &Plan, force: bool) -> Result<Settled> {
    match joined(folder, asked)? {
        Ok(whole) => {
            let all = whole.runs.len();
            let grown = all > asked.runs.len();
            let remark = format!("{} holds {all} runs; this asks for {}", folder.dir().display(), asked.runs.len());
            Ok(Settled { whole, remarks: grown.then_some(remark).into_iter().collect() })
        }
        // What was asked for in vain, and mended, is nothing to guard.
        Err(_) if !folder.has_runs() => Ok(Settled {
            whole: asked.clone(),
            remarks: vec![format!("{} was asked for something else, of which nothing was finished", folder.dir().display())],
        }),
        Err(_) if force => {
            let kept: Vec<String> = folder.set_aside()?.iter().map(|path| path.display().to_string()).collect();
            let remark = format!(
                "what {} was asked for before is kept as {}; its runs are still in runs/",
                folder.dir().display(),
                kept.join(" and ")
            );
            Ok(Settled { whole: asked.clone(), remarks: vec![remark] })
        }
        Err(refusal) => Err(Error::input(refusal).help(
            "choose another folder with --out, or pass --force to give this one over (its runs stay, and what described them \
             is kept under other names)",
        )),
    }
}

/// The folder's scenario and this one as one; in words why not, where that cannot be.
fn joined(folder: &Folder, asked: &Plan) -> Result<std::result::Result<Plan, String>> {
    let dir = folder.dir().display();
    let Some(text) = folder.scenario() else {
        let described = folder.dir().join("manifest.json").exists();
        let refusal = format!("{dir} holds results and no scenario.yaml that says what of");
        return Ok(if described { Err(refusal) } else { Ok(asked.clone()) });
    };
    let file = folder.dir().join("scenario.yaml").display().to_string();
    let there = match Plan::parse(&file, &text, &[], None) {
        Ok(plan) => plan,
        Err(error) => return Ok(Err(format!("{dir} holds what this program cannot read: {error}"))),
    };
    let (old, new) = (keys(&there), keys(asked));
    if there.name == asked.name {
        if new.is_superset(&old) {
            return Ok(Ok(asked.clone()));
        }
        let both = scenario::merge(&there, asked).map(|text| Plan::parse(&file, &text, &[], None));
        if let Some(Ok(both)) = both
            && keys(&both) == old.union(&new).cloned().collect()
        {
            return Ok(Ok(both));
        }
    }
    Ok(Err(refusal(folder, &there, asked)))
}

fn keys(plan: &Plan) -> BTreeSet<String> {
    plan.runs.iter().map(key_of).collect()
}

fn refusal(folder: &Folder, there: &Plan, asked: &Plan) -> String {
    let Differences { settings, values } = scenario::differences(there, asked);
    let of = if there.name == asked.name {
        format!("other results of `{}`", there.name)
    } else {
        format!("the results of `{}`, not of `{}`", there.name, asked.name)
    };
    let mut text = format!("{} holds {of}", folder.dir().display());
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
