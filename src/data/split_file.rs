//! Who holds which training sample, as a file says it: a worker's number for every sample, -1 for nobody.
//!
//! The file is an `.npy` of N integers, or a text with a number in every line, below the line `worker` if it has a header.

use std::path::PathBuf;
use std::sync::Arc;

use serde::de::Deserializer;
use serde::{Deserialize, Serialize};

use crate::error::Named;
use crate::npy::{Header, MAGIC};
use crate::units::WordOr;

/// A split in a file; its checksum names what it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitFile {
    /// Where the file lies.
    pub file: PathBuf,
    /// SHA-256 of the file in hexadecimal, if it shall be no other.
    pub sha256: Option<String>,
    /// By sample; none before the file is loaded.
    #[serde(skip)]
    holders: Arc<Vec<Option<u32>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    file: PathBuf,
    #[serde(default)]
    sha256: Option<String>,
}

impl<'de> Deserialize<'de> for SplitFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Words { file, sha256 } = match WordOr::read(deserializer, "the path of an .npy or a .csv")? {
            WordOr::Word(path) => Words { file: path.into(), sha256: None },
            WordOr::Settings(words) => words,
        };
        Ok(Self { file, sha256, holders: Arc::default() })
    }
}

impl SplitFile {
    /// Takes in what the file holds.
    ///
    /// # Errors
    /// In words, when that is no number for every sample.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        let holders = if bytes.starts_with(MAGIC) { of_array(bytes) } else { of_text(bytes) };
        self.holders = Arc::new(holders.map_err(|why| format!("{}: {why}", self.file.named()))?);
        Ok(())
    }

    /// The holder of each sample.
    pub(super) fn holders(&self) -> &[Option<u32>] {
        &self.holders
    }

    /// The same for these samples alone, in their order.
    pub(super) fn among(&self, samples: &[u32]) -> Self {
        let holders = samples.iter().filter_map(|sample| self.holders.get(*sample as usize).copied());
        Self { holders: Arc::new(holders.collect()), ..self.clone() }
    }

    /// How many samples nobody holds.
    #[must_use]
    pub fn orphans(&self) -> usize {
        self.holders.iter().filter(|holder| holder.is_none()).count()
    }
}

fn holder(number: i128, sample: usize) -> Result<Option<u32>, String> {
    match number {
        -1 => Ok(None),
        _ => u32::try_from(number).map(Some).map_err(|_| {
            format!("sample {sample} (counted from 0) has the number {number}: write that of a worker, or -1")
        }),
    }
}

fn of_array(bytes: &[u8]) -> Result<Vec<Option<u32>>, String> {
    let mut rest = bytes;
    let (header, _) = Header::read(&mut rest).map_err(|e| e.to_string())?;
    let integers = header.dtype().filter(|dtype| !dtype.is_float() && header.shape.len() == 1);
    let Some(dtype) = integers else {
        return Err(format!("is {header}; the worker of every sample is an integer of the shape (N,)"));
    };
    if header.count().and_then(|count| count.checked_mul(dtype.bytes() as u64)) != Some(rest.len() as u64) {
        return Err(format!("is {header}, and has {} bytes of it", rest.len()));
    }
    dtype.integers(rest).enumerate().map(|(sample, number)| holder(number, sample)).collect()
}

fn of_text(bytes: &[u8]) -> Result<Vec<Option<u32>>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is neither an .npy nor a text".to_owned())?;
    let mut holders = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || at == 0 && line == "worker" {
            continue;
        }
        let wrong =
            || format!("line {}: `{:.40}` is no number of a worker", at + 1, crate::error::one_line(line));
        let number: i64 = line.parse().map_err(|_| wrong())?;
        holders.push(holder(i128::from(number), holders.len())?);
    }
    Ok(holders)
}
