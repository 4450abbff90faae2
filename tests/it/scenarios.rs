//! What a scenario may say, and what every mistake is answered with.

use signsim::scenario::Plan;

const GOOD: &str = "\
# what to expect
name: good
rounds: 10
workers: { count: 15 }
task: { channel: { coordinates: 100, crossover: 0.2 } }
method: signsgd_fd
adversaries: { count: M/2 - 1, attack: sign_inversion }
sweep:
  adversaries.count: 0..=M/2+1
  method: [signsgd_mv, signsgd_fd]
figures: [accuracy_vs_adversaries]
";

fn parse(text: &str, sets: &[&str]) -> Result<Plan, String> {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    Plan::parse("good.yaml", text, &sets, None)
        .map_err(|e| format!("{e} [{}] exit {}", e.advice().unwrap_or(""), e.exit_code()))
}

#[test]
fn a_sweep_is_the_product_of_its_axes_with_the_last_one_fastest() {
    let plan = parse(GOOD, &[]).unwrap();
    let got: Vec<(u32, &str)> =
        plan.runs.iter().map(|r| (r.spec.population.adversaries, r.spec.record.method.as_str())).collect();
    let expected: Vec<(u32, &str)> = (0..=8).flat_map(|l| [(l, "signsgd_mv"), (l, "signsgd_fd")]).collect();
    assert_eq!(got, expected);
    assert_eq!(plan.about, "what to expect");
}

#[test]
fn repeats_are_paired_seeds() {
    let plan = parse(GOOD, &["repeats=3", "seed=7", "sweep.adversaries.count=[2]"]).unwrap();
    let seeds: Vec<u64> = plan.runs.iter().map(|r| r.spec.seed).collect();
    assert_eq!(seeds, [7, 8, 9, 7, 8, 9]);
}

#[test]
fn set_reaches_below_words() {
    let plan =
        parse(GOOD, &["sweep={}", "method.aggregator.federated_defense.t_in=3", "network.links.up.loss=0"]);
    let spec = &plan.unwrap().runs[0].spec;
    assert!(format!("{:?}", spec.server.aggregator).contains("t_in: 3"));
    assert_eq!(spec.population.adversaries, 6);
}

/// A setting that the sweep varies is held, whatever comes later; one below such a setting would be lost, and is refused.
#[test]
fn set_holds_an_axis_of_the_sweep() {
    let plan = parse(GOOD, &["adversaries.count=M/2"]).unwrap();
    let got: Vec<u32> = plan.runs.iter().map(|r| r.spec.population.adversaries).collect();
    assert_eq!((got, plan.points()), (vec![7, 7], 2));
    assert_eq!(
        parse(GOOD, &["adversaries.count=3", "sweep={}"]).unwrap().runs[0].spec.population.adversaries,
        3
    );
    let error = parse(GOOD, &["method.quantizer=sign"]).unwrap_err();
    for part in ["the sweep replaces the whole of `method`", "--set sweep.method=[", "exit 2"] {
        assert!(error.contains(part), "{error}");
    }
    let error = parse(GOOD, &["adversaries.count=99"]).unwrap_err();
    assert!(error.contains("--set:1:19") && error.contains("99 adversaries"), "{error}");
}

#[test]
fn the_resolved_scenario_reads_back_as_itself() {
    let plan = parse(GOOD, &[]).unwrap();
    let again = Plan::parse("resolved.yaml", &plan.resolved, &[], None).unwrap();
    assert_eq!(again.resolved, plan.resolved);
    assert_eq!(again.runs[0].spec, plan.runs[0].spec);
}

