//! Rules of a program's own: the examples themselves, what they must give, and how a scenario is refused that uses them wrongly.

#![allow(dead_code, reason = "the examples have a main function")]

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, Once};

use signsim::aggregate::{self, Aggregator, OwnAggregator};
use signsim::attack;
use signsim::catalogue::Entry;
use signsim::error::Error;
use signsim::registry;
use signsim::run::{PlanEvent, RunOptions, execute, simulate_alone};
use signsim::scenario::Plan;
use signsim::vote::Step;

#[path = "../../examples/own_aggregator.rs"]
mod own_aggregator;
#[path = "../../examples/own_attack.rs"]
mod own_attack;

/// Words last as long as the program, which runs all tests.
fn registered() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        own_aggregator::register().unwrap();
        own_attack::register().unwrap();
    });
}

fn binomial(n: i32, k: i32, p: f64) -> f64 {
    let choose: f64 = (0..k).map(|i| f64::from(n - i) / f64::from(i + 1)).product();
    choose * p.powi(k) * (1.0 - p).powi(n - k)
}

/// The probability that `w` of ten honest votes are wrong and `c` of five inverted ones, summed where a decision by two
/// thirds goes wrong, and half of where it holds.
#[test]
fn an_aggregator_by_its_word_gives_the_exact_error() {
    registered();
    let mut expected = 0.0;
    for w in 0..=10 {
        for c in 0..=5 {
            let wrong = w + c;
            let p = binomial(10, w, 0.3) * binomial(5, c, 0.7);
            let most = f64::from(wrong.max(15 - wrong));
            expected += p * if most < 0.67 * 15.0 {
                0.5
            } else if wrong > 7 {
                1.0
            } else {
                0.0
            };
        }
    }
    let error = own_aggregator::decoding_error().unwrap().unwrap();
    let deviation = 0.5 / f64::sqrt(2000.0 * 20.0);
    assert!((error - expected).abs() < 4.0 * deviation, "{error} is not {expected}");
}

/// Majority: seven of fifteen are right with probability .8 on three quarters, wrong with .8 on the first quarter.
#[test]
fn an_attack_by_its_word_gives_the_exact_error_and_weights_by_coordinate_see_through_it() {
    registered();
    let errors = own_attack::decoding_errors().unwrap();
    let wrong = |p_corrupt: f64| {
        let both = |w: i32, c: i32| binomial(8, w, 0.2) * binomial(7, c, p_corrupt);
        (0..=8)
            .flat_map(|w| (0..=7).map(move |c| (w, c)))
            .filter(|(w, c)| w + c > 7)
            .map(|(w, c)| both(w, c))
            .sum::<f64>()
    };
    let expected = 0.25 * wrong(0.8) + 0.75 * wrong(0.2);
    let error_of = |name: &str| errors.iter().find(|(method, _)| method == name).unwrap().1;
    assert!(
        (error_of("signsgd_mv") - expected).abs() < 0.006,
        "{} is not {expected}",
        error_of("signsgd_mv")
    );
    assert!(error_of("signsgd_fd") < 0.7 * error_of("signsgd_mv"), "{errors:?}");
}

#[test]
fn the_short_form_and_the_one_that_check_prints_are_the_same_run() {
    registered();
    let of = |aggregator: &str| {
        let short = "{ supermajority: { share: 0.67 } }";
        let text = own_aggregator::SCENARIO.replace(short, aggregator);
        assert!(aggregator == short || text != own_aggregator::SCENARIO);
        Plan::parse("t.yaml", &text, &[], None).map(|plan| plan.runs[0].spec.clone())
    };
    let short = of("{ supermajority: { share: 0.67 } }").unwrap();
    let long = of("{ own: { word: supermajority, settings: { share: 0.67 } } }").unwrap();
    assert_eq!(serde_json::to_string(&short).unwrap(), serde_json::to_string(&long).unwrap());
    let refused = |aggregator: &str| of(aggregator).unwrap_err().to_string();
    for (aggregator, says) in [
        ("supermajority", "missing field `share`"),
        ("{ supermajority: { share: 0.2 } }", "a share of 0.2 is not above 0.5"),
        ("{ supermajority: { shar: 0.7 } }", "unknown field `shar`"),
        ("{ own: { word: nobody } }", "no aggregator of its own called `nobody`"),
        ("supermajorit", "`supermajorit` is not known here"),
    ] {
        let message = refused(aggregator);
        assert!(message.contains(says) && message.contains("t.yaml:6"), "{aggregator}: {message}");
    }
}

#[test]
fn a_word_stands_for_one_rule() {
    registered();
    assert!(own_attack::register().is_err(), "twice");
    let named = |word| {
        let entry = Entry { word, about: "a", source: "b" };
        OwnAggregator::new(entry, |_: serde_yaml::Value, _| Ok(Nobody))
    };
    for word in ["majority", "own", "Two words", "", "9"] {
        assert!(aggregate::register(named(word)).is_err(), "{word}");
    }
    assert!(attack::is_registered("lie_in_part") && !attack::is_registered("supermajority"));
}

