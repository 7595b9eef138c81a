//! Lakes and tables on object storage: an in-process service that checks signatures.

mod server;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use object_store::aws::AmazonS3Builder;
use object_store::memory::InMemory;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use url::Url;
use voxql::{IngestOptions, Lake};

use crate::common::{KEY, Workspace, value};
use server::{ACCESS_KEY, BUCKET, SECRET_KEY, Server};

const LAKE: &str = "s3://feedback/nps";

/// The promoters, passives and detractors of the sample data, and the resulting figures.
const FIGURES: &str = "SELECT count(*), count(score), round(nps(score), 3) FROM ";

/// Time after which a command counts as hung, far above what any command may take.
const HUNG: Duration = Duration::from_secs(120);

/// Output and exit code of a command.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
    took: Duration,
}

impl Ended {
    /// The standard output of a command that succeeded.
    fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self.out
    }

    /// The error and the hint of a command that failed, one line each.
    fn failed(self) -> (String, String) {
        assert_eq!(self.code, Some(2), "{}{}", self.out, self.err);
        let lines: Vec<&str> = self.err.lines().collect();
        let [error, hint] = lines.as_slice() else {
            panic!("not an error and a hint: {}", self.err);
        };
        assert!(error.starts_with("error: "), "{error}");
        assert!(hint.starts_with("hint: "), "{hint}");
        for noise in ["<", "Error performing", "backtrace", "DataFusion", "bug"] {
            assert!(!error.contains(noise), "{noise} in: {error}");
        }
        ((*error).to_owned(), (*hint).to_owned())
    }
}

/// Runs a command to its end, for at most [`HUNG`].
fn run(command: &mut Command) -> Ended {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    while child
        .try_wait()
        .expect("the program can be watched")
        .is_none()
    {
        if start.elapsed() > HUNG {
            child.kill().expect("the program can be ended");
            panic!("{command:?} hangs");
        }
        thread::sleep(Duration::from_millis(10));
    }
    let took = start.elapsed();
    let output = child.wait_with_output().expect("output");
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
        took,
    }
}

/// The program on [`LAKE`], with credentials.
fn voxql(workspace: &Workspace, server: &Server) -> Command {
    let mut command = workspace.voxql();
    server.serves(&mut command, LAKE);
    command
}

/// The result of SQL as CSV.
fn sql(workspace: &Workspace, server: &Server, sql: &str) -> String {
    run(voxql(workspace, server).args(["--format", "csv", "-c", sql])).done()
}

fn sample(workspace: &Workspace) -> PathBuf {
    // A copy, because the rejects file is written next to the original.
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_data/responses.csv");
    workspace.write("responses.csv", std::fs::read(path).expect("sample data"))
}

fn import(workspace: &Workspace, server: &Server) {
    let sample = sample(workspace);
    run(voxql(workspace, server)
        .arg("ingest")
        .arg(sample)
        .args(["--keep", "segment,country"]))
    .done();
}

/// A custom store over the server, as an embedding program creates it.
fn own_store(server: &Server) -> Arc<dyn ObjectStore> {
    let store = AmazonS3Builder::new()
        .with_bucket_name(BUCKET)
        .with_endpoint(server.endpoint())
        .with_allow_http(true)
        .with_region("us-east-1")
        .with_access_key_id(ACCESS_KEY)
        .with_secret_access_key(SECRET_KEY)
        .build();
    Arc::new(store.expect("a complete configuration"))
}

#[tokio::test]
async fn the_server_refuses_to_create_an_object_twice() {
    let server = Server::start();
    let store = own_store(&server);
    let key = Key::from("once.txt");
    let create = || PutOptions::from(PutMode::Create);
    store
        .put_opts(&key, "first".into(), create())
        .await
        .expect("the object is new");
    let second = store.put_opts(&key, "second".into(), create()).await;
    assert!(
        matches!(second, Err(object_store::Error::AlreadyExists { .. })),
        "{second:?}"
    );
    let kept = store.get(&key).await.expect("the object");
    assert_eq!(kept.bytes().await.expect("its content"), "first");
}

