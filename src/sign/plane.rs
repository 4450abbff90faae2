//! The words of one plane of a sign vector.

use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bits, 64 to a word. A single word lies in the plane itself: there may be a million votes about few coordinates, and memory of
/// its own for each of them takes longer than all that is done with its bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plane(Words);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Words {
    One(u64),
    Any(Vec<u64>),
}

impl Plane {
    /// `count` words, every bit of them clear.
    #[must_use]
    pub fn zeros(count: usize) -> Self {
        if count == 1 { Self::from(0) } else { Self(Words::Any(vec![0; count])) }
    }
}

impl From<u64> for Plane {
    #[inline]
    fn from(word: u64) -> Self {
        Self(Words::One(word))
    }
}

impl From<Vec<u64>> for Plane {
    #[inline]
    fn from(words: Vec<u64>) -> Self {
        Self(if let [word] = *words { Words::One(word) } else { Words::Any(words) })
    }
}

impl Deref for Plane {
    type Target = [u64];

    #[inline]
    fn deref(&self) -> &[u64] {
        match &self.0 {
            Words::One(word) => std::slice::from_ref(word),
            Words::Any(words) => words,
        }
    }
}

impl DerefMut for Plane {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u64] {
        match &mut self.0 {
            Words::One(word) => std::slice::from_mut(word),
            Words::Any(words) => words,
        }
    }
}

// Written down as any list of words.
impl Serialize for Plane {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Plane {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

// No larger than a list of words.
const _: () = assert!(size_of::<Plane>() <= size_of::<Vec<u64>>());

#[cfg(test)]
mod tests {
    use super::*;

    /// However few words there are, they read, change and are written down as a list of them.
    #[test]
    fn a_plane_is_a_list_of_words() {
        for words in [vec![], vec![5], vec![5, 7], vec![0; 9]] {
            let mut plane = Plane::from(words.clone());
            assert_eq!(*plane, *words);
            let bytes = postcard::to_allocvec(&plane).unwrap();
            assert_eq!(bytes, postcard::to_allocvec(&words).unwrap());
            assert_eq!(postcard::from_bytes::<Plane>(&bytes).unwrap(), plane);
            plane.iter_mut().for_each(|word| *word = !*word);
            assert!(plane.iter().zip(&words).all(|(new, old)| *new == !old));
            assert_eq!(*Plane::zeros(words.len()), *vec![0; words.len()]);
        }
    }
}
