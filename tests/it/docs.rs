//! The pages for users say what the program knows: README, docs and the gallery's page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use signsim::figure;
use signsim::scenario::Plan;

/// Scenarios that reach every section between them.
const CHANNEL: &str = "\
name: sections
rounds: 2
workers: { count: 3, local: { steps: 1 } }
task: { channel: { coordinates: 8, crossover: 0.1 } }
method: { quantizer: sign, aggregator: majority }
";

/// Sections of a scenario: where an unknown key is put, and what the page calls the section.
const SECTIONS: &[(&str, &str)] = &[
    ("", ""),
    ("workers", "workers"),
    ("workers.local", "workers.local"),
    ("task.channel", "task.channel"),
    ("task.quadratic", "task.quadratic"),
    ("task.train", "task.train"),
    ("task.train.data.digits", "data"),
    ("task.train.data.shapes", "data"),
    ("task.train.data.mnist", "data"),
    ("task.train.data.cifar100", "data"),
    ("task.train.data.emnist", "data"),
    ("task.train.data.arrays", "data"),
    ("task.train.data.csv", "data"),
    ("task.train.data.folders", "data"),
    ("task.train.normalize", "data"),
    ("task.train.augmentation", "data"),
    ("task.train.split.minority", "data"),
    ("task.train.model.mlp", "data"),
    ("method", "method"),
    ("method.quantizer.sign", "part"),
    ("method.quantizer.stochastic_sign", "part"),
    ("method.quantizer.noisy_sign", "part"),
    ("method.quantizer.top_k", "part"),
    ("method.quantizer.ternary", "part"),
    ("method.quantizer.scaled_sign", "part"),
    ("method.aggregator.majority", "part"),
    ("method.aggregator.federated_defense", "part"),
    ("method.aggregator.election", "part"),
    ("method.aggregator.oracle", "part"),
    ("method.aggregator.trimmed_mean", "part"),
    ("method.aggregator.krum", "part"),
    ("method.aggregator.multi_krum", "part"),
    ("method.aggregator.geometric_median", "part"),
    ("method.aggregator.centered_clipping", "part"),
    ("adversaries", "adversaries"),
    ("adversaries.attack.stochastic_flip", "part"),
    ("adversaries.attack.gaussian", "part"),
    ("adversaries.attack.dither", "part"),
    ("adversaries.attack.alie", "part"),
    ("adversaries.attack.ipm", "part"),
    ("adversaries.attack.late", "part"),
    ("adversaries.attack.replay", "part"),
    ("adversaries.attack.duplicate", "part"),
    ("adversaries.attack.crash_when_close", "part"),
    ("adversaries.attack.sleeper", "part"),
    ("adversaries.attack.oscillator", "part"),
    ("server", "server"),
    ("method.momentum", "part"),
    ("server.learning_rate.step", "part"),
    ("server.learning_rate.cosine", "part"),
    ("server.learning_rate.inverse_sqrt", "part"),
    ("server.learning_rate.warm_up", "part"),
    ("server.close.quorum_or_deadline", "part"),
    ("server.late.count", "part"),
    ("stop", "stop"),
    ("network", "network"),
    ("network.links", "network.links"),
    ("network.links.up", "link"),
    ("network.links.up.retransmit", "part"),
    ("network.links.up.reorder", "part"),
    ("network.availability", "network.availability"),
    ("network.availability.trace", "part"),
    ("metrics", "metrics"),
    ("limits", "limits"),
];

/// The legal keys of a section, as the program's own message lists them.
fn keys(section: &str) -> Vec<String> {
    const UNKNOWN: &str = "no_such_key";
    let path = if section.is_empty() { UNKNOWN.to_owned() } else { format!("{section}.{UNKNOWN}") };
    let mut sets = vec![format!("{path}=1")];
    let first: Vec<&str> = section.split('.').collect();
    // What stands in the way of the section is replaced as a whole.
    for (whole, below) in
        [("task", 2), ("method.aggregator", 3), ("method.quantizer", 3), ("adversaries.attack", 3)]
    {
        if section.starts_with(whole) && first.len() >= below {
            let inner = first[whole.split('.').count()..].iter().rev();
            let value =
                inner.fold(format!("{{ {UNKNOWN}: 1 }}"), |value, key| format!("{{ {key}: {value} }}"));
            sets = vec![format!("{whole}={value}")];
        }
    }
    let error = Plan::parse("sections.yaml", CHANNEL, &sets, None).expect_err(section);
    let advice = error.advice().unwrap_or_else(|| panic!("{section}: {error} has no advice")).to_owned();
    let (_, legal) = advice
        .split_once("legal keys")
        .unwrap_or_else(|| panic!("{section}: {error} [{advice}] lists no keys"));
    legal.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_key_of_a_scenario_is_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/settings.md")).unwrap();
    let (mut missing, mut seen) = (Vec::new(), 0);
    for (section, name) in SECTIONS {
        for key in keys(section) {
            let written = match *name {
                "" | "part" | "data" => format!("`{key}`"),
                "link" => format!("`….{key}`"),
                _ => format!("`{name}.{key}`"),
            };
            // A section with keys of its own is explained by them.
            let below = format!("`{name}.{key}.");
            if !page.contains(&written) && !page.contains(&below) {
                missing.push(format!("{section}: {written}"));
            }
            seen += 1;
        }
    }
    assert!(missing.is_empty(), "docs/settings.md does not explain: {missing:#?}");
    assert!(seen > 100, "only {seen} keys seen");
}

