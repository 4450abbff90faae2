//! The options of signSGD-FD: every choice that the paper leaves open or that its authors' code makes differently.

use serde::{Deserialize, Serialize};

use super::{Copies, Ties};

/// The options of signSGD-FD; the defaults are the paper's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightOptions {
    /// First round with weights of the final granularity.
    #[serde(default = "default_t_in")]
    pub t_in: u32,
    /// Weights are clipped to +- this.
    #[serde(default = "default_max_llr")]
    pub max_llr: f64,
    /// Keeps the logarithm finite.
    #[serde(default = "default_epsilon")]
    pub epsilon: f64,
    /// Factor lambda on all counts before each round's count; 1 never forgets.
    #[serde(default = "default_forgetting")]
    pub forgetting: f64,
    /// What shares one weight from round `t_in` on.
    #[serde(default = "Granularity::coordinate")]
    pub granularity: Granularity,
    /// What a vote is compared with when errors are counted.
    #[serde(default = "Reference::decision")]
    pub reference: Reference,
    /// Pseudo-counts kappa that pull a coordinate's estimate toward its worker's.
    #[serde(default)]
    pub shrinkage: f64,
    /// How rounds before `t_in` are decided.
    #[serde(default = "InitialPhase::weighted")]
    pub initial_phase: InitialPhase,
    /// Whether the last layer's votes are weighted like those of the others.
    #[serde(default = "LastLayer::weighted")]
    pub last_layer: LastLayer,
    /// How zeros are counted, in votes and in decisions.
    #[serde(default = "Abstentions::ignored")]
    pub abstentions: Abstentions,
    /// What becomes of voters that copy one another.
    #[serde(default = "Copies::each")]
    pub copies: Copies,
    /// What is done where the weighted votes cancel, within `tie_tolerance`.
    #[serde(default = "Ties::coin")]
    pub ties: Ties,
    /// Scores this close to zero are ties. Weights that cancel in the formula leave a remainder of the order of
    /// `epsilon` times machine precision; the authors' code, in single precision, sees zero there.
    #[serde(default = "default_tie_tolerance")]
    pub tie_tolerance: f64,
}

const fn default_t_in() -> u32 {
    100
}
const fn default_max_llr() -> f64 {
    10.0
}
const fn default_epsilon() -> f64 {
    1e-5
}
const fn default_forgetting() -> f64 {
    1.0
}

const fn default_tie_tolerance() -> f64 {
    1e-6
}

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $arm:ident,)+ } default $first:ident = $function:ident) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $arm,)+ }

        impl $name {
            const fn $function() -> Self { Self::$first }
        }
    };
}

words! {
    /// What shares one weight after the initial phase.
    Granularity {
        /// Every coordinate of every worker has its own (the paper).
        Coordinate,
        /// The coordinates of a layer share.
        Layer,
        /// All coordinates of a worker share, as in the initial phase.
        Worker,
    } default Coordinate = coordinate
}
words! {
    /// What a vote is compared with.
    Reference {
        /// The server's decision, which contains the vote itself (the paper).
        Decision,
        /// The decision that the other workers' votes alone would have given.
        LeaveOneOut,
    } default Decision = decision
}
words! {
    /// How rounds before `t_in` are decided.
    InitialPhase {
        /// By one weight per worker (signSGD-FD).
        Weighted,
        /// By plain majority (signSGD-FV, arXiv 2403.16372).
        Majority,
    } default Weighted = weighted
}
words! {
    /// Whether the last layer is weighted at all.
    LastLayer {
        /// By its learned weights, like all others (the paper).
        Weighted,
        /// Plain majority there, as in a later version of the authors' code.
        Majority,
    } default Weighted = weighted
}
words! {
    /// How votes of zero are counted.
    Abstentions {
        /// An abstention is no evidence, and neither is a held decision: nothing is counted there.
        Ignored,
        /// Zero agrees with a held decision and with nothing else (the authors' code).
        AsVotes,
    } default Ignored = ignored
}

