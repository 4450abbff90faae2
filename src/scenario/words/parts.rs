//! The items of a list and the settings of a mapping, one after the other.

use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, value::StrDeserializer};
use serde_yaml::Value;

use super::advice::no_key;
use super::{Fault, Spot};

pub(super) struct Items<'s, 'a> {
    pub spot: &'s Spot<'a>,
    pub items: &'a [Value],
    pub next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some(item) = self.items.get(self.next) else { return Ok(None) };
        let spot = self.spot.child(format!("[{}]", self.next), item);
        self.next += 1;
        seed.deserialize(spot).map(Some)
    }
}

pub(super) struct Entries<'s, 'a> {
    pub spot: &'s Spot<'a>,
    pub entries: Vec<(&'a Value, &'a Value)>,
    pub next: usize,
}

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((key, _)) = self.entries.get(self.next) else { return Ok(None) };
        let Value::String(key) = key else { return Err(no_key().at(&self.spot.path)) };
        let deserializer: StrDeserializer<'_, Fault> = key.as_str().into_deserializer();
        let mut path = self.spot.path.clone();
        path.push(key.clone());
        seed.deserialize(deserializer).map(Some).map_err(|fault| fault.at(&path))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (key, value) = self.entries[self.next];
        self.next += 1;
        let spot = self.spot.child(key.as_str().unwrap_or_default().to_owned(), value);
        let path = spot.path.clone();
        seed.deserialize(spot).map_err(|fault| fault.at(&path))
    }
}
