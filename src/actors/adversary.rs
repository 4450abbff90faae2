//! The one mind behind all corrupted workers: it is shown what they would have voted and says what they do.
//!
//! An attack that listens waits until every honest worker that was asked in the round has spoken, as a rushing adversary
//! would, or until its patience ends. It knows who was asked: the server's draw is a keyed one. Where nobody honest was
//! asked, or nobody was overheard in time, there is nothing to hear, and each attack says what it does then: one on votes is
//! given no votes, one on gradients the vectors of the coalition itself, of all that were asked or that patience has left.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::context::RunContext;
use super::rehearsal::{Rehearsal, Scene, cast};
use super::server::ServerPlan;
use crate::attack::{Attack, AttackContext, AttackSpec, Strategies, mean};
use crate::error::Result;
use crate::helpers::Helpers;
use crate::protocol::{
    Act, Alarm, Behaviour, Consult, CountedVote, Event, Message, Node, Outbox, SharedVector, WorkerId,
};
use crate::sign::SignVector;
use crate::state::Resumable;
use crate::time::{Round, SimTime};
use crate::units::{Population, Span};
use crate::vote::Vote;

/// What an adversary is told before the first round.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AdversaryPlan {
    /// What all corrupted workers do; where L = 0 nobody asks it.
    pub attack: AttackSpec,
    /// How long it waits for honest votes after the first of its own; forever when absent.
    pub patience: Option<Span>,
}

/// The adversary with its strategies.
pub struct Adversary {
    plan: AdversaryPlan,
    context: Arc<RunContext>,
    /// What corrupted workers do, with what is remembered for it.
    strategies: Strategies,
    /// Where one of them tries out what it will do.
    rehearsal: Option<Rehearsal>,
    state: AdversaryState,
}

/// What an adversary has become.
#[derive(Default, Serialize, Deserialize)]
struct AdversaryState {
    /// Rounds in which somebody is still expected to speak.
    rounds: BTreeMap<Round, ObservedVotes>,
    newest: Round,
}

/// What is known of one round.
#[derive(Serialize, Deserialize)]
struct ObservedVotes {
    /// How many were asked: honest ones, and corrupted ones whose attack listens.
    asked: (u32, u32),
    honest: BTreeMap<WorkerId, Overheard>,
    /// Corrupted workers that wait for their orders.
    waiting: Vec<Consult>,
    /// The vectors that they pretend to have, once these are made up: by the place of their attack, if it makes up any.
    pretended: BTreeMap<usize, Vec<f32>>,
    /// Nothing more is waited for.
    settled: bool,
}

/// What an honest worker was overheard to say.
#[derive(Serialize, Deserialize)]
struct Overheard {
    vote: Arc<Vote>,
    #[serde(with = "crate::state::shared")]
    vector: SharedVector,
}

/// Rounds that many steps behind the newest are forgotten once nobody waits in them.
const REMEMBERED: u32 = 3;

/// How many honest workers are asked in a round, and how many corrupted ones whose attack listens.
fn asked(context: &RunContext, strategies: &Strategies, round: Round) -> (u32, u32) {
    let Population { workers, adversaries } = context.population;
    let listens = |worker: &WorkerId| strategies.of(*worker).listens();
    if !context.samples() {
        let listening = (0..adversaries).map(WorkerId).filter(listens).count() as u32;
        return (workers - adversaries, listening);
    }
    let corrupted: Vec<WorkerId> = context.drawn(round).filter(|worker| worker.0 < adversaries).collect();
    (context.asked - corrupted.len() as u32, corrupted.iter().filter(|worker| listens(worker)).count() as u32)
}

impl ObservedVotes {
    const fn nothing(asked: (u32, u32)) -> Self {
        Self {
            asked,
            honest: BTreeMap::new(),
            waiting: Vec::new(),
            pretended: BTreeMap::new(),
            settled: false,
        }
    }

    /// Whether everybody has spoken that the strategies have a use for.
    fn is_complete(&self, strategies: &Strategies) -> bool {
        let (honest, corrupted) = self.asked;
        let coalition = honest == 0 && strategies.forge();
        self.honest.len() as u32 == honest && (!coalition || self.waiting.len() as u32 == corrupted)
    }

