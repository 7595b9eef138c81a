//! Names of files: exports, and files that are none.

/// Extensions of the formats that are read.
const EXTENSIONS: [&str; 16] = [
    "csv", "tsv", "tab", "psv", "txt", "json", "ndjson", "jsonl", "xlsx", "xlsm", "xls", "xlsb",
    "ods", "parquet", "zip", "dat",
];

/// Extensions of compressions, which another one stands before.
const COMPRESSIONS: [&str; 3] = ["gz", "zst", "zstd"];

/// Whether a file or folder of this name is none of a person's exports: it is hidden, still being
/// written, or of rejected rows.
pub fn is_left_out(name: &str) -> bool {
    let name = name.to_lowercase();
    let of_rejects = name.strip_suffix(".csv").is_some_and(|stem| {
        let copy = stem.rsplit_once(".rejects");
        copy.is_some_and(|(_, copy)| {
            copy.is_empty()
                || copy
                    .strip_prefix('-')
                    .is_some_and(|copy| copy.bytes().all(|byte| byte.is_ascii_digit()))
        })
    });
    let is_note = ["readme", "license", "licence"]
        .iter()
        .any(|note| name.strip_suffix(".txt").unwrap_or(&name) == *note);
    of_rejects
        || is_note
        || (name.starts_with('.') && name.len() > 1 && name != "..")
        || name.starts_with("~$")
        || ["__macosx", "_delta_log", "thumbs.db", "desktop.ini"].contains(&name.as_str())
        || [".partial", ".part", ".crdownload", ".tmp"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// Whether a reader knows files of this name.
pub fn has_known_extension(name: &str) -> bool {
    let lower = name.to_lowercase();
    let plain = COMPRESSIONS
        .iter()
        .find_map(|compression| lower.strip_suffix(compression)?.strip_suffix('.'));
    let extension = |name: &str| {
        let (stem, extension) = name.rsplit_once('.')?;
        (!stem.is_empty()).then(|| extension.to_owned())
    };
    match (plain, extension(plain.unwrap_or(&lower))) {
        (_, Some(extension)) => EXTENSIONS.contains(&extension.as_str()),
        // `export.gz` may be anything.
        (Some(_), None) => true,
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_an_export() {
        for name in [
            "a.csv",
            "A.CSV",
            "a.b.xlsx",
            "a.csv.gz",
            "export.gz",
            "a.ndjson.zst",
        ] {
            assert!(has_known_extension(name) && !is_left_out(name), "{name}");
        }
        for name in ["a", "a.pdf", "a.pdf.gz", ".csv", "csv"] {
            assert!(!has_known_extension(name), "{name}");
        }
        for name in [
            ".a.csv",
            "a.rejects.csv",
            "a.rejects-12.csv",
            "a.csv.rejects.00ff.partial",
            "~$a.xlsx",
            "__MACOSX",
            "README.txt",
        ] {
            assert!(is_left_out(name), "{name}");
        }
        for name in ["rejects.csv", "a.rejects-x.csv", ".", "..", "read.txt"] {
            assert!(!is_left_out(name), "{name}");
        }
    }
}
