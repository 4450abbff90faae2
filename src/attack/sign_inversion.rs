//! Sign inversion (SIA): y' = -y. A binary symmetric channel with flip probability 1 behind the worker's own, so a
//! crossover p becomes 1 - p. Source: Park & Lee, arXiv 2402.01340. Knows the worker's own vote.

use super::{Attack, Scene};
use crate::sign::SignVector;

/// Example: (+, -, 0) becomes (-, +, 0).
pub struct SignInversion;

impl Attack for SignInversion {
    fn vote(&mut self, scene: Scene<'_>) -> SignVector {
        scene.own_vote.clone().inverted()
    }
}
