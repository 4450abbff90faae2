//! What an editor, a shell and a newcomer are told: the schema, completions, a first scenario, and one thing explained.

use std::fs;
use std::path::Path;

use signsim::scenario::{PRESETS, Plan, reference_page, schema_text};

use crate::cli::signsim;

/// The page of all settings is what the program says of them.
#[test]
fn the_reference_of_scenarios_is_that_of_this_program() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenario.md");
    let committed = fs::read_to_string(page).unwrap();
    assert!(committed == reference_page(), "run signsim explain > docs/scenario.md");
    assert!(committed.matches("\n## `").count() > 150 && committed.contains("\n## `adversaries.count`\n"));
}

/// Editors read the committed schema, which the first line of every shipped scenario names; results do not repeat that line.
#[test]
fn shipped_scenarios_point_at_the_schema_of_this_program() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let committed = fs::read_to_string(dir.join("schema.json")).unwrap();
    assert!(committed == schema_text(), "run signsim schema > scenarios/schema.json");
    let mut seen = 0;
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = fs::read_to_string(&path).unwrap();
            let line = text.lines().next();
            assert_eq!(line, Some("# yaml-language-server: $schema=schema.json"), "{}", path.display());
            let plan = Plan::read(&path, &[], None).unwrap();
            assert!(
                !plan.about.contains("yaml-language-server") && !plan.source.contains("yaml-language-server")
            );
            seen += 1;
        }
    }
    assert!(seen > 15);
}

#[test]
fn a_new_scenario_is_legal_with_every_method_and_never_written_over_another() {
    let dir = tempfile::tempdir().unwrap();
    for entry in PRESETS {
        let (code, out, err) = signsim(dir.path(), &["new", entry.word, "--from", entry.word]);
        assert_eq!((code, out.trim()), (0, format!("{}.yaml", entry.word).as_str()), "{err}");
        let plan = Plan::read(&dir.path().join(out.trim()), &[], None).unwrap();
        assert_eq!((plan.name.as_str(), plan.points(), plan.runs.len()), (entry.word, 2, 4));
    }
    let before = fs::read(dir.path().join("signsgd_mv.yaml")).unwrap();
    for (arguments, says) in [
        (&["new", "signsgd_mv", "--from", "krum"][..], "is there already"),
        (&["new", "--from", "signsgd_mvv"], "did you mean `signsgd_mv`?"),
        (&["new", "../up"], "cannot name a result folder"),
    ] {
        let (code, _, err) = signsim(dir.path(), arguments);
        assert!(code == 2 && err.contains(says), "{arguments:?}: {code} {err}");
    }
    assert_eq!(fs::read(dir.path().join("signsgd_mv.yaml")).unwrap(), before);
}

#[test]
fn shells_and_manuals_know_the_commands_and_the_words() {
    let dir = tempfile::tempdir().unwrap();
    let says = |arguments: &[&str]| {
        let (code, out, err) = signsim(dir.path(), arguments);
        assert_eq!(code, 0, "{arguments:?}: {err}");
        out
    };
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = says(&["completions", shell]);
        // The generator for PowerShell knows no words, and the one for fish only those behind a flag.
        let words = match shell {
            "bash" | "zsh" => &["phase_diagram", "sign_inversion"][..],
            "fish" => &["phase_diagram"],
            _ => &[],
        };
        for word in ["selfcheck", "checkpoint-every"].iter().chain(words) {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert!(says(&["man"]).starts_with(".ie") && says(&["man", "run"]).contains("checkpoint"));
    assert!(says(&["explain", "workers.batch"]).contains("samples of a gradient"));
    let (code, _, err) = signsim(dir.path(), &["man", "rum"]);
    assert!(code == 2 && err.contains("did you mean `run`?"), "{err}");
    let (code, _, err) = signsim(dir.path(), &["explain", "workers.bach"]);
    assert!(code == 2 && err.contains("did you mean `workers.batch`?"), "{err}");
}
