//! Heat maps, weights, crossovers and theory: what they make of records, held to a count by hand.

use signsim::figure::heat::Heat;
use signsim::figure::label::Label;
use signsim::figure::{FigureContent, FigureSpec, kind};
use signsim::record::{ChannelFacts, LabelRow, LayerRow, Results, VoteRule, WorkerRow};
use signsim::theory;

use super::{chart, files, legend, results, swept, texts, titles};
use crate::engine::run;

fn spec(json: &str) -> FigureSpec {
    serde_json::from_str(json).unwrap()
}

fn heat(spec: &FigureSpec, results: &Results) -> Heat {
    match spec.shown(results) {
        FigureContent::Heat(heat) => heat,
        other => panic!("no heat map: {other:?}"),
    }
}

/// Votes on channels: an error that is the crossover plus a hundredth of L.
pub(crate) fn decoded(counts: std::ops::RangeInclusive<u32>, crossovers: &[&str]) -> Results {
    let mut all = swept(&results(counts), "task.channel.crossover", crossovers);
    for run in &mut all.runs {
        let p: f64 = run.settings[2].1.parse().unwrap();
        run.summary.final_accuracy = None;
        run.summary.decoding_error = Some(p + 0.01 * f64::from(run.summary.adversaries));
        let rule = if run.summary.method == "signsgd_mv" {
            VoteRule::Majority
        } else {
            VoteRule::Learned { max_llr: 10.0 }
        };
        run.channel = Some(ChannelFacts { crossover: p, flip: Some(1.0), rule: Some(rule) });
    }
    all
}

#[test]
fn a_phase_diagram_has_a_cell_a_setting_and_marks_half_of_the_workers() {
    let json = r#"{"phase_diagram":{"y":"task.channel.crossover","colour":"decoding_error"}}"#;
    let mut decoded = decoded(0..=10, &["0.3", "0.1", "0.2"]);
    decoded.runs.retain(|run| !(run.summary.adversaries == 10 && run.settings[2].1 == "0.1"));
    let heat = heat(&spec(json), &decoded);
    assert_eq!((heat.x.values.len(), heat.y.values.as_slice()), (11, &[0.1, 0.2, 0.3][..]));
    assert_eq!(
        heat.panels.iter().map(|p| p.title.to_string()).collect::<Vec<_>>(),
        ["signSGD-MV", "signSGD-FD"]
    );
    assert!((heat.x.values[3] - 0.2).abs() < 1e-12, "three of fifteen");
    let cell = heat.panels[1].cells[2][4].unwrap();
    assert!((cell.mean.unwrap() - 0.34).abs() < 1e-12 && cell.runs == 3);
    assert_eq!(heat.panels[0].cells[0][10], None, "no run, no cell");
    // L = 7 ends at cell 8, L = 8 begins there.
    assert!((heat.x.place(heat.x.mark.as_ref().unwrap().0).unwrap() - 8.0).abs() < 1e-9);
    assert_eq!(heat.to_csv().lines().count(), 1 + 2 * (3 * 11 - 1));
    assert_eq!(files(&spec(json), &decoded).len(), 4);
}

