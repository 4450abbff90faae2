//! What an attack may know, held by types: each trait is shown its context and nothing else.
//!
//! | trait | sees | answers with |
//! |---|---|---|
//! | [`OnVote`] | the worker's own vote, the steps it was sent | an [`Act`](crate::protocol::Act) |
//! | [`OnGradient`] | also the vector that its quantiser is given | another vector, which its quantiser makes a vote |
//! | [`OnWire`] | also the honest votes of the round, M and L | an [`Act`](crate::protocol::Act) |
//! | [`OnGradients`] | the vectors that honest quantisers are given, M and L | one vector for all corrupted workers |
//! | [`Attack::OnLabels`] | its own data | labels flipped, C - 1 - y |
//!
//! Attacks on gradients forge what honest workers *send*, before it is quantised: the gradient, or the mean along local
//! steps, with momentum and with what earlier votes left unsaid (error feedback, accumulation) where the method has them, as
//! ByzFL (arXiv 2505.24802) and Karimireddy et al. (arXiv 2012.10333) do. What is forged goes to the quantiser as it is, and
//! leaves no trace in the corrupted worker: what that one keeps between rounds goes on as if it had sent what it computed.
//!
//! Where nobody honest was asked in a round, or nobody was overheard before patience ended, attacks that listen have nothing
//! to hear. Those on votes are given no votes (a tie everywhere), those on gradients the coalition's own vectors.

use std::sync::Arc;

use crate::protocol::{Act, WorkerId};
use crate::random::{Purpose, Stream, Streams};
use crate::state::Resumable;
use crate::time::Round;
use crate::units::Population;
use crate::vote::{Step, Vote};

/// What every corrupted worker knows when it has to vote.
#[derive(Clone, Copy)]
pub struct AttackContext<'a> {
    /// The round that the vote is for, from zero.
    pub round: Round,
    /// Who has to vote: one of 0 to L - 1.
    pub worker: WorkerId,
    /// What the worker would have voted.
    pub own_vote: &'a Vote,
    /// The latest steps that the server has sent this worker, oldest first; the last one is that of the round before.
    /// Empty in the first round, and where the worker was sent a whole model.
    pub news: &'a [Arc<Step>],
    streams: Streams,
}

impl<'a> AttackContext<'a> {
    /// A context with the draws of `streams`.
    #[must_use]
    pub const fn new(
        round: Round,
        worker: WorkerId,
        own_vote: &'a Vote,
        news: &'a [Arc<Step>],
        streams: Streams,
    ) -> Self {
        Self { round, worker, own_vote, news, streams }
    }

    /// The worker's own draws in this round.
    #[must_use]
    pub fn stream(&self) -> Stream {
        self.streams.stream(Purpose::Attack, u64::from(self.worker.0), self.round)
    }

    /// The draws that all corrupted workers share in this round.
    #[must_use]
    pub fn shared_stream(&self) -> Stream {
        self.streams.stream(Purpose::Collusion, 0, self.round)
    }

    /// The draws that all corrupted workers share in all rounds.
    #[must_use]
    pub fn lasting_stream(&self) -> Stream {
        self.streams.stream(Purpose::Collusion, 1, Round(0))
    }
}

/// An attack that needs to know its own vote, or nothing at all.
pub trait OnVote: Send {
    /// What one corrupted worker does.
    fn act(&mut self, context: AttackContext<'_>) -> Act;

    /// What it remembers between rounds, for a run that is interrupted and goes on later; nothing unless it says otherwise.
    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        None
    }

    /// Why its memory cannot be handed out now, in words; asked before it is. Attacks of this library always can.
    fn lost_memory(&mut self) -> Option<String> {
        None
    }
}

/// An attack on what the worker's own quantiser is given, before it becomes a vote.
pub trait OnGradient: Send {
    /// Changes the vector, D numbers: the gradient, with momentum and with what earlier votes left unsaid where the method
    /// has them (on channels the worker's own vote, -1 and +1). What comes out is quantised as it is.
    fn change(&mut self, gradient: &mut [f32], context: AttackContext<'_>);

    /// What it remembers between rounds, for a run that is interrupted and goes on later; nothing unless it says otherwise.
    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        None
    }

    /// Why its memory cannot be handed out now, in words; asked before it is. Attacks of this library always can.
    fn lost_memory(&mut self) -> Option<String> {
        None
    }
}

