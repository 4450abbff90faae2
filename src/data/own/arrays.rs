//! Arrays of NumPy: `x` with a sample in every row, and `y` with its label.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};

use super::labels::{LabelName, Labels};
use super::{Facts, Found, OwnSet, Part, Which};
use crate::data::samples::{Numbers, Shape};
use crate::data::source;
use crate::machine::at_home;
use crate::npy::archive::{ArrayPlace, is_archive, pieces};
use crate::npy::{Dtype, Header, tuple, wrong};
use crate::units::WordOr;

/// What a scenario says of a set in arrays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrays {
    /// What the workers learn from.
    pub train: ArrayFiles,
    /// What the evaluation counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<ArrayFiles>,
    /// The share of the samples under `train` that is held out for the test, where there are no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_share: Option<f64>,
    /// Which axis of four has the channels.
    #[serde(default)]
    pub layout: Layout,
    /// The number of classes: checked where it is written, found where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<usize>,
    /// None before the files were looked at.
    #[serde(skip)]
    pub(super) facts: Option<Arc<Facts>>,
}

/// Where the axes of N x C x H x W stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// N x C x H x W, as in PyTorch.
    #[default]
    ChannelsFirst,
    /// N x H x W x C, as in TensorFlow and of pictures in files.
    ChannelsLast,
}

/// The files of one part of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArrayFiles {
    /// An `.npz` with both arrays, and their names in it.
    Archive {
        /// The archive.
        file: PathBuf,
        /// Of the samples and of the labels.
        names: [String; 2],
    },
    /// An `.npy` each.
    Pair {
        /// The samples.
        x: PathBuf,
        /// The labels.
        y: PathBuf,
    },
}

/// The names in an archive unless others are given.
const NAMES: [&str; 2] = ["x", "y"];

/// The files as they are written where a path alone does not say it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilesWords {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    names: Option<[String; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<PathBuf>,
}

const FORMS: &str = "write train.npz, { file: all.npz, names: [x_train, y_train] } or { x: x.npy, y: y.npy }";

impl<'de> Deserialize<'de> for ArrayFiles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let archive = |file: PathBuf, names: Option<[String; 2]>| {
            if !is_archive(&file) {
                return Err(D::Error::custom(format!("`{}` is no .npz: {FORMS}", file.display())));
            }
            Ok(Self::Archive { file, names: names.unwrap_or_else(|| NAMES.map(str::to_owned)) })
        };
        match WordOr::read(deserializer, "the path of an .npz, or { x: x.npy, y: y.npy },")? {
            WordOr::Word(path) => archive(path.into(), None),
            WordOr::Settings(FilesWords { file: Some(file), names, x: None, y: None }) => {
                archive(file, names)
            }
            WordOr::Settings(FilesWords { file: None, names: None, x: Some(x), y: Some(y) }) => {
                Ok(Self::Pair { x, y })
            }
            WordOr::Settings(_) => {
                Err(D::Error::custom(format!("these keys do not name two arrays: {FORMS}")))
            }
        }
    }
}

impl Serialize for ArrayFiles {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let none = FilesWords { file: None, names: None, x: None, y: None };
        match self.clone() {
            Self::Archive { file, names } if names == NAMES => file.serialize(serializer),
            Self::Archive { file, names } => {
                FilesWords { file: Some(file), names: Some(names), ..none }.serialize(serializer)
            }
            Self::Pair { x, y } => FilesWords { x: Some(x), y: Some(y), ..none }.serialize(serializer),
        }
    }
}

impl Arrays {
    /// A set of which nothing but its files is known yet.
    #[must_use]
    pub const fn new(train: ArrayFiles, test: ArrayFiles, layout: Layout) -> Self {
        Self { train, test: Some(test), test_share: None, layout, classes: None, facts: None }
    }

    fn files(&self, which: Which) -> &ArrayFiles {
        match which {
            Which::Train => &self.train,
            Which::Test => self.test.as_ref().expect("whoever asks for a part knows that it is there"),
        }
    }
}

impl OwnSet for Arrays {
    answers_of_fields!();

