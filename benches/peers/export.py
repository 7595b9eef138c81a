#!/usr/bin/env python3
"""Makes the export that the peers are measured on: a CSV of N responses, the same for every run.

    python3 benches/peers/export.py N FILE

10,000 accounts by a power law, of which segment and country depend; respondents of whom 5 % answer
once and the rest five times on average; 48 months that grow busier; 2 % of the answers without a
score, 2 % without an address, 3 % to another question than NPS; comments on 40 %, put together from
phrases that go with the score; and 0.5 % of the rows once more, as exports that were paged through
have them. Rows come in no order. Written in pieces, so that memory does not grow with N.
"""

import pathlib
import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from phrases import CLOSINGS, DETAILS, OPENINGS, TOPICS

SEED = 20260301
PIECE = 500_000
START, END = np.datetime64("2022-01-01", "ms"), np.datetime64("2026-01-01", "ms")

ACCOUNTS = 10_000
SEGMENTS = ["enterprise", "mid-market", "small business", "personal"]
SEGMENT_SHARES = [0.1, 0.2, 0.3, 0.4]
COUNTRIES = "US DE GB FR NL ES IT BR IN JP CA AU SE PL MX CH".split()
CHANNELS, CHANNEL_SHARES = ["email", "in-app", "web", "sms"], [0.55, 0.25, 0.15, 0.05]
PRODUCTS = ["core", "analytics", "mobile", "connect", "pay"]
PRODUCT_SHARES = [0.5, 0.2, 0.15, 0.1, 0.05]
SURVEYS, SURVEY_SHARES = ["relationship", "support", "onboarding"], [0.6, 0.25, 0.15]

FIRST = "anna ben carla david elena felix greta hugo ines jonas kim lea marco nina omar".split()
LAST = "meyer smith rossi garcia novak silva tanaka kumar dubois jansen berg kowalska".split()


def hashed(numbers, salt):
    """A number from 0 to 1 that depends on each number alone (splitmix64)."""
    bits = numbers.astype(np.uint64) + np.uint64(salt << 32)
    for shift, factor in [(30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)]:
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    return (bits >> np.uint64(11)).astype(np.float64) / 2.0**53


def drawn(uniform, shares):
    """The index that each uniform number falls on."""
    bounds = np.cumsum(np.asarray(shares, dtype=np.float64))
    return np.minimum(np.searchsorted(bounds / bounds[-1], uniform), len(shares) - 1)


def words(indices, names):
    return pa.DictionaryArray.from_arrays(indices.astype(np.int32), pa.array(names)).cast(
        pa.string()
    )


def score_bounds():
    """For each of 32 moods, from bad to good, how likely a score of at most 0, 1, … is."""
    scores = np.arange(11)
    unhappy = np.array([4, 1, 1, 2, 2, 6, 5, 3, 2, 1, 1], dtype=np.float64)
    happy = np.array([0.3, 0.1, 0.1, 0.2, 0.3, 1, 1, 4, 7, 8, 9], dtype=np.float64) * (
        1 + scores / 20
    )
    shares = np.linspace(0.6, 0.1, 32)[:, None]
    table = shares * unhappy / unhappy.sum() + (1 - shares) * happy / happy.sum()
    return np.cumsum(table, axis=1)[:, :10]


