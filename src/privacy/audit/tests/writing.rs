use super::super::log::Publication;
use super::super::tree;
use super::*;

#[tokio::test]
async fn a_log_across_a_full_tile_verifies() {
    let log = TestLog::new();
    let mut kept = Vec::new();
    for n in 0..600 {
        assert_eq!(log.append().await, n);
        if n % 85 == 0 || (254..=257).contains(&n) || (510..=513).contains(&n) {
            kept.push(log.checkpoint().await);
        }
    }
    let verified = log.verify(None).await;
    assert_eq!((verified.entries, verified.signed_entries), (600, 600));
    assert_eq!(verified.entries_after(), 0);
    assert!(verified.foreign.is_empty());
    let checkpoint = log.checkpoint().await;
    let origin = format!("voxql/audit/{LAKE}");
    assert_eq!(checkpoint.lines().next(), Some(origin.as_str()));
    assert_eq!(checkpoint.lines().nth(2), Some(verified.root.as_str()));
    for kept in kept {
        let size: u64 = kept.lines().nth(1).unwrap().parse().unwrap();
        let verified = log.verify(Some(&kept)).await;
        assert_eq!(verified.kept_entries, Some(size));
    }
    // No partial tiles of full tiles remain; those of the last do.
    for gone in ["tile/0/000.p", "tile/0/001.p"] {
        let left = fs::read_dir(log.path(gone)).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{gone}");
    }
    assert_eq!(log.names("tile/0/002.p").len(), 600 - 512);
    assert_eq!(log.names("tile/1/000.p"), ["1", "2"]);
}

#[tokio::test]
async fn entries_are_lines_of_fixed_order() {
    let log = TestLog::new();
    let forget = Entry::new(Action::Forget)
        .with("table_version", 12)
        .with("file", Id::from([0xab; 32]))
        .with("keep_score", false)
        .with("table", "responses");
    log.log.append(&log.signer, &forget).await.unwrap();
    log.log.append(&log.signer, &entry(3)).await.unwrap();
    let line = fs::read_to_string(log.entry(0)).unwrap();
    let rest = line.strip_prefix("{\"time\":\"").unwrap();
    let (time, rest) = rest.split_once('"').unwrap();
    assert_eq!(time.len(), "2026-03-01T00:00:00.000000Z".len());
    assert_eq!(
        rest,
        format!(
            ",\"action\":\"forget\",\"details\":{{\"file\":\"{}\",\"keep_score\":false,\
             \"table\":\"responses\",\"table_version\":12}}}}\n",
            "ab".repeat(32)
        )
    );
    let records: Vec<_> = log.log.entries(0..2).try_collect().await.unwrap();
    assert_eq!(records[0].action, "forget");
    assert_eq!(records[1].index, 1);
    assert_eq!(records[1].details["rows_new"], 3);
    assert!(records[0].time <= records[1].time);
    assert_eq!(log.log.size().await.unwrap(), 2);
}

#[test]
fn ids_reject_personal_data() {
    let (no_hex, upper_case) = ("g".repeat(32), "A".repeat(32));
    for id in ["", "4111111111111111", "v1:abc", &no_hex, &upper_case] {
        let error = Id::parse(id).unwrap_err();
        assert!(!error.to_string().contains("4111"), "{id}");
    }
    assert!(Id::parse(LAKE).is_ok());
}

async fn race(log: AuditLog) {
    const TASKS: u64 = 8;
    const ENTRIES: u64 = 20;
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let log = log.clone();
            tokio::spawn(async move {
                let signer = signer(1);
                let mut indices = Vec::new();
                for n in 0..ENTRIES {
                    let entry = entry(task * ENTRIES + n);
                    indices.push(log.append(&signer, &entry).await.unwrap());
                }
                indices
            })
        })
        .collect();
    let mut indices = Vec::new();
    for task in tasks {
        indices.extend(task.await.unwrap());
    }
    indices.sort_unstable();
    assert_eq!(indices, (0..TASKS * ENTRIES).collect::<Vec<_>>());
    let verified = log.verify(None).await.unwrap();
    assert_eq!(verified.entries, TASKS * ENTRIES);
    assert_eq!(verified.entries_after(), 0);
    let mut rows: Vec<_> = log
        .entries(0..TASKS * ENTRIES)
        .map_ok(|record| record.details["rows_new"].as_u64().unwrap())
        .try_collect()
        .await
        .unwrap();
    rows.sort_unstable();
    assert_eq!(rows, indices);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_writers_on_disk_use_every_index_once() {
    race(TestLog::new().log).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_writers_in_a_store_with_versions_use_every_index_once() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    race(AuditLog::new(store, Path::default(), keys(&signer(1)))).await;
}