#[test]
fn importing_twice_changes_nothing_and_figures_match_a_local_lake() {
    let (workspace, server) = (Workspace::new(), Server::start());
    import(&workspace, &server);
    let keys = server.keys("nps/responses/");
    assert!(
        keys.iter().any(|key| key.contains("month=2025-01")),
        "{keys:?}"
    );
    assert_eq!(server.keys("nps/lake.toml").len(), 1);

    let again = run(voxql(&workspace, &server).args(["ingest", "responses.csv"])).done();
    assert!(again.contains("nothing new"), "{again}");
    assert_eq!(server.keys("nps/responses/"), keys);
    // The same responses in other bytes: all are duplicates, and nothing is written.
    let content = std::fs::read_to_string(workspace.path().join("responses.csv")).expect("a file");
    workspace.write("crlf.csv", content.replace('\n', "\r\n"));
    let known = run(voxql(&workspace, &server).args(["ingest", "crlf.csv", "--json"])).done();
    assert!(known.contains("\"new\":0"), "{known}");
    let files = |keys: &[String]| keys.iter().filter(|key| key.ends_with(".parquet")).count();
    assert_eq!(files(&server.keys("nps/responses/")), files(&keys));

    run(workspace.voxql().args(["ingest", "responses.csv"])).done();
    let query = format!("{FIGURES} responses");
    let local = run(workspace.voxql().args(["--format", "csv", "-c", &query])).done();
    assert_eq!(sql(&workspace, &server, &query), local);
    assert!(local.contains("1892,1794,38.852"), "{local}");

    let imports = run(voxql(&workspace, &server).args(["imports", "--format", "csv"])).done();
    let imports: Vec<&str> = imports.lines().collect();
    assert_eq!(imports.len(), 3, "a header and two imports: {imports:?}");
    assert!(imports.iter().any(|line| line.contains(",responses.csv,")));
    assert!(imports.iter().any(|line| line.contains(",crlf.csv,")));
}

#[test]
fn any_folder_of_parquet_is_a_table() {
    let (workspace, server) = (Workspace::new(), Server::start());
    import(&workspace, &server);
    let figures = sql(&workspace, &server, &format!("{FIGURES} responses"));

    // The lake's own files, as plain Parquet and as a Delta table.
    for stored_as in ["PARQUET", "DELTATABLE"] {
        let found = sql(
            &workspace,
            &server,
            &format!(
                "CREATE EXTERNAL TABLE t STORED AS {stored_as} LOCATION '{LAKE}/responses/'; \
                 {FIGURES} t WHERE month >= '2000' AND survey = 'default'"
            ),
        );
        assert_eq!(found.lines().last(), figures.lines().last());
    }
    let found = sql(
        &workspace,
        &server,
        &format!("{FIGURES} '{LAKE}/responses/'"),
    );
    assert_eq!(found.lines().last(), figures.lines().last());

    // Files without a log.
    sql(
        &workspace,
        &server,
        "COPY (SELECT score, responded_at, segment, month FROM responses) \
         TO 's3://feedback/plain/' STORED AS PARQUET PARTITIONED BY (month)",
    );
    assert!(server.keys("plain/month=2025-01/").len() == 1);
    let in_quotes = "'s3://feedback/plain/'";
    let created = format!("CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION {in_quotes}; ");
    for (setup, table) in [("", in_quotes), (created.as_str(), "t")] {
        let january = sql(
            &workspace,
            &server,
            &format!("{setup}SELECT count(*) AS n FROM {table} WHERE month = '2025-01'"),
        );
        assert_eq!(january, "n\n81\n");
        let types = sql(
            &workspace,
            &server,
            &format!(
                "{setup}SELECT DISTINCT arrow_typeof(score) AS s, arrow_typeof(responded_at) AS r FROM {table}"
            ),
        );
        assert_eq!(types, "s,r\nInt8,\"Timestamp(µs, \"\"UTC\"\")\"\n");
    }
}

#[test]
fn files_on_s3_join_with_the_lake_and_results_are_written_there() {
    let (workspace, server) = (Workspace::new(), Server::start());
    import(&workspace, &server);
    server.put("regions.csv", "country,region\nGB,north\nNL,north\n");
    let joined = "SELECT region, count(*) AS n FROM responses \
                  JOIN 's3://feedback/regions.csv' USING (country) GROUP BY region";
    let north = sql(&workspace, &server, joined);
    assert!(north.starts_with("region,n\nnorth,"), "{north}");

    for format in ["csv", "json", "parquet", "xlsx"] {
        let place = format!("s3://feedback/out/north.{format}");
        sql(
            &workspace,
            &server,
            &format!("COPY ({joined}) TO '{place}'"),
        );
        let back = format!("SELECT region, n FROM '{place}'");
        assert_eq!(sql(&workspace, &server, &back), north, "{format}");
    }

    run(voxql(&workspace, &server).args(["-o", "north.csv", "-c", joined])).done();
    let written = std::fs::read_to_string(workspace.path().join("north.csv")).expect("a file");
    assert_eq!(written, north);
}

