#!/usr/bin/env bash
# What signsim takes next to what one would pick instead, on this machine and in one go. Needs Rust, Python 3.10 or
# newer and their package registries; everything it makes lies in target/peers.
#
#     benches/peers/run.sh                 # 20 minutes on two cores, most of them compiling
#     TORCH_INDEX=URL benches/peers/run.sh # where pip finds a PyTorch without CUDA, which is smaller
set -euo pipefail
# A thread that waits must not take the core of one that works: on a busy machine the default would slow PyTorch down.
export OMP_WAIT_POLICY=passive
cd "$(dirname "$0")/../.."
out=target/peers
mkdir -p "$out"

if [ ! -x "$out/venv/bin/python" ]; then
    python3 -m venv "$out/venv"
fi
"$out/venv/bin/python" -c 'import torch, numpy' 2>/dev/null ||
    "$out/venv/bin/pip" install --quiet ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch numpy

CARGO_TARGET_DIR="$out/nexosim" cargo build --quiet --release --locked \
    --manifest-path benches/peers/nexosim_star/Cargo.toml
cargo bench --quiet --no-run

# In turn, so that a machine whose speed drifts does not favour one of them.
: > "$out/peers.csv"
: > "$out/ours.txt"
bench() { cargo bench --quiet --bench "$1" -- "$2" 2>/dev/null | tee -a "$out/ours.txt"; }
torch() { "$out/venv/bin/python" benches/peers/torch_round.py "$@" | tee -a "$out/peers.csv"; }
torch --only gemm
bench gradient gemm
torch --only mlp
bench gradient round/mlp
torch --only cnn
bench gradient round/cnn
torch --only resnet20 --workers 3
bench gradient round/resnet20
torch --only tally
bench tally m=15/
"$out/nexosim/release/nexosim_star" | tee -a "$out/peers.csv"
bench kernel star

python3 benches/peers/ratios.py "$out/ours.txt" "$out/peers.csv" | tee "$out/ratios.md"
