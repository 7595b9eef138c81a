//! JSON values, flattened to cells.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::json_text::NUMBER;
use crate::text::UniqueNames;

/// A JSON value that preserves the digits of numbers and repeated keys of objects.
#[derive(Debug)]
pub enum Node {
    Null,
    Boolean(bool),
    Number(String),
    Text(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// A callback for items, which stops the parser by an error.
pub type Sink<'a> = dyn FnMut(Node) -> Result<(), String> + 'a;

impl Node {
    /// Visits the values in an object under their dotted names, and answers in an array under the
    /// names of their questions.
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

    /// Returns the value with a dotted name.
    fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, key| match node {
            Self::Object(fields) => Some(&fields.iter().find(|(name, _)| name == key)?.1),
            _ => None,
        })
    }

    /// Returns the dotted name of the first array of objects.
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

    /// Returns the text of a cell: lists of scalars separated by commas, other lists as JSON.
    pub fn text(&self) -> String {
        let is_scalar = |item: &Self| !matches!(item, Self::Array(_) | Self::Object(_));
        match self {
            Self::Null => String::new(),
            Self::Number(text) | Self::Text(text) => text.clone(),
            Self::Array(items) if items.iter().all(is_scalar) => {
                items.iter().map(Self::text).collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        }
    }
}

/// Paths to the question of an answer, best first.
#[rustfmt::skip]
const QUESTIONS: [&str; 14] = [
    "question_text", "question.text", "question_title", "question.title", "questionText",
    "question", "field.title", "field.ref", "question_id", "questionId", "question.id", "field.id",
    "title", "key",
];

/// Paths to the value of an answer, best first.
#[rustfmt::skip]
const VALUES: [&str; 16] = [
    "value", "answer", "answer_value", "answer_text", "number", "text", "score", "response",
    "boolean", "choice.label", "choices.labels", "date", "email", "phone_number", "url", "file_url",
];

/// Returns the questions and answers in an array, if each of its items is an answer.
fn answers(items: &[Node]) -> Option<Vec<(String, &Node)>> {
    let mut answers: Vec<(String, &Node)> = Vec::with_capacity(items.len());
    let mut names = UniqueNames::default();
    for item in items {
        let question = QUESTIONS.iter().find_map(|path| match item.at(path)? {
            Node::Text(text) | Node::Number(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        })?;
        // An id says nothing of the question, its type does.
        let is_named = ["field.title", "question", "title"]
            .iter()
            .any(|path| item.at(path).is_some());
        let is_nps = matches!(item.at("field.type"), Some(Node::Text(kind)) if kind == "nps");
        let question = if is_nps && !is_named {
            Cow::Owned(format!("{question} (nps)"))
        } else {
            Cow::Borrowed(question.as_str())
        };
        let value = VALUES.iter().find_map(|path| item.at(path))?;
        if matches!(value, Node::Object(_)) {
            return None;
        }
        // The rows of a matrix share one question.
        answers.push((names.add(&question), value));
    }
    (!answers.is_empty()).then_some(answers)
}

impl fmt::Display for Node {
    /// Writes JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| serde_json::Value::from(text);
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => value.fmt(f),
            Self::Number(text) => f.write_str(text),
            Self::Text(text) => quoted(text).fmt(f),
            Self::Array(items) => {
                let items: Vec<String> = items.iter().map(Self::to_string).collect();
                write!(f, "[{}]", items.join(","))
            }
            Self::Object(fields) => {
                let fields = fields.iter();
                let fields: Vec<String> = fields
                    .map(|(key, value)| format!("{}:{value}", quoted(key)))
                    .collect();
                write!(f, "{{{}}}", fields.join(","))
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
