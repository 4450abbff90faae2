//! A mixture: corrupted workers attack in different ways. They take the attacks of a list by turns: worker m the one in place
//! m mod n of n. Each attack is told M and the whole L, hears what it would hear alone, and shares its draws with whoever has the
//! same attack.
//!
//! Source: no single paper; coalitions of several kinds are what reviewers of robust rules ask for. Knows what its attacks
//! know. Cost: that of its attacks.
//!
//! Example: L = 5, `[sign_inversion, random]`: workers 0, 2, 4 invert their signs, 1 and 3 throw coins.

use super::context::Attack;
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::protocol::WorkerId;

pub(crate) const ENTRY: Entry = Entry {
    word: "mixture",
    about: "different attacks by worker: a list of `attacks` that corrupted workers take by turns; each is told M and L, hears \
            what it would hear alone and knows what it would know",
    source: "no paper: coalitions of several kinds",
};

/// Checks the attacks of a mixture, each by `check`: two or more, and none that `is_mixed` itself.
///
/// # Errors
/// Names the attack and what is wrong with it.
pub(super) fn validate<A>(
    attacks: &[A],
    is_mixed: impl Fn(&A) -> bool,
    check: impl Fn(&A) -> Result<()>,
) -> Result<()> {
    if attacks.len() < 2 {
        let few = Error::scenario("a mixture has two attacks or more");
        return Err(few.key("attacks").help("name another, or write the attack itself"));
    }
    for (i, attack) in attacks.iter().enumerate() {
        let checked = if is_mixed(attack) {
            Err(Error::scenario("a mixture is no part of a mixture").help("write all attacks in one list"))
        } else {
            check(attack)
        };
        checked.map_err(|e| e.key(format!("attacks.[{i}]")))?;
    }
    Ok(())
}

/// The strategies of a run's corrupted workers, with what they remember: one for all, or several by turns.
pub struct Strategies(Vec<Attack>);

impl Strategies {
    /// By turns: worker m has the one in place m mod n.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    pub fn new(attacks: Vec<Attack>) -> Self {
        assert!(!attacks.is_empty(), "corrupted workers have an attack");
        Self(attacks)
    }

    /// The place of a worker's strategy among them.
    #[must_use]
    pub fn turn(&self, worker: WorkerId) -> usize {
        worker.index() % self.0.len()
    }

    /// A worker's strategy.
    #[must_use]
    pub fn of(&self, worker: WorkerId) -> &Attack {
        &self.0[self.turn(worker)]
    }

    /// All of them, in their order.
    pub fn all(&mut self) -> &mut [Attack] {
        &mut self.0
    }

    /// Whether one of them waits for what honest workers say.
    #[must_use]
    pub fn listen(&self) -> bool {
        self.0.iter().any(Attack::listens)
    }

    /// Whether one of them is shown the vectors that are quantised.
    #[must_use]
    pub fn read_gradients(&self) -> bool {
        self.0.iter().any(Attack::reads_gradients)
    }

    /// Whether one of them makes up vectors out of those of others: of the honest, or where there is nobody honest of the coalition.
    #[must_use]
    pub fn forge(&self) -> bool {
        self.0.iter().any(|attack| matches!(attack, Attack::OnGradients(_)))
    }

    /// Whether one of them tries its vector out on a copy of the server's rule.
    #[must_use]
    pub fn rehearse(&self) -> bool {
        self.0.iter().any(|attack| matches!(attack, Attack::OnGradients(attack) if attack.rehearses()))
    }

    /// Whether some corrupted workers learn from flipped labels.
    #[must_use]
    pub fn poison_labels(&self) -> bool {
        self.0.iter().any(Attack::poisons_labels)
    }
}
