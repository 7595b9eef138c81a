//! Profiles: what is known of the exports of a tool, a TOML file each.
//!
//! Adding a vendor is adding a file to `profiles/` and its name to [`BUILT_IN`].

pub mod bound;
pub mod listed;
pub mod recognise;
pub mod saved;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use super::columns::field::Field;
use super::columns::headers::fold;
use crate::error::{Error, Result};

/// The source of responses from files that no vendor's profile recognises.
pub const GENERIC: &str = "generic";

/// The metrics that the lake knows.
const METRICS: [&str; 8] = [
    "nps", "csat", "ces", "stars", "pmf", "smileys", "thumbs", "other",
];

/// The profiles that come with the program.
const BUILT_IN: [(&str, &str); 17] = [
    ("appcues", include_str!("appcues.toml")),
    ("asknicely", include_str!("asknicely.toml")),
    ("customergauge", include_str!("customergauge.toml")),
    ("delighted", include_str!("delighted.toml")),
    ("formbricks", include_str!("formbricks.toml")),
    ("formbricks_zeros", include_str!("formbricks_zeros.toml")),
    ("google_forms", include_str!("google_forms.toml")),
    ("hubspot", include_str!("hubspot.toml")),
    ("long", include_str!("long.toml")),
    ("microsoft_forms", include_str!("microsoft_forms.toml")),
    ("posthog", include_str!("posthog.toml")),
    ("qualtrics", include_str!("qualtrics.toml")),
    ("retently", include_str!("retently.toml")),
    ("surveymonkey", include_str!("surveymonkey.toml")),
    ("typeform", include_str!("typeform.toml")),
    ("wootric", include_str!("wootric.toml")),
    ("zendesk", include_str!("zendesk.toml")),
];

/// What is known of the exports of a tool.
///
/// Headers are compared without regard to case and to runs of white space; `*` in one stands for
/// any text.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What `--profile` calls it.
    pub name: String,
    /// What the lake's column `source` says, where that is not the name: responses are told apart
    /// within a source, so several profiles of one tool have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The tool, as its maker writes it.
    pub tool: String,
    /// The files, for the list of profiles.
    pub files: String,
    /// Where the tool describes its export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What a person should know about the tool's files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Columns to keep where `--keep` names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<String>,
    /// The zone of dates that say none, where `--timezone` does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The scale of the answers, where `--scale` does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<String>,
    /// How many rows name the columns, where `--header-rows` does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_rows: Option<u32>,
    /// Columns that are no field, whatever they look like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never: Vec<String>,
    /// Ways to recognise a file, one of which has to hold. Without any, the profile only reads
    /// files for which it is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recognise: Vec<Recognise>,
    /// The columns of each field, the preferred one first; an empty list says that there is none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Vec<String>>,
    /// How the dates of a field are written: what `--date-format` takes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dates: BTreeMap<String, String>,
    /// Rows that are no responses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_a_response: Vec<NotAResponse>,
    #[serde(default, skip_serializing_if = "Metrics::is_empty")]
    pub metric: Metrics,
    /// Several rows an event, of which one response is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Events>,
    /// One row an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<Answers>,
    /// What an empty score may mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empty_score: Option<EmptyScore>,
}

/// One way to recognise a file.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recognise {
    /// Headers that are all there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// Groups of headers; of each at least one is there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<Vec<String>>,
    /// What the first header is one of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<String>,
    /// Headers of which none is there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// What cells of the header rows hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<HeaderCell>,
    /// What columns hold among the first rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Content>,
    /// How many rows name the columns. Without it, one, and what stands under it and is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_rows: Option<usize>,
    /// The second header row says to which choice or part of a question a column belongs, and the
    /// first has the question over the first of its columns. These words say that there is but
    /// one part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whole_question: Vec<String>,
}

/// Text that stands somewhere in a header row.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderCell {
    /// From 1, the row that names the columns.
    pub row: usize,
    /// The header of the cell's column. Without it, any cell of the row will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
    /// A pattern that some cell of the row fits.
    pub like: String,
}

/// Values that stand in a column.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Names that the column can have.
    pub column: Vec<String>,
    /// Patterns, one of which fits some cell.
    pub like: Vec<String>,
}

/// Rows that are no responses, by what one column says.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NotAResponse {
    /// Names that the column can have.
    pub column: Vec<String>,
    /// What these rows are, for the summary.
    pub what: String,
    /// Values of such rows, or patterns of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Values of responses; all others, but for an empty cell, say that a row is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// Columns that have to be empty as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub and_empty: Vec<String>,
}

