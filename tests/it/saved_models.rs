//! Models that are saved at the end of a run, and read as the beginning of another.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use signsim::learn::{Beginning, ModelSpec, Shape, npz};
use signsim::random::{Purpose, Streams};
use signsim::record::ResultFolder;
use signsim::run::simulate_alone;
use signsim::scenario::{Plan, TaskSpec};
use signsim::time::Round;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const TRAINING: &str = "\
name: t
rounds: 4
evaluate_every: 2
workers: { count: 3, batch: 8 }
task: { train: { data: { digits: { train: 60, test: 20 } }, model: { mlp: { hidden: [4] } }, initial: BEGINNING } }
method: signsgd_mv
";

/// The tensors of that model.
const TENSORS: [(&str, &[usize]); 4] = [
    ("linear1.weight", &[4, 784]),
    ("linear1.bias", &[4]),
    ("linear2.weight", &[10, 4]),
    ("linear2.bias", &[10]),
];

fn scenario(dir: &Path, beginning: &str) -> PathBuf {
    let path = dir.join("t.yaml");
    fs::write(&path, TRAINING.replace("BEGINNING", beginning)).unwrap();
    path
}

/// `signsim run` with these arguments; what it says, and whether it ends well.
fn signsim(args: &[&str]) -> (bool, String) {
    let output = Command::cargo_bin("signsim").unwrap().args(args).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// What NumPy 2.4 wrote of the same arrays, plainly and packed: rows, columns, another byte order, one number, and what batch
/// normalisation counts.
#[test]
fn arrays_of_numpy_are_read() {
    for file in ["arrays.npz", "arrays_compressed.npz"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(file);
        let arrays = npz::read(&fs::read(path).unwrap()).unwrap();
        let names: Vec<&str> = arrays.keys().map(String::as_str).collect();
        assert_eq!(names, ["big.bias", "columns.weight", "filters.weight", "rows.weight", "scalar"]);
        let check = |name: &str, shape: &[usize], values: &[f32]| {
            assert_eq!(arrays[name].shape(), shape, "{name}");
            assert!(arrays[name].iter().eq(values), "{name}: {:?}", arrays[name]);
        };
        check("rows.weight", &[2, 3], &[0.0, 0.25, 0.5, 0.75, 1.0, 1.25]);
        let thirds: Vec<f32> = (0..6).map(|n| (f64::from(n) / 3.0) as f32).collect();
        check("columns.weight", &[2, 3], &thirds);
        check("big.bias", &[3], &[0.5, -1.5, 3e38]);
        check("filters.weight", &[2, 1, 2, 2], &[-8.0, -6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0]);
        check("scalar", &[], &[7.0]);
    }
}

/// To the byte what `numpy.save` writes, and read by it where there is one.
#[test]
fn what_is_written_is_what_numpy_writes() {
    let shape = Shape { channels: 1, height: 28, width: 28 };
    let model = ModelSpec::Mlp { hidden: vec![128] }.build(shape, 10).unwrap();
    let stream = &mut Streams::new(1).stream(Purpose::Initial, 0, Round(0));
    let parameters = Beginning::Law(signsim::learn::Initial::Pytorch).parameters(&model, stream);
    let bytes = npz::write(model.tensors(), &parameters);
    assert_eq!(bytes, npz::write(model.tensors(), &parameters));
    let whole = |text: &str| format!("{text:<117}\n");
    for header in [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (128, 784), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (10,), }",
    ] {
        let written = [b"\x93NUMPY\x01\x00v\x00", whole(header).as_bytes()].concat();
        assert!(bytes.windows(written.len()).any(|window| window == written), "{header}");
    }
    let arrays = npz::read(&bytes).unwrap();
    for tensor in model.tensors() {
        assert_eq!(arrays[&tensor.name].shape(), tensor.shape);
        assert!(arrays[&tensor.name].iter().eq(&parameters[tensor.range.clone()]));
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("model.npz");
    fs::write(&file, bytes).unwrap();
    let script = "import sys, numpy\na = numpy.load(sys.argv[1])\n\
                  print(sorted((n, a[n].dtype.str, a[n].shape, float(a[n].astype('f8').sum()).hex()) for n in a.files))";
    let python = std::process::Command::new("python3").args(["-c", script]).arg(&file).output();
    if let Some(told) = python.ok().filter(|output| output.status.success()) {
        let told = String::from_utf8(told.stdout).unwrap();
        assert!(
            told.starts_with("[('linear1.bias', '<f4', (128,), '")
                && told.contains("('linear2.weight', '<f4', (10, 128), '"),
            "{told}"
        );
    }
}

#[test]
fn a_run_leaves_its_model_and_another_begins_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let (out, path) = (dir.path().join("out"), scenario(dir.path(), "pytorch"));
    let run = |more: &[&str]| {
        let args = ["run", path.to_str().unwrap(), "--out", out.to_str().unwrap(), "--quiet"];
        let (well, said) = signsim(&[&args[..], more].concat());
        assert!(well, "{said}");
    };
    let model = || {
        let runs = fs::read_dir(out.join("runs")).unwrap().map(|entry| entry.unwrap().path());
        runs.map(|run| run.join("model.npz")).find(|model| model.exists())
    };
    run(&[]);
    assert!(model().is_none());
    let before = ResultFolder::existing(&out).unwrap().results().unwrap();
    // A run that is there is computed again for its model, and stays what it was.
    run(&["--save-model"]);
    let model = model().expect("a model was saved");
    assert_eq!(ResultFolder::existing(&out).unwrap().results().unwrap(), before);
    let (bytes, written) = (fs::read(&model).unwrap(), fs::metadata(&model).unwrap().modified().unwrap());
    run(&["--save-model"]);
    assert_eq!(fs::metadata(&model).unwrap().modified().unwrap(), written, "it was there");
    let spec = &Plan::read(&path, &[], None).unwrap().runs[0].spec;
    let first = simulate_alone(spec, 1).unwrap();
    let saved: Vec<f32> = {
        let arrays = npz::read(&bytes).unwrap();
        TENSORS.iter().flat_map(|(name, _)| arrays[*name].iter().copied().collect::<Vec<_>>()).collect()
    };
    assert_eq!(first.parameters.as_deref(), Some(&saved[..]));

    fs::copy(&model, dir.path().join("model.npz")).unwrap();
    let next =
        |beginning: &str| Plan::read(&scenario(dir.path(), beginning), &[], None).unwrap().runs.remove(0);
    let (begun, written_out) = (next("model.npz"), next("{ file: ./model.npz }"));
    assert_eq!(begun.spec, written_out.spec);
    let second = simulate_alone(&begun.spec, 1).unwrap();
    assert_eq!(second.rounds[0].accuracy, first.summary.final_accuracy);
    assert_eq!(second.rounds[0].loss, first.summary.final_loss);
    let TaskSpec::Train { initial: Some(Beginning::File(file)), .. } = &begun.spec.task else {
        panic!("a file")
    };
    assert!(file.file.is_absolute() && file.sha256.as_ref().is_some_and(|sum| sum.len() == 64));
}

