//! One part of a scenario written on its own, as the command line does: `{ majority: { ties: hold } }`.
//!
//! Read by the same rules as a whole scenario, and answered with the same errors.

use serde::de::DeserializeOwned;

use super::document::Document;
use super::{explain, words};
use crate::error::{Error, Result};

/// A part and the places of its settings.
#[derive(Debug, Clone)]
pub struct Part<T> {
    /// As read, every default filled in.
    pub value: T,
    document: Document,
}

impl<T: DeserializeOwned> Part<T> {
    /// Reads the part from YAML; `name` is what messages call the text, in the place of a file.
    ///
    /// # Errors
    /// Names line and column of what is not as it should be, and the legal words.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let (document, tree) = Document::part(name, text)?;
        match words::read(&tree) {
            Ok(value) => Ok(Self { value, document }),
            Err(fault) => Err(explain::explained(fault, &document)),
        }
    }
}

impl<T> Part<T> {
    /// The error with the place of the setting it speaks of.
    #[must_use]
    pub fn locate(&self, error: Error) -> Error {
        self.document.locate(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::{AggregatorSpec, Copies, Ties, WeightOptions};

    #[test]
    fn a_part_is_read_by_the_rules_of_a_scenario() {
        let read = |text| Part::<AggregatorSpec>::parse("--aggregator", text);
        let hold = AggregatorSpec::Majority { ties: Ties::Hold, copies: Copies::Each {} };
        assert_eq!(read("majority: { ties: hold }").unwrap().value, hold);
        let options = AggregatorSpec::FederatedDefense(WeightOptions { t_in: 2, ..WeightOptions::paper() });
        assert_eq!(read("federated_defense:\n  t_in: 2\n").unwrap().value, options);
        for (text, place, help) in [
            ("majorty", "--aggregator:1:1", "did you mean `majority`?"),
            ("{ federated_defense: { t_inn: 2 } }", "--aggregator:1:24", "did you mean `t_in`?"),
            ("federated_defense:\n  ties: hodl", "--aggregator:2:9", "did you mean `hold`?"),
            ("{ majority: { ties: hold, ties: coin } }", "--aggregator:1:27", ""),
            ("", "--aggregator:1:1", "`majority`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.to_string().starts_with(place), "{error}");
            assert!(error.advice().unwrap_or_default().contains(help), "{:?}", error.advice());
        }
        let part = read("{ federated_defense: { max_llr: -1 } }").unwrap();
        let error = part.locate(part.value.validate(3, 1).unwrap_err());
        assert!(error.to_string().starts_with("--aggregator:1:33"), "{error}");
    }
}
