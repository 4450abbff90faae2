//! Tables for the terminal: the closing table of a run, the costs that `check` prints.

use std::collections::BTreeMap;

use signsim::error::Result;
use signsim::record::SummaryRow;
use signsim::run::{available_memory, side_by_side};
use signsim::scenario::Plan;

/// One finished run on one line.
pub fn line(row: &SummaryRow) -> String {
    let SummaryRow { method, attack, workers, adversaries, seed, wall_s, .. } = row;
    format!("{method} {attack} L={adversaries} of M={workers} seed {seed}: {} ({wall_s:.1} s)", result(row))
}

fn result(row: &SummaryRow) -> String {
    match (row.final_accuracy, row.decoding_error) {
        (Some(accuracy), _) => format!("accuracy {accuracy:.4}"),
        (None, Some(error)) => format!("decoding error {error:.6}"),
        (None, None) => "no result".to_owned(),
    }
}

/// What rows of the closing table share: the sweep's settings, or method, attack and L where nothing is swept.
type Group = Vec<(String, String)>;

/// What the engine did in all runs together: events and their rate, losses, bytes.
pub fn statistics<'a>(rows: impl Iterator<Item = &'a SummaryRow> + Clone) -> String {
    let sum = |of: fn(&SummaryRow) -> u64| rows.clone().map(of).sum::<u64>();
    let (events, peak) = (sum(|r| r.events), rows.clone().map(|r| r.queue_peak).max().unwrap_or(0));
    let seconds: f64 = rows.clone().map(|r| r.wall_s).sum();
    let rate =
        if seconds > 0.0 { format!(" ({:.0} a second)", events as f64 / seconds) } else { String::new() };
    let megabytes = |bytes: u64| format!("{:.2} MB", bytes as f64 * 1e-6);
    format!(
        "{events} events{rate}, at most {peak} waiting; {} messages lost, {} sent again, {} copied; {} votes late, {} refused; {} useful, {} wasted\n",
        sum(|r| r.messages_lost),
        sum(|r| r.retransmissions),
        sum(|r| r.duplicates),
        sum(|r| r.votes_late),
        sum(|r| r.votes_refused),
        megabytes(sum(|r| r.useful_bytes)),
        megabytes(sum(|r| r.wasted_bytes)),
    )
}

/// The mean over seeds of every point, in the order of the plan.
pub fn closing(rows: &[(SummaryRow, Group)]) -> String {
    let mut order: Vec<(Group, u32, u32)> = Vec::new();
    let mut groups: BTreeMap<(Group, u32, u32), Vec<&SummaryRow>> = BTreeMap::new();
    for (row, settings) in rows {
        // L and M have columns of their own.
        let counted = |path: &str| matches!(path, "adversaries.count" | "workers.count");
        let mut group: Group = settings.iter().filter(|(path, _)| !counted(path)).cloned().collect();
        let fixed = [("method", &row.method), ("attack", &row.attack)];
        for (key, value) in fixed {
            if !group.iter().any(|(path, _)| path.contains(key)) {
                group.push((key.to_owned(), value.clone()));
            }
        }
        let point = (group, row.adversaries, row.workers);
        if !order.contains(&point) {
            order.push(point.clone());
        }
        groups.entry(point).or_default().push(row);
    }
    let Some(first) = order.first() else { return "no finished runs\n".to_owned() };
    let mut table: Vec<Vec<String>> = Vec::new();
    let mut header: Vec<String> = first.0.iter().map(|(path, _)| path.clone()).collect();
    header.extend(["L", "M", "runs", "accuracy", "decoding error"].map(str::to_owned));
    header.extend(["MB up", "MB down", "simulated s"].map(str::to_owned));
    table.push(header);
    for group in &order {
        let rows = &groups[group];
        let (group, adversaries, workers) = group;
        let mean =
            |of: &dyn Fn(&SummaryRow) -> f64| rows.iter().map(|r| of(r)).sum::<f64>() / rows.len() as f64;
        let score = |of: fn(&SummaryRow) -> Option<f64>, digits: usize| {
            if rows.iter().any(|r| of(r).is_none()) {
                return String::new();
            }
            format!("{:.digits$}", mean(&|r| of(r).unwrap_or(f64::NAN)))
        };
        let mut cells: Vec<String> = group.iter().map(|(_, value)| value.clone()).collect();
        cells.extend([
            adversaries.to_string(),
            workers.to_string(),
            rows.len().to_string(),
            score(|r| r.final_accuracy, 4),
            score(|r| r.decoding_error, 6),
            format!("{:.2}", mean(&|r| r.uplink_bytes as f64 * 1e-6)),
            format!("{:.2}", mean(&|r| r.downlink_bytes as f64 * 1e-6)),
            format!("{:.3}", mean(&|r| r.sim_time_s)),
        ]);
        table.push(cells);
    }
    let empty = |column: usize| table[1..].iter().all(|row| row[column].is_empty());
    let kept: Vec<usize> = (0..table[0].len()).filter(|column| !empty(*column)).collect();
    let table: Vec<Vec<String>> =
        table.iter().map(|row| kept.iter().map(|column| row[*column].clone()).collect()).collect();
    aligned(&table)
}

/// What a plan will cost, run by run where runs differ.
pub fn costs(plan: &Plan, threads: usize) -> Result<String> {
    let mut table = vec![
        ["M", "L", "rounds", "parameters", "messages", "MB up", "MB down", "memory MB", "runs"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut kinds: Vec<(Vec<String>, usize)> = Vec::new();
    let (mut peak, mut bytes) = (0, 0_u64);
    // Where even one run does not fit, the lines below say so.
    let jobs = side_by_side(plan, threads).unwrap_or(1);
    for run in &plan.runs {
        let (spec, cost) = (&run.spec, run.spec.cost((threads / jobs).max(1))?);
        peak = peak.max(cost.memory_bytes);
        bytes = bytes.saturating_add(cost.uplink_bytes).saturating_add(cost.downlink_bytes);
        let row = vec![
            spec.workers.to_string(),
            spec.adversaries.to_string(),
            spec.rounds.to_string(),
            cost.coordinates.to_string(),
            cost.messages.to_string(),
            format!("{:.2}", cost.uplink_bytes as f64 * 1e-6),
            format!("{:.2}", cost.downlink_bytes as f64 * 1e-6),
            format!("{:.1}", cost.memory_bytes as f64 * 1e-6),
        ];
        match kinds.iter_mut().find(|(known, _)| *known == row) {
            Some((_, count)) => *count += 1,
            None => kinds.push((row, 1)),
        }
    }
    table.extend(kinds.into_iter().map(|(mut row, count)| {
        row.push(count.to_string());
        row
    }));
    let available = available_memory().map_or("unknown".to_owned(), |b| format!("{:.1} GB", b as f64 * 1e-9));
    Ok(format!(
        "---\n{}{} runs ({} points of the sweep), {jobs} side by side; {:.3} GB in all over the simulated network\n\
         memory at the peak: {:.3} GB; free on this machine: {available}\n",
        aligned(&table),
        plan.runs.len(),
        plan.points(),
        bytes as f64 * 1e-9,
        (peak * jobs as u64) as f64 * 1e-9,
    ))
}

/// Columns to the right, two spaces apart; words in the first row as they are.
pub fn aligned(table: &[Vec<String>]) -> String {
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..table[0].len()).map(width).collect();
    let mut text = String::new();
    for row in table {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, w)| format!("{cell:>w$}")).collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    text
}
