"""The questions, in SQL for each engine as its own experts would write it.

What stands in braces is an engine's way to say it, from DIALECTS. The lake is partitioned by survey
and month, so a filter on time says the month too: the peers would open all files without it.
"""

import dataclasses


@dataclasses.dataclass
class Query:
    """A question; the first `keys` columns of its answer name a row."""

    name: str
    title: str
    columns: list
    keys: int
    sql: str

    def text(self, engine):
        return self.sql.format_map(DIALECTS[engine])


def dialect(count_if, count_scores_if, **ways):
    """What follows from how an engine counts rows, and answers, that a condition is true of."""
    promoters, detractors = count_if.format("score >= 9"), count_if.format("score <= 6")
    share = f"1.0 * {detractors} / count(score)"
    net = f"1.0 * ({promoters} - {detractors}) / count(score)"
    variance = f"(1.0 * ({promoters} + {detractors}) / count(score) - ({net}) * ({net}))"

    def nps_where(condition):
        promoters = count_if.format(f"score >= 9 AND {condition}")
        detractors = count_if.format(f"score <= 6 AND {condition}")
        return f"100.0 * ({promoters} - {detractors}) / {count_scores_if.format(condition)}"

    return {
        "promoters": promoters,
        "detractors": detractors,
        "share": share,
        "nps": f"100.0 * ({promoters} - {detractors}) / count(score)",
        "margin": f"195.9963984540054 * sqrt({variance} / count(score))",
        "nps_2024": nps_where("month < '2025-01'"),
        "nps_2025": nps_where("month >= '2025-01'"),
        "days_before": "INTERVAL '29 days'",
        "distinct": "count(DISTINCT respondent)",
        **ways,
    }


COUNT_IF = ["countIf({})", "countIf(score IS NOT NULL AND {})"]
FILTER = ["count(*) FILTER (WHERE {})", "count(score) FILTER (WHERE {})"]

DIALECTS = {
    "voxql": dialect(
        *FILTER,
        promoters="promoters(score)",
        detractors="detractors(score)",
        nps="nps(score)",
        margin="nps_stats(score)['margin_of_error']",
        nps_2024="nps(score) FILTER (WHERE month < '2025-01')",
        nps_2025="nps(score) FILTER (WHERE month >= '2025-01')",
        day="responded_at::DATE",
        quarter="date_trunc('quarter', responded_at)::DATE",
        newest="latest_by(score, responded_at)",
    ),
    # DuckDB takes functions of a time with a zone to ICU, which is two to four times slower.
    "duckdb": dialect(
        *COUNT_IF,
        day="make_timestamp(epoch_us(responded_at))::DATE",
        quarter="date_trunc('quarter', make_timestamp(epoch_us(responded_at)))::DATE",
        newest="arg_max(score, responded_at)",
    ),
    "datafusion": dialect(
        *FILTER,
        day="responded_at::DATE",
        quarter="date_trunc('quarter', responded_at)::DATE",
        newest="last_value(score ORDER BY responded_at)",
    ),
    "chdb": dialect(
        *COUNT_IF,
        day="toDate(responded_at)",
        quarter="toStartOfQuarter(responded_at)",
        newest="argMax(score, responded_at)",
        distinct="uniqExact(respondent)",
        # A frame over a Date counts in days.
        days_before="29",
    ),
}

WEEK = (
    "month = '2025-03' AND responded_at >= '2025-03-03 00:00:00'"
    " AND responded_at < '2025-03-10 00:00:00'"
)

QUERIES = [
    Query(
        "overall",
        "overall",
        ["responses", "answers", "nps"],
        0,
        "SELECT count(*) AS responses, count(score) AS answers, {nps} AS nps FROM responses",
    ),
    Query(
        "by_month",
        "by month",
        ["month", "answers", "nps"],
        1,
        "SELECT month, count(score) AS answers, {nps} AS nps FROM responses GROUP BY month",
    ),
    Query(
        "segment_channel",
        "segment × channel",
        ["segment", "channel", "answers", "nps"],
        2,
        "SELECT segment, channel, count(score) AS answers, {nps} AS nps FROM responses"
        " GROUP BY segment, channel",
    ),
    Query(
        "country_last_year",
        "country, last year, by month",
        ["country", "month", "answers", "nps"],
        2,
        "SELECT country, month, count(score) AS answers, {nps} AS nps FROM responses"
        " WHERE month >= '2025-01' GROUP BY country, month",
    ),
    Query(
        "newest",
        "newest answer of each respondent",
        ["respondents", "nps"],
        0,
        "SELECT count(*) AS respondents, {nps} AS nps FROM (SELECT {newest} AS score FROM responses"
        " WHERE score IS NOT NULL AND respondent IS NOT NULL GROUP BY respondent) AS newest",
    ),
    Query(
        "billing",
        "comment LIKE '%billing%'",
        ["answers", "nps"],
        0,
        "SELECT count(score) AS answers, {nps} AS nps FROM responses"
        " WHERE comment LIKE '%billing%'",
    ),
    Query(
        "distinct_respondents",
        "distinct respondents by month",
        ["month", "respondents"],
        1,
        "SELECT month, {distinct} AS respondents FROM responses GROUP BY month",
    ),
    Query(
        "worst_accounts",
        "by account, worst 20",
        ["account", "answers", "nps"],
        1,
        "SELECT account, count(score) AS answers, {nps} AS nps FROM responses GROUP BY account"
        " HAVING count(score) >= 100 ORDER BY nps, account LIMIT 20",
    ),
    Query(
        "week",
        "one week, one segment, by channel",
        ["channel", "answers", "nps"],
        1,
        "SELECT channel, count(score) AS answers, {nps} AS nps FROM responses"
        f" WHERE {WEEK} AND segment = 'enterprise' GROUP BY channel",
    ),
    Query(
        "moving",
        "moving 30 days",
        ["day", "answers", "nps"],
        1,
        "SELECT day, sum(answers) OVER thirty_days AS answers,"
        " 100.0 * (sum(promoters) OVER thirty_days - sum(detractors) OVER thirty_days)"
        " / sum(answers) OVER thirty_days AS nps"
        " FROM (SELECT {day} AS day, count(score) AS answers, {promoters} AS promoters,"
        " {detractors} AS detractors FROM responses GROUP BY 1) AS days"
        " WINDOW thirty_days AS"
        " (ORDER BY day RANGE BETWEEN {days_before} PRECEDING AND CURRENT ROW)",
    ),
    Query(
        "segment_quarter",
        "segment × quarter, with margin of error",
        ["segment", "quarter", "answers", "nps", "margin"],
        2,
        "SELECT segment, {quarter} AS quarter, count(score) AS answers, {nps} AS nps,"
        " {margin} AS margin FROM responses GROUP BY 1, 2",
    ),
    Query(
        "histogram",
        "scores of each product",
        ["product", "score", "answers"],
        2,
        "SELECT product, score, count(*) AS answers FROM responses WHERE score IS NOT NULL"
        " GROUP BY product, score",
    ),
    Query(
        "detractor_share",
        "survey × product where over 27 % are detractors",
        ["survey", "product", "answers", "share"],
        2,
        "SELECT survey, product, count(score) AS answers, {share} AS share FROM responses"
        " GROUP BY survey, product HAVING {share} > 0.27",
    ),
    Query(
        "year_on_year",
        "country, year on year",
        ["country", "before", "after", "change"],
        1,
        "SELECT country, before, after, after - before AS change FROM (SELECT country,"
        " {nps_2024} AS before, {nps_2025} AS after FROM responses WHERE month >= '2024-01'"
        " GROUP BY country) AS years",
    ),
]
