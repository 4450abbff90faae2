//! What corrupted workers do instead.
//!
//! One mind, the adversary actor, decides for all of them. The types hold it to what its attack says that it needs: an [`Attack`]
//! is one of a few traits, each shown what `context.rs` says and nothing else. Nobody else's votes are even sent to it.
//!
//! Every attack is one file: formula, source, what it knows, a worked example that is a test, its line of the catalogue and
//! its settings. It works for votes of every kind. Adding one is that file and a few lines here (`docs/extending.md`).

mod abstain;
mod alie;
mod all_plus;
mod colluders;
mod context;
mod crash_when_close;
mod disguised;
mod dither;
mod duplicate;
mod focus;
mod gaussian;
mod half;
mod ipm;
mod label_flip;
mod late;
mod line_search;
mod margins;
mod mimic;
mod min_max;
mod min_sum;
mod minus_majority;
mod mixture;
mod oscillator;
mod own;
mod perturbation;
mod random;
mod replay;
mod sign_inversion;
mod silent;
mod sleeper;
mod spoken_vote;
mod stochastic_flip;
mod traits;
mod whisper;

use serde::{Deserialize, Serialize};

pub use alie::Alie;
pub(crate) use alie::mean;
pub use colluders::Colluders;
pub use context::{Attack, AttackContext, OnGradient, OnGradients, OnVote, OnWire};
pub use crash_when_close::CrashWhenClose;
pub use dither::Dither;
pub use duplicate::Duplicate;
pub use focus::Focus;
pub use gaussian::Gaussian;
pub use ipm::Ipm;
pub use late::Late;
pub use line_search::Trials;
pub use mimic::Mimic;
pub use min_max::MinMax;
pub use min_sum::MinSum;
pub use mixture::Strategies;
pub use oscillator::Oscillator;
pub use own::OwnAttack;
pub use perturbation::Perturbation;
pub use replay::Replay;
pub use sleeper::Sleeper;
pub use spoken_vote::SpokenVote;
pub use stochastic_flip::StochasticFlip;
pub use traits::AttackTraits;
pub use whisper::Whisper;

use traits::{AttackMemory, PLAIN};

use crate::catalogue::Entry;
use crate::error::Result;
use crate::registry::OwnRule;
use crate::units::single;

/// Every attack, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[
    sign_inversion::ENTRY,
    stochastic_flip::ENTRY,
    gaussian::ENTRY,
    all_plus::ENTRY,
    random::ENTRY,
    abstain::ENTRY,
    colluders::ENTRY,
    whisper::ENTRY,
    focus::ENTRY,
    dither::ENTRY,
    alie::ENTRY,
    ipm::ENTRY,
    min_max::ENTRY,
    min_sum::ENTRY,
    minus_majority::ENTRY,
    disguised::ENTRY,
    mimic::ENTRY,
    label_flip::ENTRY,
    late::ENTRY,
    silent::ENTRY,
    replay::ENTRY,
    duplicate::ENTRY,
    crash_when_close::ENTRY,
    sleeper::ENTRY,
    oscillator::ENTRY,
    mixture::ENTRY,
    half::ENTRY,
];

/// The attacks a scenario can ask for, each with its settings; formula and source stand in [`CATALOGUE`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AttackSpec {
    /// y' = -y (SIA).
    SignInversion {},
    /// Every sign negated with probability r, independently (SSFA).
    StochasticFlip(StochasticFlip),
    /// y' = sign(z), z ~ N(0, 1); q = 1/2.
    Gaussian(Gaussian),
    /// y' = +1 on every coordinate.
    AllPlus {},
    /// A fair coin on every coordinate; q = 1/2.
    Random {},
    /// y' = 0: the vote arrives and says nothing.
    Abstain {},
    /// One vector of fair coins for all corrupted workers, new in every round.
    Colluders(Colluders),
    /// One vector of fair coins on a share of the coordinates, honest elsewhere.
    Whisper(Whisper),
    /// y' = -y on a lasting share of the coordinates, honest elsewhere.
    Focus(Focus),
    /// y' = sign(g + std z), z ~ N(0, 1).
    Dither(Dither),
    /// g' = mean - z std of the honest gradients (a little is enough).
    Alie(Alie),
    /// g' = -epsilon mean of the honest gradients (inner-product manipulation).
    Ipm(Ipm),
    /// g' = mean + gamma p, as far from the honest gradients as they are from each other.
    MinMax(MinMax),
    /// g' = mean + gamma p, its distances summing to no more than theirs.
    MinSum(MinSum),
    /// y' = -sign(sum of the honest votes).
    MinusMajority {},
    /// Minus the honest majority where L votes can turn it, the majority elsewhere.
    Disguised {},
    /// The vote of one honest worker, or an older one of it.
    Mimic(Mimic),
    /// y -> C - 1 - y on the labels of corrupted workers, then an honest vote; training only.
    LabelFlip {},
    /// The vote is held back, so that its round may have closed when it comes.
    Late(Late),
    /// No vote at all.
    Silent {},
    /// What the worker computed some rounds ago.
    Replay(Replay),
    /// The vote is sent several times; the server accepts one.
    Duplicate(Duplicate),
    /// Silent in the rounds in which the honest votes are close.
    CrashWhenClose(CrashWhenClose),
    /// Honest up to a round, y' = -y from there on, at once or bit by bit.
    Sleeper(Sleeper),
    /// Honest and inverted by turns of one period each.
    Oscillator(Oscillator),
    /// Different attacks by worker.
    Mixture {
        /// Two or more, which corrupted workers take by turns.
        attacks: Vec<AttackSpec>,
    },
    /// Honest or inverted, so that the crossover which the server estimates stays at 1/2.
    Half {},
    /// An attack that the program has registered ([`register`]).
    Own(OwnRule),
}

