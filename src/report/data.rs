//! What a report says, as `report.json` holds it: names are those of the JSON, in which a number
//! that is not known is null.
//!
//! NPS, margins, intervals and changes are in points from −100 to 100, shares and rates from 0 to 1,
//! days in UTC and both ends of a period in it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::iso;

/// The version of the JSON. It changes where a field is removed or comes to mean something else.
pub(crate) const VERSION: u32 = 1;

/// Groups of fewer responses than this are merged or left out.
pub(crate) const GROUP_RESPONSES_MIN: u64 = 10;

/// Accounts of fewer respondents than this are left out, and words that fewer used.
pub(crate) const RESPONDENTS_MIN: u64 = 5;

/// With fewer responses than this the test of a change is rough, and a point of the trend is drawn
/// hollow.
pub(crate) const RESPONSES_FEW: u64 = 30;

/// The chance of an error of the first kind that is put up with: a p value below it is a change.
pub(crate) const SIGNIFICANCE: f64 = 0.05;

/// All of a report.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// [`VERSION`].
    pub(crate) version: u32,
    /// The program and its version.
    pub(crate) made_by: &'static str,
    /// The day, UTC.
    #[serde(with = "iso")]
    pub(crate) made_on: NaiveDate,
    pub(crate) scope: Scope,
    /// The newest period and the one before, null where no response has a date: then all that is
    /// `current` below is of all responses.
    pub(crate) periods: Option<Periods>,
    pub(crate) headline: Headline,
    /// Null where no response has a date.
    pub(crate) trend: Option<Trend>,
    /// One for each score from 0 to 10.
    pub(crate) scores: Vec<ScoreCount>,
    pub(crate) dimensions: Vec<Dimension>,
    /// Null where the role does not see comments.
    pub(crate) words: Option<Words>,
    /// Null where no two periods can be compared, or no response has an account.
    pub(crate) accounts: Option<Accounts>,
    /// Null where nothing is known of who was asked and did not answer.
    pub(crate) response_rate: Option<ResponseRate>,
    /// Null where it is not known when anybody was asked.
    pub(crate) latency: Option<Latency>,
    /// Null where the role does not see rows.
    pub(crate) quality: Option<Quality>,
    pub(crate) privacy: Privacy,
}

/// What the report is about.
#[derive(Debug, Serialize)]
pub(crate) struct Scope {
    /// The one survey that was asked for.
    pub(crate) survey: Option<String>,
    /// The first day that was asked for.
    #[serde(with = "iso::option")]
    pub(crate) since: Option<NaiveDate>,
    /// The surveys that the answers are of, those with most answers first.
    pub(crate) surveys: Vec<SurveyCount>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct SurveyCount {
    pub(crate) survey: String,
    /// Answers to the NPS question.
    pub(crate) responses: u64,
}

/// Days in UTC, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Period {
    #[serde(with = "iso")]
    pub(crate) from: NaiveDate,
    #[serde(with = "iso")]
    pub(crate) to: NaiveDate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Periods {
    /// The length of each.
    pub(crate) days: u32,
    /// It ends with the day of the newest response.
    pub(crate) current: Period,
    /// As long, ending the day before; null where the responses do not reach back that far.
    pub(crate) previous: Option<Period>,
}

/// What `nps_stats` gives: the interval is adjusted Wald at 95 %, the margin 1.96 standard errors.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Stats {
    pub(crate) responses: u64,
    pub(crate) promoters: u64,
    pub(crate) passives: u64,
    pub(crate) detractors: u64,
    pub(crate) nps: Option<f64>,
    pub(crate) std_error: Option<f64>,
    pub(crate) margin_of_error: Option<f64>,
    pub(crate) ci_low: Option<f64>,
    pub(crate) ci_high: Option<f64>,
}

/// What `nps_compare` gives of two periods.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Comparison {
    /// The NPS of the newer period less that of the older.
    pub(crate) change: Option<f64>,
    /// The chance of a change at least so large, up or down, if nothing has changed: two-sided,
    /// normal distribution, responses taken as independent. Null where both are unanimous.
    pub(crate) p_value: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Headline {
    pub(crate) current: Stats,
    /// How many people the current responses are of; anonymous ones count as one each. Null where
    /// the role does not see people.
    pub(crate) respondents: Option<u64>,
    pub(crate) previous: Option<Stats>,
    pub(crate) comparison: Option<Comparison>,
    /// 95 % of changes that the data speak for are within this of the one observed: the root of the
    /// added squares of both margins.
    pub(crate) change_margin: Option<f64>,
    /// All dated responses of the scope, or all of it where none is dated.
    pub(crate) all: Stats,
    #[serde(with = "iso::option")]
    pub(crate) all_from: Option<NaiveDate>,
}

/// What one point of the trend is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    Week,
    Month,
    Quarter,
    Year,
}

