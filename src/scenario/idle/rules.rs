//! What one option of a weighted rule makes meaningless in another.

use super::changed::Changed;
use crate::aggregate::{
    Granularity, InitialPhase, SpectralCopies, SpectralFit, SpectralOptions, SpectralShrinkage,
    WeightOptions, default_excess, default_misfit_agreement,
};

pub(super) fn spectral(changed: &mut Changed, options: &SpectralOptions) {
    let each = (
        options.copies == SpectralCopies::Each,
        "with copies: each nobody looks for copies",
        "omit it, or write copies: once",
    );
    changed.watch("method.aggregator.spectral.excess", options.excess != default_excess(), &[each]);
    let anchored = (
        options.fit == Some(SpectralFit::Anchored),
        "with fit: anchored the server's own vote is trusted, and nothing is shrunk",
        "omit it, or write fit: squares or capped",
    );
    changed.watch(
        "method.aggregator.spectral.shrinkage",
        options.shrinkage != SpectralShrinkage::Misfit,
        &[anchored],
    );
    changed.watch(
        "method.aggregator.spectral.misfit_agreement",
        options.misfit_agreement != default_misfit_agreement(),
        &[
            anchored,
            (
                options.shrinkage == SpectralShrinkage::None,
                "with shrinkage: none no majority is mixed in",
                "omit it, or write shrinkage: misfit",
            ),
            each,
        ],
    );
}

pub(super) fn federated_defense(changed: &mut Changed, options: &WeightOptions) {
    let paper = WeightOptions::paper();
    let key = |last: &str| format!("method.aggregator.federated_defense.{last}");
    let by_worker = options.granularity == Granularity::Worker;
    let weighted = options.initial_phase == InitialPhase::Weighted;
    changed.watch(
        key("t_in"),
        options.t_in != paper.t_in,
        &[(
            by_worker && weighted,
            "with granularity: worker the rounds before t_in are weighted like those after it",
            "omit it, or write another granularity, or initial_phase: majority",
        )],
    );
    changed.watch(
        key("shrinkage"),
        options.shrinkage != paper.shrinkage,
        &[(
            by_worker,
            "it pulls weights toward that of their worker, and with granularity: worker there is no other",
            "omit it, or write granularity: coordinate or layer",
        )],
    );
    changed.watch(
        key("initial_phase"),
        options.initial_phase != paper.initial_phase,
        &[(options.t_in == 0, "with t_in: 0 there is no initial phase", "omit it, or write a t_in above 0")],
    );
}
