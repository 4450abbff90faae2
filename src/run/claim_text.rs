//! What stands in a claim.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::holder::Holder;
use crate::destination::is_plain_name;
use crate::files;

/// The tokens of the claims that this process holds: one that bears its name and is not among them could not be given back.
static MINE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// No claim is larger.
pub(super) const LARGEST: u64 = 1 << 16;

/// Counters grow while their file keeps its length.
pub(super) const ROOM: usize = 40;

/// What stands in a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClaimText {
    /// No other claim has it.
    pub token: String,
    pub holder: Holder,
    /// When it was made, in UTC.
    pub since: String,
    pub(super) every_ms: u64,
    pub(super) beat: u64,
    /// How far the work is.
    pub round: u32,
    pub rounds: u32,
}

impl ClaimText {
    /// What a claim says; `None` where it is not there, or only half written.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        Self::parse(&files::read(path, LARGEST).ok()?)
    }

    /// What these bytes say; nothing where the token could not be part of the name of a file.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|text: &Self| is_plain_name(&text.token))
    }

    /// Whether nobody holds it, as far as this process can tell at once.
    pub(super) fn is_left(&self) -> bool {
        let mine = self.holder == *Holder::me();
        self.holder.is_gone() || mine && !self::mine().contains(&self.token)
    }
}

/// Of this process.
pub(super) fn mine() -> MutexGuard<'static, BTreeSet<String>> {
    MINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As bytes, of this length at least.
pub(super) fn padded(text: &ClaimText, length: usize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(text).expect("a claim is plain data");
    bytes.resize(length.max(bytes.len() + 1) - 1, b' ');
    bytes.push(b'\n');
    bytes
}
