//! Drawing from records: the figures of a result folder again, or figures over several folders.

use std::path::{Path, PathBuf};

use super::drawing;
use crate::atomic_file;
use crate::destination;
use crate::error::{Error, Named, Result};
use crate::figure::options::{FigureOptions, OptionKey};
use crate::figure::{self, FigureSpec, Recorded};
use crate::record::{Manifest, ResultFolder, Results};
use crate::scenario;

/// The setting that tells the runs of several folders apart.
const SCENARIO: &str = "scenario";

/// What to draw, and from where.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Result folders; the runs of several are drawn together.
    pub folders: Vec<PathBuf>,
    /// The word of a figure; every figure that the scenarios ask for where there is none.
    pub figure: Option<String>,
    /// Go before those of the style and of the scenarios.
    pub options: FigureOptions,
    /// Goes before what the scenarios say.
    pub style: FigureOptions,
    /// Whether a program of matplotlib is written beside every figure that can be one.
    pub script: bool,
    /// Where to draw; the folder itself, or for several a folder beside the first one with all their names.
    pub out: Option<PathBuf>,
}

/// Draws what is asked for and returns the paths of its files; `tell` hears what is to be said of them. Simulates nothing.
///
/// # Errors
/// When a folder holds no records, or a figure cannot be drawn from them.
pub fn plot(request: &Request, tell: &mut dyn FnMut(&str)) -> Result<Vec<PathBuf>> {
    let mut parts = Vec::new();
    let mut seen = Vec::new();
    for dir in &request.folders {
        let folder = ResultFolder::existing(dir)?;
        let whole = dir.canonicalize().map_err(|e| Error::io(dir, e))?;
        if seen.contains(&whole) {
            return Err(Error::input(format!("{} is named twice", dir.named()))
                .help("name every folder once, or its runs would count twice"));
        }
        seen.push(whole);
        parts.push((folder.manifest()?, folder.results()?));
    }
    let asked = asked(&parts)?;
    let out = request.out.clone().unwrap_or_else(|| usual_place(&request.folders));
    destination::check_folder(&out, "--out")?;
    let results = merged(&request.folders, parts);
    let specs = specs(request, &asked)?;
    if specs.is_empty() {
        return Err(Error::input("the scenario asks for no figure")
            .help("name one with --figure; `signsim list figures` shows all"));
    }
    if let Some(twice) = (1..specs.len()).find(|i| specs[..*i].iter().any(|s| s.name() == specs[*i].name())) {
        let message = format!("two figures would be drawn into the files {}.*", specs[twice].name());
        return Err(Error::input(message).help("choose one of them with --figure"));
    }
    let recorded = Recorded::of(&results);
    for spec in &specs {
        for run in &results.runs {
            spec.validate(&run.settings, recorded)?;
        }
    }
    specs.iter().try_for_each(|spec| keep_apart(spec, &out, request.folders.len()))?;
    let mut drawn = figure::draw_all(&specs, &results, &out, tell)?;
    if request.script {
        drawn.extend(scripts(&specs, &results, &out)?);
    }
    Ok(drawn)
}

/// Writes a program beside every figure that can be one.
fn scripts(specs: &[FigureSpec], results: &Results, out: &Path) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for spec in specs {
        if let Some(program) = figure::script(&spec.shown(results), &spec.options) {
            let path = out.join(format!("{}.py", spec.name()));
            atomic_file::write(&path, program.as_bytes())?;
            written.push(path);
        }
    }
    if written.is_empty() {
        let words: Vec<&str> = specs.iter().map(FigureSpec::word).collect();
        return Err(Error::input(format!("no program of matplotlib draws {}", words.join(", ")))
            .help("a chart, bars or a heat map has one; a table is LaTeX and Markdown already"));
    }
    Ok(written)
}

/// The figures that the scenarios ask for; the same one once.
fn asked(parts: &[(Manifest, Results)]) -> Result<Vec<FigureSpec>> {
    let mut asked: Vec<FigureSpec> = Vec::new();
    for (manifest, _) in parts {
        for spec in drawing::specs(manifest)? {
            if !asked.contains(&spec) {
                asked.push(spec);
            }
        }
    }
    Ok(asked)
}

