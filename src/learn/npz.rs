//! Models as `.npz`: an archive of NumPy arrays, one a tensor, under PyTorch's names and in its layouts.
//!
//! What is written here is read by `numpy.load`, and by PyTorch as `model.load_state_dict({name:
//! torch.from_numpy(array) for name, array in numpy.load(file).items()})`. What is read here is what `numpy.savez`
//! and `numpy.savez_compressed` write: float32 or float64 in either byte order, row by row or column by column.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::tensor::Tensor;
use crate::error::one_line;
use crate::machine::available_memory;
use crate::npy::{Header, MAGIC};

/// Longer names are taken for damage.
const LONGEST_NAME: usize = 500;

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
        let bytes: Vec<u8> = Header::rows("<f4", shape).to_bytes().into_iter().chain(numbers).collect();
        archive.write_all(&bytes).expect("memory takes everything");
    }
    archive.finish().expect("memory takes everything").into_inner()
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
    let mut rest = content;
    let header = if content.starts_with(MAGIC) { Header::read(&mut rest).ok() } else { None };
    let (header, _) = header.ok_or("is no NumPy array")?;
    let values = values(&header, rest)?;
    if header.count() != Some(values.len() as u64) {
        return Err(format!("holds {} numbers, and its shape is {:?}", values.len(), header.shape));
    }
    let array = ArrayD::from_shape_vec(IxDyn(&header.shape).set_f(header.fortran), values);
    Ok(array.map_err(|_| "is no NumPy array")?.as_standard_layout().into_owned())
}

/// The numbers of an array: those of double precision are rounded.
fn values(header: &Header, bytes: &[u8]) -> Result<Vec<f32>, String> {
    let Some(dtype) = header.dtype().filter(|dtype| dtype.is_float()) else {
        let descr = if header.descr.is_empty() { "records" } else { &header.descr };
        let descr = one_line(descr);
        return Err(format!("holds numbers of the kind `{descr}`: float32 (<f4) and float64 (<f8) are read"));
    };
    if !bytes.len().is_multiple_of(dtype.bytes()) {
        return Err("ends in the middle of a number".to_owned());
    }
    let mut values = Vec::with_capacity(bytes.len() / dtype.bytes());
    dtype.floats(bytes, &mut values);
    match values.iter().find(|x| !x.is_finite()) {
        Some(_) => Err("holds a number that is not finite in single precision".to_owned()),
        None => Ok(values),
    }
}
