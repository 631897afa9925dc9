#!/usr/bin/env bash
# One would expect: `retry_if_not_exception_type(ValueError)` retries whatever fails, but not a ValueError. A task
#   that is cancelled does not fail; it ends, and a time-out round it is kept.
# What happens: the cancellation is retried like a failure. The time-out of 0.1 s cancels the first attempt, the
#   second one runs to its end, and no TimeoutError comes. `retry_if_exception(lambda error: True)` does the same.
# Why it matters: "retry all but what is hopeless" is how a client is usually written. Deadlines, shutdowns and the
#   cancellation of a task group are then lost in silence.
. "$(dirname "$0")/prelude.sh" tenacity==9.2.1

python - <<'PYTHON' >said.txt
import asyncio

import tenacity

attempts = 0


@tenacity.retry(
    retry=tenacity.retry_if_not_exception_type(ValueError), stop=tenacity.stop_after_attempt(3)
)
async def fetch() -> str:
    global attempts
    attempts += 1
    await asyncio.sleep(0.3)
    return "an answer"


async def main() -> None:
    try:
        async with asyncio.timeout(0.1):
            print(await fetch(), "after", attempts, "attempts")
    except TimeoutError:
        print("TimeoutError after", attempts, "attempts")


asyncio.run(main())
PYTHON
said=$(cat said.txt)
[[ $said == "an answer after 2 attempts" ]] || changed "$said"
seen "a time-out of 0.1 s round a call of 0.3 s: $said"
