//! "Did you mean": the word that was probably meant.

/// The word among `known` that differs least from `word`, if it differs in few letters.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |other: &str| strsim::damerau_levenshtein(word, other);
    let (distance, closest) = known.iter().map(|other| (distance(other), *other)).min()?;
    (distance <= 1 + closest.chars().count() / 3).then_some(closest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood_and_another_word_is_not() {
        let known = ["run", "check", "theory", "accuracy_vs_adversaries"];
        for (word, meant) in [
            ("rnu", Some("run")),
            ("chek", Some("check")),
            ("acuracy_vs_adversary", Some("accuracy_vs_adversaries")),
            ("destroy", None),
        ] {
            assert_eq!(nearest(word, &known), meant, "{word}");
        }
    }
}
