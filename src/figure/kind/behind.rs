//! What theory says about runs on channels and quadratics, as curves to lay behind what was measured.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::figure::check::Asked;
use crate::figure::content::{Curve, FigureNote};
use crate::figure::label::Label;
use crate::figure::measure::Measure;
use crate::figure::options::TheoryCurve;
use crate::record::{ChannelFacts, QuadraticFacts, Results, RunRecord, SummaryRow, VoteRule};
use crate::theory::{self, SignDescent};

/// The curves of a figure.
pub(crate) struct Behind {
    /// In the order of the legend; none where nothing is drawn.
    pub theorems: Vec<Label>,
    /// Each with its panel.
    pub curves: Vec<(usize, Curve)>,
    /// What has no curve.
    pub note: Option<FigureNote>,
}

/// A statement, by its place in the legend: five about an error, two about a gradient norm.
const THEOREMS: [&str; 7] = [
    "exact",
    "exact, as first learned",
    "Hoeffding bound",
    "Bhattacharyya bound",
    "Kearns-Saul bound",
    "bound at the measured error",
    "bound before any run",
];

/// A panel and a series, the place of a statement in [`THEOREMS`], and its points.
type TheoryPoints = ((usize, usize), usize, Vec<(f64, f64)>);

/// Refuses theory where it knows nothing.
pub(crate) fn check_theory(asked: &Asked<'_>) -> Result<()> {
    let theory = asked.options.theory.unwrap_or(TheoryCurve::None);
    let norm = asked.options.measure == Some(Measure::GradientNorm);
    asked.require(
        !asked.recorded.trains || theory == TheoryCurve::None,
        "theory knows the error of votes on channels, not the accuracy of a model",
        "leave theory away",
    )?;
    asked.require(
        !asked.recorded.descends || norm || theory == TheoryCurve::None,
        "theory bounds the gradient norm of a quadratic, and nothing else of it",
        "write y: gradient_norm where the figure takes it, or leave theory away",
    )?;
    asked.require(
        !norm || theory != TheoryCurve::Exact,
        "theory bounds the gradient norm of a quadratic, and knows no exact one",
        "write theory: bounds",
    )
}

/// The curves over L for every panel and series (the `place` of a run), as far as theory knows the channel and the rule.
pub(crate) fn curves(
    results: &Results,
    place: impl Fn(usize) -> (usize, usize),
    measure: Measure,
    wanted: TheoryCurve,
) -> Behind {
    let mut behind = Behind { theorems: Vec::new(), curves: Vec::new(), note: None };
    if wanted == TheoryCurve::None || measure == Measure::Loss {
        return behind;
    }
    let mut places: BTreeMap<(usize, usize), Vec<&RunRecord>> = BTreeMap::new();
    for (run, record) in results.runs.iter().enumerate() {
        places.entry(place(run)).or_default().push(record);
    }
    let mut unknown = 0;
    let mut found: Vec<TheoryPoints> = Vec::new();
    for (place, runs) in &places {
        let mut of_theorem: BTreeMap<usize, BTreeMap<u32, f64>> = BTreeMap::new();
        for run in runs {
            let statements = if measure == Measure::GradientNorm { norms(run) } else { statements(run) };
            let Some(statements) = statements else {
                unknown += 1;
                continue;
            };
            for (theorem, value) in
                statements.into_iter().filter(|(i, _)| wanted == TheoryCurve::Bounds || *i < 2)
            {
                let value = if measure == Measure::Accuracy { 1.0 - value } else { value };
                let values = of_theorem.entry(theorem).or_default();
                // Seeds differ in where they start, and so in their bounds: the largest holds for all.
                let known = values.entry(run.summary.adversaries).or_insert(value);
                *known = known.max(value);
            }
        }
        for (theorem, values) in of_theorem {
            let points = values.into_iter().map(|(l, value)| (f64::from(l), value)).collect();
            found.push((*place, theorem, points));
        }
    }
    let used: Vec<usize> = (0..THEOREMS.len()).filter(|i| found.iter().any(|(_, of, _)| of == i)).collect();
    behind.theorems = used.iter().map(|i| Label::plain(THEOREMS[*i])).collect();
    for ((panel, series), theorem, points) in found {
        let theorem = used.iter().position(|i| *i == theorem).expect("one of its own");
        behind.curves.push((panel, Curve { series, theorem, points }));
    }
    behind.note = (unknown > 0).then(|| {
        let words = format!("theory has no value for {unknown} of {} runs", results.runs.len());
        FigureNote::remark(Label::plain(words))
    });
    behind
}

