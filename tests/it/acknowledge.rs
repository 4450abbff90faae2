//! What workers are sent to catch up: enough for each to hold the server's model, and no more than it is known to lack.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use signsim::actors::ServerPlan;
use signsim::error::Result;
use signsim::protocol::{EventKind, Message, Node, Update, WorkerId};
use signsim::run::{DatasetCache, RunControl, RunOutput, simulate_watched};
use signsim::scenario::{Plan, TaskSpec};
use signsim::sim::{Happening, IdleThreads, Observer};
use signsim::time::{Round, SimTime};

use crate::engine::run;

/// What an opening brings, and the server's model then.
type Opening = (Update, Arc<[f32]>);

/// What every honest worker would hold if it applied nothing but what it is sent.
struct Replay {
    plan: ServerPlan,
    adversaries: u32,
    initial: Option<Arc<[f32]>>,
    /// By receiver and round.
    sent: BTreeMap<(Node, Round), Opening>,
    held: BTreeMap<WorkerId, (u32, Vec<f32>)>,
    /// Openings with steps, whole models, and steps that were sent again.
    seen: [u32; 3],
}

impl Replay {
    fn opened(&mut self, worker: WorkerId, round: u32, update: &Update, parameters: &Arc<[f32]>) {
        let initial = self.initial.as_ref().expect("round 0 was sent to all");
        let (held, model) = self.held.entry(worker).or_insert_with(|| (0, initial.to_vec()));
        if *held > round {
            return; // overtaken
        }
        match update {
            Update::Full => {
                *model = parameters.to_vec();
                self.seen[1] += 1;
            }
            Update::Steps(steps) => {
                let since = round - steps.len() as u32;
                assert!(since <= *held, "worker {} at {held} is sent steps since {since} only", worker.0);
                self.seen[0] += 1;
                self.seen[2] += *held - since;
                for (round, step) in (since..).zip(steps.iter()).skip((*held - since) as usize) {
                    self.plan.take(step, Round(round), model);
                }
            }
        }
        *held = round;
        assert!(model.iter().eq(parameters.iter()), "worker {} in round {round}", worker.0);
    }
}

impl Observer for Replay {
    fn happened(&mut self, _: SimTime, happening: &Happening<'_>) -> Result<()> {
        if let Happening::Sent { to, message: Message::Begin { round, update, parameters }, .. } = happening {
            if *round == Round(0) {
                self.initial.clone_from(parameters);
            }
            let parameters = parameters.clone().expect("training has parameters");
            self.sent.insert((*to, *round), (update.clone(), parameters));
        }
        if let Happening::Handled { to: to @ Node::Worker(worker), event, .. } = happening
            && worker.0 >= self.adversaries
            && let EventKind::Arrived { message: "begin", round } = event
        {
            let (update, parameters) = self.sent[&(*to, *round)].clone();
            self.opened(*worker, round.0, &update, &parameters);
        }
        Ok(())
    }
}

fn replay(text: &str) -> Replay {
    let plan = Plan::parse("test.yaml", text, &[], None).unwrap_or_else(|e| panic!("{e}: {text}"));
    let spec = &plan.runs[0].spec;
    let TaskSpec::Train { data, .. } = &spec.task else { panic!("a training task") };
    let data = DatasetCache::default().get(data, spec.seed).unwrap();
    let mut replay = Replay {
        plan: spec.server.clone(),
        adversaries: spec.population.adversaries,
        initial: None,
        sent: BTreeMap::new(),
        held: BTreeMap::new(),
        seen: [0; 3],
    };
    let control = RunControl {
        threads: 1,
        interrupted: &AtomicBool::new(false),
        on_round: &|_| {},
        spare: &IdleThreads::default(),
    };
    simulate_watched(spec, Some(data), &control, Some(&mut replay)).unwrap();
    replay
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Under loss, copies, detours, crashes, chains of absences and silence: the bytes on the axis are those of messages
    /// from which every honest worker can follow the model, bit for bit.
    #[test]
    fn what_is_sent_is_enough_to_follow_the_model(
        loss in 0.0..0.5_f64, duplicate in 0.0..0.5_f64, reorder in 0.0..0.5_f64, seed in 0_u64..1000,
        rule in prop::sample::select(vec!["transport", "vote"]),
        attack in prop::sample::select(vec!["silent", "sign_inversion", "{ late: { by: 90ms } }"]),
        dense in any::<bool>(),
        rate in prop::sample::select(vec![
            "0.01",
            "{ warm_up: { rounds: 10, from: 0.001, then: { cosine: { from: 0.02 } } } }, weight_decay: 0.5",
        ]),
    ) {
        let method = if dense { "sgd" } else { "signsgd_mv" };
        let text = format!(
            "{{ name: t, seed: {seed}, rounds: 60, evaluate_every: 60, method: {method},
                workers: {{ count: 5, batch: 4, compute_time: {{ exponential: {{ mean: 20ms }} }} }},
                task: {{ train: {{ data: {{ digits: {{ train: 100, test: 10 }} }}, model: logistic }} }},
                adversaries: {{ count: 1, attack: {attack} }}, metrics: {{ reference: none }},
                server: {{ learning_rate: {rate}, close: {{ deadline: 60ms }}, acknowledge: {rule} }},
                network: {{ links: {{
                    up: {{ latency: {{ exponential: {{ mean: 10ms }} }}, loss: {loss} }},
                    down: {{ latency: {{ exponential: {{ mean: 20ms }} }}, loss: {loss}, duplicate: {duplicate},
                             reorder: {{ probability: {reorder}, delay: 100ms }} }} }},
                    availability: {{ drop_out: 0.1, crashes: [{{ workers: 1, at: 200ms, rejoin: 2900ms }}],
                        on_off: [{{ workers: 2, up: {{ exponential: {{ mean: 300ms }} }},
                                    down: {{ exponential: {{ mean: 100ms }} }} }}] }} }} }}"
        );
        let Replay { seen: [steps, full, _], .. } = replay(&text);
        prop_assert!(steps + full > 20, "{} openings with steps, {} models", steps, full);
    }
}

