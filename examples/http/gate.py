"""Asks Holdpoint whether an action may be done, with Python's standard library alone (3.11).

    HOLDPOINT_GATEWAY_URL=http://127.0.0.1:8234 HOLDPOINT_GATEWAY_TOKEN=hp_… \\
        python3 examples/http/gate.py delete_branch '{"branch": "release-1"}' 'It is merged.'

Prints the arguments that may run, as JSON, and ends with 0; ends with 1 where it must not be done.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ["HOLDPOINT_GATEWAY_URL"]
TOKEN = os.environ["HOLDPOINT_GATEWAY_TOKEN"]
WAIT_SECONDS = 30


def send(method: str, path: str, body: dict | None = None, key: str | None = None) -> dict:
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    if key is not None:
        headers["idempotency-key"] = key
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=WAIT_SECONDS + 30) as response:
        return json.load(response)


def send_until_answered(method: str, path: str, body: dict | None = None, key: str | None = None) -> dict:
    """The same key is the same gate, so asking again after an error is safe."""
    while True:
        try:
            return send(method, path, body, key)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            if error.code < 500:
                sys.exit(f"{problem['code']}: {problem['detail']}")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass  # The gateway is away, for example while it is updated.
        time.sleep(1)


def ask(action_type: str, arguments: dict, reason: str) -> dict:
    """Waits for as long as it takes, also over a restart of the gateway."""
    body = {"actionType": action_type, "arguments": arguments, "reason": reason}
    gate = send_until_answered("POST", f"/v1/gates?wait={WAIT_SECONDS}", body, key=str(uuid.uuid4()))
    while gate["status"] == "pending":
        print(f"waiting for a person: {gate['id']}", file=sys.stderr)
        gate = send_until_answered("GET", f"/v1/gates/{gate['id']}?wait={WAIT_SECONDS}")
    return gate


if __name__ == "__main__":
    action_type, arguments, reason = sys.argv[1:4]
    gate = ask(action_type, json.loads(arguments), reason)
    if gate["proceed"] is not True:
        sys.exit(f"{gate['status']}: {gate.get('rationale') or gate.get('message') or 'no reason was given'}")
    # Do it here, once, with these arguments: a reviewer may have changed them.
    print(json.dumps(gate["arguments"]))
