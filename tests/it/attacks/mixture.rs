//! Different attacks by worker, against each of them alone and against exact probabilities.

use signsim::attack::CATALOGUE;

use super::channels::{Added, P, check, error, independent};
use crate::engine::{adversaries as whose, run};

/// Whoever takes the same attack from every place of the list does what it does alone: draws, memory and what is heard stay.
#[test]
fn an_attack_mixed_with_itself_is_itself() {
    let digest = |attack: &str| {
        let text = format!(
            "{{ name: t, rounds: 5, workers: {{ count: 7, batch: 4 }}, method: signsgd_fd,
               task: {{ train: {{ data: {{ digits: {{ train: 200, test: 20 }} }}, model: logistic }} }},
               {},
               server: {{ close: {{ deadline: 50ms }} }} }}",
            whose(3, attack, "10ms")
        );
        run(&text, 2).unwrap_or_else(|e| panic!("{attack}: {e}")).summary.digest
    };
    for entry in CATALOGUE.iter().filter(|entry| entry.word != "mixture") {
        let attack = match entry.word {
            "sleeper" => "{ sleeper: { until: 1 } }",
            "oscillator" => "{ oscillator: { period: 1 } }",
            "replay" => "{ replay: { age: 1 } }",
            word => word,
        };
        let mixed = format!("{{ mixture: {{ attacks: [{attack}, {attack}] }} }}");
        assert_eq!(digest(&mixed), digest(attack), "{attack}");
    }
}

/// What two groups add to a margin, each on its own.
fn both(first: &Added, second: &Added) -> Added {
    let pairs = first.iter().flat_map(|a| second.iter().map(move |b| (a, b)));
    pairs.map(|((p, a), (q, b))| (p * q, a + b)).collect()
}

/// Of six, workers 0, 2, 4 have the first attack and 1, 3, 5 the second; of five, three and two.
#[test]
fn groups_add_what_each_would_add() {
    for (adversaries, first, second) in [(6, 3, 3), (5, 3, 2)] {
        let inverted = independent(first, 1.0 - P);
        let coins = error(adversaries, |_| both(&inverted, &independent(second, 0.5)));
        check("{ mixture: { attacks: [sign_inversion, random] } }", adversaries, coins, "");
        // Against the honest majority; where there is none, a coin that all of them share.
        let against = |margin: f64| -> Added {
            let all = f64::from(first);
            if margin == 0.0 { vec![(0.5, all), (0.5, -all)] } else { vec![(1.0, -all * margin.signum())] }
        };
        let listening = error(adversaries, |margin| both(&against(margin), &independent(second, 1.0 - P)));
        check("{ mixture: { attacks: [minus_majority, sign_inversion] } }", adversaries, listening, "");
    }
}

/// A part that forges of the coalition's own gradients, where nobody is honest, waits for those who wait with it, not for all.
#[test]
fn nobody_waits_for_parts_that_do_not_listen() {
    let text = "{ name: t, rounds: 3, workers: { count: 5 }, method: signsgd_mv,
        task: { channel: { coordinates: 100, crossover: 0.2 } },
        adversaries: { count: 5, attack: { mixture: { attacks: [alie, random, minus_majority] } } } }";
    assert_eq!(run(text, 2).unwrap().summary.votes_received, 15);
}
