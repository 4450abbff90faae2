//! Sign inversion (SIA): y' = -y. A binary symmetric channel with flip probability 1 behind the worker's own, so a
//! crossover p becomes 1 - p. Source: Park & Lee, arXiv 2402.01340; Bernstein et al., arXiv 1810.05291. Knows the
//! worker's own vote. Cost O(D / 64) word operations.
//!
//! Example: (+, -, 0) becomes (-, +, 0).

use super::{AttackContext, OnVote};
use crate::catalogue::Entry;
use crate::protocol::Act;

pub(crate) const ENTRY: Entry = Entry {
    word: "sign_inversion",
    about: "y' = -y; knows its own vote",
    source: "Park & Lee 2024, arXiv 2402.01340 (SIA); Bernstein et al. 2019, arXiv 1810.05291",
};

/// The strategy; it needs no memory.
pub(crate) struct SignInversion;

impl OnVote for SignInversion {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        Act::cast(context.own_vote.inverted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{numbers, says, signs};

    #[test]
    fn every_sign_is_negated() {
        assert_eq!(says(&mut SignInversion, 0, &signs("+-0")), signs("-+0"));
        assert_eq!(says(&mut SignInversion, 0, &numbers(&[2.0, -0.5])), numbers(&[-2.0, 0.5]));
    }
}