/// The place in [`THEOREMS`] and the gradient norm of every bound on that of a run; `None` where none applies.
fn norms(run: &RunRecord) -> Option<Vec<(usize, f64)>> {
    let (summary, facts) = (&run.summary, run.quadratic?);
    let QuadraticFacts { coordinates, smoothness, start, rate: Some(rate), .. } = facts else { return None };
    let SummaryRow { workers, adversaries, rounds, .. } = *summary;
    // A theorem about all rounds says nothing about some of them.
    let whole = facts.measured && rounds > 0 && summary.rounds_done == Some(rounds);
    let numbers = [smoothness, start, rate].iter().all(|x| x.is_finite() && *x >= 0.0) && rate > 0.0;
    if !whole || !numbers || !is_possible(summary) {
        return None;
    }
    let descent = SignDescent { coordinates, smoothness, start, rate, rounds };
    let measured = summary.decoding_error.filter(is_probable).and_then(|error| descent.bound_at(error));
    let noise = facts.noise.filter(|noise| noise.is_finite());
    let before = (noise, facts.flip.filter(is_probable), facts.rule.filter(|rule| clips(*rule)));
    let before = if let (Some(noise), Some(flip), Some(rule)) = before {
        let error = |p: f64| {
            let q = theory::crossovers(workers, adversaries, p, flip);
            match rule {
                VoteRule::Majority => theory::majority_error(&q),
                VoteRule::Weighted { max_llr } | VoteRule::Learned { max_llr } => {
                    theory::weighted_error(&q, Some(max_llr)).middle()
                }
            }
        };
        descent.bound_before(noise, error)
    } else {
        None
    };
    let bounds = [(5, measured), (6, before)].into_iter().filter_map(|(i, bound)| Some((i, bound?)));
    Some(bounds.filter(|(_, bound)| bound.is_finite()).collect())
}

/// A theorem about M votes says nothing about fewer, and none knows what cannot be.
fn is_possible(summary: &SummaryRow) -> bool {
    summary.votes_missing == 0 && (1..=summary.workers).contains(&summary.adversaries.max(1))
}

fn is_probable(p: &f64) -> bool {
    (0.0..=1.0).contains(p)
}

fn clips(rule: VoteRule) -> bool {
    match rule {
        VoteRule::Majority => true,
        VoteRule::Weighted { max_llr } | VoteRule::Learned { max_llr } => max_llr > 0.0,
    }
}

/// The place in [`THEOREMS`] and the error of every statement about a run; `None` where none applies.
fn statements(run: &RunRecord) -> Option<Vec<(usize, f64)>> {
    let summary = &run.summary;
    let ChannelFacts { crossover, flip: Some(flip), rule: Some(rule) } = run.channel? else { return None };
    if !is_possible(summary) || ![crossover, flip].iter().all(is_probable) || !clips(rule) {
        return None;
    }
    let q = theory::crossovers(summary.workers, summary.adversaries, crossover, flip);
    let weighted = |max_llr: f64| {
        let exact = theory::weighted_error(&q, Some(max_llr)).middle();
        vec![(0, exact), (3, theory::weighted_bhattacharyya(&q)), (4, theory::weighted_kearns_saul(&q))]
    };
    Some(match rule {
        VoteRule::Majority => {
            let bound = theory::majority_hoeffding(&q).map(|bound| (2, bound));
            [(0, theory::majority_error(&q))].into_iter().chain(bound).collect()
        }
        VoteRule::Weighted { max_llr } => weighted(max_llr),
        VoteRule::Learned { max_llr } => {
            let mut all = weighted(max_llr);
            all.push((1, theory::learned_error(&q)));
            all
        }
    })
}
