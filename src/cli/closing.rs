//! What `run` says of its results: one line per run, a table of means over seeds, and what the engine did.
//!
//! A run that diverged is no result to average: means are over the runs that finished, and the others are counted.

use std::collections::BTreeMap;

use signsim::figure::statistics::{Spread, estimate};
use signsim::record::{Status, SummaryRow};
use signsim::run::ReportLine;

use super::table::aligned;

/// The result of one run in words.
pub(crate) fn result(row: &SummaryRow) -> String {
    match (row.status, row.final_accuracy, row.decoding_error) {
        (Status::Diverged, ..) => match row.final_loss {
            Some(loss) if !loss.is_finite() => format!("diverged (loss {loss})"),
            Some(loss) if stopped(row) => format!("diverged (loss {loss:.3} after {} rounds)", done(row)),
            _ => "diverged (parameters are not finite)".to_owned(),
        },
        (_, Some(accuracy), _) if stopped(row) => {
            format!("accuracy {accuracy:.4} after {} rounds", done(row))
        }
        (_, Some(accuracy), _) => format!("accuracy {accuracy:.4}"),
        (_, None, Some(error)) => format!("decoding error {error:.6}"),
        (_, None, None) => "no result".to_owned(),
    }
}

fn done(row: &SummaryRow) -> u32 {
    row.rounds_done.unwrap_or(row.rounds)
}

/// Whether the run ended before its last round.
fn stopped(row: &SummaryRow) -> bool {
    done(row) < row.rounds
}

/// What rows of the closing table share: the sweep's settings, or method, attack and L where nothing is swept.
type Settings = Vec<(String, String)>;
/// Settings, L, M, and the case: what reads the same need not be the same.
type RowKey = (Settings, u32, u32, String);

/// The column that tells cases apart that go by one name.
pub(crate) const APART: &str = "differs in";

/// The runs of one row of the closing table.
#[derive(Default)]
struct RowRuns<'a> {
    finished: Vec<&'a SummaryRow>,
    diverged: usize,
    failed: usize,
}

