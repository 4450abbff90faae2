//! HTML that cannot be broken out of: whatever is put into it as text is escaped, and names of elements and attributes are
//! the program's own.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::paint::Paints;
use crate::error::steers;
use crate::figure::{base64, web_fonts};

/// A piece of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Html(String);

impl Html {
    /// Text from anywhere, as it reads.
    pub(crate) fn text(text: &str) -> Self {
        let mut all = String::with_capacity(text.len());
        for letter in text.chars() {
            match letter {
                '<' => all.push_str("&lt;"),
                '>' => all.push_str("&gt;"),
                '&' => all.push_str("&amp;"),
                '"' => all.push_str("&quot;"),
                '\'' => all.push_str("&#39;"),
                '\n' | '\t' => all.push(letter),
                letter if steers(letter) => all.extend(letter.escape_default()),
                letter => all.push(letter),
            }
        }
        Self(all)
    }

    /// An element around `content`.
    pub(crate) fn element(name: &'static str, attributes: &[(&'static str, &str)], content: Self) -> Self {
        let Self(open) = Self::void(name, attributes);
        Self(format!("{open}{}</{name}>", content.0))
    }

    /// An element that has no content.
    pub(crate) fn void(name: &'static str, attributes: &[(&'static str, &str)]) -> Self {
        let written = |(name, value): &(&str, &str)| format!(" {name}=\"{}\"", Self::text(value).0);
        Self(format!("<{name}{}>", attributes.iter().map(written).collect::<String>()))
    }

    /// An element around text.
    pub(crate) fn words(name: &'static str, text: &str) -> Self {
        Self::element(name, &[], Self::text(text))
    }

    /// A heading, and what stands below it.
    pub(crate) fn section(class: &'static str, heading: &str, content: Self) -> Self {
        let heading = Self::words("h2", heading);
        Self::element("section", &[("class", class)], Self::all([heading, content]))
    }

    /// What is seen once it is asked for.
    pub(crate) fn folded(summary: &str, content: Self) -> Self {
        Self::element("details", &[], Self::all([Self::words("summary", summary), content]))
    }

    /// A link to a file.
    pub(crate) fn link(to: &str, text: &str) -> Self {
        Self::element("a", &[("href", to)], Self::text(text))
    }

    /// One after the other.
    pub(crate) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Self(parts.into_iter().map(|part| part.0 + "\n").collect())
    }

    /// A list of points.
    pub(crate) fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::element("ul", &[], Self::all(items.into_iter().map(|item| Self::element("li", &[], item))))
    }

    /// An SVG that the figures drew, in which the names of users are escaped.
    pub(crate) fn drawing(svg: String) -> Self {
        Self(svg)
    }

    /// Data for the program of the page: nothing in it can end the element.
    pub(crate) fn data(class: &'static str, value: &Value) -> Self {
        let json = value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
        Self(format!("<script type=\"application/json\" class=\"{class}\">{json}</script>"))
    }
}

/// A whole page.
pub(crate) struct Page {
    pub title: String,
    pub paints: Paints,
    pub sections: Html,
}

impl Page {
    /// The page as a document.
    pub(crate) fn written(&self) -> String {
        let program = include_str!("page.js");
        let hash = base64(&Sha256::digest(program));
        let style = format!("{}\n{}", include_str!("page.css"), self.paints.css());
        let Html(title) = Html::text(&self.title);
        let fonts = web_fonts(true);
        // In one pass: what is put in is not looked through again.
        let mut page = String::new();
        let mut rest = include_str!("page.html");
        while let Some((before, (name, behind))) =
            rest.split_once("{{").and_then(|(before, rest)| Some((before, rest.split_once("}}")?)))
        {
            page.push_str(before);
            page.push_str(match name {
                "title" => &title,
                "fonts" => &fonts,
                "style" => &style,
                "sections" => &self.sections.0,
                "hash" => &hash,
                "program" => program,
                other => unreachable!("the page has no place for {other}"),
            });
            rest = behind;
        }
        page + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "</script><img src=x onerror=alert(1)>'\"&\u{0}\u{202e}";

    #[test]
    fn text_stays_text() {
        let Html(text) = Html::words("p", HOSTILE);
        let safe = "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&#39;&quot;&amp;\\u{0}\\u{202e}";
        assert_eq!(text, format!("<p>{safe}</p>"));
        let Html(text) = Html::link(HOSTILE, HOSTILE);
        assert_eq!(text, format!("<a href=\"{safe}\">{safe}</a>"));
    }

    #[test]
    fn data_cannot_end_its_element() {
        let value = serde_json::json!({ HOSTILE: HOSTILE });
        let Html(text) = Html::data("rows", &value);
        let json = text.split_once('>').unwrap().1.strip_suffix("</script>").unwrap();
        assert!(!json.contains(['<', '>', '&']), "{json}");
        assert_eq!(serde_json::from_str::<Value>(json).unwrap(), value);
    }

    #[test]
    fn what_is_put_into_the_page_is_not_read_as_a_place() {
        let page = Page {
            title: "{{program}}".to_owned(),
            paints: Paints::default(),
            sections: Html::text("{{fonts}}"),
        };
        let written = page.written();
        assert!(written.contains("<title>{{program}} · signsim</title>") && written.contains("{{fonts}}"));
    }
}
