//! One self-contained page about result folders: what was asked, what is wrong, figures that tell their numbers, tables that
//! sort, every run, and how two folders differ.
//!
//! The page needs no network and no server: fonts, figures and the program that sorts are inside it. Whatever comes from a
//! scenario reaches it through `html::Html`, which escapes; what the page runs is named by its hash, and nothing else runs.

mod compare;
mod figures;
mod html;
mod links;
mod machine;
mod overview;
mod paint;
mod part;
pub mod points;
mod settings;
mod tables;

use std::path::{Path, PathBuf};

use crate::atomic_file;
use crate::destination;
use crate::error::{Error, Named, Result};

use html::{Html, Page};
use paint::Paints;
use part::Part;

/// The name of the page, where no other is given.
pub const PAGE: &str = "report.html";

/// Which folders, and where the page goes.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Result folders; the first is compared with each of the others.
    pub folders: Vec<PathBuf>,
    /// The file; [`PAGE`] in the first folder where there is none.
    pub out: Option<PathBuf>,
}

/// Writes the page and gives its path.
///
/// # Errors
/// When a folder holds no records, is named twice, or the page cannot be written.
pub fn report(request: &Request) -> Result<PathBuf> {
    let [first, ..] = &request.folders[..] else {
        return Err(Error::input("no folder to report on").help("name one that `signsim run` has written"));
    };
    let out = request.out.clone().unwrap_or_else(|| first.join(PAGE));
    let mut parts: Vec<Part> = Vec::new();
    for dir in &request.folders {
        let part = Part::read(dir)?;
        if parts.iter().any(|other| other.whole == part.whole) {
            return Err(
                Error::input(format!("{} is named twice", dir.named())).help("name every folder once")
            );
        }
        parts.push(part);
    }
    destination::check_file(&out, "--out")?;
    destination::make_folders_of(&out, "--out")?;
    let beside = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = beside.canonicalize().map_err(|e| Error::io(beside, e))?;
    atomic_file::write(&out, page(&parts, &beside)?.as_bytes())?;
    Ok(out)
}

/// The page of these folders, for a place beside which their files are found.
fn page(parts: &[Part], beside: &Path) -> Result<String> {
    let mut paints = Paints::default();
    let mut sections = Vec::new();
    if let [first, others @ ..] = parts {
        sections.extend(others.iter().map(|other| compare::section(first, other)));
    }
    for (number, part) in parts.iter().enumerate() {
        let several = parts.len() > 1;
        sections.push(overview::section(part, several.then_some(number)));
        sections.push(figures::section(part, number, beside, &mut paints)?);
        sections.push(tables::results(part, number));
        sections.push(tables::runs(part, number, beside));
        sections.push(settings::section(part));
        sections.push(machine::section(part));
    }
    let names: Vec<&str> = parts.iter().map(|part| part.manifest.name.as_str()).collect();
    Ok(Page { title: names.join(" and "), paints, sections: Html::all(sections) }.written())
}