#[test]
fn patterns_and_folders_name_objects() {
    let (workspace, server) = (Workspace::new(), Server::start());
    import(&workspace, &server);
    server.put("in/month=2026-01/a.csv", "id;word\n1;one\n");
    server.put("in/month=2026-01/b.csv", "id;word\n2;two\n");
    server.put("in/month=2026-02/a.csv", "id;word\n3;three\n");
    server.put("in/notes.pdf", "%PDF");
    server.put("in/.hidden.csv", "id;word\n4;four\n");
    for (place, expected) in [
        (
            "s3://feedback/in/*/*.csv",
            "id,month\n1,2026-01\n2,2026-01\n3,2026-02\n",
        ),
        (
            "s3://feedback/in/**/a.csv",
            "id,month\n1,2026-01\n3,2026-02\n",
        ),
        ("s3://feedback/in/*/[b-z].csv", "id,month\n2,2026-01\n"),
        (
            "s3://feedback/in/month=2026-0{1,3}/a.csv",
            "id,month\n1,2026-01\n",
        ),
        (
            "s3://feedback/in",
            "id,month\n1,2026-01\n2,2026-01\n3,2026-02\n",
        ),
        (
            "s3://feedback/in/",
            "id,month\n1,2026-01\n2,2026-01\n3,2026-02\n",
        ),
    ] {
        let query = format!("SELECT id, month FROM '{place}' ORDER BY id");
        assert_eq!(sql(&workspace, &server, &query), expected, "{place}");
    }
    let read = "SELECT max(word) AS w FROM read_csv('s3://feedback/in/*/*.csv', delim => ';')";
    assert_eq!(sql(&workspace, &server, read), "w\ntwo\n");
    for (place, message) in [
        ("s3://feedback/in/*.csv", "no file matches the pattern"),
        ("s3://feedback/nothing", "no such file"),
        (
            "s3://feedback/nothing/",
            "no such file, and no data below it",
        ),
    ] {
        let query = format!("SELECT * FROM '{place}'");
        let (error, _) = run(voxql(&workspace, &server).args(["-c", &query])).failed();
        assert!(error.contains(message), "{error}");
    }
}

/// The lake's settings are read in the middle of a query, from a thread that waits for them.
#[test]
fn a_person_is_found_by_address() {
    let (workspace, server) = (Workspace::new(), Server::start());
    import(&workspace, &server);
    let person = "SELECT count(DISTINCT respondent) AS n FROM responses \
                  WHERE respondent = anonymize('ines.heuvelmaar@example.org')";
    assert_eq!(sql(&workspace, &server, person), "n\n1\n");
}

#[test]
fn special_characters_in_prefix_and_survey() {
    let (workspace, server) = (Workspace::new(), Server::start());
    let answers = workspace.write("a.csv", "id,date,score\n1,2026-03-01,10\n2,2026-04-02,3\n");
    let count = "SELECT count(*) AS n FROM responses WHERE survey = 'a/b ü'";
    let prefixed = |command: &mut Command| {
        server.serves(command, "s3://feedback/my läke/x y");
    };
    let local = |_: &mut Command| {};
    for place in [&prefixed as &dyn Fn(&mut Command), &local] {
        let mut command = workspace.voxql();
        place(&mut command);
        run(command.args(["ingest", "--survey", "a/b ü"]).arg(&answers)).done();
        let mut command = workspace.voxql();
        place(&mut command);
        let again = run(command.args(["ingest", "--survey", "a/b ü"]).arg(&answers)).done();
        assert!(again.contains("nothing new"), "{again}");
        let mut command = workspace.voxql();
        place(&mut command);
        let found = run(command.args(["--format", "csv", "-c", count])).done();
        assert_eq!(found, "n\n2\n");
    }
    let keys = server.keys("");
    assert!(
        keys.iter().all(|key| key.starts_with("my läke/x y/")),
        "{keys:?}"
    );
    assert_eq!(server.keys("my läke/x y/lake.toml").len(), 1);
}

/// Every kind of command on a lake: each must fail clearly if the storage fails.
const ATTEMPTS: [&str; 7] = [
    "SELECT count(*) FROM responses",
    "SELECT count(*) FROM imports",
    "SELECT count(*) FROM 's3://BUCKET/folder/'",
    "SELECT count(*) FROM 's3://BUCKET/file.csv'",
    "CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION 's3://BUCKET/folder/'",
    "CREATE EXTERNAL TABLE t STORED AS DELTATABLE LOCATION 's3://BUCKET/folder/'",
    "COPY (SELECT 1 AS one) TO 's3://BUCKET/one.parquet'",
];

