//! How the scenario's words read in a figure: the field's names where it has some.

use super::label::Label;
use super::setting::field;
use crate::units::is_unit;

/// The name of a method in papers; a name of the user's with its marks.
#[must_use]
pub(crate) fn method(word: &str) -> Label {
    let name = match word {
        "signsgd_mv" => "signSGD-MV",
        "signsgd_fd" => "signSGD-FD",
        "signsgd_fv" => "signSGD-FV",
        "signum" => "Signum",
        "d_lion_mavo" => "D-Lion (MaVo)",
        "election_signsgd" => "election signSGD",
        "sto_signsgd" => "sto-signSGD",
        "ternary_vote" => "TernaryVote",
        "noisy_signsgd" => "noisy signSGD",
        "ef_signsgd" => "EF-signSGD",
        "s3gd" => "S3GD",
        "rsa" => "RSA",
        "sgd" => "SGD",
        "median" => "median",
        "trimmed_mean" => "trimmed mean",
        "krum" => "Krum",
        "multi_krum" => "multi-Krum",
        "geometric_median" => "geometric median",
        "centered_clipping" => "centered clipping",
        other => return Label::marked(other),
    };
    Label::plain(name)
}

/// A value of the scenario in words: `{ stochastic_flip: { probability: 0.5 } }` reads
/// "stochastic flip, probability 0.5", and quantities have a blank before their unit.
#[must_use]
pub(crate) fn words(value: &str) -> String {
    let spaced =
        |word: &str| quantity(word).map_or(word.to_owned(), |(number, unit)| format!("{number} {unit}"));
    plain_words(value).split(' ').map(spaced).collect::<Vec<_>>().join(" ")
}

/// The same with quantities as the scenario writes them.
#[must_use]
pub(crate) fn plain_words(value: &str) -> String {
    let spaced = value.replace(['"', '\'', '[', ']'], "").replace('{', " { ").replace(':', ": ");
    // A path of a file keeps its name.
    let word = |word: &str| if word.contains(['/', '\\']) { word.to_owned() } else { word.replace('_', " ") };
    let collapsed = spaced.split_whitespace().map(word).collect::<Vec<_>>().join(" ");
    let flat = collapsed.replace(": {", ",").replace(['{', '}'], "").replace(": ", " ").replace(" ,", ",");
    flat.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",")
}

/// Number and unit of a quantity as a scenario writes it, `300ms`, with the comma that may follow.
fn quantity(word: &str) -> Option<(&str, &str)> {
    let (number, unit) = word.split_at(word.find(|c: char| !(c.is_ascii_digit() || c == '.'))?);
    let known = number.parse::<f64>().is_ok() && is_unit(unit.trim_end_matches(','));
    known.then_some((number, unit))
}

/// The word with which a value begins: `train` of `{ train: { … } }`.
#[must_use]
pub(crate) fn first_word(value: &str) -> &str {
    let value = value.trim_start_matches(|c: char| !c.is_alphanumeric());
    value.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or(value)
}

/// One setting of a sweep as a panel title or a part of a legend entry: `adversaries.attack` speaks for
/// itself, numbers carry the name of their field, workers become *M*.
#[must_use]
pub(crate) fn setting(path: &str, value: &str) -> Label {
    match path {
        _ if value.is_empty() => return Label::default(),
        "scenario" => return Label::plain(value),
        "workers.count" => return Label::rich("*M* = ").then(Label::plain(value)),
        "adversaries.count" => return Label::rich("*L* = ").then(Label::rich(value)),
        path if path.ends_with(".t_in") => return Label::rich("*T*~in~ = ").then(Label::plain(value)),
        _ => {}
    }
    let field = words(field(path));
    let says_what_it_is = value.starts_with(|c: char| c.is_alphabetic() || c == '{')
        && !["true", "false", "yes", "no", "none", "null", "all"].contains(&value);
    if says_what_it_is || field.is_empty() {
        Label::plain(words(value))
    } else {
        Label::plain(format!("{field} {}", words(value)))
    }
}

/// A setting along an axis: what is counted by a name of its own, and by its symbol where papers have one.
#[must_use]
pub(crate) fn axis(path: &str) -> Label {
    match (path, field(path)) {
        ("workers.count", _) => Label::rich("workers *M*"),
        ("adversaries.count", _) => Label::rich("adversaries *L*"),
        (_, "t_in") => Label::rich("initial rounds *T*~in~"),
        (_, "crossover") => Label::rich("crossover *p*"),
        (path, "probability") if path.ends_with("stochastic_flip.probability") => {
            Label::rich("flip probability *r*")
        }
        (_, "probability") => Label::rich("probability *r*"),
        (_, field) => Label::plain(words(field)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_words() {
        for (value, expected) in [
            ("sign_inversion", "sign inversion"),
            ("{ stochastic_flip: { probability: 0.5 } }", "stochastic flip, probability 0.5"),
            (r#"{"sleeper":{"until":100}}"#, "sleeper, until 100"),
            ("{ a: { b: 0.1 }, c: d }", "a, b 0.1, c d"),
            ("crashes: [{workers: 0..=4, at: 1s}]", "crashes, workers 0..=4, at 1 s"),
            ("0.25", "0.25"),
            ("mnist: {dir: ./my_data}", "mnist, dir ./my_data"),
            (
                "quorum_or_deadline: {quorum: 12, deadline: 300ms}",
                "quorum or deadline, quorum 12, deadline 300 ms",
            ),
            (
                "crashes: [{workers: 0..=4, at: 1.5s, rejoin: 20s}]",
                "crashes, workers 0..=4, at 1.5 s, rejoin 20 s",
            ),
            ("1Mbit/s", "1 Mbit/s"),
            ("{ labels: 2labels, file: 3s/x.csv }", "labels 2labels, file 3s/x.csv"),
        ] {
            assert_eq!(words(value), expected);
        }
    }

    #[test]
    fn the_first_word_tells_sections_apart() {
        assert_eq!(first_word("train: {data: digits}"), "train");
        assert_eq!(first_word("{ quorum_or_deadline: { quorum: 12 } }"), "quorum_or_deadline");
        assert_eq!(first_word("0.5"), "0");
    }

    #[test]
    fn a_bare_number_carries_its_field() {
        assert_eq!(setting("task.channel.crossover", "0.2").to_string(), "crossover 0.2");
        assert_eq!(setting("adversaries.attack", "sign_inversion").to_string(), "sign inversion");
        assert_eq!(setting("workers.count", "15").to_string(), "M = 15");
        assert_eq!(setting("method.aggregator.federated_defense.t_in", "20").to_string(), "T_in = 20");
    }

    #[test]
    fn an_axis_says_what_it_counts() {
        for (path, expected) in [
            ("workers.count", "workers M"),
            ("adversaries.count", "adversaries L"),
            ("task.channel.crossover", "crossover p"),
            ("adversaries.attack.stochastic_flip.probability", "flip probability r"),
            ("method.aggregator.federated_defense.t_in", "initial rounds T_in"),
            ("server.learning_rate", "learning rate"),
        ] {
            assert_eq!(axis(path).to_string(), expected);
        }
    }

    #[test]
    fn unknown_methods_keep_their_word() {
        assert_eq!(method("signsgd_fd").to_string(), "signSGD-FD");
        for name in ["my_rule", "FD: ours", "FD_{T_in}", "[1] MV", "a_b: it's \"x\""] {
            assert_eq!(method(name).to_string(), name);
        }
        assert_eq!(method("$\\beta$-FD*T*~in~").to_string(), "β-FDT_in");
        assert_eq!(setting("scenario", "one_a: b").to_string(), "one_a: b");
    }
}
