//! The record of processing (GDPR art. 30): the personal data in a lake, its location, purpose and
//! retention, and who can see it.

use chrono::Utc;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::prelude::SessionContext;

use super::definitions::Definitions;
use super::handle::Lake;
use super::schema::RESPONSES_SCHEMA;
use super::settings::{PastDays, Settings};
use super::table;
use crate::error::Result;
use crate::privacy::audit::{Action, Entry};

impl Lake {
    /// The record of processing in Markdown: the personal data in the lake, its location, purpose
    /// and retention, and who can see it. It counts people and names none.
    ///
    /// # Errors
    /// Returns an error if the lake does not exist or has no responses.
    pub async fn inventory(&self) -> Result<String> {
        let settings = self.existing_settings().await?;
        self.audit(&Entry::new(Action::Inventory)).await?;
        let contents = Contents::count(self).await?;
        let definitions = self.definitions().await?;
        let entries = self.audit_records().await?.len();
        Ok([
            purposes(self, settings),
            data(settings, &contents, &definitions, entries),
            consent(settings, &contents),
            protection(settings),
        ]
        .join("\n"))
    }
}

/// Counts of the data in the tables.
struct Contents {
    responses: i64,
    respondents: i64,
    comments: i64,
    /// The first and last day, empty if no response has a date.
    days: String,
    /// Responses by consent, such as `granted: 12`.
    consents: Vec<String>,
    /// The columns that were kept from exports.
    kept: Vec<String>,
    people: i64,
    /// People by sealed field, such as `email: 12`.
    fields: Vec<String>,
    imports: i64,
    /// Entries of the list of forgotten people.
    suppressions: usize,
}

impl Contents {
    async fn count(lake: &Lake) -> Result<Self> {
        let session = &lake.session();
        let own = RESPONSES_SCHEMA.fields();
        let responses = session.table("responses").await?;
        let columns = responses.schema().fields().iter();
        let kept = columns.filter(|field| own.find(field.name()).is_none());
        let days = "SELECT min(day) || ' to ' || max(day) FROM responses";
        let consents = "SELECT consent || ': ' || count(*) FROM responses GROUP BY consent";
        let fields = "SELECT field || ': ' || count(*) FROM (SELECT unnest(fields) AS field \
                      FROM identities) GROUP BY field";
        Ok(Self {
            kept: kept.map(|field| field.name().clone()).collect(),
            responses: number(session, "SELECT count(*) FROM responses").await?,
            respondents: number(session, "SELECT count(DISTINCT respondent) FROM responses")
                .await?,
            comments: number(session, "SELECT count(comment) FROM responses").await?,
            days: texts(session, days).await?.concat(),
            consents: texts(session, consents).await?,
            people: number(session, "SELECT count(*) FROM identities").await?,
            fields: texts(session, fields).await?,
            imports: number(session, "SELECT count(*) FROM imports").await?,
            suppressions: lake.number_of_suppressions().await?,
        })
    }
}

/// The single number a query returns.
async fn number(session: &SessionContext, sql: &str) -> Result<i64> {
    let batches = session.sql(sql).await?.collect().await?;
    Ok(batches[0].column(0).as_primitive::<Int64Type>().value(0))
}

/// The texts of a query's single column, without NULL, in alphabetical order.
async fn texts(session: &SessionContext, sql: &str) -> Result<Vec<String>> {
    let batches = session.sql(sql).await?.collect().await?;
    let mut texts = table::texts(batches.iter().map(|batch| batch.column(0)))?;
    texts.sort();
    Ok(texts)
}

fn purposes(lake: &Lake, settings: &Settings) -> String {
    let stated = settings.inventory.clone().unwrap_or_default();
    let line = |label: &str, name: &str, stated: Option<String>| match stated {
        Some(stated) => format!("- {label}: {}\n", one_line(&stated)),
        None => format!("- {label}: not stated; set `{name}` under `[inventory]` in lake.toml\n"),
    };
    [
        format!("# Record of processing: {}\n\n", one_line(&lake.uri())),
        format!(
            "Created on {} by voxql {}.\n\n",
            Utc::now().format("%Y-%m-%d"),
            env!("CARGO_PKG_VERSION")
        ),
        line("Controller", "controller", stated.controller),
        line("Purpose", "purpose", stated.purpose),
        line("Legal basis", "legal_basis", stated.legal_basis),
        line("Recipients", "recipients", stated.recipients),
        roles(settings),
    ]
    .concat()
}

/// One line for each role and what it can see.
fn roles(settings: &Settings) -> String {
    let roles = settings.roles().map(|role| {
        let mut sees = role.policy().to_string();
        if let Some(size) = role.min_group_size() {
            sees += &format!(", groups of at least {size} respondents");
        }
        if let Some(rows) = role.rows() {
            sees += &format!(", where {rows}");
        }
        if !role.hidden_columns().is_empty() {
            sees += &format!(", without {}", role.hidden_columns().join(", "));
        }
        format!("- Role {}: {}\n", one_line(role.name()), one_line(&sees))
    });
    roles.collect()
}

