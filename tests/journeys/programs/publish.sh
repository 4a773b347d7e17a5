# Publishes two versions to Verdaccio, looks at them, installs one, and is refused a third.
set -e
rm -rf package there cache
mkdir -p package there result
printf '//depot.example/:_authToken=%s\n' "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" > package/.npmrc
cat package/.npmrc >> differs
ask() {
  npm "$@" --registry=https://depot.example/ --cache="$PWD/../cache" --no-audit --no-fund --no-update-notifier \
    --fetch-retries=0 --loglevel=error 2>../npm.log
}
cd package
for version in 1.0.0 1.1.0; do
  printf '{"name":"depot-item","version":"%s","description":"räksmörgås"}' $version > package.json
  echo "module.exports = '$version'" > index.js
  ask publish
done
ask publish || { echo "exit $?"; grep -o 'E[0-9]\{3\}\|EPUBLISH[A-Z]*' ../npm.log | sort -u; }
ask dist-tag add depot-item@1.0.0 older
ask view depot-item versions dist-tags --json
cd ../there
echo '{"private": true}' > package.json
ask install depot-item@older | sed 's/ in [0-9].*//'
node -p '"installed " + require("depot-item")'
cp package-lock.json ../result/
ask install depot-nothing || echo "exit $?"
