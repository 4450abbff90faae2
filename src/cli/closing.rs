//! What `run` says of its results: one line per run, a table of means over seeds, and what the engine did.
//!
//! A run that diverged is no result to average: means are over the runs that finished, and the others are counted.

use signsim::record::{Status, SummaryRow};
use signsim::report::points::{Columns, Point, columns, points, score};
use signsim::run::ReportLine;

use super::table::{aligned, fitted, wrapped};

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
        (_, None, Some(error)) => {
            let norm = row.mean_gradient_l1.map(|norm| format!("gradient norm {norm:.4}, "));
            format!("{}decoding error {error:.6}", norm.unwrap_or_default())
        }
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

/// Costs, which give way where the table is too wide.
const COSTS: usize = 3;

/// Mean and interval over seeds of every point, in the order of the plan, in lines of at most `width` characters.
pub(crate) fn closing(lines: &[ReportLine], width: usize) -> String {
    let points = points(lines);
    if points.is_empty() {
        return "no finished runs\n".to_owned();
    }
    let columns = columns(&points);
    let mut header: Vec<String> = columns.varying.iter().map(|name| short(name, &columns.varying)).collect();
    header.extend(["seeds", "accuracy", "gradient norm", "decoding error", "left out"].map(str::to_owned));
    header.extend(["MB up", "MB down", "simulated s"].map(str::to_owned));
    let mut table = vec![header];
    table.extend(points.iter().map(|point| cells(point, &columns)));
    let says = |column: usize| table[1..].iter().any(|row| !row[column].is_empty());
    let kept: Vec<usize> = (0..table[0].len()).filter(|column| says(*column)).collect();
    let cut = |columns: &[usize]| -> Vec<Vec<String>> {
        table.iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect()
    };
    let costs = kept.iter().filter(|column| **column >= table[0].len() - COSTS).count();
    let mut text = String::new();
    if !columns.constant.is_empty() {
        let same: Vec<String> =
            columns.constant.iter().map(|(name, value)| format!("{name} {value}")).collect();
        text += &format!("{}\n", wrapped(&format!("in all runs: {}", same.join(", ")), width, 2));
    }
    match fitted(&cut(&kept), width) {
        Some(table) => text += &table,
        None => {
            let few = cut(&kept[..kept.len() - costs]);
            text += &fitted(&few, width).unwrap_or_else(|| aligned(&few));
            text += "bytes and simulated time: summary.csv\n";
        }
    }
    let most = points.iter().map(|point| point.finished.len()).max().unwrap_or(0);
    text + match most {
        0 | 1 => "",
        2 => "mean (range) over seeds\n",
        _ => "mean ± half of the 95 % interval over seeds; of two seeds the range\n",
    }
}

/// The last part of a setting's path, with those before it as far as another one ends like it.
fn short(path: &str, all: &[String]) -> String {
    let ends = path.match_indices('.').map(|(at, _)| &path[at + 1..]).rev();
    let own = |end: &&str| {
        all.iter().filter(|other| other == end || other.ends_with(&format!(".{end}"))).count() == 1
    };
    ends.into_iter().find(own).unwrap_or(path).to_owned()
}

fn cells(point: &Point<'_>, columns: &Columns) -> Vec<String> {
    let mut cells: Vec<String> = columns.varying.iter().map(|name| point.value(name).to_owned()).collect();
    cells.extend([
        point.finished.len().to_string(),
        score(&point.estimate(|r| r.final_accuracy), 4),
        score(&point.estimate(|r| r.mean_gradient_l1), 4),
        score(&point.estimate(|r| r.decoding_error), 6),
        point.others(),
        point.mean(|r| r.uplink_bytes as f64 * 1e-6, 2),
        point.mean(|r| r.downlink_bytes as f64 * 1e-6, 2),
        point.mean(|r| r.sim_time_s, 3),
    ]);
    cells
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
        "{events} events{rate}, at most {peak} waiting\n\
         {} messages lost, {} sent again, {} copied; {} votes late, {} refused\n\
         {} useful, {} wasted\n",
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
        closing(&rows.iter().map(line).collect::<Vec<_>>(), 80)
    }

    #[test]
    fn cases_of_one_name_are_rows_of_their_own() {
        let line = |seed: u64, accuracy: f64, case: &str, apart: &str| {
            let (case, apart) = (case.to_owned(), apart.to_owned());
            ReportLine { row: row(seed, accuracy, 0.5), settings: vec![], case, apart }
        };
        let text = closing(&[line(1, 0.8, "a", "majority"), line(2, 0.9, "b", "federated defense")], 80);
        assert!(
            text.contains("differs in") && text.contains("\nmajority               1    0.8000"),
            "{text}"
        );
        assert!(text.contains("\nfederated defense      1    0.9000") && !text.contains("mean"), "{text}");
        assert!(text.starts_with("in all runs: method sgd, attack alie, L 1, M 5\n"), "{text}");
        assert!(!table(&[row(1, 0.8, 0.5)]).contains("differs in"));
    }

    #[test]
    fn diverged_runs_are_counted_and_not_averaged() {
        let (good, better, lost) = (row(1, 0.8, 0.5), row(2, 0.9, 0.4), row(3, 0.1, f64::NAN));
        assert_eq!(result(&good), "accuracy 0.8000");
        assert_eq!(result(&lost), "diverged (loss NaN)");
        let text = table(&[good.clone(), better.clone(), lost.clone()]);
        assert!(text.contains("0.8500 (0.8000 to 0.9000)  1 of 3 diverged"), "{text}");
        // Three values 0.1 apart: the half-width is 4.3027 times 0.1 / sqrt(3).
        let text = table(&[good.clone(), better, row(4, 0.7, 0.6), lost.clone()]);
        assert!(text.contains("0.8000 ± 0.2484  1 of 4 diverged"), "{text}");
        assert!(table(std::slice::from_ref(&lost)).contains("  1 of 1 diverged"));
        assert_eq!(short("a.b.c", &["a.b.c".to_owned(), "d.c".to_owned()]), "b.c");
        assert_eq!(short("a.b", &["a.b".to_owned(), "c".to_owned()]), "b");
        // A run that is named twice is one run.
        assert!(table(&[good.clone(), good]).contains("  0.8000  "));
    }
}
