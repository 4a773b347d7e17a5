# rclone, in Go: S3 with signatures in headers, copied there and back, checked, listed in pages, and removed.
set -e
rclone=$1
# Amazon's SDK for Go refuses this variable where a program has a transport of its own; Go reads SSL_CERT_FILE.
unset AWS_CA_BUNDLE
mkdir -p result
rm -rf there back
mkdir -p there/deep
for number in 1 2 3 4 5 6; do printf 'crate %s\n' $number > there/deep/$number.txt; done
python3 -c 'import hashlib, sys
sys.stdout.buffer.write(b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(50000)))' > there/noise
# What rclone keeps of a file is its date, too.
find there -type f -exec touch -d 2026-01-01T00:00:00Z {} +
# New credentials in every run.
export RCLONE_CONFIG_DEPOT_TYPE=s3 RCLONE_CONFIG_DEPOT_PROVIDER=Other RCLONE_CONFIG_DEPOT_REGION=eu-central-1
export RCLONE_CONFIG_DEPOT_ENDPOINT=https://depot.example RCLONE_CONFIG=/dev/null
export RCLONE_CONFIG_DEPOT_ACCESS_KEY_ID=$(od -An -N10 -tx1 /dev/urandom | tr -d ' \n')
export RCLONE_CONFIG_DEPOT_SECRET_ACCESS_KEY=$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')
echo "$RCLONE_CONFIG_DEPOT_ACCESS_KEY_ID" >> differs
go() { "$rclone" --quiet --retries 1 --low-level-retries 1 --transfers 4 --checkers 4 "$@"; }
go mkdir depot:shelf
go copy --s3-no-head there depot:shelf
go lsf -R --format ps depot:shelf | sort
go check there depot:shelf && echo checked
go copy depot:shelf back
diff -r there back && echo same
go copy there depot:shelf && echo "nothing to do"
go cat depot:shelf/deep/3.txt
go lsf --s3-list-chunk 2 depot:shelf/deep | tee result/list
go deletefile depot:shelf/deep/1.txt
go lsf depot:shelf/none 2>/dev/null || echo "exit $?"
go purge depot:shelf && echo purged