struct Nobody;

impl Aggregator for Nobody {
    fn decode(&mut self, _: aggregate::Ballot<'_>) -> aggregate::Decision {
        unreachable!("it is never asked")
    }

    fn weights(&mut self, _: signsim::time::Round, _: signsim::protocol::WorkerId) -> Vec<f32> {
        Vec::new()
    }
}

/// Nobody knows the sources of such a program: its file is part of the id of its runs.
#[test]
fn runs_of_own_rules_are_repeatable() {
    registered();
    let plan = Plan::parse("t.yaml", own_aggregator::SCENARIO, &[], None).unwrap();
    let digest = || simulate_alone(&plan.runs[0].spec, 1).unwrap().summary.digest;
    assert_eq!(digest(), digest());
}

/// What the rule below is written in; scripts that register rules change it.
static TEXT: Mutex<&str> = Mutex::new("first");

/// Holds everything; gives up in one round, and cannot hand out what it remembers.
struct Scripted {
    fails_in: Option<u32>,
}

#[derive(serde::Deserialize)]
struct ScriptedSettings {
    fails_in: Option<u32>,
}

impl Aggregator for Scripted {
    fn decode(&mut self, ballot: aggregate::Ballot<'_>) -> aggregate::Decision {
        if self.fails_in == Some(ballot.round.0) {
            registry::fail(
                Error::run(format!("`scripted` gave up in round {}", ballot.round.0)).help("mend it"),
            );
        }
        aggregate::Decision { step: Step::Nothing(10), estimates: Vec::new() }
    }

    fn weights(&mut self, _: signsim::time::Round, _: signsim::protocol::WorkerId) -> Vec<f32> {
        vec![1.0; 10]
    }

    fn lost_memory(&mut self) -> Option<String> {
        Some("`scripted` keeps its books elsewhere".to_owned())
    }
}

const SCRIPTED: &str = "
name: scripted
rounds: 4
workers: { count: 3 }
task: { channel: { coordinates: 10, crossover: 0.1 } }
method: { quantizer: sign, aggregator: scripted }
sweep: { method.aggregator.own.settings.fails_in: [ROUNDS] }
";

fn scripted(rounds: &str) -> Plan {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let entry = Entry { word: "scripted", about: "holds everything", source: "a test" };
        let build = |settings: ScriptedSettings, _: aggregate::Electorate<'_>| {
            Ok(Scripted { fails_in: settings.fails_in })
        };
        let rule = OwnAggregator::new(entry, build).written_in(|| (*TEXT.lock().unwrap()).to_owned());
        aggregate::register(rule).unwrap();
    });
    let aggregator = "aggregator: { own: { word: scripted, settings: { fails_in: 9 } } }";
    let text = SCRIPTED.replace("aggregator: scripted", aggregator).replace("ROUNDS", rounds);
    Plan::parse("t.yaml", &text, &[], None).unwrap()
}

/// Where a rule has no answer, its run fails in the rule's words; the others go on, and both are found again by their ids,
/// which follow the text that the rule is written in. What is not handed out is said.
#[test]
fn a_rule_may_fail_is_known_by_its_text_and_says_what_it_cannot_keep() {
    let plan = scripted("2, 9");
    assert_eq!(
        simulate_alone(&plan.runs[0].spec, 1).unwrap_err().to_string(),
        "`scripted` gave up in round 2"
    );
    let dir = tempfile::tempdir().unwrap();
    let mut options = RunOptions::new(dir.path().join("t"), 1);
    options.checkpoints.every = Some(std::time::Duration::ZERO);
    let told = Mutex::new(Vec::new());
    let ids = || {
        let progress = |event: PlanEvent<'_>| {
            if let PlanEvent::Remark(remark) = event {
                told.lock().unwrap().push(remark.to_owned());
            }
        };
        let report = execute(&plan, &options, &AtomicBool::new(false), &progress).unwrap();
        assert_eq!(report.failures.len(), 1);
        assert_eq!(report.failures[0].reason, "`scripted` gave up in round 2");
        assert_eq!(report.failures[0].help.as_deref(), Some("mend it"));
        report.lines.iter().map(|line| line.row.run.clone()).collect::<Vec<_>>()
    };
    let first = ids();
    assert_eq!((first.len(), ids()), (2, first.clone()));
    *TEXT.lock().unwrap() = "second";
    let second = ids();
    assert!(second.iter().all(|id| !first.contains(id)), "{first:?} {second:?}");
    let told = told.into_inner().unwrap();
    let said = |words: &str| told.iter().filter(|remark| remark.contains(words)).count();
    assert_eq!(said("cannot be resumed inside: `scripted` keeps its books elsewhere"), 4, "{told:?}");
}
