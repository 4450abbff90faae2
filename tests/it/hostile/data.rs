//! Files of data sets that lie.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::case::{Case, Put, SCENARIO, case, check};

const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

fn idx(magic: u32, sizes: &[u32], body: usize) -> Vec<u8> {
    let header = std::iter::once(&magic).chain(sizes).flat_map(|word| word.to_be_bytes());
    header.chain(std::iter::repeat_n(0, body)).collect()
}

fn images(count: u32) -> Vec<u8> {
    idx(0x803, &[count, 28, 28], count as usize * 784)
}

fn labels(count: u32) -> Vec<u8> {
    idx(0x801, &[count], count as usize)
}

pub(super) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn scenario(data: &str) -> String {
    let task = format!("train: {{ data: {{ {data} }}, split: replicated, model: logistic }}");
    SCENARIO.replace("channel: { coordinates: 50, crossover: 0.2 }", &task)
}

/// MNIST with this in the place of one of its files.
fn mnist(what: &str, which: usize, put: impl Into<Put>, words: &'static str) -> Case {
    let sound = [images(10), labels(10), images(2), labels(2)];
    let case = case(what, "run s.yaml --quiet", 2, words).with("s.yaml", scenario("mnist: { dir: m }"));
    let case =
        FILES.iter().zip(sound).fold(case, |case, (name, bytes)| case.with(&format!("m/{name}"), bytes));
    case.with(&format!("m/{}", FILES[which]), put)
}

fn cifar(what: &str, put: impl Into<Put>, words: &'static str) -> Case {
    let text = scenario("cifar10: { dir: m, train: 1, test: 1 }");
    let case = case(format!("CIFAR: {what}"), "run s.yaml --quiet", 2, words).with("s.yaml", text);
    case.with("m/test_batch.bin", vec![0; 3073]).with("m/data_batch_1.bin", put)
}

/// CIFAR-100 with this in the place of its training images.
fn cifar100(labels: &str, what: &str, put: impl Into<Put>, words: &'static str) -> Case {
    let text = scenario(&format!("cifar100: {{ dir: m, labels: {labels}, train: 1, test: 1 }}"));
    let case =
        case(format!("CIFAR-100, {labels}: {what}"), "run s.yaml --quiet", 2, words).with("s.yaml", text);
    case.with("m/cifar-100-binary/test.bin", vec![0; 3074]).with("m/cifar-100-binary/train.bin", put)
}

#[test]
fn headers_that_lie() {
    check(
        11,
        [
            mnist("4 billion images", 0, idx(0x803, &[u32::MAX, 28, 28], 0), "0 of 3367254359280 bytes"),
            mnist(
                "4 billion images, packed",
                0,
                packed(&idx(0x803, &[u32::MAX, 28, 28], 1000)),
                "claims 4294967295 images",
            ),
            mnist("4 billion labels, packed", 1, packed(&idx(0x801, &[u32::MAX], 9)), "4294967295 labels"),
            mnist("images of no size", 0, idx(0x803, &[10, 0, 0], 0), "images of 0 x 0 pixels"),
            mnist(
                "images whose size wraps",
                0,
                idx(0x803, &[10, 0x10000, 0x10000], 0),
                "65536 x 65536 pixels",
            ),
            mnist("labels as images", 0, labels(10), "starts with 0x00000801"),
            mnist("floats", 0, idx(0xd03, &[10, 28, 28], 100), "starts with 0x00000d03"),
            mnist("a header that ends early", 0, b"\0\0\x08\x03\0".to_vec(), "5 bytes of a header of 16"),
            mnist("nothing", 0, "", "0 bytes of a header of 16"),
            mnist("no image", 0, images(0), "holds no images"),
            mnist("a page of the web", 0, "<html>404 Not Found</html>", "starts with 0x3c68746d"),
        ],
    );
}

#[test]
fn contents_that_are_not_what_they_claim() {
    let (zeros, sound) = (vec![0; 40_000_000], packed(&images(10)));
    let bomb = packed(&[images(10), zeros.clone()].concat());
    let other_sum = [&sound[..sound.len() - 8], &[0; 8]].concat();
    let large = [&labels(10)[..17], &[255]].concat();
    check(
        14,
        [
            mnist("less", 0, images(10)[..7855].to_vec(), "7839 of 7840 bytes"),
            mnist("more", 0, [images(10), vec![0]].concat(), "1 byte after its 10 images"),
            mnist("a bomb", 0, bomb, "more than 1048576 bytes after its 10 images"),
            mnist("half a packed file", 0, sound[..sound.len() - 9].to_vec(), "damaged gzip data"),
            mnist("another checksum", 0, other_sum, "damaged gzip data | checksum"),
            mnist("rubbish behind", 0, [sound, vec![7]].concat(), "1 byte after its end"),
            mnist("a label too large", 1, large, "label 9 (counted from 0) is 255"),
            mnist("fewer labels", 1, labels(9), "has 9 labels for 10 images"),
            cifar("half an image", vec![0; 3072], "not whole records of 3073"),
            cifar("nothing", "", "has 0 images where 1 are wanted"),
            cifar("a label too large", vec![255; 3073], "label 255"),
            cifar100("fine", "a label too large", vec![200; 3074], "label 200, but there are 100 classes"),
            cifar100("coarse", "a label too large", vec![20; 3074], "label 20, but there are 20 classes"),
            cifar100("coarse", "a file of CIFAR-10", vec![1; 3073], "not whole records of 3074"),
            cifar100("fine", "a cut image", vec![1; 3073 + 3074], "not whole records of 3074"),
            cifar100("fine", "half a packed file", packed(&[0; 3074])[..20].to_vec(), "damaged gzip data"),
            cifar100("fine", "a hole", Put::Hole, "is too long"),
            cifar100("fine", "nothing", "", "has 0 images where 1 are wanted"),
            cifar("a bomb", packed(&zeros), "more than 1048576 bytes after its 10000 images"),
            cifar("a hole", Put::Hole, "is too long"),
            cifar("half a packed file", packed(&[0; 3073])[..20].to_vec(), "damaged gzip data"),
        ],
    );
}

