#!/usr/bin/env python3
"""Are the answers of docs/answers.md right, and how often do they find what is there, and what is not?

    cargo build --profile dist
    pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0
    python3 benches/answers.py [PROGRAM] [--samples 200] [--seed 1]

Makes three lakes: of changes that are planted, of fraud that is planted, and of nothing but chance. Each
holds many samples of two months, since every function takes periods. Each answer is computed again from the
scores with numpy, scipy and statsmodels, without the formulas of Voxql: the parts of a change by
statsmodels' Oaxaca-Blinder decomposition, their errors by numerical derivatives, adjusted p-values by
multipletests, shares by f_oneway and the noncentral F distribution. Prints Markdown tables: the largest
differences, and power, false alarms and coverage with the standard error that the number of samples gives.
"""

import argparse
import csv
import datetime
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.oaxaca import OaxacaBlinder

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from program import KEY, built

SEGMENTS = ["enterprise", "mid-market", "personal", "small"]
CHANNELS = ["email", "web", "sms"]
ACCOUNTS = 40
FALLEN = 4
# Responses of an account in a month: few for some, more for others.
RESPONSES = [3, 6, 12, 24]
FIRST_MONTH = 1990 * 12

# Shares of detractors, passives and promoters.
USUAL = {
    "enterprise": [0.15, 0.25, 0.60],
    "mid-market": [0.20, 0.30, 0.50],
    "personal": [0.25, 0.30, 0.45],
    "small": [0.40, 0.30, 0.30],
}
SHARES = [0.3, 0.3, 0.2, 0.2]

# The planted change: small customers answer more often, and enterprises score lower.
PLANTED_SHARES = [0.2, 0.2, 0.2, 0.4]
PLANTED = {**USUAL, "enterprise": [0.35, 0.25, 0.40]}
FALLEN_SHARES = [0.80, 0.15, 0.05]

# The planted fraud: a share of the second month is entered as 10 by sms.
FRAUD = 0.15

# Columns of the lakes for drivers(): half have nothing to do with the score.
COLUMNS = 60
DRIVER_RESPONSES = 2_000
GROUPS = 5
SCORE_SHARES = np.array([0.03, 0.02, 0.03, 0.04, 0.05, 0.08, 0.08, 0.12, 0.2, 0.15, 0.2])

