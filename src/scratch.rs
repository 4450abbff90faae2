//! The memory of a pool thread: whatever its computations want to find again, so that a steady run allocates
//! nothing. The kernel hands it around without knowing what is inside.

use std::any::Any;

use crate::helpers::Helpers;

/// One slot for a value of any type; asking for another type replaces it.
#[derive(Default)]
pub struct Scratch {
    slot: Option<Box<dyn Any + Send>>,
    helpers: Helpers,
}

impl Scratch {
    /// The memory of a thread that `helpers` help.
    #[must_use]
    pub fn with(helpers: Helpers) -> Self {
        Self { slot: None, helpers }
    }

    /// Who helps the thread.
    #[must_use]
    pub const fn helpers(&self) -> &Helpers {
        &self.helpers
    }

    /// The value left by the last computation that asked for a `T`, or a new one.
    ///
    /// # Panics
    /// Never: the slot was just filled with a `T`.
    pub fn get<T: Any + Send + Default>(&mut self) -> &mut T {
        if !self.slot.as_ref().is_some_and(|slot| slot.is::<T>()) {
            self.slot = Some(Box::<T>::default());
        }
        self.slot
            .as_mut()
            .and_then(|slot| slot.downcast_mut())
            .expect("the slot holds what was just put there")
    }
}
