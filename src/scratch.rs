//! The memory of a pool thread: whatever its computations want to find again, so that a steady run allocates
//! nothing. The kernel hands it around without knowing what is inside.

use std::any::Any;

/// One slot for a value of any type; asking for another type replaces it.
#[derive(Default)]
pub struct Scratch(Option<Box<dyn Any + Send>>);

impl Scratch {
    /// The value left by the last computation that asked for a `T`, or a new one.
    ///
    /// # Panics
    /// Never: the slot was just filled with a `T`.
    pub fn get<T: Any + Send + Default>(&mut self) -> &mut T {
        if !self.0.as_ref().is_some_and(|slot| slot.is::<T>()) {
            self.0 = Some(Box::<T>::default());
        }
        self.0.as_mut().and_then(|slot| slot.downcast_mut()).expect("the slot holds what was just put there")
    }
}