Z = stats.norm.isf(0.025)


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("program", nargs="?", metavar="PROGRAM")
    parser.add_argument("--samples", type=int, default=200, help="[%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="[%(default)s]")
    return parser.parse_args()


def month(number):
    return f"{number // 12}-{number % 12 + 1:02}"


def score(chance, shares):
    category = chance.choice(3, p=shares)
    return int(chance.integers(*[(0, 7), (7, 9), (9, 11)][category]))


class Sample:
    """Two months, as lists of (score, segment, channel, account, comment)."""

    def __init__(self, number, kind, chance):
        self.kind, self.months, self.rows = kind, [FIRST_MONTH + 2 * number, FIRST_MONTH + 2 * number + 1], []
        for second in (False, True):
            planted = second and kind == "changes"
            shares, usual = (PLANTED_SHARES, PLANTED) if planted else (SHARES, USUAL)
            rows = []
            for account in range(ACCOUNTS):
                for _ in range(RESPONSES[account % len(RESPONSES)]):
                    segment = SEGMENTS[chance.choice(4, p=shares)]
                    falls = planted and account < 4 * FALLEN and account % 4 == 3
                    value = score(chance, FALLEN_SHARES if falls else usual[segment])
                    channel = CHANNELS[chance.choice(3)]
                    if second and kind == "fraud" and chance.random() < FRAUD:
                        value, channel = 10, "sms"
                    comment = f"note {''.join(chance.choice(list('bcdfg'), 8))}" if chance.random() < 0.3 else ""
                    rows.append((value, segment, channel, f"account {account:02}", comment))
            self.rows.append(rows)

    def write(self, writer, start):
        # The end of the first month and the beginning of the second, for events between them.
        for number, day, rows in zip(self.months, (25, 5), self.rows):
            for at, (value, segment, channel, account, comment) in enumerate(rows):
                moment = datetime.datetime(number // 12, number % 12 + 1, day) + datetime.timedelta(minutes=at)
                writer.writerow([f"r{start}", moment.isoformat() + "Z", value, segment, channel, account, comment])
                start += 1
        return start


# --- the program


class Lake:
    def __init__(self, program, folder, export, keep):
        self.program = program
        self.environment = {**os.environ, "VOXQL_KEY": KEY, "VOXQL_LAKE": str(folder / "lake")}
        command = [program, "ingest", export, "--keep", ",".join(keep), "--strict"]
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def ask(self, statements):
        """The rows of the statements, one process for all."""
        asked = subprocess.run(
            [self.program, "--format", "ndjson"],
            input=";\n".join(statements),
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return [json.loads(line) for line in asked.stdout.splitlines()]


# --- independent computations


def categories(rows):
    values = np.array([row[0] for row in rows])
    return np.where(values >= 9, 100.0, np.where(values >= 7, 0.0, -100.0))


def parts(shares, scores):
    """Mix and rate of each group and of all, from shares and scores (a row for each month)."""
    (w0, w1), (s0, s1) = shares, scores
    total = (w0 @ s0 + w1 @ s1) / 2
    mix = (w1 - w0) * ((s0 + s1) / 2 - total)
    rate = (w0 + w1) / 2 * (s1 - s0)
    return np.concatenate([mix, [mix.sum()], rate, [rate.sum()]])


def estimates(sample, column):
    """The parts, and their standard errors by numerical derivatives of the whole."""
    groups = sorted({row[column] for rows in sample.rows for row in rows})
    shares, scores, covariances = [], [], []
    for rows in sample.rows:
        coded = categories(rows)
        names = np.array([row[column] for row in rows])
        counts = np.array([(names == group).sum() for group in groups])
        share = counts / len(rows)
        score, variance = [], []
        for group in groups:
            of_group = coded[names == group]
            score.append(of_group.mean())
            padded = np.concatenate([of_group, np.repeat([100, 0, -100], [3, 6, 3])])
            weights = np.concatenate([np.ones(len(of_group)), np.full(12, 0.25)])
            variance.append(np.cov(padded, aweights=weights, ddof=0) / len(of_group))
        shares.append(share)
        scores.append(np.array(score))
        covariances += [(np.diag(share) - np.outer(share, share)) / len(rows), np.diag(variance)]
    sizes = len(groups)
    point = np.concatenate([shares[0], scores[0], shares[1], scores[1]])

    def computed(point):
        w0, s0, w1, s1 = np.split(point, 4)
        return parts((w0, w1), (s0, s1))

    steps = np.where(np.arange(len(point)) // sizes % 2 == 0, 1e-5, 1e-3)
    jacobian = np.array(
        [
            (computed(point + step * unit) - computed(point - step * unit)) / (2 * step)
            for step, unit in zip(steps, np.eye(len(point)))
        ]
    ).T
    covariance = np.zeros((len(point), len(point)))
    for at, block in enumerate(covariances):
        covariance[at * sizes : (at + 1) * sizes, at * sizes : (at + 1) * sizes] = block
    errors = np.sqrt(np.diag(jacobian @ covariance @ jacobian.T))
    return groups, computed(point), errors


def oaxaca(sample, column):
    """Mix and rate of all by statsmodels, with half the weight on each month."""
    groups = sorted({row[column] for rows in sample.rows for row in rows})
    rows = [(row, month) for month, rows in enumerate(sample.rows) for row in rows]
    scores = np.concatenate([categories(rows) for rows in sample.rows])
    dummies = np.array([[row[column] == group for group in groups] + [month] for row, month in rows], float)
    model = OaxacaBlinder(scores, dummies, bifurcate=len(groups), hasconst=True, swap=False)
    rate, mix, _ = model.two_fold(two_fold_type="self_submitted", submitted_weight=0.5).params
    sign = 1 if model.gap * (categories(sample.rows[1]).mean() - categories(sample.rows[0]).mean()) > 0 else -1
    return sign * mix, sign * rate


def truth(kind):
    """The parts in the population, by segment."""
    share = lambda month: np.array(PLANTED_SHARES if kind == "changes" and month else SHARES)
    nps = lambda shares: 100 * (shares[2] - shares[0])
    fallen = sum(RESPONSES[3] for account in range(ACCOUNTS) if account < 4 * FALLEN and account % 4 == 3)
    fallen /= sum(RESPONSES[account % 4] for account in range(ACCOUNTS))
    scores = []
    for month in (0, 1):
        usual = PLANTED if kind == "changes" and month else USUAL
        of_month = np.array([nps(usual[segment]) for segment in SEGMENTS])
        if kind == "changes" and month:
            of_month = (1 - fallen) * of_month + fallen * nps(FALLEN_SHARES)
        if kind == "fraud" and month:
            of_month = (1 - FRAUD) * of_month + FRAUD * 100
        scores.append(of_month)
    return parts((share(0), share(1)), scores)


def padded(coded):
    """Mean, and its variance, with the counts of the adjusted Wald interval."""
    values = np.append(coded, [100, 0, -100])
    weights = np.array([1.0] * len(coded) + [0.75, 1.5, 0.75])
    mean = np.average(values, weights=weights)
    return mean, np.average((values - mean) ** 2, weights=weights) / weights.sum()


def changed(before, after):
    """The ends of the interval of the change, and its p-value."""
    (first, variance), (second, more) = padded(before), padded(after)
    error = math.sqrt(variance + more)
    change = second - first
    return change - Z * error, change + Z * error, 2 * stats.norm.sf(abs(change) / error)


def declining(sample):
    """The accounts that fell: p, adjusted p and last comment."""
    months = [{}, {}]
    comments = {}
    for of_month, rows in zip(months, sample.rows):
        for row, coded in zip(rows, categories(rows)):
            of_month.setdefault(row[3], []).append(coded)
            if row[4]:
                comments[row[3]] = row[4]
    accounts = sorted(set(months[0]) & set(months[1]))
    p_values = []
    for account in accounts:
        p_values.append(changed(months[0][account], months[1][account])[2])
    adjusted = multipletests(p_values, method="fdr_bh")[1]
    return {
        account: (p, q, comments.get(account))
        for account, p, q in zip(accounts, p_values, adjusted)
        if np.mean(months[1][account]) < np.mean(months[0][account])
    }


def explained(scores, names):
    """Shares and interval by scipy."""
    groups = [scores[names == group] for group in sorted(set(names))]
    f = stats.f_oneway(*groups).statistic
    freedom = len(groups) - 1, len(scores) - len(groups)
    eta = f * freedom[0] / (f * freedom[0] + freedom[1])
    omega = max(0.0, freedom[0] * (f - 1) / (freedom[0] * (f - 1) + len(scores)))

    def end(probability):
        excess = lambda l: (stats.ncf.cdf(f, *freedom, l) if l > 0 else stats.f.cdf(f, *freedom)) - probability
        if excess(0) <= 0:
            return 0.0
        top = 1.0
        while excess(top) > 0:
            top *= 2
        noncentrality = optimize.brentq(excess, 0, top, xtol=1e-12)
        return noncentrality / (noncentrality + len(scores))

    return np.array([eta, omega, end(0.975), end(0.025)])


# --- what is asked


def check_changes(lake, kind, samples, differences, table):
    statements = [
        f"SELECT {at} AS sample, segment, is_total, mix, mix_low, mix_high, rate, rate_low, rate_high "
        f"FROM nps_change(by => 'segment', from => '{month(sample.months[0])}', to => '{month(sample.months[1])}')"
        for at, sample in enumerate(samples)
    ]
    answered = {}
    for row in lake.ask(statements):
        answered.setdefault(row["sample"], {})[None if row["is_total"] else row["segment"]] = row
    inside, nonzero = [], []
    for at, sample in enumerate(samples):
        groups, values, errors = estimates(sample, 1)
        real = truth(kind)
        rows = [answered[at][group] for group in [*groups, None]]
        got = np.array([[row[part + end] for part in ("mix", "rate") for row in rows] for end in ("", "_low", "_high")])
        expected = np.array([values, values - Z * errors, values + Z * errors])
        differences.add("nps_change: mix, rate", got[0], expected[0])
        differences.add("nps_change: ends of intervals", got[1:], expected[1:])
        differences.add("nps_change: mix and rate of all, by statsmodels", [rows[-1]["mix"], rows[-1]["rate"]], oaxaca(sample, 1))
        inside.append((got[1] <= real) & (real <= got[2]))
        nonzero.append((got[1] > 0) | (got[2] < 0))
    inside, nonzero = np.array(inside), np.array(nonzero)
    names = [f"{part} of {group}" for part in ("mix", "rate") for group in [*SEGMENTS, "all"]]
    for at, name in enumerate(names):
        if name in ("mix of all", "rate of all", "mix of small", "rate of enterprise"):
            table.append(("nps_change", kind, name, f"{real[at].round(1) + 0:.1f}", share(nonzero[:, at]), share(inside[:, at])))


def check_accounts(lake, kind, samples, differences, table):
    statements = [
        f"SELECT {at} AS sample, account, p_value, adjusted_p_value, last_comment "
        f"FROM declining_accounts(until => '{month(sample.months[1])}')"
        for at, sample in enumerate(samples)
    ]
    answered = {}
    for row in lake.ask(statements):
        answered.setdefault(row["sample"], {})[row["account"]] = row
    planted = [f"account {account:02}" for account in range(4 * FALLEN) if account % 4 == 3]
    found, any_found = [], []
    for at, sample in enumerate(samples):
        expected, got = declining(sample), answered.get(at, {})
        if set(expected) != set(got):
            sys.exit(f"declining_accounts: other accounts in sample {at}: {set(expected) ^ set(got)}")
        for account, (p, q, comment) in expected.items():
            row = got[account]
            differences.add("declining_accounts: p_value, adjusted_p_value", [row["p_value"], row["adjusted_p_value"]], [p, q])
            if row["last_comment"] != comment:
                sys.exit(f"declining_accounts: {account} of sample {at}: {row['last_comment']} is not {comment}")
        claimed = {account for account, row in got.items() if row["adjusted_p_value"] <= 0.05}
        found += [account in claimed for account in planted]
        any_found.append(bool(claimed))
    if kind == "changes":
        table.append(("declining_accounts", kind, f"adjusted p at most 0.05, each of {FALLEN} accounts", "falls", share(found), ""))
    else:
        table.append(("declining_accounts", kind, f"adjusted p at most 0.05, any of {ACCOUNTS} accounts", "none falls", share(any_found), ""))


def check_events(lake, kind, samples, differences, table):
    events = {month(sample.months[1]) + "-01": sample for sample in samples}
    listed = ", ".join(f"'{event}'" for event in events)
    rows = lake.ask([f"SELECT * FROM nps_around(event => [{listed}], window => 10)"])
    got = {row["event"]: row for row in rows}
    values = [changed(*map(categories, sample.rows)) for sample in events.values()]
    adjusted = multipletests([p for _, _, p in values], method="fdr_bh")[1]
    real = truth(kind)
    change = real[len(SEGMENTS)] + real[-1]
    found, inside = [], []
    for event, (low, high, p), q in zip(events, values, adjusted):
        row = got[event]
        names = ("change_low", "change_high", "p_value", "adjusted_p_value")
        differences.add("nps_around: interval, p_value, adjusted_p_value", [row[name] for name in names], [low, high, p, q])
        found.append(row["adjusted_p_value"] <= 0.05)
        inside.append(row["change_low"] <= change <= row["change_high"])
    table.append(("nps_around", kind, "change, adjusted p at most 0.05", f"{change.round(1) + 0:.1f}", share(found), share(inside)))


# Of each score, the chance to be of the group that is tested: which group it is, and how it is gamed.
GAMED = {
    "chance": np.full(11, 0.12),
    "a content group": np.minimum(1, 0.02 * np.exp(0.25 * np.arange(11))),
    "all_tens": None,
    "too_many_tens": np.array([0.12] * 10 + [0.30]),
    "jump_to_nine": np.array([0.12] * 8 + [0.05, 0.25, 0.12]),
}
ALL_TENS = 8
GAMED_COLUMNS = 12


def anomalies(inside, outside):
    """The p-value of each signal by scipy, of two histograms."""
    contrasts = {
        "too_many_tens": np.array([0] * 8 + [1, -2, 1.0]),
        "jump_to_nine": np.array([0] * 7 + [0.5, -1.5, 1.5, -0.5]),
    }
    only_tens = inside[10] == inside.sum()
    everything = inside.sum() + outside.sum()
    drawn = stats.hypergeom.pmf(inside[10], everything, inside[10] + outside[10], inside[10])
    tests = {"all_tens": drawn if only_tens else 1.0}
    for name, weights in contrasts.items():
        logs = [weights @ np.log(counts + 0.5) for counts in (inside, outside)]
        variance = sum((weights**2 / (counts + 0.5)).sum() for counts in (inside, outside))
        tests[name] = stats.norm.sf((logs[0] - logs[1]) / math.sqrt(variance))
    return tests


def signals(scores, names):
    """The signals by scipy: of every group and test, p and adjusted p."""
    groups = {group: np.bincount(scores[names == group], minlength=11) for group in sorted(set(names))}
    everything = sum(groups.values())
    odd = {
        group
        for group, counts in groups.items()
        if min(anomalies(counts, everything - counts).values()) * 3 * len(groups) <= 0.05
    }
    tests = {}
    for group, counts in groups.items():
        plain = sum((other for name, other in groups.items() if name != group and name not in odd), np.zeros(11, int))
        others = plain if plain.sum() else everything - counts
        tests.update({(name, group): p for name, p in anomalies(counts, others).items()})
    adjusted = multipletests(list(tests.values()), method="fdr_bh")[1]
    return {test: (p, q) for (test, p), q in zip(tests.items(), adjusted) if q <= 0.05}


def check_signals(program, folder, chance, differences):
    """Columns of six groups, of which the first is gamed in some way or none."""
    scores = chance.choice(11, DRIVER_RESPONSES, p=SCORE_SHARES)
    columns = {}
    for kind, likely in GAMED.items():
        for at in range(GAMED_COLUMNS):
            names = np.array([f"group {group}" for group in chance.integers(1, 6, DRIVER_RESPONSES)])
            if likely is None:
                gamed = chance.choice(np.flatnonzero(scores == 10), ALL_TENS, replace=False)
            else:
                gamed = chance.random(DRIVER_RESPONSES) < likely[scores]
            names[gamed] = "group 0"
            columns[kind, f"{kind.replace(' ', '_')}_{at:02}"] = names
    lake = lake_of_columns(program, folder, scores, {name: names for (_, name), names in columns.items()})
    statements = [f"SELECT * FROM gaming_signals(by => '{name}')" for _, name in columns]
    answered = {}
    for row in lake.ask(statements):
        answered.setdefault(row["column_name"], {})[row["signal"], row["value"]] = row
    outcomes = []
    for (kind, name), names in columns.items():
        expected, got = signals(scores, names), answered.get(name, {})
        if set(expected) != set(got):
            sys.exit(f"gaming_signals: others in {name}: {set(expected) ^ set(got)}")
        for test, values in expected.items():
            row = got[test]
            differences.add("gaming_signals: p_value, adjusted_p_value", [row["p_value"], row["adjusted_p_value"]], values)
        planted = (kind, "group 0")
        outcomes.append((kind, planted in got, bool(set(got) - {planted})))
    return outcomes


def lake_of_columns(program, folder, scores, columns):
    export = folder / "columns.csv"
    with open(export, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "date", "score", *columns])
        for at, score in enumerate(scores):
            writer.writerow([f"r{at}", "2026-01-15", score, *(names[at] for names in columns.values())])
    return Lake(program, folder, export, list(columns))


def check_drivers(program, folder, chance, differences):
    """Columns that are drawn given the score: half of them whatever it is."""
    shares = SCORE_SHARES
    groups = np.arange(GROUPS)
    values = np.arange(11)
    # The chance of each group, given the score.
    planted = np.exp(-0.15 * np.abs(values[:, None] / 2.5 - groups) ** 2)
    planted /= planted.sum(axis=1, keepdims=True)
    joint = shares[:, None] * planted
    means = values @ joint / joint.sum(axis=0)
    mean = values @ shares
    real = joint.sum(axis=0) @ (means - mean) ** 2 / (shares @ (values - mean) ** 2)
    scores = chance.choice(11, DRIVER_RESPONSES, p=shares)
    names = [f"column_{at:02}" for at in range(COLUMNS)]
    columns = {}
    for at, name in enumerate(names):
        likely = planted[scores] if at % 2 else np.full((DRIVER_RESPONSES, GROUPS), 1 / GROUPS)
        drawn = (chance.random((DRIVER_RESPONSES, 1)) > likely.cumsum(axis=1)).sum(axis=1)
        columns[name] = np.array([f"group {group}" for group in np.minimum(drawn, GROUPS - 1)])
    lake = lake_of_columns(program, folder, scores, columns)
    listed = ", ".join(f"'{name}'" for name in names)
    inside, found = [], []
    for row in lake.ask([f"SELECT * FROM drivers(by => [{listed}])"]):
        at = names.index(row["column_name"])
        got = [row[name] for name in ("eta_squared", "omega_squared", "ci_low", "ci_high")]
        differences.add("drivers: shares and ends of intervals", got, explained(scores.astype(float), columns[names[at]]))
        truth = real if at % 2 else 0.0
        inside.append((at % 2, got[2] <= truth <= got[3]))
        found.append((at % 2, got[2] > 0))
    return real, inside, found


class Differences:
    """The largest absolute difference of each kind of figure, and how many were compared."""

    def __init__(self):
        self.largest = {}

    def add(self, name, got, expected):
        got, expected = np.asarray(got, float), np.asarray(expected, float)
        count, largest = self.largest.get(name, (0, 0.0))
        self.largest[name] = (count + got.size, max(largest, np.abs(got - expected).max()))


def share(found):
    """A percentage with its standard error."""
    found = np.asarray(found, float)
    p = found.mean()
    return f"{100 * p:.1f} ± {100 * math.sqrt(max(p * (1 - p), 0) / len(found)):.1f}"


def main():
    given = arguments()
    program = built(given.program)
    chance = np.random.default_rng(given.seed)
    differences, table = Differences(), []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for kind in ("changes", "fraud", "chance"):
            of_kind = folder / kind
            of_kind.mkdir()
            samples = [Sample(at, kind, chance) for at in range(given.samples)]
            with open(of_kind / "export.csv", "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(["id", "date", "score", "segment", "channel", "account", "comment"])
                start = 0
                for sample in samples:
                    start = sample.write(writer, start)
            lake = Lake(program, of_kind, of_kind / "export.csv", ["segment", "channel"])
            check_changes(lake, kind, samples, differences, table)
            check_accounts(lake, kind, samples, differences, table)
            check_events(lake, kind, samples, differences, table)
        inside, found, outcomes = [], [], []
        for at in range(max(1, given.samples // 20)):
            of_drivers, of_signals = folder / f"drivers {at}", folder / f"signals {at}"
            of_drivers.mkdir()
            of_signals.mkdir()
            real, more_inside, more_found = check_drivers(program, of_drivers, chance, differences)
            inside, found = inside + more_inside, found + more_found
            outcomes += check_signals(program, of_signals, chance, differences)
        for is_planted, kind, value in ((1, "changes", f"{real:.3f}"), (0, "chance", "0")):
            of_kind = lambda pairs: [found for planted, found in pairs if planted == is_planted]
            table.append(("drivers", kind, "share of a column", value, share(of_kind(found)), share(of_kind(inside))))
        for kind in GAMED:
            found, others = np.array([outcome[1:] for outcome in outcomes if outcome[0] == kind]).T
            if kind in ("chance", "a content group"):
                table.append(("gaming_signals", "chance", f"any signal, {kind}", "none", share(others), ""))
            else:
                table.append(("gaming_signals", "fraud", f"{kind} of the group", "planted", share(found), ""))
                table.append(("gaming_signals", "fraud", f"any other signal, {kind}", "none", share(others), ""))
    print("| compared | figures | largest difference |\n|---|---|---|")
    for name, (count, largest) in differences.largest.items():
        print(f"| {name} | {count:,} | {largest:.1e} |")
    print("\n| function | lake | figure | true value | found, % | inside its interval, % |\n|---|---|---|---|---|---|")
    for row in table:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
