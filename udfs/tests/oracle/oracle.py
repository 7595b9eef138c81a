"""Independent computations of the statistics, for 1,000 random samples.

    pip install scipy==1.17.1
    python3 udfs/tests/oracle/oracle.py > udfs/tests/oracle/samples.csv

Nothing here uses the crate's formulas: the score and its standard error are numpy's mean and standard
deviation of responses coded as -1, 0 and 1; the score interval is found by root finding on the test that
it inverts; quantiles and p-values are scipy's. `tests/it/oracle.rs` compares them to 1e-9.
"""

import csv
import math
import sys

import numpy as np
from scipy import optimize, stats

SAMPLES = 1000
SEED = 20160125
CONFIDENCES = [0.8, 0.9, 0.95, 0.99]


def coded(histogram):
    """Returns each response as -1, 0 or 1."""
    detractors, passives, promoters = groups(histogram)
    return np.repeat([-1.0, 0.0, 1.0], [detractors, passives, promoters])


def groups(histogram):
    return sum(histogram[:7]), sum(histogram[7:9]), sum(histogram[9:])


def wald(histogram, confidence):
    responses = coded(histogram)
    half = stats.norm.isf((1 - confidence) / 2) * responses.std() / math.sqrt(len(responses))
    return responses.mean() - half, responses.mean() + half


def adjusted_wald(histogram, confidence):
    detractors, passives, promoters = groups(histogram)
    values = np.array([-1.0, 0.0, 1.0])
    weights = np.array([detractors + 0.75, passives + 1.5, promoters + 0.75])
    mean = np.average(values, weights=weights)
    variance = np.average((values - mean) ** 2, weights=weights)
    half = stats.norm.isf((1 - confidence) / 2) * math.sqrt(variance / weights.sum())
    return mean - half, mean + half


def constrained_variance(detractors, passives, promoters, difference):
    """Returns the variance of a response under the likeliest shares with this difference."""
    low, high = max(0.0, -difference), (1 - difference) / 2
    if high - low < 1e-300:
        share = low
    else:

        def slope(share):
            total = 0.0
            if promoters:
                total += promoters / (share + difference) if share + difference > 0 else math.inf
            if detractors:
                total += detractors / share if share > 0 else math.inf
            rest = 1 - 2 * share - difference
            if passives:
                total -= 2 * passives / rest if rest > 0 else math.inf
            return total

        if passives == 0:
            share = high
        elif not slope(low) > 0:
            share = low
        else:
            share = optimize.brentq(slope, low + 1e-18, high, xtol=1e-17, rtol=8.9e-16, maxiter=500)
    return 2 * share + difference - difference**2


def score(histogram, confidence):
    detractors, passives, promoters = groups(histogram)
    n = detractors + passives + promoters
    z = stats.norm.isf((1 - confidence) / 2)
    estimate = (promoters - detractors) / n

    def excess(difference):
        variance = constrained_variance(detractors, passives, promoters, difference)
        return abs(estimate - difference) - z * math.sqrt(max(variance, 0.0) / n)

    def bound(end):
        if excess(end) <= 0:
            return end
        # If all responses agree, the estimate itself is a root.
        inside = estimate + 1e-9 * (end - estimate)
        return optimize.brentq(excess, inside, end, xtol=1e-15, rtol=8.9e-16, maxiter=500)

    return bound(-1.0), bound(1.0)


def comparison(first, second):
    samples = [coded(histogram) for histogram in (first, second)]
    change = samples[1].mean() - samples[0].mean()
    error = math.hypot(*[sample.std() / math.sqrt(len(sample)) for sample in samples])
    if error == 0:
        return change, None, None
    return change, change / error, 2 * stats.norm.sf(abs(change / error))


def sample(dice):
    """Returns a histogram of random size, sometimes with empty scores."""
    size = int(round(10 ** dice.uniform(0, 4)))
    shares = dice.dirichlet(np.full(11, 10 ** dice.uniform(-1.5, 1)))
    return [int(count) for count in dice.multinomial(size, shares)]


def main():
    dice = np.random.default_rng(SEED)
    out = csv.writer(sys.stdout, lineterminator="\n")
    methods = [("wald", wald), ("adjusted_wald", adjusted_wald), ("score", score)]
    header = ["histogram", "confidence", "nps", "std_error"]
    header += [f"{name}_{end}" for name, _ in methods for end in ["low", "high"]]
    out.writerow([*header, "other", "change", "z", "p_value"])
    for number in range(SAMPLES):
        histogram, other = sample(dice), sample(dice)
        confidence = CONFIDENCES[number % len(CONFIDENCES)]
        responses = coded(histogram)
        figures = [responses.mean(), responses.std() / math.sqrt(len(responses))]
        for _, method in methods:
            figures += method(histogram, confidence)
        change, z, p_value = comparison(histogram, other)
        row = [" ".join(map(str, histogram)), confidence]
        row += [repr(100 * float(figure)) for figure in figures]
        row += [" ".join(map(str, other)), repr(100 * float(change))]
        row += ["" if value is None else repr(float(value)) for value in (z, p_value)]
        out.writerow(row)


if __name__ == "__main__":
    main()
