#!/bin/sh
# Keys for a desk that takes proof. Here on one machine; else each person makes their own, and sends its public entry.
set -eu

# region: making
npx holdpoint keys new --as alice --kid alice-1
npx holdpoint keys show alice-1
# endregion
npx holdpoint keys new --as bob --kid bob-1
npx holdpoint keys new --as mona --kid mona-1
entry=$(npx holdpoint --json keys show bob-1 | node -p 'JSON.stringify(JSON.parse(require("fs").readFileSync(0, "utf8")).entry)')

# region: trusting
npx holdpoint keys trust trusted-keys.json alice-1
npx holdpoint keys trust trusted-keys.json --entry "$entry"
npx holdpoint keys check trusted-keys.json
# endregion
npx holdpoint keys trust trusted-keys.json mona-1

# region: checking
npx holdpoint policy check --keys trusted-keys.json
# endregion
