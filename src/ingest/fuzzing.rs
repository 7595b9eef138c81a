//! The entry points of the fuzz targets in `fuzz/`, which give each reader whatever bytes come to
//! mind. Errors are what is expected of most; panics, hangs, and counts that do not add up are not.

use std::collections::BTreeSet;
use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;
use std::panic;
use std::sync::Mutex;

use chrono_tz::Tz;
use datafusion_functions_nps::DEFAULT_PURPOSE;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::IngestOptions;
use super::clean::PrivacyRules;
use super::columns::Column;
use super::columns::headers::{Field, fold, leaf, snake_case};
use super::columns::score::{Reading, ScoreCell};
use super::dates::styles::Detected;
use super::dates::{DateReader, DateStyle};
use super::files::input::Input;
use super::files::source::{Examined, SourceFile};
use super::format::charset::Charset;
use super::format::csv::CsvFormat;
use super::format::json::JsonFormat;
use super::format::parquet::ParquetFormat;
use super::format::rows::Row;
use super::format::sheets::SheetFormat;
use super::format::workbook::Kind;
use super::mapping::scale::Scale;
use super::text;
use super::understand::{Understood, understand};
use crate::error::{Error, Result};
use crate::privacy::keys::MasterKey;
use crate::privacy::seal::Sealer;

/// How much of what a compressed file becomes is read: a small one may become endless.
const UNPACKED_BYTES_MAX: u64 = 1 << 26;

/// Lets panics pass that are caught, which libFuzzer takes for crashes as they begin. One that is
/// not caught still ends the process. Each place that panics is told of once.
pub fn let_caught_panics_pass() {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let is_new = TOLD.lock().is_ok_and(|mut told| told.insert(place));
        if is_new {
            eprintln!("{panic}");
        }
    }));
}

/// Recognises format, layout, profile and columns, as before every import.
pub fn sniff(bytes: &[u8]) {
    told(source(bytes).and_then(|source| understand(source, &IngestOptions::default())));
}

/// Reads delimited text, in an encoding that the first byte chooses.
pub fn delimited(bytes: &[u8]) {
    const ENCODINGS: [Option<&str>; 7] = [
        None,
        Some("utf-8"),
        Some("windows-1252"),
        Some("utf-16le"),
        Some("utf-16be"),
        Some("shift_jis"),
        Some("cp437"),
    ];
    let Some((choice, bytes)) = bytes.split_first() else {
        return;
    };
    let encoding = ENCODINGS.get(usize::from(*choice)).copied().flatten();
    let options = IngestOptions {
        encoding: encoding.map(str::to_owned),
        ..IngestOptions::default()
    };
    let read = |(skip, columns)| {
        let source = source(bytes)?;
        let format = CsvFormat::recognise(bytes, false, &options)?;
        let mut rows = 0;
        format.read(&source, skip, columns, &mut |row| {
            count(row, columns, &mut rows)
        })?;
        Ok(rows)
    };
    if let (Some(all), Some(behind)) = (told(read((0, None))), told(read((1, Some(2))))) {
        assert_eq!(behind, u64::saturating_sub(all, 1));
    }
}

/// Reads JSON, whatever it begins with.
pub fn json(bytes: &[u8]) {
    let read = || {
        let source = source(bytes)?;
        let format = JsonFormat::recognise(&source, bytes, &IngestOptions::default())?;
        let columns = Some(format.keys.len());
        format.read(&source, &mut |row| count(row, columns, &mut 0))
    };
    told(read());
}

/// Reads a workbook: bytes that begin like one as they are, and everything else as its parts,
/// each behind a line `--- name`, so that a target reaches what is within the archive.
pub fn workbook(bytes: &[u8]) {
    let kinds: &[Kind] = match bytes {
        [b'P', b'K', ..] => &[Kind::Xlsx, Kind::Xlsb, Kind::Ods],
        [0xd0, ..] => &[Kind::Xls],
        _ => match zipped(bytes) {
            Some(zipped) => return workbook(&zipped),
            None => return,
        },
    };
    for kind in kinds {
        let read = || {
            let source = source(bytes)?;
            let format = SheetFormat::read(&source, *kind, &IngestOptions::default())?;
            format
                .table
                .read(0, None, &mut |row| count(row, None, &mut 0))
        };
        told(read());
    }
}

/// The parts as the archive that a workbook is.
fn zipped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b"--- ") {
            Some(name) => {
                let name = String::from_utf8_lossy(name.trim_ascii_end());
                archive.start_file(name, options).ok()?;
            }
            None => archive.write_all(line).ok()?,
        }
    }
    archive.finish().ok().map(Cursor::into_inner)
}

/// Reads Parquet, whatever it begins with.
pub fn parquet(bytes: &[u8]) {
    let read = || {
        let source = source(bytes)?;
        let format = ParquetFormat::recognise(&source)?;
        let columns = Some(format.keys.len());
        format.read(&source, &mut |row| count(row, columns, &mut 0))
    };
    told(read());
}

/// Unpacks a zip archive, gzip or zstd.
pub fn archive(bytes: &[u8]) {
    let unpack = || {
        let source = source(bytes)?;
        let mut content = source.open()?.take(UNPACKED_BYTES_MAX);
        std::io::copy(&mut content, &mut std::io::sink()).map_err(|error| source.read_error(error))
    };
    told(unpack());
}