/// Runs an import and all [`ATTEMPTS`] with what `prepare` sets.
fn attempts(workspace: &Workspace, bucket: &str, prepare: impl Fn(&mut Command)) -> Vec<Ended> {
    sample(workspace);
    let mut command = workspace.voxql();
    prepare(&mut command);
    let mut ended = vec![run(command.args(["ingest", "responses.csv"]))];
    for attempt in ATTEMPTS {
        let mut command = workspace.voxql();
        prepare(&mut command);
        ended.push(run(command.args(["-c", &attempt.replace("BUCKET", bucket)])));
    }
    ended
}

#[test]
fn refused_credentials_fail_immediately() {
    let (workspace, server) = (Workspace::new(), Server::start());
    for (variable, wrong, why) in [
        ("AWS_SECRET_ACCESS_KEY", "wrong", "SignatureDoesNotMatch"),
        ("AWS_ACCESS_KEY_ID", "nobody", "NotSignedUp"),
    ] {
        for ended in attempts(&workspace, BUCKET, |command| {
            server.serves(command, LAKE).env(variable, wrong);
        }) {
            assert!(ended.took < Duration::from_secs(45), "{:?}", ended.took);
            let (error, hint) = ended.failed();
            assert!(error.contains("no access to s3://feedback"), "{error}");
            // A file's size is requested with HEAD, whose response has no body with details.
            assert!(error.contains(why) || error.contains("403"), "{error}");
            assert!(hint.contains("AWS_SECRET_ACCESS_KEY"), "{hint}");
        }
    }
    assert_eq!(server.keys(""), Vec::<String>::new());
}

#[test]
fn a_missing_bucket_is_named() {
    let (workspace, server) = (Workspace::new(), Server::start());
    for ended in attempts(&workspace, "missing", |command| {
        server.serves(command, "s3://missing/nps");
    }) {
        assert!(ended.took < Duration::from_secs(45), "{:?}", ended.took);
        let (error, _) = ended.failed();
        assert!(error.contains("the bucket s3://missing"), "{error}");
        assert!(error.contains("does not exist"), "{error}");
    }
}

#[test]
fn a_missing_lake_is_not_a_missing_bucket() {
    let (workspace, server) = (Workspace::new(), Server::start());
    let mut command = voxql(&workspace, &server);
    let (error, hint) = run(command.args(["-c", ATTEMPTS[0]])).failed();
    assert_eq!(error, format!("error: there is no lake at {LAKE}"));
    assert!(hint.contains("voxql ingest"), "{hint}");
}

/// DataFusion hides the reason if it fails to finish a CSV or JSON file.
#[test]
fn a_refused_csv_has_a_clear_error() {
    let (workspace, server) = (Workspace::new(), Server::start());
    let copy = "COPY (SELECT 1 AS one) TO 's3://missing/one.csv'";
    let (error, hint) = run(voxql(&workspace, &server).args(["-c", copy])).failed();
    assert!(error.contains("the file could not be written"), "{error}");
    assert!(hint.contains("bucket"), "{hint}");
}

#[test]
fn a_closed_port_times_out() {
    let (workspace, server) = (Workspace::new(), Server::start());
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let closed = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    for attempt in [["ingest", "responses.csv"], ["-c", ATTEMPTS[0]]] {
        sample(&workspace);
        let mut command = voxql(&workspace, &server);
        let ended = run(command.env("AWS_ENDPOINT_URL", &closed).args(attempt));
        assert!(ended.took < Duration::from_secs(45), "{:?}", ended.took);
        let (error, hint) = ended.failed();
        assert!(error.contains("s3://feedback"), "{error}");
        assert!(error.contains(&closed), "{error}");
        assert!(hint.contains("AWS_ENDPOINT_URL"), "{hint}");
    }
}

#[test]
fn a_service_that_never_responds_times_out() {
    let (workspace, server) = (Workspace::new(), Server::start());
    // The system accepts connections, and nothing reads from them.
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let mute = format!("http://{}", listener.local_addr().expect("an address"));
    sample(&workspace);
    let commands = [["ingest", "responses.csv"], ["-c", ATTEMPTS[0]]].map(|attempt| {
        let mut command = voxql(&workspace, &server);
        command.env("AWS_ENDPOINT_URL", &mute).args(attempt);
        command
    });
    thread::scope(|scope| {
        let running = commands.map(|mut command| scope.spawn(move || run(&mut command)));
        for ended in running.map(|thread| thread.join().expect("no panic")) {
            assert!(ended.took < Duration::from_secs(45), "{:?}", ended.took);
            let (error, _) = ended.failed();
            assert!(error.contains("no response within"), "{error}");
        }
    });
}

