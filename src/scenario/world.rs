//! From a run to its actors: the server, the workers and the adversary before the first round.

use std::sync::Arc;

use super::RunSpec;
use crate::actors::{Adversary, AdversaryPlan, Server, ServerPlan, Task, Worker, WorkerPlan, Workload};
use crate::aggregate::Electorate;
use crate::attack::Census;
use crate::protocol::{Behaviour, Delivered, WorkerId};
use crate::random::Streams;
use crate::sim::World;

impl RunSpec {
    /// All actors before the first round, at work on `task`.
    #[must_use]
    pub fn world(&self, task: Arc<Task>, streams: Streams) -> World {
        let layers = task.layers();
        let coordinates = task.coordinates();
        let attack = self.attack.1.clone();
        let yardstick = self.yardstick();
        let somebody = self.adversaries > 0;
        let workers = Arc::new(WorkerPlan {
            task: Arc::clone(&task),
            workload: Workload {
                batches: self.batch.clone(),
                partitions: self.aggregator.code().map(|code| code.assignment(self.workers, streams)),
                local_steps: self.local.steps,
                per_gradient: self.compute_time.clone(),
                per_sample: self.time_per_sample,
                speed: self.speed.clone(),
            },
            streams,
            adversaries: self.adversaries,
            witness_every: yardstick.witness_every(),
            overheard: somebody && attack.listens(),
            gradients: somebody && attack.reads_gradients(),
        });
        let electorate =
            Electorate { workers: self.workers, declared: self.declared, layers: &layers, streams };
        let delivered = Delivered::to_nobody(self.workers);
        let server = Server::new(ServerPlan {
            workers: self.workers,
            rounds: self.rounds,
            evaluate_every: self.evaluate_every,
            opinions_every: self.metrics.workers_every,
            yardstick,
            learning_rate: self.learning_rate as f32,
            asked: self.asked,
            quorum: self.quorum,
            deadline: self.close.deadline(),
            buffer: self.close.is_buffer(),
            late: self.late.clone(),
            acknowledge: self.acknowledge,
            delivered: delivered.clone(),
            task: Arc::clone(&task),
            aggregator: self.aggregator.build(electorate, &self.before),
            streams,
        });
        let adversary = Adversary::new(AdversaryPlan {
            attack: attack.build(),
            census: Census { workers: self.workers, adversaries: self.adversaries },
            asked: self.asked,
            patience: self.patience,
            task,
            streams,
        });
        let worker =
            |m: u32| -> Box<dyn Behaviour> { Box::new(Worker::new(WorkerId(m), Arc::clone(&workers))) };
        World {
            server: Box::new(server),
            workers: (0..self.workers).map(worker).collect(),
            adversary: Box::new(adversary),
            network: self.network.clone(),
            streams,
            coordinates,
            limits: self.limits,
            delivered,
        }
    }
}
