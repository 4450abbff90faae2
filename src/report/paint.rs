//! The colours of drawings in a page that is light or dark: a drawing is made once, and what differs between its two themes
//! becomes a variable.

use std::collections::BTreeMap;

/// How a colour of a drawing is written, before its six digits.
const MARK: &str = "=\"#";

/// Pairs of a colour on light paper and on dark, by number.
#[derive(Debug, Default)]
pub(crate) struct Paints(BTreeMap<(String, String), usize>);

impl Paints {
    /// The drawing with variables in the place of colours; as it is on light paper where the two differ in more than these.
    pub(crate) fn of(&mut self, light: &str, dark: &str) -> Option<String> {
        let (light, dark) = (pieces(light), pieces(dark));
        let same = light.len() == dark.len() && light.iter().zip(&dark).all(|(a, b)| a.1 == b.1);
        if !same {
            return None;
        }
        let mut svg = String::new();
        for ((on_light, text), (on_dark, _)) in light.into_iter().zip(dark) {
            if let (Some(on_light), Some(on_dark)) = (on_light, on_dark) {
                let next = self.0.len();
                let pair = (on_light.to_owned(), on_dark.to_owned());
                let number = *self.0.entry(pair).or_insert(next);
                svg.push_str(&format!("=\"var(--c{number})"));
            }
            svg.push_str(text);
        }
        Some(svg)
    }

    /// The values of all variables.
    pub(crate) fn css(&self) -> String {
        let values = |dark: bool| {
            let value = |((on_light, on_dark), number): (&(String, String), &usize)| {
                format!("--c{number}:#{};", if dark { on_dark } else { on_light })
            };
            self.0.iter().map(value).collect::<String>()
        };
        format!(
            ":root{{{}}}\n@media screen and (prefers-color-scheme: dark){{:root{{{}}}}}\n",
            values(false),
            values(true)
        )
    }
}

/// A drawing in pieces: a colour, and the text from there to the next.
fn pieces(svg: &str) -> Vec<(Option<&str>, &str)> {
    let mut found = Vec::new();
    let (mut colour, mut rest) = (None, svg);
    loop {
        let is_colour = |at: &usize| {
            let digits = rest.get(at + MARK.len()..at + MARK.len() + 6);
            digits.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
        };
        let Some(at) = rest.match_indices(MARK).map(|(at, _)| at).find(is_colour) else {
            found.push((colour, rest));
            return found;
        };
        found.push((colour, &rest[..at]));
        let behind = at + MARK.len();
        colour = Some(&rest[behind..behind + 6]);
        rest = &rest[behind + 6..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_variables_and_nothing_else_does() {
        let mut paints = Paints::default();
        let light = "<a fill=\"#FFFFFF\" id=\"#x\"/><b stroke=\"#000000\"/><b fill=\"#FFFFFF\"/>";
        let dark = light.replace("FFFFFF", "111111").replace("000000", "EEEEEE");
        let svg = paints.of(light, &dark).unwrap();
        assert_eq!(svg, "<a fill=\"var(--c0)\" id=\"#x\"/><b stroke=\"var(--c1)\"/><b fill=\"var(--c0)\"/>");
        assert!(
            paints.css().starts_with(":root{--c1:#000000;--c0:#FFFFFF;}\n@media screen"),
            "{}",
            paints.css()
        );
        assert_eq!(paints.of(light, &dark.replace("<b", "<i")), None);
    }
}
