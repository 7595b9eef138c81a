//! Measures redaction on labelled texts, its recall, precision and speed: the tables in the README.
//!
//! `cargo run --release --example redaction -p datafusion-functions-nps -- [OPTION]... [FILE]...`
//!
//! A file is JSON in the format of Microsoft's presidio-research (`synth_dataset_v2.json`), a list of
//! `full_text` and `spans`, or JSON lines with a `text` that marks personal data as `{{TYPE|…}}` and
//! optionally the respondent's `country`. The default is `tests/comments.jsonl`.
//!
//! - `--misses` also prints missed and wrong redactions.
//! - `--speed` measures the speed by kind of text instead, with `tests/clean_comments.txt`, which
//!   contains nothing to redact, and with the files.
//! - `--write FILE` replaces the table between `<!-- redaction -->` and `<!-- /redaction -->` in a
//!   Markdown file, or with `--speed` between `<!-- redaction speed -->` and
//!   `<!-- /redaction speed -->`.

use std::error::Error;
use std::fmt::Write;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use datafusion_functions_nps::{PersonalData, Redactor, RowContext};

use self::labelled::{Labelled, Measured, Share, sum};

#[path = "../tests/it/labelled.rs"]
mod labelled;

/// The rows of the table: titles, labels, and types of replacements.
#[rustfmt::skip]
const ROWS: [(&str, &[&str], &[PersonalData]); 19] = [
    ("email address", &["EMAIL_ADDRESS", "EMAIL"], &[PersonalData::Email]),
    ("telephone number", &["PHONE_NUMBER", "PHONE"], &[PersonalData::Phone]),
    ("payment card", &["CREDIT_CARD", "CARD"], &[PersonalData::Card]),
    ("IBAN", &["IBAN_CODE", "IBAN"], &[PersonalData::Iban]),
    ("IP address", &["IP_ADDRESS", "IP"], &[PersonalData::Ip]),
    ("US social security number", &["US_SSN", "SSN"], &[PersonalData::Ssn]),
    ("Aadhaar", &["AADHAAR"], &[PersonalData::Aadhaar]),
    ("PAN", &["PAN"], &[PersonalData::Pan]),
    ("UK national insurance number", &["NINO"], &[PersonalData::Nino]),
    ("other ids, driving licences", &["ID", "US_DRIVER_LICENSE"], &[PersonalData::Id]),
    ("name", &["PERSON", "NAME"], &[PersonalData::Name]),
    ("address", &["STREET_ADDRESS", "ADDRESS"], &[PersonalData::Address]),
    ("post code by itself", &["ZIP_CODE"], &[]),
    ("URL", &["DOMAIN_NAME", "URL"], &[PersonalData::Url]),
    ("date of birth", &["BIRTHDATE"], &[PersonalData::BirthDate]),
    ("any date or time", &["DATE_TIME"], &[]),
    ("title", &["TITLE"], &[]),
    ("place", &["GPE"], &[]),
    ("organisation, nationality, age", &["ORGANIZATION", "NRP", "AGE"], &[]),
];

/// A run takes only a few milliseconds, so that the best run has the processor to itself.
const RUN_BYTES: usize = 200_000;
const RUNS: usize = 200;

#[derive(Default)]
struct Options {
    with_misses: bool,
    with_speed: bool,
    write: Option<PathBuf>,
    files: Vec<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let (table, marker) = if options.with_speed {
        (speed(&options.files)?, "redaction speed")
    } else {
        (quality(&options)?, "redaction")
    };
    match &options.write {
        Some(file) => replace(file, marker, &table),
        None => {
            println!("{table}");
            Ok(())
        }
    }
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options::default();
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--misses" => options.with_misses = true,
            "--speed" => options.with_speed = true,
            "--write" => {
                let file = arguments.next().ok_or("--write needs a file")?;
                options.write = Some(file.into());
            }
            option if option.starts_with("--") => {
                return Err(format!(
                    "unknown option {option}; use --misses, --speed or --write FILE"
                )
                .into());
            }
            file => options.files.push(file.into()),
        }
    }
    if options.files.is_empty() {
        options.files.push(test_file("comments.jsonl"));
    }
    Ok(options)
}

fn test_file(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", file].iter().collect()
}

fn read(file: &Path) -> Result<String, Box<dyn Error>> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()).into())
}

fn name(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default();
    format!("`{}`", name.display())
}