    /// The vectors that a forged one is made of: the honest ones, or where none was overheard those of the coalition; in
    /// the order of the workers.
    fn vectors(&self) -> Vec<&[f32]> {
        if self.honest.is_empty() {
            let mut own: Vec<&Consult> = self.waiting.iter().collect();
            own.sort_by_key(|consult| consult.worker);
            return own.into_iter().map(|consult| shown(&consult.vector)).collect();
        }
        self.honest.values().map(|overheard| shown(&overheard.vector)).collect()
    }
}

fn shown(vector: &SharedVector) -> &[f32] {
    vector.as_ref().expect("attacks on gradients are shown what is quantised")
}

impl Adversary {
    /// An adversary that has not acted yet, and knows what the `server` is told.
    #[must_use]
    pub fn new(plan: AdversaryPlan, server: &ServerPlan, context: Arc<RunContext>) -> Self {
        let strategies = plan.attack.build();
        let rehearsal = strategies.rehearse().then(|| Rehearsal::new(server, &context));
        Self { plan, context, strategies, rehearsal, state: AdversaryState::default() }
    }

    fn consulted(&mut self, round: Round, consult: Consult, out: &mut Outbox) {
        if !self.strategies.of(consult.worker).listens() {
            let act = decide(&mut self.strategies, &self.context, round, &consult, None);
            return order(round, &consult, act, out);
        }
        let patience = self.plan.patience;
        let heard = self.heard(round);
        if let (true, false, Some(span)) = (heard.waiting.is_empty(), heard.settled, patience) {
            out.wake(span.get(), Alarm::Patience(round));
        }
        heard.waiting.push(consult);
        self.settle(round, out);
    }

    fn overheard(&mut self, round: Round, worker: WorkerId, what: Overheard, out: &mut Outbox) {
        self.heard(round).honest.insert(worker, what);
        self.settle(round, out);
    }

    /// What is known of this round. Forgets rounds of which nothing can come any more.
    fn heard(&mut self, round: Round) -> &mut ObservedVotes {
        let Self { context, strategies, state: AdversaryState { rounds, newest }, .. } = self;
        if round > *newest {
            *newest = round;
            rounds.retain(|r, heard| r.0 + REMEMBERED > newest.0 || !heard.waiting.is_empty());
        }
        rounds.entry(round).or_insert_with(|| ObservedVotes::nothing(asked(context, strategies, round)))
    }

    /// Gives orders to all who wait, once everybody has spoken or patience has ended.
    fn settle(&mut self, round: Round, out: &mut Outbox) {
        let Self { strategies, state, context, rehearsal, .. } = self;
        let Some(heard) = state.rounds.get_mut(&round) else { return };
        heard.settled |= heard.is_complete(strategies);
        if !heard.settled || heard.waiting.is_empty() {
            return;
        }
        pretend(strategies, rehearsal.as_mut(), context, (round, heard, out.helpers()));
        for consult in std::mem::take(&mut heard.waiting) {
            let act = decide(strategies, context, round, &consult, Some(heard));
            order(round, &consult, act, out);
        }
    }
}

/// Makes up the vectors of all attacks on gradients, once in a round; with a rehearsal its copy of the rule then learns what
/// the server will.
fn pretend(
    strategies: &mut Strategies,
    mut rehearsal: Option<&mut Rehearsal>,
    context: &RunContext,
    (round, heard, helpers): (Round, &mut ObservedVotes, &Helpers),
) {
    if !strategies.forge() || !heard.pretended.is_empty() {
        return;
    }
    let places: Vec<usize> = heard.waiting.iter().map(|consult| strategies.turn(consult.worker)).collect();
    let workers = |place: usize| {
        let mine = heard.waiting.iter().zip(&places).filter(move |(_, at)| **at == place);
        mine.map(|(consult, _)| consult.worker).collect::<Vec<_>>()
    };
    let vectors = heard.vectors();
    let honest = heard.honest.iter().map(|(worker, overheard)| (*worker, &overheard.vote)).collect();
    let right = rehearsal.as_ref().map_or(SignVector::zeros(0), |_| SignVector::of_values(&mean(&vectors)));
    let scene = Scene { round, honest, right, helpers };
    let mut made = BTreeMap::new();
    for (place, attack) in strategies.all().iter_mut().enumerate() {
        let Attack::OnGradients(attack) = attack else { continue };
        let population = context.population;
        let vector = match &mut rehearsal {
            Some(rehearsal) if attack.rehearses() && !heard.honest.is_empty() => {
                let workers = workers(place);
                attack.rehearsed(&vectors, population, &mut |vector| {
                    rehearsal.harm(&scene, forged(&workers, vector, round, context), context)
                })
            }
            _ => attack.gradient(&vectors, population),
        };
        made.insert(place, vector);
    }
    if let Some(rehearsal) = rehearsal {
        let votes = made.iter().flat_map(|(place, vector)| forged(&workers(*place), vector, round, context));
        rehearsal.learn(&scene, votes.collect(), context);
    }
    heard.pretended = made;
}

