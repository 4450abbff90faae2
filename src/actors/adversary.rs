//! The one mind behind all corrupted workers: it is shown what they would have voted and says what they do.
//!
//! An attack that listens waits until every honest worker of the round has spoken, as a rushing adversary would, or
//! until its patience ends. Who has overheard nothing has nothing to go by, and votes as it computed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::task::SharedTask;
use crate::attack::{Attack, Census, Scene};
use crate::protocol::{Act, Alarm, Behaviour, Consult, Event, Message, Node, Outbox, Witness, WorkerId};
use crate::random::Streams;
use crate::time::{Round, SimTime};
use crate::units::Span;
use crate::vote::Vote;

/// What an adversary is told before the first round.
pub struct AdversaryPlan {
    pub attack: Attack,
    pub census: Census,
    /// How long it waits for honest votes after the first of its own; for ever when absent.
    pub patience: Option<Span>,
    pub task: SharedTask,
    pub streams: Streams,
}

/// The adversary with its strategy.
pub struct Adversary {
    plan: AdversaryPlan,
    /// Rounds in which somebody is still expected to speak.
    rounds: BTreeMap<Round, Heard>,
    newest: Round,
}

/// What is known of one round.
#[derive(Default)]
struct Heard {
    honest: BTreeMap<WorkerId, (Arc<Vote>, Witness)>,
    /// Corrupted workers that wait for their orders.
    waiting: Vec<Consult>,
    /// The gradient that all of them pretend to have, once it is made up.
    pretended: Option<Vec<f32>>,
    /// Nothing more is waited for.
    settled: bool,
}

/// Rounds that many steps behind the newest are forgotten once nobody waits in them.
const REMEMBERED: u32 = 3;

impl Adversary {
    /// An adversary that has not acted yet.
    #[must_use]
    pub const fn new(plan: AdversaryPlan) -> Self {
        Self { plan, rounds: BTreeMap::new(), newest: Round::FIRST }
    }

    const fn listens(&self) -> bool {
        matches!(self.plan.attack, Attack::OnWire(_) | Attack::OnGradients(_))
    }

    fn consulted(&mut self, round: Round, consult: Consult, out: &mut Outbox) {
        if !self.listens() {
            return self.order(round, &consult, out);
        }
        self.advance(round);
        let heard = self.rounds.entry(round).or_default();
        if let (true, false, Some(span)) = (heard.waiting.is_empty(), heard.settled, self.plan.patience) {
            out.wake(span.get(), Alarm::Patience(round));
        }
        heard.waiting.push(consult);
        self.settle(round, out);
    }

    fn overheard(&mut self, round: Round, worker: WorkerId, what: (Arc<Vote>, Witness), out: &mut Outbox) {
        self.advance(round);
        self.rounds.entry(round).or_default().honest.insert(worker, what);
        self.settle(round, out);
    }

    /// Forgets rounds of which nothing can come any more.
    fn advance(&mut self, round: Round) {
        if round > self.newest {
            self.newest = round;
            let newest = self.newest.0;
            self.rounds.retain(|r, heard| r.0 + REMEMBERED > newest || !heard.waiting.is_empty());
        }
    }

    /// Gives orders to all who wait, once everybody honest has spoken or patience has ended.
    fn settle(&mut self, round: Round, out: &mut Outbox) {
        let Some(heard) = self.rounds.get_mut(&round) else { return };
        let honest = self.plan.census.workers - self.plan.census.adversaries;
        heard.settled |= heard.honest.len() as u32 == honest;
        if heard.settled {
            for consult in std::mem::take(&mut heard.waiting) {
                self.order(round, &consult, out);
            }
        }
    }

    fn order(&mut self, round: Round, consult: &Consult, out: &mut Outbox) {
        let act = self.decide(round, consult);
        out.send(Node::Worker(consult.worker), Message::Orders { round, act: Box::new(act) });
    }

    fn decide(&mut self, round: Round, consult: &Consult) -> Act {
        let Self { plan, rounds, .. } = self;
        let scene = Scene::new(round, consult.worker, &consult.vote, &consult.news, plan.streams);
        let heard = rounds.get_mut(&round).filter(|heard| !heard.honest.is_empty());
        let gradient = |of: &Witness| of.clone().expect("attacks on gradients are shown gradients");
        match (&mut plan.attack, heard) {
            (Attack::OnVote(attack), _) => attack.act(scene),
            (Attack::OnGradient(attack), _) => {
                let mut changed = gradient(&consult.gradient).to_vec();
                attack.change(&mut changed, scene);
                Act::cast(plan.task.vote_of(&changed, plan.streams, consult.worker, round))
            }
            (Attack::OnWire(attack), Some(heard)) => {
                let honest: Vec<Arc<Vote>> =
                    heard.honest.values().map(|(vote, _)| Arc::clone(vote)).collect();
                attack.act(scene, &honest, plan.census)
            }
            (Attack::OnGradients(attack), Some(heard)) => {
                let pretended = heard.pretended.get_or_insert_with(|| {
                    let honest: Vec<_> =
                        heard.honest.values().map(|(_, witness)| gradient(witness)).collect();
                    attack.gradient(&honest.iter().map(|g| &**g).collect::<Vec<_>>(), plan.census)
                });
                Act::cast(plan.task.vote_of(pretended, plan.streams, consult.worker, round))
            }
            (Attack::OnLabels, _) | (Attack::OnWire(_) | Attack::OnGradients(_), None) => {
                Act::cast(consult.vote.as_ref().clone())
            }
        }
    }
}

impl Behaviour for Adversary {
    fn handle(&mut self, event: Event, _now: SimTime, out: &mut Outbox) {
        match event {
            Event::Arrived(Message::Consult { round, consult }) => self.consulted(round, *consult, out),
            Event::Arrived(Message::Overheard { round, worker, vote, gradient }) => {
                self.overheard(round, worker, (vote, gradient), out);
            }
            Event::Woken(Alarm::Patience(round)) => {
                if let Some(heard) = self.rounds.get_mut(&round) {
                    heard.settled = true;
                    self.settle(round, out);
                }
            }
            Event::Start | Event::Computed(_) | Event::Interrupted | Event::Woken(_) | Event::Arrived(_) => {
                unreachable!("nobody tells the adversary this")
            }
        }
    }

    fn waits_for(&self) -> Option<String> {
        let honest = self.plan.census.workers - self.plan.census.adversaries;
        let (round, heard) = self.rounds.iter().find(|(_, heard)| !heard.waiting.is_empty())?;
        Some(format!(
            "the adversary has overheard {} of {honest} honest votes of round {round} and holds {} of its own back",
            heard.honest.len(),
            heard.waiting.len()
        ))
    }
}
