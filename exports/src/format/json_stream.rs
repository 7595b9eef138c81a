//! Streams the items of a JSON array, and finds the arrays of objects in a file.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::json_node::Sink;
use super::json_tables::{Columns, Kind, Rows};
use crate::columns::field::Field;
use crate::columns::headers::fold;

/// Streams the items of an array.
pub struct Objects<'a, 'f>(pub &'a mut Sink<'f>);

impl<'de> Visitor<'de> for Objects<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(node) = items.next_element()? {
            // Only an error stops a visitor.
            (self.0)(node).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// Streams the items of the array, or the rows of the table, at a path of keys.
pub struct At<'a, 'f> {
    pub path: &'a [String],
    /// `None` for an array.
    pub kind: Option<&'a Kind>,
    pub sink: &'a mut Sink<'f>,
}

impl<'de> DeserializeSeed<'de> for At<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if !self.path.is_empty() {
            return deserializer.deserialize_map(self);
        }
        match self.kind {
            None => deserializer.deserialize_seq(Objects(self.sink)),
            Some(Kind::Rows(name)) => deserializer.deserialize_map(Rows {
                name: name.as_deref(),
                sink: self.sink,
            }),
            Some(Kind::Columns) => deserializer.deserialize_map(Columns(self.sink)),
        }
    }
}

impl<'de> Visitor<'de> for At<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            if self.path.first() == Some(&key) {
                entries.next_value_seed(At {
                    path: &self.path[1..],
                    kind: self.kind,
                    sink: &mut *self.sink,
                })?;
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Maximum depth of the array of responses.
const DEPTH_MAX: usize = 4;

/// Searches an object for arrays of objects, without keeping their content.
#[derive(Debug, Default)]
pub struct Probe {
    /// The path of keys to each array.
    pub arrays: Vec<Vec<String>>,
    /// `true` if the object itself has values of a response, to which the array then belongs.
    pub is_response: bool,
}

impl Probe {
    pub fn search<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        let search = Search {
            probe: self,
            path: &mut Vec::new(),
        };
        search.deserialize(deserializer).map(|_| ())
    }
}

struct Search<'a> {
    probe: &'a mut Probe,
    path: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Search<'_> {
    /// `true` if the value is an object.
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E>(self, _: &str) -> Result<bool, E> {
        let folded = self.path.last().map(|key| fold(key)).unwrap_or_default();
        self.probe.is_response |= [Field::Score, Field::Comment, Field::Respondent]
            .iter()
            .any(|field| field.rank(&folded).is_some());
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
        let first = items.next_element_seed(Search {
            probe: &mut Probe::default(),
            path: &mut Vec::new(),
        })?;
        if first == Some(true) {
            self.probe.arrays.push(self.path.clone());
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<bool, A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            if self.path.len() == DEPTH_MAX {
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            self.path.push(key);
            entries.next_value_seed(Search {
                probe: &mut *self.probe,
                path: &mut *self.path,
            })?;
            self.path.pop();
        }
        Ok(true)
    }
}
