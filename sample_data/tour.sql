-- A tour of the sample data: eight questions that people ask about NPS. Run it from the repository's
-- root over a lake that holds responses.csv, antworten.csv and delighted.ndjson. README.md beside
-- this file says what there is to see.

-- Where does our NPS stand now: the last 90 days of answers, and everything so far?
SELECT period, s['responses'] AS responses, round(s['nps'], 1) AS nps,
       round(s['margin_of_error'], 1) AS margin,
       round(s['ci_low'], 1) AS ci_low, round(s['ci_high'], 1) AS ci_high
FROM (
    SELECT 'last 90 days' AS period, nps_stats(score) AS s
    FROM responses
    WHERE responded_at > (SELECT max(responded_at) FROM responses) - INTERVAL '90 days'
    UNION ALL
    SELECT 'all' AS period, nps_stats(score) AS s FROM responses
)
ORDER BY responses;

-- How has NPS moved month by month?
SELECT month, count(score) AS responses, promoters(score) AS promoters,
       passives(score) AS passives, detractors(score) AS detractors,
       round(nps(score), 1) AS nps
FROM responses
GROUP BY month
ORDER BY month;

-- Which segment is unhappy, and does the channel we ask in make a difference?
SELECT segment, count(score) AS responses, round(nps(score), 1) AS nps,
       round(nps(score) FILTER (WHERE channel = 'email'), 1) AS email,
       round(nps(score) FILTER (WHERE channel = 'in-app'), 1) AS in_app,
       round(nps(score) FILTER (WHERE channel = 'web'), 1) AS web,
       round(nps(score) FILTER (WHERE channel = 'sms'), 1) AS sms
FROM responses
GROUP BY segment
ORDER BY nps;

-- What is the moving NPS of the last 90 days, at the end of each month?
SELECT month, max(day) AS last_day, round(last_value(nps_90d ORDER BY day), 1) AS nps_90d
FROM (
    SELECT month, CAST(responded_at AS DATE) AS day,
           nps(score) OVER (ORDER BY CAST(responded_at AS DATE)
                            RANGE BETWEEN INTERVAL '89 days' PRECEDING AND CURRENT ROW) AS nps_90d
    FROM responses
    WHERE responded_at IS NOT NULL
)
WHERE month >= '2024-09'
GROUP BY month
ORDER BY month;

-- Which release hurt: NPS in the 60 days before each release and in the 60 days from it on?
SELECT version, released_on, title, round(before['nps'], 1) AS before, round(after['nps'], 1) AS after,
       round(after['nps'] - before['nps'], 1) AS change,
       round(sqrt(power(before['margin_of_error'], 2) + power(after['margin_of_error'], 2)), 1) AS margin
FROM (
    SELECT version, released_on, title,
           nps_stats(score) FILTER (WHERE responded_at < released_on) AS before,
           nps_stats(score) FILTER (WHERE responded_at >= released_on) AS after
    FROM 'sample_data/releases.csv'
    JOIN responses ON responded_at >= released_on - INTERVAL '60 days'
                  AND responded_at < released_on + INTERVAL '60 days'
    GROUP BY version, released_on, title
)
ORDER BY released_on;

-- Which accounts fell most in the last twelve months against the twelve before?
SELECT account, year_1['responses'] AS answers_1, year_2['responses'] AS answers_2,
       round(year_1['nps'], 1) AS nps_1, round(year_2['nps'], 1) AS nps_2,
       round(year_2['nps'] - year_1['nps'], 1) AS change
FROM (
    SELECT account,
           nps_stats(score) FILTER (WHERE month < '2025-07') AS year_1,
           nps_stats(score) FILTER (WHERE month >= '2025-07') AS year_2
    FROM responses
    WHERE account IS NOT NULL
    GROUP BY account
)
WHERE year_1['responses'] >= 15 AND year_2['responses'] >= 15
ORDER BY change, account
LIMIT 8;

-- Which detractors of the last 30 days told us why, so that somebody can call them?
SELECT CAST(responded_at AS DATE) AS day, coalesce(account, '(personal)') AS account, score,
       left(replace(comment, chr(10), ' '), 48) AS comment
FROM responses
WHERE nps_category(score) = 'detractor' AND comment IS NOT NULL
  AND responded_at > (SELECT max(responded_at) FROM responses) - INTERVAL '30 days'
ORDER BY score, responded_at DESC, response_id
LIMIT 12;

-- How much revenue is at risk: customers whose NPS of the last twelve months is below zero?
SELECT a.name, a.owner, a.arr_usd, r.responses, round(r.nps, 1) AS nps,
       sum(a.arr_usd) OVER (ORDER BY a.arr_usd DESC, a.name) AS running_total
FROM 'sample_data/accounts.csv' AS a
JOIN (
    SELECT account, count(score) AS responses, nps(score) AS nps
    FROM responses
    WHERE month >= '2025-07'
    GROUP BY account
) AS r ON r.account = a.account
WHERE r.nps < 0 AND r.responses >= 10
ORDER BY a.arr_usd DESC, a.name
LIMIT 12;
