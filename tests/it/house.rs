//! The plan of the house: who may know whom, what the core never touches, and words that match their catalogue.

mod arrows;
mod lengths;
mod shared;

use std::fs;
use std::path::{Path, PathBuf};

use arrows::Arrows;

use serde::de::{Deserialize, Deserializer, Visitor, value::Error as Caught};
use signsim::catalogue::Entry;
use signsim::{aggregate, attack, data, figure, learn, quantize, sim};

/// From the ground up: a module may use those of its own line and the lines above it.
const STOREYS: [&[&str]; 10] = [
    &[
        "error",
        "time",
        "units",
        "sign",
        "vote",
        "gzip",
        "files",
        "atomic_file",
        "destination",
        "hex",
        "machine",
        "near",
        "plain_file",
        "npy",
        "simd",
        "catalogue",
        "scratch",
        "helpers",
        "interrupt",
        "state",
        "theory",
    ],
    &["registry", "protocol", "wire", "random"],
    &["record", "data", "fetch"],
    &["sim", "quantize", "aggregate", "attack", "learn"],
    &["actors", "figure"],
    &["scenario", "decode"],
    &["run"],
    &["report"],
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

/// No file knows another that knows it, on whatever way round.
#[test]
fn no_file_stands_in_a_circle() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let arrows = Arrows::read(&src);
    let seen: usize = arrows.known().values().map(std::collections::BTreeSet::len).sum();
    assert!(seen > 500, "only {seen} arrows seen");
    let circles: Vec<String> = arrows.circles().iter().map(|circle| circle.join(" -> ")).collect();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

/// The test before this one sees circles of files, of a folder with what is in it, and behind other names; tests and
/// what is only passed on make none.
#[test]
fn circles_are_found() {
    let circles = |files: &[(&str, &str)]| {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Arrows::read(dir.path()).circles()
    };
    let lib = ("lib.rs", "mod a;\nmod b;\npub use a::A;");
    let b = ("b.rs", "pub struct B;");
    assert!(circles(&[lib, ("a.rs", "use crate::b::B;\npub struct A(B);"), b]).is_empty());
    let knows_b = ("a.rs", "use crate::b::B;\npub struct A(B);");
    for back in [
        "pub struct B;\nfn f(_: &crate::A) {}",
        "use super::A as Other;\npub struct B;\nfn f(_: Other) {}",
        "pub struct B;\nfn f() { print!(\"{}\", crate::a::A::NAME) }",
    ] {
        let found = circles(&[lib, knows_b, ("b.rs", back)]);
        assert_eq!(found, [["lib::a", "lib::b", "lib::a"]], "{back}");
    }
    let tested = "pub struct B;\n#[cfg(test)]\nmod tests { use crate::A; fn f(_: A) {} }";
    assert!(circles(&[lib, knows_b, ("b.rs", tested)]).is_empty());
    let folder = [
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod c;\npub struct A;\nfn f() { c::g() }"),
        ("a/c.rs", "use super::A;\npub fn g() -> A { A }"),
    ];
    assert_eq!(circles(&folder).len(), 1);
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

/// Whatever a result folder's code does to files goes through `files`, where a test can put a disk that fails.
#[test]
fn a_result_folder_reaches_the_disk_through_one_door() {
    // The system's own files and programs, the user's data, the sources of a build; the age of a claim is only shown.
    let others = ["holder.rs", "slurm.rs", "identity.rs", "sources.rs", "status.rs"];
    let mut seen = 0;
    for (module, path, code) in files() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let store =
            ["record", "run", "report", "figure", "atomic_file", "destination"].contains(&module.as_str());
        if !store || others.contains(&name) {
            continue;
        }
        for word in ["std::fs", "fs::", "OpenOptions", ".metadata()", "from_path"] {
            assert!(!code.contains(word), "{} uses {word}", path.display());
        }
        seen += 1;
    }
    assert!(seen > 50, "{seen} files were looked at");
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
    words.retain(|word| *word != signsim::registry::OWN);
    let listed: Vec<&str> = catalogue.iter().map(|e| e.word).collect();
    assert_eq!(listed, words, "the catalogue and the enum disagree");
    assert!(catalogue.iter().all(|e| !e.about.is_empty() && !e.source.is_empty()));
}

#[test]
fn every_word_is_in_its_catalogue() {
    check::<attack::AttackSpec>(attack::CATALOGUE);
    check::<aggregate::AggregatorSpec>(aggregate::CATALOGUE);
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
        if path.extension().is_none_or(|ending| ending != "yaml") {
            continue;
        }
        let plan = signsim::scenario::Plan::read(&path, &[], None).unwrap_or_else(|e| panic!("{e}"));
        assert!(plan.about.contains("Measured"), "{}: say what was measured", path.display());
        assert_eq!(path.file_stem().unwrap().to_str(), Some(plan.name.as_str()));
        seen += 1;
    }
    assert!(seen >= 4);
}

/// Who opens a file can read it: no file has more than 400 lines, no function more than 60.
#[test]
fn files_and_functions_are_short() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &mut found);
    let mut counted = 0;
    for path in found {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
        for (name, length) in lengths::functions(&path) {
            assert!(length <= 60, "{}: `{name}` has {length} lines", path.display());
            counted += 1;
        }
    }
    assert!(counted > 1500, "{counted} functions were found");
}
