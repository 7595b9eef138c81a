//! One Arrow, one DataFusion: record batches of two versions do not fit together.

use std::path::Path;

#[test]
fn the_engine_is_in_the_lock_file_once() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    let lock = std::fs::read_to_string(lock).expect("Cargo.lock");
    for (package, version) in [
        ("datafusion", "55.2."),
        ("arrow", "59.3."),
        ("arrow-array", "59.3."),
        ("parquet", "59.3."),
        ("object_store", "0.13."),
        ("deltalake", "1.1."),
    ] {
        let entry = format!("name = \"{package}\"\nversion = \"");
        let versions: Vec<&str> = lock
            .match_indices(&entry)
            .filter_map(|(start, _)| lock[start + entry.len()..].split('"').next())
            .collect();
        assert!(
            matches!(versions.as_slice(), [only] if only.starts_with(version)),
            "{package}: {versions:?}, expected one {version}x"
        );
    }
}
