#!/usr/bin/env bash
# A sweep of the CNN and of channels, as an array of a real Slurm with two nodes on this machine. Two of its tasks are killed, one is told
# to end, one is requeued, and the daemon of a node is killed and comes back. In the end every file is the one that one undisturbed
# process writes, wall times aside.
#
#   tests/slurm.sh [dev]      with the release build, or with the other one
#
# Slurm is started by the scripts in ../shared/slurm, or where SIGNSIM_SLURM says. Whatever is started here is ended here.
set -euo pipefail
cd "$(dirname "$0")/.."

slurm=${SIGNSIM_SLURM:-../shared/slurm}
build=release options=(--release)
[ "${1:-}" != dev ] || build=debug options=()
program=$PWD/target/$build/signsim
begun=$SECONDS

skip() { echo "NOT CHECKED: a real Slurm ($*)"; exit 0; }
say() { printf '%4d s  %s\n' $((SECONDS - begun)) "$*"; }
[ -x "$slurm/start.sh" ] || skip "$slurm/start.sh is not there"
slurm=$(cd "$slurm" && pwd)

work=$(mktemp -d /tmp/signsim-slurm.XXXXXX)
# The daemons have a user of their own.
chmod 755 "$work"
export SLURM_LOOP_DIR=$work/slurm SLURM_LOOP_NODES=2 SLURM_LOOP_CPUS=2 SLURM_LOOP_KILL_WAIT=30

finish() {
  code=$?
  trap - EXIT
  [ ! -d "$SLURM_LOOP_DIR" ] || "$slurm/stop.sh" || code=1
  if [ $code = 0 ]; then
    rm -rf "$work"
  else
    tail -n 30 "$work"/*/logs/*.log "$SLURM_LOOP_DIR"/log/slurmctld.log 2> /dev/null || true
    echo "everything is kept in $work"
  fi
  exit $code
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

# wait_for WHAT COMMAND...: until it succeeds, four minutes at most.
wait_for() {
  local what=$1 end=$((SECONDS + 240))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || { echo "it never came to this: $what" >&2; squeue -t all >&2; exit 1; }
    sleep 0.1
  done
  say "$what"
}

started=
for _ in 1 2 3; do
  export SLURM_LOOP_PORT=$((20000 + RANDOM % 1000 * 10))
  "$slurm/start.sh" > "$work/start.log" 2>&1 && { started=yes; break; }
  command -v sbatch > /dev/null || break
done
if [ -z "$started" ]; then
  cat "$work/start.log"
  command -v sbatch > /dev/null || skip "it could not be installed"
  exit 1
fi
. "$SLURM_LOOP_DIR/env.sh"
say "Slurm $(sbatch --version | cut -d' ' -f2) is up"

cat > "$work/sweep.yaml" <<'YAML'
name: cluster
rounds: 30
repeats: 10
workers: { count: 5, batch: 8 }
method: signsgd_fd
adversaries: { count: 1, attack: sign_inversion }
evaluate_every: 10
sweep:
  task:
    - { train: { data: { digits: { train: 500, test: 50 } }, model: cnn } }
    - { channel: { coordinates: 100000, crossover: 0.2 } }
  method: [signsgd_mv, signsgd_fd]
figures: [method_table]
YAML

"$program" run "$work/sweep.yaml" --out "$work/alone" --quiet
say "one process has made 40 runs"

# A name that every quotation has to survive.
out="$work/it's \"100%\" \$HOME #1"
"$program" submit "$work/sweep.yaml" --out "$out" --tasks 8 --time 20 --option '--comment=two words' | tee "$work/said"
array=$(sed -n '2s/^job \([0-9]*\): .*/\1/p' "$work/said")
last=$(sed -n '3s/^job \([0-9]*\): .*/\1/p' "$work/said")
waits() { [ "$(squeue -h -j "$last" -o '%T %r %k')" = "PENDING Dependency two words" ]; }
wait_for "the last task waits for the others" waits

state() { squeue -h -t all -j "$1" -o %T; }
is() { [ "$(state "$1")" = "$2" ]; }
claimed() { sed -n 's/.*"pid":\([0-9]*\).*/\1/p' "$out"/runs/*.claim 2> /dev/null | sort -nu; }
# Of a process: its task, and the script that started it.
task_of() { tr '\0' '\n' < "/proc/$1/environ" | sed -n 's/^SLURM_ARRAY_TASK_ID=//p'; }
script_of() { sed -n 's/^PPid:\t//p' "/proc/$1/status"; }
gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.[ZX]' "/proc/$1/status" 2> /dev/null || [ ! -e "/proc/$1" ]; }

# Four tasks in the middle of their runs, stopped there: nothing depends on how fast they are.
four_are_stopped() {
  local pids
  mapfile -t pids < <(claimed)
  [ ${#pids[@]} = 4 ] || return 1
  kill -STOP "${pids[@]}" 2> /dev/null || true
  if [ "$(claimed)" = "$(printf '%s\n' "${pids[@]}")" ] && [ ! -e "$out/manifest.claim" ]; then
    stopped=("${pids[@]}")
    return 0
  fi
  # One was between two runs, or just writing what all of them write.
  kill -CONT "${pids[@]}" 2> /dev/null || true
  return 1
}
wait_for "four tasks are in the middle of their runs" four_are_stopped
tasks=()
for pid in "${stopped[@]}"; do tasks+=("$(task_of "$pid")"); done

kill -9 "${stopped[0]}"
wait_for "the program of task ${tasks[0]} was killed" is "${array}_${tasks[0]}" FAILED

kill -9 "$(script_of "${stopped[1]}")"
wait_for "the script of task ${tasks[1]} was killed" is "${array}_${tasks[1]}" FAILED
wait_for "and Slurm ended its program" gone "${stopped[1]}"

read -r daemon _ < "$SLURM_LOOP_DIR/run/slurmd-n1.pid"
kill -9 "$daemon"
wait_for "the daemon of a node was killed" gone "$daemon"
"$slurm/start.sh" > "$work/start.log" 2>&1 || { cat "$work/start.log"; exit 1; }
say "and is back"

# As Slurm does before the time limit: the script alone.
kill -TERM "$(script_of "${stopped[2]}")"
kill -CONT "${stopped[2]}"
wait_for "task ${tasks[2]} was told to end, and is back in the queue" is "${array}_${tasks[2]}" PENDING

scontrol requeue "${array}_${tasks[3]}"
wait_for "task ${tasks[3]} was requeued" is "${array}_${tasks[3]}" PENDING

wait_for "the last task has ended" is "$last" COMPLETED
for n in 2 3; do
  scontrol show job "${array}_${tasks[n]}" | grep -q ' Restarts=1 '
  log="$out/logs/${array}_${tasks[n]}.log"
  # Both lives of the task are in its log.
  grep -q 'is kept as it was after round' "$log"
  [ "$(grep -c '^stopping: ' "$log")" = 1 ]
done
grep -q 'goes on after round' "$out"/logs/*.log
"$program" status "$out" --json | grep -q '"done": 40,'
SIGNSIM_FOLDERS=$out:$work/alone cargo test "${options[@]}" --quiet --locked --test it -- --ignored --nocapture two_folders_hold_the_same
say "every file is that of the one process"
