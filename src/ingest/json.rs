//! JSON: an array of objects, or objects one after the other; nested ones become dotted columns.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io::BufReader;
use std::ops::ControlFlow;

use encoding_rs_io::DecodeReaderBytesBuilder;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::rows::Row;
use super::source::SourceFile;
use crate::error::{Error, Result};

/// Objects that the header is made of; keys that first appear behind them are reported as
/// dropped.
const HEADER_OBJECTS: usize = 10_000;

/// The union of the keys of the first objects, in order of appearance.
pub(super) fn header(source: &SourceFile, array: bool) -> Result<Vec<String>> {
    let mut header: Vec<String> = Vec::new();
    let mut known: HashMap<String, ()> = HashMap::new();
    let mut objects = 0;
    for_each_object(source, array, &mut |object| {
        flatten(object, "", &mut |key, _| {
            if known.insert(key.to_owned(), ()).is_none() {
                header.push(key.to_owned());
            }
        });
        objects += 1;
        Ok(if objects < HEADER_OBJECTS {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    })?;
    if header.is_empty() {
        return Err(Error::invalid(format!(
            "{}: holds no JSON object with a value in it",
            source.path().display()
        )));
    }
    Ok(header)
}

/// Calls `each` with every object as a row until it breaks. Returns the keys that the header
/// does not have.
pub(super) fn read(
    source: &SourceFile,
    array: bool,
    header: &[String],
    each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
) -> Result<Vec<String>> {
    let positions: HashMap<&str, usize> = header
        .iter()
        .enumerate()
        .map(|(index, name)| (name.as_str(), index))
        .collect();
    let mut unknown = Vec::new();
    let mut number = 0;
    for_each_object(source, array, &mut |object| {
        number += 1;
        let mut cells = vec![Cow::Borrowed(""); header.len()];
        flatten(object, "", &mut |key, value| match positions.get(key) {
            Some(&index) => cells[index] = Cow::Owned(text(value)),
            None if unknown.iter().any(|known| known == key) => {}
            None => unknown.push(key.to_owned()),
        });
        each(&Row {
            number,
            cells,
            problem: None,
        })
    })?;
    Ok(unknown)
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
