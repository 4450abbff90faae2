//! All runs that a scenario asks for, and what they will cost.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path as FilePath;
use std::sync::Arc;

use super::case::{self, SweepCases};
use super::document::Document;
use super::explain::explained;
use super::files::LookedAt;
use super::idle::Idle;
use super::remarks::{self, Remark};
use super::resolve::RunSpec;
use super::sweep::{self, SweepPoint};
use super::text::{self, to_yaml};
use super::{Scenario, alone, files, set, styled, words, yaml};
use crate::destination::is_plain_name;
use crate::error::{Error, Named, Place, Result};
use crate::figure::{FigureSpec, Told, apart};

/// A scenario, read and checked.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The scenario's, which names the result folder.
    pub name: String,
    /// The comment that opens the scenario: what to expect.
    pub about: String,
    /// What is drawn when the runs are done.
    pub figures: Vec<FigureSpec>,
    /// The scenario as a text that asks for these runs again, with what `--set` and `--seed` changed.
    pub source: String,
    /// The first point with every default filled in, as YAML.
    pub resolved: String,
    /// The same as a scenario of its own: without what only the rest of the sweep gives a meaning, which comments name.
    pub alone: String,
    /// Points in the order of the sweep, and within a point its seeds; a point that repeats another is not among them.
    pub runs: Vec<PlannedRun>,
    /// What a reader of the results should know: which points of the sweep repeat others, and what is odd about a run.
    pub remarks: Vec<String>,
}

/// One run and where it stands in the sweep.
#[derive(Debug, Clone)]
pub struct PlannedRun {
    /// Everything that determines its result.
    pub spec: RunSpec,
    /// What the run shares with those that differ from it in nothing but the seed, and with no others.
    pub case: String,
    /// The sweep's settings: path and value.
    pub settings: Vec<(String, String)>,
    /// What tells its case from others whose names and settings read the same; empty where they read differently.
    pub apart: String,
    /// What a reader of its results should know.
    pub remarks: Arc<[Remark]>,
    /// Where the scenario asks for its task, for errors that only the data can find.
    places: TaskPlaces,
}

/// Where a scenario speaks of a task, its data and its split.
#[derive(Debug, Clone)]
struct TaskPlaces {
    task: Option<Place>,
    data: Option<Place>,
    split: Option<Place>,
}

impl TaskPlaces {
    fn of(document: &Document, task: &str) -> Self {
        let place = |below: &[&str]| {
            let path = ["task", task].iter().chain(below).map(|key| (*key).to_owned()).collect();
            document.place(&path)
        };
        Self { task: place(&[]), data: place(&["data"]), split: place(&["split"]) }
    }
}

impl PlannedRun {
    /// Adds to an error about this run's task where the scenario asks for what is wrong.
    #[must_use]
    pub fn locate(&self, error: Error) -> Error {
        let place = match &error {
            Error::Scenario { key: Some(key), .. } if key.starts_with("task.train.data") => &self.places.data,
            Error::Scenario { key: Some(key), .. } if key.starts_with("task.train.split") => {
                &self.places.split
            }
            _ => &self.places.task,
        };
        error.at(place.clone())
    }
}

/// More runs than this are taken for a mistake.
const MOST_RUNS: usize = 1_000_000;

/// A plan holds the speed of every worker of every run that draws them.
const MOST_SPEEDS: u64 = 50_000_000;

impl PlannedRun {
    /// What figures that choose runs look at.
    fn told(&self) -> Told<'_> {
        let (record, population) = (&self.spec.record, self.spec.population);
        Told {
            method: &record.method,
            attack: &record.attack,
            adversaries: population.adversaries,
            workers: population.workers,
            seed: self.spec.seed,
            settings: &self.settings,
        }
    }
}

/// The runs of the points so far.
#[derive(Default)]
struct Collected {
    runs: Vec<PlannedRun>,
    drawn_speeds: u64,
    /// The scenario of the first point.
    first: Option<Scenario>,
    cases: SweepCases,
    idle: Idle,
    looked_at: LookedAt,
}

