//! Entry point of the fuzz target `import`: an import up to the lake. Those of the readers are in
//! `exports`.

use std::sync::Arc;

use exports::fuzzing::{count, source};
use exports::mapping::scale::Scale;
use exports::understand::{Understood, understand};

use datafusion_functions_nps::DEFAULT_PURPOSE;

use super::IngestOptions;
use crate::error::Result;
use crate::ingest::clean::cleaner::PrivacyRules;
use crate::lake::zone::Zone;
use crate::privacy::keys::MasterKey;
use crate::privacy::seal::Sealer;
use crate::privacy::suppression::{SuppressionKey, SuppressionList};

/// Reads a whole file as an import does, without the lake. The first byte chooses the options.
pub fn import(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else {
        return;
    };
    let (options, memory_bytes) = options(*choice);
    let read = || {
        let understood = understand(source(bytes)?, &options.reading(Zone::UTC))?;
        let key = MasterKey::generate()?;
        let rules = PrivacyRules {
            pseudonyms: key.pseudonymizer("").for_purpose(DEFAULT_PURPOSE),
            sealer: Sealer::new(&key, ""),
            requires_consent: choice & 1 << 7 != 0,
            suppressions: Arc::new(SuppressionList::new(SuppressionKey::new(&key, ""))),
        };
        let file = super::read(&understood, &options, rules, memory_bytes)?;
        check_counts(&understood, &file)
    };
    if let Err(error) = read() {
        assert!(!error.to_string().is_empty());
        assert!(!error.is_question() || error.hint().is_some(), "{error}");
    }
}

fn options(choice: u8) -> (IngestOptions, u64) {
    let has = |bit: u8| choice & 1 << bit != 0;
    let options = IngestOptions {
        lenient: has(0),
        scale: has(1).then(|| Scale::parse("1-5").expect("a scale")),
        date_format: has(2).then(|| "%d/%m/%Y".into()),
        header_rows: has(3).then_some(u32::from(has(4))),
        timezone: has(5).then(|| "Europe/Berlin".to_owned()),
        encoding: has(6).then(|| "windows-1252".to_owned()),
        deduplicate: !has(7),
        ..IngestOptions::default()
    };
    // Little memory forces the import to spill into temporary files.
    (options, if has(7) { 1 << 10 } else { 1 << 24 })
}

fn check_counts(understood: &Understood, file: &super::ReadFile) -> Result<()> {
    let mut rows = 0;
    let layout = &understood.layout;
    layout.read(&understood.source, &mut |row| count(row, None, &mut rows))?;
    let counts = &file.counts;
    let responses = file.flags.len() as u64;
    assert_eq!(rows, responses + counts.rejected + counts.not_a_response);
    assert_eq!(counts.not_a_response, counts.skipped.values().sum::<u64>());
    assert_eq!(responses, file.staged.len());
    let mut staged = 0;
    for batch in file.staged.batches()? {
        staged += batch?.num_rows() as u64;
    }
    assert_eq!(responses, staged);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn fuzz_corpus_passes() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/import");
        let files: Vec<_> = std::fs::read_dir(corpus).expect("a corpus").collect();
        assert!(!files.is_empty());
        for file in files {
            import(&std::fs::read(file.expect("a file").path()).expect("its bytes"));
        }
    }
}
