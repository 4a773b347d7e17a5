#!/usr/bin/env bash
# benches/judging.sh: what Testimony and its peers find of the same planted mistakes, as Markdown. The peers come
# from npm and PyPI, below target/; needs Node 20 and Python 3.11. `docs/benchmarks/judging.md` has what it printed.
set -euo pipefail
cd "$(dirname "$0")/.."
testimony=${TESTIMONY:-target/debug/testimony}
[ -x "$testimony" ] || cargo build --quiet
peers=target/judging
out=$peers/out
document=benches/judging/depot.yaml
mkdir -p "$out" "$peers/none"
if [ ! -d "$peers/node_modules/ajv-formats" ]; then
  echo '{"private": true}' >"$peers/package.json"
  (cd "$peers" && npm install --no-audit --no-fund --ignore-scripts --silent \
    @redocly/cli@2.77.0 @stoplight/prism-cli@5.14.2 openapi-backend@5.21.2 express@5 express-openapi-validator@5.6.2 \
    openapi-response-validator@12.1.3 jest-openapi@0.14.2 jest-matcher-utils@26 ajv-formats@3)
fi
if [ ! -x "$peers/venv/bin/schemathesis" ]; then
  python3 -m venv "$peers/venv"
  "$peers/venv/bin/pip" install --quiet openapi-core==0.23.1 schemathesis==4.32.5
fi
"$testimony" self-test --spec "$document" --cassette "$peers/none" --export "$out" --format "json=$out/self-test.json"
rm -f "$out"/*.found.json
python3 benches/judging/cases.py make "$out"
"$peers/venv/bin/python" benches/judging/python.py "$out" "$document" 2>"$out/python.log"
node benches/judging/node.cjs "$out" "$document" "$peers" 2>"$out/node.log"
"$peers/node_modules/.bin/redocly" drift "$out/exchanges.har" --api "$document" --traffic-format har --format csv \
  --output "$out/redocly.csv" >"$out/redocly.log" 2>&1 || true
python3 benches/judging/cases.py drift "$out"
version() { node -p "require('./$peers/node_modules/$1/package.json').version"; }
python3 benches/judging/cases.py table "$out" "$("$testimony" --version), Redocly CLI $(version @redocly/cli), \
Prism $(version @stoplight/prism-cli), openapi-core $("$peers/venv/bin/pip" show openapi-core | sed -n 's/^Version: //p'), \
Schemathesis $("$peers/venv/bin/pip" show schemathesis | sed -n 's/^Version: //p'), openapi-backend $(version openapi-backend), \
express-openapi-validator $(version express-openapi-validator), openapi-response-validator \
$(version openapi-response-validator), jest-openapi $(version jest-openapi); Node $(node --version), $(python3 --version)."
