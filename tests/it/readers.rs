//! Files of every format, encoding and packing, and what comes of them: rows, counts and NPS.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use flate2::write::GzEncoder;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use voxql::{Error, ImportSummary, IngestOptions};

use super::common::{Workspace, value};

/// Three promoters, a passive and a detractor: NPS 40.
const SCORES: [u8; 5] = [9, 10, 9, 7, 3];

fn csv() -> String {
    let rows = SCORES.iter().enumerate();
    let rows = rows.map(|(id, score)| format!("r{id},2026-03-0{},{score},gut\n", id + 1));
    std::iter::once("id,date,score,comment\n".to_owned())
        .chain(rows)
        .collect()
}

/// Imports a file that must have the rows of [`SCORES`].
async fn expect_scores(workspace: &Workspace, file: &Path) -> ImportSummary {
    let summary = import(workspace, file, |_| {}).await;
    let summary = summary.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_scores(&summary);
    summary
}

fn assert_scores(summary: &ImportSummary) {
    assert_eq!((summary.rows, summary.new), (5, 5), "{summary}");
    let figure = summary.nps.as_ref().expect("answers");
    assert_eq!((figure.nps, figure.responses), (40.0, 5), "{summary}");
}

async fn import(
    workspace: &Workspace,
    file: &Path,
    say: impl FnOnce(&mut IngestOptions),
) -> Result<ImportSummary, Error> {
    let mut options = IngestOptions::default();
    say(&mut options);
    // Import each file as if it were the first.
    options.survey = Some(file.display().to_string().chars().rev().take(60).collect());
    workspace.lake().ingest(file, &options).await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).expect("a vector takes it");
    writer.finish().expect("a vector takes it")
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = zip::write::SimpleFileOptions::default();
        if name.ends_with('/') {
            writer.add_directory(*name, options).expect("a folder");
            continue;
        }
        writer.start_file(*name, options).expect("a file");
        writer.write_all(content).expect("its content");
    }
    writer.finish().expect("an archive").into_inner()
}

#[tokio::test]
async fn compressed_files_are_read_under_any_name() {
    let workspace = Workspace::new();
    let csv = csv();
    let zst = zstd::encode_all(csv.as_bytes(), 3).expect("compressed");
    let mac = zip(&[
        ("__MACOSX/._a.csv", b"\0"),
        ("folder/", b""),
        ("folder/a.csv", csv.as_bytes()),
        ("folder/.hidden.csv", b"x"),
        ("folder/report.pdf", b"%PDF"),
    ]);
    for (name, bytes) in [
        ("plain", csv.clone().into_bytes()),
        ("a.csv.gz", gzip(csv.as_bytes())),
        (
            "two members.gz",
            [gzip(&csv.as_bytes()[..40]), gzip(&csv.as_bytes()[40..])].concat(),
        ),
        ("a.zst", zst.clone()),
        ("wrong extension.csv", zst),
        ("a.zip", zip(&[("a.csv", csv.as_bytes())])),
        ("mac.zip", mac),
        (
            "packed twice.zip",
            zip(&[("a.csv.gz", &gzip(csv.as_bytes()))]),
        ),
        ("no extension.zip", zip(&[("export", csv.as_bytes())])),
    ] {
        let file = workspace.write(name, bytes);
        expect_scores(&workspace, &file).await;
    }
    let file = workspace.write("odd.zip", zip(&[("in/a b.csv", csv.as_bytes())]));
    let summary = import(&workspace, &file, |options| options.dry_run = true).await;
    assert_eq!(summary.expect("it is read").file, "odd.zip:in/a b.csv");
}

