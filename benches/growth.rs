//! Draws how time and memory grow, from the measurements of `benches/growth.sh`, and how much faster more threads would be, from
//! those of `benches/serial.rs`: `plots/gallery/growth/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use signsim::figure::content::{
    AxesPanel, Axis, Content, FigureNote, IntervalShape, Look, Scale, Series, SeriesLine, SeriesPoint,
};
use signsim::figure::label::Label;
use signsim::figure::options::FigureOptions;
use signsim::figure::statistics::estimate;
use signsim::figure::{FigureContent, files};

/// A row of `growth.csv`.
#[derive(Deserialize)]
struct Row {
    /// What grows.
    what: String,
    x: f64,
    /// Of a round beyond the first.
    seconds: f64,
    peak_bytes: f64,
    task: String,
    method: String,
}

/// What is drawn of a row.
type Value = fn(&Row) -> Option<f64>;

/// What grows in each panel, and its title.
type Panels = [(&'static str, &'static str)];

/// What spans powers of ten, on one axis.
const SIZES: &Panels = &[
    ("workers", "workers *M*"),
    ("coordinates", "coordinates *D*, *M* = 15"),
    ("rounds", "rounds *T*, *M* = 15, *D* = 10,000"),
];
const THREADS: &Panels = &[("threads", "*M* = 15, batches of 64")];

fn main() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("plots/gallery/growth");
    let mut table =
        csv::Reader::from_path(dir.join("growth.csv")).expect("benches/growth.sh writes the table");
    let rows: Vec<Row> =
        table.deserialize().collect::<Result<_, _>>().expect("rows as benches/growth.sh writes them");
    assert!(rows.iter().any(|row| row.x >= 1e6), "measured up to a million workers");
    let time = |row: &Row| Some(row.seconds).filter(|s| *s > 0.0);
    let memory = |row: &Row| Some(row.peak_bytes / 1e6);
    let of_sizes = axis("x", "number", Scale::Log);
    let of_threads = axis("threads", "threads", Scale::Count);
    let measures: [(&str, Axis, Value, &str); 2] = [
        (
            "time",
            axis("seconds", "seconds a round", Scale::Log),
            time,
            "the least of five measurements, of fewer where they take seconds; whole process; times too short to \
             measure are left out",
        ),
        (
            "memory",
            axis("megabytes", "peak memory (MB)", Scale::Log),
            memory,
            "the most of five measurements, of fewer where they take seconds; whole process",
        ),
    ];
    let groups = [
        (
            "",
            SIZES,
            &of_sizes,
            Some(
                "channels on one thread, against workers with D = 64; the CNN on two threads, batches of 64",
            ),
        ),
        ("_by_threads", THREADS, &of_threads, None),
    ];
    for (name, y, value, how) in measures {
        for (suffix, panels, x, what) in groups {
            let notes =
                what.into_iter().chain([how]).map(|words| FigureNote::remark(Label::plain(words))).collect();
            let shown = content(&rows, panels, (x.clone(), y.clone()), value, notes);
            write(&dir.join(format!("{name}{suffix}")), shown);
        }
    }
    write(&dir.join("speed_up"), speed_up(&dir.join("serial.csv")));
}

/// Every format of a figure.
fn write(stem: &Path, content: Content) {
    for (ending, bytes) in files(&FigureContent::Chart(content), &FigureOptions::NONE) {
        let path = stem.with_extension(ending);
        fs::write(&path, bytes).expect("the gallery can be written");
        println!("{}", path.display());
    }
}

/// A row of `serial.csv`: medians over rounds, in seconds.
#[derive(Deserialize)]
struct Serial {
    case: String,
    workers: u32,
    votes_s: f64,
    decide_s: f64,
    round_s: f64,
    decide_two_threads_s: f64,
}

