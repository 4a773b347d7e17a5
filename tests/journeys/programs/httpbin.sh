# curl with digest (a random nonce of its own), what is compressed, cookies, ranges, conditions, and a retry.
set -e
base=https://depot.example
mkdir -p result
get() { curl -sS "$@"; }
for turn in 1 2; do
  get --digest -u keeper:depot -w ' %{http_code} %{num_connects}\n' "$base/digest-auth/auth/keeper/depot/SHA-256" | tr -d '\n'; echo
done
get --digest -u keeper:depot -w '%{http_code}\n' -o result/digest -d name=value "$base/digest-auth/auth-int/keeper/depot" || true
get -v --digest -u keeper:depot "$base/digest-auth/auth/keeper/depot" 2>&1 | tr -d '\r' | sed -n 's/^> Authorization: //p' >> differs
for kind in gzip deflate brotli; do
  get --compressed -o "result/$kind" -w "$kind %{http_code} %{size_download}\n" "$base/$kind"
done
get -c jar -b jar -L -o result/cookies "$base/cookies/set?depot=dock7"
cat result/cookies
get -o result/bytes -w '%{http_code} %{size_download}\n' "$base/bytes/5000?seed=7"
get -r 10-19 -w ' %{http_code}\n' "$base/range/64"
get -r 10-19 -w ' %{http_code}\n' "$base/range/64?chunk_size=3"
get -w '%{http_code}\n' -H 'If-None-Match: "seven"' "$base/etag/seven"
get -w '%{http_code}\n' -o result/etag -H 'If-Match: "eight"' "$base/etag/seven"
get -o result/uuid.1 "$base/uuid"; get -o result/uuid.2 "$base/uuid"; cmp -s result/uuid.1 result/uuid.2 || echo two
get -N -o result/stream "$base/stream/20"
get -o result/drip -w '%{http_code} %{size_download}\n' "$base/drip?numbytes=5&duration=0.2&code=200"
get -I "$base/response-headers?X-Depot=a&X-Depot=b&Empty=" | tr -d '\r' | sed -n 's/ *$//;1p;/^X-Depot/p;/^Empty/p'
get -F 'file=@result/bytes;type=application/x-noise' -F 'name=räk' -w '%{http_code}\n' -o result/form "$base/post"
get --json '{"b": [1, 2.0], "a": null}' "$base/anything/x%2Fy?z=1&a=2" | grep -c 'depot.example'
get --retry 2 --retry-delay 1 -o result/status -w '%{http_code} %{num_retries}\n' "$base/status/404"
