# Looks at a package, installs an older one, and what is not there; nothing is cached from an earlier run.
rm -rf there && mkdir there && cd there && echo '{"private": true}' > package.json
ask() {
  npm "$@" --registry=https://depot.example/npm/ --cache="$PWD/cache" --prefix="$PWD" \
    --no-audit --no-fund --no-update-notifier --fetch-retries=0 --silent 2>npm.log
}
ask view depot-item version
ask install depot-item@1.0.0
node -p '"installed " + require("depot-item")'
ask install depot-nothing || echo "exit $?"