/// The README and every page it links to, in the order of their names.
fn pages() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> =
        fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let readme = root.join("README.md");
    std::iter::once(&readme).chain(&files).map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// Every link of the pages to a file of the project leads to one.
#[test]
fn links_of_the_pages_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md")];
    pages.extend(fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    let mut followed = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let file = link.split('#').next().unwrap();
            if !file.is_empty() && !link.starts_with("http") {
                assert!(page.parent().unwrap().join(file).exists(), "{}: {link} is missing", page.display());
                followed += 1;
            }
        }
    }
    assert!(followed > 20, "only {followed} links followed");
}

/// The scenario that the README shows can be run as it stands, and so can every method and network that a page spells out.
#[test]
fn the_scenarios_on_the_pages_are_legal() {
    let text = pages();
    let mut blocks = text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let parse = |yaml: &str| Plan::parse("page", yaml, &[], None).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(parse(blocks.next().unwrap()).points(), 18);
    let (figures, blocks): (Vec<&str>, Vec<&str>) = blocks.partition(|yaml| yaml.starts_with("figures:"));
    for shown in &figures {
        let base = "name: t\nrounds: 1\nworkers: { count: 3 }\nmethod: signsgd_fd\ntask: { train: { data: digits, model: logistic } }\n";
        assert_eq!(parse(&format!("{base}{shown}")).figures.len(), 4);
    }
    assert_eq!(figures.len(), 1);
    let (styles, blocks): (Vec<&str>, Vec<&str>) =
        blocks.into_iter().partition(|yaml| yaml.starts_with("style:"));
    for style in &styles {
        let base = "name: t\nrounds: 1\nworkers: { count: 15 }\nmethod: signsgd_fd\n\
                    task: { channel: { coordinates: 10, crossover: 0.2 } }\nadversaries: { count: 0, attack: sign_inversion }\n\
                    sweep:\n  method: [signsgd_mv, signsgd_fd]\n  adversaries.count: [0, 7]\n  \
                    task.channel.crossover: [0.1, 0.2]\n  adversaries.attack: [sign_inversion, half]\n";
        assert_eq!(parse(&format!("{base}{style}")).figures.len(), 3);
    }
    assert_eq!(styles.len(), 1);
    let (methods, clocks): (Vec<&str>, Vec<&str>) =
        blocks.into_iter().partition(|yaml| yaml.starts_with("method:"));
    for clock in &clocks {
        let base =
            "name: t\nrounds: 1\nmethod: signsgd_fd\ntask: { train: { data: digits, model: logistic } }\n";
        assert_eq!(parse(&format!("{base}{clock}")).points(), 1);
    }
    assert!(methods.len() >= 2 && clocks.len() == 1);
    for method in methods {
        let base =
            "name: t\nrounds: 1\nworkers: { count: 3 }\ntask: { train: { data: digits, model: logistic } }\n";
        assert_eq!(parse(&format!("{base}{method}")).points(), 1);
    }
}

/// The table of methods is the one that its scenario wrote.
#[test]
fn the_pages_show_the_table_of_the_gallery() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("plots/gallery/paper_methods/method_table.md");
    assert!(pages().contains(&fs::read_to_string(table).unwrap()));
}

/// Every shipped scenario, in the order of their names.
fn shipped() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    files
}

/// Scenarios that take days; their twins that do not are in the gallery.
const NOT_RUN: [&str; 2] = ["cifar10_resnet", "cifar100_resnet"];

/// Every shipped scenario stands on a page and has its figures in the gallery.
#[test]
fn every_scenario_is_listed_and_has_its_figures_in_the_gallery() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = pages();
    for path in shipped() {
        let plan = Plan::read(&path, &[], None).unwrap_or_else(|e| panic!("{e}"));
        assert!(text.contains(&format!("{}.yaml`", plan.name)), "{} is on no page", plan.name);
        if NOT_RUN.contains(&plan.name.as_str()) {
            assert!(plan.about.contains("Not run here"), "{} says that it was measured", plan.name);
            continue;
        }
        for figure in &plan.figures {
            let csv = root.join(format!("plots/gallery/{}/{}.csv", plan.name, figure.name()));
            assert!(csv.is_file(), "{} is missing", csv.display());
        }
    }
}