#[test]
fn theory_lies_behind_the_points_and_in_the_csv() {
    let errors = FigureSpec::usual(&kind::decoding_error_vs_adversaries::KIND);
    let content = chart(&errors, &decoded(0..=9, &["0.2"]));
    let theorems: Vec<String> = content.theorems.iter().map(ToString::to_string).collect();
    assert_eq!(
        theorems,
        ["exact", "exact, as first learned", "Hoeffding bound", "Bhattacharyya bound", "Kearns-Saul bound"]
    );
    let value = |series: usize, theorem: usize, l: f64| {
        let curve =
            content.panels[0].curves.iter().find(|c| (c.series, c.theorem) == (series, theorem)).unwrap();
        curve.points.iter().find(|p| p.0 == l).map(|p| p.1)
    };
    let q = theory::crossovers(15, 3, 0.2, 1.0);
    assert_eq!(value(0, 0, 3.0), Some(theory::majority_error(&q)));
    assert_eq!(value(1, 0, 3.0), Some(theory::weighted_error(&q, Some(10.0)).middle()));
    assert_eq!(value(1, 4, 3.0), Some(theory::weighted_kearns_saul(&q)));
    assert_eq!(value(0, 2, 9.0), None, "Hoeffding's bound ends where votes are wrong on average");
    let csv = content.to_csv();
    assert!(
        csv.contains("\n,\"signSGD-MV, exact\",,3,0.04497939356057601") && csv.contains(",,,0,0,\n"),
        "{csv}"
    );

    let shares = chart(&spec(r#"{"accuracy_vs_adversaries":{"theory":"exact"}}"#), &decoded(0..=9, &["0.2"]));
    assert_eq!(shares.theorems.len(), 2);
    assert!((shares.panels[0].curves[0].points[3].1 - (1.0 - theory::majority_error(&q))).abs() < 1e-12);
    let mut lossy = decoded(0..=9, &["0.2"]);
    lossy.runs.iter_mut().for_each(|run| run.summary.votes_missing = 1);
    let content = chart(&errors, &lossy);
    assert!(
        content.theorems.is_empty()
            && content.notes.iter().any(|n| n.text.to_string().contains("no value for 60"))
    );
}

/// What a run on channels leaves behind lets theory speak, and theory is right about it.
#[test]
fn a_run_on_channels_records_what_theory_needs() {
    let text = |method: &str, attack: &str| {
        format!(
            "{{ name: t, rounds: 1, workers: {{ count: 15 }}, method: {method},
              task: {{ channel: {{ coordinates: 20000, crossover: 0.2 }} }},
              adversaries: {{ count: 5, attack: {attack} }} }}"
        )
    };
    let majority = run(&text("signsgd_mv", "sign_inversion"), 1).unwrap();
    let facts = majority.channel.unwrap();
    assert_eq!((facts.crossover, facts.flip, facts.rule), (0.2, Some(1.0), Some(VoteRule::Majority)));
    let exact = theory::majority_error(&theory::crossovers(15, 5, 0.2, 1.0));
    assert!((majority.summary.decoding_error.unwrap() - exact).abs() < 0.01);
    let flipped =
        run(&text("signsgd_fd", "{ stochastic_flip: { probability: 0.3 } }"), 1).unwrap().channel.unwrap();
    assert_eq!((flipped.flip, flipped.rule), (Some(0.3), Some(VoteRule::Learned { max_llr: 10.0 })));
    assert_eq!(run(&text("signsgd_fd", "colluders"), 1).unwrap().channel.unwrap().flip, None);
    let trained = "{ name: t, rounds: 1, workers: { count: 3 }, method: signsgd_mv, metrics: { labels: true },
        task: { train: { data: { digits: { train: 60, test: 20 } }, model: logistic, split: { labels_per_worker: 2 } } } }";
    let trained = run(trained, 1).unwrap();
    assert_eq!(trained.channel, None);
    assert_eq!(trained.labels.len(), 30, "one row per worker and label");
    let held: Vec<u64> = trained.labels.iter().map(|row| row.samples).collect();
    assert!(held.iter().sum::<u64>() <= 60, "no sample is held twice");
    assert!(held.chunks(10).all(|of| (1..=2).contains(&of.iter().filter(|n| **n > 0).count())), "{held:?}");
}

/// Four workers, the first two corrupted; weight and crossover are functions of worker and round.
fn estimates(all: &mut Results) {
    for run in &mut all.runs {
        let seed = run.summary.seed as f64;
        let row = |round: u32, worker: u32| WorkerRow {
            round,
            worker,
            adversary: worker < 2,
            weight: if worker < 2 { -1.0 } else { 1.0 } * f64::from(worker + round) + seed,
            crossover: None,
            true_crossover: Some(if worker < 2 { 0.61 } else { 0.39 + 0.02 * f64::from(worker - 2) }),
        };
        run.tables.workers = (0..3).flat_map(|round| (0..4).map(move |worker| row(round, worker))).collect();
    }
}

#[test]
fn weights_are_a_mean_and_a_band_from_the_least_worker_to_the_greatest() {
    let mut all = results([2]);
    estimates(&mut all);
    let content = chart(&FigureSpec::usual(&kind::weights_vs_rounds::KIND), &all);
    assert_eq!(
        (titles(&content), legend(&content)),
        (
            vec!["signSGD-MV".to_owned(), "signSGD-FD".to_owned()],
            vec!["honest".to_owned(), "adversarial".to_owned()]
        )
    );
    let [honest, adversarial] = &content.panels[0].lines[..] else { panic!("two lines") };
    // Round 1, seeds 1 to 3: honest 3 and 4 plus the seed, adversarial -1 and -2 plus the seed.
    assert_eq!(
        (honest.points[1].estimate.mean, honest.points[1].estimate.interval),
        (Some(5.5), Some((4.0, 7.0)))
    );
    assert_eq!(
        (adversarial.points[1].estimate.mean, adversarial.points[1].estimate.interval),
        (Some(0.5), Some((-1.0, 2.0)))
    );
}

#[test]
fn a_histogram_counts_every_vote_once() {
    let mut all = results([2]);
    estimates(&mut all);
    let content = chart(&FigureSpec::usual(&kind::crossover_histogram::KIND), &all);
    let share = |series: usize, crossover: f64| {
        let line = content.panels[0].lines.iter().find(|line| line.series == series).unwrap();
        line.points.iter().find(|p| (p.x - crossover).abs() < 1e-9).unwrap().estimate.mean.unwrap()
    };
    // Honest votes lie at .39 and .41, adversarial ones at .61; bins are .02 wide.
    assert_eq!((share(0, 0.39), share(0, 0.41), share(0, 0.61)), (0.5, 0.5, 0.0));
    assert_eq!((share(1, 0.39), share(1, 0.61)), (0.0, 1.0));
    assert_eq!(content.panels[0].marks[0].x, 0.5);
}

