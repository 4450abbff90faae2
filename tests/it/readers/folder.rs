//! What stands in a folder of results.

use std::fs;
use std::path::Path;

use serde::Serialize;
use serde_json::json;
use signsim::figure::options::FigureOptions;
use signsim::figure::{CATALOGUE, FigureSpec, Recorded, csv, svg};
use signsim::record::{Manifest, ResultFolder, Results, Row, SummaryRow, Tables};
use signsim::run::status;

use super::{choice, put, read, scratch};

const ID: &str = "ab12";

/// A folder with one run, of which nothing was written yet.
fn folder(dir: &Path) {
    let run = json!({ "id": ID, "case": "c", "seed": 1, "method": "signsgd_fd", "attack": "alie", "workers": 5,
        "adversaries": 2, "settings": [["adversaries.count", "2"]], "digest": null, "failure": null });
    let manifest = json!({ "name": "t", "signsim": "0", "about": "", "resolved": "", "figures": [], "seeds": [1],
        "data": [], "cpu_features": [], "runs": [run] });
    put(&dir.join("manifest.json"), manifest.to_string().as_bytes());
    fs::create_dir_all(dir.join("runs")).unwrap();
}

/// What a folder was asked for.
pub(super) fn manifest(bytes: &[u8]) {
    scratch("manifest", |dir| {
        folder(dir);
        put(&dir.join("manifest.json"), bytes);
        let opened = read(ResultFolder::existing(dir));
        let Some(manifest) = opened.and_then(|folder| read(folder.manifest())) else { return };
        let text = serde_json::to_vec(&manifest).unwrap();
        assert_eq!(serde_json::from_slice::<Manifest>(&text).unwrap(), manifest);
        let found = read(status(dir)).expect("a manifest is all that it asks for");
        assert!(found.done == 0 && found.failed.is_empty() && found.running.is_empty());
        let results = read(ResultFolder::existing(dir).unwrap().results()).expect("there are no records");
        assert_eq!((results.runs.len(), results.missing.len()), (0, manifest.runs.len()));
    });
}

/// One of the files of a run; whatever is read of them can be drawn, and is read again as it was.
pub(super) fn record(bytes: &[u8]) {
    let (which, bytes) = choice(bytes);
    scratch("record", |dir| {
        folder(dir);
        let run = dir.join("runs").join(ID);
        let _ = fs::remove_dir_all(&run);
        fs::create_dir(&run).unwrap();
        let row =
            SummaryRow { run: ID.to_owned(), workers: 5, adversaries: 2, rounds: 3, ..SummaryRow::default() };
        let file = json!({ "spec": {}, "summary": row, "channel": { "crossover": 0.2, "flip": 1.0, "rule": "majority" } });
        put(&run.join("run.json"), file.to_string().as_bytes());
        for table in ["rounds.csv", "workers.csv"] {
            put(&run.join(table), b"");
        }
        let files = ["run.json", "rounds.csv", "workers.csv", "layers.csv", "timeline.csv", "labels.csv"];
        put(&run.join(files[which % files.len()]), bytes);
        let folder = ResultFolder::existing(dir).unwrap();
        let Some(results) = read(folder.results()) else { return };
        drawn(&results, which / files.len());
        let tables = &results.runs[0].tables;
        write(&run, tables);
        let again = read(folder.results()).expect("what was written");
        assert_eq!(format!("{:?}", again.runs[0].tables), format!("{tables:?}"));
    });
}

/// One of the figures, or all as numbers alone.
fn drawn(results: &Results, which: usize) {
    let drawn = CATALOGUE.get(which % (CATALOGUE.len() + 1)).map(|entry| entry.word);
    for entry in CATALOGUE {
        let spec = FigureSpec::of_word(entry.word, FigureOptions::NONE).unwrap();
        if spec.validate(&results.runs[0].settings, Recorded::of(results)).is_err() {
            continue;
        }
        let shown = spec.shown(results);
        assert!(!csv(&shown).is_empty());
        if drawn == Some(entry.word) {
            assert!(svg(&shown, &spec.options).ends_with("</svg>\n"));
        }
    }
}

fn write(run: &Path, tables: &Tables) {
    let Tables { rounds, workers, layers, timeline, labels, classes, shards } = tables;
    table(run, rounds);
    table(run, workers);
    table(run, layers);
    table(run, timeline);
    table(run, labels);
    table(run, classes);
    table(run, shards);
}

fn table<R: Row + Serialize>(run: &Path, rows: &[R]) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.iter().for_each(|row| writer.serialize(row).unwrap());
    put(&run.join(R::FILE), &writer.into_inner().unwrap());
}

/// What a process says of the run that it is at work on, or why a run failed.
pub(super) fn claim(bytes: &[u8]) {
    let (which, bytes) = choice(bytes);
    scratch("claim", |dir| {
        folder(dir);
        let (claim, failed) = (dir.join(format!("runs/{ID}.claim")), dir.join(format!("runs/{ID}.failed")));
        let _ = (fs::remove_file(&claim), fs::remove_dir_all(&failed));
        if which % 2 == 0 {
            put(&claim, bytes);
        } else {
            fs::create_dir(&failed).unwrap();
            put(&failed.join("failure.json"), bytes);
        }
        let found = read(status(dir)).expect("nobody has to be able to read it");
        let told = (found.running.len() + found.left, found.failed.len());
        assert_eq!(told, if which % 2 == 0 { (1, 0) } else { (0, 1) });
        let text = serde_json::to_string(&found).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    });
}
