//! The log on standard error.

use std::io::{self, Write};
use std::sync::Arc;

use exports::text::{SECRET, users, without_users};
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Variables whose values are secrets.
const SECRETS: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "VOXQL_KEY",
];

/// Shorter texts are no secrets, but parts of words.
const SECRET_BYTES_MIN: usize = 4;

/// Logs to standard error, for the owner only: the log has statistics of files and plans. At the level of
/// `VOXQL_LOG`, such as `info` or `voxql=debug`; without it, logs nothing.
pub(super) fn start_log() -> Result<(), Failure> {
    let Some(wanted) = std::env::var_os("VOXQL_LOG") else {
        return Ok(());
    };
    let wanted = wanted.to_string_lossy();
    let filter = EnvFilter::try_new(&wanted).map_err(|error| {
        Failure::usage(
            format!("VOXQL_LOG={wanted}: {error}"),
            "use a level such as info, or levels by module such as voxql=debug,deltalake=info",
        )
    })?;
    let secrets: Arc<[String]> = secrets().into();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || WithoutSecrets(Arc::clone(&secrets)))
        .init();
    Ok(())
}

/// The secrets of the environment, and those in URLs of the environment and the command line.
fn secrets() -> Vec<String> {
    let environment = std::env::vars_os().map(|(_, value)| value);
    let given = environment.chain(std::env::args_os());
    let given: Vec<String> = given
        .map(|text| text.to_string_lossy().into_owned())
        .collect();
    let of_urls = given.iter().flat_map(|text| {
        let users = users(text).map(|user| &text[user]);
        // Libraries also log the user without the scheme, and the password by itself.
        users.flat_map(|user| {
            [
                Some(user),
                user.split_once(':').map(|(_, password)| password),
            ]
        })
    });
    let of_urls = of_urls.flatten().map(ToOwned::to_owned);
    let of_names = SECRETS.iter().filter_map(|name| std::env::var(name).ok());
    let all = of_names.chain(of_urls);
    all.filter(|secret| secret.len() >= SECRET_BYTES_MIN)
        .collect()
}

/// Standard error without secrets: libraries log whole URLs and requests.
struct WithoutSecrets(Arc<[String]>);

impl Write for WithoutSecrets {
    /// Writes an event, which the subscriber formats as a whole.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        io::stderr().write_all(without_secrets(&text, &self.0).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// The text without these secrets, and without user names and passwords in URLs.
fn without_secrets(text: &str, secrets: &[String]) -> String {
    let hide = |text: String, secret: &String| text.replace(secret.as_str(), SECRET);
    let hidden = secrets.iter().fold(text.to_owned(), hide);
    without_users(&hidden).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden() {
        let secrets = ["AKIA123".to_owned(), "s3cr3t/+".to_owned()];
        for (text, hidden) in [
            ("GET http://localhost:9000/b", "GET http://localhost:9000/b"),
            (
                "endpoint: \"http://user:p@ss@host:9000/x\", next s3://key:secret@bucket",
                "endpoint: \"http://[SECRET]@host:9000/x\", next s3://[SECRET]@bucket",
            ),
            (
                "Credential=AKIA123/2026 secret s3cr3t/+",
                "Credential=[SECRET]/2026 secret [SECRET]",
            ),
            ("mail a@b.c about x://", "mail a@b.c about x://"),
            ("größe://ü@ä", "größe://[SECRET]@ä"),
        ] {
            assert_eq!(without_secrets(text, &secrets), hidden, "{text}");
        }
    }
}
