//! The id of a run: a hash of everything that determines its result, this program included.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::dataset_cache::DatasetCache;
use crate::aggregate::AggregatorSpec;
use crate::attack::AttackSpec;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::hex::hex;
use crate::scenario::{Plan, PlannedRun, RunSpec, TaskSpec};
use crate::simd::{SimdLevel, held};

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// SHA-256 of the sources that can change a result.
pub const BUILD: &str = env!("SIGNSIM_BUILD");

/// The commit that the sources are, `+changes` after it where they differ from it; empty outside a repository.
pub const COMMIT: &str = env!("SIGNSIM_COMMIT");

/// A plan with the ids of its runs.
pub(crate) struct Identified {
    /// In the order of the plan; runs that are the same have the same.
    pub ids: Vec<String>,
    /// The files that the data came from.
    pub data: Vec<Value>,
}

/// Every run's id, and the files that the data came from.
pub(crate) fn identify(plan: &Plan, cache: &DatasetCache) -> Result<Identified> {
    let (mut files, mut ids) = (Vec::new(), Vec::with_capacity(plan.runs.len()));
    // Neighbouring runs read one set.
    let mut last: Option<(Arc<Dataset>, String)> = None;
    for run in &plan.runs {
        let mut fingerprint = String::new();
        // What is drawn from the seed is determined by the scenario; files have to be looked at.
        if let TaskSpec::Train { data: spec, .. } = &run.spec.task
            && !spec.is_drawn()
        {
            let data = cache.get(spec, run.spec.seed).map_err(|e| run.locate(e))?;
            fingerprint = match last {
                Some((set, known)) if Arc::ptr_eq(&set, &data) => known,
                _ if spec.is_published() => data.fingerprint_by_sources(),
                _ => data.fingerprint(),
            };
            last = Some((Arc::clone(&data), fingerprint.clone()));
            for source in &data.sources {
                let value = serde_json::to_value(source).expect("a source is plain data");
                if !files.contains(&value) {
                    files.push(value);
                }
            }
        }
        fingerprint += &own_rules(&run.spec)?;
        ids.push(id_of(run, BUILD, &fingerprint, held().map(SimdLevel::word)));
    }
    Ok(Identified { ids, data: files })
}

/// The SHA-256 of the file that this program was started from, read once.
fn program() -> Result<&'static str> {
    static SHA256: OnceLock<String> = OnceLock::new();
    if let Some(known) = SHA256.get() {
        return Ok(known);
    }
    let path = std::env::current_exe().map_err(|e| Error::io(Path::new("the file of this program"), e))?;
    let bytes = fs::read(&path).map_err(|e| Error::io(&path, e))?;
    Ok(SHA256.get_or_init(|| hex(&Sha256::digest(bytes))))
}

/// What rules of the program's own are written in: they are in no source that was hashed when this library was built.
fn own_rules(spec: &RunSpec) -> Result<String> {
    let (aggregator, attack) = (&spec.server.aggregator, &spec.adversary.attack);
    let mut rules = String::new();
    let attacks = attack.parts().iter().map(|part| (matches!(part, AttackSpec::Own(_)), part.written_in()));
    let aggregator = (matches!(aggregator, AggregatorSpec::Own(_)), aggregator.written_in());
    for (is_own, written_in) in std::iter::once(aggregator).chain(attacks) {
        match written_in {
            Some(text) => rules += &format!("{}\0{text}", text.len()),
            None if is_own => rules += program()?,
            None => {}
        }
    }
    Ok(rules)
}

/// What a run is asked to do, whatever its data and whoever computes it.
pub(crate) fn key_of(run: &PlannedRun) -> String {
    serde_json::to_string(&run.spec).expect("a run is plain data")
}

/// The same without where its files lie: checksums say what they hold.
fn content_of(run: &PlannedRun) -> String {
    let mut spec = run.spec.clone();
    if let TaskSpec::Train { data, .. } = &mut spec.task {
        *data = data.without_places();
    }
    let mut spec = serde_json::to_value(&spec).expect("a run is plain data");
    without_places(&mut spec);
    spec.to_string()
}

fn without_places(value: &mut Value) {
    match value {
        Value::Object(settings) => {
            if settings.contains_key("sha256") {
                settings.remove("file");
            }
            settings.values_mut().for_each(without_places);
        }
        Value::Array(items) => items.iter_mut().for_each(without_places),
        _ => {}
    }
}

/// `level`: the vector instructions that the program is held to; runs that are not held to any have one id on all machines.
fn id_of(run: &PlannedRun, build: &str, data: &str, level: Option<&str>) -> String {
    let mut hash = Sha256::new();
    for part in [build, &content_of(run), data].into_iter().chain(level) {
        hash.update(part);
        hash.update([0]);
    }
    hex(&hash.finalize()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_follows_build_seed_setting_and_data_and_not_the_name() {
        let text = "name: t\nrounds: 4\nworkers: { count: 5 }\nmethod: METHOD\n\
                    task: { channel: { coordinates: 10, crossover: 0.2 } }\n";
        let run = |method: &str, seed| {
            let text = text.replace("METHOD", method);
            Plan::parse("t.yaml", &text, &[], Some(seed)).unwrap().runs.remove(0)
        };
        let id = id_of(&run("signsgd_mv", 1), "a", "", None);
        assert_eq!(id.len(), 16);
        assert_eq!(id_of(&run("{ preset: signsgd_mv, name: Ours }", 1), "a", "", None), id);
        for other in [
            id_of(&run("signsgd_mv", 1), "b", "", None),
            id_of(&run("signsgd_mv", 1), "a", "files", None),
            id_of(&run("signsgd_mv", 2), "a", "", None),
            id_of(&run("signsgd_fd", 1), "a", "", None),
            id_of(&run("signsgd_mv", 1), "a", "", Some("portable")),
        ] {
            assert_ne!(other, id);
        }
    }

    /// Ids follow what files hold, not where they lie or how they are packed.
    #[test]
    fn the_id_follows_what_arrays_hold() {
        let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
        let dir = tempfile::tempdir().unwrap();
        let id = |file: &str, x: &str| {
            let part = format!("{{ file: {file}, names: [{x}, y] }}");
            let text = format!(
                "{{ name: t, rounds: 1, workers: {{ count: 2 }}, method: signsgd_mv, task: {{ train: {{
                   data: {{ arrays: {{ train: {part}, test: {part} }} }}, model: logistic }} }} }}"
            );
            let plan = Plan::parse(dir.path().join("t.yaml").to_str().unwrap(), &text, &[], None).unwrap();
            identify(&plan, &DatasetCache::default()).unwrap().ids.remove(0)
        };
        fs::create_dir(dir.path().join("sub")).unwrap();
        for (from, to) in [("own_arrays", "a"), ("own_arrays", "sub/b"), ("own_arrays_compressed", "c")] {
            let (from, to) = (reference.join(format!("{from}.npz")), dir.path().join(format!("{to}.npz")));
            fs::copy(from, to).unwrap();
        }
        assert_eq!(
            [id("sub/b.npz", "bytes"), id("c.npz", "bytes")],
            [id("a.npz", "bytes"), id("a.npz", "bytes")]
        );
        assert_ne!(id("a.npz", "doubles"), id("a.npz", "bytes"));
    }
}
