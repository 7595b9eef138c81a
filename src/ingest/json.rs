//! JSON: an array of objects, or objects one after the other; nested ones become dotted columns.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::io::BufReader;
use std::ops::ControlFlow;

use encoding_rs_io::DecodeReaderBytesBuilder;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::rows::Row;
use super::source::SourceFile;
use crate::error::{Error, Result};

/// The union of the keys of all objects, in order of appearance.
pub(super) fn header(source: &SourceFile, array: bool) -> Result<Vec<String>> {
    let mut header: Vec<String> = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    let mut objects = 0;
    let mut inner_array = None;
    for_each_object(source, array, &mut |object| {
        flatten(object, "", &mut |key, value| {
            if known.insert(key.to_owned()) {
                header.push(key.to_owned());
            }
            let holds_objects = matches!(value, Value::Array(items)
                if items.first().is_some_and(Value::is_object));
            if holds_objects {
                inner_array.get_or_insert_with(|| key.to_owned());
            }
        });
        objects += 1;
        Ok(ControlFlow::Continue(()))
    })?;
    let place = source.path().display();
    if let (1, Some(key)) = (objects, inner_array) {
        return Err(Error::question(format!(
            "{place}: holds one object; the responses seem to be in its array \"{key}\""
        ))
        .with_hint(format!(
            "import the array alone, such as: jq '.{key}' FILE > responses.json"
        )));
    }
    if header.is_empty() {
        return Err(Error::invalid(format!(
            "{place}: holds no JSON object with a value in it"
        )));
    }
    Ok(header)
}

/// Calls `each` with every object as a row until it breaks.
pub(super) fn read(
    source: &SourceFile,
    array: bool,
    header: &[String],
    each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let positions: HashMap<&str, usize> = header
        .iter()
        .enumerate()
        .map(|(index, name)| (name.as_str(), index))
        .collect();
    let mut number = 0;
    for_each_object(source, array, &mut |object| {
        number += 1;
        let mut cells = vec![Cow::Borrowed(""); header.len()];
        flatten(object, "", &mut |key, value| {
            // The header is made of all keys of the file.
            if let Some(&index) = positions.get(key) {
                cells[index] = Cow::Owned(text(value));
            }
        });
        each(&Row {
            number,
            cells,
            narrow_cells: 0,
            problem: None,
        })
    })
}

/// Visits the scalar values of an object under their dotted names.
fn flatten(object: &Map<String, Value>, prefix: &str, visit: &mut dyn FnMut(&str, &Value)) {
    for (key, value) in object {
        let name = if prefix.is_empty() {
            Cow::Borrowed(key.as_str())
        } else {
            Cow::Owned(format!("{prefix}.{key}"))
        };
        match value {
            Value::Object(inner) => flatten(inner, &name, visit),
            other => visit(&name, other),
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

type EachObject<'a> = dyn FnMut(&Map<String, Value>) -> Result<ControlFlow<()>> + 'a;

/// Streams the objects of the file; the file is never held as a whole.
fn for_each_object(source: &SourceFile, array: bool, each: &mut EachObject<'_>) -> Result<()> {
    let decoded = DecodeReaderBytesBuilder::new()
        .bom_override(true)
        .strip_bom(true)
        .build(source.open()?);
    let reader = BufReader::with_capacity(1 << 18, decoded);
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let mut state = State {
        each,
        seen: 0,
        outcome: Ok(ControlFlow::Continue(())),
    };
    let parsed = if array {
        deserializer
            .deserialize_seq(&mut state)
            .and_then(|()| deserializer.end())
    } else {
        state.concatenated(deserializer)
    };
    // What the callback said goes before what the parser made of being stopped.
    if state.outcome?.is_break() {
        return Ok(());
    }
    parsed.map_err(|error| {
        if error.is_io() {
            return source.read_error(error.into());
        }
        Error::invalid(format!("{}: {error}", source.path().display()))
            .with_hint("the file must be a JSON array of objects, or one object a line")
    })
}

struct State<'a, 'f> {
    each: &'a mut EachObject<'f>,
    seen: u64,
    outcome: Result<ControlFlow<()>>,
}

impl State<'_, '_> {
    fn concatenated<R: std::io::Read>(
        &mut self,
        deserializer: serde_json::Deserializer<serde_json::de::IoRead<R>>,
    ) -> serde_json::Result<()> {
        for value in deserializer.into_iter::<Value>() {
            if self.take(value?)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn take<E: serde::de::Error>(&mut self, value: Value) -> Result<ControlFlow<()>, E> {
        self.seen += 1;
        let Value::Object(object) = value else {
            return Err(E::custom(format!("item {} is not an object", self.seen)));
        };
        self.outcome = (self.each)(&object);
        match &self.outcome {
            Ok(flow) => Ok(*flow),
            Err(_) => Err(E::custom("stopped")),
        }
    }
}

impl<'de> Visitor<'de> for &mut State<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(value) = items.next_element::<Value>()? {
            if self.take::<A::Error>(value)?.is_break() {
                // The rest of the array is not wanted; an error is the way out of a visitor.
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
