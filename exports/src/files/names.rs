//! File names: which files are exports.

/// Extensions of the formats that can be read.
const EXTENSIONS: [&str; 16] = [
    "csv", "tsv", "tab", "psv", "txt", "json", "ndjson", "jsonl", "xlsx", "xlsm", "xls", "xlsb",
    "ods", "parquet", "zip", "dat",
];

/// Extensions of compressed files, which follow that of the format.
const COMPRESSIONS: [&str; 3] = ["gz", "zst", "zstd"];

/// True for files and folders that are not exports: hidden, partly written, notes, and files of
/// rejected rows.
pub fn is_left_out(name: &str) -> bool {
    let name = name.to_lowercase();
    let is_rejects = name
        .strip_suffix(".csv")
        .and_then(|stem| Some(stem.rsplit_once(".rejects")?.1))
        .is_some_and(|copy| {
            let number = copy.strip_prefix('-');
            copy.is_empty()
                || number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        });
    let without_txt = name.strip_suffix(".txt").unwrap_or(&name);
    is_rejects
        || ["readme", "license", "licence"].contains(&without_txt)
        || (name.starts_with('.') && name.len() > 1 && name != "..")
        || name.starts_with("~$")
        || ["__macosx", "_delta_log", "thumbs.db", "desktop.ini"].contains(&name.as_str())
        || [".partial", ".part", ".crdownload", ".tmp"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// True if the extension is that of a format that can be read.
pub fn has_known_extension(name: &str) -> bool {
    let lower = name.to_lowercase();
    let decompressed = COMPRESSIONS
        .iter()
        .find_map(|compression| lower.strip_suffix(compression)?.strip_suffix('.'));
    match decompressed.unwrap_or(&lower).rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => EXTENSIONS.contains(&extension),
        // The format of `export.gz` is found from its content.
        _ => decompressed.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_recognised_by_name() {
        for name in "a.csv A.CSV a.b.xlsx a.csv.gz export.gz a.ndjson.zst".split(' ') {
            assert!(has_known_extension(name) && !is_left_out(name), "{name}");
        }
        for name in "a a.pdf a.pdf.gz .csv csv".split(' ') {
            assert!(!has_known_extension(name), "{name}");
        }
        for name in ".a.csv a.rejects.csv a.rejects-12.csv a.csv.rejects.00ff.partial ~$a.xlsx \
                     __MACOSX README.txt"
            .split(' ')
        {
            assert!(is_left_out(name), "{name}");
        }
        for name in "rejects.csv a.rejects-x.csv . .. read.txt".split(' ') {
            assert!(!is_left_out(name), "{name}");
        }
    }
}
