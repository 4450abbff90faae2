//! The plan of the house: who may know whom, what the core never touches, and words that match their catalogue.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::{Deserialize, Deserializer, Visitor, value::Error as Caught};
use signsim::catalogue::Entry;
use signsim::{aggregate, attack, data, figure, learn, quantize, sim};

/// From the ground up: a module may use those of its own line and the lines above it.
const STOREYS: [&[&str]; 9] = [
    &["error", "time", "units", "sign", "vote", "gzip", "catalogue", "scratch", "theory"],
    &["protocol", "wire", "random"],
    &["record", "data"],
    &["sim", "quantize", "aggregate", "attack", "learn"],
    &["actors", "figure"],
    &["scenario", "decode"],
    &["run"],
    &["cli"],
    &["main", "lib"],
];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every source file: its module and its text without comments and tests.
fn files() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &mut found);
    let read = |path: PathBuf| {
        let inner = path.strip_prefix(&root).unwrap();
        let module = inner.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let lines: Vec<&str> = code.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
        (module, path.clone(), lines.join("\n"))
    };
    found.into_iter().map(read).collect()
}

fn storey(module: &str) -> usize {
    STOREYS.iter().position(|s| s.contains(&module)).unwrap_or_else(|| panic!("{module} has no storey"))
}

#[test]
fn knowledge_points_one_way() {
    let mut checked = 0;
    for (module, path, code) in files() {
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(rest.len());
            let used = &rest[..end];
            if STOREYS.iter().any(|s| s.contains(&used)) {
                assert!(storey(used) <= storey(&module), "{}: {module} knows {used}", path.display());
                checked += 1;
            }
        }
    }
    assert!(checked > 50, "only {checked} uses seen");
}

#[test]
fn the_core_knows_no_wall_clock_no_hash_order_and_no_ambient_chance() {
    // `run` measures wall time for the reader's information; the terminal shows it.
    let outside = ["run", "cli", "main"];
    for (module, path, code) in files() {
        if outside.contains(&module.as_str()) {
            continue;
        }
        for word in
            ["HashMap", "HashSet", "Instant", "SystemTime", "thread_rng", "from_os_rng", "println!", "todo!"]
        {
            assert!(!code.contains(word), "{} uses {word}", path.display());
        }
    }
}

/// Asks serde for the legal words of an enum.
struct Words<'a>(&'a mut Vec<&'static str>);

