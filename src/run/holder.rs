//! Which process this is, and whether another one is still there.

use std::sync::LazyLock;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

use super::identity::BUILD;
use crate::error::one_line;

/// Clocks are set while processes run: two readings of the start of one process may differ by this many seconds.
const CLOCK_SLACK_S: u64 = 2;

/// A process that works on a result folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    pub host: String,
    pub pid: u32,
    /// When the process began, in seconds since 1970 by the clock of its host: numbers of processes are given out again.
    started: u64,
    /// What tells apart systems that go by one name: the boot, and the namespace that numbers processes.
    system: String,
    /// SHA-256 of the sources that can change a result.
    pub build: String,
}

impl Holder {
    /// This process.
    pub(crate) fn me() -> &'static Self {
        static ME: LazyLock<Holder> = LazyLock::new(|| {
            let pid = std::process::id();
            let started = running(pid).unwrap_or_default();
            Holder { host: host(), pid, started, system: system(), build: BUILD.to_owned() }
        });
        &ME
    }

    /// Whether this process can tell that the other has ended; on other machines it never can.
    pub(crate) fn is_gone(&self) -> bool {
        let me = Self::me();
        let here = self.host == me.host && self.system == me.system;
        here && running(self.pid).is_none_or(|started| started.abs_diff(self.started) > CLOCK_SLACK_S)
    }

    /// In words.
    pub(crate) fn words(&self) -> String {
        format!("process {} on {}", self.pid, one_line(&self.host))
    }
}

/// When a process began that is running, in seconds since 1970.
fn running(pid: u32) -> Option<u64> {
    let (pid, mut system) = (Pid::from_u32(pid), System::new());
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, ProcessRefreshKind::nothing());
    let process = system.process(pid)?;
    // One that has ended stays in the table until its parent has asked what became of it.
    let ended = matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead);
    (!ended).then(|| process.start_time())
}

/// The name of this machine.
pub(crate) fn host() -> String {
    System::host_name().unwrap_or_else(|| "this host".to_owned())
}

/// Empty where the system does not say.
fn system() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let numbers = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{} {}", boot.trim(), numbers.display()).trim().to_owned()
}

/// The date and the time of day in UTC.
pub(crate) fn now() -> String {
    utc(SystemTime::now())
}

fn utc(time: SystemTime) -> String {
    let text = humantime::format_rfc3339_seconds(time).to_string();
    format!("{} UTC", text.trim_end_matches('Z').replace('T', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_that_ended_are_gone_and_those_elsewhere_are_not() {
        let me = Holder::me();
        assert!(!me.is_gone() && me.words().starts_with(&format!("process {} on ", std::process::id())));
        let mut child = std::process::Command::new("sleep").arg("100").spawn().unwrap();
        let other = Holder { pid: child.id(), started: running(child.id()).unwrap(), ..me.clone() };
        assert!(!other.is_gone());
        // Its number was given to somebody else.
        assert!(Holder { started: other.started - 10, ..other.clone() }.is_gone());
        child.kill().unwrap();
        while !other.is_gone() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(!Holder { host: "elsewhere".to_owned(), ..other.clone() }.is_gone());
        assert!(!Holder { system: "another container".to_owned(), ..other }.is_gone());
        child.wait().unwrap();
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(951_782_400);
        assert_eq!(utc(time), "2000-02-29 00:00:00 UTC");
    }
}
