//! Drawing the figures of a folder once, whoever of many processes finished its last run.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::claim::Claims;
use crate::atomic_file;
use crate::error::{Error, Result};
use crate::figure::{self, FigureSpec};
use crate::files;
use crate::hex::hex;
use crate::record::{Manifest, ResultFolder};

/// Of the files of figures.
const ENDINGS: [&str; 7] = ["svg", "png", "pdf", "csv", "md", "tex", "caption.txt"];

/// `.figures`: which runs the figures show.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Drawn {
    /// SHA-256 of what the manifest says of figures and runs.
    of: String,
    files: Vec<String>,
}

/// Draws the figures that the folder's manifest asks for, unless they show all its runs as they are already; `again`
/// draws them even so, and `tell` hears what is to be said of them. Waits for who else is drawing, and takes over
/// from who ended doing so.
///
/// # Errors
/// When a figure cannot be drawn, or the disk refuses.
pub(crate) fn draw(
    folder: &ResultFolder,
    claims: &Claims,
    again: bool,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<PathBuf>> {
    // A pause and not a limit: whoever draws says that it is there.
    let claim = loop {
        if let Some(claim) = claims.wait(&folder.figures_claim(), Duration::from_secs(1))? {
            break claim;
        }
        if crate::interrupt::ending() {
            return Err(Error::Interrupted);
        }
    };
    // Read under the claim: who draws last has seen what was finished last.
    let manifest = folder.manifest()?;
    let (of, specs) = (fingerprint(&manifest), specs(&manifest)?);
    sweep_up(folder, &specs)?;
    let known = folder.drawn().and_then(|bytes| serde_json::from_slice::<Drawn>(&bytes).ok());
    let paths = |files: &[String]| files.iter().map(|name| folder.dir().join(name)).collect::<Vec<_>>();
    if let Some(known) = known.filter(|known| !again && known.of == of) {
        let there = paths(&known.files);
        if there.iter().all(|path| matches!(files::kind(path), Ok(Some(_)))) {
            return Ok(there);
        }
    }
    let results = folder.results()?;
    if results.runs.is_empty() {
        return Ok(Vec::new());
    }
    let figures = figure::draw_all(&specs, &results, folder.dir(), tell)?;
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let drawn = Drawn { of, files: figures.iter().map(name).collect() };
    folder.write_drawn(&serde_json::to_vec(&drawn).expect("names are plain data"))?;
    drop(claim);
    Ok(figures)
}

/// Removes what a process that ended while drawing has left.
fn sweep_up(folder: &ResultFolder, specs: &[FigureSpec]) -> Result<()> {
    let files = |spec: &FigureSpec| ENDINGS.map(|ending| format!("{}.{ending}", spec.name()));
    let names: Vec<String> = specs.iter().flat_map(files).chain([".figures".to_owned()]).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    atomic_file::remove_leftovers(folder.dir(), &names)
}

fn fingerprint(manifest: &Manifest) -> String {
    let shown = serde_json::to_vec(&(&manifest.name, &manifest.figures, &manifest.runs));
    hex(&Sha256::digest(shown.expect("a manifest is plain data")))
}

/// The figures that a manifest asks for.
pub(crate) fn specs(manifest: &Manifest) -> Result<Vec<FigureSpec>> {
    let read = |value: &serde_json::Value| {
        serde_json::from_value(value.clone())
            .map_err(|e| Error::input(format!("manifest.json asks for the figure {value}: {e}")))
    };
    manifest.figures.iter().map(read).collect()
}
