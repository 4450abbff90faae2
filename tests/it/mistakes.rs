//! Mistakes in a scenario: what each is answered with, where, and what to write instead.
//!
//! The tables are data behind [`check`]: what a text is changed to (or what `--set` gives), the place of the answer, and
//! words of its message or its help.

mod arguments;
mod followed;
mod forms;
mod helps;
mod text;

use signsim::scenario::Plan;

const CHANNEL: &str = "\
name: t
rounds: 5
workers: { count: 5 }
task: { channel: { coordinates: 50, crossover: 0.2 } }
method: signsgd_fd
adversaries: { count: 1, attack: sign_inversion }
";

const TRAINING: &str = "\
name: t
rounds: 5
workers: { count: 5 }
task:
  train:
    data: { digits: { train: 200, test: 100 } }
    split: iid
    model: logistic
method: signsgd_fd
adversaries: { count: 1, attack: sign_inversion }
server: { learning_rate: 0.002 }
network: { links: { up: { latency: { constant: 20ms } } } }
";

const QUADRATIC: &str = "\
name: t
rounds: 5
workers: { count: 5 }
task: { quadratic: { coordinates: 50, noise: 8 } }
method: signsgd_fd
adversaries: { count: 1, attack: sign_inversion }
";

/// Message and help of the answer.
fn answer(text: &str, sets: &[&str]) -> String {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    match Plan::parse("t.yaml", text, &sets, None) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => {
            assert_eq!(error.exit_code(), 2);
            format!("{error}\nhelp: {}", error.advice().unwrap_or_default())
        }
    }
}

/// The answer begins with the place and has these words, parted by `|`.
#[track_caller]
fn check(text: &str, sets: &[&str], place: &str, words: &str) {
    let got = answer(text, sets);
    let found = words.split('|').all(|part| got.contains(part.trim()));
    assert!(got.starts_with(&format!("{place}: ")) && found, "{place} {words}\n--- {sets:?}\n{got}");
}

/// A text with one thing changed.
#[track_caller]
fn changed(base: &str, from: &str, to: &str) -> String {
    assert!(base.contains(from), "{from}");
    base.replacen(from, to, 1)
}

#[test]
fn all_texts_are_legal_as_they_stand() {
    for text in [CHANNEL, TRAINING, QUADRATIC] {
        assert_eq!(answer(text, &[]), "accepted");
    }
}