#[test]
#[cfg(not(feature = "aws-profiles"))]
fn a_profile_needs_a_build_that_reads_profiles() {
    let (workspace, server) = (Workspace::new(), Server::start());
    for ended in attempts(&workspace, BUCKET, |command| {
        server
            .serves(command, LAKE)
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY")
            .env("AWS_PROFILE", "research");
    }) {
        let (error, hint) = ended.failed();
        assert!(
            error.contains("AWS_PROFILE is set, and this build reads no AWS profiles"),
            "{error}"
        );
        assert!(hint.contains("--features aws-profiles"), "{hint}");
    }
    let mut command = voxql(&workspace, &server);
    let (error, _) = run(command
        .env("AWS_PROFILE", "research")
        .args(["-c", ATTEMPTS[0]]))
    .failed();
    assert!(error.contains("there is no lake"), "{error}");
}

#[test]
#[cfg(feature = "aws-profiles")]
fn profiles_provide_credentials_region_and_endpoint() {
    let (workspace, server) = (Workspace::new(), Server::start());
    let credentials = workspace.write(
        "credentials",
        format!(
            "[research]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
        ),
    );
    let config = workspace.write(
        "config",
        format!(
            "[profile research]\nregion = eu-central-1\nendpoint_url = {}\n",
            server.endpoint()
        ),
    );
    sample(&workspace);
    let with_profile = |profile: &str, arguments: [&str; 2]| {
        run(workspace
            .voxql()
            .env("VOXQL_LAKE", LAKE)
            .env("AWS_PROFILE", profile)
            .env("AWS_SHARED_CREDENTIALS_FILE", &credentials)
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .args(arguments))
    };
    with_profile("research", ["ingest", "responses.csv"]).done();
    let found = with_profile("research", ["-c", "SELECT count(*) FROM responses"]).done();
    assert!(found.contains("1892"), "{found}");

    let (error, hint) = with_profile("nobody", ["-c", ATTEMPTS[0]]).failed();
    assert!(error.contains("no AWS credentials"), "{error}");
    assert!(hint.contains("AWS_PROFILE"), "{hint}");
}

#[test]
fn missing_credentials_fail_fast() {
    let (workspace, server) = (Workspace::new(), Server::start());
    // In place of the instance metadata service, which does not answer outside Amazon.
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let mute = format!("http://{}", listener.local_addr().expect("an address"));
    for disabled in ["true", "false"] {
        for ended in attempts(&workspace, BUCKET, |command| {
            server
                .serves(command, LAKE)
                .env_remove("AWS_ACCESS_KEY_ID")
                .env_remove("AWS_SECRET_ACCESS_KEY")
                .env("AWS_EC2_METADATA_DISABLED", disabled)
                .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &mute);
        }) {
            assert!(ended.took < Duration::from_secs(45), "{:?}", ended.took);
            let (error, hint) = ended.failed();
            assert!(error.contains("no AWS credentials"), "{error}");
            assert!(hint.contains("AWS_ACCESS_KEY_ID"), "{hint}");
        }
    }
}

#[test]
fn queries_without_a_lake_send_no_requests() {
    let (workspace, server) = (Workspace::new(), Server::start());
    assert_eq!(sql(&workspace, &server, "SELECT 1 AS one"), "one\n1\n");
    assert_eq!(server.connections(), 0);
    let mut command = voxql(&workspace, &server);
    run(command.args(["-c", ATTEMPTS[0]])).failed();
    assert!(server.connections() > 0);
}

#[tokio::test]
async fn a_custom_store() {
    let (workspace, server) = (Workspace::new(), Server::start());
    let memory: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    for (uri, url, store) in [
        (LAKE, "s3://feedback", own_store(&server)),
        ("memory://lakes/a b", "memory://lakes", memory),
    ] {
        let open = || {
            Lake::builder(uri)
                .object_store(Url::parse(url).expect("a URL"), Arc::clone(&store))
                .key(KEY)
                .expect("a key")
                .open()
                .expect("a location")
        };
        let writer = open();
        let summary = writer
            .ingest(sample(&workspace), &IngestOptions::default())
            .await
            .expect("an import");
        assert_eq!(summary.new, 1892);
        let reader = open();
        let again = reader
            .ingest(sample(&workspace), &IngestOptions::default())
            .await
            .expect("an import");
        assert!(again.already_imported);
        let count = "SELECT count(*) FROM responses";
        assert_eq!(value(&reader, count).await, "1892");
        let person = "SELECT count(DISTINCT respondent) FROM responses \
                      WHERE respondent = anonymize('ines.heuvelmaar@example.org')";
        assert_eq!(value(&writer, person).await, "1");
    }
}

