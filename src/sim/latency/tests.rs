//! Every law against its exact distribution, and what is refused.

use statrs::distribution::{
    Continuous, ContinuousCDF, Exp as ExactExp, Gamma as ExactGamma, LogNormal as ExactLogNormal,
    Normal as ExactNormal, Pareto as ExactPareto, Weibull as ExactWeibull,
};

use super::*;
use crate::random::{Purpose, Streams};
use crate::time::Round;

const DRAWS: usize = 20_000;

/// As scenarios are read: a word with its settings is a mapping with one key.
fn read(yaml: &str) -> std::result::Result<Law, String> {
    let law =
        serde_yaml::with::singleton_map_recursive::deserialize(serde_yaml::Deserializer::from_str(yaml));
    let mut law: Law = law.map_err(|e: serde_yaml::Error| e.to_string())?;
    law.load().map_err(|e| e.to_string())?;
    Ok(law)
}

pub(crate) fn law(yaml: &str) -> Law {
    let law = read(yaml).unwrap_or_else(|e| panic!("{yaml}: {e}"));
    law.validate().unwrap();
    law
}

pub(crate) fn draws(law: &Law) -> Vec<f64> {
    let mut stream = Streams::new(11).stream(Purpose::LatencyUp, 0, Round(0));
    (0..DRAWS).map(|_| law.sample(&mut stream).as_secs_f64()).collect()
}

/// The share of draws below the exact q-quantile is q and their mean is exact, within five standard deviations; none
/// lies beyond the reach.
fn check(yaml: &str, quantile: impl Fn(f64) -> f64, mean: f64, std: f64) {
    let law = law(yaml);
    let draws = draws(&law);
    for q in [0.05, 0.5, 0.95] {
        let below = draws.iter().filter(|x| **x < quantile(q)).count() as f64 / DRAWS as f64;
        let tolerance = 5.0 * (q * (1.0 - q) / DRAWS as f64).sqrt();
        assert!((below - q).abs() < tolerance, "{law:?}: {below} below the {q}-quantile");
    }
    let measured = draws.iter().sum::<f64>() / DRAWS as f64;
    assert!(
        (measured - mean).abs() < 5.0 * std / (DRAWS as f64).sqrt(),
        "{law:?}: mean {measured}, not {mean}"
    );
    assert!(draws.iter().all(|x| *x <= law.reach_s()), "{law:?} leaves its reach");
}

fn check_exact<T>(yaml: &str, exact: &T)
where
    T: ContinuousCDF<f64, f64> + statrs::statistics::Distribution<f64>,
{
    check(yaml, |q| exact.inverse_cdf(q), exact.mean().unwrap(), exact.std_dev().unwrap());
}

#[test]
fn laws_have_their_quantiles_and_means() {
    check("uniform: { from: 10ms, to: 30ms }", |q| 0.01 + 0.02 * q, 0.02, 0.02 / 12_f64.sqrt());
    check_exact("exponential: { mean: 20ms }", &ExactExp::new(50.0).unwrap());
    check_exact(
        "log_normal: { median: 20ms, sigma: 0.5 }",
        &ExactLogNormal::new(0.02_f64.ln(), 0.5).unwrap(),
    );
    // statrs counts gamma by shape and rate, Pareto by scale and shape, Weibull by shape and scale.
    check_exact("gamma: { mean: 20ms, shape: 4 }", &ExactGamma::new(4.0, 200.0).unwrap());
    check_exact("gamma: { mean: 20ms, shape: 0.5 }", &ExactGamma::new(0.5, 25.0).unwrap());
    check_exact("pareto: { minimum: 5ms, shape: 4.5 }", &ExactPareto::new(0.005, 4.5).unwrap());
    check_exact("weibull: { scale: 20ms, shape: 0.7 }", &ExactWeibull::new(0.7, 0.02).unwrap());
    assert!(draws(&law("constant: 7ms")).iter().all(|x| *x == 0.007));
}

/// Given X >= 0 the quantile is that of 1 - (1 - q) P(X >= 0) and the mean is m + s h, h the hazard at -m / s.
#[test]
fn a_normal_law_is_truncated_at_zero() {
    for (m, s) in [(0.02, 0.005), (0.01, 0.01), (0.0, 0.03)] {
        let (exact, standard) = (ExactNormal::new(m, s).unwrap(), ExactNormal::standard());
        let kept = standard.cdf(m / s);
        let hazard = standard.pdf(m / s) / kept;
        let std = s * (1.0 - hazard * (hazard + m / s)).sqrt();
        let yaml = format!("normal: {{ mean: {}ms, std: {}ms }}", m * 1e3, s * 1e3);
        check(&yaml, |q| exact.inverse_cdf(1.0 - (1.0 - q) * kept), m + s * hazard, std);
    }
}

#[test]
fn laws_without_a_span_are_refused_by_key() {
    for (yaml, key) in [
        ("uniform: { from: 2ms, to: 1ms }", "uniform.to"),
        ("exponential: { mean: 0s }", "exponential.mean"),
        ("log_normal: { median: 0s, sigma: 1 }", "log_normal.median"),
        ("normal: { mean: 20ms, std: 0s }", "normal.std"),
        ("gamma: { mean: 0s, shape: 1 }", "gamma.mean"),
        ("pareto: { minimum: 0s, shape: 1 }", "pareto.minimum"),
        ("weibull: { scale: 0s, shape: 1 }", "weibull.scale"),
    ] {
        let law = read(yaml).unwrap();
        let Error::Scenario { key: found, help, .. } = law.validate().unwrap_err() else { unreachable!() };
        assert_eq!(found.as_deref(), Some(key));
        assert!(help.is_some());
    }
}

#[test]
fn measured_rows_are_drawn_evenly_and_named_by_their_content() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let path = write("delays.csv", "host,rtt\na,1\nb,2.5\nc,2.5\nd,10\n");
    let law = law(&format!("empirical: {{ file: {path}, column: rtt, unit: ms }}"));
    let draws = draws(&law);
    for (span, share) in [(0.001, 0.25), (0.0025, 0.5), (0.01, 0.25)] {
        let found = draws.iter().filter(|x| **x == span).count() as f64 / DRAWS as f64;
        assert!((found - share).abs() < 0.02, "{span}: {found}");
    }
    assert_eq!(law.reach_s(), 0.01);
    // What is printed reads back, and refuses another file of that name.
    let printed = serde_json::to_string(&law).unwrap();
    assert!(printed.contains("sha256"), "{printed}");
    assert_eq!(read(&printed).unwrap(), law);
    write("delays.csv", "rtt\n1\n");
    assert!(read(&printed).unwrap_err().contains("SHA-256"));

    let bare = write("bare.csv", "3\n4\n");
    assert_eq!(self::law(&format!("empirical: {{ file: {bare}, unit: s }}")).reach_s(), 4.0);
    for (text, words, why) in [
        ("", "unit: ms", "is empty"),
        ("a,b\n1,2\n", "unit: ms", "name one with `column`"),
        ("a,b\n1,2\n", "unit: ms, column: c", "the first line has: a, b"),
        ("rtt\n", "unit: ms", "no row"),
        ("rtt\n1\n-2\n", "unit: ms", "line 3: `-2`"),
        ("rtt\n1\nx\n", "unit: ms", "line 3: `x`"),
        ("rtt\n1\n", "unit: min", "unknown variant"),
    ] {
        let path = write("bad.csv", text);
        let yaml = format!("empirical: {{ file: {path}, {words} }}");
        let error = read(&yaml).unwrap_err();
        assert!(error.contains(why), "{text}: {error}");
    }
}
