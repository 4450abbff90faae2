//! What a user can say of the looks of a figure: which runs, in which order, under which names, on which axes, at which size.

use signsim::figure::content::{Content, IntervalShape, Look, Scale};
use signsim::figure::{FigureSpec, svg as drawn};
use signsim::record::Results;
use signsim::scenario::Plan;

use super::{ADVERSARIES, chart, files, legend, notes, results, svg, swept, texts, titles};

fn spec(kind: &str, options: &str) -> FigureSpec {
    serde_json::from_str(&format!("{{\"{kind}\":{options}}}")).unwrap()
}

/// Accuracy against L, told this.
fn told(options: &str) -> FigureSpec {
    spec("accuracy_vs_adversaries", options)
}

fn shown(options: &str, results: &Results) -> Content {
    chart(&told(options), results)
}

#[test]
fn where_chooses_runs_and_says_so() {
    let all = swept(&results(0..=8), "adversaries.attack", &["sign_inversion", "sleeper: {until: 100}"]);
    let few = shown(
        r#"{"where":{"method":"signsgd_fd","adversaries.count":[0,3],"adversaries.attack":"sleeper"}}"#,
        &all,
    );
    assert_eq!((legend(&few), titles(&few)), (vec!["signSGD-FD".to_owned()], vec![String::new()]));
    assert_eq!(few.points().map(|p| p.x).collect::<Vec<_>>(), [0.0, 3.0]);
    assert!(
        notes(&few).contains("6 of 108 runs shown: sleeper, L = 0 or L = 3, signSGD-FD"),
        "{}",
        notes(&few)
    );
    assert!(!notes(&shown("{}", &all)).contains("runs shown"));
}

#[test]
fn what_no_run_has_is_refused_before_anything_is_run() {
    let parse = |option: &str| {
        let text = format!(
            "name: x\nrounds: 1\nworkers: {{ count: 3 }}\ntask: {{ channel: {{ coordinates: 10, crossover: 0.2 }} }}\n\
             method: signsgd_mv\nsweep:\n  adversaries.count: [0, 1]\n  task.channel.crossover: [0.1, 0.2]\n\
             adversaries: {{ attack: sign_inversion, count: 0 }}\n\
             figures:\n  - accuracy_vs_adversaries: {{ {option} }}\n"
        );
        Plan::parse("x.yaml", &text, &[], None)
            .map(|_| ())
            .map_err(|e| format!("{e}; {}", e.advice().unwrap_or("")))
    };
    for legal in [
        "where: { adversaries.count: 1, task.channel.crossover: 0.1, seed: 1 }",
        "y_range: [0.5, 1], x_range: [null, 1], y_scale: log, legend: right, grid: false, font: 7pt, height: 50mm",
        "rows: task.channel.crossover, letters: true, title: Errors, x_label: liars, notes: false",
        "error: sd, interval: band, markers: none, reference: [chance, { y: 0.9, label: target }, { x: 1 }]",
        "colours: { signsgd_mv: 3 }, names: { signsgd_mv: MV }, order: [0.2, 0.1], size: neurips, background: transparent",
    ] {
        assert_eq!(parse(legal), Ok(()), "{legal}");
    }
    for (option, expected) in [
        ("where: { adversaries.count: 7 }", "no run has `7` as its `adversaries.count`; there is `0`, `1`"),
        ("where: { workers.batch: 7 }", "the sweep does not vary `workers.batch`; write one of"),
        ("y_range: [1, 0]", "an axis begins before it ends"),
        ("y_range: 1", "list"),
        ("y_range: [0, 1], y_scale: log", "a logarithmic axis has no 0; begin above 0"),
        ("x_scale: cubic", "cubic"),
        ("scale: log, y_scale: log", "given twice; write x_scale and y_scale"),
        ("rows: adversaries.count", "horizontal axis of the figure already"),
        ("rows: method, columns: method", "rows and columns are the same setting"),
        ("rows: method, panel: none", "rows and columns make the panels already"),
        ("error: sd, level: 0.9", "only a confidence interval has a level"),
        ("level: 1.5", "no level of confidence"),
        ("colours: { signsgd_mv: red }", "`red` is no colour: write its number in the palette"),
        ("reference: { x: 1, y: 2 }", "chance"),
        ("font: 90pt", "no size of text: write 4pt to 36pt"),
        ("height: 5mm", "no height: write 30mm to 400mm"),
        ("smooth: 5", "accuracy_vs_adversaries has no option `smooth`; it takes y, group"),
        ("legend: below", "below"),
    ] {
        let error = parse(option).unwrap_err();
        assert!(expected.split("; ").all(|part| error.contains(part)), "{option}: {error}");
        assert!(error.contains("x.yaml:11:"), "{option}: {error}");
    }
}

