#!/bin/sh
# Decisions from a terminal, with `holdpoint dev` running beside it: a grant, a signature for Temporal UI, a key that ends.
set -eu

session=$(npx holdpoint --json start 'Pay Ada back.' --agent refund-bot --requester ada | node -p 'JSON.parse(require("fs").readFileSync(0, "utf8")).sessionId')

# Waits until a gate of this tool is open, and takes from it what a decision names.
gate_of() {
  until npx holdpoint --json gates "$session" > gates.json && grep -q "\"actionType\":\"$1\"" gates.json; do sleep 1; done
  gate=$(node -p 'require("./gates.json")[0].gateId')
  run=$(node -p 'require("./gates.json")[0].runId')
  digest=$(node -p 'require("./gates.json")[0].payloadDigest')
}

gate_of refund
# region: claiming
npx holdpoint claim "$session" "$gate" --as alice
npx holdpoint pending
npx holdpoint release "$session" "$gate" --as alice
# endregion
# region: granting
npx holdpoint decide "$session" "$gate" --run "$run" --digest "$digest" --as alice --approve \
  --grant tool --times 3 --until 2h --bound '/amount<=300' --bound '/order=o-1'
npx holdpoint grants "$session"
# endregion

gate_of delete_record
grant=$(npx holdpoint --json grants "$session" | node -p 'JSON.parse(require("fs").readFileSync(0, "utf8"))[0].grantId')
# region: ending
npx holdpoint revoke "$session" "$grant" --reason 'enough for today' --as bob
# endregion
# region: signing
npx holdpoint sign "$session" "$gate" --as alice --approve --reason 'a duplicate' \
  --yes --digest "$digest" > decision.json
temporal workflow signal --workflow-id "$session" --name holdpoint_decide --input-file decision.json
# endregion
# region: deciding
npx holdpoint decide "$session" "$gate" --run "$run" --digest "$digest" \
  --as bob --approve --reason 'a duplicate'
# endregion

# region: rotating
npx holdpoint keys new --as bob --kid bob-2
npx holdpoint keys trust trusted-keys.json bob-2
npx holdpoint keys revoke trusted-keys.json bob-1 --at 2h
npx holdpoint keys check trusted-keys.json
# endregion
npx holdpoint cancel "$session" --reason 'the example is over' --as mona
npx holdpoint audit "$session"
