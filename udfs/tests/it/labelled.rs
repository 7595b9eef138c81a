//! Texts in which personal data is marked, and how much of it is found.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;

use datafusion_functions_nps::{Finding, Redactor, RowContext};
use serde_json::Value;

/// A text, and the type and place of what is personal in it.
pub(crate) struct Labelled {
    text: String,
    country: Option<String>,
    spans: Vec<(String, Range<usize>)>,
}

impl Labelled {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// A part of a whole.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) of: u32,
    pub(crate) count: u32,
}

impl Share {
    fn add(&mut self, is_counted: bool) {
        self.of += 1;
        self.count += u32::from(is_counted);
    }

    /// 1 of nothing.
    pub(crate) fn ratio(self) -> f64 {
        match self.of {
            0 => 1.0,
            of => f64::from(self.count) / f64::from(of),
        }
    }
}

/// How much of what is marked is hidden, and how much of what is replaced is marked.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// By label: spans of which every letter and digit is hidden.
    pub(crate) hidden: BTreeMap<String, Share>,
    /// By token: replacements that are of something personal for more than half.
    pub(crate) right: BTreeMap<&'static str, Share>,
    /// Texts without personal data that are as they were.
    pub(crate) kept: Share,
    /// What was missed, and what was replaced in vain.
    pub(crate) mistakes: Vec<String>,
}

impl Measured {
    pub(crate) fn hidden_of_all(&self) -> Share {
        sum(self.hidden.values())
    }

    pub(crate) fn right_of_all(&self) -> Share {
        sum(self.right.values())
    }
}

fn sum<'s>(shares: impl Iterator<Item = &'s Share>) -> Share {
    shares.fold(Share::default(), |sum, share| Share {
        of: sum.of + share.of,
        count: sum.count + share.count,
    })
}

/// Reads JSON as Microsoft's presidio-research has it, or JSON lines with marks in the text.
pub(crate) fn read(file: &str) -> Result<Vec<Labelled>, Box<dyn Error>> {
    if file.starts_with('[') {
        let texts: Vec<Value> = serde_json::from_str(file)?;
        return texts
            .iter()
            .map(|text| of_presidio(text).ok_or("no labelled text".into()))
            .collect();
    }
    file.lines()
        .map(|line| of_marked(&serde_json::from_str(line)?))
        .collect()
}

fn of_presidio(labelled: &Value) -> Option<Labelled> {
    let text = labelled["full_text"].as_str()?.to_owned();
    // Offsets count characters.
    let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    starts.push(text.len());
    let position = |span: &Value, key| {
        let at = usize::try_from(span[key].as_u64()?).ok()?;
        starts.get(at).copied()
    };
    let spans = labelled["spans"].as_array()?.iter().map(|span| {
        let range = position(span, "start_position")?..position(span, "end_position")?;
        Some((span["entity_type"].as_str()?.to_owned(), range))
    });
    Some(Labelled {
        spans: spans.collect::<Option<_>>()?,
        text,
        country: None,
    })
}

fn of_marked(labelled: &Value) -> Result<Labelled, Box<dyn Error>> {
    let mut rest = labelled["text"].as_str().ok_or("no text")?;
    let (mut text, mut spans) = (String::new(), Vec::new());
    while let Some((before, marked)) = rest.split_once("{{") {
        let (marked, after) = marked.split_once("}}").ok_or("no end of a mark")?;
        let (label, value) = marked.split_once('|').ok_or("no type in a mark")?;
        text.push_str(before);
        spans.push((label.to_owned(), text.len()..text.len() + value.len()));
        text.push_str(value);
        rest = after;
    }
    text.push_str(rest);
    let country = labelled["country"].as_str().map(str::to_owned);
    Ok(Labelled {
        text,
        country,
        spans,
    })
}

pub(crate) fn measure(texts: &[Labelled]) -> Measured {
    let redactor = Redactor::new();
    let mut measured = Measured::default();
    for Labelled {
        text,
        country,
        spans,
    } in texts
    {
        let mut row = RowContext::new();
        if let Some(country) = country {
            row = row.with_country(country);
        }
        let findings = redactor.find(text, &row);
        let found = findings.iter().map(|found| &found.range);
        let marked = spans.iter().map(|(_, range)| range);
        for (label, range) in spans {
            let (covered, of) = covered(text, range, found.clone());
            let share = measured.hidden.entry(label.clone()).or_default();
            share.add(covered == of);
            if covered < of {
                let mistake = format!("missed {label} {:?} of {text:?}", &text[range.clone()]);
                measured.mistakes.push(mistake);
            }
        }
        for Finding { data, range } in &findings {
            let (covered, of) = covered(text, range, marked.clone());
            let share = measured.right.entry(data.token()).or_default();
            share.add(2 * covered > of);
            if 2 * covered <= of {
                let mistake = format!("in vain {data} {:?} of {text:?}", &text[range.clone()]);
                measured.mistakes.push(mistake);
            }
        }
        if spans.is_empty() {
            measured.kept.add(findings.is_empty());
        }
    }
    measured
}

/// How many of the letters and digits of a span are in any of the `ranges`, and how many there are.
fn covered<'r>(
    text: &str,
    span: &Range<usize>,
    ranges: impl Iterator<Item = &'r Range<usize>> + Clone,
) -> (usize, usize) {
    let signs = text[span.clone()]
        .char_indices()
        .filter(|(_, c)| c.is_alphanumeric());
    let of = signs.clone().count();
    let covered = signs.filter(|(at, _)| {
        ranges
            .clone()
            .any(|range| range.contains(&(span.start + at)))
    });
    (covered.count(), of)
}