class Export:
    def __init__(self, count):
        self.count = count
        self.repeaters = max(1, count * 95 // 500)
        self.by_rank = 1 / np.arange(1, ACCOUNTS + 1) ** 1.05
        self.bounds = score_bounds()

    def piece(self, first):
        """The responses from number `first` on, at most PIECE of them."""
        size = min(PIECE, self.count - first)
        dice = np.random.Generator(np.random.PCG64([SEED, first]))
        numbers = np.arange(first, first + size, dtype=np.uint64)
        person = dice.integers(0, self.repeaters, size)
        answers_once = dice.random(size) < 0.05
        person = np.where(answers_once, self.repeaters + numbers.astype(np.int64), person)
        account = drawn(hashed(person, 1), self.by_rank)
        segment = drawn(hashed(account, 2), SEGMENT_SHARES)
        country = drawn(hashed(account, 3), 1 / np.arange(1, len(COUNTRIES) + 1))
        channel = drawn(dice.random(size), CHANNEL_SHARES)
        product = drawn(dice.random(size), PRODUCT_SHARES)
        survey = drawn(dice.random(size), SURVEY_SHARES)
        age = dice.random(size) ** 0.85
        at = START + (age * (END - START).astype(np.int64)).astype("timedelta64[ms]")
        mood = (
            22
            - 3 * segment
            + 8 * age
            + 9 * (hashed(account, 4) - 0.5)
            + 3 * np.sin(account + 9 * age)
        )
        mood += np.array([0, 3, -1, -5])[channel] + np.array([0, 2, -3, 1, -6])[product]
        mood = np.clip(mood, 0, 31).astype(np.int64)
        score = (dice.random(size)[:, None] > self.bounds[mood]).sum(axis=1)
        is_csat = dice.random(size) < 0.03
        answer = np.where(is_csat, score * 2 // 5 + 1, score)
        unanswered = dice.random(size) < 0.02
        anonymous = dice.random(size) < 0.02
        # An odd factor permutes the numbers below 2^40: unique, and in no order.
        ids = (numbers * np.uint64(0x9E3779B97F4A7C15 & 0xFFFFFFFFFF)) & np.uint64(0xFFFFFFFFFF)
        return pa.table(
            {
                "response_id": joined("R_", pa.array(ids).cast(pa.string())),
                "responded_at": pa.array(at),
                "metric": words(is_csat.astype(np.int64), ["nps", "csat"]),
                "score": pa.array(answer, mask=unanswered),
                "comment": self.comments(dice, size, score),
                "email": pc.if_else(
                    pa.array(anonymous), pa.scalar(None, pa.string()), self.emails(person)
                ),
                "account": joined("acc-", pa.array(account).cast(pa.string())),
                "segment": words(segment, SEGMENTS),
                "channel": words(channel, CHANNELS),
                "country": words(country, COUNTRIES),
                "product": words(product, PRODUCTS),
                "survey": words(survey, SURVEYS),
            }
        )

    def emails(self, person):
        first = words(person % len(FIRST), FIRST)
        last = words(person // 7 % len(LAST), LAST)
        return joined(first, ".", last, pa.array(person).cast(pa.string()), "@example.com")

    def comments(self, dice, size, score):
        kind = np.where(score >= 9, 2, np.where(score >= 7, 1, 0))
        # One in eight writes of something else than the score makes one expect.
        kind = np.where(dice.random(size) < 0.125, dice.integers(0, 3, size), kind)

        def part(phrases):
            width = len(phrases[0])
            flat = [phrase for of_kind in phrases for phrase in of_kind]
            # Some phrases are everybody's favourites.
            chosen = (dice.random(size) ** 1.7 * width).astype(np.int64)
            return words(kind * width + chosen, flat)

        topics = part(TOPICS)
        text = joined(part(OPENINGS), topics, part([DETAILS] * 3))
        second = joined(text, ", and ", part(TOPICS), part([DETAILS] * 3))
        text = pc.if_else(pa.array(dice.random(size) < 0.5), second, text)
        text = joined(text, part(CLOSINGS))
        ticket = pa.array(dice.integers(1000, 99_999, size)).cast(pa.string())
        names_ticket = pa.array(dice.random(size) < 0.2)
        text = pc.if_else(names_ticket, joined(text, " (ticket #", ticket, ")"), text)
        is_silent = pa.array(dice.random(size) >= 0.4)
        return pc.if_else(is_silent, pa.scalar(None, pa.string()), text)


def joined(*parts):
    return pc.binary_join_element_wise(*parts, "")


def write(count, path):
    """Writes `count` responses; the file appears under its name when it is whole."""
    export = Export(count)
    dice = np.random.Generator(np.random.PCG64(SEED))
    unfinished = path.with_suffix(".unfinished")
    options = pa.csv.WriteOptions(include_header=True, quoting_style="needed")
    again = None
    writer = None
    for first in range(0, count, PIECE):
        piece = export.piece(first)
        rows = piece if again is None else pa.concat_tables([piece, again])
        # They come with the next piece, the last ones with their own.
        again = piece.take(np.flatnonzero(dice.random(len(piece)) < 0.005))
        if first + PIECE >= count:
            rows = pa.concat_tables([rows, again])
        writer = writer or pa.csv.CSVWriter(unfinished, rows.schema, write_options=options)
        writer.write_table(rows)
    writer.close()
    unfinished.rename(path)


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[1].isdigit() or int(sys.argv[1]) == 0:
        sys.exit(__doc__)
    write(int(sys.argv[1]), pathlib.Path(sys.argv[2]))
