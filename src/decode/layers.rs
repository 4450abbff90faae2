//! The layers of a model as the command line writes them: lengths, `1000,10`, or ranges, `0..1000,1000..1010`.

use std::ops::Range;

use super::rows::MOST_COORDINATES;
use crate::error::{Error, Place, Result};

/// Reads layers that cover 0..D in order. A length begins where the layer before it ends, and so must a range.
///
/// # Errors
/// Names the column of what is neither, is empty, or leaves a gap.
pub fn parse_layers(text: &str) -> Result<Vec<Range<usize>>> {
    let mut layers: Vec<Range<usize>> = Vec::new();
    let mut column = 1;
    for item in text.split(',') {
        let start = layers.last().map_or(0, |layer| layer.end);
        let layer = parse_layer(item, start).map_err(|message| {
            let (file, excerpt) = ("--layers".to_owned(), text.into());
            Error::scenario(message)
                .at(Some(Place { file, line: 1, column, excerpt }))
                .help("write the lengths of the layers, 1000,10, or their ranges, 0..1000,1000..1010")
        })?;
        layers.push(layer);
        column += item.chars().count() + 1;
    }
    Ok(layers)
}

fn parse_layer(item: &str, start: usize) -> std::result::Result<Range<usize>, String> {
    let number = |text: &str| {
        let number = text.trim().parse::<u32>().ok().filter(|n| *n < MOST_COORDINATES);
        number.map(|n| n as usize).ok_or_else(|| format!("`{}` is not a number of coordinates", text.trim()))
    };
    let layer = match item.split_once("..") {
        Some((from, to)) => number(from)?..number(to)?,
        None => start..start + number(item)?,
    };
    if layer.start != start {
        return Err(format!("a layer begins at {}, but the one before ends at {start}", layer.start));
    }
    if layer.is_empty() {
        return Err("a layer has at least one coordinate".to_owned());
    }
    if layer.end >= MOST_COORDINATES as usize {
        return Err(format!("{} coordinates are more than can be read", layer.end));
    }
    Ok(layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_ranges_say_the_same() {
        for text in ["1000,10", "0..1000,1000..1010", "1000, 1000..1010", " 0 .. 1000 ,10"] {
            assert_eq!(parse_layers(text).unwrap(), [0..1000, 1000..1010], "{text}");
        }
    }

    #[test]
    fn gaps_and_empty_layers_are_refused_where_they_are() {
        for (text, column, message) in [
            ("", 1, "`` is not a number of coordinates"),
            ("10,", 4, "not a number"),
            ("10,ten", 4, "`ten`"),
            ("0..10,12..20", 7, "begins at 12, but the one before ends at 10"),
            ("5..10", 1, "begins at 5"),
            ("0..10,10..10", 7, "at least one coordinate"),
            ("0..10,10..4", 7, "at least one coordinate"),
            ("4000000000,4000000000", 12, "8000000000 coordinates"),
        ] {
            let error = parse_layers(text).unwrap_err();
            let shown = error.to_string();
            assert!(
                shown.starts_with(&format!("--layers:1:{column}: ")) && shown.contains(message),
                "{shown}"
            );
            assert!(error.advice().is_some());
        }
    }
}
