//! What is shown while runs go on: a bar on a terminal, plain lines elsewhere, nothing when quiet.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use signsim::run::{Begin, Elsewhere, PlanEvent, name_of, work};
use signsim::scenario::Plan;
use signsim::time::SimTime;

use super::closing::result;
use super::output::{clean, tell};

/// Without a terminal a line says how far it is when this long nothing was said.
const SILENCE: Duration = Duration::from_secs(60);

/// Steps of the bar: rounds weigh what they cost.
const STEPS: f64 = 1000.0;

/// More runs of others than this are not listed.
const MOST_TOLD: usize = 4;

/// The longest name that leaves room for a bar in 80 columns.
const LONGEST_NAME: usize = 16;

/// The display of one plan.
pub(crate) struct Display {
    style: Drawn,
    state: Mutex<ProgressState>,
}

enum Drawn {
    Quiet,
    Lines,
    Bar(ProgressBar),
}

struct ProgressState {
    asked: usize,
    runs: usize,
    ended: usize,
    work: f64,
    done: f64,
    begun: Instant,
    /// When the last line was printed.
    spoke: Instant,
    /// It was said that others are waited for.
    waits: bool,
}

impl Display {
    /// Chooses how to show `plan`.
    pub(crate) fn new(plan: &Plan, quiet: bool) -> Self {
        let style = if quiet {
            Drawn::Quiet
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(STEPS as u64), ProgressDrawTarget::stderr());
            let template = "{prefix} {wide_bar} {percent}% · {msg} · {eta} left";
            bar.set_style(
                ProgressStyle::with_template(template).expect("a valid template").progress_chars("━╸─"),
            );
            bar.set_prefix(shortened(&plan.name));
            Drawn::Bar(bar)
        } else {
            Drawn::Lines
        };
        let now = Instant::now();
        let (asked, runs, ended, work, done) = (plan.runs.len(), 0, 0, 0.0, 0.0);
        Self {
            style,
            state: Mutex::new(ProgressState {
                asked,
                runs,
                ended,
                work,
                done,
                begun: now,
                spoke: now,
                waits: false,
            }),
        }
    }

    /// Shows one event; called from several threads.
    pub(crate) fn show(&self, event: &PlanEvent<'_>) {
        if let Drawn::Quiet = self.style {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            PlanEvent::Remark(remark) => self.line(&mut state, &format!("note: {remark}")),
            PlanEvent::Begins(begin) => self.begin(&mut state, begin),
            PlanEvent::Round(now, work) => self.round(&mut state, *now, *work),
            PlanEvent::Finished(run, row) => {
                state.ended += 1;
                // Rounds that a run did not need are no work that is left.
                let spared = row.rounds_done.map_or(0, |done| row.rounds.saturating_sub(done));
                state.done += f64::from(spared) * work(run);
                let words = format!("{}: {} ({:.1} s)", name_of(run), result(row), row.wall_s);
                self.count(&mut state, &words);
            }
            PlanEvent::Failed(run, failure) => {
                state.ended += 1;
                self.count(&mut state, &format!("{}: failed: {}", name_of(run), failure.reason));
            }
            PlanEvent::Waits(runs) => self.waits(&mut state, runs),
        }
    }

    fn begin(&self, state: &mut ProgressState, begin: &Begin) {
        (state.runs, state.ended, state.work) = (begin.runs, begin.reused + begin.failed, begin.work);
        let same = state.asked - begin.runs;
        if same > 0 {
            let words =
                format!("{same} of {} runs are the same as others and are computed once", state.asked);
            self.line(state, &words);
        }
        if begin.reused > 0 {
            self.line(state, &format!("{} of {} runs were already finished", begin.reused, begin.runs));
        }
        state.begun = Instant::now();
        if let Drawn::Bar(bar) = &self.style {
            bar.reset();
            bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    /// Says once whom it waits for, and then at times how far they are.
    fn waits(&self, state: &mut ProgressState, runs: &[Elsewhere]) {
        let (round, rounds) = runs.iter().fold((0_u64, 0_u64), |(round, rounds), run| {
            (round + u64::from(run.round), rounds + u64::from(run.rounds))
        });
        if let Drawn::Bar(bar) = &self.style {
            let (ended, all) = (state.ended, state.runs);
            bar.set_message(format!("{ended}/{all} runs · others at round {round} of {rounds}"));
        }
        if state.waits && (state.spoke.elapsed() < SILENCE || matches!(self.style, Drawn::Bar(_))) {
            return;
        }
        state.waits = true;
        let first: Vec<String> = runs.iter().take(MOST_TOLD).map(Elsewhere::words).collect();
        let more = if runs.len() > MOST_TOLD {
            format!("; and {} more", runs.len() - MOST_TOLD)
        } else {
            String::new()
        };
        self.line(state, &format!("waiting for other processes: {}{more}", first.join("; ")));
    }

    fn round(&self, state: &mut ProgressState, now: SimTime, work: f64) {
        state.done += work;
        let share = if state.work > 0.0 { (state.done / state.work).min(1.0) } else { 0.0 };
        let clock = if now > SimTime::ZERO { format!(" · sim {now}") } else { String::new() };
        match &self.style {
            Drawn::Quiet => {}
            Drawn::Bar(bar) => {
                bar.set_message(format!("{}/{} runs{clock}", state.ended, state.runs));
                bar.set_position((share * STEPS) as u64);
            }
            Drawn::Lines if state.spoke.elapsed() >= SILENCE => {
                let left = state.begun.elapsed().mul_f64((1.0 - share) / share.max(1e-9));
                let words = format!(
                    "{:.0} % computed, {}/{} runs{clock}, about {} left",
                    100.0 * share,
                    state.ended,
                    state.runs,
                    HumanDuration(left)
                );
                self.line(state, &words);
            }
            Drawn::Lines => {}
        }
    }

    fn count(&self, state: &mut ProgressState, words: &str) {
        let text = format!("{}/{} {words}", state.ended, state.runs);
        self.line(state, &text);
    }

    fn line(&self, state: &mut ProgressState, text: &str) {
        state.spoke = Instant::now();
        match &self.style {
            Drawn::Quiet => {}
            Drawn::Lines => tell(text),
            Drawn::Bar(bar) => bar.println(clean(text)),
        }
    }

    /// Clears the bar.
    pub(crate) fn end(&self) {
        if let Drawn::Bar(bar) = &self.style {
            bar.finish_and_clear();
        }
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    format!("{}…", name.chars().take(LONGEST_NAME - 1).collect::<String>())
}