#[tokio::test]
async fn errors_of_compressed_files_name_the_cause() {
    let workspace = Workspace::new();
    let csv = csv();
    let packed = zip(&[("a.csv", csv.as_bytes())]);
    let mut flipped = packed.clone();
    // In the middle of the compressed bytes.
    flipped[60] ^= 0xff;
    let zst = zstd::encode_all(csv.as_bytes(), 3).expect("compressed");
    for (name, bytes, part) in [
        (
            "cut.gz",
            gzip(csv.as_bytes())[..40].to_vec(),
            "broken or truncated",
        ),
        ("cut.zst", zst[..30].to_vec(), "broken or truncated"),
        ("cut.zip", packed[..60].to_vec(), "broken or truncated"),
        ("flipped.zip", flipped, "broken or truncated"),
        ("nested.zip", zip(&[("b.zip", &packed)]), "another zip"),
        ("nested.gz", gzip(&packed), "inside another file"),
        (
            "pdf.zip",
            zip(&[("a.pdf", b"%PDF")]),
            "no file that can be imported",
        ),
        ("empty.zip", zip(&[]), "no file that can be imported"),
        (
            "several.zip",
            zip(&[("a.csv", b"x"), ("b.csv", b"y")]),
            "several files",
        ),
        ("a.pdf", b"%PDF-1.7".to_vec(), "a PDF document"),
        (
            "page.xls",
            b"<html><table><tr><td>score</td></tr></table>".to_vec(),
            "an HTML page",
        ),
        (
            "a.docx",
            zip(&[("[Content_Types].xml", b"x"), ("word/document.xml", b"x")]),
            "a document",
        ),
        (
            "locked.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest".to_vec(),
            "cannot be read as a workbook",
        ),
        ("a.parquet", b"PAR1rest".to_vec(), "Parquet"),
        ("not one", vec![], "empty"),
    ] {
        let file = workspace.write(name, bytes);
        let error = import(&workspace, &file, |_| {}).await.expect_err(name);
        assert!(error.to_string().contains(part), "{name}: {error}");
        assert!(error.is_invalid() || error.is_question(), "{name}: {error}");
        assert!(
            name == "not one" || error.hint().is_some(),
            "{name}: {error}"
        );
    }
    assert!(
        !workspace.path().join("lake").exists(),
        "nothing is written"
    );
}

#[tokio::test]
async fn all_encodings_decode_to_the_same_text() {
    let workspace = Workspace::new();
    let text = "id;date;score;comment\n\
        r1;2026-03-01;9;Schöne Grüße aus Köln\n\
        r2;2026-03-02;10;très bien, à bientôt\n\
        r3;2026-03-03;9;Müller fand es schön\n\
        r4;2026-03-04;7;größer als früher\n\
        r5;2026-03-05;3;mañana señor\n";
    let dos = |number: u16| {
        let table = oem_cp::code_table::ENCODING_TABLE_CP_MAP.get(&number);
        oem_cp::encode_string_checked(text, table.expect("a code page")).expect("all of it")
    };
    let wide =
        |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(bytes).collect() };
    let latin = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    // Rows of two systems in one file.
    let half = text.match_indices("r3").next().expect("a row").0;
    let latin_half = encoding_rs::WINDOWS_1252.encode(&text[..half]).0.len();
    let mixed = [&text.as_bytes()[..half], &latin[latin_half..]].concat();
    let mixed_dos = [&latin[..latin_half], &dos(850)[latin_half..]].concat();
    for (name, bytes, encoding) in [
        ("utf-8", text.as_bytes().to_vec(), "utf-8"),
        ("mark", [b"\xef\xbb\xbf", text.as_bytes()].concat(), "utf-8"),
        (
            "wide mark",
            [b"\xff\xfe".to_vec(), wide(u16::to_le_bytes)].concat(),
            "utf-16le",
        ),
        ("wide", wide(u16::to_le_bytes), "utf-16le"),
        ("wide big", wide(u16::to_be_bytes), "utf-16be"),
        ("latin", latin, "utf-8 and windows-1252"),
        ("dos", dos(850), "utf-8 and cp850"),
        ("older dos", dos(437), "utf-8 and cp850"),
        (
            "mac",
            encoding_rs::MACINTOSH.encode(text).0.into_owned(),
            "utf-8 and macintosh",
        ),
        ("mixed", mixed, "utf-8 and windows-1252"),
        ("mixed dos", mixed_dos, "utf-8 and windows-1252"),
    ] {
        let file = workspace.write(name, bytes);
        let summary = expect_scores(&workspace, &file).await;
        if name != "mixed dos" {
            assert_eq!(summary.encoding, encoding, "{name}");
        }
        let lake = workspace.lake();
        let comments = "SELECT count(DISTINCT comment) FROM responses";
        assert_eq!(value(&lake, comments).await, "5", "{name}");
    }
    let file = workspace.write("given", dos(437));
    let summary = import(&workspace, &file, |options| {
        options.encoding = Some("cp437".into())
    })
    .await;
    assert_eq!(summary.expect("it is read").encoding, "cp437");
    let file = workspace.write("unknown", dos(437));
    let error = import(&workspace, &file, |options| {
        options.encoding = Some("klingon".into())
    })
    .await;
    assert!(
        error
            .expect_err("no encoding")
            .hint()
            .is_some_and(|hint| hint.contains("cp850"))
    );
    let file = workspace.write(
        "cut",
        b"id,score,comment\n1,9,Gr\xc3\xbc\xc3\n2,8,\x81\n".as_slice(),
    );
    let summary = import(&workspace, &file, |_| {}).await.expect("it is read");
    let note = summary.notes.iter().map(ToString::to_string);
    let note = note.into_iter().find(|note| note.contains('\u{fffd}'));
    assert!(note.is_some_and(|note| note.contains(": 2;")), "{summary}");
}

