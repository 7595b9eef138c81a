"""The questions as Polars' experts would ask them: lazy frames, and the engine that is faster."""

import datetime

import polars as pl

SCORE = pl.col("score")
ANSWERS = SCORE.count().alias("answers")
# Of a null both comparisons are null, and a mean leaves nulls out.
NET = (SCORE >= 9).cast(pl.Int32) - (SCORE <= 6).cast(pl.Int32)
NPS = (100 * NET.mean()).alias("nps")


def utc(year, month, day):
    return datetime.datetime(year, month, day, tzinfo=datetime.timezone.utc)


def overall(lake):
    return lake.select(pl.len().alias("responses"), ANSWERS, NPS)


def by_month(lake):
    return lake.group_by("month").agg(ANSWERS, NPS)


def segment_channel(lake):
    return lake.group_by("segment", "channel").agg(ANSWERS, NPS)


def country_last_year(lake):
    return lake.filter(pl.col("month") >= "2025-01").group_by("country", "month").agg(ANSWERS, NPS)


def newest(lake):
    answered = lake.filter(SCORE.is_not_null(), pl.col("respondent").is_not_null())
    newest = answered.group_by("respondent").agg(SCORE.max_by("responded_at"))
    return newest.select(pl.len().alias("respondents"), NPS)


def billing(lake):
    return lake.filter(pl.col("comment").str.contains("billing", literal=True)).select(ANSWERS, NPS)


def distinct_respondents(lake):
    respondents = pl.col("respondent").drop_nulls().n_unique().alias("respondents")
    return lake.group_by("month").agg(respondents)


def worst_accounts(lake):
    accounts = lake.group_by("account").agg(ANSWERS, NPS)
    return accounts.filter(pl.col("answers") >= 100).sort("nps", "account").head(20)


def week(lake):
    at = pl.col("responded_at")
    found = lake.filter(
        pl.col("month") == "2025-03",
        at >= utc(2025, 3, 3),
        at < utc(2025, 3, 10),
        pl.col("segment") == "enterprise",
    )
    return found.group_by("channel").agg(ANSWERS, NPS)


def moving(lake):
    days = lake.group_by(pl.col("responded_at").dt.date().alias("day"))
    net = NET.sum().alias("net")
    sums = days.agg(ANSWERS, net).sort("day").rolling("day", period="30d")
    sums = sums.agg(pl.col("answers").sum(), pl.col("net").sum())
    return sums.select("day", "answers", (100 * pl.col("net") / pl.col("answers")).alias("nps"))


def segment_quarter(lake):
    quarter = pl.col("responded_at").dt.truncate("1q").dt.date().alias("quarter")
    variance = (NET * NET).mean() - NET.mean() ** 2
    margin = (195.9963984540054 * (variance / SCORE.count()).sqrt()).alias("margin")
    return lake.group_by("segment", quarter).agg(ANSWERS, NPS, margin)


def histogram(lake):
    answered = lake.filter(SCORE.is_not_null())
    return answered.group_by("product", "score").agg(pl.len().alias("answers"))


def detractor_share(lake):
    shares = lake.group_by("survey", "product").agg(ANSWERS, (SCORE <= 6).mean().alias("share"))
    return shares.filter(pl.col("share") > 0.27)


def year_on_year(lake):
    is_after = pl.col("month") >= "2025-01"
    before = (100 * NET.filter(~is_after).mean()).alias("before")
    after = (100 * NET.filter(is_after).mean()).alias("after")
    years = lake.filter(pl.col("month") >= "2024-01").group_by("country").agg(before, after)
    return years.with_columns((pl.col("after") - pl.col("before")).alias("change"))


# The streaming engine is faster in all but these.
IN_MEMORY = [distinct_respondents]


def frame(name, lake):
    """The frame of a question, and the engine to collect it with."""
    question = globals()[name]
    return question(lake), "in-memory" if question in IN_MEMORY else "streaming"
