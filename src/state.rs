//! State as bytes: what an actor, a rule or an attack has become, written so that another process goes on with it.
//!
//! What something is told before the first round, its plan, is never written: who goes on is built from the same scenario
//! and then given the state. Numbers keep their bits, also those that are not finite.
//!
//! Models and gradients are held by many at once and are by far the largest things. Each is written once, and whoever
//! holds it names it by its place in one [`Store`]; who reads a state holds them together again as before.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Something that can be written and read back: every type that serde can do this with.
pub trait Resumable {
    /// The state as bytes.
    fn write(&self) -> Vec<u8>;

    /// Takes on a state that was written.
    ///
    /// # Errors
    /// When the bytes are no such state.
    fn read(&mut self, bytes: &[u8]) -> Result<()>;
}

impl<T: Serialize + DeserializeOwned> Resumable for T {
    fn write(&self) -> Vec<u8> {
        to_bytes(self)
    }

    fn read(&mut self, bytes: &[u8]) -> Result<()> {
        *self = from_bytes(bytes)?;
        Ok(())
    }
}

/// Plain data as bytes.
///
/// # Panics
/// Never for what can be held in memory: nothing but memory is written to.
pub fn to_bytes<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("state is plain data")
}

/// What [`to_bytes`] has written.
///
/// # Errors
/// When the bytes are nothing of the kind.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let (value, rest) =
        postcard::take_from_bytes(bytes).map_err(|e| Error::run(format!("a state cannot be read: {e}")))?;
    if rest.is_empty() { Ok(value) } else { Err(Error::run("a state is longer than it should be")) }
}

/// Gives a rule or an attack back what it remembered, if it remembers anything.
///
/// # Errors
/// When the bytes are nothing that it remembers.
pub fn restore_memory(memory: Option<&mut dyn Resumable>, remembered: Option<&[u8]>) -> Result<()> {
    match (memory, remembered) {
        (Some(memory), Some(remembered)) => memory.read(remembered),
        (None, None) => Ok(()),
        (Some(_), None) | (None, Some(_)) => Err(Error::run("a state is of another rule or another attack")),
    }
}

/// The vectors of numbers that a state holds by reference, each once.
#[derive(Default, Serialize, Deserialize)]
pub struct Store {
    vectors: Vec<Arc<[f32]>>,
    /// By address and length, while a state is written; all are held, so no address is used twice.
    #[serde(skip)]
    places: BTreeMap<(usize, usize), u32>,
}

thread_local! {
    /// The store of the state that is being written or read: serde hands nothing like it down.
    static STORE: RefCell<Store> = RefCell::default();
}

/// What `write` gives, and the vectors that it names.
pub fn with_store<T>(write: impl FnOnce() -> T) -> (T, Store) {
    STORE.take();
    let written = write();
    (written, STORE.take())
}

/// What `read` gives when it finds vectors in `store`.
pub fn from_store<T>(store: Store, read: impl FnOnce() -> T) -> T {
    STORE.set(store);
    let read = read();
    STORE.take();
    read
}

/// How serde writes a vector that several hold: by its place in the store.
pub mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use super::STORE;

    /// Writes the place of a vector.
    pub fn serialize<S: Serializer>(vector: &Option<Arc<[f32]>>, to: S) -> Result<S::Ok, S::Error> {
        let place = vector.as_ref().map(|vector| {
            STORE.with_borrow_mut(|store| {
                let key = (vector.as_ptr().addr(), vector.len());
                *store.places.entry(key).or_insert_with(|| {
                    store.vectors.push(Arc::clone(vector));
                    store.vectors.len() as u32 - 1
                })
            })
        });
        place.serialize(to)
    }

    /// Looks a vector up.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Arc<[f32]>>, D::Error> {
        let Some(place) = Option::<u32>::deserialize(from)? else { return Ok(None) };
        let found = STORE.with_borrow(|store| store.vectors.get(place as usize).cloned());
        found.map(Some).ok_or_else(|| de::Error::custom("a vector that is not in the store"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Holder(#[serde(with = "shared")] Option<Arc<[f32]>>);

    #[test]
    fn what_several_hold_is_written_once_and_held_together_again() {
        let model: Arc<[f32]> = [1.0, f32::from_bits(0x7fc0_0123), f32::NEG_INFINITY, -0.0].into();
        let other: Arc<[f32]> = model.iter().copied().collect();
        let held = [Some(&model), None, Some(&other), Some(&model)].map(|v| Holder(v.cloned()));
        let (bytes, store) = with_store(|| to_bytes(&held));
        assert_eq!(store.vectors.len(), 2);
        let store: Store = from_bytes(&to_bytes(&store)).unwrap();
        let read: [Holder; 4] = from_store(store, || from_bytes(&bytes)).unwrap();
        let [Some(first), None, Some(third), Some(last)] = read.map(|holder| holder.0) else {
            panic!("as many as were written");
        };
        assert!(Arc::ptr_eq(&first, &last) && !Arc::ptr_eq(&first, &third));
        assert!(first.iter().zip(&*model).all(|(a, b)| a.to_bits() == b.to_bits()));
    }

    #[test]
    fn what_is_no_state_is_refused() {
        let bytes = to_bytes(&vec![1_u32, 2]);
        assert!(from_bytes::<Vec<u32>>(&bytes[..2]).is_err());
        assert!(from_bytes::<Vec<u32>>(&[&bytes[..], &[0]].concat()).is_err());
        assert!(from_bytes::<Vec<u32>>(&bytes).is_ok_and(|read| read == [1, 2]));
    }
}
