//! What `check` says of the costs: a row for every kind of run, and what all of them come to.

use std::collections::BTreeMap;

use signsim::error::{Error, Result};
use signsim::interrupt;
use signsim::machine::available_memory;
use signsim::report::points::APART;
use signsim::run::{DatasetCache, Estimates, RunTime, side_by_side};
use signsim::scenario::{Certainty, Cost, DryRuns, Plan, PlannedRun};

use super::table::aligned;

/// Runs that differ in their seeds alone, and what they cost together.
#[derive(Default)]
struct RunKind {
    runs: usize,
    costs: Vec<Cost>,
    seconds: Option<f64>,
}

/// The cells of a row that say which runs it is about.
type Names = Vec<String>;

/// What a plan will cost, run by run where runs differ.
pub(crate) fn text(plan: &Plan, threads: usize, cache: &DatasetCache) -> Result<String> {
    let fits = side_by_side(plan, threads);
    // Where even one run does not fit, it is not tried out either.
    let (jobs, mut estimates) = match fits {
        Ok(jobs) => (jobs, Ok(Estimates::of(plan, cache, jobs))),
        Err(error) => (1, Err(error.to_string())),
    };
    let mut dry_runs = DryRuns::default();
    let mut kinds: Vec<(Names, RunKind)> = Vec::new();
    let mut places: BTreeMap<Names, usize> = BTreeMap::new();
    let (mut setup, mut seconds) = (0.0, 0.0);
    let columns = columns(plan);
    let apart = plan.told_apart(|run| {
        let mut words = names(run, &columns);
        words.push(run.spec.record.attack.clone());
        words.join("\u{1f}")
    });
    for run in &plan.runs {
        if interrupt::asked() {
            return Err(Error::Interrupted);
        }
        let cost = run.spec.cost_among((threads / jobs).max(1), &mut dry_runs)?;
        let mut names = names(run, &columns);
        names.push(cost.coordinates.to_string());
        if !apart.is_empty() {
            names.insert(2, apart.get(run.case.as_str()).cloned().unwrap_or_default());
        }
        let place = *places.entry(names.clone()).or_insert_with(|| {
            kinds.push((names, RunKind::default()));
            kinds.len() - 1
        });
        let kind = &mut kinds[place].1;
        kind.runs += 1;
        kind.costs.push(cost);
        match estimates.as_mut().map(|known| known.took(&run.spec)) {
            Ok(Ok(took)) => {
                kind.seconds = Some(took.seconds());
                (setup, seconds) = (setup + took.setup_s, seconds + took.rounds_s);
            }
            Ok(Err(why)) => estimates = Err(why),
            Err(_) => {}
        }
    }
    // What was cut short says nothing.
    if interrupt::asked() {
        return Err(Error::Interrupted);
    }
    let whole = RunTime { setup_s: setup, rounds_s: seconds };
    let time = match estimates {
        Ok(_) => time(whole, plan, threads),
        Err(why) => format!("time: no estimate: {}", why.lines().next().unwrap_or_default()),
    };
    let table = table(&columns, !apart.is_empty(), &kinds);
    Ok(format!("\n{table}{}{time}\n", sums(plan, &kinds, jobs)))
}

/// The swept settings that have no column of their own.
fn columns(plan: &Plan) -> Vec<String> {
    let own = ["method", "adversaries.attack", "adversaries.count", "workers.count", "rounds"];
    let mut paths: Vec<String> = Vec::new();
    for (path, _) in plan.runs.first().into_iter().flat_map(|run| &run.settings) {
        if !own.contains(&path.as_str()) && !paths.contains(path) {
            paths.push(path.clone());
        }
    }
    paths
}

fn names(run: &PlannedRun, columns: &[String]) -> Names {
    let spec = &run.spec;
    let attack = if spec.population.adversaries == 0 { "-" } else { spec.record.attack.as_str() };
    let setting = |path: &String| {
        let found = run.settings.iter().find(|(p, _)| p == path);
        found.map_or(String::new(), |(_, value)| value.clone())
    };
    let mut names = vec![spec.record.method.clone(), attack.to_owned()];
    names.extend(columns.iter().map(setting));
    names.extend(
        [spec.population.workers, spec.population.adversaries, spec.rounds].map(|count| count.to_string()),
    );
    names
}

