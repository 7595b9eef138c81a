//! The entry points of the fuzz targets in `fuzz/`, which give each reader whatever bytes come to
//! mind. Errors are what is expected of most; panics, hangs, and counts that do not add up are not.

use std::collections::BTreeSet;
use std::io::{Cursor, Read, Write};
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
use crate::files::content::Examined;
use crate::files::input::Input;
use crate::files::source::SourceFile;
use crate::format::charset::Charset;
use crate::format::csv::CsvFormat;
use crate::format::json::JsonFormat;
use crate::format::parquet::ParquetFormat;
use crate::format::rows::Row;
use crate::format::sheets::SheetFormat;
use crate::format::workbook::Kind;
use crate::mapping::scale::Scale;
use crate::options::ReadOptions;
use crate::text;
use crate::understand::understand;

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
    told(source(bytes).and_then(|source| understand(source, &ReadOptions::default())));
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
    let options = ReadOptions {
        encoding: encoding.map(str::to_owned),
        ..ReadOptions::default()
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
        let format = JsonFormat::recognise(&source, bytes, &ReadOptions::default())?;
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
            let format = SheetFormat::read(&source, *kind, &ReadOptions::default())?;
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

/// The bytes as a file, which may be an archive with one in it.
pub fn source(bytes: &[u8]) -> Result<SourceFile> {
    SourceFile::of(Input::from("export"), Examined::spooled(bytes, &"export")?)
}

/// Every row has the cells that it must have, unless that is its problem.
pub fn count(row: &Row<'_>, columns: Option<usize>, rows: &mut u64) -> Result<ControlFlow<()>> {
    *rows += 1;
    let columns = columns.unwrap_or(row.cells.len());
    assert!(row.problem.is_some() || row.cells.len() == columns);
    Ok(ControlFlow::Continue(()))
}

/// The value; an error must be one that a person can be told.
pub fn told<T>(result: Result<T>) -> Option<T> {
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

    /// What a fuzzer begins with still passes, and the targets still compile.
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