#[test]
fn exports_are_imported_from_a_prefix() {
    let (workspace, server) = (Workspace::new(), Server::start());
    let export = "id,date,score\n1,2026-03-01,9\n2,2026-03-02,3\n3,2026-03-03,ten\n\
                  4,2026-03-04,9\n5,2026-03-05,3\n";
    for (key, content) in [
        ("in/a.csv", export),
        ("in/2026/b 50%#1.csv", "id,date,score\n7,2026-04-01,10\n"),
        ("in/old.rejects.csv", "x"),
        ("in/note.pdf", "%PDF"),
        ("lakes/one/lake.toml", ""),
        ("lakes/one/part.csv", "x"),
    ] {
        server.put(key, content);
    }
    let ingest = |place: &str| run(voxql(&workspace, &server).args(["ingest", place]));
    let out = ingest("s3://feedback/in/").done();
    assert!(
        out.contains("a.csv  ") && out.contains("b 50%#1.csv  "),
        "{out}"
    );
    assert!(!out.contains("old") && !out.contains("note"), "{out}");
    assert_eq!(
        sql(&workspace, &server, &format!("{FIGURES} responses")),
        "count(*),count(score),\"round(nps(score), 3)\"\n5,5,20.0\n"
    );
    assert!(server.keys("in/").contains(&"in/a.rejects.csv".to_owned()));
    for again in [
        "s3://feedback/in/a.csv",
        "s3://feedback/in/*.csv",
        "s3://feedback/in/2026/",
    ] {
        let out = ingest(again).done();
        assert!(out.contains("already imported"), "{out}");
    }
    for (place, part) in [
        ("s3://feedback/in/nothing.csv", "no such object"),
        ("s3://feedback/nothing/", "no files to import"),
        ("s3://feedback/lakes/one/", "is a lake"),
        ("s3://elsewhere/in/", "elsewhere"),
    ] {
        let (error, _) = ingest(place).failed();
        assert!(error.contains(part), "{error}");
    }
}

const HEADER: &str = "id,date,score\n";

/// Four good rows, and one with this score.
fn with_bad_score(score: &str) -> String {
    format!(
        "{HEADER}1,2026-03-01,9\n2,2026-03-02,3\n3,2026-03-03,{score}\n4,2026-03-04,9\n\
         5,2026-03-05,3\n"
    )
}

#[test]
fn rejected_rows_are_written_next_to_the_object_or_to_the_given_path() {
    let (workspace, server) = (Workspace::new(), Server::start());
    let folder = workspace.path().join("bad");
    std::fs::create_dir(&folder).expect("a folder");
    let ingest = |survey: &str, more: &[&str]| {
        run(voxql(&workspace, &server)
            .args(["ingest", "s3://feedback/in/x.csv", "--survey", survey])
            .args(more))
        .done()
    };
    let bad = || server.keys("in/x.rejects");
    server.put("in/x.csv", with_bad_score("ten"));
    let out = ingest("a", &[]);
    assert!(out.contains("s3://feedback/in/x.rejects.csv"), "{out}");
    assert_eq!(bad(), ["in/x.rejects.csv"]);
    // The same again.
    let out = ingest("b", &[]);
    assert!(out.contains("s3://feedback/in/x.rejects.csv"), "{out}");
    assert_eq!(bad(), ["in/x.rejects.csv"]);
    ingest("c", &["--rejects", "bad"]);
    ingest("d", &["--rejects", "s3://feedback/bad/"]);
    ingest("e", &["--rejects", "s3://feedback/bad"]);
    assert!(folder.join("x.rejects.csv").exists());
    assert_eq!(server.keys("bad/"), ["bad/x.rejects.csv"]);

    server.put("in/x.csv", with_bad_score("eleven"));
    for (survey, place) in [
        ("f", None),
        ("g", Some("bad")),
        ("h", Some("s3://feedback/bad/")),
    ] {
        let more: Vec<&str> = place
            .into_iter()
            .flat_map(|place| ["--rejects", place])
            .collect();
        let out = ingest(survey, &more);
        assert!(out.contains("x.rejects-2.csv"), "{out}");
    }
    assert_eq!(bad(), ["in/x.rejects-2.csv", "in/x.rejects.csv"]);
    assert!(folder.join("x.rejects-2.csv").exists());
    assert_eq!(
        server.keys("bad/"),
        ["bad/x.rejects-2.csv", "bad/x.rejects.csv"]
    );
    // Rejects files can be read back, and are not imported as exports.
    let rejected = sql(
        &workspace,
        &server,
        "SELECT id, score FROM 's3://feedback/in/x.rejects-2.csv'",
    );
    assert_eq!(rejected, "id,score\n3,eleven\n");
    let out = run(voxql(&workspace, &server).args(["ingest", "s3://feedback/in/"])).done();
    assert!(!out.contains("rejects.csv  "), "{out}");
}

