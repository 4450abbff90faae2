#!/usr/bin/env bash
# How time and memory of a whole run grow with M, D, rounds and threads: one row a measurement, for plots/gallery/growth.
#
#     benches/growth.sh [PROGRAM] > plots/gallery/growth/growth.csv
#
# PROGRAM is the compiled signsim (target/release/signsim). Columns: what grows, its value, seconds of a round beyond the
# first, peak bytes, and how many of everything there were. Time and memory are those of the whole process; the time of a
# run of one round is taken off, so that starting and loading do not count. Needs Linux and Python 3.
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 benches/growth.py "${1:-target/release/signsim}"