#[tokio::test]
async fn all_csv_dialects_are_read() {
    let workspace = Workspace::new();
    let csv = csv();
    let with = |delimiter: &str| csv.replace(',', delimiter);
    for (name, text) in [
        ("semicolon", with(";")),
        ("tab", with("\t")),
        ("pipe", with("|")),
        ("caret", with("^")),
        ("tilde", with("~")),
        ("colon", with(":")),
        ("unit separator", with("\u{1f}")),
        ("named", format!("sep=;\n{}", with(";"))),
        ("returns", csv.replace('\n', "\r")),
        ("returns and feeds", csv.replace('\n', "\r\n")),
        ("empty lines", csv.replace('\n', "\n\n")),
        ("no last end", csv.trim_end().to_owned()),
        ("NUL bytes", csv.replace("gut", "g\0ut\0")),
        (
            "single marks",
            csv.lines()
                .map(|line| format!("'{}'\n", line.replace(',', "','")))
                .collect(),
        ),
        ("doubled", csv.replace("gut", "\"sagte \"\"gut\"\", ja\"")),
        ("escaped", csv.replace("gut", "\"sagte \\\"gut\\\", ja\"")),
        ("two lines", csv.replace("gut", "\"gut,\nsehr\"")),
    ] {
        let file = workspace.write(name, text);
        expect_scores(&workspace, &file).await;
    }
    let lake = workspace.lake();
    let said = "SELECT count(*) FROM responses WHERE comment = 'sagte \"gut\", ja'";
    assert_eq!(value(&lake, said).await, "10");
    // Two concatenated exports.
    let again = csv.replace("r", "s").replace("scose", "score");
    let file = workspace.write("twice", format!("\u{feff}{csv}\u{feff}{again}"));
    let summary = import(&workspace, &file, |_| {}).await.expect("it is read");
    assert_eq!(
        (summary.rows, summary.new, summary.not_a_response),
        (11, 10, 1),
        "{summary}"
    );
}

fn workbook(write: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    write(&mut workbook);
    workbook.save_to_buffer().expect("a workbook")
}

/// Writes the rows of [`SCORES`] with typed cells, starting at this row and column.
fn fill(sheet: &mut rust_xlsxwriter::Worksheet, row: u32, column: u16) {
    let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    for (offset, name) in ["id", "date", "score", "comment"].into_iter().enumerate() {
        sheet
            .write(row, column + offset as u16, name)
            .expect("a cell");
    }
    for (index, score) in SCORES.iter().enumerate() {
        let (index, row) = (index as u32, row + 1 + index as u32);
        let date = ExcelDateTime::from_ymd(2026, 3, index as u8 + 1)
            .and_then(|date| date.and_hms(9, 30, 0))
            .expect("a date");
        sheet
            .write(row, column, format!("r{index}"))
            .expect("a cell");
        sheet
            .write_with_format(row, column + 1, &date, &moment)
            .expect("a cell");
        sheet.write(row, column + 2, *score).expect("a cell");
        sheet.write(row, column + 3, "gut").expect("a cell");
    }
}

