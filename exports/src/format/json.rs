//! JSON: an array of objects, alone or inside of one object, consecutive objects, or a table that is an
//! object; nested objects become dotted columns.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::ops::ControlFlow;
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer as _};
use serde_json::Deserializer;

use super::encoding::TextEncoding;
use super::given::JsonShape;
use super::json_node::Node;
use super::json_stream::{At, Objects, Probe};
use super::json_tables::{ObjectTable, TableProbe};
use super::json_text::{JsonText, Progress};
use super::rows::{EachRow, Row};
use crate::error::Result;
use crate::files::source::SourceFile;
use crate::options::ReadOptions;

/// Limit on columns. Objects with ids as keys have as many columns as rows.
const KEYS_MAX: usize = 20_000;

const EXPECTED: &str = "the file must be a JSON array of objects, or one object per line";

/// Structure and columns of a JSON file.
#[derive(Clone, Debug)]
pub struct JsonFormat {
    pub encoding: TextEncoding,
    root: Root,
    /// The union of the keys of all objects, in order of appearance.
    pub keys: Vec<String>,
}

/// The location of the objects.
#[derive(Clone, Debug)]
enum Root {
    Array,
    /// In the array at the path of these keys.
    Within(Vec<String>),
    /// In an object with one for each row or column.
    Table(ObjectTable),
    /// One after the other.
    Lines,
}

impl JsonFormat {
    /// Searches the file for its objects and their keys.
    pub fn recognise(source: &SourceFile, head: &[u8], options: &ReadOptions) -> Result<Self> {
        let (encoding, text) = TextEncoding::recognise(head, options)?;
        let mut format = Self {
            encoding,
            root: Root::Array,
            keys: Vec::new(),
        };
        if !text.trim_ascii_start().starts_with(b"[") {
            format.root = format.find_root(source)?;
        }
        format.keys = format.find_keys(source)?;
        Ok(format)
    }

    /// The arrangement of the objects, if it is a common one.
    pub fn shape(&self) -> Option<JsonShape> {
        match self.root {
            Root::Array => Some(JsonShape::Array),
            Root::Lines => Some(JsonShape::Lines),
            Root::Within(_) | Root::Table(_) => None,
        }
    }

