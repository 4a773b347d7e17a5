#!/usr/bin/env bash
# benches/probe.sh [PATHS]: how many recipes `probe` generates, sends and judges in a second, beside Schemathesis' cases
# (PyPI), against one local server in Node by one document. Prints Markdown. TESTIMONY names another binary.
set -euo pipefail
cd "$(dirname "$0")/.."
paths=${1:-200}
testimony=${TESTIMONY:-$PWD/target/release/testimony}
[ -n "${TESTIMONY:-}" ] || cargo build --release --quiet
venv=$PWD/target/probe-bench
[ -x "$venv/bin/schemathesis" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet schemathesis==4.32.5; }
folder=$(mktemp -d)
exec 3< <(exec node benches/probing/server.mjs)
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
read -r port <&3
node benches/probing/server.mjs "$paths" >"$folder/things.json"
url=http://127.0.0.1:$port
now() { date +%s.%N; }

start=$(now)
"$testimony" probe --spec "$folder/things.json" --target "$url" --allow-unsafe --max-requests 1000000 \
  --cassette "$folder/probe.cassette" --format json="$folder/probe.json" 2>"$folder/probe.log" || {
  cat "$folder/probe.log"; exit 1; }
probe=$(echo "$(now) - $start" | bc)
requests=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["requests"])' "$folder/probe.json")

start=$(now)
# Fewer operations: it takes long.
node benches/probing/server.mjs 20 >"$folder/fewer.json"
# Where it leaves its notes.
cd "$folder"
"$venv/bin/schemathesis" run "$folder/fewer.json" --url "$url" --phases fuzzing --max-examples 20 --no-color \
  --report har --report-har-path "$folder/cases.har" >"$folder/schemathesis.log" 2>&1 || true
schemathesis=$(echo "$(now) - $start" | bc)
cases=$(python3 -c 'import json,sys; print(len(json.load(open(sys.argv[1]))["log"]["entries"]))' "$folder/cases.har")

python3 - "$requests" "$probe" "$cases" "$schemathesis" <<'PRINT'
import sys
requests, probe, cases, schemathesis = map(float, sys.argv[1:])
ours, theirs = requests / probe, cases / schemathesis
print("| | requests | seconds | a second |\n| --- | --- | --- | --- |")
print(f"| `testimony probe`, start and end included, with a cassette | {requests:.0f} | {probe:.2f} | {ours:.0f} |")
print(f"| Schemathesis, fuzzing alone | {cases:.0f} | {schemathesis:.2f} | {theirs:.0f} |")
print(f"\n{ours / theirs:.1f} times")
PRINT
