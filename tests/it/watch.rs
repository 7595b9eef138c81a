//! `voxql watch`: every file once, whatever happens in between.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant, SystemTime};

use super::common::{Workspace, value};

const HEADER: &str = "response_id,date,score\n";

/// Writes an export that was finished a while ago.
fn drop_export(workspace: &Workspace, name: &str, content: &str) {
    let path = workspace.path().join("in").join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, content).expect("a file");
    let file = fs::File::options().write(true).open(&path).expect("a file");
    let earlier = SystemTime::now() - Duration::from_secs(60);
    file.set_modified(earlier).expect("a time");
}

/// One look: standard output, standard error, and the exit code.
fn once(workspace: &Workspace) -> (String, String, Option<i32>) {
    let output = workspace
        .voxql()
        .args(["watch", "in", "--once"])
        .output()
        .expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code(),
    )
}

#[tokio::test]
async fn every_file_comes_in_once() {
    let workspace = Workspace::new();
    drop_export(&workspace, "a.csv", &format!("{HEADER}a,2026-01-01,9\n"));
    drop_export(
        &workspace,
        "deep/b.csv",
        &format!("{HEADER}b,2026-01-01,3\n"),
    );
    // Neither a hidden file, nor rejected rows, nor a lake is an export.
    drop_export(&workspace, ".c.csv", &format!("{HEADER}c,2026-01-01,3\n"));
    drop_export(
        &workspace,
        "a.rejects.csv",
        &format!("{HEADER}d,2026-01-01,3\n"),
    );
    let (out, err, code) = once(&workspace);
    assert_eq!((err.as_str(), code), ("", Some(0)), "{out}");
    assert_eq!(out.matches("new 1 ").count(), 2, "{out}");
    // Started again, there is nothing to say.
    let again = once(&workspace);
    assert_eq!(again, (String::new(), String::new(), Some(0)));
    drop_export(&workspace, "e.csv", &format!("{HEADER}e,2026-01-01,10\n"));
    let (out, _, _) = once(&workspace);
    assert_eq!(
        out.lines().filter(|line| line.contains(" rows ")).count(),
        1,
        "{out}"
    );
    let count = "SELECT count(*) FROM responses";
    assert_eq!(value(&workspace.lake(), count).await, "3");
}

#[tokio::test]
async fn one_bad_file_does_not_stop_the_rest() {
    let workspace = Workspace::new();
    drop_export(&workspace, "1.csv", "a,b\nx,y\n");
    drop_export(&workspace, "2.csv", &format!("{HEADER}a,2026-01-01,9\n"));
    let (out, err, code) = once(&workspace);
    assert!(out.contains("2.csv"), "{out}");
    assert!(err.contains("1.csv"), "{err}");
    assert_eq!(code, Some(2));
    let count = "SELECT count(*) FROM responses";
    assert_eq!(value(&workspace.lake(), count).await, "1");
}

#[test]
fn an_empty_folder_is_no_error_and_a_missing_one_is() {
    let workspace = Workspace::new();
    let (_, err, code) = once(&workspace);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("in: not a folder"), "{err}");
    fs::create_dir(workspace.path().join("in")).expect("a folder");
    assert_eq!(once(&workspace), (String::new(), String::new(), Some(0)));
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_running_watch_sees_what_comes() {
    let workspace = Workspace::new();
    drop_export(&workspace, "a.csv", &format!("{HEADER}a,2026-01-01,9\n"));
    let _running = Running(
        workspace
            .voxql()
            .args(["watch", "in", "--every", "100ms"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs"),
    );
    for (number, content) in [(1, "b,2026-01-02,8"), (2, "c,2026-01-03,1")] {
        let expected = number.to_string();
        let waiting = Instant::now();
        loop {
            let lake = workspace.lake();
            let there = lake.exists().await.expect("a lake can be looked for")
                && lake.session().table("responses").await.is_ok();
            if there && value(&lake, "SELECT count(*) FROM responses").await == expected {
                break;
            }
            assert!(
                waiting.elapsed() < Duration::from_secs(60),
                "{expected} files came in"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        drop_export(
            &workspace,
            &format!("{number}.csv"),
            &format!("{HEADER}{content}\n"),
        );
    }
}
