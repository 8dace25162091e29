"""An agent that is no workflow: makes the recorded calls of each task, and asks Holdpoint before each.

    HOLDPOINT_GATEWAY_URL=… HOLDPOINT_GATEWAY_TOKEN=… python3 recorded_agent.py FILE

Prints one JSON line for each call: the gate's id, and the arguments with which it was made, if it was.
"""

import concurrent.futures
import json
import os
import sys
import urllib.request

URL = os.environ["HOLDPOINT_GATEWAY_URL"]
TOKEN = os.environ["HOLDPOINT_GATEWAY_TOKEN"]
AT_ONCE = 24


def send(method: str, path: str, body: dict | None = None, key: str | None = None) -> dict:
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    if key is not None:
        headers["idempotency-key"] = key
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=120) as response:
        return json.load(response)


def run(task: dict) -> list[str]:
    lines = []
    for index, call in enumerate(task["actions"]):
        body = {
            "actionType": call["name"],
            "arguments": call["arguments"],
            "agentId": f"task-{task['id']}",
        }
        gate = send("POST", "/v1/gates?wait=30", body, key=f"{task['id']}-{index}")
        while gate["status"] == "pending":
            gate = send("GET", f"/v1/gates/{gate['id']}?wait=30")
        made = gate["arguments"] if gate["proceed"] is True else None
        lines.append(json.dumps({"task": task["id"], "call": index, "gate": gate["id"], "made": made}))
    return lines


with open(sys.argv[1], encoding="utf-8") as file:
    tasks = json.load(file)["tasks"]
with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
    for lines in pool.map(run, tasks):
        print("\n".join(lines), flush=True)
