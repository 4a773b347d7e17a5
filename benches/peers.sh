#!/usr/bin/env bash
# benches/peers.sh: how fast recording is beside its peers, which come from their registries: httpmock
# (crates.io) and mitmproxy (PyPI, where Python is). Prints two tables; takes a few minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
cargo build --release --quiet --manifest-path benches/peers/Cargo.toml
venv=target/peers-venv
if [ ! -x "$venv/bin/mitmdump" ]; then
  { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet mitmproxy; } ||
    echo 'mitmproxy is left out: it can not be installed here' >&2
fi
arguments=("$PWD/target/release/testimony")
[ ! -x "$venv/bin/mitmdump" ] || arguments+=("$PWD/$venv/bin/mitmdump")
exec benches/peers/target/release/peers all "${arguments[@]}"
