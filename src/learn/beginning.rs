//! What the parameters are before the first round: drawn by a law, or those of a file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use ndarray::ArrayD;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, Expected, IntoDeserializer, MapAccess};
use serde::{Deserialize, Serialize, Serializer};

use super::initial::Initial;
use super::model::Model;
use super::npz;
use crate::error::{Named, one_line};
use crate::random::Stream;
use crate::units::forms::{self, Forms, Scalar};

/// How names of files of models end.
pub const MODEL_FILE: &str = ".npz";

/// What a model starts from.
#[derive(Debug, Clone, PartialEq)]
pub enum Beginning {
    /// Every parameter is drawn.
    Law(Initial),
    /// A model that was saved.
    File(ModelFile),
}

/// A model in a file; its checksum names what it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// An `.npz` with an array for every tensor.
    pub file: PathBuf,
    /// SHA-256 of the file in hexadecimal, if it shall be no other.
    #[serde(default)]
    pub sha256: Option<String>,
    /// None before the file is loaded.
    #[serde(skip)]
    tensors: Arc<BTreeMap<String, ArrayD<f32>>>,
}

impl From<Initial> for Beginning {
    fn from(law: Initial) -> Self {
        Self::Law(law)
    }
}

impl Beginning {
    /// The parameters of a model, D numbers.
    ///
    /// # Panics
    /// When a file does not [fit](ModelFile::fits) the model.
    #[must_use]
    pub fn parameters(&self, model: &Model, stream: &mut Stream) -> Vec<f32> {
        match self {
            Self::Law(law) => law.draw(model, stream),
            Self::File(file) => file.parameters(model),
        }
    }
}

impl ModelFile {
    /// Takes in what the file holds.
    ///
    /// # Errors
    /// In words, when that is no archive of arrays of numbers.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.tensors = Arc::new(npz::read(bytes).map_err(|why| format!("{}: {why}", self.file.named()))?);
        Ok(())
    }

    /// Whether the file holds every tensor of the model in its shape, and no other.
    ///
    /// # Errors
    /// In words: the file, the tensor, and what was expected.
    pub fn fits(&self, model: &Model) -> Result<(), String> {
        let file = self.file.named();
        for tensor in model.tensors() {
            match self.tensors.get(&tensor.name) {
                None => {
                    let names: Vec<&str> = self.tensors.keys().map(String::as_str).collect();
                    return Err(format!(
                        "{file} has no tensor `{}` of the shape {:?}; it holds {}",
                        tensor.name,
                        tensor.shape,
                        if names.is_empty() {
                            "nothing".to_owned()
                        } else {
                            one_line(&names.join(", ")).into_owned()
                        }
                    ));
                }
                Some(array) if array.shape() != tensor.shape => {
                    return Err(format!(
                        "the tensor `{}` of {file} has the shape {:?}, and that of this model {:?}",
                        tensor.name,
                        array.shape(),
                        tensor.shape
                    ));
                }
                Some(_) => {}
            }
        }
        let known = |name: &&String| model.tensors().iter().any(|tensor| tensor.name == **name);
        match self.tensors.keys().find(|name| !known(name)) {
            Some(stranger) => {
                let stranger = one_line(stranger);
                Err(format!("{file} holds a tensor `{stranger}`, which this model does not have"))
            }
            None => Ok(()),
        }
    }

    fn parameters(&self, model: &Model) -> Vec<f32> {
        let of = |name: &String| self.tensors.get(name).expect("the file was held against the model");
        model.tensors().iter().flat_map(|tensor| of(&tensor.name).iter().copied()).collect()
    }
}

impl Serialize for Beginning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Law(law) => law.serialize(serializer),
            Self::File(file) => file.serialize(serializer),
        }
    }
}

impl<'de> Forms<'de> for Beginning {
    fn of_scalar<E: Error>(written: Scalar, expected: &dyn Expected) -> Result<Self, E> {
        match written {
            Scalar::Text(path) if path.ends_with(MODEL_FILE) => {
                let file = ModelFile { file: PathBuf::from(path), sha256: None, tensors: Arc::default() };
                Ok(Self::File(file))
            }
            Scalar::Text(word) => Initial::deserialize(word.into_deserializer()).map(Self::Law),
            number => Err(E::invalid_type(number.unexpected(), expected)),
        }
    }

    fn of_mapping<A: MapAccess<'de>>(map: A, _: &dyn Expected) -> Result<Self, A::Error> {
        ModelFile::deserialize(MapAccessDeserializer::new(map)).map(Self::File)
    }
}

impl<'de> Deserialize<'de> for Beginning {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        forms::read(deserializer, "a word of `signsim list initial`, or a file such as model.npz,")
    }
}
