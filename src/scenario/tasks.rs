//! What a task is told, checked by itself.

use super::resolve::at_least_one;
use super::{Scenario, TaskSpec};
use crate::error::{Error, Result};
use crate::learn::Beginning;

impl Scenario {
    /// Checks the task; gives its number of coordinates, D.
    pub(super) fn check_task(&self) -> Result<usize> {
        match &self.task {
            TaskSpec::Channel { coordinates, .. } => {
                check_coordinates("task.channel.coordinates", *coordinates)
            }
            TaskSpec::Quadratic(quadratic) => {
                quadratic.validate().map_err(|e| e.key("task.quadratic"))?;
                check_coordinates("task.quadratic.coordinates", quadratic.coordinates)
            }
            TaskSpec::Train {
                data,
                normalize,
                augmentation,
                split,
                model,
                initial,
                evaluation_batch,
                ..
            } => {
                at_least_one("task.train.evaluation_batch", u64::from(evaluation_batch.unwrap_or(1)))?;
                data.validate().map_err(|e| e.key("task.train.data"))?;
                if let Some(normalize) = normalize {
                    let checked = normalize.check(data.shape().channels, data.is_own());
                    checked.map_err(|e| e.key("task.train.normalize"))?;
                }
                if let Some(augmentation) = &augmentation.0 {
                    augmentation.check(data.shape()).map_err(|e| e.key("task.train.augmentation"))?;
                }
                split.check(data.classes()).map_err(|e| e.key("task.train.split"))?;
                let workers = self.workers.count as usize;
                split.fits(workers, self.dealt(data.sizes().0)).map_err(|e| e.key("task.train.split"))?;
                let model =
                    model.build(data.shape(), data.classes()).map_err(|e| e.key("task.train.model"))?;
                if let Some(Beginning::File(file)) = initial {
                    file.fits(&model).map_err(|why| Error::scenario(why).key("task.train.initial"))?;
                }
                Ok(model.parameter_count())
            }
        }
    }
}

/// As many coordinates as a message can have: its header counts them in 32 bits.
fn check_coordinates(key: &str, coordinates: usize) -> Result<usize> {
    at_least_one(key, coordinates as u64)?;
    if u32::try_from(coordinates).is_err() {
        let help = format!("write a number from 1 to {}", u32::MAX);
        let message = format!("{coordinates} coordinates do not fit a message");
        return Err(Error::scenario(message).key(key).help(help));
    }
    Ok(coordinates)
}