/// Replaces the table between two markers in a file.
fn replace(file: &Path, marker: &str, table: &str) -> Result<(), Box<dyn Error>> {
    let text = read(file)?;
    let (begin, end) = (format!("<!-- {marker} -->"), format!("<!-- /{marker} -->"));
    let parts = text.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    let Some((before, after)) = parts else {
        return Err(format!("{}: no {begin} before {end}", file.display()).into());
    };
    fs::write(file, format!("{before}{begin}\n{table}\n{end}{after}"))?;
    Ok(())
}

/// Returns a table of recall and precision by type, with all files side by side.
fn quality(options: &Options) -> Result<String, Box<dyn Error>> {
    let mut sets = Vec::new();
    for file in &options.files {
        let texts: Vec<Labelled> = labelled::read(&read(file)?)?;
        let measured = labelled::measure(&texts);
        if options.with_misses {
            for mistake in &measured.mistakes {
                println!("{mistake}");
            }
        }
        sets.push((name(file), texts.len(), measured));
    }
    let mut table = "|".to_owned();
    for (name, ..) in &sets {
        write!(table, " | {name}: marked | hidden | replaced | correct")?;
    }
    write!(table, " |\n|---{}|", "|---|---|---|---".repeat(sets.len()))?;
    for (title, labels, tokens) in ROWS {
        let hidden = |set: &Measured| sum(labels.iter().filter_map(|label| set.hidden.get(*label)));
        let right =
            |set: &Measured| sum(tokens.iter().filter_map(|data| set.right.get(data.token())));
        let is_empty = |set: &Measured| hidden(set).total + right(set).total == 0;
        if sets.iter().all(|(.., set)| is_empty(set)) {
            continue;
        }
        write!(table, "\n| {title}")?;
        for (.., set) in &sets {
            write!(table, " | {} | {}", shown(hidden(set)), shown(right(set)))?;
        }
        write!(table, " |")?;
    }
    write!(table, "\n| **all**")?;
    for (.., set) in &sets {
        let (hidden, right) = (set.total_hidden(), set.total_right());
        write!(table, " | {} | {}", shown(hidden), shown(right))?;
    }
    writeln!(table, " |")?;
    for (name, texts, set) in &sets {
        write!(
            table,
            "\nOf the {} texts in {name}, {} contain no personal data; {} of those are unchanged.",
            number(*texts),
            set.kept.total,
            percentage(set.kept)
        )?;
    }
    Ok(table)
}

fn shown(share: Share) -> String {
    if share.total == 0 {
        " | ".to_owned()
    } else {
        format!("{} | {}", number(share.total as usize), percentage(share))
    }
}

fn number(number: usize) -> String {
    if number < 1000 {
        number.to_string()
    } else {
        format!("{},{:03}", number / 1000, number % 1000)
    }
}

fn percentage(share: Share) -> String {
    format!("{:.1} %", 100.0 * share.ratio())
}

/// Returns a table of megabytes per second by kind of text, on one core, the best of many runs.
fn speed(files: &[PathBuf]) -> Result<String, Box<dyn Error>> {
    let clean = read(&test_file("clean_comments.txt"))?;
    let mut table = "| texts | bytes per text | MB/s |\n|---|---|---|".to_owned();
    let mut add = |kind: &str, texts: &[&str]| {
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        let each = bytes / texts.len().max(1);
        write!(
            table,
            "\n| {kind} | {each} | {:.0} |",
            megabytes_per_second(texts)
        )
    };
    for kind in clean.split("# ").skip(1) {
        let (kind, texts) = kind.split_once('\n').ok_or("a kind without texts")?;
        let texts: Vec<&str> = texts.lines().collect();
        let (redactor, row) = (Redactor::new(), RowContext::new());
        if let Some(text) = texts
            .iter()
            .find(|text| !redactor.find(text, &row).is_empty())
        {
            return Err(format!("personal data in {text:?}").into());
        }
        add(&format!("nothing personal: {kind}"), &texts)?;
    }
    for file in files {
        let labelled = labelled::read(&read(file)?)?;
        let texts: Vec<&str> = labelled.iter().map(Labelled::text).collect();
        add(&name(file), &texts)?;
    }
    Ok(table)
}

fn megabytes_per_second(texts: &[&str]) -> f64 {
    let (redactor, row) = (Redactor::new(), RowContext::new());
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    let repeats = RUN_BYTES.div_ceil(bytes.max(1));
    let seconds = (0..RUNS).map(|_| {
        let start = Instant::now();
        for _ in 0..repeats {
            for text in texts {
                black_box(redactor.redact(black_box(text), &row));
            }
        }
        start.elapsed().as_secs_f64()
    });
    let best = seconds.fold(f64::INFINITY, f64::min);
    (repeats * bytes) as f64 / best / 1e6
}
