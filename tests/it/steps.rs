//! The length of a step by schedule, and weight decay: against PyTorch's formulas, and against a plain loop over the decisions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signsim::actors::LearningRate;
use signsim::error::Result;
use signsim::protocol::{ComputationResult, Message, Node, Note};
use signsim::run::{DatasetCache, RunControl, RunOutput, simulate_watched};
use signsim::scenario::Plan;
use signsim::sim::{Happening, IdleThreads, Ledger, Observer};
use signsim::time::SimTime;
use signsim::vote::Step;

const TRAINING: &str = "\
name: t
rounds: 40
evaluate_every: 40
workers: { count: 5, batch: 8 }
task: { train: { data: { digits: { train: 200, test: 20 } }, model: logistic } }
method: METHOD
metrics: { reference: none }
server: { learning_rate: RATE, weight_decay: 0.25 }
";

fn text(method: &str, rate: &str) -> String {
    TRAINING.replace("METHOD", method).replace("RATE", rate)
}

fn plan(text: &str) -> Plan {
    Plan::parse("t.yaml", text, &[], None).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn schedule(rate: &str) -> LearningRate {
    plan(&text("signsgd_mv", rate)).runs[0].spec.server.learning_rate.clone()
}

fn close(rate: &LearningRate, expected: impl IntoIterator<Item = f64>) {
    for (round, expected) in (0..).zip(expected) {
        let got = rate.at(round);
        assert!(
            (got - expected).abs() <= 1e-12 * expected.abs().max(1e-3),
            "{rate:?}, round {round}: {got}, not {expected}"
        );
    }
}

/// The loops of PyTorch's schedulers: each makes the next rate from the last one.
#[test]
fn schedules_are_those_of_pytorch() {
    // StepLR(step_size = 7, gamma = 0.3): at every seventh step the rate is multiplied.
    let mut rate = 0.05;
    let stepped = (0..40).map(|t| {
        if t > 0 && t % 7 == 0 {
            rate *= 0.3;
        }
        rate
    });
    close(&schedule("{ step: { from: 0.05, every: 7, factor: 0.3 } }"), stepped);
    // MultiStepLR(milestones = [10, 30], gamma = 0.1), as its documentation lists it.
    let listed = (0..40).map(|t| {
        if t < 10 {
            0.05
        } else if t < 30 {
            0.005
        } else {
            0.0005
        }
    });
    close(&schedule("{ step: { from: 0.05, at: [10, 30] } }"), listed);
    // CosineAnnealingLR(T_max = 40, eta_min = 0.001) in its recursive form.
    let mut rate = 0.05;
    let annealed = (0..40).map(|t| {
        if t > 0 {
            let wave = |t: i32| 1.0 + (std::f64::consts::PI * f64::from(t) / 40.0).cos();
            rate = wave(t) / wave(t - 1) * (rate - 0.001) + 0.001;
        }
        rate
    });
    close(&schedule("{ cosine: { from: 0.05, to: 0.001 } }"), annealed);
    // LinearLR(start_factor = 0.5, total_iters = 4), as its documentation lists it, and then StepLR by SequentialLR.
    let rising = [0.025, 0.031_25, 0.0375, 0.043_75].into_iter();
    let warm =
        "{ warm_up: { rounds: 4, from: 0.025, then: { step: { from: 0.05, every: 2, factor: 0.5 } } } }";
    close(&schedule(warm), rising.chain([0.05, 0.05, 0.025, 0.025, 0.0125]));
    close(&schedule("{ inverse_sqrt: { from: 0.05 } }"), (1..=40).map(|t| 0.05 / f64::from(t).sqrt()));
    // A warm-up of w rounds and a scale of w: the rate of the first Transformers, which falls with sqrt(w / t).
    let noam =
        (0..40).map(|t| 0.05 * if t < 10 { f64::from(t) / 10.0 } else { (10.0 / f64::from(t)).sqrt() });
    close(&schedule("{ warm_up: { rounds: 10, then: { inverse_sqrt: { from: 0.05, scale: 10 } } } }"), noam);
}

#[test]
fn what_is_left_to_the_number_of_rounds_is_written_out() {
    for (rate, resolved) in [
        ("{ cosine: { from: 0.05 } }", "cosine:\n      from: 0.05\n      to: 0.0\n      rounds: 40\n"),
        ("{ warm_up: { rounds: 15, then: { cosine: { from: 0.05 } } } }", "rounds: 25\n"),
        ("{ cosine: { from: 0.05, rounds: 7 } }", "rounds: 7\n"),
        ("0.05", "learning_rate: 0.05\n"),
    ] {
        let plan = plan(&text("signsgd_mv", rate));
        assert!(plan.resolved.contains(resolved), "{}", plan.resolved);
        let again = Plan::parse("again.yaml", &plan.alone, &[], None).unwrap();
        assert_eq!(again.runs[0].spec, plan.runs[0].spec, "{}", plan.alone);
    }
    // Beyond its end a cosine stays where it is.
    let short = schedule("{ cosine: { from: 0.05, to: 0.01, rounds: 7 } }");
    assert_eq!([7, 8, 39].map(|round| short.at(round)), [0.01; 3]);
}

#[test]
fn what_is_no_schedule_is_refused_with_one_that_is() {
    for (rate, words, help) in [
        ("0", "the number 0 is out of range: a number above 0, or a schedule", ""),
        ("cosine", "`cosine` needs its settings", ""),
        ("{ cosin: { from: 0.1 } }", "`cosin` is not known here", "did you mean `cosine`?"),
        ("{ cosine: { from: 0.1 }, step: { from: 0.1, every: 3 } }", "exactly one word", ""),
        ("{ cosine: { to: 0.1 } }", "`from` is missing", "from"),
        ("{ cosine: { from: 0.1, to: -1 } }", "-1 is not a rate", ""),
        ("{ cosine: { from: 0.1, rounds: 0 } }", "`rounds` must be at least 1", "1 or more"),
        ("{ step: { from: 0.1 } }", "neither is written", "every: 100"),
        ("{ step: { from: 0.1, every: 3, at: [5] } }", "both are written", "every: 100"),
        ("{ step: { from: 0.1, at: [5, 5] } }", "begin at 1 or later and ascend", "at: [1500, 2250]"),
        ("{ step: { from: 0.1, every: 1, factor: 1e9 } }", "infinite in single precision", "3.4e38"),
        ("{ warm_up: { rounds: 0, then: 0.1 } }", "`rounds` must be at least 1", ""),
        ("{ warm_up: { rounds: 5, then: { cosine: { from: 1e-60 } } } }", "0 in single precision", ""),
        ("{ warm_up: { rounds: 5, then: fast } }", "the text `fast`", ""),
        ("\"0,1\"", "the text `0,1`", "write 0.1, with a point"),
        ("1e-9", "0 in single precision, in which models are held", "1e-7 or more"),
        ("5", "1.25 times a parameter", "below 1"),
    ] {
        let error = Plan::parse("t.yaml", &text("signsgd_mv", rate), &[], None).map(|_| ()).expect_err(rate);
        let said = error.to_string();
        assert!(said.starts_with("t.yaml:8:") && said.contains(words), "{rate}: {said}");
        assert!(error.advice().unwrap_or_default().contains(help), "{rate}: {:?}", error.advice());
    }
}

/// The initial model and every decision.
#[derive(Default)]
struct Decisions(Option<Arc<[f32]>>, Vec<Arc<Step>>);

impl Observer for Decisions {
    fn happened(&mut self, _: SimTime, happening: &Happening<'_>) -> Result<()> {
        if let Happening::Sent { message: Message::Begin { parameters: Some(parameters), .. }, .. } =
            happening
        {
            self.0.get_or_insert_with(|| Arc::clone(parameters));
        }
        Ok(())
    }

    fn note(&mut self, _: SimTime, note: &Note, _: &Ledger) -> Result<()> {
        if let Note::Closed(closed) = note {
            self.1.push(Arc::clone(&closed.decision));
        }
        Ok(())
    }
}

/// What distributed Lion's workers were shown: by round, each worker's gradient.
#[derive(Default)]
struct Gradients(Vec<BTreeMap<u32, Arc<[f32]>>>, Vec<u32>);

impl Observer for Gradients {
    fn happened(&mut self, _: SimTime, happening: &Happening<'_>) -> Result<()> {
        if let Happening::Computed { actor: Node::Worker(worker), product } = happening
            && let ComputationResult::Vote { gradient, .. } = product
        {
            self.1.resize(self.1.len().max(worker.index() + 1), 0);
            let round = &mut self.1[worker.index()];
            self.0.resize(self.0.len().max(*round as usize + 1), BTreeMap::new());
            self.0[*round as usize].insert(worker.0, gradient.clone().expect("it is compared with"));
            *round += 1;
        }
        Ok(())
    }
}

fn watched(text: &str) -> (RunOutput, Decisions) {
    let mut seen = Decisions::default();
    (under(text, &mut seen), seen)
}

fn under(text: &str, observer: &mut dyn Observer) -> RunOutput {
    let plan = plan(text);
    let data = DatasetCache::default().of(&plan.runs[0].spec, 1).unwrap();
    let (interrupted, spare) = (AtomicBool::new(false), IdleThreads::default());
    let control = RunControl { threads: 1, interrupted: &interrupted, on_round: &|_| {}, spare: &spare };
    simulate_watched(&plan.runs[0].spec, data, &control, Some(observer)).unwrap()
}

/// AdamW's and Lion's order: `param.mul_(1 - lr * weight_decay)`, then the step; also where a coordinate is held.
#[test]
fn the_model_moves_as_a_plain_loop_moves_it() {
    let half_wave = |t: f64| 0.02 * (1.0 + (std::f64::consts::PI * t / 30.0).cos()) / 2.0;
    let rate = |t: f64| if t < 10.0 { 0.004 + 0.016 * t / 10.0 } else { half_wave(t - 10.0) };
    let written = "{ warm_up: { rounds: 10, from: 0.004, then: { cosine: { from: 0.02 } } } }";
    for method in ["signsgd_fd", "sgd", "s3gd"] {
        let (output, Decisions(initial, steps)) = watched(&text(method, written));
        let mut x = initial.unwrap().to_vec();
        for (t, step) in steps.iter().enumerate() {
            let rate = rate(t as f64);
            let move_of: Vec<f32> = match &**step {
                Step::Dense(values) => values.clone(),
                signs => signs.signs().to_signs().iter().map(|s| f32::from(*s)).collect(),
            };
            for (x, s) in x.iter_mut().zip(move_of) {
                *x *= (1.0 - rate * 0.25) as f32;
                *x -= rate as f32 * s;
            }
        }
        assert_eq!(steps.len(), 40);
        assert_eq!(output.parameters.as_deref(), Some(&x[..]), "{method}");
    }
}

/// The authors' update of every worker, and their server, which takes the sign of a sum: no step where it is zero.
#[test]
fn distributed_lion_is_a_plain_loop() {
    let method = "{ preset: d_lion_mavo, quantizer: { sign: { zero: plus } } }";
    let text = text(method, "0.01")
        .replace("count: 5", "count: 4")
        .replace("reference: none", "reference: honest_mean");
    let mut gradients = Gradients::default();
    let output = under(&text, &mut gradients);
    let mut start = Decisions::default();
    under(&text, &mut start);
    let (mut x, mut held) = (start.0.unwrap().to_vec(), 0_u64);
    let mut means = vec![vec![0.0_f32; x.len()]; 4];
    for (t, gradients) in gradients.0.iter().enumerate() {
        for n in 0..x.len() {
            let mut sum = 0_i32;
            for (m, gradient) in means.iter_mut().zip(gradients.values()) {
                sum += if m[n] * 0.9 + gradient[n] * (1.0 - 0.9) >= 0.0 { 1 } else { -1 };
                m[n] = m[n] * 0.99 + gradient[n] * (1.0 - 0.99);
            }
            x[n] *= (1.0 - 0.01 * 0.25) as f32;
            x[n] -= 0.01 * sum.signum() as f32;
            held += u64::from(sum == 0);
        }
        assert_eq!(output.rounds[t + 1].held, Some(std::mem::take(&mut held)), "round {t}");
    }
    assert_eq!(gradients.0.len(), 40);
    assert_eq!(output.parameters.as_deref(), Some(&x[..]));
}

#[test]
fn two_betas_are_written_as_one_where_they_are_the_same() {
    let momentum = |momentum: &str| {
        let method = format!("{{ preset: signum, momentum: {momentum} }}");
        Plan::parse("t.yaml", &text(&method, "0.01"), &[], None)
    };
    for (written, resolved) in [
        ("{ beta1: 0.9, beta2: 0.9 }", "momentum: 0.9\n"),
        ("0.9", "momentum: 0.9\n"),
        ("{ beta1: 0.9, beta2: 0.99 }", "momentum:\n    beta1: 0.9\n    beta2: 0.99\n"),
    ] {
        let plan = momentum(written).unwrap();
        assert!(plan.resolved.contains(resolved), "{}", plan.resolved);
    }
    for (written, words) in [
        ("1", "a momentum of 1 is not in [0, 1)"),
        ("{ beta1: 0.9, beta2: 1 }", "a momentum of 1 is not in [0, 1)"),
        ("{ beta1: 0, beta2: 0.9 }", "nothing that is kept is ever sent"),
        ("{ beta1: 0.9 }", "`beta2` is missing"),
        ("{ beta1: 0.9, beta2: 0.99999999 }", "1 in single precision"),
        ("lion", "the text `lion`"),
    ] {
        let said = momentum(written).map(|_| ()).expect_err(written).to_string();
        assert!(said.contains(words), "{written}: {said}");
    }
}

#[test]
fn a_method_may_have_its_own() {
    let own = "{ preset: signsgd_mv, learning_rate: { inverse_sqrt: { from: 0.02 } }, weight_decay: 0.5 }";
    let server = |text: &str| plan(text).runs[0].spec.server.clone();
    let by_method =
        TRAINING.replace("METHOD", own).replace("server: { learning_rate: RATE, weight_decay: 0.25 }\n", "");
    let by_server = text("signsgd_mv", "{ inverse_sqrt: { from: 0.02 } }").replace("0.25", "0.5");
    assert_eq!(server(&by_method), server(&by_server));
}
