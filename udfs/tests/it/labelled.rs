//! Texts with labelled personal data, and measures of its redaction.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;

use datafusion_functions_nps::{Finding, Redactor, RowContext};
use serde_json::Value;

/// A text with the labels and ranges of its personal data.
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

#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) total: u32,
    pub(crate) count: u32,
}

impl Share {
    fn add(&mut self, is_counted: bool) {
        self.total += 1;
        self.count += u32::from(is_counted);
    }

    /// Returns the share, 1 if the total is zero.
    pub(crate) fn ratio(self) -> f64 {
        if self.total == 0 {
            1.0
        } else {
            f64::from(self.count) / f64::from(self.total)
        }
    }
}

/// The share of labelled data that is hidden, and of replacements that are right.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// By label: spans with every letter and digit hidden.
    pub(crate) hidden: BTreeMap<String, Share>,
    /// By token: replacements with more than half of their characters personal.
    pub(crate) right: BTreeMap<&'static str, Share>,
    /// Unchanged texts without personal data.
    pub(crate) kept: Share,
    /// Missed spans, and wrong replacements.
    pub(crate) mistakes: Vec<String>,
}

impl Measured {
    pub(crate) fn total_hidden(&self) -> Share {
        sum(self.hidden.values())
    }

    pub(crate) fn total_right(&self) -> Share {
        sum(self.right.values())
    }
}

pub(crate) fn sum<'s>(shares: impl Iterator<Item = &'s Share>) -> Share {
    shares.fold(Share::default(), |sum, share| Share {
        total: sum.total + share.total,
        count: sum.count + share.count,
    })
}

/// Reads JSON in the format of Microsoft's presidio-research, or JSON lines with marks in the text.
pub(crate) fn read(file: &str) -> Result<Vec<Labelled>, Box<dyn Error>> {
    if file.starts_with('[') {
        let texts: Vec<Value> = serde_json::from_str(file)?;
        return texts
            .iter()
            .map(|text| from_presidio(text).ok_or("invalid labelled text".into()))
            .collect();
    }
    file.lines()
        .map(|line| from_marked(&serde_json::from_str(line)?))
        .collect()
}

fn from_presidio(labelled: &Value) -> Option<Labelled> {
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

fn from_marked(labelled: &Value) -> Result<Labelled, Box<dyn Error>> {
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
                let mistake = format!("missed {label} {:?} in {text:?}", &text[range.clone()]);
                measured.mistakes.push(mistake);
            }
        }
        for Finding { data, range } in &findings {
            let (covered, of) = covered(text, range, marked.clone());
            let share = measured.right.entry(data.token()).or_default();
            share.add(2 * covered > of);
            if 2 * covered <= of {
                let mistake = format!("wrong {data} {:?} in {text:?}", &text[range.clone()]);
                measured.mistakes.push(mistake);
            }
        }
        if spans.is_empty() {
            measured.kept.add(findings.is_empty());
        }
    }
    measured
}

/// Counts the letters and digits of a span that are in any of the `ranges`, and all of them.
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