impl Collected {
    /// Adds the runs of a point, unless another one asks for them.
    fn take(&mut self, point: &SweepPoint) -> Result<()> {
        let scenario = read_point(point, &mut self.looked_at)?;
        check_name(&scenario.name).map_err(|e| point.document.locate(e))?;
        let last_seed = self.last_seed(&scenario).map_err(|e| point.document.locate(e))?;
        styled::check(&scenario, &point.settings).map_err(|e| point.document.locate(e))?;
        let case = case::identity(&scenario);
        let is_new = self.cases.is_new(&case, &point.settings);
        let places = TaskPlaces::of(&point.document, scenario.task.word());
        let mut remarks: Option<Arc<[Remark]>> = None;
        for seed in (scenario.seed..=last_seed).filter(|_| is_new) {
            let spec = scenario.resolve(seed).map_err(|e| point.document.locate(e))?;
            if seed == scenario.seed {
                self.idle.look(&scenario, &spec, &point.document);
            }
            let remarks = Arc::clone(remarks.get_or_insert_with(|| remarks::of(&spec).into()));
            let (case, settings, places) = (case.clone(), point.settings.clone(), places.clone());
            let apart = String::new();
            self.runs.push(PlannedRun { spec, case, settings, apart, remarks, places });
        }
        self.first.get_or_insert(scenario);
        Ok(())
    }

    /// The last seed of a scenario, if its runs are not too many with those so far.
    fn last_seed(&mut self, scenario: &Scenario) -> Result<u64> {
        let last_seed = scenario.seed.checked_add(u64::from(scenario.repeats.max(1)) - 1);
        let last_seed = last_seed.ok_or_else(|| {
            Error::scenario("the last seed, seed + repeats - 1, does not fit 64 bits")
                .key("seed")
                .help("write a smaller seed")
        })?;
        self.drawn_speeds +=
            u64::from(scenario.repeats) * scenario.workers.speed.drawn(scenario.workers.count);
        if self.drawn_speeds > MOST_SPEEDS {
            let message =
                format!("more than {MOST_SPEEDS} speeds would be drawn for all workers of all runs");
            let help =
                "use fewer workers, repeats or points, or state speeds in groups such as \"10x1 + 5x4\"";
            return Err(Error::scenario(message).key("workers.speed").help(help));
        }
        if self.runs.len() + scenario.repeats as usize > MOST_RUNS {
            return Err(Error::scenario(format!("more than {MOST_RUNS} runs"))
                .key("repeats")
                .help("write fewer repeats, or sweep fewer values"));
        }
        Ok(last_seed)
    }
}

impl Plan {
    /// Reads the scenario in `path`, with `--set` arguments and `--seed` applied.
    ///
    /// # Errors
    /// When the file cannot be read, or anything in it is not as it should be.
    pub fn read(path: &FilePath, sets: &[String], seed: Option<u64>) -> Result<Self> {
        let file = path.display().to_string();
        let text = read_text(path, &file)?;
        Self::parse(&file, &text, sets, seed)
    }

    /// [`Plan::read`] for a text that is already there.
    ///
    /// # Errors
    /// When anything in it is not as it should be.
    pub fn parse(file: &str, text: &str, sets: &[String], seed: Option<u64>) -> Result<Self> {
        let mut document = Document::parse(file, text)?;
        let seed = seed.map(|seed| format!("seed={seed}"));
        let sets: Vec<String> = sets.iter().cloned().chain(seed).collect();
        set::apply(&mut document, &sets)?;
        let mut collected = Collected::default();
        check_base(&document, &mut collected.looked_at)?;
        let text = &text::with_changes(text, &sets);
        let source = text::source(text, &files::with_whole_paths(&document));
        let base = document.clone();
        sweep::each_point(document, &mut |point| collected.take(&point))?;
        let Collected { mut runs, first, cases, idle, .. } = collected;
        idle.refuse()?;
        tell_apart(&mut runs);
        let first = first.expect("a sweep has at least one point");
        let figures = styled::figures(&first);
        let told: Vec<Told<'_>> = runs.iter().map(PlannedRun::told).collect();
        styled::check_chosen(&figures, &told).map_err(|e| base.locate(e))?;
        Ok(Self {
            about: text::opening_comment(text),
            figures,
            source,
            resolved: to_yaml(&first),
            alone: alone::text(&first, &runs[0].spec, runs[0].told())?,
            name: first.name,
            remarks: all_remarks(&cases, &runs),
            runs,
        })
    }

    /// Number of points of the sweep.
    #[must_use]
    pub fn points(&self) -> usize {
        self.runs.iter().map(|run| run.case.as_str()).collect::<BTreeSet<_>>().len()
    }

    /// In words what tells those cases apart of which `printed` says the same, by case.
    #[must_use]
    pub fn told_apart(&self, printed: impl Fn(&PlannedRun) -> String) -> BTreeMap<&str, String> {
        told_apart(&self.runs, printed)
    }
}