fn channels(rounds: u32, adversaries: u32, server: &str, network: &str) -> String {
    format!(
        "{{ name: t, rounds: {rounds}, workers: {{ count: 15 }}, method: signsgd_mv,
            task: {{ channel: {{ coordinates: 800, crossover: 0.1 }} }},
            adversaries: {{ count: {adversaries}, attack: silent }},
            server: {{ close: {{ deadline: 100ms }} {server} }}, network: {network} }}"
    )
}

fn down(text: &str) -> u64 {
    run(text, 1).unwrap().summary.downlink_bytes
}

/// An opening is 16 bytes, a step 101, a whole model 3200: 31 steps are shorter, 32 are not.
#[test]
fn silence_costs_no_bytes_where_deliveries_are_acknowledged() {
    let plain = 15 * (100 * 16 + 99 * 101);
    assert_eq!(down(&channels(100, 0, "", "ideal")), plain);
    assert_eq!(down(&channels(100, 5, "", "ideal")), plain);
    let unheard = 5 * (100 * 16 + (0..=31).sum::<u64>() * 101 + 68 * 3200);
    assert_eq!(down(&channels(100, 5, ", acknowledge: vote", "ideal")), plain / 15 * 10 + unheard);
}

/// Rounds open about every 100 ms, a gradient taking 99 ms; worker 0 is cut off from 150 to 550 ms. Below, it misses
/// the openings of rounds 2 to 5, is sent 1, 2, 3 and 4 steps in vain and five with the next: ten more than one a
/// round. Above, it hears of everything, and only who goes by votes sends it more: those of rounds 1 to 4 are lost,
/// so 2, 3, 4 and 5 steps.
#[test]
fn only_what_was_not_delivered_is_sent_again() {
    let cut =
        |way: &str| format!("{{ partitions: [{{ from: 150ms, to: 550ms, workers: 0, direction: {way} }}] }}");
    for (way, rule, steps) in
        [("down", "transport", 10), ("down", "vote", 10), ("up", "transport", 0), ("up", "vote", 10)]
    {
        let text = channels(12, 0, &format!(", acknowledge: {rule}"), &cut(way));
        // A worker that computes for longer than a round keeps every round open until its deadline.
        let text = text.replace("count: 15 }", "count: 15, compute_time: { constant: 99ms } }");
        assert_eq!(down(&text), 15 * (12 * 16 + 11 * 101) + steps * 101, "{way} {rule}");
    }
}

/// An attack that reads the steps that come with a round reads the same ones, whether they come once or again and again.
#[test]
fn an_attack_that_reads_steps_misses_none() {
    let output = |rule: &str, seed: u32| -> RunOutput {
        let text = format!(
            "{{ name: t, seed: {seed}, rounds: 30, method: signsgd_fd,
                workers: {{ count: 7, compute_time: {{ exponential: {{ mean: 40ms }} }} }},
                task: {{ channel: {{ coordinates: 200, crossover: 0.2 }} }},
                adversaries: {{ count: 3, attack: half }},
                server: {{ close: {{ deadline: 60ms }}, acknowledge: {rule} }},
                network: {{ links: {{ up: {{ loss: 0.2 }}, down: {{ loss: 0.2 }} }},
                            availability: {{ crashes: [{{ workers: 0, at: 500ms, rejoin: 800ms }}] }} }} }}"
        );
        run(&text, 1).unwrap()
    };
    for seed in 1..=5 {
        let (transport, vote) = (output("transport", seed), output("vote", seed));
        assert_eq!(transport.summary.digest, vote.summary.digest, "seed {seed}");
        assert!(transport.summary.downlink_bytes < vote.summary.downlink_bytes);
    }
}
