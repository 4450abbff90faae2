//! A table on a page, ruled as in a book: columns that do not fit beside each other stand below, under the heading of their
//! group again, and so do rows that are too many for a page.

use super::canvas::{Align, Canvas, PagePoint, Surface};
use super::fonts::width;
use super::measures::{HALF_CAPITAL, PAD_PT, SINGLE_COLUMN_MM, SMALL, mm, pt, whole_pixels};
use super::output::Drawing;
use super::small_print;
use super::theme::Theme;
use super::typeset::{shorten, wrap};
use crate::figure::content::FigureNote;
use crate::figure::label::Label;
use crate::figure::options::FigureOptions;
use crate::figure::plain::{Plain, PlainColumn, PlainGroup};
use crate::figure::table::Table;

const ROW_PT: f64 = 10.6;
/// Room between two columns.
const GUTTER_PT: f64 = 9.0;
/// Names may take this share of the page.
const NAMES: f64 = 0.55;
/// More rows than this are hard to follow: the headings stand above the rest again.
const MOST_ROWS: usize = 40;
/// Thickness of the rules: outer, and inner.
const RULES_PT: (f64, f64) = (0.9, 0.5);

/// A measured table.
pub(crate) struct TablePage {
    size: PagePoint,
    left: i32,
    blocks: Vec<ColumnBlock>,
    notes: Vec<(Label, i32, bool)>,
}

/// Columns that stand beside each other, below the names of their rows.
struct ColumnBlock {
    top: i32,
    right: i32,
    /// Left and right end of a group, and its heading in lines.
    groups: Vec<(i32, i32, Vec<Label>)>,
    /// Whether one of these headings is not whole.
    cut: bool,
    /// Height of the headings of groups.
    heads: i32,
    /// Right end and heading of every column.
    columns: Vec<(i32, Label)>,
    /// The name of a row, and the text of its cells with whether it is the best of its column.
    rows: Vec<(Label, Vec<(String, bool)>)>,
}

/// Measures the table on a page of this width, or on one that is no wider than the table needs, down to one column of a
/// journal.
#[must_use]
pub(crate) fn page(table: &Table, millimetres: f64, options: &FigureOptions) -> TablePage {
    let fitted = options.size.is_none();
    let (full, pad) = (mm(millimetres), pt(PAD_PT));
    let Plain { names, groups, notes: words, turned: _ } = table.plain();
    // The widest column stands beside the names, however long they are.
    let widest_column = groups.iter().flat_map(|group| &group.columns).map(needs).max().unwrap_or(0);
    let room = ((f64::from(full) * NAMES) as i32).min(full - 2 * pad - widest_column).max(pt(20.0));
    let whole: Vec<Label> = names;
    let names: Vec<Label> = whole.iter().map(|name| shorten(name, SMALL, room)).collect();
    let begin = pad + names.iter().map(|name| width(name, SMALL)).max().unwrap_or(0);
    let mut blocks: Vec<ColumnBlock> = Vec::new();
    for part in parts(groups, full - pad - begin) {
        for from in (0..names.len().max(1)).step_by(MOST_ROWS) {
            let until = (from + MOST_ROWS).min(names.len());
            blocks.push(block(&part, &names[from..until], from..until, begin));
        }
    }
    let mut at = pad;
    for block in &mut blocks {
        let lines = block.groups.iter().filter(|g| !g.2[0].is_empty()).map(|g| g.2.len()).max().unwrap_or(0);
        block.top = at;
        block.heads = if lines > 0 { pt(SMALL * 1.2) * lines as i32 + pt(4.0) } else { 0 };
        at += block.heads + pt(ROW_PT) * (block.rows.len() as i32 + 1) + pt(9.0);
    }
    let needed = blocks.iter().map(|block| block.right).max().unwrap_or(0) + 2 * pad;
    let full = if fitted { full.min(needed.max(mm(SINGLE_COLUMN_MM))) } else { full };
    let cut = names.iter().zip(&whole).any(|(name, whole)| is_cut(whole, std::slice::from_ref(name)))
        || blocks.iter().any(|block| block.cut);
    let note = cut.then(|| Label::plain("What ends in … is cut: it stands whole in the CSV"));
    let words = words.into_iter().filter(|_| options.notes != Some(false));
    let words: Vec<FigureNote> = words.chain(note).map(FigureNote::remark).collect();
    let notes = small_print::set(&words, full - 2 * pad, &mut at);
    TablePage { size: (whole_pixels(full), whole_pixels(at + pad)), left: pad, blocks, notes }
}

/// Whether lines say less than the whole does.
fn is_cut(whole: &Label, lines: &[Label]) -> bool {
    let letters = |label: &Label| label.to_string().split_whitespace().collect::<String>();
    letters(whole) != lines.iter().map(letters).collect::<String>()
}

/// The width of a column with the room before it.
fn needs(column: &PlainColumn) -> i32 {
    let cell = |text: &String| width(&Label::plain(text.as_str()), SMALL);
    let cells = column.cells.iter().map(|(text, _)| cell(text)).max().unwrap_or(0);
    cells.max(width(&column.head, SMALL)) + pt(GUTTER_PT)
}

