#!/usr/bin/env bash
# What signsim takes next to what one would pick instead, on this machine and in one go. Needs Rust, Python 3.10 or
# newer and their package registries; everything it makes lies in target/peers.
#
#     benches/peers/run.sh                 # 20 minutes on two cores, most of them compiling
#     TORCH_INDEX=URL benches/peers/run.sh # where pip finds a PyTorch without CUDA, which is smaller
#     SIMD=avx2 benches/peers/run.sh       # both with 256 bits, for a processor without AVX-512
set -euo pipefail
if [ "${SIMD:-}" = avx2 ]; then
    export SIMD ATEN_CPU_CAPABILITY=avx2 MKL_ENABLE_INSTRUCTIONS=AVX2 ONEDNN_MAX_CPU_ISA=AVX2
fi
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
bench gradient round/cnn/
bench gradient round/cnn_winograd_6
torch --only resnet20 --workers 3
bench gradient round/resnet20/
bench gradient round/resnet20_winograd_6
torch --only tally
bench tally m=15/
# Whole runs, L = 7: ours as a command, from its start to its last file; theirs without imports and files.
cargo build --quiet --release --locked
whole() {
    local begin end
    rm -rf "$out/run"
    begin=$(date +%s%N)
    target/release/signsim run "scenarios/$1.yaml" --quiet --threads 2 --seed 1 ${SIMD:+--simd "$SIMD"} --out "$out/run" --set adversaries.count=7 \
        --set method=signsgd_fd --set adversaries.attack=sign_inversion "${@:2}" || return 1
    end=$(date +%s%N)
    echo "run/$1 time: [$(python3 -c "t = ($end - $begin) / 1e9; print(f'{t:.3f} s {t:.3f} s {t:.3f} s')")]" | tee -a "$out/ours.txt"
}
torch --only runs
whole quickstart --set repeats=1
whole mnist_cnn --set repeats=1 || echo "NOT MEASURED: mnist_cnn; what it says is missing stands above"
"$out/nexosim/release/nexosim_star" | tee -a "$out/peers.csv"
bench kernel star

python3 benches/peers/ratios.py "$out/ours.txt" "$out/peers.csv" | tee "$out/ratios.md"
