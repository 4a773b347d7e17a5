# Pushes an image to docker-registry as the clients do, pulls it, and asks for what can't be had.
set -e
base=https://depot.example/v2
accept='Accept: application/vnd.docker.distribution.manifest.v2+json'
mkdir -p result
sum() { printf 'sha256:%s' "$(sha256sum "$1" | cut -d' ' -f1)"; }
get() { curl -sS "$@" -w '%{http_code} %{size_download}\n'; }
get -o /dev/null "$base/"
python3 -c 'import hashlib, sys
sys.stdout.buffer.write(b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(20000)))' > layer
printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["%s"]}}' "$(sum layer)" > config
begin() { curl -sS -X POST -D - -o /dev/null "$base/depot/blobs/uploads/" | tr -d '\r' | sed -n 's/^Location: //ip'; }
for blob in layer config; do
  get --head -o /dev/null "$base/depot/blobs/$(sum $blob)"
  at=$(begin)
  if [ $blob = layer ]; then
    # In two pieces, each with the address that the one before gave.
    head -c 300000 layer > one; tail -c +300001 layer > two
    at=$(curl -sS -X PATCH -D - -o /dev/null -H 'Content-Type: application/octet-stream' -H 'Content-Range: 0-299999' --data-binary @one "$at" | tr -d '\r' | sed -n 's/^Location: //ip')
    at=$(curl -sS -X PATCH -D - -o /dev/null -H 'Content-Type: application/octet-stream' -H 'Content-Range: 300000-639999' -T two "$at" | tr -d '\r' | sed -n 's/^Location: //ip')
    get -o /dev/null -X PUT "$at&digest=$(sum layer)"
  else
    get -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' --data-binary @config "$at&digest=$(sum config)"
  fi
done
printf '{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":%s,"digest":"%s"},"layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar","size":%s,"digest":"%s"}]}' \
  "$(wc -c < config)" "$(sum config)" "$(wc -c < layer)" "$(sum layer)" > manifest
get -o /dev/null -X PUT -H 'Content-Type: application/vnd.docker.distribution.manifest.v2+json' --data-binary @manifest "$base/depot/manifests/latest"
get -o result/manifest -H "$accept" "$base/depot/manifests/latest"
get -o result/layer "$base/depot/blobs/$(sum layer)"
cmp layer result/layer && echo same
get -o result/piece -r 1000-1999 "$base/depot/blobs/$(sum layer)"
# The registry says a length here, and sends nothing.
get -o result/none -r 9000000-9000001 "$base/depot/blobs/$(sum layer)" 2>/dev/null || echo "exit $?"
get -o result/tags "$base/depot/tags/list"
get -o result/catalog "$base/_catalog?n=1"
get -o result/missing "$base/depot/manifests/other"
get -o /dev/null -X DELETE "$base/depot/manifests/$(sum manifest)"
get -o result/gone -H "$accept" "$base/depot/manifests/latest"
