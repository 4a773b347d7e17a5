# The journey of every client: a line for each step, with its status and what was answered.
set -e
base=https://depot.example
yes 'a large body' | head -c 1200000 > large
step() { name=$1; shift; printf '%s ' "$name"; curl -sS --compressed -o body -w '%{http_code} ' "$@"; cat body; echo; : > body; }
step list "$base/items?page=1&size=2"
step list "$base/items?page=1&size=2"
step create -H 'Content-Type: application/json' -d '{"name":"räksmörgås","tags":["a","b"]}' "$base/items"
step missing "$base/items/404"
step moved -L "$base/moved"
step zipped "$base/zipped"
step upload -T large "$base/large"
step stream "$base/stream"
step delete -X DELETE "$base/items/7"
curl -sS -I -o /dev/null -w 'head %{http_code}\n' "$base/items?page=3"
step plain http://depot.example/plain
# Several requests on one connection.
curl -sS "$base/items/7" "$base/items?page=4" -w ' connections %{num_connects}\n'
