//! Tables of one's own: a CSV file with a sample in every row, its label in one column and a number in every other.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use csv::{ReaderBuilder, StringRecord, Trim};
use serde::de::{self, Deserializer, Expected};
use serde::{Deserialize, Serialize};

use super::labels::{LabelName, Labels};
use super::{Facts, Found, OwnSet, Part, Which};
use crate::data::samples::{Numbers, Shape};
use crate::data::source;
use crate::error::{Named, one_line};
use crate::machine::at_home;
use crate::npy::wrong;
use crate::units::forms::{self, Forms, Scalar};
use crate::{interrupt, plain_file};

/// What a scenario says of a set in tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What the workers learn from.
    pub train: PathBuf,
    /// What the evaluation counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<PathBuf>,
    /// The share of the samples under `train` that is held out for the test, where there are no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_share: Option<f64>,
    /// The column of the labels.
    pub label: Column,
    /// Whether the first line has the names of the columns.
    #[serde(default = "yes")]
    pub header: bool,
    /// The number of classes: checked where it is written, found where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<usize>,
    /// None before the files were looked at.
    #[serde(skip)]
    pub(super) facts: Option<Arc<Facts>>,
}

const fn yes() -> bool {
    true
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Column {
    /// Counted from 0.
    Number(usize),
    /// As the first line has it.
    Name(String),
}

impl<'de> Forms<'de> for Column {
    fn of_scalar<E: de::Error>(written: Scalar, expected: &dyn Expected) -> Result<Self, E> {
        match written {
            Scalar::Text(name) => Ok(Self::Name(name)),
            Scalar::Whole(number) => Ok(Self::Number(usize::try_from(number).unwrap_or(usize::MAX))),
            other => Err(E::invalid_type(other.unexpected(), expected)),
        }
    }
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        forms::read(deserializer, "the name of a column, or its number counted from 0,")
    }
}

/// More names than this are not listed in a message.
const NAMES: usize = 20;

/// A table, read.
struct Rows {
    /// Of the columns without that of the labels; none where there is no header.
    names: Vec<String>,
    features: usize,
    floats: Vec<f32>,
    labels: Labels,
}

impl Table {
    fn path(&self, which: Which) -> PathBuf {
        at_home(match which {
            Which::Train => &self.train,
            Which::Test => self.test.as_ref().expect("whoever asks for a part knows that it is there"),
        })
    }

    /// Reads a whole file; what a message says begins with its name.
    fn rows(&self, which: Which) -> io::Result<Rows> {
        let path = self.path(which);
        self.read_rows(&path).map_err(|e| io::Error::new(e.kind(), format!("{}{e}", path.named())))
    }

    fn read_rows(&self, path: &Path) -> io::Result<Rows> {
        let place = |e: io::Error| io::Error::new(e.kind(), format!(": {e}"));
        plain_file::check(path, u64::MAX).map_err(place)?;
        let file = BufReader::new(File::open(path).map_err(place)?);
        let mut reader = ReaderBuilder::new().has_headers(self.header).trim(Trim::All).from_reader(file);
        let broken = |e: csv::Error| wrong(format!(": {}", one_line(&e.to_string())));
        let first = if self.header { reader.headers().map_err(broken)?.clone() } else { StringRecord::new() };
        let mut found =
            Rows { names: Vec::new(), features: 0, floats: Vec::new(), labels: Labels::default() };
        let mut label = if self.header { Some(self.find(&first)?) } else { None };
        let mut record = StringRecord::new();
        while reader.read_record(&mut record).map_err(broken)? {
            if interrupt::asked() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let label = match label {
                Some(label) => label,
                None => *label.insert(self.find(&record)?),
            };
            found.features = record.len() - 1;
            found.take(&record, label)?;
        }
        if found.labels.len() == 0 {
            return Err(wrong(": holds no row"));
        }
        if found.features == 0 {
            return Err(wrong(": holds labels and no number to learn them from"));
        }
        let names = first.iter().enumerate().filter(|(column, _)| Some(*column) != label);
        found.names = names.map(|(_, name)| name.to_owned()).collect();
        Ok(found)
    }

    /// The place of the labels among these columns, the names or the first row.
    fn find(&self, columns: &StringRecord) -> io::Result<usize> {
        let names = || {
            let shown = |name: &str| format!("`{:.40}`", one_line(name));
            let all: Vec<String> = columns.iter().take(NAMES).map(shown).collect();
            let more = if columns.len() > NAMES { ", …" } else { "" };
            format!("{}{more}", all.join(", "))
        };
        match &self.label {
            Column::Number(number) if *number < columns.len() => Ok(*number),
            Column::Number(number) => Err(wrong(format!(
                ": there is no column {number} (counted from 0); there are {} columns",
                columns.len()
            ))),
            Column::Name(name) if !self.header => Err(wrong(format!(
                ": with header: false columns have no names; write the number of the column `{:.40}`, counted from 0",
                one_line(name)
            ))),
            Column::Name(name) => columns.iter().position(|column| column == name).ok_or_else(|| {
                wrong(format!(": there is no column `{:.40}`; there are {}", one_line(name), names()))
            }),
        }
    }
}

impl Rows {
    fn take(&mut self, record: &StringRecord, label: usize) -> io::Result<()> {
        let line = record.position().map_or(0, csv::Position::line);
        for (column, cell) in record.iter().enumerate() {
            let at = |why: &str| {
                wrong(format!(
                    ":{line}: column {column} (counted from 0) has `{:.40}`, {why}",
                    one_line(cell)
                ))
            };
            if column == label {
                let name = match cell.parse() {
                    Ok(number) => LabelName::Number(number),
                    Err(_) if cell.is_empty() => return Err(at("which is no label")),
                    Err(_) => LabelName::Text(cell.to_owned()),
                };
                self.labels.push(name).map_err(|why| at(&why))?;
                continue;
            }
            let number: f64 = cell.parse().map_err(|_| at("which is no number"))?;
            if !(number as f32).is_finite() {
                return Err(at("which is not finite in single precision"));
            }
            self.floats.push(number as f32);
        }
        Ok(())
    }
}

impl OwnSet for Table {
    answers_of_fields!();

    fn open(&self, which: Which) -> io::Result<Found> {
        let Rows { names, features, labels, .. } = self.rows(which)?;
        let shown = |name: &String| one_line(name).into_owned();
        let kind = match &names[..] {
            [] => format!("{features} numbers"),
            few if few.len() <= NAMES => few.iter().map(shown).collect::<Vec<_>>().join(", "),
            many => format!("{features} numbers from {} to {}", shown(&many[0]), shown(&many[features - 1])),
        };
        let shape = Shape { channels: features, height: 1, width: 1 };
        Ok(Found { labels, kind, shape, bytes: 4, has_axes: false, remarks: Vec::new() })
    }

    fn read(&self, which: Which) -> io::Result<Part> {
        let Rows { features, floats, labels, .. } = self.rows(which)?;
        let shape = Shape { channels: features, height: 1, width: 1 };
        Ok(Part {
            numbers: Numbers::Floats(floats),
            shape,
            labels,
            sources: vec![source::of(&self.path(which))?],
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
