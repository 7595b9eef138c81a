//! The flags and commands, and nothing of what they do.

use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use clap::{Parser, Subcommand};

use super::import_args::ImportArgs;
use super::session_args::SessionArgs;
use super::values::{day, pair};
use crate::output::Format;
use crate::statement::runner::OutputOptions;

const EXAMPLES: &str = "\
Examples:
  voxql ingest responses.csv --keep segment,country
  voxql -c 'SELECT month, nps(score) FROM responses GROUP BY month ORDER BY month'
  voxql -c 'SELECT * FROM responses' -o responses.parquet
  echo 'SELECT count(*) FROM responses' | voxql --format csv
  voxql --lake s3://bucket/feedback          the shell, over a lake on S3

The key for pseudonyms: VOXQL_KEY (64 hexadecimal digits), else the file VOXQL_KEY_FILE,
else one made by the first import in the user's configuration folder.
The shell runs init.sql in that folder, or the file VOXQL_INIT, when it starts.
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

    #[command(flatten)]
    pub(crate) session: SessionArgs,

    /// Run this SQL and leave; may be given several times
    #[arg(short = 'c', value_name = "SQL", allow_hyphen_values = true)]
    pub(crate) sql: Vec<String>,

    /// Start the shell without its init file
    #[arg(long)]
    pub(crate) no_init: bool,

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
    /// Flags after a command win over those before it.
    pub(super) fn over(&self, before: &Self) -> OutputOptions {
        OutputOptions {
            format: self.format.or(before.format),
            file: self.file.clone().or_else(|| before.file.clone()),
            timing: self.timing || before.timing,
        }
    }

    pub(super) fn options(&self) -> OutputOptions {
        self.over(&Self::default())
    }

    /// Returns true if any flag is given.
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

    /// Check files of queries: what their comments expect holds, or exit code 1
    #[command(after_help = "\
