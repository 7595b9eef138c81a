//! How much of the personal data in labelled texts is redacted, and how much else: the tables of
//! the README.
//!
//! `cargo run --release --example redaction -p datafusion-functions-nps -- FILE...`
//!
//! A file is either JSON as Microsoft's presidio-research has it (`synth_dataset_v2.json`), a list
//! of `full_text` and `spans`, or JSON lines with a `text` in which `{{TYPE|…}}` is around what is
//! personal, and perhaps the respondent's `country`. Without a file it is `tests/comments.jsonl`.
//! With `--misses` it writes what was missed and what was redacted in vain, too.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{env, fs};

use datafusion_functions_nps::{Finding, Redactor, RowContext};
use serde_json::Value;

struct Labelled {
    text: String,
    country: Option<String>,
    spans: Vec<(String, Range<usize>)>,
}

#[derive(Default)]
struct Tally {
    spans: u32,
    whole: u32,
    mostly: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (options, mut files): (Vec<_>, Vec<_>) = env::args()
        .skip(1)
        .partition(|argument| argument.starts_with("--"));
    if files.is_empty() {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "comments.jsonl"]
            .iter()
            .collect();
        files.push(path.to_string_lossy().into_owned());
    }
    let with_misses = options.iter().any(|option| option == "--misses");
    for file in &files {
        let name = Path::new(file).file_name().unwrap_or_default();
        println!("\n{}\n", name.display());
        measure(&read(&fs::read_to_string(file)?)?, with_misses);
    }
    Ok(())
}

fn read(file: &str) -> Result<Vec<Labelled>, Box<dyn Error>> {
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

fn measure(texts: &[Labelled], with_misses: bool) {
    let redactor = Redactor::new();
    let mut by_label = BTreeMap::<&str, Tally>::new();
    let mut by_token = BTreeMap::<String, (u32, u32)>::new();
    let (mut clean, mut clean_kept) = (0_u32, 0_u32);
    for labelled in texts {
        let mut row = RowContext::new();
        if let Some(country) = &labelled.country {
            row = row.with_country(country);
        }
        let findings = redactor.find(&labelled.text, &row);
        for (label, range) in &labelled.spans {
            let (covered, of) = covered(
                &labelled.text,
                range,
                findings.iter().map(|found| &found.range),
            );
            let tally = by_label.entry(label).or_default();
            tally.spans += 1;
            tally.whole += u32::from(covered == of);
            tally.mostly += u32::from(2 * covered > of);
            if with_misses && covered < of {
                println!(
                    "missed {label} {:?} of {:?}",
                    &labelled.text[range.clone()],
                    labelled.text
                );
            }
        }
        for Finding { data, range } in &findings {
            let (covered, of) = covered(
                &labelled.text,
                range,
                labelled.spans.iter().map(|(_, range)| range),
            );
            let (replacements, right) = by_token.entry(data.token().to_owned()).or_default();
            *replacements += 1;
            *right += u32::from(2 * covered > of);
            if with_misses && 2 * covered <= of {
                println!(
                    "in vain {data} {:?} of {:?}",
                    &labelled.text[range.clone()],
                    labelled.text
                );
            }
        }
        if labelled.spans.is_empty() {
            clean += 1;
            clean_kept += u32::from(findings.is_empty());
        }
    }
    println!("| labelled as | spans | hidden in full | more than half |\n|---|---|---|---|");
    let mut all = Tally::default();
    for (label, tally) in &by_label {
        print_row(label, tally);
        all.spans += tally.spans;
        all.whole += tally.whole;
        all.mostly += tally.mostly;
    }
    print_row("all", &all);
    println!("\n| replaced by | times | rightly |\n|---|---|---|");
    let mut total = (0, 0);
    for (token, &(replacements, right)) in &by_token {
        println!(
            "| `{token}` | {replacements} | {} |",
            percentage(right, replacements)
        );
        total.0 += replacements;
        total.1 += right;
    }
    println!("| any | {} | {} |", total.0, percentage(total.1, total.0));
    println!(
        "\nOf {clean} texts without personal data {} are as they were.",
        percentage(clean_kept, clean)
    );
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

fn print_row(label: &str, tally: &Tally) {
    println!(
        "| {label} | {} | {} | {} |",
        tally.spans,
        percentage(tally.whole, tally.spans),
        percentage(tally.mostly, tally.spans)
    );
}

fn percentage(count: u32, of: u32) -> String {
    match of {
        0 => "–".to_owned(),
        of => format!("{:.1} %", 100.0 * f64::from(count) / f64::from(of)),
    }
}