#[test]
fn a_watched_prefix_imports_each_object_once() {
    let (workspace, server) = (Workspace::new(), Server::start());
    let once = |place: &str| run(voxql(&workspace, &server).args(["watch", place, "--once"]));
    let count = || sql(&workspace, &server, "SELECT count(*) AS n FROM responses");
    server.put("in/a.csv", format!("{HEADER}a,2026-01-01,9\n"));
    server.put("in/deep/b.csv", format!("{HEADER}b,2026-01-02,3\n"));
    let out = once("s3://feedback/in/").done();
    assert_eq!(out.matches("new 1 ").count(), 2, "{out}");
    assert_eq!(once("s3://feedback/in/").done(), "");
    server.put(
        "in/a.csv",
        format!("{HEADER}a,2026-01-01,9\nc,2026-01-03,9\n"),
    );
    let out = once("s3://feedback/in/").done();
    assert_eq!(out.matches("new 1 ").count(), 1, "{out}");
    assert_eq!(count(), "n\n3\n");

    // The first object is invalid, and does not stop the others.
    server.put("in/0.csv", "a,b\nx,y\n");
    server.put("in/d.csv", format!("{HEADER}d,2026-01-04,9\n"));
    let ended = once("s3://feedback/in/");
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(ended.err.contains("in/0.csv"), "{}", ended.err);
    assert_eq!(ended.out.matches("new 1 ").count(), 1, "{}", ended.out);
    assert_eq!(count(), "n\n4\n");

    // An empty prefix is not an error, but a missing bucket is.
    assert_eq!(once("s3://feedback/later/").done(), "");
    let (error, _) = once("s3://elsewhere/in/").failed();
    assert!(error.contains("elsewhere"), "{error}");
}

/// A zip archive of these files.
fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        writer
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .expect("a file");
        writer.write_all(content.as_bytes()).expect("memory");
    }
    writer.finish().expect("an archive").into_inner()
}

