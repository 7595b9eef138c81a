//! The record of processing (GDPR art. 30): what personal data a lake holds, where, why, for how
//! long, and who can see it.

use chrono::Utc;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::prelude::SessionContext;

use super::Lake;
use super::schema::RESPONSES_SCHEMA;
use super::settings::{PastDays, Settings};
use crate::error::Result;
use crate::privacy::audit::{Action, Entry};

impl Lake {
    /// The record of processing in Markdown: what personal data the lake holds, where, why, for how
    /// long, and who can see it. It counts people and names none.
    ///
    /// # Errors
    /// Without the lake, or responses in it.
    pub async fn inventory(&self) -> Result<String> {
        let settings = self.settings().await?.ok_or_else(|| self.missing())?;
        self.audit(&Entry::new(Action::Inventory)).await?;
        let held = Held::count(&self.session()).await?;
        let entries = self.audit_records().await?.len();
        Ok([
            purposes(self, settings),
            data(settings, &held, entries),
            consent(settings, &held),
            protection(settings),
        ]
        .join("\n"))
    }
}

/// How much of what the tables hold.
struct Held {
    responses: i64,
    respondents: i64,
    comments: i64,
    /// From the first day to the last, empty where nothing has a date.
    days: String,
    /// How many responses have which consent, such as `granted: 12`.
    consents: Vec<String>,
    /// The columns that were kept of exports.
    kept: Vec<String>,
    people: i64,
    /// Of how many people which field is sealed, such as `email: 12`.
    fields: Vec<String>,
    imports: i64,
}

impl Held {
    async fn count(session: &SessionContext) -> Result<Self> {
        let own = RESPONSES_SCHEMA.fields();
        let responses = session.table("responses").await?;
        let columns = responses.schema().fields().iter();
        let kept = columns.filter(|field| own.find(field.name()).is_none());
        let days = "SELECT min(responded_at)::DATE || ' to ' || max(responded_at)::DATE \
                    FROM responses";
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
        })
    }
}

/// The one number of a query's answer.
async fn number(session: &SessionContext, sql: &str) -> Result<i64> {
    let batches = session.sql(sql).await?.collect().await?;
    Ok(batches[0].column(0).as_primitive::<Int64Type>().value(0))
}

/// The texts of a query's one column, without NULL, in alphabetical order.
async fn texts(session: &SessionContext, sql: &str) -> Result<Vec<String>> {
    let sql = format!("SELECT arrow_cast(of_query.text, 'Utf8') FROM ({sql}) AS of_query(text)");
    let batches = session.sql(&sql).await?.collect().await?;
    let columns = batches
        .iter()
        .map(|batch| batch.column(0).as_string::<i32>());
    let texts = columns.flat_map(|column| column.iter().flatten());
    let mut texts: Vec<String> = texts.map(ToOwned::to_owned).collect();
    texts.sort();
    Ok(texts)
}

fn purposes(lake: &Lake, settings: &Settings) -> String {
    let said = settings.inventory.clone().unwrap_or_default();
    let line = |what: &str, name: &str, said: Option<String>| match said {
        Some(said) => format!("- {what}: {}\n", one_line(&said)),
        None => format!("- {what}: not said yet, by `{name}` under `[inventory]` in lake.toml\n"),
    };
    [
        format!("# Record of processing: {}\n\n", one_line(&lake.uri())),
        format!(
            "Made on {} by voxql {}.\n\n",
            Utc::now().format("%Y-%m-%d"),
            env!("CARGO_PKG_VERSION")
        ),
        line("Controller", "controller", said.controller),
        line("Purpose", "purpose", said.purpose),
        line("Legal basis", "legal_basis", said.legal_basis),
        line("Recipients", "recipients", said.recipients),
        roles(settings),
    ]
    .concat()
}

/// Who asks of the lake, and what they see.
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