    fn open(&self, which: Which) -> io::Result<Found> {
        self.files(which).open(self.layout)
    }

    fn read(&self, which: Which) -> io::Result<Part> {
        self.files(which).read(self.layout)
    }

    fn shown(&self, which: Which) -> String {
        self.files(which).labels().shown()
    }

    fn forget_places(&mut self) {
        self.train.forget_places();
        self.test.iter_mut().for_each(ArrayFiles::forget_places);
    }
}

impl ArrayFiles {
    fn place(&self, which: usize) -> ArrayPlace {
        match self {
            Self::Archive { file, names } => {
                ArrayPlace { file: at_home(file), name: Some(names[which].clone()) }
            }
            Self::Pair { x, y } => ArrayPlace { file: at_home([x, y][which]), name: None },
        }
    }

    fn samples(&self) -> ArrayPlace {
        self.place(0)
    }

    fn labels(&self) -> ArrayPlace {
        self.place(1)
    }

    fn forget_places(&mut self) {
        match self {
            Self::Archive { file, .. } => *file = PathBuf::new(),
            Self::Pair { x, y } => (*x, *y) = (PathBuf::new(), PathBuf::new()),
        }
    }

    fn open(&self, layout: Layout) -> io::Result<Found> {
        let (header, dtype) = self.samples().open(|header, _| Ok((header.clone(), sample_dtype(header)?)))?;
        let labels = self.read_labels(&header.shape)?;
        let (lengths, shape) = (&header.shape[1..], shape_of(&header.shape[1..], layout));
        let likely = layout == Layout::ChannelsFirst
            && matches!(*lengths, [first, _, 1 | 3 | 4] if !matches!(first, 1 | 3 | 4));
        let remark = likely.then(|| {
            let Shape { channels, height, width } = shape;
            let lengths = tuple(lengths);
            format!(
                "samples of {lengths} are read as {channels} channels of {height} x {width}; if the channels are last, write \
                 layout: channels_last"
            )
        });
        Ok(Found {
            labels,
            kind: format!("{} of {}", if dtype.is_byte() { "uint8" } else { "floats" }, tuple(lengths)),
            shape,
            bytes: if dtype.is_byte() { 1 } else { 4 },
            has_axes: lengths.len() == 3,
            remarks: remark.into_iter().collect(),
        })
    }

    /// The labels of samples that lie in an array of this shape.
    fn read_labels(&self, x: &[usize]) -> io::Result<Labels> {
        let samples = x[0];
        self.labels().open(|header, body| {
            let dtype = header.dtype().filter(|dtype| !dtype.is_float());
            let one_each = matches!(header.shape[..], [_] | [_, 1]) && header.shape[0] == samples;
            let Some(dtype) = dtype.filter(|_| one_each) else {
                return Err(wrong(format!("is {header}; {}", remedy_of_labels(header, x))));
            };
            let mut labels = Labels::default();
            pieces(dtype, body, |piece| {
                dtype
                    .integers(piece)
                    .try_for_each(|label| labels.push(LabelName::Number(label)))
                    .map_err(wrong)
            })?;
            Ok(labels)
        })
    }

    fn read(&self, layout: Layout) -> io::Result<Part> {
        let (numbers, shape) = self.samples().open(|header, body| {
            let dtype = sample_dtype(header)?;
            let numbers = read_numbers(dtype, body, header)?;
            Ok((in_order(numbers, header, layout), header.shape.clone()))
        })?;
        let labels = self.read_labels(&shape)?;
        let files = match self {
            Self::Archive { file, .. } => vec![file],
            Self::Pair { x, y } => vec![x, y],
        };
        let sources = files.into_iter().map(|file| source::of(&at_home(file))).collect::<io::Result<_>>()?;
        Ok(Part { numbers, shape: shape_of(&shape[1..], layout), labels, sources })
    }
}

