//! JSON: an array of objects, such an array inside one object, or objects one after the other;
//! nested objects become dotted columns.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::ops::ControlFlow;
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer as _};
use serde_json::Deserializer;

use super::encoding::TextEncoding;
use super::json_node::{Node, Objects, Probe, Stop, Within};
use super::json_text::{JsonText, Progress};
use super::rows::Row;
use crate::error::{Error, Result};
use crate::files::source::SourceFile;
use crate::options::ReadOptions;

/// The most columns that a file may have. Objects that use ids as keys have as many as rows.
const KEYS_MAX: usize = 20_000;

/// How a JSON file is written.
#[derive(Clone, Debug)]
pub struct JsonFormat {
    pub encoding: TextEncoding,
    root: Root,
    /// The union of the keys of all objects, in order of appearance.
    pub keys: Vec<String>,
}

/// Where the objects are.
#[derive(Clone, Debug)]
enum Root {
    Array,
    /// In the array that these keys lead to.
    Within(Vec<String>),
    /// One after the other.
    Lines,
}

impl JsonFormat {
    /// Looks through the file for its objects and their keys.
    pub fn recognise(source: &SourceFile, head: &[u8], options: &ReadOptions) -> Result<Self> {
        let (encoding, text) = TextEncoding::recognise(head, options)?;
        let mut format = Self {
            encoding,
            root: Root::Array,
            keys: Vec::new(),
        };
        if !text.trim_ascii_start().starts_with(b"[") {
            format.root = format.find_array(source)?.map_or(Root::Lines, Root::Within);
        }
        format.keys = format.find_keys(source)?;
        Ok(format)
    }

    /// The way to the array of objects in a file of one object.
    fn find_array(&self, source: &SourceFile) -> Result<Option<Vec<String>>> {
        let mut deserializer = self.deserializer(source, &Rc::default())?;
        let mut probe = Probe::default();
        let parsed = probe.look(&mut deserializer);
        if parsed.is_err() || deserializer.end().is_err() {
            // Something follows, or it is broken, which its reading will say.
            return Ok(None);
        }
        match probe.arrays.as_slice() {
            [] => Ok(None),
            [_] if probe.is_response => Ok(None),
            [path] => Ok(Some(path.clone())),
            several => {
                let names: Vec<String> = several.iter().map(|path| path.join(".")).collect();
                Err(Error::question(format!(
                    "holds one object with several arrays in it: {}",
                    names.join(", ")
                ))
                .at(source.path().display())
                .with_hint(format!(
                    "import the one with the responses, such as: jq '.{}' FILE > responses.json",
                    names[0]
                )))
            }
        }
    }

    fn find_keys(&self, source: &SourceFile) -> Result<Vec<String>> {
        let mut keys: Vec<String> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        let mut objects = 0;
        let mut inner_array = None;
        self.for_each_object(source, &mut |object, _| {
            inner_array = inner_array.take().or_else(|| object.array_of_objects());
            object.flatten("", &mut |key, _| {
                if !known.contains(key) {
                    known.insert(key.to_owned());
                    keys.push(key.to_owned());
                }
            });
            objects += 1;
            if keys.len() > KEYS_MAX {
                return Err(Error::invalid(format!(
                    "has more than {KEYS_MAX} different keys in its first {objects} objects"
                ))
                .at(source.path().display())
                .with_hint("make an array of objects that have the same keys"));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let place = source.path().display();
        if let (1, Some(key)) = (objects, inner_array) {
            return Err(Error::question(format!(
                "holds one object; the responses seem to be in its array \"{key}\""
            ))
            .at(place)
            .with_hint(format!(
                "import the array alone, such as: jq '.{key}' FILE > responses.json"
            )));
        }
        if keys.is_empty() {
            return Err(Error::invalid("holds no JSON object with a value in it")
                .at(place)
                .with_hint("the file must be a JSON array of objects, or one object a line"));
        }
        Ok(keys)
    }

    /// Calls `each` with every object as a row until it breaks.
    pub fn read(
        &self,
        source: &SourceFile,
        each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let positions: HashMap<&str, usize> = self
            .keys
            .iter()
            .enumerate()
            .map(|(index, name)| (name.as_str(), index))
            .collect();
        let mut number = 0;
        let mut before = Progress::default();
        self.for_each_object(source, &mut |object, progress| {
            number += 1;
            let mut row = Row {
                number,
                cells: vec![Cow::Borrowed(""); self.keys.len()],
                narrow_cells: progress.narrow - before.narrow,
                replaced: progress.replaced - before.replaced,
                ..Row::default()
            };
            before = progress;
            let mut seen = vec![false; self.keys.len()];
            object.flatten("", &mut |key, value| {
                // The keys are those of all objects of the file.
                let Some(&index) = positions.get(key) else {
                    return;
                };
                let text = value.text();
                if seen[index] && row.cells[index] != text {
                    row.problem = Some(format!("the object has the key \"{key}\" twice"));
                }
                seen[index] = true;
                row.cells[index] = text.into();
            });
            each(&row)
        })
    }

    fn deserializer(
        &self,
        source: &SourceFile,
        progress: &Rc<Cell<Progress>>,
    ) -> Result<Deserializer<serde_json::de::IoRead<JsonText<impl Read + use<>>>>> {
        let text = self.encoding.reader(source.open()?, false);
        let text = JsonText::new(text, self.encoding.clone(), Rc::clone(progress));
        Ok(Deserializer::from_reader(text))
    }

    /// Streams the objects of the file; the file is never held as a whole.
    fn for_each_object(
        &self,
        source: &SourceFile,
        each: &mut dyn FnMut(&Node, Progress) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let progress = Rc::default();
        let mut deserializer = self.deserializer(source, &progress)?;
        let mut outcome = Ok(ControlFlow::Continue(()));
        let mut seen = 0_u64;
        let mut take = |node: Node| {
            seen += 1;
            if !matches!(node, Node::Object(_)) {
                return Err(Stop::NotAnObject(seen));
            }
            outcome = each(&node, progress.get());
            match &outcome {
                Ok(ControlFlow::Continue(())) => Ok(()),
                _ => Err(Stop::Enough),
            }
        };
        let parsed = match &self.root {
            Root::Array => deserializer
                .deserialize_seq(Objects(&mut take))
                .and_then(|()| deserializer.end()),
            Root::Within(path) => Within {
                path,
                take: &mut take,
            }
            .deserialize(&mut deserializer)
            .and_then(|()| deserializer.end()),
            Root::Lines => deserializer
                .into_iter::<Node>()
                .try_for_each(|node| take(node?).map_err(serde::de::Error::custom)),
        };
        // What the callback said goes before what the parser made of being stopped.
        if outcome?.is_break() {
            return Ok(());
        }
        parsed.map_err(|error| {
            if error.is_io() {
                return source.read_error(error.into());
            }
            let message = error.to_string();
            let what = message.split(" at line ").next().unwrap_or(&message);
            let Progress { line, column, .. } = progress.get();
            let after = match seen {
                0 => String::new(),
                seen => format!(", after object {seen}"),
            };
            Error::invalid(format!("{what} at line {line} column {column}{after}"))
                .at(source.path().display())
                .with_hint("the file must be a JSON array of objects, or one object a line")
        })
    }
}
