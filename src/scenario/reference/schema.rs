//! The JSON Schema of scenarios, for editors: what the types read, with what the page of settings and the catalogues
//! say about it.

use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value, json};

use super::super::Scenario;
use super::super::keys;
use super::FAMILIES;
use super::page::{self, Meaning};
use super::probe::{Found, Kind, Shape, Step, look};
use crate::catalogue::Entry;
use crate::registry::OWN;

/// The draft that editors of YAML know best.
const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// No setting stands deeper; what would is left open.
const DEEPEST: usize = 24;

/// The schema as a text, one line a thing.
///
/// # Panics
/// Never: a schema is plain data, and memory takes it.
#[must_use]
pub fn schema_text() -> String {
    let mut text = Vec::new();
    let formatter = PrettyFormatter::with_indent(b"");
    let mut serializer = Serializer::with_formatter(&mut text, formatter);
    schema().serialize(&mut serializer).expect("a schema is plain data");
    text.push(b'\n');
    String::from_utf8(text).expect("JSON is text")
}

/// The schema of scenarios (JSON Schema, draft 7).
///
/// Nothing is required: what a scenario does not say itself may be an axis of its sweep. Keys that nobody reads are errors.
///
/// # Panics
/// Never: a scenario is a struct.
#[must_use]
pub fn schema() -> Value {
    let mut builder = Builder::default();
    builder.at(&[], "");
    let mut root = builder.definitions.remove("Scenario").expect("a scenario is a struct");
    let object = root.as_object_mut().expect("a schema is an object");
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        let sections: Vec<&String> = properties.keys().collect();
        let pattern =
            format!("^({})(\\.|$)", sections.iter().map(|key| key.as_str()).collect::<Vec<_>>().join("|"));
        let axis = json!({ "anyOf": [{ "type": "array" }, { "type": "string" }] });
        let sweep = json!({
            "type": ["object", "null"], "propertyNames": { "pattern": pattern }, "additionalProperties": axis,
        });
        properties.insert(
            "sweep".to_owned(),
            told(sweep, page::meaning("sweep"), keys::example(&["sweep".to_owned()])),
        );
    }
    object.insert("$schema".to_owned(), json!(DRAFT));
    object.insert("title".to_owned(), json!("A scenario of signsim"));
    object.insert("definitions".to_owned(), Value::Object(builder.definitions));
    root
}

