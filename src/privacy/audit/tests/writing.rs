use super::super::objects::CHECKPOINT;
use super::super::{Publication, tree};
use super::*;

#[tokio::test]
async fn a_log_across_a_full_tile_verifies() {
    let log = Folder::new();
    let mut kept = Vec::new();
    for n in 0..600 {
        assert_eq!(log.append().await, n);
        if n % 85 == 0 || (254..=257).contains(&n) || (510..=513).contains(&n) {
            kept.push(log.checkpoint().await);
        }
    }
    let verified = log.verify(None).await.unwrap();
    assert_eq!((verified.entries, verified.signed_entries), (600, 600));
    assert_eq!(verified.entries_after(), 0);
    assert!(verified.foreign.is_empty());
    let checkpoint = log.checkpoint().await;
    assert_eq!(checkpoint.lines().nth(2), Some(verified.root.as_str()));
    assert_eq!(
        checkpoint.lines().next(),
        Some(format!("voxql/audit/{LAKE}").as_str())
    );
    for kept in kept {
        let size: u64 = kept.lines().nth(1).unwrap().parse().unwrap();
        let verified = log.verify(Some(&kept)).await.unwrap();
        assert_eq!(verified.kept_entries, Some(size));
    }
    // Of full tiles nothing else is left; of the last, all of its steps.
    for gone in ["tile/0/000.p", "tile/0/001.p"] {
        let left = fs::read_dir(log.path(gone)).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{gone}");
    }
    assert_eq!(log.names("tile/0/002.p").len(), 600 - 512);
    assert_eq!(log.names("tile/1/000.p"), ["1", "2"]);
}

