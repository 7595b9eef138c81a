-- @check name=nps_of_channel min_responses=200
-- @expect nps >= 30 warn < 40
SELECT nps(score) AS nps, count(score) AS responses FROM responses WHERE channel = $channel;

-- @check name=nps_of_segments severity=warning
-- @expect nps between 20 and 100
SELECT segment, nps(score) AS nps FROM responses GROUP BY segment ORDER BY segment;

-- @check name=steady
-- @expect nps >= baseline - 3
-- @expect no significant drop < 5 %
SELECT country, nps(score) AS nps, score_histogram(score) AS scores
FROM responses GROUP BY country ORDER BY country;

-- @check name=no_duplicates
-- @expect rows = 0
SELECT survey, response_id FROM responses GROUP BY survey, response_id HAVING count(*) > 1;