#[tokio::test]
async fn the_sheet_with_the_scores_is_found() {
    let workspace = Workspace::new();
    for (name, bytes) in [
        (
            "one.xlsx",
            workbook(|book| fill(book.add_worksheet(), 0, 0)),
        ),
        (
            "away from the corner.xlsx",
            workbook(|book| fill(book.add_worksheet(), 4, 2)),
        ),
        (
            "others.xlsx",
            workbook(|book| {
                let summary = book.add_worksheet().set_name("Summary").expect("a name");
                summary.write(0, 0, "NPS").expect("a cell");
                summary.write(1, 0, 53.4).expect("a cell");
                book.add_worksheet().set_name("Empty").expect("a name");
                fill(
                    book.add_worksheet()
                        .set_name("Antworten & mehr")
                        .expect("a name"),
                    0,
                    0,
                );
                let scale = book
                    .add_worksheet()
                    .set_name("Distribution")
                    .expect("a name");
                scale.write(0, 0, "Score").expect("a cell");
                for score in 0..=10_u8 {
                    scale.write(u32::from(score) + 1, 0, score).expect("a cell");
                }
                let hidden = book.add_worksheet().set_name("Old").expect("a name");
                fill(hidden, 0, 0);
                hidden.set_hidden(true);
            }),
        ),
        (
            "blank rows.xlsx",
            workbook(|book| {
                let sheet = book.add_worksheet();
                fill(sheet, 0, 0);
                let bold = Format::new().set_bold();
                for row in 10..5000 {
                    sheet.write_blank(row, 2, &bold).expect("a cell");
                }
            }),
        ),
    ] {
        let file = workspace.write(name, bytes);
        let summary = expect_scores(&workspace, &file).await;
        match name {
            "others.xlsx" => assert_eq!(summary.encoding, "xlsx, sheet \"Antworten & mehr\""),
            _ => assert_eq!(summary.encoding, "xlsx"),
        }
        let lake = workspace.lake();
        let first = "SELECT CAST(min(responded_at) AS VARCHAR) FROM responses";
        assert_eq!(value(&lake, first).await, "2026-03-01T09:30:00Z", "{name}");
    }
}

#[tokio::test]
async fn several_sheets_of_scores_are_a_question() {
    let workspace = Workspace::new();
    let bytes = workbook(|book| {
        for name in ["January", "February"] {
            fill(book.add_worksheet().set_name(name).expect("a name"), 0, 0);
        }
    });
    let file = workspace.write("months.xlsx", bytes);
    let error = import(&workspace, &file, |_| {})
        .await
        .expect_err("two sheets");
    assert!(error.is_question(), "{error}");
    assert_eq!(
        error.hint(),
        Some("select one with sheet(\"January\"), once for each sheet with responses")
    );
    for sheet in ["February", "february "] {
        let summary = import(&workspace, &file, |options| {
            options.sheet = Some(sheet.to_owned());
            options.dry_run = true;
        });
        assert_scores(&summary.await.expect("it is read"));
    }
    let error = import(&workspace, &file, |options| {
        options.sheet = Some("March".into())
    })
    .await;
    let error = error.expect_err("no such sheet");
    assert_eq!(
        error.hint(),
        Some("the sheets are \"January\", \"February\"")
    );
}

#[test]
fn several_sheets_are_imported_by_one_command() {
    let workspace = Workspace::new();
    workspace.write(
        "export.xlsx",
        workbook(|book| {
            for name in ["January", "February", "March"] {
                fill(book.add_worksheet().set_name(name).expect("a name"), 0, 0);
            }
        }),
    );
    let mut ingest = workspace.voxql();
    ingest.args([
        "ingest",
        "export.xlsx",
        "--json",
        "--no-dedup",
        "--sheet",
        "January",
    ]);
    let output = ingest.args(["--sheet", "March"]).output().expect("it runs");
    let summaries = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{summaries}");
    assert_eq!(summaries.matches("\"already_imported\":false").count(), 2);
}

