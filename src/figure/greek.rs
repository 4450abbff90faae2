//! Greek letters and signs by the words that LaTeX has for them.

/// A letter and its word, and so on.
const WORDS: &str = "α alpha β beta γ gamma δ delta ε epsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu µ mu \
    ν nu ξ xi π pi ρ rho σ sigma τ tau υ upsilon φ varphi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta Λ Lambda \
    Ξ Xi Π Pi Σ Sigma Φ Phi Ψ Psi Ω Omega × times ± pm ≤ leq ≥ geq ≠ neq ∞ infty → rightarrow − minus";

/// Letters with their words.
fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    let letters = WORDS.split_whitespace().step_by(2);
    letters.zip(WORDS.split_whitespace().skip(1).step_by(2))
}

/// The word of a letter.
#[must_use]
pub(crate) fn word(letter: char) -> Option<&'static str> {
    pairs().find(|(known, _)| known.chars().eq([letter])).map(|(_, word)| word)
}

/// A text with the letters in the place of their words: `\beta`, and `$\beta$` as LaTeX wants it.
#[must_use]
pub(crate) fn spelled(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(part.len());
        match pairs().find(|(_, word)| *word == &part[..end]) {
            Some((letter, _)) => {
                let after = &part[end..];
                let framed = whole.ends_with('$') && after.starts_with('$');
                whole.truncate(whole.len() - usize::from(framed));
                whole.push_str(letter);
                whole.push_str(&after[usize::from(framed)..]);
            }
            None => {
                whole.push('\\');
                whole.push_str(part);
            }
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_letters_and_nothing_else_changes() {
        for (text, expected) in [
            (r"$\beta$-FD", "β-FD"),
            (r"\lambda = 1", "λ = 1"),
            (r"a\b \nothing C:\mu.x", r"a\b \nothing C:μ.x"),
            ("", ""),
            (r"\", r"\"),
        ] {
            assert_eq!(spelled(text), expected);
        }
        assert_eq!((word('λ'), word('x')), (Some("lambda"), None));
    }
}