/// What the tool calls the metrics, and how far their scales go.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// The lake's name for values that are not understood by themselves.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// The top of the scale of each metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rating_max: BTreeMap<String, f64>,
}

impl Metrics {
    fn is_empty(&self) -> bool {
        self.values.is_empty() && self.rating_max.is_empty()
    }
}

/// Rows are events, several of which can be of one response; what the newest says holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Keys, of which the first whose columns all hold something says which response an event is
    /// of. An event without a key is a response by itself.
    pub keys: Vec<EventKey>,
    /// Names of the column that says when an event was.
    pub time: Vec<String>,
}

/// Columns that events of one response have in common.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EventKey {
    /// For each column the names it can have.
    pub columns: Vec<Vec<String>>,
    /// Hours without an event after which another response begins. Without it, none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap_hours: Option<u32>,
}

/// Rows are answers: which response, which question, what was answered.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Names of the column with the response's id.
    pub response: Vec<String>,
    /// Names of the column with the question.
    pub question: Vec<String>,
    /// Names of the column with the answer.
    pub value: Vec<String>,
    /// Further columns that are of the answer and not of the response.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of_the_answer: Vec<String>,
}

/// What a score that is not there may mean, where the tool has had it mean two things.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EmptyScore {
    /// `0`, or `ask` where the answers are all from before `before`, and none of them is 0.
    pub means: String,
    /// A day such as `2024-10-01`; a file with a later response was not made by the tool's older version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Why it is asked, and the options that answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl EmptyScore {
    /// The start of the day `before`, in microseconds since 1970.
    pub fn before_micros(&self) -> Option<i64> {
        let day = NaiveDate::parse_from_str(self.before.as_ref()?, "%Y-%m-%d").ok()?;
        Some(day.and_time(NaiveTime::MIN).and_utc().timestamp_micros())
    }
}

/// The lake's name for a metric.
fn metric(name: &str) -> Option<&'static str> {
    METRICS.into_iter().find(|metric| *metric == name)
}

/// All profiles that come with the program, in the order of their names.
pub fn built_in() -> &'static [Arc<Profile>] {
    static PROFILES: LazyLock<Vec<Arc<Profile>>> = LazyLock::new(|| {
        BUILT_IN
            .iter()
            .map(|(name, text)| {
                let profile = Profile::parse(text, name);
                Arc::new(profile.expect("a test parses every profile that is built in"))
            })
            .collect()
    });
    &PROFILES
}

/// The text of a profile that comes with the program, as it is in its file.
pub fn text(name: &str) -> &'static str {
    let found = BUILT_IN.iter().find(|(known, _)| *known == name);
    found.map_or("", |(_, text)| text)
}

impl Profile {
    /// The profile that `--profile` names: a built-in one, or a file.
    pub fn named(name: &str) -> Result<Arc<Self>> {
        if let Some(profile) = built_in().iter().find(|profile| profile.name == name) {
            return Ok(Arc::clone(profile));
        }
        let path = Path::new(name);
        let is_path = name.contains(['/', '\\']) || path.extension().is_some();
        if !is_path && !path.exists() {
            let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
            return Err(
                Error::invalid(format!("--profile {name}: there is no such profile")).with_hint(
                    format!("the profiles are {}; or name a TOML file", names.join(", ")),
                ),
            );
        }
        let text = std::fs::read_to_string(path).map_err(|error| Error::io(name, error))?;
        Self::parse(&text, name).map(Arc::new)
    }

