//! All that is known of one case: M workers with one channel, the first L of them behind an attack.

use super::{MajorityOutcome, OwnVote};

/// Inside the logarithm of a learned weight, as signSGD-FD has it unless told otherwise.
const EPSILON: f64 = 1e-5;
/// One standard deviation of a crossover that agreements tell.
const TOLD_WITHIN: f64 = 0.01;

/// One number about a case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// What it is, in words.
    pub name: &'static str,
    /// `None` where there is none to give.
    pub value: Option<f64>,
    /// Its formula, or the paper that proves it.
    pub source: &'static str,
}

/// What the numbers are about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case {
    /// M, at least one.
    pub workers: u32,
    /// L, at most M.
    pub adversaries: u32,
    /// p, the probability that an honest sign is wrong.
    pub crossover: f64,
    /// r, the probability that an adversary flips a sign.
    pub flip: f64,
    /// True weights are clipped to plus and minus this.
    pub max_llr: Option<f64>,
    /// For what the server's own vote adds.
    pub own: Option<OwnVote>,
    /// For the convergence bound.
    pub descent: Option<Descent>,
}

/// What the convergence bound speaks of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Descent {
    /// T.
    pub rounds: u64,
    /// |S|_1, the sum of the coordinates' smoothness constants.
    pub smoothness: f64,
    /// f0 - f*, how far the first loss lies above the least.
    pub gap: f64,
}

/// Every number about one case.
#[must_use]
pub fn quantities(case: &Case) -> Vec<Quantity> {
    let q = super::crossovers(case.workers, case.adversaries, case.crossover, case.flip);
    let majority = super::majority(&q);
    let weighted = super::weighted_error(&q, case.max_llr);
    // Two kinds of workers are never too many to enumerate.
    assert!(weighted.is_exact(), "two groups of workers have an exact error");
    let weighted = weighted.middle();
    let mut all = of_majority(case, &q, &majority);
    all.extend(of_weights(case, &q, weighted));
    all.extend(of_agreement(case, &q));
    all.extend(of_identification(case));
    all.extend(of_own_vote(case, &q, weighted));
    all.extend(of_descent(case, majority.error(), weighted));
    all
}

/// A number that may not exist.
const fn line(name: &'static str, value: Option<f64>, source: &'static str) -> Quantity {
    Quantity { name, value, source }
}

/// A number that always exists.
const fn one(name: &'static str, value: f64, source: &'static str) -> Quantity {
    line(name, Some(value), source)
}

fn of_majority(case: &Case, q: &[f64], majority: &MajorityOutcome) -> Vec<Quantity> {
    vec![
        one("attacked crossover", super::attacked(case.crossover, case.flip), "q = r + p - 2rp"),
        one("majority error", majority.error(), "exact: Poisson-binomial tail, ties by a coin"),
        one("majority tie", majority.tie, "exact: Poisson-binomial"),
        one(
            "omniscient error",
            super::omniscient_error(case.workers, case.adversaries, case.crossover),
            "exact: majority of M, L of which vote against the honest majority",
        ),
        line(
            "majority bound",
            super::majority_hoeffding(q),
            "Hoeffding: exp(-(M/2)(1-2p)^2(1-2rL/M)^2) where votes are right on average",
        ),
        line("majority slowdown", super::slowdown(majority.error()), "1/(1-2P), arXiv 2402.01340"),
    ]
}

fn of_weights(case: &Case, q: &[f64], error: f64) -> Vec<Quantity> {
    let clipped = match case.max_llr {
        Some(_) => "exact: weights ln((1-q)/q), clipped",
        None => "exact: weights ln((1-q)/q)",
    };
    vec![
        one("weighted error", error, clipped),
        one(
            "weighted bound (Bhattacharyya)",
            super::weighted_bhattacharyya(q),
            "1/2 prod 2 sqrt(q(1-q)), weights not clipped",
        ),
        one(
            "weighted bound (Kearns-Saul)",
            super::weighted_kearns_saul(q),
            "exp(-Phi/2), Phi = sum (1/2-q) ln((1-q)/q), weights not clipped",
        ),
        line("weighted slowdown", super::slowdown(error), "1/(1-2P), arXiv 2402.01340"),
        one(
            "learned error",
            super::learned_error(q),
            "true weights or their mirror, as the first majority chooses",
        ),
    ]
}