/// Every mistake: what is replaced by what, and what the answer must contain.
#[test]
fn mistakes_are_answered_with_place_and_way_out() {
    for (from, to, answers) in [
        ("method: signsgd_fd", "method: signsgd_df", &["good.yaml:6:9", "did you mean `signsgd_fd`"][..]),
        ("rounds: 10", "ruonds: 10", &["good.yaml:3:1", "unknown key `ruonds`", "did you mean `rounds`"]),
        ("rounds: 10\n", "", &["the setting `rounds` is missing"]),
        ("rounds: 10", "rounds: 0", &["good.yaml:3:9", "at least 1"]),
        ("rounds: 10", "rounds: 10\nrounds: 11", &["good.yaml:4:1", "written twice"]),
        ("rounds: 10", "rounds: 99999999999", &["good.yaml:3:9"]),
        ("rounds: 10", "rounds: 10\nseed: -1", &["good.yaml:4:7"]),
        ("crossover: 0.2", "crossover: .nan", &["good.yaml:5:", "not a finite number"]),
        ("crossover: 0.2", "crossover: .inf", &["not a finite number"]),
        ("crossover: 0.2", "crossover: 1.2", &["not a probability"]),
        ("coordinates: 100", "coordinates: 0", &["at least 1"]),
        ("coordinates: 100", "coordinates: 99999999999", &["do not fit"]),
        ("count: M/2 - 1", "count: M/0", &["divides by zero"]),
        ("0..=M/2+1", "[16]", &["good.yaml:9:23", "more than the 15 workers"]),
        ("0..=M/2+1", "5..5", &["range", "empty"]),
        ("0..=M/2+1", "3", &["several values"]),
        ("sign_inversion", "{ stochastic_flip: { probability: 2 } }", &["not a probability"]),
        ("sign_inversion", "sign_inversoin", &["did you mean `sign_inversion`", "stochastic_flip"]),
        ("adversaries.count: 0", "seed: 0", &["cannot be swept"]),
        ("name: good", "name: ../../etc", &["cannot name a result folder"]),
        ("name: good", "name: [", &["not YAML"]),
        ("name: good", "name: &a good", &["anchors"]),
        ("name: good", "name: *a", &["good.yaml:2"]),
        (
            "figures: [accuracy_vs_adversaries]",
            "figures: [acuracy]",
            &["good.yaml:11:11", "accuracy_vs_rounds"],
        ),
        ("method: [", "network: [{ links: { up: { loss: 0.1 } } }]\n  method: [", &["never closes"]),
        ("rounds: 10", "rounds: 10\nserver: { close: { quorum: 16 } }", &["a quorum of 16"]),
        ("rounds: 10", "rounds: 10\nserver: { close: { deadline: 5 } }", &["server.close.deadline"]),
        ("rounds: 10", "rounds: 10\nserver: { close: { deadline: 5 ms, quorum: 3 } }", &["exactly one word"]),
        ("rounds: 10", "rounds: 10\nserver: { learning_rate: 0 }", &["above 0"]),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let error = parse(&GOOD.replacen(from, to, 1), &[]).map(|p| p.runs.len());
        let error = error.expect_err(to);
        for answer in answers {
            assert!(error.contains(answer), "{to}: {error}");
        }
        assert!(error.ends_with("exit 2"), "{to}: {error}");
    }
}

#[test]
fn what_is_no_scenario_at_all_is_said() {
    let deep = format!("name: {}{}", "[".repeat(200), "]".repeat(200));
    let long = format!("name: {}", "x".repeat(2 << 20));
    for (text, answer) in [
        ("", "empty"),
        ("# nothing\n", "empty"),
        ("- a\n- b\n", "mapping"),
        ("a: 1\n---\nb: 2\n", "one YAML document"),
        ("\u{0}", "YAML"),
        (deep.as_str(), "deeply"),
        (long.as_str(), "too much"),
    ] {
        let error = parse(text, &[]).map(|p| p.runs.len()).unwrap_err();
        assert!(error.contains(answer) && error.ends_with("exit 2"), "{answer}: {error}");
    }
}