#[tokio::test]
async fn each_sheet_of_a_workbook_is_imported_once() {
    let workspace = Workspace::new();
    let bytes = workbook(|book| {
        for name in ["January", "February"] {
            let sheet = book.add_worksheet().set_name(name).expect("a name");
            sheet.write(0, 0, "score").expect("a cell");
            for (row, score) in (1..).zip(SCORES) {
                sheet.write(row, 0, score).expect("a cell");
            }
        }
    });
    let file = workspace.write("months.xlsx", bytes);
    let lake = workspace.lake();
    for (sheet, new) in [("January", 5), ("February", 5), ("january", 0)] {
        let mut options = IngestOptions::default();
        options.sheet = Some(sheet.to_owned());
        let summary = lake
            .ingest(&file, &options)
            .await
            .expect("a sheet of scores");
        assert_eq!(summary.new, new, "{sheet}: {summary}");
    }
    let ids = "SELECT count(DISTINCT response_id) FROM responses";
    assert_eq!(value(&lake, ids).await, "10");
}

#[tokio::test]
async fn answers_in_an_array_become_columns_named_by_question() {
    let answer = |id: usize, score: u8, reason: &str| {
        format!(
            r#"{{"id":"r{id}","submitted_at":"2026-03-0{}T10:00:00Z","answers":[
            {{"field":{{"id":"a","ref":"nps"}},"type":"number","number":{score}}},
            {{"field":{{"id":"b","ref":"why"}},"type":"text","text":"{reason}"}}]}}"#,
            id + 1
        )
    };
    let answers: Vec<String> = (0..)
        .zip(SCORES)
        .map(|(id, score)| answer(id, score, "gut"))
        .collect();
    let workspace = Workspace::new();
    let file = workspace.write(
        "answers.json",
        format!(r#"{{"items":[{}]}}"#, answers.join(",")),
    );
    let summary = expect_scores(&workspace, &file).await;
    let header = |name: &str| {
        let field = summary.fields.iter().find(|field| field.field == name);
        field.map(|field| field.header.clone())
    };
    assert_eq!(header("score").as_deref(), Some("answers.nps"));
    assert_eq!(header("comment").as_deref(), Some("answers.why"));
}

#[tokio::test]
async fn workbook_cells_are_read_as_displayed() {
    let workspace = Workspace::new();
    let bytes = workbook(|book| {
        let sheet = book.add_worksheet();
        let day = Format::new().set_num_format("dd/mm/yyyy");
        for (column, name) in ["date", "score", "n", "flag", "plan"]
            .into_iter()
            .enumerate()
        {
            sheet.write(0, column as u16, name).expect("a cell");
        }
        for row in 1..=10_u8 {
            let at = u32::from(row);
            let date = ExcelDateTime::from_ymd(2026, 3, row).expect("a date");
            sheet.write_with_format(at, 0, &date, &day).expect("a cell");
            sheet
                .write(at, 1, Formula::new("=4+5").set_result("9"))
                .expect("a cell");
            sheet.write(at, 2, 0.1 + 0.2).expect("a cell");
            sheet.write(at, 3, row == 1).expect("a cell");
        }
        sheet
            .write(2, 1, Formula::new("=NA()").set_result("#N/A"))
            .expect("a cell");
        sheet
            .write(3, 1, Formula::new("=1/0").set_result("#DIV/0!"))
            .expect("a cell");
        sheet.write(1, 4, "a <b> & \"c\"\nd").expect("a cell");
    });
    let file = workspace.write("cells.xlsx", bytes);
    let summary = import(&workspace, &file, |options| {
        options.keep = vec!["n".into(), "flag".into(), "plan".into()];
    });
    let summary = summary.await.expect("it is read");
    assert_eq!(
        (summary.new, summary.not_answered, summary.rejected),
        (9, 1, 1),
        "{summary}"
    );
    assert!(
        summary.first_reject_reasons[0].contains("row 4"),
        "{summary}"
    );
    let lake = workspace.lake();
    let sql = "SELECT concat_ws('|', CAST(responded_at AS VARCHAR), score, n, flag, plan) \
               FROM responses WHERE plan IS NOT NULL";
    assert_eq!(
        value(&lake, sql).await,
        "2026-03-01T00:00:00Z|9|0.3|true|a <b> & \"c\"\nd"
    );
}