/// What will be drawn: the figure of the request, or all that were asked for, told what the request tells them.
fn specs(request: &Request, asked: &[FigureSpec]) -> Result<Vec<FigureSpec>> {
    if let Some(word) = &request.figure {
        let same = asked.iter().find(|spec| spec.word() == word.as_str());
        let others = same.map_or(FigureOptions::default(), |spec| spec.options.clone());
        let figure = FigureSpec::of_word(word, FigureOptions::NONE)?;
        let options = request.options.clone().or(figure.fitting(&request.style)).or(others);
        return Ok(vec![FigureSpec::of_word(word, options)?]);
    }
    let given = request.options.given();
    let taken = |option: &&OptionKey| {
        asked.iter().any(|spec| spec.fitting(&request.options).given().contains(option))
    };
    if let Some(option) = given.iter().find(|option| !taken(option)) {
        return Err(Error::input(format!("none of the figures takes the option `{}`", option.word()))
            .help("name one that does with --figure; `signsim list figures` shows all"));
    }
    let told = |spec: &FigureSpec| {
        let told = spec.fitting(&request.options).or(spec.fitting(&request.style));
        FigureSpec::of_word(spec.word(), told.or(spec.options.clone()))
    };
    asked.iter().map(told).collect()
}

/// Refuses to draw over a figure of a folder's scenario that shows something else.
fn keep_apart(spec: &FigureSpec, out: &Path, folders: usize) -> Result<()> {
    let name = spec.name();
    let Ok(manifest) = ResultFolder::existing(out).and_then(|folder| folder.manifest()) else {
        return Ok(());
    };
    let figures =
        manifest.figures.into_iter().filter_map(|value| serde_json::from_value::<FigureSpec>(value).ok());
    let own = figures.into_iter().find(|own| own.name() == name);
    if own.is_some_and(|own| own != *spec || folders > 1) {
        let files = out.join(format!("{name}.*"));
        return Err(Error::input(format!(
            "{} show what the scenario asks for, and this is something else",
            files.named()
        ))
        .help("give this figure another name with --name, or another folder with --out"));
    }
    Ok(())
}

fn usual_place(folders: &[PathBuf]) -> PathBuf {
    let [first, _, ..] = folders else {
        return folders.first().cloned().unwrap_or_default();
    };
    let names: Vec<String> = folders.iter().map(|folder| name_of(folder)).collect();
    // `.` and `..` have no name, and what they call their parent is not beside them.
    let named = first.file_name().map(|_| first.clone()).or_else(|| first.canonicalize().ok());
    named.as_deref().unwrap_or(first).parent().unwrap_or(Path::new("")).join(names.join("+"))
}

/// The last part of a path, whatever way it was written.
fn name_of(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    whole.file_name().map_or_else(|| "results".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// All runs, each with every setting that any sweep varies; what its own sweep leaves alone is looked up in its scenario.
fn merged(folders: &[PathBuf], parts: Vec<(Manifest, Results)>) -> Results {
    let several = parts.len() > 1;
    let mut paths: Vec<String> = Vec::new();
    for run in parts.iter().flat_map(|(_, results)| &results.runs) {
        paths.extend(
            run.settings
                .iter()
                .map(|(path, _)| path.clone())
                .filter(|path| !paths.contains(path))
                .collect::<Vec<_>>(),
        );
    }
    let mut all = Results { name: String::new(), runs: Vec::new(), missing: Vec::new() };
    let mut names: Vec<String> = Vec::new();
    for (folder, (manifest, results)) in folders.iter().zip(parts) {
        // Two folders of one scenario go by the names of the folders, or by their whole paths.
        let mut candidates =
            [results.name.clone(), name_of(folder), folder.display().to_string()].into_iter();
        let name = candidates
            .find(|name| !names.contains(name))
            .unwrap_or_else(|| format!("{} ({})", folder.display(), names.len() + 1));
        for mut run in results.runs {
            if several {
                let value = |path: &String| {
                    let own =
                        run.settings.iter().find(|(known, _)| known == path).map(|(_, value)| value.clone());
                    own.or_else(|| scenario::setting_in(&manifest.resolved, path)).unwrap_or_default()
                };
                let mut settings: Vec<(String, String)> =
                    paths.iter().map(|path| (path.clone(), value(path))).collect();
                settings.push((SCENARIO.to_owned(), name.clone()));
                run.settings = settings;
            }
            all.runs.push(run);
        }
        all.missing.extend(results.missing);
        names.push(name);
    }
    all.name = names.join("+");
    all
}
