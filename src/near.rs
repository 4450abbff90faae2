//! "Did you mean": the word that was probably meant.

/// Words are compared as far as this.
const LONGEST: usize = 100;

/// The word among `known` that was meant, if one is near: in another case, with other signs between its parts, a part of it, or
/// misspelt in few letters.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let bare = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let word = bare(&word.chars().take(LONGEST).collect::<String>());
    let within = |l: &str| word.len() > 1 && bare(l).contains(&word);
    let far = |l: &str| if within(l) { 0 } else { strsim::damerau_levenshtein(&word, &bare(l)) };
    let closest = known.iter().min_by_key(|l| (far(l), l.len()))?;
    (!word.is_empty() && far(closest) <= 1 + closest.len() / 3).then_some(*closest)
}

/// The question, to stand before a list of the words that there are; nothing where none is near.
#[must_use]
pub fn question(word: &str, known: &[&str]) -> String {
    nearest(word, known).map_or_else(String::new, |meant| format!("did you mean `{meant}`? "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood_and_another_word_is_not() {
        let known = ["run", "check", "theory", "accuracy_vs_adversaries", "signsgd_fd"];
        for (word, meant) in [
            ("rnu", Some("run")),
            ("chek", Some("check")),
            ("acuracy_vs_adversary", Some("accuracy_vs_adversaries")),
            ("signSGD-FD", Some("signsgd_fd")),
            ("destroy", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), meant, "{word}");
        }
        assert_eq!(question("chek", &known), "did you mean `check`? ");
        assert_eq!(question("destroy", &known), "");
    }
}
