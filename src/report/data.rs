//! The contents of a report, which are also `report.json`: field names are its keys, and unknown
//! numbers are null.
//!
//! NPS, margins, intervals and changes are in points from −100 to 100, shares and rates from 0 to 1.
//! Days are of the lake's zone, and periods include both ends.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Version of the JSON; changes if a field is removed or its meaning changes.
pub(crate) const VERSION: u32 = 1;

/// Groups with fewer responses are merged or left out.
pub(crate) const GROUP_RESPONSES_MIN: u64 = 10;

/// Accounts with fewer respondents and words used by fewer are left out.
pub(crate) const RESPONDENTS_MIN: u64 = 5;

/// With fewer responses the significance test is rough, and trend points are drawn hollow.
pub(crate) const RESPONSES_FEW: u64 = 30;

/// Significance level: a change with a smaller p value is significant.
pub(crate) const SIGNIFICANCE: f64 = 0.05;

/// Accounts listed at most.
pub(crate) const ACCOUNTS_MAX: usize = 10;

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) version: u32,
    /// Program and version.
    pub(crate) made_by: &'static str,
    pub(crate) made_on: NaiveDate,
    /// The time zone of all days.
    pub(crate) zone: &'static str,
    pub(crate) scope: Scope,
    /// Null if no response has a date; `current` below then covers all responses.
    pub(crate) periods: Option<Periods>,
    pub(crate) headline: Headline,
    /// Null if no response has a date.
    pub(crate) trend: Option<Trend>,
    /// One for each score from 0 to 10.
    pub(crate) scores: Vec<ScoreCount>,
    pub(crate) dimensions: Vec<Dimension>,
    /// Null if the role does not see comments.
    pub(crate) words: Option<Words>,
    /// Null without two periods to compare, or if no response has an account.
    pub(crate) accounts: Option<Accounts>,
    /// Null if the lake has no unanswered requests.
    pub(crate) response_rate: Option<ResponseRate>,
    /// Null if no response has a send time.
    pub(crate) latency: Option<Latency>,
    /// Null if the role does not see rows.
    pub(crate) quality: Option<Quality>,
    pub(crate) privacy: Privacy,
}

