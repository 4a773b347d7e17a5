# The journey, as far as wget goes: it prints no status, so that each step says what it must have been.
base=https://depot.example
yes 'a large body' | head -c 1200000 > large
step() { name=$1 status=$2; shift 2; printf '%s %s ' "$name" "$status"; wget -q -O - "$@" || printf 'exit %s' $?; echo; }
step list 200 "$base/items?page=1&size=2"
step list 200 "$base/items?page=1&size=2"
step create 201 --header 'Content-Type: application/json' --post-data '{"name":"räksmörgås","tags":["a","b"]}' "$base/items"
step missing 404 --content-on-error "$base/items/404" | sed 's/exit 8$//'
step moved 200 "$base/moved"
step zipped 200 --compression=gzip "$base/zipped"
step upload 200 --method=PUT --body-file=large "$base/large"
step stream 200 "$base/stream"
step delete 204 --method=DELETE "$base/items/7"
step head 200 --spider "$base/items?page=3"
step plain 200 http://depot.example/plain
