//! Profiles: the exports of a tool, described in a TOML file each.
//!
//! To add a tool, add a file to `profiles/` and its name to `BUILT_IN`.

pub mod answer_table;
pub mod bound;
pub mod listed;
pub mod questions;
pub mod recognise;
pub mod saved;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use super::columns::consent::Consent;
use super::columns::field::Field;
use super::columns::headers::fold;
use crate::error::{Error, Result};
use crate::options::SwappedDates;

/// The source of responses from files that no profile recognises.
pub const GENERIC: &str = "generic";

/// The profile of files with one answer a row.
pub const LONG: &str = "long";

/// The metrics of the lake.
const METRICS: [&str; 8] = [
    "nps", "csat", "ces", "stars", "pmf", "smileys", "thumbs", "other",
];

/// The built-in profiles.
const BUILT_IN: [(&str, &str); 29] = [
    ("alchemer", include_str!("alchemer.toml")),
    ("appcues", include_str!("appcues.toml")),
    ("asknicely", include_str!("asknicely.toml")),
    ("customergauge", include_str!("customergauge.toml")),
    ("delighted", include_str!("delighted.toml")),
    ("formbricks", include_str!("formbricks.toml")),
    ("formbricks_zeros", include_str!("formbricks_zeros.toml")),
    ("google_forms", include_str!("google_forms.toml")),
    ("hubspot", include_str!("hubspot.toml")),
    ("jotform", include_str!("jotform.toml")),
    ("kobotoolbox", include_str!("kobotoolbox.toml")),
    ("limesurvey", include_str!("limesurvey.toml")),
    ("long", include_str!("long.toml")),
    ("microsoft_forms", include_str!("microsoft_forms.toml")),
    ("pendo", include_str!("pendo.toml")),
    ("posthog", include_str!("posthog.toml")),
    ("qualtrics", include_str!("qualtrics.toml")),
    ("questionpro", include_str!("questionpro.toml")),
    ("refiner", include_str!("refiner.toml")),
    ("retently", include_str!("retently.toml")),
    ("satismeter", include_str!("satismeter.toml")),
    ("simplesat", include_str!("simplesat.toml")),
    ("surveymonkey", include_str!("surveymonkey.toml")),
    ("survicate", include_str!("survicate.toml")),
    ("tally", include_str!("tally.toml")),
    ("typeform", include_str!("typeform.toml")),
    ("wootric", include_str!("wootric.toml")),
    ("zendesk", include_str!("zendesk.toml")),
    ("zoho_survey", include_str!("zoho_survey.toml")),
];

/// A description of the exports of a tool.
///
/// Headers are compared without regard to case and runs of white space; `*` matches any text.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The name, for the option `profile`.
    pub name: String,
    /// The value of the lake's column `source`. Default: the name. Response ids are unique within
    /// a source, so profiles of one tool share it.
    pub source: Option<String>,
    /// The tool, as its vendor writes it.
    pub tool: String,
    /// The files, for the list of profiles.
    pub files: String,
    /// The tool's documentation of the export.
    pub url: Option<String>,
    /// Notes on the tool's files.
    pub notes: Option<String>,
    /// Columns to keep if the options name none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<String>,
    /// The zone of dates without one, if the options give none.
    pub timezone: Option<String>,
    /// The scale of the answers, if the options give none.
    pub scale: Option<String>,
    /// The metric of files that have no column for it, if the options give none.
    pub asked_metric: Option<String>,
    /// `fix` if spreadsheets swap day and month of the dates in these files, `keep` if they are right,
    /// unless the options say.
    pub swapped_dates: Option<String>,
    /// `true` to read scores written as words or as `8/10`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lenient: bool,
    /// Columns with names of people to seal, if the options name none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep_personal: Vec<String>,
    /// The number of header rows, if the options give none.
    pub header_rows: Option<u32>,
    /// Columns that are never a field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never: Vec<String>,
    /// Ways to recognise a file, one of which has to match. Without any, the profile is used only
    /// if the options name it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recognise: Vec<Recognise>,
    /// The columns of each field by preference; an empty list if there is none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Vec<String>>,
    /// Further columns of the score's question, asked in other branches of the survey.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub score_branches: Vec<String>,
    /// Further columns of comments, of questions that others are asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comment_branches: Vec<String>,
    /// Further columns of consent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consent_branches: Vec<String>,
    /// Values of the columns of consent that are `granted`, `withdrawn` or `unknown`, as in the option
    /// `map`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub consent: BTreeMap<String, Vec<String>>,
    /// The date format of each field, as in the option `date_format`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dates: BTreeMap<String, String>,
    /// Rows that are no responses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_a_response: Vec<NotAResponse>,
    #[serde(default, skip_serializing_if = "Metrics::is_empty")]
    pub metric: Metrics,
    /// For files whose questions are in a column, and not in the header.
    pub questions: Option<Questions>,
    /// For files of events: how events make responses.
    pub events: Option<Events>,
    /// For files with one answer a row: how answers make responses.
    pub answers: Option<Answers>,
    /// The meaning of an empty score.
    pub empty_score: Option<EmptyScore>,
}