#[tokio::test]
async fn entries_are_lines_of_fixed_order() {
    let log = Folder::new();
    let forget = Entry::new(Action::Forget)
        .with("table_version", 12)
        .with("file", Id::from([0xab; 32]))
        .with("keep_score", false)
        .with("table", "responses");
    log.log.append(&log.signer, &forget).await.unwrap();
    log.log.append(&log.signer, &entry(3)).await.unwrap();
    let line = fs::read_to_string(log.entry(0)).unwrap();
    let (time, rest) = line
        .strip_prefix("{\"time\":\"")
        .unwrap()
        .split_once('"')
        .unwrap();
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
fn what_may_be_personal_is_refused() {
    for id in [
        "",
        "4111111111111111",
        "v1:abc",
        &"g".repeat(32),
        &"A".repeat(32),
    ] {
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
                    indices.push(
                        log.append(&signer, &entry(task * ENTRIES + n))
                            .await
                            .unwrap(),
                    );
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
async fn racing_writers_on_disk_take_every_index_once() {
    race(Folder::new().log).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_writers_in_a_store_with_versions_take_every_index_once() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    race(AuditLog::new(store, Path::default(), keys(&signer(1)))).await;
}

#[tokio::test]
async fn a_writer_that_was_outrun_does_not_put_the_checkpoint_back() {
    let in_memory: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let in_folder = Folder::new();
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
        let late = signer.sign_checkpoint(2, tree::leaf(b"whatever"));
        let publication = log.publish(Some(&old), 2, late.clone()).await.unwrap();
        assert_eq!(publication, Publication::Outrun);
        let first = log.publish(None, 2, late).await.unwrap();
        assert_eq!(first, Publication::Outrun);
        assert_eq!(log.verify(None).await.unwrap().signed_entries, 4);
    }
}

#[tokio::test]
async fn an_entry_without_checkpoint_is_signed_by_the_next_command() {
    for size in [0, 5, 255, 256, 300] {
        let log = Folder::of(size).await;
        for n in 0..3 {
            assert_eq!(log.log.record(&entry(n)).await.unwrap(), size + n);
        }
        let verified = log.verify(None).await.unwrap();
        assert_eq!((verified.entries, verified.entries_after()), (size + 3, 3));
        assert_eq!(log.append().await, size + 3);
        let verified = log.verify(None).await.unwrap();
        assert_eq!((verified.entries, verified.entries_after()), (size + 4, 0));
    }
}

#[tokio::test]
async fn an_entry_that_a_power_cut_emptied_is_written_off() {
    let log = Folder::of(3).await;
    fs::write(log.entry(3), "").unwrap();
    assert_eq!(log.verify(None).await.unwrap().entries_after(), 1);
    assert_eq!(log.append().await, 4);
    assert_eq!(log.verify(None).await.unwrap().signed_entries, 5);
    let records: Vec<_> = log.log.entries(2..5).try_collect().await.unwrap();
    let actions: Vec<_> = records.iter().map(|record| &record.action).collect();
    assert_eq!(actions, ["import", "lost", "import"]);
}

#[tokio::test]
async fn tiles_without_checkpoint_are_harmless() {
    for size in [0, 5, 255, 511] {
        let log = Folder::of(size).await;
        let published = log.log.published().await.unwrap();
        for n in 0..3 {
            log.log.record(&entry(n)).await.unwrap();
        }
        // As far as a command gets that is ended before it writes the checkpoint.
        let mut tree = log.log.tree(published.as_ref()).await.unwrap();
        log.log.extend(&mut tree, size + 3).await.unwrap();
        assert_eq!(log.verify(None).await.unwrap().entries_after(), 3);
        assert_eq!(log.append().await, size + 3);
        assert_eq!(log.verify(None).await.unwrap().entries_after(), 0);
    }
}

#[tokio::test]
async fn lost_and_damaged_tiles_are_made_again() {
    let log = Folder::of(700).await;
    log.remove_tiles();
    let found = finding(log.verify(None).await);
    assert_eq!(
        found,
        "audit/tile/0/000: the tile is missing or too short; the entries are as they were signed"
    );
    log.append().await;
    log.verify(None).await.unwrap();
    // The last tile, which the next writer goes on from.
    fs::write(log.path("tile/0/002.p/189"), vec![1; 189 * 32]).unwrap();
    assert!(
        finding(log.verify(None).await).contains("audit/tile/0/002.p/189: the tile was changed")
    );
    log.append().await;
    log.verify(None).await.unwrap();
}

#[tokio::test]
async fn a_reader_of_an_old_checkpoint_finds_its_tile_filled_up() {
    let log = Folder::of(250).await;
    let published = log.log.published().await.unwrap();
    log.grow(10).await;
    assert!(!log.path("tile/0/000.p/250").exists());
    log.log.tree(published.as_ref()).await.unwrap();
    assert!(!log.path("tile/0/000.p/250").exists());
}

#[tokio::test]
async fn a_rotated_key_signs_on_and_old_checkpoints_still_count() {
    let log = Folder::of(5).await;
    let kept = log.checkpoint().await;
    let new = signer(2);
    let both = AuditKeys::new(LAKE, new.verifying_key(), &[log.signer.verifying_key()]).unwrap();
    let rotated = AuditLog {
        keys: both,
        ..log.log.clone()
    };
    assert!(finding(rotated.verify(None).await).contains("a key that was replaced"));
    let error = rotated.append(&log.signer, &entry(9)).await.unwrap_err();
    assert!(error.is_invalid());
    assert_eq!(rotated.sign(&new).await.unwrap(), 5);
    assert_eq!(rotated.append(&new, &entry(1)).await.unwrap(), 5);
    let verified = rotated.verify(Some(&kept)).await.unwrap();
    assert_eq!(
        (verified.signed_entries, verified.kept_entries),
        (6, Some(5))
    );
}

#[tokio::test]
async fn an_empty_log_is_in_order() {
    let log = Folder::new();
    let verified = log.verify(None).await.unwrap();
    assert_eq!((verified.entries, verified.signed_entries), (0, 0));
    assert_eq!(log.log.checkpoint().await.unwrap(), None);
    assert_eq!(log.log.sign(&log.signer).await.unwrap(), 0);
    assert!(
        !log.folder
            .path()
            .join("lakes/ours")
            .join(CHECKPOINT)
            .exists()
    );
}
