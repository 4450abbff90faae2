//! What the repeats of a setting had measured as rounds, simulated time or bytes pass.
//!
//! Rounds are the same for all repeats of a setting, so a mean is over the values of one round. Times and bytes are not: a
//! repeat counts with what it had last measured then, at every moment at which one of them measured something new, until the
//! first repeat ends. So does a line over rounds where `stop` ended some: the mean of those that are left would be that of the
//! slow ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::figure::amount::Window;
use crate::figure::content::{Axis, Scale};
use crate::figure::label::Label;
use crate::figure::measure::Measure;
use crate::figure::notes;
use crate::figure::options::Division;
use crate::figure::series::Sample;
use crate::record::{RoundRow, RunRecord, Status, SummaryRow};

/// More moments than this are more than a page has columns.
const MOST_MOMENTS: usize = 2000;

/// What passes while a run learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProgressAxis {
    /// Rounds closed.
    Rounds,
    /// Simulated seconds.
    Time(Division),
    /// Bytes that all workers have sent, in units of 10^6.
    Megabytes(Division),
}

impl ProgressAxis {
    pub(super) fn axis(self) -> Axis {
        let (column, label, scale) = match self {
            Self::Rounds => ("round", "round", Scale::Progress),
            Self::Time(division) => ("sim_time_s", "simulated time (s)", division.scale()),
            Self::Megabytes(division) => ("uplink_megabytes", "sent by all workers (MB)", division.scale()),
        };
        Axis { column, label: Label::plain(label), scale }
    }

    /// What to say where nothing has passed between the first measurement and the last.
    pub(super) const fn nothing(self) -> &'static str {
        match self {
            Self::Rounds => "no round of these runs was measured",
            Self::Time(_) => notes::NO_TIME,
            Self::Megabytes(_) => "nothing to draw: nothing is sent between two measurements of these runs",
        }
    }

    /// Why some of the lines are not there.
    pub(super) const fn absent(self) -> &'static str {
        match self {
            Self::Rounds => "nothing was measured, and nothing is drawn",
            Self::Time(Division::Linear | Division::Symlog) => {
                "no time passes between measurements, and nothing is drawn"
            }
            Self::Time(Division::Log) => {
                "no two measurements at a simulated time above 0 that all repeats share, and nothing is drawn"
            }
            Self::Megabytes(Division::Linear | Division::Symlog) => {
                "nothing is sent between measurements, and nothing is drawn"
            }
            Self::Megabytes(Division::Log) => {
                "no two measurements after a first byte that all repeats share, and nothing is drawn"
            }
        }
    }

    fn of(self, row: &RoundRow) -> f64 {
        match self {
            Self::Rounds => f64::from(row.round),
            Self::Time(_) => row.sim_time_s,
            Self::Megabytes(_) => row.uplink_bytes as f64 / 1e6,
        }
    }
}

/// What is measured, and over how many neighbours it is averaged.
pub(super) type Measured = (Measure, Option<Window>);

/// What the repeats of every panel and series had measured as the axis goes on.
pub(super) fn samples<'a>(
    repeats: &BTreeMap<(usize, usize), Vec<&'a RunRecord>>,
    progress: ProgressAxis,
    measured: Measured,
) -> Vec<Sample<'a>> {
    let all = repeats.values().flatten();
    let evaluated: BTreeSet<u32> = all.flat_map(|run| rounds(run, measured).into_keys()).collect();
    let mut samples = Vec::new();
    for (&(panel, series), runs) in repeats {
        let first = |ends: &mut dyn Iterator<Item = f64>| ends.fold(f64::INFINITY, f64::min);
        let reached = runs.iter().filter(|run| has_reached(run)).map(|run| end(run, progress));
        let first_reached = first(&mut { reached });
        let end = first(&mut runs.iter().map(|run| end(run, progress)));
        let begin = runs.iter().map(|run| begin(run, progress, measured.0)).fold(0.0, f64::max);
        let curves: Vec<Vec<(f64, f64)>> = runs.iter().map(|run| curve(run, progress, measured)).collect();
        let moments = if progress == ProgressAxis::Rounds { vec![] } else { moments(&curves, (begin, end)) };
        for (run, curve) in runs.iter().zip(&curves) {
            let (workers, id) = (run.summary.workers, run.summary.run.as_str());
            let at = Sample { panel, series, x: 0.0, workers, run: id, value: None };
            samples.extend(match progress {
                ProgressAxis::Rounds => {
                    let mut samples = over_rounds(run, measured, &evaluated, at);
                    samples.retain(|sample| sample.x <= first_reached);
                    samples
                }
                ProgressAxis::Time(_) | ProgressAxis::Megabytes(_) => over_moments(curve, &moments, at),
            });
        }
    }
    samples
}

/// The measurements of a run along the axis.
fn curve(run: &RunRecord, progress: ProgressAxis, (measure, smooth): Measured) -> Vec<(f64, f64)> {
    let measured = run.rounds.iter().filter_map(|row| Some((progress.of(row), measure.in_round(run, row)?)));
    smoothed(measured.collect(), smooth)
}