#[test]
fn what_is_no_file_of_data() {
    check(
        8,
        [
            mnist("a folder", 1, Put::Folder, "is a folder | MNIST is published"),
            mnist("a pipe", 1, Put::Pipe, "is not an ordinary file"),
            mnist("a device", 2, Put::Link("/dev/zero"), "is not an ordinary file"),
            mnist(
                "a link to itself",
                1,
                Put::Link("train-labels-idx1-ubyte"),
                "missing train-labels-idx1-ubyte",
            ),
            mnist("a hole", 0, Put::Hole, "starts with 0x00000000"),
            cifar("a pipe", Put::Pipe, "is not an ordinary file"),
            cifar("a folder", Put::Folder, "is a folder"),
            mnist("a name that is none", 0, images(10), "a line ends")
                .with("s.yaml", scenario("mnist: { dir: \"m\\nx\" }")),
        ],
    );
}

/// An `.npy` file with this header and so many bytes behind it.
fn npy(header: &str, body: usize) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &vec![0; body]].concat()
}

fn header(descr: &str, shape: &str) -> String {
    format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n")
}

/// Arrays in a file each, with this in the place of the training samples.
fn array(what: &str, put: impl Into<Put>, words: &'static str) -> Case {
    let files = "{ x: m/x.npy, y: m/y.npy }";
    let text = scenario(&format!("arrays: {{ train: {files}, test: {files} }}"));
    let case = case(format!("arrays: {what}"), "run s.yaml --quiet", 2, words).with("s.yaml", text);
    case.with("m/y.npy", npy(&header("<i8", "(2,)"), 16)).with("m/x.npy", put)
}

/// An archive of samples.
fn archive(what: &str, put: impl Into<Put>, words: &'static str) -> Case {
    let text = scenario("arrays: { train: x.npz, test: x.npz }");
    case(format!("archives: {what}"), "run s.yaml --quiet", 2, words).with("s.yaml", text).with("x.npz", put)
}

fn zipped(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in members {
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn arrays_that_lie() {
    let (floats, huge) = ("<f4", "(1000000, 1000000)");
    let samples = |body| npy(&header(floats, "(2, 3)"), body);
    let large = zipped(&[("x.npy", npy(&header("|u1", "(100000000, 1)"), 100_000_000))]);
    let lies = zipped(&[("x.npy", npy(&header(floats, huge), 1000)), ("y.npy", Vec::new())]);
    let mut flipped = zipped(&[("x.npy", samples(24)), ("y.npy", npy(&header("|u1", "(2,)"), 2))]);
    let at = flipped.windows(5).position(|window| window == b"x.npy").unwrap();
    flipped[at + 20] ^= 0xff;
    check(
        16,
        [
            array(
                "a huge claim",
                npy(&header(floats, huge), 100),
                "4000000000000 bytes, and has 100 of them",
            ),
            array(
                "a claim without bound",
                npy(&header(floats, "(4294967296, 4294967296, 2)"), 0),
                "more than can be counted bytes",
            ),
            array("a hole", Put::Hole, "is no NumPy array"),
            array("less", samples(23), "which are 24 bytes, and has 23 of them"),
            array("more", samples(25), "which are 24 bytes, and has 25 of them"),
            array("no sample", npy(&header(floats, "(0, 3)"), 0), "(0, 3), which holds nothing"),
            array(
                "a pickle",
                npy(&header("|O", "(2, 3)"), 48),
                "is Python objects (a pickle) of the shape (2, 3)",
            ),
            array("a program", npy("__import__('os').system('true')", 0), "its header cannot be read"),
            array("nothing", "", "it ends in its header"),
            array("half a header", samples(24)[..20].to_vec(), "it ends in its header"),
            array("a page of the web", "<html>404 Not Found</html>", "is no NumPy array"),
            array("a folder", Put::Folder, "this is a folder, not a file"),
            array("a pipe", Put::Pipe, "this is a device or a pipe"),
            array("a device", Put::Link("/dev/zero"), "this is a device or a pipe"),
            array(
                "a name that a terminal obeys",
                npy(&header("<U\u{1b}[2J", "(2, 3)"), 24),
                "is the kind `<U\\u{1b}[2J`",
            ),
            archive("no archive", "x,y\n1,2\n", "this is no .npz archive"),
            archive("half an archive", large[..large.len() / 2].to_vec(), "this is no .npz archive"),
            archive("a huge claim", lies, "4000000000000 bytes, and has 1000 of them"),
            archive(
                "no labels",
                zipped(&[("x.npy", samples(24))]),
                "array `y`: there is none of this name; the archive holds `x`",
            ),
            archive("nothing", zipped(&[]), "the archive holds nothing"),
            archive("damage", flipped, "x.npz, array `x`: "),
            archive("a bomb", large, "array `y`: there is none of this name"),
        ],
    );
}
