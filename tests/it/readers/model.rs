//! Models in files.

use signsim::error::Error;
use signsim::learn::{Start, Tensor, npz};

use super::read;

/// Arrays by name: written anew, they are the same.
pub(super) fn model(bytes: &[u8]) {
    let Some(arrays) = read(npz::read(bytes).map_err(Error::input)) else { return };
    let (mut tensors, mut parameters): (Vec<Tensor>, Vec<f32>) = (Vec::new(), Vec::new());
    for (name, array) in &arrays {
        let begin = parameters.len();
        parameters.extend(array);
        let (name, shape) = (name.clone(), array.shape().to_vec());
        tensors.push(Tensor { name, shape, range: begin..parameters.len(), start: Start::Zero });
    }
    assert_eq!(npz::read(&npz::write(&tensors, &parameters)).as_ref(), Ok(&arrays));
}
