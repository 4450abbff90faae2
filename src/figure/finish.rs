//! What the user says of the looks of a figure, laid over what its kind has made of the records.

use std::collections::BTreeMap;

use super::cases::of_runs;
use super::choice::{
    Colours, ErrorKind, Ink, IntervalLook, KnownLine, Limits, Line, OneOrMore, PALETTE, Reference,
};
use super::content::{
    AxesPanel, Content, Facets, FigureNote, IntervalShape, LevelMark, Look, Scale, SeriesLine, VerticalMark,
};
use super::label::Label;
use super::named::distinct;
use super::names;
use super::options::{Division, FigureOptions};
use super::shown::FigureContent;
use crate::data::DataSpec;
use crate::record::{Results, RunRecord};

/// Lays the options of looks over a figure.
pub(crate) fn finish(shown: &mut FigureContent, results: &Results, options: &FigureOptions) {
    match shown {
        FigureContent::Chart(content) => chart(content, results, options),
        FigureContent::Bars(bars) => {
            relabel(&mut bars.x.label, options.x_label.as_ref());
            if let Some(colours) = &options.colours {
                let all = bars.groups.iter_mut().flat_map(|group| &mut group.bars);
                paint(all.map(|bar| (&bar.label, &mut bar.look, &mut bar.ink)).collect(), colours, options);
            }
        }
        FigureContent::Heat(heat) => {
            relabel(&mut heat.x.label, options.x_label.as_ref());
            relabel(&mut heat.y.label, options.y_label.as_ref());
        }
        FigureContent::Timeline(_) | FigureContent::Table(_) => {}
    }
}

fn relabel(label: &mut Label, words: Option<&String>) {
    if let Some(words) = words {
        *label = Label::marked(words);
    }
}

fn chart(content: &mut Content, results: &Results, options: &FigureOptions) {
    relabel(&mut content.x.label, options.x_label.as_ref());
    relabel(&mut content.y.label, options.y_label.as_ref());
    rescale(&mut content.x.scale, options.x_scale);
    rescale(&mut content.y.scale, options.y_scale);
    match options.interval {
        Some(IntervalLook::Band) => content.interval = IntervalShape::Band,
        Some(IntervalLook::Bars) => content.interval = IntervalShape::Bars,
        None if options.error == Some(ErrorKind::Seeds) => content.interval = IntervalShape::Bars,
        None => {}
    }
    if let Some(colours) = &options.colours {
        let all = content.series.iter_mut();
        paint(
            all.map(|series| (&series.label, &mut series.look, &mut series.ink)).collect(),
            colours,
            options,
        );
    }
    if options.rows.is_some() || options.columns.is_some() {
        arrange(content, results, options);
    }
    for line in options.reference.iter().flat_map(|OneOrMore(lines)| lines) {
        draw_line(content, line, results);
    }
    content.notes.extend(without_place(content));
    content.notes.extend(beyond(content, options));
}

fn rescale(scale: &mut Scale, division: Option<Division>) {
    match division {
        None => {}
        Some(Division::Linear) if !matches!(scale, Scale::Log | Scale::Symlog) => {}
        Some(division) => *scale = division.scale(),
    }
}

/// Gives what goes by these names its colour; what has none takes those that are left.
fn paint(all: Vec<(&Label, &mut Look, &mut Option<[u8; 3]>)>, colours: &Colours, options: &FigureOptions) {
    let printed: BTreeMap<String, Ink> = colours
        .iter()
        .map(|(name, ink)| {
            let own = options.names.as_ref().and_then(|names| names.get(name));
            (own.map_or_else(|| names::method(name), |own| Label::marked(own)).to_string(), *ink)
        })
        .chain(colours.iter().map(|(name, ink)| (name.clone(), *ink)))
        .collect();
    let ink_of = |label: &Label| {
        let label = label.to_string();
        let stands = |name: &&String| {
            label == **name || label.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(", "))
        };
        printed.keys().filter(stands).max_by_key(|name| name.len()).map(|name| printed[name])
    };
    let taken: Vec<usize> = all
        .iter()
        .filter_map(|(label, ..)| ink_of(label))
        .filter_map(|ink| if let Ink::Number(number) = ink { Some(number - 1) } else { None })
        .collect();
    let mut free = (0..).filter(|i| !taken.contains(&(i % PALETTE)) || taken.len() >= PALETTE);
    let mut moved: BTreeMap<usize, usize> = BTreeMap::new();
    for (label, look, ink) in all {
        let family = match *look {
            Look::Distinct(family) | Look::Member { family, .. } | Look::Ordered(family, _) => family,
        };
        let place = match ink_of(label) {
            Some(Ink::Number(number)) => number - 1,
            Some(Ink::Rgb(rgb)) => {
                *ink = Some(rgb);
                continue;
            }
            // An ordered scale without a colour of its own stays one.
            None if matches!(look, Look::Ordered(..)) => continue,
            None => *moved.entry(family).or_insert_with(|| free.next().unwrap_or(family)),
        };
        *look = match *look {
            Look::Member { member, .. } => Look::Member { family: place, member },
            Look::Distinct(_) | Look::Ordered(..) => Look::Distinct(place),
        };
    }
}

