//! What holds for every attack and every kind of vote.

use std::sync::Arc;

use proptest::prelude::*;
use signsim::attack::{Attack, AttackContext, CATALOGUE};
use signsim::protocol::{Act, WorkerId};
use signsim::random::Streams;
use signsim::sign::SignVector;
use signsim::time::Round;
use signsim::units::Population;
use signsim::vote::{Step, Vote};

use super::{spec, usual};
use crate::engine::{adversaries as whose, run};

const POPULATION: Population = Population { workers: 7, adversaries: 3 };
const ROUNDS: u32 = 5;

#[test]
fn a_bare_word_has_defaults_and_is_its_own_name() {
    for entry in CATALOGUE {
        let attack = spec(usual(entry.word));
        assert_eq!((attack.word(), attack.entry()), (entry.word, *entry));
        assert!(attack.validate(15).is_ok());
        let silent = ["silent", "crash_when_close"].contains(&entry.word);
        assert_eq!(attack.traits().may_be_silent, silent, "{}", entry.word);
        let mut strategies = attack.build();
        let (listens, reads) = match &strategies.all()[0] {
            Attack::OnWire(_) => (true, false),
            Attack::OnGradients(_) => (true, true),
            Attack::OnGradient(_) => (false, true),
            Attack::OnVote(_) | Attack::OnLabels => (false, false),
        };
        assert_eq!((strategies.listen(), strategies.read_gradients()), (listens, reads), "{}", entry.word);
        assert_eq!(strategies.poison_labels(), entry.word == "label_flip");
    }
}

#[test]
fn what_is_remembered_is_counted() {
    // Three workers, ten coordinates, votes of two bytes.
    for (attack, bytes) in [
        ("{ replay: { age: 4 } }", 3 * 5 * 2),
        ("half", 3 * (40 + 2)),
        ("sign_inversion", 0),
        ("mimic", 0),
        ("{ mimic: { age: 1 } }", 4),
        ("{ mixture: { attacks: [half, random] } }", 2 * (40 + 2)),
    ] {
        assert_eq!(spec(attack).memory_bytes(3, 100, 10, 2), bytes, "{attack}");
    }
    assert_eq!(spec("{ replay: { age: 40 } }").memory_bytes(3, 20, 10, 2), 3 * 20 * 2);
}

/// The four kinds of votes.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Binary,
    Ternary,
    Scaled,
    Dense,
}

fn vote(kind: Kind, coordinates: usize, numbers: &[f32], at: usize) -> Vote {
    let values: Vec<f32> = (0..coordinates).map(|n| numbers[(n + 31 * at) % numbers.len()]).collect();
    let signs = |zeros: bool| {
        let sign = |x: &f32| {
            if zeros && x.abs() < 0.3 {
                0
            } else if *x < 0.0 {
                -1
            } else {
                1
            }
        };
        SignVector::from_signs(&values.iter().map(sign).collect::<Vec<i8>>())
    };
    match kind {
        Kind::Binary => Vote::Signs(signs(false)),
        Kind::Ternary => Vote::Signs(signs(true)),
        Kind::Scaled => {
            let parts = vec![(coordinates / 2, 0.5), (coordinates, 3.0)];
            Vote::scaled(signs(true), parts)
        }
        Kind::Dense => Vote::Dense(values),
    }
}

/// All acts of some rounds, with the corrupted workers asked in this order.
fn play(word: &str, seed: u64, order: [u32; 3], votes: &dyn Fn(u32, u32) -> Vote) -> Vec<(u32, u32, Act)> {
    let mut strategies = spec(usual(word)).build();
    let mut acts = Vec::new();
    for round in 0..ROUNDS {
        let honest: Vec<Arc<Vote>> = (3..7).map(|m| Arc::new(votes(round, m))).collect();
        let gradients: Vec<Vec<f32>> = honest.iter().map(|vote| vote.to_dense().into_owned()).collect();
        let gradients: Vec<&[f32]> = gradients.iter().map(|g| &g[..]).collect();
        let decided = |t: u32| Arc::new(Step::Signs(SignVector::of_values(&votes(t, 3).to_dense())));
        let news: Vec<Arc<Step>> = (round.saturating_sub(1)..round).map(decided).collect();
        for worker in order {
            let own = votes(round, worker);
            let context = AttackContext::new(Round(round), WorkerId(worker), &own, &news, Streams::new(seed));
            let turn = strategies.turn(WorkerId(worker));
            let act = match &mut strategies.all()[turn] {
                Attack::OnVote(attack) => attack.act(context),
                Attack::OnWire(attack) => attack.act(context, &honest, POPULATION),
                Attack::OnLabels => Act::cast(own.clone()),
                Attack::OnGradient(attack) => {
                    let mut gradient = own.to_dense().into_owned();
                    attack.change(&mut gradient, context);
                    Act::cast(Vote::Dense(gradient))
                }
                Attack::OnGradients(attack) => {
                    Act::cast(Vote::Dense(attack.gradient(&gradients, POPULATION)))
                }
            };
            acts.push((round, worker, act));
        }
    }
    acts.sort_by_key(|(round, worker, _)| (*round, *worker));
    acts
}

