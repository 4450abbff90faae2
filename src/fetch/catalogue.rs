//! Which files a published set is made of, where they are published, and what they are known by.
//!
//! The checksums are those that TensorFlow Datasets keeps of the published files (`url_checksums` of its sources); of CIFAR and
//! Fashion-MNIST they stand for the same files as the MD5 sums that their authors publish.

/// A set that can be fetched.
#[derive(Debug, Clone, Copy)]
pub struct Remote {
    /// Its word in a scenario.
    pub word: &'static str,
    /// How people call it.
    pub title: &'static str,
    /// Folders of the network that have its files, tried in this order; each ends in `/`.
    pub places: &'static [&'static str],
    /// No file of it has more bytes, packed or unpacked: what is larger is not this set.
    pub largest: u64,
    /// Its files, as they are published.
    pub files: &'static [RemoteFile],
}

/// A published file.
#[derive(Debug, Clone, Copy)]
pub struct RemoteFile {
    /// Its name in every one of the places.
    pub name: &'static str,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: &'static str,
    /// What becomes of it.
    pub keeps: Keeps,
}

/// What of a file that was fetched is kept.
#[derive(Debug, Clone, Copy)]
pub enum Keeps {
    /// The file itself, under its name.
    Itself,
    /// These files of a gzipped tar archive, whatever folder of it they lie in.
    FromTar(&'static [&'static str]),
    /// These files of a zip archive, whatever folder of it they lie in.
    FromZip(&'static [&'static str]),
}

const fn itself(name: &'static str, sha256: &'static str) -> RemoteFile {
    RemoteFile { name, sha256, keeps: Keeps::Itself }
}

/// The four files of a split of EMNIST.
macro_rules! emnist {
    ($($split:literal)*) => {
        &[$(
            concat!("emnist-", $split, "-train-images-idx3-ubyte.gz"),
            concat!("emnist-", $split, "-train-labels-idx1-ubyte.gz"),
            concat!("emnist-", $split, "-test-images-idx3-ubyte.gz"),
            concat!("emnist-", $split, "-test-labels-idx1-ubyte.gz"),
        )*]
    };
}

/// Every set that can be fetched.
pub const SETS: &[Remote] = &[
    Remote {
        word: "mnist",
        title: "MNIST",
        places: &[
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ],
        largest: 1 << 25,
        files: &[
            itself(
                "train-images-idx3-ubyte.gz",
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            itself(
                "train-labels-idx1-ubyte.gz",
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            itself(
                "t10k-images-idx3-ubyte.gz",
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            itself(
                "t10k-labels-idx1-ubyte.gz",
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        ],
    },
    Remote {
        word: "fashion_mnist",
        title: "Fashion-MNIST",
        places: &[
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ],
        largest: 1 << 25,
        files: &[
            itself(
                "train-images-idx3-ubyte.gz",
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            itself(
                "train-labels-idx1-ubyte.gz",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            itself(
                "t10k-images-idx3-ubyte.gz",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            itself(
                "t10k-labels-idx1-ubyte.gz",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        ],
    },
    Remote {
        word: "emnist",
        title: "EMNIST",
        places: &[
            "https://biometrics.nist.gov/cs_links/EMNIST/",
            "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
        ],
        largest: 1 << 30,
        files: &[RemoteFile {
            name: "gzip.zip",
            sha256: "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
            keeps: Keeps::FromZip(emnist!("balanced" "letters" "digits" "byclass" "bymerge" "mnist")),
        }],
    },
    Remote {
        word: "cifar10",
        title: "CIFAR-10",
        places: &["https://www.cs.toronto.edu/~kriz/"],
        largest: 1 << 28,
        files: &[RemoteFile {
            name: "cifar-10-binary.tar.gz",
            sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            keeps: Keeps::FromTar(&[
                "data_batch_1.bin",
                "data_batch_2.bin",
                "data_batch_3.bin",
                "data_batch_4.bin",
                "data_batch_5.bin",
                "test_batch.bin",
            ]),
        }],
    },
    Remote {
        word: "cifar100",
        title: "CIFAR-100",
        places: &["https://www.cs.toronto.edu/~kriz/"],
        largest: 1 << 28,
        files: &[RemoteFile {
            name: "cifar-100-binary.tar.gz",
            sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
            keeps: Keeps::FromTar(&["train.bin", "test.bin"]),
        }],
    },
];

impl RemoteFile {
    /// The names of the files that it leaves behind.
    pub(super) const fn kept(&self) -> &[&'static str] {
        match self.keeps {
            Keeps::Itself => std::slice::from_ref(&self.name),
            Keeps::FromTar(names) | Keeps::FromZip(names) => names,
        }
    }
}
