//! Entry points of the fuzz targets in `fuzz/`, which feed arbitrary bytes to each reader. Most
//! inputs end in an error; panics, hangs and inconsistent counts are bugs.

use std::collections::BTreeSet;
use std::io::{self, Cursor, Read, Write};
use std::ops::ControlFlow;
use std::panic;
use std::sync::Mutex;

use chrono_tz::Tz;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::columns::Column;
use crate::columns::field::Field;
use crate::columns::headers::{fold, leaf, snake_case};
use crate::columns::score::{Reading, ScoreCell};
use crate::dates::styles::Detected;
use crate::dates::{DateReader, DateStyle};
use crate::error::{Error, Result};
use crate::files::content::Content;
use crate::files::input::Input;
use crate::files::source::SourceFile;
use crate::format::charset::Charset;
use crate::format::csv::CsvFormat;
use crate::format::given::Given;
use crate::format::json::JsonFormat;
use crate::format::parquet::ParquetFormat;
use crate::format::rows::Row;
use crate::format::sheets::SheetFormat;
use crate::format::workbook::Kind;
use crate::mapping::scale::Scale;
use crate::options::ReadOptions;
use crate::text;
use crate::understand::understand;

/// Limit on unpacked bytes: a small compressed file may unpack endlessly.
const UNPACKED_BYTES_MAX: u64 = 1 << 26;

/// Replaces libFuzzer's panic hook, which counts even caught panics as crashes. Uncaught ones still
/// end the process. Each panicking place is printed once.
pub fn ignore_caught_panics() {
    static PRINTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let place = place.unwrap_or_default();
        if PRINTED.lock().is_ok_and(|mut places| places.insert(place)) {
            eprintln!("{panic}");
        }
    }));
}

/// Recognises format, layout, profile and columns, as every import does.
pub fn sniff(bytes: &[u8]) {
    checked(source(bytes).and_then(|source| understand(source, &ReadOptions::default())));
}

/// Reads delimited text in an encoding that the first byte selects.
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
    let options = ReadOptions {
        encoding: encoding.map(str::to_owned),
        ..ReadOptions::default()
    };
    let read = |(skip, columns)| {
        let source = source(bytes)?;
        let format = CsvFormat::recognise(bytes, false, &options, &Given::default())?;
        let mut rows = 0;
        format.read(&source, skip, columns, &mut |row| {
            count(row, columns, &mut rows)
        })?;
        Ok(rows)
    };
    if let (Some(all), Some(rest)) = (checked(read((0, None))), checked(read((1, Some(2))))) {
        assert_eq!(rest, u64::saturating_sub(all, 1));
    }
}

/// Reads the bytes as JSON.
pub fn json(bytes: &[u8]) {
    check_reading(bytes, |source| {
        let format = JsonFormat::recognise(source, bytes, &ReadOptions::default())?;
        let columns = Some(format.keys.len());
        format.read(source, &mut |row| count(row, columns, &mut 0))
    });
}

/// Reads the bytes as Parquet.
pub fn parquet(bytes: &[u8]) {
    check_reading(bytes, |source| {
        let format = ParquetFormat::recognise(source)?;
        let columns = Some(format.keys.len());
        format.read(source, &mut |row| count(row, columns, &mut 0))
    });
}

/// Unpacks a zip archive, gzip or zstd data.
pub fn archive(bytes: &[u8]) {
    check_reading(bytes, |source| {
        let mut content = source.open()?.take(UNPACKED_BYTES_MAX);
        let copied = io::copy(&mut content, &mut io::sink());
        copied.map(|_| ()).map_err(|error| source.read_error(error))
    });
}

fn check_reading(bytes: &[u8], read: impl FnOnce(&SourceFile) -> Result<()>) {
    checked(source(bytes).and_then(|source| read(&source)));
}

/// Reads a workbook. Bytes without a workbook's signature are the parts of one, each after a line
/// `--- name`, so that the fuzzer reaches the content of the archive.
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
        check_reading(bytes, |source| {
            let table = SheetFormat::read(source, *kind, &ReadOptions::default())?.table;
            table.read(0, None, &mut |row| count(row, None, &mut 0))
        });
    }
}

/// Packs the parts into an archive.
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

/// Reads lines as the cells of a column below its header: dates, scores, text and column roles.
pub fn cells(bytes: &[u8]) {
    let lines = String::from_utf8_lossy(bytes);
    let header = lines.lines().next().unwrap_or_default();
    let mut column = Column::new(header, None);
    for cell in lines.lines().skip(1) {
        column.observe(cell);
        read_cell(cell);
    }
    read_cell(header);
    for field in Field::ALL {
        column.is_clearly(field);
    }
    let mut styles = vec![
        DateStyle::UnixSeconds,
        DateStyle::UnixMilliseconds,
        DateStyle::Serial,
    ];
    if let Detected::Style(style) = column.dates.detected() {
        styles.push(style);
    }
    let zone = Tz::Europe__Berlin;
    let mut readers: Vec<DateReader> = styles
        .into_iter()
        .map(|style| DateReader::new(style, zone))
        .collect();
    readers.extend(checked(DateReader::given(header, zone, true)));
    for cell in lines.lines().skip(1) {
        for reader in &readers {
            reader.read(cell);
        }
    }
}

fn read_cell(cell: &str) {
    for lenient in [false, true] {
        for scale in [None, Scale::named_in(cell), checked(Scale::parse(cell))] {
            if let ScoreCell::Number(score) = (Reading {
                lenient,
                scale,
                ..Reading::default()
            })
            .read(cell)
            {
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
    checked(Charset::from_label(cell));
    let input = Input::from(cell);
    input.local_path();
    let _ = input.to_string();
}

/// Makes a source file of bytes, which may be an archive that contains one.
pub fn source(bytes: &[u8]) -> Result<SourceFile> {
    SourceFile::new(Input::from("export"), Content::spool(bytes, &"export")?)
}

/// Counts a row and checks that it has the expected number of cells, unless it has a problem.
pub fn count(row: &Row<'_>, columns: Option<usize>, rows: &mut u64) -> Result<ControlFlow<()>> {
    *rows += 1;
    let columns = columns.unwrap_or(row.cells.len());
    assert!(row.problem.is_some() || row.cells.len() == columns);
    Ok(ControlFlow::Continue(()))
}

/// Returns the value, or checks that the error can be reported to a user.
pub fn checked<T>(result: Result<T>) -> Option<T> {
    result
        .inspect_err(|error: &Error| {
            assert!(!error.to_string().is_empty());
            assert!(
                error.kind() != crate::ErrorKind::Question || error.hint().is_some(),
                "{error}"
            );
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_corpus_passes() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
        type Target = fn(&[u8]);
        let targets: [(&str, Target); 7] = [
            ("sniff", sniff),
            ("delimited", delimited),
            ("json", json),
            ("workbook", workbook),
            ("parquet", parquet),
            ("archive", archive),
            ("cells", cells),
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
