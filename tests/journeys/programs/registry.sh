# Publishes a package with twine (a form with a random boundary), and installs it with pip.
set -e
python=$1
here=$2
rm -rf dist there
mkdir -p result dist
PYTHONPATH=$here "$python" -B -c 'import packages; open("dist/depot_item-1.0-py3-none-any.whl", "wb").write(packages.wheel("1.0"))'
upload() {
  "$python" -m twine upload --non-interactive --disable-progress-bar --repository-url https://depot.example/ \
    -u keeper -p depot dist/*.whl >upload.log 2>&1 || { echo "exit $?"; grep -ao 'HTTPError: [0-9]*' upload.log | head -1; }
}
upload
echo uploaded
# Once more is refused.
upload
install() {
  "$python" -m pip install -q --no-cache-dir --disable-pip-version-check --retries 0 \
    --index-url https://depot.example/simple/ --target there "$1" 2>pip.log || { echo "exit $?"; return; }
  cp there/depot_item.py result/
  PYTHONPATH=there "$python" -B -c 'import depot_item; print("installed", depot_item.version)'
}
install depot-item
install depot-nothing
"$python" -m pip index versions depot-item --index-url https://depot.example/simple/ --disable-pip-version-check 2>/dev/null || echo none
