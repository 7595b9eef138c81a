//! The flags and commands of the command line.

use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use clap::{Parser, Subcommand};

use super::import_args::ImportArgs;
use super::output_args::OutputArgs;
use super::session_args::{RoleArgs, SessionArgs};
use super::values::{bytes, day, pair};
use crate::repl;

const AFTER_HELP: &str = "\
Examples:
  voxql ingest responses.csv --keep segment,country
  voxql -c 'SELECT month, nps(score) FROM responses GROUP BY month ORDER BY month'
  voxql report -o report.html

Environment:
  VOXQL_LAKE       the lake, unless --lake is given
  VOXQL_KEY        the key for pseudonyms, 64 hexadecimal digits
  VOXQL_KEY_FILE   the file of the key; default: one in the user's configuration folder
  VOXQL_ROLE       the role; unless it is owner, --role cannot name another
  VOXQL_MEMORY     the memory limit, unless --memory is given
  VOXQL_INIT       the SQL file that the shell runs when it starts
  VOXQL_LOG        the log level, such as info";

/// SQL over Net Promoter Score feedback
///
/// Without a command: starts the shell, or runs the SQL on standard input.
#[derive(Debug, Parser)]
#[command(name = "voxql", version, after_help = AFTER_HELP, disable_help_subcommand = true)]
pub(super) struct Args {
    /// The lake: a folder, or a URL such as s3://bucket/prefix
    #[arg(
        long,
        global = true,
        value_name = "URI",
        env = "VOXQL_LAKE",
        default_value = repl::DEFAULT_LAKE,
        hide_env = true
    )]
    pub(super) lake: String,

    /// The memory limit, such as 2GiB [default: half of memory; for imports a quarter, at most 2GiB]
    #[arg(
        long,
        global = true,
        value_name = "SIZE",
        value_parser = bytes,
        env = "VOXQL_MEMORY",
        hide_env = true
    )]
    pub(super) memory: Option<u64>,

    /// Run this SQL and exit; can be repeated
    #[arg(short = 'c', value_name = "SQL", allow_hyphen_values = true)]
    pub(super) sql: Vec<String>,

    /// The value of the placeholder $NAME, converted to the type of its place
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) params: Vec<(String, String)>,

    #[command(flatten)]
    pub(super) session: SessionArgs,

    #[command(flatten)]
    pub(super) output: OutputArgs,

    /// Run this file of statements and shell commands first
    #[arg(long, value_name = "FILE")]
    pub(super) init: Option<PathBuf>,

    /// Start the shell without its init file
    #[arg(long, conflicts_with = "init")]
    pub(super) no_init: bool,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// The commands, in the order and groups of [`help`](super::help).
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Import survey exports: CSV, JSON, Excel, OpenDocument, Parquet; gzip, zstd or zip
    #[command(after_help = "\
Examples:
  voxql ingest responses.csv
  voxql ingest exports/ --survey onboarding --keep segment,country
  voxql ingest antworten.xlsx --map score='Wie wahrscheinlich' --keep land=Land
  voxql ingest 's3://bucket/exports/2026-*.csv.gz' --dry-run
  curl … | voxql ingest -

Each file is imported as a whole or not at all. Importing it again changes nothing. Rows that
cannot be read are written to FILE.rejects.csv with the reason.")]
    Ingest(IngestArgs),

    /// Import every new file of a folder or prefix, once
    #[command(after_help = "\
Examples:
  voxql watch exports/ --keep segment
  voxql watch s3://bucket/exports/ --every 15m
  voxql watch exports/ --once          from cron

A file that cannot be imported is reported once, and tried again when it changes.")]
    Watch(WatchArgs),

    /// List what was imported, when and from where
    #[command(after_help = "\
Example:
  voxql imports --format csv

Same as: SELECT * FROM imports")]
    Imports(OutputArgs),

    /// List the survey tools whose exports are recognized, or print the profile of one
    #[command(after_help = "\
Examples:
  voxql profiles
  voxql profiles delighted > my.toml

Use a custom profile with: voxql ingest FILE --profile my.toml")]
    Profiles(ProfilesArgs),

    /// Run SQL files, statement by statement, up to the first error
    #[command(after_help = "\
Example:
  voxql run report.sql --param channel=web --param since=2026-01-01

with placeholders in report.sql:
  SELECT nps(score) FROM responses WHERE channel = $channel AND responded_at >= $since;")]
    Run(RunArgs),

    /// Check query results against the expectations in their comments
    #[command(after_help = "\