impl AttackSpec {
    /// The attack's line of the catalogue.
    #[must_use]
    pub fn entry(&self) -> Entry {
        match self {
            Self::SignInversion {} => sign_inversion::ENTRY,
            Self::StochasticFlip(_) => stochastic_flip::ENTRY,
            Self::Gaussian(_) => gaussian::ENTRY,
            Self::AllPlus {} => all_plus::ENTRY,
            Self::Random {} => random::ENTRY,
            Self::Abstain {} => abstain::ENTRY,
            Self::Colluders(_) => colluders::ENTRY,
            Self::Whisper(_) => whisper::ENTRY,
            Self::Focus(_) => focus::ENTRY,
            Self::Dither(_) => dither::ENTRY,
            Self::Alie(_) => alie::ENTRY,
            Self::Ipm(_) => ipm::ENTRY,
            Self::MinMax(_) => min_max::ENTRY,
            Self::MinSum(_) => min_sum::ENTRY,
            Self::MinusMajority {} => minus_majority::ENTRY,
            Self::Disguised {} => disguised::ENTRY,
            Self::Mimic(_) => mimic::ENTRY,
            Self::LabelFlip {} => label_flip::ENTRY,
            Self::Late(_) => late::ENTRY,
            Self::Silent {} => silent::ENTRY,
            Self::Replay(_) => replay::ENTRY,
            Self::Duplicate(_) => duplicate::ENTRY,
            Self::CrashWhenClose(_) => crash_when_close::ENTRY,
            Self::Sleeper(_) => sleeper::ENTRY,
            Self::Oscillator(_) => oscillator::ENTRY,
            Self::Mixture { .. } => mixture::ENTRY,
            Self::Half {} => half::ENTRY,
            Self::Own(rule) => own::RULES.entry_of(rule),
        }
    }

