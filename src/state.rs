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
    /// Adds the state to what was written.
    fn write(&self, to: &mut Vec<u8>);

    /// Takes on a state that was written, and leaves what comes behind it.
    ///
    /// # Errors
    /// When the bytes are no such state.
    fn read(&mut self, from: &mut &[u8]) -> Result<()>;
}

impl<T: Serialize + DeserializeOwned> Resumable for T {
    fn write(&self, to: &mut Vec<u8>) {
        put(self, to);
    }

    fn read(&mut self, from: &mut &[u8]) -> Result<()> {
        *self = take(from)?;
        Ok(())
    }
}

/// Adds plain data to what was written.
///
/// # Panics
/// Never: nothing but memory is written to.
pub fn put<T: Serialize>(value: &T, to: &mut Vec<u8>) {
    *to = postcard::to_extend(value, std::mem::take(to)).expect("state is plain data");
}

/// Takes what [`put`] has written from the front.
///
/// # Errors
/// When the bytes are nothing of the kind.
pub fn take<T: DeserializeOwned>(from: &mut &[u8]) -> Result<T> {
    let unreadable = |e| Error::run(format!("a state cannot be read: {e}"));
    let (value, rest) = postcard::take_from_bytes(from).map_err(unreadable)?;
    *from = rest;
    Ok(value)
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

/// Adds what `write` does, and behind it the vectors that it names.
pub fn with_store(to: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    STORE.take();
    let begins = to.len();
    write(to);
    let length = (to.len() - begins) as u64;
    put(&STORE.take(), to);
    to.extend(length.to_le_bytes());
}

/// What `read` gives of all that [`with_store`] has written.
///
/// # Errors
/// Those of `read`, or when something is missing, or left over.
pub fn from_store<T>(bytes: &[u8], read: impl FnOnce(&mut &[u8]) -> Result<T>) -> Result<T> {
    let broken = || Error::run("a state is shorter or longer than it should be");
    let (bytes, length) = bytes.split_last_chunk().ok_or_else(broken)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| broken())?;
    let (mut state, mut store) = bytes.split_at_checked(length).ok_or_else(broken)?;
    STORE.set(take(&mut store)?);
    let read = read(&mut state);
    STORE.take();
    if state.is_empty() && store.is_empty() { read } else { read.and_then(|_| Err(broken())) }
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
        let mut bytes = vec![7];
        with_store(&mut bytes, |to| put(&held, to));
        assert!(bytes.len() < 2 * 4 * model.len() + 30, "{} bytes", bytes.len());
        let read: [Holder; 4] = from_store(&bytes[1..], take).unwrap();
        let [Some(first), None, Some(third), Some(last)] = read.map(|holder| holder.0) else {
            panic!("as many as were written");
        };
        assert!(Arc::ptr_eq(&first, &last) && !Arc::ptr_eq(&first, &third));
        assert!(first.iter().zip(&*model).all(|(a, b)| a.to_bits() == b.to_bits()));
    }

    #[test]
    fn what_is_no_state_is_refused() {
        let read = |bytes: &[u8]| from_store::<Vec<u32>>(bytes, take);
        let mut bytes = Vec::new();
        with_store(&mut bytes, |to| put(&vec![1_u32, 2], to));
        assert_eq!(read(&bytes).unwrap(), [1, 2]);
        assert!((0..bytes.len()).all(|end| read(&bytes[..end]).is_err()));
        assert!(read(&[&[0], &bytes[..]].concat()).is_err());
        assert!(from_store::<u8>(&bytes, take).is_err(), "something is left over");
    }
}