Examples:
  voxql check checks/*.sql --param channel=web
  voxql check checks/*.sql --junit junit.xml --summary summary.md
  voxql check checks/*.sql --json results.json --baseline baseline.json

A check is a query with directives in its comments:
  -- @check name=web_nps severity=error min_responses=200
  -- @expect nps >= 30 warn < 35
  -- @expect nps >= baseline - 3
  SELECT nps(score) AS nps, count(score) AS responses
  FROM responses WHERE channel = $channel;

An expectation holds for every row: a column, or rows for the number of rows, followed by
= != < <= > >= and a number, or baseline + or - a number; between A and B; is [not] null; or, for
a column of score_histogram(score), no significant drop < 5 %.

Exit code 0: all passed, with or without warnings. 1: a check failed. 2: a check could not be
evaluated (NULL, no rows, fewer than min_responses, no baseline) or run.")]
    Check(CheckArgs),

    /// Write a one-page report: HTML, Markdown or JSON
    #[command(after_help = "\
Examples:
  voxql report -o report.html
  voxql report --survey onboarding --by segment,channel --since 2025-01-01 -o report.html
  voxql report -o report.json          the numbers, for programs
  voxql report --role analyst -o report.html

The report compares the last 90 days before the newest response with the 90 days before them (30
or 7 days if there are fewer). It shows no identity and no comment.")]
    Report(ReportArgs),

    /// Create a lake from sample exports and run example queries on it
    #[command(after_help = "\
Example:
  voxql demo --into ./demo        keeps the lake and the samples")]
    Demo(DemoArgs),

    /// Create a lake without responses, to set its rules before the first import
    #[command(after_help = "\
Examples:
  voxql init
  voxql --lake s3://bucket/prefix init --zone Europe/Berlin

The rules are comments in lake.toml: consent, retention, roles. A first import creates a lake too,
with none of them.")]
    Init {
        /// The time zone of the lake's days and months [default: UTC]
        #[arg(long, value_name = "ZONE")]
        zone: Option<String>,
    },

    /// Speed up later queries: compact files, count responses, remove old files
    #[command(after_help = "\
Examples:
  voxql optimize                       from cron, also while imports run
  voxql optimize --zone Europe/Berlin

No response changes. Files that no version of the last seven days uses are removed. A lake of an
earlier format becomes one of the newest, which earlier versions of voxql do not read.")]
    Optimize {
        /// Change the time zone of the lake's days and months
        #[arg(long, value_name = "ZONE")]
        zone: Option<String>,
    },

    /// Check the files, logs, counts and audit log of the lake, and repair what can be
    #[command(after_help = "\
Examples:
  voxql doctor
  voxql doctor --full                  reads every byte, and counts all months again
  voxql doctor --repair

Repaired are counts, checkpoints of logs, rows of imports, lake.toml, and files that a killed import
left. Exit code 1 if something is damaged or missing and not repaired.")]
    Doctor(DoctorArgs),

    /// Show the audit log, or verify that it was not changed
    #[command(after_help = "\
Examples:
  voxql audit show
  voxql audit checkpoint > kept.txt    to keep where lake writers cannot write
  voxql audit verify --checkpoint kept.txt

Every import, query with a role, reveal, access request, erasure and key change has an entry,
without personal data. Exit code 1 if the log was changed.")]
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },

    /// Erase people from the lake, including old versions, and verify it
    #[command(after_help = "\
Examples:
  voxql forget jane@example.com --dry-run
  voxql forget --file left.txt --keep-score
  voxql forget jane@example.com --everywhere

A person is found by any form of an address, and by what is sealed with it: other addresses, names
and telephone numbers. Later imports leave forgotten people out. Afterwards every file of the lake is
decoded and searched; what names them in the data of others is listed, and removed with --everywhere.
Somebody who is not in the lake is left out of later imports too.
Exit code 2 if data of their own is left.")]
    Forget(ForgetArgs),

    /// Print everything the lake holds about a person, as JSON
    #[command(after_help = "\
Examples:
  voxql subject jane@example.com > jane.json
  voxql subject --file asked.txt > asked.json

One person is an object; several people, or those of a file, are an array of objects.")]
    Subject(SubjectArgs),

    /// Remove what is older than [retention] in lake.toml allows, including old versions
    #[command(after_help = "\
Example:
  voxql retain --dry-run

with in lake.toml:
  [retention]
  responses_days = 1095
  comments_days = 365
  identities_days = 730
  suppressions_days = 3650     how long imports leave out whom you forgot

  [consent]
  require = \"granted\"          respondents without consent become scores")]
    Retain {
        /// Print what would be removed, and remove nothing
        #[arg(long)]
        dry_run: bool,
    },

    /// Show, change or export the key that seals identities
    #[command(after_help = "\
Examples:
  voxql keys show-fingerprint          does the key on this machine match the lake?
  voxql keys rotate --to new.key       seals all identities again; pseudonyms stay
  voxql keys export > copy.key")]
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },

    /// Print the record of processing: which personal data is held, where, why and for how long
    #[command(after_help = "\
Example:
  voxql inventory > processing.md

Facts that the lake does not know are read from lake.toml:
  [inventory]
  controller = \"Example Ltd, privacy@example.com\"
  purpose = \"to find out what customers think of us\"
  legal_basis = \"legitimate interest\"
  recipients = \"customer support\"")]
    Inventory,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Show the fingerprints of the lake's key and of the key on this machine; exit code 1 if they
    /// differ
    ShowFingerprint,
    /// Seal identities with another key; pseudonyms stay the same
    Rotate {
        /// The file of the new key, created if missing
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Print the key, 64 hexadecimal digits
    Export,
}

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Show the entries; same as: SELECT * FROM audit
    Show {
        /// Only days on which a role asked one question with ten or more different constants
        #[arg(long)]
        suspicious: bool,

        #[command(flatten)]
        output: OutputArgs,
    },
    /// Verify that all signed entries are there and unchanged
    Verify {
        /// A checkpoint kept elsewhere: nothing before it may have changed
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
    },
    /// Print the signed checkpoint, to keep elsewhere
    Checkpoint,
}

#[derive(Debug, clap::Args)]
pub(super) struct DoctorArgs {
    /// Read every byte, and count all months again [default: the newest of each table]
    #[arg(long)]
    pub(super) full: bool,

    /// Repair what can be
    #[arg(long)]
    pub(super) repair: bool,

    /// Print the findings as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ForgetArgs {
    /// Their identifier in exports: an email address, a customer or telephone number; or a name of
    /// several words
    #[arg(value_name = "PERSON", required_unless_present_any = ["tokens", "names", "file", "undo"])]
    pub(super) people: Vec<String>,

    /// A pseudonym from the column respondent
    #[arg(long = "token", value_name = "TOKEN")]
    pub(super) tokens: Vec<String>,

    /// A name, also of one word, to search for
    #[arg(long = "name", value_name = "NAME")]
    pub(super) names: Vec<String>,

    /// A file of people or pseudonyms, one per line ('-' for standard input)
    #[arg(long, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,

    /// Keep their scores and dates, without pseudonym and comments, also those of later imports
    #[arg(long)]
    pub(super) keep_score: bool,

    /// Also remove their names from the data of others: comments, kept columns, accounts, names of
    /// surveys and files; earlier versions are gone afterwards
    #[arg(long)]
    pub(super) everywhere: bool,

    /// Print what would be forgotten and all that is found, and change nothing
    #[arg(long, conflicts_with = "undo")]
    pub(super) dry_run: bool,

    /// Not possible: what was forgotten is gone
    #[arg(long)]
    pub(super) undo: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct SubjectArgs {
    /// Their identifier in exports: an email address, a customer or telephone number; or a
    /// pseudonym
    #[arg(value_name = "PERSON", required_unless_present = "file")]
    pub(super) people: Vec<String>,

    /// A file of people or pseudonyms, one per line ('-' for standard input)
    #[arg(long, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// Files of SQL statements, each ending in ';' ('-' for standard input)
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    /// The value of the placeholder $NAME, converted to the type of its place
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) params: Vec<(String, String)>,

    /// Run this file of statements and shell commands first
    #[arg(long, value_name = "FILE")]
    pub(super) init: Option<PathBuf>,

    #[command(flatten)]
    pub(super) session: SessionArgs,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Files of queries, each ending in ';' ('-' for standard input)
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    /// The value of the placeholder $NAME, converted to the type of its place
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) params: Vec<(String, String)>,

    /// Compare with the results of an earlier run, written by --json
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,

    /// Write the results to FILE as JSON, for programs and as the baseline of a later run
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,

    /// Write the results to FILE as JUnit XML, for CI services
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,

    /// Write a summary to FILE in Markdown
    #[arg(long, value_name = "FILE")]
    pub(super) summary: Option<PathBuf>,

    /// Treat warnings as failures
    #[arg(long)]
    pub(super) warnings_as_errors: bool,

    /// Stop after the first check that fails or cannot be evaluated
    #[arg(long)]
    pub(super) fail_fast: bool,

    #[command(flatten)]
    pub(super) session: SessionArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// The file to write; its extension is the format: .html, .md or .json
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub(super) file: PathBuf,

    /// Only responses of this survey
    #[arg(long, value_name = "NAME")]
    pub(super) survey: Option<String>,

    /// The columns to group by [default: kept text columns with 2 to 30 values, and survey]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(super) by: Vec<String>,

    /// Only responses since this day, such as 2025-01-01
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(super) since: Option<NaiveDate>,

    #[command(flatten)]
    pub(super) role: RoleArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct IngestArgs {
    /// Files, folders, patterns, s3://… or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) import: ImportArgs,

    /// Write the detected layout to FILE as a profile, for similar files
    #[arg(long, value_name = "FILE")]
    pub(super) save_profile: Option<PathBuf>,

    /// Print the evidence for the column of each field and the second best, and import nothing
    #[arg(long, conflicts_with_all = ["dry_run", "save_profile"])]
    pub(super) explain: bool,

    /// Read and check everything, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Print the time of each step on standard error
    #[arg(long)]
    pub(super) timing: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct WatchArgs {
    /// The folder, or a prefix such as s3://bucket/exports/
    #[arg(value_name = "DIR|URI")]
    pub(super) place: String,

    /// The interval between looks, such as 30s, 15m or 1h
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = humantime::parse_duration)]
    pub(super) every: Duration,

    /// Look once and exit, for cron; exit code 2 if a file could not be imported
    #[arg(long, conflicts_with = "every")]
    pub(super) once: bool,

    #[command(flatten)]
    pub(super) import: ImportArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct ProfilesArgs {
    /// Print this profile as TOML
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Create the lake in this folder, and keep it
    #[arg(long, value_name = "FOLDER")]
    pub(super) into: Option<PathBuf>,
}