    /// Reads the text of a profile; `place` is said in errors.
    fn parse(text: &str, place: &str) -> Result<Self> {
        let invalid = |line: Option<usize>, message: &str| {
            let line = line
                .map(|line| format!(", line {line}"))
                .unwrap_or_default();
            Error::invalid(format!("profile {place}{line}: {message}"))
                .with_hint("a complete example: voxql profiles delighted")
        };
        let profile: Self = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map(|span| 1 + text[..span.start.min(text.len())].matches('\n').count());
            let message = error.message().lines().collect::<Vec<_>>().join(" ");
            invalid(line, &message)
        })?;
        profile.check().map_err(|message| invalid(None, &message))?;
        Ok(profile)
    }

    /// Finds what TOML alone does not: names that mean nothing.
    fn check(&self) -> Result<(), String> {
        let known_metric = |key: &str, name: &str| match metric(name) {
            Some(_) => Ok(()),
            None => Err(format!(
                "{key}: there is no metric \"{name}\"; there are {}",
                METRICS.join(", ")
            )),
        };
        if self.name != fold(&self.name).replace(' ', "_") || self.name.is_empty() {
            return Err("name: write it in lower case, with _ for spaces".to_owned());
        }
        for key in self.fields.keys() {
            if Field::parse(key).is_none() {
                let names: Vec<_> = Field::ALL.iter().map(|field| field.name()).collect();
                return Err(format!(
                    "fields.{key}: there is no such field; there are {}",
                    names.join(", ")
                ));
            }
        }
        for (key, format) in &self.dates {
            if !Field::parse(key).is_some_and(Field::is_date) {
                return Err(format!("dates.{key}: is not a field with a date"));
            }
            super::dates::DateReader::given(format, chrono_tz::Tz::UTC, false)
                .map_err(|error| format!("dates.{key}: {error}"))?;
        }
        for (value, metric) in &self.metric.values {
            known_metric(&format!("metric.values.{value}"), metric)?;
        }
        for metric in self.metric.rating_max.keys() {
            known_metric("metric.rating_max", metric)?;
        }
        for rule in &self.not_a_response {
            if rule.values.is_empty() == rule.except.is_empty() {
                return Err(format!(
                    "not_a_response ({}): give either values or except",
                    rule.what
                ));
            }
        }
        if self.events.is_some() && self.answers.is_some() {
            return Err("events and answers exclude each other".to_owned());
        }
        match &self.empty_score {
            Some(empty) if empty.means == "ask" => empty
                .before_micros()
                .map(|_| ())
                .ok_or_else(|| "empty_score.before: write it as 2024-10-01".to_owned()),
            Some(empty) if empty.means != "0" => {
                Err("empty_score.means: write \"0\" or \"ask\"".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// The lake's metric for what a cell says, where the profile knows it.
    pub fn metric(&self, cell: &str) -> Option<&'static str> {
        let folded = fold(cell);
        let mut values = self.metric.values.iter();
        values
            .find(|(value, _)| fold(value) == folded)
            .and_then(|(_, name)| metric(name))
    }

    /// What the lake's column `source` says of responses read with this profile.
    pub fn source(&self) -> &str {
        self.source.as_deref().unwrap_or(&self.name)
    }
}

/// Whether a text fits a pattern: the same but for case and runs of white space, where `*` in the
/// pattern stands for anything.
pub fn fits(pattern: &str, text: &str) -> bool {
    let normal = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").to_lowercase()
    };
    let text = normal(text);
    let pattern = pattern.to_lowercase();
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|start| text.strip_prefix(start)) else {
        return false;
    };
    let mut rest = rest;
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Whether a text fits one of the patterns.
pub fn fits_any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| fits(pattern, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_that_is_built_in_is_one() {
        for (name, text) in BUILT_IN {
            let profile = Profile::parse(text, name).unwrap();
            assert_eq!(profile.name, name);
        }
        assert_eq!(built_in().len(), BUILT_IN.len());
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/profiles"));
        let is_profile = |file: &std::fs::DirEntry| {
            let path = file.path();
            path.extension()
                .is_some_and(|extension| extension == "toml")
        };
        let profiles = files.unwrap().map(Result::unwrap).filter(is_profile);
        assert_eq!(profiles.count(), BUILT_IN.len());
    }

    #[test]
    fn a_profile_that_cannot_be_read_says_where() {
        let base = "name = \"mine\"\ntool = \"T\"\nfiles = \"CSV\"\n";
        for (more, expected) in [
            (
                "[fields]\nscoer = [\"x\"]\n",
                "fields.scoer: there is no such field",
            ),
            ("scores = 1\n", "line 4: unknown field `scores`"),
            ("[dates]\nscore = \"unix\"\n", "dates.score"),
            ("[dates]\nsent_at = \"day\"\n", "dates.sent_at"),
            ("[metric.rating_max]\nnsp = 5\n", "no metric \"nsp\""),
        ] {
            let error = Profile::parse(&format!("{base}{more}"), "my.toml").unwrap_err();
            let message = error.to_string();
            assert!(message.starts_with("profile my.toml"), "{message}");
            assert!(message.contains(expected), "{message}");
        }
        let error = Profile::named("qualtrix").unwrap_err();
        let hint = error.hint().unwrap().to_string();
        assert!(hint.contains("qualtrics"), "{error:?}");
    }

    #[test]
    fn patterns_fit_whole_texts() {
        for (pattern, text, expected) in [
            ("Response ID", "response  id", true),
            ("Response ID", "Response ID 2", false),
            ("Q*_NPS_GROUP", "Q1_NPS_GROUP", true),
            ("Q*_NPS_GROUP", "Q1_NPS_GROUPS", false),
            ("*recommend*", "Would you recommend us?", true),
            ("*", "", true),
            ("* *", "one", false),
            ("a*b*b", "ab", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