#[tokio::test]
async fn workbooks_of_other_programs_are_read() {
    let workspace = Workspace::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for (name, encoding) in [
        ("responses.xls", "xls, sheet \"Responses\""),
        ("responses-1904.xls", "xls"),
        ("responses.ods", "ods, sheet \"Responses\""),
    ] {
        let file = workspace.write(name, fs::read(folder.join(name)).expect("a fixture"));
        let summary = expect_scores(&workspace, &file).await;
        assert_eq!(summary.encoding, encoding);
        let lake = workspace.lake();
        let times = "SELECT concat(min(responded_at), ' ', max(responded_at)) FROM responses";
        assert_eq!(
            value(&lake, times).await,
            "2026-03-01T09:30:00Z 2026-03-05T09:30:00Z",
            "{name}"
        );
    }
    let file = workspace.write(
        "locked.xls",
        fs::read(folder.join("locked.xls")).expect("a fixture"),
    );
    let error = import(&workspace, &file, |_| {})
        .await
        .expect_err("a password");
    assert!(error.to_string().contains("password"), "{error}");
}

/// Files on which a reader panicked or hung.
#[tokio::test]
async fn inconsistent_files_are_errors() {
    let workspace = Workspace::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for entry in fs::read_dir(folder.join("broken")).expect("a folder") {
        let file = entry.expect("an entry").path();
        let error = import(&workspace, &file, |_| {}).await;
        let error = error.expect_err("nothing in it can be read");
        assert!(error.is_invalid() && error.hint().is_some(), "{error}");
    }
    let table = b"<office:spreadsheet><table:table table:name='Responses'>";
    let mimetype = b"application/vnd.oasis.opendocument.spreadsheet";
    let without_end = zip(&[
        ("mimetype", mimetype),
        ("META-INF/manifest.xml", b"<manifest:manifest/>"),
        ("content.xml", table),
    ]);
    // The chain of the directory's sectors is cyclic.
    let mut endless = fs::read(folder.join("responses.xls")).expect("a fixture");
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("four bytes"));
    let table = number(&endless[76..80]) as usize;
    let directory = number(&endless[48..52]);
    let entry = (table + 1) * 512 + directory as usize * 4;
    endless[entry..entry + 4].copy_from_slice(&directory.to_le_bytes());
    for (name, bytes) in [("endless.xls", endless), ("no end.ods", without_end)] {
        let file = workspace.write(name, bytes);
        let error = import(&workspace, &file, |_| {}).await;
        let error = error.expect_err(name).to_string();
        assert!(error.contains("contradict each other"), "{error}");
    }
}

