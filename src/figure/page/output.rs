//! From a measured page to bytes: SVG in millimetres with its font inside, PNG at 300 dpi, PDF from the SVG.

use std::io::Write;

use flate2::{Compression, Crc, write::ZlibEncoder};
use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};

use super::canvas::{BASELINE, Canvas, PagePoint, Setting};
use super::fonts::{ITALIC, REGULAR, css};
use super::measures::{UNITS_PER_INCH, UNITS_PER_PIXEL};
use super::theme::Theme;

/// 300 dots per inch in dots per metre.
const DOTS_PER_METRE: u32 = 11_811;

/// A page that has been measured and can be drawn on any backend.
pub(crate) trait Drawing {
    /// Width and height in drawing units, in whole pixels.
    fn size(&self) -> PagePoint;

    /// Draws everything.
    fn draw<B: DrawingBackend>(&self, theme: &Theme, canvas: &mut Canvas<B>);
}

/// The figure as an SVG document.
#[must_use]
pub(crate) fn svg(drawing: &impl Drawing, theme: &Theme) -> String {
    let mut body = String::new();
    let (width, height) = drawing.size();
    let backend = SVGBackend::with_string(&mut body, (width as u32, height as u32));
    let mut canvas = Canvas::new(backend, Setting::Runs);
    drawing.draw(theme, &mut canvas);
    canvas.finish();
    let (_, elements) = body.split_once(">\n").expect("plotters opens the document with its svg element");
    // plotters guesses the baseline of an SVG text from its font; its bitmap, and our measures, know better.
    let elements =
        elements.replace("dy=\"0.76em\"", &format!("dy=\"{BASELINE}em\"")).replace(" opacity=\"1\"", "");
    let millimetres = |units: i32| format!("{:.2}mm", f64::from(units) * 25.4 / UNITS_PER_INCH);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" \
         stroke-linejoin=\"round\">\n{}{elements}",
        millimetres(width),
        millimetres(height),
        width,
        height,
        css(elements.contains("font-style=\"italic\"")),
    )
}

/// The figure as a PNG file.
#[must_use]
pub(crate) fn png(drawing: &impl Drawing, theme: &Theme) -> Vec<u8> {
    let (width, height) = drawing.size();
    let size = (width as u32, height as u32);
    let mut fine = vec![255; size.0 as usize * size.1 as usize * 3];
    let (width, height) = (size.0 as usize / UNITS_PER_PIXEL, size.1 as usize / UNITS_PER_PIXEL);
    let mut canvas = Canvas::new(BitMapBackend::with_buffer(&mut fine, size), Setting::Glyphs);
    drawing.draw(theme, &mut canvas);
    canvas.finish();
    encode(width as u32, height as u32, &shrink(&fine, width, height))
}

/// The figure as a PDF file: the SVG's vectors, its text as text, its fonts embedded.
///
/// The library writes the two faces, and the names of a page's resources, in the order of a hash map, which differs from
/// one conversion to the next. Identical input shall give identical bytes, so a conversion counts only when the upright
/// face comes first, and names are put in order.
///
/// # Panics
/// Never: the SVG is our own.
#[must_use]
pub(crate) fn pdf(svg: &str) -> Vec<u8> {
    const FACES: [&[u8]; 2] = [b"SignsimSans-Italic", b"SignsimSans"];
    let mut options = svg2pdf::usvg::Options::default();
    for face in [REGULAR, ITALIC] {
        options.fontdb_mut().load_font_data(face.to_vec());
    }
    let tree = svg2pdf::usvg::Tree::from_str(svg, &options).expect("the drawing is well-formed SVG");
    // A pixel of the SVG's millimetres is a 96th of an inch.
    let page = svg2pdf::PageOptions { dpi: 96.0 };
    let convert = || {
        svg2pdf::to_pdf(&tree, svg2pdf::ConversionOptions::default(), page).expect("the drawing has no image")
    };
    let find = |bytes: &[u8], name: &[u8]| bytes.windows(name.len()).position(|window| window == name);
    loop {
        let bytes = convert();
        let [italic, either] = FACES.map(|name| find(&bytes, name));
        if italic.is_none() || italic != either {
            return with_resources_in_order(&bytes);
        }
    }
}

/// Sorts neighbouring lines such as `/fo0 1 0 R`. A dictionary has no order, and what is only permuted within an object
/// leaves every offset of the file as it is.
fn with_resources_in_order(pdf: &[u8]) -> Vec<u8> {
    let is_resource = |line: &&[u8]| {
        let words: Vec<&[u8]> = line.split(|b| *b == b' ').filter(|word| !word.is_empty()).collect();
        matches!(words[..], [[b'/', .., b'0'..=b'9'], _, b"0", b"R"])
    };
    let mut lines: Vec<&[u8]> = pdf.split(|b| *b == b'\n').collect();
    for neighbours in lines.chunk_by_mut(|a, b| is_resource(a) && is_resource(b)) {
        neighbours.sort_unstable();
    }
    lines.join(&b'\n')
}

/// Averages squares of [`UNITS_PER_PIXEL`] and puts PNG's filter byte (none) before each row.
fn shrink(fine: &[u8], width: usize, height: usize) -> Vec<u8> {
    let stride = width * UNITS_PER_PIXEL * 3;
    let mut rows = Vec::with_capacity((width * 3 + 1) * height);
    for y in 0..height {
        rows.push(0);
        for x in 0..width {
            for channel in 0..3 {
                let mut sum = 0;
                for line in 0..UNITS_PER_PIXEL {
                    let start = (y * UNITS_PER_PIXEL + line) * stride + x * UNITS_PER_PIXEL * 3 + channel;
                    sum += (0..UNITS_PER_PIXEL).map(|i| usize::from(fine[start + 3 * i])).sum::<usize>();
                }
                let area = UNITS_PER_PIXEL * UNITS_PER_PIXEL;
                rows.push(((sum + area / 2) / area) as u8);
            }
        }
    }
    rows
}

/// PNG (ISO/IEC 15948) of eight-bit RGB with its resolution, which plotters' own encoder does not write.
fn encode(width: u32, height: u32, rows: &[u8]) -> Vec<u8> {
    let mut deflate = ZlibEncoder::new(Vec::new(), Compression::best());
    deflate.write_all(rows).expect("memory takes every byte");
    let data = deflate.finish().expect("memory takes every byte");
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 0]);
    let mut density = DOTS_PER_METRE.to_be_bytes().repeat(2);
    density.push(1);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, body) in [(b"IHDR", &header), (b"pHYs", &density), (b"IDAT", &data), (b"IEND", &vec![])] {
        png.extend((body.len() as u32).to_be_bytes());
        let mut check = Crc::new();
        check.update(kind);
        check.update(body);
        png.extend(kind);
        png.extend(body);
        png.extend(check.sum().to_be_bytes());
    }
    png
}
