//! Fitting text into a width: breaking small print into lines, shortening what cannot break.

use super::fonts::width;
use crate::figure::label::Label;

/// Breaks a text between words into lines of at most `room` units.
#[must_use]
pub(crate) fn wrap(label: &Label, size: f64, room: i32) -> Vec<Label> {
    let mut lines = vec![Label::default()];
    for word in words(label) {
        let line = lines.last_mut().expect("there is always a line");
        let longer = line.clone().then(without_last_space(&word));
        if line.is_empty() || width(&longer, size) <= room {
            line.0.extend(word.0);
        } else {
            lines.push(word);
        }
    }
    // A word that no line can hold is cut.
    let fitted = |line: Label| {
        if width(&without_last_space(&line), size) <= room { merge(line) } else { shorten(&line, size, room) }
    };
    lines.into_iter().map(fitted).collect()
}

/// The words of a text, each with the space that ends it; a word may change its face, as `T_in` does.
fn words(label: &Label) -> Vec<Label> {
    let mut words: Vec<Label> = Vec::new();
    let mut open = false;
    for (run, face) in &label.0 {
        for piece in run.split_inclusive(' ') {
            let piece_open = !piece.ends_with(' ');
            match words.last_mut().filter(|_| open) {
                Some(word) => word.0.push((piece.to_owned(), *face)),
                None => words.push(Label(vec![(piece.to_owned(), *face)])),
            }
            open = piece_open;
        }
    }
    words
}

fn without_last_space(word: &Label) -> Label {
    let mut word = word.clone();
    if let Some((run, _)) = word.0.last_mut() {
        run.truncate(run.trim_end().len());
    }
    word
}

/// Joins neighbouring runs of one face, so that a line is few texts rather than many words.
fn merge(label: Label) -> Label {
    let mut merged = Label::default();
    for (run, face) in label.0 {
        match merged.0.last_mut().filter(|last| last.1 == face) {
            Some(last) => last.0.push_str(&run),
            None => merged.0.push((run, face)),
        }
    }
    merged
}

/// Cuts a text that is wider than `room` and ends it in an ellipsis; the CSV has the whole.
#[must_use]
pub(crate) fn shorten(label: &Label, size: f64, room: i32) -> Label {
    let whole = merge(label.clone());
    // No text of a page has more letters than this; measuring a longer one takes time.
    let letters: usize = whole.0.iter().map(|(run, _)| run.chars().take(MOST_LETTERS).count()).sum();
    if letters < MOST_LETTERS && width(&whole, size) <= room {
        return whole;
    }
    // The longest beginning that fits with its ellipsis.
    let (mut fits, mut fails) = (0, letters.min(MOST_LETTERS));
    while fits + 1 < fails {
        let middle = (fits + fails) / 2;
        if width(&beginning(&whole, middle), size) <= room { fits = middle } else { fails = middle }
    }
    if fits == 0 { Label::default() } else { beginning(&whole, fits) }
}

/// More letters than a page is wide.
const MOST_LETTERS: usize = 600;

/// The first letters of a text, and an ellipsis.
fn beginning(label: &Label, mut letters: usize) -> Label {
    let mut cut = Label::default();
    for (run, face) in &label.0 {
        let kept: String = run.chars().take(letters).collect();
        letters -= kept.chars().count();
        if !kept.is_empty() {
            cut.0.push((kept, *face));
        }
    }
    if let Some((run, _)) = cut.0.last_mut() {
        run.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::page::measures::pt;

    #[test]
    fn lines_fit_and_keep_every_word() {
        let text = "mean and 95 % Student-t interval over *L* and several more seeds";
        let lines = wrap(&Label::rich(text), 7.0, pt(90.0));
        assert!(lines.len() > 1 && lines.iter().all(|l| width(l, 7.0) <= pt(92.0)), "{lines:?}");
        let joined: String = lines.iter().map(ToString::to_string).collect();
        assert_eq!(joined, text.replace('*', ""));
    }

    #[test]
    fn a_word_of_two_faces_stays_whole() {
        let label = Label::rich("some words and *T*~in~ = 20");
        for room in 24..120 {
            let lines: Vec<String> =
                wrap(&label, 7.0, pt(f64::from(room))).iter().map(ToString::to_string).collect();
            assert!(lines.iter().any(|line| line.contains("T_in")), "{lines:?}");
        }
    }

    #[test]
    fn long_names_end_in_an_ellipsis() {
        let short = shorten(&Label::plain("a method with a very long name"), 8.0, pt(50.0));
        assert!(short.to_string().ends_with('…') && width(&short, 8.0) <= pt(50.0), "{short}");
        let whole = Label::plain("short");
        assert_eq!(shorten(&whole, 8.0, pt(50.0)), whole);
        assert!(shorten(&whole, 8.0, 0).is_empty());
    }

    #[test]
    fn a_word_of_any_length_stays_on_the_page() {
        let endless = Label::plain("x".repeat(500_000));
        assert!(width(&shorten(&endless, 8.0, pt(200.0)), 8.0) <= pt(200.0));
        let lines = wrap(&Label::plain(format!("a {} b", "y".repeat(5000))), 7.0, pt(100.0));
        assert!(lines.len() == 3 && lines.iter().all(|line| width(line, 7.0) <= pt(100.0)), "{lines:?}");
    }
}
