//! What the runs were computed on and by, and what they cost.

use std::collections::BTreeMap;

use super::html::Html;
use super::part::Part;
use crate::record::SummaryRow;

/// Machine, versions, data and costs.
pub(crate) fn section(part: &Part) -> Html {
    let manifest = &part.manifest;
    let commit =
        if manifest.commit.is_empty() { String::new() } else { format!(", commit {}", manifest.commit) };
    let build = manifest.build.get(..12).unwrap_or(&manifest.build);
    let mut facts = vec![format!("Asked by signsim {}, build {build}{commit}.", manifest.signsim)];
    let mut made: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for run in &part.results.runs {
        let host = if run.machine.host.is_empty() { "a machine without a name" } else { &run.machine.host };
        let simd = if run.machine.simd.is_empty() { "unknown instructions" } else { &run.machine.simd };
        *made.entry((run.made_by.clone(), host.to_owned(), simd.to_owned())).or_default() += 1;
    }
    let computed =
        made.into_iter().map(|((by, host, simd), runs)| format!("{runs} by {by}, on {host} with {simd}."));
    facts.extend(computed);
    let summaries = || part.results.runs.iter().map(|run| &run.summary);
    let wall: f64 = summaries().map(|row| row.wall_s).sum();
    let simulated: f64 = summaries().map(|row| row.sim_time_s).sum();
    let events: u64 = summaries().map(|row| row.events).sum();
    let bytes = |of: fn(&SummaryRow) -> u64| summaries().map(of).sum::<u64>() as f64 * 1e-6;
    facts.push(format!(
        "All runs together: {wall:.1} s of computing, {simulated:.1} s simulated, {events} events; {:.2} MB up, {:.2} MB down, of \
         which {:.2} MB did not count.",
        bytes(|row| row.uplink_bytes),
        bytes(|row| row.downlink_bytes),
        bytes(|row| row.wasted_bytes),
    ));
    let features = manifest.cpu_features.join(" ");
    let data: Vec<String> = manifest.data.iter().map(ToString::to_string).collect();
    let mut content = vec![Html::list(facts.iter().map(|fact| Html::text(fact)))];
    content.push(Html::folded("Features of the processor that asked", Html::words("p", &features)));
    if !data.is_empty() {
        let files = Html::list(data.iter().map(|file| Html::words("code", file)));
        content.push(Html::folded("Files of data", files));
    }
    Html::section("machine", "Machine and costs", Html::all(content))
}
