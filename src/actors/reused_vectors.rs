//! Memory for the gradients that votes show.
//!
//! A gradient goes from the thread that takes it to whoever adds it up, and is let go there. In fresh memory each time, an MLP
//! would spend a seventh of its rounds on the pages that the operating system clears.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Vectors shorter than this are as fast in fresh memory.
const LONG: usize = 1 << 12;

/// Vectors that were handed out, the oldest first. As many are kept as were ever held at one time.
#[derive(Default)]
pub struct ReusedVectors(Mutex<VecDeque<Arc<[f32]>>>);

impl ReusedVectors {
    /// A vector of these numbers, in the place of one that nobody holds any more, if there is one.
    pub(super) fn collect(&self, numbers: impl ExactSizeIterator<Item = f32>) -> Arc<[f32]> {
        if numbers.len() < LONG {
            return numbers.collect();
        }
        let vector = match self.let_go(numbers.len()) {
            Some(mut vector) => {
                let places = Arc::get_mut(&mut vector).expect("nobody else holds it");
                places.iter_mut().zip(numbers).for_each(|(place, number)| *place = number);
                vector
            }
            None => numbers.collect(),
        };
        self.handed_out().push_back(Arc::clone(&vector));
        vector
    }

    /// The oldest vector of this length that nobody holds. It is hardly ever behind one that somebody does.
    fn let_go(&self, len: usize) -> Option<Arc<[f32]>> {
        let mut handed_out = self.handed_out();
        let place =
            handed_out.iter().position(|vector| Arc::strong_count(vector) == 1 && vector.len() == len)?;
        handed_out.remove(place)
    }

    fn handed_out(&self) -> MutexGuard<'_, VecDeque<Arc<[f32]>>> {
        // Nothing that could panic half-way is done under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_that_somebody_holds_is_not_written_to_and_one_let_go_is_used_again() {
        let vectors = ReusedVectors::default();
        let of = |number: f32, len: usize| vectors.collect(std::iter::repeat_n(number, len));
        let (held, let_go) = (of(1.0, LONG), of(2.0, LONG));
        let place = let_go.as_ptr();
        drop(let_go);
        let next = of(3.0, LONG);
        assert_eq!((next.as_ptr(), next[LONG - 1]), (place, 3.0), "the same memory");
        let new = of(4.0, LONG);
        assert_ne!(new.as_ptr(), place);
        assert_eq!([held[0], next[0], new[0]], [1.0, 3.0, 4.0]);
        assert_eq!(vectors.handed_out().len(), 3);
        drop((held, next, new));
        let (longer, short) = (of(5.0, LONG + 1), of(6.0, 3));
        assert_eq!((longer[LONG], &*short), (5.0, &[6.0; 3][..]));
        assert_eq!(vectors.handed_out().len(), 4, "another length, and a short one that is not kept");
    }
}