    /// The word that YAML uses.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.entry().word
    }

    /// What it is written in, where the program has registered it with a text of its own.
    #[must_use]
    pub fn written_in(&self) -> Option<String> {
        if let Self::Own(rule) = self { own::RULES.written_in(rule) } else { None }
    }

    /// The attacks that corrupted workers take by turns: this one, unless it is a mixture.
    #[must_use]
    pub fn parts(&self) -> &[Self] {
        if let Self::Mixture { attacks } = self { attacks } else { std::slice::from_ref(self) }
    }

    /// The strategies at the start of a run.
    ///
    /// # Panics
    /// When it was not validated.
    #[must_use]
    pub fn build(&self) -> Strategies {
        Strategies::new(self.parts().iter().map(Self::strategy).collect())
    }

    fn strategy(&self) -> Attack {
        match self {
            Self::SignInversion {} => Attack::OnVote(Box::new(sign_inversion::SignInversion)),
            Self::StochasticFlip(settings) => Attack::OnVote(Box::new(*settings)),
            Self::Gaussian(settings) => Attack::OnVote(Box::new(*settings)),
            Self::AllPlus {} => Attack::OnVote(Box::new(all_plus::AllPlus)),
            Self::Random {} => Attack::OnVote(Box::new(random::Random)),
            Self::Abstain {} => Attack::OnVote(Box::new(abstain::Abstain)),
            Self::Colluders(settings) => Attack::OnVote(Box::new(*settings)),
            Self::Whisper(settings) => Attack::OnVote(Box::new(*settings)),
            Self::Focus(settings) => Attack::OnVote(Box::new(*settings)),
            Self::Dither(settings) => Attack::OnGradient(Box::new(*settings)),
            Self::Alie(settings) => Attack::OnGradients(Box::new(*settings)),
            Self::Ipm(settings) => Attack::OnGradients(Box::new(*settings)),
            Self::MinMax(settings) => Attack::OnGradients(Box::new(*settings)),
            Self::MinSum(settings) => Attack::OnGradients(Box::new(*settings)),
            Self::MinusMajority {} => Attack::OnWire(Box::new(minus_majority::MinusMajority::default())),
            Self::Disguised {} => Attack::OnWire(Box::new(disguised::Disguised::default())),
            Self::Mimic(settings) => Attack::OnWire(Box::new(mimic::Mimicry::new(*settings))),
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
            Self::Mixture { .. } => unreachable!("a mixture in a mixture is refused"),
            Self::Half {} => Attack::OnVote(Box::new(half::Half::default())),
            Self::Own(rule) => own::build(rule).expect("a validated attack"),
        }
    }

    /// Checks what the types cannot for M workers.
    ///
    /// # Errors
    /// Names the setting below `attack` that is out of range.
    pub fn validate(&self, workers: u32) -> Result<()> {
        let checked = match self {
            Self::Gaussian(settings) => single::above_zero(settings.std.get()).map_err(|e| e.key("std")),
            Self::Dither(settings) => single::above_zero(settings.std.get()).map_err(|e| e.key("std")),
            Self::Ipm(settings) => settings.validate(),
            Self::Alie(settings) => settings.validate(),
            Self::Replay(settings) => settings.validate(),
            Self::Duplicate(settings) => settings.validate(),
            Self::CrashWhenClose(settings) => settings.validate(workers),
            Self::Oscillator(settings) => settings.validate(),
            Self::Mimic(settings) => settings.validate(),
            Self::Mixture { attacks } => {
                mixture::validate(attacks, |part| part.parts().len() > 1, |part| part.validate(workers))
            }
            Self::SignInversion {}
            | Self::StochasticFlip(_)
            | Self::AllPlus {}
            | Self::Random {}
            | Self::Abstain {}
            | Self::Colluders(_)
            | Self::Whisper(_)
            | Self::Focus(_)
            | Self::MinMax(_)
            | Self::MinSum(_)
            | Self::MinusMajority {}
            | Self::Disguised {}
            | Self::LabelFlip {}
            | Self::Late(_)
            | Self::Silent {}
            | Self::Sleeper(_)
            | Self::Half {} => Ok(()),
            Self::Own(rule) => return own::build(rule).map(drop).map_err(|e| e.key(rule.word.clone())),
        };
        checked.map_err(|e| e.key(self.word()))
    }

    /// What others have to know of it.
    #[must_use]
    pub fn traits(&self) -> AttackTraits {
        match self {
            Self::SignInversion {} => AttackTraits { flip: Some(1.0), ..PLAIN },
            Self::StochasticFlip(settings) => {
                AttackTraits { flip: Some(settings.probability.get()), ..PLAIN }
            }
            Self::Random {} => AttackTraits { flip: Some(0.5), ..PLAIN },
            Self::Silent {} => AttackTraits { may_be_silent: true, ..PLAIN },
            Self::CrashWhenClose(_) => AttackTraits { may_be_silent: true, watches_margins: true, ..PLAIN },
            Self::Late(settings) => AttackTraits { delay: settings.by, ..PLAIN },
            Self::Duplicate(settings) => AttackTraits { copies: settings.copies, ..PLAIN },
            Self::Replay(settings) => AttackTraits { keeps: AttackMemory::Votes(*settings), ..PLAIN },
            Self::Mimic(mimic) => AttackTraits { keeps: AttackMemory::Shared(mimic.age), ..PLAIN },
            Self::Half {} => AttackTraits { keeps: AttackMemory::Books, ..PLAIN },
            Self::Mixture { attacks } => {
                attacks.iter().map(Self::traits).reduce(AttackTraits::either).unwrap_or(PLAIN)
            }
            Self::Gaussian(_)
            | Self::AllPlus {}
            | Self::Abstain {}
            | Self::Colluders(_)
            | Self::Whisper(_)
            | Self::Focus(_)
            | Self::Dither(_)
            | Self::Alie(_)
            | Self::Ipm(_)
            | Self::MinMax(_)
            | Self::MinSum(_)
            | Self::MinusMajority {}
            | Self::Disguised {}
            | Self::LabelFlip {}
            | Self::Sleeper(_)
            | Self::Oscillator(_) => PLAIN,
            Self::Own(rule) => own::find(rule).map_or(PLAIN, |own| AttackTraits {
                may_be_silent: own.may_be_silent,
                // Nothing is known of when it is.
                watches_margins: own.may_be_silent,
                delay: own.delay,
                copies: own.copies,
                ..PLAIN
            }),
        }
    }

    /// Bytes that L corrupted workers remember between rounds, about; their votes about D coordinates take `vote_bytes` each.
    #[must_use]
    pub fn memory_bytes(&self, adversaries: u32, rounds: u32, coordinates: usize, vote_bytes: u64) -> u64 {
        let parts = self.parts();
        let workers = u64::from(adversaries).div_ceil(parts.len() as u64);
        let each = |part: &Self| part.traits().keeps.bytes(workers, rounds, coordinates, vote_bytes);
        parts.iter().map(each).fold(0, u64::saturating_add)
    }
}

/// Makes the word of `attack` one that scenarios can use, from now on and in this program.
///
/// # Errors
/// When it is no word, or stands for another attack.
pub fn register(attack: OwnAttack) -> Result<()> {
    own::RULES.add(attack, CATALOGUE)
}

/// Whether this program has registered an attack under this word.
#[must_use]
pub fn is_registered(word: &str) -> bool {
    own::RULES.find(word).is_some()
}

#[cfg(test)]
mod examples;
