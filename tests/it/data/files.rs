//! IDX and CIFAR files that are small, broken or absent.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use signsim::data::{Cifar100, DataSpec, Dataset, Files, Labels};
use signsim::error::Error;
use signsim::helpers::NOBODY;
use signsim::hex::hex;
use signsim::random::Streams;
use tempfile::TempDir;

use super::complaint;

const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";
const TRAIN_LABELS: &str = "train-labels-idx1-ubyte";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";

pub(super) fn idx(magic: u32, sizes: &[u32], body: &[u8]) -> Vec<u8> {
    let header = std::iter::once(&magic).chain(sizes).flat_map(|word| word.to_be_bytes());
    header.chain(body.iter().copied()).collect()
}

fn image_file(count: usize) -> Vec<u8> {
    let body: Vec<u8> = (0..count * 784).map(|k| (k % 251) as u8).collect();
    idx(0x803, &[count as u32, 28, 28], &body)
}

fn label_file(count: usize) -> Vec<u8> {
    idx(0x801, &[count as u32], &(0..count).map(|k| (k % 10) as u8).collect::<Vec<_>>())
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A sound set of 12 training and 5 test samples.
fn folder() -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, bytes) in [
        (TRAIN_IMAGES, image_file(12)),
        (TRAIN_LABELS, label_file(12)),
        (TEST_IMAGES, image_file(5)),
        (TEST_LABELS, label_file(5)),
    ] {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

fn mnist(dir: &Path, train: Option<usize>, test: Option<usize>) -> Result<Dataset, Error> {
    DataSpec::Mnist(Files { dir: Some(dir.to_owned()), train, test }).load(Streams::new(1), &NOBODY)
}

#[test]
fn a_sound_set_is_read_byte_for_byte() {
    let dir = folder();
    let set = mnist(dir.path(), None, None).unwrap();
    assert_eq!((set.train.len(), set.test.len(), set.classes, set.shape.features()), (12, 5, 10, 784));
    assert_eq!(set.train.labels(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    assert_eq!(set.train.pixels(11), &image_file(12)[16 + 11 * 784..]);
    assert_eq!((set.normalisation.mean(), set.normalisation.std()), (&[0.1307][..], &[0.3081][..]));
    let fashion = DataSpec::FashionMnist(Files { dir: Some(dir.path().into()), train: None, test: None });
    let fashion = fashion.load(Streams::new(1), &NOBODY).unwrap();
    assert_eq!((fashion.train, fashion.test), (set.train, set.test));
    assert_eq!((fashion.normalisation.mean(), fashion.normalisation.std()), (&[0.2860][..], &[0.3530][..]));
}

#[test]
fn packed_and_unpacked_files_are_the_same_set() {
    let (plain, packed) = (folder(), folder());
    for name in [TRAIN_IMAGES, TRAIN_LABELS, TEST_LABELS] {
        let bytes = fs::read(packed.path().join(name)).unwrap();
        fs::remove_file(packed.path().join(name)).unwrap();
        // What counts is the content: the last file is packed by name only, as browsers leave it.
        let packed_bytes = if name == TEST_LABELS { bytes } else { gzip(&bytes) };
        fs::write(packed.path().join(format!("{name}.gz")), packed_bytes).unwrap();
    }
    let (a, b) = (mnist(plain.path(), None, None).unwrap(), mnist(packed.path(), None, None).unwrap());
    assert_eq!((&a.train, &a.test, a.fingerprint()), (&b.train, &b.test, b.fingerprint()));
    assert_eq!(a.fingerprint_by_sources(), b.fingerprint_by_sources());
    let names = [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS];
    for ((a, b), name) in a.sources.iter().zip(&b.sources).zip(names) {
        let bytes = fs::read(plain.path().join(name)).unwrap();
        let digest = hex(&Sha256::digest(&bytes));
        assert_eq!((&a.sha256, &b.sha256), (&digest, &digest));
        assert_eq!((a.bytes, b.bytes), (bytes.len() as u64, bytes.len() as u64));
        assert_eq!(a.file, name);
        let suffix = if name == TEST_IMAGES { "" } else { ".gz" };
        assert_eq!(b.file, format!("{name}{suffix}"));
    }
    assert_eq!((a.sources.len(), b.sources.len()), (4, 4));
}

#[test]
fn the_first_samples_can_be_asked_for() {
    let dir = folder();
    let (all, some) = (mnist(dir.path(), None, None).unwrap(), mnist(dir.path(), Some(7), Some(5)).unwrap());
    assert_eq!((some.train.len(), some.test.len()), (7, 5));
    assert_eq!(some.train.pixels(6), all.train.pixels(6));
    assert_eq!(some.sources, all.sources);
    assert_ne!(some.fingerprint_by_sources(), all.fingerprint_by_sources());
    let (message, help) = complaint(mnist(dir.path(), Some(13), None));
    assert_eq!(message, format!("13 samples were asked of {TRAIN_IMAGES}, which has 12"));
    assert!(help.contains("ask for fewer"));
}

#[test]
fn missing_files_are_all_named_with_a_way_out() {
    let dir = folder();
    fs::remove_file(dir.path().join(TRAIN_LABELS)).unwrap();
    fs::remove_file(dir.path().join(TEST_IMAGES)).unwrap();
    let (message, help) = complaint(mnist(dir.path(), None, None));
    let place = dir.path().display();
    assert_eq!(message, format!("MNIST is incomplete in {place}: missing {TRAIN_LABELS}, {TEST_IMAGES}"));
    for part in [".gz", "yann.lecun.com", "scenarios/quickstart.yaml runs without any file"] {
        assert!(help.contains(part), "{part} in {help}");
    }
}

/// Labels of 16 and of 32 bits, as IDX has them.
#[test]
fn labels_may_be_wider_than_bytes() {
    let dir = folder();
    let wide = |magic, width: usize, last: i32| {
        let labels = (0..12).map(|n| if n == 11 { last } else { n % 10 });
        let body: Vec<u8> = labels.flat_map(|label| label.to_be_bytes()[4 - width..].to_vec()).collect();
        fs::write(dir.path().join(TRAIN_LABELS), idx(magic, &[12], &body)).unwrap();
        mnist(dir.path(), None, None)
    };
    let bytes = mnist(dir.path(), None, None).unwrap();
    for (magic, width) in [(0xb01, 2), (0xc01, 4)] {
        assert_eq!(wide(magic, width, 1).unwrap().train, bytes.train);
        for (last, said) in [(-1, "label 11 (counted from 0) is -1, not 0 to 9"), (10, "is 10, not 0 to 9")] {
            let (message, _) = complaint(wide(magic, width, last));
            assert!(message.contains(said), "{message}");
        }
    }
}

/// Loading a sound set with one file replaced fails; the message is the file's path and these words.
#[track_caller]
fn check(file: &str, contents: Vec<u8>, words: &str) {
    let dir = folder();
    let path = dir.path().join(file);
    fs::write(&path, contents).unwrap();
    let (message, _) = complaint(mnist(dir.path(), None, None));
    assert_eq!(message, format!("{}: {words}", path.display()));
}

#[test]
fn headers_are_checked() {
    check(TRAIN_IMAGES, vec![], "is cut short: 0 bytes of a header of 16");
    check(TRAIN_IMAGES, image_file(12)[..15].to_vec(), "is cut short: 15 bytes of a header of 16");
    check(TEST_LABELS, label_file(5)[..7].to_vec(), "is cut short: 7 bytes of a header of 8");
    check(
        TRAIN_IMAGES,
        [label_file(12), vec![0; 16]].concat(),
        "is not an IDX file of images: it starts with 0x00000801, not 0x00000803",
    );
    check(
        TEST_LABELS,
        b"<html>404</html>".to_vec(),
        "is not an IDX file of labels: it starts with 0x3c68746d, not 0x00000801",
    );
    check(
        TRAIN_IMAGES,
        idx(0x803, &[12, 32, 28], &[0; 12 * 32 * 28]),
        "has images of 32 x 28 pixels, not 28 x 28",
    );
    check(TRAIN_IMAGES, idx(0x803, &[0, 28, 28], &[]), "holds no images");
    check(TEST_LABELS, idx(0x801, &[0], &[]), "holds no labels");
}

#[test]
fn sizes_are_exact() {
    let mut short = image_file(12);
    short.pop();
    check(TRAIN_IMAGES, short, "is cut short: 9407 of 9408 bytes after its header");
    let mut long = image_file(5);
    long.push(0);
    check(TEST_IMAGES, gzip(&long), "is too long: 1 byte after its 5 images");
    check(TEST_IMAGES, long, "is too long: 1 byte after its 5 images");
    check(TEST_LABELS, [label_file(5), vec![0; 1000]].concat(), "is too long: 1000 bytes after its 5 labels");
    check(TEST_LABELS, label_file(6), "has 6 labels for 5 images");
    let mut wrong = label_file(12);
    wrong[8 + 3] = 10;
    check(TRAIN_LABELS, wrong, "label 3 (counted from 0) is 10, not 0 to 9");
}

/// What loading and measuring alike say of a sound set with one file replaced, after the file's path.
#[track_caller]
fn measured(file: &str, contents: Vec<u8>) -> String {
    let dir = folder();
    let path = dir.path().join(file);
    fs::write(&path, contents).unwrap();
    let measured =
        DataSpec::Mnist(Files { dir: Some(dir.path().to_owned()), train: None, test: None }).measure();
    let (message, help) = complaint(measured);
    assert!(help.contains("fetch or copy"), "{help}");
    // Without the memory that is free, which is another a moment later.
    let known = |message: &str| message.split(" and ").next().unwrap().to_owned();
    assert_eq!(known(&complaint(mnist(dir.path(), None, None)).0), known(&message));
    message.strip_prefix(&format!("{}: ", path.display())).expect(&message).to_owned()
}

#[test]
fn a_header_that_lies_costs_no_memory() {
    // Three terabytes, says the header.
    let file = idx(0x803, &[u32::MAX, 28, 28], &[0; 784]);
    assert_eq!(
        measured(TRAIN_IMAGES, file.clone()),
        "is cut short: 784 of 3367254359280 bytes after its header"
    );
    let words = measured(TRAIN_IMAGES, gzip(&file));
    let claim = "claims 4294967295 images, which are 3367254359280 bytes (3136.0 GiB), and ";
    assert!(words.starts_with(claim) && words.ends_with(" GiB of memory are free"), "{words}");
    // What memory could hold, and so few packed bytes cannot.
    let packed = gzip(&idx(0x803, &[100_000, 28, 28], &[0; 784]));
    let words = measured(TRAIN_IMAGES, packed.clone());
    let size = packed.len();
    let short =
        format!("is cut short: its {size} packed bytes cannot hold the 78400000 bytes of 100000 images");
    assert_eq!(words, short);
}

/// What unpacks to far more than its header says is left unread.
#[test]
fn zeros_without_end_are_not_unpacked() {
    let zeros = gzip(&[image_file(5), vec![0; 300_000_000]].concat());
    let dir = folder();
    fs::write(dir.path().join(TEST_IMAGES), &zeros).unwrap();
    let (message, _) = complaint(mnist(dir.path(), None, None));
    assert!(message.ends_with("is too long: more than 1048576 bytes after its 5 images"), "{message}");
}

#[test]
fn a_file_that_lies_there_twice_is_told() {
    let dir = folder();
    let set = DataSpec::Mnist(Files { dir: Some(dir.path().to_owned()), train: None, test: None });
    assert_eq!(set.measure().unwrap(), [""; 0]);
    for name in ["t10k-images-idx3-ubyte.gz", "t10k-images.idx3-ubyte"] {
        fs::write(dir.path().join(name), gzip(&image_file(7))).unwrap();
    }
    let said = set.measure().unwrap();
    let read = dir.path().join(TEST_IMAGES);
    let unread = "t10k-images-idx3-ubyte.gz and t10k-images.idx3-ubyte";
    assert_eq!(said, [format!("{} is read, and not {unread} beside it", read.display())]);
    assert_eq!(mnist(dir.path(), None, None).unwrap().test.len(), 5);
}

/// Loading fails because a packed file is damaged.
#[track_caller]
fn check_damaged(contents: Vec<u8>) {
    let dir = folder();
    let path = dir.path().join(TRAIN_IMAGES);
    fs::write(&path, contents).unwrap();
    let (message, help) = complaint(mnist(dir.path(), None, None));
    assert!(message.starts_with(&format!("{}: damaged gzip data: ", path.display())), "{message}");
    assert_eq!(help, "fetch or copy the file again");
}

#[test]
fn damaged_gzip_is_noticed() {
    let sound = gzip(&image_file(12));
    check_damaged(sound[..sound.len() / 2].to_vec());
    check_damaged(sound[..sound.len() - 3].to_vec());
    let mut flipped_checksum = sound.clone();
    let at = flipped_checksum.len() - 7;
    flipped_checksum[at] ^= 1;
    check_damaged(flipped_checksum);
    check_damaged([sound.clone(), b"rubbish".to_vec()].concat());
    check(
        TRAIN_IMAGES,
        [sound.clone(), b"rubbish".to_vec()].concat(),
        "damaged gzip data: 7 bytes after its end",
    );
    check_damaged([&sound[..10], &[0xff; 50]].concat());
}

/// A record of CIFAR: its label bytes and an image of one colour a plane.
fn cifar_record(labels: &[u8], rgb: [u8; 3]) -> Vec<u8> {
    [labels.to_vec(), rgb.iter().flat_map(|&value| [value; 1024]).collect()].concat()
}

fn cifar100(dir: &Path, train: usize) -> Result<Dataset, Error> {
    cifar100_by(Labels::Fine, dir, train)
}

fn cifar100_by(labels: Labels, dir: &Path, train: usize) -> Result<Dataset, Error> {
    let files = Files { dir: Some(dir.to_owned()), train: Some(train), test: Some(1) };
    DataSpec::Cifar100(Cifar100 { files, labels }).load(Streams::new(1), &NOBODY)
}

#[test]
fn cifar_records_are_taken_apart() {
    let dir = TempDir::new().unwrap();
    let train = [cifar_record(&[3, 99], [0, 255, 51]), cifar_record(&[3, 7], [1, 2, 3])].concat();
    fs::write(dir.path().join("train.bin"), &train).unwrap();
    fs::write(dir.path().join("test.bin"), cifar_record(&[19, 42], [4, 5, 6])).unwrap();
    let set = cifar100(dir.path(), 2).unwrap();
    assert_eq!((set.train.labels(), set.test.labels(), set.classes), (&[99, 7][..], &[42][..], 100));
    let mut inputs = vec![0.0; 3072];
    set.train.gather(&[0], &set.normalisation, &mut inputs);
    let expected = [(0.0 - 0.5071) / 0.2673, (1.0 - 0.4865) / 0.2564, (0.2 - 0.4409) / 0.2762];
    for (plane, expected) in inputs.chunks_exact(1024).zip(expected) {
        assert!(plane.iter().all(|x| (x - expected).abs() < 1e-6), "{} for {expected}", plane[0]);
    }

    let (message, help) = complaint(cifar100(dir.path(), 3));
    assert!(message.ends_with("train.bin: has 2 images where 3 are wanted"), "{message}");
    assert!(help.contains("ask for fewer"), "{help}");
    let (message, _) = complaint(cifar100(dir.path(), 50_001));
    assert_eq!(message, "50001 samples were asked of 50000");
    fs::write(dir.path().join("train.bin"), &train[..5000]).unwrap();
    let (message, _) = complaint(cifar100(dir.path(), 1));
    assert!(message.ends_with("its 5000 bytes are not whole records of 3074"), "{message}");
    let long = fs::File::create(dir.path().join("train.bin")).unwrap();
    long.set_len(50_000 * 3074 + 2).unwrap();
    let (message, _) = complaint(cifar100(dir.path(), 1));
    assert!(message.ends_with("train.bin: is too long: 2 bytes after its 50000 images"), "{message}");
    fs::write(dir.path().join("train.bin"), cifar_record(&[3, 100], [0; 3])).unwrap();
    let (message, _) = complaint(cifar100(dir.path(), 1));
    let words = "train.bin: image 0 (counted from 0) has label 100, but there are 100 classes";
    assert!(message.ends_with(words), "{message}");
}

#[test]
fn coarse_labels_are_the_first_byte_and_twenty() {
    let dir = TempDir::new().unwrap();
    let inner = dir.path().join("cifar-100-binary");
    fs::create_dir(&inner).unwrap();
    let train =
        [cifar_record(&[19, 99], [9; 3]), cifar_record(&[0, 7], [1; 3]), cifar_record(&[20, 1], [0; 3])];
    // As the archive unpacks it, in a folder of its own; one of them packed.
    fs::write(inner.join("train.bin.gz"), gzip(&train.concat())).unwrap();
    fs::write(inner.join("test.bin"), cifar_record(&[5, 42], [4, 5, 6])).unwrap();
    let (coarse, fine) =
        (cifar100_by(Labels::Coarse, dir.path(), 2).unwrap(), cifar100(dir.path(), 2).unwrap());
    assert_eq!((coarse.train.labels(), coarse.test.labels(), coarse.classes), (&[19, 0][..], &[5][..], 20));
    assert_eq!((fine.train.labels(), fine.test.labels(), fine.classes), (&[99, 7][..], &[42][..], 100));
    assert_eq!((coarse.train.pixels(1), &coarse.sources), (fine.train.pixels(1), &fine.sources));
    // The third has a fine label that is one, and a coarse one that is none.
    assert_eq!(cifar100(dir.path(), 3).unwrap().train.labels(), [99, 7, 1]);
    let (message, _) = complaint(cifar100_by(Labels::Coarse, dir.path(), 3));
    let words = "train.bin.gz: image 2 (counted from 0) has label 20, but there are 20 classes";
    assert!(message.ends_with(words), "{message}");
}

#[test]
fn cifar_needs_only_the_files_it_will_read() {
    let dir = TempDir::new().unwrap();
    let load = |train| {
        let dir = Some(dir.path().to_owned());
        DataSpec::Cifar10(Files { dir, train, test: Some(1) }).load(Streams::new(1), &NOBODY)
    };
    let (message, _) = complaint(load(Some(20_001)));
    assert!(message.contains("missing data_batch_1.bin, data_batch_2.bin, data_batch_3.bin, test_batch.bin"));
    fs::write(dir.path().join("data_batch_1.bin"), cifar_record(&[4], [0; 3])).unwrap();
    fs::write(dir.path().join("test_batch.bin.gz"), gzip(&cifar_record(&[5], [0; 3]))).unwrap();
    assert_eq!(load(Some(1)).unwrap().train.labels(), [4]);
    let (message, _) = complaint(load(None));
    assert!(message.ends_with("data_batch_2.bin, data_batch_3.bin, data_batch_4.bin, data_batch_5.bin"));
}