/// The votes of these workers if this were what they are given to quantise.
fn forged(workers: &[WorkerId], vector: &[f32], round: Round, context: &RunContext) -> Vec<CountedVote> {
    let vote = |worker: &WorkerId| context.task.vote_of(vector, context.streams, *worker, round);
    workers.iter().map(|worker| cast(*worker, Arc::new(vote(worker)))).collect()
}

/// Tells a corrupted worker what it shall do.
fn order(round: Round, consult: &Consult, act: Act, out: &mut Outbox) {
    out.send(Node::Worker(consult.worker), Message::Orders { round, act: Box::new(act) });
}

/// What one corrupted worker does; attacks that listen have `heard` what there is to hear.
fn decide(
    strategies: &mut Strategies,
    context: &RunContext,
    round: Round,
    consult: &Consult,
    heard: Option<&ObservedVotes>,
) -> Act {
    let attack_context =
        AttackContext::new(round, consult.worker, &consult.vote, &consult.news, context.streams);
    let heard = || heard.expect("who listens decides when it has heard");
    let forged =
        |vector: &[f32]| Act::cast(context.task.vote_of(vector, context.streams, consult.worker, round));
    let place = strategies.turn(consult.worker);
    match &mut strategies.all()[place] {
        Attack::OnVote(attack) => attack.act(attack_context),
        Attack::OnGradient(attack) => {
            let mut changed = shown(&consult.vector).to_vec();
            attack.change(&mut changed, attack_context);
            forged(&changed)
        }
        Attack::OnWire(attack) => {
            let honest: Vec<Arc<Vote>> =
                heard().honest.values().map(|overheard| Arc::clone(&overheard.vote)).collect();
            attack.act(attack_context, &honest, context.population)
        }
        Attack::OnGradients(_) => {
            forged(heard().pretended.get(&place).expect("it was made up when the round was settled"))
        }
        Attack::OnLabels => Act::cast(consult.vote.as_ref().clone()),
    }
}

impl Behaviour for Adversary {
    fn handle(&mut self, event: Event, _now: SimTime, out: &mut Outbox) {
        match event {
            Event::Arrived(Message::Consult { round, consult }) => self.consulted(round, *consult, out),
            Event::Arrived(Message::Overheard { round, worker, vote, vector }) => {
                self.overheard(round, worker, Overheard { vote, vector }, out);
            }
            Event::Woken(Alarm::Patience(round)) => {
                if let Some(heard) = self.state.rounds.get_mut(&round) {
                    heard.settled = true;
                    self.settle(round, out);
                }
            }
            Event::Start | Event::Computed(_) | Event::Interrupted | Event::Woken(_) | Event::Arrived(_) => {
                unreachable!("nobody tells the adversary this")
            }
        }
    }

    fn save(&mut self, to: &mut Vec<u8>) {
        self.state.write(to);
        self.strategies.all().iter_mut().filter_map(Attack::memory).for_each(|memory| memory.write(to));
        self.rehearsal.iter_mut().filter_map(Rehearsal::memory).for_each(|memory| memory.write(to));
    }

    fn restore(&mut self, from: &mut &[u8]) -> Result<()> {
        self.state.read(from)?;
        self.strategies
            .all()
            .iter_mut()
            .filter_map(Attack::memory)
            .try_for_each(|memory| memory.read(from))?;
        self.rehearsal.iter_mut().filter_map(Rehearsal::memory).try_for_each(|memory| memory.read(from))
    }

    fn cannot_be_saved(&mut self) -> Option<String> {
        self.strategies.all().iter_mut().find_map(Attack::lost_memory)
    }

    fn waits_for(&self) -> Option<String> {
        let (round, heard) = self.state.rounds.iter().find(|(_, heard)| !heard.waiting.is_empty())?;
        let (honest, _) = heard.asked;
        Some(format!(
            "the adversary has overheard {} of {honest} honest votes of round {round} and holds {} of its own back",
            heard.honest.len(),
            heard.waiting.len()
        ))
    }
}
