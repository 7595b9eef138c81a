//! How much of the personal data in labelled texts is redacted, how much else, and how fast: the
//! tables of the README.
//!
//! `cargo run --release --example redaction -p datafusion-functions-nps -- [OPTION]... [FILE]...`
//!
//! A file is either JSON as Microsoft's presidio-research has it (`synth_dataset_v2.json`), a list
//! of `full_text` and `spans`, or JSON lines with a `text` in which `{{TYPE|…}}` is around what is
//! personal, and perhaps the respondent's `country`. Without a file it is `tests/comments.jsonl`.
//!
//! - `--misses` writes what was missed and what was redacted in vain, too.
//! - `--speed` measures the speed by kind of text instead, with `tests/clean_comments.txt`, in which
//!   there is nothing to find, and with the files.
//! - `--write FILE` puts the table in place of what is between `<!-- redaction -->` and
//!   `<!-- /redaction -->` in a Markdown file, or with `--speed` between `<!-- redaction speed -->`
//!   and `<!-- /redaction speed -->`.

use std::error::Error;
use std::fmt::Write;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use datafusion_functions_nps::{PersonalData, Redactor, RowContext};

use self::labelled::{Labelled, Measured, Share};

#[path = "../tests/it/labelled.rs"]
mod labelled;

/// A line of the table: its title, the labels that are counted in it, and what replaces them.
const ROWS: [(&str, &[&str], &[PersonalData]); 19] = [
    (
        "email address",
        &["EMAIL_ADDRESS", "EMAIL"],
        &[PersonalData::Email],
    ),
    (
        "telephone number",
        &["PHONE_NUMBER", "PHONE"],
        &[PersonalData::Phone],
    ),
    (
        "payment card",
        &["CREDIT_CARD", "CARD"],
        &[PersonalData::Card],
    ),
    ("IBAN", &["IBAN_CODE", "IBAN"], &[PersonalData::Iban]),
    ("IP address", &["IP_ADDRESS", "IP"], &[PersonalData::Ip]),
    (
        "US social security number",
        &["US_SSN", "SSN"],
        &[PersonalData::Ssn],
    ),
    ("Aadhaar", &["AADHAAR"], &[PersonalData::Aadhaar]),
    ("PAN", &["PAN"], &[PersonalData::Pan]),
    (
        "UK national insurance number",
        &["NINO"],
        &[PersonalData::Nino],
    ),
    (
        "other ids, driving licences",
        &["ID", "US_DRIVER_LICENSE"],
        &[PersonalData::Id],
    ),
    ("name", &["PERSON", "NAME"], &[PersonalData::Name]),
    (
        "address",
        &["STREET_ADDRESS", "ADDRESS"],
        &[PersonalData::Address],
    ),
    ("post code by itself", &["ZIP_CODE"], &[]),
    ("URL", &["DOMAIN_NAME", "URL"], &[PersonalData::Url]),
    ("date of birth", &["BIRTHDATE"], &[PersonalData::BirthDate]),
    ("any date or time", &["DATE_TIME"], &[]),
    ("title", &["TITLE"], &[]),
    ("place", &["GPE"], &[]),
    (
        "organisation, nationality, age",
        &["ORGANIZATION", "NRP", "AGE"],
        &[],
    ),
];

/// Each run of a speed takes a few milliseconds, so that the best has the processor to itself.
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
                return Err(
                    format!("no option {option}: --misses, --speed or --write FILE").into(),
                );
            }
            file => options.files.push(file.into()),
        }
    }
    if options.files.is_empty() {
        options.files.push(of_tests("comments.jsonl"));
    }
    Ok(options)
}

fn of_tests(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", file].iter().collect()
}

fn read(file: &Path) -> Result<String, Box<dyn Error>> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()).into())
}

fn name(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default();
    format!("`{}`", name.display())
}

/// Puts a table between two markers of a file.
fn replace(file: &Path, marker: &str, table: &str) -> Result<(), Box<dyn Error>> {
    let text = read(file)?;
    let (begin, end) = (format!("<!-- {marker} -->"), format!("<!-- /{marker} -->"));
    let parts = text.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    let Some((before, after)) = parts else {
        return Err(format!("{}: no {begin} with {end} behind it", file.display()).into());
    };
    fs::write(file, format!("{before}{begin}\n{table}\n{end}{after}"))?;
    Ok(())
}

/// Recall and precision by type, of each file beside the others.
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
        write!(table, " | {name}: marked | hidden | replaced | rightly")?;
    }
    write!(table, " |\n|---{}|", "|---|---|---|---".repeat(sets.len()))?;
    for (title, labels, tokens) in ROWS {
        let hidden = |set: &Measured| {
            let of_row = labels.iter().filter_map(|label| set.hidden.get(*label));
            total(of_row)
        };
        let right = |set: &Measured| {
            let of_row = tokens.iter().filter_map(|data| set.right.get(data.token()));
            total(of_row)
        };
        if sets
            .iter()
            .all(|(.., set)| hidden(set).of + right(set).of == 0)
        {
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
        let (hidden, right) = (set.hidden_of_all(), set.right_of_all());
        write!(table, " | {} | {}", shown(hidden), shown(right))?;
    }
    writeln!(table, " |")?;
    for (name, texts, set) in &sets {
        write!(
            table,
            "\nOf {name}'s {} texts {} have nothing personal; {} of them stay as they are.",
            number(*texts),
            set.kept.of,
            percentage(set.kept)
        )?;
    }
    Ok(table)
}

fn total<'s>(shares: impl Iterator<Item = &'s Share>) -> Share {
    shares.fold(Share::default(), |total, share| Share {
        of: total.of + share.of,
        count: total.count + share.count,
    })
}

fn shown(share: Share) -> String {
    match share.of {
        0 => " | ".to_owned(),
        of => format!("{} | {}", number(of as usize), percentage(share)),
    }
}

fn number(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", number / 1000, number % 1000),
    }
}

fn percentage(share: Share) -> String {
    format!("{:.1} %", 100.0 * share.ratio())
}

/// Megabytes a second by kind of text, on one core, the best of many runs.
fn speed(files: &[PathBuf]) -> Result<String, Box<dyn Error>> {
    let clean = read(&of_tests("clean_comments.txt"))?;
    let mut table = "| texts | bytes each | MB/s |\n|---|---|---|".to_owned();
    let mut add = |kind: &str, texts: &[&str]| {
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        let each = bytes / texts.len().max(1);
        write!(
            table,
            "\n| {kind} | {each} | {:.0} |",
            megabytes_a_second(texts)
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
            return Err(format!("something to redact in {text:?}").into());
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

fn megabytes_a_second(texts: &[&str]) -> f64 {
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
