//! What is wrong with a first line that is not the header of a table of votes, and what its writer has to do.

/// The columns, in order.
pub(crate) const HEADER: [&str; 4] = ["round", "worker", "coordinate", "vote"];

/// What to say of these fields, which are not the header, and what to do.
pub(crate) fn complaint(fields: &[&[u8]]) -> (String, String) {
    let header = HEADER.join(",");
    let first = fields.first().copied().unwrap_or_default();
    if first.starts_with(b"PK\x03\x04") {
        let help = "unpack it first; of NumPy's .npz save the array alone: numpy.save('votes.npy', votes)";
        return ("this is a ZIP archive, not a table of votes".to_owned(), help.to_owned());
    }
    if fields.iter().all(|field| is_number(field)) {
        return ("the header is missing".to_owned(), format!("begin with the line {header}"));
    }
    let what = "this is not the header of a table of votes";
    let names: Vec<String> = fields.iter().map(|field| shown(field)).collect();
    for (sign, name) in [(';', "semicolons"), ('\t', "tabs")] {
        if fields.len() == 1 && first.contains(&(sign as u8)) {
            let help = format!("separate fields by commas, {header}; in pandas: to_csv(..., sep=',')");
            return (format!("{what}: its fields are separated by {name}"), help);
        }
    }
    if names.len() == HEADER.len() + 1 && names[1..].iter().eq(HEADER.iter()) {
        let name = if names[0].is_empty() { "has no name".to_owned() } else { format!("is `{}`", names[0]) };
        let help = format!("leave the index out, in pandas to_csv(..., index=False), or write {header}");
        return (format!("{what}: the first of 5 columns {name}"), help);
    }
    let odd = names.iter().zip(HEADER).position(|(name, expected)| name != expected);
    let why = match odd {
        Some(i) => format!("column {} is `{}`, not `{}`", i + 1, names[i], HEADER[i]),
        None => format!("{} columns instead of {}", names.len(), HEADER.len()),
    };
    (format!("{what}: {why}"), format!("write {header}"))
}

fn is_number(field: &[u8]) -> bool {
    let digits = field.trim_ascii();
    let digits = digits.strip_prefix(b"-").unwrap_or(digits);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// Characters of one field of the input that a message shows at most.
const CHARACTERS_SHOWN: usize = 100;

/// Bytes of the input as a message shows them: short, and without what a terminal would obey.
pub(super) fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * CHARACTERS_SHOWN)]);
    let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut shown: String = text.chars().take(CHARACTERS_SHOWN).map(plain).collect();
    if text.chars().nth(CHARACTERS_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
