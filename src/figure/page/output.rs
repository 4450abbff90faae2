//! From a measured page to bytes: SVG in millimetres with its font inside, PNG at 300 dpi, PDF from the SVG.

use std::io::Write;

use flate2::{Compression, Crc, write::ZlibEncoder};
use plotters::backend::BitMapBackend;
use plotters::style::RGBColor;

use super::canvas::{Canvas, PagePoint, Setting, Surface};
use super::fonts::{ITALIC, REGULAR, css};
use super::measures::{UNITS_PER_INCH, UNITS_PER_PIXEL};
use super::theme::Theme;
use super::vector::{Vector, VectorUse, escaped};

/// 300 dots per inch in dots per metre.
const DOTS_PER_METRE: u32 = 11_811;

/// A page that has been measured and can be drawn on any backend.
pub(crate) trait Drawing {
    /// Width and height in drawing units, in whole pixels.
    fn size(&self) -> PagePoint;

    /// Draws everything.
    fn draw<B: Surface>(&self, theme: &Theme, canvas: &mut Canvas<B>);
}

/// What a figure is called, and what is to be known of it.
pub(crate) struct About {
    /// In a line.
    pub title: String,
    /// In sentences.
    pub description: String,
}

/// The figure as an SVG document.
#[must_use]
pub(crate) fn svg(drawing: &impl Drawing, theme: &Theme, about: &About) -> String {
    let elements = elements(drawing, theme, VectorUse::File);
    document(drawing.size(), about, &css(elements.contains("font-style=\"italic\"")), &elements)
}

/// The figure as an element of a web page that has the fonts, with the places that tell rows of the CSV.
#[must_use]
pub(crate) fn page_svg(drawing: &impl Drawing, theme: &Theme, about: &About) -> String {
    document(drawing.size(), about, "", &elements(drawing, theme, VectorUse::Page))
}

fn elements(drawing: &impl Drawing, theme: &Theme, use_of: VectorUse) -> String {
    let mut canvas = Canvas::new(Vector::new(drawing.size(), use_of), Setting::Runs);
    if let Some(paper) = theme.page {
        canvas.fill((0, 0), drawing.size(), paper);
    }
    drawing.draw(theme, &mut canvas);
    canvas.finish().into_elements()
}

fn document((width, height): PagePoint, about: &About, fonts: &str, elements: &str) -> String {
    let millimetres = |units: i32| format!("{:.2}mm", f64::from(units) * 25.4 / UNITS_PER_INCH);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" \
         stroke-linejoin=\"round\" role=\"img\">\n<title>{}</title>\n<desc>{}</desc>\n{fonts}{elements}</svg>\n",
        millimetres(width),
        millimetres(height),
        width,
        height,
        escaped(&about.title),
        escaped(about.description.trim_end()),
    )
}

/// The figure as a PNG file.
///
/// A transparent one is drawn on white and on black: what differs by all of the difference is not covered at all.
#[must_use]
pub(crate) fn png(drawing: &impl Drawing, theme: &Theme) -> Vec<u8> {
    let (width, height) = drawing.size();
    let (width, height) = (width as usize / UNITS_PER_PIXEL, height as usize / UNITS_PER_PIXEL);
    let pixels = |paper: RGBColor| shrink(&fine(drawing, theme, paper), width, height);
    let (channels, rows) = match theme.page {
        Some(paper) => (3, pixels(paper)),
        None => (4, uncovered(&pixels(RGBColor(255, 255, 255)), &pixels(RGBColor(0, 0, 0)))),
    };
    encode(width as u32, height as u32, channels, &rows)
}

/// The drawing in red, green and blue, unit by unit.
fn fine(drawing: &impl Drawing, theme: &Theme, paper: RGBColor) -> Vec<u8> {
    let size = drawing.size();
    let mut fine = vec![255; size.0 as usize * size.1 as usize * 3];
    let backend = BitMapBackend::with_buffer(&mut fine, (size.0 as u32, size.1 as u32));
    let mut canvas = Canvas::new(backend, Setting::Glyphs);
    canvas.fill((0, 0), size, paper);
    drawing.draw(theme, &mut canvas);
    drop(canvas.finish());
    fine
}

/// Red, green, blue and opacity of what was drawn on white and on black.
fn uncovered(on_white: &[u8], on_black: &[u8]) -> Vec<u8> {
    let pixel = |(white, black): (&[u8], &[u8])| {
        let through = white.iter().zip(black).map(|(w, b)| w.saturating_sub(*b)).max().unwrap_or(0);
        let opacity = 255 - through;
        let own = |channel: u8| {
            let whole = (u32::from(channel) * 255 + u32::from(opacity) / 2).checked_div(u32::from(opacity));
            whole.unwrap_or(0).min(255) as u8
        };
        [own(black[0]), own(black[1]), own(black[2]), opacity]
    };
    on_white.chunks(3).zip(on_black.chunks(3)).flat_map(pixel).collect()
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
pub(crate) fn pdf(svg: &str, title: &str) -> Vec<u8> {
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
            return entitled(with_resources_in_order(&bytes), title);
        }
    }
}

/// Puts a title into the last object of the file, which says who made it.
fn entitled(pdf: Vec<u8>, title: &str) -> Vec<u8> {
    const MADE_BY: &[u8] = b"/Producer (svg2pdf)";
    let find = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).rposition(|window| window == what);
    let (Some(at), Some(table)) = (find(&pdf, MADE_BY), find(&pdf, b"\nxref\n")) else { return pdf };
    // What stands behind the objects alone may move: the table of their places, whose own place is told at the end.
    if find(&pdf[..table], b"endobj")
        .is_none_or(|end| find(&pdf[..end], b" obj").is_none_or(|last| last > at))
    {
        return pdf;
    }
    let units: String = title.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    let line = format!("/Title <FEFF{units}>\n  ");
    let end = &pdf[table..];
    let told = find(end, b"startxref\n").map(|place| table + place + b"startxref\n".len());
    let Some(told) = told else { return pdf };
    let place = format!("{}\n%%EOF", table + 1 + line.len());
    [&pdf[..at], line.as_bytes(), &pdf[at..told], place.as_bytes()].concat()
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

/// Averages squares of [`UNITS_PER_PIXEL`].
fn shrink(fine: &[u8], width: usize, height: usize) -> Vec<u8> {
    let stride = width * UNITS_PER_PIXEL * 3;
    let mut rows = Vec::with_capacity(width * 3 * height);
    for y in 0..height {
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

/// PNG (ISO/IEC 15948) of eight-bit RGB or RGBA with its resolution, which plotters' own encoder does not write.
fn encode(width: u32, height: u32, channels: usize, pixels: &[u8]) -> Vec<u8> {
    let mut deflate = ZlibEncoder::new(Vec::new(), Compression::best());
    for row in pixels.chunks(width as usize * channels) {
        // No filter.
        deflate.write_all(&[0]).and_then(|()| deflate.write_all(row)).expect("memory takes every byte");
    }
    let data = deflate.finish().expect("memory takes every byte");
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, if channels == 4 { 6 } else { 2 }, 0, 0, 0]);
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