/// One way to recognise a file.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recognise {
    /// Headers that must all be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// Groups of headers of which at least one each must be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<Vec<String>>,
    /// Headers of which one must be the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<String>,
    /// Headers that must not be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// Cells of the header rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<HeaderCell>,
    /// Values of columns in the first rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Content>,
    /// The number of header rows. Default: one, and the rows under it that are no answers.
    pub header_rows: Option<usize>,
    /// Words in the second header row for questions of only one part. In files with such words, the
    /// second row names the choice or part of a question, and the first row has the question above
    /// the first of its columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whole_question: Vec<String>,
}

/// A cell in a header row.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderCell {
    /// The row, counted from 1, the row that names the columns.
    pub row: usize,
    /// The header of the cell's column. Default: any column.
    pub under: Option<String>,
    /// A pattern of the cell.
    pub like: String,
}

/// Values in a column.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Possible names of the column.
    pub column: Vec<String>,
    /// Patterns of which any cell fits one.
    pub like: Vec<String>,
}

/// Rows that are no responses, by the values of a column.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NotAResponse {
    /// Possible names of the column.
    pub column: Vec<String>,
    /// The kind of these rows, for the summary.
    pub what: String,
    /// Values of these rows, or patterns of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Values of responses; a row with another value, except an empty one, is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// Columns that must be empty too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub and_empty: Vec<String>,
}

/// The tool's words for metrics, and the scales of metrics.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// The lake's metric for each word of the tool that is not a metric itself.
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

/// Files with the survey's questions in each row, as a JSON list of objects with `id` and
/// `question`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Questions {
    /// The column with the list.
    pub list: String,
    /// The column with the answer to the first question. Those of others are named `answer_ID`, or
    /// `answer_N` for the question at place N, from 0.
    pub answer: String,
}

/// Files whose rows are events. The newest event of a response decides.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Keys of responses. The first key whose columns are all filled applies; an event without a
    /// key is a response by itself.
    pub keys: Vec<EventKey>,
    /// Possible names of the column with the time of an event.
    pub time: Vec<String>,
}

/// Columns with the same values in all events of a response.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EventKey {
    /// The possible names of each column.
    pub columns: Vec<Vec<String>>,
    /// Hours without an event after which another response begins. Default: never.
    pub gap_hours: Option<u32>,
}

/// Files whose rows are answers: response, question and value.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Possible names of the column with the response's id.
    pub response: Vec<String>,
    /// Possible names of the column with the question.
    pub question: Vec<String>,
    /// Possible names of the column with the answer.
    pub value: Vec<String>,
    /// Further columns that belong to the answer, not the response.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of_the_answer: Vec<String>,
}

/// The meaning of an empty score, which has changed between versions of the tool.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EmptyScore {
    /// `0`, or `ask` to ask if all answers are from before `before` and none is 0.
    pub means: String,
    /// A day such as `2024-10-01`. Files of the tool's older version have no later responses.
    pub before: Option<String>,
    /// The question, and a hint with the options that answer it.
    pub question: Option<String>,
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

/// All built-in profiles, in the order of their names.
pub fn built_in() -> &'static [Arc<Profile>] {
    static PROFILES: LazyLock<Vec<Arc<Profile>>> = LazyLock::new(|| {
        BUILT_IN
            .iter()
            .map(|(name, text)| {
                let profile = Profile::parse(text, name);
                Arc::new(profile.expect("a test parses every built-in profile"))
            })
            .collect()
    });
    &PROFILES
}

/// The text of a built-in profile.
pub fn text(name: &str) -> &'static str {
    let found = BUILT_IN.iter().find(|(known, _)| *known == name);
    found.map_or("", |(_, text)| text)
}

impl Profile {
    /// The profile of a name: a built-in one, or the path of a file.
    pub fn named(name: &str) -> Result<Arc<Self>> {
        if let Some(profile) = built_in().iter().find(|profile| profile.name == name) {
            return Ok(Arc::clone(profile));
        }
        let path = Path::new(name);
        let is_path = name.contains(['/', '\\']) || path.extension().is_some();
        if !is_path && !path.exists() {
            let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
            return Err(
                Error::invalid(format!("profile \"{name}\" does not exist")).with_hint(format!(
                    "use one of {}, or the path of a TOML file",
                    names.join(", ")
                )),
            );
        }
        let text = std::fs::read_to_string(path).map_err(|error| Error::io(name, error))?;
        Self::parse(&text, name).map(Arc::new)
    }

