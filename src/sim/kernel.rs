//! The engine: take the next event, let its actor answer, carry out the answer.

mod measuring;
mod saved;

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use measuring::Measurements;
pub use saved::Checkpoints;

use super::host::{Exchange, ExchangeSlot, Hosted};
use super::ledger::{Ledger, SendOutcome};
use super::limits::Limits;
use super::network::{Direction, Network, Route, Transmission};
use super::observer::{Happening, Observer};
use super::pool::{self, ThreadPool};
use super::queue::{AtPort, Due, Entry, Queue, Resend, What};
use super::threads::Threads;
use super::world::{Ended, World};
use crate::error::{Error, Result};
use crate::protocol::{
    Action, Computation, ComputationResult, Delivered, Ending, Event, Goal, Message, Node, Note, Score,
};
use crate::time::SimTime;
use crate::wire::encoded_len;

/// Events that an actor is told in one message, at most.
const TOGETHER: u64 = 4096;

const COMES_BACK: &str = "the exchange comes back before the next event";

/// The events that the next actor is told of.
fn next_events(exchange: &mut Option<Box<Exchange>>) -> &mut VecDeque<Event> {
    &mut exchange.as_mut().expect(COMES_BACK).events
}

/// Runs `world` to its goal, from its beginning or from the checkpoint that is found. Needs an actix system around it.
///
/// # Errors
/// [`Error::Run`] when nothing is left to happen before the goal is reached, with who waits for whom;
/// [`Error::Interrupted`] when `interrupted` is set; what the checkpoints refuse.
pub async fn run(
    world: World,
    threads: Threads<'_>,
    observer: &mut dyn Observer,
    interrupted: &AtomicBool,
    mut checkpoints: Option<&mut dyn Checkpoints>,
) -> Result<Ended> {
    let slot = Rc::new(ExchangeSlot::default());
    let host = |behaviour| Hosted::new(behaviour, &slot);
    let ahead = pool::ahead(world.coordinates);
    let pool = ThreadPool::start(threads, (ahead, world.quick), world.prefetch).await;
    let mut kernel = Kernel {
        exchange: Some(Box::new(Exchange::with(pool.helpers()))),
        pool,
        server: host(world.server),
        workers: world.workers.into_iter().map(host).collect(),
        adversary: host(world.adversary),
        network: Network::new(world.network, world.streams),
        coordinates: world.coordinates,
        limits: world.limits,
        delivered: world.delivered,
        queue: Queue::default(),
        now: SimTime::ZERO,
        ledger: Ledger::default(),
        measurements: Measurements::default(),
        events: 0,
        ending: None,
        closed: false,
        stopped: false,
        observer,
    };
    match checkpoints.as_mut().and_then(|checkpoints| checkpoints.found()) {
        Some(state) => kernel.restore(state).map_err(|e| e.help("begin the run anew with --fresh"))?,
        None => kernel.queue.push(SimTime::ZERO, Node::Server, What::Event(Event::Start)),
    }
    while !kernel.stopped {
        if interrupted.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        if threads.spare.any() {
            kernel.pool.grow().await;
        }
        let most = kernel.limits.events_left(kernel.events).min(TOGETHER);
        let Some(next) = kernel.queue.pop(most, next_events(&mut kernel.exchange)) else {
            return Err(kernel.stalled());
        };
        kernel.step(next)?;
        if std::mem::take(&mut kernel.closed) && !kernel.stopped {
            kernel.keep(&mut checkpoints)?;
        }
    }
    while !kernel.measurements.is_empty() && !interrupted.load(Ordering::Relaxed) {
        kernel.tell_oldest()?;
    }
    // What was computed since may be cut short.
    if interrupted.load(Ordering::Relaxed) {
        return Err(Error::Interrupted);
    }
    Ok(kernel.ended())
}

struct Kernel<'a> {
    pool: ThreadPool<'a>,
    server: Hosted,
    workers: Vec<Hosted>,
    adversary: Hosted,
    /// Goes to them and comes back, one after the other.
    exchange: Option<Box<Exchange>>,
    network: Network,
    coordinates: usize,
    limits: Limits,
    delivered: Delivered,
    queue: Queue,
    now: SimTime,
    ledger: Ledger,
    measurements: Measurements,
    events: u64,
    /// Why the run has ended before its last round.
    ending: Option<Ending>,
    /// A round has closed with the last event.
    closed: bool,
    stopped: bool,
    observer: &'a mut dyn Observer,
}