#[test]
fn a_style_is_told_to_every_figure_that_takes_it() {
    let text = |style: &str| {
        format!(
            "name: x\nrounds: 1\nworkers: {{ count: 3 }}\ntask: {{ channel: {{ coordinates: 10, crossover: 0.2 }} }}\n\
             method: signsgd_mv\nstyle: {style}\nfigures: [accuracy_vs_rounds, {{ method_table: {{ font: 6pt }} }}]\n"
        )
    };
    let plan = |style: &str| Plan::parse("x.yaml", &text(style), &[], None);
    let styled = plan("{ font: 9pt, legend: right }").unwrap();
    let json = |i: usize| serde_json::to_string(&styled.figures[i]).unwrap();
    assert_eq!(json(0), r#"{"accuracy_vs_rounds":{"legend":"right","font":"9pt"}}"#);
    assert_eq!(json(1), r#"{"method_table":{"font":"6pt"}}"#);
    assert!(styled.resolved.contains("style:\n  legend: right\n  font: 9pt\n"), "{}", styled.resolved);
    let plain = plan("{}").unwrap();
    assert!(!plain.resolved.contains("style"));
    assert_eq!(
        (&styled.runs[0].spec, &styled.runs[0].case),
        (&plain.runs[0].spec, &plain.runs[0].case),
        "a style is no part of a run"
    );
    assert!(Plan::parse("alone.yaml", &styled.alone, &[], None).is_ok(), "{}", styled.alone);
    for (style, expected) in [
        ("{ theory: exact }", "none of the figures takes the option `theory`"),
        ("{ name: mine }", "`name` cannot be said of all figures at once"),
        ("{ fnot: 9pt }", "did you mean `font`?"),
        ("{ font: 99pt }", "no size of text"),
    ] {
        let error = plan(style).unwrap_err();
        let whole = format!("{error}; {}", error.advice().unwrap_or(""));
        assert!(whole.contains(expected) && whole.contains("x.yaml:6:"), "{style}: {whole}");
    }
}

#[test]
fn order_names_and_colours_follow_methods() {
    let all = results([0, 3]);
    let content = shown(r#"{"order":["signsgd_fd","signsgd_mv"]}"#, &all);
    assert_eq!(legend(&content), ["signSGD-FD", "signSGD-MV"]);
    assert_eq!(content.series[0].look, Look::Distinct(0), "the first has the first colour");

    let named = shown(r#"{"names":{"signsgd_mv":"*M*~V~","signsgd_fd":"\\beta"}}"#, &all);
    assert_eq!(legend(&named), ["M_V", "β"]);
    let colours = r##"{"colours":{"signsgd_fd":1,"signsgd_mv":"#ff0088"}}"##;
    let coloured = shown(colours, &all);
    assert_eq!(coloured.series[1].look, Look::Distinct(0));
    assert_eq!(coloured.series[0].ink, Some([0xff, 0, 0x88]));
    let svg = svg(&told(colours), &all);
    assert!(svg.contains("#FF0088") && svg.contains("#0072B2") && !svg.contains("#D55E00"), "{svg}");
    // One colour is given, and the other method takes the first that is left.
    let one = shown(r#"{"colours":{"signsgd_fd":1}}"#, &all);
    assert_eq!(one.series.iter().map(|s| s.look).collect::<Vec<_>>(), [Look::Distinct(1), Look::Distinct(0)]);

    let rounds = chart(
        &spec(
            "accuracy_vs_rounds",
            r#"{"names":{"adversaries.count=0":"nobody"},"panel":"adversaries.count"}"#,
        ),
        &all,
    );
    assert_eq!(titles(&rounds), ["nobody", "L = 3"]);
}

#[test]
fn intervals_are_what_is_asked_for() {
    let all = results([0, 4]);
    let first = |options: &str| shown(options, &all).panels[0].lines[0].points[0].clone();
    // Three seeds at .7, .8, .9.
    let close = |point: (f64, f64), low: f64, high: f64| {
        assert!((point.0 - low).abs() < 1e-9 && (point.1 - high).abs() < 1e-9, "{point:?}");
    };
    close(first(r#"{"error":"sd"}"#).estimate.interval.unwrap(), 0.7, 0.9);
    close(first(r#"{"error":"range"}"#).estimate.interval.unwrap(), 0.7, 0.9);
    let half = 0.1 / 3f64.sqrt();
    close(first(r#"{"error":"sem"}"#).estimate.interval.unwrap(), 0.8 - half, 0.8 + half);
    // t(0.75; 2) = 0.816497 in printed tables.
    close(
        first(r#"{"level":0.5}"#).estimate.interval.unwrap(),
        0.8 - 0.816_496_580_9 * half,
        0.8 + 0.816_496_580_9 * half,
    );
    assert_eq!(first(r#"{"error":"none"}"#).estimate.interval, None);
    let seeds = first(r#"{"error":"seeds"}"#);
    assert_eq!((seeds.seeds.len(), seeds.estimate.interval), (3, None));
    for (options, words) in [
        (r#"{"error":"sd"}"#, "mean and one standard deviation over 3 seeds"),
        (r#"{"error":"sem"}"#, "mean and one standard error over 3 seeds"),
        (r#"{"error":"seeds"}"#, "mean and every seed over 3 seeds"),
        (r#"{"error":"none"}"#, "mean over 3 seeds"),
        (r#"{"level":0.9}"#, "mean and 90 % Student-t interval over 3 seeds"),
    ] {
        assert!(notes(&shown(options, &all)).starts_with(words), "{}", notes(&shown(options, &all)));
    }
    let csv = shown(r#"{"error":"seeds"}"#, &all).to_csv();
    assert!(
        csv.lines().next().unwrap().ends_with(",interval,seeds") && csv.contains(",0.7 0.8 0.9\n"),
        "{csv}"
    );
    assert_eq!(shown(r#"{"interval":"band"}"#, &all).interval, IntervalShape::Band);
    // Below three seeds there is a dot each, and no bar that two points could make look like an interval.
    let mut two = all.clone();
    two.runs.retain(|run| run.summary.seed < 3);
    let (two, three) = (svg(&ADVERSARIES, &two), svg(&ADVERSARIES, &all));
    let bars = |svg: &str| svg.matches("stroke-width=\"9\"").count();
    let dots = |svg: &str| svg.matches(" r=\"11\"").count();
    assert!(bars(&three) > 0 && bars(&two) == 0);
    assert_eq!((dots(&three), dots(&two)), (0, 2 * 2 * 2));
}

/// Beside the three measurements of each of two curves, at rounds 0, 20 and 40, as beside a point.
#[test]
fn seeds_of_a_curve_are_dots_beside_its_markers_where_they_are_two_or_asked_for() {
    let (all, mut two) = (results([3]), results([3]));
    two.runs.retain(|run| run.summary.seed < 3);
    let seen = |json: &str, of: &Results| {
        let svg = svg(&spec("accuracy_vs_rounds", json), of);
        (svg.contains("<polygon opacity=\"0.17\""), svg.matches(" r=\"11\"").count())
    };
    assert_eq!(seen("{}", &all), (true, 0));
    assert_eq!(seen("{}", &two), (false, 2 * 3 * 2));
    assert_eq!(seen(r#"{"error":"seeds"}"#, &all), (false, 2 * 3 * 3));
    assert_eq!(seen(r#"{"error":"range"}"#, &two), (true, 0));
}

#[test]
fn axes_have_the_ends_and_the_scales_that_they_are_told() {
    let all = results(0..=8);
    let content = shown(r#"{"y_range":[0.75,0.85],"x_range":[2,6]}"#, &all);
    assert!(notes(&content).contains("points lie beyond the axes; the CSV has them"), "{}", notes(&content));
    let words = texts(&drawn(
        &FigureSpecShown::of(r#"{"y_range":[0.75,0.85],"x_range":[2,6]}"#, &all),
        &told(r#"{"y_range":[0.75,0.85],"x_range":[2,6]}"#).options,
    ));
    assert!(words.contains(&"0.76".to_owned()) && !words.contains(&"0.70".to_owned()), "{words:?}");
    assert!(words.contains(&"6".to_owned()) && !words.contains(&"8".to_owned()), "{words:?}");
    assert_eq!(shown(r#"{"y_scale":"symlog"}"#, &all).y.scale, Scale::Symlog);
    assert_eq!(shown(r#"{"y_scale":"log","x_label":"*liars*","y_label":"hits"}"#, &all).y.scale, Scale::Log);
    let rounds = chart(&spec("accuracy_vs_rounds", r#"{"x_scale":"log"}"#), &all);
    assert_eq!(rounds.x.scale, Scale::Log);
    assert!(notes(&rounds).contains("what was measured at round 0 has no place on the logarithmic axis"));
}

/// A figure as data.
struct FigureSpecShown;

impl FigureSpecShown {
    fn of(options: &str, results: &Results) -> signsim::figure::FigureContent {
        told(options).shown(results)
    }
}

#[test]
fn words_stand_where_they_are_wanted() {
    let all = results(0..=8);
    let words = |options: &str| texts(&svg(&told(options), &all));
    let has = |options: &str, word: &str| words(options).iter().any(|text| text == word);
    assert!(has(r#"{"title":"The vote"}"#, "The vote") && has(r#"{"x_label":"liars"}"#, "liars"));
    assert!(has(r#"{"y_label":"hits"}"#, "hits") && !has(r#"{"y_label":"hits"}"#, "test accuracy"));
    for place in ["right", "inside", "direct"] {
        assert!(has(&format!("{{\"legend\":\"{place}\"}}"), "signSGD-MV"), "{place}");
    }
    assert!(!has(r#"{"legend":"none"}"#, "signSGD-MV"));
    assert!(has(r#"{"reference":[{"y":0.8,"label":"target"}]}"#, "target"));
    let silent = told(r#"{"notes":false}"#);
    assert!(!texts(&svg(&silent, &all)).join(" ").contains("seeds"));
    let caption = files(&silent, &all).remove("accuracy_vs_adversaries.caption.txt").unwrap();
    assert!(
        String::from_utf8(caption).unwrap().starts_with("mean and 95 % Student-t interval over 3 seeds.\n")
    );
    let lettered = swept(&all, "adversaries.attack", &["sign_inversion", "half"]);
    let words = texts(&svg(&told(r#"{"letters":true}"#), &lettered));
    assert!(
        words.contains(&"(a) sign inversion".to_owned()) && words.contains(&"(b) half".to_owned()),
        "{words:?}"
    );
}

/// Twenty coarse classes; without a word about the data there is no line, and the figure says so.
#[test]
fn chance_is_one_class_of_all() {
    let mut all = results([0, 3]);
    let chance = r#"{"reference":"chance"}"#;
    let silent = shown(chance, &all);
    assert!(
        silent.panels[0].levels.is_empty() && notes(&silent).contains("no line for chance"),
        "{}",
        notes(&silent)
    );
    let data = serde_json::json!({ "task": { "train": { "data": { "cifar100": { "labels": "coarse" } } } } });
    all.runs.iter_mut().for_each(|run| run.spec = std::sync::Arc::new(data.clone()));
    let level = |options: &str| shown(options, &all).panels[0].levels[0].y;
    assert!((level(chance) - 0.05).abs() < 1e-12);
    assert!((level(r#"{"reference":["chance"],"y":"error"}"#) - 0.95).abs() < 1e-12);
}

#[test]
fn two_settings_make_a_grid_whose_titles_stand_once() {
    let all = swept(&results([0, 3]), "adversaries.attack", &["sign_inversion", "half"]);
    let all = swept(&all, "server.learning_rate", &["0.1", "0.01", "0.001"]);
    let options = r#"{"rows":"adversaries.attack","columns":"server.learning_rate"}"#;
    let content = shown(options, &all);
    let facets = content.facets.clone().unwrap();
    let words =
        |labels: &[signsim::figure::label::Label]| labels.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(words(&facets.rows), ["sign inversion", "half"]);
    assert_eq!(words(&facets.columns), ["learning rate 0.1", "learning rate 0.01", "learning rate 0.001"]);
    assert_eq!(content.panels.len(), 6);
    assert!(content.points().all(|p| p.estimate.runs == 3));
    let printed = texts(&svg(&told(options), &all));
    for title in ["sign inversion", "half", "learning rate 0.1", "learning rate 0.01"] {
        assert_eq!(printed.iter().filter(|text| *text == title).count(), 1, "{title}");
    }
    let by_method = shown(r#"{"rows":"method","columns":"adversaries.attack"}"#, &all);
    assert_eq!(legend(&by_method), ["learning rate 0.1", "learning rate 0.01", "learning rate 0.001"]);
}

#[test]
fn pages_have_the_height_the_text_and_the_ground_that_they_are_told() {
    let all = results(0..=8);
    let size = |options: &str| -> (f64, f64) {
        let svg = svg(&told(options), &all);
        let number =
            |key: &str| svg.split_once(key).unwrap().1.split('m').next().unwrap().parse::<f64>().unwrap();
        (number("width=\""), number("height=\""))
    };
    for (options, wanted) in
        [(r#"{"height":"50mm"}"#, 50.0), (r#"{"height":"60mm","font":"10pt","title":"A title"}"#, 60.0)]
    {
        let (width, height) = size(options);
        assert!((width - 85.0).abs() < 0.2 && (height - wanted).abs() < 0.4, "{options}: {width} {height}");
    }
    assert!((size(r#"{"size":"neurips"}"#).0 - 139.7).abs() < 0.1);
    let font = |options: &str| svg(&told(options), &all).matches("font-size=\"").count();
    assert!(font(r#"{"font":"12pt"}"#) > 10);
    assert!(
        svg(&told(r#"{"font":"16pt"}"#), &all).contains("font-size=\"200"),
        "sixteen points are 200 units"
    );

    let clear = told(r#"{"background":"transparent"}"#);
    let png = files(&clear, &all).remove("accuracy_vs_adversaries.png").unwrap();
    assert_eq!(png[25], 6, "colour type: red, green, blue and opacity");
    let (clear, paper) = (svg(&clear, &all), svg(&ADVERSARIES, &all));
    let grounds = |svg: &str| svg.matches("fill=\"#FFFFFF\"").count();
    assert_eq!(grounds(&paper), grounds(&clear) + 1, "only the ground is gone");
}