#[test]
fn layers_have_a_bar_for_votes_and_decisions() {
    let mut all = results([2]);
    for run in &mut all.runs {
        let row = |round: u32, layer: &str, error: f64| LayerRow {
            round,
            layer: layer.to_owned(),
            compared: 10,
            decoding_error: Some(error),
            honest_crossover: Some(0.4),
            adversary_crossover: (round > 0).then_some(0.6),
        };
        run.tables.layers =
            vec![row(0, "conv", 0.1), row(0, "dense", 0.3), row(1, "conv", 0.2), row(1, "dense", 0.3)];
    }
    let FigureContent::Bars(bars) = FigureSpec::usual(&kind::layer_crossovers::KIND).shown(&all) else {
        panic!("bars")
    };
    assert_eq!(
        bars.groups.iter().map(|g| g.title.to_string()).collect::<Vec<_>>(),
        ["signSGD-MV, conv", "signSGD-MV, dense", "signSGD-FD, conv", "signSGD-FD, dense"]
    );
    let means: Vec<f64> = bars.groups[0].bars.iter().map(|bar| bar.length.value().unwrap()).collect();
    assert!(means.iter().zip([0.4, 0.6, 0.15]).all(|(a, b)| (a - b).abs() < 1e-12), "{means:?}");
}

#[test]
fn a_partition_is_shown_once_however_many_methods_share_it() {
    let mut all = swept(&results([2]), "task.train.split", &["iid", "{ labels_per_worker: 1 }"]);
    for run in &mut all.runs {
        let iid = run.settings[2].1 == "iid";
        let samples = |worker: u32, label: u32| if iid { 10 } else { 20 * u64::from(worker == label) };
        let row = |worker: u32, label: u32| LabelRow { worker, label, samples: samples(worker, label) };
        run.tables.labels = (0..2).flat_map(|worker| (0..2).map(move |label| row(worker, label))).collect();
    }
    let heat = heat(&FigureSpec::usual(&kind::label_partition::KIND), &all);
    assert_eq!(
        heat.panels.iter().map(|p| p.title.to_string()).collect::<Vec<_>>(),
        ["iid", "labels per worker 1"]
    );
    let cells: Vec<f64> = heat.panels[1].cells.iter().flatten().map(|c| c.unwrap().mean.unwrap()).collect();
    assert_eq!(cells, [20.0, 0.0, 0.0, 20.0], "by label, then worker");
    let svg =
        files(&FigureSpec::usual(&kind::label_partition::KIND), &all).remove("label_partition.svg").unwrap();
    let texts = texts(&String::from_utf8(svg).unwrap());
    assert!(
        ["worker", "label", "samples"].iter().all(|word| texts.contains(&(*word).to_owned())),
        "{texts:?}"
    );
}

/// Methods against numbers of adversaries, in each cell the worst of two attacks: .5 lower under the second one for majority.
#[test]
fn categories_make_sides_and_the_worst_attack_fills_a_cell() {
    let mut all = swept(&results([0, 3, 7]), "adversaries.attack", &["sign_inversion", "half"]);
    for run in &mut all.runs {
        let second = run.settings.iter().any(|(_, value)| value == "half");
        run.summary.attack = if second { "half" } else { "sign_inversion" }.to_owned();
        if second && run.summary.method == "signsgd_mv" {
            run.summary.final_accuracy = run.summary.final_accuracy.map(|accuracy| accuracy - 0.5);
        }
    }
    let heat_of = |options: &str| -> Heat {
        let spec: FigureSpec = serde_json::from_str(&format!("{{\"phase_diagram\":{options}}}")).unwrap();
        match spec.shown(&all) {
            FigureContent::Heat(heat) => heat,
            other => panic!("{other:?}"),
        }
    };
    let words = |names: &[Label]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let options =
        r#"{"x":"adversaries.count","y":"method","over":{"adversaries.attack":"min"},"values":true}"#;
    let worst = heat_of(options);
    assert_eq!(words(&worst.y.names), ["signSGD-MV", "signSGD-FD"]);
    assert_eq!((worst.x.values.as_slice(), worst.panels.len()), (&[0.0, 3.0, 7.0][..], 1));
    let mean = |row: usize, column: usize| worst.panels[0].cells[row][column].unwrap().mean.unwrap();
    assert!((0..3).all(|l| (mean(0, l) - 0.3).abs() < 1e-9 && (mean(1, l) - 0.8).abs() < 1e-9));
    let notes: Vec<String> = worst.notes.iter().map(|note| note.text.to_string()).collect();
    assert!(notes.iter().any(|note| note == "of every attack the least mean"), "{notes:?}");
    assert!(worst.to_csv().contains(",7,signSGD-MV,"), "{}", worst.to_csv());
    let spec: FigureSpec = serde_json::from_str(&format!("{{\"phase_diagram\":{options}}}")).unwrap();
    let printed = super::texts(&super::svg(&spec, &all));
    assert_eq!(printed.iter().filter(|text| *text == ".30").count(), 3, "{printed:?}");

    let attacks = heat_of(r#"{"x":"adversaries.attack","y":"method"}"#);
    assert_eq!(words(&attacks.x.names), ["sign inversion", "half"]);
    assert_eq!(attacks.panels.len(), 3, "L makes the panels");
}
