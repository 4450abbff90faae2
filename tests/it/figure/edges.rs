//! Every figure, told everything it can be told, of records that hold anything: no panic, finite coordinates, few ticks, and a
//! word about whatever is not drawn.

use proptest::prelude::*;
use signsim::figure::content::Content;
use signsim::figure::{FigureContent, FigureSpec, csv, svg as drawn};
use signsim::record::{
    Activity, ChannelFacts, LabelRow, LayerRow, QuadraticFacts, Results, RoundRow, RunRecord, TimelineRow,
    VoteRule, WorkerRow,
};

use super::{chart, notes, results, run, svg, swept, texts};

const X: &str = "task.channel.crossover";

/// Every kind with every choice of measure and scale.
fn figures() -> Vec<FigureSpec> {
    let scales = ["", r#""scale":"linear""#, r#""scale":"log""#];
    let measures = ["", r#""y":"loss""#, r#""y":"decoding_error""#];
    let mut all: Vec<String> = Vec::new();
    let mut add = |kind: &str, options: &[&str]| {
        let options: Vec<&str> = options.iter().copied().filter(|o| !o.is_empty()).collect();
        all.push(format!("{{\"{kind}\":{{{}}}}}", options.join(",")));
    };
    for y in measures {
        for scale in scales {
            add("accuracy_vs_adversaries", &[y, scale]);
            add("accuracy_vs_time", &[y, scale]);
            add("accuracy_vs_megabytes", &[y, scale]);
            add("accuracy_vs_setting", &[y, scale, r#""x":"task.channel.crossover""#]);
        }
        add("accuracy_vs_rounds", &[y]);
        add("accuracy_vs_rounds", &[y, r#""group":"adversaries.count""#, r#""panel":"method""#]);
        add("method_table", &[y]);
    }
    for theory in ["none", "exact", "bounds"] {
        for scale in scales {
            add("decoding_error_vs_adversaries", &[scale, &format!(r#""theory":"{theory}""#)]);
        }
    }
    for colour in ["accuracy", "loss", "decoding_error"] {
        let colour = format!(r#""colour":"{colour}""#);
        add("phase_diagram", &[&colour, r#""y":"task.channel.crossover""#]);
        add(
            "phase_diagram",
            &[&colour, r#""y":"task.channel.crossover""#, r#""x":"adversaries.count""#, r#""size":"60mm""#],
        );
    }
    add("time_to_accuracy", &[r#""accuracy":0.5"#]);
    for looks in [
        r#""y_scale":"symlog","x_scale":"symlog","legend":"direct","error":"seeds","markers":"all""#,
        r#""y_range":[0.1,null],"x_range":[null,0.5],"legend":"inside","interval":"bars","reference":"chance""#,
        r#""y_scale":"log","y_range":[0.001,2],"legend":"right","error":"sd","height":"60mm","font":"14pt""#,
        r#""rows":"method","columns":"adversaries.attack","letters":true,"title":"a *title*","legend":"direct""#,
        r#""where":{"method":"signsgd_mv"},"order":[7,0],"notes":false,"grid":false,"background":"transparent""#,
    ] {
        add("accuracy_vs_adversaries", &[looks]);
        add("accuracy_vs_time", &[looks, r#""smooth":3"#]);
        add("accuracy_vs_rounds", &[looks]);
        add("accuracy_vs_setting", &[looks, r#""x":"task.channel.crossover""#]);
    }
    add(
        "phase_diagram",
        &[r#""x":"method","y":"adversaries.count","over":{"task.channel.crossover":"min"},"values":true"#],
    );
    for kind in
        ["weights_vs_rounds", "crossover_histogram", "layer_crossovers", "timeline", "label_partition"]
    {
        add(kind, &[]);
    }
    all.iter().map(|json| serde_json::from_str(json).unwrap()).collect()
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..1.0_f64,
        1 => any::<f64>(),
        4 => prop::sample::select(vec![
            0.0, -0.0, 1.0, 5.0, 0.1, -3.0, 1e308, -1e308, 1e-308, 5e-324, 1e12, f64::NAN, f64::INFINITY, f64::NEG_INFINITY,
        ]),
    ]
}

fn maybe() -> impl Strategy<Value = Option<f64>> {
    prop::option::weighted(0.8, number())
}

fn round() -> impl Strategy<Value = RoundRow> {
    let counts = prop::sample::select(vec![0, 1, 2, 7, 20, u32::MAX]);
    let bytes = prop::sample::select(vec![0, 1, 1_000_000, u64::MAX]);
    (counts, number(), bytes, maybe(), maybe(), maybe()).prop_map(
        |(round, time, bytes, error, accuracy, loss)| RoundRow {
            round,
            sim_time_s: time,
            uplink_bytes: bytes,
            decoding_error: error,
            accuracy,
            loss,
            ..super::run("signsgd_mv", 0, 1, 0.5).rounds[0].clone()
        },
    )
}

fn worker() -> impl Strategy<Value = WorkerRow> {
    (0..4_u32, 0..3_u32, any::<bool>(), number(), maybe(), maybe()).prop_map(
        |(round, worker, adversary, weight, crossover, true_crossover)| WorkerRow {
            round,
            worker,
            adversary,
            weight,
            crossover,
            true_crossover,
        },
    )
}

fn layer() -> impl Strategy<Value = LayerRow> {
    (0..3_u32, prop::sample::select(vec!["conv", "dense <x>"]), maybe(), maybe(), maybe()).prop_map(
        |(round, layer, decoding_error, honest_crossover, adversary_crossover)| LayerRow {
            round,
            layer: layer.to_owned(),
            compared: 1,
            decoding_error,
            honest_crossover,
            adversary_crossover,
        },
    )
}

fn span() -> impl Strategy<Value = TimelineRow> {
    let what = prop::sample::select(vec![
        Activity::Round,
        Activity::Download,
        Activity::Compute,
        Activity::LostUp,
        Activity::Late,
        Activity::Away,
    ]);
    (prop::option::of(0..40_u32), what, prop::option::of(0..3_u32), number(), number()).prop_map(
        |(worker, what, round, from_s, until_s)| TimelineRow { worker, what, round, from_s, until_s },
    )
}

fn label() -> impl Strategy<Value = LabelRow> {
    (0..3_u32, 0..3_u32, prop::sample::select(vec![0, 1, 60_000, u64::MAX]))
        .prop_map(|(worker, label, samples)| LabelRow { worker, label, samples })
}

fn rule() -> impl Strategy<Value = VoteRule> {
    let llr = prop::sample::select(vec![0.0, 10.0, 1e100]);
    (llr, 0..3).prop_map(|(max_llr, kind)| match kind {
        0 => VoteRule::Majority,
        1 => VoteRule::Weighted { max_llr },
        _ => VoteRule::Learned { max_llr },
    })
}

fn share() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![0.0, 1e-9, 0.2, 0.5, 1.0, 5.0])
}

fn quadratic() -> impl Strategy<Value = Option<QuadraticFacts>> {
    let numbers = (number(), number(), maybe(), maybe());
    let rest = (prop::option::of(share()), prop::option::of(rule()), 0..100_usize, any::<bool>());
    prop::option::of((numbers, rest)).prop_map(|facts| {
        facts.map(|((smoothness, start, rate, noise), (flip, rule, coordinates, measured))| QuadraticFacts {
            coordinates,
            smoothness,
            start,
            rate,
            noise,
            measured,
            flip,
            rule,
        })
    })
}

fn facts() -> impl Strategy<Value = Option<ChannelFacts>> {
    prop::option::of((share(), prop::option::of(share()), prop::option::of(rule())))
        .prop_map(|facts| facts.map(|(crossover, flip, rule)| ChannelFacts { crossover, flip, rule }))
}

/// A run, from a folder that somebody may have damaged.
fn any_run() -> impl Strategy<Value = RunRecord> {
    let method = prop::sample::select(vec!["signsgd_mv", "signSGD-MV", "FD: {ours}", "a\u{1}\u{fffe}<b> 日"]);
    let name = (
        method,
        0..3_u64,
        prop::sample::select(vec![0, 1, 7, 20]),
        prop::sample::select(vec![1, 2, 15]),
        0..2,
    );
    let ends = (maybe(), maybe(), maybe(), number(), maybe());
    let value =
        prop::sample::select(vec!["0", "0.1", "0.13333333333333333", "-5", "1e-308", "1e308", "abc", ""]);
    let tables = (
        prop::collection::vec(round(), 0..6),
        prop::collection::vec(worker(), 0..6),
        prop::collection::vec(layer(), 0..4),
        prop::collection::vec(span(), 0..6),
        prop::collection::vec(label(), 0..5),
    );
    (name, ends, value, tables, facts(), quadratic()).prop_map(
        |(name, ends, value, tables, channel, known)| {
            let (method, seed, adversaries, workers, case) = name;
            let mut run = run(method, adversaries, seed, 0.5);
            (
                run.tables.rounds,
                run.tables.workers,
                run.tables.layers,
                run.tables.timeline,
                run.tables.labels,
            ) = tables;
            let summary = &mut run.summary;
            let norm = &mut summary.mean_gradient_l1;
            (summary.final_accuracy, summary.final_loss, summary.decoding_error, summary.sim_time_s, *norm) =
                ends;
            summary.rounds_done = Some(40);
            summary.workers = workers;
            summary.run += &format!("{value}{case}");
            run.case = format!("{method}{adversaries}{workers}{value}{case}");
            run.settings.push((X.to_owned(), value.to_owned()));
            (run.channel, run.quadratic) = (channel, known);
            run
        },
    )
}

/// What must hold of any figure.
fn check(spec: &FigureSpec, results: &Results) -> Result<(), TestCaseError> {
    let shown = spec.shown(results);
    let page = drawn(&shown, &spec.options);
    prop_assert!(
        page.len() < 3_000_000,
        "{} bytes, like {}",
        page.len(),
        page.get(page.len() / 2..page.len() / 2 + 400).unwrap_or("")
    );
    let body = page.rsplit("</style>").next().unwrap();
    for element in body.split('<').skip(1) {
        let tag = element.split('>').next().unwrap();
        prop_assert!(!tag.contains("NaN") && !tag.contains("inf"), "{tag}");
        for part in tag.split(['"', ',', ' ']).filter_map(|part| part.parse::<f64>().ok()) {
            prop_assert!(part.is_finite() && part.abs() < 1e8, "{tag}");
        }
    }
    let table = csv(&shown);
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    prop_assert!(rows.records().all(|row| row.is_ok()), "{table}");
    match shown {
        FigureContent::Chart(content) => said(spec, &content)?,
        FigureContent::Bars(bars) => prop_assert!(!bars.notes.is_empty()),
        FigureContent::Heat(heat) => prop_assert!(!heat.notes.is_empty()),
        FigureContent::Timeline(timeline) => prop_assert!(!timeline.notes.is_empty()),
        FigureContent::Table(table) => {
            prop_assert!(table.to_latex().contains("\\bottomrule") && table.to_markdown().contains("|---|"));
        }
    }
    Ok(())
}

/// A chart without a number on it, and a point without one, are said.
fn said(spec: &FigureSpec, content: &Content) -> Result<(), TestCaseError> {
    let said = notes(content);
    let name = spec.name();
    let nothing = content.points().all(|p| p.estimate.mean.is_none());
    let words = ["no ", "diverged", "nothing"].iter().any(|words| said.contains(words));
    prop_assert!(!nothing || words, "{name}: {said}");
    let lost = content.points().any(|p| p.estimate.without > 0);
    prop_assert!(!lost || said.contains("no finite value"), "{name}: {said}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_of_anything_is_drawn_and_says_what_it_lacks(runs in prop::collection::vec(any_run(), 1..7)) {
        let results = Results { name: "x".to_owned(), runs, missing: vec![] };
        for spec in figures() {
            check(&spec, &results).map_err(|e| TestCaseError::fail(format!("{spec:?}: {e}")))?;
        }
    }
}

fn spec(json: &str) -> FigureSpec {
    serde_json::from_str(json).unwrap()
}

/// The cases that once took all memory, among them the default network, on which no time passes.
#[test]
fn a_logarithmic_axis_without_a_place_for_anything_says_so() {
    let mut still = results([0, 3]);
    for run in &mut still.runs {
        run.summary.sim_time_s = 0.0;
        run.tables.rounds.iter_mut().for_each(|row| row.sim_time_s = 0.0);
    }
    let time = spec(r#"{"accuracy_vs_time":{"scale":"log"}}"#);
    assert!(
        notes(&chart(&time, &still)).contains("no simulated time passes"),
        "{}",
        notes(&chart(&time, &still))
    );
    assert!(texts(&svg(&time, &still)).contains(&"nothing to draw".to_owned()));
    // Nothing was sent.
    let bytes = spec(r#"{"accuracy_vs_megabytes":{"scale":"log"}}"#);
    assert!(notes(&chart(&bytes, &results([3]))).contains("nothing is sent"));
    // One measurement, at the end.
    let mut late = results([3]);
    late.runs.iter_mut().for_each(|run| run.tables.rounds.retain(|row| row.round == 40));
    let content = chart(&time, &late);
    assert!(content.notes.iter().any(|note| note.warning), "{}", notes(&content));
    svg(&time, &late);
    // No error above zero.
    let mut right = results([0, 3]);
    for run in &mut right.runs {
        (run.summary.final_accuracy, run.summary.decoding_error) = (None, Some(0.0));
    }
    for json in [
        r#"{"accuracy_vs_adversaries":{"y":"decoding_error","scale":"log"}}"#,
        r#"{"decoding_error_vs_adversaries":{"scale":"log"}}"#,
    ] {
        let content = chart(&spec(json), &right);
        assert!(notes(&content).contains("nothing is above 0"), "{}", notes(&content));
        svg(&spec(json), &right);
    }
}

/// An interval that reaches to zero has no lower end on a logarithmic axis, but its mean has a place on it.
#[test]
fn a_logarithmic_axis_reaches_to_the_least_mean() {
    let mut small = results([0, 3]);
    for (run, error) in small.runs.iter_mut().zip([0.0, 0.0, 3e-4].into_iter().chain(std::iter::repeat(0.1)))
    {
        (run.summary.final_accuracy, run.summary.decoding_error) = (None, Some(error));
    }
    let errors = spec(r#"{"accuracy_vs_adversaries":{"y":"decoding_error","scale":"log"}}"#);
    let drawn = svg(&errors, &small);
    assert!(texts(&drawn).contains(&"0.0001".to_owned()), "{:?}", texts(&drawn));
    assert!(!notes(&chart(&errors, &small)).contains("points on the lower edge"));
}

/// A panel whose runs have no place on the axis is named in the note.
#[test]
fn runs_without_a_place_on_the_axis_are_named() {
    let mut mixed =
        swept(&results([3]), "network.links.up.latency", &["{ constant: 0s }", "{ constant: 10ms }"]);
    for run in mixed.runs.iter_mut().filter(|run| run.settings[2].1.contains("0s")) {
        run.tables.rounds.iter_mut().for_each(|row| row.sim_time_s = 0.0);
    }
    let time = spec(r#"{"accuracy_vs_time":{"scale":"log"}}"#);
    let content = chart(&time, &mixed);
    let said = notes(&content);
    assert!(said.contains("nothing is drawn: constant 0 s, signSGD-MV; constant 0 s, signSGD-FD"), "{said}");
    assert!(texts(&svg(&time, &mixed)).contains(&"nothing to draw".to_owned()));
}

#[test]
fn impossible_shares_are_drawn_at_the_edge_and_said() {
    let mut damaged = results([0, 3]);
    damaged.runs[0].summary.final_accuracy = Some(5.0);
    damaged.runs[1].summary.final_accuracy = Some(1e308);
    damaged.runs[2].summary.final_accuracy = Some(1e308);
    let adversaries = spec(r#"{"accuracy_vs_adversaries":{}}"#);
    let said = notes(&chart(&adversaries, &damaged));
    assert!(said.contains("values outside 0 to 1"), "{said}");
    svg(&adversaries, &damaged);
}

/// A million points: a page shows no more than its columns, the CSV has them all.
#[test]
fn a_curve_of_a_million_points_is_a_small_drawing() {
    let mut long = results([3]);
    long.runs.truncate(1);
    let row = long.runs[0].rounds[0].clone();
    let value =
        |round: u32| 0.5 + 0.4 * f64::from(round.wrapping_mul(2_654_435_761) >> 8) / f64::from(1 << 24);
    long.runs[0].tables.rounds =
        (0..1_000_000).map(|round| RoundRow { round, accuracy: Some(value(round)), ..row.clone() }).collect();
    let rounds = spec(r#"{"accuracy_vs_rounds":{}}"#);
    let shown = rounds.shown(&long);
    let page = drawn(&shown, &rounds.options);
    assert!(page.len() < 200_000, "{} bytes", page.len());
    let FigureContent::Chart(content) = shown else { panic!("a chart") };
    assert_eq!(content.points().count(), 1_000_000);
}

#[test]
fn a_name_of_any_length_is_drawn_at_once() {
    let mut long = results([0, 3]);
    for run in &mut long.runs {
        run.summary.method = "x".repeat(100_000);
        run.settings.retain(|(path, _)| path != "method");
    }
    long.missing = vec!["y".repeat(100_000)];
    for json in
        [r#"{"accuracy_vs_adversaries":{}}"#, r#"{"accuracy_vs_rounds":{}}"#, r#"{"method_table":{}}"#]
    {
        let page = svg(&spec(json), &long);
        assert!(page.len() < 100_000, "{} bytes", page.len());
    }
}

/// A sharp bend in a bitmap: nothing is drawn far outside the line.
#[test]
fn a_bitmap_has_no_needles() {
    let mut jagged = results([3]);
    jagged.runs.truncate(1);
    let row = jagged.runs[0].rounds[0].clone();
    let value = |round: u32| if round.is_multiple_of(2) { 0.45 } else { 0.55 };
    let mut rounds: Vec<RoundRow> =
        (0..600).map(|round| RoundRow { round, accuracy: Some(value(round)), ..row.clone() }).collect();
    rounds.push(RoundRow { round: 600, accuracy: Some(0.0), ..row.clone() });
    rounds.push(RoundRow { round: 601, accuracy: Some(1.0), ..row });
    jagged.runs[0].tables.rounds = rounds;
    let png = super::files(&spec(r#"{"accuracy_vs_rounds":{}}"#), &jagged)
        .remove("accuracy_vs_rounds.png")
        .unwrap();
    let (width, pixels) = pixels(&png);
    // The blue of the first series, in the left half of the plot: between the values and nowhere else.
    let blue = |x: usize, y: usize| {
        let p = &pixels[3 * (y * width + x)..][..3];
        p[2] > 140 && p[0] < 100
    };
    let rows: Vec<usize> =
        (0..pixels.len() / 3 / width).filter(|&y| y > 120 && (250..600).any(|x| blue(x, y))).collect();
    let height = rows[rows.len() - 1] - rows[0];
    assert!((20..110).contains(&height), "ink over {height} rows");
}

/// Width and RGB of a PNG of our own: one IDAT, no filters.
fn pixels(png: &[u8]) -> (usize, Vec<u8>) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
    let (width, idat) = (number(16), png.windows(4).position(|w| w == b"IDAT").unwrap());
    let mut rows = Vec::new();
    let body = &png[idat + 4..idat + 4 + number(idat - 4)];
    std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(body), &mut rows).unwrap();
    (width, rows.chunks(1 + 3 * width).flat_map(|row| row[1..].iter().copied()).collect())
}