/// The measure of a run by round, where there is one.
fn rounds(run: &RunRecord, (measure, smooth): Measured) -> BTreeMap<u32, f64> {
    let measured = run.rounds.iter().filter_map(|row| measure.in_round(run, row).map(|v| (row.round, v)));
    smoothed(measured.collect(), smooth).into_iter().collect()
}

/// Every value as the mean of those around it: as many before it as after it, fewer at the ends.
fn smoothed<X: Copy>(curve: Vec<(X, f64)>, window: Option<Window>) -> Vec<(X, f64)> {
    let Some(half) = window.map(|window| window.measurements() / 2) else { return curve };
    let mean = |i: usize| {
        let reach = half.min(i).min(curve.len() - 1 - i);
        let around = &curve[i - reach..=i + reach];
        around.iter().map(|(_, value)| value).sum::<f64>() / around.len() as f64
    };
    (0..curve.len()).map(|i| (curve[i].0, mean(i))).collect()
}

/// The measured rounds of a run. A run that diverged has no value in the rounds that others measured: it
/// counts there as a run without one, whatever its record holds.
fn over_rounds<'a>(
    run: &RunRecord,
    measured: Measured,
    evaluated: &BTreeSet<u32>,
    at: Sample<'a>,
) -> Vec<Sample<'a>> {
    let values = rounds(run, measured);
    let diverged = measured.0.at_end(run).is_none();
    let rounds =
        evaluated.iter().filter(|&&r| values.contains_key(&r) || (diverged && r <= run.summary.rounds));
    let value = |round| values.get(round).copied().filter(|v| v.is_finite());
    rounds.map(|round| Sample { x: f64::from(*round), value: value(round), ..at }).collect()
}

/// Whether a run ended before its last round because it was as accurate as was asked.
pub(super) fn has_reached(run: &RunRecord) -> bool {
    let SummaryRow { status, rounds, rounds_done, .. } = &run.summary;
    *status == Status::Finished && rounds_done.is_some_and(|done| done < *rounds)
}

/// Where a run ends.
fn end(run: &RunRecord, progress: ProgressAxis) -> f64 {
    run.rounds.last().map_or(0.0, |row| progress.of(row))
}

/// Where the axis of a run begins: at zero, or on a logarithmic axis with its first measurement above.
fn begin(run: &RunRecord, progress: ProgressAxis, measure: Measure) -> f64 {
    if progress.axis().scale != Scale::Log {
        return 0.0;
    }
    let measured = run.rounds.iter().filter(|row| measure.in_round(run, row).is_some());
    measured.map(|row| progress.of(row)).find(|x| *x > 0.0).unwrap_or(f64::INFINITY)
}

/// When one of these runs measured something, from `begin` to `end`; both are among them.
fn moments(curves: &[Vec<(f64, f64)>], (begin, end): (f64, f64)) -> Vec<f64> {
    if begin >= end {
        return Vec::new();
    }
    let all = curves.iter().flatten().map(|(at, _)| *at).filter(|at| (begin..=end).contains(at));
    let mut all: Vec<f64> = all.chain([begin, end]).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    let every = all.len().div_ceil(MOST_MOMENTS);
    let last = all.len() - 1;
    let kept = all.into_iter().enumerate().filter(|(i, _)| i.is_multiple_of(every) || *i == last);
    kept.map(|(_, at)| at).collect()
}

/// What a run had last measured at each of these moments; no value before its first measurement.
fn over_moments<'a>(curve: &[(f64, f64)], moments: &[f64], at: Sample<'a>) -> Vec<Sample<'a>> {
    let sample = |x: f64| {
        let (_, value) = curve[..curve.partition_point(|(then, _)| *then <= x)].last()?;
        Some(Sample { x, value: Some(*value).filter(|v| v.is_finite()), ..at })
    };
    moments.iter().filter_map(|x| sample(*x)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_cut_evenly_at_the_ends() {
        let curve: Vec<(u32, f64)> =
            [1.0, 5.0, 3.0, 7.0, 9.0].into_iter().zip(0..).map(|(v, i)| (i, v)).collect();
        let of = |n: u32| -> Vec<f64> {
            smoothed(curve.clone(), Some(n.try_into().unwrap())).into_iter().map(|(_, v)| v).collect()
        };
        assert_eq!(of(3), [1.0, 3.0, 5.0, 19.0 / 3.0, 9.0]);
        assert_eq!(of(5), [1.0, 3.0, 5.0, 19.0 / 3.0, 9.0]);
        assert_eq!(smoothed(curve.clone(), None), curve);
    }

    #[test]
    fn moments_are_those_of_measurements() {
        let curves = [vec![(0.0, 0.1), (2.0, 0.2), (9.0, 0.3)], vec![(0.0, 0.1), (3.0, 0.2)]];
        assert_eq!(moments(&curves, (0.0, 8.0)), [0.0, 2.0, 3.0, 8.0]);
        assert!(moments(&curves, (8.0, 8.0)).is_empty());
        let many: Vec<(f64, f64)> = (0..10_001).map(|i| (f64::from(i), 0.0)).collect();
        let kept = moments(&[many], (0.0, 10_000.0));
        assert!(kept.len() <= MOST_MOMENTS + 1 && kept.last() == Some(&10_000.0));
    }
}