impl WeightOptions {
    /// The options of the paper.
    #[must_use]
    pub const fn paper() -> Self {
        Self {
            t_in: default_t_in(),
            max_llr: default_max_llr(),
            epsilon: default_epsilon(),
            forgetting: default_forgetting(),
            granularity: Granularity::Coordinate,
            reference: Reference::Decision,
            shrinkage: 0.0,
            initial_phase: InitialPhase::Weighted,
            last_layer: LastLayer::Weighted,
            abstentions: Abstentions::Ignored,
            copies: Copies::each(),
            ties: Ties::Coin,
            tie_tolerance: default_tie_tolerance(),
        }
    }

    /// Names the option that is out of range, and why.
    pub(super) fn validate(&self, rounds: u32) -> Result<(), (&'static str, String)> {
        let range = |key, ok: bool, why: &str| if ok { Ok(()) } else { Err((key, why.to_owned())) };
        let positive = |x: f64| x.is_finite() && x > 0.0;
        range("max_llr", positive(self.max_llr), "max_llr is a finite number above 0")?;
        range(
            "epsilon",
            positive(self.epsilon) && self.epsilon < 0.5,
            "epsilon lies between 0 and 0.5, both excluded",
        )?;
        let lambda = self.forgetting;
        range("forgetting", positive(lambda) && lambda <= 1.0, "forgetting lies in (0, 1]; 1 never forgets")?;
        let kappa = self.shrinkage;
        range("shrinkage", kappa.is_finite() && kappa >= 0.0, "shrinkage is a finite number, 0 or above")?;
        let tolerance = self.tie_tolerance;
        range(
            "tie_tolerance",
            tolerance.is_finite() && tolerance >= 0.0,
            "tie_tolerance is a finite number, 0 or above",
        )?;
        let whole = self.granularity == Granularity::Coordinate && self.forgetting == 1.0;
        range(
            "granularity",
            !whole || rounds <= u32::from(u16::MAX),
            "counts per coordinate hold 65,535 rounds; use granularity layer or worker, or forgetting below 1",
        )
    }

    pub(super) fn memory_bytes(&self, workers: u32, rounds: u32, coordinates: usize, abstaining: u32) -> u64 {
        let each = match rounds {
            _ if self.forgetting != 1.0 => 4,
            ..=255 => 1,
            _ => 2,
        };
        // Where coordinates differ in how many votes they received, those are counted beside the agreements.
        let differing = match (self.abstentions, self.ties) {
            (Abstentions::AsVotes, _) => 0,
            (Abstentions::Ignored, Ties::Hold) => workers,
            (Abstentions::Ignored, _) => abstaining,
        };
        let vectors = u64::from(workers) + u64::from(differing);
        match self.granularity {
            // And the weights that counts of two bytes look up.
            Granularity::Coordinate => {
                vectors * coordinates as u64 * each + if each == 2 { 4 << 16 } else { 0 }
            }
            Granularity::Layer | Granularity::Worker => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_named() {
        let usual: WeightOptions = serde_yaml::from_str("{}").unwrap();
        assert!(usual.validate(100_000).is_err_and(|(key, _)| key == "granularity"));
        assert!(usual.validate(65_535).is_ok());
        for (key, bad) in [
            ("max_llr", [0.0, -1.0, f64::INFINITY]),
            ("epsilon", [0.0, 0.5, f64::NAN]),
            ("forgetting", [0.0, 1.5, f64::NAN]),
            ("shrinkage", [-1.0, f64::INFINITY, f64::NAN]),
            ("tie_tolerance", [-1.0, f64::INFINITY, f64::NAN]),
        ] {
            for value in bad {
                let mut options = usual.clone();
                *match key {
                    "max_llr" => &mut options.max_llr,
                    "epsilon" => &mut options.epsilon,
                    "forgetting" => &mut options.forgetting,
                    "shrinkage" => &mut options.shrinkage,
                    _ => &mut options.tie_tolerance,
                } = value;
                assert!(options.validate(10).is_err_and(|(named, _)| named == key), "{key} {value}");
            }
        }
    }
}
