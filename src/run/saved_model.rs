//! Models that are kept: `runs/<id>/model.npz`, beside the tables of a run and no part of its record.

use crate::error::Result;
use crate::learn::npz;
use crate::record::ResultFolder;
use crate::scenario::{Plan, RunSpec, TaskSpec};

use super::claim::new_token;
use super::one::RunOutput;

/// Saves the model with which a run ended; nothing but of training.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn save(folder: &ResultFolder, id: &str, spec: &RunSpec, output: &RunOutput) -> Result<()> {
    let (TaskSpec::Train { data, model, .. }, Some(parameters)) = (&spec.task, &output.parameters) else {
        return Ok(());
    };
    let model = model.build(data.shape(), data.classes())?;
    folder.write_model(id, &npz::write(model.tensors(), parameters), &new_token())
}

/// Whether a run has a model that is not there.
pub(crate) fn is_missing(folder: &ResultFolder, id: &str, spec: &RunSpec) -> bool {
    matches!(spec.task, TaskSpec::Train { .. }) && !folder.model(id).exists()
}

/// Whether any run has a model.
pub(crate) fn any(plan: &Plan) -> bool {
    plan.runs.iter().any(|run| matches!(run.spec.task, TaskSpec::Train { .. }))
}
