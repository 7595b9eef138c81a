#!/bin/sh
# Makes format_1.zip, two lakes of format 1, with a voxql from before format 2 (git checkout
# 36308ba): ./format_1.sh path/to/voxql
set -eu
voxql=$(realpath "$1")
zip=$(realpath "$(dirname "$0")")/format_1.zip
cd "$(mktemp -d)"
export VOXQL_KEY=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
# Days without a time, times near midnight in Berlin and in UTC, a time at midnight UTC, undated.
cat > first.csv <<CSV
id,date,score,segment,email
a,2026-03-31,10,smb,a@example.com
b,2026-04-01,9,smb,b@example.com
c,2026-04-01,2,ent,c@example.com
d,,7,ent,d@example.com
CSV
cat > second.csv <<CSV
id,date,score,segment,email
e,2026-03-31T22:30:00Z,8,smb,e@example.com
f,2026-03-31T21:59:59Z,0,ent,f@example.com
g,2026-04-01T00:00:00Z,10,ent,g@example.com
h,2026-05-01T06:59:00Z,9,ent,h@example.com
CSV
cat > weekdays.csv <<CSV
id,date,score,day
a,2026-03-31,10,Tuesday
b,2026-04-01,3,Wednesday
CSV
$voxql --lake lake ingest first.csv --keep segment
$voxql --lake lake ingest second.csv --keep segment
$voxql --lake lake_with_day ingest weekdays.csv --keep day
rm -f "$zip"
python3 -m zipfile -c "$zip" lake lake_with_day