impl Kernel<'_> {
    /// Keeps the state after a round that has closed, where that is wanted.
    fn keep(&mut self, checkpoints: &mut Option<&mut dyn Checkpoints>) -> Result<()> {
        if let Some(checkpoints) = checkpoints.as_mut()
            && checkpoints.wanted()
        {
            if let Some(why) = self.cannot_be_saved() {
                return checkpoints.refused(&why);
            }
            if let Some(state) = self.save()? {
                checkpoints.keep(&state)?;
            }
        }
        Ok(())
    }

    fn ended(&self) -> Ended {
        Ended {
            now: self.now,
            ledger: self.ledger,
            votes_pending: self.queue.votes(),
            events: self.events,
            queue_peak: self.queue.peak(),
            ending: self.ending,
        }
    }

    /// One event, from the queue to its consequences.
    fn step(&mut self, Entry { time, to, due }: Entry) -> Result<()> {
        assert!(time >= self.now, "time never goes back");
        if time > self.now {
            // All that an instant has asked for is shown to the pool at once.
            self.pool.publish();
            self.now = time;
        }
        self.limits.check(self.now, self.events)?;
        self.ledger.check()?;
        match due {
            Due::Resend(lost) => self.send(lost.from, to, lost.message, lost.attempt)?,
            Due::AtPort(there) => self.receive(to, *there)?,
            Due::Events => {
                let first = next_events(&mut self.exchange).front();
                if let (Node::Worker(worker), Some(Event::Arrived(Message::Begin { round, .. }))) =
                    (to, first)
                {
                    self.delivered.note(worker, *round);
                }
                self.tell(to)?;
            }
            Due::Pending(result) => {
                let panicked = |_| Error::run(format!("a computation of {to:?} panicked; this is a bug"));
                let product = self.pool.result(result).map_err(panicked)?;
                self.finish(to, product)?;
            }
            Due::Computed(product) => self.finish(to, product)?,
        }
        self.measurements.tell_old_ones(&mut self.pool, self.observer)
    }

    /// Hands an actor what its computation has come to.
    fn finish(&mut self, actor: Node, product: ComputationResult) -> Result<()> {
        self.observer.happened(self.now, &Happening::Computed { actor, product: &product })?;
        next_events(&mut self.exchange).push_back(Event::Computed(product));
        self.tell(actor)
    }

    /// Tells an actor what happens to it, and carries out what it asks for. What it leaves for later is what happens next.
    fn tell(&mut self, node: Node) -> Result<()> {
        let actor = match node {
            Node::Server => &mut self.server,
            Node::Adversary => &mut self.adversary,
            Node::Worker(id) => &mut self.workers[id.index()],
        };
        let mut exchange = self.exchange.take().expect(COMES_BACK);
        exchange.now = self.now;
        let mut exchange = actor.tell(node, exchange)?;
        self.queue.give_back(node, &mut exchange.events);
        for &event in &exchange.taken {
            let happening = Happening::Handled { number: self.events, to: node, event };
            self.observer.happened(self.now, &happening)?;
            self.events += 1;
        }
        exchange.taken.clear();
        while !self.stopped
            && let Some(action) = exchange.out.take()
        {
            self.carry_out(node, action)?;
        }
        self.exchange = Some(exchange);
        Ok(())
    }

    fn carry_out(&mut self, from: Node, action: Action) -> Result<()> {
        match action {
            Action::Send { to, message } => self.send(from, to, message, 0)?,
            Action::Wake { after, alarm } => {
                self.queue.push(self.now + after, from, What::Event(Event::Woken(alarm)));
            }
            Action::Compute { takes, work } => self.compute(from, self.now + takes, work)?,
            Action::Measure { steps, parts, goal } => {
                self.measurements.begin(self.now, steps, parts, &mut self.pool);
                goal.map_or(Ok(()), |goal| self.judge(*goal))?;
            }
            Action::Note(note) => {
                match &note {
                    Note::Closed(closed) => {
                        self.ledger.votes_in += u64::from(closed.received);
                        self.closed = true;
                    }
                    Note::Late { message } => self.ledger.late(self.bytes(from, message)),
                    Note::Refused { message } => self.ledger.refused(self.bytes(from, message)),
                    Note::Final(_) => {}
                }
                self.observer.note(self.now, &note, &self.ledger)?;
            }
            Action::Stop => self.stopped = true,
        }
        Ok(())
    }

    /// Gives the pool its work, unless the worker leaves before it is done.
    fn compute(&mut self, actor: Node, until: SimTime, work: Computation) -> Result<()> {
        let absence = match actor {
            Node::Worker(worker) => {
                self.network.absences.pass(self.now);
                self.network.absences.within(worker, self.now, until)
            }
            Node::Server | Node::Adversary => None,
        };
        let until = absence.map_or(until, |(leaves, _)| leaves);
        self.observer.happened(self.now, &Happening::Computes { actor, until })?;
        let what = match absence {
            Some(_) => What::Event(Event::Interrupted),
            None => What::Pending(self.pool.submit(until, work)),
        };
        self.queue.push(until, actor, what);
        self.tell_absence()
    }

    /// Tells of the absence that was met last, once.
    #[inline]
    fn tell_absence(&mut self) -> Result<()> {
        self.network.absences.check()?;
        let Some((worker, (from, until))) = self.network.absences.take_untold() else { return Ok(()) };
        self.observer.happened(self.now, &Happening::Away { worker, from, until })
    }

    /// Hands a message to the network, for the first time or again.
    fn send(&mut self, from: Node, to: Node, message: Message, attempt: u32) -> Result<()> {
        let now = self.now;
        let Some(route) = Route::new(from, to, &message) else { return self.whisper(from, to, message) };
        let bytes = encoded_len(&message, self.coordinates) + self.network.overhead(route);
        let Transmission { starts, arrives, copy, again } = self.network.transmit(now, route, attempt, bytes);
        let Some(starts) = starts else {
            self.ledger.unsent(&message, attempt == 0);
            return self.tell_absence();
        };
        let outcome = match (arrives, again) {
            (Some(_), _) => SendOutcome::Arrives,
            (None, Some(_)) => SendOutcome::Repeated,
            (None, None) => SendOutcome::Lost,
        };
        self.ledger.sent(to, &message, bytes, attempt == 0, outcome);
        let happening = Happening::Sent { from, to, message: &message, bytes, attempt, starts, arrives };
        self.observer.happened(now, &happening)?;
        self.tell_absence()?;
        if copy.is_some() {
            self.ledger.copied(to, &message, bytes);
            let arrives = copy;
            let happening = Happening::Sent { from, to, message: &message, bytes, attempt, starts, arrives };
            self.observer.happened(now, &happening)?;
        }
        let copied = copy.map(|at| (at, message.clone()));
        match (arrives, again) {
            (Some(at), _) => self.arrive(at, to, route.direction, message, bytes),
            (None, Some(at)) => {
                let lost = Resend { from, message, attempt: attempt + 1 };
                self.queue.push(at, to, What::Resend(Box::new(lost)));
            }
            (None, None) => {}
        }
        if let Some((at, copy)) = copied {
            self.arrive(at, to, route.direction, copy, bytes);
        }
        Ok(())
    }

    /// Passes on at once what is said beside the network.
    fn whisper(&mut self, from: Node, to: Node, message: Message) -> Result<()> {
        let now = self.now;
        let (bytes, attempt, arrives) = (0, 0, Some(now));
        let happening = Happening::Sent { from, to, message: &message, bytes, attempt, starts: now, arrives };
        self.observer.happened(now, &happening)?;
        self.queue.push(now, to, What::Event(Event::Arrived(message)));
        Ok(())
    }

    /// A message has come to the end of its link at `at`: it is there, or at the door that all uploads share.
    #[inline]
    fn arrive(&mut self, at: SimTime, to: Node, direction: Direction, message: Message, bytes: u64) {
        let what = if direction == Direction::Up && self.network.is_shared(direction) {
            What::AtPort(Box::new(AtPort { message, bytes }))
        } else {
            What::Event(Event::Arrived(message))
        };
        self.queue.push(at, to, what);
    }

    /// Takes a message through the server's own link, in the order in which they come.
    fn receive(&mut self, to: Node, AtPort { message, bytes }: AtPort) -> Result<()> {
        let (begins, ends) = self.network.pass_port(Direction::Up, self.now, bytes);
        self.observer.happened(self.now, &Happening::AtPort { message: &message, bytes, begins, ends })?;
        self.queue.push(ends, to, What::Event(Event::Arrived(message)));
        Ok(())
    }

    /// Bytes of a vote that has arrived, with its overhead.
    fn bytes(&self, to: Node, vote: &Message) -> u64 {
        let Message::Vote { worker, .. } = vote else { unreachable!("only votes are late or refused") };
        let route = Route::new(Node::Worker(*worker), to, vote);
        encoded_len(vote, self.coordinates) + route.map_or(0, |route| self.network.overhead(route))
    }

    /// Tells of the oldest measurement that is not told of yet.
    fn tell_oldest(&mut self) -> Result<Score> {
        self.measurements.tell_oldest(&mut self.pool, self.observer)
    }

    /// Waits for the measurements so far, and ends the run where the last of them meets the goal.
    fn judge(&mut self, goal: Goal) -> Result<()> {
        let mut score = Score::default();
        while !self.measurements.is_empty() {
            score = self.tell_oldest()?;
        }
        self.ending = goal.met(&score);
        if self.ending.is_some() {
            self.observer.note(self.now, &Note::Final(goal.parameters), &self.ledger)?;
            self.stopped = true;
        }
        Ok(())
    }

    fn stalled(&mut self) -> Error {
        let mut waiting = Vec::new();
        for actor in [&mut self.server, &mut self.adversary].into_iter().chain(&mut self.workers) {
            waiting.extend(actor.waits_for());
        }
        Error::run(format!(
            "nothing is left to happen at {} of simulated time, before the last round: {}",
            self.now,
            if waiting.is_empty() { "nobody waits".to_owned() } else { waiting.join("; ") }
        ))
        .help("close rounds by a deadline (server: { close: { deadline: 500ms } }) so that silence ends")
    }
}
