#!/usr/bin/env bash
# Asks Holdpoint whether an action may be done, with curl alone:
#   HOLDPOINT_GATEWAY_URL=http://127.0.0.1:8234 HOLDPOINT_GATEWAY_TOKEN=hp_… \
#     examples/http/gate.sh '{"actionType": "delete_branch", "arguments": {"branch": "release-1"}}'
# Prints the settled gate as JSON. Ends with 0 where the action may be done, with the gate's own `arguments`; else with 1.
set -euo pipefail

wait_seconds=30
key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')

# --retry-all-errors: the same key is the same gate, so sending it again is safe. The token goes by a file that only
# curl reads, not by its arguments, which every user of the machine can see.
send() {
  curl --silent --show-error --fail-with-body --retry 5 --retry-all-errors --max-time $((wait_seconds + 30)) \
    --config <(printf 'header = "authorization: Bearer %s"\n' "$HOLDPOINT_GATEWAY_TOKEN") "$@"
}

gate=$(send "$HOLDPOINT_GATEWAY_URL/v1/gates?wait=$wait_seconds" --data "$1" \
  --header 'content-type: application/json' --header "idempotency-key: $key")
id=$(grep -o '"id":"gate-[0-9a-f]*"' <<<"$gate" | head -n 1 | cut -d'"' -f4)
while ! grep -q '"proceed":true' <<<"$gate" && grep -q '"status":"pending"' <<<"$gate"; do
  echo "waiting for a person: $id" >&2
  gate=$(send "$HOLDPOINT_GATEWAY_URL/v1/gates/$id?wait=$wait_seconds")
done
echo "$gate"
grep -q '"proceed":true' <<<"$gate"