    /// Searches for an array of objects or a table, if the file is one object.
    fn find_root(&self, source: &SourceFile) -> Result<Root> {
        let mut deserializer = self.deserializer(source, &Rc::default())?;
        let mut probe = Probe::default();
        let parsed = probe.search(&mut deserializer);
        if parsed.is_err() || deserializer.end().is_err() {
            // More objects follow, or reading will report what is broken.
            return Ok(Root::Lines);
        }
        if !matches!(probe.arrays.as_slice(), [path] if path.len() == 1) {
            let mut deserializer = self.deserializer(source, &Rc::default())?;
            if let Ok(Some(table)) = TableProbe::find(&mut deserializer, &probe.arrays) {
                return Ok(Root::Table(table));
            }
        }
        match probe.arrays.as_slice() {
            [] => Ok(Root::Lines),
            [_] if probe.is_response => Ok(Root::Lines),
            [path] => Ok(Root::Within(path.clone())),
            several => {
                let names: Vec<String> = several.iter().map(|path| path.join(".")).collect();
                let message = format!(
                    "contains an object with several arrays: {}",
                    names.join(", ")
                );
                Err(source.question(message).with_hint(format!(
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
                let message = format!(
                    "has more than {KEYS_MAX} different keys in its first {objects} objects"
                );
                return Err(source
                    .invalid(message)
                    .with_hint("convert it to an array of objects that have the same keys"));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if let (1, Some(key)) = (objects, inner_array) {
            let message =
                format!("contains one object; the responses seem to be in its array \"{key}\"");
            return Err(source.question(message).with_hint(format!(
                "import the array alone, such as: jq '.{key}' FILE > responses.json"
            )));
        }
        if keys.is_empty() {
            let error = source.invalid("contains no JSON object with a value");
            return Err(error.with_hint(EXPECTED));
        }
        Ok(keys)
    }

    /// Calls `each` with every object as a row until it breaks.
    pub fn read(&self, source: &SourceFile, each: &mut EachRow<'_>) -> Result<()> {
        let keys = self.keys.iter().map(String::as_str);
        let positions: HashMap<&str, usize> = keys.zip(0..).collect();
        let mut number = 0;
        let mut before = Progress::default();
        self.for_each_object(source, &mut |object, progress| {
            number += 1;
            let mut row = Row {
                number,
                cells: vec![Cow::Borrowed(""); self.keys.len()],
                non_utf8_cells: progress.non_utf8_strings - before.non_utf8_strings,
                replaced_chars: progress.replaced_chars - before.replaced_chars,
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

    /// Streams the objects of the file, so that memory stays bounded.
    fn for_each_object(
        &self,
        source: &SourceFile,
        each: &mut dyn FnMut(&Node, Progress) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let progress = Rc::default();
        let mut deserializer = self.deserializer(source, &progress)?;
        let mut outcome = Ok(ControlFlow::Continue(()));
        let mut seen = 0_u64;
        let mut sink = |node: Node| {
            seen += 1;
            if !matches!(node, Node::Object(_)) {
                return Err(format!("item {seen} is not an object"));
            }
            outcome = each(&node, progress.get());
            match &outcome {
                Ok(ControlFlow::Continue(())) => Ok(()),
                _ => Err("stopped".to_owned()),
            }
        };
        let parsed = match &self.root {
            Root::Array => deserializer
                .deserialize_seq(Objects(&mut sink))
                .and_then(|()| deserializer.end()),
            Root::Within(path) => At {
                path,
                kind: None,
                sink: &mut sink,
            }
            .deserialize(&mut deserializer)
            .and_then(|()| deserializer.end()),
            Root::Table(ObjectTable { path, kind }) => At {
                path,
                kind: Some(kind),
                sink: &mut sink,
            }
            .deserialize(&mut deserializer)
            .and_then(|()| deserializer.end()),
            Root::Lines => deserializer
                .into_iter::<Node>()
                .try_for_each(|node| sink(node?).map_err(serde::de::Error::custom)),
        };
        // The outcome takes precedence over the parser's error of being stopped.
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
            source
                .invalid(format!("{what} at line {line} column {column}{after}"))
                .with_hint(EXPECTED)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzzing::source;

    /// The keys and the rows of a file.
    fn table(text: &str) -> String {
        let source = source(text.as_bytes()).unwrap();
        let format = JsonFormat::recognise(&source, text.as_bytes(), &ReadOptions::default());
        let format = format.unwrap_or_else(|error| panic!("{text}: {error}"));
        let mut rows = vec![format.keys.join(",")];
        let read = format.read(&source, &mut |row| {
            rows.push(row.cells.join(","));
            Ok(ControlFlow::Continue(()))
        });
        read.unwrap();
        rows.join("|")
    }

    #[test]
    fn tables_that_are_objects_are_read() {
        for (text, expected) in [
            // Rows by their id, with a value left out, inside of an object, and with lists in them.
            (
                r#"{"-N1":{"nps":9,"why":"ok"},"-N2":{"nps":3}}"#,
                "id,nps,why|-N1,9,ok|-N2,3,",
            ),
            (
                r#"{"status":"ok","answers":{"a":{"id":7,"nps":9},"b":{"id":8,"nps":3}}}"#,
                "key,id,nps|a,7,9|b,8,3",
            ),
            (
                r#"{"a1":{"score":9,"tags":[{"x":1}]},"a2":{"score":3,"tags":[{"x":2}]}}"#,
                r#"id,score,tags|a1,9,[{"x":1}]|a2,3,[{"x":2}]"#,
            ),
            (
                r#"{"u1":{"form":{"nps":9}},"u2":{"form":{"nps":3}},"u3":{"form":{"nps":8}}}"#,
                "id,form.nps|u1,9|u2,3|u3,8",
            ),
            (
                r#"{"0":{"date":"2026-01-01","nps":9},"1":{"date":"2026-01-02","nps":3}}"#,
                "date,nps|2026-01-01,9|2026-01-02,3",
            ),
            // Columns.
            (
                r#"{"date":{"0":1767225600000,"1":1767312000000},"nps":{"0":9,"1":null}}"#,
                "date,nps|1767225600000,9|1767312000000,",
            ),
            (
                r#"{"nps":{"a":9,"b":3},"why":{"a":"ok","b":"so so"}}"#,
                "index,nps,why|a,9,ok|b,3,so so",
            ),
            // An array, and a single response.
            (
                r#"{"items":[{"nps":9},{"nps":3}],"users":{"a":{"x":1},"b":{"x":2}}}"#,
                "nps|9|3",
            ),
            (
                r#"{"id":7,"questions":{"a":{"score":9},"b":{"score":3}}}"#,
                "id,questions.a.score,questions.b.score|7,9,3",
            ),
            (
                r#"{"person":{"name":"A","id":1},"agent":{"name":"B","id":2}}"#,
                "person.name,person.id,agent.name,agent.id|A,1,B,2",
            ),
        ] {
            assert_eq!(table(text), expected, "{text}");
        }
    }
}
