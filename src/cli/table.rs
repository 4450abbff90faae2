//! Tables for the terminal: how columns are set, the costs that `check` prints.

use signsim::error::Result;
use signsim::run::{available_memory, side_by_side};
use signsim::scenario::Plan;

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
