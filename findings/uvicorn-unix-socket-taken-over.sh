#!/usr/bin/env bash
# One would expect: a second `uvicorn --uds PATH` on the path of a running server is refused, as one on its port is:
#   "address already in use".
# What happens: it takes the path over without a word. When it ends, the first server is still alive, and nobody can
#   reach it any more.
# Why it matters: a deployment that starts the new server to "see whether it comes up", or a test run beside the real
#   thing, takes the service off the net, and the process table says that all is well.
. "$(dirname "$0")/prelude.sh" uvicorn==0.54.0 httpx==0.28.1

cat >main.py <<'PYTHON'
import os


async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": os.environ["NAME"].encode()})
PYTHON
cat >ask.py <<'PYTHON'
import sys
import time

import httpx

until = time.monotonic() + 20
with httpx.Client(transport=httpx.HTTPTransport(uds="server.sock"), trust_env=False) as client:
    while True:
        try:
            answer = client.get("http://test/").text
        except httpx.ConnectError:
            answer = "nobody"
        if answer == sys.argv[1] or time.monotonic() > until:
            break
        time.sleep(0.05)
print(answer)
PYTHON
serve() { NAME=$1 python -m uvicorn main:app --uds server.sock --lifespan off --log-level critical & }
serve first
first=$!
one=$(python ask.py first)
serve second
second=$!
two=$(python ask.py second)
kill "$second"
wait "$second" || true
three=$(python ask.py nobody)
alive=gone
if kill -0 "$first"; then alive=alive; fi
kill "$first" || true
wait "$first" || true
said="$one, $two, $three answers; the first server is $alive"
[[ $said == "first, second, nobody answers; the first server is alive" ]] || changed "$said"
seen "start one, start two, end two: $said"
