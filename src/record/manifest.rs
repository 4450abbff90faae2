//! `manifest.json`: what a folder was asked for, by which build, and what became of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The scenario's name.
    pub name: String,
    /// The version of this program.
    pub signsim: String,
    /// SHA-256 of the sources that can change a result.
    #[serde(default)]
    pub build: String,
    /// The commit that they are, where it is known.
    #[serde(default)]
    pub commit: String,
    /// What the scenario's opening comment says to expect.
    pub about: String,
    /// The first point of the sweep with every default filled in, as YAML.
    pub resolved: String,
    /// Words of the figures to draw.
    pub figures: Vec<Value>,
    /// The seeds of all runs, ascending, each once.
    pub seeds: Vec<u64>,
    /// The files that the data came from: name, SHA-256 of the unpacked bytes, length.
    pub data: Vec<Value>,
    /// What the processor offered; floating-point sums may differ between machines that differ here.
    pub cpu_features: Vec<String>,
    /// Every run the scenario asks for, in the order of the sweep.
    pub runs: Vec<ManifestRun>,
}

/// One run of a manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestRun {
    /// The name of its folder under `runs/`.
    pub id: String,
    /// What the run shares with those that differ from it in nothing but the seed; empty in older manifests.
    #[serde(default)]
    pub case: String,
    /// What all its random draws are keyed by.
    pub seed: u64,
    /// The preset of the method, or the name of its parts.
    pub method: String,
    /// The word of the attack that was asked for, also where L = 0.
    pub attack: String,
    /// M.
    pub workers: u32,
    /// L.
    pub adversaries: u32,
    /// The sweep's settings: path and value.
    pub settings: Vec<(String, String)>,
    /// What tells it from runs whose method, attack and settings read the same.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub apart: String,
    /// What a reader of its results should know; figures print it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// Of the finished run; of one that has finished since the manifest was written, its folder knows.
    pub digest: Option<String>,
    /// Why the run is missing.
    pub failure: Option<String>,
    /// What can be done about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl ManifestRun {
    /// Which run this is, in words: with every setting of the sweep that the others do not say. Without adversaries an attack
    /// is told only where the sweep asks for it.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { method, attack, adversaries, workers, seed, .. } = self;
        let is_new = |(path, value): &&(String, String)| match path.as_str() {
            "method" => value != method,
            "adversaries.attack" => value != attack || *adversaries == 0,
            "adversaries.count" | "workers.count" => false,
            _ => true,
        };
        let apart = if self.apart.is_empty() { String::new() } else { format!(" ({})", self.apart) };
        let settings = self.settings.iter().filter(is_new);
        let settings: String = settings.map(|(path, value)| format!("{path}={value}, ")).collect();
        let attack = if *adversaries == 0 { String::new() } else { format!("{attack}, ") };
        format!("{method}{apart}, {attack}L = {adversaries} of M = {workers}, {settings}seed {seed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_by_all_that_the_sweep_varies() {
        let words = |settings: &[[&str; 2]]| {
            let run = serde_json::json!({ "id": "a", "seed": 1, "method": "signsgd_fd", "attack": "alie",
                "workers": 5, "adversaries": 2, "settings": settings, "digest": null, "failure": null });
            serde_json::from_value::<ManifestRun>(run).unwrap().words()
        };
        assert_eq!(words(&[]), "signsgd_fd, alie, L = 2 of M = 5, seed 1");
        let swept = [["rounds", "500"], ["method", "signsgd_fd"], ["adversaries.count", "M/2 - 1"]];
        assert_eq!(words(&swept), "signsgd_fd, alie, L = 2 of M = 5, rounds=500, seed 1");
        let nobody = serde_json::json!({ "id": "a", "seed": 1, "method": "signsgd_fd", "attack": "alie", "workers": 5,
            "adversaries": 0, "settings": [["adversaries.attack", "alie"]], "digest": null, "failure": null });
        let mut nobody: ManifestRun = serde_json::from_value(nobody).unwrap();
        assert_eq!(nobody.words(), "signsgd_fd, L = 0 of M = 5, adversaries.attack=alie, seed 1");
        nobody.settings.clear();
        assert_eq!(nobody.words(), "signsgd_fd, L = 0 of M = 5, seed 1");
        // A name that two methods share says less than the sweep does.
        let text = "{ preset: signsgd_fd, momentum: 0.9 }";
        let told = format!("signsgd_fd, alie, L = 2 of M = 5, method={text}, seed 1");
        assert_eq!(words(&[["method", text]]), told);
        let run = serde_json::json!({ "id": "a", "seed": 1, "method": "ours", "attack": "alie", "apart": "momentum 0.9",
            "workers": 5, "adversaries": 2, "settings": [["method", "ours"]], "digest": null, "failure": null });
        let run: ManifestRun = serde_json::from_value(run).unwrap();
        assert_eq!(run.words(), "ours (momentum 0.9), alie, L = 2 of M = 5, seed 1");
    }
}
