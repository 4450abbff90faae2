//! What Slurm's own commands are asked, and what they answer.

use std::env;
use std::path::Path;
use std::process::{Command, Output};

use crate::error::{Error, Result};

/// What sbatch complains of that no other argument would mend.
const NOT_THE_ARGUMENTS: [&str; 6] = [
    "unable to contact",
    "timed out",
    "connection",
    "zero bytes were transmitted",
    "temporarily unable",
    "protocol authentication error",
];

/// The number of a submitted job, and what sbatch had to say about it.
pub(super) struct Job {
    pub number: String,
    pub said: String,
}

/// Whether there is a program of this name on the PATH.
pub(super) fn is_there(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|dir| can_run(&dir.join(program))))
}

#[cfg(unix)]
fn can_run(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn can_run(path: &Path) -> bool {
    path.is_file()
}

/// Submits a job; `arguments` are those of sbatch.
///
/// # Errors
/// What sbatch says, as a wrong argument unless it speaks of the cluster.
pub(super) fn sbatch(arguments: &[String]) -> Result<Job> {
    let output = Command::new("sbatch").arg("--parsable").args(arguments).output();
    let output = output.map_err(|e| Error::io(Path::new("sbatch"), e))?;
    let (said, answer) = (words(&output.stderr), words(&output.stdout));
    if !output.status.success() {
        return Err(refused(&output, if said.is_empty() { &answer } else { &said }));
    }
    let Some(number) = number_in(&answer) else {
        let both = [answer.as_str(), said.as_str()].join("\n");
        return Err(Error::run(format!("sbatch gave no number of a job; it said: {}", both.trim())));
    };
    Ok(Job { number: number.to_owned(), said })
}

/// The number of a job in the last line of an answer: what some sites say before is for people, and what stands behind a
/// semicolon is the cluster's name. Sites put programs of their own before sbatch, which may answer in words.
fn number_in(answer: &str) -> Option<&str> {
    let line = answer.lines().last()?.trim();
    let number = match line.strip_prefix("Submitted batch job ") {
        Some(rest) => rest.split_whitespace().next()?,
        None => line.split(';').next()?,
    };
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(number)
}

fn refused(output: &Output, said: &str) -> Error {
    let how = if said.is_empty() { output.status.to_string() } else { said.to_owned() };
    let lower = said.to_lowercase();
    if NOT_THE_ARGUMENTS.iter().any(|word| lower.contains(word)) || output.status.code().is_none() {
        return Error::run(how).help("run the same command again once the cluster answers");
    }
    Error::input(how).help("this is sbatch's own answer; what it complains of is --partition, --time, --cpus, --tasks or an --option")
}

/// The highest number that a task of an array may have here.
///
/// # Errors
/// In words, where the cluster cannot be asked.
pub(super) fn highest_task() -> std::result::Result<u32, String> {
    let output = Command::new("scontrol").args(["show", "config"]).output();
    let output = output.map_err(|e| format!("scontrol cannot be started: {e}"))?;
    if !output.status.success() {
        return Err(format!("scontrol show config: {}", words(&output.stderr)));
    }
    highest_in(&words(&output.stdout)).ok_or_else(|| "scontrol show config tells no MaxArraySize".to_owned())
}

/// Numbers begin at 0, so the highest is one less than the size.
fn highest_in(config: &str) -> Option<u32> {
    let line = config.lines().find_map(|line| line.trim_start().strip_prefix("MaxArraySize"))?;
    let size: u32 = line.trim_start().strip_prefix('=')?.trim().parse().ok()?;
    Some(size.saturating_sub(1))
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_have_numbers() {
        for (answer, number) in [
            ("41", Some("41")),
            ("41;loopback\n", Some("41")),
            ("Welcome\n41", Some("41")),
            ("Submitted batch job 41 on cluster loopback", Some("41")),
            ("submitted", None),
            ("", None),
            (";x", None),
            ("41_1", None),
        ] {
            assert_eq!(number_in(answer), number, "{answer}");
        }
    }

    #[test]
    fn the_size_of_arrays_is_found_among_the_settings() {
        let config =
            "MaxArrayTasks = 7\nMailProg = /bin/true\nMaxArraySize            = 1001\nMaxJobCount = 10000\n";
        assert_eq!(highest_in(config), Some(1000));
        assert_eq!(highest_in("MaxArraySize = 0\n"), Some(0));
        assert_eq!(highest_in("MaxJobCount = 10000\n"), None);
    }
}
