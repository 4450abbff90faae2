//! The networks of the literature, layer by layer, under the names that their PyTorch twins give their tensors.

use super::builder::Builder;
use super::geometry::ConvSpec;
use super::layer_spec::LayerSpec;
use crate::data::Shape;
use crate::error::{Error, Result};

/// Dense layers with ReLU between them.
pub(super) fn mlp(model: &mut Builder, hidden: &[usize], classes: usize) -> Result<()> {
    for (i, &units) in hidden.iter().enumerate() {
        if units == 0 {
            return Err(Error::scenario(format!("hidden layer {} has no units", i + 1))
                .help("give every hidden layer at least one unit, or leave it out"));
        }
        model.linear(&format!("linear{}", i + 1), units)?;
        model.relu();
    }
    model.linear(&format!("linear{}", hidden.len() + 1), classes)
}

/// The convolutional network of Park & Lee.
pub(super) fn cnn(model: &mut Builder, classes: usize) -> Result<()> {
    let Shape { height, width, .. } = model.tip().shape;
    if height < 16 || width < 16 {
        return Err(Error::scenario(format!(
            "images of {height} x {width} pixels are too small for the cnn"
        ))
        .help("two 5 x 5 convolutions and two poolings need at least 16 x 16 pixels; use mlp or logistic"));
    }
    for (name, filters) in [("conv1", 32), ("conv2", 64)] {
        model.conv(
            name,
            ConvSpec { filters, kernel: 5, stride: 1, padding: 0, relu: false, pool: false },
            true,
        )?;
        model.relu();
        model.max_pool(name)?;
    }
    model.linear("linear1", 512)?;
    model.relu();
    model.linear("linear2", classes)
}

/// The residual network for images of 32 x 32 pixels (He et al. 2015, section 4.2): a convolution, three stages of
/// (depth - 2) / 6 blocks with 16, 32 and 64 filters, the mean over all pixels, a dense layer.
pub(super) fn resnet(model: &mut Builder, depth: u32, classes: usize) -> Result<()> {
    if depth < 8 || !(depth - 2).is_multiple_of(6) {
        return Err(Error::scenario(format!("there is no residual network of depth {depth}")).help(
            "write depth: 20, 32, 44, 56 or 110; any 6 n + 2 is one (n blocks in each of three stages)",
        ));
    }
    conv3x3(model, "conv1", 16, 1)?;
    model.batch_norm("bn1")?;
    model.relu();
    for (stage, filters) in (1..).zip([16, 32, 64]) {
        for block in 0..(depth - 2) / 6 {
            let stride = if stage > 1 && block == 0 { 2 } else { 1 };
            residual_block(model, &format!("layer{stage}.{block}"), filters, stride)?;
        }
    }
    model.mean_pool();
    model.linear("linear", classes)
}

fn conv3x3(model: &mut Builder, name: &str, filters: usize, stride: usize) -> Result<()> {
    model.conv(name, ConvSpec { filters, kernel: 3, stride, padding: 1, relu: false, pool: false }, false)
}

fn residual_block(model: &mut Builder, name: &str, filters: usize, stride: usize) -> Result<()> {
    let start = model.tip();
    conv3x3(model, &format!("{name}.conv1"), filters, stride)?;
    model.batch_norm(&format!("{name}.bn1"))?;
    model.relu();
    conv3x3(model, &format!("{name}.conv2"), filters, 1)?;
    model.batch_norm(&format!("{name}.bn2"))?;
    model.add(name, start)?;
    model.relu();
    Ok(())
}

/// A network of the user's own, with a dense layer to the classes behind it.
pub(super) fn conv_net(model: &mut Builder, layers: &[LayerSpec], classes: usize) -> Result<()> {
    sequence(model, layers, "")?;
    model.linear("linear", classes)
}

/// Layers, named by their place: `3.weight`, and within a residual `3.0.weight`.
fn sequence(model: &mut Builder, layers: &[LayerSpec], within: &str) -> Result<()> {
    for (place, layer) in layers.iter().enumerate() {
        let name = format!("{within}{place}");
        match layer {
            LayerSpec::Conv { filters: 0, .. }
            | LayerSpec::Conv { kernel: 0, .. }
            | LayerSpec::Conv { stride: 0, .. } => {
                return Err(Error::scenario(format!(
                    "layer {name}: a convolution has filters, a kernel and a stride"
                ))
                .help(
                    "write numbers from 1 on: { conv: { filters: 16, kernel: 3, stride: 1, padding: 1 } }",
                ));
            }
            &LayerSpec::Conv { filters, kernel, stride, padding, bias } => {
                let spec = ConvSpec { filters, kernel, stride, padding, relu: false, pool: false };
                model.conv(&name, spec, bias)?;
            }
            LayerSpec::Dense(0) => {
                return Err(Error::scenario(format!("layer {name} has no units"))
                    .help("give every dense layer at least one unit, or leave it out"));
            }
            LayerSpec::Dense(units) => model.linear(&name, *units)?,
            LayerSpec::BatchNorm => model.batch_norm(&name)?,
            LayerSpec::Relu => model.relu(),
            LayerSpec::MaxPool => model.max_pool(&format!("layer {name}"))?,
            LayerSpec::MeanPool => model.mean_pool(),
            LayerSpec::Residual(inner) if inner.is_empty() => {
                return Err(Error::scenario(format!("layer {name} has no layers")).help(
                    "write those that are skipped: residual: [{ conv: { filters: 16, padding: 1 } }]",
                ));
            }
            LayerSpec::Residual(inner) => {
                let start = model.tip();
                sequence(model, inner, &format!("{name}."))?;
                model.add(&format!("layer {name}"), start)?;
            }
        }
    }
    Ok(())
}