#[derive(Default)]
struct Builder {
    definitions: Map<String, Value>,
    /// The definitions that have a name already, and what makes them the same.
    names: Vec<(String, &'static str, &'static [&'static str])>,
}

impl Builder {
    /// The schema of what stands at the end of a path of the type; `path` is what a scenario calls it.
    fn at(&mut self, steps: &[Step], path: &str) -> Value {
        match look::<Scenario>(steps) {
            Found::Shape(shape) if steps.len() <= DEEPEST => self.of(&shape, steps, path),
            _ => json!({}),
        }
    }

    fn of(&mut self, shape: &Shape, steps: &[Step], path: &str) -> Value {
        match shape {
            Shape::Optional(shape) => either(vec![self.of(shape, steps, path), json!({ "type": "null" })]),
            Shape::Struct("", keys) => self.object(keys, steps, path),
            Shape::Struct(name, keys) => self.named(name, keys, &mut |this| this.object(keys, steps, path)),
            Shape::Words(name, words) => self.named(name, words, &mut |this| this.words(words, steps, path)),
            Shape::Unit => json!({ "type": ["object", "null"], "maxProperties": 0 }),
            Shape::List => {
                json!({ "type": "array", "items": self.below(steps, Step::Item, &format!("{path}.[]")) })
            }
            Shape::Mapping => json!({ "type": "object" }),
            Shape::Whole => json!({ "type": "integer" }),
            Shape::Number => json!({ "type": "number" }),
            Shape::Truth => json!({ "type": "boolean" }),
            Shape::Text => json!({ "type": "string" }),
            Shape::Any => self.any(steps, path),
        }
    }

    fn below(&mut self, steps: &[Step], step: Step, path: &str) -> Value {
        let steps: Vec<Step> = steps.iter().cloned().chain([step]).collect();
        self.at(&steps, path)
    }

    /// A type that stands at several places, or in itself, is written once.
    fn named(
        &mut self,
        name: &'static str,
        inside: &'static [&'static str],
        make: &mut dyn FnMut(&mut Self) -> Value,
    ) -> Value {
        let known = self.names.iter().find(|(_, other, keys)| *other == name && *keys == inside);
        let key = known.map(|(key, ..)| key.clone()).unwrap_or_else(|| {
            let same = self.names.iter().filter(|(_, other, _)| *other == name).count();
            let key = if same == 0 { name.to_owned() } else { format!("{name}{}", same + 1) };
            self.names.push((key.clone(), name, inside));
            let made = make(self);
            self.definitions.insert(key.clone(), made);
            key
        });
        json!({ "$ref": format!("#/definitions/{key}") })
    }

    fn object(&mut self, keys: &[&'static str], steps: &[Step], path: &str) -> Value {
        let mut properties = Map::new();
        for key in keys {
            let below = if path.is_empty() { (*key).to_owned() } else { format!("{path}.{key}") };
            let value = self.below(steps, Step::Field((*key).to_owned()), &below);
            let parts: Vec<String> = below.split('.').map(str::to_owned).collect();
            properties.insert((*key).to_owned(), told(value, page::meaning(&below), keys::example(&parts)));
        }
        json!({ "type": "object", "properties": properties, "additionalProperties": false })
    }

    /// A bare word, or a word with its settings.
    fn words(&mut self, words: &[&'static str], steps: &[Step], path: &str) -> Value {
        let mut choices = Vec::new();
        let mut settings = Map::new();
        for word in words {
            let entry = entry(words, word);
            let below = self.below(steps, Step::Variant(word), &format!("{path}.{word}"));
            let bare = self.may_be_bare(&below);
            if *word != OWN && bare {
                choices.push(named_word(word, entry));
            }
            let value = match entry {
                Some(entry) => described(below, about(entry)),
                None => below,
            };
            settings.insert((*word).to_owned(), value);
        }
        choices.push(json!({
            "type": "object", "minProperties": 1, "maxProperties": 1,
            "properties": settings, "additionalProperties": false,
        }));
        either(choices)
    }

    /// Whether a word may stand without its settings: where these are a mapping, all of which may be left out, or nothing.
    fn may_be_bare(&self, settings: &Value) -> bool {
        let named = settings.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next());
        let whole = named.and_then(|name| self.definitions.get(name)).unwrap_or(settings);
        let kind = whole.get("type");
        kind.is_some_and(|kind| kind == "object" || kind.is_array())
    }

    /// What takes several kinds of values.
    fn any(&mut self, steps: &[Step], path: &str) -> Value {
        let tried = |kind| {
            let steps: Vec<Step> = steps.iter().cloned().chain([Step::Try(kind)]).collect();
            look::<Scenario>(&steps)
        };
        let mut choices = Vec::new();
        match tried(Kind::Text) {
            Found::Refused => {}
            Found::UnknownWord(words) => {
                choices.extend(words.iter().map(|word| named_word(word, entry(words, word))))
            }
            _ => choices.push(json!({ "type": "string" })),
        }
        let takes = |kind| !matches!(tried(kind), Found::Refused);
        if takes(Kind::Number) {
            choices.push(json!({ "type": "number" }));
        } else if takes(Kind::Whole) {
            choices.push(json!({ "type": "integer" }));
        }
        if takes(Kind::Truth) {
            choices.push(json!({ "type": "boolean" }));
        }
        if !matches!(tried(Kind::List), Found::Refused) {
            choices.push(self.of(&Shape::List, steps, path));
        }
        match tried(Kind::Mapping) {
            Found::Refused => {}
            Found::UnknownKey(keys) => choices.push(self.object(keys, steps, path)),
            Found::UnknownWord(words) => choices.push(self.settings_alone(words, steps, path)),
            _ => choices.push(json!({ "type": "object" })),
        }
        either(choices)
    }

    /// One word with its settings.
    fn settings_alone(&mut self, words: &[&'static str], steps: &[Step], path: &str) -> Value {
        let mut settings = Map::new();
        for word in words {
            let below = self.below(steps, Step::Field((*word).to_owned()), &format!("{path}.{word}"));
            settings.insert(
                (*word).to_owned(),
                entry(words, word).map_or(below.clone(), |e| described(below, about(e))),
            );
        }
        json!({
            "type": "object", "minProperties": 1, "maxProperties": 1,
            "properties": settings, "additionalProperties": false,
        })
    }
}

/// One of several; a choice between choices is one choice.
fn either(choices: Vec<Value>) -> Value {
    let mut flat: Vec<Value> = Vec::new();
    for choice in choices {
        match choice {
            Value::Object(mut object) if object.len() == 1 && object.contains_key("anyOf") => {
                let inner = object.remove("anyOf");
                flat.extend(inner.as_ref().and_then(Value::as_array).into_iter().flatten().cloned());
            }
            other => flat.push(other),
        }
    }
    match flat.len() {
        1 => flat.remove(0),
        _ => json!({ "anyOf": flat }),
    }
}

/// The line of the catalogue of a word, as one of a family that has all of `words`.
fn entry(words: &[&str], word: &str) -> Option<&'static Entry> {
    let has = |entries: &[Entry], word: &str| word == OWN || entries.iter().any(|entry| entry.word == word);
    let (_, entries) = FAMILIES.iter().find(|(_, entries)| words.iter().all(|word| has(entries, word)))?;
    entries.iter().find(|entry| entry.word == word)
}

fn about(entry: &Entry) -> String {
    format!("{} ({})", entry.about, entry.source)
}

fn named_word(word: &str, entry: Option<&Entry>) -> Value {
    let named = json!({ "const": word });
    entry.map_or(named.clone(), |entry| described(named, about(entry)))
}

/// The schema with a description; beside a reference nothing else may stand.
fn described(mut value: Value, text: String) -> Value {
    if value.get("$ref").is_some() {
        value = json!({ "allOf": [value] });
    }
    if let Some(object) = value.as_object_mut() {
        object.insert("description".to_owned(), Value::String(text));
    }
    value
}

/// The schema of a setting with what the page says about it.
fn told(value: Value, meaning: Option<Meaning>, example: Option<&str>) -> Value {
    let Some(Meaning { about, default }) = meaning else { return value };
    let mut text = about;
    for (what, said) in [("Default", default.as_deref()), ("Example", example)] {
        text += &said.map_or(String::new(), |said| format!("\n{what}: {said}"));
    }
    let mut value = described(value, text);
    let plain = default.filter(|text| !text.contains([' ', ',']) && text != "none");
    let plain = plain.and_then(|text| serde_yaml::from_str::<Value>(&text).ok());
    if let (Some(object), Some(default)) = (value.as_object_mut(), plain) {
        object.insert("default".to_owned(), default);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_messages_know_is_in_the_schema() {
        let whole = schema();
        let missing: Vec<&str> = keys::KEYS
            .iter()
            .map(|(path, _)| *path)
            .filter(|path| super::super::explain::at(&whole, path).is_none())
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(super::super::explain::at(&whole, "workers.cuont").is_none());
    }
}
