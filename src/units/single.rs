//! Numbers of a scenario that are used in single precision, as models and votes are: one that becomes 0, infinite or another
//! number there would silently be another scenario.
//!
//! Example: a learning rate of 1e-50 would be 0, a momentum of 0.99999999 would be 1.

use crate::error::{Error, Result};

/// A number above 0 stays one.
///
/// # Errors
/// A scenario error without a key where it becomes 0 (or too small to be exact) or infinite.
pub fn above_zero(x: f64) -> Result<()> {
    match x as f32 {
        single if single < f32::MIN_POSITIVE => Err(beyond(x, "0")),
        f32::INFINITY => Err(beyond(x, "infinite")),
        _ => Ok(()),
    }
}

/// A finite number stays one.
///
/// # Errors
/// A scenario error without a key where it becomes infinite.
pub fn finite(x: f64) -> Result<()> {
    if (x as f32).is_finite() { Ok(()) } else { Err(beyond(x, "infinite")) }
}

/// A number from 0 to 1 that is neither stays neither.
///
/// # Errors
/// A scenario error without a key where it becomes 0 or 1.
pub fn share(x: f64) -> Result<()> {
    match x as f32 {
        single if x > 0.0 && single < f32::MIN_POSITIVE => Err(beyond(x, "0")),
        single if x < 1.0 && single >= 1.0 => Err(beyond(x, "1")),
        _ => Ok(()),
    }
}

fn beyond(x: f64, becomes: &str) -> Error {
    let help = match becomes {
        "1" => "write a number of at most 0.9999999",
        "infinite" => "write a number below 3.4e38",
        _ => "write a number above 1.2e-38",
    };
    Error::scenario(format!("{x:e} is {becomes} in single precision, in which models and votes are held"))
        .help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_single_precision_cannot_hold_is_refused() {
        for (x, above, finite_, share_) in [
            (1e-50, false, true, false),
            (1e-40, false, true, false),
            (1.2e-38, true, true, true),
            (0.9, true, true, true),
            (0.999_999_99, true, true, false),
            (1.0, true, true, true),
            (3.4e38, true, true, true),
            (1e39, false, false, true),
        ] {
            let held = (above_zero(x).is_ok(), finite(x).is_ok(), share(x).is_ok());
            assert_eq!(held, (above, finite_, share_), "{x}");
        }
        assert!(share(0.0).is_ok());
    }
}