/// What labels should be, and how this array becomes that.
fn remedy_of_labels(header: &Header, x: &[usize]) -> String {
    let samples = x[0];
    match (&header.shape[..], header.dtype()) {
        ([n, classes], _) if *n == samples && *classes > 1 => {
            "labels are one integer for each sample, y.argmax(axis=1) where each row marks one of the classes"
                .to_owned()
        }
        (_, None) => "labels are integers, numpy.unique(y, return_inverse=True)[1] of names".to_owned(),
        (_, Some(dtype)) if dtype.is_float() => "labels are integers, y.astype(numpy.int64)".to_owned(),
        (lengths, _) => {
            let turned = matches!((x, lengths), ([_, n], [labels]) if n == labels);
            format!(
                "labels of {samples} samples have the shape ({samples},), and x has the shape {}{}",
                tuple(x),
                if turned { "; write x.T if its samples are columns" } else { "" }
            )
        }
    }
}

/// What an array of samples is made of, if it can be one.
fn sample_dtype(header: &Header) -> io::Result<Dtype> {
    let shown = || format!("is {header}");
    let Some(dtype) = header.dtype().filter(|dtype| dtype.is_byte() || dtype.is_float()) else {
        return Err(wrong(format!(
            "{}; samples are uint8, float32 or float64, for example x.astype(numpy.float32)",
            shown()
        )));
    };
    if !(2..=4).contains(&header.shape.len()) {
        return Err(wrong(format!("{}; samples are N x features, N x H x W, or N x C x H x W", shown())));
    }
    if header.shape.contains(&0) {
        return Err(wrong(format!("{}, which holds nothing", shown())));
    }
    Ok(dtype)
}

/// The shape of a sample: features are channels of one number each, so that each is normalised by itself.
fn shape_of(lengths: &[usize], layout: Layout) -> Shape {
    match (lengths, layout) {
        (&[height, width], _) => Shape { channels: 1, height, width },
        (&[channels, height, width], Layout::ChannelsFirst)
        | (&[height, width, channels], Layout::ChannelsLast) => Shape { channels, height, width },
        (features, _) => Shape { channels: features.iter().product(), height: 1, width: 1 },
    }
}

fn read_numbers(dtype: Dtype, body: &mut dyn Read, header: &Header) -> io::Result<Numbers> {
    let count = header.count().and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
    // What lies column by column has its samples' numbers apart.
    let each = count.checked_div(header.shape[0]).unwrap_or(1).max(1);
    let place = |at: usize| {
        if header.fortran {
            String::new()
        } else {
            format!("sample {}, its number {}: ", at / each, at % each)
        }
    };
    let full = |_| wrong("is larger than the memory that is free");
    if dtype.is_byte() {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(count).map_err(full)?;
        pieces(dtype, body, |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        return Ok(Numbers::Bytes(bytes));
    }
    let mut floats = Vec::new();
    floats.try_reserve_exact(count).map_err(full)?;
    pieces(dtype, body, |piece| {
        let from = floats.len();
        dtype.floats(piece, &mut floats);
        match floats[from..].iter().position(|x: &f32| !x.is_finite()) {
            None => Ok(()),
            Some(at) => Err(wrong(format!(
                "{}number {} (counted from 0, as they lie in the file) is not finite in single precision: {}; leave such samples \
                 out, or write numpy.nan_to_num(x)",
                place(from + at),
                from + at,
                floats[from + at]
            ))),
        }
    })?;
    Ok(Numbers::Floats(floats))
}

/// Numbers sample by sample in CHW order, however they lie in the file.
fn in_order(numbers: Numbers, header: &Header, layout: Layout) -> Numbers {
    let moves = layout == Layout::ChannelsLast && header.shape.len() == 4;
    if !header.fortran && !moves {
        return numbers;
    }
    fn moved<T: Clone>(numbers: Vec<T>, header: &Header, moves: bool) -> Vec<T> {
        let shape = IxDyn(&header.shape).set_f(header.fortran);
        let mut array = ArrayD::from_shape_vec(shape, numbers).expect("as many numbers as the shape says");
        if moves {
            array = array.permuted_axes(vec![0, 3, 1, 2]);
        }
        array.iter().cloned().collect()
    }
    match numbers {
        Numbers::Bytes(bytes) => Numbers::Bytes(moved(bytes, header, moves)),
        Numbers::Floats(floats) => Numbers::Floats(moved(floats, header, moves)),
    }
}