fn data(
    settings: &Settings,
    contents: &Contents,
    definitions: &Definitions,
    entries: usize,
) -> String {
    let retention = settings.retention.unwrap_or_default();
    let kept_for = |name: &str, days: Option<PastDays>| match days {
        Some(days) => format!("{days} days (`voxql retain`)"),
        None => format!("no limit: `{name}` under `[retention]` is not set"),
    };
    let responses_days = kept_for("responses_days", retention.responses_days);
    let comments_days = retention.comments_days.or(retention.responses_days);
    let comments_days = kept_for("comments_days", comments_days);
    let identities_days = match retention.identities_days {
        Some(days) => format!("{days} days after the last response (`voxql retain`)"),
        None => kept_for("identities_days", None),
    };
    let kept = if contents.kept.is_empty() {
        "none".to_owned()
    } else {
        one_line(&contents.kept.join(", "))
    };
    let fields = if contents.fields.is_empty() {
        String::new()
    } else {
        format!(" ({})", one_line(&contents.fields.join(", ")))
    };
    let days = if contents.days.is_empty() {
        String::new()
    } else {
        format!(", {}", contents.days)
    };
    let responses = format!(
        "`responses`: {} responses{days}, of {} respondents under pseudonyms",
        contents.responses, contents.respondents
    );
    let comments = format!("`responses`: {}", contents.comments);
    let kept = format!("kept columns: {kept}");
    let people = format!("`identities`: {} people{fields}", contents.people);
    let imports = format!("`imports`: {}", contents.imports);
    let audit = format!("`audit`: {entries}");
    let files = "anyone who can read the lake's files";
    let definitions = named_definitions(definitions);
    let mut rows: Vec<[&str; 4]> = vec![
        [
            "scores, dates, surveys, accounts",
            &responses,
            &responses_days,
            files,
        ],
        ["comments", &comments, &comments_days, files],
        [&kept, "`responses`", "as long as its responses", files],
        [
            "names, addresses, numbers of people, sealed",
            &people,
            &identities_days,
            "anyone who also has the lake's key",
        ],
        ["names of imported files", &imports, "no limit", files],
        [
            "counts of scores by day and kept column; a count may be of one person",
            "`rollup`",
            "as long as its responses",
            files,
        ],
        [
            "entries on actions on the data, without personal data",
            &audit,
            "no limit",
            files,
        ],
    ];
    let suppressions = format!("`suppressions`: {}", contents.suppressions);
    let suppressions_days = kept_for("suppressions_days", retention.suppressions_days);
    if contents.suppressions > 0 {
        rows.push([
            "keyed hashes of addresses, numbers and pseudonyms of people whom imports must not bring \
             back",
            &suppressions,
            &suppressions_days,
            "anyone who also has the lake's key, to check a given person",
        ]);
    }
    if !definitions.is_empty() {
        rows.push([
            "views and macros: SQL, with what people wrote into it",
            &definitions,
            "until they are dropped",
            files,
        ]);
    }
    let rows = rows.iter().map(|row| format!("| {} |\n", row.join(" | ")));
    format!(
        "## Data\n\n| data | location and amount | kept for | visible to |\n\
         | --- | --- | --- | --- |\n{}",
        rows.collect::<String>()
    )
}

/// The names of the views and macros that the lake keeps; empty if it keeps none.
fn named_definitions(definitions: &Definitions) -> String {
    let named = |kind: &str, names: Vec<&String>| {
        let names: Vec<String> = names.iter().map(|name| one_line(name)).collect();
        (!names.is_empty()).then(|| format!("{kind} {}", names.join(", ")))
    };
    let views = named("views", definitions.views.keys().collect());
    let macros = named("macros", definitions.macros.keys().collect());
    let named: Vec<String> = views.into_iter().chain(macros).collect();
    if named.is_empty() {
        String::new()
    } else {
        format!("`definitions`: {}", named.join("; "))
    }
}

fn consent(settings: &Settings, contents: &Contents) -> String {
    let rule = match settings.consent {
        Some(_) => {
            "People who have not granted consent are in the lake as a score, without pseudonym, \
             comment and identity."
        }
        None => {
            "Responses are linked to their respondents regardless of consent; `[consent] require = \
             \"granted\"` in lake.toml changes that for future imports, and `voxql retain` for what is \
             there."
        }
    };
    let validity = match settings.validity {
        Some(validity) => format!("Responses older than {} days and those", validity.days),
        None => "Responses".to_owned(),
    };
    format!(
        "## Consent\n\n{rule} Responses by consent: {}. {validity} whose consent was withdrawn are \
         not in `valid_responses`.\n",
        contents.consents.join(", ")
    )
}

fn protection(settings: &Settings) -> String {
    format!(
        "## Protection\n\n\
         - Respondents are pseudonyms, HMAC-SHA-256 under the lake's key (fingerprint {}), which \
         is not in the lake.\n\
         - Identities are sealed with XChaCha20-Poly1305; `reveal` opens them with the key, and each \
         opening is recorded in the audit log.\n\
         - Recognised personal data is removed from comments and kept prose on import, unless \
         turned off with --no-redact.\n\
         - `voxql forget` immediately removes a person from all files, and later imports leave them \
         out; `voxql subject` prints all data of a person.\n\
         - A person who withdraws consent becomes a score without pseudonym, comment and identity with \
         the import that says so.\n",
        settings.key_fingerprint
    )
}

/// Escapes text for a line or a table cell of Markdown.
fn one_line(text: &str) -> String {
    text.replace('|', "\\|")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