#[test]
fn overrides_are_answered_like_scenarios() {
    for (set, answer) in [
        ("rounds", "no path and value"),
        ("rounds=0", "--set:1:8"),
        ("adversaries.cuont=3", "did you mean `adversaries.count`"),
        ("workers.count.x=3", "has no settings below it"),
        ("method=signsgd_df", "did you mean"),
    ] {
        let error = parse(GOOD, &[set, "sweep={}"]).map(|p| p.runs.len()).unwrap_err();
        assert!(error.contains(answer), "{set}: {error}");
    }
}

/// The point that `check` prints is a scenario of its own, whatever its figures ask of the sweep and whatever only other
/// points read.
#[track_caller]
fn check_alone(file: &str, text: &str) -> String {
    let plan = Plan::parse(file, text, &[], None).unwrap();
    let alone = Plan::parse("alone.yaml", &plan.alone, &[], None)
        .unwrap_or_else(|e| panic!("{file}: {e}\n{}", plan.alone));
    assert_eq!(alone.points(), 1, "{file}");
    let specs = |plan: &Plan| -> Vec<_> {
        plan.runs.iter().take_while(|run| run.case == plan.runs[0].case).map(|run| run.spec.clone()).collect()
    };
    if !plan.alone.contains(" is back at its default") {
        assert_eq!(specs(&alone), specs(&plan), "{file}");
    }
    for figure in &plan.figures {
        let left_out = plan.alone.contains(&format!("\n# The figure {} needs the sweep: ", figure.name()));
        assert_ne!(alone.figures.contains(figure), left_out, "{file}: {}\n{}", figure.name(), plan.alone);
    }
    assert!(plan.alone.starts_with(&alone.alone), "{file}: printed again it is another");
    plan.alone
}

#[test]
fn the_point_that_is_printed_is_a_scenario() {
    let shipped = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios")).unwrap();
    let is_scenario = |path: &std::path::PathBuf| path.extension().is_some_and(|ending| ending == "yaml");
    for path in shipped.map(|entry| entry.unwrap().path()).filter(is_scenario) {
        check_alone(&path.display().to_string(), &std::fs::read_to_string(path).unwrap());
    }
    let (base, _) = GOOD.split_once("sweep:").unwrap();
    for figures in [
        "[{ accuracy_vs_setting: { x: task.channel.crossover } }]",
        "[accuracy_vs_rounds, { accuracy_vs_rounds: { group: task.channel.crossover, name: f } }]",
        "[{ decoding_error_vs_adversaries: { panel: server.close } }, method_table]",
        "[{ phase_diagram: { x: adversaries.count, y: task.channel.crossover } }, accuracy_vs_adversaries]",
        "[{ accuracy_vs_rounds: { group: adversaries.count, panel: none } }]",
        "[]",
    ] {
        for sweep in [
            "{ adversaries.count: [0, 1], task.channel.crossover: [0.1, 0.2], server.close: [all, { quorum: 9 }] }",
            "{ adversaries.count: [1], task.channel.crossover: [0.1], server.close: [all] }",
        ] {
            check_alone(figures, &format!("{base}sweep: {sweep}\nfigures: {figures}\n"));
        }
    }
    // Settings that the first point does not read.
    for (settings, sweep, key) in [
        (
            "workers: { count: 15, speed: 2 }",
            "workers.compute_time: [{ constant: 0s }, { constant: 1s }]",
            "workers.speed",
        ),
        (
            "adversaries: { count: 2, attack: sign_inversion, declared: 3 }",
            "method: [signsgd_mv, { quantizer: sign, aggregator: krum }]",
            "adversaries.declared",
        ),
    ] {
        let (name, _) = settings.split_once(':').unwrap();
        let kept = base.lines().filter(|line| !line.starts_with(name)).collect::<Vec<_>>().join("\n");
        let printed = check_alone(key, &format!("{kept}\n{settings}\nsweep: {{ {sweep} }}\n"));
        assert!(printed.contains(&format!("\n# {key} is back at its default")), "{printed}");
    }
}