/// What one worker said instead of `own`.
fn check(word: &str, own: &Vote, act: &Act) {
    let Some(said) = &act.vote else {
        assert!(spec(word).traits().may_be_silent, "{word} is silent");
        return;
    };
    assert!(act.copies >= 1, "{word}");
    assert_eq!(said.coordinates(), own.coordinates(), "{word}");
    assert!(said.to_dense().iter().all(|x| x.is_finite()), "{word}: {said:?}");
    match (own, said) {
        // A gradient, which the quantiser makes a vote.
        (_, Vote::Dense(_)) if spec(usual(word)).build().read_gradients() => {}
        (Vote::Signs(own), Vote::Signs(said)) => {
            // Zeros are said by who abstains and by who passes on votes that may have some.
            let may = own.voted().is_some() || ["abstain", "replay", "mimic"].contains(&word);
            assert!(said.voted().is_none() || may, "{word}: {said:?}");
        }
        (Vote::Scaled(own), Vote::Scaled(said)) => assert_eq!(own.parts, said.parts, "{word}"),
        (Vote::Dense(_), Vote::Dense(_)) => {}
        (own, said) => panic!("{word} answers {own:?} with {said:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// As many coordinates, the same kind of vote, finite numbers; a function of its key that does not depend on whom
    /// the adversary asks first.
    #[test]
    fn every_attack_answers_in_kind(
        coordinates in 1_usize..200,
        numbers in prop::collection::vec(-1_f32..1.0, 1..300),
        seed in 0_u64..100,
    ) {
        for kind in [Kind::Binary, Kind::Ternary, Kind::Scaled, Kind::Dense] {
            let votes = |round: u32, worker: u32| vote(kind, coordinates, &numbers, (round * 7 + worker) as usize);
            for entry in CATALOGUE {
                let acts = play(entry.word, seed, [0, 1, 2], &votes);
                prop_assert_eq!(&acts, &play(entry.word, seed, [2, 0, 1], &votes), "{}", entry.word);
                for (round, worker, act) in &acts {
                    check(entry.word, &votes(*round, *worker), act);
                }
            }
        }
    }
}

/// In training too, on any number of threads; and whoever corrupts two of five workers changes what is learned.
#[test]
fn every_attack_reaches_training() {
    let digest = |attack: &str, adversaries: u32, threads: usize| {
        let text = format!(
            "{{ name: t, rounds: 4, workers: {{ count: 5, batch: 8 }}, method: signsgd_fd,
               task: {{ train: {{ data: {{ digits: {{ train: 200, test: 20 }} }}, model: logistic }} }},
               {},
               server: {{ close: {{ deadline: 50ms }} }} }}",
            whose(adversaries, attack, "10ms")
        );
        run(&text, threads).unwrap_or_else(|e| panic!("{attack}: {e}")).summary.digest
    };
    let honest = digest("sign_inversion", 0, 1);
    for entry in CATALOGUE {
        let word = entry.word;
        // Honest for longer than this run, too late by more than a round, or with copies that are refused.
        let attack = match word {
            "sleeper" => "{ sleeper: { until: 1 } }",
            "oscillator" => "{ oscillator: { period: 1 } }",
            "replay" => "{ replay: { age: 1 } }",
            "duplicate" => "{ duplicate: { vote: inverted } }",
            "crash_when_close" => "{ crash_when_close: { margin: M } }",
            word => usual(word),
        };
        let corrupted = digest(attack, 2, 1);
        assert_ne!(corrupted, honest, "{word}");
        assert_eq!(corrupted, digest(attack, 2, 2), "{word}");
    }
}
