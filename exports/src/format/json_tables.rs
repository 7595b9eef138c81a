//! Tables in JSON that are objects: rows by their id, as in `{"a1": {"nps": 9}, "a2": {"nps": 3}}`, or
//! columns of cells by the name of their row, as in `{"nps": {"0": 9, "1": 3}}`.

use std::collections::HashMap;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::json_node::{Node, Sink};
use crate::columns::field::Field;
use crate::columns::headers::fold;

/// Maximum depth of the table.
const DEPTH_MAX: usize = 4;

/// Keys of an object that it is compared by.
const KEYS_MAX: usize = 64;

/// Least number of rows whose ids alone make a table.
const ROWS_MIN: usize = 3;

/// Limit on the cells of columns, which are held in memory.
const CELLS_MAX: usize = 2_000_000;

/// A table that is an object.
#[derive(Clone, Debug)]
pub struct ObjectTable {
    /// The path of keys to it.
    pub path: Vec<String>,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An object for each row, and the name for the column of their keys if these are ids.
    Rows(Option<String>),
    /// An object for each column.
    Columns,
}

/// Searches an object for one whose values are all objects with the same keys.
#[derive(Default)]
pub struct TableProbe {
    path: Vec<String>,
    /// The outermost of these objects, at most two.
    found: Vec<Alike>,
    /// `true` if the root has values of a response.
    is_response: bool,
}

/// An object whose values are objects with the same keys.
struct Alike {
    path: Vec<String>,
    names: Vec<String>,
    keys: Vec<String>,
}

impl TableProbe {
    /// The only table of the file, given the paths of its arrays.
    pub fn find<'de, D: Deserializer<'de>>(
        deserializer: D,
        arrays: &[Vec<String>],
    ) -> Result<Option<ObjectTable>, D::Error> {
        let mut probe = Self::default();
        probe.search(deserializer)?;
        let [only] = probe.found.as_slice() else {
            return Ok(None);
        };
        let is_inside = |array: &Vec<String>| array.starts_with(&only.path);
        let is_part = probe.is_response && !only.path.is_empty();
        let kind = only
            .kind()
            .filter(|_| !is_part && arrays.iter().all(is_inside));
        let path = only.path.clone();
        Ok(kind.map(|kind| ObjectTable { path, kind }))
    }

    fn search<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(Search(self)).map(|_| ())
    }
}

impl Alike {
    /// `None` if the object may be something else than a table.
    fn kind(&self) -> Option<Kind> {
        let has_score = |names: &[String]| {
            let mut names = names.iter();
            names.any(|name| Field::Score.rank(&fold(name)).is_some())
        };
        let has_digit = |name: &String| name.contains(|c: char| c.is_ascii_digit());
        let is_number = |name: &String| name.parse::<u64>().is_ok();
        let are_ids = self.names.len() >= ROWS_MIN && self.names.iter().all(has_digit);
        match (has_score(&self.names), has_score(&self.keys)) {
            (true, false) => Some(Kind::Columns),
            (false, has_score) if has_score || (are_ids && !self.keys.iter().all(is_number)) => {
                // Numbers only count the rows.
                let are_numbers = self.names.iter().all(is_number);
                let is_taken = self.keys.iter().any(|key| key == "id");
                let name = if is_taken { "key" } else { "id" };
                Some(Kind::Rows((!are_numbers).then(|| name.to_owned())))
            }
            _ => None,
        }
    }
}

struct Search<'a>(&'a mut TableProbe);

impl<'de> DeserializeSeed<'de> for Search<'_> {
    /// The first keys of an object.
    type Value = Option<Vec<String>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = Option<Vec<String>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        if let [key] = self.0.path.as_slice() {
            let folded = fold(key);
            let mut fields = Field::ALL.iter();
            self.0.is_response |= fields.any(|field| field.rank(&folded).is_some());
        }
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let probe = self.0;
        let mut names = Vec::new();
        let mut keys: Option<Vec<String>> = None;
        let (mut count, mut are_alike) = (0, true);
        while let Some(name) = entries.next_key::<String>()? {
            count += 1;
            if names.len() < KEYS_MAX {
                names.push(name.clone());
            }
            if probe.path.len() == DEPTH_MAX {
                entries.next_value::<IgnoredAny>()?;
                are_alike = false;
                continue;
            }
            probe.path.push(name);
            let inner = entries.next_value_seed(Search(&mut *probe))?;
            probe.path.pop();
            are_alike &= match (&keys, &inner) {
                (_, None) => false,
                (None, Some(_)) => true,
                // Databases leave out what is null.
                (Some(keys), Some(inner)) => {
                    let shared = inner.iter().filter(|key| keys.contains(key)).count();
                    shared * 2 >= inner.len().min(keys.len())
                }
            };
            keys = keys.or(inner);
        }
        let depth = probe.path.len();
        if let Some(keys) = keys.filter(|_| are_alike && count > 1) {
            probe.found.retain(|other| other.path.len() <= depth);
            let is_outermost = probe.found.iter().all(|other| other.path.len() == depth);
            if is_outermost && probe.found.len() < 2 {
                let (path, names) = (probe.path.clone(), names.clone());
                probe.found.push(Alike { path, names, keys });
            }
        }
        Ok(Some(names))
    }
}

/// Streams the rows of an object with an object for each.
pub struct Rows<'a, 'f> {
    /// The name for the column of the keys.
    pub name: Option<&'a str>,
    pub sink: &'a mut Sink<'f>,
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some((key, mut node)) = entries.next_entry::<String, Node>()? {
            if let (Some(name), Node::Object(fields)) = (self.name, &mut node) {
                fields.insert(0, (name.to_owned(), Node::Text(key)));
            }
            (self.sink)(node).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// Passes on the rows of an object with an object for each column.
pub struct Columns<'a, 'f>(pub &'a mut Sink<'f>);

impl<'de> Visitor<'de> for Columns<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut rows: Vec<Vec<(String, Node)>> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut cells = 0;
        while let Some((name, column)) = entries.next_entry::<String, Node>()? {
            let Node::Object(column) = column else {
                return Err(A::Error::custom(format!("\"{name}\" is not an object")));
            };
            cells += column.len();
            if cells > CELLS_MAX {
                return Err(A::Error::custom(format!(
                    "the columns have more than {CELLS_MAX} cells: write an object for each row"
                )));
            }
            for (key, cell) in column {
                let place = *places.entry(key).or_insert(rows.len());
                if place == rows.len() {
                    rows.push(Vec::new());
                }
                rows[place].push((name.clone(), cell));
            }
        }
        let are_numbers = places.keys().all(|key| key.parse::<u64>().is_ok());
        // Numbers only count the rows.
        if !are_numbers {
            for (key, place) in places {
                rows[place].insert(0, ("index".to_owned(), Node::Text(key)));
            }
        }
        for row in rows {
            (self.0)(Node::Object(row)).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}
