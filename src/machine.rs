//! What the machine offers: memory for the checks before a run, processor features for the manifest, a home.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of memory that this process can have without swapping; `None` where the system does not say.
#[must_use]
pub fn available_memory() -> Option<u64> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    // What a container calls used has the pages of files in it, which are given back to whoever asks for memory.
    let left = |limits: sysinfo::CGroupLimits| limits.total_memory.saturating_sub(limits.rss);
    let free = system.cgroup_limits().map_or(u64::MAX, left);
    Some(system.available_memory().min(free).min(left_by_limits())).filter(|bytes| *bytes > 0)
}

/// What `ulimit -v` and `ulimit -d` leave to this process; everything where there are no such limits.
fn left_by_limits() -> u64 {
    let read = |name| fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
    let (limits, status) = (read("limits"), read("status"));
    let left = |limit, used| Some(number(&limits, limit)?.saturating_sub(1024 * number(&status, used)?));
    let each = [left("Max address space", "VmSize:"), left("Max data size", "VmData:")];
    each.into_iter().flatten().min().map_or(u64::MAX, |left| left.max(1))
}

/// The first number behind a name that begins a line; limits that there are not are words.
fn number(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// Bytes in the unit in which people buy memory.
#[must_use]
pub fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

/// The vector extensions that floating-point sums may use, and the architecture.
#[must_use]
pub fn cpu_features() -> Vec<String> {
    let mut features = vec![std::env::consts::ARCH.to_owned()];
    #[cfg(target_arch = "x86_64")]
    {
        macro_rules! detect {
            ($($name:tt),*) => { $(if is_x86_feature_detected!($name) { features.push($name.to_owned()); })* };
        }
        detect!("avx", "avx2", "fma", "avx512f", "avx512bw", "avx512vl");
    }
    features
}

/// What stands behind `~` or `$HOME` at the beginning of a path; `None` where neither is.
#[must_use]
pub fn below_home(path: &Path) -> Option<&Path> {
    ["~", "$HOME", "${HOME}"].into_iter().find_map(|word| path.strip_prefix(word).ok())
}

/// The path with `~` or `$HOME` at its beginning replaced, as a shell would do.
#[must_use]
pub fn at_home(path: &Path) -> PathBuf {
    replaced(path, std::env::home_dir())
}

fn replaced(path: &Path, home: Option<PathBuf>) -> PathBuf {
    match (below_home(path), home) {
        (Some(below), Some(home)) => home.join(below),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_begin_at_home() {
        let at = |path: &str| replaced(Path::new(path), Some(PathBuf::from("/home/ada")));
        for path in ["~/mnist", "$HOME/mnist", "${HOME}/mnist"] {
            assert_eq!(at(path), PathBuf::from("/home/ada/mnist"));
        }
        assert_eq!(at("~ada/mnist"), PathBuf::from("~ada/mnist"));
        assert_eq!(at("data/~"), PathBuf::from("data/~"));
    }

    #[test]
    fn limits_are_read_where_there_are_any() {
        let limits = "Limit   Soft Limit   Hard Limit   Units\nMax data size    unlimited  unlimited  bytes\n\
                      Max address space         4096000              unlimited            bytes\n";
        assert_eq!(number(limits, "Max address space"), Some(4_096_000));
        assert_eq!(number(limits, "Max data size"), None);
        assert_eq!(number("Name:\tx\nVmSize:\t  8120 kB\n", "VmSize:"), Some(8120));
    }
}
