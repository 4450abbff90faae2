//! Fitting text into a width: breaking small print into lines, shortening what cannot break.

use super::fonts::width;
use crate::figure::label::Label;

/// Breaks a text between words into lines of at most `room` units.
#[must_use]
pub fn wrap(label: &Label, size: f64, room: i32) -> Vec<Label> {
    let mut lines = vec![Label::default()];
    // A word may not break where two runs of one face meet.
    for (run, face) in &merge(label.clone()).0 {
        for word in run.split_inclusive(' ') {
            let piece = |text: &str| Label(vec![(text.to_owned(), *face)]);
            let line = lines.last_mut().expect("there is always a line");
            let longer = line.clone().then(piece(word.trim_end()));
            if line.is_empty() || width(&longer, size) <= room {
                line.0.push((word.to_owned(), *face));
            } else {
                lines.push(piece(word.trim_start()));
            }
        }
    }
    lines.into_iter().map(merge).collect()
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
    let mut short = label.clone();
    while width(&short, size) > room && !short.is_empty() {
        let (run, _) = short.0.last_mut().expect("a label that is not empty has a run");
        let kept = run.trim_end_matches('…').chars().count().saturating_sub(1);
        *run = run.chars().take(kept).collect();
        if run.is_empty() {
            short.0.pop();
        } else {
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
    fn long_names_end_in_an_ellipsis() {
        let short = shorten(&Label::plain("a method with a very long name"), 8.0, pt(50.0));
        assert!(short.to_string().ends_with('…') && width(&short, 8.0) <= pt(50.0), "{short}");
    }
}
