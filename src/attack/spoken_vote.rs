//! Whether a vote that is odd in its timing or number is honest or inverted.
//!
//! Example: of (+, -, 0), `honest` is (+, -, 0) and `inverted` is (-, +, 0).

use serde::{Deserialize, Serialize};

use crate::vote::Vote;

/// What a corrupted worker says when it does speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpokenVote {
    /// What it has computed.
    Honest,
    /// Every sign negated.
    Inverted,
}

impl SpokenVote {
    pub(super) const fn honest() -> Self {
        Self::Honest
    }

    /// The vote of a worker that has computed `own`.
    #[must_use]
    pub fn of(self, own: &Vote) -> Vote {
        match self {
            Self::Honest => own.clone(),
            Self::Inverted => own.inverted(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::signs;

    #[test]
    fn one_is_the_vote_the_other_its_opposite() {
        assert_eq!(SpokenVote::Honest.of(&signs("+-0")), signs("+-0"));
        assert_eq!(SpokenVote::Inverted.of(&signs("+-0")), signs("-+0"));
    }
}