impl RowRuns<'_> {
    fn runs(&self) -> usize {
        self.finished.len() + self.diverged + self.failed
    }

    fn mean(&self, of: impl Fn(&SummaryRow) -> f64, digits: usize) -> String {
        let n = self.finished.len();
        let sum: f64 = self.finished.iter().map(|row| of(row)).sum();
        if n == 0 { String::new() } else { format!("{:.digits$}", sum / n as f64) }
    }

    /// Mean and half of its interval over the finished runs.
    fn score(&self, of: impl Fn(&SummaryRow) -> Option<f64>, digits: usize) -> String {
        let values: Vec<Option<f64>> = self.finished.iter().map(|row| of(row)).collect();
        let all = estimate(&values);
        let Some(mean) = all.mean else { return String::new() };
        let spread = match (all.spread, all.interval) {
            (Spread::Student | Spread::Cut, Some((low, high))) => {
                // Where one end is cut the other still tells the half.
                format!(" ± {:.digits$}", (high - mean).max(mean - low))
            }
            (Spread::Range, Some((low, high))) => format!(" ({low:.digits$} to {high:.digits$})"),
            _ => String::new(),
        };
        format!("{mean:.digits$}{spread}")
    }

    /// How many of the runs are not in the means.
    fn others(&self) -> String {
        let all = self.runs();
        let count = |n: usize, what: &str| (n > 0).then(|| format!("{n} of {all} {what}"));
        let parts = [count(self.diverged, "diverged"), count(self.failed, "failed")];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// A mean with what is not in it.
fn with(score: &str, others: &str) -> String {
    match (score, others) {
        (score, "") => score.to_owned(),
        ("", others) => others.to_owned(),
        (score, others) => format!("{score} ({others})"),
    }
}

/// Mean and interval over seeds of every point, in the order of the plan.
pub(crate) fn closing(lines: &[ReportLine]) -> String {
    let mut order: Vec<RowKey> = Vec::new();
    let mut groups: BTreeMap<RowKey, RowRuns<'_>> = BTreeMap::new();
    let mut seen: Vec<(RowKey, &str)> = Vec::new();
    for line in lines {
        let (row, point) = (&line.row, point_of(line));
        // A run counts once, however often a sweep names it.
        if seen.iter().any(|(known, run)| *known == point && *run == row.run) {
            continue;
        }
        if !order.contains(&point) {
            order.push(point.clone());
        }
        let group = groups.entry(point.clone()).or_default();
        match row.status {
            Status::Finished => group.finished.push(row),
            Status::Diverged => group.diverged += 1,
            Status::Failed => group.failed += 1,
        }
        seen.push((point, &row.run));
    }
    let Some(first) = order.first() else { return "no finished runs\n".to_owned() };
    let mut header: Vec<String> = first.0.iter().map(|(path, _)| path.clone()).collect();
    header.extend(["L", "M", "runs", "accuracy", "decoding error"].map(str::to_owned));
    header.extend(["MB up", "MB down", "simulated s"].map(str::to_owned));
    let mut table = vec![header];
    table.extend(order.iter().map(|point| cells(point, &groups[point])));
    let empty = |column: usize| table[1..].iter().all(|row| row[column].is_empty());
    let kept: Vec<usize> = (0..table[0].len()).filter(|column| !empty(*column)).collect();
    let table: Vec<Vec<String>> =
        table.iter().map(|row| kept.iter().map(|column| row[*column].clone()).collect()).collect();
    let most = groups.values().map(|group| group.finished.len()).max().unwrap_or(0);
    let interval = match most {
        0 | 1 => "",
        2 => "mean (range) over seeds\n",
        _ => "mean ± half of the 95 % interval over seeds; of two seeds the range\n",
    };
    format!("{}{interval}", aligned(&table))
}

fn cells((settings, adversaries, workers, _): &RowKey, group: &RowRuns<'_>) -> Vec<String> {
    let others = group.others();
    let (accuracy, error) = (group.score(|r| r.final_accuracy, 4), group.score(|r| r.decoding_error, 6));
    // Said once: beside the accuracy where there is one or could be one.
    let trains = !accuracy.is_empty() || error.is_empty();
    let mut cells: Vec<String> = settings.iter().map(|(_, value)| value.clone()).collect();
    cells.extend([
        adversaries.to_string(),
        workers.to_string(),
        group.runs().to_string(),
        with(&accuracy, if trains { &others } else { "" }),
        with(&error, if trains { "" } else { &others }),
        group.mean(|r| r.uplink_bytes as f64 * 1e-6, 2),
        group.mean(|r| r.downlink_bytes as f64 * 1e-6, 2),
        group.mean(|r| r.sim_time_s, 3),
    ]);
    cells
}

fn point_of(ReportLine { row, settings, case, apart }: &ReportLine) -> RowKey {
    // L and M have columns of their own.
    let counted = |path: &str| matches!(path, "adversaries.count" | "workers.count");
    let mut shared: Settings = settings.iter().filter(|(path, _)| !counted(path)).cloned().collect();
    for (key, value) in [("method", &row.method), ("attack", &row.attack)] {
        if !shared.iter().any(|(path, _)| path.contains(key)) {
            shared.push((key.to_owned(), value.clone()));
        }
    }
    shared.push((APART.to_owned(), apart.clone()));
    (shared, row.adversaries, row.workers, case.clone())
}

/// What the engine did in all runs together: events and their rate, losses, bytes.
pub(crate) fn statistics<'a>(rows: impl Iterator<Item = &'a SummaryRow> + Clone) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A training run of this seed.
    fn row(seed: u64, accuracy: f64, loss: f64) -> SummaryRow {
        let status = if loss.is_finite() { "finished" } else { "diverged" };
        let zeros = "sim_time_s uplink_bytes downlink_bytes wasted_bytes votes_received votes_missing wall_s events \
                     queue_peak messages_lost votes_late votes_refused useful_bytes retransmissions duplicates";
        let mut row = serde_json::json!({ "run": seed.to_string(), "status": status, "seed": seed, "digest": "",
            "method": "sgd", "attack": "alie", "workers": 5, "adversaries": 1, "rounds": 9,
            "final_accuracy": accuracy, "final_loss": loss.to_string(), "decoding_error": null });
        zeros.split_whitespace().for_each(|name| row[name] = 0.into());
        serde_json::from_value(row).unwrap()
    }

    fn table(rows: &[SummaryRow]) -> String {
        let line = |row: &SummaryRow| ReportLine {
            row: row.clone(),
            settings: vec![],
            case: "a".to_owned(),
            apart: String::new(),
        };
        closing(&rows.iter().map(line).collect::<Vec<_>>())
    }

    #[test]
    fn cases_of_one_name_are_rows_of_their_own() {
        let line = |seed: u64, accuracy: f64, case: &str, apart: &str| {
            let (case, apart) = (case.to_owned(), apart.to_owned());
            ReportLine { row: row(seed, accuracy, 0.5), settings: vec![], case, apart }
        };
        let text = closing(&[line(1, 0.8, "a", "majority"), line(2, 0.9, "b", "federated defense")]);
        assert!(text.contains("differs in") && text.contains(" majority  1  5     1    0.8000"), "{text}");
        assert!(text.contains("federated defense  1  5     1    0.9000") && !text.contains("mean"), "{text}");
        assert!(!table(&[row(1, 0.8, 0.5)]).contains("differs in"));
    }

    #[test]
    fn diverged_runs_are_counted_and_not_averaged() {
        let (good, better, lost) = (row(1, 0.8, 0.5), row(2, 0.9, 0.4), row(3, 0.1, f64::NAN));
        assert_eq!(result(&good), "accuracy 0.8000");
        assert_eq!(result(&lost), "diverged (loss NaN)");
        let text = table(&[good.clone(), better.clone(), lost.clone()]);
        assert!(text.contains("0.8500 (0.8000 to 0.9000) (1 of 3 diverged)"), "{text}");
        // Three values 0.1 apart: the half-width is 4.3027 times 0.1 / sqrt(3).
        let text = table(&[good.clone(), better, row(4, 0.7, 0.6), lost.clone()]);
        assert!(text.contains("0.8000 ± 0.2484 (1 of 4 diverged)"), "{text}");
        assert!(table(std::slice::from_ref(&lost)).contains("  1 of 1 diverged"));
        // A run that is named twice is one run.
        assert!(table(&[good.clone(), good]).contains("  0.8000  "));
    }
}
