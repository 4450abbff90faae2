//! Where the files of a folder are, seen from the page.

use std::path::{Component, Path};

/// The way from a folder to a file or a folder as a link has it; both are whole paths without links.
pub(crate) fn relative(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[shared..].iter().map(|_| "..".to_owned());
    let down = to[shared..].iter().map(|part| encoded(&part.as_os_str().to_string_lossy()));
    let way: Vec<String> = up.chain(down).collect();
    if way.is_empty() { ".".to_owned() } else { way.join("/") }
}

/// Part of a way, with all bytes but the unreserved ones of RFC 3986 by their numbers.
fn encoded(part: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    part.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_go_up_and_down() {
        for (from, to, way) in [
            ("/a/b", "/a/b/runs/1", "runs/1"),
            ("/a/b", "/a/b", "."),
            ("/a/b", "/a/c d/é", "../c%20d/%C3%A9"),
            ("/a", "/a/javascript:x", "javascript%3Ax"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), way);
        }
    }
}
