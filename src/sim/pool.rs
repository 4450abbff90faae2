//! The pool of threads that does the sums, an actix `SyncArbiter`.
//!
//! Jobs go in without waiting (the queue before the pool is unbounded) and answer through one-shot channels, so
//! the story never stops to hand work over, only to take a result that its clock has reached.

use actix::{Actor, Addr, Handler, Message, SyncArbiter, SyncContext};
use tokio::sync::oneshot;

use crate::scratch::Scratch;

/// A pool thread with its memory.
#[derive(Default)]
struct Crunch(Scratch);

impl Actor for Crunch {
    type Context = SyncContext<Self>;
}

#[derive(Message)]
#[rtype(result = "()")]
struct Job(Box<dyn FnOnce(&mut Scratch) + Send>);

impl Handler<Job> for Crunch {
    type Result = ();

    fn handle(&mut self, job: Job, _: &mut Self::Context) {
        (job.0)(&mut self.0);
    }
}

/// The way into the pool.
pub struct Pool(Addr<Crunch>);

impl Pool {
    /// Starts that many threads; they end when the pool is dropped.
    pub fn start(threads: usize) -> Self {
        Self(SyncArbiter::start(threads, Crunch::default))
    }

    /// Gives one piece of work to the next free thread.
    pub fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Scratch) -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (answer, receiver) = oneshot::channel();
        self.0.do_send(Job(Box::new(move |scratch| {
            // Nobody listens any more when the run has ended early.
            let _ = answer.send(work(scratch));
        })));
        receiver
    }
}