/// The gallery's page is what `signsim gallery scenarios/*.yaml` writes, every picture that it shows is there, and every
/// figure is on a page.
#[test]
fn the_gallery_has_the_page_that_the_program_writes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = shipped();
    let mut plans: Vec<_> =
        files.iter().map(|path| Plan::read(path, &[], None).unwrap_or_else(|e| panic!("{e}"))).collect();
    plans.retain(|plan| !NOT_RUN.contains(&plan.name.as_str()));
    let page = fs::read_to_string(root.join("plots/gallery/README.md")).unwrap();
    assert!(page == signsim::run::readme(&plans), "run signsim gallery scenarios/*.yaml");
    for link in page.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(
            link.starts_with('#') || root.join("plots/gallery").join(link).is_file(),
            "{link} is missing"
        );
    }
    for entry in figure::CATALOGUE {
        assert!(pages().contains(&format!("`{}`", entry.word)), "{} is on no page", entry.word);
    }
}

/// What the page on extending writes as patches, by section.
fn steps() -> Vec<(String, String)> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/extending.md")).unwrap();
    let section = |text: &str| {
        let title = text.lines().next().unwrap().to_owned();
        let patch: String =
            text.split("```diff\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        (!patch.is_empty()).then_some((title, patch))
    };
    page.split("\n## ").skip(1).filter_map(section).collect()
}

/// The sources with every patch of the page applied to them, in a folder of their own.
fn extended() -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = tempfile::tempdir().unwrap();
    for name in ["src", "benches", "docs", "examples", "Cargo.toml", "Cargo.lock", "build.rs"] {
        let done = Command::new("cp").arg("-r").args([&root.join(name), copy.path()]).status().unwrap();
        assert!(done.success(), "{name}");
    }
    // Another version: cargo, given one target folder, would take two folders of one package for the same.
    for name in ["Cargo.toml", "Cargo.lock"] {
        let text = fs::read_to_string(copy.path().join(name)).unwrap();
        let ours = format!("name = \"signsim\"\nversion = \"{}\"", env!("CARGO_PKG_VERSION"));
        assert_eq!(text.matches(&ours).count(), 1, "{name}");
        let other = "name = \"signsim\"\nversion = \"0.0.0\"";
        fs::write(copy.path().join(name), text.replace(&ours, other)).unwrap();
    }
    for (title, patch) in steps() {
        fs::write(copy.path().join("step.diff"), &patch).unwrap();
        let apply =
            Command::new("git").args(["apply", "step.diff"]).current_dir(copy.path()).output().unwrap();
        assert!(apply.status.success(), "{title}: {}", String::from_utf8_lossy(&apply.stderr));
    }
    copy
}

/// An attack, an aggregator, a law, a data set and a figure: each is what the page says, and at most two files.
#[test]
fn the_steps_of_extending_apply_to_the_sources() {
    let titles: Vec<String> = steps().into_iter().map(|(title, _)| title).collect();
    let families = ["an attack", "an aggregator", "a law of latency", "a data set", "a figure"];
    assert_eq!(titles, families.map(|family| format!("How to add {family}")));
    for (title, patch) in steps() {
        let files = patch.lines().filter(|line| line.starts_with("+++ ")).count();
        assert!((1..=2).contains(&files), "{title}: {files} files");
    }
    let copy = extended();
    for file in ["attack/every_second.rs", "aggregate/first_voter.rs", "figure/kind/loss_vs_megabytes.rs"] {
        assert!(copy.path().join("src").join(file).is_file(), "{file}");
    }
}

#[test]
#[ignore = "compiles the library once more; .ci/run does it"]
fn the_steps_of_extending_compile() {
    let copy = extended();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let check = Command::new(env!("CARGO"))
        .args(["check", "--lib", "--locked", "--offline"])
        // With the dependencies of this build.
        .args((!cfg!(debug_assertions)).then_some("--release"))
        .current_dir(copy.path())
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&check.stderr);
    assert!(check.status.success() && !said.contains("warning: unused"), "{said}");
}

/// Every kind of figure is called as its file is.
#[test]
fn every_figure_is_in_the_list_of_kinds() {
    let kinds = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/figure/kind");
    let read = |name: &str| fs::read_to_string(kinds.join(name)).unwrap();
    let mut declared: Vec<String> = Vec::new();
    for entry in fs::read_dir(&kinds).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if read(&name).contains("pub const KIND: FigureKind") {
            declared.push(name.replace(".rs", ""));
        }
    }
    declared.sort();
    let mut listed: Vec<&str> = figure::CATALOGUE.iter().map(|entry| entry.word).collect();
    listed.sort_unstable();
    assert_eq!(declared, listed, "a kind is called as its file is, and stands in the list of kinds");
}
