//! The beginning of a folder's part of the page: what to be careful about, and what was asked.

use super::html::Html;
use super::part::Part;
use crate::record::ManifestRun;
use crate::scenario::CHANGED;

/// More of a kind than this are counted.
const MOST_NAMED: usize = 5;
/// From so many seeds on there is an interval.
const SEEDS: usize = 3;

/// Name, warnings, question. Folders are numbered where there are several.
pub(crate) fn section(part: &Part, number: Option<usize>) -> Html {
    let manifest = &part.manifest;
    let seeds = manifest.seeds.len();
    let cases: std::collections::BTreeSet<&str> = manifest.runs.iter().map(|run| run.case.as_str()).collect();
    let done = part.results.runs.len();
    let facts = format!(
        "{done} of {} runs are there: {} of the sweep, {}. {}",
        manifest.runs.len(),
        counted(cases.len(), "point"),
        counted(seeds, "seed"),
        part.dir.display(),
    );
    let heading = match number {
        Some(number) => format!("{}. {}", number + 1, manifest.name),
        None => "What was asked".to_owned(),
    };
    let about = if manifest.about.is_empty() {
        Html::words("p", "The scenario says nothing of what to expect.")
    } else {
        Html::element("div", &[("class", "scroll")], Html::words("pre", &manifest.about))
    };
    let dir = part.dir.display();
    let again = format!("signsim run {dir}/scenario.yaml --out {dir}");
    let content = [
        warnings(part),
        Html::words("p", &facts),
        about,
        Html::element("p", &[], Html::all([Html::text("The same again:"), Html::words("code", &again)])),
    ];
    Html::section("asked", &heading, Html::all(content))
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// What a reader must know before looking at any number.
fn warnings(part: &Part) -> Html {
    let mut all = Vec::new();
    let failed: Vec<String> = part
        .manifest
        .runs
        .iter()
        .filter_map(|run| {
            let why = run.failure.as_ref()?;
            Some(format!("{}: {why}", run.words()))
        })
        .collect();
    let missing = part.results.missing.len().saturating_sub(failed.len());
    if missing > 0 {
        let left = part.results.missing.iter().filter(|words| !failed.contains(words)).cloned();
        all.push(some(&format!("{} not there", runs_are(missing)), left.collect()));
    }
    if !failed.is_empty() {
        all.push(some(&format!("{} failed", runs_have(failed.len())), failed));
    }
    let diverged: Vec<String> = part.diverged().map(ManifestRun::words).collect();
    if !diverged.is_empty() {
        let what =
            format!("{} diverged, and {} in no mean", runs_have(diverged.len()), is_or_are(diverged.len()));
        all.push(some(&what, diverged));
    }
    let seeds = part.manifest.seeds.len();
    if seeds < SEEDS {
        let shows =
            if seeds == 1 { "one value, and no interval" } else { "the range of two, and no interval" };
        all.push(Html::text(&format!(
            "{}: a point shows {shows}; from {SEEDS} seeds on it has one",
            counted(seeds, "seed")
        )));
    }
    for line in part.manifest.about.lines().filter_map(|line| line.strip_prefix(CHANGED)) {
        all.push(Html::text(&format!(
            "numbers in the comment were measured with other settings; these runs have {line}"
        )));
    }
    let mut remarks: Vec<&String> = part.manifest.runs.iter().flat_map(|run| &run.remarks).collect();
    remarks.sort_unstable();
    remarks.dedup();
    all.extend(remarks.into_iter().map(|remark| Html::text(remark)));
    if all.is_empty() {
        let well = "Nothing is missing, nothing failed, nothing diverged.";
        return Html::element("p", &[("class", "well")], Html::text(well));
    }
    let heading = Html::words("h3", "Careful");
    Html::element("div", &[("class", "warnings")], Html::all([heading, Html::list(all)]))
}

fn runs_are(n: usize) -> String {
    if n == 1 { "1 run is".to_owned() } else { format!("{n} runs are") }
}

fn runs_have(n: usize) -> String {
    if n == 1 { "1 run has".to_owned() } else { format!("{n} runs have") }
}

const fn is_or_are(n: usize) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

/// A warning with the first of those that it is about, and all the others for who asks.
fn some(what: &str, which: Vec<String>) -> Html {
    let list = |items: &[String]| Html::list(items.iter().map(|item| Html::text(item)));
    let (named, rest) = which.split_at(which.len().min(MOST_NAMED));
    let more = (!rest.is_empty()).then(|| Html::folded(&format!("and {} more", rest.len()), list(rest)));
    Html::all([Html::text(what), list(named)].into_iter().chain(more))
}
