use tlog_tiles::Tile;

use super::super::names::entry_name;
use super::super::tree::{self, Tree};
use super::*;

/// Changes by someone who can write to the folder but does not have the key.
impl TestLog {
    fn edit(&self, index: u64) {
        let line = fs::read_to_string(self.entry(index)).unwrap();
        let edited = line.replace("\"rows_new\"", "\"rows_old\"");
        assert_ne!(line, edited);
        fs::write(self.entry(index), edited).unwrap();
    }

    fn swap(&self, one: u64, other: u64) {
        let line = fs::read(self.entry(one)).unwrap();
        fs::copy(self.entry(other), self.entry(one)).unwrap();
        fs::write(self.entry(other), line).unwrap();
    }

    fn cut(&self, from: u64, size: u64) {
        for index in from..size {
            fs::remove_file(self.entry(index)).unwrap();
        }
    }

    /// Makes all tiles match the current entries.
    fn recompute_tiles(&self, size: u64) {
        self.remove_tiles();
        let mut tree = Tree::default();
        let mut tiles: Vec<(Tile, Vec<u8>)> = Vec::new();
        for index in 0..size {
            tiles.extend(tree.push(tree::leaf(&fs::read(self.entry(index)).unwrap())));
        }
        for (tile, content) in tiles.into_iter().chain(tree.open()) {
            let path = self.path(&tree::tile_path(&tile));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }
}

#[tokio::test]
async fn an_edited_entry_is_named() {
    for index in [0, 256, 299] {
        let log = TestLog::with_signed_entries(300).await;
        let kept = log.checkpoint().await;
        log.edit(index);
        for kept in [None, Some(kept.as_str())] {
            let name = entry_name(index);
            let expected = format!("{name}: the entry was changed after it was signed");
            assert_eq!(log.finding(kept).await, expected);
        }
    }
}

#[tokio::test]
async fn reordered_entries_are_named() {
    let log = TestLog::with_signed_entries(300).await;
    let kept = log.checkpoint().await;
    log.swap(3, 290);
    let found = log.finding(Some(&kept)).await;
    assert!(
        found.starts_with("audit/entry/000000000003: this was entry 290"),
        "{found}"
    );
    log.swap(3, 290);
    log.verify(Some(&kept)).await;
    // One is removed and all after it move up.
    for index in 7..299 {
        fs::copy(log.entry(index + 1), log.entry(index)).unwrap();
    }
    let found = log.finding(Some(&kept)).await;
    assert!(
        found.starts_with("audit/entry/000000000007: this was entry 8"),
        "{found}"
    );
}

#[tokio::test]
async fn a_gap_is_named() {
    let log = TestLog::with_signed_entries(12).await;
    fs::remove_file(log.entry(4)).unwrap();
    assert_eq!(
        log.finding(None).await,
        "audit/entry/000000000004: the entry is missing: it was removed"
    );
}

#[tokio::test]
async fn either_checkpoint_detects_a_truncated_log() {
    let log = TestLog::with_signed_entries(9).await;
    let old = log.checkpoint().await;
    log.grow(3).await;
    let kept = log.checkpoint().await;
    let truncated =
        |signer| format!("the log has 9 entries, but {signer} signs 12: the last 3 were removed");
    log.cut(9, 12);
    assert_eq!(log.finding(None).await, truncated("audit/checkpoint"));
    let since_kept = truncated("the kept checkpoint");
    assert_eq!(log.finding(Some(&kept)).await, since_kept);
    // With the old checkpoint and tiles restored, only the kept checkpoint shows it.
    fs::write(log.path("checkpoint"), &old).unwrap();
    log.recompute_tiles(9);
    log.verify(None).await;
    log.verify(Some(&old)).await;
    assert_eq!(log.finding(Some(&kept)).await, since_kept);
    // Three others replace those that were removed, and are signed.
    log.grow(3).await;
    log.verify(None).await;
    assert_eq!(
        log.finding(Some(&kept)).await,
        "the first 12 entries are not those of the kept checkpoint: entries were replaced, and \
         the log was signed again"
    );
}

#[tokio::test]
async fn a_checkpoint_that_was_rolled_back_is_detected_and_repaired() {
    let log = TestLog::with_signed_entries(9).await;
    let old = log.checkpoint().await;
    log.grow(3).await;
    let kept = log.checkpoint().await;
    fs::write(log.path("checkpoint"), &old).unwrap();
    assert_eq!(log.verify(None).await.entries_after(), 3);
    assert_eq!(
        log.finding(Some(&kept)).await,
        "audit/checkpoint signs 9 entries, but the kept checkpoint signs 12: it was replaced by an \
         older one"
    );
    fs::remove_file(log.path("checkpoint")).unwrap();
    assert_eq!(log.verify(None).await.signed_entries, 0);
    assert_eq!(
        log.finding(Some(&kept)).await,
        "audit/checkpoint is missing, but the kept checkpoint signs 12 entries: it was removed"
    );
    assert_eq!(log.append().await, 12);
    log.verify(Some(&kept)).await;
}

#[tokio::test]
async fn entries_replaced_together_with_the_tiles_are_detected() {
    for index in [3, 310] {
        let log = TestLog::with_signed_entries(320).await;
        let kept = log.checkpoint().await;
        log.edit(index);
        log.recompute_tiles(320);
        for kept in [None, Some(kept.as_str())] {
            assert_eq!(
                log.finding(kept).await,
                "entries were replaced among the 320 that audit/checkpoint signs; the tiles do \
                 not show which"
            );
        }
        // The lake's own commands refuse to continue it.
        let error = log.log.append(&log.signer, &entry(1)).await.unwrap_err();
        assert!(error.is_refused());
        assert_eq!(log.log.size().await.unwrap(), 320);
    }
}

#[tokio::test]
async fn entries_replaced_after_an_old_checkpoint_are_detected() {
    let log = TestLog::with_signed_entries(300).await;
    let old = log.checkpoint().await;
    log.grow(20).await;
    let kept = log.checkpoint().await;
    log.edit(310);
    log.recompute_tiles(320);
    fs::write(log.path("checkpoint"), &old).unwrap();
    assert!(log.finding(Some(&kept)).await.contains("an older one"));
    // Even after a command with the key continued from there.
    log.append().await;
    log.verify(None).await;
    assert!(
        log.finding(Some(&kept))
            .await
            .contains("the first 320 entries are not")
    );
}

#[tokio::test]
async fn another_key_is_rejected() {
    let log = TestLog::with_signed_entries(5).await;
    let kept = log.checkpoint().await;
    let other = signer(2);
    let others = AuditLog {
        keys: keys(&other),
        ..log.log.clone()
    };
    let found = finding(&others, None).await;
    assert_eq!(
        found,
        "audit/checkpoint: it is signed with a key other than the lake's"
    );
    assert!(others.append(&other, &entry(1)).await.is_err());
    assert_eq!(log.log.size().await.unwrap(), 5);
    // Someone signs a modified log with a different key.
    log.edit(2);
    log.recompute_tiles(5);
    fs::remove_file(log.path("checkpoint")).unwrap();
    others.sign(&other).await.unwrap();
    others.verify(None).await.unwrap();
    assert!(log.finding(None).await.contains("a key other than"));
    let error = others.verify(Some(&kept)).await.unwrap_err();
    assert!(error.is_invalid());
    assert_eq!(
        error.to_string(),
        "the kept checkpoint: it is signed with a key other than the lake's"
    );
}

#[tokio::test]
async fn an_invalid_or_changed_checkpoint_is_detected() {
    let log = TestLog::with_signed_entries(5).await;
    let note = log.checkpoint().await;
    let changed = note.replace("\n5\n", "\n4\n");
    let cases = [
        ("", "not a signed checkpoint"),
        ("no note", "not a signed checkpoint"),
        (&note[..note.len() / 2], "not a signed checkpoint"),
        (&changed, "it was changed after it was signed"),
    ];
    for (content, what) in cases {
        let error = log.log.verify(Some(content)).await.unwrap_err();
        assert_eq!(error.to_string(), format!("the kept checkpoint: {what}"));
        fs::write(log.path("checkpoint"), content).unwrap();
        let found = log.finding(None).await;
        assert_eq!(found, format!("audit/checkpoint: {what}"));
        assert!(log.log.append(&log.signer, &entry(1)).await.is_err());
        fs::write(log.path("checkpoint"), &note).unwrap();
    }
    log.verify(Some(&note)).await;
    assert_eq!(log.log.size().await.unwrap(), 5);
}

#[tokio::test]
async fn an_invalid_entry_is_detected() {
    for content in [
        "",
        "[]",
        "{}",
        "{\"time\":\"now\",\"action\":\"import\",\"details\":{}}",
    ] {
        let log = TestLog::with_signed_entries(5).await;
        fs::write(log.entry(2), content).unwrap();
        assert_eq!(
            log.finding(None).await,
            "audit/entry/000000000002: not a JSON object with a time, an action and details"
        );
    }
}

#[tokio::test]
async fn foreign_files_are_named() {
    let log = TestLog::with_signed_entries(5).await;
    for name in [
        "notes.txt",
        "entry/7",
        "entry/old/000000000001",
        "tile/0/000.p/0",
        "tile/99/000",
    ] {
        fs::create_dir_all(log.path(name).parent().unwrap()).unwrap();
        fs::write(log.path(name), "x").unwrap();
    }
    let mut verified = log.verify(None).await;
    verified.foreign.sort();
    assert_eq!(verified.entries, 5);
    assert_eq!(
        verified.foreign,
        [
            "audit/entry/7",
            "audit/entry/old/000000000001",
            "audit/notes.txt",
            "audit/tile/0/000.p/0",
            "audit/tile/99/000",
        ]
    );
}

#[test]
fn keys_of_another_lake_are_refused() {
    let key = signer(1).verifying_key().to_owned();
    assert!(key.starts_with(&format!("voxql/audit/{LAKE}+")));
    assert!(AuditKeys::new("other", &key, &[]).unwrap_err().is_invalid());
    assert!(AuditKeys::new(LAKE, "no key", &[]).is_err());
    assert!(AuditKeys::new(LAKE, &key, &[&key, &key]).is_ok());
    assert!(AuditSigner::new("a lake", &Zeroizing::new([1; 32])).is_err());
    assert!(!format!("{:?}", signer(1)).contains("key: "));
}
