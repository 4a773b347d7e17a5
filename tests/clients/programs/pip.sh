# Installs twice, and what is not there.
python=$1
install() {
  rm -rf there
  "$python" -m pip install -q --no-cache-dir --disable-pip-version-check --retries 0 \
    --index-url https://depot.example/simple/ --target there "$1" 2>pip.log || { echo "exit $?"; return; }
  PYTHONPATH=there "$python" -B -c 'import depot_item; print("installed", depot_item.version)'
}
install depot-item
install depot-item==1.0
install depot-nothing