/// An attack that listens to the honest votes of the round.
pub trait OnWire: Send {
    /// What one corrupted worker does; `honest` is in the order of the workers. In a network with losses or haste it may
    /// lack some of them, and it is empty where nobody honest was asked or overheard: each attack says what it does then.
    fn act(&mut self, context: AttackContext<'_>, honest: &[Arc<Vote>], population: Population) -> Act;

    /// What it remembers between rounds, for a run that is interrupted and goes on later; nothing unless it says otherwise.
    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        None
    }

    /// Why its memory cannot be handed out now, in words; asked before it is. Attacks of this library always can.
    fn lost_memory(&mut self) -> Option<String> {
        None
    }
}

/// An attack that reads what the honest quantisers of the round are given.
pub trait OnGradients: Send {
    /// The vector that every corrupted worker gives its quantiser, D numbers. `honest` holds those of the honest workers, in
    /// the order of the workers and at least one: gradients, with momentum and with what earlier votes left unsaid where the
    /// method has them (on channels the votes, -1 and +1). Where nobody honest was asked or overheard it holds those of the
    /// coalition itself, which knows nothing else.
    fn gradient(&mut self, honest: &[&[f32]], population: Population) -> Vec<f32>;

    /// Whether it tries its vector out on a copy of the server's rule ([`OnGradients::rehearsed`]).
    fn rehearses(&self) -> bool {
        false
    }

    /// The vector, where anybody honest was overheard and the attack rehearses: `harm` tells how far the rule would go astray in
    /// this round, with what it has learned, if all workers with this attack gave their quantisers that vector.
    fn rehearsed(
        &mut self,
        honest: &[&[f32]],
        population: Population,
        _harm: &mut dyn FnMut(&[f32]) -> f64,
    ) -> Vec<f32> {
        self.gradient(honest, population)
    }

    /// What it remembers between rounds, for a run that is interrupted and goes on later; nothing unless it says otherwise.
    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        None
    }

    /// Why its memory cannot be handed out now, in words; asked before it is. Attacks of this library always can.
    fn lost_memory(&mut self) -> Option<String> {
        None
    }
}

/// A strategy, by what it needs to know.
pub enum Attack {
    /// Sees the worker's own vote and says what becomes of it.
    OnVote(Box<dyn OnVote>),
    /// Changes the vector that the worker's own quantiser is given.
    OnGradient(Box<dyn OnGradient>),
    /// Sees the honest votes of the round as well.
    OnWire(Box<dyn OnWire>),
    /// Sees what the honest quantisers are given and forges one vector for all corrupted workers.
    OnGradients(Box<dyn OnGradients>),
    /// The worker votes as it computes, on flipped labels.
    OnLabels,
}

impl Attack {
    /// Whether it waits for what honest workers say.
    #[must_use]
    pub const fn listens(&self) -> bool {
        match self {
            Self::OnWire(_) | Self::OnGradients(_) => true,
            Self::OnVote(_) | Self::OnGradient(_) | Self::OnLabels => false,
        }
    }

    /// Whether it is shown the vectors that are quantised.
    #[must_use]
    pub const fn reads_gradients(&self) -> bool {
        match self {
            Self::OnGradient(_) | Self::OnGradients(_) => true,
            Self::OnVote(_) | Self::OnWire(_) | Self::OnLabels => false,
        }
    }

    /// What it remembers between rounds.
    pub fn memory(&mut self) -> Option<&mut dyn Resumable> {
        match self {
            Self::OnVote(attack) => attack.memory(),
            Self::OnGradient(attack) => attack.memory(),
            Self::OnWire(attack) => attack.memory(),
            Self::OnGradients(attack) => attack.memory(),
            Self::OnLabels => None,
        }
    }

    /// Why its memory cannot be handed out now, in words.
    pub fn lost_memory(&mut self) -> Option<String> {
        match self {
            Self::OnVote(attack) => attack.lost_memory(),
            Self::OnGradient(attack) => attack.lost_memory(),
            Self::OnWire(attack) => attack.lost_memory(),
            Self::OnGradients(attack) => attack.lost_memory(),
            Self::OnLabels => None,
        }
    }

    /// Whether corrupted workers learn from flipped labels.
    #[must_use]
    pub const fn poisons_labels(&self) -> bool {
        match self {
            Self::OnLabels => true,
            Self::OnVote(_) | Self::OnGradient(_) | Self::OnWire(_) | Self::OnGradients(_) => false,
        }
    }
}
