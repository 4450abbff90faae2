//! What a user calls methods and values of settings in a figure.

use super::choice::Names;
use super::label::Label;
use super::named::Named;
use super::names::plain_words;

/// Separates the name of a method from its text in a key.
const BETWEEN: char = '\u{1f}';

/// Gives values of the setting at `path` the names that a user has for them. A name stands for `path=value`, for what a
/// figure prints of a value, with a blank before units or without, or for the value itself unless it is a bare number, which
/// many settings may have.
pub(crate) fn rename(names: &Names, path: &str, values: &mut [Named]) {
    for value in values {
        let raw = value.key.split(BETWEEN).next().unwrap_or_default();
        let printed = value.label.to_string();
        let bare = Some(raw).filter(|raw| raw.parse::<f64>().is_err());
        let own = names.get(&format!("{path}={raw}")).or_else(|| names.get(&printed));
        let own = own.or_else(|| names.get(&plain_words(raw)).filter(|_| bare.is_some()));
        if let Some(name) = own.or_else(|| names.get(bare?)) {
            value.label = Label::marked(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_named_by_its_setting_and_a_word_by_itself() {
        let names: Names = [("adversaries.count=0", "nobody"), ("signsgd_mv", "*MV*"), ("0", "wrong")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into();
        let mut values = [("0", "L = 0"), ("3", "L = 3")]
            .map(|(key, words)| Named { key: key.to_owned(), label: Label::plain(words) });
        rename(&names, "adversaries.count", &mut values);
        assert_eq!(values.each_ref().map(|v| v.label.to_string()), ["nobody", "L = 3"]);
        let names: Names = [("deadline 300ms", "haste")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        let mut values =
            [Named { key: "{ deadline: 300ms }".to_owned(), label: Label::plain("deadline 300 ms") }];
        rename(&names, "server.close", &mut values);
        assert_eq!(values[0].label.to_string(), "haste");
    }

    #[test]
    fn a_method_goes_by_its_word() {
        let names: Names = [("signsgd_mv".to_owned(), "*MV*".to_owned())].into();
        let mut methods =
            [Named { key: "signsgd_mv\u{1f}{…}".to_owned(), label: Label::plain("signSGD-MV") }];
        rename(&names, "method", &mut methods);
        assert_eq!(methods[0].label, Label::rich("*MV*"));
    }
}