impl<'de> Deserializer<'de> for Words<'_> {
    type Error = Caught;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Caught> {
        Err(serde::de::Error::custom("not an enum"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Caught> {
        self.0.extend(words);
        Err(serde::de::Error::custom("words taken"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

fn check<T: for<'de> Deserialize<'de>>(catalogue: &[Entry]) {
    let mut words = Vec::new();
    assert!(T::deserialize(Words(&mut words)).is_err());
    let listed: Vec<&str> = catalogue.iter().map(|e| e.word).collect();
    assert_eq!(listed, words, "the catalogue and the enum disagree");
    assert!(catalogue.iter().all(|e| !e.about.is_empty() && !e.source.is_empty()));
}

#[test]
fn every_word_is_in_its_catalogue() {
    check::<attack::AttackSpec>(attack::CATALOGUE);
    check::<aggregate::AggregatorSpec>(aggregate::CATALOGUE);
    check::<aggregate::dense::Rule>(aggregate::dense::CATALOGUE);
    check::<aggregate::dense::Before>(aggregate::dense::BEFORE);
    check::<quantize::QuantizerSpec>(quantize::CATALOGUE);
    check::<sim::Law>(sim::CATALOGUE);
    check::<data::DataSpec>(data::CATALOGUE);
    check::<data::SplitSpec>(data::SPLITS);
    check::<signsim::scenario::SpeedLaw>(signsim::scenario::SPEEDS);
    check::<learn::ModelSpec>(learn::CATALOGUE);
    check::<learn::Initial>(learn::INITIALS);
    check::<figure::FigureSpec>(figure::CATALOGUE);
}

/// Every shipped scenario is legal and opens with what to expect.
#[test]
fn shipped_scenarios_are_legal_and_say_what_to_expect() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut seen = 0;
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let plan = signsim::scenario::Plan::read(&path, &[], None).unwrap_or_else(|e| panic!("{e}"));
        assert!(plan.about.contains("Measured"), "{}: say what was measured", path.display());
        assert_eq!(path.file_stem().unwrap().to_str(), Some(plan.name.as_str()));
        seen += 1;
    }
    assert!(seen >= 4);
}

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The scenario that the README shows can be run as it stands, and so can every method that it spells out.
#[test]
fn the_scenarios_in_the_readme_are_legal() {
    let text = readme();
    let mut blocks = text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let parse = |yaml: &str| {
        signsim::scenario::Plan::parse("README.md", yaml, &[], None).unwrap_or_else(|e| panic!("{e}"))
    };
    assert_eq!(parse(blocks.next().unwrap()).points(), 18);
    let (figures, blocks): (Vec<&str>, Vec<&str>) = blocks.partition(|yaml| yaml.starts_with("figures:"));
    for shown in &figures {
        let base = "name: t\nrounds: 1\nworkers: { count: 3 }\nmethod: signsgd_fd\ntask: { train: { data: digits, model: logistic } }\n";
        assert_eq!(parse(&format!("{base}{shown}")).figures.len(), 4);
    }
    assert_eq!(figures.len(), 1);
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
fn the_readme_shows_the_table_of_the_gallery() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("plots/gallery/paper_methods/method_table.md");
    assert!(readme().contains(&fs::read_to_string(table).unwrap()));
}

/// Every shipped scenario stands in the README's list and has its figures in the gallery.
#[test]
fn every_scenario_is_listed_and_has_its_figures_in_the_gallery() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = readme();
    for entry in fs::read_dir(root.join("scenarios")).unwrap() {
        let path = entry.unwrap().path();
        let plan = signsim::scenario::Plan::read(&path, &[], None).unwrap_or_else(|e| panic!("{e}"));
        assert!(text.contains(&format!("{}.yaml`", plan.name)), "{} is not in the README", plan.name);
        for figure in &plan.figures {
            let csv = root.join(format!("plots/gallery/{}/{}.csv", plan.name, figure.name()));
            assert!(csv.is_file(), "{} is missing", csv.display());
        }
    }
}

/// The gallery's page is what `signsim gallery scenarios/*.yaml` writes, every picture that it shows is there, and every
/// figure is in the README's list.
#[test]
fn the_gallery_has_the_page_that_the_program_writes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> =
        fs::read_dir(root.join("scenarios")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let plans: Vec<_> = files
        .iter()
        .map(|path| signsim::scenario::Plan::read(path, &[], None).unwrap_or_else(|e| panic!("{e}")))
        .collect();
    let page = fs::read_to_string(root.join("plots/gallery/README.md")).unwrap();
    assert!(page == signsim::run::readme(&plans), "run signsim gallery scenarios/*.yaml");
    for link in page.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(
            link.starts_with('#') || root.join("plots/gallery").join(link).is_file(),
            "{link} is missing"
        );
    }
    for entry in figure::CATALOGUE {
        assert!(readme().contains(&format!("`{}`", entry.word)), "{} is not in the README", entry.word);
    }
}

/// The README walks through an attack: what it shows is the file, and its lines stand where it says.
#[test]
fn the_readme_shows_how_to_add_an_attack_as_it_is_done() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let readme = readme();
    let walk = readme.split("## How to add an attack\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks: Vec<&str> =
        walk.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let [file, lines] = blocks[..] else { panic!("{} blocks of code", blocks.len()) };
    let shown = read("src/attack/all_plus.rs");
    assert_eq!(file.trim(), shown.split("#[cfg(test)]").next().unwrap().trim());
    let family = read("src/attack/mod.rs");
    for line in lines.lines() {
        assert!(family.lines().any(|known| known == line), "no line of src/attack/mod.rs is `{line}`");
    }
    let knowing = family.lines().filter(|l| l.contains("all_plus") || l.contains("AllPlus")).count();
    assert_eq!(
        lines.lines().count(),
        knowing,
        "src/attack/mod.rs knows all_plus in more lines than are shown"
    );
}
