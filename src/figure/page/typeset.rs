//! Fitting text into a width: breaking small print into lines, shortening what cannot break.

use super::fonts::width;
use crate::figure::label::Label;

/// Breaks a text between words into lines of at most `room` units.
#[must_use]
pub fn wrap(label: &Label, size: f64, room: i32) -> Vec<Label> {
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
    lines.into_iter().map(merge).collect()
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
pub fn shorten(label: &Label, size: f64, room: i32) -> Label {
    let mut short = merge(label.clone());
    while width(&short, size) > room && !short.is_empty() {
        let (run, _) = short.0.last_mut().expect("a label that is not empty has a run");
        let kept = run.trim_end_matches('…').chars().count().saturating_sub(1);
        *run = run.chars().take(kept).collect();
        if run.is_empty() {
            short.0.pop();
        }
        // What has lost a whole run is cut all the same.
        if let Some((run, _)) = short.0.last_mut().filter(|(run, _)| !run.ends_with('…')) {
            run.push('…');
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::page::fonts::pt;

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
        for room in 1..120 {
            let lines: Vec<String> =
                wrap(&label, 7.0, pt(f64::from(room))).iter().map(ToString::to_string).collect();
            assert!(lines.iter().any(|line| line.contains("T_in")), "{lines:?}");
        }
    }

    #[test]
    fn long_names_end_in_an_ellipsis() {
        let short = shorten(&Label::plain("a method with a very long name"), 8.0, pt(50.0));
        assert!(short.to_string().ends_with('…') && width(&short, 8.0) <= pt(50.0), "{short}");
    }
}