#[derive(Debug, Serialize)]
pub(crate) struct Scope {
    /// The requested survey.
    pub(crate) survey: Option<String>,
    /// The requested first day.
    pub(crate) since: Option<NaiveDate>,
    /// Surveys of the NPS responses, most responses first.
    pub(crate) surveys: Vec<SurveyCount>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SurveyCount {
    pub(crate) survey: String,
    pub(crate) responses: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Period {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Periods {
    /// Length of each.
    pub(crate) days: u32,
    /// Ends on the day of the newest response.
    pub(crate) current: Period,
    /// The same number of days before it; null if the responses do not go back that far.
    pub(crate) previous: Option<Period>,
}

/// Result of `nps_stats`: a 95% adjusted Wald interval, and a margin of 1.96 standard errors.
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

/// Result of `nps_compare` for two periods.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Comparison {
    /// NPS of the newer period minus that of the older.
    pub(crate) change: Option<f64>,
    /// Probability of a change at least this large, up or down, by chance alone: two-sided normal
    /// test of independent responses. Null if both periods are unanimous.
    pub(crate) p_value: Option<f64>,
}

impl Comparison {
    pub(crate) fn is_significant(&self) -> bool {
        self.p_value.is_some_and(|p| p < SIGNIFICANCE)
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Headline {
    pub(crate) current: Stats,
    /// People behind the current responses; each anonymous response counts as one. Null if the
    /// role does not see people.
    pub(crate) respondents: Option<u64>,
    pub(crate) previous: Option<Stats>,
    pub(crate) comparison: Option<Comparison>,
    /// Margin of error of the change: the root of the summed squares of both margins.
    pub(crate) change_margin: Option<f64>,
    /// All dated responses in scope, or all responses if none has a date.
    pub(crate) all: Stats,
    pub(crate) all_from: Option<NaiveDate>,
}

/// Length of time that a point of the trend covers.
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
    /// Oldest first, without gaps.
    pub(crate) points: Vec<TrendPoint>,
}

#[derive(Debug, Serialize)]
pub(crate) struct TrendPoint {
    /// The first day of the week (a Monday), month, quarter or year.
    pub(crate) from: NaiveDate,
    /// Zeros if there are no responses; null if the role of groups sees none, which may be few.
    pub(crate) stats: Option<Stats>,
}

impl TrendPoint {
    /// True if there are few responses.
    pub(crate) fn is_uncertain(&self) -> bool {
        self.stats
            .is_some_and(|stats| (1..RESPONSES_FEW).contains(&stats.responses))
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct ScoreCount {
    pub(crate) score: u8,
    pub(crate) current: u64,
    pub(crate) previous: u64,
}

/// Current responses grouped by a column.
#[derive(Debug, Serialize)]
pub(crate) struct Dimension {
    pub(crate) column: String,
    /// Largest impact first, up or down; the merged group is last.
    pub(crate) groups: Vec<Group>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Group {
    /// Null for responses without a value and for the merged group.
    pub(crate) value: Option<String>,
    /// `true` if this group merges all small groups.
    pub(crate) is_merged: bool,
    /// Number of values in the group; null if the role may not see it.
    pub(crate) values: Option<u64>,
    pub(crate) stats: Stats,
    /// Share of the responses in the current period.
    pub(crate) share: f64,
    /// share × (group NPS − overall NPS): the points by which the group moves the total compared
    /// with scoring the overall NPS. The impacts of a dimension add up to 0.
    pub(crate) impact: f64,
    /// Compared with the previous period; null if that has fewer than [`GROUP_RESPONSES_MIN`].
    pub(crate) comparison: Option<Comparison>,
}

/// Words that distinguish the comments of detractors from those of promoters.
#[derive(Debug, Serialize)]
pub(crate) struct Words {
    /// Days whose comments are read; null for all.
    pub(crate) period: Option<Period>,
    /// People who commented as detractors, and as promoters.
    pub(crate) detractors: u64,
    pub(crate) promoters: u64,
    /// Words of detractors, then those of promoters; each with the largest z score first.
    pub(crate) terms: Vec<Term>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Term {
    pub(crate) term: String,
    /// z score of the log-odds ratio with an informative Dirichlet prior: positive for words of
    /// detractors, negative for words of promoters. At least 1.96 up or down.
    pub(crate) z_score: f64,
    /// People who used the word as detractors, and as promoters.
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
    /// Accounts with enough responses and respondents in both periods to be compared.
    pub(crate) compared: u64,
    /// Compared accounts whose NPS fell.
    pub(crate) fell: u64,
    /// Accounts whose fall is significant after Bonferroni correction: p value × `compared` is below
    /// 0.05.
    pub(crate) fell_clearly: u64,
    /// Largest falls, at most [`ACCOUNTS_MAX`].
    pub(crate) fallen: Vec<FallenAccount>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct FallenAccount {
    pub(crate) account: String,
    pub(crate) previous: Stats,
    pub(crate) current: Stats,
    pub(crate) comparison: Option<Comparison>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct ResponseRate {
    /// NPS requests sent in the current period.
    pub(crate) sent: u64,
    /// Requests that were answered with a score.
    pub(crate) answered: u64,
    pub(crate) rate: f64,
}

/// Time between request and response, for current responses with a send time.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Latency {
    pub(crate) responses: u64,
    pub(crate) hours_lower_quartile: f64,
    pub(crate) hours_median: f64,
    pub(crate) hours_upper_quartile: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Quality {
    /// Null if the role does not see imports.
    pub(crate) imports: Option<ImportCounts>,
    pub(crate) responses: ResponseCounts,
    /// Metrics other than NPS, which the report leaves out.
    pub(crate) other_metrics: Vec<MetricCount>,
}

/// Totals of all imports into the lake, not only those in scope. Each row is counted in exactly one
/// of `new`, `updated`, `duplicate`, `not_a_response`, `rejected` and `suppressed`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct ImportCounts {
    pub(crate) imports: u64,
    /// Imports that crashed and left no counts.
    pub(crate) uncounted: u64,
    pub(crate) rows: u64,
    pub(crate) new: u64,
    pub(crate) updated: u64,
    pub(crate) duplicate: u64,
    pub(crate) not_a_response: u64,
    pub(crate) rejected: u64,
    /// Rows of people whom the lake is to forget.
    pub(crate) suppressed: u64,
}

/// Counts of rows in `responses`, for the requested survey.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct ResponseCounts {
    pub(crate) responses: u64,
    /// Excluded because consent was withdrawn.
    pub(crate) withdrawn: u64,
    /// Excluded because they are older than `[validity]` in lake.toml allows.
    pub(crate) expired: u64,
    /// NPS rows without a score.
    pub(crate) not_answered: u64,
    /// NPS responses without a date, which are in no period.
    pub(crate) undated: u64,
    /// NPS responses dated after the day of the report, which are in no period.
    pub(crate) in_the_future: u64,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct MetricCount {
    pub(crate) metric: String,
    pub(crate) responses: u64,
}

/// Data that was read for the report, and data that was left out.
#[derive(Debug, Serialize)]
pub(crate) struct Privacy {
    pub(crate) role: String,
    pub(crate) policy: String,
    /// Minimum respondents per group; null for roles that see rows.
    pub(crate) min_group_size: Option<u32>,
    /// Parts missing from the report because the role does not see their data.
    pub(crate) left_out: Vec<Part>,
    pub(crate) tables_read: Vec<&'static str>,
    pub(crate) group_responses_min: u64,
    pub(crate) respondents_min: u64,
    /// Number of values in merged groups; null if the role may not see it.
    pub(crate) values_merged: Option<u64>,
    /// Accounts too small to compare.
    pub(crate) accounts_left_out: u64,
    /// Identities revealed according to the audit log, in the current period and in total. Null if
    /// the role does not see the log.
    pub(crate) reveals_in_period: Option<u64>,
    pub(crate) reveals: Option<u64>,
}

/// Part of a report that not every role sees.
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

impl Part {
    pub(crate) const ALL: [Self; 8] = [
        Self::Respondents,
        Self::Words,
        Self::Accounts,
        Self::ResponseRate,
        Self::Latency,
        Self::Quality,
        Self::Imports,
        Self::Reveals,
    ];
}
