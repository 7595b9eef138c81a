//! `voxql ingest --explain`: the evidence for the column of each field.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::ingest::{ColumnEvidence, Explanation, FieldEvidence, Input};

/// The evidence as lines of text, the points of each sign before it.
pub(super) fn text(input: &Input, explanation: &Explanation) -> String {
    let mut text = format!("{input}  {}", explanation.profile);
    for field in &explanation.fields {
        let column = match &field.column {
            Some(column) => heading(column),
            None => "no column".to_owned(),
        };
        let close = if field.is_close {
            " (too close to choose)"
        } else {
            ""
        };
        // Writing to a string does not fail.
        let _ = write!(text, "\n  {:<12} {column}{close}", field.field.name());
        if let Some(column) = &field.column {
            signs(&mut text, column);
        }
        if let Some(column) = &field.runner_up {
            let _ = write!(text, "\n    next       {}", heading(column));
            signs(&mut text, column);
        }
    }
    text
}

fn heading(column: &ColumnEvidence) -> String {
    if column.signs.is_empty() {
        format!("\"{}\" by an option", column.header)
    } else {
        format!("\"{}\" {}", column.header, column.total)
    }
}

fn signs(text: &mut String, column: &ColumnEvidence) {
    for (sign, points) in &column.signs {
        let _ = write!(text, "\n               {points:>+5} {sign}");
    }
}

/// The evidence as JSON.
pub(super) fn json(input: &Input, explanation: &Explanation) -> Value {
    let column = |column: &ColumnEvidence| {
        let signs = column.signs.iter();
        let signs: Vec<Value> = signs
            .map(|(sign, points)| json!({"sign": sign, "points": points}))
            .collect();
        json!({"column": column.header, "total": column.total, "signs": signs})
    };
    let field = |field: &FieldEvidence| {
        json!({
            "field": field.field.name(),
            "best": field.column.as_ref().map(column),
            "next": field.runner_up.as_ref().map(column),
            "is_close": field.is_close,
        })
    };
    let fields: Vec<Value> = explanation.fields.iter().map(field).collect();
    json!({"file": input.to_string(), "profile": explanation.profile, "fields": fields})
}
