//! Pictures of one's own: PNG files in a folder for each class, whose name is the label.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use png::{BitDepth, ColorType, Decoder, Limits, Transformations};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::labels::{LabelName, Labels};
use super::{Facts, Found, OwnSet, Part, Which};
use crate::data::samples::{Numbers, Shape};
use crate::data::source::SourceFile;
use crate::error::Named;
use crate::hex::hex;
use crate::machine::at_home;
use crate::npy::wrong;
use crate::{interrupt, plain_file};

/// What a scenario says of a set in folders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folders {
    /// What the workers learn from.
    pub train: PathBuf,
    /// What the evaluation counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<PathBuf>,
    /// The share of the pictures under `train` that is held out for the test, where there are no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_share: Option<f64>,
    /// The number of classes: checked where it is written, found where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<usize>,
    /// None before the files were looked at.
    #[serde(skip)]
    pub(super) facts: Option<Arc<Facts>>,
}

/// A larger picture is taken for damage: 16 megapixels of three colours.
const LARGEST_PICTURE: usize = 3 << 24;

/// A larger file is no such picture.
const LARGEST_FILE: u64 = 1 << 28;

/// The pictures of a part, class by class and by their names, and how many other files there are.
struct Listing {
    pictures: Vec<(String, PathBuf)>,
    others: usize,
}

/// The names in a folder in ascending order, with what they name.
fn sorted(dir: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let shown = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", dir.named()));
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(shown)? {
        let entry = entry.map_err(shown)?;
        names.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
    }
    names.sort_unstable();
    Ok(names)
}

fn list(dir: &Path) -> io::Result<Listing> {
    let mut found = Listing { pictures: Vec::new(), others: 0 };
    for (class, folder) in sorted(dir)? {
        if !folder.is_dir() {
            found.others += 1;
            continue;
        }
        if interrupt::asked() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let before = found.pictures.len();
        for (_, path) in sorted(&folder)? {
            let ending = path.extension().unwrap_or_default();
            if ending.eq_ignore_ascii_case("png") {
                found.pictures.push((class.clone(), path));
            } else {
                found.others += 1;
            }
        }
        if found.pictures.len() == before {
            return Err(wrong(format!("{} holds no picture that ends in .png", folder.named())));
        }
    }
    match found.pictures.is_empty() {
        true => Err(wrong(format!("{} holds no folder of pictures, one for each class", dir.named()))),
        false => Ok(found),
    }
}

/// The pixels of a picture, rows of pixels of interleaved colours, and its shape.
fn decode(path: &Path, body: bool) -> io::Result<(Vec<u8>, Shape)> {
    let shown = |e: &dyn std::fmt::Display| wrong(format!("{}: {e}", path.named()));
    plain_file::check(path, LARGEST_FILE).map_err(|e| shown(&e))?;
    let file = BufReader::new(File::open(path).map_err(|e| shown(&e))?);
    let mut decoder = Decoder::new_with_limits(file, Limits { bytes: 4 * LARGEST_PICTURE });
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|e| shown(&e))?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    let channels = match reader.output_color_type() {
        (ColorType::Grayscale, BitDepth::Eight) => 1,
        (ColorType::Rgb, BitDepth::Eight) => 3,
        _ => return Err(shown(&"has transparency; save it as grey or as RGB")),
    };
    let size = width.checked_mul(height).and_then(|pixels| pixels.checked_mul(channels));
    let Some(size) = size.filter(|size| *size <= LARGEST_PICTURE) else {
        return Err(shown(&format!("is a picture of {width} x {height} pixels, which is too large")));
    };
    let mut pixels = vec![0; if body { size } else { 0 }];
    if body {
        reader.next_frame(&mut pixels).map_err(|e| shown(&e))?;
    }
    Ok((pixels, Shape { channels, height, width }))
}

fn words(Shape { channels, height, width }: Shape) -> String {
    let colour = if channels == 1 { "grey" } else { "colour" };
    format!("{width} x {height} pixels in {colour}")
}

impl Folders {
    fn path(&self, which: Which) -> PathBuf {
        at_home(match which {
            Which::Train => &self.train,
            Which::Test => self.test.as_ref().expect("whoever asks for a part knows that it is there"),
        })
    }
}

fn labels_of(listing: &Listing) -> io::Result<Labels> {
    let mut labels = Labels::default();
    for (class, _) in &listing.pictures {
        let name = class.parse().map_or_else(|_| LabelName::Text(class.clone()), LabelName::Number);
        labels.push(name).map_err(wrong)?;
    }
    Ok(labels)
}

impl OwnSet for Folders {
    answers_of_fields!();

    fn open(&self, which: Which) -> io::Result<Found> {
        let dir = self.path(which);
        let listing = list(&dir)?;
        let (_, shape) = decode(&listing.pictures[0].1, false)?;
        let remark =
            format!("{} of the files in {} are no .png pictures: left out", listing.others, dir.named());
        let remarks = if listing.others > 0 { vec![remark] } else { Vec::new() };
        let labels = labels_of(&listing)?;
        Ok(Found { labels, kind: words(shape), shape, bytes: 1, has_axes: false, remarks })
    }

    fn read(&self, which: Which) -> io::Result<Part> {
        let dir = self.path(which);
        let listing = list(&dir)?;
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        let (_, shape) = decode(&listing.pictures[0].1, false)?;
        let mut numbers = Vec::new();
        for (_, path) in &listing.pictures {
            if interrupt::asked() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let (pixels, found) = decode(path, true)?;
            if found != shape {
                let (found, first) = (words(found), listing.pictures[0].1.named());
                return Err(wrong(format!(
                    "{} has {found}, and {first} {}: all must be alike",
                    path.named(),
                    words(shape)
                )));
            }
            for channel in 0..shape.channels {
                numbers.extend(pixels.iter().skip(channel).step_by(shape.channels));
            }
            let inner = path.strip_prefix(&dir).unwrap_or(path);
            hash.update(format!("{}\n{}\n", inner.display(), pixels.len()));
            hash.update(&pixels);
            bytes += pixels.len() as u64;
        }
        let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let source = SourceFile {
            file: format!("{name}/: {} pictures", listing.pictures.len()),
            sha256: hex(&hash.finalize()),
            bytes,
        };
        Ok(Part {
            numbers: Numbers::Bytes(numbers),
            shape,
            labels: labels_of(&listing)?,
            sources: vec![source],
        })
    }

    fn shown(&self, which: Which) -> String {
        self.path(which).named()
    }

    fn forget_places(&mut self) {
        self.train = PathBuf::new();
        self.test.iter_mut().for_each(|test| *test = PathBuf::new());
    }
}