impl Serial {
    /// What a round takes on so many threads: votes side by side, each on one of them; of deciding that part which two threads
    /// were seen to share; the rest one after the other.
    fn round_on(&self, threads: u32) -> f64 {
        let vote = self.votes_s / f64::from(self.workers);
        let shared = (2.0 * (1.0 - self.decide_two_threads_s / self.decide_s)).clamp(0.0, 1.0);
        f64::from(self.workers.div_ceil(threads)) * vote
            + self.decide_s * (1.0 - shared + shared / f64::from(threads))
            + (self.round_s - self.votes_s - self.decide_s)
    }
}

/// How much faster a round would be on more threads, by Amdahl's law and with whole votes.
fn speed_up(table: &Path) -> Content {
    let mut table = csv::Reader::from_path(table).expect("benches/serial.rs prints the table");
    let rows: Vec<Serial> =
        table.deserialize().collect::<Result<_, _>>().expect("rows as benches/serial.rs prints");
    let line = |(series, row): (usize, &Serial)| {
        let point = |threads: u32| {
            let estimate = estimate(&[Some(row.round_on(1) / row.round_on(threads))]);
            SeriesPoint { x: f64::from(threads), estimate, workers: None, seeds: vec![] }
        };
        SeriesLine { series, points: (0..7).map(|k| point(1 << k)).collect() }
    };
    let entry = |(i, row): (usize, &Serial)| Series {
        label: Label::rich(&format!("{}, *M* = {}", row.case, row.workers)),
        look: Look::Distinct(i),
        ink: None,
    };
    let series = rows.iter().enumerate().map(entry).collect();
    let panel = AxesPanel { lines: rows.iter().enumerate().map(line).collect(), ..AxesPanel::default() };
    let words = "from the parts of a round on one thread, and what of deciding two threads share";
    let notes = vec![FigureNote::remark(Label::plain(words))];
    let (x, y) =
        (axis("threads", "threads", Scale::Log), axis("speed_up", "speed-up of a round", Scale::Log));
    Content { notes, ..Content::new(x, y, IntervalShape::Band, series, vec![panel]) }
}

fn axis(column: &'static str, label: &str, scale: Scale) -> Axis {
    Axis { column, label: Label::plain(label), scale }
}

/// A panel for everything that grows, one line per method and task.
fn content(
    rows: &[Row],
    panels: &Panels,
    (x, y): (Axis, Axis),
    value: Value,
    notes: Vec<FigureNote>,
) -> Content {
    let method = |word: &str| if word == "signsgd_mv" { "signSGD-MV" } else { "signSGD-FD" };
    let name = |row: &Row| format!("{}, {}", method(&row.method), row.task);
    let mut names: Vec<String> = Vec::new();
    for row in rows.iter().filter(|row| panels.iter().any(|(what, _)| row.what == *what)) {
        if !names.contains(&name(row)) {
            names.push(name(row));
        }
    }
    let panel = |(what, title): &(&str, &str)| {
        let line = |(series, of): (usize, &String)| {
            let here = rows.iter().filter(|row| row.what == *what && name(row) == *of);
            let point = |row: &Row| {
                let estimate = estimate(&[Some(value(row)?)]);
                Some((row.x as u64, SeriesPoint { x: row.x, estimate, workers: None, seeds: vec![] }))
            };
            let points: BTreeMap<u64, SeriesPoint> = here.filter_map(point).collect();
            (!points.is_empty()).then(|| SeriesLine { series, points: points.into_values().collect() })
        };
        let lines = names.iter().enumerate().filter_map(line).collect();
        AxesPanel { title: Label::rich(title), lines, ..AxesPanel::default() }
    };
    let entry = |(i, words): (usize, &String)| Series {
        label: Label::plain(words.as_str()),
        look: Look::Distinct(i),
        ink: None,
    };
    let series = names.iter().enumerate().map(entry).collect();
    let panels = panels.iter().map(panel).collect();
    Content { notes, ..Content::new(x, y, IntervalShape::Band, series, panels) }
}