/// What the first round shows of an honest worker, which there may not be, and of an adversary, likewise.
fn of_agreement(case: &Case, q: &[f64]) -> Vec<Quantity> {
    let attacker = (case.adversaries > 0).then_some(0);
    let honest = (case.adversaries < case.workers).then_some(case.workers as usize - 1);
    let agreement = |worker: Option<usize>| worker.map(|m| super::agreement(q, m));
    let weight = |worker| agreement(worker).map(|a| super::first_round_weight(a, EPSILON));
    let left_out = |worker: Option<usize>| worker.map(|m| super::leave_one_out_agreement(q, m));
    let own = "exact: decision of all, its own vote included";
    let rule = "ln((a+1e-5)/(1-a+1e-5)), a the agreement above";
    let others = "exact: decision of the others";
    vec![
        line("honest agreement", agreement(honest), own),
        line("honest weight", weight(honest), rule),
        line("attacker agreement", agreement(attacker), own),
        line("attacker weight", weight(attacker), rule),
        line("honest agreement, left out", left_out(honest), others),
        line("attacker agreement, left out", left_out(attacker), others),
    ]
}

fn of_identification(case: &Case) -> Vec<Quantity> {
    let Case { workers, adversaries, crossover, flip, .. } = *case;
    vec![
        one(
            "noise agreement",
            super::noise_agreement(workers),
            "1/2 + C(M-1, floor(M/2))/2^M, all workers noise",
        ),
        one(
            "identification",
            super::identification(workers, adversaries, crossover),
            "(1-2p)^2 (M-2L), inverters recognised after a round above about 1",
        ),
        line(
            "comparisons",
            super::comparisons(workers, crossover, TOLD_WITHIN),
            "coordinates, of several rounds together, that tell p within 0.01 by agreements, L = 0",
        ),
        one(
            "most identified",
            f64::from(super::most_identified(workers, crossover, flip)),
            "exact: the largest L whose expected weight after a round is negative",
        ),
    ]
}

/// What weights are worth whose sign the server's own vote chooses, where there is one.
fn of_own_vote(case: &Case, q: &[f64], weighted: f64) -> Vec<Quantity> {
    let Some(own) = case.own else { return Vec::new() };
    vec![
        one(
            "anchored error",
            super::anchored_error(weighted, own),
            "exact: weights or their mirror, as the server's own vote agrees with over D coordinates of a round",
        ),
        line(
            "anchored bound",
            super::anchored_bound(super::weighted_kearns_saul(q), own),
            "B + exp(-D (1-2q0)^2 (1-2B)^2 / 2), B the bound of Kearns-Saul, by Hoeffding",
        ),
    ]
}

/// The convergence bound under these decisions, where its constants are given.
fn of_descent(case: &Case, majority: f64, weighted: f64) -> Vec<Quantity> {
    let Some(Descent { rounds, smoothness, gap }) = case.descent else { return Vec::new() };
    let bound = |name, error| {
        let value = super::convergence_bound(smoothness, rounds, gap, error);
        line(name, value, "mean |grad|_1 <= sqrt(|S|_1/T) (f0-f*+1/2)/(1-2P), arXiv 2402.01340")
    };
    let anchored = case.own.map(|own| bound("anchored gradient", super::anchored_error(weighted, own)));
    [bound("majority gradient", majority), bound("weighted gradient", weighted)]
        .into_iter()
        .chain(anchored)
        .collect()
}
