//! What a file says of all figures that are drawn: the section `style` of a scenario on its own.

use std::path::Path;

use crate::error::{Error, Named, Result};
use crate::figure::options::FigureOptions;
use crate::files;
use crate::plain_file::LARGEST_RECORD;
use crate::scenario::Part;

/// Reads a style.
///
/// # Errors
/// When the file cannot be read, or holds what no style can say.
pub fn read_style(path: &Path) -> Result<FigureOptions> {
    let help = "name a YAML file of options of figures, for example `font: 9pt`";
    let failed = |why: String| Error::input(format!("{}: {why}", path.named())).help(help);
    let bytes = files::read(path, LARGEST_RECORD).map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| failed("not UTF-8 text".to_owned()))?;
    let style = Part::<FigureOptions>::parse(&path.display().to_string(), &text)?;
    let one = style.value.given().into_iter().find(|key| FigureOptions::OF_ONE_FIGURE.contains(key));
    one.map_or(Ok(style.value.clone()), |key| {
        let error = Error::scenario(format!("`{}` cannot be said of all figures at once", key.word()));
        Err(style.locate(error.key(key.word()).help("give it to one figure as an option")))
    })
}