    /// Parses the text of a profile; `place` is for errors.
    fn parse(text: &str, place: &str) -> Result<Self> {
        let invalid = |line: Option<usize>, message: &str| {
            let line = line
                .map(|line| format!(", line {line}"))
                .unwrap_or_default();
            Error::invalid(format!("profile {place}{line}: {message}"))
                .with_hint("for a complete example, run voxql profiles delighted")
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

    /// Checks names and values that TOML does not check.
    fn check(&self) -> Result<(), String> {
        let check_metric = |key: &str, name: &str| match metric(name) {
            Some(_) => Ok(()),
            None => Err(format!(
                "{key}: metric \"{name}\" does not exist; use one of {}",
                METRICS.join(", ")
            )),
        };
        if self.name != fold(&self.name).replace(' ', "_") || self.name.is_empty() {
            return Err("name: write it in lower case, with _ for spaces".to_owned());
        }
        if let Some(key) = self
            .consent
            .keys()
            .find(|key| Consent::parse(key).is_none())
        {
            let names = Consent::ALL.map(Consent::name).join(", ");
            return Err(format!(
                "consent: \"{key}\" does not exist; use one of {names}"
            ));
        }
        for key in self.fields.keys() {
            if Field::parse(key).is_none() {
                return Err(format!(
                    "fields.{key}: this field does not exist; use one of {}",
                    Field::names()
                ));
            }
        }
        if let Some(treatment) = &self.swapped_dates
            && SwappedDates::parse(treatment).is_none()
        {
            return Err("swapped_dates: write \"fix\" or \"keep\"".to_owned());
        }
        for (key, format) in &self.dates {
            if !Field::parse(key).is_some_and(Field::is_date) {
                return Err(format!("dates.{key}: this is not a date field"));
            }
            super::dates::DateReader::given(format, chrono_tz::Tz::UTC, false)
                .map_err(|error| format!("dates.{key}: {error}"))?;
        }
        for (value, metric) in &self.metric.values {
            check_metric(&format!("metric.values.{value}"), metric)?;
        }
        for metric in self.metric.rating_max.keys() {
            check_metric("metric.rating_max", metric)?;
        }
        for rule in &self.not_a_response {
            if rule.values.is_empty() == rule.except.is_empty() {
                return Err(format!(
                    "not_a_response ({}): write either values or except",
                    rule.what
                ));
            }
        }
        if self.events.is_some() && self.answers.is_some() {
            return Err("write either events or answers".to_owned());
        }
        match &self.empty_score {
            Some(empty) if empty.means == "ask" && empty.before_micros().is_none() => {
                Err("empty_score.before: write it as 2024-10-01".to_owned())
            }
            Some(empty) if !["0", "ask"].contains(&empty.means.as_str()) => {
                Err("empty_score.means: write \"0\" or \"ask\"".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// The lake's metric for a cell that the profile has.
    pub fn metric(&self, cell: &str) -> Option<&'static str> {
        let folded = fold(cell);
        let mut values = self.metric.values.iter();
        values
            .find(|(value, _)| fold(value) == folded)
            .and_then(|(_, name)| metric(name))
    }

    /// The value of the lake's column `source` for responses read with this profile.
    pub fn source(&self) -> &str {
        self.source.as_deref().unwrap_or(&self.name)
    }
}

/// True if a text fits a pattern, without regard to case and runs of white space. `*` in the
/// pattern matches any text.
pub fn fits(pattern: &str, text: &str) -> bool {
    let normal = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").to_lowercase()
    };
    let text = normal(text);
    let pattern = pattern.to_lowercase();
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|start| text.strip_prefix(start)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

/// True if a text fits one of the patterns.
pub fn fits_any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| fits(pattern, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_is_valid() {
        for (name, text) in BUILT_IN {
            let profile = Profile::parse(text, name).unwrap();
            assert_eq!(profile.name, name);
        }
        assert_eq!(built_in().len(), BUILT_IN.len());
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/profiles"));
        let profiles = files
            .unwrap()
            .filter(|file| file.as_ref().unwrap().path().extension() == Some("toml".as_ref()));
        assert_eq!(profiles.count(), BUILT_IN.len());
    }

    #[test]
    fn errors_name_the_place_in_the_profile() {
        let base = "name = \"mine\"\ntool = \"T\"\nfiles = \"CSV\"\n";
        for (more, expected) in [
            (
                "[fields]\nscoer = [\"x\"]\n",
                "fields.scoer: this field does not exist",
            ),
            ("scores = 1\n", "line 4: unknown field `scores`"),
            ("[dates]\nscore = \"unix\"\n", "dates.score"),
            ("[dates]\nsent_at = \"day\"\n", "dates.sent_at"),
            (
                "[metric.rating_max]\nnsp = 5\n",
                "metric \"nsp\" does not exist",
            ),
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
