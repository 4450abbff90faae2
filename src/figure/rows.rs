//! The CSV of a figure: a header and rows of any shape, in memory.

use serde::Serialize;

/// A CSV text with this header.
///
/// # Panics
/// Never: memory takes every row, and rows are flat.
#[must_use]
pub(crate) fn csv_text<R: Serialize>(
    header: impl IntoIterator<Item = String>,
    rows: impl IntoIterator<Item = R>,
) -> String {
    const PROMISE: &str = "memory takes every row";
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(header.into_iter().collect::<Vec<_>>()).expect(PROMISE);
    for row in rows {
        table.serialize(row).expect(PROMISE);
    }
    String::from_utf8(table.into_inner().expect(PROMISE)).expect("rows are text")
}
