//! One run of a scenario, without writing anything: `cargo run --release --example one_run scenarios/quickstart.yaml`.

use std::path::PathBuf;

use signsim::run::simulate_alone;
use signsim::scenario::Plan;

fn main() -> signsim::error::Result<()> {
    let path =
        std::env::args().nth(1).map_or_else(|| PathBuf::from("scenarios/quickstart.yaml"), PathBuf::from);
    let plan = Plan::read(&path, &[], None)?;
    let run = plan.runs.first().expect("a scenario asks for one run at least");
    println!(
        "{} of M = {}, L = {}",
        run.spec.record.method, run.spec.population.workers, run.spec.population.adversaries
    );
    let output = simulate_alone(&run.spec, 2)?;
    println!("round  simulated s  accuracy  decoding error");
    for row in output.rounds.iter().filter(|row| row.accuracy.is_some()) {
        let share = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.3}"));
        let (accuracy, error) = (share(row.accuracy), share(row.decoding_error));
        println!("{:5}  {:11.3}  {accuracy:>8}  {error:>14}", row.round, row.sim_time_s);
    }
    println!("digest {}", output.summary.digest);
    Ok(())
}
