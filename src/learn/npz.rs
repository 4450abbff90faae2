//! Models as `.npz`: an archive of NumPy arrays, one a tensor, under PyTorch's names and in its layouts.
//!
//! What is written here is read by `numpy.load`, and by PyTorch as
//! `model.load_state_dict({name: torch.from_numpy(array) for name, array in numpy.load(file).items()})`. What is read here is
//! what `numpy.savez` and `numpy.savez_compressed` write: float32 or float64 in either byte order, row by row or column by column.
//!
//! An array is a file `<name>.npy`: a magic word, a version, the length of a header, the header (the text of a Python
//! dictionary with `descr`, `fortran_order` and `shape`, filled up to a multiple of 64 bytes), and the numbers.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::tensor::Tensor;
use crate::error::one_line;
use crate::machine::available_memory;

/// Longer names are taken for damage.
const LONGEST_NAME: usize = 500;

const MAGIC: &[u8] = b"\x93NUMPY";

/// The archive of a model, the same bytes for the same model; `parameters` is the flat vector that the tensors are views of.
///
/// # Panics
/// When it is shorter than the tensors say.
#[must_use]
pub fn write(tensors: &[Tensor], parameters: &[f32]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let large = parameters.len() >= 1 << 29;
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(large);
    for Tensor { name, shape, range, .. } in tensors {
        archive.start_file(format!("{name}.npy"), options).expect("memory takes everything");
        let numbers = parameters[range.clone()].iter().flat_map(|x| x.to_le_bytes());
        let bytes: Vec<u8> = header(shape).into_iter().chain(numbers).collect();
        archive.write_all(&bytes).expect("memory takes everything");
    }
    archive.finish().expect("memory takes everything").into_inner()
}

/// What stands before the numbers, as NumPy writes it.
fn header(shape: &[usize]) -> Vec<u8> {
    let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let shape = format!("({}{comma})", lengths.join(", "));
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    let before = MAGIC.len() + 4;
    let whole = (before + text.len() + 1).next_multiple_of(64);
    let filled = format!("{text:<width$}\n", width = whole - before - 1);
    let mut bytes = [MAGIC, &[1, 0], &(filled.len() as u16).to_le_bytes()].concat();
    bytes.extend(filled.as_bytes());
    bytes
}

/// The arrays of an archive by name, in single precision.
///
/// # Errors
/// In words, when the bytes are no archive, or one of its files is no array of floating-point numbers.
pub fn read(bytes: &[u8]) -> Result<BTreeMap<String, ArrayD<f32>>, String> {
    let broken = |e: zip::result::ZipError| format!("this is no .npz archive: {e}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut claimed = 0_u64;
    for i in 0..archive.len() {
        claimed = claimed.saturating_add(archive.by_index_raw(i).map_err(broken)?.size());
    }
    if available_memory().is_some_and(|free| claimed > free) {
        return Err(format!(
            "it claims {claimed} bytes of arrays, which is more than the memory that is free"
        ));
    }
    let mut arrays = BTreeMap::new();
    for i in 0..archive.len() {
        let file = archive.by_index(i).map_err(broken)?;
        let name = one_line(file.name()).into_owned();
        let Some(tensor) = name.strip_suffix(".npy").filter(|tensor| tensor.len() <= LONGEST_NAME) else {
            return Err(format!("`{name:.99}` in it is no array: the name of one is short and ends in .npy"));
        };
        let of_tensor = |why: String| format!("the tensor `{tensor}` {why}");
        let (size, mut content) = (file.size(), Vec::new());
        let read = file.take(size.saturating_add(1)).read_to_end(&mut content);
        read.map_err(|e| of_tensor(format!("cannot be read: {e}")))?;
        if content.len() as u64 > size {
            return Err(of_tensor("is longer than the archive says".to_owned()));
        }
        // Counts that PyTorch keeps beside the numbers of a layer; nothing here reads them.
        if is_statistics(tensor) {
            continue;
        }
        arrays.insert(tensor.to_owned(), array(&content).map_err(of_tensor)?);
    }
    Ok(arrays)
}

/// What PyTorch's batch normalisation keeps beside its parameters. It is left aside: batches are normalised by themselves here.
fn is_statistics(name: &str) -> bool {
    matches!(name.rsplit('.').next(), Some("running_mean" | "running_var" | "num_batches_tracked"))
}

/// One `.npy` file.
fn array(content: &[u8]) -> Result<ArrayD<f32>, String> {
    let no_array = || "is no NumPy array".to_owned();
    let rest = content.strip_prefix(MAGIC).ok_or_else(no_array)?;
    let (version, rest) = rest.split_at_checked(2).ok_or_else(no_array)?;
    let wide = if version[0] == 1 { 2 } else { 4 };
    let (length, rest) = rest.split_at_checked(wide).ok_or_else(no_array)?;
    let length = length.iter().rev().fold(0_usize, |n, byte| n << 8 | usize::from(*byte));
    let (header, numbers) = rest.split_at_checked(length).ok_or_else(no_array)?;
    let header = std::str::from_utf8(header).map_err(|_| no_array())?;
    let after = |key: &str| header.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());
    let descr = after("descr").and_then(|text| text.strip_prefix('\'')?.split('\'').next());
    let fortran = after("fortran_order").ok_or_else(no_array)?.starts_with("True");
    let lengths =
        after("shape").and_then(|text| text.strip_prefix('(')?.split(')').next()).ok_or_else(no_array)?;
    let lengths = lengths.split(',').map(str::trim).filter(|length| !length.is_empty());
    let shape: Vec<usize> = lengths.map(str::parse).collect::<Result<_, _>>().map_err(|_| no_array())?;
    let values = values(descr.unwrap_or("records"), numbers)?;
    let wanted = shape.iter().try_fold(1_usize, |product, n| product.checked_mul(*n));
    if wanted != Some(values.len()) {
        return Err(format!("holds {} numbers, and its shape is {shape:?}", values.len()));
    }
    let array = ArrayD::from_shape_vec(IxDyn(&shape).set_f(fortran), values).map_err(|_| no_array())?;
    Ok(array.as_standard_layout().into_owned())
}

/// The numbers of an array whose entries are `descr`: those of double precision are rounded.
fn values(descr: &str, bytes: &[u8]) -> Result<Vec<f32>, String> {
    let singles = |of: fn([u8; 4]) -> f32| {
        let (chunks, rest) = bytes.as_chunks::<4>();
        rest.is_empty().then(|| chunks.iter().map(|c| of(*c)).collect::<Vec<f32>>())
    };
    let doubles = |of: fn([u8; 8]) -> f64| {
        let (chunks, rest) = bytes.as_chunks::<8>();
        rest.is_empty().then(|| chunks.iter().map(|c| of(*c) as f32).collect::<Vec<f32>>())
    };
    let values = match descr {
        "<f4" => singles(f32::from_le_bytes),
        ">f4" => singles(f32::from_be_bytes),
        "<f8" => doubles(f64::from_le_bytes),
        ">f8" => doubles(f64::from_be_bytes),
        other => {
            let other = one_line(other);
            return Err(format!(
                "holds numbers of the kind `{other}`: float32 (<f4) and float64 (<f8) are read"
            ));
        }
    };
    let values = values.ok_or("ends in the middle of a number")?;
    match values.iter().find(|x| !x.is_finite()) {
        Some(_) => Err("holds a number that is not finite in single precision".to_owned()),
        None => Ok(values),
    }
}