/// A process that is killed at the end of the test.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_running_watch_fetches_each_object_once() {
    let (workspace, server) = (Workspace::new(), Server::start());
    let one = format!("{HEADER}a,2026-01-01,9\n");
    let two = format!("{HEADER}b,2026-01-02,3\n");
    server.put("in/all.zip", zip(&[("a.csv", &one), ("b.csv", &two)]));
    server.put("in/c.csv", format!("{HEADER}c,2026-01-03,10\n"));
    let _running = Running(
        voxql(&workspace, &server)
            .args(["watch", "s3://feedback/in/", "--every", "50ms"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts"),
    );
    let wait_until = |what: &str, is_so: &dyn Fn() -> bool| {
        let waiting = Instant::now();
        while !is_so() {
            assert!(waiting.elapsed() < HUNG, "{what}");
            thread::sleep(Duration::from_millis(20));
        }
    };
    let fetched = |key: &str| server.requests("GetObject", key);
    let looks = || server.requests("ListObjectsV2", "");
    // An import lists too, but ends soon.
    let many_more_looks = || {
        let seen = looks();
        wait_until("the watch looks again", &|| looks() > seen + 30);
    };
    wait_until("the objects are fetched", &|| fetched("in/c.csv") > 0);
    many_more_looks();
    assert_eq!((fetched("in/all.zip"), fetched("in/c.csv")), (1, 1));
    server.put(
        "in/all.zip",
        zip(&[("a.csv", &one), ("d.csv", &one.replace("a,", "d,"))]),
    );
    wait_until("the archive is fetched", &|| fetched("in/all.zip") > 1);
    let responses = || sql(&workspace, &server, "SELECT count(*) AS n FROM responses");
    wait_until("the archive is imported", &|| responses() == "n\n4\n");
    many_more_looks();
    assert_eq!((fetched("in/all.zip"), fetched("in/c.csv")), (2, 1));
}

/// The server checks the conditions under which entries are created and checkpoints replaced.
#[test]
fn actions_on_personal_data_are_logged_in_the_bucket() {
    let (workspace, server) = (Workspace::new(), Server::start());
    import(&workspace, &server);
    let reveal = "SELECT count(reveal(respondent, 'email')) AS n FROM responses";
    assert_eq!(sql(&workspace, &server, reveal), "n\n1892\n");
    let printed = run(voxql(&workspace, &server).args(["audit", "checkpoint"])).done();
    workspace.write("kept.txt", printed);
    run(voxql(&workspace, &server).arg("inventory")).done();
    let verify = ["audit", "verify", "--checkpoint", "kept.txt"];
    let printed = run(voxql(&workspace, &server).args(verify)).done();
    assert!(
        printed.contains("unchanged since the kept checkpoint"),
        "{printed}"
    );
    let actions = "SELECT string_agg(DISTINCT action, ' ' ORDER BY action) AS n FROM audit";
    assert_eq!(
        sql(&workspace, &server, actions),
        "n\nimport inventory reveal\n"
    );
    let forget = ["forget", "ines.heuvelmaar@example.org"];
    let printed = run(voxql(&workspace, &server).args(forget)).done();
    assert!(printed.starts_with("forgotten 1 · "), "{printed}");
    run(voxql(&workspace, &server).args(verify)).done();
}

/// A service can fail after it has carried out a request: the command and the ones after it find the object,
/// and nothing is missing or twice.
#[test]
fn requests_whose_answers_are_lost_were_carried_out() {
    for key_end in [
        "responses/_delta_log/00000000000000000001.json",
        "imports/_delta_log/00000000000000000000.json",
        "audit/entry/000000000001",
        "lake.toml",
    ] {
        let (workspace, server) = (Workspace::new(), Server::start());
        server.lose_answers(key_end);
        import(&workspace, &server);
        for (query, expected) in [
            ("SELECT count(*) AS n FROM responses", "1892"),
            ("SELECT count(*) AS n FROM imports", "1"),
            (
                "SELECT count(*) AS n FROM audit WHERE action = 'import'",
                "2",
            ),
        ] {
            let printed = sql(&workspace, &server, query);
            assert_eq!(printed, format!("n\n{expected}\n"), "{key_end}: {query}");
        }
        run(voxql(&workspace, &server).args(["audit", "verify"])).done();
        run(voxql(&workspace, &server).args(["doctor", "--full"])).done();
    }
}

#[test]
fn lists_that_are_cut_go_on() {
    let (workspace, server) = (Workspace::new(), Server::start());
    import(&workspace, &server);
    for answers in [1, 3] {
        server.cut_lists(answers);
        let printed = sql(&workspace, &server, "SELECT count(*) AS n FROM responses");
        assert_eq!(printed, "n\n1892\n");
        run(voxql(&workspace, &server).args(["doctor", "--full"])).done();
    }
    server.cut_lists(usize::MAX);
    let (error, _) = run(voxql(&workspace, &server).args(["doctor", "--full"])).failed();
    assert!(error.contains("s3://feedback"), "{error}");
}

/// Each process reads what the others wrote. Writers at the same time are tested on a folder: this server
/// lets both of two racing writers win.
#[test]
fn views_and_macros_are_kept_in_the_bucket() {
    let (workspace, server) = (Workspace::new(), Server::start());
    import(&workspace, &server);
    for n in 0..4 {
        let create =
            format!("CREATE VIEW lake.view_{n} AS SELECT * FROM responses WHERE score >= {n}");
        sql(&workspace, &server, &create);
    }
    let create = "CREATE MACRO lake.at_least(least) AS count(*) FILTER (WHERE score >= least)";
    sql(&workspace, &server, create);
    for n in [0, 3] {
        let counts = format!(
            "SELECT count(*) = (SELECT at_least({n}) FROM responses) AS n FROM view_{n} \
             WHERE score IS NOT NULL"
        );
        assert_eq!(sql(&workspace, &server, &counts), "n\ntrue\n");
    }
    sql(&workspace, &server, "DROP VIEW lake.view_1");
    let views = "SELECT count(*) AS n FROM information_schema.tables \
                 WHERE table_schema = 'lake' AND table_name LIKE 'view_%'";
    assert_eq!(sql(&workspace, &server, views), "n\n3\n");
    // What was dropped is in no version.
    let mut files = server.keys("nps/definitions/");
    files.retain(|key| !server.content(key).is_empty());
    assert_eq!(files.len(), 1, "{files:?}");
}
