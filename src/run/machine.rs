//! What the machine offers: memory for the check before a run, processor features for the manifest.

/// Bytes of memory that can be had without swapping; `None` where the system does not say.
#[must_use]
pub fn available_memory() -> Option<u64> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let free = system.cgroup_limits().map_or(u64::MAX, |limits| limits.free_memory);
    Some(system.available_memory().min(free)).filter(|bytes| *bytes > 0)
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
