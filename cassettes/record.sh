#!/usr/bin/env bash
# Records every cassette below this folder again:
#
#   cassettes/record.sh [huawei-workspace|huawei-ims|alibaba-wuying|alertmanager]...
#
# The vendors' cassettes are made by the vendors' own SDKs (from PyPI, in an environment of their own
# below target/) against `testimony mock`, and say so (`source: mock`). Alertmanager's are made with
# the real server, Debian's package `prometheus-alertmanager`, which must be installed
# (`apt-get install prometheus-alertmanager`); they are `live`.
# Another binary than target/release/testimony is named with TESTIMONY=PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(huawei-workspace huawei-ims alibaba-wuying alertmanager)

testimony=${TESTIMONY:-target/release/testimony}
[ -x "$testimony" ] || cargo build --release --quiet

venv=target/venv-sdk
python=$venv/bin/python
if ! [ -e "$venv/complete" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check \
    huaweicloudsdkworkspaceapp==3.1.219 huaweicloudsdkims==3.1.219 \
    alibabacloud_ecd20200930==5.5.0 PyYAML requests
  touch "$venv/complete"
fi
export PYTHONPATH=cassettes/clients PYTHONDONTWRITEBYTECODE=1

scratch=$(mktemp -d)
servers=()
cleanup() {
  for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done
  wait
  rm -rf "$scratch"
}
trap cleanup EXIT

# Invented for each run: what does not stand in any file cannot be found in one.
invented() { head -c 64 /dev/urandom | base64 | tr -dc 'A-Z0-9a-z' | head -c "$1"; }
DEPOT_ACCESS_KEY=AK$(invented 18)
DEPOT_SECRET_KEY=$(invented 40)
DEPOT_SECURITY_TOKEN=$(invented 60)
DEPOT_AUTH_TOKEN=$(invented 60)
export DEPOT_ACCESS_KEY DEPOT_SECRET_KEY DEPOT_SECURITY_TOKEN DEPOT_AUTH_TOKEN

# Starts a server in the background and sets `url` when it says where it listens.
serve() { # OUTPUT COMMAND...
  local output=$1
  shift
  "$@" >"$output" 2>&1 &
  servers+=($!)
  url=
  for _ in $(seq 100); do
    url=$(grep -om1 'http://127[0-9.]*:[0-9]*' "$output" || true)
    [ -z "$url" ] || return 0
    sleep 0.1
  done
  cat "$output" >&2
  return 1
}

# Records one client's run; what is invented above must not be found in the recording.
record() { # CASSETTE OPTIONS... -- COMMAND...
  local cassette=$1 part
  shift
  mkdir -p "$(dirname "$cassette")"
  "$testimony" record --mode all --cassette "$cassette" --ca-dir "$scratch/ca" "$@"
  for part in "$DEPOT_ACCESS_KEY" "$DEPOT_SECRET_KEY" "$DEPOT_SECURITY_TOKEN" "$DEPOT_AUTH_TOKEN"; do
    if grep -qrF -e "$part" "$cassette"*; then
      rm -r "$cassette"*
      echo "$cassette: held a credential; removed" >&2
      return 1
    fi
  done
}

# Records the operations of one vendor against a mock of its spec.
vendor() { # NAME HOST OPERATION=CASSETTE...
  local name=$1 host=$2 module=${1//-/_} mock
  shift 2
  serve "$scratch/$name" "$testimony" mock --spec "specs/$name" --ca-dir "$scratch/mock-ca"
  mock=$url
  local secrets=() part
  for part in ACCESS_KEY SECRET_KEY SECURITY_TOKEN AUTH_TOKEN; do
    secrets+=(--secret-env "DEPOT_$part")
  done
  for part in "$@"; do
    record "cassettes/$name/${part#*=}.cassette" --upstream "$mock" --route "$host=$mock" \
      "${secrets[@]}" \
      -- "$python" "cassettes/clients/$module.py" "${part%%=*}"
  done
}

alertmanager() {
  local binary
  binary=$(command -v prometheus-alertmanager) || {
    echo "prometheus-alertmanager: not installed" >&2
    echo "hint: apt-get install prometheus-alertmanager" >&2
    return 1
  }
  "$python" cassettes/clients/published.py "$binary" specs/alertmanager/openapi.yaml
  printf 'route: {receiver: dock, group_by: [alertname]}\nreceivers: [{name: dock}]\n' \
    >"$scratch/alertmanager.yml"
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  "$binary" --config.file="$scratch/alertmanager.yml" --storage.path="$scratch/alertmanager" \
    --web.listen-address="127.0.0.1:$port" --cluster.listen-address= >"$scratch/log" 2>&1 &
  servers+=($!)
  for _ in $(seq 100); do
    curl -sf --noproxy '*' "http://127.0.0.1:$port/-/ready" >/dev/null && break
    sleep 0.1
  done
  local part
  for part in status alerts silences; do
    record "cassettes/alertmanager/$part.cassette" --route "localhost:9093=http://127.0.0.1:$port" \
      -- "$python" cassettes/clients/alertmanager.py "$part"
  done
}

for part in "${parts[@]}"; do
  case $part in
    huawei-workspace)
      vendor "$part" workspace-app.cn-north-4.myhuaweicloud.com \
        CreateImageServer=create-image-server RecreateServerImage=recreate-server-image \
        ListImageServers=list-image-servers
      ;;
    huawei-ims) vendor "$part" ims.cn-north-4.myhuaweicloud.com CreateDataImage=create-data-image ;;
    alibaba-wuying) vendor "$part" ecd.cn-hangzhou.aliyuncs.com CreateImage=create-image ;;
    alertmanager) alertmanager ;;
    *)
      echo "$part: no such part" >&2
      exit 2
      ;;
  esac
done