#[derive(Debug, Serialize)]
pub(crate) struct Trend {
    pub(crate) step: Step,
    /// Oldest first, without a hole: a step of which there is no response has 0.
    pub(crate) points: Vec<TrendPoint>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct TrendPoint {
    /// The first day of the week (a Monday), month, quarter or year.
    #[serde(with = "iso")]
    pub(crate) from: NaiveDate,
    pub(crate) stats: Stats,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct ScoreCount {
    pub(crate) score: u8,
    /// How many gave it in the current period.
    pub(crate) current: u64,
    /// How many gave it in the previous one.
    pub(crate) previous: u64,
}

/// A column by which the current responses are grouped.
#[derive(Debug, Serialize)]
pub(crate) struct Dimension {
    pub(crate) column: String,
    /// Largest impact first, up or down; the merged group last.
    pub(crate) groups: Vec<Group>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Group {
    /// Null for responses without a value, and for the merged group.
    pub(crate) value: Option<String>,
    /// Whether it is the small groups taken together.
    pub(crate) is_merged: bool,
    /// How many values it is of; null where the role is not told.
    pub(crate) values: Option<u64>,
    pub(crate) stats: Stats,
    /// Of all responses of the current period.
    pub(crate) share: f64,
    /// share × (NPS of the group − NPS of all): by so many points the group moves the total away
    /// from where it would be if the group had the NPS of all. The impacts of a dimension add up
    /// to 0.
    pub(crate) impact: f64,
    /// Against the previous period; null where that has fewer than [`GROUP_RESPONSES_MIN`].
    pub(crate) comparison: Option<Comparison>,
}

/// What sets the comments of detractors apart from those of promoters.
#[derive(Debug, Serialize)]
pub(crate) struct Words {
    /// The days whose comments are read; null for all.
    pub(crate) period: Option<Period>,
    /// People whose comments as detractors, and as promoters, are read.
    pub(crate) detractors: u64,
    pub(crate) promoters: u64,
    /// The clearest first, those of detractors before those of promoters.
    pub(crate) terms: Vec<Term>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Term {
    pub(crate) term: String,
    /// Of the log-odds ratio with an informative Dirichlet prior: above 0 the word is detractors',
    /// below promoters'. 1.96 and more are shown.
    pub(crate) z_score: f64,
    /// People who used it as detractors, and as promoters.
    pub(crate) detractors: u64,
    pub(crate) promoters: u64,
}

/// Accounts whose NPS fell.
#[derive(Debug, Serialize)]
pub(crate) struct Accounts {
    pub(crate) current: Period,
    pub(crate) previous: Period,
    /// Accounts with a response in either period.
    pub(crate) accounts: u64,
    /// Those with enough responses and respondents in both to be compared.
    pub(crate) compared: u64,
    /// Those of them whose NPS fell.
    pub(crate) fell: u64,
    /// Those that fell so far that chance would seldom show it, even once among all compared: the
    /// p value times `compared` is below 0.05 (Bonferroni).
    pub(crate) fell_clearly: u64,
    /// Those that fell most, at most [`ACCOUNTS_MAX`].
    pub(crate) fallen: Vec<FallenAccount>,
}

/// How many accounts are listed.
pub(crate) const ACCOUNTS_MAX: usize = 10;

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct FallenAccount {
    pub(crate) account: String,
    pub(crate) previous: Stats,
    pub(crate) current: Stats,
    pub(crate) comparison: Comparison,
}

/// Of those who were asked, how many answered.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct ResponseRate {
    /// Rows of the NPS question with a time of sending, sent in the current period.
    pub(crate) sent: u64,
    /// Those of them with a score.
    pub(crate) answered: u64,
    pub(crate) rate: f64,
}

/// How long answers took, of the current responses for which the time of sending is known.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Latency {
    pub(crate) responses: u64,
    pub(crate) hours_lower_quartile: f64,
    pub(crate) hours_median: f64,
    pub(crate) hours_upper_quartile: f64,
}

/// How good the data is.
#[derive(Debug, Serialize)]
pub(crate) struct Quality {
    /// Null where the role does not see imports.
    pub(crate) imports: Option<ImportCounts>,
    pub(crate) responses: ResponseCounts,
    /// Other questions than that of NPS, which the report leaves out.
    pub(crate) other_metrics: Vec<MetricCount>,
}

/// Sums over all imports into the lake, whatever the scope. Each row is in one of `new`, `updated`,
/// `duplicate`, `not_a_response` and `rejected`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct ImportCounts {
    pub(crate) imports: u64,
    /// Imports of which a crash left no counts.
    pub(crate) uncounted: u64,
    pub(crate) rows: u64,
    pub(crate) new: u64,
    pub(crate) updated: u64,
    pub(crate) duplicate: u64,
    pub(crate) not_a_response: u64,
    pub(crate) rejected: u64,
}

/// Rows of `responses`, of the survey that was asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct ResponseCounts {
    pub(crate) responses: u64,
    /// Left out since consent was withdrawn.
    pub(crate) withdrawn: u64,
    /// Left out since they are older than `[validity]` in lake.toml allows.
    pub(crate) expired: u64,
    /// Rows of the NPS question without a score.
    pub(crate) not_answered: u64,
    /// Answers without a date: in no period.
    pub(crate) undated: u64,
    /// Answers dated after the day of the report: in no period.
    pub(crate) in_the_future: u64,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct MetricCount {
    pub(crate) metric: String,
    pub(crate) responses: u64,
}

/// What was read to make the report, and what is not in it.
#[derive(Debug, Serialize)]
pub(crate) struct Privacy {
    /// The role that the report was made for, and its policy.
    pub(crate) role: String,
    pub(crate) policy: String,
    /// The number of respondents that each group has at least; null for roles that see rows.
    pub(crate) min_group_size: Option<u32>,
    /// What is not in the report since the role does not see what it takes.
    pub(crate) left_out: Vec<Part>,
    pub(crate) tables_read: Vec<&'static str>,
    pub(crate) group_responses_min: u64,
    pub(crate) respondents_min: u64,
    /// Values of dimensions that are merged with others; null where the role is not told.
    pub(crate) values_merged: Option<u64>,
    /// Accounts too small to be compared.
    pub(crate) accounts_left_out: u64,
    /// Openings of a sealed identity, by the audit log, in the current period and ever. Null where
    /// the role does not see the log.
    pub(crate) reveals_in_period: Option<u64>,
    pub(crate) reveals: Option<u64>,
}

/// A part of a report that not every role sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    Respondents,
    Words,
    Accounts,
    ResponseRate,
    Latency,
    Quality,
    Imports,
    Reveals,
}
