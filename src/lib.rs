//! signsim simulates distributed learning with one-bit gradient signs under Byzantine workers.
//!
//! ```
//! use signsim::{run, scenario::Plan};
//!
//! let scenario = "
//! name: example
//! rounds: 40
//! workers: { count: 7, batch: 16 }
//! task: { train: { data: { digits: { train: 700, test: 200 } }, model: logistic } }
//! method: signsgd_fd
//! adversaries: { count: 3, attack: sign_inversion }
//! server: { learning_rate: 0.01 }
//! ";
//! let plan = Plan::parse("example.yaml", scenario, &[], None)?;
//! let output = run::simulate_alone(&plan.runs[0].spec, 2)?;
//! let accuracy = output.summary.final_accuracy.expect("training has an accuracy");
//! assert!(accuracy > 0.5, "three of seven lie, and it learns: {accuracy}");
//! # Ok::<(), signsim::error::Error>(())
//! ```
//!
//! # The way of one gradient sign
//!
//! 1. A YAML text becomes a [`scenario::Plan`]: every point of the sweep and every seed is one
//!    [`scenario::RunSpec`], which holds everything that determines its result.
//! 2. [`run::simulate`] builds a world of actors from it. The [`actors::Server`] opens a round: it sends every
//!    [`actors::Worker`] a [`protocol::Message::Begin`] with the steps that worker lacks.
//! 3. [`sim::run`], the kernel, hands it to the worker's [`sim::Link`], which decides when it has been sent and when it
//!    arrives, if it does; its encoded length ([`wire`]) goes into the [`sim::Ledger`], its arrival into the event queue.
//! 4. The worker asks for a computation. The pool draws the batch ([`data`]), takes the gradient ([`learn`]) and
//!    turns it into signs ([`quantize`]), 64 to a word ([`sign::SignVector`]), while the clock goes on; the kernel
//!    waits for the result only when it reaches the computation's simulated finish.
//! 5. A corrupted worker shows its vote to the [`actors::Adversary`], whose [`attack`] replaces it.
//! 6. The vote travels up. When the round closes, the server's [`aggregate`] rule decodes all votes into one step,
//!    everyone moves, and the next round opens.
//! 7. Notes and measurements become rows ([`record`]), rows become figures ([`figure`]) and a page about them ([`report`]).
//!
//! Between two events the run is plain data ([`state`]): clock, queue, ledger, rows and what every actor has become, apart from
//! what it was told before the first round. After a round, every few minutes or when a signal ends the program, that goes to
//! `runs/<id>.checkpoint`, and the same command goes on from there to the same bytes.
//!
//! [`decode`] enters at step 6 with votes that somebody else has cast: a file of them in, decisions and weights out.
//! [`theory`] stands beside the way: what step 6 must give on independent channels, exactly and without a simulation.
//!
//! # Reading order
//!
//! [`protocol`] (who says what to whom, on one screen), [`sign`], [`aggregate`], then `sim/kernel.rs`, the engine, with
//! `sim/host.rs`, where its actors wait to be told, and `sim/pool.rs`, its threads; then [`actors`]. Randomness is explained in
//! [`random`], time in [`time`].
//!
//! # Invariants (tests hold them)
//!
//! * Same scenario, same binary, same CPU features: same bits for any number of threads and any order of runs. Every
//!   draw is keyed by (seed, purpose, owner, round); events are ordered by (time, sequence).
//! * Votes sent = in + lost + late + refused + pending; bytes in the ledger are sums of encoded lengths and overhead.
//! * Time never goes back; an empty queue before the goal is an error that says who waits for whom.
//! * With everyone present and no deadline, parameters do not depend on latency.
//! * Knowledge points one way: error, time, units, sign, vote, gzip, files, destination, hex, machine, near,
//!   plain_file, npy, simd, catalogue, scratch, helpers, interrupt, state, theory <- registry, protocol, wire, random
//!   <- record, data <- sim, quantize, aggregate, attack, learn <- actors, figure <- scenario, decode <- run
//!   <- report <- the command line.
//! * The core has no `HashMap`, no wall clock, no ambient generator, and never prints.
//!
//! # How to add an attack
//!
//! One file in `src/attack/` with its formula, source, settings, worked example and line of the catalogue; in
//! `src/attack/mod.rs` its module, that line in [`attack::CATALOGUE`], and an arm of [`attack::AttackSpec`], of
//! `entry` and of `build`. The compiler names the arms that are missing, a test the line; `docs/extending.md` walks
//! through it. What an attack may know is the trait it implements. Aggregators, quantisers, laws, models and figures
//! work the same way. Without a fork, a program registers its own ([`attack::register`], [`aggregate::register`]):
//! `examples/own_attack.rs`, `examples/own_aggregator.rs`.
//!
//! # Differences between the paper and its authors' code
//!
//! Where the public code behind *SignSGD with Federated Defense* (arXiv 2402.01340) departs from the paper, the paper
//! is the default here and the code's behaviour is an option or is left out: zeros, ties, splits, start weights, batches,
//! forgetting, the last layer, baselines without attack. `docs/differences.md` lists them all.

// The command line names the library as any program does.
extern crate self as signsim;

pub mod actors;
pub mod aggregate;
pub mod atomic_file;
pub mod attack;
pub mod catalogue;
pub mod cli;
pub mod data;
pub mod decode;
pub mod destination;
pub mod error;
pub mod fetch;
pub mod figure;
mod files;
pub mod gzip;
pub mod helpers;
pub mod hex;
pub mod interrupt;
pub mod learn;
pub mod machine;
pub mod near;
pub mod npy;
pub mod plain_file;
pub mod protocol;
pub mod quantize;
pub mod random;
pub mod record;
pub mod registry;
pub mod report;
pub mod run;
pub mod scenario;
pub mod scratch;
pub mod sign;
pub mod sim;
pub mod simd;
pub mod state;
pub mod theory;
pub mod time;
pub mod units;
pub mod vote;
pub mod wire;