fn table(columns: &[String], apart: bool, kinds: &[(Names, RunKind)]) -> String {
    let mut header: Vec<String> = ["method", "attack"].map(str::to_owned).to_vec();
    header.extend(apart.then(|| APART.to_owned()));
    header.extend(columns.iter().cloned());
    header.extend(
        [
            "M",
            "L",
            "rounds",
            "parameters",
            "messages",
            "MB up",
            "MB down",
            "sent",
            "memory MB",
            "runs",
            "s a run",
        ]
        .map(str::to_owned),
    );
    let mut rows = vec![header];
    for (names, kind) in kinds {
        let known = kind.known();
        let number = |value: f64, digits: usize| {
            if known == Certainty::Not { "-".to_owned() } else { format!("{value:.digits$}") }
        };
        let mut row = names.clone();
        row.extend([
            number(kind.mean(|cost| cost.messages), 0),
            number(kind.mean(|cost| cost.uplink_bytes) * 1e-6, 2),
            number(kind.mean(|cost| cost.downlink_bytes) * 1e-6, 2),
            word(known).to_owned(),
            format!("{:.1}", kind.memory() as f64 * 1e-6),
            kind.runs.to_string(),
            kind.seconds.map_or("-".to_owned(), |seconds| format!("{seconds:.1}")),
        ]);
        rows.push(row);
    }
    aligned(&rows)
}

const fn word(known: Certainty) -> &'static str {
    match known {
        Certainty::Exactly => "exact",
        Certainty::Expected => "expected",
        Certainty::AtMost => "at most",
        Certainty::Not => "unknown",
    }
}

impl RunKind {
    fn mean(&self, of: fn(&Cost) -> u64) -> f64 {
        self.costs.iter().map(|cost| of(cost) as f64).sum::<f64>() / self.costs.len() as f64
    }

    fn known(&self) -> Certainty {
        self.costs.iter().map(|cost| cost.known).max().unwrap_or(Certainty::Not)
    }

    fn memory(&self) -> u64 {
        self.costs.iter().map(|cost| cost.memory_bytes).max().unwrap_or(0)
    }
}

/// What all runs come to, and how well it is known.
fn sums(plan: &Plan, kinds: &[(Names, RunKind)], jobs: usize) -> String {
    let bytes = |kind: &RunKind| {
        kind.mean(|cost| cost.uplink_bytes.saturating_add(cost.downlink_bytes)) * kind.runs as f64
    };
    let bytes: f64 = kinds.iter().map(|(_, kind)| bytes(kind)).sum();
    let peak = kinds.iter().map(|(_, kind)| kind.memory()).max().unwrap_or(0);
    let available = available_memory().map_or("unknown".to_owned(), |b| format!("{:.1} GB", b as f64 * 1e-9));
    let costs = || kinds.iter().flat_map(|(_, kind)| &kind.costs);
    let mut text = format!(
        "{} runs ({} points of the sweep), {jobs} side by side; {:.3} GB in all over the simulated network\n",
        plan.runs.len(),
        plan.points(),
        bytes * 1e-9,
    );
    if costs().any(|cost| cost.known == Certainty::Expected) {
        text += "sent: exact to the last byte, or expected, the mean over seeds: a dry run of the network, without learning, \
                 anything, and chance, votes or later rounds may change the rest\n";
    }
    let stops = plan.runs.iter().any(|run| !run.spec.server.stop.is_never());
    if stops {
        text += "a run that `stop` ends takes fewer rounds: what it sends, its memory and its time are at most these\n";
    }
    if !stops && costs().any(|cost| cost.known == Certainty::AtMost) {
        text += "sent at most: a step that holds coordinates is twice as long, and whether all workers abstain from some coordinate \
                 is for learning to decide; here they always do\n";
    }
    if let Some(why) = costs().find_map(|cost| cost.trouble.as_ref()) {
        let unknown = costs().filter(|cost| cost.known == Certainty::Not).count();
        text += &format!("sent by {unknown} runs: unknown and left out: {why}\n");
    }
    let checkpoint = costs().map(|cost| cost.checkpoint_bytes).max().unwrap_or(0);
    text + &format!(
        "checkpoint of a run: at most about {:.1} MB; a run keeps the last two until it is finished\n\
         memory at the peak: {:.3} GB, at most; free on this machine: {available}\n",
        checkpoint as f64 * 1e-6,
        peak.saturating_mul(jobs as u64) as f64 * 1e-9,
    )
}

/// The time of the whole plan, spread over the threads.
fn time(whole: RunTime, plan: &Plan, threads: usize) -> String {
    let side_by_side = threads.min(plan.runs.len()).max(1) as f64;
    let stops = plan.runs.iter().any(|run| !run.spec.server.stop.is_never());
    let about = if stops { "at most about" } else { "about" };
    let seconds = whole.setup_s / side_by_side + whole.rounds_s / threads as f64;
    let threads = if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
    format!("time: {about} {} with {threads}, from the first votes of each kind of run", span(seconds))
}

/// A span in the units that people plan with.
fn span(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        3600..86_400 => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
        _ => format!("{} days {} h", whole / 86_400, whole % 86_400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_at_a_glance() {
        for (seconds, text) in [
            (0.04, "0.0 s"),
            (9.4, "9.4 s"),
            (59.0, "59 s"),
            (200.0, "3 min 20 s"),
            (5430.0, "1 h 30 min"),
            (200_000.0, "2 days 7 h"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }
}
