//! The flags and commands, and nothing of what they do.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use voxql::UnknownRespondents;

use crate::output::Format;

const EXAMPLES: &str = "\
Examples:
  voxql ingest responses.csv --keep segment,country
  voxql -c 'SELECT month, nps(score) FROM responses GROUP BY month ORDER BY month'
  voxql -c 'SELECT * FROM responses' -o responses.parquet
  echo 'SELECT count(*) FROM responses' | voxql --format csv
  voxql --lake s3://bucket/feedback          the shell, over a lake on S3

The key for pseudonyms: VOXQL_KEY (64 hexadecimal digits), else the file VOXQL_KEY_FILE,
else one made by the first import in the user's configuration folder.
Logs: VOXQL_LOG=info.";

/// SQL over Net Promoter Score feedback. Without a command: the shell, or SQL from a pipe.
#[derive(Debug, Parser)]
#[command(name = "voxql", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The lake: a folder, or a URL such as s3://bucket/prefix
    #[arg(
        long,
        global = true,
        value_name = "URI",
        env = "VOXQL_LAKE",
        default_value = "./voxql-lake",
        hide_env_values = true
    )]
    pub(crate) lake: String,

    /// Run this SQL and leave; may be given several times
    #[arg(short = 'c', value_name = "SQL", allow_hyphen_values = true)]
    pub(crate) sql: Vec<String>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Where results go and how they look.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct OutputArgs {
    /// How results are written [default: table, or what -o's extension says]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<Format>,

    /// Write the result into this file
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// Say on standard error how long each statement took
    #[arg(long)]
    pub(crate) timing: bool,
}

impl OutputArgs {
    /// What stands behind a command goes before what stands in front of it.
    pub(crate) fn over(&self, before: &Self) -> Self {
        Self {
            format: self.format.or(before.format),
            file: self.file.clone().or_else(|| before.file.clone()),
            timing: self.timing || before.timing,
        }
    }

    /// Whether any of it was given.
    pub(crate) fn is_given(&self) -> bool {
        self.format.is_some() || self.file.is_some() || self.timing
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run files of SQL, statement by statement; the first error stops
    #[command(after_help = "\
Example:
  voxql run report.sql --param channel=web --param since=2026-01-01

with a placeholder in report.sql:
  SELECT nps(score) FROM responses WHERE channel = $channel AND responded_at >= $since;")]
    Run(RunArgs),

    /// Import survey exports: CSV, JSON or NDJSON, also gzipped
    #[command(after_help = "\
Examples:
  voxql ingest responses.csv
  voxql ingest export-*.csv --survey onboarding --keep segment,country
  voxql ingest antworten.csv --map score='Wie wahrscheinlich' --keep land=Land
  voxql ingest export.json --dry-run

Each file is imported whole or not at all; importing it again changes nothing. Rows that cannot
be read go into FILE.rejects.csv with the reason.")]
    Ingest(IngestArgs),

    /// List the survey tools whose exports are known, or show one's profile
    #[command(after_help = "\
Examples:
  voxql profiles
  voxql profiles delighted > my.toml

A profile of your own is read with: voxql ingest FILE --profile my.toml")]
    Profiles(ProfilesArgs),

    /// Show what was imported, when and from where
    #[command(after_help = "\
Example:
  voxql imports --format csv

The same as: SELECT * FROM imports")]
    Imports(OutputArgs),

    /// Make a lake of sample exports and ask it the questions people ask
    #[command(after_help = "\
Example:
  voxql demo --into ./demo        keeps the lake and the samples for playing with")]
    Demo(DemoArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// Files of SQL statements that end in ';' ('-' is standard input)
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// The value of the placeholder $NAME, of the type its place asks for
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) params: Vec<(String, String)>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct IngestArgs {
    /// The files to import
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// The survey that the responses belong to [default: what a column says, else 'default']
    #[arg(long, value_name = "NAME")]
    pub(crate) survey: Option<String>,

    /// Take FIELD from this column (empty: from none). Fields: score, responded_at, sent_at,
    /// updated_at, respondent, response_id, comment, survey, account, metric, consent
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = pair)]
    pub(crate) map: Vec<(String, String)>,

    /// Keep these columns, separated by commas; NAME=COLUMN renames one. Others are dropped
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    pub(crate) keep: Vec<String>,

    /// The time zone of dates that say none, such as Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,

    /// How dates are written: a pattern such as '%d/%m/%Y %H:%M', or unix, unix_ms or excel;
    /// FIELD=FORMAT for one date column alone
    #[arg(long, value_name = "FORMAT")]
    pub(crate) date_format: Option<String>,

    /// The profile to read with: a vendor's, or a TOML file [default: the one that fits]
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) profile: Option<String>,

    /// Write what was found out about the file as a profile into FILE, for others like it
    #[arg(long, value_name = "FILE")]
    pub(crate) save_profile: Option<PathBuf>,

    /// The sheet of a workbook [default: the one that holds scores]
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Option<String>,

    /// How many rows name the columns, 0 for none [default: found]
    #[arg(long, value_name = "N")]
    pub(crate) header_rows: Option<u32>,

    /// The encoding of the text, such as windows-1251 or cp850 [default: found]
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,

    /// The scale of the answers, such as 1-5; only 0-10 gives scores, others ratings
    #[arg(long, value_name = "LOW-HIGH")]
    pub(crate) scale: Option<String>,

    /// Read scores written as words or as 8/10
    #[arg(long)]
    pub(crate) lenient: bool,

    /// Write nothing where a row would be rejected, with exit code 1
    #[arg(long)]
    pub(crate) strict: bool,

    /// Keep rows that repeat a response
    #[arg(long)]
    pub(crate) no_dedup: bool,

    /// A CSV file of the respondents that there are; responses of others are marked
    #[arg(long, value_name = "FILE")]
    pub(crate) known_respondents: Option<PathBuf>,

    /// What becomes of a response whose respondent is not known
    #[arg(long, value_name = "mark|reject", value_parser = unknown_respondents, requires = "known_respondents")]
    pub(crate) unknown_respondents: Option<UnknownRespondents>,

    /// Where files of rejected rows go: a folder or s3://… [default: beside the file]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) rejects: Option<String>,

    /// The memory to stay within, such as 512MiB [default: a quarter, at most 2GiB]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub(crate) memory: Option<u64>,

    /// Read and check everything, write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print the summary as one JSON object a file
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ProfilesArgs {
    /// Show the text of this profile
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Build it in this folder, and leave it there
    #[arg(long, value_name = "FOLDER")]
    pub(crate) into: Option<PathBuf>,
}

/// Splits `NAME=VALUE`; the value may be empty and may hold further equals signs.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

fn unknown_respondents(text: &str) -> Result<UnknownRespondents, String> {
    match text {
        "mark" => Ok(UnknownRespondents::Mark),
        "reject" => Ok(UnknownRespondents::Reject),
        _ => Err("say mark or reject".to_owned()),
    }
}

/// A size such as `512MiB`, `2G` or `1000000`.
fn bytes(text: &str) -> Result<u64, String> {
    let unit_at = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "kb" => 1_000,
        "m" | "mib" => 1 << 20,
        "mb" => 1_000_000,
        "g" | "gib" => 1 << 30,
        "gb" => 1_000_000_000,
        _ => 0,
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "write it as 512MiB or 2GiB".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
