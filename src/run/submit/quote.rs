//! Words that a shell, and sbatch in the lines that are meant for it, read as they were meant.

/// A word as bash reads it back.
pub(crate) fn for_bash(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if !word.contains(char::is_control) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    // Line ends would break the script into lines that a reader, or sbatch, takes for something else.
    let mut quoted = "$'".to_owned();
    for c in word.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => c.to_string().bytes().for_each(|b| quoted += &format!("\\x{b:02x}")),
            c => quoted.push(c),
        }
    }
    quoted + "'"
}

/// Words as one line of bash.
pub(crate) fn line_for_bash(words: &[String]) -> String {
    words.iter().map(|word| for_bash(word)).collect::<Vec<_>>().join(" ")
}

/// A word as sbatch reads it back from a line of a script that begins with `#SBATCH`: there only double quotes hold words
/// together, and a backslash takes the meaning from what follows it.
pub(crate) fn for_sbatch(word: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !"\"'\\#".contains(c);
    if word.chars().all(plain) {
        return word.to_owned();
    }
    format!("\"{}\"", word.replace('\\', r"\\").replace('"', r#"\""#))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 12] = [
        "plain/a-b_c.d=e:f,g@h%i+j",
        "",
        "two words",
        "it's",
        "a \"b\" $HOME `date` \\ !",
        "*?[x]{1..3}~;&|<>()#",
        "µ – ü",
        "line\nline",
        "tab\there 'and' \\ there\r",
        "\u{85}\u{1b}[31m7",
        "-",
        "$'x'",
    ];

    #[cfg(unix)]
    #[test]
    fn bash_reads_words_as_they_were() {
        let words: Vec<String> = WORDS.iter().map(|word| (*word).to_owned()).collect();
        let script = format!("printf '%s\\0' {}", line_for_bash(&words));
        assert!(script.lines().count() == 1, "{script}");
        let said = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
        let read = String::from_utf8(said.stdout).unwrap();
        assert_eq!(read.strip_suffix('\0').unwrap().split('\0').collect::<Vec<_>>(), WORDS);
    }

    /// How Slurm (22.05 was tried) reads an argument.
    fn read(line: &str) -> String {
        let (mut word, mut quote, mut chars) = (String::new(), None, line.chars());
        while let Some(c) = chars.next() {
            match (c, quote) {
                ('\\', _) => word.extend(chars.next()),
                (c, Some(open)) if c == open => quote = None,
                ('"' | '\'', None) => quote = Some(c),
                (c, None) if c.is_whitespace() || c == '#' => panic!("{line} ends early"),
                (c, _) => word.push(c),
            }
        }
        word
    }

    #[test]
    fn sbatch_reads_words_as_they_were() {
        for word in WORDS.into_iter().filter(|word| !word.contains('\n')) {
            assert_eq!(read(&for_sbatch(word)), word);
        }
        assert_eq!(for_sbatch("--output=/a b/\"c\"\\d"), r#""--output=/a b/\"c\"\\d""#);
    }
}
