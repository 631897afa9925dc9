#!/usr/bin/env bash
# One would expect: a moment without a time zone means the same, whether it is written as a datetime or as the text of that
#   datetime.
# What happens: `travel(datetime(2030, 1, 1))` takes it for UTC, `travel("2030-01-01 00:00")` for local time. East of
#   Greenwich the same moment is on another day.
# Why it matters: a test that is changed from one to the other to read better moves by hours, and passes where the machine runs
#   on UTC, which is where it is usually tried: in CI. Write the zone.
. "$(dirname "$0")/prelude.sh" time-machine==3.6.0

said=$(TZ=Asia/Tokyo python - <<'PYTHON'
from datetime import datetime, timezone

import time_machine


def utc(destination: object) -> str:
    with time_machine.travel(destination, tick=False):
        return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M")


moment = datetime(2030, 1, 1)
print(f"a datetime is {utc(moment)} UTC, its text {utc(str(moment))} UTC")
PYTHON
)
[[ $said == "a datetime is 2030-01-01 00:00 UTC, its text 2029-12-31 15:00 UTC" ]] || changed "$said"
seen "in Tokyo, $said"
