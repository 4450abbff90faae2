//! Label flip: y -> C - 1 - y on every training label that a corrupted worker sees; it then computes and votes like
//! everyone else. Source: Fang et al., arXiv 1911.11815. Knows its own data; the turning itself is done where
//! batches are gathered. Only for training: channels have no labels. No cost.
//!
//! Example: of ten classes, 0 becomes 9 and 4 becomes 5.

use crate::catalogue::Entry;

pub(crate) const ENTRY: Entry = Entry {
    word: "label_flip",
    about: "y -> C - 1 - y on its labels, then an honest vote; knows its own data; training only",
    source: "Fang et al. 2020, arXiv 1911.11815",
};
