//! How long the program takes from start to first answer, as a whole process.
//!
//! `cargo bench --bench startup`

use std::path::Path;
use std::process::{Command, Stdio};

use criterion::{Criterion, criterion_group, criterion_main};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn voxql(lake: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voxql"));
    command
        .env("VOXQL_KEY", KEY)
        .arg("--lake")
        .arg(lake)
        .stdout(Stdio::null());
    command
}

fn run(mut command: Command) {
    let status = command.status().expect("the program starts");
    assert!(status.success());
}

fn startup(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lake = folder.path().join("lake");
    let export = folder.path().join("responses.csv");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/responses.csv");
    std::fs::copy(sample, &export).expect("a copy of the sample");
    let mut ingest = voxql(&lake);
    ingest.arg("ingest").arg(&export);
    run(ingest);

    let query = |sql: &'static str| {
        let lake = lake.clone();
        move || {
            let mut command = voxql(&lake);
            command.args(["-c", sql]);
            run(command);
        }
    };
    let mut group = c.benchmark_group("startup");
    group.bench_function("select 1", |b| b.iter(query("SELECT 1")));
    group.bench_function("nps of a small lake", |b| {
        b.iter(query("SELECT nps(score) FROM responses"));
    });
    group.finish();
}

criterion_group!(benches, startup);
criterion_main!(benches);
