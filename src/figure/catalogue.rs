//! What `signsim list figures` shows.

use crate::catalogue::Entry;

/// Every figure, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[
    Entry {
        word: "accuracy_vs_adversaries",
        about: "final accuracy, or share of signs decoded correctly, against L; { y: loss } or decoding_error",
        source: "mean and 95 % Student-t interval over seeds; M/2 marked; { theory: exact } on channels",
    },
    Entry {
        word: "accuracy_vs_rounds",
        about: "accuracy, or share of signs decoded correctly, against the round; { y: loss } or decoding_error",
        source: "mean and 95 % Student-t band over seeds",
    },
    Entry {
        word: "accuracy_vs_time",
        about: "{ scale: linear } accuracy, or share of signs decoded correctly, against simulated seconds; or log",
        source: "mean and 95 % Student-t band over seeds, each with its last measurement",
    },
    Entry {
        word: "accuracy_vs_megabytes",
        about: "{ scale: linear } accuracy, or share of signs decoded correctly, against 10^6 bytes sent by all workers",
        source: "mean and 95 % Student-t band over seeds, each with its last measurement",
    },
    Entry {
        word: "accuracy_vs_setting",
        about: "{ x: task.channel.crossover, scale: linear } final accuracy against an axis of the sweep, or log",
        source: "mean and 95 % Student-t interval over seeds",
    },
    Entry {
        word: "decoding_error_vs_adversaries",
        about: "{ theory: bounds } decoding error against L on channels, exact values and bounds behind; or exact, none",
        source: "mean and 95 % Student-t interval over seeds; `signsim theory`",
    },
    Entry {
        word: "weights_vs_rounds",
        about: "the weights that the server gives to honest and adversarial workers, against the round",
        source: "mean over workers and seeds; band from the least worker to the greatest",
    },
    Entry {
        word: "crossover_histogram",
        about: "how many of a vote's signs are wrong: histogram over workers and recorded rounds",
        source: "share of the votes of all seeds, by the reference of metrics",
    },
    Entry {
        word: "layer_crossovers",
        about: "share of wrong signs in votes and decisions, layer by layer; needs metrics: { layers: true }",
        source: "mean over measured rounds, and 95 % Student-t interval over seeds",
    },
    Entry {
        word: "phase_diagram",
        about: "{ y: task.channel.crossover, colour: accuracy } heat map over L/M, or the setting x, and a setting",
        source: "mean over seeds; the line where half of the workers are adversaries",
    },
    Entry {
        word: "time_to_accuracy",
        about: "{ accuracy: 0.9 } simulated seconds until the first measurement of at least that accuracy",
        source: "mean and 95 % Student-t interval over the seeds that reach it",
    },
    Entry {
        word: "timeline",
        about: "the first rounds on the simulated clock, a row a worker; needs metrics: { timeline: 3 }",
        source: "one run: the first seed of every setting",
    },
    Entry {
        word: "method_table",
        about: "final accuracy and megabytes: a row a method, a column an attack and L; figure, Markdown and LaTeX",
        source: "mean and 95 % Student-t interval over seeds",
    },
    Entry {
        word: "label_partition",
        about: "training samples of each label that every worker holds; needs metrics: { labels: true }",
        source: "one run: the first seed of every partition",
    },
];