#[tokio::test]
async fn a_superseded_writer_does_not_roll_the_checkpoint_back() {
    let in_memory: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let in_folder = TestLog::new();
    let stores = [
        AuditLog::new(in_memory, Path::default(), keys(&signer(1))),
        in_folder.log.clone(),
    ];
    for log in stores {
        let signer = signer(1);
        log.append(&signer, &entry(0)).await.unwrap();
        let old = log.published().await.unwrap().unwrap();
        for n in 1..4 {
            log.append(&signer, &entry(n)).await.unwrap();
        }
        let late = signer.sign_checkpoint(2, tree::leaf(b"any"));
        let publication = log.publish(Some(&old), 2, late.clone()).await.unwrap();
        assert_eq!(publication, Publication::Superseded);
        let first = log.publish(None, 2, late).await.unwrap();
        assert_eq!(first, Publication::Superseded);
        assert_eq!(log.verify(None).await.unwrap().signed_entries, 4);
    }
}

#[tokio::test]
async fn an_entry_without_checkpoint_is_signed_by_the_next_command() {
    for size in [0, 5, 255, 256, 300] {
        let log = TestLog::with_signed_entries(size).await;
        for n in 0..3 {
            assert_eq!(log.log.record(&entry(n)).await.unwrap(), size + n);
        }
        let verified = log.verify(None).await;
        assert_eq!((verified.entries, verified.entries_after()), (size + 3, 3));
        assert_eq!(log.append().await, size + 3);
        let verified = log.verify(None).await;
        assert_eq!((verified.entries, verified.entries_after()), (size + 4, 0));
    }
}

#[tokio::test]
async fn an_entry_emptied_by_a_power_cut_is_replaced() {
    let log = TestLog::with_signed_entries(3).await;
    fs::write(log.entry(3), "").unwrap();
    assert_eq!(log.verify(None).await.entries_after(), 1);
    assert_eq!(log.append().await, 4);
    assert_eq!(log.verify(None).await.signed_entries, 5);
    let records: Vec<_> = log.log.entries(2..5).try_collect().await.unwrap();
    let actions: Vec<_> = records.iter().map(|record| &record.action).collect();
    assert_eq!(actions, ["import", "lost", "import"]);
}

#[tokio::test]
async fn tiles_without_checkpoint_are_harmless() {
    for size in [0, 5, 255, 511] {
        let log = TestLog::with_signed_entries(size).await;
        let published = log.log.published().await.unwrap();
        for n in 0..3 {
            log.log.record(&entry(n)).await.unwrap();
        }
        // Like a command that is stopped before it writes the checkpoint.
        let mut tree = log.log.tree(published.as_ref()).await.unwrap();
        log.log.extend(&mut tree, size + 3).await.unwrap();
        assert_eq!(log.verify(None).await.entries_after(), 3);
        assert_eq!(log.append().await, size + 3);
        assert_eq!(log.verify(None).await.entries_after(), 0);
    }
}

#[tokio::test]
async fn lost_and_damaged_tiles_are_rebuilt() {
    let log = TestLog::with_signed_entries(700).await;
    log.remove_tiles();
    let found = log.finding(None).await;
    assert_eq!(
        found,
        "audit/tile/0/000: the tile is missing or too short; the entries are unchanged since they were signed"
    );
    log.append().await;
    log.verify(None).await;
    // The last tile, from which the next writer continues.
    fs::write(log.path("tile/0/002.p/189"), vec![1; 189 * 32]).unwrap();
    assert!(
        log.finding(None)
            .await
            .contains("audit/tile/0/002.p/189: the tile was changed")
    );
    log.append().await;
    log.verify(None).await;
}

#[tokio::test]
async fn a_reader_of_an_old_checkpoint_finds_its_full_tile() {
    let log = TestLog::with_signed_entries(250).await;
    let published = log.log.published().await.unwrap();
    log.grow(10).await;
    assert!(!log.path("tile/0/000.p/250").exists());
    log.log.tree(published.as_ref()).await.unwrap();
    assert!(!log.path("tile/0/000.p/250").exists());
}

#[tokio::test]
async fn old_checkpoints_are_valid_after_a_key_rotation() {
    let log = TestLog::with_signed_entries(5).await;
    let kept = log.checkpoint().await;
    let new = signer(2);
    let both = AuditKeys::new(LAKE, new.verifying_key(), &[log.signer.verifying_key()]).unwrap();
    let rotated = AuditLog {
        keys: both,
        ..log.log.clone()
    };
    assert!(
        finding(&rotated, None)
            .await
            .contains("a key that has been replaced")
    );
    let error = rotated.append(&log.signer, &entry(9)).await.unwrap_err();
    assert!(error.is_invalid());
    assert_eq!(rotated.sign(&new).await.unwrap(), 5);
    assert_eq!(rotated.append(&new, &entry(1)).await.unwrap(), 5);
    let verified = rotated.verify(Some(&kept)).await.unwrap();
    assert_eq!(verified.signed_entries, 6);
    assert_eq!(verified.kept_entries, Some(5));
}

#[tokio::test]
async fn an_empty_log_is_valid() {
    let log = TestLog::new();
    let verified = log.verify(None).await;
    assert_eq!((verified.entries, verified.signed_entries), (0, 0));
    assert_eq!(log.log.checkpoint().await.unwrap(), None);
    assert_eq!(log.log.sign(&log.signer).await.unwrap(), 0);
    assert!(!log.path("checkpoint").exists());
}
