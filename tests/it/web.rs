//! Files on web servers.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::thread;

use super::common::Workspace;

/// Serves `files` by their path and query, one request a connection. The thread ends with the test.
fn serve(files: Vec<(&'static str, Vec<u8>)>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            // A client may close its connection.
            let _ = stream.and_then(|stream| answer(stream, &files));
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: TcpStream, files: &[(&str, Vec<u8>)]) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let path = request.split(' ').nth(1).unwrap_or_default();
    let mut range = None;
    for line in lines {
        let line = line?.to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(bytes) = line.strip_prefix("range: bytes=") {
            range = bytes
                .split_once('-')
                .and_then(|(start, end)| Some((start.parse().ok()?, end.parse::<usize>().ok()?)));
        }
    }
    let file = files.iter().find(|(name, _)| *name == path);
    let (status, part, extra) = match (file, range) {
        (None, _) => ("404 Not Found", &b""[..], String::new()),
        (Some((_, content)), Some((start, end))) => {
            let start: usize = start;
            let end = (end + 1).min(content.len());
            let total = content.len();
            let extra = format!("Content-Range: bytes {start}-{}/{total}\r\n", end - 1);
            ("206 Partial Content", &content[start..end], extra)
        }
        (Some((_, content)), None) => ("200 OK", content.as_slice(), String::new()),
    };
    let length = part.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{extra}Connection: close\r\n\r\n"
    )?;
    stream.write_all(part)
}

fn sql(workspace: &Workspace, query: &str) -> Output {
    let mut voxql = workspace.voxql();
    voxql.args(["--format", "csv", "-c", query]);
    voxql.output().expect("the program starts")
}

#[test]
fn files_on_web_servers_are_tables() {
    let workspace = Workspace::new();
    let query = "COPY (SELECT value AS id FROM range(1, 1001)) TO 'ids.parquet'";
    assert!(sql(&workspace, query).status.success());
    let ids = std::fs::read(workspace.path().join("ids.parquet")).expect("a file");
    let server = serve(vec![
        ("/a%20b.csv", b"id;word\n1;one\n2;two\n".to_vec()),
        ("/export.csv?token=1", b"id\n7\n".to_vec()),
        ("/ids.parquet", ids),
    ]);
    for (query, expected) in [
        ("SELECT sum(id) AS n FROM 'SERVER/a b.csv'", "n\n3\n"),
        ("SELECT id FROM 'SERVER/export.csv?token=1'", "id\n7\n"),
        (
            "SELECT sum(id) AS n FROM 'SERVER/ids.parquet' WHERE id > 998",
            "n\n1999\n",
        ),
        (
            "SELECT count(*) AS n FROM read_csv('SERVER/a b.csv', delim => ';')",
            "n\n2\n",
        ),
    ] {
        let output = sql(&workspace, &query.replace("SERVER", &server));
        let (out, err) = (
            output.stdout,
            String::from_utf8_lossy(&output.stderr).into_owned(),
        );
        assert_eq!(String::from_utf8_lossy(&out), expected, "{query}: {err}");
    }
    for (query, message) in [
        ("SELECT * FROM 'SERVER/none.csv'", "none.csv: no such file"),
        (
            "SELECT * FROM 'SERVER/*.csv'",
            "the files of a web server cannot be listed",
        ),
        (
            "COPY (SELECT 1 AS one) TO 'SERVER/one.csv'",
            "web servers are read-only",
        ),
    ] {
        let output = sql(&workspace, &query.replace("SERVER", &server));
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            err.contains(message) && err.contains("hint: "),
            "{query}: {err}"
        );
    }
}