/// Sorts panels into rows and columns.
fn arrange(content: &mut Content, results: &Results, options: &FigureOptions) {
    let labels = |path: Option<&String>| -> Vec<Label> {
        let values = path.map(|path| distinct(of_runs(results, path, options))).unwrap_or_default();
        if values.len() > 1 {
            values.into_iter().map(|value| value.label).collect()
        } else {
            vec![Label::default()]
        }
    };
    let (rows, columns) = (labels(options.rows.as_ref()), labels(options.columns.as_ref()));
    let mut left = std::mem::take(&mut content.panels);
    let mut panels = Vec::new();
    for row in &rows {
        for column in &columns {
            let title = Label::list([row.clone(), column.clone()]);
            let at = left.iter().position(|panel| panel.title.to_string() == title.to_string());
            panels.push(at.map_or_else(|| AxesPanel { title, ..AxesPanel::default() }, |at| left.remove(at)));
        }
    }
    if left.is_empty() {
        content.panels = panels;
        content.facets = Some(Facets { rows, columns });
        return;
    }
    let words = "several panels share a row and a column, so they stand one after the other: choose one of them with where";
    content.notes.push(FigureNote::warning(Label::plain(words)));
    let drawn = |panel: &AxesPanel| !panel.lines.is_empty() || !panel.curves.is_empty();
    panels.retain(drawn);
    panels.extend(left);
    content.panels = panels;
}

/// A line across every panel.
fn draw_line(content: &mut Content, line: &Reference, results: &Results) {
    let line = match line {
        Reference::Line(line) => line.clone(),
        Reference::Word(KnownLine::Chance) => {
            let chances: Vec<f64> = results.runs.iter().filter_map(chance).collect();
            let Some(&first) = chances.first().filter(|first| chances.iter().all(|other| other == *first))
            else {
                let words = "no line for chance: the records do not say of how many classes one is guessed";
                content.notes.push(FigureNote::warning(Label::plain(words)));
                return;
            };
            let y = if ["decoding_error", "error", "share_wrong"].contains(&content.y.column) {
                1.0 - first
            } else {
                first
            };
            Line { x: None, y: Some(y), label: Some("chance".to_owned()) }
        }
    };
    let label = line.label.as_deref().map(Label::marked).unwrap_or_default();
    for panel in &mut content.panels {
        if let Some(x) = line.x {
            panel.marks.push(VerticalMark { x, label: label.clone() });
        }
        if let Some(y) = line.y {
            panel.levels.push(LevelMark { y, label: label.clone() });
        }
    }
}

/// What guessing reaches in a run: one of its classes, or one of two signs.
fn chance(run: &RunRecord) -> Option<f64> {
    if run.channel.is_some() {
        return Some(0.5);
    }
    let data = run.spec.pointer("/task/train/data")?;
    let data: DataSpec = serde_json::from_value(data.clone()).ok()?;
    Some(data.classes()).filter(|classes| *classes > 0).map(|classes| 1.0 / classes as f64)
}

/// Says which points a logarithmic horizontal axis cannot show.
fn without_place(content: &Content) -> Option<FigureNote> {
    let at_zero = |line: &SeriesLine| line.points.iter().any(|point| point.x <= 0.0);
    let any =
        content.x.scale == Scale::Log && content.panels.iter().flat_map(|panel| &panel.lines).any(at_zero);
    any.then(|| {
        let words =
            format!("what was measured at {} 0 has no place on the logarithmic axis", content.x.label);
        FigureNote::remark(Label::plain(words))
    })
}

/// Says how much lies beyond axes whose ends are given.
fn beyond(content: &Content, options: &FigureOptions) -> Option<FigureNote> {
    let outside = |limits: Option<Limits>, value: f64| {
        let Limits { low, high } = limits.unwrap_or_default();
        low.is_some_and(|low| value < low) || high.is_some_and(|high| value > high)
    };
    let places = || content.points().filter_map(|point| Some((point.x, point.estimate.mean?)));
    let lost = places().filter(|(x, y)| outside(options.x_range, *x) || outside(options.y_range, *y)).count();
    (lost > 0).then(|| {
        let words = format!("{lost} of {} points lie beyond the axes; the CSV has them", places().count());
        FigureNote::remark(Label::plain(words))
    })
}
