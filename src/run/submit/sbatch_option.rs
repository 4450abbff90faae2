//! Options of sbatch that this program does not know, as users give them: one at a time, as on sbatch's own command line.

use std::str::FromStr;

/// What the program says itself; sbatch takes shortened words.
const OURS: [(&str, &str, &str); 3] = [
    ("array", "a", "--tasks says how many tasks there are, and their numbers mean nothing"),
    ("wrap", "", "the tasks run a script of their own"),
    ("parsable", "", "the program reads what sbatch answers"),
];

/// An option of sbatch with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SbatchOption {
    /// One word, or two where the value stands apart.
    pub(crate) words: Vec<String>,
}

impl FromStr for SbatchOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if !text.starts_with('-') || text.trim_start_matches('-').is_empty() {
            return Err(format!(
                "`{text}` is no option of sbatch: write for example --option=--account=physics"
            ));
        }
        if text.contains(char::is_control) {
            return Err("an option of sbatch stands on one line, without tabs".to_owned());
        }
        let apart = text.find(|c: char| c.is_whitespace() || c == '=');
        let words = match apart.filter(|at| text[*at..].starts_with(char::is_whitespace)) {
            Some(at) => vec![text[..at].to_owned(), text[at..].trim_start().to_owned()],
            None => vec![text.to_owned()],
        };
        let name = &text[..apart.unwrap_or(text.len())];
        let is = |long: &str, short: &str| match name.strip_prefix("--") {
            Some(name) => name.len() > 1 && long.starts_with(name),
            None => !short.is_empty() && name[1..].starts_with(short),
        };
        match OURS.iter().find(|(long, short, _)| is(long, short)) {
            Some((long, _, why)) => Err(format!("--{long} is not for --option: {why}")),
            None => Ok(Self { words }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_keep_their_values_whole() {
        for (text, words) in [
            ("--account=x", &["--account=x"][..]),
            ("--comment=two words = \"one\" text", &["--comment=two words = \"one\" text"]),
            ("--mem 4G", &["--mem", "4G"]),
            ("-A  my account", &["-A", "my account"]),
            (" --exclusive ", &["--exclusive"]),
            ("-p=x", &["-p=x"]),
            ("-C [a|b]", &["-C", "[a|b]"]),
            ("--acctg-freq=30", &["--acctg-freq=30"]),
            ("--wait", &["--wait"]),
        ] {
            assert_eq!(text.parse::<SbatchOption>().unwrap().words, words, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_passed_on_is_refused() {
        for (text, why) in [
            ("account=x", "no option"),
            ("--", "no option"),
            ("", "no option"),
            ("--comment=a\nb", "one line"),
            ("--array=1-5", "--tasks"),
            ("--arr 1-5", "--tasks"),
            ("-a1-5", "--tasks"),
            ("-a 5", "--tasks"),
            ("--wrap=ls", "script"),
            ("--parsable", "reads"),
        ] {
            assert!(text.parse::<SbatchOption>().unwrap_err().contains(why), "{text}");
        }
    }
}
