# Clones, changes, pushes more than git buffers, and fetches; the same twice, down to the commits' names.
set -e
export GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' GIT_TERMINAL_PROMPT=0
rm -rf clone
git clone -q https://depot.example/git/depot.git clone
cd clone
git config user.name Somebody
git config user.email somebody@depot.example
git log --format='%H %s'
md5sum noise
# Noise of its own, the same in both runs.
python3 -c 'import hashlib, sys
sys.stdout.buffer.write(b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(10000)))' > more
git add more
git commit -q -m third
git -c http.postBuffer=65536 push -q origin HEAD:refs/heads/other
echo pushed
git fetch -q origin other
echo fetched