#[tokio::test]
async fn all_json_layouts_are_read() {
    let workspace = Workspace::new();
    let objects: Vec<String> = SCORES
        .iter()
        .enumerate()
        .map(|(id, score)| {
            format!("{{\"id\": \"r{id}\", \"created_at\": \"2026-03-0{}\", \"score\": {score}, \"comment\": \"schön\", \"tags\": [\"a\", 2]}}", id + 1)
        })
        .collect();
    let array = format!("[{}]", objects.join(",\n"));
    let wide: Vec<u8> = array.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes, encoding) in [
        ("array", array.clone().into_bytes(), "utf-8"),
        ("lines", objects.join("\n\n").into_bytes(), "utf-8"),
        ("mark", format!("\u{feff}{array}").into_bytes(), "utf-8"),
        (
            "data",
            format!("{{\"page\": 1, \"data\": {array}, \"next\": null}}").into_bytes(),
            "utf-8",
        ),
        (
            "deeper",
            format!("{{\"result\": {{\"total\": 5, \"responses\": {array}}}}}").into_bytes(),
            "utf-8",
        ),
        ("wide", wide, "utf-16le"),
        (
            "latin",
            encoding_rs::WINDOWS_1252.encode(&array).0.into_owned(),
            "utf-8 and windows-1252",
        ),
    ] {
        let file = workspace.write(name, bytes);
        let summary = expect_scores(&workspace, &file).await;
        assert_eq!(summary.encoding, encoding, "{name}");
    }
    let lake = workspace.lake();
    assert_eq!(
        value(
            &lake,
            "SELECT count(*) FROM responses WHERE comment = 'schön'"
        )
        .await,
        "35"
    );
    for (name, text, part) in [
        ("comma", "[{\"score\": 9},]", "line 1 column 15"),
        (
            "cut off",
            "[{\"score\": 9},\n{\"score\": 8",
            "line 2 column 11",
        ),
        (
            "two arrays",
            "{\"a\": [{\"score\": 9}], \"b\": [{\"score\": 9}]}",
            "several arrays: a, b",
        ),
        (
            "one response",
            "{\"score\": 9, \"answers\": [{\"q\": \"a\"}]}",
            "one object",
        ),
        ("scalars", "[1, 2]", "not an object"),
    ] {
        let file = workspace.write(name, text);
        let error = import(&workspace, &file, |_| {}).await.expect_err(name);
        assert!(error.to_string().contains(part), "{name}: {error}");
        assert!(error.hint().is_some(), "{name}: {error}");
    }
    let file = workspace.write("details", "[{\"score\": 9, \"n\": 12345678901234567890123, \"v\": 1.10, \"l\": [1, \"b\"]},\n{\"score\": NaN, \"score\": 3}, {\"score\": 12}, \
         {\"score\": 1}, {\"score\": 2}, {\"score\": 3}, {\"score\": 4}, {\"score\": 10}]");
    let summary = import(&workspace, &file, |options| {
        options.keep = vec!["n".into(), "v".into(), "l".into()];
    });
    let summary = summary.await.expect("it is read");
    assert_eq!((summary.new, summary.rejected), (6, 2), "{summary}");
    assert!(
        summary.first_reject_reasons[0].starts_with("object 2: "),
        "{summary}"
    );
    let kept = "SELECT concat_ws('|', n, v, l) FROM responses WHERE n IS NOT NULL";
    assert_eq!(
        value(&workspace.lake(), kept).await,
        "12345678901234567890123|1.1|1, b"
    );
}

#[tokio::test]
async fn parquet_is_read() {
    let workspace = Workspace::new();
    let lake = workspace.lake();
    let file = workspace.path().join("export.parquet");
    let sql = format!(
        "COPY (SELECT concat('r', column1) AS id, \
         CAST(concat('2026-03-0', column1 + 1, 'T09:30:00Z') AS TIMESTAMP) AS created_at, \
         CAST(column2 AS DOUBLE) AS score, named_struct('plan', 'Pro') AS person, \
         make_array('a', 'b') AS tags \
         FROM (VALUES (0, 9), (1, 10), (2, 9), (3, 7), (4, 3))) TO '{}'",
        file.display()
    );
    lake.session()
        .sql(&sql)
        .await
        .expect("a plan")
        .collect()
        .await
        .expect("a file");
    for name in ["export.parquet", "export.parquet.gz"] {
        let bytes = fs::read(&file).expect("the file");
        let bytes = if name.ends_with("gz") {
            gzip(&bytes)
        } else {
            bytes
        };
        let file = workspace.write(name, bytes);
        let summary = import(&workspace, &file, |options| {
            options.keep = vec!["person.plan".into(), "tags".into()];
        });
        let summary = summary.await.expect("it is read");
        assert_scores(&summary);
        assert_eq!(summary.encoding, "parquet");
        let sql = "SELECT concat_ws('|', min(responded_at), min(plan), min(tags)) FROM responses";
        assert_eq!(value(&lake, sql).await, "2026-03-01T09:30:00Z|Pro|a, b");
    }
}

