//! What corrupted workers do instead.
//!
//! One mind, the adversary actor, decides for all of them. What it may look at is what its attack says it needs, and
//! the types hold it to that: an [`Attack`] is one of a few traits, and each trait is shown what stands here and nothing
//! else. Honest votes and gradients are not even sent to the adversary unless its attack asks for them.
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
//!
//! Every attack is one file: formula, source, what it knows, a worked example that is a test, its line of the catalogue
//! and its settings. It works for votes of every kind: signs with or without zeros, scaled signs, numbers. Adding one is
//! that file and a few lines here, which `docs/extending.md` walks through.

mod abstain;
mod alie;
mod all_plus;
mod colluders;
mod context;
mod crash_when_close;
mod dither;
mod duplicate;
mod gaussian;
mod half;
mod ipm;
mod label_flip;
mod late;
mod margins;
mod minus_majority;
mod oscillator;
mod random;
mod replay;
mod sign_inversion;
mod silent;
mod sleeper;
mod spoken_vote;
mod stochastic_flip;
mod traits;

use serde::{Deserialize, Serialize};

pub use alie::Alie;
pub use context::{Attack, AttackContext, OnGradient, OnGradients, OnVote, OnWire};
pub use crash_when_close::CrashWhenClose;
pub use dither::Dither;
pub use duplicate::Duplicate;
pub use gaussian::Gaussian;
pub use ipm::Ipm;
pub use late::Late;
pub use oscillator::Oscillator;
pub use replay::Replay;
pub use sleeper::Sleeper;
pub use spoken_vote::SpokenVote;
pub use stochastic_flip::StochasticFlip;

use crate::catalogue::Entry;

/// Every attack, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[
    sign_inversion::ENTRY,
    stochastic_flip::ENTRY,
    gaussian::ENTRY,
    all_plus::ENTRY,
    random::ENTRY,
    abstain::ENTRY,
    colluders::ENTRY,
    dither::ENTRY,
    alie::ENTRY,
    ipm::ENTRY,
    minus_majority::ENTRY,
    label_flip::ENTRY,
    late::ENTRY,
    silent::ENTRY,
    replay::ENTRY,
    duplicate::ENTRY,
    crash_when_close::ENTRY,
    sleeper::ENTRY,
    oscillator::ENTRY,
    half::ENTRY,
];

/// The attacks a scenario can ask for, each with its settings; formula and source stand in [`CATALOGUE`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AttackSpec {
    SignInversion {},
    StochasticFlip(StochasticFlip),
    Gaussian(Gaussian),
    AllPlus {},
    Random {},
    Abstain {},
    Colluders {},
    Dither(Dither),
    Alie(Alie),
    Ipm(Ipm),
    MinusMajority {},
    LabelFlip {},
    Late(Late),
    Silent {},
    Replay(Replay),
    Duplicate(Duplicate),
    CrashWhenClose(CrashWhenClose),
    Sleeper(Sleeper),
    Oscillator(Oscillator),
    Half {},
}

impl AttackSpec {
    /// The attack's line of the catalogue.
    #[must_use]
    pub const fn entry(&self) -> Entry {
        match self {
            Self::SignInversion {} => sign_inversion::ENTRY,
            Self::StochasticFlip(_) => stochastic_flip::ENTRY,
            Self::Gaussian(_) => gaussian::ENTRY,
            Self::AllPlus {} => all_plus::ENTRY,
            Self::Random {} => random::ENTRY,
            Self::Abstain {} => abstain::ENTRY,
            Self::Colluders {} => colluders::ENTRY,
            Self::Dither(_) => dither::ENTRY,
            Self::Alie(_) => alie::ENTRY,
            Self::Ipm(_) => ipm::ENTRY,
            Self::MinusMajority {} => minus_majority::ENTRY,
            Self::LabelFlip {} => label_flip::ENTRY,
            Self::Late(_) => late::ENTRY,
            Self::Silent {} => silent::ENTRY,
            Self::Replay(_) => replay::ENTRY,
            Self::Duplicate(_) => duplicate::ENTRY,
            Self::CrashWhenClose(_) => crash_when_close::ENTRY,
            Self::Sleeper(_) => sleeper::ENTRY,
            Self::Oscillator(_) => oscillator::ENTRY,
            Self::Half {} => half::ENTRY,
        }
    }

    /// The word that YAML uses.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        self.entry().word
    }

    /// The strategy at the start of a run.
    #[must_use]
    pub fn build(&self) -> Attack {
        match self {
            Self::SignInversion {} => Attack::OnVote(Box::new(sign_inversion::SignInversion)),
            Self::StochasticFlip(settings) => Attack::OnVote(Box::new(*settings)),
            Self::Gaussian(settings) => Attack::OnVote(Box::new(*settings)),
            Self::AllPlus {} => Attack::OnVote(Box::new(all_plus::AllPlus)),
            Self::Random {} => Attack::OnVote(Box::new(random::Random)),
            Self::Abstain {} => Attack::OnVote(Box::new(abstain::Abstain)),
            Self::Colluders {} => Attack::OnVote(Box::new(colluders::Colluders)),
            Self::Dither(settings) => Attack::OnGradient(Box::new(*settings)),
            Self::Alie(settings) => Attack::OnGradients(Box::new(*settings)),
            Self::Ipm(settings) => Attack::OnGradients(Box::new(*settings)),
            Self::MinusMajority {} => Attack::OnWire(Box::new(minus_majority::MinusMajority::default())),
            Self::LabelFlip {} => Attack::OnLabels,
            Self::Late(settings) => Attack::OnVote(Box::new(*settings)),
            Self::Silent {} => Attack::OnVote(Box::new(silent::Silent)),
            Self::Replay(settings) => Attack::OnVote(Box::new(replay::Replayer::new(*settings))),
            Self::Duplicate(settings) => Attack::OnVote(Box::new(*settings)),
            Self::CrashWhenClose(settings) => {
                Attack::OnWire(Box::new(crash_when_close::Crasher::new(settings.clone())))
            }
            Self::Sleeper(settings) => Attack::OnVote(Box::new(*settings)),
            Self::Oscillator(settings) => Attack::OnVote(Box::new(*settings)),
            Self::Half {} => Attack::OnVote(Box::new(half::Half::default())),
        }
    }

    /// Whether the strategy waits for what honest workers say.
    #[must_use]
    pub fn listens(&self) -> bool {
        self.build().listens()
    }

    /// Whether the strategy is shown the vectors that are quantised.
    #[must_use]
    pub fn reads_gradients(&self) -> bool {
        self.build().reads_gradients()
    }

    /// Whether corrupted workers learn from flipped labels.
    #[must_use]
    pub fn poisons_labels(&self) -> bool {
        self.build().poisons_labels()
    }
}

#[cfg(test)]
mod examples;