fn told_apart(runs: &[PlannedRun], printed: impl Fn(&PlannedRun) -> String) -> BTreeMap<&str, String> {
    let mut first: BTreeMap<&str, &PlannedRun> = BTreeMap::new();
    let mut cases = Vec::new();
    for run in runs {
        first.entry(&run.case).or_insert_with(|| {
            cases.push((run.case.as_str(), printed(run)));
            run
        });
    }
    apart::told(&cases, |case| serde_json::to_value(&first[case].spec).expect("a run is plain data"))
}

/// Says of runs that read the same, though they are of different cases, what tells them apart.
fn tell_apart(runs: &mut [PlannedRun]) {
    let printed = |run: &PlannedRun| {
        let mut words: Vec<&str> = vec![&run.spec.record.method, &run.spec.record.attack];
        words.extend(run.settings.iter().map(|(_, value)| value.as_str()));
        words.join("\u{1f}")
    };
    let told = told_apart(runs, printed);
    let told: BTreeMap<String, String> =
        told.into_iter().map(|(case, words)| (case.to_owned(), words)).collect();
    for run in runs {
        run.apart = told.get(&run.case).cloned().unwrap_or_default();
    }
}

/// What is written outside the sweep is right even where every point replaces it; only what the sweep supplies
/// may be missing.
fn check_base(document: &Document, looked_at: &mut LookedAt) -> Result<()> {
    let mut base = document.clone();
    base.take("sweep");
    match read(&base) {
        Err(fault) if !fault.is_missing() => Err(explained(fault, &base)),
        Err(_) => Ok(()),
        Ok(mut scenario) => load(&mut scenario, &base, looked_at),
    }
}

fn read(document: &Document) -> std::result::Result<Scenario, words::Fault> {
    let scenario: Scenario = words::read(&serde_yaml::Value::Mapping(files::with_whole_paths(document)))?;
    Ok(scenario.decided())
}

fn read_point(point: &SweepPoint, looked_at: &mut LookedAt) -> Result<Scenario> {
    let mut scenario = read(&point.document).map_err(|fault| explained(fault, &point.document))?;
    load(&mut scenario, &point.document, looked_at)?;
    Ok(scenario)
}

/// Reads the measurements that a scenario names.
fn load(scenario: &mut Scenario, document: &Document, looked_at: &mut LookedAt) -> Result<()> {
    scenario.load(looked_at).map_err(|error| match error {
        Error::Scenario { key: Some(key), message, help, .. } => {
            let path = key.split('.').map(str::to_owned).collect();
            explained(
                words::Fault::new(message, words::FaultKind::Other).at(&path).or_help(|| help),
                document,
            )
        }
        other => other,
    })
}

/// A name becomes a folder, so it must stay inside the output folder on every system.
fn check_name(name: &str) -> Result<()> {
    if !is_plain_name(name) {
        return Err(Error::scenario(format!("`{name}` cannot name a result folder"))
            .key("name")
            .help(
                "use letters, digits, `_`, `-` and `.`, beginning with a letter or digit and not ending with `.`, at most 100; \
                 what Windows takes for a device, such as con and nul, names no folder",
            ));
    }
    Ok(())
}

/// The text of a scenario file, which is small, and a file.
fn read_text(path: &FilePath, file: &str) -> Result<String> {
    let help = "name a scenario file, for example scenarios/quickstart.yaml";
    let shown = path.named();
    let failed = |e: std::io::Error| Error::input(format!("{shown}: {e}")).help(help);
    let kind = std::fs::metadata(path).map_err(failed)?;
    if !kind.is_file() {
        let what = if kind.is_dir() { "a folder" } else { "a device or a pipe" };
        return Err(Error::input(format!("{shown} is {what}, not a file")).help(help));
    }
    let mut bytes = Vec::new();
    let most = yaml::LONGEST as u64 + 1;
    std::fs::File::open(path).and_then(|f| f.take(most).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() > yaml::LONGEST {
        return Err(yaml::too_long(file));
    }
    String::from_utf8(bytes).map_err(|e| {
        let valid = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
        Error::input(format!("{shown}:{line}: not UTF-8 text (byte {})", valid.len()))
            .help("save the file as UTF-8")
    })
}

/// What is to be said of the points of the sweep and of the runs, each remark once.
fn all_remarks(cases: &SweepCases, runs: &[PlannedRun]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let of_runs = runs.iter().flat_map(|run| run.remarks.iter()).map(Remark::in_full);
    cases.remarks().into_iter().chain(of_runs.filter(|remark| seen.insert(remark.clone()))).collect()
}
