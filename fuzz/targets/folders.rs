#![no_main]
#[path = "../../tests/it/readers/mod.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::run("folders", bytes));
