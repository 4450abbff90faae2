//! The gallery: the figures of many scenarios in one folder, each with what its scenario says to expect.

use std::fmt::Write;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::atomic_file;
use crate::destination;
use crate::error::{Error, Named, Result};
use crate::figure::{self, FigureSpec};
use crate::files;
use crate::plain_file::LARGEST_RECORD;
use crate::record::ResultFolder;
use crate::scenario::Plan;

/// The first line of the page, by which it is known.
const TITLE: &str = "# Gallery\n";

/// What became of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GalleryEntry {
    /// Its figures were drawn from its records.
    Drawn,
    /// There are no records of it; what the gallery shows stays.
    Kept,
    /// There are no records of it, and the gallery shows nothing of it: the page leaves it out.
    LeftOut,
}

/// Draws the figures of every plan from its records in `results/<name>/` into `gallery/<name>/`, beside a copy of its
/// summary, and writes `gallery/README.md` about all of them that have records or a place in the gallery. Simulates nothing.
///
/// # Errors
/// When no scenario has records or a place in the gallery, records are not whole, or the disk refuses.
pub fn gallery(plans: &[Plan], results: &Path, gallery: &Path) -> Result<Vec<(String, GalleryEntry)>> {
    destination::check_folder(gallery, "--out")?;
    let page = gallery.join("README.md");
    check_free(plans, &page)?;
    let drawn = plans.iter().map(|plan| Ok((plan.name.clone(), draw(plan, results, gallery)?)));
    let drawn = drawn.collect::<Result<Vec<_>>>()?;
    let hangs = |(_, (_, entry)): &(&Plan, &(String, GalleryEntry))| *entry != GalleryEntry::LeftOut;
    let hung: Vec<Plan> = plans.iter().zip(&drawn).filter(hangs).map(|(plan, _)| plan.clone()).collect();
    if let ([first, ..], []) = (plans, &hung[..]) {
        let from = results.join(&first.name);
        return Err(Error::input(format!("{}: no results of `{}`", from.named(), first.name))
            .help(format!("run the scenario first: signsim run … --out {}", from.named())));
    }
    atomic_file::write(&page, readme(&hung).as_bytes())?;
    Ok(drawn)
}

/// Refuses two scenarios of one name, and to write the page over one that is no gallery's.
fn check_free(plans: &[Plan], page: &Path) -> Result<()> {
    if let Some(twice) = (1..plans.len()).find(|i| plans[..*i].iter().any(|plan| plan.name == plans[*i].name))
    {
        let message = format!("two scenarios have the name `{}`", plans[twice].name);
        return Err(Error::input(message)
            .help("their figures would be drawn over each other: leave one of them away"));
    }
    match files::read(page, LARGEST_RECORD) {
        Ok(there) if !there.starts_with(TITLE.as_bytes()) => {
            Err(Error::input(format!("{} is there, and it is no page of a gallery", page.named()))
                .help("name another folder for the gallery with --out"))
        }
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io(page, error)),
        _ => Ok(()),
    }
}

fn draw(plan: &Plan, results: &Path, gallery: &Path) -> Result<GalleryEntry> {
    let (from, to) = (results.join(&plan.name), gallery.join(&plan.name));
    if !from.join("manifest.json").exists() {
        let there = |figure: &FigureSpec| to.join(format!("{}.csv", figure.name())).exists();
        let kept = !plan.figures.is_empty() && plan.figures.iter().all(there);
        return Ok(if kept { GalleryEntry::Kept } else { GalleryEntry::LeftOut });
    }
    let whole = |path: &Path| path.canonicalize().ok();
    let own = whole(&to).is_some() && whole(&from) == whole(&to);
    if own || to.join("manifest.json").exists() {
        let whose = if own { "its own results" } else { "other results" };
        return Err(Error::input(format!("{} would be drawn over {whose}", to.named()))
            .help("name another folder for the gallery with --out"));
    }
    let folder = ResultFolder::existing(&from)?;
    let records = folder.results()?;
    if !records.missing.is_empty() {
        return Err(Error::input(format!("{}: {} runs are missing", from.named(), records.missing.len()))
            .help("run the scenario to its end first"));
    }
    figure::draw_all(&plan.figures, &records, &to, &mut |_| {})?;
    let summary = from.join("summary.csv");
    let rows = files::read(&summary, LARGEST_RECORD).map_err(|e| Error::io(&summary, e))?;
    atomic_file::write(&to.join("summary.csv"), &rows)?;
    Ok(GalleryEntry::Drawn)
}

/// Backticks that no run of backticks in `text` closes.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// The page about the scenarios: pictures, and beside them what was expected and measured.
#[must_use]
pub fn readme(plans: &[Plan]) -> String {
    let mut page = TITLE.to_owned()
        + "\n\
        The figures of these scenarios, as `signsim gallery scenarios/*.yaml` draws them from the records of\n\
        `signsim run`. Each comes as SVG, PNG (300 dpi) and PDF with the numbers that it shows as CSV; `summary.csv` has a\n\
        row a run. Below each picture stands the comment that opens its scenario: what to expect, and what was measured.\n\n";
    for plan in plans {
        let name = &plan.name;
        let line = format!("- [{name}](#{name})\n");
        page.push_str(&line);
    }
    for plan in plans {
        let name = &plan.name;
        writeln!(page, "\n## {name}\n").expect("memory takes every line");
        for figure in &plan.figures {
            let file = PathBuf::from(name).join(figure.name()).display().to_string();
            let links = figure.kind.endings().into_iter().filter(|ending| *ending != "png");
            let links: Vec<String> = links.map(|ending| format!("[{ending}]({file}.{ending})")).collect();
            writeln!(page, "![{}]({file}.png)\n\n{}\n", figure.name().replace('_', " "), links.join(" · "))
                .expect("memory takes every line");
        }
        if !plan.about.trim().is_empty() {
            let fence = fence(&plan.about);
            writeln!(page, "{fence}text\n{}\n{fence}\n", plan.about).expect("memory takes every line");
        }
        writeln!(page, "[summary.csv]({name}/summary.csv)").expect("memory takes every line");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_without_a_comment_has_no_block() {
        let text = "name: bare\nrounds: 1\nworkers: { count: 3 }\nmethod: signsgd_mv\n\
                    task: { channel: { coordinates: 1, crossover: 0.2 } }\n";
        let page = |text: &str| readme(&[Plan::parse("t.yaml", text, &[], None).unwrap()]);
        let end = "\n## bare\n\n[summary.csv](bare/summary.csv)\n";
        assert!(page(text).ends_with(end) && !page(text).contains("```"), "{}", page(text));
        let told = "\n## bare\n\n```text\nwords\n```\n\n[summary.csv](bare/summary.csv)\n";
        assert!(page(&format!("# words\n{text}")).ends_with(told));
    }

    #[test]
    fn a_comment_with_backticks_stays_inside_its_block() {
        assert_eq!(["", "a `b`", "```", "````x``"].map(fence), ["```", "```", "````", "`````"]);
    }
}