/// Groups of columns as they stand beside each other: what does not fit stands below, and a group that is wider than the
/// page goes on there under its heading.
fn parts(groups: Vec<PlainGroup>, room: i32) -> Vec<Vec<PlainGroup>> {
    let mut parts: Vec<Vec<PlainGroup>> = vec![vec![]];
    let mut left = room;
    for group in groups {
        let whole: i32 = group.columns.iter().map(needs).sum();
        if whole > left && whole <= room {
            parts.push(vec![]);
            left = room;
        }
        let mut heading = group.label.clone();
        let mut columns = Vec::new();
        for column in group.columns {
            let width = needs(&column);
            if width > left && left < room {
                if !columns.is_empty() {
                    let columns = std::mem::take(&mut columns);
                    parts.last_mut().expect("there is a part").push(PlainGroup { label: heading, columns });
                    heading = if group.label.is_empty() {
                        Label::default()
                    } else {
                        group.label.clone().then(Label::plain(" (continued)"))
                    };
                }
                parts.push(vec![]);
                left = room;
            }
            left -= width;
            columns.push(column);
        }
        parts.last_mut().expect("there is a part").push(PlainGroup { label: heading, columns });
    }
    parts
}

/// Some rows of columns that stand beside each other.
fn block(groups: &[PlainGroup], names: &[Label], rows: std::ops::Range<usize>, begin: i32) -> ColumnBlock {
    let named = names.iter().map(|name| (name.clone(), vec![])).collect();
    let mut block = ColumnBlock {
        top: 0,
        right: begin,
        groups: vec![],
        cut: false,
        heads: 0,
        columns: vec![],
        rows: named,
    };
    for group in groups {
        let from = block.right + pt(GUTTER_PT);
        for column in &group.columns {
            block.right += needs(column);
            block.columns.push((block.right, column.head.clone()));
            for (row, (text, best)) in block.rows.iter_mut().zip(&column.cells[rows.clone()]) {
                row.1.push((text.clone(), *best));
            }
        }
        let lines = wrap(&group.label, SMALL, block.right - from);
        block.cut |= is_cut(&group.label, &lines);
        block.groups.push((from, block.right, lines));
    }
    block
}

impl TablePage {
    fn block<B: Surface>(&self, block: &ColumnBlock, theme: &Theme, canvas: &mut Canvas<B>) {
        let rule = |y: i32, from: i32, until: i32, weight: f64, canvas: &mut Canvas<B>| {
            canvas.stroke(&[(from, y), (until, y)], theme.ink, weight, &[]);
        };
        rule(block.top, self.left, block.right, RULES_PT.0, canvas);
        for (from, until, lines) in &block.groups {
            if lines[0].is_empty() {
                continue;
            }
            for (i, line) in lines.iter().enumerate() {
                let at = ((from + until) / 2, block.top + pt(SMALL * 1.2) * (i as i32 + 1) + pt(0.6));
                canvas.text(line, at, Align::Middle, SMALL, theme.ink);
            }
            rule(block.top + block.heads, *from, *until, RULES_PT.1, canvas);
        }
        let base =
            |row: i32| block.top + block.heads + pt(ROW_PT) * row + pt(ROW_PT / 2.0 + SMALL * HALF_CAPITAL);
        for (right, head) in &block.columns {
            canvas.text(head, (*right, base(0) + pt(0.6)), Align::End, SMALL, theme.ink);
        }
        let below_heads = block.top + block.heads + pt(ROW_PT) + pt(1.2);
        rule(below_heads, self.left, block.right, RULES_PT.1, canvas);
        for (row, (name, cells)) in block.rows.iter().enumerate() {
            let baseline = base(row as i32 + 1) + pt(2.4);
            canvas.text(name, (self.left, baseline), Align::Start, SMALL, theme.ink);
            for ((text, best), (right, _)) in cells.iter().zip(&block.columns) {
                let words = Label::plain(text.as_str());
                if *best {
                    let (from, half) = (right - width(&words, SMALL) - pt(2.2), pt(ROW_PT / 2.0 - 0.4));
                    let middle = baseline - pt(SMALL * HALF_CAPITAL);
                    canvas.fill((from, middle - half), (right + pt(2.2), middle + half), theme.faint);
                }
                canvas.text(&words, (*right, baseline), Align::End, SMALL, theme.ink);
            }
        }
        let bottom = block.top + block.heads + pt(ROW_PT) * (block.rows.len() as i32 + 1) + pt(4.0);
        rule(bottom, self.left, block.right, RULES_PT.0, canvas);
    }
}

impl Drawing for TablePage {
    fn size(&self) -> PagePoint {
        self.size
    }

    fn draw<B: Surface>(&self, theme: &Theme, canvas: &mut Canvas<B>) {
        for block in &self.blocks {
            self.block(block, theme, canvas);
        }
        small_print::draw(&self.notes, self.left, theme, canvas);
    }
}
