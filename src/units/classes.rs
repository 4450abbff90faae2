//! Classes of workers: names for runs of worker numbers.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// Names and sizes of the classes of workers, in the order of their numbers: with `{ phones: 10, servers: 5 }` the workers 0 to
/// 9 are phones and 10 to 14 servers. Empty where workers have no classes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Classes(Vec<(String, u32)>);

impl Classes {
    /// Numbers of the first and the last worker of a class.
    #[must_use]
    pub fn range(&self, name: &str) -> Option<(u32, u32)> {
        let before =
            self.0.iter().take_while(|(class, _)| class != name).map(|(_, count)| count).sum::<u32>();
        let (_, count) = self.0.iter().find(|(class, _)| class == name)?;
        Some((before, before + count - 1))
    }

    /// The classes in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|(name, count)| (name.as_str(), *count))
    }

    /// Their names, for messages.
    #[must_use]
    pub fn names(&self) -> String {
        self.0.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// # Errors
    /// When there are classes, and they do not hold exactly `workers` workers.
    pub fn check(&self, workers: u32) -> Result<(), String> {
        let all = self.0.iter().map(|(_, count)| u64::from(*count)).sum::<u64>();
        if self.0.is_empty() || all == u64::from(workers) {
            return Ok(());
        }
        Err(format!("the classes hold {all} workers, and there are {workers}"))
    }
}

impl Serialize for Classes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, count)| (name, count)))
    }
}

impl<'de> Deserialize<'de> for Classes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Classes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a mapping from names to numbers of workers, for example { phones: 10, servers: 5 }",
                )
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Classes, A::Error> {
                let mut classes = Vec::new();
                while let Some((name, count)) = map.next_entry::<String, u32>()? {
                    let wrong = serde::de::Error::custom;
                    if !name.starts_with(|c: char| c.is_alphabetic()) || name == "all" {
                        return Err(wrong(format!(
                            "`{name}` names no class: begin it with a letter, and not `all`"
                        )));
                    }
                    if count == 0 {
                        return Err(wrong(format!("the class `{name}` has no worker; omit it")));
                    }
                    classes.push((name, count));
                }
                Ok(Classes(classes))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
