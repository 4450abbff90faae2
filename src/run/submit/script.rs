//! The script that every task of the array runs, and the one that comes after them.

use super::limit::{NOTICE_S, TimeLimit};
use super::quote::{for_bash, for_sbatch, line_for_bash};
use super::sbatch_option::SbatchOption;

/// The number of the task that comes after all others.
pub(super) const LAST: u32 = 0;

/// What the script is made of.
pub(super) struct Script<'a> {
    /// The scenario's name.
    pub name: &'a str,
    /// What wrote the script.
    pub by: &'a str,
    /// Where the command's relative paths begin.
    pub current_dir: &'a str,
    /// What every task runs, but for its threads and whether it waits.
    pub command: &'a [String],
    /// Where the logs go.
    pub logs: &'a str,
    /// Tasks of the array.
    pub tasks: u32,
    /// Processors of each.
    pub cpus: u16,
    pub time: Option<&'a TimeLimit>,
    pub partition: Option<&'a str>,
    pub options: &'a [SbatchOption],
}

impl Script<'_> {
    /// As a text for bash, with what sbatch reads at its beginning.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "#!/bin/bash\n# {}: an array of Slurm, written by {}. Each task takes runs that nobody has, so any number of them may run,\n\
             # be killed and come again. Task {LAST} comes after all others. By hand:\n\
             #   job=$(sbatch --parsable submit.sbatch)\n\
             #   sbatch --array={LAST} --dependency=afterany:$job submit.sbatch\n",
            self.name, self.by
        );
        text += &self.directives();
        text += &format!("\ncd -- {} || exit 1\n", for_bash(self.current_dir));
        text + &TASK.replace("LAST", &LAST.to_string()).replace("COMMAND", &line_for_bash(self.command))
    }

    /// The lines for sbatch.
    fn directives(&self) -> String {
        let mut text = String::new();
        let mut write = |words: &[String]| {
            let words: Vec<String> = words.iter().map(|word| for_sbatch(word)).collect();
            text += &format!("#SBATCH {}\n", words.join(" "));
        };
        write(&[format!("--job-name={}", self.name)]);
        write(&[format!("--array=1-{}", self.tasks)]);
        write(&["--ntasks=1".to_owned()]);
        write(&[format!("--cpus-per-task={}", self.cpus)]);
        if let Some(time) = self.time {
            write(&[format!("--time={time}")]);
        }
        if let Some(partition) = self.partition {
            write(&[format!("--partition={partition}")]);
        }
        // A percent sign stands for something in names of logs.
        write(&[format!("--output={}/%A_%a.log", self.logs.replace('%', "%%"))]);
        write(&["--open-mode=append".to_owned()]);
        write(&["--requeue".to_owned()]);
        write(&[format!("--signal=B:TERM@{NOTICE_S}")]);
        self.options.iter().for_each(|option| write(&option.words));
        text
    }
}

/// What a task does.
const TASK: &str = r#"
# The last task waits for runs that go on elsewhere, computes what killed tasks have left, and draws the figures.
wait=--no-wait
[ "$SLURM_ARRAY_TASK_ID" != LAST ] || wait=

COMMAND --threads "$SLURM_CPUS_PER_TASK" $wait &
program=$!
# Before the time limit Slurm signals this script alone. The program writes its runs down and ends with 130.
trap 'kill -TERM "$program" 2> /dev/null' TERM
# A signal ends `wait` too, so it is asked until the program has ended, and then for its exit code.
wait "$program"
while kill -0 "$program" 2> /dev/null; do wait "$program"; done
wait "$program"
code=$?

# Told to end, early, and still RUNNING for Slurm: back into the queue, to go on later from what was written down. A task that was
# cancelled, displaced or requeued is not RUNNING any more; Slurm knows itself whether it comes again.
if [ "$code" = 130 ] || [ "$code" = 143 ]; then
  task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
  trap '' TERM
  if scontrol show job "$task" | grep -q JobState=RUNNING; then
    scontrol requeue "$task" && exit 0
    echo "task $task could not be requeued: what it leaves is computed by the others, or by the last" >&2
  fi
fi
exit "$code"
"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn script(tasks: u32) -> String {
        let command = ["/opt/my bin/signsim", "run", "/a/it's.yaml", "--out", "/a/out", "--set", "x=[1, 2]"];
        let command = command.map(str::to_owned);
        let (time, option) = ("1:00:00".parse().unwrap(), "--mail-user=ada b".parse().unwrap());
        Script {
            name: "cnn",
            by: "signsim",
            current_dir: "/a b",
            command: &command,
            logs: "/100% \"a\"/logs",
            tasks,
            cpus: 2,
            time: Some(&time),
            partition: Some("long"),
            options: &[option],
        }
        .text()
    }

    #[test]
    fn sbatch_is_told_everything_before_the_first_command() {
        let text = script(7);
        let before: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        let lines: Vec<&str> = before.iter().filter_map(|line| line.strip_prefix("#SBATCH ")).collect();
        let expected = [
            "--job-name=cnn",
            "--array=1-7",
            "--ntasks=1",
            "--cpus-per-task=2",
            "--time=1:00:00",
            "--partition=long",
            "\"--output=/100%% \\\"a\\\"/logs/%A_%a.log\"",
            "--open-mode=append",
            "--requeue",
            "--signal=B:TERM@60",
            "\"--mail-user=ada b\"",
        ];
        assert_eq!(lines, expected);
        assert_eq!(text.matches("#SBATCH").count(), expected.len());
    }

    #[test]
    fn the_command_is_quoted() {
        let text = script(7);
        assert!(text.contains("\ncd -- '/a b' || exit 1\n"), "{text}");
        let command = r"'/opt/my bin/signsim' run '/a/it'\''s.yaml' --out /a/out --set 'x=[1, 2]' --threads ";
        assert!(text.contains(&format!("\n{command}\"$SLURM_CPUS_PER_TASK\" $wait &\n")), "{text}");
    }
}