fn data(settings: &Settings, held: &Held, entries: usize) -> String {
    let retention = settings.retention;
    let kept_for = |name: &str, days: Option<PastDays>| match days {
        Some(days) => format!("{days} days (`voxql retain`)"),
        None => format!("no end, for want of `{name}` under `[retention]`"),
    };
    let with_responses = "as long as its responses".to_owned();
    let files = "who can read the lake's files";
    let responses_days = retention.and_then(|retention| retention.responses_days);
    let comments_days = retention.and_then(|retention| retention.comments_days);
    let identities_days = retention.and_then(|retention| retention.identities_days);
    let kept = match held.kept.is_empty() {
        true => "none".to_owned(),
        false => held.kept.join(", "),
    };
    let fields = match held.fields.is_empty() {
        true => String::new(),
        false => format!(" ({})", one_line(&held.fields.join(", "))),
    };
    let days = match held.days.is_empty() {
        true => String::new(),
        false => format!(", {}", held.days),
    };
    let rows = [
        [
            "scores, dates, surveys, accounts".to_owned(),
            format!(
                "`responses`: {} responses{days}, of {} respondents under pseudonyms",
                held.responses, held.respondents
            ),
            kept_for("responses_days", responses_days),
            files.to_owned(),
        ],
        [
            "comments".to_owned(),
            format!("`responses`: {}", held.comments),
            kept_for("comments_days", comments_days.or(responses_days)),
            files.to_owned(),
        ],
        [
            format!("kept columns: {}", one_line(&kept)),
            "`responses`".to_owned(),
            with_responses.clone(),
            files.to_owned(),
        ],
        [
            "names, addresses, numbers of people, sealed".to_owned(),
            format!("`identities`: {} people{fields}", held.people),
            match identities_days {
                Some(days) => format!("{days} days after the last response (`voxql retain`)"),
                None => kept_for("identities_days", None),
            },
            "who has the lake's key, too".to_owned(),
        ],
        [
            "names of imported files".to_owned(),
            format!("`imports`: {}", held.imports),
            "no end".to_owned(),
            files.to_owned(),
        ],
        [
            "counts of scores by day and kept column; a count may be of one person".to_owned(),
            "`rollup`".to_owned(),
            with_responses,
            files.to_owned(),
        ],
        [
            "entries on what was done to the data, without personal data".to_owned(),
            format!("`audit`: {entries}"),
            "no end".to_owned(),
            files.to_owned(),
        ],
    ];
    let rows = rows.map(|row| format!("| {} |\n", row.join(" | ")));
    format!(
        "## Data\n\n| what | where, how much | for how long | who can see it |\n\
         | --- | --- | --- | --- |\n{}",
        rows.concat()
    )
}

fn consent(settings: &Settings, held: &Held) -> String {
    let rule = match settings.consent {
        Some(_) => {
            "Who has not granted consent is in the lake as a score, without pseudonym, comment \
             and identity."
        }
        None => {
            "Responses are known as somebody's whatever their consent; `[consent] require = \
             \"granted\"` in lake.toml changes that for imports to come."
        }
    };
    let validity = match settings.validity {
        Some(validity) => format!("Responses older than {} days and those", validity.days),
        None => "Responses".to_owned(),
    };
    format!(
        "## Consent\n\n{rule} Responses by consent: {}. {validity} whose consent was withdrawn are \
         not in `valid_responses`.\n",
        held.consents.join(", ")
    )
}

fn protection(settings: &Settings) -> String {
    format!(
        "## Protection\n\n\
         - Respondents are pseudonyms, HMAC-SHA-256 under the lake's key (fingerprint {}), which \
         is not in the lake.\n\
         - Identities are sealed with XChaCha20-Poly1305; `reveal` opens them with the key, and each \
         opening is in the audit log.\n\
         - Comments and kept prose lose personal data that is recognised when they are imported, \
         unless that was declined with --no-redact.\n\
         - `voxql forget` removes a person from all files at once, `voxql subject` prints what is \
         held of one.\n",
        settings.key_fingerprint
    )
}

/// Text as a cell or a line of Markdown takes it.
fn one_line(text: &str) -> String {
    text.replace('|', "\\|")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
