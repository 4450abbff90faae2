//! From a run to its actors: the server, the workers and the adversary before the first round.

use std::sync::Arc;

use super::RunSpec;
use crate::actors::{
    Adversary, Measured, MeasurementExtras, OwnVote, Partitions, RunContext, Server, Task, Worker,
    WorkerSettings,
};
use crate::protocol::{Behaviour, Delivered, WorkerId};
use crate::random::Streams;
use crate::sim::World;

impl RunSpec {
    /// All actors before the first round, at work on `task`.
    #[must_use]
    pub fn world(&self, task: Arc<Task>, streams: Streams) -> World {
        let (coordinates, quick, prefetch) = (task.coordinates(), task.is_quick(), task.prefetch());
        let strategies = self.adversary.attack.build();
        let context = Arc::new(RunContext {
            population: self.population,
            rounds: self.rounds,
            asked: self.asked,
            streams,
            task,
            watch: self.watch(),
        });
        let code = self.server.aggregator.code();
        let workers = Arc::new(WorkerSettings {
            plan: Arc::new(self.workers.clone()),
            context: Arc::clone(&context),
            partitions: code.map(|code| {
                let rows = code.assignment(self.population.workers, streams);
                rows.into_iter().map(|row| Partitions::Code(row.into())).collect()
            }),
            overheard: strategies.listen(),
            gradients: strategies.read_gradients(),
        });
        let delivered = Delivered::to_nobody(self.population.workers);
        let own = self.server.trusted.map(|settings| OwnVote { settings, plan: Arc::clone(&workers.plan) });
        let server = Server::new(self.server.clone(), own, Arc::clone(&context), delivered.clone());
        let adversary = Adversary::new(self.adversary.clone(), &self.server, context);
        let worker =
            |m: u32| -> Box<dyn Behaviour> { Box::new(Worker::new(WorkerId(m), Arc::clone(&workers))) };
        World {
            server: Box::new(server),
            workers: (0..self.population.workers).map(worker).collect(),
            adversary: Box::new(adversary),
            network: self.network.clone(),
            streams,
            coordinates,
            quick,
            prefetch,
            limits: self.limits,
            delivered,
        }
    }

    /// What is measured on the way, and how often.
    fn watch(&self) -> Measured {
        Measured {
            evaluate_every: self.record.evaluate_every,
            extras: MeasurementExtras {
                fairness: self.record.metrics.fairness,
                gradient_norm: self.record.metrics.gradient_norm,
            },
            estimates_every: self.record.metrics.workers_every,
            reference_signs: self.reference_signs(),
        }
    }
}
