//! `signsim selfcheck`: the promise of equal bits, checked on a scenario of the user's own.

use std::sync::atomic::AtomicBool;

use signsim::error::Result;
use signsim::run::{DatasetCache, RunControl, Verdict, Verified, name_of, selfcheck, verify};
use signsim::scenario::Plan;
use signsim::sim::IdleThreads;

use super::input::{Input, tell_remark};
use super::output::say;
use super::signals::Signals;

/// Checks every run of the scenario; 1 when one differs.
pub(crate) fn execute(input: &Input) -> Result<u8> {
    let plan = input.plan()?;
    let threads = input.threads().max(2);
    let signals = Signals::catch()?;
    let outcome = compared(&plan, threads, signals.flag());
    signals.told(outcome)
}

fn compared(plan: &Plan, threads: usize, interrupted: &AtomicBool) -> Result<u8> {
    let cache = DatasetCache::default();
    let Verified { remarks, .. } = verify(plan, threads, &cache)?;
    plan.remarks.iter().chain(&remarks).for_each(|remark| tell_remark(remark));
    let control = RunControl { threads, interrupted, on_round: &|_| {}, spare: &IdleThreads::default() };
    let mut different = 0;
    for (i, run) in plan.runs.iter().enumerate() {
        let data = cache.of(&run.spec, threads).map_err(|e| run.locate(e))?;
        let verdict = selfcheck(&run.spec, data, &control).map_err(|e| run.locate(e))?;
        different += usize::from(verdict.difference.is_some() || !verdict.same_records);
        say(&format!("{}/{} {}: {}\n", i + 1, plan.runs.len(), name_of(run), words(&verdict)))?;
    }
    let runs = plan.runs.len();
    say(&match different {
        0 => format!(
            "{runs} runs with 1 and with {threads} threads: every event and every record is the same\n"
        ),
        n => format!("{n} of {runs} runs differ between 1 and {threads} threads: this is a bug\n"),
    })?;
    Ok(u8::from(different > 0))
}

fn words(verdict: &Verdict) -> String {
    match &verdict.difference {
        None if verdict.same_records => format!("{} events, the same", verdict.events),
        None => format!("{} events are the same, the records are not", verdict.events),
        Some(difference) => {
            let seen = difference.seen.as_deref().unwrap_or("the second run ended early");
            format!("differs in event {}: {seen}", difference.number)
        }
    }
}
