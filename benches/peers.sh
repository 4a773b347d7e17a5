#!/usr/bin/env bash
# benches/peers.sh [record|replay [EXCHANGES…]]: how fast recording and replay are beside their peers, which
# come from their registries: httpmock (crates.io) and mitmproxy (PyPI, where Python is). WireMock and
# Hoverfly are in neither. Prints a table for each setting; takes a few minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
cargo build --release --quiet --manifest-path benches/peers/Cargo.toml
venv=target/peers-venv
if [ ! -x "$venv/bin/mitmdump" ]; then
  { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet mitmproxy; } ||
    echo 'mitmproxy is left out: it can not be installed here' >&2
fi
what=${1:-all}
[ $# -eq 0 ] || shift
testimony=$PWD/target/release/testimony
mitmdump=$PWD/$venv/bin/mitmdump
peers=benches/peers/target/release/peers
if [ "$what" != replay ]; then
  arguments=("$testimony")
  [ ! -x "$mitmdump" ] || arguments+=("$mitmdump")
  "$peers" all "${arguments[@]}"
fi
[ "$what" = record ] || "$peers" replay "$testimony" "$mitmdump" "$@"