/// Reads cells, each a line below its header: dates, scores, text, and what a column may be.
pub fn cells(bytes: &[u8]) {
    let lines = String::from_utf8_lossy(bytes);
    let header = lines.lines().next().unwrap_or_default();
    let mut column = Column::new(header, None);
    for cell in lines.lines().skip(1) {
        column.observe(cell);
        read_words(cell);
    }
    read_words(header);
    for field in Field::ALL {
        column.rank(field);
    }
    let mut readers = vec![
        DateStyle::UnixSeconds,
        DateStyle::UnixMilliseconds,
        DateStyle::Serial,
    ];
    if let Detected::Style(style) = column.dates.detected() {
        readers.push(style);
    }
    let zone = Tz::Europe__Berlin;
    let mut readers: Vec<DateReader> = readers
        .into_iter()
        .map(|style| DateReader {
            style,
            zone,
            zone_given: false,
        })
        .collect();
    readers.extend(told(DateReader::given(header, zone, true)));
    for cell in lines.lines().skip(1) {
        for reader in &readers {
            reader.read(cell);
        }
    }
}

fn read_words(cell: &str) {
    for lenient in [false, true] {
        for scale in [None, Scale::named_in(cell), told(Scale::parse(cell))] {
            if let ScoreCell::Number(score) = (Reading { lenient, scale }).read(cell) {
                assert!(score.is_finite());
            }
        }
    }
    snake_case(cell);
    fold(leaf(cell));
    if let Some(cleaned) = text::clean(cell) {
        assert!(!cleaned.is_empty());
    }
    text::clean_comment(cell);
    told(Charset::named(cell));
    let input = Input::from(cell);
    input.local_path();
    let _ = input.to_string();
}

/// Reads a whole file as an import does, up to where the lake comes in. The first byte says what
/// else is known of the file.
pub fn import(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else {
        return;
    };
    let (options, memory_bytes) = options(*choice);
    let read = || {
        let understood = understand(source(bytes)?, &options)?;
        let key = MasterKey::generate()?;
        let rules = PrivacyRules {
            pseudonyms: key.pseudonymizer("").for_purpose(DEFAULT_PURPOSE),
            sealer: Sealer::new(&key, ""),
            requires_consent: choice & 1 << 7 != 0,
        };
        let file = super::read(&understood, &options, rules, memory_bytes)?;
        check_counts(&understood, &file)
    };
    told(read());
}

fn options(choice: u8) -> (IngestOptions, u64) {
    let has = |bit: u8| choice & 1 << bit != 0;
    let said = |bit: u8, value: &str| has(bit).then(|| value.to_owned());
    let options = IngestOptions {
        lenient: has(0),
        scale: said(1, "1-5"),
        date_format: said(2, "%d/%m/%Y"),
        header_rows: has(3).then_some(u32::from(has(4))),
        timezone: said(5, "Europe/Berlin"),
        encoding: said(6, "windows-1252"),
        no_dedup: has(7),
        ..IngestOptions::default()
    };
    // Little memory makes it write what it has read into temporary files.
    (options, if has(7) { 1 << 10 } else { 1 << 24 })
}

fn check_counts(understood: &Understood, file: &super::ReadFile) -> Result<()> {
    let mut rows = 0;
    let layout = &understood.layout;
    layout.read(&understood.source, &mut |row| count(row, None, &mut rows))?;
    let seen = &file.seen;
    let responses = file.kinds.len() as u64;
    assert_eq!(rows, responses + seen.rejected + seen.not_a_response);
    assert_eq!(seen.not_a_response, seen.instead.values().sum::<u64>());
    assert_eq!(responses, file.staged.len());
    let mut staged = 0;
    for batch in file.staged.batches()? {
        staged += batch?.num_rows() as u64;
    }
    assert_eq!(responses, staged);
    Ok(())
}

/// The bytes as a file, which may be an archive with one in it.
fn source(bytes: &[u8]) -> Result<SourceFile> {
    SourceFile::of(Input::from("export"), Examined::spooled(bytes, &"export")?)
}

/// Every row has the cells that it must have, unless that is its problem.
fn count(row: &Row<'_>, columns: Option<usize>, rows: &mut u64) -> Result<ControlFlow<()>> {
    *rows += 1;
    let columns = columns.unwrap_or(row.cells.len());
    assert!(row.problem.is_some() || row.cells.len() == columns);
    Ok(ControlFlow::Continue(()))
}

/// The value; an error must be one that a person can be told.
fn told<T>(result: Result<T>) -> Option<T> {
    result
        .inspect_err(|error: &Error| {
            assert!(!error.to_string().is_empty());
            assert!(!error.is_question() || error.hint().is_some(), "{error}");
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// What a fuzzer begins with still passes, and the targets still compile.
    #[test]
    fn the_corpus_passes() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        type Target = fn(&[u8]);
        let targets: [(&str, Target); 8] = [
            ("sniff", sniff),
            ("delimited", delimited),
            ("json", json),
            ("workbook", workbook),
            ("parquet", parquet),
            ("archive", archive),
            ("cells", cells),
            ("import", import),
        ];
        for (name, target) in targets {
            let files = std::fs::read_dir(corpus.join(name)).expect("a corpus for each target");
            let mut count = 0;
            for file in files {
                target(&std::fs::read(file.expect("a file").path()).expect("its bytes"));
                count += 1;
            }
            assert!(count > 0, "{name}");
        }
    }
}
