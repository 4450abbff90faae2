//! What is shown while runs go on: a bar on a terminal, plain lines elsewhere, nothing when quiet.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signsim::record::SummaryRow;
use signsim::run::Progress;
use signsim::scenario::Plan;

use super::closing::result;

/// One finished run on one line.
fn line(row: &SummaryRow) -> String {
    let SummaryRow { method, attack, workers, adversaries, seed, wall_s, .. } = row;
    format!("{method} {attack} L={adversaries} of M={workers} seed {seed}: {} ({wall_s:.1} s)", result(row))
}

/// The display of one plan.
pub struct Display {
    style: Style,
    state: Mutex<State>,
}

enum Style {
    Quiet,
    Lines,
    Bar(ProgressBar),
}

#[derive(Default)]
struct State {
    runs: usize,
    done: usize,
}

impl Display {
    /// Chooses how to show `plan`.
    pub fn new(plan: &Plan, quiet: bool) -> Self {
        let style = if quiet {
            Style::Quiet
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            let template = "{prefix} {bar:30} round {pos}/{len} · {msg} · {eta} left";
            bar.set_style(
                ProgressStyle::with_template(template).expect("a valid template").progress_chars("━╸─"),
            );
            bar.set_prefix(plan.name.clone());
            Style::Bar(bar)
        } else {
            Style::Lines
        };
        Self { style, state: Mutex::new(State::default()) }
    }

    /// Shows one event; called from several threads.
    pub fn show(&self, event: &Progress<'_>) {
        if let Style::Quiet = self.style {
            return;
        }
        let mut state = self.state.lock().expect("showing does not panic");
        match event {
            Progress::Begins { runs, reused, rounds } => {
                (state.runs, state.done) = (*runs, *reused);
                if *reused > 0 {
                    self.line(&format!("{reused} of {runs} runs were already finished"));
                }
                if let Style::Bar(bar) = &self.style {
                    bar.set_length(*rounds);
                    bar.enable_steady_tick(Duration::from_millis(200));
                }
            }
            Progress::Round(now) => {
                if let Style::Bar(bar) = &self.style {
                    bar.set_message(format!("runs {}/{} · simulated {now}", state.done, state.runs));
                    bar.inc(1);
                }
            }
            Progress::Finished(row) => {
                state.done += 1;
                self.line(&format!("{}/{} {}", state.done, state.runs, line(row)));
            }
            Progress::Failed { run, error } => {
                state.done += 1;
                let (spec, count) = (&run.spec, state.done);
                self.line(&format!(
                    "{count}/{} {} {} L={} seed {}: failed: {error}",
                    state.runs,
                    spec.method,
                    spec.attack.1.word(),
                    spec.adversaries,
                    spec.seed
                ));
            }
        }
    }

    fn line(&self, text: &str) {
        match &self.style {
            Style::Quiet => {}
            Style::Lines => eprintln!("{text}"),
            Style::Bar(bar) => bar.println(text),
        }
    }

    /// Clears the bar.
    pub fn end(&self) {
        if let Style::Bar(bar) = &self.style {
            bar.finish_and_clear();
        }
    }
}
