//! Data sets in files.

use std::path::Path;

use signsim::data::{ArrayFiles, Arrays, Cifar100, DataSpec, Dataset, Files, Labels, Layout, Samples};
use signsim::helpers::NOBODY;
use signsim::random::Streams;

use super::own::own;
use super::{choice, put, read, scratch};

const IDX: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

fn images(pixels: &[u8]) -> Vec<u8> {
    let sizes = [0x803, (pixels.len() / 784) as u32, 28, 28];
    sizes.iter().flat_map(|word| word.to_be_bytes()).chain(pixels.iter().copied()).collect()
}

fn labels(labels: &[u16]) -> Vec<u8> {
    let sizes = [0x801, labels.len() as u32];
    sizes.iter().flat_map(|word| word.to_be_bytes()).chain(labels.iter().map(|label| *label as u8)).collect()
}

/// All pixels of a set, one image after the other.
fn pixels(samples: &Samples) -> Vec<u8> {
    (0..samples.len()).flat_map(|n| samples.pixels(n).to_vec()).collect()
}

/// One of the four files of MNIST, the others being sound.
pub(super) fn idx(bytes: &[u8]) {
    let (which, bytes) = choice(bytes);
    let sound = [images(&[7; 2 * 784]), labels(&[3, 9]), images(&[8; 784]), labels(&[0])];
    let files: Vec<&[u8]> = (0..4).map(|i| if i == which % 4 { bytes } else { &sound[i] }).collect();
    let Some(set) = scratch("idx", |dir| load(dir, &IDX, &files, DataSpec::Mnist)) else { return };
    let written = [&set.train, &set.test].map(|set| [images(&pixels(set)), labels(set.labels())]).concat();
    let written: Vec<&[u8]> = written.iter().map(Vec::as_slice).collect();
    let again = scratch("idx", |dir| load(dir, &IDX, &written, DataSpec::Mnist)).expect("what was written");
    assert_eq!((again.train, again.test), (set.train, set.test));
}

/// The file of training or of test images of either CIFAR, the other one being sound.
pub(super) fn cifar(bytes: &[u8]) {
    let (which, bytes) = choice(bytes);
    let hundred = which & 1 == 1;
    let (names, label_bytes) =
        if hundred { (["train.bin", "test.bin"], 2) } else { (["data_batch_1.bin", "test_batch.bin"], 1) };
    let sound = vec![1; label_bytes + 3072];
    let files = if which & 2 == 0 { [bytes, &sound] } else { [&sound[..], bytes] };
    let spec: fn(Files) -> DataSpec = match (hundred, which & 4 == 0) {
        (false, _) => DataSpec::Cifar10,
        (true, true) => |files| DataSpec::Cifar100(Cifar100 { files, labels: Labels::Fine }),
        (true, false) => |files| DataSpec::Cifar100(Cifar100 { files, labels: Labels::Coarse }),
    };
    let Some(set) = scratch("cifar", |dir| load(dir, &names, &files, spec)) else { return };
    let record = |set: &Samples| [vec![set.labels()[0] as u8; label_bytes], set.pixels(0).to_vec()].concat();
    let written = [record(&set.train), record(&set.test)];
    let written = [&written[0][..], &written[1]];
    let again = scratch("cifar", |dir| load(dir, &names, &written, spec)).expect("what was written");
    assert_eq!((again.train, again.test), (set.train, set.test));
}

/// The archive of training and of test samples: what was found when it was opened is what is read.
pub(super) fn arrays(bytes: &[u8]) {
    let (which, bytes) = choice(bytes);
    scratch("arrays", |dir| {
        let file = dir.join("own.npz");
        put(&file, bytes);
        let layout = if which & 1 == 0 { Layout::ChannelsFirst } else { Layout::ChannelsLast };
        let files = ArrayFiles::Archive { file, names: ["x", "y"].map(str::to_owned) };
        own(DataSpec::Arrays(Box::new(Arrays::new(files.clone(), files, layout))));
    });
}

/// Measured and read; what is measured in vain is not read either.
fn load(dir: &Path, names: &[&str], files: &[&[u8]], spec: fn(Files) -> DataSpec) -> Option<Dataset> {
    names.iter().zip(files).for_each(|(name, bytes)| put(&dir.join(name), bytes));
    let one = |spec: &DataSpec| matches!(spec, DataSpec::Cifar10(_) | DataSpec::Cifar100(_)).then_some(1);
    let all = spec(Files { dir: Some(dir.to_owned()), train: None, test: None });
    let spec = spec(Files { dir: Some(dir.to_owned()), train: one(&all), test: one(&all) });
    let (measured, set) = (read(spec.measure()), read(spec.load(Streams::new(1), &NOBODY)));
    assert!(measured.is_some() || set.is_none(), "what cannot be measured was read");
    set.inspect(|set| assert!(!set.train.is_empty() && !set.test.is_empty()))
}
