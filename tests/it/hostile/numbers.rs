//! Numbers at the ends of their ranges, and beyond.

use super::case::{Case, changed, check};

const TASK: &str = "task: { channel: { coordinates: 50, crossover: 0.2 } }";
const METHOD: &str = "method: signsgd_fd";

fn rounds(to: &str, words: &'static str) -> Case {
    changed("rounds: 5", &format!("rounds: {to}"), words)
}

fn more(line: &str, words: &'static str) -> Case {
    changed("rounds: 5", &format!("rounds: 5\n{line}"), words)
}

fn workers(more: &str, words: &'static str) -> Case {
    changed("count: 5", &format!("count: 5, {more}"), words)
}

fn link(settings: &str, words: &'static str) -> Case {
    more(&format!("network: {{ links: {{ up: {{ {settings} }} }} }}"), words)
}

fn train(data: &str, model: &str, words: &'static str) -> Case {
    changed(
        TASK,
        &format!("task: {{ train: {{ data: {{ digits: {{ {data} }} }}, model: {model} }} }}"),
        words,
    )
}

#[test]
fn whole_numbers() {
    check(
        25,
        [
            rounds("1e400", "the text `1e400`"),
            rounds("nan", "the text `nan`"),
            rounds(".nan", "`.nan` is not a finite number"),
            rounds("-0", "`rounds` must be at least 1"),
            rounds("-1e-5", "the number -0.00001"),
            rounds("18446744073709551616", "at most 64 bits"),
            rounds(&"9".repeat(10_000), "at most 64 bits | 999…"),
            rounds("0x7fffffff", "write 2147483647"),
            rounds("0o17", "write 15"),
            rounds("0b11", "write 3"),
            rounds("1_000", "write 1000"),
            more("seed: 18446744073709551615\nrepeats: 2", "does not fit 64 bits"),
            more("seed: -1", "the number -1 is out of range"),
            more("repeats: 4294967295", "more than 1000000 runs"),
            more("evaluate_every: 0", "must be at least 1"),
            more("sweep: { rounds: 0..=4294967295 }", "more than 100000 points"),
            more("sweep: { adversaries.count: 0..=99999999999 }", "99999999999 is too large"),
            more("sweep: { rounds: 5..=1 }", "is empty for M = 5"),
            changed("count: 5", "count: 4294967295", "the 100000000 that can be simulated"),
            changed("count: 5", "count: 0", "must be at least 1"),
            workers("batch: \"99999999999x1\"", "is not a value for every worker"),
            workers("batch: 0", "must be at least 1"),
            workers("local: { steps: 0 }", "must be at least 1"),
            changed("coordinates: 50", "coordinates: 9223372036854775807", "do not fit a message"),
            changed("coordinates: 50", "coordinates: 0", "must be at least 1"),
            changed("count: 1,", "count: M/0,", "divides by zero"),
            changed("count: 1,", "count: \"M*9999999999999999999\",", "is not a count"),
            changed("count: 1,", "count: 6,", "6 adversaries are more than the 5 workers"),
            train("train: 99999999999999", "logistic", "numbered with 32 bits"),
            train("train: 100", "{ mlp: { hidden: [0] } }", "has no units"),
            train("train: 100", "{ mlp: { hidden: [4000000000, 4000000000] } }", "2147483648 parameters"),
        ],
    );
}

#[test]
fn real_numbers_and_units() {
    check(
        20,
        [
            changed("crossover: 0.2", "crossover: 1.5", "1.5 is not a probability"),
            changed("crossover: 0.2", "crossover: .nan", "is not a finite number"),
            changed("crossover: 0.2", "crossover: -0.1", "-0.1 is not a probability"),
            changed("crossover: 0.2", "crossover: 1e400", "1e400"),
            workers("speed: 1e-400", "0 is out of range"),
            workers("compute_time: { constant: 1e400s }", "is not a unit of time"),
            workers("compute_time: { constant: -5ms }", "workers.compute_time.constant"),
            workers("compute_time: { constant: 99999999999h }", "between 0s and 8760h"),
            workers("compute_time: { pareto: { minimum: 1ms, shape: 0 } }", "not a finite number above 0"),
            more("server: { learning_rate: 1e400 }", "learning_rate"),
            more("server: { learning_rate: 0 }", "learning_rate"),
            more("server: { learning_rate: -.inf }", "not a finite number"),
            more("server: { close: { quorum: 0 } }", "quorum"),
            more("server: { close: { deadline: 0s } }", "deadline"),
            link("bandwidth: 1e400bit/s", "is not a unit here"),
            link("bandwidth: 0bit/s", "never sends anything"),
            link("overhead: 99999999999GB", "is out of range"),
            link("loss: 2", "2 is not a probability"),
            changed(
                METHOD,
                "method: { preset: signsgd_fd, aggregator: { federated_defense: { max_llr: .inf } } }",
                "finite",
            ),
            changed(
                METHOD,
                "method: { preset: signsgd_fd, aggregator: { federated_defense: { epsilon: 0 } } }",
                "between 0 and 0.5",
            ),
            train("noise: .nan", "logistic", "not a finite number"),
        ],
    );
}
