#!/usr/bin/env bash
# benches/peers.sh [record|replay [EXCHANGES…]]: how fast recording and replay are beside their peers, which
# come from their registries: httpmock (crates.io), mitmproxy (PyPI, where Python is) and WireMock (npm, where
# Java is). Prints Markdown; takes a few minutes. `docs/benchmarks/` has what it printed.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
cargo build --release --quiet --manifest-path benches/peers/Cargo.toml
venv=target/peers-venv
if [ ! -x "$venv/bin/mitmdump" ]; then
  { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet mitmproxy; } ||
    echo 'mitmproxy is left out: it can not be installed here' >&2
fi
version=3.13.2
jar=$PWD/target/peers-wiremock/package/build/wiremock-standalone-$version.jar
if [ ! -f "$jar" ]; then
  mkdir -p target/peers-wiremock
  (java -version 2>/dev/null && cd target/peers-wiremock && npm pack --silent "wiremock@$version" >/dev/null &&
    tar -xzf "wiremock-$version.tgz") ||
    echo 'WireMock is left out: it needs Java and npm' >&2
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
[ "$what" = record ] || "$peers" replay "$testimony" "$mitmdump" "$jar" "$@"
