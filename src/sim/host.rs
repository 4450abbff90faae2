//! The actix side of an actor: a mailbox around a [`Behaviour`], which answers and never acts.

use actix::{Actor, Context, Handler, Message as ActixMessage, MessageResult};

use crate::protocol::{Behaviour, Event, Outbox};
use crate::time::SimTime;

/// An actor around a [`Behaviour`].
pub struct Host(pub Box<dyn Behaviour>);

impl Actor for Host {
    type Context = Context<Self>;
}

/// An event reaches its actor, which answers with all that it wants done.
#[derive(ActixMessage)]
#[rtype(result = "Outbox")]
pub struct Deliver {
    pub event: Event,
    pub now: SimTime,
}

impl Handler<Deliver> for Host {
    type Result = MessageResult<Deliver>;

    fn handle(&mut self, deliver: Deliver, _: &mut Self::Context) -> Self::Result {
        let mut out = Outbox::default();
        self.0.handle(deliver.event, deliver.now, &mut out);
        MessageResult(out)
    }
}

/// The question when nothing is left to happen.
#[derive(ActixMessage)]
#[rtype(result = "Option<String>")]
pub struct WhomDoYouWaitFor;

impl Handler<WhomDoYouWaitFor> for Host {
    type Result = Option<String>;

    fn handle(&mut self, _: WhomDoYouWaitFor, _: &mut Self::Context) -> Option<String> {
        self.0.waits_for()
    }
}
