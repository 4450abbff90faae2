#!/usr/bin/env bash
# Builds the wheel and tests it, in an environment of its own. What Python needs comes by pip; where that cannot be had, it is said
# and the rest stands. The wheel is compiled beside the program, with which it shares all libraries (SIGNSIM_PROFILE=dev
# takes the debug build instead). SIGNSIM_PYTHONS names more interpreters, in which the same wheel is installed and tested.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$(cd .. && pwd)
here=${CARGO_TARGET_DIR:-$root/target}
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2> /dev/null ||
  { echo "NOT CHECKED: the Python package; there is no $python of 3.9 or later"; exit 0; }
venv=$here/python/venv
mkdir -p "$here/python"
{ "$python" -m venv "$venv" && "$venv/bin/pip" install --quiet "maturin>=1.9,<2" numpy pytest jsonschema ruamel.yaml; } ||
  { echo "NOT CHECKED: the Python package; maturin, numpy, pytest, jsonschema and ruamel.yaml could not be installed by pip"; exit 0; }
rm -rf "$here/python/wheels"
CARGO_TARGET_DIR=$here "$venv/bin/maturin" build --locked --profile "${SIGNSIM_PROFILE:-release}" --out "$here/python/wheels"
"$venv/bin/pip" install --quiet --force-reinstall --no-deps "$here"/python/wheels/*.whl
if [ -x "$here/release/signsim" ]; then export SIGNSIM_PROGRAM=$here/release/signsim; fi
cd tests
"$venv/bin/python" -m pytest --quiet -p no:cacheprovider "$@"

# The same wheel in an environment of its own, of this interpreter, with these libraries; the rest is what to test.
elsewhere() {
  local place=$here/python/venv-$1
  "$2" -m venv "$place" && "$place/bin/pip" install --quiet numpy pytest jsonschema ruamel.yaml $3 ||
    { echo "NOT CHECKED: $1; what it needs could not be installed by pip"; return 0; }
  "$place/bin/pip" install --quiet --force-reinstall --no-deps "$here"/python/wheels/*.whl
  printf '\n== %s\n' "$1"
  "$place/bin/python" -m pytest --quiet -p no:cacheprovider "${@:4}"
}

# Frames where their libraries are; above there are none, and tables are dictionaries of arrays.
elsewhere frames "$python" "pandas polars" test_running.py
for other in ${SIGNSIM_PYTHONS:-}; do
  elsewhere "$("$other" -c 'import sys; print("python-{}.{}".format(*sys.version_info))')" "$other" "" "$@"
done