Examples:
  voxql check checks/*.sql --param channel=web
  voxql check checks/*.sql --junit junit.xml --summary summary.md
  voxql check checks/*.sql --json results.json --baseline baseline.json

with in a file of checks:
  -- @check name=web_nps severity=error min_responses=200
  -- @expect nps >= 30 warn < 35
  -- @expect nps >= baseline - 3
  SELECT nps(score) AS nps, count(score) AS responses
  FROM responses WHERE channel = $channel;

An expectation is of every row: a column, or rows for the number of rows, then = != < <= > >= with a
number or baseline + or - a number, or between A and B; is [not] null; or, of a column of
score_histogram(score), no significant drop < 5 %.

Exit code 0: passed, with or without warnings. 1: a check failed. 2: a check could not be evaluated
(NULL, no rows, fewer than min_responses, no baseline) or run, whether others failed or not.")]
    Check(CheckArgs),

    /// Write what the answers say on one page: HTML to send round, Markdown, or JSON
    #[command(after_help = "\
Examples:
  voxql report -o report.html
  voxql report --survey onboarding --by segment,channel --since 2025-01-01 -o report.html
  voxql report -o report.json          the numbers, for a program
  voxql report --role analyst -o report.html

The last 90 days up to the newest response are compared with the 90 before (30 or 7 where there are
less). No identity is opened, and no comment shown.")]
    Report(ReportArgs),

    /// Import survey exports: CSV, JSON, Excel, OpenDocument, Parquet; gzip, zstd or zip
    #[command(after_help = "\
Examples:
  voxql ingest responses.csv
  voxql ingest exports/ --survey onboarding --keep segment,country
  voxql ingest antworten.xlsx --map score='Wie wahrscheinlich' --keep land=Land
  voxql ingest 's3://bucket/exports/2026-*.csv.gz' --dry-run
  curl … | voxql ingest -

Each file is imported whole or not at all; importing it again changes nothing. Rows that cannot
be read go into FILE.rejects.csv with the reason.")]
    Ingest(IngestArgs),

    /// Import every file that appears in a folder or prefix, once
    #[command(after_help = "\
Examples:
  voxql watch exports/ --keep segment
  voxql watch s3://bucket/exports/ --every 15m
  voxql watch exports/ --once          from cron

A file that cannot be imported is told of once, and looked at again when it changes.")]
    Watch(WatchArgs),

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

    /// Make later queries faster: compact small files, count, remove what is not needed any more
    #[command(after_help = "\
Example:
  voxql optimize                       from cron, beside running imports

No response changes. Files that no version of the last seven days refers to are removed.")]
    Optimize,

    /// Forget people: delete what the lake holds of them, old versions included, and prove it
    #[command(after_help = "\
Examples:
  voxql forget jane@example.com
  voxql forget --file left.txt --keep-score

Every file of the lake is decoded and searched afterwards; exit code 2 where something is left.")]
    Forget(ForgetArgs),

    /// Print all that the lake holds of a person, as JSON, for an access request
    #[command(after_help = "\
Examples:
  voxql subject jane@example.com > jane.json
  voxql subject --file asked.txt > asked.json

One person is an object; several, or those of a file, are an array of such.")]
    Subject(SubjectArgs),

    /// Remove what is older than [retention] in lake.toml allows, old versions included
    #[command(after_help = "\
Example:
  voxql retain --dry-run

with in lake.toml:
  [retention]
  responses_days = 1095
  comments_days = 365
  identities_days = 730")]
    Retain {
        /// Say what would be removed, and remove nothing
        #[arg(long)]
        dry_run: bool,
    },

    /// Recognise, change or copy the key that keeps people's names closed
    #[command(after_help = "\
Examples:
  voxql keys show-fingerprint          does the key on this machine fit the lake?
  voxql keys rotate --to new.key       seal everybody anew, pseudonyms stay
  voxql keys export > copy.key")]
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },

    /// Print the record of processing: what personal data is held, where, why and for how long
    #[command(after_help = "\
Example:
  voxql inventory > processing.md

What only people know of it is taken from lake.toml:
  [inventory]
  controller = \"Example Ltd, privacy@example.com\"
  purpose = \"to find out what customers think of us\"
  legal_basis = \"legitimate interest\"
  recipients = \"customer support\"")]
    Inventory,

    /// Show what was done to personal data, or check that the log of it was not changed
    #[command(after_help = "\
Examples:
  voxql audit show
  voxql audit checkpoint > kept.txt    to be kept where nobody who writes to the lake can write
  voxql audit verify --checkpoint kept.txt

Every import, query of a role, reveal, access request, erasure and change of key is an entry, without
personal data.
Exit code 1 where the log was changed.")]
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },

    /// Make a lake of sample exports and ask it the questions people ask
    #[command(after_help = "\
Example:
  voxql demo --into ./demo        keeps the lake and the samples for playing with")]
    Demo(DemoArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Show the fingerprint of the lake's key and of the key on this machine; exit code 1 where they
    /// differ
    ShowFingerprint,
    /// Seal identities anew with another key; pseudonyms stay as they are
    Rotate {
        /// The file of the new key, made where there is none
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Print the key, 64 hexadecimal digits, to keep a copy of it
    Export,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Show the entries; the same as: SELECT * FROM audit
    Show(OutputArgs),
    /// Check that entries are those that were signed, and that none is missing
    Verify {
        /// A checkpoint that was kept elsewhere: nothing up to it may have changed
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
    },
    /// Print the signed checkpoint, to be kept elsewhere
    Checkpoint,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ForgetArgs {
    /// What they are known by in exports: an email address, a customer or telephone number
    #[arg(value_name = "PERSON", required_unless_present_any = ["tokens", "file"])]
    pub(crate) people: Vec<String>,

    /// A pseudonym, as the column respondent has it
    #[arg(long = "token", value_name = "TOKEN")]
    pub(crate) tokens: Vec<String>,

    /// A file of people or pseudonyms, one a line ('-' is standard input)
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// Keep their scores and dates, cut loose from them and without comments
    #[arg(long)]
    pub(crate) keep_score: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SubjectArgs {
    /// What they are known by in exports: an email address, a customer or telephone number; or a
    /// pseudonym
    #[arg(value_name = "PERSON", required_unless_present = "file")]
    pub(crate) people: Vec<String>,

    /// A file of people or pseudonyms, one a line ('-' is standard input)
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
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
pub(crate) struct CheckArgs {
    /// Files of queries that end in ';' ('-' is standard input)
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// The value of the placeholder $NAME, of the type its place asks for
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) params: Vec<(String, String)>,

    /// Compare with the results of an earlier run, which --json wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Write the results into FILE, for programs and as a later run's baseline
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Write the results into FILE as JUnit XML, which CI services show
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,

    /// Write a summary into FILE, in Markdown
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,

    /// Let warnings fail
    #[arg(long)]
    pub(crate) warnings_as_errors: bool,

    /// Run no more checks once one has failed, or could not be evaluated
    #[arg(long)]
    pub(crate) fail_fast: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// The page to write; its extension says the format: .html, .md or .json
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Only the answers of this survey
    #[arg(long, value_name = "NAME")]
    pub(crate) survey: Option<String>,

    /// The columns to group by [default: kept columns of text with 2 to 30 values, and survey]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) by: Vec<String>,

    /// Only answers from this day on, such as 2025-01-01
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) since: Option<NaiveDate>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct IngestArgs {
    /// Files, folders, patterns, s3://… or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) import: ImportArgs,

    /// Write what was found out about the file as a profile into FILE, for others like it
    #[arg(long, value_name = "FILE")]
    pub(crate) save_profile: Option<PathBuf>,

    /// Read and check everything, write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Say on standard error how long each step took
    #[arg(long)]
    pub(crate) timing: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct WatchArgs {
    /// The folder, or the prefix such as s3://bucket/exports/
    #[arg(value_name = "DIR|URI")]
    pub(crate) place: String,

    /// How often to look, such as 30s, 15m or 1h
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = humantime::parse_duration)]
    pub(crate) every: Duration,

    /// Look once and leave, for cron: exit code 2 where a file could not be imported
    #[arg(long, conflicts_with = "every")]
    pub(crate) once: bool,

    #[command(flatten)]
    pub(crate) import: ImportArgs,
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
