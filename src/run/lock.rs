//! One process fills a result folder at a time.
//!
//! The system's lock on `DIR/.lock` ends with the process that holds it, however that ends. What is written in the file
//! says who it is, for those who come second, and for file systems between machines whose locks are not seen everywhere.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::destination;
use crate::error::{Error, Result};

/// Held while a folder is being filled; let go when dropped.
pub struct Lock {
    file: File,
}

/// Who holds a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Holder {
    host: String,
    pid: u32,
    /// When the lock was taken, in UTC.
    since: String,
}

impl Lock {
    /// Takes the folder.
    ///
    /// # Errors
    /// When another process has it, or had it on another machine and never gave it back.
    pub fn take(dir: &Path) -> Result<Self> {
        let path = dir.join(".lock");
        let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open().map_err(|e| destination::refused(&path, "--out", e))?;
        let locked = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => return Err(refusal(dir, &path, holder(&mut file), false)),
            // Some file systems have no locks; there the words in the file must do.
            Err(TryLockError::Error(_)) => false,
        };
        if let Some(other) = holder(&mut file) {
            let here = other.host == host();
            if !here || (!locked && is_running(other.pid)) {
                return Err(refusal(dir, &path, Some(other), !here));
            }
        }
        let me = Holder { host: host(), pid: std::process::id(), since: now() };
        let words = serde_json::to_string(&me).expect("a holder is plain data");
        let mut write = || {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(words.as_bytes())
        };
        write().map_err(|e| Error::io(&path, e))?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Whoever reads words that stayed finds that their process is gone.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

fn holder(file: &mut File) -> Option<Holder> {
    let mut words = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(4096).read_to_string(&mut words).ok()?;
    serde_json::from_str(&words).ok()
}

fn refusal(dir: &Path, lock: &Path, holder: Option<Holder>, elsewhere: bool) -> Error {
    let who = holder.map_or("another process".to_owned(), |Holder { host, pid, since }| {
        format!("process {pid} on {host}, since {since},")
    });
    let lock: PathBuf = lock.to_owned();
    let error = Error::input(format!("{}: {who} is filling this folder", dir.display()));
    if elsewhere {
        error.help(format!(
            "wait for it, or choose another folder with --out; if that process is gone, remove {}",
            lock.display()
        ))
    } else {
        error.help("wait for it, or choose another folder with --out")
    }
}

fn host() -> String {
    System::host_name().unwrap_or_else(|| "this host".to_owned())
}

fn is_running(pid: u32) -> bool {
    let (pid, mut system) = (Pid::from_u32(pid), System::new());
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, ProcessRefreshKind::nothing());
    system.process(pid).is_some()
}

fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    utc(seconds)
}

/// Seconds since 1970 as a date and a time of day.
fn utc(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // The calendar repeats itself every 400 years of 146,097 days; years begin in March, so that leap days come last.
    let day = days + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year + era * 400 + next;
    format!("{year}-{month:02}-{date:02} {:02}:{:02}:{:02} UTC", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_refused_until_the_first_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path()).unwrap();
        let error = Lock::take(dir.path()).err().unwrap();
        let (text, me) = (error.to_string(), format!("process {} on {}", std::process::id(), host()));
        assert!(text.contains(&me) && text.contains("since 20") && error.exit_code() == 2, "{text}");
        drop(first);
        Lock::take(dir.path()).unwrap();
    }

    #[test]
    fn what_a_dead_process_left_is_taken_over_here_and_explained_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let leave = |host: &str| {
            let since = utc(0);
            let left = Holder { host: host.to_owned(), pid: 1, since };
            std::fs::write(dir.path().join(".lock"), serde_json::to_string(&left).unwrap()).unwrap();
        };
        leave(&host());
        drop(Lock::take(dir.path()).unwrap());
        leave("elsewhere");
        let error = Lock::take(dir.path()).err().unwrap();
        assert!(
            error.to_string().contains("process 1 on elsewhere, since 1970-01-01 00:00:00 UTC"),
            "{error}"
        );
        assert!(error.advice().unwrap().contains(".lock"));
        std::fs::write(dir.path().join(".lock"), "half a wor").unwrap();
        Lock::take(dir.path()).unwrap();
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_000_000_000, "2001-09-09 01:46:40 UTC"),
            (1_767_225_599, "2025-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(utc(seconds), expected);
        }
        assert!(is_running(std::process::id()));
    }
}
