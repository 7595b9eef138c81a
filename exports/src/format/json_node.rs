//! The values of JSON, and ways to those that are responses.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};

use super::json_text::NUMBER;
use crate::columns::field::Field;
use crate::columns::headers::fold;

/// A value, with numbers as they are written and with the keys of objects as often as they stand
/// there.
#[derive(Debug)]
pub enum Node {
    Null,
    Boolean(bool),
    Number(String),
    Text(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Node {
    /// Visits the values of an object that are no objects, under their dotted names.
    /// So are answers in an array, under the names of their questions.
    pub fn flatten(&self, prefix: &str, visit: &mut dyn FnMut(&str, &Self)) {
        let Self::Object(fields) = self else {
            return;
        };
        for (key, value) in fields {
            let name = match prefix {
                "" => Cow::Borrowed(key.as_str()),
                prefix => Cow::Owned(format!("{prefix}.{key}")),
            };
            match value {
                Self::Object(_) => value.flatten(&name, visit),
                Self::Array(items) => match answers(items) {
                    Some(answers) => {
                        for (question, answer) in &answers {
                            visit(&format!("{name}.{question}"), answer);
                        }
                    }
                    None => visit(&name, value),
                },
                other => visit(&name, other),
            }
        }
    }

    /// The value that a dotted name leads to.
    fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, key| match node {
            Self::Object(fields) => {
                let field = fields.iter().find(|(name, _)| name == key)?;
                Some(&field.1)
            }
            _ => None,
        })
    }

    /// The dotted name of the first array with objects in it.
    pub fn array_of_objects(&self) -> Option<String> {
        let Self::Object(fields) = self else {
            return None;
        };
        fields.iter().find_map(|(key, value)| match value {
            Self::Array(items) => {
                matches!(items.first(), Some(Self::Object(_))).then(|| key.clone())
            }
            inner => Some(format!("{key}.{}", inner.array_of_objects()?)),
        })
    }

    /// The text of a cell: lists of plain values with commas between them, other ones as JSON.
    pub fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Number(text) | Self::Text(text) => text.clone(),
            Self::Array(items)
                if items
                    .iter()
                    .all(|item| !matches!(item, Self::Array(_) | Self::Object(_))) =>
            {
                let texts: Vec<String> = items.iter().map(Self::text).collect();
                texts.join(", ")
            }
            other => other.to_string(),
        }
    }
}

/// Where an answer says what was asked, the best first.
const QUESTIONS: [&str; 14] = [
    "question_text",
    "question.text",
    "question_title",
    "question.title",
    "questionText",
    "question",
    "field.title",
    "field.ref",
    "question_id",
    "questionId",
    "question.id",
    "field.id",
    "title",
    "key",
];

/// Where it says what was answered.
const VALUES: [&str; 16] = [
    "value",
    "answer",
    "answer_value",
    "answer_text",
    "number",
    "text",
    "score",
    "response",
    "boolean",
    "choice.label",
    "choices.labels",
    "date",
    "email",
    "phone_number",
    "url",
    "file_url",
];

/// The items of an array as answers with their questions, where each item is one.
fn answers(items: &[Node]) -> Option<Vec<(String, &Node)>> {
    let mut answers: Vec<(String, &Node)> = Vec::with_capacity(items.len());
    for item in items {
        let question = QUESTIONS.iter().find_map(|path| match item.at(path)? {
            Node::Text(text) | Node::Number(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        })?;
        let value = VALUES.iter().find_map(|path| item.at(path))?;
        if matches!(value, Node::Object(_)) {
            return None;
        }
        // The rows of a matrix have one question.
        let mut name = question.clone();
        let mut copy = 2;
        while answers.iter().any(|(other, _)| *other == name) {
            name = format!("{question} {copy}");
            copy += 1;
        }
        answers.push((name, value));
    }
    (!answers.is_empty()).then_some(answers)
}

impl fmt::Display for Node {
    /// As JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(text) => f.write_str(text),
            Self::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { '[' } else { ',' })?;
                }
                f.write_str(if items.is_empty() { "[]" } else { "]" })
            }
            Self::Object(fields) => {
                for (index, (key, value)) in fields.iter().enumerate() {
                    let open = if index == 0 { '{' } else { ',' };
                    write!(f, "{open}{}:{value}", serde_json::Value::from(key.as_str()))?;
                }
                f.write_str(if fields.is_empty() { "{}" } else { "}" })
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Boolean(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(match text.strip_prefix(NUMBER) {
            Some(number) => Node::Number(number.to_owned()),
            None => Node::Text(text.to_owned()),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(item) = items.next_element()? {
            nodes.push(item);
        }
        Ok(Node::Array(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = entries.next_entry()? {
            fields.push(field);
        }
        Ok(Node::Object(fields))
    }
}

/// Why the objects of a file are not read on.
pub enum Stop {
    Enough,
    /// The item at this place, from 1.
    NotAnObject(u64),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enough => f.write_str("stopped"),
            Self::NotAnObject(place) => write!(f, "item {place} is not an object"),
        }
    }
}

type Take<'a> = dyn FnMut(Node) -> Result<(), Stop> + 'a;

/// Streams the items of an array.
pub struct Objects<'a, 'f>(pub &'a mut Take<'f>);

impl<'de> Visitor<'de> for Objects<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(node) = items.next_element()? {
            // An error is the way out of a visitor also where the rest is just not wanted.
            (self.0)(node).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Objects<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

/// Streams the items of the array that a path of keys leads to.
pub struct Within<'a, 'f> {
    pub path: &'a [String],
    pub take: &'a mut Take<'f>,
}

impl<'de> DeserializeSeed<'de> for Within<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.path {
            [] => Objects(self.take).deserialize(deserializer),
            _ => deserializer.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for Within<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            if self.path.first() == Some(&key) {
                entries.next_value_seed(Within {
                    path: &self.path[1..],
                    take: &mut *self.take,
                })?;
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// How deep the array of responses may be.
const DEPTH_MAX: usize = 4;

/// Looks for arrays of objects in an object, and holds nothing of them.
#[derive(Debug, Default)]
pub struct Probe {
    /// The keys that lead to each.
    pub arrays: Vec<Vec<String>>,
    /// Its own values are those of a response, so that the array belongs to that.
    pub is_response: bool,
}

impl Probe {
    pub fn look<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        let look = Look {
            probe: self,
            path: &mut Vec::new(),
        };
        look.deserialize(deserializer).map(|_| ())
    }
}

struct Look<'a> {
    probe: &'a mut Probe,
    path: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    /// Whether it is an object.
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
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
        let mut nothing = Probe::default();
        let first = items.next_element_seed(Look {
            probe: &mut nothing,
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
            entries.next_value_seed(Look {
                probe: &mut *self.probe,
                path: &mut *self.path,
            })?;
            self.path.pop();
        }
        Ok(true)
    }
}