async fn names(workspace: &Workspace, given: &str) -> Result<Vec<String>, Error> {
    let inputs = workspace
        .lake()
        .inputs([workspace.path().join(given)])
        .await?;
    let root = format!("{}/", workspace.path().display());
    let names = inputs
        .iter()
        .map(|input| input.to_string().replace(&root, ""));
    Ok(names.collect())
}

#[tokio::test]
async fn folders_patterns_and_archives_expand_to_files() {
    let workspace = Workspace::new();
    for folder in ["in/2026", "in/.hidden", "in/lake", "in/empty"] {
        fs::create_dir_all(workspace.path().join(folder)).expect("a folder");
    }
    for name in [
        "in/b.csv",
        "in/a [1].csv",
        "in/B.CSV",
        "in/2026/c.ndjson.gz",
        "in/.hidden/d.csv",
        "in/.e.csv",
        "in/b.rejects.csv",
        "in/b.rejects-2.csv",
        "in/x.csv.rejects.00.partial",
        "in/photo.png",
        "in/lake/lake.toml",
        "in/lake/part.parquet",
        "in/~$book.xlsx",
    ] {
        workspace.write(name, "x");
    }
    workspace.write(
        "in/two.zip",
        zip(&[("q1.csv", b"x"), ("q2.csv", b"y"), ("note.pdf", b"z")]),
    );
    let all = [
        "in/2026/c.ndjson.gz",
        "in/B.CSV",
        "in/a [1].csv",
        "in/b.csv",
        "in/two.zip:q1.csv",
        "in/two.zip:q2.csv",
    ];
    assert_eq!(names(&workspace, "in").await.expect("files"), all);
    assert_eq!(names(&workspace, "in/*").await.expect("files"), all);
    assert_eq!(
        names(&workspace, "in/?.csv").await.expect("files"),
        ["in/b.csv"]
    );
    assert_eq!(
        names(&workspace, "in/**/*.gz").await.expect("files"),
        ["in/2026/c.ndjson.gz"]
    );
    // Files that are named explicitly are not left out.
    for name in [
        "in/a [1].csv",
        "in/b.rejects.csv",
        "in/photo.png",
        "nowhere.csv",
        "in/two.zip:q1.csv",
    ] {
        assert_eq!(names(&workspace, name).await.expect("one"), [name]);
    }
    for (given, part) in [
        ("in/empty", "no files to import"),
        ("in/*.xml", "no files to import"),
        ("in/p*.png", "no files to import"),
        ("in/lake", "is a lake"),
    ] {
        let error = names(&workspace, given).await.expect_err(given);
        assert!(error.to_string().contains(part), "{error}");
        assert!(error.hint().is_some(), "{error}");
    }
}

#[test]
fn the_program_reads_standard_input_and_folders() {
    let workspace = Workspace::new();
    let mut child = workspace
        .voxql()
        .args(["ingest", "-", "--survey", "stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let text = csv().replace(",3,", ",x,");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(&gzip(text.as_bytes())).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(out.starts_with("standard input  "), "{out}");
    assert!(
        out.contains("rejected 1 → standard-input.rejects.csv"),
        "{out}"
    );

    let folder: PathBuf = workspace.path().join("exports");
    fs::create_dir(&folder).expect("a folder");
    workspace.write("exports/a ü;[x].csv", csv());
    workspace.write("exports/b.csv", "never\n");
    workspace.write("exports/c.zip", zip(&[("in/c.csv", text.as_bytes())]));
    let output = workspace
        .voxql()
        .args(["ingest", "exports"])
        .output()
        .expect("it runs");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(2), "{out}{err}");
    assert!(
        out.contains("a ü;[x].csv  ") && out.contains("c.zip:in/c.csv  "),
        "{out}{err}"
    );
    assert!(err.contains("exports/b.csv: "), "{err}");
    assert!(folder.join("c-in-c.rejects.csv").exists(), "{out}");
}