#[test]
fn where_nothing_is_learned_there_is_no_model() {
    let dir = tempfile::tempdir().unwrap();
    let (path, out) = (dir.path().join("t.yaml"), dir.path().join("out"));
    let text = "{ name: t, rounds: 2, workers: { count: 3 }, method: signsgd_mv,
                  task: { channel: { coordinates: 9, crossover: 0.2 } } }";
    fs::write(&path, text).unwrap();
    let (well, said) =
        signsim(&["run", path.to_str().unwrap(), "--out", out.to_str().unwrap(), "--save-model"]);
    assert!(!well && said.contains("no model to save") && !out.exists(), "{said}");
}

/// An archive of arrays of single precision, each with its name and shape.
fn archive(arrays: &[(&str, &[usize])], descr: &str, number: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, shape) in arrays {
        let shape: String = shape.iter().map(|n| format!("{n},")).collect();
        let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': ({shape})}}\n");
        archive.start_file(format!("{name}.npy"), options).unwrap();
        let count: usize = arrays.iter().find(|(other, _)| other == name).unwrap().1.iter().product();
        let mut bytes =
            [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
        (0..count).for_each(|_| bytes.extend(number));
        archive.write_all(&bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_file_that_is_no_such_model_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = scenario(dir.path(), "model.npz");
    let refused = |bytes: Option<&[u8]>| {
        let file = dir.path().join("model.npz");
        bytes.map_or_else(|| drop(fs::remove_file(&file)), |bytes| fs::write(&file, bytes).unwrap());
        match Plan::read(&path, &[], None) {
            Ok(_) => "accepted".to_owned(),
            Err(error) => error.to_string(),
        }
    };
    let single = 0.5_f32.to_le_bytes();
    let good = archive(&TENSORS, "'<f4'", &single);
    assert_eq!(refused(Some(&good)), "accepted");
    assert_eq!(refused(Some(&archive(&TENSORS, "'>f8'", &0.5_f64.to_be_bytes()))), "accepted");
    let mut other = TENSORS;
    other[2].1 = &[4, 10];
    let more: Vec<_> = TENSORS.into_iter().chain([("linear3.bias", &[2_usize][..])]).collect();
    for (bytes, words) in [
        (
            Some(archive(&TENSORS[..3], "'<f4'", &single)),
            "has no tensor `linear2.bias` of the shape [10]; it holds linear1.bias, linear1.weight, linear2.weight",
        ),
        (Some(archive(&other, "'<f4'", &single)), "the tensor `linear2.weight` of"),
        (Some(archive(&other, "'<f4'", &single)), "has the shape [4, 10], and that of this model [10, 4]"),
        (
            Some(archive(&more, "'<f4'", &single)),
            "holds a tensor `linear3.bias`, which this model does not have",
        ),
        (
            Some(archive(&TENSORS, "'<i8'", &single)),
            "the tensor `linear1.weight` holds numbers of the kind `<i8`: float32 (<f4) and float64 (<f8) are read",
        ),
        (Some(archive(&TENSORS, "[('a', '<f4')]", &single)), "of the kind `records`"),
        (Some(archive(&TENSORS, "'<f8'", &single)), "holds 1568 numbers, and its shape is [4, 784]"),
        (Some(archive(&TENSORS, "'<f4'", &f32::NAN.to_le_bytes())), "holds a number that is not finite"),
        (Some(archive(&TENSORS, "'<f8'", &1e300_f64.to_le_bytes())), "not finite in single precision"),
        (Some(good[..good.len() / 2].to_vec()), "this is no .npz archive"),
        (Some(b"round,worker\n".to_vec()), "this is no .npz archive"),
        (None, "write the path of an .npz file"),
    ] {
        let said = refused(bytes.as_deref());
        assert!(said.contains(words) && said.starts_with(&path.display().to_string()), "{said}");
        assert!(said.contains("model.npz"), "{said}");
    }
    for (beginning, words) in [
        ("kaimming_normal", "`kaimming_normal` is not known here"),
        ("model.npy", "`model.npy` is not known here"),
        ("7", "the number 7 is written here"),
    ] {
        let said = Plan::read(&scenario(dir.path(), beginning), &[], None).unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }
}

/// The id follows what the file holds, not where it lies; a pinned file must be the one that was pinned.
#[test]
fn a_model_is_known_by_its_checksum() {
    let dir = tempfile::tempdir().unwrap();
    let path = scenario(dir.path(), "model.npz");
    let file = dir.path().join("model.npz");
    let id = |number: f32| {
        fs::write(&file, archive(&TENSORS, "'<f4'", &number.to_le_bytes())).unwrap();
        let out = tempfile::tempdir().unwrap();
        let (well, said) = signsim(&[
            "run",
            path.to_str().unwrap(),
            "--out",
            out.path().join("o").to_str().unwrap(),
            "--quiet",
        ]);
        assert!(well, "{said}");
        let summary = fs::read_to_string(out.path().join("o/summary.csv")).unwrap();
        summary.lines().nth(1).unwrap().split(',').next().unwrap().to_owned()
    };
    let (half, again, third) = (id(0.5), id(0.5), id(0.25));
    assert_eq!(half, again);
    assert_ne!(half, third);
    let pinned = scenario(dir.path(), &format!("{{ file: model.npz, sha256: \"{}\" }}", "a".repeat(64)));
    let said = Plan::read(&pinned, &[], None).unwrap_err().to_string();
    assert!(said.contains("has SHA-256"), "{said}");
}

/// What a process that was killed has left of a model goes with the next one that ends, whether that one saves models or not.
#[test]
fn half_a_model_is_swept_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = scenario(dir.path(), "kaiming_normal");
    let out = dir.path().join("out");
    let run = |more: &[&str]| {
        let (path, out) = (path.to_str().unwrap(), out.to_str().unwrap());
        let (well, said) = signsim(&[&["run", path, "--out", out, "--quiet"], more].concat());
        assert!(well, "{said}");
    };
    let names = |of: &Path| -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(of).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    run(&["--save-model"]);
    let id = names(&out.join("runs")).pop().unwrap();
    let inside = names(&out.join("runs").join(&id));
    assert!(inside.contains(&"model.npz".to_owned()), "{inside:?}");
    for more in [&["--save-model"][..], &[]] {
        fs::write(out.join("runs").join(format!("{id}.model.0123456789-0.pending")), "half").unwrap();
        run(more);
        assert_eq!(names(&out.join("runs")), std::slice::from_ref(&id));
    }
    assert_eq!(names(&out.join("runs").join(&id)), inside);
}
